# 图表：以结论为标题，另有副标题、供读屏软件使用的说明和图例。

chart-data = 数据
chart-data-of = 数据：{ $title }

key-interval = 95% 区间
key-signal = 异常信号
key-sum = 累计占比
key-value = 实际值
key-shrunken = 比较用估计值
key-raw = 实测值
key-below = 低于门槛值
key-threshold = 门槛值至目标值
key-target = 目标值及以上
key-stretch = 挑战值及以上

chart-weeks-steady = { $kpi }在 { $mean } 上下正常波动
chart-weeks-signal = { $kpi }有 { $weeks } 周超出正常波动
chart-weeks-few = { $kpi }：样本充足的只有 { $weeks } 周
chart-weeks-no-limits = 未画控制限：样本充足的周数至少要有 { $min } 周。
chart-weeks-desc = 每周一点；周数足够时标出中心线和控制限。数值见“数据”中的表格。
chart-weeks-sub = { $unit }，按周（周一为首日）
chart-mean = 均值 { $value }
chart-limit-upper = 上限 { $value }
chart-limit-lower = 下限 { $value }

signal-limit = { $week } 所在周为 { $value }，超出均值 { $mean } 两侧的控制限。
signal-side = 截至 { $week } 所在周，连续九周以上位于均值 { $mean } 的同一侧。
signal-trend = 截至 { $week } 所在周，连续六周以上朝同一方向变化，已至 { $value }。

chart-quarters-better = { $kpi }优于 { $quarter }：{ $then } → { $now }
chart-quarters-worse = { $kpi }不及 { $quarter }：{ $then } → { $now }
chart-quarters-unclear = { $kpi }与 { $quarter } 相比无明显变化：{ $then } → { $now }
chart-quarters-desc = 每季度一点，附 95% 区间。数值见“数据”中的表格。
chart-quarters-sub = { $unit }，按季度

chart-compare-teams = { $first }为 { $first-value }，{ $last }为 { $last-value }
chart-compare-people = { $kpi }介于 { $low } 与 { $high } 之间
chart-compare-alike = { $kpi }：差异未超出偶然范围
chart-compare-raw = { $kpi }实测值
chart-compare-desc = 每行一个对象：圆点为比较用估计值，竖线为实测值，横线为 95% 区间。数值见“数据”中的表格。
chart-compare-sub = { $unit }；圆点为向共同均值收缩后的估计值
chart-compare-sub-raw = { $unit }，实测值
compare-no-shrinkage = 中位数没有比较用估计值。各行按编号排列，不是排名。
compare-few-peers = 有记录的对象太少，无法区分差异与偶然，因此全部列在共同均值上。各行按编号排列，不是排名。
compare-either-end = 共 { $n } 个团队，此处列出两端各 { $each } 个；数据文件中有全部。
compare-alike = 差异没有超出偶然波动，因此全部列在共同均值上。各行按编号排列，不是排名。

chart-channels = { $channel }占全部记录的 { $share }
chart-channels-desc = 每个渠道一条，长度为记录数。数值见下表。
chart-channels-sub = 各渠道记录数，不含机器人处理

chart-complaints = { $few } 类问题占 { $total } 起属实投诉中的 { $covered } 起
chart-complaints-desc = 每类一条，按数量排列，并标出累计百分比。数值见“数据”中的表格。
chart-complaints-sub = 各类属实投诉

chart-grades = { $grade } 等最多：{ $rated } 名已评定人员中有 { $count } 人
chart-grades-none = 尚无人获得评定
chart-grades-desc = 每人一点，按等级分列，左侧为最高等级。数值见“数据”中的表格。
chart-grades-sub = 各等级人数
