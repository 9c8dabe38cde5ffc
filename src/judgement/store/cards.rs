//! Scorecards and their versions. A draft is changed in place; what is published stays, and the next change
//! begins a new version.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDateTime;
use diesel::prelude::*;
use serde_json::json;

use crate::audit::{self, Actor};
use crate::db::Conn;
use crate::db::schema::{criterion, criterion_level, scorecard, scorecard_version as version};
use crate::error::{Error, Message, Result};
use crate::insert_all;
use crate::judgement::model::card::{Card, Criterion, Level, Method, Purpose};
use crate::snapshots::{canonical, sha256_hex};

/// State of a version that may be used and no longer changes.
const PUBLISHED: &str = "published";

/// State of a version that is being written.
const DRAFT: &str = "draft";

/// A version of a card as it is stored.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Of the version.
    pub id: i64,
    pub card: Card,
    pub published_at: Option<NaiveDateTime>,
    /// A login.
    pub published_by: Option<String>,
    pub retired: bool,
    /// Of the card: every change of any version raises it.
    pub row_version: i32,
}

impl Stored {
    /// Whether it may be used.
    #[must_use]
    pub fn is_published(&self) -> bool {
        self.published_at.is_some()
    }
}

type CardRow = (String, String, String, String, Option<NaiveDateTime>, i32);
type VersionRow = (
    i64,
    i32,
    String,
    Option<i64>,
    Option<String>,
    Option<NaiveDateTime>,
);
type CriterionRow = (
    i64,
    i64,
    String,
    String,
    String,
    i64,
    bool,
    bool,
    Option<i64>,
    Option<i64>,
    Option<i64>,
);

const CARD: (
    scorecard::code,
    scorecard::purpose,
    scorecard::name_zh,
    scorecard::name_en,
    scorecard::retired_at,
    scorecard::row_version,
) = (
    scorecard::code,
    scorecard::purpose,
    scorecard::name_zh,
    scorecard::name_en,
    scorecard::retired_at,
    scorecard::row_version,
);

const VERSION: (
    version::id,
    version::version_no,
    version::method,
    version::pass_h,
    version::published_by,
    version::published_at,
) = (
    version::id,
    version::version_no,
    version::method,
    version::pass_h,
    version::published_by,
    version::published_at,
);

/// Puts versions together with their criteria and levels: two queries however many they are.
fn assemble(conn: &mut Conn, rows: Vec<(CardRow, VersionRow)>) -> Result<Vec<Stored>> {
    let ids: Vec<i64> = rows.iter().map(|(_, v)| v.0).collect();
    let criteria: Vec<CriterionRow> = criterion::table
        .filter(criterion::version_id.eq_any(&ids))
        .order((criterion::version_id, criterion::position))
        .select((
            criterion::id,
            criterion::version_id,
            criterion::code,
            criterion::name_zh,
            criterion::name_en,
            criterion::weight_bp,
            criterion::critical,
            criterion::na_allowed,
            criterion::max_deduction_h,
            criterion::note_below_h,
            criterion::note_above_h,
        ))
        .load(conn)?;
    let of_versions = criterion::table
        .filter(criterion::version_id.eq_any(&ids))
        .select(criterion::id);
    let rows_of_levels: Vec<(i64, i64, String, String)> = criterion_level::table
        .filter(criterion_level::criterion_id.eq_any(of_versions))
        .order((criterion_level::criterion_id, criterion_level::points_h))
        .load(conn)?;
    let mut levels: HashMap<i64, Vec<Level>> = HashMap::new();
    for (criterion_id, points_h, anchor_zh, anchor_en) in rows_of_levels {
        levels.entry(criterion_id).or_default().push(Level {
            anchor_en,
            anchor_zh,
            points_h,
        });
    }
    let mut of_version: HashMap<i64, Vec<Criterion>> = HashMap::new();
    for (id, version_id, code, name_zh, name_en, weight_bp, critical, na, most, below, above) in
        criteria
    {
        of_version.entry(version_id).or_default().push(Criterion {
            code,
            critical,
            levels: levels.remove(&id).unwrap_or_default(),
            max_deduction_h: most,
            na_allowed: na,
            name_en,
            name_zh,
            note_above_h: above,
            note_below_h: below,
            weight_bp,
        });
    }
    rows.into_iter()
        .map(|(card, version)| {
            let (code, purpose, name_zh, name_en, retired_at, row_version) = card;
            let (id, version_no, method, pass_h, published_by, published_at) = version;
            let unknown = || Error::Conflict(Message::new("card-unreadable").with("code", &code));
            Ok(Stored {
                id,
                card: Card {
                    criteria: of_version.remove(&id).unwrap_or_default(),
                    method: Method::parse(&method).ok_or_else(unknown)?,
                    purpose: Purpose::parse(&purpose).ok_or_else(unknown)?,
                    code,
                    name_en,
                    name_zh,
                    pass_h,
                    version_no,
                },
                published_at,
                published_by,
                retired: retired_at.is_some(),
                row_version,
            })
        })
        .collect()
}

/// Keeps the last of each card: rows stand in order of code and version.
fn last_of_each(rows: Vec<(CardRow, VersionRow)>) -> Vec<(CardRow, VersionRow)> {
    let mut last: Vec<(CardRow, VersionRow)> = Vec::new();
    for row in rows {
        match last.last_mut() {
            Some(before) if before.0.0 == row.0.0 => *before = row,
            _ => last.push(row),
        }
    }
    last
}

/// The newest published version of every card in use, by code, with its number in the database.
pub fn published(conn: &mut Conn) -> Result<BTreeMap<String, (i64, Card)>> {
    let rows: Vec<(CardRow, VersionRow)> = version::table
        .inner_join(scorecard::table)
        .filter(version::state.eq(PUBLISHED))
        .filter(scorecard::retired_at.is_null())
        .order((scorecard::code, version::version_no))
        .select((CARD, VERSION))
        .load(conn)?;
    Ok(assemble(conn, last_of_each(rows))?
        .into_iter()
        .map(|stored| (stored.card.code.clone(), (stored.id, stored.card)))
        .collect())
}

/// The newest version of every card, published or not, in order of code.
pub fn newest(conn: &mut Conn) -> Result<Vec<Stored>> {
    let rows: Vec<(CardRow, VersionRow)> = version::table
        .inner_join(scorecard::table)
        .order((scorecard::code, version::version_no))
        .select((CARD, VERSION))
        .load(conn)?;
    assemble(conn, last_of_each(rows))
}

/// Every version of a card, the newest first.
///
/// # Errors
/// `NotFound` where there is none of this code.
pub fn versions(conn: &mut Conn, code: &str) -> Result<Vec<Stored>> {
    let rows: Vec<(CardRow, VersionRow)> = version::table
        .inner_join(scorecard::table)
        .filter(scorecard::code.eq(code))
        .order(version::version_no.desc())
        .select((CARD, VERSION))
        .load(conn)?;
    if rows.is_empty() {
        return Err(Error::NotFound(
            Message::new("card-not-found").with("code", code),
        ));
    }
    assemble(conn, rows)
}

/// The version of a number in the database.
///
/// # Errors
/// `NotFound` where there is none.
pub fn version(conn: &mut Conn, id: i64) -> Result<Stored> {
    let rows: Vec<(CardRow, VersionRow)> = version::table
        .inner_join(scorecard::table)
        .filter(version::id.eq(id))
        .select((CARD, VERSION))
        .load(conn)?;
    let found = assemble(conn, rows)?.into_iter().next();
    found.ok_or_else(|| Error::NotFound(Message::new("card-not-found").with("code", id)))
}

/// The versions of some numbers in the database, by number: three queries however many they are.
pub fn some(conn: &mut Conn, ids: &[i64]) -> Result<HashMap<i64, Card>> {
    let rows: Vec<(CardRow, VersionRow)> = version::table
        .inner_join(scorecard::table)
        .filter(version::id.eq_any(ids))
        .order((scorecard::code, version::version_no))
        .select((CARD, VERSION))
        .load(conn)?;
    let found = assemble(conn, rows)?.into_iter();
    Ok(found.map(|stored| (stored.id, stored.card)).collect())
}

/// The number in the database of a version of a card.
///
/// # Errors
/// `NotFound` where there is none.
pub fn version_id(conn: &mut Conn, code: &str, version_no: i32) -> Result<i64> {
    version::table
        .inner_join(scorecard::table)
        .filter(scorecard::code.eq(code))
        .filter(version::version_no.eq(version_no))
        .select(version::id)
        .first(conn)
        .optional()?
        .ok_or_else(|| Error::NotFound(Message::new("card-not-found").with("code", code)))
}

/// Adds a card with a draft of its first version.
///
/// # Errors
/// `Conflict` where the code is taken.
pub fn create(conn: &mut Conn, new: &Card, actor: &Actor) -> Result<()> {
    conn.lock("scorecard")?;
    let known: i64 = scorecard::table
        .filter(scorecard::code.eq(&new.code))
        .count()
        .get_result(conn)?;
    if known > 0 {
        return Err(Error::Conflict(
            Message::new("card-code-taken").with("code", &new.code),
        ));
    }
    insert_card(conn, new)?;
    audit::append(conn, actor, "scorecard.create", &new.code, &json!(new))
}

fn insert_card(conn: &mut Conn, new: &Card) -> Result<i64> {
    let id: i64 = diesel::insert_into(scorecard::table)
        .values((
            scorecard::code.eq(&new.code),
            scorecard::purpose.eq(new.purpose.code()),
            scorecard::name_zh.eq(&new.name_zh),
            scorecard::name_en.eq(&new.name_en),
        ))
        .returning(scorecard::id)
        .get_result(conn)?;
    insert_version(conn, id, 1, new)
}

fn insert_version(conn: &mut Conn, card_id: i64, version_no: i32, card: &Card) -> Result<i64> {
    let id: i64 = diesel::insert_into(version::table)
        .values((
            version::scorecard_id.eq(card_id),
            version::version_no.eq(version_no),
            version::state.eq(DRAFT),
            version::method.eq(card.method.code()),
            version::pass_h.eq(card.pass_h),
        ))
        .returning(version::id)
        .get_result(conn)?;
    insert_criteria(conn, id, card)?;
    Ok(id)
}

#[derive(Insertable)]
#[diesel(table_name = criterion)]
#[diesel(treat_none_as_default_value = false)]
struct NewCriterion<'a> {
    version_id: i64,
    position: i32,
    code: &'a str,
    name_zh: &'a str,
    name_en: &'a str,
    weight_bp: i64,
    critical: bool,
    na_allowed: bool,
    max_deduction_h: Option<i64>,
    note_below_h: Option<i64>,
    note_above_h: Option<i64>,
}

#[derive(Insertable)]
#[diesel(table_name = criterion_level)]
#[diesel(treat_none_as_default_value = false)]
struct NewLevel<'a> {
    criterion_id: i64,
    points_h: i64,
    anchor_zh: &'a str,
    anchor_en: &'a str,
}

fn insert_criteria(conn: &mut Conn, version_id: i64, card: &Card) -> Result<()> {
    let rows: Vec<NewCriterion<'_>> = card
        .criteria
        .iter()
        .zip(1..)
        .map(|(c, position)| NewCriterion {
            version_id,
            position,
            code: &c.code,
            name_zh: &c.name_zh,
            name_en: &c.name_en,
            weight_bp: c.weight_bp,
            critical: c.critical,
            na_allowed: c.na_allowed,
            max_deduction_h: c.max_deduction_h,
            note_below_h: c.note_below_h,
            note_above_h: c.note_above_h,
        })
        .collect();
    insert_all!(conn, criterion::table, rows)?;
    let ids = criteria(conn, version_id)?;
    let rows: Vec<NewLevel<'_>> = card
        .criteria
        .iter()
        .zip(&ids)
        .flat_map(|(c, (criterion_id, _))| {
            c.levels.iter().map(|level| NewLevel {
                criterion_id: *criterion_id,
                points_h: level.points_h,
                anchor_zh: &level.anchor_zh,
                anchor_en: &level.anchor_en,
            })
        })
        .collect();
    insert_all!(conn, criterion_level::table, rows)
}

/// Number in the database and code of each criterion of a version, in order.
pub(super) fn criteria(conn: &mut Conn, version_id: i64) -> Result<Vec<(i64, String)>> {
    Ok(criterion::table
        .filter(criterion::version_id.eq(version_id))
        .order(criterion::position)
        .select((criterion::id, criterion::code))
        .load(conn)?)
}

/// Raises the row version of a card that is still as it was `seen`, and returns its number in the database.
fn touch(conn: &mut Conn, code: &str, seen: i32) -> Result<i64> {
    let known: i64 = scorecard::table
        .filter(scorecard::code.eq(code))
        .count()
        .get_result(conn)?;
    if known == 0 {
        return Err(Error::NotFound(
            Message::new("card-not-found").with("code", code),
        ));
    }
    let as_seen = scorecard::table
        .filter(scorecard::code.eq(code))
        .filter(scorecard::row_version.eq(seen));
    diesel::update(as_seen)
        .set(scorecard::row_version.eq(seen + 1))
        .returning(scorecard::id)
        .get_result(conn)
        .optional()?
        .ok_or_else(|| Error::Conflict(Message::new("form-conflict")))
}

/// Number, version number and state of the newest version of a card.
fn newest_version(conn: &mut Conn, card_id: i64) -> Result<(i64, i32, String)> {
    Ok(version::table
        .filter(version::scorecard_id.eq(card_id))
        .order(version::version_no.desc())
        .select((version::id, version::version_no, version::state))
        .first(conn)?)
}

/// Stores a card as it reads now: into the draft there is, else as the draft of the next version.
///
/// # Errors
/// `Conflict` when somebody else changed the card since `seen`.
pub fn revise(conn: &mut Conn, changed: &Card, seen: i32, actor: &Actor) -> Result<()> {
    conn.lock("scorecard")?;
    let card_id = touch(conn, &changed.code, seen)?;
    diesel::update(scorecard::table.find(card_id))
        .set((
            scorecard::name_zh.eq(&changed.name_zh),
            scorecard::name_en.eq(&changed.name_en),
        ))
        .execute(conn)?;
    let (version_id, version_no, state) = newest_version(conn, card_id)?;
    if state == DRAFT {
        let of_version = criterion::table
            .filter(criterion::version_id.eq(version_id))
            .select(criterion::id);
        diesel::delete(
            criterion_level::table.filter(criterion_level::criterion_id.eq_any(of_version)),
        )
        .execute(conn)?;
        diesel::delete(criterion::table.filter(criterion::version_id.eq(version_id)))
            .execute(conn)?;
        diesel::update(version::table.find(version_id))
            .set((
                version::method.eq(changed.method.code()),
                version::pass_h.eq(changed.pass_h),
                version::row_version.eq(version::row_version + 1),
            ))
            .execute(conn)?;
        insert_criteria(conn, version_id, changed)?;
    } else {
        insert_version(conn, card_id, version_no + 1, changed)?;
    }
    let detail = json!(changed);
    audit::append(conn, actor, "scorecard.revise", &changed.code, &detail)
}

/// Makes the draft of a card usable, for good.
///
/// # Errors
/// `Invalid` with everything wrong with it, `Conflict` when there is no draft or somebody else changed the card since
/// `seen`.
pub fn publish(conn: &mut Conn, code: &str, seen: i32, actor: &Actor) -> Result<()> {
    conn.lock("scorecard")?;
    let card_id = touch(conn, code, seen)?;
    let (version_id, version_no, state) = newest_version(conn, card_id)?;
    if state != DRAFT {
        return Err(Error::Conflict(
            Message::new("card-no-draft").with("code", code),
        ));
    }
    let stored = version(conn, version_id)?;
    let problems = stored.card.problems();
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    seal(conn, version_id, &stored.card, &actor.name, actor.at)?;
    let detail = json!({ "version": version_no });
    audit::append(conn, actor, "scorecard.publish", code, &detail)
}

fn seal(conn: &mut Conn, id: i64, card: &Card, by: &str, at: NaiveDateTime) -> Result<()> {
    diesel::update(version::table.find(id))
        .set((
            version::state.eq(PUBLISHED),
            version::published_by.eq(by),
            version::published_at.eq(at),
            version::sha256.eq(sha256_hex(&[canonical(card)?.as_bytes()])),
        ))
        .execute(conn)?;
    Ok(())
}

/// Takes a card out of use, or back into it. What is judged by it goes on.
///
/// # Errors
/// `Conflict` when somebody else changed the card since `seen`.
pub fn set_retired(
    conn: &mut Conn,
    code: &str,
    retired: bool,
    seen: i32,
    actor: &Actor,
) -> Result<()> {
    conn.lock("scorecard")?;
    let card_id = touch(conn, code, seen)?;
    diesel::update(scorecard::table.find(card_id))
        .set(scorecard::retired_at.eq(retired.then_some(actor.at)))
        .execute(conn)?;
    let detail = json!({ "retired": retired });
    audit::append(conn, actor, "scorecard.use", code, &detail)
}

/// Adds the cards that the program brings and that are not there yet, published at `at`.
pub fn plant(conn: &mut Conn, cards: &[Card], at: NaiveDateTime) -> Result<()> {
    let known: Vec<String> = scorecard::table.select(scorecard::code).load(conn)?;
    for card in cards.iter().filter(|c| !known.contains(&c.code)) {
        let id = insert_card(conn, card)?;
        seal(conn, id, card, "espalier", at)?;
    }
    Ok(())
}
