# 起始页：首页、我的团队、快速查找。

home-waits = 待办
home-nothing = 暂无待办事项。
home-places = 常用入口
home-unread = { $n } 条未读消息
home-findings = { $n } 项待处理的发现
home-failed-jobs = { $n } 项后台任务未完成
home-failed = 失败
home-profile = 我的档案
home-own-cycles = 我的目标与结果
home-measures = 我的指标
home-in-all = 名直接下属，连同间接下属共 { $n } 人
home-cycle = 当前周期
home-open = 待处理
home-last-import = { $day } 导入 { $file }
my-team-ways = 显示范围
my-team-whole = 全部下属
my-team-empty = 您没有下属。
search-title = 查找
search-label = 姓名、拼音、工号或编码的开头
search-nothing = 您可查看的范围内没有以此开头的内容。
search-more = 查看更多

# What is due
due-late = 已逾期
due-about = { $what }：{ $who }

# The calendar feed
calendar-title = 我的日历
calendar-subscribe = 订阅待办事项
calendar-say = 您的待办事项和截止日期，可以显示在您平时使用的日历里。请生成一个订阅地址，再到日历软件中添加订阅。
calendar-no-record = 您的账号没有关联员工档案，日历中不会有待办事项。
calendar-address = 订阅地址
calendar-once = 此地址只显示这一次。知道此地址的人都能看到您的待办事项，请只用于您自己的日历，不要告诉他人。
calendar-since = 您的日历自 { $day } 起有订阅地址。
calendar-make = 生成地址
calendar-renew = 重新生成地址
calendar-renew-ask = 现有地址将失效，正在使用该地址的日历需要改用新地址。
calendar-end = 收回地址
calendar-end-ask = 使用该地址的日历将不再更新。
said-calendar-ended = 您的日历地址已失效。
stand-excused = 不参加
stand-no-goals = 没有目标
stand-goals-proposed = 有提议待回复
stand-goals-open = 目标未确认
stand-goals-agreed = 目标已确认
stand-self-in = 自评已交
stand-self-missing = 自评未交
stand-peers-unnamed = 同事未提名
stand-peers-unconfirmed = 同事待确认
stand-peers-asked = 已请同事反馈
stand-peers-closed = 同事反馈已收
stand-review-in = 评价已提交
stand-review-missing = 评价待写
stand-told = 结果已告知
stand-untold = 结果待告知
stand-acknowledged = 本人已确认
stand-unacknowledged = 本人未确认
my-team-cycle = 本周期进展
