# 程序在命令行里说的话，以及拒绝的理由。

## The database

database-bad-url = “{ $url }”不是数据库地址。请写成 sqlite://路径 或 postgres://用户@主机/库名。
database-no-path = 地址里没有文件名。请写成 sqlite://路径，例如 sqlite://espalier.db。
database-no-tls = 本程序只支持以不加密方式连接 PostgreSQL（本机套接字或内网）。请去掉地址中的 sslmode，或使用支持 TLS 的版本。
database-no-folder = 文件夹 { $folder } 不存在。请先创建，或为数据库另选位置。
database-unreachable = 数据库没有响应：{ $cause }
database-not-there = { $file } 处没有数据库。请先运行：espalier migrate
database-not-migrated = 数据库尚未升级到本程序的版本。请运行：espalier migrate
database-newer = 数据库由更新版本的程序创建。请使用那个版本。
database-corrupt = 数据库文件已损坏。请用备份恢复：espalier restore 文件
database-full = 数据库所在的磁盘已满。请腾出空间后重试；数据未作任何更改。
database-lost = 与数据库的连接已中断。未完成的操作没有保留；请确认数据库正在运行，然后重试。
migrate-created = 已创建新数据库。
migrate-done = 数据库已是最新。
error-internal = 出现了您无法在此处理的错误：{ $cause }

## Backup and restore

backup-done = 备份已写入 { $file }。
backup-exists = { $file } 已存在。请换一个文件名：备份不会覆盖已有文件。
backup-not-found = 找不到文件 { $file }。
backup-bad = { $file } 不是本程序的完整备份。没有做任何改动。
backup-tool-missing = 无法运行 { $tool }（{ $cause }）。请安装 PostgreSQL 客户端工具。
backup-tool-failed = { $tool } 执行失败：{ $cause }
restore-done = 已从 { $file } 恢复。

## Configuration

config-bad = 无法使用 { $file }：{ $cause }
config-bad-clock = SOURCE_DATE_EPOCH 必须是秒数：{ $cause }
config-unknown-language = 没有语言“{ $tag }”。请选择 zh-CN 或 en。
setting-bad = 设置项 { $name } 的值“{ $value }”无法使用。

## Audit and check

audit-verified = 审计记录完整：{ $events } 条事件，{ $versions } 个冻结版本。
audit-broken = 审计记录被改动过：第 { $id } 条与前一条不衔接。
snapshot-broken = 冻结的结果被改动过：{ $kind } { $subject } 第 { $version } 版。
check-counted = 已清点 { $rows } 行，对照 { $cells } 条汇总；{ $events } 条审计事件与 { $versions } 个冻结版本完整。
check-difference = { $table } 与明细不符：{ $key }。
check-orphan = { $table }：{ $count } 行的 { $column } 指向不存在的对象。
check-reporting-lines = 汇报关系有 { $count } 条与任职记录不符。
check-copies = 以下结果旁记录的总分或等级与冻结结果不一致：{ $who }
check-sound = 一切正常。
tally-overflow = 合计过大，无法精确计数。没有导入任何数据。
tally-out-of-step = 汇总与明细不一致。请运行 espalier check 查看位置；没有做任何改动。

## Import

import-read = 已读取 { $file }（{ $format }）：{ $rows } 行，其中 { $superseded } 行被同一编号的后续行取代。
import-loaded = 已导入：新增 { $new }，更新 { $changed }，未变 { $unchanged }，删除 { $deleted }。
import-would-load = 试运行，未保留任何数据。将导入：新增 { $new }，更新 { $changed }，未变 { $unchanged }，删除 { $deleted }。
import-nothing-loaded = 没有导入任何数据。
import-created = 已创建：员工 { $staff }，团队 { $teams }，岗位 { $roles }。
import-unused = 未使用的列：{ $columns }
import-problem = 第 { $line } 行，{ $column }：“{ $value }”。{ $reason }
import-refused = 有 { $count } 行有误，因此没有导入任何数据。有误的行及原因见 { $file }：请改正后重新导入，或用 --skip-bad 只导入其余行。
import-skipped = 已跳过 { $count } 行有误的数据，见 { $file }，每行附原因。
import-name-ambiguous = 有多个同名对象。请改用工号或编码。
import-no-such-record = 该来源没有这个编号的工单。请先导入工单。
import-before-opening = 该时间早于本行的起始时间。请核对两者。
import-too-long-after = 该时间晚于本行起始时间近两年或更久。请核对两者。
import-points-above-applicable = 得分超过适用分。请核对两者。
import-left-before-hired = 离职日期早于入职日期。请核对两者。
import-own-manager = 上级不能是本人。请填写他人，或留空。
import-not-an-email = 这不是邮箱地址。请改正，或留空。
import-candidate-untold = 无法辨认是谁：请填写 id、邮箱或电话。
import-opening-shut = 该职位目前不接受申请。请先批准或发布，或去掉该行。
import-reason-needed = 淘汰的申请须填写原因。
import-reason-unfit = 只有淘汰的申请才有原因。请填写状态，或将原因留空。
import-note-needed = 原因为 other 时，请在 note 列说明。
import-day-to-come = 日期尚未到来。
import-team-cycle = 该团队会成为自己的上级。请另选上级团队。

## Cycle templates

template-not-found = 没有名为 { $template } 的模板或文件（{ $cause }）。现有模板：{ $names }
template-syntax = 无法读取模板：{ $cause }
template-weights-below = { $sheet }：各项权重合计为 { $sum }%，还差 { $difference }%。请补足。
template-weights-above = { $sheet }：各项权重合计为 { $sum }%，多出 { $difference }%。请调低。
template-weight = { $sheet } 的 { $kpi }：权重 { $value } 个基点不可用。请填 1 到 10000。
template-competency-without-reviews = 能力部分有权重，但没有任何评价。请设 reviews = true，或把权重全部给 KPI。
template-min-weight = min_weight_bp 为 { $value }。请填 0 到 10000。
template-min-days = min_days 为 { $value }。请填 0 到 366。
template-no-sheet = 模板没有目标表。请至少添加一个 [[sheet]]。
template-grades = 等级编码不能重复，分数线须由高到低，最低一级从 0 起，最高一级不超过 120。
template-unknown-role = 没有岗位“{ $role }”。
template-role-twice = 岗位“{ $role }”有两张目标表。请只留一张。
template-unknown-kpi = { $sheet }：没有指标“{ $kpi }”。
template-kpi-twice = { $sheet }：指标“{ $kpi }”出现了两次。
template-team-median = { $sheet } 的 { $kpi }：个人目标表不能使用整个团队的中位数。请改用占比或平均值类指标。
template-aim-higher = { $sheet } 的 { $kpi }：越高越好，须给出 threshold < target < stretch。
template-aim-lower = { $sheet } 的 { $kpi }：越低越好，须给出 threshold > target > stretch。
template-aim-band = { $sheet } 的 { $kpi }：区间指标须给出 outer_low < low ≤ high < outer_high。
template-item-count = { $sheet }：共 { $count } 项。目标表应有三到七项。
template-no-quality = { $sheet }：缺少服务质量类指标。请添加一项。
template-no-efficiency = { $sheet }：缺少服务效率类指标。请添加一项。
template-no-satisfaction = { $sheet }：缺少客户满意类指标。请添加一项。

## Cycles

cycle-created = 已创建周期 { $code }。
cycle-advanced = 周期 { $code }：{ $states }
cycle-not-found = 没有周期 { $code }。现有：{ $known }
cycle-bad-code = “{ $code }”不是季度。请写成 2026Q3。
cycle-bad-state = 周期 { $code } 处于本程序不认识的状态。
cycle-overlaps = 周期 { $code } 与周期 { $other } 的日期重叠，同一人会被重复评价。
cycle-no-reason = 请用 --reason 说明原因：它会记入审计记录。
cycle-not-ahead = 周期 { $code } 处于“{ $state }”，“{ $goal }”不在其后。
cycle-agreement-missing = 周期 { $code } 还不能进入过程跟踪：{ $count } 份目标表尚未双方商定（{ $who } 等）。请先商定，或用 --force 继续；结果中会注明缺少商定。
cycle-check-ins-missing = 周期 { $code } 还不能结束过程跟踪：{ $count } 人的过程沟通不足两次（{ $who } 等）。请先补足，或用 --force 继续；结果中会注明缺少过程沟通。
cycle-review-missing = 周期 { $code } 还不能结束评价：{ $count } 人尚无评价（{ $who } 等）。请先完成评价，或用 --force 继续；结果中会注明缺少评价。
status-head = 周期 { $code }，{ $from } 至 { $to }：{ $state }
status-step =   { $at }  { $state }  { $reason }
status-step-forced =   { $at }  { $state }（强制推进）  { $reason }
status-people = 共 { $people } 人，其中 { $rated } 人有评分。
status-grades = 等级：{ $grades }
status-too-short = 未评分，在岗天数不足：{ $count }
status-too-little-weight = 未评分，有数据的权重不足：{ $count }
status-excused = 未评分，已豁免：{ $count }
status-no-sheet = 未评分，岗位没有目标表：{ $count }
status-no-agreement = 目标表未经双方商定：{ $count }
status-no-check-ins = 缺少过程沟通：{ $count }
status-no-review = 缺少评价：{ $count }
status-changed = 有 { $count } 人的依据在结果冻结后发生变化：{ $who }

## Reports and the demonstration

report-built = 报告已生成于 { $folder }：写入 { $written } 个文件，{ $kept } 个未变，移除 { $removed } 个。
report-no-team = 该周期没有团队 { $code }。
report-no-person = 该周期没有工号为 { $code } 的员工。
demo-building = 正在生成虚构的公司，请稍候。
demo-serving = 请打开 http://{ $address }/ 登录；按 Ctrl-C 结束演示。
demo-not-a-demo = 该数据库不是演示数据库。请用 --database 为演示另选数据库。
demo-bad-file = 演示文件 { $file } 在第 { $line } 行被拒绝。

serving = 正在 http://{ $address } 提供服务
serve-cannot-listen = 无法在 { $address } 监听：{ $cause }
serve-needs-public-url = 明文 http 仅限本机使用。请监听 127.0.0.1，或在前面放置 https 代理，并在 espalier.toml 中以 public_url 写明其地址。
jobs-ran = 已运行任务：{ $n }

demo-accounts = 可用以下账号登录（密码每次启动都会更新）：
demo-account-hr = { $login } { $password }  人力资源：人员、服务数据、考核周期；公平性与校准、待指派复核人的申诉、待审批的奖励
demo-account-leadership = { $login } { $password }  领导层：公司与团队、报告、哪些改进计划有效
demo-account-manager = { $login } { $password }  服务经理：下辖两个团队、待商定的目标、待跟进的改进计划
demo-account-lead = { $login } { $password }  组长：待填写和发布的结果、待商定的目标、逾期的改进行动、待复核的申诉
demo-account-agent = { $login } { $password }  客服专员：待确认的结果、待答复的目标提议、本人的数据与目标
demo-account-trainer = { $login } { $password }  培训师：人员与技能
demo-account-auditor = { $login } { $password }  审计：可查看全部，不可修改
demo-account-admin = { $login } { $password }  管理员：账号、导入、检查

# Mail
mail-body =
    { $what }

    { $address }

    此消息也在您的收件箱中。
    { $organisation }
mail-body-applicant =
    { $what }

    您的私人链接：
    { $address }

    请妥善保管此链接：持有链接的人可以查看并撤回您的应聘。
    { $organisation }
mail-needs-public-url = 发送邮件需要在 espalier.toml 中设置 public_url，邮件中的链接以它开头。
mail-bad-sender = [mail] 的 from“{ $from }”不是有效的发件人，应形如 Espalier <hr@example.com>。
mail-bad-server = [mail] 的 server“{ $server }”不是有效的邮件服务器名称。
mail-not-encrypted = [mail] 的 security = "none" 仅用于本机邮件服务器，不适用于 { $server }。请改用 "starttls" 或 "tls"。
mail-needs-password = [mail] 为 { $server } 指定了用户，但未设置 ESPALIER_SMTP_PASSWORD。
