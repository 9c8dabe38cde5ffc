# 浏览器中的指标、记录与投诉。

measure-fcr = 首次解决率
measure-qa = 质检得分率
measure-complaint_rate = 投诉率
measure-reopen_rate = 重开率
measure-sla = SLA 达成率
measure-aht = 平均处理时长
measure-frt = 首次响应时间
measure-resolution_time = 解决时长
measure-resolution_rate = 解决率
measure-transfer_rate = 转派率
measure-escalation_rate = 升级率
measure-csat = 满意度
measure-csat_mean = 满意度平均分
measure-nps = 净推荐值
measure-ces = 费力度（轻松占比）
measure-ces_mean = 费力度平均分

record-not-found = 没有这条记录，或者您无权查看。
