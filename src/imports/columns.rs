//! Which column of a file is which of ours: guessed from its name and its first rows, chosen by a person,
//! written as a mapping. Pure, but for the look at a file that has arrived.

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::error::Message;
use crate::import::mapping::{ColumnSource, Duration};
use crate::import::run::Kind as FileKind;
use crate::import::values::Times;
use crate::import::{
    ColumnSpec, EmployeeBy, Hints, ImportError, Kind, Mapping, Need, Table, TeamBy,
};
use crate::web::form::Check;

/// Rows that are looked at for guesses.
const LOOKED_AT: usize = 200;

/// Rows that are shown.
const SHOWN: usize = 5;

/// Characters of a cell that are shown.
const CELL: usize = 80;

/// What was seen of a file when it arrived.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Seen {
    /// `UTF-8, ","`
    pub format: String,
    pub header: Vec<String>,
    /// The first rows, cells cut.
    pub rows: Vec<Vec<String>>,
}

/// Reads the header and the first rows of a file; the rows for guesses come beside.
///
/// # Errors
/// When it is no table.
pub fn look(
    path: &std::path::Path,
    hints: &Hints,
) -> Result<(Seen, Vec<Vec<String>>), ImportError> {
    let table = Table::open(path, hints)?;
    let mut rows = table.rows()?;
    let mut first = Vec::new();
    while first.len() < LOOKED_AT && rows.advance()? {
        let row = rows.row();
        if !row.is_empty() {
            let cells = (0..row.len()).map(|i| row.get(i).unwrap_or_default().trim().to_string());
            first.push(cells.collect::<Vec<String>>());
        }
    }
    let cut = |cell: &String| cell.chars().take(CELL).collect::<String>();
    let seen = Seen {
        format: table.format(),
        header: table.header().to_vec(),
        rows: first
            .iter()
            .take(SHOWN)
            .map(|row| row.iter().map(cut).collect())
            .collect(),
    };
    Ok((seen, first))
}

/// Other systems' names of our columns, as `plain` leaves them. The first that a file has is taken.
const NAMES: &[(&str, &[&str])] = &[
    (
        "id",
        &[
            "工单号",
            "工单编号",
            "编号",
            "单号",
            "记录编号",
            "会话id",
            "投诉编号",
            "问卷编号",
            "质检编号",
            "流水号",
            "序号",
            "ticketid",
            "ticketnumber",
            "ticket",
            "caseid",
            "casenumber",
            "number",
            "recordid",
            "externalid",
            "responseid",
        ],
    ),
    (
        "code",
        &[
            "团队编码",
            "团队代码",
            "部门编码",
            "部门代码",
            "组编码",
            "编码",
            "代码",
            "teamcode",
            "departmentcode",
        ],
    ),
    (
        "name_zh",
        &[
            "团队名称",
            "部门名称",
            "中文名称",
            "名称",
            "组名",
            "teamname",
            "departmentname",
            "name",
        ],
    ),
    (
        "parent",
        &[
            "上级团队",
            "上级部门",
            "上级编码",
            "上级",
            "parentcode",
            "parentteam",
            "parentdepartment",
        ],
    ),
    (
        "valid_from",
        &[
            "生效日期",
            "开始日期",
            "effectivedate",
            "effectivefrom",
            "startdate",
            "from",
        ],
    ),
    (
        "employee_no",
        &[
            "工号",
            "员工编号",
            "员工号",
            "人员编号",
            "employeenumber",
            "employeeid",
            "staffno",
            "staffid",
            "empno",
            "empid",
        ],
    ),
    (
        "name",
        &[
            "姓名",
            "中文名",
            "员工姓名",
            "fullname",
            "employeename",
            "staffname",
        ],
    ),
    (
        "name_en",
        &[
            "英文名",
            "英文姓名",
            "英文名称",
            "englishname",
            "nameenglish",
        ],
    ),
    (
        "email",
        &[
            "邮箱",
            "电子邮箱",
            "电子邮件",
            "邮件地址",
            "mail",
            "emailaddress",
        ],
    ),
    (
        "phone",
        &[
            "电话",
            "手机",
            "手机号",
            "联系电话",
            "mobile",
            "telephone",
            "phonenumber",
        ],
    ),
    (
        "opening",
        &[
            "职位编号",
            "职位代码",
            "应聘职位",
            "vacancy",
            "job",
            "requisition",
        ],
    ),
    (
        "applied_on",
        &[
            "申请日期",
            "应聘日期",
            "投递日期",
            "applied",
            "applicationdate",
        ],
    ),
    ("state", &["状态", "status"]),
    ("reason", &["原因", "淘汰原因", "rejectionreason"]),
    ("note", &["备注", "说明", "notes", "remark"]),
    (
        "team",
        &[
            "团队",
            "部门",
            "小组",
            "班组",
            "客服组",
            "技能组",
            "所属团队",
            "所属部门",
            "团队编码",
            "部门编码",
            "assignmentgroup",
            "group",
            "department",
            "queue",
            "teamcode",
        ],
    ),
    (
        "job_role",
        &[
            "岗位", "职位", "职务", "角色", "jobtitle", "position", "role", "title",
        ],
    ),
    (
        "manager",
        &[
            "直接上级",
            "上级工号",
            "主管工号",
            "主管",
            "经理",
            "上级",
            "managerno",
            "managerid",
            "supervisor",
            "reportsto",
        ],
    ),
    (
        "hired_on",
        &[
            "入职日期",
            "入职时间",
            "hiredate",
            "hired",
            "joindate",
            "startdate",
            "dateofjoining",
        ],
    ),
    (
        "left_on",
        &[
            "离职日期",
            "离职时间",
            "leavedate",
            "terminationdate",
            "enddate",
            "lastday",
        ],
    ),
    (
        "employee",
        &[
            "客服工号",
            "坐席工号",
            "受理人工号",
            "处理人工号",
            "工号",
            "客服",
            "坐席",
            "受理人",
            "处理人",
            "经办人",
            "被质检人",
            "责任人",
            "agentid",
            "agent",
            "assignedto",
            "assignee",
            "owner",
            "handler",
            "resolvedby",
            "employeeno",
        ],
    ),
    (
        "opened_at",
        &[
            "创建时间",
            "受理时间",
            "进线时间",
            "开始时间",
            "建单时间",
            "来电时间",
            "opentime",
            "openedat",
            "created",
            "createdat",
            "createdon",
            "starttime",
        ],
    ),
    (
        "handled",
        &["是否处理", "已处理", "是否受理", "ishandled", "answered"],
    ),
    (
        "first_reply_at",
        &[
            "首次响应时间",
            "首次回复时间",
            "首响时间",
            "firstresponseat",
            "firstresponsetime",
            "firstreplytime",
        ],
    ),
    (
        "first_reply_seconds",
        &[
            "首次响应时长",
            "首响时长",
            "firstresponseseconds",
            "waittime",
            "speedofanswer",
        ],
    ),
    (
        "resolved_at",
        &[
            "解决时间",
            "完成时间",
            "办结时间",
            "resolvedon",
            "resolvetime",
            "solvedat",
        ],
    ),
    ("resolved", &["是否解决", "已解决", "isresolved", "solved"]),
    (
        "closed_at",
        &[
            "关闭时间",
            "结束时间",
            "结单时间",
            "closed",
            "closedon",
            "endtime",
        ],
    ),
    (
        "channel",
        &[
            "渠道",
            "服务渠道",
            "受理渠道",
            "来源渠道",
            "接入渠道",
            "来源",
            "contacttype",
            "contactchannel",
            "source",
            "medium",
        ],
    ),
    (
        "category",
        &[
            "类别",
            "分类",
            "问题类型",
            "业务类型",
            "工单类型",
            "投诉类型",
            "category",
            "subcategory",
            "type",
            "reason",
            "topic",
        ],
    ),
    (
        "service_class",
        &["服务类别", "服务等级", "servicelevel", "servicetype"],
    ),
    ("stage", &["服务阶段", "阶段", "processstage", "phase"]),
    (
        "handle_seconds",
        &[
            "处理时长",
            "通话时长",
            "服务时长",
            "handletime",
            "talktime",
            "duration",
            "aht",
        ],
    ),
    (
        "first_contact_resolved",
        &[
            "首次解决",
            "一次解决",
            "首解",
            "是否首次解决",
            "是否一次解决",
            "fcr",
            "firstcontactresolution",
        ],
    ),
    (
        "sla_met",
        &[
            "是否达标",
            "sla达标",
            "时效达标",
            "是否超时",
            "sla",
            "madesla",
            "withinsla",
        ],
    ),
    (
        "reopened",
        &["是否重开", "重开", "重开次数", "isreopened", "reopencount"],
    ),
    (
        "transferred",
        &["是否转接", "转接", "转派", "istransferred", "transfer"],
    ),
    (
        "escalated",
        &["是否升级", "升级", "isescalated", "escalation"],
    ),
    (
        "bot",
        &["机器人", "是否机器人", "智能客服", "isbot", "automated"],
    ),
    (
        "csat",
        &[
            "满意度",
            "满意度评分",
            "满意度得分",
            "评分",
            "客户满意度",
            "satisfaction",
            "csatscore",
            "rating",
        ],
    ),
    (
        "nps",
        &["推荐度", "推荐意愿", "净推荐值", "npsscore", "recommend"],
    ),
    ("ces", &["费力度", "客户费力度", "cesscore", "effort"]),
    (
        "deleted",
        &["是否删除", "已删除", "作废", "isdeleted", "void"],
    ),
    (
        "record_id",
        &[
            "关联工单",
            "关联工单号",
            "工单号",
            "工单编号",
            "ticketid",
            "ticket",
            "caseid",
            "relatedticket",
        ],
    ),
    (
        "answered_at",
        &[
            "答卷时间",
            "提交时间",
            "填写时间",
            "评价时间",
            "回收时间",
            "submittedat",
            "submitted",
            "responsedate",
            "timestamp",
        ],
    ),
    ("quality", &["服务质量", "质量", "质量评分"]),
    ("speed", &["响应速度", "速度", "及时性", "timeliness"]),
    ("expertise", &["专业度", "专业能力", "专业性", "knowledge"]),
    ("attitude", &["服务态度", "态度", "courtesy"]),
    ("experience", &["服务体验", "体验"]),
    ("outcome", &["服务结果", "结果", "解决效果"]),
    ("innovation", &["创新", "服务创新"]),
    (
        "comment",
        &[
            "备注",
            "评论",
            "意见",
            "建议",
            "留言",
            "客户意见",
            "comments",
            "feedback",
            "remark",
            "verbatim",
        ],
    ),
    (
        "received_at",
        &[
            "投诉时间",
            "接收时间",
            "受理时间",
            "收到时间",
            "received",
            "createdat",
            "created",
            "complaintdate",
        ],
    ),
    ("classified_at", &["分类时间", "定级时间", "classified"]),
    ("assigned_at", &["分派时间", "派单时间", "assigned"]),
    ("investigated_at", &["调查时间", "核实时间", "investigated"]),
    ("handled_at", &["处理时间", "办理时间", "handled"]),
    (
        "replied_at",
        &["回复时间", "答复时间", "replied", "respondedat"],
    ),
    (
        "followed_up_at",
        &["回访时间", "跟进时间", "followup", "followedup"],
    ),
    (
        "substantiated",
        &[
            "是否属实",
            "属实",
            "是否有责",
            "投诉成立",
            "justified",
            "upheld",
            "valid",
        ],
    ),
    (
        "day",
        &[
            "日期",
            "质检日期",
            "评分日期",
            "reviewdate",
            "date",
            "qadate",
        ],
    ),
    (
        "points",
        &["得分", "质检得分", "总得分", "分数", "score", "qascore"],
    ),
    (
        "applicable",
        &["满分", "总分", "适用分值", "maxscore", "maximum", "outof"],
    ),
    (
        "auto_fail",
        &[
            "一票否决",
            "是否一票否决",
            "致命错误",
            "autofail",
            "fatalerror",
            "critical",
        ],
    ),
];

/// Names under which a file names people or teams, where it might number them.
const BY_NAME: [&str; 17] = [
    "客服",
    "坐席",
    "受理人",
    "处理人",
    "经办人",
    "被质检人",
    "责任人",
    "agent",
    "assignedto",
    "assignee",
    "owner",
    "handler",
    "resolvedby",
    "agentname",
    "客服姓名",
    "坐席姓名",
    "姓名",
];

/// Other systems' words for our codes.
const WORDS: [(&str, &str); 22] = [
    ("电话", "phone"),
    ("热线", "phone"),
    ("呼入", "phone"),
    ("邮件", "email"),
    ("电子邮件", "email"),
    ("上门", "visit"),
    ("现场", "visit"),
    ("网站", "web"),
    ("网页", "web"),
    ("在线", "chat"),
    ("在线客服", "chat"),
    ("微信", "social"),
    ("微博", "social"),
    ("社交媒体", "social"),
    ("App", "app"),
    ("自助", "self_service"),
    ("自助服务", "self_service"),
    ("合作伙伴", "partner"),
    ("渠道商", "partner"),
    ("事前", "before"),
    ("事中", "during"),
    ("事后", "after"),
];

/// Those of the words that mean one of these codes.
fn known_words(codes: &[&str], wanted: impl Fn(&str) -> bool) -> BTreeMap<String, String> {
    WORDS
        .iter()
        .filter(|(word, code)| codes.contains(code) && wanted(word))
        .map(|(word, code)| ((*word).to_string(), (*code).to_string()))
        .collect()
}

/// Date formats that are tried when no built-in one reads every cell of a column.
const FORMATS: [&str; 8] = [
    "%d-%m-%Y %H:%M",
    "%d-%m-%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%d-%m-%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
];

/// A name without what differs from system to system: case, spaces, signs, what stands in brackets.
fn plain(name: &str) -> String {
    let before = name
        .split(['(', '（', '[', '【'])
        .next()
        .unwrap_or_default();
    let kept = before.chars().filter(|c| c.is_alphanumeric());
    kept.flat_map(char::to_lowercase).collect()
}

/// The column of the file that is most likely ours; each is given once.
fn guess<'h>(column: &str, header: &'h [String], taken: &BTreeSet<&str>) -> Option<&'h String> {
    let own = plain(column);
    let others = NAMES.iter().find(|(name, _)| *name == column);
    let names = others.map_or(&[] as &[&str], |(_, names)| names);
    [own.as_str()]
        .into_iter()
        .chain(names.iter().copied())
        .find_map(|name| {
            let fits = |h: &&String| plain(h) == name && !taken.contains(h.as_str());
            header.iter().find(fits)
        })
}

/// A first mapping of a file of a kind. `zone` is the organisation's.
#[must_use]
pub fn first_mapping(
    kind: &FileKind,
    seen: &Seen,
    rows: &[Vec<String>],
    zone: Tz,
    hints: &Hints,
) -> Mapping {
    let mut mapping = Mapping {
        kind: Some(kind.name.to_string()),
        encoding: hints.encoding.clone(),
        sheet: hints.sheet.clone(),
        ..Mapping::default()
    };
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    for spec in kind.columns {
        let Some(found) = guess(spec.name, &seen.header, &taken) else {
            continue;
        };
        taken.insert(found);
        let at = seen.header.iter().position(|h| h == found).unwrap_or(0);
        let cells: Vec<&str> = rows
            .iter()
            .filter_map(|row| row.get(at).map(String::as_str))
            .filter(|cell| !cell.is_empty() && !is_missing(&mapping, cell))
            .collect();
        let mut source = ColumnSource {
            column: Some(found.clone()),
            ..ColumnSource::default()
        };
        match spec.kind {
            Kind::Time | Kind::Date => add_format(&mut mapping, spec, &cells, zone),
            Kind::Choice(codes) => {
                let seen: BTreeSet<&str> = cells.into_iter().collect();
                source.values = known_words(codes, |word| seen.contains(word));
            }
            Kind::Seconds { .. } if cells.iter().any(|cell| cell.contains(':')) => {
                source.duration = Some(Duration::HoursMinutesSeconds);
            }
            _ => {}
        }
        if spec.name == "employee" && BY_NAME.contains(&plain(found).as_str()) {
            // A column of this name may still hold numbers: names have no digits.
            let rows = rows.iter().filter_map(|row| row.get(at));
            if rows
                .into_iter()
                .all(|cell| !cell.contains(|c: char| c.is_ascii_digit()))
            {
                mapping.employee_by = EmployeeBy::Name;
            }
        }
        mapping.columns.insert(spec.name.to_string(), source);
    }
    mapping
}

fn is_missing(mapping: &Mapping, cell: &str) -> bool {
    let marks = mapping.missing_marks();
    marks.iter().any(|m| m.eq_ignore_ascii_case(cell))
}

/// Adds the format that reads all cells, where the built-in ones do not.
fn add_format(mapping: &mut Mapping, spec: &ColumnSpec, cells: &[&str], zone: Tz) {
    let reads = |formats: &[String]| {
        Times::new(formats, zone).is_ok_and(|times| {
            cells.iter().all(|cell| match spec.kind {
                Kind::Date => times.date(cell).is_ok(),
                _ => times.time(cell).is_ok(),
            })
        })
    };
    if cells.is_empty() || reads(&mapping.formats) {
        return;
    }
    let fitting = FORMATS
        .into_iter()
        .find(|format| reads(&[(*format).to_string()]));
    mapping.formats.extend(fitting.map(str::to_string));
}

/// The value of a choice that leaves a column as the mapping says it, where that is no single column.
pub const AS_IS: &str = "=";

/// What is chosen for a column: a name of the file, nothing, or [`AS_IS`].
#[must_use]
pub fn chosen<'m>(mapping: &'m Mapping, column: &str) -> &'m str {
    match mapping.columns.get(column) {
        Some(ColumnSource {
            column: Some(name), ..
        }) => name,
        Some(source) if !source.columns.is_empty() => AS_IS,
        Some(source) if source.constant.as_deref().is_some_and(|c| !c.is_empty()) => AS_IS,
        _ => "",
    }
}

/// What a person chose, as a mapping. Begins with the mapping so far, so that what the form does not show
/// stays.
pub fn read(
    kind: &FileKind,
    header: &[String],
    before: &Mapping,
    sent: &BTreeMap<String, String>,
    check: &mut Check,
) -> Mapping {
    let mut mapping = before.clone();
    let value = |name: &str| sent.get(name).map(|v| v.trim()).unwrap_or_default();
    let some = |text: &str| (!text.is_empty()).then(|| text.to_string());
    let listed = |text: &str| -> Vec<String> {
        let parts = text.split([',', '，', '\n']).map(str::trim);
        parts
            .filter(|p| !p.is_empty())
            .map(str::to_string)
            .collect()
    };
    mapping.kind = Some(kind.name.to_string());
    mapping.source = some(value("source"));
    mapping.time_zone = some(value("time_zone"));
    mapping.formats = value("formats")
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty())
        .map(str::to_string)
        .collect();
    let marks = listed(value("missing"));
    mapping.missing = (marks != Mapping::default().missing_marks()).then_some(marks);
    mapping.true_words = listed(value("true_words"));
    mapping.false_words = listed(value("false_words"));
    mapping.last_row_wins = !value("last_row_wins").is_empty();
    mapping.day = some(value("day"));
    mapping.employee_by = match value("employee_by") {
        "name" => EmployeeBy::Name,
        _ => EmployeeBy::Number,
    };
    mapping.team_by = match value("team_by") {
        "name" => TeamBy::Name,
        _ => TeamBy::Code,
    };
    for spec in kind.columns {
        let field = format!("col_{}", spec.name);
        let chosen = value(&field);
        let mut source = before.columns.get(spec.name).cloned().unwrap_or_default();
        if chosen.is_empty() {
            if spec.need != Need::Optional {
                check.wrong(&field, Message::new("imports-column-needed"));
            }
            mapping.columns.remove(spec.name);
            if header.iter().any(|h| plain(h) == plain(spec.name)) {
                // The file has a column of this name, which is not to be read.
                let nothing = ColumnSource {
                    constant: Some(String::new()),
                    ..ColumnSource::default()
                };
                mapping.columns.insert(spec.name.to_string(), nothing);
            }
            continue;
        }
        let mut chosen_anew = false;
        if chosen != AS_IS {
            if !header.iter().any(|h| h == chosen) {
                check.wrong(&field, Message::new("field-choice"));
            }
            chosen_anew = source.column.as_deref() != Some(chosen);
            source.column = Some(chosen.to_string());
            source.columns.clear();
            source.join = None;
            source.constant = None;
        }
        match spec.kind {
            Kind::Choice(codes) => {
                source.values = words(&format!("val_{}", spec.name), sent, check);
                // Nobody has looked at this column for its words yet.
                if chosen_anew && source.values.is_empty() {
                    source.values = known_words(codes, |_| true);
                }
            }
            Kind::Seconds { .. } => {
                let form = value(&format!("dur_{}", spec.name));
                source.duration = DURATIONS.into_iter().find(|d| d.name() == form);
            }
            _ => {}
        }
        mapping.columns.insert(spec.name.to_string(), source);
    }
    mapping
}

/// Forms of a duration, in the order of the choice.
pub const DURATIONS: [Duration; 6] = [
    Duration::Seconds,
    Duration::Minutes,
    Duration::Hours,
    Duration::HoursMinutesSeconds,
    Duration::HoursMinutes,
    Duration::MinutesSeconds,
];

/// Lines `word = code`.
fn words(
    field: &str,
    sent: &BTreeMap<String, String>,
    check: &mut Check,
) -> BTreeMap<String, String> {
    let mut words = BTreeMap::new();
    let text = sent.get(field).map(String::as_str).unwrap_or_default();
    for line in text.lines().map(str::trim).filter(|l| !l.is_empty()) {
        match line.rsplit_once('=') {
            Some((word, code)) => {
                words.insert(word.trim().to_string(), code.trim().to_string());
            }
            None => {
                check.wrong(
                    field,
                    Message::new("imports-words-wrong").with("line", line),
                );
                break;
            }
        }
    }
    words
}

/// The fields a person may send for a kind.
#[must_use]
pub fn fields(kind: &FileKind) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = [
        "source",
        "time_zone",
        "formats",
        "missing",
        "true_words",
        "false_words",
        "last_row_wins",
        "day",
        "employee_by",
        "team_by",
        "create_missing",
        "save_as",
    ]
    .map(str::to_string)
    .into();
    for spec in kind.columns {
        for start in ["col", "val", "dur"] {
            names.insert(format!("{start}_{}", spec.name));
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::import::SERVICE_RECORDS;

    fn seen(header: &[&str]) -> Seen {
        Seen {
            header: header.iter().map(|h| (*h).to_string()).collect(),
            ..Seen::default()
        }
    }

    fn mapped(header: &[&str], rows: &[&[&str]]) -> Mapping {
        let rows: Vec<Vec<String>> = rows
            .iter()
            .map(|row| row.iter().map(|c| (*c).to_string()).collect())
            .collect();
        first_mapping(
            &SERVICE_RECORDS,
            &seen(header),
            &rows,
            chrono_tz::Asia::Shanghai,
            &Hints::default(),
        )
    }

    #[test]
    fn columns_are_known_by_their_names_in_either_language() {
        let mapping = mapped(
            &[
                "工单编号",
                "创建时间",
                "受理人",
                "渠道",
                "是否首次解决",
                "满意度（1-5）",
            ],
            &[&["T1", "2026-07-01 09:12", "王伟", "电话", "是", "5"]],
        );
        for (ours, theirs) in [
            ("id", "工单编号"),
            ("opened_at", "创建时间"),
            ("employee", "受理人"),
            ("channel", "渠道"),
            ("first_contact_resolved", "是否首次解决"),
            ("csat", "满意度（1-5）"),
        ] {
            assert_eq!(chosen(&mapping, ours), theirs, "{ours}");
        }
        assert_eq!(mapping.employee_by, EmployeeBy::Name);
        assert_eq!(mapping.columns["channel"].values["电话"], "phone");
        assert!(mapping.formats.is_empty());
        let english = mapped(&["Number", "Opened At", "Assigned to"], &[]);
        assert_eq!(chosen(&english, "id"), "Number");
        assert_eq!(chosen(&english, "opened_at"), "Opened At");
        assert_eq!(chosen(&english, "closed_at"), "");
    }

    #[test]
    fn our_own_name_comes_before_any_other_and_no_column_is_given_twice() {
        let mapping = mapped(
            &["number", "id", "created", "opened_at", "agent"],
            &[&["1", "A", "x", "y", "E1001"]],
        );
        assert_eq!(chosen(&mapping, "id"), "id");
        assert_eq!(chosen(&mapping, "opened_at"), "opened_at");
        assert_eq!(mapping.employee_by, EmployeeBy::Number);
        let all: Vec<&str> = mapping
            .columns
            .keys()
            .map(|c| chosen(&mapping, c))
            .collect();
        let once: BTreeSet<&str> = all.iter().copied().collect();
        assert_eq!(all.len(), once.len());
    }

    #[test]
    fn a_date_format_is_found_where_the_usual_ones_do_not_fit() {
        let mapping = mapped(
            &["id", "opened_at"],
            &[&["1", "29-02-2016 01:16"], &["2", "?"]],
        );
        assert_eq!(mapping.formats, ["%d-%m-%Y %H:%M"]);
    }

    #[test]
    fn a_mapping_survives_being_written_as_its_file() {
        let mut mapping = mapped(
            &["工单编号", "创建时间", "渠道"],
            &[&["T1", "01-07-2026 09:12", "电话"]],
        );
        mapping.columns.insert(
            "employee".into(),
            ColumnSource {
                columns: vec!["first".into(), "last".into()],
                otherwise: Some("x".into()),
                ..ColumnSource::default()
            },
        );
        let text = toml::to_string(&mapping).unwrap();
        assert_eq!(Mapping::parse(&text).unwrap(), mapping, "{text}");
        assert_eq!(chosen(&mapping, "employee"), AS_IS);
    }
}
