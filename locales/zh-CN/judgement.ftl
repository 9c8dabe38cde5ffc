# 评分卡、评分表与草稿。

card-not-found = 没有评分卡 { $code }。
card-code-taken = 评分卡 { $code } 已经存在。
card-no-draft = 评分卡 { $code } 没有可发布的草稿。
card-unreadable = 本版本的程序无法读取 { $code }。
card-criteria = 一张评分卡有 1 至 20 项标准，这张有 { $count } 项。
card-weights-below = 各项权重合计为 { $sum }%，还差 { $difference }%。请补足或调高其中一项。
card-weights-above = 各项权重合计为 { $sum }%，多出 { $difference }%。请减去或调低其中一项。
card-criterion-twice = 有两项标准都叫 { $criterion }。
card-weight = { $criterion } 的权重须在 0.01% 至 100% 之间。
card-levels = { $criterion } 须有两至七个等级，分值由低到高。
card-anchors = { $criterion } 的每个等级都须用两种语言写明对应的行为。
card-no-deduction = { $criterion } 按等级评分，不作扣分。
card-deduction = { $criterion } 的扣分须在 0.01 分与其权重对应的分值之间，且不设等级。

rating-missing = 请选择一个等级。
rating-points = 请从列出的等级中选择。
rating-na = 此项必须评分，请选择一个等级。
rating-na-and-points = 请选择等级或“不适用”，两者只能选一。
rating-note = 请在备注中写明评分依据。

sheet-not-found = 没有这份评分表。
sheet-no-reason = 请写明理由。
panel-closed = 已经截止，不再接收。

draft-too-long = 草稿过长，无法保存。请提交，或另行保存。
