//! What matters first: at most three findings, ranked.
//!
//! Control-chart signals that go the wrong way come first, then targets missed with the whole
//! interval beyond them, then the largest gap between teams that is more than chance, then signals
//! that go the right way. Within a kind the KPI of more weight comes first.

use serde::Serialize;

use super::compare::Gap;
use super::figures::{Gauge, misses_surely};
use super::weekly::Series;
use crate::appraisals::model::result::ItemResult;
use crate::i18n::{Locale, text};

/// More would not be first.
const AT_MOST: usize = 3;

#[derive(Serialize)]
pub(super) struct Finding {
    signal: &'static str,
    title: String,
    text: String,
    /// Id of the place in the page that shows it.
    anchor: String,
}

/// The findings of a group: `weeks` and `items` come with the heaviest first.
pub(super) fn findings<'a>(
    locale: Locale,
    weeks: &[Series],
    items: impl Iterator<Item = (Gauge<'a>, &'a ItemResult)>,
    gap: Option<(Gauge<'a>, &Gap<'a>, String)>,
) -> Vec<Finding> {
    let signals = |bad: bool| {
        weeks.iter().filter_map(move |series| {
            let signal = series.signal.as_ref()?;
            ((signal.way == "bad") == bad).then(|| Finding {
                signal: if bad { "bad" } else { signal.way },
                title: series.title.clone(),
                text: signal.detail.clone(),
                anchor: series.id.clone(),
            })
        })
    };
    let missed = items
        .filter(|(gauge, item)| misses_surely(gauge.kpi, item))
        .map(|(gauge, item)| {
            let estimate = gauge.kpi.estimate(item.figure.as_ref());
            Finding {
                signal: "bad",
                title: text(
                    locale,
                    "finding-missed",
                    &[("kpi", gauge.name().into())],
                ),
                text: text(
                    locale,
                    "finding-missed-text",
                    &[
                        (
                            "value",
                            estimate
                                .value
                                .map(|v| gauge.full(v))
                                .unwrap_or_default()
                                .into(),
                        ),
                        ("bracket", gauge.bracket(&estimate).into()),
                        ("target", gauge.goal(&item.aim).into()),
                    ],
                ),
                anchor: gauge.anchor("kpi"),
            }
        });
    let gap = gap.map(|(gauge, gap, anchor)| Finding {
        signal: "watch",
        title: text(locale, "finding-gap", &[("kpi", gauge.name().into())]),
        text: text(
            locale,
            "finding-gap-text",
            &[
                ("first", gap.first.0.into()),
                ("first-value", gauge.full(gap.first.1).into()),
                ("last", gap.last.0.into()),
                ("last-value", gauge.full(gap.last.1).into()),
            ],
        ),
        anchor,
    });
    signals(true)
        .chain(missed)
        .chain(gap)
        .chain(signals(false))
        .take(AT_MOST)
        .collect()
}
