//! The tallies in the database: cells read and written as rows of numbers.
//!
//! The statements are put together from fixed names and whole numbers only; no text of a user ever
//! gets in. That way forty columns need neither forty binds nor a statement per row.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use diesel::connection::{DefaultLoadingMode, SimpleConnection};
use diesel::deserialize::{FromSql, QueryableByName};
use diesel::prelude::*;
use diesel::row::{Field, NamedRow, Row};
use diesel::sql_types::{BigInt, Text};

use crate::db::Conn;
use crate::error::{Error, Message, Result};
use crate::evidence::model::{COLUMNS, Cell, Columns, DurationKey, Durations, Ledger};
use crate::with_conn;

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

/// Numbers of a key.
const KEY: usize = 4;

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

/// Calls `each` with every cell of a tally that meets `condition`, in no order. Only the columns given
/// are read, the others are 0. Nothing is held: a tally of a quarter may be tens of megabytes.
///
/// `condition` is written by the program, never by a user.
pub fn each(
    conn: &mut Conn,
    tally: Tally,
    columns: &Columns,
    condition: &str,
    each: impl FnMut([i64; KEY], &Cell) -> Result<()>,
) -> Result<()> {
    drained(conn, columns, select(tally, columns, condition), each)
}

fn drained(
    conn: &mut Conn,
    columns: &Columns,
    sql: String,
    each: impl FnMut([i64; KEY], &Cell) -> Result<()>,
) -> Result<()> {
    let query = diesel::sql_query(sql);
    let places: Vec<usize> = columns.places().collect();
    with_conn!(conn, c => {
        drain(query.load_iter::<Numbers, DefaultLoadingMode>(c)?, &places, each)
    })
}

fn drain(
    rows: impl Iterator<Item = QueryResult<Numbers>>,
    places: &[usize],
    mut each: impl FnMut([i64; KEY], &Cell) -> Result<()>,
) -> Result<()> {
    let mut cell = Cell::default();
    for row in rows {
        let Numbers(numbers) = row?;
        for (place, number) in places.iter().zip(&numbers[KEY..]) {
            cell.0[*place] = *number;
        }
        each([numbers[0], numbers[1], numbers[2], numbers[3]], &cell)?;
    }
    Ok(())
}

/// The cells of a tally that meet `condition` (written by the program), in order of key.
pub fn cells(conn: &mut Conn, tally: Tally, condition: &str) -> Result<Vec<KeyedCell>> {
    let mut cells = Vec::new();
    each(conn, tally, &Columns::ALL, condition, |key, cell| {
        cells.push(KeyedCell { key, cell: *cell });
        Ok(())
    })?;
    cells.sort_unstable_by_key(|cell| cell.key);
    Ok(cells)
}

fn select(tally: Tally, columns: &Columns, condition: &str) -> String {
    let mut sql = String::from("select ");
    for at in 0..KEY {
        let column = tally.key.get(at).copied().unwrap_or("0");
        let comma = if at == 0 { "" } else { ", " };
        let _ = write!(sql, "{comma}cast({column} as bigint) as k{at}");
    }
    for place in columns.places() {
        let _ = write!(sql, ", {}", COLUMNS[place]);
    }
    let _ = write!(sql, " from {} where {condition}", tally.table);
    sql
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
    let mut sums = Vec::new();
    drained(conn, columns, sql, |key, cell| {
        sums.push(KeyedCell { key, cell: *cell });
        Ok(())
    })?;
    Ok(sums)
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

/// Writes what the ledger holds into the tallies and empties it. Cells go in fixed order, the
/// company last, so that two writers never wait for each other in a circle.
pub fn post(conn: &mut Conn, ledger: &mut Ledger) -> Result<()> {
    if ledger.has_overflowed() {
        return Err(Error::invalid(Message::new("tally-overflow")));
    }
    let mut ledger = std::mem::take(ledger);
    let durations = std::mem::take(&mut ledger.durations);
    let [staff, team_day, team_quarter, company_day] = ledger.by_tally();
    for (tally, cells) in [staff, team_day, team_quarter] {
        upsert(conn, tally, &cells)?;
    }
    for (key, change) in durations {
        let before = durations_of(conn, key)?.unwrap_or_default();
        let after = before
            .checked_add(&change.added)
            .and_then(|sum| sum.checked_sub(&change.taken))
            .ok_or_else(|| Error::Conflict(Message::new("tally-out-of-step")))?;
        put_durations(conn, key, &after)?;
    }
    upsert(conn, company_day.0, &company_day.1)
}

impl Ledger {
    /// What is counted, as rows of each tally in order of key; cells in which nothing is left are left
    /// out.
    #[must_use]
    pub fn by_tally(self) -> [(Tally, Vec<KeyedCell>); 4] {
        let n = i64::from;
        let staff = self.staff.into_iter();
        let team_day = self.team_day.into_iter();
        let team_quarter = self.team_quarter.into_iter();
        let company_day = self.company_day.into_iter();
        [
            (
                STAFF_QUARTER,
                sorted(staff.map(|((quarter, staff, team, channel), cell)| {
                    ([n(quarter), staff, team, n(channel)], cell)
                })),
            ),
            (
                TEAM_DAY,
                sorted(
                    team_day
                        .map(|((team, day, bot), cell)| ([team, n(day), i64::from(bot), 0], cell)),
                ),
            ),
            (
                TEAM_QUARTER,
                sorted(team_quarter.map(|((quarter, team, channel, bot), cell)| {
                    ([n(quarter), team, n(channel), i64::from(bot)], cell)
                })),
            ),
            (
                COMPANY_DAY,
                sorted(company_day.map(|((day, channel, bot), cell)| {
                    ([n(day), n(channel), i64::from(bot), 0], cell)
                })),
            ),
        ]
    }
}

fn sorted(cells: impl Iterator<Item = ([i64; KEY], Cell)>) -> Vec<KeyedCell> {
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
