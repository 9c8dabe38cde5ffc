# 候选人和申请

application-not-found = 没有申请 { $code }，或者您无权查看。
application-opening-shut = 职位 { $code } 目前不接受申请。
application-opening-unknown = 没有职位 { $code }。
applications-changed = { $n ->
   *[other] 有 { $n } 份申请已被他人更改：{ $codes }。请重新查看。
}
step-refused-closed = 已经结束，无法流转：{ $codes }（共 { $n } 份）。
step-refused-active = 尚未结束，无需重新启用：{ $codes }（共 { $n } 份）。
step-refused-hired = 已经录用，不能在此撤回：{ $codes }（共 { $n } 份）。
step-refused-same = 已经处于该阶段：{ $codes }（共 { $n } 份）。
step-refused-other-opening = 该阶段不属于申请所在的职位：{ $codes }（共 { $n } 份）。
step-refused-unconfirmed = 有回答不符合必备条件，请先由专人确认是否成立：{ $codes }（共 { $n } 份）。
step-refused-knocked-out = 已确认不符合必备条件：{ $codes }（共 { $n } 份）。请淘汰该申请，或说明原因后撤销确认。
step-refused-not-knocked-out = 尚无人确认不符合必备条件：{ $codes }（共 { $n } 份）。请先确认，或选择其他原因。
step-refused-no-words = 请用文字说明原因。
step-refused-opening-closed = 职位已经关闭：{ $codes }（共 { $n } 份）。
step-refused-erased = 个人资料已经删除：{ $codes }（共 { $n } 份）。
