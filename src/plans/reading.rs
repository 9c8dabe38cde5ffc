//! Everything that is known of a plan, read for its page and for reports: what was stored, and the figures that
//! tell whether it worked.

use chrono::NaiveDate;

use crate::calendar::{FiscalStart, Zone, date_of, day_number};
use crate::db::Conn;
use crate::error::Result;
use crate::evidence::store::span::{Days, Whose};
use crate::findings::store as findings;
use crate::people::store::reach;
use crate::plans::model::{Baseline, Record, State, Week};
use crate::plans::store::{self, Plan};
use crate::plans::view::sheet::Known;

/// Weeks of the chart: a year and a half.
const MOST_WEEKS: i32 = 78;

/// Everything that is known of a plan on a day: of a closed one the figures frozen with it, else those of now.
pub fn known(
    conn: &mut Conn,
    plan: Plan,
    today: NaiveDate,
    zone: Zone,
    fiscal_start: FiscalStart,
) -> Result<Known> {
    let mut known = Known {
        actions: store::actions(conn, plan.id)?,
        events: store::events(conn, plan.id)?,
        findings: findings::of_plan(conn, plan.id)?,
        record: store::record(conn, &plan)?,
        after: None,
        comparison_after: None,
        weeks: Vec::new(),
        today,
        zone,
        plan,
    };
    match &known.record {
        Some(record) => known.weeks.clone_from(&record.weeks),
        None => measure(conn, &mut known, fiscal_start)?,
    }
    Ok(known)
}

/// What a plan is remembered by when a step closes it.
#[must_use]
pub fn record(known: &Known, outcome: State) -> Record {
    let plan = &known.plan;
    Record {
        after: known.after,
        baseline: plan.baseline,
        check_from: plan.terms.check_from,
        code: plan.code.clone(),
        comparison_after: known.comparison_after,
        ends_on: plan.terms.ends_on,
        kpi: plan.kpi.as_ref().map(|kpi| kpi.code.clone()),
        min_effect_u: plan.terms.min_effect_u,
        outcome,
        target_u: plan.terms.target_u,
        verdict: known.verdict(),
        weeks: known.weeks.clone(),
    }
}

/// Whose figures a plan is measured by.
fn whose(conn: &mut Conn, plan: &Plan, today: NaiveDate) -> Result<Whose> {
    Ok(match (plan.terms.staff_id, plan.terms.team_id) {
        (Some(id), _) => Whose::Person(id),
        (None, Some(id)) => Whose::Team(tree(conn, id, today)?),
        (None, None) => Whose::Company,
    })
}

/// A team with those below it.
fn tree(conn: &mut Conn, team_id: i64, day: NaiveDate) -> Result<Vec<i64>> {
    let tree = reach::subtrees(conn, day)?.remove(&team_id);
    Ok(tree.map_or_else(|| vec![team_id], |tree| tree.into_iter().collect()))
}

/// Reads the figures of a plan that is not closed: those before while nobody has approved it, those after,
/// and the weeks.
fn measure(conn: &mut Conn, known: &mut Known, fiscal_start: FiscalStart) -> Result<()> {
    let plan = &mut known.plan;
    let (Some(measure), Some(base)) =
        (plan.kpi.as_ref().and_then(|kpi| kpi.measure), plan.baseline)
    else {
        return Ok(());
    };
    let until = plan
        .terms
        .ends_on
        .map_or(known.today, |end| end.min(known.today));
    let days = (day_number(base.from), day_number(until.max(base.to)));
    let subject = whose(conn, plan, known.today)?;
    let read = Days::read(conn, &subject, measure, days, fiscal_start)?;
    let window = |from: NaiveDate, to: NaiveDate| (day_number(from), day_number(to));
    let before = window(base.from, base.to);
    let check = plan.terms.check_from.map(|from| window(from, until));
    let figure = |days: &Days, span: Option<(i32, i32)>| match span {
        Some((from, to)) => days.figure(from, to),
        None => Ok(None),
    };
    let other = match plan.terms.comparison_team_id {
        Some(id) => {
            let tree = tree(conn, id, known.today)?;
            let whose = Whose::Team(tree);
            Some(Days::read(conn, &whose, measure, days, fiscal_start)?)
        }
        None => None,
    };
    if plan.state == State::Draft {
        plan.baseline = Some(Baseline {
            figure: figure(&read, Some(before))?,
            comparison: match &other {
                Some(other) => figure(other, Some(before))?,
                None => None,
            },
            ..base
        });
    }
    known.after = figure(&read, check)?;
    if let Some(other) = &other {
        known.comparison_after = figure(other, check)?;
    }
    known.weeks = read
        .weeks(days.0.max(days.1 - 7 * MOST_WEEKS), days.1)?
        .into_iter()
        .map(|(monday, figure)| Week {
            figure,
            monday: date_of(monday),
        })
        .collect();
    Ok(())
}
