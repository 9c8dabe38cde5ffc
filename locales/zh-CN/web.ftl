# 应用各页面的框架，以及各页面共用的部分。

web-menu = 菜单
web-bottom = 常用
web-search = 搜索
web-search-label = 查找人员、团队、考核周期、课程或候选人
web-inbox = { $n ->
    [0] 收件箱，没有新消息
   *[other] 收件箱，{ $n } 条新消息
}
web-account = 我的账号
web-sign-out = 退出登录
web-theme = 外观
web-theme-system = 跟随系统
web-theme-light = 浅色
web-theme-dark = 深色
# 另一种语言的名称（用该语言书写）及其标签。
web-language-other = English
web-language-tag = en

web-keys = 键盘快捷键
web-keys-search = 搜索
web-keys-help = 显示本列表
web-keys-close = 关闭已打开的窗口
web-close = 关闭
web-cancel = 取消

web-optional = （选填）
web-errors = 请检查以下 { $n } 处
web-stored-now = 当前保存的内容：
web-unsaved = 您之前在此填写的内容尚未保存。
web-unsaved-text = 这些内容只保留在当前浏览器标签页中。
web-unsaved-restore = 恢复填写的内容
web-unsaved-discard = 放弃
web-uploading = 上传进度

web-filter = 筛选
web-clear = 清除搜索和筛选
web-export = 导出此列表
web-nothing-found = 没有符合条件的记录。
web-pages = 翻页
web-previous = 上一页
web-next = 下一页
web-select-all = 全选
web-step-done = （已完成）
web-refresh = 查看最新进度
