//! Evidence in the database: rows and tallies written together, followers re-attributed, everything
//! recounted on demand. What pages read of it: in `subject` the figures of one person or team, in `lists`
//! the rows behind them.

pub mod lists;
pub mod span;
pub mod subject;

use std::collections::{BTreeMap, HashMap};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use serde::Serialize;

use crate::calendar::{FiscalStart, Quarter, date_of, day_number};
use crate::db::Conn;
use crate::db::schema::{category, complaint, record_change, survey_answer};
use crate::error::Result;
use crate::evidence::model::{Cell, Durations, Ledger};
use crate::evidence::rows::{Complaint, Evidence, QualityReview, ServiceRecord, SurveyAnswer};
use crate::evidence::tallies::{
    self, COMPANY_DAY, KeyedCell, STAFF_QUARTER, TEAM_DAY, TEAM_QUARTER, Tally,
};
use crate::insert_all;

/// Cells held in memory before they are written: about 36 MB, and as much again while they are sorted.
const CELLS_AT_ONCE: usize = 100_000;

/// What a batch did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Applied {
    pub new: u64,
    pub changed: u64,
    pub unchanged: u64,
    pub deleted: u64,
}

/// A row as the file has it: its new content, or that it is to be removed.
pub enum Incoming<E> {
    Row(E),
    Removed { external_id: String },
}

impl<E: Evidence> Incoming<E> {
    fn external_id(&self) -> &str {
        match self {
            Incoming::Row(row) => row.external_id(),
            Incoming::Removed { external_id } => external_id,
        }
    }
}

#[derive(Insertable)]
#[diesel(table_name = record_change)]
#[diesel(treat_none_as_default_value = false)]
struct NewChange {
    kind: &'static str,
    source_id: i64,
    external_id: String,
    import_id: i64,
    deleted: bool,
    before_json: String,
}

/// Writes rows of one import and keeps the tallies in step: the old content counted out, the new one
/// in. Whoever applies must `finish`.
pub struct Writer<'a> {
    pub conn: &'a mut Conn,
    pub source_id: i64,
    pub import_id: i64,
    fiscal_start: FiscalStart,
    ledger: Ledger,
    /// No row of this source is stored yet: nothing to look up.
    fresh: bool,
    /// Indexes taken off an empty table, to be put back when it is full.
    indexes: Vec<String>,
    pub applied: Applied,
}

impl<'a> Writer<'a> {
    /// A writer for rows of kind `E` of a source.
    pub fn new<E: Evidence>(
        conn: &'a mut Conn,
        source_id: i64,
        import_id: i64,
        fiscal_start: FiscalStart,
    ) -> Result<Self> {
        let (of_source, of_any) = E::any(conn, source_id)?;
        let indexes = if of_any {
            Vec::new()
        } else {
            conn.drop_indexes(E::TABLE)?
        };
        Ok(Writer {
            conn,
            source_id,
            import_id,
            fiscal_start,
            ledger: Ledger::default(),
            fresh: !of_source,
            indexes,
            applied: Applied::default(),
        })
    }

    /// Applies a batch. Ids are unique within an import.
    pub fn apply<E: Evidence>(&mut self, batch: Vec<Incoming<E>>) -> Result<()> {
        let mut stored: HashMap<String, (i64, E)> = HashMap::new();
        if !self.fresh {
            let ids: Vec<&str> = batch.iter().map(Incoming::external_id).collect();
            stored = E::find(self.conn, self.source_id, &ids)?
                .into_iter()
                .map(|(id, row)| (row.external_id().to_string(), (id, row)))
                .collect();
        }
        let mut new = Vec::new();
        let mut changes = Vec::new();
        let mut moved = Vec::new();
        for incoming in batch {
            let before = stored.remove(incoming.external_id());
            match (incoming, before) {
                (Incoming::Row(row), None) => {
                    self.count(&row, 1);
                    self.applied.new += 1;
                    new.push(row);
                }
                (Incoming::Row(row), Some((_, before))) if row.same_content(&before) => {
                    self.applied.unchanged += 1;
                }
                (Incoming::Row(row), Some((id, before))) => {
                    self.count(&before, -1);
                    self.count(&row, 1);
                    E::update(self.conn, id, &row)?;
                    changes.push(self.change(&before, false)?);
                    moved.push(id);
                    self.applied.changed += 1;
                }
                (Incoming::Removed { .. }, Some((id, before))) => {
                    self.count(&before, -1);
                    changes.push(self.change(&before, true)?);
                    E::delete(self.conn, id)?;
                    moved.push(id);
                    self.applied.deleted += 1;
                }
                (Incoming::Removed { .. }, None) => self.applied.unchanged += 1,
            }
        }
        E::insert(self.conn, new)?;
        insert_all!(self.conn, record_change::table, changes)?;
        if E::KIND == ServiceRecord::KIND && !moved.is_empty() {
            self.follow::<SurveyAnswer>(&moved)?;
            self.follow::<Complaint>(&moved)?;
        }
        if self.ledger.cells() > CELLS_AT_ONCE {
            tallies::post(self.conn, &mut self.ledger)?;
        }
        Ok(())
    }

    /// Writes what is still held back.
    pub fn finish(mut self) -> Result<Applied> {
        tallies::post(self.conn, &mut self.ledger)?;
        for definition in &self.indexes {
            self.conn.batch_execute(definition)?;
        }
        Ok(self.applied)
    }

    fn count<E: Evidence>(&mut self, row: &E, sign: i64) {
        let place = row.place(self.fiscal_start);
        self.ledger.count(&place, &row.cell(), sign);
        if let Some(facts) = row.facts() {
            self.ledger.count_durations(&place, &facts, sign);
        }
    }

    fn change<E: Evidence>(&self, before: &E, deleted: bool) -> Result<NewChange> {
        Ok(NewChange {
            kind: E::KIND,
            source_id: self.source_id,
            external_id: before.external_id().to_string(),
            import_id: self.import_id,
            deleted,
            before_json: serde_json::to_string(before)?,
        })
    }

    /// Answers and complaints that name a record but no employee belong to whom the record belongs
    /// to, also after it was corrected. Those of a deleted record stay with whom they were.
    fn follow<F: Follower>(&mut self, records: &[i64]) -> Result<()> {
        let targets = attributions(self.conn, records)?;
        for (id, before) in F::followers(self.conn, records)? {
            let mut after = before.clone();
            after.attribute(before.record().and_then(|r| targets.get(&r)));
            after.seal();
            if after.same_content(&before) {
                continue;
            }
            self.count(&before, -1);
            self.count(&after, 1);
            F::update(self.conn, id, &after)?;
        }
        Ok(())
    }
}

/// Whom a service record belongs to.
#[derive(Clone, Copy, Debug, Queryable)]
pub struct Attribution {
    pub staff_id: Option<i64>,
    pub team_id: Option<i64>,
    pub bot: bool,
    pub channel: i32,
}

fn attributions(conn: &mut Conn, records: &[i64]) -> Result<HashMap<i64, Attribution>> {
    use crate::db::schema::service_record as r;
    let rows: Vec<(i64, Attribution)> = r::table
        .filter(r::id.eq_any(records))
        .select((r::id, (r::staff_id, r::team_id, r::bot, r::channel)))
        .load(conn)?;
    Ok(rows.into_iter().collect())
}

/// Service records of a source by external id: their row and whom they belong to.
pub fn records_by_external_id(
    conn: &mut Conn,
    source_id: i64,
    ids: &[&str],
) -> Result<HashMap<String, (i64, Attribution)>> {
    use crate::db::schema::service_record as r;
    let rows: Vec<(String, (i64, Attribution))> = r::table
        .filter(r::source_id.eq(source_id))
        .filter(r::external_id.eq_any(ids))
        .select((
            r::external_id,
            (r::id, (r::staff_id, r::team_id, r::bot, r::channel)),
        ))
        .load(conn)?;
    Ok(rows.into_iter().collect())
}

/// Evidence that may belong to a service record.
trait Follower: Evidence {
    fn followers(conn: &mut Conn, records: &[i64]) -> Result<Vec<(i64, Self)>>;
    fn record(&self) -> Option<i64>;
    /// `None`: the record is gone.
    fn attribute(&mut self, to: Option<&Attribution>);
}

macro_rules! follower {
    ($row:ident, $table:ident) => {
        impl Follower for $row {
            fn followers(conn: &mut Conn, records: &[i64]) -> Result<Vec<(i64, Self)>> {
                Ok($table::table
                    .filter($table::record_id.eq_any(records))
                    .select(($table::id, $row::as_select()))
                    .load(conn)?)
            }

            fn record(&self) -> Option<i64> {
                self.record_id
            }

            fn attribute(&mut self, to: Option<&Attribution>) {
                let Some(to) = to else {
                    self.record_id = None;
                    return;
                };
                if !self.own_staff {
                    self.staff_id = to.staff_id;
                    self.team_id = to.team_id;
                    self.bot = to.bot;
                    self.channel = to.channel;
                }
            }
        }
    };
}
follower!(SurveyAnswer, survey_answer);
follower!(Complaint, complaint);

/// Every category, by code.
pub fn categories(conn: &mut Conn) -> Result<HashMap<String, i64>> {
    Ok(category::table
        .select((category::code, category::id))
        .load::<(String, i64)>(conn)?
        .into_iter()
        .collect())
}

/// Makes a category whose name is its code until somebody names it.
pub fn add_category(conn: &mut Conn, code: &str) -> Result<i64> {
    Ok(diesel::insert_into(category::table)
        .values((
            category::code.eq(code),
            category::name_zh.eq(code),
            category::name_en.eq(code),
        ))
        .returning(category::id)
        .get_result(conn)?)
}

/// A cell that is not what the rows say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub table: &'static str,
    /// The key's columns and values.
    pub key: BTreeMap<&'static str, i64>,
}

/// What a recount found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Recount {
    pub rows: u64,
    pub cells: u64,
    pub differences: Vec<Difference>,
}

/// Counts every row again, a quarter at a time, and compares with the stored tallies.
pub fn recount(conn: &mut Conn, fiscal_start: FiscalStart) -> Result<Recount> {
    let mut found = Recount::default();
    let ends = [
        ServiceRecord::days(conn)?,
        SurveyAnswer::days(conn)?,
        Complaint::days(conn)?,
        QualityReview::days(conn)?,
    ];
    let first = ends.iter().flatten().map(|e| e.0).min();
    let last = ends.iter().flatten().map(|e| e.1).max();
    let (Some(first), Some(last)) = (first, last) else {
        strays(conn, "1 = 1", "1 = 1", &mut found)?;
        return Ok(found);
    };
    let first_quarter = Quarter::of(date_of(first), fiscal_start);
    let last_quarter = Quarter::of(date_of(last), fiscal_start);
    let mut quarter = first_quarter;
    while quarter <= last_quarter {
        let from = day_number(quarter.first_day(fiscal_start));
        let to = day_number(quarter.last_day(fiscal_start));
        let mut ledger = Ledger::default();
        for day in from.max(first)..=to.min(last) {
            found.rows += recount_day::<ServiceRecord>(conn, day, fiscal_start, &mut ledger)?
                + recount_day::<SurveyAnswer>(conn, day, fiscal_start, &mut ledger)?
                + recount_day::<Complaint>(conn, day, fiscal_start, &mut ledger)?
                + recount_day::<QualityReview>(conn, day, fiscal_start, &mut ledger)?;
        }
        compare(conn, quarter.index(), (from, to), ledger, &mut found)?;
        quarter = quarter.next();
    }
    strays(
        conn,
        &format!(
            "quarter not between {} and {}",
            first_quarter.index(),
            last_quarter.index()
        ),
        &format!(
            "day not between {} and {}",
            day_number(first_quarter.first_day(fiscal_start)),
            day_number(last_quarter.last_day(fiscal_start))
        ),
        &mut found,
    )?;
    Ok(found)
}

/// Cells of quarters and days that have no row at all.
fn strays(conn: &mut Conn, in_quarters: &str, in_days: &str, found: &mut Recount) -> Result<()> {
    for (tally, condition) in [
        (STAFF_QUARTER, in_quarters),
        (TEAM_DAY, in_days),
        (TEAM_QUARTER, in_quarters),
        (COMPANY_DAY, in_days),
    ] {
        let cells = tallies::cells(conn, tally, condition)?;
        found.cells += cells.len() as u64;
        found
            .differences
            .extend(cells.into_iter().map(|cell| difference(tally, cell.key)));
    }
    let durations = tallies::durations(conn, in_quarters)?;
    found.cells += durations.len() as u64;
    found
        .differences
        .extend(durations.into_keys().map(duration_difference));
    Ok(())
}

fn recount_day<E: Evidence>(
    conn: &mut Conn,
    day: i32,
    fiscal_start: FiscalStart,
    ledger: &mut Ledger,
) -> Result<u64> {
    let rows = E::of_day(conn, day)?;
    for row in &rows {
        let place = row.place(fiscal_start);
        ledger.count(&place, &row.cell(), 1);
        if let Some(facts) = row.facts() {
            ledger.count_durations(&place, &facts, 1);
        }
    }
    Ok(rows.len() as u64)
}

fn compare(
    conn: &mut Conn,
    quarter: i32,
    (from, to): (i32, i32),
    mut ledger: Ledger,
    found: &mut Recount,
) -> Result<()> {
    let in_quarter = format!("quarter = {quarter}");
    let in_days = format!("day between {from} and {to}");
    let durations = std::mem::take(&mut ledger.durations);
    for (tally, cells) in ledger.by_tally() {
        let condition = if tally.key.contains(&"quarter") {
            &in_quarter
        } else {
            &in_days
        };
        let mut expected: BTreeMap<[i64; 4], Cell> =
            cells.into_iter().map(|c| (c.key, c.cell)).collect();
        for KeyedCell { key, cell } in tallies::cells(conn, tally, condition)? {
            found.cells += 1;
            if expected.remove(&key) != Some(cell) {
                found.differences.push(difference(tally, key));
            }
        }
        let missing = expected.into_keys().map(|key| difference(tally, key));
        found.differences.extend(missing);
    }
    let mut expected: BTreeMap<_, Durations> = durations
        .into_iter()
        .map(|(key, change)| (key, change.added))
        .collect();
    expected.retain(|_, durations| !durations.is_empty());
    for (key, durations) in tallies::durations(conn, &in_quarter)? {
        found.cells += 1;
        if expected.remove(&key) != Some(durations) {
            found.differences.push(duration_difference(key));
        }
    }
    found
        .differences
        .extend(expected.into_keys().map(duration_difference));
    Ok(())
}

fn difference(tally: Tally, key: [i64; 4]) -> Difference {
    Difference {
        table: tally.table,
        key: tally.key.iter().copied().zip(key).collect(),
    }
}

fn duration_difference((quarter, team, channel): (i32, i64, i32)) -> Difference {
    Difference {
        table: "tally_duration",
        key: BTreeMap::from([
            ("quarter", i64::from(quarter)),
            ("team_id", team),
            ("channel", i64::from(channel)),
        ]),
    }
}

/// Rows that point to a parent that is not there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Orphans {
    pub table: &'static str,
    pub column: &'static str,
    pub count: i64,
}

/// Evidence has no foreign keys: `check` looks for what points nowhere.
pub fn orphans(conn: &mut Conn) -> Result<Vec<Orphans>> {
    const LINKS: [(&str, &str, &str); 13] = [
        ("service_record", "staff_id", "staff"),
        ("service_record", "team_id", "team"),
        ("service_record", "category_id", "category"),
        ("service_record", "source_id", "source"),
        ("survey_answer", "staff_id", "staff"),
        ("survey_answer", "team_id", "team"),
        ("survey_answer", "record_id", "service_record"),
        ("complaint", "staff_id", "staff"),
        ("complaint", "team_id", "team"),
        ("complaint", "record_id", "service_record"),
        ("complaint", "category_id", "category"),
        ("quality_review", "staff_id", "staff"),
        ("quality_review", "team_id", "team"),
    ];
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        n: i64,
    }
    let mut found = Vec::new();
    for (table, column, parent) in LINKS {
        let count: Count = diesel::sql_query(format!(
            "select count(*) as n from {table} c where c.{column} is not null \
             and not exists (select 1 from {parent} p where p.id = c.{column})"
        ))
        .get_result(conn)?;
        if count.n > 0 {
            found.push(Orphans {
                table,
                column,
                count: count.n,
            });
        }
    }
    Ok(found)
}
