//! Panels, the sheets in them and what they come to.
//!
//! Of an anonymous panel the author stands beside a sheet only until it is closed. Closing writes all submitted sheets
//! anew in a random order: new numbers, one moment for all, a random key in place of the author; the seats of those
//! who sent nothing go. So neither number nor order nor time tells who wrote what.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDateTime;
use diesel::dsl::count_star;
use diesel::prelude::*;

use crate::audit::Actor;
use crate::db::Conn;
use crate::db::schema::{
    criterion, panel, rating, scorecard, scorecard_version, sheet, sheet_amendment, staff,
};
use crate::error::{Error, Message, Result};
use crate::insert_all;
use crate::judgement::model::card::Card;
use crate::judgement::model::panel::{Outcome, Secrecy, outcome};
use crate::judgement::model::sheet::{Content, Rating, State};
use crate::judgement::store::cards;
use crate::snapshots::{canonical, sha256_hex};

/// How many numbers stand in one question.
const CHUNK: usize = 1_000;

/// A kind of occasion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// Of the card.
    pub version_id: i64,
    pub blind: bool,
    pub anonymous: bool,
    /// Fewer sheets than this are never shown where they are anonymous.
    pub min_shown: i32,
}

/// A panel as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Panel {
    pub id: i64,
    pub kind: Kind,
    pub closed_at: Option<NaiveDateTime>,
}

impl Panel {
    /// How it keeps its secrets.
    #[must_use]
    pub fn secrecy(&self) -> Secrecy {
        Secrecy {
            blind: self.kind.blind,
            anonymous: self.kind.anonymous,
            min_shown: i64::from(self.kind.min_shown),
            closed: self.closed_at.is_some(),
        }
    }
}

/// A seat to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seat<'a> {
    pub panel_id: i64,
    /// Nobody: whoever the feature lets write first.
    pub rater_id: Option<i64>,
    pub role: &'a str,
    pub state: State,
}

/// A sheet without its ratings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    pub id: i64,
    pub panel_id: i64,
    pub rater_id: Option<i64>,
    pub role: String,
    pub state: State,
    pub revision_no: i32,
    pub total_h: Option<i64>,
    pub critical_failed: bool,
    pub submitted_at: Option<NaiveDateTime>,
    pub summary: String,
    pub row_version: i32,
}

/// Opens panels of one kind, as many as asked for, and returns their numbers.
pub fn open(conn: &mut Conn, kind: Kind, count: usize) -> Result<Vec<i64>> {
    #[derive(Insertable)]
    #[diesel(table_name = panel)]
    #[diesel(treat_none_as_default_value = false)]
    struct New {
        version_id: i64,
        blind: bool,
        anonymous: bool,
        min_shown: i32,
    }
    // Two who open at once would take each other's numbers for their own.
    conn.lock("panel")?;
    let last: Option<i64> = panel::table
        .select(diesel::dsl::max(panel::id))
        .first(conn)?;
    let rows: Vec<New> = std::iter::repeat_with(|| New {
        version_id: kind.version_id,
        blind: kind.blind,
        anonymous: kind.anonymous,
        min_shown: kind.min_shown,
    })
    .take(count)
    .collect();
    insert_all!(conn, panel::table, rows)?;
    Ok(panel::table
        .filter(panel::id.gt(last.unwrap_or(0)))
        .filter(panel::version_id.eq(kind.version_id))
        .order(panel::id)
        .select(panel::id)
        .load(conn)?)
}

type PanelRow = (i64, i64, bool, bool, i32, Option<NaiveDateTime>);

const PANEL: (
    panel::id,
    panel::version_id,
    panel::blind,
    panel::anonymous,
    panel::min_shown,
    panel::closed_at,
) = (
    panel::id,
    panel::version_id,
    panel::blind,
    panel::anonymous,
    panel::min_shown,
    panel::closed_at,
);

fn read_panel(row: PanelRow) -> Panel {
    let (id, version_id, blind, anonymous, min_shown, closed_at) = row;
    Panel {
        id,
        kind: Kind {
            version_id,
            blind,
            anonymous,
            min_shown,
        },
        closed_at,
    }
}

/// The panels of these numbers, in order of number.
pub fn find(conn: &mut Conn, ids: &[i64]) -> Result<Vec<Panel>> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(CHUNK) {
        let rows: Vec<PanelRow> = panel::table
            .filter(panel::id.eq_any(chunk))
            .order(panel::id)
            .select(PANEL)
            .load(conn)?;
        found.extend(rows.into_iter().map(read_panel));
    }
    Ok(found)
}

/// Takes seats.
pub fn seat(conn: &mut Conn, seats: &[Seat<'_>]) -> Result<()> {
    #[derive(Insertable)]
    #[diesel(table_name = sheet)]
    #[diesel(treat_none_as_default_value = false)]
    struct New<'a> {
        panel_id: i64,
        rater_id: Option<i64>,
        role: &'a str,
        state: &'static str,
        revision_no: i32,
        critical_failed: bool,
        summary: &'static str,
    }
    let rows: Vec<New<'_>> = seats
        .iter()
        .map(|seat| New {
            panel_id: seat.panel_id,
            rater_id: seat.rater_id,
            role: seat.role,
            state: seat.state.code(),
            revision_no: 1,
            critical_failed: false,
            summary: "",
        })
        .collect();
    insert_all!(conn, sheet::table, rows)
}

/// Gives up seats that nobody has filled in.
pub fn unseat(conn: &mut Conn, sheets: &[i64]) -> Result<()> {
    let empty = sheet::table
        .filter(sheet::id.eq_any(sheets))
        .filter(sheet::state.eq_any([State::Proposed.code(), State::Invited.code()]));
    diesel::delete(empty).execute(conn)?;
    Ok(())
}

type SheetRow = (
    i64,
    i64,
    Option<i64>,
    String,
    String,
    i32,
    Option<i64>,
    bool,
    Option<NaiveDateTime>,
    String,
    i32,
);

const SHEET: (
    sheet::id,
    sheet::panel_id,
    sheet::rater_id,
    sheet::role,
    sheet::state,
    sheet::revision_no,
    sheet::total_h,
    sheet::critical_failed,
    sheet::submitted_at,
    sheet::summary,
    sheet::row_version,
) = (
    sheet::id,
    sheet::panel_id,
    sheet::rater_id,
    sheet::role,
    sheet::state,
    sheet::revision_no,
    sheet::total_h,
    sheet::critical_failed,
    sheet::submitted_at,
    sheet::summary,
    sheet::row_version,
);

fn read(row: SheetRow) -> Result<Sheet> {
    let (
        id,
        panel_id,
        rater_id,
        role,
        state,
        revision_no,
        total_h,
        critical_failed,
        at,
        summary,
        v,
    ) = row;
    Ok(Sheet {
        id,
        panel_id,
        rater_id,
        role,
        state: State::parse(&state)
            .ok_or_else(|| Error::Conflict(Message::new("card-unreadable").with("code", &state)))?,
        revision_no,
        total_h,
        critical_failed,
        submitted_at: at,
        summary,
        row_version: v,
    })
}

/// The sheets of some panels, without their ratings, in order of number.
pub fn sheets(conn: &mut Conn, panels: &[i64]) -> Result<Vec<Sheet>> {
    let mut found = Vec::new();
    for chunk in panels.chunks(CHUNK) {
        let rows: Vec<SheetRow> = sheet::table
            .filter(sheet::panel_id.eq_any(chunk))
            .order(sheet::id)
            .select(SHEET)
            .load(conn)?;
        for row in rows {
            found.push(read(row)?);
        }
    }
    Ok(found)
}

/// Somebody by name: number in the database, employee number, names.
pub type Person = (i64, String, String, String);

/// A sheet, the panel it is in, the card it is judged by and who wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seated {
    pub sheet: Sheet,
    pub panel: Panel,
    /// Code and version.
    pub card: (String, i32),
    pub rater: Option<Person>,
}

/// As [`sheets`], each with its panel, card and writer: one query.
pub fn seated(conn: &mut Conn, panels: &[i64]) -> Result<Vec<Seated>> {
    type Row = (SheetRow, PanelRow, (String, i32), Option<Person>);
    let rows: Vec<Row> = sheet::table
        .inner_join(panel::table.inner_join(scorecard_version::table.inner_join(scorecard::table)))
        .left_join(staff::table)
        .filter(sheet::panel_id.eq_any(panels))
        .order(sheet::id)
        .select((
            SHEET,
            PANEL,
            (scorecard::code, scorecard_version::version_no),
            (staff::id, staff::employee_no, staff::name, staff::name_en).nullable(),
        ))
        .load(conn)?;
    rows.into_iter()
        .map(|(sheet, panel, card, rater)| {
            Ok(Seated {
                sheet: read(sheet)?,
                panel: read_panel(panel),
                card,
                rater,
            })
        })
        .collect()
}

/// The ratings of some sheets, in the order of the criteria.
pub fn ratings(conn: &mut Conn, sheets: &[i64]) -> Result<HashMap<i64, Vec<Rating>>> {
    type Row = (i64, String, Option<i64>, bool, String, String);
    let mut found: HashMap<i64, Vec<Rating>> = HashMap::new();
    for chunk in sheets.chunks(CHUNK) {
        let rows: Vec<Row> = rating::table
            .inner_join(criterion::table)
            .filter(rating::sheet_id.eq_any(chunk))
            .order((rating::sheet_id, criterion::position))
            .select((
                rating::sheet_id,
                criterion::code,
                rating::points_h,
                rating::not_applicable,
                rating::note,
                rating::evidence,
            ))
            .load(conn)?;
        for (sheet_id, criterion, points_h, not_applicable, note, evidence) in rows {
            found.entry(sheet_id).or_default().push(Rating {
                criterion,
                evidence,
                not_applicable,
                note,
                points_h,
            });
        }
    }
    Ok(found)
}

/// How somebody rated one criterion in a panel.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Rated {
    pub panel_id: i64,
    pub rater_id: Option<i64>,
    pub criterion: String,
    /// Hundredths.
    pub points_h: i64,
}

/// Every rating of the submitted sheets of a role in some panels, in order of panel and criterion: what the
/// statistics over raters read. Anonymous panels give none.
pub fn given(conn: &mut Conn, panels: &[i64], role: &str) -> Result<Vec<Rated>> {
    let mut found = Vec::new();
    for chunk in panels.chunks(CHUNK) {
        let rows: Vec<(i64, Option<i64>, String, Option<i64>)> = rating::table
            .inner_join(criterion::table)
            .inner_join(sheet::table.inner_join(panel::table))
            .filter(panel::id.eq_any(chunk))
            .filter(panel::anonymous.eq(false))
            .filter(sheet::role.eq(role))
            .filter(sheet::state.eq(State::Submitted.code()))
            .filter(rating::points_h.is_not_null())
            .order((sheet::panel_id, sheet::id, criterion::position))
            .select((
                sheet::panel_id,
                sheet::rater_id,
                criterion::code,
                rating::points_h,
            ))
            .load(conn)?;
        found.extend(
            rows.into_iter()
                .filter_map(|(panel_id, rater_id, criterion, points)| {
                    Some(Rated {
                        panel_id,
                        rater_id,
                        criterion,
                        points_h: points?,
                    })
                }),
        );
    }
    Ok(found)
}

/// The sheet as the sender saw it, in a panel that still takes sheets. An anonymous panel is held until the
/// transaction ends, so that it is not closed meanwhile.
fn as_seen(conn: &mut Conn, sheet_id: i64, seen: i32) -> Result<(Sheet, Panel)> {
    let row: Option<SheetRow> = sheet::table
        .find(sheet_id)
        .select(SHEET)
        .first(conn)
        .optional()?;
    let Some(row) = row else {
        return Err(Error::NotFound(Message::new("sheet-not-found")));
    };
    let sheet = read(row)?;
    let open = panel::table
        .filter(panel::id.eq(sheet.panel_id))
        .filter(panel::closed_at.is_null());
    // Nothing changes but the row's lock.
    let held = diesel::update(open)
        .set(panel::row_version.eq(panel::row_version))
        .execute(conn)?;
    let panel = find(conn, &[sheet.panel_id])?.into_iter().next();
    match panel {
        Some(panel) if held > 0 && sheet.row_version == seen => Ok((sheet, panel)),
        Some(_) if held > 0 => Err(Error::Conflict(Message::new("form-conflict"))),
        _ => Err(Error::Conflict(Message::new("panel-closed"))),
    }
}

/// Takes a sheet to its next state: invited, declined, given back to be changed.
///
/// # Errors
/// `Conflict` when it was changed since `seen`, is not on that path, or its panel is closed.
pub fn step(conn: &mut Conn, sheet_id: i64, seen: i32, next: State) -> Result<()> {
    let (sheet, _) = as_seen(conn, sheet_id, seen)?;
    if next == State::Submitted || !sheet.state.may_become(next) {
        return Err(Error::Conflict(Message::new("form-conflict")));
    }
    write(conn, &sheet, |changed| changed.state = next.code())
}

/// Declines a seat, with the reason in place of a judgement.
///
/// # Errors
/// As [`step`].
pub fn decline(conn: &mut Conn, sheet_id: i64, seen: i32, reason: &str) -> Result<()> {
    let (sheet, _) = as_seen(conn, sheet_id, seen)?;
    if !sheet.state.may_become(State::Declined) {
        return Err(Error::Conflict(Message::new("form-conflict")));
    }
    write(conn, &sheet, |changed| {
        changed.state = State::Declined.code();
        changed.summary = reason;
    })
}

/// Notes what those on a panel said to one another about ratings that lie far apart.
///
/// # Errors
/// `Conflict` when the panel is closed.
pub fn discuss(conn: &mut Conn, panel_id: i64, note: &str) -> Result<()> {
    let open = panel::table
        .filter(panel::id.eq(panel_id))
        .filter(panel::closed_at.is_null());
    let written = diesel::update(open)
        .set((
            panel::discussion_note.eq(note),
            panel::row_version.eq(panel::row_version + 1),
        ))
        .execute(conn)?;
    if written == 0 {
        return Err(Error::Conflict(Message::new("panel-closed")));
    }
    Ok(())
}

/// Gives a sheet that is not sent to another writer, who is as good as at it: it counts as begun.
///
/// # Errors
/// `Conflict` when it was changed since `seen`, is sent, or its panel is closed.
pub fn pass_on(conn: &mut Conn, sheet_id: i64, seen: i32, rater_id: i64) -> Result<()> {
    let (sheet, _) = as_seen(conn, sheet_id, seen)?;
    if !sheet.state.is_open() {
        return Err(Error::Conflict(Message::new("form-conflict")));
    }
    write(conn, &sheet, |changed| {
        changed.rater_id = Some(rater_id);
        changed.state = State::Draft.code();
    })
}

/// What of a sheet changes.
struct Change<'a> {
    rater_id: Option<i64>,
    state: &'static str,
    revision_no: i32,
    total_h: Option<i64>,
    critical_failed: bool,
    submitted_at: Option<NaiveDateTime>,
    summary: &'a str,
}

/// Writes a sheet that is still as it was read.
///
/// # Errors
/// `Conflict` when it is not.
fn write<'a>(conn: &mut Conn, read: &'a Sheet, change: impl FnOnce(&mut Change<'a>)) -> Result<()> {
    let mut changed = Change {
        rater_id: read.rater_id,
        state: read.state.code(),
        revision_no: read.revision_no,
        total_h: read.total_h,
        critical_failed: read.critical_failed,
        submitted_at: read.submitted_at,
        summary: &read.summary,
    };
    change(&mut changed);
    let as_read = sheet::table
        .filter(sheet::id.eq(read.id))
        .filter(sheet::row_version.eq(read.row_version));
    let written = diesel::update(as_read)
        .set((
            sheet::rater_id.eq(changed.rater_id),
            sheet::state.eq(changed.state),
            sheet::revision_no.eq(changed.revision_no),
            sheet::total_h.eq(changed.total_h),
            sheet::critical_failed.eq(changed.critical_failed),
            sheet::submitted_at.eq(changed.submitted_at),
            sheet::summary.eq(changed.summary),
            sheet::row_version.eq(read.row_version + 1),
        ))
        .execute(conn)?;
    if written == 0 {
        return Err(Error::Conflict(Message::new("form-conflict")));
    }
    Ok(())
}

/// What somebody sends.
pub struct Sent<'a> {
    pub sheet_id: i64,
    /// The row version they saw.
    pub seen: i32,
    /// Who writes: takes the seat where it is somebody else's or nobody's.
    pub rater_id: Option<i64>,
    pub ratings: &'a [Rating],
    pub summary: &'a str,
    /// Less weight rated than this gives no total.
    pub min_bp: i64,
}

#[derive(Insertable)]
#[diesel(table_name = rating)]
#[diesel(treat_none_as_default_value = false)]
struct NewRating<'a> {
    sheet_id: i64,
    criterion_id: i64,
    points_h: Option<i64>,
    not_applicable: bool,
    note: &'a str,
    evidence: &'a str,
}

fn rows_of<'a>(
    sheet_id: i64,
    ratings: &'a [Rating],
    criteria: &[(i64, String)],
) -> Vec<NewRating<'a>> {
    ratings
        .iter()
        .filter_map(|r| {
            let (criterion_id, _) = criteria.iter().find(|(_, code)| *code == r.criterion)?;
            Some(NewRating {
                sheet_id,
                criterion_id: *criterion_id,
                points_h: r.points_h,
                not_applicable: r.not_applicable,
                note: &r.note,
                evidence: &r.evidence,
            })
        })
        .collect()
}

fn replace_ratings(conn: &mut Conn, panel: &Panel, sent: &Sent<'_>) -> Result<()> {
    diesel::delete(rating::table.filter(rating::sheet_id.eq(sent.sheet_id))).execute(conn)?;
    let criteria = cards::criteria(conn, panel.kind.version_id)?;
    let rows = rows_of(sent.sheet_id, sent.ratings, &criteria);
    insert_all!(conn, rating::table, rows)
}

/// Submits a sheet: from now on it is frozen.
///
/// # Errors
/// `Conflict` when it was changed since it was seen, is not open, or its panel is closed.
pub fn submit(conn: &mut Conn, sent: &Sent<'_>, at: NaiveDateTime) -> Result<()> {
    let (sheet, panel) = as_seen(conn, sent.sheet_id, sent.seen)?;
    if !sheet.state.is_open() {
        return Err(Error::Conflict(Message::new("form-conflict")));
    }
    let card = cards::version(conn, panel.kind.version_id)?.card;
    let total = card.total(sent.ratings, sent.min_bp);
    replace_ratings(conn, &panel, sent)?;
    write(conn, &sheet, |changed| {
        changed.rater_id = sent.rater_id;
        changed.state = State::Submitted.code();
        changed.total_h = total.total_h;
        changed.critical_failed = total.critical_failed;
        changed.submitted_at = Some(at);
        changed.summary = sent.summary;
    })
}

/// Changes a submitted sheet, with the reason; the sheet as it was stays in full.
///
/// # Errors
/// `Conflict` when it was changed since it was seen, is not submitted, or its panel is closed or anonymous;
/// `Invalid` without a reason.
pub fn amend(conn: &mut Conn, sent: &Sent<'_>, reason: &str, actor: &Actor) -> Result<()> {
    if reason.trim().is_empty() {
        return Err(Error::invalid(Message::new("sheet-no-reason")));
    }
    let (sheet, panel) = as_seen(conn, sent.sheet_id, sent.seen)?;
    if sheet.state != State::Submitted || panel.kind.anonymous {
        return Err(Error::Conflict(Message::new("form-conflict")));
    }
    let before = Content {
        critical_failed: sheet.critical_failed,
        ratings: ratings(conn, &[sheet.id])?
            .remove(&sheet.id)
            .unwrap_or_default(),
        summary: sheet.summary.clone(),
        total_h: sheet.total_h,
    };
    let before_json = canonical(&before)?;
    diesel::insert_into(sheet_amendment::table)
        .values((
            sheet_amendment::sheet_id.eq(sheet.id),
            sheet_amendment::revision_no.eq(sheet.revision_no),
            sheet_amendment::reason.eq(reason.trim()),
            sheet_amendment::amended_by.eq(&actor.name),
            sheet_amendment::amended_at.eq(actor.at),
            sheet_amendment::before_sha256.eq(sha256_hex(&[before_json.as_bytes()])),
            sheet_amendment::before_json.eq(&before_json),
        ))
        .execute(conn)?;
    let card = cards::version(conn, panel.kind.version_id)?.card;
    let total = card.total(sent.ratings, sent.min_bp);
    replace_ratings(conn, &panel, sent)?;
    write(conn, &sheet, |changed| {
        changed.revision_no += 1;
        changed.total_h = total.total_h;
        changed.critical_failed = total.critical_failed;
        changed.summary = sent.summary;
    })
}

/// An earlier version of a sheet.
#[derive(Clone, Debug)]
pub struct Amendment {
    pub revision_no: i32,
    pub reason: String,
    /// A login.
    pub amended_by: String,
    pub amended_at: NaiveDateTime,
    pub before: Content,
}

/// The earlier versions of a sheet, the newest first.
pub fn amendments(conn: &mut Conn, sheet_id: i64) -> Result<Vec<Amendment>> {
    let rows: Vec<(i32, String, String, NaiveDateTime, String)> = sheet_amendment::table
        .filter(sheet_amendment::sheet_id.eq(sheet_id))
        .order(sheet_amendment::revision_no.desc())
        .select((
            sheet_amendment::revision_no,
            sheet_amendment::reason,
            sheet_amendment::amended_by,
            sheet_amendment::amended_at,
            sheet_amendment::before_json,
        ))
        .load(conn)?;
    rows.into_iter()
        .map(|(revision_no, reason, amended_by, amended_at, before)| {
            Ok(Amendment {
                revision_no,
                reason,
                amended_by,
                amended_at,
                before: serde_json::from_str(&before)?,
            })
        })
        .collect()
}

/// Closes panels: no sheet comes in or changes any more. Returns how many sheets each panel that was open now holds,
/// in order of number.
pub fn close(conn: &mut Conn, panels: &[i64], at: NaiveDateTime) -> Result<Vec<(i64, i64)>> {
    let mut closed = Vec::new();
    for chunk in panels.chunks(CHUNK) {
        let open = panel::table
            .filter(panel::id.eq_any(chunk))
            .filter(panel::closed_at.is_null());
        let now: Vec<i64> = diesel::update(open)
            .set((
                panel::closed_at.eq(at),
                panel::row_version.eq(panel::row_version + 1),
            ))
            .returning(panel::id)
            .get_results(conn)?;
        let found = find(conn, &now)?;
        let secret: Vec<i64> = found
            .iter()
            .filter(|p| p.kind.anonymous)
            .map(|p| p.id)
            .collect();
        forget_authors(conn, &secret, at)?;
        let counts: HashMap<i64, i64> = sheet::table
            .filter(sheet::panel_id.eq_any(&now))
            .filter(sheet::state.eq(State::Submitted.code()))
            .group_by(sheet::panel_id)
            .select((sheet::panel_id, count_star()))
            .load::<(i64, i64)>(conn)?
            .into_iter()
            .collect();
        closed.extend(
            found
                .iter()
                .map(|p| (p.id, counts.get(&p.id).copied().unwrap_or(0))),
        );
    }
    Ok(closed)
}

#[derive(Insertable)]
#[diesel(table_name = sheet)]
#[diesel(treat_none_as_default_value = false)]
struct Nameless {
    panel_id: i64,
    rater_key: String,
    role: String,
    state: &'static str,
    revision_no: i32,
    total_h: Option<i64>,
    critical_failed: bool,
    submitted_at: NaiveDateTime,
    summary: String,
}

/// Writes the submitted sheets of anonymous panels anew, in a random order, and takes away every seat.
fn forget_authors(conn: &mut Conn, panels: &[i64], at: NaiveDateTime) -> Result<()> {
    let before = sheets(conn, panels)?;
    let mut kept: Vec<(String, Sheet)> = before
        .iter()
        .filter(|s| s.state == State::Submitted)
        .map(|s| (format!("{:032x}", rand::random::<u128>()), s.clone()))
        .collect();
    kept.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    let ids: Vec<i64> = kept.iter().map(|(_, s)| s.id).collect();
    type Row = (i64, i64, Option<i64>, bool, String, String);
    let mut of_sheet: HashMap<i64, Vec<Row>> = HashMap::new();
    for chunk in ids.chunks(CHUNK) {
        let rows: Vec<Row> = rating::table
            .filter(rating::sheet_id.eq_any(chunk))
            .order((rating::sheet_id, rating::criterion_id))
            .load(conn)?;
        for row in rows {
            of_sheet.entry(row.0).or_default().push(row);
        }
    }
    let all: Vec<i64> = before.iter().map(|s| s.id).collect();
    for chunk in all.chunks(CHUNK) {
        diesel::delete(rating::table.filter(rating::sheet_id.eq_any(chunk))).execute(conn)?;
        diesel::delete(sheet::table.filter(sheet::id.eq_any(chunk))).execute(conn)?;
    }
    let rows: Vec<Nameless> = kept
        .iter()
        .map(|(key, s)| Nameless {
            panel_id: s.panel_id,
            rater_key: key.clone(),
            role: s.role.clone(),
            state: State::Submitted.code(),
            revision_no: 1,
            total_h: s.total_h,
            critical_failed: s.critical_failed,
            submitted_at: at,
            summary: s.summary.clone(),
        })
        .collect();
    insert_all!(conn, sheet::table, rows)?;
    let mut new_ids: HashMap<String, i64> = HashMap::new();
    for chunk in panels.chunks(CHUNK) {
        let rows: Vec<(Option<String>, i64)> = sheet::table
            .filter(sheet::panel_id.eq_any(chunk))
            .select((sheet::rater_key, sheet::id))
            .load(conn)?;
        new_ids.extend(rows.into_iter().filter_map(|(key, id)| Some((key?, id))));
    }
    let ratings: Vec<NewRating<'_>> = kept
        .iter()
        .flat_map(|(key, s)| {
            let new_id = new_ids.get(key).copied();
            let rows = of_sheet.get(&s.id).map_or(&[][..], Vec::as_slice);
            rows.iter()
                .filter_map(move |(_, criterion_id, points_h, na, note, evidence)| {
                    Some(NewRating {
                        sheet_id: new_id?,
                        criterion_id: *criterion_id,
                        points_h: *points_h,
                        not_applicable: *na,
                        note,
                        evidence,
                    })
                })
        })
        .collect();
    insert_all!(conn, rating::table, ratings)
}

/// How far a panel is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Asked and not declined.
    pub asked: i64,
    pub submitted: i64,
    pub declined: i64,
    pub proposed: i64,
}

/// How far each of some panels is; those without a seat are left out.
pub fn progress(conn: &mut Conn, panels: &[i64]) -> Result<HashMap<i64, Progress>> {
    let mut found: HashMap<i64, Progress> = HashMap::new();
    for chunk in panels.chunks(CHUNK) {
        let rows: Vec<(i64, String, i64)> = sheet::table
            .filter(sheet::panel_id.eq_any(chunk))
            .group_by((sheet::panel_id, sheet::state))
            .select((sheet::panel_id, sheet::state, count_star()))
            .load(conn)?;
        for (panel_id, state, count) in rows {
            let progress = found.entry(panel_id).or_default();
            match State::parse(&state) {
                Some(State::Submitted) => {
                    progress.submitted += count;
                    progress.asked += count;
                }
                Some(State::Invited | State::Draft) => progress.asked += count,
                Some(State::Declined) => progress.declined += count,
                Some(State::Proposed) => progress.proposed += count,
                None => {}
            }
        }
    }
    Ok(found)
}

/// What may be read of a panel by those who have no seat in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    pub outcome: Outcome,
    /// Notes by criterion, in the order of their words: nothing else orders them.
    pub notes: Vec<(String, Vec<String>)>,
    /// The closing words of each sheet, in the order of their words.
    pub summaries: Vec<String>,
}

/// What each of some panels, all judged by `card`, comes to, where that may be read: of an anonymous panel once it is
/// closed and enough sheets are in, else nothing.
pub fn outcomes(
    conn: &mut Conn,
    panels: &[i64],
    card: &Card,
    min_bp: i64,
) -> Result<HashMap<i64, Shown>> {
    let found = find(conn, panels)?;
    let submitted: Vec<Sheet> = sheets(conn, panels)?
        .into_iter()
        .filter(|s| s.state == State::Submitted)
        .collect();
    let mut count: HashMap<i64, i64> = HashMap::new();
    for sheet in &submitted {
        *count.entry(sheet.panel_id).or_default() += 1;
    }
    let open: HashSet<i64> = found
        .iter()
        .filter(|p| {
            p.secrecy()
                .shows_outcome(count.get(&p.id).copied().unwrap_or(0), None)
        })
        .map(|p| p.id)
        .collect();
    let readable: Vec<&Sheet> = submitted
        .iter()
        .filter(|s| open.contains(&s.panel_id))
        .collect();
    let ids: Vec<i64> = readable.iter().map(|s| s.id).collect();
    let mut of_sheet = ratings(conn, &ids)?;
    let mut of_panel: HashMap<i64, Vec<(&Sheet, Vec<Rating>)>> = HashMap::new();
    for sheet in readable {
        let rated = of_sheet.remove(&sheet.id).unwrap_or_default();
        of_panel
            .entry(sheet.panel_id)
            .or_default()
            .push((sheet, rated));
    }
    Ok(of_panel
        .into_iter()
        .map(|(panel_id, sheets)| (panel_id, together(sheets, card, min_bp)))
        .collect())
}

/// What one panel comes to, as [`outcomes`], of sheets and ratings that are read already.
#[must_use]
pub fn outcome_of(
    panel: &Panel,
    sheets: Vec<(&Sheet, Vec<Rating>)>,
    card: &Card,
    min_bp: i64,
) -> Option<Shown> {
    let submitted: Vec<(&Sheet, Vec<Rating>)> = sheets
        .into_iter()
        .filter(|(sheet, _)| sheet.panel_id == panel.id && sheet.state == State::Submitted)
        .collect();
    let n = i64::try_from(submitted.len()).unwrap_or(i64::MAX);
    (panel.secrecy().shows_outcome(n, None) && n > 0).then(|| together(submitted, card, min_bp))
}

/// Puts submitted sheets of a panel together.
fn together(sheets: Vec<(&Sheet, Vec<Rating>)>, card: &Card, min_bp: i64) -> Shown {
    let mut summaries: Vec<String> = sheets
        .iter()
        .map(|(sheet, _)| sheet.summary.clone())
        .filter(|summary| !summary.is_empty())
        .collect();
    summaries.sort_unstable();
    let rated: Vec<Vec<Rating>> = sheets.into_iter().map(|(_, rated)| rated).collect();
    let notes = card.criteria.iter().map(|criterion| {
        let mut notes: Vec<String> = rated
            .iter()
            .flatten()
            .filter(|r| r.criterion == criterion.code && !r.note.is_empty())
            .map(|r| r.note.clone())
            .collect();
        notes.sort_unstable();
        (criterion.code.clone(), notes)
    });
    Shown {
        notes: notes.collect(),
        outcome: outcome(card, &rated, min_bp),
        summaries,
    }
}
