//! What there is to choose from: job roles and skills. Some dozens of each, so they are read whole.

use diesel::prelude::*;

use crate::db::Conn;
use crate::db::schema::{job_role, skill};
use crate::error::{Error, Message, Result};

/// A job role, or a skill where `critical` is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub id: i64,
    pub code: String,
    pub name_zh: String,
    pub name_en: String,
    /// Of a skill: whether it hurts when only one person has it.
    pub critical: Option<bool>,
    pub row_version: i32,
}

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    JobRole,
    Skill,
}

/// Every entry, in order of codes.
pub fn all(conn: &mut Conn, kind: Kind) -> Result<Vec<Entry>> {
    Ok(match kind {
        Kind::JobRole => {
            type Row = (i64, String, String, String, i32);
            let rows: Vec<Row> = job_role::table.order(job_role::code).load(conn)?;
            let entries = rows.into_iter();
            entries
                .map(|(id, code, name_zh, name_en, row_version)| Entry {
                    id,
                    code,
                    name_zh,
                    name_en,
                    critical: None,
                    row_version,
                })
                .collect()
        }
        Kind::Skill => {
            type Row = (i64, String, String, String, bool, i32);
            let rows: Vec<Row> = skill::table.order(skill::code).load(conn)?;
            let entries = rows.into_iter();
            entries
                .map(
                    |(id, code, name_zh, name_en, critical, row_version)| Entry {
                        id,
                        code,
                        name_zh,
                        name_en,
                        critical: Some(critical),
                        row_version,
                    },
                )
                .collect()
        }
    })
}

/// The entry of a code.
///
/// # Errors
/// `NotFound` when there is none.
pub fn find(conn: &mut Conn, kind: Kind, code: &str) -> Result<Entry> {
    let found = all(conn, kind)?.into_iter().find(|e| e.code == code);
    found.ok_or_else(|| {
        let key = match kind {
            Kind::JobRole => "job-role-not-found",
            Kind::Skill => "skill-not-found",
        };
        Error::NotFound(Message::new(key).with("code", code))
    })
}

/// Stores a new entry; a skill is critical or not, a job role neither.
///
/// # Errors
/// `Invalid` when the code is taken.
pub fn insert(
    conn: &mut Conn,
    kind: Kind,
    code: &str,
    (name_zh, name_en): (&str, &str),
    critical: bool,
) -> Result<()> {
    conn.lock("people")?;
    if find(conn, kind, code).is_ok() {
        return Err(Error::invalid(
            Message::new("code-taken").with("code", code),
        ));
    }
    match kind {
        Kind::JobRole => diesel::insert_into(job_role::table)
            .values((
                job_role::code.eq(code),
                job_role::name_zh.eq(name_zh),
                job_role::name_en.eq(name_en),
            ))
            .execute(conn)?,
        Kind::Skill => diesel::insert_into(skill::table)
            .values((
                skill::code.eq(code),
                skill::name_zh.eq(name_zh),
                skill::name_en.eq(name_en),
                skill::critical.eq(critical),
            ))
            .execute(conn)?,
    };
    Ok(())
}

/// Gives an entry other names.
///
/// # Errors
/// `NotFound`; `Conflict` when it was changed since the form was opened.
pub fn change(
    conn: &mut Conn,
    kind: Kind,
    code: &str,
    seen: i32,
    (name_zh, name_en): (&str, &str),
    critical: bool,
) -> Result<()> {
    find(conn, kind, code)?;
    let changed = match kind {
        Kind::JobRole => diesel::update(
            job_role::table
                .filter(job_role::code.eq(code))
                .filter(job_role::row_version.eq(seen)),
        )
        .set((
            job_role::name_zh.eq(name_zh),
            job_role::name_en.eq(name_en),
            job_role::row_version.eq(job_role::row_version + 1),
        ))
        .execute(conn)?,
        Kind::Skill => diesel::update(
            skill::table
                .filter(skill::code.eq(code))
                .filter(skill::row_version.eq(seen)),
        )
        .set((
            skill::name_zh.eq(name_zh),
            skill::name_en.eq(name_en),
            skill::critical.eq(critical),
            skill::row_version.eq(skill::row_version + 1),
        ))
        .execute(conn)?,
    };
    if changed == 1 {
        Ok(())
    } else {
        Err(Error::Conflict(Message::new("form-conflict")))
    }
}
