# 审计日志；检查与任务。

audit-title = 审计日志
audit-no = 序号
audit-at = 时间
audit-actor = 操作人
audit-all = 全部
audit-action = 操作
audit-subject = 对象
audit-subject-begins = 对象（开头）
audit-day = 日期
audit-details = 详情
audit-empty = 尚无任何操作记录。

checks-title = 检查与任务
checks-lede = 检查会根据明细重新计算所有汇总，查找无效引用，并验证审计日志和已冻结的结果；不会修改任何数据。
checks-run = 全面检查
checks-verify = 验证审计日志
checks-busy = 正在检查
checks-jobs = 最近的任务
checks-no-jobs = 尚未执行过任务。
said-check-started = 检查已开始，结果将显示在下方列表中。
job-kind = 任务
job-at = 提交时间
job-tries = 执行次数
job-outcome = 结果
job-waiting = 等待中
job-running = 执行中
job-done = 已完成
job-unsound = 发现问题
job-failed = 失败
job-check = 全面检查
job-verify = 验证审计日志
job-tidy = 清理过期文件
job-import-check = 检查文件
job-import = 导入文件
job-bundle = 生成报告包
job-warnings = 查找预警
