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
web-keys-on = 启用单键快捷键（仅本设备）
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

nav-my-work = 我的工作
nav-home = 首页
nav-inbox = 收件箱
nav-my-team = 我的团队
nav-team = 团队概览
nav-people = 人员与团队
nav-people-list = 人员
nav-teams = 团队
nav-evidence = 服务数据
nav-imports = 导入
nav-improvement = 改进
nav-findings = 发现
nav-plans = 改进计划
nav-appraisals = 绩效考核
nav-cycles = 考核周期
nav-kpis = 指标库
nav-templates = 考核模板
nav-reports = 报告
nav-reports-list = 报告
nav-admin = 系统管理
nav-accounts = 账号
nav-audit = 审计日志
nav-checks = 检查与任务

title-about = { $name }：{ $part }
save = 保存
list-count = 共 { $n } 条
list-many = 超过 1,000 条

form-restored = 您刚刚重新登录。以下是您先前填写的内容，请核对后提交。
form-conflict = 您填写期间，他人已修改此内容。下面是您填写的内容，旁边是当前已存的内容。再次提交即以您的为准。
field-missing = 此项必填。
field-long = 最多 { $n } 个字符。
field-control = 含有不可显示的字符，请删除。
field-date = 日期请写成 2026-11-22。
field-whole = 请填 { $least } 到 { $most } 之间的整数。
field-choice = 请从列表中选择。

problem-title-not-found = 未找到
problem-title-forbidden = 无权限
problem-title-conflict = 状态已变化
problem-title-too-many = 尝试次数过多
problem-title-refused = 无法执行
problem-title-broken = 出错了
problem-not-found = 没有这个页面。可能是地址不完整，或内容已不存在。
problem-forbidden = 您的角色无权进行此操作。如确需使用，请联系管理员。
problem-not-our-form = 该表单来自其他页面或较早的会话。请返回并刷新页面后重新提交。
problem-unreadable = 提交的内容无法识别，请返回重试。
problem-method = 该地址不支持此类请求。
problem-too-large = 提交的内容过大。
problem-too-slow = 提交超时，请检查网络后重试。
problem-too-many = 错误次数过多，请十分钟后再试。
problem-busy = 系统繁忙，数据未丢失，请稍后重试。（编号 { $id }）
problem-too-busy = 系统繁忙，未能及时响应。再次提交之前，请先确认上次的操作是否已经生效。
problem-broken = 操作未成功，未产生任何部分修改，请重试。
problem-internal = 系统内部出错，未产生任何部分修改。如再次出现，请将编号 { $id } 告知管理员。
problem-home = 回到首页
problem-start = 回到登录页
file-too-large = 文件超过 { $mb } MB。
file-gone = 该文件已不再保留。
public-url-bad = public_url { $url } 不是有效地址，应形如 https://hr.example.com。
public-url-not-https = public_url { $url } 使用明文 http。除本机外只有 https 才安全，请在前面加代理。
