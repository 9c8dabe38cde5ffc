# 发现：关于员工与团队发现了什么，以及如何处置。

finding-not-found = 没有这条发现，或者您无权查看。
finding-state-impossible = 这条发现现在不能改为该状态，请另选一个。
finding-changed-meanwhile = 其他人刚刚处置了这条发现，请重新查看列表。
