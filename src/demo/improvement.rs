//! What the invented company improves: findings told by hand, and plans that worked, that left no trace, that made it
//! worse, that are under way, and one that is only begun. Each is decided by the figures there are: only where they say
//! so did it work.

use chrono::{Days, NaiveDate};

use crate::access::Reach;
use crate::audit::Actor;
use crate::calendar::{Quarter, day_number};
use crate::db::Conn;
use crate::demo::generate::planted;
use crate::demo::quarter::{actor, at};
use crate::error::Result;
use crate::evidence::measures::MICRO;
use crate::findings::model::State as FindingState;
use crate::findings::model::{About, Details, Kind, NewFinding, Response, Source, Words};
use crate::findings::store::{self as findings, Filter, Finding};
use crate::goals::store as library;
use crate::keys::Start;
use crate::people::store::{Directory, reach};
use crate::plans::model::{
    ActionKind, ActionState, Baseline, Causes, Course, EventBody, EventKind, Fishbone, Scope,
    Standard, Step, Terms, Verdict,
};
use crate::plans::reading;
use crate::plans::store::{self, NewAction, NewPlan, Seen};
use crate::plans::view::sheet::Known;
use crate::settings::Settings;

/// Days of a plan, counted from the quarter of the demonstration.
#[derive(Clone, Copy)]
enum Season {
    /// From the quarter before the last to the end of the last, measured against the one before them.
    Past,
    /// From the last quarter to the end of the next.
    Running,
}

/// How far a plan is brought.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    /// Handed to its person, who has not said that they read it.
    Approved,
    Doing,
    /// Closed, as the figures say.
    Closed,
}

/// A plan as somebody wrote it.
struct Story {
    season: Season,
    until: Until,
    /// Employee number, or code of a team.
    about: &'static str,
    owner: &'static str,
    sponsor: &'static str,
    kpi: &'static str,
    compared_with: Option<&'static str>,
    target: i64,
    min_effect: i64,
    title: &'static str,
    problem: &'static str,
    whys: [&'static str; 3],
    /// Kind, what, by whom, days after the plan begins.
    actions: [(ActionKind, &'static str, &'static str, u64); 2],
    /// Said of it when it is closed: where it worked, and where it did not.
    worked: &'static str,
    failed: &'static str,
}

const STORIES: [Story; 6] = [
    Story {
        season: Season::Past,
        until: Until::Closed,
        about: "E1014",
        owner: "E1052",
        sponsor: "E1058",
        kpi: "sla",
        compared_with: None,
        target: 90,
        min_effect: 3,
        title: "上门准时：备件前一天核对",
        problem: "一季度服务时限达成率约七成五，超时的上门单里多数是备件不齐、需要二次上门。",
        whys: [
            "为什么超时？到现场才发现缺件。",
            "为什么到现场才发现？出发前没有核对清单。",
            "为什么没有核对？仓库下午五点后才更新清单，没人通知。",
        ],
        actions: [
            (
                ActionKind::Coaching,
                "组长每周跟两单，复盘出发前的核对",
                "E1052",
                30,
            ),
            (
                ActionKind::Process,
                "前一天 18 点核对次日备件，缺件先改约",
                "E1014",
                45,
            ),
        ],
        worked: "前一天核对写入上门作业指导书第 4 条，全组执行。",
        failed: "达成率没有可证实的变化，按现行做法继续观察。",
    },
    Story {
        season: Season::Past,
        until: Until::Closed,
        about: planted::IMPROVING_TEAM,
        owner: "E1052",
        sponsor: "E1058",
        kpi: "sla",
        compared_with: Some("FW"),
        target: 90,
        min_effect: 5,
        title: "东区上门：备件推送与改约流程",
        problem: "东区时限达成率长期低于西区十个百分点以上，二次上门多。",
        whys: [
            "为什么二次上门多？首次缺件。",
            "为什么缺件？清单与库存不同步。",
            "为什么不同步？没有固定的推送时间和责任人。",
        ],
        actions: [
            (
                ActionKind::Tool,
                "仓库每天 18 点推送次日清单到队内群",
                "E1052",
                20,
            ),
            (ActionKind::Process, "缺件单当晚改约，记录原因", "E1052", 40),
        ],
        worked: "推送与改约流程纳入两个上门服务队的标准作业。",
        failed: "与西区相比没有可证实的差异。",
    },
    Story {
        season: Season::Past,
        until: Until::Closed,
        about: planted::SMALL_TEAM,
        owner: "E1056",
        sponsor: "E1059",
        kpi: "csat",
        compared_with: None,
        target: 95,
        min_effect: 3,
        title: "大客户满意度：结案后三天回访",
        problem: "大客户希望结案之后有人确认问题真的解决了；满意度时高时低，答卷也少。",
        whys: [
            "为什么不满意？结案后的小问题没人管。",
            "为什么没人管？没有回访。",
            "为什么没有回访？工单在答复时就关闭了。",
        ],
        actions: [
            (
                ActionKind::Communication,
                "结案后三天电话回访，负面回复当天转专员",
                "E1056",
                30,
            ),
            (ActionKind::Training, "半天的客户沟通培训", "E1056", 40),
        ],
        worked: "三天回访成为标准。",
        failed: "区间包含零，不能说有效果；回访保留到年底再看，不另立计划。",
    },
    Story {
        season: Season::Past,
        until: Until::Closed,
        about: planted::HASTY_TEAM,
        owner: planted::LENIENT_RATER,
        sponsor: "E1057",
        kpi: "fcr",
        compared_with: None,
        target: 85,
        min_effect: 2,
        title: "技术热线：通话提速试点",
        problem: "高峰期排队长，希望用通话脚本缩短通话，同时不降低首次解决。",
        whys: [
            "为什么排队长？每通电话时间长。",
            "为什么时间长？提问没有顺序。",
            "为什么没有顺序？没有统一脚本。",
        ],
        actions: [
            (
                ActionKind::Tool,
                "上线通话脚本和计时提示",
                planted::LENIENT_RATER,
                15,
            ),
            (
                ActionKind::Training,
                "全组脚本演练一次",
                planted::LENIENT_RATER,
                25,
            ),
        ],
        worked: "脚本成为标准。",
        failed: "通话变短了，但首次解决明显下降：客户再打来。停用计时提示，脚本重写后再议。",
    },
    Story {
        season: Season::Running,
        until: Until::Doing,
        about: "SC",
        owner: "E1051",
        sponsor: "E1057",
        kpi: "csat",
        compared_with: None,
        target: 90,
        min_effect: 2,
        title: "服务中心：等待时先告知预计时间",
        problem: "低分评价里最多的一句是“等了很久不知道还要多久”。",
        whys: [
            "为什么不满？等待没有预期。",
            "为什么没有预期？排队提示只说“请稍候”。",
            "为什么只说请稍候？系统没有接入预计时间。",
        ],
        actions: [
            (ActionKind::Tool, "排队提示播报预计等待时间", "E1051", 44),
            (
                ActionKind::Communication,
                "超过五分钟的来电由专员先致歉再处理",
                "E1003",
                85,
            ),
        ],
        worked: "",
        failed: "",
    },
    Story {
        season: Season::Running,
        until: Until::Approved,
        about: planted::COMPLAINT_CLUSTER,
        owner: "E1055",
        sponsor: "E1059",
        kpi: "complaint_rate",
        compared_with: None,
        target: 5,
        min_effect: 10,
        title: "退换货：两小时内首次回复",
        problem: "三季度成立的投诉集中在回复超时和承诺未兑现。",
        whys: [
            "为什么超时？工单积压在下午。",
            "为什么积压？上午没有先分类。",
            "为什么不分类？没有人负责分单。",
        ],
        actions: [
            (
                ActionKind::Coaching,
                "每天早上与组长一起分单十五分钟",
                "E1055",
                70,
            ),
            (
                ActionKind::Training,
                "完成投诉处理与退换货政策课程",
                planted::COMPLAINT_CLUSTER,
                80,
            ),
        ],
        worked: "",
        failed: "",
    },
];

/// Told by hand: register, code of a team or nothing, title, body, importance, urgency, who looks after it.
type Told = (
    Kind,
    &'static str,
    &'static str,
    &'static str,
    i32,
    i32,
    &'static str,
);

const TOLD: [Told; 3] = [
    (
        Kind::Risk,
        "",
        "滤芯供应商更换后的批次质量",
        "新供应商第一批退换率偏高；若旺季前不解决，投诉可能翻倍。",
        3,
        2,
        "E1059",
    ),
    (
        Kind::Idea,
        "SC",
        "把保修查询做成自助页面",
        "每天约三十通电话只问保修期，自助页面可以少接一半。",
        2,
        1,
        "E1051",
    ),
    (
        Kind::Need,
        "KA",
        "大客户希望每月一份服务简报",
        "三家大客户在季度会上提出，内容：工单量、时限、未结事项。",
        2,
        2,
        "E1056",
    ),
];

struct Company {
    directory: Directory,
    settings: Settings,
    last: Quarter,
}

impl Company {
    fn id(&self, no: &str) -> i64 {
        self.directory.by_number(no).unwrap_or_default()
    }

    fn first(&self, back: u32) -> NaiveDate {
        self.back(back).first_day(self.settings.fiscal_start)
    }

    fn end(&self, back: u32) -> NaiveDate {
        self.back(back).last_day(self.settings.fiscal_start)
    }

    /// So many quarters before the last.
    fn back(&self, count: u32) -> Quarter {
        (0..count).fold(self.last, |quarter, _| quarter.prev())
    }

    /// Everything known of a plan on the day of an act.
    fn known(&self, conn: &mut Conn, code: &str, by: &Actor) -> Result<Known> {
        let today = by.at.date();
        let plan = store::find(conn, &Seen::operator(today), None, code)?.plan;
        let (zone, start) = (self.settings.zone, self.settings.fiscal_start);
        reading::known(conn, plan, today, zone, start)
    }

    /// Takes a step; a step that closes remembers the figures.
    fn take(&self, conn: &mut Conn, code: &str, step: Step, words: &str, by: &Actor) -> Result<()> {
        let known = self.known(conn, code, by)?;
        let closing = step.to().filter(|to| to.is_closed());
        let record = closing.map(|outcome| reading::record(&known, outcome));
        let seen = known.plan.row_version;
        let body = said(words);
        store::step(conn, &known.plan, seen, step, body, record.as_ref(), by)
    }

    fn review(&self, conn: &mut Conn, code: &str, course: Course, by: &Actor) -> Result<()> {
        let plan = self.known(conn, code, by)?.plan;
        let body = EventBody {
            course: Some(course),
            day: Some(by.at.date()),
            ..said("看了每周数据，行动按计划进行。")
        };
        store::note(conn, &plan, plan.row_version, EventKind::Review, &body, by)
    }
}

fn said(words: &str) -> EventBody {
    EventBody {
        text: (!words.is_empty()).then(|| words.to_owned()),
        ..EventBody::default()
    }
}

/// Tells the findings and makes the plans, as of the last quarter and some weeks after it.
pub fn improve(conn: &mut Conn, last: Quarter) -> Result<()> {
    let company = Company {
        directory: Directory::load(conn)?,
        settings: Settings::load(conn)?,
        last,
    };
    for told in &TOLD {
        tell(conn, &company, told)?;
    }
    for story in &STORIES {
        live(conn, &company, story)?;
    }
    begin(conn, &company)
}

fn tell(conn: &mut Conn, company: &Company, told: &Told) -> Result<()> {
    let (kind, team, title, body, importance, urgency, owner) = *told;
    let by = actor(owner, at(company.first(0), 50));
    let about = match company.directory.team_by_code(team) {
        Some(id) => About::Team(id),
        None => About::Company,
    };
    let risk = kind == Kind::Risk;
    let new = NewFinding {
        kind,
        measure: String::new(),
        about,
        day: day_number(by.at.date()),
        details: Details::Told,
        words: Words {
            title: Some(title.to_owned()),
            body: Some(body.to_owned()),
            importance,
            urgency,
            likelihood: risk.then_some(2),
            response: risk.then_some(Response::Reduce),
            owner_id: Some(company.id(owner)),
        },
        evidence: Source::default(),
        dedupe_key: format!("told:demo:{}", kind.code()),
    };
    findings::tell(conn, &new, &by)?;
    Ok(())
}

/// What a plan says.
fn terms_of(conn: &mut Conn, company: &Company, story: &Story) -> Result<NewPlan> {
    let kpi_id = library::library(conn)?.get(story.kpi).map(|found| found.0);
    let team_id = company.directory.team_by_code(story.about);
    let staff_id = company.directory.by_number(story.about);
    let scope = if staff_id.is_some() {
        Scope::Person
    } else {
        Scope::Team
    };
    let [from, to, starts_on, check_from, ends_on] = match story.season {
        Season::Past => [
            company.first(2),
            company.end(2),
            company.first(1) + Days::new(7),
            company.first(0),
            company.end(0),
        ],
        Season::Running => [
            company.first(0),
            company.first(0) + Days::new(50),
            company.first(0) + Days::new(60),
            company.end(0) + Days::new(32),
            company.end(0) + Days::new(91),
        ],
    };
    let compared = story.compared_with;
    let standard = (scope == Scope::Person).then(|| Standard {
        criteria: "期末按同一指标和同一最少样本量重新评估，达到目标或区间整体改善即为合格。"
            .to_owned(),
        published: "《客户服务岗位标准》，内网公告".to_owned(),
        read_on: Some(starts_on),
        text: "岗位标准第 3 条：时限、回复与记录要求。".to_owned(),
    });
    Ok(NewPlan {
        terms: Terms {
            scope,
            staff_id,
            team_id,
            owner_id: company.id(story.owner),
            sponsor_id: Some(company.id(story.sponsor)),
            title: story.title.to_owned(),
            kpi_id,
            problem: story.problem.to_owned(),
            causes: Causes {
                fishbone: Fishbone {
                    process: story.whys[2].to_owned(),
                    ..Fishbone::default()
                },
                whys: story.whys.map(str::to_owned).to_vec(),
            },
            comparison_team_id: compared.and_then(|code| company.directory.team_by_code(code)),
            min_effect_u: Some(story.min_effect * MICRO),
            target_u: Some(story.target * MICRO),
            starts_on: Some(starts_on),
            check_from: Some(check_from),
            ends_on: Some(ends_on),
            review_days: 30,
            standard,
        },
        baseline: Some(Baseline {
            comparison: None,
            figure: None,
            from,
            to,
        }),
        previous_id: None,
    })
}

/// Makes a plan and brings it as far as it is.
fn live(conn: &mut Conn, company: &Company, story: &Story) -> Result<()> {
    let new = terms_of(conn, company, story)?;
    let start = new.terms.starts_on.unwrap_or_default();
    let by = |who: &str, later: u64| actor(who, at(start, later));
    let before = actor(story.owner, at(start - Days::new(5), 0));
    let (_, code) = store::create(conn, &new, &before)?;
    for (kind, body, owner, later) in story.actions {
        let plan = company.known(conn, &code, &before)?.plan;
        let action = NewAction {
            kind,
            body: body.to_owned(),
            owner_id: company.id(owner),
            due_on: start + Days::new(later),
        };
        store::add_action(conn, &plan, plan.row_version, &action, &before)?;
    }
    company.take(conn, &code, Step::Ask, "", &before)?;
    let approved = actor(story.sponsor, at(start - Days::new(2), 0));
    company.take(conn, &code, Step::Approve, "", &approved)?;
    if story.until == Until::Approved {
        return Ok(());
    }
    if new.terms.scope == Scope::Person {
        let read = actor(story.about, at(start - Days::new(1), 0));
        let plan = company.known(conn, &code, &read)?.plan;
        let statement = Some("已阅读，目标可以接受，备件问题希望仓库配合。".to_owned());
        store::acknowledge(conn, &plan, statement, &read)?;
    }
    company.take(conn, &code, Step::Start, "", &by(story.owner, 0))?;
    company.review(conn, &code, Course::OnTrack, &by(story.owner, 28))?;
    if story.until == Until::Doing {
        return Ok(());
    }
    for (at, (_, _, owner, later)) in story.actions.iter().enumerate() {
        let done = by(owner, *later);
        let known = company.known(conn, &code, &done)?;
        let Some(action) = known.actions.get(at) else {
            continue;
        };
        let (seen, state) = (known.plan.row_version, ActionState::Done);
        let outcome = "按期完成，见周会记录。";
        store::set_action(conn, &known.plan, action, seen, state, outcome, &done)?;
    }
    company.review(conn, &code, Course::OnTrack, &by(story.owner, 58))?;
    let check = new.terms.check_from.unwrap_or(start);
    company.take(
        conn,
        &code,
        Step::Check,
        "",
        &actor(story.owner, at(check, 0)),
    )?;
    let over = new.terms.ends_on.unwrap_or(start);
    let closed = actor(story.owner, at(over, 12));
    if company.known(conn, &code, &closed)?.verdict() == Verdict::Improved {
        company.take(conn, &code, Step::Standardise, story.worked, &closed)
    } else {
        company.take(conn, &code, Step::Close, story.failed, &closed)
    }
}

/// The most important finding about a team that nobody has looked at, if there is one.
fn open_finding(conn: &mut Conn, reach: &Reach) -> Result<Option<Finding>> {
    let teams = reach::teams(conn, reach)?;
    let filter = Filter::of(FindingState::Open);
    let found = findings::page(conn, reach, &teams, &filter, Start::First, 100)?;
    Ok(found
        .into_iter()
        .find(|f| f.kind.picks_the_worst() && matches!(f.about, About::Team(_))))
}

/// A draft made of a finding, not yet thought through.
fn begin(conn: &mut Conn, company: &Company) -> Result<()> {
    let day = company.end(0) + Days::new(20);
    let reach = Reach::operator(day);
    let Some(found) = open_finding(conn, &reach)? else {
        return Ok(());
    };
    let About::Team(team_id) = found.about else {
        return Ok(());
    };
    let kpis = library::library(conn)?;
    let by = actor("E1057", at(day, 0));
    let new = NewPlan {
        terms: Terms {
            scope: Scope::Team,
            staff_id: None,
            team_id: Some(team_id),
            owner_id: company.id("E1057"),
            sponsor_id: Some(company.id("E1060")),
            title: "由预警开始：先弄清原因".to_owned(),
            kpi_id: kpis.get(&found.measure).map(|kpi| kpi.0),
            problem: String::new(),
            causes: Causes::default(),
            comparison_team_id: None,
            min_effect_u: None,
            target_u: None,
            starts_on: None,
            check_from: None,
            ends_on: None,
            review_days: 30,
            standard: None,
        },
        baseline: Some(Baseline {
            comparison: None,
            figure: None,
            from: company.first(0),
            to: company.end(0),
        }),
        previous_id: None,
    };
    let (plan_id, _) = store::create(conn, &new, &by)?;
    findings::plan_made(conn, &reach, found.id, plan_id, &by)
}
