//! What matters first: at most three findings, ranked, one of a kind.
//!
//! Plans that made things worse come first, then control-chart signals that go the wrong way, then targets missed with the whole
//! interval beyond them, then the largest gap between teams that is more than chance, then signals
//! that go the right way. What is of one kind is told together, the KPI of most weight first, so that
//! one bad week does not hide a missed target.

use serde::Serialize;

use super::compare::Gap;
use super::figures::{Gauge, misses_surely};
use super::weekly::Series;
use crate::appraisals::model::result::ItemResult;
use crate::i18n::{Locale, plain, text};

/// More would not be first.
const AT_MOST: usize = 3;

#[derive(Serialize)]
pub(super) struct Finding {
    signal: &'static str,
    title: String,
    lines: Vec<String>,
    /// Id of the place in the page that shows it.
    anchor: String,
}

/// One of several that make a finding together.
struct Part {
    name: String,
    line: String,
    anchor: String,
}

/// The findings of a group: `weeks` and `items` come with the heaviest first.
pub(super) fn findings<'a>(
    locale: Locale,
    weeks: &[Series],
    items: impl Iterator<Item = (Gauge<'a>, &'a ItemResult)>,
    gap: Option<(Gauge<'a>, &Gap<'a>, String)>,
    worse: &[&str],
) -> Vec<Finding> {
    let worse = (!worse.is_empty()).then(|| Finding {
        signal: "bad",
        title: text(locale, "finding-plans-worse", &[("n", worse.len().into())]),
        lines: worse.iter().map(|title| (*title).to_owned()).collect(),
        anchor: "plans".to_owned(),
    });
    let signals = |bad: bool| -> Vec<Part> {
        weeks
            .iter()
            .filter_map(|series| Some((series, series.signal.as_ref()?)))
            .filter(|(_, signal)| (signal.way == "bad") == bad)
            .map(|(series, signal)| Part {
                name: series.name.clone(),
                line: signal.detail.clone(),
                anchor: series.id.clone(),
            })
            .collect()
    };
    let missed: Vec<Part> = items
        .filter(|(gauge, item)| misses_surely(*gauge, item))
        .filter_map(|(gauge, item)| {
            let estimate = gauge.estimate(item.figure.as_ref());
            Some(Part {
                name: gauge.name.to_owned(),
                line: text(
                    locale,
                    "finding-missed-text",
                    &[
                        ("value", gauge.full(estimate.value?).into()),
                        ("bracket", gauge.bracket(&estimate).into()),
                        ("target", gauge.goal(&item.aim).into()),
                    ],
                ),
                anchor: gauge.anchor("kpi"),
            })
        })
        .collect();
    let gap = gap.map(|(gauge, gap, anchor)| Finding {
        signal: "watch",
        title: text(locale, "finding-gap", &[("kpi", gauge.name.into())]),
        lines: vec![text(
            locale,
            "finding-gap-text",
            &[
                ("first", gap.first.0.into()),
                ("first-value", gauge.full(gap.first.1).into()),
                ("last", gap.last.0.into()),
                ("last-value", gauge.full(gap.last.1).into()),
            ],
        )],
        anchor,
    });
    [
        worse,
        together(locale, "bad", "finding-signals", signals(true)),
        together(locale, "bad", "finding-missed", missed),
        gap,
        together(locale, "good", "finding-good-signals", signals(false)),
    ]
    .into_iter()
    .flatten()
    .take(AT_MOST)
    .collect()
}

/// One finding of all its parts; none of no parts.
fn together(locale: Locale, signal: &'static str, key: &str, parts: Vec<Part>) -> Option<Finding> {
    let anchor = parts.first()?.anchor.clone();
    let names: Vec<&str> = parts.iter().map(|p| p.name.as_str()).collect();
    let names = names.join(plain(locale, "list-separator"));
    Some(Finding {
        signal,
        title: text(
            locale,
            key,
            &[("n", parts.len().into()), ("kpis", names.into())],
        ),
        lines: if let [only] = parts.as_slice() {
            vec![only.line.clone()]
        } else {
            parts
                .iter()
                .map(|p| {
                    text(
                        locale,
                        "finding-part",
                        &[("kpi", (&p.name).into()), ("line", (&p.line).into())],
                    )
                })
                .collect()
        },
        anchor,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::view::group::{most_important, view};
    use crate::reports::view::samples;

    fn of(level: f64, signal: bool, gap: bool) -> Vec<Finding> {
        let rules = samples::rules();
        let group = samples::group(&rules, 20, 20_000, level, signal);
        let weeks = view(Locale::En, &rules, &group, "2016Q1").weeks;
        let gauge = Gauge::of(rules.kpi("sla").unwrap(), Locale::En);
        let wide = Gap {
            first: ("North", 92.0),
            last: ("South", 71.0),
            steps: 2.1,
        };
        findings(
            Locale::En,
            &weeks,
            // The handling time has a band, which good service leaves at its lower end.
            most_important(Locale::En, &rules, &group.items).filter(|(g, _)| g.code != "aht"),
            gap.then(|| (gauge, &wide, "compare-sla".to_owned())),
            &[],
        )
    }

    #[test]
    fn signals_come_before_missed_targets_and_these_before_the_gap() {
        let all = of(0.3, true, true);
        let titles: Vec<&str> = all.iter().map(|f| f.title.as_str()).collect();
        assert_eq!(all.len(), 3);
        assert!(
            titles[0].contains("leave their usual range for the worse"),
            "{titles:?}"
        );
        assert!(
            titles[1].contains("miss their targets by more than chance"),
            "{titles:?}"
        );
        assert_eq!(titles[2], "Teams differ most in SLA attainment");
        assert!(all[1].lines.len() > 1, "missed targets are told together");
    }

    #[test]
    fn nothing_remarkable_makes_no_finding() {
        let titles: Vec<String> = of(0.93, false, false)
            .into_iter()
            .map(|f| f.title)
            .collect();
        assert!(titles.is_empty(), "{titles:?}");
    }
}
