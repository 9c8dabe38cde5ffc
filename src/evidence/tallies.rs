//! The tallies in the database: cells read and written as rows of numbers.
//!
//! The statements are put together from fixed names and whole numbers only; no text of a user ever
//! gets in. That way forty columns need neither forty binds nor a statement per row.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use diesel::connection::SimpleConnection;
use diesel::deserialize::{FromSql, QueryableByName};
use diesel::prelude::*;
use diesel::row::{Field, NamedRow, Row};
use diesel::sql_types::{BigInt, Text};

use crate::db::Conn;
use crate::error::{Error, Message, Result};
use crate::evidence::model::{COLUMNS, Cell, Columns, DurationKey, Durations, Ledger};

/// A tally table: its name and its key columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    pub table: &'static str,
    pub key: &'static [&'static str],
}

/// Every person's quarter, by team and channel.
pub const STAFF_QUARTER: Tally = Tally {
    table: "tally_staff_quarter",
    key: &["quarter", "staff_id", "team_id", "channel"],
};
/// Every team's days.
pub const TEAM_DAY: Tally = Tally {
    table: "tally_team_day",
    key: &["team_id", "day", "bot"],
};
/// Every team's quarter, by channel.
pub const TEAM_QUARTER: Tally = Tally {
    table: "tally_team_quarter",
    key: &["quarter", "team_id", "channel", "bot"],
};
/// The company's days, by channel.
pub const COMPANY_DAY: Tally = Tally {
    table: "tally_company_day",
    key: &["day", "channel", "bot"],
};

/// Rows of one upsert: large enough to spread the cost of a statement, small enough for any limit.
const ROWS_PER_STATEMENT: usize = 200;

/// A key (up to four whole numbers, the rest 0) and its cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyedCell {
    pub key: [i64; KEY],
    pub cell: Cell,
}

/// The numbers of a row, as many as the query asks for.
struct Numbers([i64; KEY + COLUMNS.len()]);

impl<DB> QueryableByName<DB> for Numbers
where
    DB: diesel::backend::Backend,
    i64: FromSql<BigInt, DB>,
{
    /// Reads by position: looking forty names up in every row would cost more than the rest.
    fn build<'a>(row: &impl NamedRow<'a, DB>) -> diesel::deserialize::Result<Self> {
        let mut numbers = [0; KEY + COLUMNS.len()];
        for (at, number) in numbers.iter_mut().enumerate().take(row.field_count()) {
            let field = Row::get(row, at).ok_or("a cell with too few columns")?;
            *number = i64::from_nullable_sql(field.value())?;
        }
        Ok(Numbers(numbers))
    }
}

/// Numbers of a key.
const KEY: usize = 4;

/// Reads the cells of a tally that meet `condition`, in order of key.
///
/// `condition` is written by the program, never by a user.
pub fn cells(conn: &mut Conn, tally: Tally, condition: &str) -> Result<Vec<KeyedCell>> {
    some_columns(conn, tally, &Columns::ALL, condition)
}

/// As [`cells`], with some columns only; the others are left at 0.
pub fn some_columns(
    conn: &mut Conn,
    tally: Tally,
    columns: &Columns,
    condition: &str,
) -> Result<Vec<KeyedCell>> {
    let mut sql = String::from("select ");
    for at in 0..KEY {
        let column = tally.key.get(at).copied().unwrap_or("0");
        let comma = if at == 0 { "" } else { ", " };
        let _ = write!(sql, "{comma}cast({column} as bigint) as k{at}");
    }
    for place in columns.places() {
        let _ = write!(sql, ", {}", COLUMNS[place]);
    }
    let _ = write!(
        sql,
        " from {} where {condition} order by {}",
        tally.table,
        tally.key.join(", ")
    );
    read(conn, columns, sql)
}

/// The cells that meet `condition` (written by the program), added up over all keys but `by`, which are
/// columns of the tally's key; in their order.
pub fn sums(
    conn: &mut Conn,
    tally: Tally,
    columns: &Columns,
    condition: &str,
    by: &[&str],
) -> Result<Vec<KeyedCell>> {
    let mut sql = String::from("select ");
    for at in 0..KEY {
        let column = by.get(at).copied().unwrap_or("0");
        let comma = if at == 0 { "" } else { ", " };
        let _ = write!(sql, "{comma}cast({column} as bigint) as k{at}");
    }
    for place in columns.places() {
        let name = COLUMNS[place];
        let _ = write!(sql, ", cast(sum({name}) as bigint) as {name}");
    }
    let by = by.join(", ");
    let _ = write!(
        sql,
        " from {} where {condition} group by {by} order by {by}",
        tally.table
    );
    read(conn, columns, sql)
}

/// Numbers as a list for a condition; of none, one that no key has.
#[must_use]
pub fn list(numbers: impl IntoIterator<Item = i64>) -> String {
    let mut out = String::new();
    for number in numbers {
        let _ = write!(out, "{}{number}", if out.is_empty() { "" } else { "," });
    }
    if out.is_empty() {
        out.push_str("-1");
    }
    out
}

fn read(conn: &mut Conn, columns: &Columns, sql: String) -> Result<Vec<KeyedCell>> {
    let rows: Vec<Numbers> = diesel::sql_query(sql).load(conn)?;
    Ok(rows
        .into_iter()
        .map(|Numbers(numbers)| {
            let mut cell = KeyedCell {
                key: [numbers[0], numbers[1], numbers[2], numbers[3]],
                cell: Cell::default(),
            };
            for (place, number) in columns.places().zip(&numbers[KEY..]) {
                cell.cell.0[place] = *number;
            }
            cell
        })
        .collect())
}

/// Writes what the ledger holds into the tallies and empties it. Cells go in fixed order, the
/// company last, so that two writers never wait for each other in a circle.
pub fn post(conn: &mut Conn, ledger: &mut Ledger) -> Result<()> {
    if ledger.has_overflowed() {
        return Err(Error::invalid(Message::new("tally-overflow")));
    }
    let Ledger {
        staff,
        team_day,
        team_quarter,
        company_day,
        durations,
        ..
    } = std::mem::take(ledger);
    let bit = i64::from;
    let rows = sorted(
        staff
            .into_iter()
            .map(|((quarter, staff, team, channel), cell)| {
                ([bit(quarter), staff, team, bit(channel)], cell)
            }),
    );
    upsert(conn, STAFF_QUARTER, &rows)?;
    let rows = sorted(
        team_day
            .into_iter()
            .map(|((team, day, bot), cell)| ([team, bit(day), i64::from(bot), 0], cell)),
    );
    upsert(conn, TEAM_DAY, &rows)?;
    let rows = sorted(
        team_quarter
            .into_iter()
            .map(|((quarter, team, channel, bot), cell)| {
                ([bit(quarter), team, bit(channel), i64::from(bot)], cell)
            }),
    );
    upsert(conn, TEAM_QUARTER, &rows)?;
    for (key, change) in durations {
        let before = durations_of(conn, key)?.unwrap_or_default();
        let after = before
            .checked_add(&change.added)
            .and_then(|sum| sum.checked_sub(&change.taken))
            .ok_or_else(|| Error::Conflict(Message::new("tally-out-of-step")))?;
        put_durations(conn, key, &after)?;
    }
    let rows =
        sorted(company_day.into_iter().map(|((day, channel, bot), cell)| {
            ([bit(day), bit(channel), i64::from(bot), 0], cell)
        }));
    upsert(conn, COMPANY_DAY, &rows)
}

fn sorted(cells: impl Iterator<Item = ([i64; 4], Cell)>) -> Vec<KeyedCell> {
    let mut rows: Vec<KeyedCell> = cells
        .filter(|(_, cell)| !cell.is_empty())
        .map(|(key, cell)| KeyedCell { key, cell })
        .collect();
    rows.sort_unstable_by_key(|row| row.key);
    rows
}

/// Adds each cell to the one of its key; cells that come out empty are deleted.
fn upsert(conn: &mut Conn, tally: Tally, rows: &[KeyedCell]) -> Result<()> {
    let mut sums = String::new();
    for (at, name) in COLUMNS.iter().enumerate() {
        let comma = if at == 0 { "" } else { ", " };
        let _ = write!(
            sums,
            "{comma}{name} = {}.{name} + excluded.{name}",
            tally.table
        );
    }
    let keys = tally.key.join(", ");
    let head = format!(
        "insert into {} ({keys}, {}) values ",
        tally.table,
        COLUMNS.join(", ")
    );
    let tail = format!(" on conflict ({keys}) do update set {sums}");
    let mut sql = String::new();
    for chunk in rows.chunks(ROWS_PER_STATEMENT) {
        sql.clear();
        sql.push_str(&head);
        for (at, row) in chunk.iter().enumerate() {
            sql.push_str(if at == 0 { "(" } else { ",(" });
            let numbers = row.key.iter().take(tally.key.len()).chain(&row.cell.0);
            for (place, number) in numbers.enumerate() {
                let _ = write!(sql, "{}{number}", if place == 0 { "" } else { "," });
            }
            sql.push(')');
        }
        sql.push_str(&tail);
        conn.batch_execute(&sql)?;
    }
    delete_empty(conn, tally, rows)
}

/// Only cells from which something was taken can have become empty.
fn delete_empty(conn: &mut Conn, tally: Tally, rows: &[KeyedCell]) -> Result<()> {
    let nothing = COLUMNS
        .iter()
        .map(|name| format!("{name} = 0"))
        .collect::<Vec<_>>()
        .join(" and ");
    for row in rows.iter().filter(|r| r.cell.0.iter().any(|&v| v < 0)) {
        let key = tally
            .key
            .iter()
            .zip(row.key)
            .map(|(name, value)| format!("{name} = {value}"))
            .collect::<Vec<_>>()
            .join(" and ");
        conn.batch_execute(&format!(
            "delete from {} where {key} and {nothing}",
            tally.table
        ))?;
    }
    Ok(())
}

#[derive(QueryableByName)]
struct DurationRow {
    #[diesel(sql_type = BigInt)]
    quarter: i64,
    #[diesel(sql_type = BigInt)]
    team_id: i64,
    #[diesel(sql_type = BigInt)]
    channel: i64,
    #[diesel(sql_type = Text)]
    handle_hist: String,
    #[diesel(sql_type = Text)]
    first_reply_hist: String,
    #[diesel(sql_type = Text)]
    resolve_hist: String,
}

/// The histograms that meet `condition` (written by the program).
pub fn durations(conn: &mut Conn, condition: &str) -> Result<BTreeMap<DurationKey, Durations>> {
    let rows: Vec<DurationRow> = diesel::sql_query(format!(
        "select cast(quarter as bigint) as quarter, team_id, cast(channel as bigint) as channel, \
         handle_hist, first_reply_hist, resolve_hist from tally_duration where {condition}"
    ))
    .load(conn)?;
    let histogram = |text: &str| {
        text.parse()
            .map_err(|_| Error::Conflict(Message::new("tally-out-of-step")))
    };
    rows.into_iter()
        .map(|row| {
            let key = (row.quarter as i32, row.team_id, row.channel as i32);
            let durations = Durations {
                handle: histogram(&row.handle_hist)?,
                first_reply: histogram(&row.first_reply_hist)?,
                resolve: histogram(&row.resolve_hist)?,
            };
            Ok((key, durations))
        })
        .collect()
}

fn durations_of(conn: &mut Conn, key: DurationKey) -> Result<Option<Durations>> {
    let (quarter, team, channel) = key;
    let condition = format!("quarter = {quarter} and team_id = {team} and channel = {channel}");
    Ok(durations(conn, &condition)?.remove(&key))
}

fn put_durations(conn: &mut Conn, key: DurationKey, durations: &Durations) -> Result<()> {
    let (quarter, team, channel) = key;
    if durations.is_empty() {
        conn.batch_execute(&format!(
            "delete from tally_duration \
             where quarter = {quarter} and team_id = {team} and channel = {channel}"
        ))?;
        return Ok(());
    }
    // A histogram's text is digits, colons and spaces.
    conn.batch_execute(&format!(
        "insert into tally_duration \
         (quarter, team_id, channel, handle_hist, first_reply_hist, resolve_hist) \
         values ({quarter}, {team}, {channel}, '{}', '{}', '{}') \
         on conflict (quarter, team_id, channel) do update set \
         handle_hist = excluded.handle_hist, first_reply_hist = excluded.first_reply_hist, \
         resolve_hist = excluded.resolve_hist",
        durations.handle, durations.first_reply, durations.resolve
    ))?;
    Ok(())
}
