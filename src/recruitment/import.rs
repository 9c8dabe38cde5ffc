//! Candidates and their applications from files.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::db::Conn;
use crate::db::schema::{application, candidate, opening, opening_stage};
use crate::error::Result;
use crate::import::run::{Kind as ImportKind, Loaded, Run};
use crate::import::{ColumnSpec, Kind, Reader, Reason as Wrong, RowView, nearest};
use crate::recruitment::model::application::Step;
use crate::recruitment::model::candidate::{Person, email_key};
use crate::recruitment::model::codes::{ApplicationState, OpeningState, Reason, Source};
use crate::recruitment::store::applications::{NewApplication, receive_keyed};
use crate::recruitment::store::candidates::Candidate;
use crate::recruitment::store::{moves, profiles};

/// How somebody came to apply, as written in files.
const SOURCES: [&str; 8] = [
    "careers",
    "referral",
    "job_board",
    "agency",
    "campus",
    "internal",
    "pool",
    "other",
];

/// What has become of an application, as far as a file may say it: to hire somebody takes more than a row.
const STATES: [&str; 3] = ["active", "rejected", "withdrawn"];

/// Why it was rejected. That a requirement is not met is confirmed by a person, not by a file.
const REASONS: [&str; 7] = [
    "pass_rule",
    "others",
    "no_show",
    "background",
    "offer_declined",
    "filled",
    "other",
];

/// `espalier import candidates`
pub const CANDIDATES: ImportKind = ImportKind {
    name: "candidates",
    columns: &[
        ColumnSpec::optional("id", Kind::Text(120)),
        ColumnSpec::required("name", Kind::Text(120)),
        ColumnSpec::optional("name_en", Kind::Text(120)),
        ColumnSpec::optional("email", Kind::Text(200)),
        ColumnSpec::optional("phone", Kind::Text(40)),
        ColumnSpec::required("opening", Kind::Text(64)),
        ColumnSpec::optional("source", Kind::Choice(&SOURCES)),
        ColumnSpec::optional("applied_on", Kind::Date),
        ColumnSpec::optional("stage", Kind::Text(120)),
        ColumnSpec::optional("state", Kind::Choice(&STATES)),
        ColumnSpec::optional("reason", Kind::Choice(&REASONS)),
        ColumnSpec::optional("note", Kind::Note(2_000)),
    ],
    load,
};

/// Rows of one statement.
const CHUNK: usize = 1_000;

/// An opening as rows name it.
struct Opening {
    id: i64,
    takes: bool,
    /// Number, kind and names of each stage, in order.
    stages: Vec<(i64, String, String, String)>,
}

impl Opening {
    /// The stage that a cell names: by place, kind or name. Of several of a kind, the first.
    fn stage(&self, cell: &str) -> Option<i64> {
        let place = cell.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
        if let Some(place) = place {
            return self.stages.get(place).map(|stage| stage.0);
        }
        let found = self.stages.iter().find(|(_, kind, zh, en)| {
            cell == zh || cell.eq_ignore_ascii_case(en) || cell.eq_ignore_ascii_case(kind)
        });
        found.map(|stage| stage.0)
    }
}

/// A good row.
struct Row {
    key: Option<String>,
    new: NewApplication,
    to: To,
}

/// Where a row says that an application stands.
#[derive(Clone, Debug, PartialEq, Eq)]
struct To {
    stage_id: Option<i64>,
    state: ApplicationState,
    reason: Option<Reason>,
    note: String,
}

fn openings(conn: &mut Conn) -> Result<BTreeMap<String, Opening>> {
    let rows: Vec<(i64, String, String)> = opening::table
        .select((opening::id, opening::code, opening::state))
        .load(conn)?;
    let stages: Vec<(i64, i64, String, String, String)> = opening_stage::table
        .order((opening_stage::opening_id, opening_stage::position))
        .select((
            opening_stage::opening_id,
            opening_stage::id,
            opening_stage::kind,
            opening_stage::name_zh,
            opening_stage::name_en,
        ))
        .load(conn)?;
    let mut of: HashMap<i64, Vec<(i64, String, String, String)>> = HashMap::new();
    for (opening, id, kind, zh, en) in stages {
        of.entry(opening).or_default().push((id, kind, zh, en));
    }
    Ok(rows
        .into_iter()
        .map(|(id, code, state)| {
            let state = OpeningState::parse(&state);
            let opening = Opening {
                id,
                takes: state.is_some_and(OpeningState::takes_applications),
                stages: of.remove(&id).unwrap_or_default(),
            };
            (code, opening)
        })
        .collect())
}

fn rule(key: &'static str) -> Wrong {
    Wrong::Rule {
        key,
        args: Vec::new(),
    }
}

fn load(conn: &mut Conn, reader: &mut Reader, run: &Run) -> Result<Loaded> {
    let openings = openings(conn)?;
    let mut rows = Vec::new();
    while let Some(row) = reader.next_row()? {
        rows.extend(read(&row, run, &openings));
    }
    let mut loaded = Loaded::default();
    for chunk in rows.chunks(CHUNK) {
        store(conn, chunk, run, &mut loaded)?;
    }
    Ok(loaded)
}

/// A row, checked; none where something is wrong with it.
fn read(row: &RowView<'_>, run: &Run, openings: &BTreeMap<String, Opening>) -> Option<Row> {
    let (id, name, name_en) = (row.text(0), row.text(1), row.text(2));
    let (email, phone) = (row.text(3), row.text(4));
    if email.is_some_and(|e| email_key(e).is_none()) {
        row.problem(3, rule("import-not-an-email"));
    }
    if id.is_none() && email.is_none() && phone.is_none() && name.is_some() {
        row.problem(3, rule("import-candidate-untold"));
    }
    let opening = row.text(5).and_then(|code| {
        let found = openings.get(code);
        match found {
            None => row.problem(
                5,
                Wrong::Unknown {
                    nearest: nearest(code, openings.keys().map(String::as_str)).map(str::to_string),
                },
            ),
            Some(opening) if !opening.takes => row.problem(5, rule("import-opening-shut")),
            Some(_) => {}
        }
        found
    });
    let stage_id = row.text(8).and_then(|cell| {
        let opening = opening?;
        let found = opening.stage(cell);
        if found.is_none() {
            let kinds = opening.stages.iter().map(|stage| stage.1.as_str());
            let nearest = nearest(cell, kinds).map(str::to_string);
            row.problem(8, Wrong::Unknown { nearest });
        }
        found
    });
    let source = row.choice(6).and_then(Source::parse);
    let applied_on = row.date(7);
    let state = row.choice(9).and_then(ApplicationState::parse);
    let reason = row.choice(10).and_then(Reason::parse);
    let note = row.text(11).unwrap_or_default();
    match (state, reason) {
        (Some(ApplicationState::Rejected), None) if row.raw(10).is_none() => {
            row.problem(10, rule("import-reason-needed"));
        }
        (Some(ApplicationState::Rejected), Some(Reason::Other)) if note.is_empty() => {
            row.problem(11, rule("import-note-needed"));
        }
        (state, Some(_)) if state != Some(ApplicationState::Rejected) => {
            row.problem(10, rule("import-reason-unfit"));
        }
        _ => {}
    }
    let today = run.settings.zone.local_date(run.actor.at);
    if applied_on.is_some_and(|day| day > today) {
        row.problem(7, rule("import-day-to-come"));
    }
    if row.is_bad() {
        return None;
    }
    let applied_at = applied_on.map_or(run.actor.at, |day| {
        let noon = day.and_hms_opt(12, 0, 0);
        noon.map_or(run.actor.at, |noon| run.settings.zone.utc(noon))
            .min(run.actor.at)
    });
    let name = name?;
    let chinese = name.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    Some(Row {
        key: id.map(|id| format!("{}:{id}", run.source_id)),
        new: NewApplication {
            opening_id: opening?.id,
            person: Person {
                name: name.to_string(),
                name_en: name_en.unwrap_or_default().to_string(),
                email: email.map(str::to_string),
                phone: phone.map(str::to_string),
                locale: if chinese { "zh-CN" } else { "en" }.to_string(),
            },
            staff_id: None,
            source: source.unwrap_or(Source::Other),
            applied_at,
            answers: Vec::new(),
            groups: Vec::new(),
            consents: Vec::new(),
            files: Vec::new(),
        },
        to: To {
            stage_id,
            state: state.unwrap_or(ApplicationState::Active),
            reason,
            note: note.to_string(),
        },
    })
}

/// An application as it stands before the file.
struct Known {
    id: i64,
    stage_id: i64,
    state: ApplicationState,
    candidate: Candidate,
}

fn store(conn: &mut Conn, rows: &[Row], run: &Run, loaded: &mut Loaded) -> Result<()> {
    let actor = &run.actor;
    let by_key = by_key(conn, rows)?;
    let of_key = |row: &Row| row.key.as_ref().and_then(|key| by_key.get(key)).copied();
    let fresh: Vec<&Row> = rows.iter().filter(|row| of_key(row).is_none()).collect();
    let new: Vec<NewApplication> = fresh.iter().map(|row| row.new.clone()).collect();
    let keys: Vec<Option<String>> = fresh.iter().map(|row| row.key.clone()).collect();
    let mut done = receive_keyed(conn, &new, &keys, actor)?.into_iter();
    // Of each row: its application, and whether it is new.
    let mut places: Vec<(i64, bool)> = Vec::with_capacity(rows.len());
    for row in rows {
        match of_key(row) {
            Some(id) => places.push((id, false)),
            None => places.extend(done.next().map(|one| (one.id, one.is_new))),
        }
    }
    let mut known = known(conn, places.iter().map(|(id, _)| *id))?;
    let mut steps: BTreeMap<(u8, String), (Step, Vec<i64>)> = BTreeMap::new();
    for (row, (id, is_new)) in rows.iter().zip(&places) {
        let Some(stands) = known.get_mut(id) else {
            continue;
        };
        let mut changed = false;
        if !is_new {
            changed = correct(conn, stands, &row.new.person, actor)?;
        }
        for (order, step) in way(stands, &row.to) {
            changed = true;
            let key = (order, format!("{step:?}"));
            steps.entry(key).or_insert((step, Vec::new())).1.push(*id);
        }
        match (*is_new, changed) {
            (true, _) => loaded.new += 1,
            (false, true) => loaded.changed += 1,
            (false, false) => loaded.unchanged += 1,
        }
    }
    for (step, ids) in steps.into_values() {
        moves::step(conn, &ids, &step, actor)?;
    }
    Ok(())
}

/// The steps from where an application stands to where a row says it does: on to the stage, then to its end. What has
/// come to an end stays there.
fn way(stands: &mut Known, to: &To) -> Vec<(u8, Step)> {
    let mut steps = Vec::new();
    if stands.state != ApplicationState::Active {
        return steps;
    }
    if let Some(stage_id) = to.stage_id.filter(|id| *id != stands.stage_id) {
        steps.push((0, Step::ToStage(stage_id)));
        stands.stage_id = stage_id;
    }
    match (to.state, to.reason) {
        (ApplicationState::Rejected, Some(reason)) => {
            let note = to.note.clone();
            steps.push((1, Step::Reject { reason, note }));
            stands.state = ApplicationState::Rejected;
        }
        (ApplicationState::Withdrawn, _) => {
            steps.push((2, Step::Withdraw));
            stands.state = ApplicationState::Withdrawn;
        }
        _ => {}
    }
    steps
}

/// Brings particulars up to what a row says, as far as it says anything; tells whether that changed them.
fn correct(
    conn: &mut Conn,
    stands: &mut Known,
    says: &Person,
    actor: &crate::audit::Actor,
) -> Result<bool> {
    let was = &stands.candidate.person;
    // What reads otherwise and is the same (case, spaces, the code of the country) corrects nothing.
    let given = |new: &Option<String>, old: &Option<String>, same: bool| {
        new.clone().filter(|_| !same).or_else(|| old.clone())
    };
    let now = Person {
        name: says.name.clone(),
        name_en: if says.name_en.is_empty() {
            was.name_en.clone()
        } else {
            says.name_en.clone()
        },
        email: given(&says.email, &was.email, says.email_key() == was.email_key()),
        phone: given(&says.phone, &was.phone, says.phone_key() == was.phone_key()),
        locale: was.locale.clone(),
    };
    if now == *was || stands.candidate.erased_at.is_some() {
        return Ok(false);
    }
    let version = stands.candidate.row_version;
    profiles::change(conn, &stands.candidate, version, &now, actor)?;
    stands.candidate.person = now;
    stands.candidate.row_version += 1;
    Ok(true)
}

/// The applications of the keys of rows.
fn by_key(conn: &mut Conn, rows: &[Row]) -> Result<HashMap<String, i64>> {
    let keys: Vec<&String> = rows.iter().filter_map(|row| row.key.as_ref()).collect();
    let found: Vec<(Option<String>, i64)> = application::table
        .filter(application::external_key.assume_not_null().eq_any(keys))
        .select((application::external_key, application::id))
        .load(conn)?;
    Ok(found
        .into_iter()
        .filter_map(|(key, id)| Some((key?, id)))
        .collect())
}

fn known(conn: &mut Conn, ids: impl Iterator<Item = i64>) -> Result<HashMap<i64, Known>> {
    type Stored = (
        (i64, i64, String),
        (i64, String, String, String, Option<String>, Option<String>),
        (String, String, NaiveDateTime, Option<NaiveDateTime>, i32),
    );
    let ids: Vec<i64> = ids.collect();
    let rows: Vec<Stored> = application::table
        .inner_join(candidate::table)
        .filter(application::id.eq_any(ids))
        .select((
            (application::id, application::stage_id, application::state),
            (
                candidate::id,
                candidate::code,
                candidate::name,
                candidate::name_en,
                candidate::email,
                candidate::phone,
            ),
            (
                candidate::locale,
                candidate::profile_json,
                candidate::created_at,
                candidate::erased_at,
                candidate::row_version,
            ),
        ))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .filter_map(|((id, stage_id, state), first, second)| {
            let (candidate_id, code, name, name_en, email, phone) = first;
            let (locale, profile, created_at, erased_at, row_version) = second;
            let known = Known {
                id,
                stage_id,
                state: ApplicationState::parse(&state)?,
                candidate: Candidate {
                    id: candidate_id,
                    code,
                    person: Person {
                        name,
                        name_en,
                        email,
                        phone,
                        locale,
                    },
                    profile,
                    staff: None,
                    pool_until: None,
                    created_at,
                    erased_at,
                    row_version,
                },
            };
            Some((known.id, known))
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_know_the_codes_of_the_program() {
        let sources: Vec<&str> = Source::ALL.iter().map(|s| s.code()).collect();
        assert_eq!(sources, SOURCES);
        assert!(STATES.iter().all(|s| ApplicationState::parse(s).is_some()));
        assert!(REASONS.iter().all(|r| Reason::parse(r).is_some()));
        assert_eq!(REASONS.len() + 1, Reason::ALL.len());
    }

    #[test]
    fn a_stage_is_named_by_place_kind_or_name() {
        let opening = Opening {
            id: 1,
            takes: true,
            stages: vec![
                (7, "screening".into(), "初步筛选".into(), "Screening".into()),
                (8, "interview".into(), "面试".into(), "First talk".into()),
            ],
        };
        for (cell, id) in [
            ("2", 8),
            ("interview", 8),
            ("面试", 8),
            ("first talk", 8),
            ("Screening", 7),
        ] {
            assert_eq!(opening.stage(cell), Some(id), "{cell}");
        }
        for none in ["0", "3", "offer", ""] {
            assert_eq!(opening.stage(none), None, "{none}");
        }
    }
}
