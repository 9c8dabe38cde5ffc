//! What waits for whom in the cycles at work: goals to agree, check-ins to hold, reviews to write, results to tell
//! and to read, appeals to hear. Said on the desk of each, in their calendar, and by messages.
//!
//! Everything is one question to the database, put together of a part for each thing a state of a cycle asks for, so
//! that a page asks once however many cycles are at work in whatever states.

use std::collections::BTreeMap;

use chrono::{Duration, NaiveDate, NaiveDateTime};
use diesel::dsl::case_when;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Date, Nullable, Text};

use crate::accounts::store::{self as accounts, Notice};
use crate::appraisals::model::cycle::State;
use crate::appraisals::model::outcome::{RELEASE_DAYS, last_day};
use crate::appraisals::model::rules::Rules;
use crate::calendar::Zone;
use crate::db::Conn;
use crate::db::schema::{cycle, cycle_deadline, cycle_stage};
use crate::due::Due;
use crate::error::{Message, Result};
use crate::goals::model::note::next_check_in;
use crate::render::escape;

/// Cycles that are looked at: ten years of quarters.
const CYCLES: i64 = 40;

/// Things that wait for one person and are told apart; whoever has more finds them on the cycle's pages.
const MOST: usize = 500;

/// So many days before the last day of something its reminder is written.
const SOON: i64 = 2;

/// A cycle that has begun and is not closed.
#[derive(Clone, Debug)]
pub struct Running {
    pub id: i64,
    pub code: String,
    pub state: State,
    pub days: (NaiveDate, NaiveDate),
    /// The last day of its state, if HR named one.
    pub until: Option<NaiveDate>,
    /// When it came to its state.
    pub entered_at: Option<NaiveDateTime>,
    pub rules: Rules,
}

/// The newest cycles: code and state of all, the one that ends last first; and those at work.
#[derive(Clone, Debug, Default)]
pub struct Cycles {
    pub all: Vec<(String, String)>,
    pub running: Vec<Running>,
}

/// The newest cycles, in one query.
pub fn cycles(conn: &mut Conn) -> Result<Cycles> {
    type Row = (
        (i64, String, String),
        (NaiveDate, NaiveDate),
        Option<String>,
        Option<NaiveDate>,
        Option<NaiveDateTime>,
    );
    let at_work = cycle::state.ne_all([State::Draft.code(), State::Closed.code()]);
    let rows: Vec<Row> = cycle::table
        .left_join(
            cycle_deadline::table.on(cycle_deadline::cycle_id
                .eq(cycle::id)
                .and(cycle_deadline::state.eq(cycle::state))),
        )
        .left_join(
            cycle_stage::table.on(cycle_stage::cycle_id
                .eq(cycle::id)
                .and(cycle_stage::state.eq(cycle::state))),
        )
        .order((cycle::ends_on.desc(), cycle::id.desc()))
        .limit(CYCLES)
        .select((
            (cycle::id, cycle::code, cycle::state),
            (cycle::starts_on, cycle::ends_on),
            // The rules are long, and those of a closed cycle ask for nothing.
            case_when(at_work, cycle::rules_json),
            cycle_deadline::due_on.nullable(),
            cycle_stage::entered_at.nullable(),
        ))
        .load(conn)?;
    let mut found = Cycles::default();
    for ((id, code, state), days, rules, until, entered_at) in rows {
        if let Some((rules, state)) = rules.zip(State::parse(&state)) {
            found.running.push(Running {
                id,
                code: code.clone(),
                state,
                days,
                until,
                entered_at,
                rules: serde_json::from_str(&rules)?,
            });
        }
        found.all.push((code, state));
    }
    Ok(found)
}

impl Running {
    /// Whether colleagues are still asked: their stage ends with the last day of evaluation.
    fn asks_peers(&self, today: NaiveDate) -> bool {
        self.rules.peer_card().is_some() && self.until.is_none_or(|day| day >= today)
    }
}

/// Something that waits for somebody, as it is read.
#[derive(Clone, Debug, QueryableByName)]
struct Waiting {
    /// Staff number of whoever is to do it.
    #[diesel(sql_type = BigInt)]
    owner_id: i64,
    /// Key of its text.
    #[diesel(sql_type = Text)]
    what: String,
    #[diesel(sql_type = BigInt)]
    cycle_id: i64,
    /// About whom.
    #[diesel(sql_type = BigInt)]
    staff_id: i64,
    #[diesel(sql_type = Text)]
    employee_no: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    name_en: String,
    /// Check-ins held, or the number of a session.
    #[diesel(sql_type = BigInt)]
    n: i64,
    /// The name of a session.
    #[diesel(sql_type = Text)]
    label: String,
    /// A day of its own.
    #[diesel(sql_type = Nullable<Date>)]
    day: Option<NaiveDate>,
}

/// Everything that can wait, and where it is done: below the person's page in the cycle where it begins with a slash.
const KINDS: [(&str, &str); 15] = [
    ("due-goals-answer", "/goals"),
    ("due-goals-agree", "/goals"),
    ("due-goals-agree-of", "/goals"),
    ("due-check-in", "notes"),
    ("due-self-review", "/self"),
    ("due-name-peers", "/peers"),
    ("due-confirm-peers", "/peers"),
    ("due-review", "/review"),
    ("due-peer-review", "/peer-review"),
    ("due-former-note", "/note"),
    ("due-calibration", "session"),
    ("due-acknowledge", "/feedback"),
    ("due-release", "/feedback"),
    ("due-talk", "/feedback"),
    ("due-appeal", "/appeal"),
];

/// A part of the question: whose it is, what, from which cycles, and where it is found. Owner, cycles and conditions
/// are names of columns and numbers of our own: nothing that anybody typed.
struct Part<'a> {
    what: &'a str,
    owner: &'a str,
    cycles: &'a [i64],
    /// Column of the cycle's number.
    cycle: &'a str,
    n: &'a str,
    label: &'a str,
    day: &'a str,
    from: &'a str,
}

impl<'a> Part<'a> {
    fn of(what: &'a str, owner: &'a str, cycles: &'a [i64], cycle: &'a str, from: &'a str) -> Self {
        Part {
            what,
            owner,
            cycles,
            cycle,
            n: "0",
            label: "''",
            day: "cast(null as date)",
            from,
        }
    }

    /// The part in words, narrowed to one owner where one is given.
    fn sql(&self, me: Option<i64>) -> String {
        let Part {
            what,
            owner,
            cycle,
            n,
            label,
            day,
            from,
            ..
        } = self;
        let numbers: Vec<String> = self.cycles.iter().map(i64::to_string).collect();
        let mine = me.map_or_else(
            || format!("{owner} is not null"),
            |me| format!("{owner} = {me}"),
        );
        format!(
            "select {owner} as owner_id, '{what}' as what, {cycle} as cycle_id, s.id as staff_id, \
             s.employee_no, s.name, s.name_en, cast({n} as bigint) as n, {label} as label, \
             {day} as day from {from} and {cycle} in ({}) and {mine}",
            numbers.join(", ")
        )
    }
}

/// Numbers of the cycles at work that are so.
fn those(cycles: &[Running], so: impl Fn(&Running) -> bool) -> Vec<i64> {
    cycles.iter().filter(|c| so(c)).map(|c| c.id).collect()
}

/// What waits in some cycles, of one person or of everybody: one query, none where nothing can wait.
fn waiting(
    conn: &mut Conn,
    cycles: &[Running],
    me: Option<i64>,
    today: NaiveDate,
) -> Result<Vec<Waiting>> {
    let goals = those(cycles, |c| {
        c.rules.wants_agreement && matches!(c.state, State::GoalSetting | State::Tracking)
    });
    let tracking = those(cycles, |c| {
        c.rules.wants_agreement && c.state == State::Tracking
    });
    let reviews = those(cycles, |c| c.rules.reviews && c.state == State::Evaluation);
    let peers = those(cycles, |c| {
        c.rules.reviews && c.state == State::Evaluation && c.asks_peers(today)
    });
    let sessions = those(cycles, |c| c.state == State::Calibration);
    // Where figures alone count nothing is talked about or acknowledged.
    let told = those(cycles, |c| c.rules.reviews && c.state == State::Feedback);
    let appeals = those(cycles, |c| c.state == State::Feedback);

    let led = format!(
        "join reporting_line l on l.staff_id = s.id and l.depth = 1 \
         and l.valid_from <= '{today}' and l.valid_to > '{today}'"
    );
    let proposal = "goal_proposal p join goal_sheet g on g.id = p.sheet_id \
                    join staff s on s.id = g.staff_id";
    let answer_own = format!("{proposal} where p.state = 'open' and p.by_side = 'manager'");
    let answer = format!("{proposal} {led} where p.state = 'open' and p.by_side = 'employee'");
    let unsigned = |side: &str, joined: &str| {
        format!(
            "goal_sheet g join staff s on s.id = g.staff_id {joined} \
             where exists (select 1 from goal_sheet_version v where v.sheet_id = g.id \
                           and v.{side}_agreed_at is null) \
             and not exists (select 1 from goal_proposal p where p.sheet_id = g.id \
                             and p.state = 'open')"
        )
    };
    let (agree_own, agree) = (unsigned("employee", ""), unsigned("manager", &led));
    let in_cycle = "evaluation e join staff s on s.id = e.staff_id";
    let check_in = format!(
        "{in_cycle} {led} where e.excused_reason is null \
         and exists (select 1 from goal_sheet g where g.cycle_id = e.cycle_id \
                     and g.staff_id = e.staff_id)"
    );
    let own = format!(
        "{in_cycle} where e.excused_reason is null and e.panel_id is not null \
         and e.submitted_at is null and e.self_submitted_at is null"
    );
    let asking = "e.excused_reason is null and e.panel_id is not null \
                  and e.peers_closed_at is null and e.peers_confirmed_at is null";
    let name = format!("{in_cycle} where {asking} and e.peer_panel_id is null");
    let confirm = format!(
        "{in_cycle} where {asking} and e.peer_panel_id is not null \
         and e.manager_id <> e.staff_id"
    );
    let sheet = |role: &str, panel: &str| {
        format!(
            "sheet h join evaluation e on e.{panel} = h.panel_id \
             join staff s on s.id = e.staff_id \
             where h.role = '{role}' and h.state in ('invited', 'draft') \
             and e.excused_reason is null and h.rater_id <> e.staff_id"
        )
    };
    let review = sheet("manager", "panel_id");
    let (note, peer) = (sheet("former", "panel_id"), sheet("peer", "peer_panel_id"));
    let session = "calibration_member m join calibration k on k.id = m.calibration_id \
                   join staff s on s.id = m.staff_id where k.closed_at is null";
    let result = "evaluation e join staff s on s.id = e.staff_id \
                  left join feedback f on f.evaluation_id = e.id where f.acknowledged_at is null";
    let read = format!("{result} and e.released_at is not null");
    let release = format!("{result} and e.released_at is null and e.manager_id <> e.staff_id");
    let talk = format!(
        "{result} and e.released_at is not null and f.talk_on is null \
         and e.manager_id <> e.staff_id"
    );
    let appeal = "appeal a join evaluation e on e.id = a.evaluation_id \
                  join staff s on s.id = e.staff_id where a.decided_at is null";

    let of = Part::of;
    let parts = [
        of(
            "due-goals-answer",
            "g.staff_id",
            &goals,
            "g.cycle_id",
            &answer_own,
        ),
        of(
            "due-goals-answer",
            "l.manager_id",
            &goals,
            "g.cycle_id",
            &answer,
        ),
        of(
            "due-goals-agree",
            "g.staff_id",
            &goals,
            "g.cycle_id",
            &agree_own,
        ),
        of(
            "due-goals-agree-of",
            "l.manager_id",
            &goals,
            "g.cycle_id",
            &agree,
        ),
        Part {
            n: "(select count(distinct n.day) from note n where n.staff_id = e.staff_id \
                 and n.cycle_id = e.cycle_id and n.kind = 'check_in' \
                 and (n.author_id is null or n.author_id <> n.staff_id))",
            ..of(
                "due-check-in",
                "l.manager_id",
                &tracking,
                "e.cycle_id",
                &check_in,
            )
        },
        of(
            "due-self-review",
            "e.staff_id",
            &reviews,
            "e.cycle_id",
            &own,
        ),
        of("due-name-peers", "e.staff_id", &peers, "e.cycle_id", &name),
        of(
            "due-confirm-peers",
            "e.manager_id",
            &peers,
            "e.cycle_id",
            &confirm,
        ),
        of("due-review", "h.rater_id", &reviews, "e.cycle_id", &review),
        of(
            "due-former-note",
            "h.rater_id",
            &reviews,
            "e.cycle_id",
            &note,
        ),
        of("due-peer-review", "h.rater_id", &peers, "e.cycle_id", &peer),
        Part {
            n: "k.id",
            label: "k.name",
            day: "k.held_on",
            ..of(
                "due-calibration",
                "m.staff_id",
                &sessions,
                "k.cycle_id",
                session,
            )
        },
        of("due-acknowledge", "e.staff_id", &told, "e.cycle_id", &read),
        of("due-release", "e.manager_id", &told, "e.cycle_id", &release),
        of("due-talk", "e.manager_id", &told, "e.cycle_id", &talk),
        Part {
            day: "a.due_on",
            ..of(
                "due-appeal",
                "a.reviewer_id",
                &appeals,
                "e.cycle_id",
                appeal,
            )
        },
    ];
    let asked: Vec<String> = parts
        .iter()
        .filter(|part| !part.cycles.is_empty())
        .map(|part| part.sql(me))
        .collect();
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let mut found: Vec<Waiting> = diesel::sql_query(asked.join(" union all ")).load(conn)?;
    let place = |what: &str| KINDS.iter().position(|(key, _)| *key == what);
    found.sort_by(|a, b| {
        let key = |w: &Waiting| (place(&w.what), w.cycle_id, w.employee_no.clone(), w.n);
        key(a).cmp(&key(b))
    });
    Ok(found)
}

impl Waiting {
    /// Key of its text and where it is done.
    fn kind(&self) -> Option<(&'static str, &'static str)> {
        KINDS.into_iter().find(|(key, _)| *key == self.what)
    }

    /// The last day it may be done; none where nobody named one.
    fn by(&self, cycle: &Running, zone: Zone) -> Option<NaiveDate> {
        let release = || {
            let entered = zone.local_date(cycle.entered_at?);
            Some(last_day(entered, RELEASE_DAYS))
        };
        match self.what.as_str() {
            "due-goals-agree" | "due-goals-agree-of" => {
                cycle.until.filter(|_| cycle.state == State::GoalSetting)
            }
            "due-check-in" => {
                let by = next_check_in(self.n, cycle.days)?;
                Some(cycle.until.map_or(by, |until| by.min(until)))
            }
            "due-acknowledge" | "due-release" | "due-talk" => release(),
            "due-calibration" | "due-appeal" => self.day,
            _ => cycle.until,
        }
    }

    fn due(self, cycle: &Running, zone: Zone) -> Option<Due> {
        let (key, page) = self.kind()?;
        let by = self.by(cycle, zone);
        if key == "due-check-in" && by.is_none() {
            return None;
        }
        let (code, no) = (escape(&cycle.code), escape(&self.employee_no));
        let what = Message::new(key).with("cycle", &cycle.code);
        let session = page == "session";
        Some(Due {
            link: match page {
                "notes" => format!("/people/{no}/notes/new?kind=check_in"),
                "session" => format!("/cycles/{code}/calibration/{}", self.n),
                page => format!("/cycles/{code}/people/{no}{page}"),
            },
            what: if session {
                what.with("name", self.label)
            } else {
                what
            },
            whom: (self.owner_id != self.staff_id && !session).then_some((self.name, self.name_en)),
            by,
        })
    }
}

/// What waits for somebody in the cycles at work: one query.
pub fn due(
    conn: &mut Conn,
    cycles: &[Running],
    staff_id: i64,
    today: NaiveDate,
    zone: Zone,
) -> Result<Vec<Due>> {
    let found = waiting(conn, cycles, Some(staff_id), today)?;
    Ok(found
        .into_iter()
        .filter_map(|one| {
            let cycle = cycles.iter().find(|c| c.id == one.cycle_id)?;
            one.due(cycle, zone)
        })
        .take(MOST)
        .collect())
}

fn sheet_link(code: &str, no: &str) -> String {
    format!("/cycles/{code}/people/{no}/goals")
}

/// Reminds everybody of what waits for them: of goals and check-ins once a week at most; of reviews to write and of
/// results to tell and to read when their last day is near, once. Returns how many messages were written.
pub fn remind_all(
    conn: &mut Conn,
    today: NaiveDate,
    zone: Zone,
    now: NaiveDateTime,
) -> Result<usize> {
    let cycles = cycles(conn)?.running;
    let (mut weekly, mut once) = (Vec::new(), Vec::new());
    // How many of one's people something waits for, by manager, cycle and text.
    let mut counted: BTreeMap<(i64, &str, &'static str), i64> = BTreeMap::new();
    let mut near: BTreeMap<(i64, &str, &'static str), NaiveDate> = BTreeMap::new();
    for one in waiting(conn, &cycles, None, today)? {
        let Some(cycle) = cycles.iter().find(|c| c.id == one.cycle_id) else {
            continue;
        };
        let (owner, code) = (one.owner_id, cycle.code.as_str());
        let by = one.by(cycle, zone);
        match one.kind().map(|(key, _)| key) {
            Some("due-goals-agree") => {
                let what = Message::new("told-goals-agree").with("cycle", code);
                weekly.push((owner, what, sheet_link(code, &one.employee_no)));
            }
            Some("due-goals-agree-of") => {
                *counted
                    .entry((owner, code, "told-goals-agree-of"))
                    .or_default() += 1;
            }
            Some("due-check-in")
                if next_check_in(one.n, cycle.days).is_some_and(|day| day <= today) =>
            {
                *counted.entry((owner, code, "told-check-ins")).or_default() += 1;
            }
            // Not yet.
            Some("due-check-in") => {}
            Some(key) => {
                let told = match key {
                    "due-review" => "told-due-review",
                    "due-release" => "told-due-release",
                    "due-talk" => "told-due-talk",
                    "due-acknowledge" => "told-due-acknowledge",
                    _ => continue,
                };
                if let Some(by) = by.filter(|by| is_near(*by, today)) {
                    near.insert((owner, code, told), by);
                }
            }
            None => {}
        }
    }
    for ((owner, code, told), n) in counted {
        let what = Message::new(told).with("cycle", code).with("n", n);
        weekly.push((owner, what, format!("/my-team/goals?cycle={code}")));
    }
    for ((owner, code, told), by) in near {
        let what = Message::new(told).with("cycle", code).with("by", by);
        once.push((owner, what, "/".to_string()));
    }
    let weekly = addressed(conn, weekly)?;
    let once = addressed(conn, once)?;
    Ok(accounts::remind(conn, &weekly, now)? + accounts::tell_once(conn, &once, now)?)
}

/// Whether the last day of something is so near that it is reminded of.
#[must_use]
pub fn is_near(by: NaiveDate, today: NaiveDate) -> bool {
    by <= today + Duration::days(SOON)
}

/// Reminds some people of one cycle to agree to their sheets, as their manager asked.
pub fn remind(
    conn: &mut Conn,
    code: &str,
    people: &[(i64, String)],
    now: NaiveDateTime,
) -> Result<usize> {
    let wanted = people
        .iter()
        .map(|(id, no)| {
            let what = Message::new("told-goals-agree").with("cycle", code);
            (*id, what, sheet_link(code, no))
        })
        .collect();
    let notices = addressed(conn, wanted)?;
    accounts::remind(conn, &notices, now)
}

/// What is to be told to people, for every account they have.
pub fn addressed(conn: &mut Conn, wanted: Vec<(i64, Message, String)>) -> Result<Vec<Notice>> {
    let people: Vec<i64> = wanted.iter().map(|(id, ..)| *id).collect();
    let mut known: BTreeMap<i64, Vec<i64>> = BTreeMap::new();
    for chunk in people.chunks(1_000) {
        known.extend(accounts::accounts_of(conn, chunk)?);
    }
    let mut notices = Vec::new();
    for (staff_id, what, link) in wanted {
        for &account_id in known.get(&staff_id).into_iter().flatten() {
            notices.push(Notice {
                account_id,
                what: what.clone(),
                link: link.clone(),
            });
        }
    }
    Ok(notices)
}
