//! Whether groups of applicants are selected alike, told so that nobody's own statement can be told from it. Pure.
//!
//! What applicants state of themselves is read in groups only. A number of fewer than five people is withheld, and
//! so is what would let it be reckoned: by taking the groups shown from all applicants, those who passed from those
//! who came, or the openings shown from the quarter and the quarters from the whole. Where the numbers are withheld, whether
//! a rate lies below four fifths of the highest is still said, because the smallest numbers are the ones to look at.

use std::collections::{BTreeMap, BTreeSet};

use crate::calendar::Quarter;
use crate::people::groups::{SMALLEST_GROUP, TeamHeads, open_teams};
use crate::recruitment::model::analytics::{Column, Map, Placed};
use crate::recruitment::model::codes::ApplicationState;
use crate::stats::Interval;
use crate::stats::selection::{Difference, impact};
use crate::stats::strata::{Common, mantel_haenszel};

/// A table in which fewer than this many would be expected somewhere is small.
const LEAST_EXPECTED: f64 = 5.0;

/// How many applicants of an opening state something of themselves, and where they stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stated {
    pub stage_id: i64,
    pub state: ApplicationState,
    pub attribute: String,
    pub value: String,
    pub n: i64,
}

/// The same of those whose particulars are erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folded {
    pub opening_id: i64,
    pub position: i32,
    pub attribute: String,
    pub value: String,
    pub entered: i64,
    pub passed: i64,
}

/// Of which openings groups are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Of all.
    Whole,
    /// Of those published in a quarter.
    Quarter(Quarter),
    /// Of one.
    Opening(i64),
}

/// What somebody's decided applications came to at a stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    entered: i64,
    passed: i64,
}

impl Count {
    fn parts(self) -> [i64; 3] {
        [self.entered, self.passed, self.entered - self.passed]
    }
}

/// By opening.
type Counts = BTreeMap<i64, Count>;

/// An attribute at a step, a row for each group.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    pub attribute: String,
    pub column: Column,
    pub groups: Vec<Group>,
    /// Groups that are left out because they are too small, or because others could be told from them.
    pub withheld: usize,
}

/// A group of five or more at a step.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    pub value: String,
    /// Those about whom was decided: who passed, and who was rejected.
    pub entered: i64,
    /// None where fewer than five did or did not, or that could be reckoned.
    pub passed: Option<i64>,
    /// Whether it is that with the highest rate, to which others are compared.
    pub highest: bool,
    /// None for the highest, and where nobody passed.
    pub against: Option<Against>,
}

/// A group beside the one with the highest rate.
#[derive(Clone, Debug, PartialEq)]
pub struct Against {
    /// Strictly below four fifths.
    pub below: bool,
    /// Whether one choice would turn that, or the numbers are too small for most tests.
    pub small: bool,
    /// Whether less than 2 % of all: not looked to for the highest rate.
    pub marginal: bool,
    /// Whether Fisher's exact test finds a difference at 5 %.
    pub differs: bool,
    /// None where numbers of either group are withheld.
    pub figures: Option<Figures>,
}

/// What a comparison comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    pub ratio: f64,
    pub interval: Option<Interval>,
    pub difference: Option<Difference>,
    /// Probability by Fisher's exact test.
    pub exact: f64,
    /// Opening by opening, taken together; none where no opening has people of both about whom it decided otherwise.
    pub common: Option<Common>,
}

/// Everything that is known of groups, by attribute, step and value.
struct Cells(BTreeMap<String, BTreeMap<usize, BTreeMap<String, Counts>>>);

/// All applicants about whom was decided, whether they state anything or not, by step: what a reader can take the
/// groups from.
fn everybody(map: &Map, placed: &[Placed]) -> BTreeMap<usize, Counts> {
    let mut all: BTreeMap<usize, Counts> = BTreeMap::new();
    for group in placed {
        let Some(opening) = map.opening(group.stage_id) else {
            continue;
        };
        for (column, passed) in map.reached(group.stage_id, group.state) {
            if is_decided(group.state, passed) {
                let count = all.entry(column).or_default().entry(opening).or_default();
                count.entered += group.n;
                count.passed += group.n * i64::from(passed);
            }
        }
    }
    all
}

/// Whether an application counts at a step that it has come to. Who withdrew is no applicant there any more, and of
/// who is there nothing is decided yet.
fn is_decided(state: ApplicationState, passed: bool) -> bool {
    passed || state == ApplicationState::Rejected
}

impl Cells {
    fn count(map: &Map, stated: &[Stated], folded: &[Folded]) -> Cells {
        let mut cells = Cells(BTreeMap::new());
        for row in stated {
            let Some(opening) = map.opening(row.stage_id) else {
                continue;
            };
            for (column, passed) in map.reached(row.stage_id, row.state) {
                if is_decided(row.state, passed) {
                    let count = cells.at(&row.attribute, column, &row.value, opening);
                    count.entered += row.n;
                    count.passed += row.n * i64::from(passed);
                }
            }
        }
        for row in folded {
            // A step of several stages is entered at the first of them and passed at the last.
            let (first, last) = map.ends_at(row.opening_id, row.position);
            if let Some(column) = first {
                cells
                    .at(&row.attribute, column, &row.value, row.opening_id)
                    .entered += row.entered;
            }
            if let Some(column) = last {
                cells
                    .at(&row.attribute, column, &row.value, row.opening_id)
                    .passed += row.passed;
            }
        }
        cells
    }

    fn at(&mut self, attribute: &str, column: usize, value: &str, opening: i64) -> &mut Count {
        self.0
            .entry(attribute.to_string())
            .or_default()
            .entry(column)
            .or_default()
            .entry(value.to_string())
            .or_default()
            .entry(opening)
            .or_default()
    }
}

/// Selection by group at every step. `placed`: all applications; `published`: the quarter in which each opening was
/// published.
#[must_use]
pub fn tables(
    map: &Map,
    placed: &[Placed],
    stated: &[Stated],
    folded: &[Folded],
    published: &BTreeMap<i64, Option<Quarter>>,
    scope: Scope,
) -> Vec<Table> {
    let cells = Cells::count(map, stated, folded);
    let everybody = everybody(map, placed);
    let mut found = Vec::new();
    for (attribute, columns) in cells.0 {
        for (at, values) in columns {
            let Some(column) = map.columns().get(at).copied() else {
                continue;
            };
            let all = sum(everybody.get(&at), published, scope);
            let cells = cells_of(&values, all, published, scope);
            found.extend(table(&attribute, column, cells, published, scope));
        }
    }
    found
}

/// A value of an attribute within the scope.
struct Cell<'a> {
    value: &'a str,
    sum: Count,
    /// Those of the scope, by opening.
    parts: &'a Counts,
    /// Whether the number who came, and that of who passed, may be told.
    shown: bool,
    passed_shown: bool,
}

/// Adds up what belongs to a scope.
fn sum(parts: Option<&Counts>, published: &BTreeMap<i64, Option<Quarter>>, scope: Scope) -> Count {
    let within = parts
        .into_iter()
        .flatten()
        .filter(|(opening, _)| holds(scope, **opening, published));
    within.fold(Count::default(), |sum, (_, part)| Count {
        entered: sum.entered + part.entered,
        passed: sum.passed + part.passed,
    })
}

/// The values of an attribute that somebody states, with what of each may be told; `all` applicants are known to the
/// reader.
fn cells_of<'a>(
    values: &'a BTreeMap<String, Counts>,
    all: Count,
    published: &BTreeMap<i64, Option<Quarter>>,
    scope: Scope,
) -> Vec<Cell<'a>> {
    let mut cells: Vec<Cell<'_>> = values
        .iter()
        .map(|(value, parts)| {
            let [shown, passed, failed] = tellable(parts, published, scope);
            Cell {
                value,
                sum: sum(Some(parts), published, scope),
                parts,
                shown,
                passed_shown: passed && failed,
            }
        })
        .filter(|cell| cell.sum.entered > 0)
        .collect();
    let rest = |heads: fn(Count) -> i64| {
        let stated: i64 = cells.iter().map(|cell| heads(cell.sum)).sum();
        (heads(all) - stated).max(0)
    };
    let silent = [
        rest(|count| count.entered),
        rest(|count| count.passed),
        rest(|count| count.entered - count.passed),
    ];
    close_remainders(
        &mut cells,
        &silent[..1],
        |cell| &mut cell.shown,
        |cell| vec![cell.sum.entered],
    );
    for cell in &mut cells {
        cell.passed_shown &= cell.shown;
    }
    close_remainders(
        &mut cells,
        &silent[1..],
        |cell| &mut cell.passed_shown,
        |cell| cell.sum.parts()[1..].to_vec(),
    );
    cells
}

fn table(
    attribute: &str,
    column: Column,
    mut cells: Vec<Cell<'_>>,
    published: &BTreeMap<i64, Option<Quarter>>,
    scope: Scope,
) -> Option<Table> {
    let withheld = cells.iter().filter(|cell| !cell.shown).count();
    cells.retain(|cell| cell.shown);
    if cells.len() < 2 {
        return None;
    }
    Some(Table {
        attribute: attribute.to_string(),
        column,
        groups: groups(&cells, published, scope)?,
        withheld,
    })
}

/// Whether an opening belongs to a scope.
fn holds(scope: Scope, opening: i64, published: &BTreeMap<i64, Option<Quarter>>) -> bool {
    match scope {
        Scope::Whole => true,
        Scope::Quarter(quarter) => published.get(&opening).copied().flatten() == Some(quarter),
        Scope::Opening(id) => id == opening,
    }
}

/// Whether who came, passed and did not pass may be told of a scope: five or more, or nobody; and of a part of the
/// whole, only where no remainder of fewer than five follows from it.
fn tellable(parts: &Counts, published: &BTreeMap<i64, Option<Quarter>>, scope: Scope) -> [bool; 3] {
    [0, 1, 2].map(|which| {
        let heads = |count: &Count| count.parts()[which];
        let within = parts
            .iter()
            .filter(|(opening, _)| holds(scope, **opening, published));
        let sum: i64 = within.map(|(_, count)| heads(count)).sum();
        if sum < SMALLEST_GROUP {
            return sum == 0;
        }
        if scope == Scope::Whole {
            return true;
        }
        let mut quarters: BTreeMap<Scope, i64> = BTreeMap::new();
        let mut nodes = Vec::new();
        for (opening, count) in parts {
            let quarter = published
                .get(opening)
                .copied()
                .flatten()
                .map(Scope::Quarter);
            if let Some(quarter) = quarter {
                *quarters.entry(quarter).or_default() += heads(count);
            }
            nodes.push(TeamHeads {
                team: Scope::Opening(*opening),
                parent: quarter,
                heads: heads(count),
            });
        }
        nodes.extend(quarters.into_iter().map(|(team, heads)| TeamHeads {
            team,
            parent: None,
            heads,
        }));
        let whole = parts.values().map(heads).sum();
        let open: BTreeSet<Scope> = open_teams(&nodes, whole);
        open.contains(&scope)
    })
}

/// Withholds the smallest of what is shown until no remainder of one to four follows from taking it from all, of whom
/// `silent` state nothing.
fn close_remainders(
    cells: &mut [Cell<'_>],
    silent: &[i64],
    shown: impl for<'c, 'd> Fn(&'c mut Cell<'d>) -> &'c mut bool,
    heads: impl Fn(&Cell<'_>) -> Vec<i64>,
) {
    loop {
        let mut rest = silent.to_vec();
        let mut smallest: Option<(i64, usize)> = None;
        for (at, cell) in cells.iter_mut().enumerate() {
            let own = heads(cell);
            if *shown(cell) {
                let size = cell.sum.entered;
                if smallest.is_none_or(|(least, _)| size < least) {
                    smallest = Some((size, at));
                }
            } else {
                for (sum, n) in rest.iter_mut().zip(own) {
                    *sum += n;
                }
            }
        }
        let telling = rest.iter().any(|n| (1..SMALLEST_GROUP).contains(n));
        match smallest {
            Some((_, at)) if telling => *shown(&mut cells[at]) = false,
            _ => return,
        }
    }
}

fn groups(
    cells: &[Cell<'_>],
    published: &BTreeMap<i64, Option<Quarter>>,
    scope: Scope,
) -> Option<Vec<Group>> {
    let rates: Vec<(i64, i64)> = cells
        .iter()
        .map(|cell| (cell.sum.passed, cell.sum.entered))
        .collect();
    let impacts = impact(&rates)?;
    // Of several with the highest rate the largest, as the comparison itself has it.
    let highest = (0..cells.len())
        .filter(|&at| impacts[at].counts && impacts[at].against.is_none() && rates[at].0 > 0)
        .max_by_key(|&at| rates[at].1);
    let groups = cells
        .iter()
        .zip(&impacts)
        .enumerate()
        .map(|(at, (cell, found))| {
            let against = found.against.zip(highest).map(|(against, best)| Against {
                below: against.below,
                small: against.hinges || expects_few(rates[at], rates[best]),
                marginal: !found.counts,
                differs: against.exact < 0.05,
                figures: (cell.passed_shown && cells[best].passed_shown).then(|| Figures {
                    ratio: against.ratio,
                    interval: against.interval,
                    difference: against.difference,
                    exact: against.exact,
                    common: common(cell, &cells[best], published, scope),
                }),
            });
            Group {
                value: cell.value.to_string(),
                entered: cell.sum.entered,
                passed: cell.passed_shown.then_some(cell.sum.passed),
                highest: highest == Some(at),
                against,
            }
        });
    Some(groups.collect())
}

/// Whether fewer than five would be expected in some place of the table of two rates.
fn expects_few(one: (i64, i64), other: (i64, i64)) -> bool {
    let (chosen, all) = (one.0 + other.0, one.1 + other.1);
    let least = one.1.min(other.1) as f64 * chosen.min(all - chosen) as f64 / all as f64;
    least < LEAST_EXPECTED
}

/// Two groups opening by opening.
fn common(
    cell: &Cell<'_>,
    best: &Cell<'_>,
    published: &BTreeMap<i64, Option<Quarter>>,
    scope: Scope,
) -> Option<Common> {
    let rate = |count: &Count| (count.passed, count.entered);
    let strata: Vec<_> = cell
        .parts
        .iter()
        .filter(|(opening, _)| holds(scope, **opening, published))
        .filter_map(|(opening, count)| Some((rate(count), rate(best.parts.get(opening)?))))
        .collect();
    mantel_haenszel(&strata)
}

#[cfg(test)]
mod tests;
