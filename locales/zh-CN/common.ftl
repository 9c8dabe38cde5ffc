# 不属于某一功能的用语：语言、单位、日期、状态、单行指标。

language-name = 中文
list-separator = 、
date-long = { $year }年{ $month }月{ $day }日

# 紧跟数字的单位。
unit-percent = %
unit-points = {""}
unit-per-thousand = {"\u00A0"}次/千次
unit-seconds = {"\u00A0"}秒
unit-minutes = {"\u00A0"}分钟
unit-hours = {"\u00A0"}小时
unit-count = {""}

# 图表副标题中的单位。
unit-percent-name = 百分比
unit-points-name = 分值
unit-per-thousand-name = 每千次接触
unit-seconds-name = 秒
unit-minutes-name = 分钟
unit-hours-name = 小时
unit-count-name = 数量

figure-open = （
figure-and = ，
figure-n = n{"\u00A0"}
figure-close = ）
figure-target = 目标

people-count = { $n } 人
days-count = { $n } 天

points = 分
indicative = 仅供参考
provisional = 暂定
forced = 强制推进
not-rated = 未评定
of-team = 团队记录

status-no-data = 无记录
status-too-few = 样本不足
status-too-few-of = 样本不足：{ $n }/{ $min } 条
status-stretch = 达到挑战值
status-target = 达标
status-threshold = 达门槛，未达标
status-below = 低于门槛值
status-band = 在目标区间内
status-band-outside = 偏离目标区间
status-band-beyond = 超出外限

trend-better = 优于上季度
trend-worse = 不及上季度
trend-unclear = 无明显变化

direction-higher = 越高越好
direction-lower = 越低越好
direction-band = 区间内最好

not-rated-too-short = 在评天数不足。
not-rated-too-little-weight = 样本充足的指标权重不足。
not-rated-excused = 人力资源部已批准免评。
not-rated-no-sheet = 没有目标表。

state-draft = 草稿
state-goal-setting = 目标设定
state-tracking = 过程跟踪
state-evaluation = 评价实施
state-calibration = 校准
state-feedback = 结果反馈
state-closed = 已结束

channel-phone = 电话
channel-email = 电子邮件
channel-visit = 上门
channel-web = 网站
channel-chat = 在线客服
channel-social = 社交媒体
channel-app = 移动应用
channel-self_service = 自助服务
channel-partner = 合作伙伴
channel-unknown = 未注明

audience-all = 运维存档（全部内容）
audience-leadership = 管理层
audience-team = “{ $team }”的主管
audience-staff = 员工 { $no } 本人

skip = 跳到正文
nav-crumbs = 当前位置
nav-languages = 语言
nav-contents = 目录
