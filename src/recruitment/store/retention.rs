//! What becomes of candidates who are not hired: after the set days, or at their wish, everything that points to them
//! goes. What stays is their row, named erased, with the way of their applications; of the groups they stated, how many
//! of each entered and passed a stage.

use std::collections::BTreeMap;

use chrono::{Duration, NaiveDate, NaiveDateTime};
use diesel::dsl::{count_star, exists, not};
use diesel::prelude::*;
use serde::Serialize;
use serde_json::json;

use crate::audit::{self, Actor};
use crate::db::schema::{
    application, application_answer, application_group, application_move, attachment,
    background_check, candidate, candidate_link, candidate_note, consent, consent_text, interview,
    letter, offer, opening_stage, panel, rating, selection_count, sheet, sheet_amendment,
};
use crate::db::{Conn, Db};
use crate::drafts;
use crate::error::Result;
use crate::recruitment::model::application::Step;
use crate::recruitment::model::codes::{ApplicationState, ConsentKind};
use crate::recruitment::store::careers::{remove_files, retention_days};
use crate::recruitment::store::{LOCK, moves};
use crate::with_conn;

/// Candidates of one transaction.
const BATCH: i64 = 200;

/// The form of the drafts of sheets about applications.
const DRAFTS: &str = "round";

/// What an erasure did, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Erased {
    pub applications: usize,
    /// Codes.
    pub candidates: Vec<String>,
    pub files: usize,
}

/// Candidates whose time is over on a day, the next after a number: their last application was rejected or withdrawn so
/// long ago, or they never applied; none of theirs is under way or led to a hire, and they are not in the pool with a
/// consent that holds. Whoever was merged into another counts as the other.
fn due(
    conn: &mut Conn,
    before: NaiveDateTime,
    day: NaiveDate,
    start: i64,
    limit: i64,
) -> Result<Vec<(i64, String)>> {
    let members = diesel::alias!(candidate as member);
    let family = || {
        members
            .filter(
                members.field(candidate::id).eq(candidate::id).or(members
                    .field(candidate::merged_into_id)
                    .eq(candidate::id.nullable())),
            )
            .select(members.field(candidate::id))
    };
    let applied = || application::table.filter(application::candidate_id.eq_any(family()));
    let keeps = applied().filter(
        application::state
            .eq_any([
                ApplicationState::Active.code(),
                ApplicationState::Hired.code(),
            ])
            .or(application::closed_at.is_null())
            .or(application::closed_at.assume_not_null().gt(before)),
    );
    let pool = consent::table
        .inner_join(consent_text::table)
        .filter(consent::candidate_id.eq_any(family()))
        .filter(consent_text::kind.eq(ConsentKind::Pool.code()))
        .filter(consent::withdrawn_at.is_null());
    Ok(candidate::table
        .filter(candidate::id.gt(start))
        .filter(candidate::erased_at.is_null())
        .filter(candidate::merged_into_id.is_null())
        .filter(not(exists(keeps)))
        .filter(exists(applied()).or(candidate::created_at.le(before)))
        .filter(
            candidate::pool_until
                .is_null()
                .or(candidate::pool_until.assume_not_null().lt(day))
                .or(not(exists(pool))),
        )
        .order(candidate::id)
        .limit(limit)
        .select((candidate::id, candidate::code))
        .load(conn)?)
}

/// Erases everybody whose time is over, a batch in a transaction; with `dry_run` only says whom. Twice is once.
pub fn run(db: &Db, actor: &Actor, day: NaiveDate, dry_run: bool) -> Result<Erased> {
    let mut all = Erased::default();
    let mut after = 0;
    loop {
        let work = |conn: &mut Conn| {
            let days = retention_days(conn)?;
            let before = actor.at - Duration::days(days);
            let found = due(conn, before, day, after, BATCH)?;
            let Some((last, _)) = found.last() else {
                return Ok(None);
            };
            let last = *last;
            let ids: Vec<i64> = found.iter().map(|(id, _)| *id).collect();
            let done = if dry_run {
                Erased {
                    applications: usize::try_from(
                        application::table
                            .filter(application::candidate_id.eq_any(&ids))
                            .select(count_star())
                            .first::<i64>(conn)?,
                    )
                    .unwrap_or_default(),
                    candidates: found.into_iter().map(|(_, code)| code).collect(),
                    files: files(conn, &ids)?.len(),
                }
            } else {
                erase(conn, &ids, "retention", actor)?
            };
            Ok(Some((last, done)))
        };
        let step = if dry_run {
            db.read(work)?
        } else {
            db.write(work)?
        };
        let Some((last, done)) = step else {
            return Ok(all);
        };
        after = last;
        all.applications += done.applications;
        all.candidates.extend(done.candidates);
        all.files += done.files;
    }
}

/// Erases somebody who asks for it: what is under way counts as withdrawn.
pub fn erase_at_wish(conn: &mut Conn, candidate_id: i64, actor: &Actor) -> Result<()> {
    let family = with_merged(conn, &[candidate_id])?;
    let active: Vec<i64> = application::table
        .filter(application::candidate_id.eq_any(&family))
        .filter(application::state.eq(ApplicationState::Active.code()))
        .order(application::id)
        .select(application::id)
        .load(conn)?;
    moves::step(conn, &active, &Step::Withdraw, actor)?;
    erase(conn, &[candidate_id], "wish", actor)?;
    Ok(())
}

/// Some candidates, and whoever was merged into them.
fn with_merged(conn: &mut Conn, ids: &[i64]) -> Result<Vec<i64>> {
    let mut all = ids.to_vec();
    let mut newest = ids.to_vec();
    while !newest.is_empty() {
        newest = candidate::table
            .filter(candidate::merged_into_id.assume_not_null().eq_any(&newest))
            .filter(candidate::id.ne_all(&all))
            .order(candidate::id)
            .select(candidate::id)
            .load(conn)?;
        all.extend(&newest);
    }
    Ok(all)
}

/// The numbers of the files of some candidates.
fn files(conn: &mut Conn, candidates: &[i64]) -> Result<Vec<i64>> {
    Ok(attachment::table
        .filter(attachment::candidate_id.eq_any(candidates))
        .order(attachment::file_id)
        .select(attachment::file_id)
        .distinct()
        .load(conn)?)
}

/// Takes everything away that points to some candidates. Whether that may be done is asked before; those who are erased
/// already are passed over. `why` is told in the trail, with codes and numbers alone.
pub fn erase(conn: &mut Conn, candidates: &[i64], why: &str, actor: &Actor) -> Result<Erased> {
    conn.lock(LOCK)?;
    let family = with_merged(conn, candidates)?;
    let people: Vec<(i64, String)> = candidate::table
        .filter(candidate::id.eq_any(&family))
        .filter(candidate::erased_at.is_null())
        .order(candidate::id)
        .select((candidate::id, candidate::code))
        .load(conn)?;
    if people.is_empty() {
        return Ok(Erased::default());
    }
    let ids: Vec<i64> = people.iter().map(|(id, _)| *id).collect();
    let applied: Vec<(i64, String)> = application::table
        .filter(application::candidate_id.eq_any(&ids))
        .order(application::id)
        .select((application::id, application::code))
        .load(conn)?;
    let applications: Vec<i64> = applied.iter().map(|(id, _)| *id).collect();
    fold_groups(conn, &applications)?;
    forget_answers(conn, &applications)?;
    forget_rounds(conn, &applied)?;
    diesel::delete(candidate_note::table.filter(candidate_note::candidate_id.eq_any(&ids)))
        .execute(conn)?;
    let files = files(conn, &ids)?;
    diesel::delete(attachment::table.filter(attachment::candidate_id.eq_any(&ids)))
        .execute(conn)?;
    remove_files(conn, &files)?;
    let addresses = candidate::table
        .filter(candidate::id.eq_any(&ids))
        .filter(candidate::email.is_not_null())
        .select(candidate::email.assume_not_null());
    diesel::delete(letter::table.filter(letter::email.eq_any(addresses))).execute(conn)?;
    diesel::update(candidate::table.filter(candidate::id.eq_any(&ids)))
        .set((
            candidate::name.eq(""),
            candidate::name_en.eq(""),
            candidate::sort_key.eq(""),
            candidate::email.eq(None::<String>),
            candidate::email_key.eq(None::<String>),
            candidate::phone.eq(None::<String>),
            candidate::phone_key.eq(None::<String>),
            candidate::profile_json.eq("{}"),
            candidate::staff_id.eq(None::<i64>),
            candidate::pool_until.eq(None::<NaiveDate>),
            candidate::erased_at.eq(actor.at),
            candidate::row_version.eq(candidate::row_version + 1),
        ))
        .execute(conn)?;
    let erased = Erased {
        applications: applications.len(),
        candidates: people.into_iter().map(|(_, code)| code).collect(),
        files: files.len(),
    };
    let detail = json!({
        "applications": erased.applications, "candidates": erased.candidates,
        "files": erased.files, "why": why,
    });
    audit::append(conn, actor, "candidate.erase", "candidates", &detail)?;
    Ok(erased)
}

/// Counts what the applicants stated into what stays, and forgets who stated it. An application has entered the stages
/// up to its own; it has passed those before, and its own when it led to a hire. Who withdrew was not decided about.
fn fold_groups(conn: &mut Conn, applications: &[i64]) -> Result<()> {
    type Stated = (i64, i32, String, String, String);
    let stated: Vec<Stated> = application_group::table
        .inner_join(application::table.inner_join(opening_stage::table))
        .filter(application::id.eq_any(applications))
        .select((
            application::opening_id,
            opening_stage::position,
            application::state,
            application_group::attribute,
            application_group::value,
        ))
        .load(conn)?;
    let openings: Vec<i64> = stated.iter().map(|row| row.0).collect();
    let stages: Vec<(i64, i32)> = opening_stage::table
        .filter(opening_stage::opening_id.eq_any(&openings))
        .select((opening_stage::opening_id, opening_stage::position))
        .load(conn)?;
    let mut counts: BTreeMap<(i64, i32, &str, &str), (i64, i64)> = BTreeMap::new();
    for (opening_id, at, state, attribute, value) in &stated {
        let state = ApplicationState::parse(state);
        for (_, position) in stages
            .iter()
            .filter(|(of, position)| of == opening_id && position <= at)
        {
            let passed = position < at || state == Some(ApplicationState::Hired);
            if passed || state == Some(ApplicationState::Rejected) {
                let count = counts
                    .entry((*opening_id, *position, attribute, value))
                    .or_default();
                count.0 += 1;
                count.1 += i64::from(passed);
            }
        }
    }
    let rows: Vec<_> = counts
        .into_iter()
        .map(
            |((opening, position, attribute, value), (entered, passed))| {
                (
                    selection_count::opening_id.eq(opening),
                    selection_count::stage_position.eq(position),
                    selection_count::attribute.eq(attribute.to_owned()),
                    selection_count::value.eq(value.to_owned()),
                    selection_count::entered.eq(entered),
                    selection_count::passed.eq(passed),
                )
            },
        )
        .collect();
    if !rows.is_empty() {
        use diesel::upsert::excluded;
        with_conn!(conn, c => diesel::insert_into(selection_count::table)
            .values(&rows)
            .on_conflict((
                selection_count::opening_id,
                selection_count::stage_position,
                selection_count::attribute,
                selection_count::value,
            ))
            .do_update()
            .set((
                selection_count::entered
                    .eq(selection_count::entered + excluded(selection_count::entered)),
                selection_count::passed
                    .eq(selection_count::passed + excluded(selection_count::passed)),
            ))
            .execute(c))?;
    }
    diesel::delete(
        application_group::table.filter(application_group::application_id.eq_any(applications)),
    )
    .execute(conn)?;
    Ok(())
}

/// Forgets what was answered and written of applications; whether an answer failed stays.
fn forget_answers(conn: &mut Conn, applications: &[i64]) -> Result<()> {
    diesel::update(
        application_answer::table.filter(application_answer::application_id.eq_any(applications)),
    )
    .set((
        application_answer::answer.eq(""),
        application_answer::reason.eq(None::<String>),
    ))
    .execute(conn)?;
    // The key of another system leads back to somebody there.
    diesel::update(application::table.filter(application::id.eq_any(applications)))
        .set(application::external_key.eq(None::<String>))
        .execute(conn)?;
    diesel::update(
        application_move::table.filter(application_move::application_id.eq_any(applications)),
    )
    .set(application_move::note.eq(""))
    .execute(conn)?;
    diesel::update(
        background_check::table.filter(background_check::application_id.eq_any(applications)),
    )
    .set((
        background_check::note.eq(""),
        background_check::reply.eq(None::<String>),
        background_check::row_version.eq(background_check::row_version + 1),
    ))
    .execute(conn)?;
    diesel::update(offer::table.filter(offer::application_id.eq_any(applications)))
        .set((
            offer::terms.eq(""),
            offer::row_version.eq(offer::row_version + 1),
        ))
        .execute(conn)?;
    diesel::delete(
        candidate_link::table.filter(candidate_link::application_id.eq_any(applications)),
    )
    .execute(conn)?;
    Ok(())
}

/// Forgets the words of those who judged; their points stay.
fn forget_rounds(conn: &mut Conn, applied: &[(i64, String)]) -> Result<()> {
    let applications: Vec<i64> = applied.iter().map(|(id, _)| *id).collect();
    let rounds: Vec<(i64, i64, i64)> = interview::table
        .filter(interview::application_id.eq_any(&applications))
        .order(interview::id)
        .select((
            interview::id,
            interview::application_id,
            interview::panel_id,
        ))
        .load(conn)?;
    if rounds.is_empty() {
        return Ok(());
    }
    let codes: BTreeMap<i64, &str> = applied
        .iter()
        .map(|(id, code)| (*id, code.as_str()))
        .collect();
    let subjects: Vec<String> = rounds
        .iter()
        .filter_map(|(id, application, _)| Some(format!("{}/{id}", codes.get(application)?)))
        .collect();
    drafts::forget_all(conn, DRAFTS, &subjects)?;
    let panels: Vec<i64> = rounds.iter().map(|(.., panel)| *panel).collect();
    diesel::update(
        panel::table
            .filter(panel::id.eq_any(&panels))
            .filter(panel::discussion_note.is_not_null()),
    )
    .set(panel::discussion_note.eq(""))
    .execute(conn)?;
    let sheets: Vec<i64> = sheet::table
        .filter(sheet::panel_id.eq_any(&panels))
        .select(sheet::id)
        .load(conn)?;
    diesel::update(sheet::table.filter(sheet::id.eq_any(&sheets)))
        .set(sheet::summary.eq(""))
        .execute(conn)?;
    diesel::update(rating::table.filter(rating::sheet_id.eq_any(&sheets)))
        .set((rating::note.eq(""), rating::evidence.eq("")))
        .execute(conn)?;
    diesel::update(sheet_amendment::table.filter(sheet_amendment::sheet_id.eq_any(&sheets)))
        .set((
            sheet_amendment::reason.eq(""),
            sheet_amendment::before_json.eq(""),
        ))
        .execute(conn)?;
    Ok(())
}
