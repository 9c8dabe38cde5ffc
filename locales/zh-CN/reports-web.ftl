# 应用中的报告：报告列表，以及可带走的报告包。

reports-title = 报告
reports-cycle-code = 考核周期
reports-open = 查看
reports-overview = 公司概览
reports-cycle = 周期情况
reports-cycle-teams = 周期情况与各团队
reports-own = 我的考核结果
reports-not-frozen = 尚无结果
reports-none = 没有这份报告。
reports-empty = 尚无考核周期。周期产生结果后，报告会列在这里。

bundles-title = 报告包
bundles-lede = 报告包是一个网页文件夹，无需网络即可在本地打开，其中只包含阅读对象有权查看的内容。
bundles-audience-hint = 给谁看：决定报告包包含哪些内容。
bundles-no-language = 请至少选择一种语言。
bundles-build = 生成报告包
bundles-building = 正在生成报告包
bundles-built = 已生成的报告包
bundles-ordered = 申请时间
bundles-done = 可下载
bundles-gone = 已不再保留
bundles-failed = 未成功
bundles-busy = 生成中
told-bundle-built = { $cycle } 的报告包已生成，保留七天。
