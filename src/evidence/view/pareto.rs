//! Complaints by category: which few make most of them.

use serde::Serialize;

use super::gauge::{count, share};
use crate::charts::{self, Count, Frame};
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
