# 浏览器中的考核周期：周期看板、参与人员、目标表与结果。

cycles-title = 考核周期
cycles-empty = 还没有考核周期。一个周期对应一个季度，按同一模板考核所有人。
cycle = 周期
cycle-new = 新建周期
cycle-new-say = 新建时会把模板的规则复制到周期中，之后修改模板不影响该周期。
cycle-make = 创建周期
cycle-quarter = 季度
cycle-quarter-hint = 例如 2026Q4。两个周期的日期不能重叠。
cycle-from = 开始
cycle-to = 结束
cycle-state = 状态
cycle-people = 人员
cycle-deadline = 截止
cycle-with-sheet = 已有目标表
cycle-agreed = 双方已商定
cycle-excused = 免评
cycle-rated = 已评定
cycle-released = 已发布
cycle-sheet = 目标表
cycle-total = 总分
cycle-grade = 等级
cycle-every-grade = 全部等级
cycle-missing = 缺少
cycle-missing-anything = 不限
cycle-missing-sheet = 目标表
cycle-missing-agreement = 商定
cycle-missing-total = 总分
cycle-people-search = 工号、姓名或拼音开头
cycle-people-empty = 该周期中还没有您可以查看的人员。进入目标设定后会纳入人员。
cycle-is-excused = 免评
cycle-is-included = 破例参评
cycle-already-frozen = 周期 { $code } 的结果已冻结，不能再免评或破例参评。
cycle-not-planning = 周期 { $code } 当前阶段不能纳入人员。
said-cycle-made = 周期已创建。
said-cycle-stepped = 周期已推进。
said-cycle-planned = 人员名单已更新。

deadline-left = { $n ->
    [0] 今天截止
   *[other] 还剩 { $n } 天
}
deadline-past = 已逾期 { $n } 天
deadline-of = “{ $state }”截止日
deadline-until = { $day } 截止
deadline-overdue = { $day } 起已逾期
deadline-order = 早于前一状态的截止日（{ $day }）。请填更晚的日期。

board-progress = 人员进度
board-plan = 更新人员名单
board-plan-say = 纳入目标设定之后入职或调动的人员。已有人同意的目标表保持不变。
board-advance = 推进周期
board-to = 推进到
board-to-hint = 会依次经过中间的每个状态。
board-reason = 原因
board-reason-hint = 会记入审计记录，并显示在本页。
board-force = 虽有缺项，仍继续推进
board-force-hint = { $n ->
    [0] 目前没有缺项。
   *[other] 有 { $n } 人存在缺项，其结果中会注明。
}
board-needs-force = 仍有缺项，名单见上。请等待补齐，或勾选此项。
board-lacks-agreement = 进入“{ $state }”前还有 { $n } 份目标表待商定
board-lacks-check-ins = 进入“{ $state }”前还有 { $n } 人的两次过程沟通未完成
board-lacks-review = 进入“{ $state }”前还有 { $n } 份评价待完成
board-taken = 推进记录
board-at = 时间
board-by = 操作人
board-reason-given = 原因
board-deadlines = 截止日期
board-deadlines-say = 各状态应完成的日期，按先后顺序填写。没有截止日的可留空。

sheet-none = 无
sheet-open = 未商定
sheet-agreed = 已商定
sheet-heading = 目标表 { $no }：{ $from } 至 { $to } · { $role }
sheet-baseline = 上季度

person-cycles = 考核周期
person-cycles-empty = 尚未参加任何考核周期。
person-not-in-cycle = { $no } 不在周期 { $code } 中。
result-not-yet = 尚无结果：周期结束评价实施后才会计算。
result-not-released = 结果尚未发布。
result-versions = 结果的各个版本
result-version = 版本
standing-title = 在本周期中的安排
standing-decision = 决定
standing-neither = 按规则处理
standing-excuse = 免评：本周期不评定
standing-include = 破例参评：天数不足也评定
standing-reason-hint = 会显示在结果旁，并记入审计记录。
standing-excused = 人力资源部批准免评
