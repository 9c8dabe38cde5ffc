//! Figures of KPIs from files: what no records bring, stated for people and teams by quarter.

use std::collections::{BTreeMap, HashMap};

use crate::calendar::{FiscalStart, Quarter};
use crate::db::Conn;
use crate::error::Result;
use crate::goals::model::typed::Typed;
use crate::goals::model::{Figure, Kpi};
use crate::goals::store::library;
use crate::goals::store::values::{self, Of, Stated};
use crate::import::run::{Kind as ImportKind, Loaded, Run};
use crate::import::{ColumnSpec, Kind, Reader, Reason, RowView, nearest};
use crate::people::store::Directory;

/// `espalier import kpi-values`
pub const KPI_VALUES: ImportKind = ImportKind {
    name: "kpi-values",
    columns: &[
        ColumnSpec::required("kpi", Kind::Code),
        ColumnSpec::optional("employee_no", Kind::Text(64)),
        ColumnSpec::optional("team", Kind::Text(64)),
        ColumnSpec::optional("period", Kind::Text(10)),
        ColumnSpec::optional("from", Kind::Date),
        ColumnSpec::optional("to", Kind::Date),
        ColumnSpec::required("value", Kind::Text(20)),
        ColumnSpec::required("n", Kind::Text(20)),
        ColumnSpec::required("source", Kind::Text(500)),
    ],
    load: load_values,
};

/// Places of the columns above.
const KPI: usize = 0;
const EMPLOYEE: usize = 1;
const TEAM: usize = 2;
const PERIOD: usize = 3;
const FROM: usize = 4;
const TO: usize = 5;
const VALUE: usize = 6;
const N: usize = 7;
const SOURCE: usize = 8;

fn rule(key: &'static str) -> Reason {
    Reason::Rule {
        key,
        args: Vec::new(),
    }
}

/// Whom a row is about: a person or a team, one of them.
fn subject(row: &RowView<'_>, directory: &Directory) -> Option<Of> {
    match (row.text(EMPLOYEE), row.text(TEAM)) {
        (Some(no), None) => match directory.by_number(no) {
            Some(id) => Some(Of::Staff(id)),
            None => {
                let nearest = nearest(no, directory.numbers()).map(str::to_string);
                row.problem(EMPLOYEE, Reason::Unknown { nearest });
                None
            }
        },
        (None, Some(code)) => match directory.team_by_code(code) {
            Some(id) => Some(Of::Team(id)),
            None => {
                let nearest = nearest(code, directory.codes()).map(str::to_string);
                row.problem(TEAM, Reason::Unknown { nearest });
                None
            }
        },
        _ => {
            row.problem(EMPLOYEE, rule("import-value-one-subject"));
            None
        }
    }
}

/// The quarter of a row: named, or by its first and last day.
fn quarter(row: &RowView<'_>, fiscal_start: FiscalStart) -> Option<Quarter> {
    match (row.text(PERIOD), row.date(FROM), row.date(TO)) {
        (Some(period), None, None) => {
            let found = period.parse().ok();
            if found.is_none() {
                row.problem(PERIOD, rule("import-value-no-quarter"));
            }
            found
        }
        (None, Some(from), Some(to)) => {
            let found = Quarter::of(from, fiscal_start);
            let whole = (found.first_day(fiscal_start), found.last_day(fiscal_start));
            if whole != (from, to) {
                row.problem(TO, rule("import-value-no-quarter"));
                return None;
            }
            Some(found)
        }
        _ => {
            row.problem(PERIOD, rule("import-value-one-period"));
            None
        }
    }
}

/// The KPI of a row, if its figures are stated and not counted from records.
fn stated_kpi<'k>(row: &RowView<'_>, known: &'k BTreeMap<String, (i64, Kpi)>) -> Option<&'k Kpi> {
    let code = row.text(KPI)?;
    match known.get(code) {
        Some((_, kpi)) if kpi.measure.is_none() => Some(kpi),
        Some(_) => {
            row.problem(KPI, rule("import-value-counted"));
            None
        }
        None => {
            let nearest = nearest(code, known.keys().map(String::as_str)).map(str::to_string);
            row.problem(KPI, Reason::Unknown { nearest });
            None
        }
    }
}

fn figure(row: &RowView<'_>, kpi: &Kpi) -> Option<Figure> {
    let (value, n) = (row.text(VALUE)?, row.text(N)?);
    let found = Typed::of(kpi.unit).figure(value, n);
    if found.is_none() {
        row.problem(VALUE, rule("value-wrong"));
    }
    found
}

fn load_values(conn: &mut Conn, reader: &mut Reader, run: &Run) -> Result<Loaded> {
    let directory = Directory::load(conn)?;
    let known = library(conn)?;
    let mut lines: HashMap<(String, i32, Of), u64> = HashMap::new();
    let mut stated: Vec<Stated> = Vec::new();
    while let Some(row) = reader.next_row()? {
        let kpi = stated_kpi(&row, &known);
        let of = subject(&row, &directory);
        let quarter = quarter(&row, run.fiscal_start());
        let figure = kpi.and_then(|kpi| figure(&row, kpi));
        let source = row.text(SOURCE);
        let (Some(kpi), Some(of), Some(quarter), Some(figure), Some(source)) =
            (kpi, of, quarter, figure, source)
        else {
            continue;
        };
        let key = (kpi.code.clone(), quarter.index(), of);
        if let Some(&first_line) = lines.get(&key) {
            row.problem(VALUE, Reason::Duplicate { first_line });
        }
        if row.is_bad() {
            continue;
        }
        lines.insert(key, row.line());
        stated.push(Stated {
            kpi: kpi.code.clone(),
            quarter,
            of,
            figure,
            note: source.to_string(),
        });
    }
    let (new, changed) = values::state_all(conn, &stated, &run.actor)?;
    Ok(Loaded {
        new,
        changed,
        unchanged: stated.len() as u64 - new - changed,
        ..Loaded::default()
    })
}
