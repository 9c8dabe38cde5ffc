//! Complaints by category: which few make most of them.

use std::collections::BTreeMap;

use serde::Serialize;

use super::gauge::{count, share};
use super::measures::{Place, QuarterChoice};
use crate::calendar::date_of;
use crate::charts::{self, Count, Frame};
use crate::evidence::figures::ComplaintCount;
use crate::i18n::{self, Locale, plain, text};

/// Complaints of the vital few end where this share of all is reached.
const VITAL_PERCENT: i64 = 80;

/// Categories from the most frequent down, with their chart.
#[derive(Serialize)]
pub struct Pareto {
    title: String,
    chart: String,
    rows: Vec<ParetoRow>,
}

#[derive(Serialize)]
struct ParetoRow {
    name: String,
    count: String,
    share: Option<String>,
    sum: Option<String>,
}

/// Substantiated complaints by category, `(name, count)`; none of no complaint.
#[must_use]
pub fn pareto(locale: Locale, categories: &[(&str, i64)]) -> Option<Pareto> {
    let total: i64 = categories.iter().map(|c| c.1).sum();
    let mut order: Vec<(&str, i64)> = categories.iter().copied().filter(|c| c.1 > 0).collect();
    order.sort_by_key(|c| -c.1);
    if total <= 0 {
        return None;
    }
    // The vital few: as many as it takes to reach the share, the one that reaches it included.
    let mut sum = 0;
    let few = 1 + order
        .iter()
        .take_while(|c| {
            sum += c.1;
            sum * 100 < VITAL_PERCENT * total
        })
        .count();
    let few = few.min(order.len());
    let covered: i64 = order[..few].iter().map(|c| c.1).sum();
    let title = text(
        locale,
        "chart-complaints",
        &[
            ("few", few.into()),
            ("categories", order.len().into()),
            ("covered", covered.into()),
            ("total", total.into()),
        ],
    );
    let rows: Vec<Count> = order
        .iter()
        .map(|c| Count {
            label: c.0,
            count: c.1.unsigned_abs(),
        })
        .collect();
    let percent = |v: f64| {
        let mut out = i18n::number(v, 0);
        out.push_str(plain(locale, "unit-percent"));
        out
    };
    let chart = charts::pareto(
        Frame {
            id: "complaints-chart",
            title: &title,
            desc: plain(locale, "chart-complaints-desc"),
        },
        &rows,
        &|v| i18n::number(v, 0),
        &percent,
    );
    let mut sum = 0;
    Some(Pareto {
        rows: order
            .iter()
            .map(|c| {
                sum += c.1;
                ParetoRow {
                    name: c.0.to_owned(),
                    count: count(c.1),
                    share: share(locale, c.1, total),
                    sum: share(locale, sum, total),
                }
            })
            .collect(),
        title,
        chart,
    })
}

/// The page of complaints.
#[derive(Serialize)]
pub struct ComplaintsPage {
    quarter: QuarterChoice,
    complaints: Option<Pareto>,
    /// The substantiated complaints themselves.
    rows_href: Option<String>,
    withheld: bool,
}

/// The complaints of a team in a quarter, whose first and last day are `days`. No counts: withheld.
#[must_use]
pub fn page(
    locale: Locale,
    place: &Place,
    quarter: QuarterChoice,
    days: (i32, i32),
    counts: Option<&[ComplaintCount]>,
) -> ComplaintsPage {
    let mut sums: BTreeMap<&str, (&str, i64)> = BTreeMap::new();
    for count in counts.unwrap_or_default() {
        let (code, name) = match &count.category {
            Some((code, zh, en)) => (code.as_str(), locale.pick(zh, en)),
            None => ("", plain(locale, "complaint-unclassified")),
        };
        sums.entry(code).or_insert((name, 0)).1 += count.count;
    }
    let categories: Vec<(&str, i64)> = sums.into_values().collect();
    ComplaintsPage {
        quarter,
        complaints: pareto(locale, &categories),
        rows_href: place.sees_rows.then(|| {
            format!(
                "{}/records?kind=complaint&measure=complaint_rate&from={}&to={}",
                place.base,
                date_of(days.0),
                date_of(days.1)
            )
        }),
        withheld: counts.is_none(),
    }
}
