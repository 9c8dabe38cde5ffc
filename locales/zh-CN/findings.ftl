# 发现：关于员工与团队发现了什么，以及如何处置。

finding-not-found = 没有这条发现，或者您无权查看。
finding-state-impossible = 这条发现现在不能改为该状态，请另选一个。
finding-changed-meanwhile = 其他人刚刚处置了这条发现，请重新查看列表。

findings-title = 发现
findings-states = 发现的状态
findings-empty = 这里还没有内容。当控制图朝不好的方向超出正常范围时，会在此出现预警。
finding-about = 对象
finding-what = 发现内容
finding-found = 发现日期
finding-decide = 处置
finding-worse = 变差
finding-different = 异常
finding-state-open = 待处置
finding-state-noted = 持续关注
finding-state-dismissed = 无需处理
finding-state-planned = 已安排改进
finding-do-note = 持续关注
finding-do-dismiss = 无需处理
finding-do-plan = 安排改进
said-finding-decided = 该发现的状态已更新。
