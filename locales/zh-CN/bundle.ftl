# 生成报告文件夹时可能出现的问题。上一次的报告始终不受影响。
bundle-io = { $path }：{ $cause }。请检查磁盘空间和权限，然后重新生成。
bundle-not-a-folder = 报告无法写入 { $path }：请指定一个文件夹，不存在的文件夹会自动创建。
bundle-foreign = { $path } 中有不属于以往报告的文件，因此没有写入任何内容（共 { $count } 个，例如：{ $files }）。请换一个文件夹，或先移走这些文件。
bundle-busy = 另一个生成任务正在写入 { $path }，请等它结束后再试。
bundle-bad-path = 报告文件不能命名为 { $path }。这是程序错误，请反馈给我们。
bundle-duplicate = 有两个报告文件同名：{ $path }。这是程序错误，请反馈给我们。
bundle-render = 页面 { $path } 无法生成：{ $cause }。以往的报告未受影响。
bundle-not-rendered = 页面 { $path } 已列入清单但没有生成。这是程序错误，请反馈给我们。
