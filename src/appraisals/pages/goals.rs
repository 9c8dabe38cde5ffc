//! Pages on which goals are agreed: somebody's sheet, what is proposed for it, the answer, and the sheets of those
//! who report to the reader.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::web::{self, Path, Query, ServiceConfig};
use chrono::NaiveDate;
use serde::Deserialize;

use crate::access::{Permission, Reach, may};
use crate::appraisals::store::agreement::{self, New, Outcome, Speaker};
use crate::appraisals::store::cycles;
use crate::appraisals::store::{direct, due, results};
use crate::appraisals::view::goals::{self as view, Answer as Reply, Known, OTHERS, Propose};
use crate::appraisals::view::team_goals as team_view;
use crate::calendar::FiscalStart;
use crate::db::Conn;
use crate::error::{Error, Message, Result};
use crate::goals::model::sheet::{
    ITEMS, Item, Lacks, Qualitative, Side, Standing, Subject, Terms, WHOLE_BP, Written, Wrong,
    lacks, read as read_lines, scaled,
};
use crate::goals::model::{Aim, Dimension, Direction};
use crate::goals::store::team_goals;
use crate::i18n::plain;
use crate::people::store::reach;
use crate::web::form::{Check, FieldErrors, refusal};
use crate::web::list::{From, ON_A_PAGE, Slice};
use crate::web::site::escape;
use crate::web::{Answer, Can, Form, Head, Problem, Who};

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/cycles/{code}/people/{no}/goals", web::get().to(show))
        .route(
            "/cycles/{code}/people/{no}/goals/propose",
            web::get().to(propose_form),
        )
        .route(
            "/cycles/{code}/people/{no}/goals/propose",
            web::post().to(propose),
        )
        .route(
            "/cycles/{code}/people/{no}/goals/answer",
            web::post().to(answer),
        )
        .route("/my-team/goals", web::get().to(my_team))
        .route("/my-team/goals", web::post().to(act_for_many));
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct ShowQuery {
    said: Option<String>,
}

/// What a reader is in somebody's goals.
#[derive(Clone)]
struct Reader {
    me: Option<i64>,
    leads: bool,
    /// About whom they may speak; none for those who only read.
    speaks: Option<Reach>,
    keeps_notes: bool,
    today: NaiveDate,
    fiscal_start: FiscalStart,
}

impl Reader {
    fn of(who: &Who) -> Reader {
        Reader {
            me: who.account.staff_id,
            leads: who.account.leads,
            speaks: who.reach(Permission::AgreeGoals),
            keeps_notes: who.may(Permission::KeepNotes),
            today: who.site.today(),
            fiscal_start: who.site.settings.fiscal_start,
        }
    }

    /// Who they are in the goals of somebody whom they may read, and whether they stand in for a manager. Of
    /// oneself one is never the manager.
    fn speaker(&self, conn: &mut Conn, staff_id: i64, no: &str) -> Result<Option<(Speaker, bool)>> {
        let Some(speaks) = &self.speaks else {
            return Ok(None);
        };
        let as_side = |side| Speaker {
            side,
            staff_id: self.me,
        };
        if self.me == Some(staff_id) {
            return Ok(Some((as_side(Side::Employee), false)));
        }
        if let Some(me) = self.me.filter(|_| self.leads) {
            let day = (self.today, self.today.succ_opt().unwrap_or(self.today));
            if reach::is_below(conn, me, staff_id, day)? {
                return Ok(Some((as_side(Side::Manager), false)));
            }
        }
        let reached = speaks.is_everyone() || reach::find(conn, speaks, no).is_ok();
        Ok(reached.then(|| (as_side(Side::Manager), true)))
    }
}

/// Reads a sheet as the reader sees it.
fn read_sheet(
    conn: &mut Conn,
    reach: &Reach,
    reader: &Reader,
    code: &str,
    no: &str,
    with_figures: bool,
) -> Result<Known> {
    let staff = reach::find(conn, reach, no)?;
    let cycle = cycles::find(conn, code)?;
    let sheet = agreement::sheet(conn, &cycle, staff.id)?.ok_or_else(|| {
        Error::NotFound(
            Message::new("person-not-in-cycle")
                .with("no", no)
                .with("code", code),
        )
    })?;
    let speaker = reader.speaker(conn, staff.id, no)?;
    let figures = if with_figures {
        let versions = &sheet.versions;
        results::so_far(conn, &cycle, staff.id, versions, reader.fiscal_start)?
    } else {
        Vec::new()
    };
    Ok(Known {
        team_goals: team_goals::names(conn, cycle.id)?,
        in_place: speaker.is_some_and(|(_, in_place)| in_place),
        speaker: speaker.map(|(speaker, _)| speaker),
        keeps_notes: reader.keeps_notes,
        figures,
        sheet,
        cycle,
        staff,
    })
}

async fn known_of(
    who: &Who,
    reach: &Reach,
    (code, no): (String, String),
    with_figures: bool,
) -> Result<Known, Problem> {
    let (reach, reader) = (reach.clone(), Reader::of(who));
    who.read(move |conn| read_sheet(conn, &reach, &reader, &code, &no, with_figures))
        .await
}

fn head<'a>(who: &Who, known: &'a Known, part: Option<&str>) -> Head<'a> {
    let locale = who.locale;
    let name = locale.pick(&known.staff.name, &known.staff.name_en);
    let code = known.cycle.code.as_str();
    let cycle = format!("/cycles/{}", escape(code));
    let person = format!("{cycle}/people/{}", escape(&known.staff.employee_no));
    let title = plain(locale, part.unwrap_or("goals-title"));
    let head = Head::about(who, name, title)
        .under(plain(locale, "cycles-title"), "/cycles")
        .under(code, cycle)
        .under(name, person.clone());
    match part {
        Some(_) => head.under(plain(locale, "goals-title"), format!("{person}/goals")),
        None => head,
    }
}

async fn show(
    who: Can<may::ViewResults>,
    path: Path<(String, String)>,
    _: Query<ShowQuery>,
) -> Answer {
    let known = known_of(&who, &who.reach, path.into_inner(), true).await?;
    let view = view::show(&who, &known);
    who.page("goals/sheet.html", head(&who, &known, None), &view)
}

async fn propose_form(who: Can<may::AgreeGoals>, path: Path<(String, String)>) -> Answer {
    let known = known_of(&who, &who.reach, path.into_inner(), false).await?;
    if !known.may_propose() {
        return Err(not_open(&known).into());
    }
    let view = Propose::of(who.locale, view::propose_form(&who, &known));
    let head = head(&who, &known, Some("goals-propose"));
    who.page("goals/propose.html", head, &view)
}

fn not_open(known: &Known) -> Error {
    Error::Conflict(Message::new("goals-not-open").with("code", &known.cycle.code))
}

/// The fields of a form by name; more than once or unknown is none of ours.
struct Fields(BTreeMap<String, String>);

impl Fields {
    fn of(sent: &[(String, String)], known: &BTreeSet<String>) -> Result<Fields, Problem> {
        let mut fields = BTreeMap::new();
        for (name, value) in sent {
            let new = fields.insert(name.clone(), value.clone()).is_none();
            if !new || !known.contains(name) {
                return Err(Problem::Unreadable);
            }
        }
        Ok(Fields(fields))
    }

    fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }
}

/// The names of a proposal's fields.
fn proposal_fields() -> BTreeSet<String> {
    let line = ["kpi", "weight", "a", "b", "c", "d", "serves"];
    let other = ["other_name", "other_why", "other_results", "other_serves"];
    let lines = (0..*ITEMS.end()).flat_map(|at| line.map(|name| format!("{name}_{at}")));
    let others = (0..OTHERS).flat_map(|at| other.map(|name| format!("{name}_{at}")));
    let head = ["from", "reason"].map(str::to_string);
    head.into_iter().chain(lines).chain(others).collect()
}

/// The aim that four marks make in this direction; none where one is missing, wrong or too many.
fn aim(check: &mut Check, fields: &Fields, at: usize, direction: Direction) -> Option<Aim> {
    let mut marks = ["a", "b", "c", "d"].map(|mark| {
        let name = format!("{mark}_{at}");
        let text = fields.get(&name);
        let value = scaled(text, 6);
        if value.is_none() && !text.trim().is_empty() {
            check.wrong(&name, Message::new("goals-no-number"));
        }
        value
    });
    if direction != Direction::Band && !fields.get(&format!("d_{at}")).trim().is_empty() {
        check.wrong(&format!("d_{at}"), Message::new("goals-mark-too-many"));
        marks = [None; 4];
    }
    let [a, b, c, d] = marks;
    Some(match direction {
        Direction::Band => Aim::Band {
            outer_low_u: a?,
            low_u: b?,
            high_u: c?,
            outer_high_u: d?,
        },
        _ => Aim::Steps {
            threshold_u: a?,
            target_u: b?,
            stretch_u: c?,
        },
    })
}

/// The team's goal that is named, if it is one of the cycle's.
fn serves(check: &mut Check, fields: &Fields, name: &str, known: &Known) -> Option<i64> {
    let text = fields.get(name);
    if text.is_empty() {
        return None;
    }
    let found = text.parse().ok();
    let found = found.filter(|id| known.team_goals.contains_key(id));
    if found.is_none() {
        check.wrong(name, Message::new("field-choice"));
    }
    found
}

/// The terms that were typed; what is wrong with them stands beside its field.
fn terms(check: &mut Check, fields: &Fields, known: &Known) -> Terms {
    let rules = &known.cycle.rules;
    let mut places = Vec::new();
    let mut lines = Vec::new();
    let mut served = Vec::new();
    for at in 0..*ITEMS.end() {
        let choice = fields.get(&format!("kpi_{at}"));
        let rest = ["weight", "a", "b", "c", "d"];
        let is_empty = |name: &str| fields.get(&format!("{name}_{at}")).trim().is_empty();
        if choice.is_empty() {
            if !rest.into_iter().all(is_empty) {
                check.wrong(&format!("kpi_{at}"), Message::new("goals-choose-kpi"));
            }
            continue;
        }
        let (code, subject) = match choice.strip_suffix("@team") {
            Some(code) => (code, Subject::Team),
            None => (choice, Subject::Own),
        };
        let weight = fields.get(&format!("weight_{at}"));
        lines.push(Written {
            aim: rules
                .kpi(code)
                .and_then(|kpi| aim(check, fields, at, kpi.direction)),
            kpi: code.to_string(),
            subject,
            weight_bp: scaled(weight, 2).unwrap_or_default(),
        });
        places.push(at);
        served.push(serves(check, fields, &format!("serves_{at}"), known));
    }
    let (items, wrong) = read_lines(&lines, |code| rules.kpi(code));
    for (line, wrong) in &wrong {
        let at = places[*line];
        let (field, key) = match wrong {
            Wrong::Unknown => ("kpi", "field-choice"),
            Wrong::Twice => ("kpi", "goals-kpi-twice"),
            Wrong::TeamMedian => ("kpi", "goals-team-median"),
            Wrong::Weight => ("weight", "goals-weight-wrong"),
            Wrong::Order(Direction::Higher) => ("a", "goals-order-higher"),
            Wrong::Order(Direction::Lower) => ("a", "goals-order-lower"),
            Wrong::Order(Direction::Band) => ("a", "goals-order-band"),
        };
        check.wrong(&format!("{field}_{at}"), Message::new(key));
    }
    if wrong.is_empty() {
        for lack in lacks(&items, |code| rules.kpi(code)) {
            let (field, message) = lack_message(lack);
            check.wrong(field, message);
        }
    }
    Terms {
        items: items
            .into_iter()
            .zip(served)
            .map(|(line, team_goal_id)| Item { line, team_goal_id })
            .collect(),
        qualitative: others(check, fields, known),
    }
}

/// What a whole sheet lacks, said beside the field where one would begin to mend it.
fn lack_message(lack: Lacks) -> (&'static str, Message) {
    match lack {
        Lacks::Count(count) => (
            "kpi_0",
            Message::new("goals-count")
                .with("n", count)
                .with("least", ITEMS.start())
                .with("most", ITEMS.end()),
        ),
        Lacks::Family(family) => (
            "kpi_0",
            Message::new(match family {
                Dimension::Quality => "goals-no-quality",
                Dimension::Efficiency => "goals-no-efficiency",
                _ => "goals-no-satisfaction",
            }),
        ),
        Lacks::Sum(sum) => {
            let percent = |bp: i64| format!("{}.{:02}", bp / 100, bp % 100);
            let key = if sum < WHOLE_BP {
                "goals-weights-below"
            } else {
                "goals-weights-above"
            };
            let message = Message::new(key)
                .with("sum", percent(sum))
                .with("difference", percent((WHOLE_BP - sum).abs()));
            ("weight_0", message)
        }
    }
}

fn others(check: &mut Check, fields: &Fields, known: &Known) -> Vec<Qualitative> {
    let mut goals = Vec::new();
    for at in 0..OTHERS {
        let names = ["name", "why", "results", "serves"].map(|part| format!("other_{part}_{at}"));
        let [name, why, results, served] = names;
        if [&name, &why, &results].map(|n| fields.get(n).trim().is_empty()) == [true; 3] {
            continue;
        }
        let key_results = check.required(&results, fields.get(&results), 2_000);
        goals.push(Qualitative {
            key_results: key_results
                .lines()
                .map(str::trim)
                .filter(|line| !line.is_empty())
                .map(str::to_string)
                .collect(),
            name: check.required(&name, fields.get(&name), 200),
            team_goal_id: serves(check, fields, &served, known),
            why: check
                .optional(&why, fields.get(&why), 1_000)
                .unwrap_or_default(),
        });
    }
    goals
}

/// Where a form about somebody's goals leads when it is done.
fn done(code: &str, no: &str, said: &str) -> String {
    format!("{}{said}", view::sheet_href(code, no))
}

async fn propose(
    who: Can<may::AgreeGoals>,
    path: Path<(String, String)>,
    form: Form<Vec<(String, String)>>,
) -> Answer {
    let place = path.into_inner();
    let fields = Fields::of(&form.sent, &proposal_fields())?;
    let known = known_of(&who, &who.reach, place.clone(), false).await?;
    let mut check = form.check();
    let terms = terms(&mut check, &fields, &known);
    let from = check.date("from", fields.get("from"));
    let must_say = known.sheet.is_agreed() || known.in_place;
    let reason = if must_say {
        check.required("reason", fields.get("reason"), 1_000)
    } else {
        let reason = check.optional("reason", fields.get("reason"), 1_000);
        reason.unwrap_or_default()
    };
    if from.is_none_or(|day| known.sheet.change(&known.cycle, day).is_none()) {
        check.wrong("from", Message::new("goals-day-unfit"));
    }
    let seen = form.row_version;
    let errors = match (check.done(), from) {
        (Ok(()), Some(from)) => {
            let (reach, reader, (code, no)) = (who.reach.clone(), Reader::of(&who), place.clone());
            let new = New {
                terms,
                from,
                reason,
            };
            let answer = who
                .once(&form.once, move |conn, actor| {
                    let (cycle, staff, speaker) = spoken(conn, &reach, &reader, &code, &no)?;
                    let whose = (staff, no.as_str());
                    agreement::propose(conn, &cycle, whose, speaker, &new, seen, actor)?;
                    Ok(done(&code, &no, "?said=goals-proposed"))
                })
                .await;
            match answer {
                Err(Problem::Failed(Error::Conflict(m))) if m.key == "form-conflict" => None,
                other => return other,
            }
        }
        (Err(errors), _) => Some(errors),
        (Ok(()), None) => Some(FieldErrors::one("from", Message::new("goals-day-unfit"))),
    };
    let known = known_of(&who, &who.reach, place, false).await?;
    let stored = view::propose_form(&who, &known);
    let status = refusal(errors.as_ref());
    let form = stored.refused(who.locale, &form, errors.as_ref());
    let head = head(&who, &known, Some("goals-propose"));
    let view = Propose::of(who.locale, form);
    who.page_with(status, "goals/propose.html", head, &view)
}

/// Within a change: the cycle, the person, and as whom the reader speaks. Cycles do not move meanwhile.
fn spoken(
    conn: &mut Conn,
    reach: &Reach,
    reader: &Reader,
    code: &str,
    no: &str,
) -> Result<(cycles::Cycle, i64, Speaker)> {
    conn.lock("cycle")?;
    let staff = reach::find(conn, reach, no)?;
    let cycle = cycles::find(conn, code)?;
    let (speaker, _) = reader
        .speaker(conn, staff.id, no)?
        .ok_or_else(|| Error::NotFound(Message::new("person-not-found").with("no", no)))?;
    Ok((cycle, staff.id, speaker))
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Replied {
    answer: String,
    words: String,
}

async fn answer(
    who: Can<may::AgreeGoals>,
    path: Path<(String, String)>,
    form: Form<Replied>,
) -> Answer {
    let place = path.into_inner();
    let known = known_of(&who, &who.reach, place.clone(), false).await?;
    let mut check = form.check();
    let reply = check.choice("answer", &form.sent.answer, Reply::parse);
    let words = if known.in_place || reply == Some(Reply::Decline) {
        check.required("words", &form.sent.words, 1_000)
    } else {
        let words = check.optional("words", &form.sent.words, 1_000);
        words.unwrap_or_default()
    };
    let seen = form.row_version;
    let errors = match (check.done(), reply) {
        (Ok(()), Some(reply)) => {
            let (reach, reader, (code, no)) = (who.reach.clone(), Reader::of(&who), place.clone());
            let answer = who
                .once(&form.once, move |conn, actor| {
                    let (cycle, staff, speaker) = spoken(conn, &reach, &reader, &code, &no)?;
                    let whose = (staff, no.as_str());
                    let (standing, said) = match reply {
                        Reply::Accept => (Standing::Accepted, "?said=goals-agreed"),
                        Reply::Decline => (Standing::Declined, "?said=goals-declined"),
                        Reply::Withdraw => (Standing::Withdrawn, "?said=goals-withdrawn"),
                        Reply::Agree => {
                            let people = [(staff, seen)];
                            let side = speaker.side;
                            let told =
                                agreement::agree(conn, &cycle, &people, side, &words, actor)?;
                            return match told.get(&staff) {
                                Some(Outcome::Changed | Outcome::Open) => {
                                    Err(Error::Conflict(Message::new("form-conflict")))
                                }
                                _ => Ok(done(&code, &no, "?said=goals-agreed")),
                            };
                        }
                    };
                    let answer = (standing, words.as_str());
                    agreement::answer(conn, &cycle, whose, speaker, answer, seen, actor)?;
                    Ok(done(&code, &no, said))
                })
                .await;
            match answer {
                Err(Problem::Failed(Error::Conflict(m)))
                    if matches!(m.key, "form-conflict" | "goals-nothing-open") =>
                {
                    None
                }
                other => return other,
            }
        }
        (Err(errors), _) => Some(errors),
        (Ok(()), None) => Some(FieldErrors::one("answer", Message::new("field-choice"))),
    };
    let known = known_of(&who, &who.reach, place, true).await?;
    let mut view = view::show(&who, &known);
    let status = refusal(errors.as_ref());
    // What was open when the form was sent may be answered by now: then the page shows what is.
    view.answer = view
        .answer
        .map(|stored| stored.refused(who.locale, &form, errors.as_ref()));
    who.page_with(status, "goals/sheet.html", head(&who, &known, None), &view)
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct TeamQuery {
    cycle: String,
    after: Option<String>,
    before: Option<String>,
    /// What became of each of those who were ticked: `E1:agreed,E2:open`.
    done: String,
    said: Option<String>,
}

async fn my_team(who: Can<may::AgreeGoals>, query: Query<TeamQuery>) -> Answer {
    let from = From::of(query.after.as_deref(), query.before.as_deref());
    // Whoever has no record of their own has nobody who reports to them.
    let (me, today) = (who.account.staff_id.unwrap_or_default(), who.site.today());
    let wanted = query.cycle.clone();
    let start = from.clone();
    let (found, counted) = who
        .read(move |conn| {
            let found = direct::page(conn, (me, today), &wanted, &start, ON_A_PAGE + 1)?;
            let counted = match &found.cycle {
                Some(cycle) => direct::count(conn, (me, today), cycle.id)?,
                None => 0,
            };
            Ok((found, counted))
        })
        .await?;
    let done: Vec<(String, Outcome)> = query
        .done
        .split(',')
        .filter_map(|one| {
            let (no, outcome) = one.split_once(':')?;
            Some((no.to_string(), Outcome::parse(outcome)?))
        })
        .collect();
    let slice = Slice::new(found.rows, &from);
    let view = team_view::bulk(
        &who,
        found.cycle.as_ref(),
        &found.choices,
        slice,
        counted,
        &done,
    );
    let head =
        Head::of(&who, "team-goals-of-mine").under(plain(who.locale, "nav-team"), "/my-team");
    who.page("goals/my-team.html", head, &view)
}

async fn act_for_many(who: Can<may::AgreeGoals>, form: Form<Vec<(String, String)>>) -> Answer {
    let me = who.account.staff_id.unwrap_or_default();
    let today = who.site.today();
    let (mut cycle, mut action, mut ticked) = (String::new(), String::new(), Vec::new());
    for (name, value) in &form.sent {
        match name.as_str() {
            "cycle" => cycle.clone_from(value),
            "action" => action.clone_from(value),
            "selected" => {
                let (no, version) = value.split_once(':').ok_or(Problem::Unreadable)?;
                let version: i32 = version.parse().map_err(|_| Problem::Unreadable)?;
                ticked.push((no.to_string(), version));
            }
            _ => return Err(Problem::Unreadable),
        }
    }
    if ticked.len() > ON_A_PAGE as usize || !matches!(action.as_str(), "agree" | "remind") {
        return Err(Problem::Unreadable);
    }
    who.once(&form.once, move |conn, actor| {
        conn.lock("cycle")?;
        let cycle = cycles::find(conn, &cycle)?;
        let numbers: Vec<&str> = ticked.iter().map(|(no, _)| no.as_str()).collect();
        let mine = direct::of_numbers(conn, (me, today), &numbers)?;
        // Who does not report to the reader is nobody to them.
        if mine.len() < numbers.iter().collect::<BTreeSet<_>>().len() {
            return Err(Error::NotFound(
                Message::new("person-not-found").with("no", ""),
            ));
        }
        let here = format!("/my-team/goals?cycle={}", escape(&cycle.code));
        if action == "remind" {
            let people: Vec<(i64, String)> = mine.into_iter().map(|(no, id)| (id, no)).collect();
            due::remind(conn, &cycle.code, &people, actor.at)?;
            return Ok(format!("{here}&said=goals-reminded"));
        }
        let people: Vec<(i64, i32)> = ticked
            .iter()
            .filter_map(|(no, version)| Some((*mine.get(no)?, *version)))
            .collect();
        let outcomes = agreement::agree(conn, &cycle, &people, Side::Manager, "", actor)?;
        let told: Vec<String> = mine
            .iter()
            .filter_map(|(no, id)| Some(format!("{}:{}", escape(no), outcomes.get(id)?.code())))
            .collect();
        Ok(format!("{here}&done={}", told.join(",")))
    })
    .await
}
