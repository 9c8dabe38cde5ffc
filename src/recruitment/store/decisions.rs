//! What an application comes to, and the decision on it: frozen with everything it rests on.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;
use serde_json::json;

use crate::audit::{self, Actor};
use crate::db::Conn;
use crate::db::schema::{application, application_move, candidate_note, opening_stage, snapshot};
use crate::error::{Error, Message, Result};
use crate::judgement::model::card::Card;
use crate::judgement::model::panel::{Outcome, outcome};
use crate::judgement::model::sheet::{Rating, State};
use crate::judgement::store::panels::Seated;
use crate::judgement::store::{cards, panels};
use crate::recruitment::model::application::Step;
use crate::recruitment::model::codes::{Reason, StageKind};
use crate::recruitment::model::decision::{
    Choice, Frozen, FrozenCheck, FrozenRating, FrozenRound, FrozenSheet, Judged, KIND, LONG_NOTE,
    Line, SCHEMA_NO, Standing, Sum, is_against, lines, sum, verdict,
};
use crate::recruitment::model::interview::MIN_WEIGHT_BP;
use crate::recruitment::store::checks::{self, Check};
use crate::recruitment::store::rounds::{self, Applied, Stored};
use crate::recruitment::store::{LOCK, moves};
use crate::snapshots::{self, Body, Snapshot, canonical};

/// A round with its sheets, as far as the asker may read them.
#[derive(Clone, Debug)]
pub struct Sheets {
    pub round: Stored,
    pub seats: Vec<Seated>,
    /// Of the sheets that were sent, by number; none where the asker may not read them yet.
    pub ratings: Option<HashMap<i64, Vec<Rating>>>,
}

impl Sheets {
    /// How many are asked for and how many have sent theirs.
    #[must_use]
    pub fn progress(&self) -> (i64, i64) {
        let of = |states: &[State]| {
            let these = self
                .seats
                .iter()
                .filter(|seat| states.contains(&seat.sheet.state));
            these.count() as i64
        };
        (
            of(&[State::Invited, State::Draft, State::Submitted]),
            of(&[State::Submitted]),
        )
    }

    fn sent(&self) -> impl Iterator<Item = &Seated> {
        self.seats
            .iter()
            .filter(|seat| seat.sheet.state == State::Submitted)
    }

    /// What its sheets come to; none where they may not be read.
    #[must_use]
    pub fn outcome(&self, card: &Card) -> Option<Outcome> {
        let ratings = self.ratings.as_ref()?;
        let rated: Vec<Vec<Rating>> = self
            .sent()
            .map(|seat| ratings.get(&seat.sheet.id).cloned().unwrap_or_default())
            .collect();
        Some(outcome(card, &rated, MIN_WEIGHT_BP))
    }
}

/// An application with everything that a decision on it rests on.
#[derive(Clone, Debug)]
pub struct Case {
    pub applied: Applied,
    /// Rounds that were not cancelled or missed.
    pub rounds: Vec<Sheets>,
    /// By number of the version.
    pub cards: HashMap<i64, Card>,
    pub checks: Vec<Check>,
    pub sum: Sum,
    pub lines: Vec<Line>,
    pub verdict: Standing,
    /// What keeps anybody from deciding now.
    pub hindrances: Vec<Message>,
}

/// Reads a case as somebody may: what they are not to read yet is left out, and they cannot decide before.
pub fn case(conn: &mut Conn, applied: Applied, me: Option<i64>) -> Result<Case> {
    let rounds: Vec<Stored> = rounds::of(conn, applied.id)?
        .into_iter()
        .filter(|round| round.rules(true).counts())
        .collect();
    let ids: Vec<i64> = rounds.iter().map(|r| r.panel.id).collect();
    let mut seats: HashMap<i64, Vec<Seated>> = HashMap::new();
    for seat in panels::seated(conn, &ids)? {
        seats.entry(seat.sheet.panel_id).or_default().push(seat);
    }
    let mut found: Vec<Sheets> = rounds
        .into_iter()
        .map(|round| Sheets {
            seats: seats.remove(&round.panel.id).unwrap_or_default(),
            round,
            ratings: None,
        })
        .collect();
    let readable: Vec<i64> = found
        .iter()
        .filter(|s| rounds::opens(&s.round, &s.seats, me))
        .flat_map(|s| s.sent().map(|seat| seat.sheet.id))
        .collect();
    let ratings = panels::ratings(conn, &readable)?;
    for sheets in &mut found {
        if rounds::opens(&sheets.round, &sheets.seats, me) {
            let of = sheets.sent().filter_map(|seat| {
                let rated = ratings.get(&seat.sheet.id).cloned()?;
                Some((seat.sheet.id, rated))
            });
            sheets.ratings = Some(of.collect());
        }
    }
    let versions: BTreeSet<i64> = found
        .iter()
        .map(|s| s.round.panel.kind.version_id)
        .collect();
    let versions: Vec<i64> = versions.into_iter().collect();
    let cards = cards::some(conn, &versions)?;
    let judged: Vec<Judged> = found.iter().filter_map(|s| judged(s, &cards)).collect();
    let sum = sum(&judged, &applied.pass_rule);
    let lines = lines(&applied.pass_rule, &sum);
    let checks = checks::of(conn, applied.id)?;
    let hindrances = hindrances(&applied, &found, &checks, &sum, me);
    Ok(Case {
        verdict: verdict(&lines),
        applied,
        rounds: found,
        cards,
        checks,
        sum,
        lines,
        hindrances,
    })
}

/// A round as the sum takes it; none without a sheet that may be read.
fn judged(sheets: &Sheets, cards: &HashMap<i64, Card>) -> Option<Judged> {
    let card = cards.get(&sheets.round.panel.kind.version_id)?;
    let outcome = sheets.outcome(card)?;
    (outcome.sheets > 0).then(|| Judged {
        kind: sheets.round.stage.kind,
        totals: sheets.sent().map(|seat| seat.sheet.total_h).collect(),
        raters: sheets
            .sent()
            .filter_map(|seat| seat.sheet.rater_id)
            .collect(),
        discussed: sheets.round.discussion.is_some(),
        outcome,
    })
}

/// What keeps somebody from deciding now, each in a sentence.
fn hindrances(
    applied: &Applied,
    rounds: &[Sheets],
    checks: &[Check],
    sum: &Sum,
    me: Option<i64>,
) -> Vec<Message> {
    let mut found = Vec::new();
    if !applied.is_active() {
        return vec![Message::new("decision-ended").with("code", &applied.code)];
    }
    let own_waits = |s: &Sheets| {
        let own = rounds::own(&s.seats, me);
        s.round.panel.closed_at.is_none() && own.is_some_and(|seat| seat.sheet.state.is_open())
    };
    if rounds.iter().any(own_waits) {
        found.push(Message::new("decision-own-sheet"));
    }
    let waiting = rounds
        .iter()
        .filter(|s| {
            let (asked, submitted) = s.progress();
            s.round.panel.closed_at.is_none() && submitted < asked
        })
        .count();
    if waiting > 0 {
        found.push(Message::new("decision-round-open").with("n", waiting));
    }
    if !sum.undiscussed.is_empty() {
        found.push(Message::new("decision-discussion"));
    }
    if checks.iter().any(Check::waits_for_reply) {
        found.push(Message::new("decision-reply"));
    }
    let raters: BTreeSet<i64> = rounds
        .iter()
        .flat_map(|s| s.sent().filter_map(|seat| seat.sheet.rater_id))
        .collect();
    if me.is_some_and(|me| raters.len() == 1 && raters.contains(&me)) {
        found.push(Message::new("decision-alone"));
    }
    found
}

/// A decision as it is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub choice: Choice,
    /// Of a rejection.
    pub reason: Option<Reason>,
    pub note: String,
}

/// Decides on a case: freezes what it rests on, closes its rounds, and takes the application to the stage of offers
/// or ends it.
///
/// # Errors
/// `Conflict` when the application was changed since `seen`; `Invalid` with every reason why it cannot be decided
/// now, when a note against the rule is too short, or the application cannot take the step.
pub fn decide(
    conn: &mut Conn,
    case: &Case,
    seen: i32,
    decision: &Decision,
    actor: &Actor,
) -> Result<()> {
    conn.lock(LOCK)?;
    if case.applied.row_version != seen {
        return Err(Error::Conflict(Message::new("form-conflict")));
    }
    if !case.hindrances.is_empty() {
        return Err(Error::Invalid(case.hindrances.clone()));
    }
    let against = is_against(decision.choice, case.verdict);
    if against && decision.note.chars().count() < LONG_NOTE {
        return Err(Error::invalid(
            Message::new("decision-long-note").with("n", LONG_NOTE),
        ));
    }
    step(conn, case, decision, actor)?;
    let panels: Vec<i64> = case.rounds.iter().map(|s| s.round.panel.id).collect();
    panels::close(conn, &panels, actor.at)?;
    let frozen = freeze(case, decision, against);
    let bodies = [Body {
        subject: case.applied.code.clone(),
        json: canonical(&frozen)?,
    }];
    let why = match decision.choice {
        Choice::Offer => "hiring-offer",
        Choice::Reject => "hiring-reject",
    };
    let hashes = snapshots::freeze(conn, KIND, SCHEMA_NO, &bodies, why, actor)?;
    diesel::update(application::table.find(case.applied.id))
        .set(application::total_h.eq(frozen.total_h))
        .execute(conn)?;
    let detail = json!({
        "against_rule": against,
        "choice": decision.choice.code(),
        "reason": decision.reason.map(Reason::code),
        "result_sha256": hashes.first(),
    });
    let subject = case.applied.subject();
    audit::append(conn, actor, "decision.make", &subject, &detail)
}

/// Takes the application where the decision takes it, and keeps the words with the move.
fn step(conn: &mut Conn, case: &Case, decision: &Decision, actor: &Actor) -> Result<()> {
    let id = case.applied.id;
    if decision.choice == Choice::Reject {
        let step = Step::Reject {
            reason: decision.reason.unwrap_or(Reason::Other),
            note: decision.note.clone(),
        };
        return moves::step(conn, &[id], &step, actor);
    }
    let to: Option<i64> = opening_stage::table
        .filter(opening_stage::opening_id.eq(case.applied.opening_id))
        .filter(opening_stage::kind.eq(StageKind::Offer.code()))
        .order(opening_stage::position)
        .select(opening_stage::id)
        .first(conn)
        .optional()?;
    match to.filter(|to| *to != case.applied.stage.id) {
        Some(to) => {
            moves::step(conn, &[id], &Step::ToStage(to), actor)?;
            let last: Option<i64> = application_move::table
                .filter(application_move::application_id.eq(id))
                .select(diesel::dsl::max(application_move::id))
                .first(conn)?;
            diesel::update(
                application_move::table.filter(application_move::id.nullable().eq(last)),
            )
            .set(application_move::note.eq(&decision.note))
            .execute(conn)?;
        }
        None => {
            // It stands where offers are made: there is no move to keep the words with.
            diesel::insert_into(candidate_note::table)
                .values((
                    candidate_note::candidate_id.eq(case.applied.candidate_id),
                    candidate_note::body.eq(&decision.note),
                    candidate_note::by_login.eq(&actor.name),
                    candidate_note::written_at.eq(actor.at),
                ))
                .execute(conn)?;
            diesel::update(application::table.find(id))
                .set(application::row_version.eq(application::row_version + 1))
                .execute(conn)?;
        }
    }
    Ok(())
}

fn freeze(case: &Case, decision: &Decision, against: bool) -> Frozen {
    let none = HashMap::new();
    let sheet = |sheets: &Sheets, Seated { sheet, rater, .. }: &Seated| FrozenSheet {
        critical_failed: sheet.critical_failed,
        rater: rater.as_ref().map_or_else(String::new, |r| r.1.clone()),
        ratings: sheets
            .ratings
            .as_ref()
            .unwrap_or(&none)
            .get(&sheet.id)
            .map_or(&[][..], Vec::as_slice)
            .iter()
            .map(|r| FrozenRating {
                criterion: r.criterion.clone(),
                points_h: r.points_h,
            })
            .collect(),
        revision_no: sheet.revision_no,
        total_h: sheet.total_h,
    };
    let rounds = case.rounds.iter().map(|s| {
        let card = case.cards.get(&s.round.panel.kind.version_id);
        FrozenRound {
            card: card.map_or_else(String::new, |c| c.code.clone()),
            card_version: card.map_or(0, |c| c.version_no),
            kind: s.round.stage.kind.code().to_string(),
            round_no: s.round.round_no,
            sheets: s.sent().map(|seat| sheet(s, seat)).collect(),
            stage: s.round.stage.position,
        }
    });
    Frozen {
        against_rule: against,
        application: case.applied.code.clone(),
        checks: case
            .checks
            .iter()
            .map(|c| FrozenCheck {
                item: c.item.code().to_string(),
                result: c.result.code().to_string(),
            })
            .collect(),
        choice: decision.choice,
        criteria: case.sum.criteria.clone(),
        lines: case.lines.clone(),
        opening: case.applied.opening.clone(),
        pass_rule: case.applied.pass_rule,
        reason: decision.reason.map(|r| r.code().to_string()),
        rounds: rounds.collect(),
        total_h: case.sum.total_h,
        verdict: case.verdict,
    }
}

/// What was decided last on an application.
pub fn last(conn: &mut Conn, code: &str) -> Result<Option<(Snapshot, Frozen)>> {
    let found = snapshots::newest(conn, KIND, code)?;
    found
        .map(|snapshot| {
            let frozen = snapshot.parse()?;
            Ok((snapshot, frozen))
        })
        .transpose()
}

/// Who made a decision: the login.
pub fn made_by(conn: &mut Conn, snapshot_of: &Snapshot) -> Result<String> {
    Ok(snapshot::table
        .filter(snapshot::kind.eq(KIND))
        .filter(snapshot::subject.eq(&snapshot_of.subject))
        .filter(snapshot::version_no.eq(snapshot_of.version_no))
        .select(snapshot::made_by)
        .first(conn)?)
}

/// Codes of the applications whose copied total is not that of what was frozen last.
pub fn wrong_copies(conn: &mut Conn) -> Result<Vec<String>> {
    const CHUNK: i64 = 1_000;
    let mut wrong = Vec::new();
    let mut after = String::new();
    loop {
        let rows: Vec<(String, Option<i64>)> = application::table
            .filter(application::code.gt(&after))
            .filter(
                application::code.eq_any(
                    snapshot::table
                        .filter(snapshot::kind.eq(KIND))
                        .select(snapshot::subject),
                ),
            )
            .order(application::code)
            .limit(CHUNK)
            .select((application::code, application::total_h))
            .load(conn)?;
        let Some((last, _)) = rows.last() else {
            return Ok(wrong);
        };
        after.clone_from(last);
        let codes: Vec<String> = rows.iter().map(|r| r.0.clone()).collect();
        let frozen: HashMap<String, Option<i64>> = snapshots::newest_among(conn, KIND, &codes)?
            .iter()
            .map(|s| Ok((s.subject.clone(), s.parse::<Frozen>()?.total_h)))
            .collect::<Result<_>>()?;
        wrong.extend(
            rows.into_iter()
                .filter(|(code, total)| frozen.get(code).is_some_and(|f| f != total))
                .map(|(code, _)| code),
        );
    }
}
