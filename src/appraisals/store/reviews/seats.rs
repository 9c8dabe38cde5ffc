//! Who is asked to review whom when a cycle enters evaluation: the person, the manager of the last day, and earlier
//! managers of thirty days and more, whose note is asked for.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::appraisals::model::cycle::stretches;
use crate::appraisals::store::cycles::Cycle;
use crate::appraisals::store::reviews::{FORMER, MANAGER, SELF};
use crate::db::Conn;
use crate::db::schema::evaluation;
use crate::error::{Error, Message, Result};
use crate::judgement::model::sheet::State;
use crate::judgement::store::cards;
use crate::judgement::store::panels::{self, Kind, Seat};
use crate::people::model::Posting;
use crate::people::store::Directory;

/// Whoever led somebody for at least so many days of the cycle is asked for a note.
const FORMER_DAYS: i64 = 30;

/// Card of those whom the rules name none.
const FALLBACK: &str = "competency";

/// Days of the cycle under each manager.
fn days_under(postings: &[Posting], (first, last): (NaiveDate, NaiveDate)) -> BTreeMap<i64, i64> {
    let mut days: BTreeMap<i64, i64> = BTreeMap::new();
    for posting in postings {
        let from = posting.valid_from.max(first);
        let to = posting.valid_to.pred_opt().unwrap_or(last).min(last);
        if let (Some(manager), true) = (posting.seat.manager_id, from <= to) {
            *days.entry(manager).or_default() += (to - from).num_days() + 1;
        }
    }
    days
}

/// Opens a panel for everybody in the cycle who has none yet and seats those who are asked; where the manager has
/// changed since, the new one takes the seat nobody has written in.
///
/// # Errors
/// `Conflict` when no card can be found to judge by.
pub fn open(conn: &mut Conn, cycle: &Cycle) -> Result<()> {
    if !cycle.rules.reviews {
        return Ok(());
    }
    let waiting: Vec<(i64, i64, Option<i64>)> = evaluation::table
        .filter(evaluation::cycle_id.eq(cycle.id))
        .filter(evaluation::panel_id.is_null())
        .order(evaluation::id)
        .select((evaluation::id, evaluation::staff_id, evaluation::manager_id))
        .load(conn)?;
    if !waiting.is_empty() {
        seat_all(conn, cycle, &waiting)?;
    }
    diesel::sql_query(
        "update sheet set rater_id = evaluation.manager_id from evaluation \
         where evaluation.panel_id = sheet.panel_id and evaluation.cycle_id = $1 \
           and sheet.role = 'manager' and sheet.state = 'invited' \
           and sheet.rater_id is distinct from evaluation.manager_id",
    )
    .bind::<BigInt, _>(cycle.id)
    .execute(conn)?;
    Ok(())
}

fn seat_all(conn: &mut Conn, cycle: &Cycle, waiting: &[(i64, i64, Option<i64>)]) -> Result<()> {
    let directory = Directory::load(conn)?;
    let days = (cycle.starts_on, cycle.ends_on);
    let role_of = |staff_id: i64| -> &str {
        let person = directory.staff.get(&staff_id);
        let found = stretches(
            directory.postings(staff_id),
            person.and_then(|p| p.hired_on),
            person.and_then(|p| p.left_on),
            days,
        );
        let last = found.last().map(|s| s.seat.job_role_id);
        last.and_then(|id| directory.job_roles.get(&id))
            .map_or("", String::as_str)
    };
    let mut by_card: BTreeMap<(&str, i32), Vec<usize>> = BTreeMap::new();
    for (at, (_, staff_id, _)) in waiting.iter().enumerate() {
        let card = cycle.rules.card_for(role_of(*staff_id));
        let key = card.map_or((FALLBACK, 0), |c| (c.code.as_str(), c.version_no));
        by_card.entry(key).or_default().push(at);
    }
    let mut panel_of: HashMap<usize, i64> = HashMap::new();
    for ((code, version_no), people) in by_card {
        let version_id = match version_no {
            0 => cards::published(conn)?.get(code).map(|c| c.0),
            _ => Some(cards::version_id(conn, code, version_no)?),
        };
        let kind = Kind {
            version_id: version_id.ok_or_else(|| {
                Error::Conflict(Message::new("card-not-found").with("code", code))
            })?,
            // The manager reads the self-review before writing; who else reads what is a matter of the pages.
            blind: false,
            anonymous: false,
            min_shown: 0,
        };
        let panels = panels::open(conn, kind, people.len())?;
        panel_of.extend(people.into_iter().zip(panels));
    }
    let pairs: Vec<(i64, i64)> = waiting
        .iter()
        .enumerate()
        .filter_map(|(at, (id, ..))| Some((*id, *panel_of.get(&at)?)))
        .collect();
    remember(conn, &pairs)?;
    let mut seats = Vec::new();
    for (at, (_, staff_id, manager_id)) in waiting.iter().enumerate() {
        let Some(&panel_id) = panel_of.get(&at) else {
            continue;
        };
        let mut seat = |rater_id, role| {
            seats.push(Seat {
                panel_id,
                rater_id,
                role,
                state: State::Invited,
            });
        };
        seat(Some(*staff_id), SELF);
        seat(*manager_id, MANAGER);
        for (former, count) in days_under(directory.postings(*staff_id), days) {
            if count >= FORMER_DAYS && Some(former) != *manager_id && former != *staff_id {
                seat(Some(former), FORMER);
            }
        }
    }
    panels::seat(conn, &seats)
}

/// Writes the panels beside the evaluations: `(evaluation, panel)`.
fn remember(conn: &mut Conn, pairs: &[(i64, i64)]) -> Result<()> {
    const CHUNK: usize = 2_000;
    for chunk in pairs.chunks(CHUNK) {
        // Numbers of our own: nothing that anybody typed.
        let rows: Vec<String> = chunk.iter().map(|(e, p)| format!("({e}, {p})")).collect();
        diesel::sql_query(format!(
            "with opened (evaluation_id, panel_id) as (values {}) \
             update evaluation set panel_id = opened.panel_id from opened \
             where evaluation.id = opened.evaluation_id",
            rows.join(", ")
        ))
        .execute(conn)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::model::{OPEN_END, Seat as Place, UNKNOWN_START};

    #[test]
    fn days_of_one_manager_in_several_seats_add_up() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let posting = |manager: i64, from, to| Posting {
            seat: Place {
                team_id: Some(1),
                job_role_id: 1,
                manager_id: Some(manager),
            },
            valid_from: from,
            valid_to: to,
        };
        let line = [
            posting(1, UNKNOWN_START, day("2026-07-16")),
            posting(2, day("2026-07-16"), day("2026-08-16")),
            posting(1, day("2026-08-16"), day("2026-08-31")),
            posting(3, day("2026-08-31"), OPEN_END),
        ];
        let days = days_under(&line, (day("2026-07-01"), day("2026-09-30")));
        assert_eq!(days, BTreeMap::from([(1, 30), (2, 31), (3, 31)]));
    }
}
