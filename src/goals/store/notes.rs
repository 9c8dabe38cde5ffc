//! Notes about people: check-ins, coaching, praise, incidents. Who is above somebody reads them all, HR and the
//! person the shared ones.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use serde_json::json;

use crate::audit::{self, Actor};
use crate::db::Conn;
use crate::db::schema::{
    complaint, cycle, evaluation, goal_item, goal_sheet, goal_sheet_version, kpi, note,
    qualitative_goal, service_record, source, staff,
};
use crate::error::{Error, Message, Result};
use crate::goals::model::note::{NoteKind, Progress};
use crate::keys;
use crate::{from_key, insert_all};

/// Whose notes of somebody a reader sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// Also what is not shared: of those below oneself.
    All,
    /// What is shared with the person.
    Shared,
}

/// A note as stored, with its author.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Note {
    pub id: i64,
    pub kind: String,
    pub day: NaiveDate,
    /// Code of the cycle it belongs to.
    pub cycle: Option<String>,
    pub progress_json: String,
    pub body: String,
    /// Codes of records and complaints.
    pub evidence: String,
    pub author_id: Option<i64>,
    /// Names of the author, who may have no staff record.
    pub author: Option<(String, String)>,
    /// Login.
    pub written_by: String,
    pub shared: bool,
    pub created_at: NaiveDateTime,
    pub row_version: i32,
}

impl Note {
    /// How far the goals were said to be.
    ///
    /// # Errors
    /// When what is stored is no such list.
    pub fn progress(&self) -> Result<Vec<Progress>> {
        Ok(serde_json::from_str(&self.progress_json)?)
    }
}

/// Where a page of notes begins: the day of a note and its number.
pub type Start = keys::Start<(NaiveDate, i64)>;

/// Notes about somebody, the newest first (backwards for [`Start::Before`]), of a kind if one is given.
pub fn page(
    conn: &mut Conn,
    staff_id: i64,
    sight: Sight,
    kind: Option<NoteKind>,
    start: Start,
    limit: i64,
) -> Result<Vec<Note>> {
    let mut query = note::table
        .left_join(staff::table.on(note::author_id.eq(staff::id.nullable())))
        .left_join(cycle::table.on(note::cycle_id.eq(cycle::id.nullable())))
        .filter(note::staff_id.eq(staff_id))
        .select((
            note::id,
            note::kind,
            note::day,
            cycle::code.nullable(),
            note::progress_json,
            note::body,
            note::evidence,
            note::author_id,
            (staff::name, staff::name_en).nullable(),
            note::written_by,
            note::shared,
            note::created_at,
            note::row_version,
        ))
        .into_boxed();
    if sight == Sight::Shared {
        query = query.filter(note::shared.eq(true));
    }
    if let Some(kind) = kind {
        query = query.filter(note::kind.eq(kind.code()));
    }
    let query = from_key!(query, start, (note::day, note::id), desc);
    Ok(query.limit(limit).load(conn)?)
}

/// How many notes there are about somebody, counted up to `most`.
pub fn count(
    conn: &mut Conn,
    staff_id: i64,
    sight: Sight,
    kind: Option<NoteKind>,
    most: i64,
) -> Result<i64> {
    let mut query = note::table
        .filter(note::staff_id.eq(staff_id))
        .select(note::id)
        .limit(most)
        .into_boxed();
    if sight == Sight::Shared {
        query = query.filter(note::shared.eq(true));
    }
    if let Some(kind) = kind {
        query = query.filter(note::kind.eq(kind.code()));
    }
    Ok(query.load::<i64>(conn)?.len() as i64)
}

/// Check-ins, praise and incidents about somebody in some days, the newest first: what stands beside the form of
/// a review.
pub fn between(
    conn: &mut Conn,
    staff_id: i64,
    sight: Sight,
    (from, to): (NaiveDate, NaiveDate),
    limit: i64,
) -> Result<Vec<Note>> {
    let next = Start::After((to.succ_opt().unwrap_or(to), i64::MIN));
    let all = page(conn, staff_id, sight, None, next, limit)?;
    Ok(all.into_iter().filter(|note| note.day >= from).collect())
}

/// The note of a number about somebody.
///
/// # Errors
/// `NotFound` where there is none that the reader sees.
pub fn find(conn: &mut Conn, staff_id: i64, sight: Sight, id: i64) -> Result<Note> {
    let day: Option<NaiveDate> = note::table
        .filter(note::id.eq(id))
        .filter(note::staff_id.eq(staff_id))
        .select(note::day)
        .first(conn)
        .optional()?;
    let found = match day {
        Some(day) => page(conn, staff_id, sight, None, Start::After((day, id + 1)), 1)?,
        None => Vec::new(),
    };
    found
        .into_iter()
        .find(|note| note.id == id)
        .ok_or_else(|| Error::NotFound(Message::new("note-not-found")))
}

/// What a form says.
#[derive(Clone, Debug)]
pub struct Sent {
    pub kind: NoteKind,
    pub day: NaiveDate,
    pub cycle_id: Option<i64>,
    pub progress: Vec<Progress>,
    pub body: String,
    pub evidence: String,
    pub shared: bool,
}

/// Writes a note about somebody.
pub fn add(
    conn: &mut Conn,
    (staff_id, employee_no): (i64, &str),
    new: &Sent,
    author_id: Option<i64>,
    actor: &Actor,
) -> Result<()> {
    diesel::insert_into(note::table)
        .values((
            note::staff_id.eq(staff_id),
            note::kind.eq(new.kind.code()),
            note::day.eq(new.day),
            note::cycle_id.eq(new.cycle_id),
            note::progress_json.eq(serde_json::to_string(&new.progress)?),
            note::body.eq(&new.body),
            note::evidence.eq(&new.evidence),
            note::author_id.eq(author_id),
            note::written_by.eq(&actor.name),
            note::shared.eq(new.shared),
            note::created_at.eq(actor.at),
        ))
        .execute(conn)?;
    told(conn, actor, "note.add", employee_no, new)
}

/// Changes a note.
///
/// # Errors
/// `Conflict` when it was changed since `seen`.
pub fn change(
    conn: &mut Conn,
    (id, seen): (i64, i32),
    employee_no: &str,
    new: &Sent,
    actor: &Actor,
) -> Result<()> {
    let changed = diesel::update(
        note::table
            .filter(note::id.eq(id))
            .filter(note::row_version.eq(seen)),
    )
    .set((
        note::kind.eq(new.kind.code()),
        note::day.eq(new.day),
        note::cycle_id.eq(new.cycle_id),
        note::progress_json.eq(serde_json::to_string(&new.progress)?),
        note::body.eq(&new.body),
        note::evidence.eq(&new.evidence),
        note::shared.eq(new.shared),
        note::row_version.eq(seen + 1),
    ))
    .execute(conn)?;
    if changed == 0 {
        return Err(Error::Conflict(Message::new("form-conflict")));
    }
    told(conn, actor, "note.change", employee_no, new)
}

/// Records that everybody in a cycle had a check-in with their manager on a day: how the demonstration's past came
/// about.
pub fn check_in_all(
    conn: &mut Conn,
    cycle_id: i64,
    day: NaiveDate,
    body: &str,
    actor: &Actor,
) -> Result<()> {
    #[derive(Insertable)]
    #[diesel(table_name = note)]
    #[diesel(treat_none_as_default_value = false)]
    struct New<'a> {
        staff_id: i64,
        kind: &'static str,
        day: NaiveDate,
        cycle_id: i64,
        progress_json: &'static str,
        body: &'a str,
        evidence: &'static str,
        author_id: Option<i64>,
        written_by: &'a str,
        shared: bool,
        created_at: NaiveDateTime,
    }
    let people: Vec<(i64, Option<i64>)> = evaluation::table
        .filter(evaluation::cycle_id.eq(cycle_id))
        .order(evaluation::id)
        .select((evaluation::staff_id, evaluation::manager_id))
        .load(conn)?;
    let rows: Vec<New> = people
        .into_iter()
        .map(|(staff_id, author_id)| New {
            staff_id,
            kind: NoteKind::CheckIn.code(),
            day,
            cycle_id,
            progress_json: "[]",
            body,
            evidence: "",
            author_id,
            written_by: &actor.name,
            shared: true,
            created_at: actor.at,
        })
        .collect();
    insert_all!(conn, note::table, rows)
}

/// The trail says that there is a note and of which kind; what it says stays between its readers.
fn told(conn: &mut Conn, actor: &Actor, action: &str, no: &str, sent: &Sent) -> Result<()> {
    let detail = json!({ "day": sent.day, "kind": sent.kind.code(), "shared": sent.shared });
    audit::append(conn, actor, action, no, &detail)
}

/// A cycle that tracks somebody's goals, and the names of these goals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tracked {
    pub cycle_id: i64,
    pub cycle: String,
    /// Codes of KPIs of the newest version, each with its names, then the goals without a figure.
    pub goals: Vec<(String, String)>,
}

/// The newest cycle in tracking that somebody has a sheet in: what a check-in is about.
pub fn tracked(conn: &mut Conn, staff_id: i64) -> Result<Option<Tracked>> {
    let found: Option<(i64, String, i64)> = goal_sheet_version::table
        .inner_join(goal_sheet::table)
        .inner_join(cycle::table.on(cycle::id.eq(goal_sheet::cycle_id)))
        .filter(goal_sheet::staff_id.eq(staff_id))
        .filter(cycle::state.eq("tracking"))
        .order((cycle::ends_on.desc(), goal_sheet_version::version_no.desc()))
        .select((cycle::id, cycle::code, goal_sheet_version::id))
        .first(conn)
        .optional()?;
    let Some((cycle_id, cycle, version_id)) = found else {
        return Ok(None);
    };
    let items: Vec<String> = goal_item::table
        .inner_join(kpi::table.on(kpi::id.eq(goal_item::kpi_id)))
        .filter(goal_item::version_id.eq(version_id))
        .order(goal_item::position)
        .select(kpi::body_json)
        .load(conn)?;
    let mut goals = Vec::new();
    for body in items {
        let kpi: crate::goals::model::Kpi = serde_json::from_str(&body)?;
        goals.push((kpi.name_zh, kpi.name_en));
    }
    let others: Vec<String> = qualitative_goal::table
        .filter(qualitative_goal::version_id.eq(version_id))
        .order(qualitative_goal::position)
        .select(qualitative_goal::name)
        .load(conn)?;
    goals.extend(others.into_iter().map(|name| (name.clone(), name)));
    Ok(Some(Tracked {
        cycle_id,
        cycle,
        goals,
    }))
}

/// A row of evidence that a code names: its kind in addresses and its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    pub code: String,
    pub kind: &'static str,
    pub id: i64,
}

/// The records and complaints of somebody that some codes name; a code of several sources names the newest.
/// Every source is looked into by name, because codes are found by source.
pub fn resolve(conn: &mut Conn, staff_id: i64, codes: &[String]) -> Result<Vec<Resolved>> {
    if codes.is_empty() {
        return Ok(Vec::new());
    }
    let records: Vec<(String, i64)> = service_record::table
        .filter(service_record::source_id.eq_any(source::table.select(source::id)))
        .filter(service_record::external_id.eq_any(codes))
        .filter(service_record::staff_id.eq(staff_id))
        .order(service_record::id.desc())
        .select((service_record::external_id, service_record::id))
        .load(conn)?;
    let complaints: Vec<(String, i64)> = complaint::table
        .filter(complaint::source_id.eq_any(source::table.select(source::id)))
        .filter(complaint::external_id.eq_any(codes))
        .filter(complaint::staff_id.eq(staff_id))
        .order(complaint::id.desc())
        .select((complaint::external_id, complaint::id))
        .load(conn)?;
    let mut found: Vec<Resolved> = Vec::new();
    for (kind, rows) in [("service", records), ("complaint", complaints)] {
        for (code, id) in rows {
            if !found.iter().any(|known| known.code == code) {
                found.push(Resolved { code, kind, id });
            }
        }
    }
    Ok(found)
}
