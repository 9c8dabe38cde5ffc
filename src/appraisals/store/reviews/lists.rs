//! Reviews of a cycle in rows.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::access::Reach;
use crate::appraisals::store::cycles::Cycle;
use crate::db::Conn;
use crate::db::schema::{evaluation, staff};
use crate::error::Result;
use crate::keys::Start;
use crate::{from_key, within};

/// Which reviews are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Show {
    #[default]
    All,
    /// Not submitted, excused people left out.
    Waiting,
    /// Given back to be changed.
    Returned,
    Submitted,
}

impl Show {
    /// Every choice.
    pub const ALL: [Show; 4] = [Show::All, Show::Waiting, Show::Returned, Show::Submitted];

    /// As in an address.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Show::All => "",
            Show::Waiting => "waiting",
            Show::Returned => "returned",
            Show::Submitted => "submitted",
        }
    }

    /// The choice of a code; everything for what is no code.
    #[must_use]
    pub fn parse(code: &str) -> Show {
        Show::ALL
            .into_iter()
            .find(|s| s.code() == code)
            .unwrap_or_default()
    }
}

/// A review in the list.
#[derive(Clone, Debug, Queryable)]
pub struct Row {
    pub staff_id: i64,
    pub sort_key: String,
    pub employee_no: String,
    pub name: String,
    pub name_en: String,
    pub excused: Option<String>,
    pub self_submitted_at: Option<NaiveDateTime>,
    pub peer_panel_id: Option<i64>,
    pub peers_confirmed_at: Option<NaiveDateTime>,
    pub peers_closed_at: Option<NaiveDateTime>,
    pub submitted_at: Option<NaiveDateTime>,
    pub returned_reason: Option<String>,
}

/// The reviews of others in a cycle that a list shows: boxed, `$columns` of them.
macro_rules! listed {
    ($columns:expr, $reach:expr, $cycle:expr, $show:expr) => {{
        let query = evaluation::table
            .inner_join(staff::table.on(staff::id.eq(evaluation::staff_id)))
            .filter(evaluation::cycle_id.eq($cycle.id))
            .select($columns)
            .into_boxed();
        let mut query = within!(query, evaluation::staff_id, $reach);
        if let Some(me) = $reach.me() {
            query = query.filter(evaluation::staff_id.ne(me));
        }
        match $show {
            Show::All => query,
            Show::Waiting => query
                .filter(evaluation::submitted_at.is_null())
                .filter(evaluation::excused_reason.is_null()),
            Show::Returned => query.filter(evaluation::returned_reason.is_not_null()),
            Show::Submitted => query.filter(evaluation::submitted_at.is_not_null()),
        }
    }};
}

/// A page of at most `limit` reviews of others within reach, by sort key and number of the person (backwards for
/// [`Start::Before`]).
pub fn page(
    conn: &mut Conn,
    reach: &Reach,
    cycle: &Cycle,
    show: Show,
    start: &Start<(String, i64)>,
    limit: i64,
) -> Result<Vec<Row>> {
    let columns = (
        staff::id,
        staff::sort_key,
        staff::employee_no,
        staff::name,
        staff::name_en,
        evaluation::excused_reason,
        evaluation::self_submitted_at,
        evaluation::peer_panel_id,
        evaluation::peers_confirmed_at,
        evaluation::peers_closed_at,
        evaluation::submitted_at,
        evaluation::returned_reason,
    );
    let query = listed!(columns, reach, cycle, show).limit(limit);
    let query = from_key!(query, start, (staff::sort_key, staff::id), asc);
    Ok(query.load(conn)?)
}

/// How many reviews the list holds, at most `most` and one.
pub fn count(conn: &mut Conn, reach: &Reach, cycle: &Cycle, show: Show, most: i64) -> Result<i64> {
    let ids: Vec<i64> = listed!(staff::id, reach, cycle, show)
        .limit(most + 1)
        .load(conn)?;
    Ok(ids.len() as i64)
}
