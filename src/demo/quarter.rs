//! A quarter of the invented company as its people lived it: goals, check-ins, reviews, calibration, results told,
//! acknowledged and appealed. Everything by what the pages use, on the days on which it would have happened.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate, NaiveDateTime};

use crate::access::Reach;
use crate::appraisals::model::cycle::State;
use crate::appraisals::store::appeals;
use crate::appraisals::store::calibration::{self, Judge};
use crate::appraisals::store::cycles::{self, Cycle};
use crate::appraisals::store::feedback::{self, Release, Whose, Written};
use crate::appraisals::store::people::{self as places, Decision};
use crate::appraisals::store::reviews::write::{About, Words};
use crate::appraisals::store::reviews::{self, Evaluation, peers, write};
use crate::appraisals::store::{agreement, board, results, rewards, sheets};
use crate::audit::Actor;
use crate::calendar::Quarter;
use crate::db::Conn;
use crate::demo::generate::draw::Draw;
use crate::demo::generate::planted;
use crate::demo::sentences::{self as say, AppealText};
use crate::error::Result;
use crate::goals::model::Figure;
use crate::goals::model::note::NoteKind;
use crate::goals::model::sheet::{Qualitative, Side, Terms};
use crate::goals::store::notes::{self, Sent};
use crate::goals::store::team_goals;
use crate::goals::store::values::{self, Of};
use crate::judgement::model::card::Card;
use crate::judgement::model::sheet::Rating;
use crate::judgement::store::panels::Sheet;
use crate::people::store::Directory;
use crate::seeds;
use crate::settings::Settings;
use crate::snapshots;

/// The template of the quarters in which people review one another.
const TEMPLATE: &str = "customer-service";

/// The text of a template that the program brings.
pub fn template(code: &str) -> &'static str {
    let mut all = seeds::CYCLE_TEMPLATES.iter();
    all.find(|t| t.0 == code).map_or("", |t| t.1)
}

/// Who looks after cycles.
pub const HR: &str = "hr";

/// Who runs the company, and the first of those who lead a team.
const HEAD: &str = "E1060";
const MANAGERS: [&str; 3] = ["E1057", "E1058", "E1059"];
const LEADS: [&str; 6] = ["E1051", "E1052", "E1053", "E1054", "E1055", "E1056"];

/// The team whose results of the last quarter are still being told: the one of the accounts `lead` and `agent`.
const STILL_TELLING: &str = "SC";

/// Whoever reads their result in the last quarter and has not said so: the account `agent`.
const UNREAD: &str = planted::STAR;

/// What becomes of an appeal.
#[derive(Clone, Copy)]
enum Course {
    Filed,
    UnderReview,
    Upheld,
    Amended,
}

/// Who appeals: quarters before the last, the employee, who reviews it.
const APPEALS: [(i32, &str, &str, Course); 5] = [
    (2, "E1033", "E1053", Course::Upheld),
    (1, "E1024", "E1056", Course::Amended),
    (0, "E1016", "E1053", Course::Amended),
    (0, planted::COMPLAINT_CLUSTER, "E1051", Course::UnderReview),
    (0, "E1047", "", Course::Filed),
];

/// Days of a quarter: after its first day, then after its last.
const OPENED: u64 = 1;
const AGREED: u64 = 14;
const CHECKED_IN: [u64; 2] = [35, 70];
const ENDED: u64 = 1;
const NAMED: u64 = 2;
const SELF_REVIEWED: u64 = 4;
const ANSWERED: u64 = 6;
const REVIEWED: u64 = 9;
const CALIBRATED: u64 = 12;
const TOLD_FROM: u64 = 15;
const RELEASED: u64 = 16;
const APPEALED: u64 = 19;
const TALKED: u64 = 20;
const DECIDED: u64 = 24;
const CLOSED: u64 = 40;

/// Nine in the morning, China time, some days after a day.
pub fn at(day: NaiveDate, later: u64) -> NaiveDateTime {
    let day = day + Days::new(later);
    day.and_hms_opt(1, 0, 0).unwrap_or_default()
}

/// Somebody who did something at a time.
pub fn actor(name: &str, at: NaiveDateTime) -> Actor {
    Actor {
        name: name.to_lowercase(),
        at,
    }
}

/// A quarter being walked through.
pub struct Walk {
    pub cycle: Cycle,
    directory: Directory,
    settings: Settings,
    draw: Draw,
    /// Quarters that follow and are walked through as well.
    left: i32,
    first: NaiveDate,
    end: NaiveDate,
}

/// Somebody in it.
struct Member {
    id: i64,
    no: String,
    manager: Option<String>,
    team: String,
    job_role: String,
    /// Points of the figures.
    kpi_h: Option<i64>,
    excused: bool,
}

impl Walk {
    /// Opens a quarter.
    fn open(conn: &mut Conn, seed: u64, quarter: Quarter, left: i32) -> Result<Walk> {
        let settings = Settings::load(conn)?;
        let first = quarter.first_day(settings.fiscal_start);
        let end = quarter.last_day(settings.fiscal_start);
        let code = quarter.code();
        let hr = |later| actor(HR, at(first, later));
        cycles::create(conn, &code, template(TEMPLATE), &hr(0))?;
        let cycle = cycles::find(conn, &code)?;
        let agreed = if left < 0 { 29 } else { AGREED };
        let due = [
            (State::GoalSetting, first + Days::new(agreed)),
            (State::Tracking, end),
            (State::Evaluation, end + Days::new(CALIBRATED)),
            (State::Calibration, end + Days::new(TOLD_FROM)),
            (State::Feedback, end + Days::new(CLOSED)),
        ];
        board::set_deadlines(conn, &cycle, &due, cycle.row_version, &hr(0))?;
        let mut walk = Walk {
            directory: Directory::load(conn)?,
            // Streams of their own, so that a sentence more leaves the company's figures alone.
            draw: Draw::new(
                seed,
                1_000 + u64::try_from(quarter.index()).unwrap_or_default(),
            ),
            cycle,
            settings,
            left,
            first,
            end,
        };
        walk.advance(conn, State::GoalSetting, at(first, OPENED), "季度开始")?;
        Ok(walk)
    }

    fn advance(
        &mut self,
        conn: &mut Conn,
        to: State,
        at: NaiveDateTime,
        reason: &str,
    ) -> Result<()> {
        let code = self.cycle.code.clone();
        cycles::advance(conn, &code, to, reason, false, &actor(HR, at))?;
        self.cycle = cycles::find(conn, &code)?;
        Ok(())
    }

    /// One of some sentences.
    fn pick(&mut self, of: &[&'static str]) -> &'static str {
        self.draw.pick(of)
    }

    /// Number and code of every team, in order of number.
    fn teams(&self) -> Vec<(i64, String)> {
        let teams = self.directory.teams.values();
        teams.map(|team| (team.id, team.code.clone())).collect()
    }

    fn id(&self, no: &str) -> i64 {
        self.directory.by_number(no).unwrap_or_default()
    }

    fn after_end(&self, who: &str, later: u64) -> Actor {
        actor(who, at(self.end, later))
    }

    /// Everybody in the cycle as they would be scored now, in order of number.
    fn members(&self, conn: &mut Conn) -> Result<Vec<Member>> {
        let scored = results::compute(conn, &self.cycle)?;
        Ok(scored
            .people
            .into_iter()
            .map(|person| Member {
                id: self.id(&person.employee_no),
                excused: self.is_excused(&person.employee_no),
                no: person.employee_no,
                manager: person.manager_no,
                team: person.team.unwrap_or_default(),
                job_role: person.job_role,
                kpi_h: person.kpi_score_h,
            })
            .collect())
    }

    /// The head is appraised elsewhere, who leaves in the quarter not at all.
    fn is_excused(&self, no: &str) -> bool {
        no == HEAD || (no == planted::LEAVER && self.left == 0)
    }
}

/// Walks a quarter through to its end; the last of them (none `left`) stops while results are being told.
pub fn appraise(conn: &mut Conn, seed: u64, quarter: Quarter, left: i32) -> Result<()> {
    let mut walk = Walk::open(conn, seed, quarter, left)?;
    sheets::agree_all(conn, &walk.cycle, at(walk.first, AGREED - 1))?;
    let tracked = at(walk.first, AGREED);
    walk.advance(conn, State::Tracking, tracked, "目标已商定")?;
    let members = walk.members(conn)?;
    notes_of(conn, &mut walk, &members)?;
    type_in(conn, &mut walk, quarter)?;
    let ended = at(walk.end, ENDED);
    walk.advance(conn, State::Evaluation, ended, "季度结束")?;
    let members = walk.members(conn)?;
    for member in members.iter().filter(|m| m.excused) {
        let why = why_excused(&member.no);
        let hr = walk.after_end(HR, ENDED);
        let found = places::standing(conn, &walk.cycle, member.id, &member.no)?;
        let excused = (Decision::Excuse, why);
        let (whose, seen) = ((member.no.as_str(), &found), found.row_version);
        places::decide(conn, &walk.cycle, whose, excused, seen, &hr)?;
    }
    for member in members.iter().filter(|m| !m.excused) {
        review(conn, &mut walk, member, &members)?;
    }
    let reviewed = at(walk.end, CALIBRATED);
    walk.advance(conn, State::Calibration, reviewed, "评价已全部提交")?;
    calibrate(conn, &mut walk)?;
    let calibrated = at(walk.end, TOLD_FROM);
    walk.advance(conn, State::Feedback, calibrated, "校准完成，开始反馈")?;
    tell(conn, &mut walk, &members)?;
    for (before, no, reviewer, course) in APPEALS {
        if before == left {
            appeal(conn, &walk, no, reviewer, course)?;
        }
    }
    if left > 0 {
        let closed = at(walk.end, CLOSED);
        walk.advance(conn, State::Closed, closed, "季度归档")?;
    }
    reward(conn, &walk)
}

/// Why somebody is not appraised.
fn why_excused(no: &str) -> &'static str {
    if no == HEAD { say::HEAD } else { say::LEFT }
}

/// Check-ins, praise and an incident.
fn notes_of(conn: &mut Conn, walk: &mut Walk, members: &[Member]) -> Result<()> {
    let cycle_id = Some(walk.cycle.id);
    let note = |kind, day, body: &str| Sent {
        kind,
        day,
        cycle_id,
        progress: Vec::new(),
        body: body.to_owned(),
        evidence: String::new(),
        shared: true,
    };
    for (later, sentences) in CHECKED_IN.into_iter().zip(say::CHECK_INS) {
        for member in members {
            let body = walk.pick(sentences);
            let writer = member.manager.as_deref();
            let by = actor(writer.unwrap_or(HR), at(walk.first, later));
            let new = note(NoteKind::CheckIn, by.at.date(), body);
            let author = writer.map(|no| walk.id(no));
            notes::add(conn, (member.id, &member.no), &new, author, &by)?;
        }
    }
    for no in [planted::STAR, planted::NO_COMPLAINTS, "E1014", "E1046"] {
        let Some(member) = members.iter().find(|m| m.no == no) else {
            continue;
        };
        let writer = member.manager.as_deref().unwrap_or(HR);
        let by = actor(writer, at(walk.first, 48));
        let new = note(NoteKind::Praise, by.at.date(), walk.pick(&say::PRAISE));
        notes::add(conn, (member.id, no), &new, Some(walk.id(writer)), &by)?;
    }
    let cluster = members.iter().find(|m| m.no == planted::COMPLAINT_CLUSTER);
    if let Some(member) = cluster.filter(|_| walk.left == 0) {
        let writer = member.manager.as_deref().unwrap_or(HR);
        let by = actor(writer, at(walk.first, 80));
        let new = note(NoteKind::Incident, by.at.date(), say::INCIDENT);
        let whose = (member.id, member.no.as_str());
        notes::add(conn, whose, &new, Some(walk.id(writer)), &by)?;
    }
    Ok(())
}

/// What no file brings: the figures about leading, of every team and the head office.
fn type_in(conn: &mut Conn, walk: &mut Walk, quarter: Quarter) -> Result<()> {
    let by = walk.after_end(HR, ENDED);
    let teams = walk.teams();
    for (team, code) in teams {
        let share = |hits: u32, n: u32| Figure::Share {
            hits: i64::from(hits),
            n: i64::from(n),
        };
        let typed = [
            ("attrition", share(walk.draw.below(5), 60)),
            ("training_completion", share(walk.draw.between(43, 50), 50)),
            ("feedback_on_time", share(walk.draw.between(17, 20), 20)),
            ("plans_effective", share(walk.draw.between(3, 7), 10)),
        ];
        for (kpi, figure) in &typed {
            let of = (Of::Team(team), code.as_str());
            values::set(conn, (kpi, quarter), of, (figure, ""), Some(0), &by)?;
        }
    }
    Ok(())
}

/// Everything that is written about somebody: by themselves, colleagues, an earlier manager, the manager.
fn review(conn: &mut Conn, walk: &mut Walk, member: &Member, all: &[Member]) -> Result<()> {
    let Some(card) = walk.cycle.rules.card_for(&member.job_role).cloned() else {
        return Ok(());
    };
    ask_colleagues(conn, walk, member, all)?;
    let evaluation = reviews::find(conn, &walk.cycle, member.id, &member.no)?;
    let seats = reviews::sheets(conn, &evaluation)?;
    let cycle = walk.cycle.clone();
    let about = About {
        cycle: &cycle,
        evaluation: &evaluation,
        employee_no: &member.no,
    };
    for role in [reviews::SELF, reviews::FORMER, reviews::MANAGER] {
        for (sheet, _) in seats.iter().filter(|(sheet, _)| sheet.role == role) {
            let writer = writer_of(walk, sheet);
            match role {
                reviews::SELF => {
                    let ratings = rate(walk, &card, 34, say::EXTREMES);
                    let texts = BTreeMap::from([
                        (String::new(), walk.pick(say::SELF).to_owned()),
                        ("csat".to_owned(), walk.pick(say::OF_FIGURE).to_owned()),
                    ]);
                    let words = words(sheet, &ratings, "");
                    let by = walk.after_end(&writer, SELF_REVIEWED);
                    write::submit_self(conn, &about, sheet, &words, &texts, &by)?;
                }
                reviews::FORMER => {
                    let ratings = rate(walk, &card, 33, say::EXTREMES);
                    let words = words(sheet, &ratings, say::FORMER);
                    let by = walk.after_end(&writer, SELF_REVIEWED);
                    write::submit_note(conn, &about, sheet, &words, &by)?;
                }
                _ => {
                    let ratings = judge(walk, &card, &writer, member);
                    let words = words(sheet, &ratings, walk.pick(say::REVIEWS));
                    let by = walk.after_end(&writer, REVIEWED);
                    write::submit_review(conn, &about, sheet, &words, &by)?;
                }
            }
        }
    }
    Ok(())
}

/// The number of who holds a seat.
fn writer_of(walk: &Walk, sheet: &Sheet) -> String {
    let person = sheet.rater_id.and_then(|id| walk.directory.staff.get(&id));
    person.map_or_else(|| HR.to_owned(), |person| person.employee_no.clone())
}

fn words<'a>(sheet: &Sheet, ratings: &'a [Rating], summary: &'a str) -> Words<'a> {
    Words {
        seen: sheet.row_version,
        rater_id: sheet.rater_id,
        ratings,
        summary,
    }
}

/// Rates every criterion of a card around a level, in tenths.
fn rate(walk: &mut Walk, card: &Card, tenths: i32, reasons: &[&'static str]) -> Vec<Rating> {
    let mut ratings = Vec::with_capacity(card.criteria.len());
    for criterion in &card.criteria {
        let level = (tenths + walk.draw.around(8) + 5)
            .div_euclid(10)
            .clamp(2, 5);
        let points_h = i64::from(level) * 100;
        let note = if criterion.wants_note(points_h) {
            walk.pick(reasons).to_owned()
        } else {
            String::new()
        };
        ratings.push(Rating {
            criterion: criterion.code.clone(),
            evidence: String::new(),
            not_applicable: false,
            note,
            points_h: Some(points_h),
        });
    }
    ratings
}

/// How a manager rates: along the figures, but for the one who finds everybody excellent.
fn judge(walk: &mut Walk, card: &Card, rater: &str, member: &Member) -> Vec<Rating> {
    if rater == planted::LENIENT_RATER {
        return rate(walk, card, 51, say::LENIENT);
    }
    // Level 3.1 where the figures come to 90 points, four tenths more or less for each 10 of them.
    let figures = member.kpi_h.unwrap_or(9_000);
    let along = i32::try_from((figures - 9_000) * 4 / 1_000).unwrap_or_default();
    let person = walk.draw.around(12);
    rate(
        walk,
        card,
        31 + along.clamp(-10, 10) + person,
        say::EXTREMES,
    )
}

/// Three to five colleagues are named and asked; most of them answer.
fn ask_colleagues(conn: &mut Conn, walk: &mut Walk, member: &Member, all: &[Member]) -> Result<()> {
    let cycle = walk.cycle.clone();
    let named = at(walk.end, NAMED);
    let evaluation = reviews::find(conn, &cycle, member.id, &member.no)?;
    let Some(card) = cycle.rules.peer_card() else {
        return Ok(());
    };
    let mut numbers: Vec<String> = if LEADS.contains(&member.no.as_str()) {
        let others = LEADS.iter().filter(|no| **no != member.no);
        others.map(|no| (*no).to_owned()).collect()
    } else {
        let beside = peers::candidates(conn, &evaluation, named.date(), 50)?;
        let serving = |no: &str| all.iter().any(|m| m.no == no && !m.excused);
        let beside = beside.into_iter().map(|p| p.1);
        beside.filter(|no| serving(no)).collect()
    };
    if numbers.len() < *peers::ASKED.start() {
        return Ok(());
    }
    let wanted = walk.draw.between(3, 5) as usize;
    while numbers.len() > wanted {
        let out = walk.draw.below(numbers.len() as u32) as usize;
        numbers.remove(out);
    }
    let manager = member.manager.clone().unwrap_or_else(|| HR.to_owned());
    for (who, confirmed) in [(&member.no, false), (&manager, true)] {
        let evaluation = reviews::find(conn, &cycle, member.id, &member.no)?;
        let people = peers::chosen(conn, &evaluation, named.date(), &numbers)?;
        let about = About {
            cycle: &cycle,
            evaluation: &evaluation,
            employee_no: &member.no,
        };
        let seen = evaluation.row_version;
        peers::name(conn, &about, &people, confirmed, seen, &actor(who, named))?;
    }
    let evaluation = reviews::find(conn, &cycle, member.id, &member.no)?;
    answer(conn, walk, &cycle, member, &evaluation, card)
}

/// What the colleagues who were asked say.
fn answer(
    conn: &mut Conn,
    walk: &mut Walk,
    cycle: &Cycle,
    member: &Member,
    evaluation: &Evaluation,
    card: &Card,
) -> Result<()> {
    let about = About {
        cycle,
        evaluation,
        employee_no: &member.no,
    };
    for sheet in peers::seats(conn, evaluation)? {
        let by = walk.after_end(&writer_of(walk, &sheet), ANSWERED);
        let today = by.at.date();
        match walk.draw.below(20) {
            // Some never come to it.
            0 | 1 => {}
            2 => peers::decline(conn, &about, &sheet, sheet.row_version, today, &by)?,
            _ => {
                let ratings = rate(walk, card, 36, say::PEERS);
                let summary = if walk.draw.chance(6_500) {
                    walk.pick(say::PEERS)
                } else {
                    ""
                };
                let words = words(&sheet, &ratings, summary);
                peers::answer(conn, &about, &sheet, &words, today, &by)?;
            }
        }
    }
    Ok(())
}

/// A session over the whole company, which lowers the two highest results of the lenient rater.
fn calibrate(conn: &mut Conn, walk: &mut Walk) -> Result<()> {
    let by = walk.after_end(HR, CALIBRATED + 1);
    let held_on = by.at.date();
    let mut members = vec![HEAD.to_owned()];
    members.extend(MANAGERS.map(str::to_owned));
    let plan = calibration::Plan {
        name: format!("{} {}", walk.cycle.code, say::SESSION),
        held_on: Some(held_on),
        members,
        teams: vec!["HQ".to_owned()],
    };
    let id = calibration::save(conn, &walk.cycle, None, &plan, &by)?;
    let judge = Judge {
        account_id: 0,
        staff_id: None,
        login: HR.to_owned(),
        runs: Some(Reach::operator(walk.end)),
    };
    let session = calibration::find(conn, &walk.cycle, &judge, id)?;
    let lenient = walk.id(planted::LENIENT_RATER);
    let seats = calibration::table(conn, &walk.cycle, &session, &judge, &[], None)?;
    let mut rated: Vec<(i64, String)> = seats
        .into_iter()
        .filter(|seat| seat.row.manager_id == Some(lenient))
        .filter_map(|seat| Some((seat.row.total_h?, seat.row.employee_no)))
        .collect();
    rated.sort_by(|one, other| other.cmp(one));
    for ((total_h, no), reason) in rated.into_iter().zip(say::CALIBRATED) {
        let subject = format!("{}/{no}", walk.cycle.code);
        let seen = snapshots::newest(conn, "person", &subject)?.map_or(0, |s| s.version_no);
        let change = (*reason, held_on);
        let whose = (&judge, no.as_str());
        calibration::change(
            conn,
            &walk.cycle,
            &session,
            whose,
            total_h - 400,
            seen,
            change,
            &by,
        )?;
    }
    let session = calibration::find(conn, &walk.cycle, &judge, id)?;
    calibration::close(conn, &walk.cycle, id, session.row_version, &by)
}

/// Suggestions and support are written, results released, talked about and acknowledged. Of the last quarter one team
/// is not that far.
fn tell(conn: &mut Conn, walk: &mut Walk, members: &[Member]) -> Result<()> {
    for member in members.iter().filter(|m| m.excused) {
        // Nothing is told to them but that they are not appraised.
        let release = Release {
            whose: Whose::Person(member.id),
            force: true,
            reason: why_excused(&member.no).to_owned(),
        };
        let by = walk.after_end(HR, RELEASED);
        feedback::release_now(conn, &walk.cycle, &release, &by)?;
    }
    for member in members.iter().filter(|m| !m.excused) {
        let unfinished = walk.left == 0 && member.team == STILL_TELLING && member.no != UNREAD;
        let chance = walk.draw.chance(5_000);
        if unfinished && chance {
            continue;
        }
        let talked = !unfinished && (walk.left > 0 || chance || member.no == UNREAD);
        let (suggestions, support) = walk.draw.pick(say::FEEDBACK);
        let written = Written {
            suggestions: suggestions.to_owned(),
            support: support.to_owned(),
            talk_on: talked.then(|| walk.end + Days::new(TALKED)),
            talk_note: if talked { walk.pick(say::TALKS) } else { "" }.to_owned(),
        };
        let writer = member.manager.as_deref().unwrap_or(HR);
        let by = walk.after_end(writer, TOLD_FROM);
        let place = feedback::place(conn, &walk.cycle, member.id)?;
        let whose = (&place, member.no.as_str());
        feedback::write(conn, &walk.cycle, whose, &written, 0, &by)?;
        if unfinished {
            continue;
        }
        let release = Release {
            whose: Whose::Person(member.id),
            force: false,
            reason: String::new(),
        };
        let by = walk.after_end(writer, RELEASED);
        feedback::release_now(conn, &walk.cycle, &release, &by)?;
        if talked && member.no != UNREAD && walk.draw.chance(9_000) {
            let statement = if walk.draw.chance(3_000) {
                walk.pick(say::STATEMENTS)
            } else {
                ""
            };
            let place = feedback::place(conn, &walk.cycle, member.id)?;
            let by = walk.after_end(&member.no, TALKED);
            let whose = (&place, member.no.as_str());
            feedback::acknowledge(conn, &walk.cycle, whose, statement, &by)?;
        }
    }
    Ok(())
}

/// An appeal as far as it is.
fn appeal(conn: &mut Conn, walk: &Walk, no: &str, reviewer: &str, course: Course) -> Result<()> {
    let (cycle, staff_id) = (&walk.cycle, walk.id(no));
    let place = feedback::place(conn, cycle, staff_id)?;
    let text: Option<&AppealText> = match course {
        Course::Filed => None,
        Course::UnderReview => Some(&say::UNDER_REVIEW),
        Course::Upheld => Some(&say::UPHELD),
        Course::Amended => Some(&say::AMENDED),
    };
    let grounds = text.map_or(say::FILED, |text| text.grounds);
    let by = walk.after_end(no, APPEALED);
    appeals::file(conn, cycle, (&place, no), grounds, walk.settings.zone, &by)?;
    let Some(text) = text else {
        return Ok(());
    };
    let by = walk.after_end(HR, APPEALED + 1);
    if let Some(filed) = appeals::of(conn, place.evaluation_id)? {
        let (seen, today) = (filed.row_version, by.at.date());
        let which = (&filed, staff_id, no);
        appeals::name_reviewer(conn, cycle, which, reviewer, seen, today, &by)?;
    }
    let by = walk.after_end(reviewer, APPEALED + 3);
    if let Some(named) = appeals::of(conn, place.evaluation_id)? {
        let heard = (text.employee, text.manager);
        appeals::hear(conn, cycle, (&named, no), heard, named.row_version, &by)?;
    }
    if text.decision.is_empty() {
        return Ok(());
    }
    let by = walk.after_end(reviewer, DECIDED);
    if let Some(heard) = appeals::of(conn, place.evaluation_id)? {
        let amended = matches!(course, Course::Amended);
        let after_h = place.total_h.map(|h| h + 250).filter(|_| amended);
        let (seen, why) = (heard.row_version, (text.decision, by.at.date()));
        appeals::decide(conn, cycle, (&heard, staff_id, no), after_h, why, seen, &by)?;
    }
    Ok(())
}

/// Publishes the rules for rewards, before the first of the quarters.
pub fn publish_rules(conn: &mut Conn, first: NaiveDate) -> Result<()> {
    let by = actor(HR, at(first - Days::new(20), 0));
    for (code, [name_zh, name_en], [text_zh, text_en], grade, in_a_row) in say::RULES {
        let draft = rewards::Draft {
            code: code.to_owned(),
            name_zh: name_zh.to_owned(),
            name_en: name_en.to_owned(),
            text_zh: text_zh.to_owned(),
            text_en: text_en.to_owned(),
            grade: grade.to_owned(),
            in_a_row,
        };
        rewards::save_rule(conn, None, &draft, &by)?;
        let rule = rewards::rule(conn, code)?;
        rewards::publish(conn, &rule, rule.row_version, &by)?;
    }
    Ok(())
}

/// Rewards by the published rules: of earlier quarters decided, of the last one waiting.
fn reward(conn: &mut Conn, walk: &Walk) -> Result<()> {
    let later = if walk.left > 0 { CLOSED + 1 } else { DECIDED };
    let by = walk.after_end(HR, later);
    let code = &walk.cycle.code;
    rewards::propose(conn, code, walk.settings.zone, &by)?;
    if walk.left == 0 {
        return Ok(());
    }
    let reach = Reach::operator(by.at.date());
    let filter = rewards::Filter {
        state: "proposed".to_owned(),
        cycle: code.clone(),
        approved_only: false,
    };
    let proposed = rewards::page(conn, &reach, &filter, &rewards::Start::First, 500)?;
    for (at, found) in proposed.iter().enumerate() {
        let approve = at % 4 != 3;
        let why = if approve {
            say::APPROVED
        } else {
            say::DECLINED
        };
        rewards::decide(conn, found, None, approve, why, found.row_version, &by)?;
    }
    Ok(())
}

/// The quarter that has begun: goals are being agreed, every way there is.
pub fn begin(conn: &mut Conn, seed: u64, quarter: Quarter) -> Result<()> {
    let mut walk = Walk::open(conn, seed, quarter, -1)?;
    let cycle = walk.cycle.clone();
    let teams = walk.teams();
    for (id, code) in &teams {
        let new = team_goals::Sent {
            name: say::TEAM_GOAL.to_owned(),
            aim: None,
        };
        let by = actor(HR, at(walk.first, 2));
        team_goals::add(conn, (cycle.id, &cycle.code), (*id, code), &new, &by)?;
    }
    let members = walk.members(conn)?;
    for member in &members {
        let whose = (member.id, member.no.as_str());
        let Some(sheet) = agreement::sheet(conn, &cycle, member.id)? else {
            continue;
        };
        let Some(manager) = member.manager.clone() else {
            continue;
        };
        let employee = agreement::Speaker {
            side: Side::Employee,
            staff_id: Some(member.id),
        };
        let lead = agreement::Speaker {
            side: Side::Manager,
            staff_id: Some(walk.id(&manager)),
        };
        let by = |who: &str, later| actor(who, at(walk.first, later));
        let way = if member.no == UNREAD {
            1
        } else {
            walk.draw.below(6)
        };
        match way {
            // Both agree to what the template says.
            0 | 5 => {
                let as_seen = [(member.id, sheet.row_version)];
                let own = by(&member.no, 8);
                agreement::agree(conn, &cycle, &as_seen, Side::Employee, "", &own)?;
                let states = agreement::states(conn, &cycle, &[member.id])?;
                let seen = states.get(&member.id).map_or(0, |s| s.row_version);
                let as_seen = [(member.id, seen)];
                let theirs = by(&manager, 9);
                let why = say::AS_IT_STANDS;
                agreement::agree(conn, &cycle, &as_seen, Side::Manager, why, &theirs)?;
            }
            // The employee proposes; the manager answers with another proposal, accepts it, or has yet to read it.
            1..=3 => {
                let new = proposal(&sheet, 500, say::PROPOSED, &cycle);
                let own = by(&member.no, 10);
                agreement::propose(conn, &cycle, whose, employee, &new, sheet.row_version, &own)?;
                let Some(now) = agreement::sheet(conn, &cycle, member.id)? else {
                    continue;
                };
                let seen = now.row_version;
                if way == 1 {
                    let new = proposal(&sheet, 300, say::COUNTERED, &cycle);
                    let theirs = by(&manager, 13);
                    agreement::propose(conn, &cycle, whose, lead, &new, seen, &theirs)?;
                } else if way == 2 {
                    let to = (crate::goals::model::sheet::Standing::Accepted, "");
                    let theirs = by(&manager, 14);
                    agreement::answer(conn, &cycle, whose, lead, to, seen, &theirs)?;
                }
            }
            // Nobody has looked at it.
            _ => {}
        }
    }
    Ok(())
}

/// The sheet with some weight moved from its first item to its second, and a goal without a figure.
fn proposal(
    sheet: &agreement::Sheet,
    moved_bp: i64,
    reason: &str,
    cycle: &Cycle,
) -> agreement::New {
    let mut terms: Terms = sheet
        .versions
        .last()
        .map(agreement::terms_of)
        .unwrap_or_default();
    if let [first, second, ..] = &mut terms.items[..] {
        first.line.weight_bp -= moved_bp;
        second.line.weight_bp += moved_bp;
    }
    let (name, why, key_results) = say::GOAL;
    terms.qualitative.push(Qualitative {
        key_results: key_results.map(str::to_owned).to_vec(),
        name: name.to_owned(),
        team_goal_id: None,
        why: why.to_owned(),
    });
    let from = sheet.versions.last().map_or(cycle.starts_on, |v| v.from);
    agreement::New {
        terms,
        from,
        reason: reason.to_owned(),
    }
}
