//! One employee: where they were and are, who is above them, what they master, and what a form changes.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::access::Reach;
use crate::db::Conn;
use crate::db::schema::{job_role, posting, reporting_line, skill, staff, staff_skill, team};
use crate::error::{Error, Message, Result};
use crate::insert_all;
use crate::people::model::{
    Level, OPEN_END, Posting, Seat, leave, on, take_level, take_seat, with_last_day,
};
use crate::people::store::{NewStaff, Staff, change_staff, reach, set_line};

/// An employee within reach and the version of their record, for a form.
///
/// # Errors
/// `NotFound` as [`reach::find`].
pub fn versioned(conn: &mut Conn, reach: &Reach, employee_no: &str) -> Result<(Staff, i32)> {
    let person = reach::find(conn, reach, employee_no)?;
    let version = staff::table
        .find(person.id)
        .select(staff::row_version)
        .first(conn)?;
    Ok((person, version))
}

/// As [`versioned`], for writing: nobody else writes about people until the transaction ends.
///
/// # Errors
/// `NotFound` as [`reach::find`]; `Conflict` when the record was changed since the form was opened.
pub fn for_change(conn: &mut Conn, reach: &Reach, employee_no: &str, seen: i32) -> Result<Staff> {
    lock(conn)?;
    let (person, version) = versioned(conn, reach, employee_no)?;
    if version == seen {
        Ok(person)
    } else {
        Err(Error::Conflict(Message::new("form-conflict")))
    }
}

/// Keeps other writers about people out: postings and what is derived from them change together.
fn lock(conn: &mut Conn) -> Result<()> {
    conn.lock("people")
}

/// Where somebody was or is. Team: number, code, names. Manager: number of the record, employee number,
/// names.
#[derive(Clone, Debug, Queryable)]
pub struct Stop {
    pub team: Option<(i64, String, String, String)>,
    pub job_role: (String, String, String),
    pub manager: Option<(i64, String, String, String)>,
    pub valid_from: NaiveDate,
    pub valid_to: NaiveDate,
}

/// Somebody's postings with names, newest first.
pub fn history(conn: &mut Conn, staff_id: i64) -> Result<Vec<Stop>> {
    Ok(posting::table
        .filter(posting::staff_id.eq(staff_id))
        .left_join(team::table.on(posting::team_id.eq(team::id.nullable())))
        .inner_join(job_role::table.on(posting::job_role_id.eq(job_role::id)))
        .left_join(staff::table.on(posting::manager_id.eq(staff::id.nullable())))
        .order(posting::valid_from.desc())
        .select((
            (team::id, team::code, team::name_zh, team::name_en).nullable(),
            (job_role::code, job_role::name_zh, job_role::name_en),
            (staff::id, staff::employee_no, staff::name, staff::name_en).nullable(),
            posting::valid_from,
            posting::valid_to,
        ))
        .load(conn)?)
}

/// Somebody above somebody else.
#[derive(Clone, Debug, Queryable)]
pub struct Above {
    pub id: i64,
    pub employee_no: String,
    pub name: String,
    pub name_en: String,
    /// Their own team on the day.
    pub team_id: Option<i64>,
}

/// Everybody above somebody on a day, the nearest first.
pub fn chain(conn: &mut Conn, staff_id: i64, day: NaiveDate) -> Result<Vec<Above>> {
    Ok(reporting_line::table
        .inner_join(staff::table.on(reporting_line::manager_id.eq(staff::id)))
        .left_join(
            posting::table.on(posting::staff_id
                .eq(reporting_line::manager_id)
                .and(posting::valid_from.le(day))
                .and(posting::valid_to.gt(day))),
        )
        .filter(reporting_line::staff_id.eq(staff_id))
        .filter(reporting_line::depth.gt(0))
        .filter(reporting_line::valid_from.le(day))
        .filter(reporting_line::valid_to.gt(day))
        .order(reporting_line::depth)
        .select((
            staff::id,
            staff::employee_no,
            staff::name,
            staff::name_en,
            posting::team_id.nullable(),
        ))
        .load(conn)?)
}

/// How well somebody mastered a skill for some time.
#[derive(Clone, Debug, Queryable)]
pub struct Mastered {
    pub code: String,
    pub name_zh: String,
    pub name_en: String,
    pub critical: bool,
    pub level: i32,
    pub evidence: String,
    pub valid_from: NaiveDate,
    pub valid_to: NaiveDate,
}

/// Every level somebody had, by skill, the newest first.
pub fn levels(conn: &mut Conn, staff_id: i64) -> Result<Vec<Mastered>> {
    Ok(staff_skill::table
        .inner_join(skill::table)
        .filter(staff_skill::staff_id.eq(staff_id))
        .order((skill::code, staff_skill::valid_from.desc()))
        .select((
            skill::code,
            skill::name_zh,
            skill::name_en,
            skill::critical,
            staff_skill::level,
            staff_skill::evidence,
            staff_skill::valid_from,
            staff_skill::valid_to,
        ))
        .load(conn)?)
}

/// Stores somebody new with their first posting, and returns the number of the record.
///
/// # Errors
/// `Invalid` when the employee number is taken.
pub fn insert(conn: &mut Conn, new: &NewStaff, line: &[Posting]) -> Result<i64> {
    lock(conn)?;
    let taken: Option<i64> = staff::table
        .filter(staff::employee_no.eq(&new.employee_no))
        .select(staff::id)
        .first(conn)
        .optional()?;
    if taken.is_some() {
        return Err(Error::invalid(
            Message::new("person-number-taken").with("no", &new.employee_no),
        ));
    }
    let id = diesel::insert_into(staff::table)
        .values(new)
        .returning(staff::id)
        .get_result(conn)?;
    set_line(conn, id, line)?;
    reach::rebuild_below(conn, id)?;
    Ok(id)
}

/// Gives somebody other particulars; a new last day ends or reopens their time line.
pub fn change(conn: &mut Conn, person: &Staff, new: &NewStaff) -> Result<()> {
    change_staff(conn, person.id, new)?;
    if person.left_on != new.left_on {
        let line = reach::line(conn, person.id)?;
        let line = with_last_day(&line, person.left_on, new.left_on);
        repost(conn, person.id, &line)?;
    }
    Ok(())
}

/// Puts somebody into a seat from a day on, until their next known move or their last day.
///
/// # Errors
/// `Invalid` when the day is not one of theirs, or they would be below themselves.
pub fn move_to(conn: &mut Conn, person: &Staff, day: NaiveDate, seat: Seat) -> Result<()> {
    if person.hired_on.is_some_and(|hired| day < hired) {
        return Err(Error::invalid(Message::new("posting-before-hired")));
    }
    if person.left_on.is_some_and(|left| day > left) {
        return Err(Error::invalid(Message::new("posting-after-left")));
    }
    if seat.manager_id == Some(person.id) {
        return Err(Error::invalid(Message::new("import-own-manager")));
    }
    let line = take_seat(&reach::line(conn, person.id)?, day, seat);
    let line = match person.left_on {
        Some(left) => leave(&line, left),
        None => line,
    };
    let until = on(&line, day).map_or(OPEN_END, |p| p.valid_to);
    if let Some(manager) = seat.manager_id
        && reach::is_below(conn, person.id, manager, (day, until))?
    {
        return Err(Error::invalid(Message::new("posting-circle")));
    }
    repost(conn, person.id, &line)
}

/// Gives somebody another time line, and everybody below them other lines upwards.
fn repost(conn: &mut Conn, staff_id: i64, line: &[Posting]) -> Result<()> {
    set_line(conn, staff_id, line)?;
    reach::rebuild_below(conn, staff_id)?;
    bump(conn, staff_id)
}

/// Notes that a record was changed, for forms that were opened before.
fn bump(conn: &mut Conn, staff_id: i64) -> Result<()> {
    diesel::update(staff::table.find(staff_id))
        .set(staff::row_version.eq(staff::row_version + 1))
        .execute(conn)?;
    Ok(())
}

#[derive(Insertable)]
#[diesel(table_name = staff_skill, treat_none_as_default_value = false)]
struct NewLevel {
    staff_id: i64,
    skill_id: i64,
    level: i32,
    valid_from: NaiveDate,
    valid_to: NaiveDate,
    evidence: String,
}

/// Gives somebody a level of a skill from a day on; what was found before is kept.
pub fn set_level(
    conn: &mut Conn,
    staff_id: i64,
    skill_id: i64,
    (day, level, evidence): (NaiveDate, i32, String),
) -> Result<()> {
    let of_this = staff_skill::table
        .filter(staff_skill::staff_id.eq(staff_id))
        .filter(staff_skill::skill_id.eq(skill_id));
    let known: Vec<(i32, String, NaiveDate, NaiveDate)> = of_this
        .order(staff_skill::valid_from)
        .select((
            staff_skill::level,
            staff_skill::evidence,
            staff_skill::valid_from,
            staff_skill::valid_to,
        ))
        .load(conn)?;
    let known: Vec<Level> = known
        .into_iter()
        .map(|(level, evidence, valid_from, valid_to)| Level {
            level,
            evidence,
            valid_from,
            valid_to,
        })
        .collect();
    let rows: Vec<NewLevel> = take_level(&known, day, level, evidence)
        .into_iter()
        .map(|l| NewLevel {
            staff_id,
            skill_id,
            level: l.level,
            valid_from: l.valid_from,
            valid_to: l.valid_to,
            evidence: l.evidence,
        })
        .collect();
    diesel::delete(of_this).execute(conn)?;
    insert_all!(conn, staff_skill::table, rows)?;
    bump(conn, staff_id)
}

/// Number, Chinese and Latin name of some people, by the number of their record.
pub fn named(conn: &mut Conn, people: &[i64]) -> Result<HashMap<i64, (String, String, String)>> {
    let rows: Vec<(i64, (String, String, String))> = staff::table
        .filter(staff::id.eq_any(people))
        .select((staff::id, (staff::employee_no, staff::name, staff::name_en)))
        .load(conn)?;
    Ok(rows.into_iter().collect())
}
