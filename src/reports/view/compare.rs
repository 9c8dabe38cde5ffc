//! People or teams beside each other: the shrunken figure gives the order, the raw one stands beside
//! it (product.md 3). Where no difference can be shown there is no order, and the page says why.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde::Serialize;

use super::figures::{Gauge, as_tally, count, from_micro, target_value};
use crate::charts::{self, Dot, Frame, Mark};
use crate::goals::model::{Aim, Direction, Figure, Measure, Quantity};
use crate::i18n::{Value, plain, text};
use crate::stats::Tally;
use crate::stats::shrinkage::{self, FEWEST_PEERS, Shrunken};

/// With more rows than this the chart would be a wall: of people the table alone is shown, of teams
/// those at either end.
pub(super) const CHARTED: usize = 60;

/// Teams shown at either end where there are too many.
const AT_EITHER_END: usize = 20;

/// One of those compared.
pub(super) struct Peer<'a> {
    pub label: &'a str,
    /// Kind of page and code, for the link; an empty code has none.
    pub page: &'static str,
    pub code: &'a str,
    pub figure: Option<Figure>,
}

/// What is compared: words differ, and of people nobody is called best or last.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Among {
    People,
    Teams,
}

/// A comparison by one KPI.
#[derive(Serialize)]
pub(super) struct Comparison<'a> {
    id: String,
    name: String,
    title: String,
    sub: String,
    chart: String,
    /// Why there is no order, or why not all are shown.
    note: Option<Cow<'static, str>>,
    rows: Vec<Row<'a>>,
    #[serde(skip)]
    pub gap: Option<Gap<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    label: &'a str,
    page: &'static str,
    code: &'a str,
    shrunken: Option<String>,
    raw: Option<String>,
    range: Option<String>,
    n: String,
    few: Option<String>,
}

/// How far apart the outermost shrunken figures lie.
pub(super) struct Gap<'a> {
    pub first: (&'a str, f64),
    pub last: (&'a str, f64),
    /// The gap in steps from threshold to target, so that KPIs of different units compare.
    pub steps: f64,
}

impl Comparison<'_> {
    /// Its id in the page.
    pub fn anchor(&self) -> String {
        self.id.clone()
    }
}

/// Compares `peers`, which come in the order of their codes; none without any figure.
pub(super) fn compare<'a>(
    gauge: Gauge,
    among: Among,
    peers: &[Peer<'a>],
    aim: &Aim,
) -> Option<Comparison<'a>> {
    let locale = gauge.locale;
    let estimates: Vec<_> = peers
        .iter()
        .map(|p| gauge.estimate(p.figure.as_ref()))
        .collect();
    if peers.len() < 2 || estimates.iter().all(|e| e.value.is_none()) {
        return None;
    }
    let figures: Vec<Option<Figure>> = peers.iter().map(|p| p.figure).collect();
    let shrunken = shrink(gauge.measure, &figures);
    let ordered = shrunken.as_ref().is_some_and(|s| s.differ);
    let values: Vec<Option<f64>> = match &shrunken {
        Some(s) => s.values.clone(),
        None => vec![None; peers.len()],
    };
    let mut order: Vec<usize> = (0..peers.len()).collect();
    if ordered {
        let better = |a: f64, b: f64| match gauge.direction {
            Direction::Lower => a.total_cmp(&b),
            Direction::Higher | Direction::Band => b.total_cmp(&a),
        };
        order.sort_by(|&a, &b| match (values[a], values[b]) {
            (Some(a), Some(b)) => better(a, b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        });
    }
    let name = gauge.name.to_owned();
    let mut seen = order
        .iter()
        .filter_map(|&i| Some((peers[i].label, values[i]?)));
    let gap = seen
        .next()
        .zip(seen.next_back())
        .filter(|_| ordered)
        .map(|(first, last)| Gap {
            first,
            last,
            steps: (first.1 - last.1).abs() / step(aim),
        });
    let title = match (&gap, among) {
        (Some(gap), Among::Teams) => text(
            locale,
            "chart-compare-teams",
            &[
                ("first", gap.first.0.into()),
                ("first-value", gauge.full(gap.first.1).into()),
                ("last", gap.last.0.into()),
                ("last-value", gauge.full(gap.last.1).into()),
            ],
        ),
        (Some(gap), Among::People) => text(
            locale,
            "chart-compare-people",
            &[
                ("kpi", (&name).into()),
                ("low", gauge.full(gap.first.1.min(gap.last.1)).into()),
                ("high", gauge.full(gap.first.1.max(gap.last.1)).into()),
            ],
        ),
        (None, _) => text(
            locale,
            if shrunken.is_some() {
                "chart-compare-alike"
            } else {
                "chart-compare-raw"
            },
            &[("kpi", (&name).into())],
        ),
    };
    let (of, cut) = (peers.len(), among == Among::Teams && peers.len() > CHARTED);
    if cut {
        order.drain(AT_EITHER_END..of - AT_EITHER_END);
    }
    let informative = estimates.iter().filter(|e| e.value.is_some()).count();
    let note = match &shrunken {
        _ if ordered && cut => Some(Cow::Owned(text(
            locale,
            "compare-either-end",
            &[("each", AT_EITHER_END.into()), ("n", of.into())],
        ))),
        _ if ordered => None,
        None => Some(Cow::Borrowed(plain(locale, "compare-no-shrinkage"))),
        Some(_) if informative < FEWEST_PEERS => {
            Some(Cow::Borrowed(plain(locale, "compare-few-peers")))
        }
        Some(_) => Some(Cow::Borrowed(plain(locale, "compare-alike"))),
    };
    let few: Vec<Option<String>> = peers
        .iter()
        .zip(&estimates)
        .map(|(p, e)| gauge.why_not(gauge.status(p.figure.as_ref()), e.n))
        .collect();
    let id = gauge.anchor("compare");
    let chart = if order.len() > CHARTED {
        String::new()
    } else {
        let dots: Vec<Dot> = order
            .iter()
            .map(|&i| Dot {
                label: peers[i].label,
                value: values[i].or(estimates[i].value),
                low: estimates[i].interval.map(|r| r.low),
                high: estimates[i].interval.map(|r| r.high),
                raw: values[i].and(estimates[i].value),
                emphasis: false,
                note: few[i].as_deref().unwrap_or_default(),
            })
            .collect();
        let target_label = gauge.target(aim);
        charts::interval_dots(
            Frame {
                id: &id,
                title: &title,
                desc: plain(locale, "chart-compare-desc"),
            },
            &dots,
            target_value(aim).map(|value| Mark {
                value,
                label: &target_label,
            }),
            &|v| gauge.bare(v),
        )
    };
    let rows = order
        .iter()
        .map(|&i| Row {
            label: peers[i].label,
            page: peers[i].page,
            code: peers[i].code,
            shrunken: values[i].map(|v| gauge.bare(v)),
            raw: estimates[i].value.map(|v| gauge.bare(v)),
            range: estimates[i].interval.map(|r| gauge.range(r)),
            n: count(estimates[i].n),
            few: few[i].clone(),
        })
        .collect();
    Some(Comparison {
        sub: text(
            locale,
            if shrunken.is_some() {
                "chart-compare-sub"
            } else {
                "chart-compare-sub-raw"
            },
            &[("unit", Value::from(gauge.unit_name()))],
        ),
        id,
        name,
        title,
        chart,
        note,
        rows,
        gap,
    })
}

/// The distance from threshold to target, or the width of a band.
fn step(aim: &Aim) -> f64 {
    match *aim {
        Aim::Steps {
            target_u,
            threshold_u,
            ..
        } => from_micro(target_u - threshold_u).abs(),
        Aim::Band {
            high_u,
            outer_high_u,
            ..
        } => from_micro(outer_high_u - high_u).abs(),
    }
}

/// Shrunken figures in the unit of the KPI, by the model for its kind; medians have none.
pub(in crate::reports) fn shrink(
    measure: Option<Measure>,
    figures: &[Option<Figure>],
) -> Option<Shrunken> {
    let (shrunken, scale) = match measure? {
        Measure::Share(_) => (shrinkage::proportions(&pairs(figures)), 100.0),
        Measure::ComplaintRate => (shrinkage::rates(&pairs(figures)), 1000.0),
        Measure::Nps => (shrinkage::means(&tallies(figures)), 100.0),
        // Quality is held in hundredths of a percent.
        Measure::Mean(Quantity::Quality) => (shrinkage::means(&tallies(figures)), 0.01),
        Measure::Mean(_) => (shrinkage::means(&tallies(figures)), 1.0),
        Measure::Median(_) => return None,
    };
    let mut shrunken = shrunken?;
    for value in shrunken.values.iter_mut().flatten() {
        *value *= scale;
    }
    Some(shrunken)
}

fn pairs(figures: &[Option<Figure>]) -> Vec<(i64, i64)> {
    figures
        .iter()
        .map(|figure| match *figure {
            Some(Figure::Share { hits, n }) => (hits, n),
            Some(Figure::Rate { events, exposure }) => (events, exposure),
            _ => (0, 0),
        })
        .collect()
}

fn tallies(figures: &[Option<Figure>]) -> Vec<Tally> {
    figures
        .iter()
        .map(|figure| figure.as_ref().and_then(as_tally).unwrap_or_default())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Locale;
    use crate::reports::view::samples;

    fn peers<'a>(figures: &[(&'a str, Option<Figure>)]) -> Vec<Peer<'a>> {
        figures
            .iter()
            .map(|(label, figure)| Peer {
                label,
                page: "person",
                code: label,
                figure: *figure,
            })
            .collect()
    }

    fn share(hits: i64, n: i64) -> Option<Figure> {
        Some(Figure::Share { hits, n })
    }

    fn labels<'c>(comparison: &'c Comparison) -> Vec<&'c str> {
        comparison.rows.iter().map(|r| r.label).collect()
    }

    #[test]
    fn three_perfect_surveys_do_not_lead_three_hundred_good_ones() {
        let rules = samples::rules();
        let gauge = Gauge::of(rules.kpi("csat").unwrap(), Locale::En);
        let all = peers(&[
            ("few", share(3, 3)),
            ("good", share(285, 300)),
            ("poor", share(180, 300)),
            ("fair", share(240, 300)),
        ]);
        let aim = rules.group_items[5].aim;
        let compared = compare(gauge, Among::People, &all, &aim).unwrap();
        assert_eq!(labels(&compared), ["good", "few", "fair", "poor"]);
        assert_eq!(compared.rows[1].raw.as_deref(), Some("100.0"));
        assert_eq!(compared.rows[1].few.as_deref(), Some("too few: 3 of 5"));
        assert!(compared.note.is_none());
    }

    #[test]
    fn of_very_many_teams_those_at_either_end_are_shown() {
        let rules = samples::rules();
        let gauge = Gauge::of(rules.kpi("csat").unwrap(), Locale::En);
        let names: Vec<String> = (0..100).map(|i| format!("T{i:03}")).collect();
        let figures: Vec<(&str, Option<Figure>)> = names
            .iter()
            .zip(0..)
            .map(|(name, i)| (name.as_str(), share(800 + i, 1000)))
            .collect();
        let aim = rules.group_items[5].aim;
        let teams = compare(gauge, Among::Teams, &peers(&figures), &aim).unwrap();
        assert_eq!(teams.rows.len(), 2 * AT_EITHER_END);
        assert_eq!((labels(&teams)[0], labels(&teams)[39]), ("T099", "T000"));
        assert!(teams.note.is_some() && !teams.chart.is_empty());
        let people = compare(gauge, Among::People, &peers(&figures), &aim).unwrap();
        assert_eq!(people.rows.len(), 100);
        assert!(people.chart.is_empty());
    }

    #[test]
    fn without_a_difference_beyond_chance_there_is_no_order_and_no_gap() {
        let rules = samples::rules();
        let gauge = Gauge::of(rules.kpi("csat").unwrap(), Locale::En);
        let all = peers(&[
            ("a", share(80, 100)),
            ("b", share(82, 100)),
            ("c", share(79, 100)),
            ("d", None),
        ]);
        let compared = compare(gauge, Among::Teams, &all, &rules.group_items[5].aim).unwrap();
        assert_eq!(labels(&compared), ["a", "b", "c", "d"]);
        assert!(compared.gap.is_none());
        assert!(compared.note.unwrap().contains("no ranking"));
        assert_eq!(compared.rows[0].shrunken, compared.rows[1].shrunken);
        assert_eq!(compared.rows[3].few.as_deref(), Some("no records"));
    }

    #[test]
    fn where_lower_is_better_the_lowest_stands_first() {
        let rules = samples::rules();
        let gauge = Gauge::of(rules.kpi("complaint_rate").unwrap(), Locale::Zh);
        let rate = |events| {
            Some(Figure::Rate {
                events,
                exposure: 10_000,
            })
        };
        let all = peers(&[("many", rate(90)), ("few", rate(5)), ("some", rate(40))]);
        let compared = compare(gauge, Among::Teams, &all, &rules.group_items[2].aim).unwrap();
        assert_eq!(labels(&compared), ["few", "some", "many"]);
        let gap = compared.gap.unwrap();
        assert_eq!((gap.first.0, gap.last.0), ("few", "many"));
        assert!(gap.steps > 3.0, "from 0.5 to 9 per 1,000 in steps of 2");
    }

    #[test]
    fn medians_are_shown_as_measured_in_the_order_of_numbers() {
        let rules = samples::rules();
        let kpi = rules.kpi("frt").unwrap();
        let gauge = Gauge::of(kpi, Locale::En);
        let all = peers(&[
            ("slow", Some(samples::figure(kpi, 40, 0.1))),
            ("fast", Some(samples::figure(kpi, 40, 0.9))),
            ("middling", Some(samples::figure(kpi, 40, 0.5))),
        ]);
        let compared = compare(gauge, Among::People, &all, &rules.group_items[6].aim).unwrap();
        assert_eq!(labels(&compared), ["slow", "fast", "middling"]);
        assert!(
            compared
                .rows
                .iter()
                .all(|r| r.shrunken.is_none() && r.raw.is_some())
        );
    }
}
