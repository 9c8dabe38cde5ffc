# 报告页面。

kicker-overview = 管理层总览
kicker-cycle = 绩效周期
kicker-team = 团队报告
kicker-person = 绩效反馈表

index-title = 中文报告
index-start = 打开报告
index-note = 无需网络即可打开，可按 A4 打印，明暗随设备设置。

imprint-period = 期间
imprint-snapshot = 快照
imprint-audience = 阅读对象
imprint-not-frozen = 尚未冻结
imprint-code = 团队编码
imprint-state = 状态
imprint-rules = 评价规则
imprint-number = 工号
imprint-role = 岗位
imprint-team = 团队
imprint-manager = 上级
imprint-scope = 在评期间
imprint-frozen = 冻结时间
colophon-frozen = 冻结于 { $at }
provisional-text = 本页数据尚未冻结，结果发布前可能变动。

section-findings = 首要发现
section-kpis = 指标与目标
section-teams = 团队对比
section-team-list = 团队
section-members = 成员对比
section-people = 人员
section-grades = 等级分布
section-weeks = 逐周走势
section-quarters = 逐季走势
section-channels = 渠道
section-complaints = 投诉
section-below = 下属团队
section-missing = 缺失事项
section-steps = 周期进程
section-rules = 评什么、怎么评
section-method = 方法与定义

overview-title = { $organisation } { $cycle }
overview-lede = 本季度 { $teams } 个团队、{ $people } 人，共处理 { $records } 条服务记录。
team-lede = 本季度 { $people } 人，共处理 { $records } 条服务记录。
cycle-lede-figures = 本周期只按数据评分，不设评价环节。
cycle-lede-reviews = 总分中指标占 { $kpi }，胜任力评价占 { $competency }。

headline-people = 在评人数
headline-rated = 已评定 { $n } 人
headline-records = 服务记录
headline-unattributed = 其中 { $share } 未注明员工
headline-no-records = 尚无数据
headline-targets = 达标指标
headline-of = { $k } / { $n }
headline-planned = 共设 { $n } 项指标
headline-score = 指标得分
headline-score-note = 分，100 分为达标

findings-none = 没有突出问题：控制图无异常信号，没有明确未达标的指标，团队之间也没有超出偶然的差距。
finding-signals = { $n ->
    [1] { $kpis }出现不利的异常波动
   *[other] { $n } 项指标出现不利的异常波动：{ $kpis }
}
finding-good-signals = { $n ->
    [1] { $kpis }出现异常波动，但并非变差
   *[other] { $n } 项指标出现异常波动，但并非变差：{ $kpis }
}
finding-part = { $kpi }：{ $line }
finding-missed = { $n ->
    [1] { $kpis }明确未达标
   *[other] { $n } 项指标明确未达标：{ $kpis }
}
finding-missed-text = { $value }{ $bracket }，目标 { $target }：整个区间都在目标的不利一侧。
finding-gap = 团队差距最大的指标：{ $kpi }
finding-gap-text = 扣除偶然因素后，{ $first }为 { $first-value }，{ $last }为 { $last-value }。

kpis-say = 色条自左至右由差到优；圆点为实际值，横线为 95% 区间。
kpis-none = 本周期的规则没有为团队设定目标。
kpi-before = 上季度：
compare-say = 估计值按偶然因素的大小向共同均值收缩，几条记录不足以让谁领先或落后。
teams-merged = 有 { $n } 个团队不单独显示，并入“其他”：不足五人的群体不公布数据。
team-other = 其他
teams-none = 各团队均不足五人，不单独公布。
members-say = 用于辅导，不用于排名：估计值按偶然因素的大小向团队均值收缩，旁边列出实测值。
people-say = 按工号排列。
people-elsewhere = 各团队成员列在该团队的页面上。
weeks-say = 超出控制限的点、连续九点在同一侧、连续六点同向变化，值得过问；其余都是正常波动。
quarters-say = 色带为 95% 区间：色带大幅重叠时，不能认为发生了变化。
channels-caption = 各渠道实测值，附 95% 区间和样本量 n
complaints-none = 本季度没有属实投诉的记录。
grades-note = 等级由公布的总分按公布的分数段得出，不规定任何等级的比例。
missing-forced = 推进周期时，以下事项尚未完成：
missing-own = 对本阅读对象没有缺失事项的记录。
missing-not-rated = 未评定人数
missing-unattributed = 未注明员工的记录
missing-bots = 机器人处理的记录（不计入）
missing-agreement = 目标确认：无记录
missing-check-ins = 过程沟通：不足两次
missing-review = 上级评价：无记录
rules-say = 达到门槛值得 60 分，目标值 100 分，挑战值 120 分。个人和团队按所属岗位的目标表评分。

sheet-all = 全部岗位
sheet-others = 其他岗位
sheet-group = 团队与公司
sheet-not-agreed = 无目标确认记录

col-from = 起始
col-interval = 95% 区间
col-person = 姓名
col-number = 工号
col-role = 岗位
col-team = 团队
col-above = 上级团队
col-people = 人数
col-records = 记录数
col-share = 占比
col-sum = 累计占比
col-score = 指标得分
col-total = 总分
col-grade = 等级
col-channel = 渠道
col-category = 类别
col-complaints = 投诉数
col-shrunken = 估计值
col-raw = 实测值
col-state = 状态
col-entered = 进入时间
col-reason = 说明
col-item = 项目
col-target = 目标
col-points = 得分
col-weight = 权重
col-product = 乘积
col-better = 方向
col-steps = 门槛值 / 目标值 / 挑战值
col-trend = 走势

person-figures = 各项指标
person-sum = 总分如何得出
person-sum-caption = 逐项：得分乘以权重
person-history = 逐季走势
person-history-table = 各季度指标
person-history-say = 实测值，括号内为记录数。
person-lede-several = 总分 { $total }，等级 { $grade }；本季度有多版目标表。
person-lede = 总分 { $total }，等级 { $grade }：{ $counted } 项指标中有 { $reached } 项达标。
person-lede-not-rated = 本季度未评定。{ $why }
person-lede-open = 尚无总分。
person-days = { $of } 天中的 { $days } 天
person-parts = 总分中指标占 { $kpi }，胜任力评价占 { $competency }。
person-parts-figures = 总分只依据指标，本周期不设评价环节。
person-version-no = 结果第 { $no } 版。
person-included = 在评天数不足，经批准纳入
person-version = 目标表第 { $no } 版：{ $days }，{ $count } 天
person-method = 比率用 Wilson 区间，均值用 t 区间，发生率用精确泊松区间，中位数用次序统计量区间，均为 95%。少于 30 条记录的标为“仅供参考”。
person-method-link = 全部定义与规则

sum-products = 乘积合计
sum-remaining = 计入的权重
sum-divided = 合计除以计入的权重
sum-score = 本版目标表的指标得分
sum-mean = 各版目标表按天数平均
sum-mean-score = 指标得分
sum-kpi = 指标得分
sum-competency = 胜任力评价
sum-no-review = 无记录，权重不计入
sum-total = 总分

method-period = 期间：{ $from }至{ $to }。
method-frozen = 冻结于 { $at }，此后本页数据没有变动。
method-audience = 阅读对象：{ $audience }。
method-kpis = 指标定义
method-grades = 等级
method-interval = 95% 区间
method-interval-text = 每个数值都附样本量 n 和区间，说明仅凭偶然因素可能造成的偏差。
method-few = 样本不足、仅供参考
method-few-text = 记录数低于最低样本量的指标照常列出，但不计分；少于 { $n } 条的标为“仅供参考”。
method-points = 得分
method-points-text = 低于门槛值得 0 分，门槛值 60 分，目标值 100 分，挑战值 120 分封顶，其间按直线折算。区间型指标在区间内得 100 分，到外限降为 0 分。得分按实测值计算。
method-missing = 缺失指标
method-missing-text = 缺失的指标不计入，其余权重按比例放大，前提是剩余权重不低于 { $weight }；否则不予评定。缺失绝不按零分计。
method-days = 在评天数
method-days-text = 在评不足 { $days } 天的不予评定，除非人力资源部说明理由后纳入。同一季度有多版目标表的，按天数加权平均。
method-rounding = 舍入
method-rounding-text = 单项得分四舍五入到 0.01 分；总分精确计算后四舍五入一次到 0.01 分；等级以印出的总分为准。
method-parts = 总分构成
method-parts-text = 总分中指标得分占 { $kpi }，胜任力评价占 { $competency }，两者同一尺度（1 = 0，2 = 60，3 = 100，4 = 110，5 = 120）。
method-figures-only = 总分构成
method-figures-only-text = 总分即指标得分。
method-compare = 比较
method-compare-text = 人员和团队用收缩估计值比较（比率用贝塔二项模型，均值和净推荐值用正态模型，发生率用伽马泊松模型），旁边列出实测值。差异未超出偶然范围时不排先后。中位数只列实测值。
method-weeks = 控制图
method-weeks-text = 控制限为均值加减 2.66 倍平均移动极差（XmR），至少八周才画。异常信号：超出控制限；连续九点在同一侧；连续六点上升或下降。样本不足的周留空。
method-change = 变化
method-change-text = 只有差值的 95% 区间不含零时（比率用 Newcombe 法，均值和净推荐值用 Welch 法），或发生率、中位数的两个区间互不相交时，才称“优于”或“不及”。
method-withheld = 不公布的数据
method-withheld-text = 不足 { $n } 人的群体，其数据不向本条管理线以外公布；可据以推算的数据也不公布。
method-decision = 决定
method-decision-text = 本页只提供信息。任何数值或等级都不自动带来后果，须由具名人员说明理由后决定。

kpi-definition = { $formula }{ $direction }；至少 { $min } 条记录；{ $interval }。
interval-share = Wilson 区间
interval-mean = t 区间
interval-nps = 修正 Wald 区间
interval-rate = 精确泊松区间
interval-median = 次序统计量区间；记录很多时中位数取自直方图，误差在 5% 以内
interval-typed = 手工填报，无区间

grade-from = { $from } 及以上
grade-below = 低于 { $to }

# Improvement plans in reports
section-plans = 改进计划
kicker-plans = 改进计划
kicker-plan = 改进计划
plans-worked =
    { $all ->
        [0] 尚无改进计划结束。
       *[other] 已结束的 { $all } 项改进计划中：{ $good } 项有改善，{ $none } 项无证据表明有效，{ $bad } 项反而变差。
    }
plans-none = 除草稿外尚无改进计划。
plans-all = 全部改进计划
finding-plans-worse = { $n } 项改进计划的指标反而变差
person-judged = 能力评价
judged-own = 自评
judged-manager = 主管
judged-own-summary = 员工自述
judged-mean = 同事均值
section-fair = 公平性与申诉
fair-say = 评价人的提示只说明值得查看，并非结论；依据已定版的结果。
fair-raters = 已查看的评价人
fair-rater = 评价人
fair-flags = 提示
fair-appeals = 申诉
fair-filed = 已提出
fair-upheld = 维持原结果
fair-amended = 已更正
fair-open = 尚未裁定
fair-withheld = 少于五件的不分列。
