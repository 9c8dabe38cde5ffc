//! The weeks and quarters of frozen results, given to the charts of evidence.

use super::figures::Gauge;
use crate::appraisals::model::result::{ItemResult, KpiFigure, PastQuarter, WeekFigures};
pub(super) use crate::evidence::view::series::Series;
use crate::evidence::view::series::{self, Period};
use crate::goals::model::{Aim, Figure};

/// The figure of a KPI among those of a week, quarter, channel or person.
pub(super) fn figure_of<'f>(figures: &'f [KpiFigure], kpi: &str) -> Option<&'f Figure> {
    figures.iter().find(|f| f.kpi == kpi).map(|f| &f.figure)
}

/// The weeks of a KPI; none without any figure.
pub(super) fn weekly(gauge: Gauge, weeks: &[WeekFigures], aim: Option<&Aim>) -> Option<Series> {
    let periods: Vec<Period> = weeks
        .iter()
        .map(|week| (week.monday.as_str(), figure_of(&week.figures, gauge.code)))
        .collect();
    let target = aim.and_then(|aim| gauge.mark(aim));
    series::weekly(gauge, &periods, target.as_ref())
}

/// The quarters of an item up to now; none with fewer than two figures.
pub(super) fn quarters(
    gauge: Gauge,
    history: &[PastQuarter],
    quarter: &str,
    item: &ItemResult,
) -> Option<Series> {
    let periods: Vec<Period> = history
        .iter()
        .map(|past| (past.quarter.as_str(), figure_of(&past.figures, gauge.code)))
        .chain([(quarter, item.figure.as_ref())])
        .collect();
    series::quarters(gauge, &periods, gauge.mark(&item.aim).as_ref())
}
