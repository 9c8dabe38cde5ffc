//! The figures of any days: what a plan is measured by. One reading holds a measure day by day, so that
//! before, after and the weeks between come from the same rows.

use std::collections::BTreeMap;

use diesel::prelude::*;

use crate::calendar::{FiscalStart, week_number};
use crate::db::Conn;
use crate::db::schema::service_record as sr;
use crate::error::Result;
use crate::evidence::figures;
use crate::evidence::measures::{Duration, Figure, Measure};
use crate::evidence::model::{Cell, Columns, RowKind};
use crate::evidence::rows::{Complaint, Evidence, QualityReview, ServiceRecord, SurveyAnswer};
use crate::evidence::tallies::{self, COMPANY_DAY, TEAM_DAY, list};

/// Whose days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// A person, over all their teams, bots left out.
    Person(i64),
    /// A team with those below it: their numbers.
    Team(Vec<i64>),
    Company,
}

/// A measure day by day.
#[derive(Clone, Debug)]
pub struct Days {
    measure: Measure,
    cells: BTreeMap<i32, Cell>,
    /// Of a median, the values themselves; none where they are too many to be read one by one.
    values: BTreeMap<i32, Vec<i64>>,
}

impl Days {
    /// Reads a measure from one day to another, inclusive: a query for each kind of row it counts, one for
    /// a team or the company.
    pub fn read(
        conn: &mut Conn,
        whose: &Whose,
        measure: Measure,
        (from, to): (i32, i32),
        fiscal_start: FiscalStart,
    ) -> Result<Days> {
        let mut days = Days {
            measure,
            cells: BTreeMap::new(),
            values: BTreeMap::new(),
        };
        if let Measure::Median(duration) = measure {
            days.read_values(conn, whose, duration, (from, to))?;
            return Ok(days);
        }
        let columns = Columns::of([measure]);
        let between = format!("bot = 0 and day between {from} and {to}");
        let (tally, condition) = match whose {
            Whose::Company => (COMPANY_DAY, between),
            Whose::Team(tree) => {
                let teams = list(tree.iter().copied());
                (TEAM_DAY, format!("team_id in ({teams}) and {between}"))
            }
            Whose::Person(staff) => {
                for kind in RowKind::of(measure) {
                    let span = (from, to);
                    match kind {
                        RowKind::Service => {
                            days.count::<ServiceRecord>(conn, *staff, span, fiscal_start)
                        }
                        RowKind::Survey => {
                            days.count::<SurveyAnswer>(conn, *staff, span, fiscal_start)
                        }
                        RowKind::Complaint => {
                            days.count::<Complaint>(conn, *staff, span, fiscal_start)
                        }
                        RowKind::Review => {
                            days.count::<QualityReview>(conn, *staff, span, fiscal_start)
                        }
                    }?;
                }
                return Ok(days);
            }
        };
        for row in tallies::sums(conn, tally, &columns, &condition, &["day"])? {
            days.cells.insert(row.key[0] as i32, row.cell);
        }
        Ok(days)
    }

    fn count<E: Evidence>(
        &mut self,
        conn: &mut Conn,
        staff: i64,
        (from, to): (i32, i32),
        fiscal_start: FiscalStart,
    ) -> Result<()> {
        for row in E::of_staff(conn, &[staff], from, to)? {
            let place = row.place(fiscal_start);
            if !place.bot {
                figures::add(self.cells.entry(place.day).or_default(), &row.cell())?;
            }
        }
        Ok(())
    }

    fn read_values(
        &mut self,
        conn: &mut Conn,
        whose: &Whose,
        duration: Duration,
        (from, to): (i32, i32),
    ) -> Result<()> {
        let query = sr::table
            .filter(sr::day.between(from, to))
            .filter(sr::bot.eq(false))
            .select((sr::day, sr::first_reply_s, sr::resolve_min))
            .limit(figures::ROWS_AT_MOST + 1)
            .into_boxed();
        let rows: Vec<(i32, Option<i32>, Option<i32>)> = match whose {
            Whose::Person(staff) => query.filter(sr::staff_id.eq(staff)).load(conn)?,
            Whose::Team(tree) => query.filter(sr::team_id.eq_any(tree)).load(conn)?,
            Whose::Company => query.load(conn)?,
        };
        if rows.len() as i64 > figures::ROWS_AT_MOST {
            return Ok(());
        }
        for (day, reply, resolve) in rows {
            let value = match duration {
                Duration::FirstReply => reply,
                Duration::Resolve => resolve,
            };
            let values = self.values.entry(day).or_default();
            values.extend(value.map(i64::from));
        }
        Ok(())
    }

    /// The figure of some of the days, inclusive; none without data.
    ///
    /// # Errors
    /// When a sum does not fit.
    pub fn figure(&self, from: i32, to: i32) -> Result<Option<Figure>> {
        if from > to {
            return Ok(None);
        }
        if let Measure::Median(_) = self.measure {
            let values = self.values.range(from..=to).flat_map(|(_, v)| v).copied();
            return Ok(figures::median(values.collect()));
        }
        let mut sum = Cell::default();
        for cell in self.cells.range(from..=to).map(|(_, cell)| cell) {
            figures::add(&mut sum, cell)?;
        }
        Ok(sum.figure(self.measure).filter(|figure| figure.n() > 0))
    }

    /// The figures of the weeks that some days touch, oldest first, with the day number of each Monday.
    ///
    /// # Errors
    /// When a sum does not fit.
    pub fn weeks(&self, from: i32, to: i32) -> Result<Vec<(i32, Option<Figure>)>> {
        (week_number(from)..=week_number(to))
            .map(|week| {
                let monday = week * 7 - 3;
                let figure = self.figure(monday.max(from), (monday + 6).min(to))?;
                Ok((monday, figure))
            })
            .collect()
    }
}
