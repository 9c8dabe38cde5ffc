# 人员：列表、个人、团队、岗位。

people-title = 人员
people-new = 新增员工
people-name = 姓名
people-name-en = 英文名
people-number = 工号
people-team = 团队
people-job-role = 岗位
people-manager = 上级
people-hired = 入职
people-left-on = 离职
people-left-tag = { $day } 离职
people-status = 范围
people-present = 在职
people-left = 已离职
people-all = 全部
people-every-role = 全部岗位
people-filter-team = 团队编码
people-search = 工号、姓名、拼音或邮箱的开头
people-empty = 暂无人员。可导入员工名单，或逐个添加。
people-empty-action = 导入文件
person-not-found = 没有工号为 { $no } 的员工。
team-not-found = 没有编码为 { $code } 的团队。
