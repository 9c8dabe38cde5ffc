//! The four kinds of evidence as they are stored, and what each of them counts.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::calendar::{FiscalStart, Quarter, date_of};
use crate::db::Conn;
use crate::db::schema::{complaint, quality_review, service_record, survey_answer};
use crate::error::Result;
use crate::evidence::model::{Cell, Place, ServiceFacts, SurveyFacts};
use crate::insert_all;

/// What the importer and the recount need of a kind of evidence.
pub trait Evidence: Sized + Clone + Send + Serialize {
    /// Name of the kind, as on the command line.
    const KIND: &'static str;
    /// Where it is stored.
    const TABLE: &'static str;

    /// The id in the system it came from.
    fn external_id(&self) -> &str;
    /// Where it counts.
    fn place(&self, fiscal_start: FiscalStart) -> Place;
    /// What it counts.
    fn cell(&self) -> Cell;
    /// Its durations, if the kind has any.
    fn facts(&self) -> Option<ServiceFacts> {
        None
    }
    /// Puts the content's hash into the row.
    fn seal(&mut self);
    /// Whether the two say the same, wherever they were read from.
    fn same_content(&self, other: &Self) -> bool;

    /// The stored rows of a source with these external ids.
    fn find(conn: &mut Conn, source: i64, ids: &[&str]) -> Result<Vec<(i64, Self)>>;
    /// Whether any row of this source, and any row at all, is stored.
    fn any(conn: &mut Conn, source: i64) -> Result<(bool, bool)>;
    /// Stores new rows.
    fn insert(conn: &mut Conn, rows: Vec<Self>) -> Result<()>;
    /// Gives a stored row new content.
    fn update(conn: &mut Conn, id: i64, row: &Self) -> Result<()>;
    /// Removes a stored row; its last state must already be in `record_change`.
    fn delete(conn: &mut Conn, id: i64) -> Result<()>;
    /// All rows of a day, for a recount.
    fn of_day(conn: &mut Conn, day: i32) -> Result<Vec<Self>>;
    /// First and last day with rows.
    fn days(conn: &mut Conn) -> Result<Option<(i32, i32)>>;
    /// The rows of some people from one day to another, inclusive.
    fn of_staff(conn: &mut Conn, staff: &[i64], from: i32, to: i32) -> Result<Vec<Self>>;
}

/// A service record.
#[derive(
    Clone, Debug, PartialEq, Serialize, Deserialize, Queryable, Selectable, Insertable, AsChangeset,
)]
#[diesel(table_name = service_record, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct ServiceRecord {
    pub source_id: i64,
    pub external_id: String,
    pub import_id: i64,
    pub file_line: i32,
    pub row_hash: i64,
    pub staff_id: Option<i64>,
    pub team_id: Option<i64>,
    pub bot: bool,
    pub day: i32,
    pub channel: i32,
    pub category_id: Option<i64>,
    pub service_class: Option<i32>,
    pub stage: Option<i32>,
    pub opened_at: NaiveDateTime,
    pub closed_at: Option<NaiveDateTime>,
    pub fcr: Option<bool>,
    pub sla: Option<bool>,
    pub reopened: Option<bool>,
    pub transferred: Option<bool>,
    pub escalated: Option<bool>,
    pub resolved: Option<bool>,
    pub csat: Option<i32>,
    pub nps: Option<i32>,
    pub ces: Option<i32>,
    pub handle_s: Option<i32>,
    pub first_reply_s: Option<i32>,
    pub resolve_min: Option<i32>,
}

/// An answer to a customer survey. `own_staff`: the file named the employee; otherwise the answer
/// follows its service record.
#[derive(
    Clone, Debug, PartialEq, Serialize, Deserialize, Queryable, Selectable, Insertable, AsChangeset,
)]
#[diesel(table_name = survey_answer, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct SurveyAnswer {
    pub source_id: i64,
    pub external_id: String,
    pub import_id: i64,
    pub file_line: i32,
    pub row_hash: i64,
    pub record_id: Option<i64>,
    pub own_staff: bool,
    pub staff_id: Option<i64>,
    pub team_id: Option<i64>,
    pub bot: bool,
    pub day: i32,
    pub channel: i32,
    pub answered_at: NaiveDateTime,
    pub csat: Option<i32>,
    pub nps: Option<i32>,
    pub ces: Option<i32>,
    pub quality: Option<i32>,
    pub speed: Option<i32>,
    pub expertise: Option<i32>,
    pub attitude: Option<i32>,
    pub experience: Option<i32>,
    pub outcome: Option<i32>,
    pub innovation: Option<i32>,
    pub remark: Option<String>,
}

/// A complaint with the times of its steps (domain.md A 7.1).
#[derive(
    Clone, Debug, PartialEq, Serialize, Deserialize, Queryable, Selectable, Insertable, AsChangeset,
)]
#[diesel(table_name = complaint, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct Complaint {
    pub source_id: i64,
    pub external_id: String,
    pub import_id: i64,
    pub file_line: i32,
    pub row_hash: i64,
    pub record_id: Option<i64>,
    pub own_staff: bool,
    pub staff_id: Option<i64>,
    pub team_id: Option<i64>,
    pub bot: bool,
    pub day: i32,
    pub channel: i32,
    pub category_id: Option<i64>,
    pub received_at: NaiveDateTime,
    pub classified_at: Option<NaiveDateTime>,
    pub assigned_at: Option<NaiveDateTime>,
    pub investigated_at: Option<NaiveDateTime>,
    pub handled_at: Option<NaiveDateTime>,
    pub replied_at: Option<NaiveDateTime>,
    pub followed_up_at: Option<NaiveDateTime>,
    pub substantiated: Option<bool>,
}

/// A quality review; points in hundredths, the score in hundredths of a percent.
#[derive(
    Clone, Debug, PartialEq, Serialize, Deserialize, Queryable, Selectable, Insertable, AsChangeset,
)]
#[diesel(table_name = quality_review, treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct QualityReview {
    pub source_id: i64,
    pub external_id: String,
    pub import_id: i64,
    pub file_line: i32,
    pub row_hash: i64,
    pub staff_id: Option<i64>,
    pub team_id: Option<i64>,
    pub day: i32,
    pub channel: i32,
    pub points_h: i32,
    pub applicable_h: i32,
    pub auto_fail: bool,
    pub score_h: i32,
}

impl ServiceRecord {
    fn service_facts(&self) -> ServiceFacts {
        ServiceFacts {
            fcr: self.fcr,
            sla: self.sla,
            reopened: self.reopened,
            transferred: self.transferred,
            escalated: self.escalated,
            resolved: self.resolved,
            survey: SurveyFacts {
                csat: self.csat,
                nps: self.nps,
                ces: self.ces,
            },
            handle: self.handle_s,
            first_reply: self.first_reply_s,
            resolve: self.resolve_min,
        }
    }
}

/// 64 bits of the SHA-256 of what a row says, apart from where it was read.
fn content_hash(row: &impl Serialize) -> i64 {
    let mut text = Vec::with_capacity(512);
    // Writing plain values into memory cannot fail.
    if serde_json::to_writer(&mut text, row).is_err() {
        return 0;
    }
    let mut first = [0; 8];
    first.copy_from_slice(&Sha256::digest(&text)[..8]);
    i64::from_be_bytes(first)
}

/// The queries of a kind, the same for each but for the table. `$bot` and what follows say where and
/// what a row counts.
macro_rules! evidence {
    ($row:ident, $table:ident, $kind:literal, bot: $bot:expr, cell: $cell:expr, facts: $facts:expr) => {
        impl Evidence for $row {
            const KIND: &'static str = $kind;
            const TABLE: &'static str = stringify!($table);

            fn external_id(&self) -> &str {
                &self.external_id
            }

            fn place(&self, fiscal_start: FiscalStart) -> Place {
                let bot: fn(&$row) -> bool = $bot;
                Place {
                    staff_id: self.staff_id,
                    team_id: self.team_id,
                    bot: bot(self),
                    day: self.day,
                    quarter: Quarter::of(date_of(self.day), fiscal_start).index(),
                    channel: self.channel,
                }
            }

            fn cell(&self) -> Cell {
                let cell: fn(&$row) -> Cell = $cell;
                cell(self)
            }

            fn facts(&self) -> Option<ServiceFacts> {
                let facts: fn(&$row) -> Option<ServiceFacts> = $facts;
                facts(self)
            }

            fn seal(&mut self) {
                let (import_id, file_line) = (self.import_id, self.file_line);
                (self.import_id, self.file_line, self.row_hash) = (0, 0, 0);
                self.row_hash = content_hash(self);
                (self.import_id, self.file_line) = (import_id, file_line);
            }

            fn same_content(&self, other: &Self) -> bool {
                self.row_hash == other.row_hash
            }

            fn find(conn: &mut Conn, source: i64, ids: &[&str]) -> Result<Vec<(i64, Self)>> {
                Ok($table::table
                    .filter($table::source_id.eq(source))
                    .filter($table::external_id.eq_any(ids))
                    .select(($table::id, $row::as_select()))
                    .load(conn)?)
            }

            fn any(conn: &mut Conn, source: i64) -> Result<(bool, bool)> {
                let ids = $table::table.select($table::id);
                let of_source: Option<i64> = ids
                    .filter($table::source_id.eq(source))
                    .first(conn)
                    .optional()?;
                let of_any: Option<i64> = ids.first(conn).optional()?;
                Ok((of_source.is_some(), of_any.is_some()))
            }

            fn insert(conn: &mut Conn, rows: Vec<Self>) -> Result<()> {
                insert_all!(conn, $table::table, rows)
            }

            fn update(conn: &mut Conn, id: i64, row: &Self) -> Result<()> {
                diesel::update($table::table.find(id))
                    .set(row)
                    .execute(conn)?;
                Ok(())
            }

            fn delete(conn: &mut Conn, id: i64) -> Result<()> {
                diesel::delete($table::table.find(id)).execute(conn)?;
                Ok(())
            }

            fn of_day(conn: &mut Conn, day: i32) -> Result<Vec<Self>> {
                Ok($table::table
                    .filter($table::day.eq(day))
                    .select($row::as_select())
                    .load(conn)?)
            }

            fn days(conn: &mut Conn) -> Result<Option<(i32, i32)>> {
                let ends: (Option<i32>, Option<i32>) = (
                    $table::table
                        .select(diesel::dsl::min($table::day))
                        .first(conn)?,
                    $table::table
                        .select(diesel::dsl::max($table::day))
                        .first(conn)?,
                );
                Ok(ends.0.zip(ends.1))
            }

            fn of_staff(conn: &mut Conn, staff: &[i64], from: i32, to: i32) -> Result<Vec<Self>> {
                Ok($table::table
                    .filter($table::staff_id.eq_any(staff))
                    .filter($table::day.between(from, to))
                    .select($row::as_select())
                    .load(conn)?)
            }
        }
    };
}

evidence!(
    ServiceRecord, service_record, "service-records",
    bot: |r| r.bot,
    cell: |r| Cell::of_service(&r.service_facts()),
    facts: |r| Some(r.service_facts())
);
evidence!(
    SurveyAnswer, survey_answer, "survey-answers",
    bot: |r| r.bot,
    cell: |r| Cell::of_survey(&SurveyFacts { csat: r.csat, nps: r.nps, ces: r.ces }),
    facts: |_| None
);
evidence!(
    Complaint, complaint, "complaints",
    bot: |r| r.bot,
    cell: |r| Cell::of_complaint(r.substantiated),
    facts: |_| None
);
evidence!(
    QualityReview, quality_review, "quality-reviews",
    bot: |_| false,
    cell: |r| Cell::of_review(r.score_h),
    facts: |_| None
);
