//! What the pages about groups share: figures against targets, weeks, quarters, channels, complaints,
//! grades, and what is missing.

use serde::Serialize;

use super::figures::{Gauge, chip, count, share, weight};
use super::weekly::{Series, figure_of, quarters, weekly};
use crate::appraisals::model::result::{
    CategoryCount, ChannelFigures, GradeCount, GroupResult, ItemResult, Missing, MissingCount,
    Subject,
};
use crate::appraisals::model::rules::Rules;
use crate::charts::{self, Bar, Count, Frame};
use crate::evidence::view::pareto::{Pareto, pareto};
use crate::goals::model::Figure;
use crate::i18n::{self, Locale, hundredths, plain, text};

/// How many KPIs get charts of weeks and quarters, columns of channels and, on the overview, a
/// comparison: those of most weight.
pub(super) const MOST_IMPORTANT: usize = 4;

/// A group's figures as a page shows them.
#[derive(Serialize)]
pub(super) struct GroupView {
    headline: Vec<Headline>,
    kpis: Vec<Item>,
    pub weeks: Vec<Series>,
    quarters: Vec<Series>,
    channels: Option<Channels>,
    complaints: Option<Pareto>,
    pub distribution: Option<Distribution>,
    facts: Vec<Fact>,
}

/// A figure at the top of the page.
#[derive(Serialize)]
struct Headline {
    name: &'static str,
    value: String,
    note: String,
}

/// An item of a sheet: the figure in one line, against its aim, and what it is worth.
#[derive(Serialize)]
pub(in crate::reports) struct Item {
    id: String,
    /// The way to what the figure comes from, where that is at hand.
    pub evidence: Option<String>,
    name: String,
    value: Option<String>,
    /// Interval and n.
    bracket: Option<String>,
    target: String,
    /// Whether there is a remark: why it does not count, that it is indicative or of the team.
    remarked: bool,
    /// Why it does not count.
    none: Option<String>,
    indicative: bool,
    /// Whether the records are those of the team the person leads.
    of_team: bool,
    /// Class of the chip's signal, and its word.
    signal: &'static str,
    state: &'static str,
    /// The figure a quarter earlier, with interval and n.
    before: Option<String>,
    /// Class of the trend's sign and colour, and its word.
    trend: Option<&'static str>,
    trend_word: Option<&'static str>,
    strip: String,
    points: Option<String>,
    weight: String,
    /// Points times weight.
    pub product: Option<String>,
}

/// Channels in order of their share.
#[derive(Serialize)]
struct Channels {
    title: String,
    chart: String,
    heads: Vec<Head>,
    rows: Vec<ChannelRow>,
}

#[derive(Serialize)]
struct Head {
    name: String,
    unit: &'static str,
}

#[derive(Serialize)]
struct ChannelRow {
    name: String,
    records: String,
    share: Option<String>,
    cells: Vec<Cell>,
}

#[derive(Serialize)]
struct Cell {
    value: Option<String>,
    bracket: Option<String>,
    none: Option<String>,
}

/// How grades fell, the not rated included.
#[derive(Serialize)]
pub(super) struct Distribution {
    title: String,
    chart: String,
    rows: Vec<GradeRow>,
}

#[derive(Serialize)]
struct GradeRow {
    grade: String,
    count: String,
    share: Option<String>,
}

/// Something to know about the figures.
#[derive(Serialize)]
pub(super) struct Fact {
    pub name: String,
    pub value: String,
    pub note: Option<String>,
}

impl Item {
    /// The name of its KPI.
    pub(in crate::reports) fn name(&self) -> &str {
        &self.name
    }
}

impl GroupView {
    pub fn has_weeks(&self) -> bool {
        !self.weeks.is_empty()
    }

    pub fn has_quarters(&self) -> bool {
        !self.quarters.is_empty()
    }

    pub fn has_channels(&self) -> bool {
        self.channels.is_some()
    }
}

/// The view of a group in `quarter`.
pub(super) fn view(locale: Locale, rules: &Rules, group: &GroupResult, quarter: &str) -> GroupView {
    let important: Vec<(Gauge, &ItemResult)> = most_important(locale, rules, &group.items)
        .take(MOST_IMPORTANT)
        .collect();
    GroupView {
        headline: headline(locale, rules, group),
        kpis: items(
            locale,
            rules,
            &group.items,
            "",
            Products::of_items(&group.items),
        ),
        weeks: important
            .iter()
            .filter_map(|(gauge, item)| weekly(*gauge, &group.weeks, Some(&item.aim)))
            .collect(),
        quarters: important
            .iter()
            .filter_map(|(gauge, item)| quarters(*gauge, &group.history, quarter, item))
            .collect(),
        channels: channels(locale, &group.channels, &important),
        complaints: pareto(locale, &named(locale, &group.complaints)),
        distribution: distribution(locale, &group.distribution, group.not_rated),
        facts: facts(locale, group),
    }
}

/// Items and how they are written, the heaviest first.
pub(super) fn most_important<'a>(
    locale: Locale,
    rules: &'a Rules,
    items: &'a [ItemResult],
) -> impl Iterator<Item = (Gauge<'a>, &'a ItemResult)> {
    let mut items: Vec<&ItemResult> = items.iter().collect();
    items.sort_by_key(|item| -item.weight_bp);
    items.into_iter().filter_map(move |item| {
        let kpi = rules.kpi(&item.kpi)?;
        Some((Gauge::of(kpi, locale), item))
    })
}

/// The items of a sheet; `mark` keeps the ids of several sheets on a page apart.
pub(super) fn items(
    locale: Locale,
    rules: &Rules,
    items: &[ItemResult],
    mark: &str,
    products: Products,
) -> Vec<Item> {
    items
        .iter()
        .enumerate()
        .filter_map(|(i, item)| {
            let gauge = Gauge::of(rules.kpi(&item.kpi)?, locale);
            let figure = item.figure.as_ref();
            let now = gauge.read(figure);
            let before = gauge.read(item.baseline.as_ref());
            let none = gauge.why_not(now.status, now.estimate.n);
            let indicative = gauge.is_indicative(now.status, now.estimate.n);
            let of_team = item.subject == Subject::Team;
            let trend = figure
                .zip(item.baseline.as_ref())
                .and_then(|(a, b)| gauge.trend((a, &now.estimate), (b, &before.estimate)));
            let chip = chip(locale, item);
            Some(Item {
                id: gauge.anchor("kpi") + mark,
                evidence: None,
                name: gauge.name.to_owned(),
                value: now.estimate.value.map(|v| gauge.full(v)),
                bracket: now.estimate.value.map(|_| gauge.bracket(&now.estimate)),
                target: gauge.goal(&item.aim),
                remarked: none.is_some() || indicative || of_team,
                none,
                indicative,
                of_team,
                signal: chip.signal,
                state: chip.word,
                before: before.estimate.value.map(|v| {
                    let mut out = gauge.full(v);
                    out.push(' ');
                    out.push_str(&gauge.bracket(&before.estimate));
                    out
                }),
                trend: trend.as_ref().map(|t| t.class),
                trend_word: trend.map(|t| t.word),
                strip: gauge.strip(&format!("s{i}{mark}"), &now.estimate, &item.aim),
                points: item.points_h.map(hundredths),
                weight: weight(locale, item.weight_bp),
                product: products.of(item),
            })
        })
        .collect()
}

/// How products of points and weights are printed. They are millionths of a point (points in
/// hundredths times weight in ten-thousandths) and stand there exactly, with as many decimals as the
/// longest needs and two at least, so that the column adds up to its sum.
#[derive(Clone, Copy)]
pub(super) struct Products {
    decimals: usize,
}

impl Products {
    pub fn of_items(items: &[ItemResult]) -> Products {
        let needs = |product: i64| {
            (2..6)
                .find(|d| product % 10_i64.pow(6 - d) == 0)
                .unwrap_or(6)
        };
        Products {
            decimals: items.iter().filter_map(worth).map(needs).max().unwrap_or(2) as usize,
        }
    }

    fn of(self, item: &ItemResult) -> Option<String> {
        worth(item).map(|product| self.text(product))
    }

    /// Millionths of a point, written out.
    pub fn text(self, millionths: i64) -> String {
        let whole = format!("{}.{:06}", millionths / 1_000_000, millionths % 1_000_000);
        whole[..whole.len() - 6 + self.decimals].to_owned()
    }
}

/// Millionths of a point that an item adds to the sum.
pub(super) fn worth(item: &ItemResult) -> Option<i64> {
    Some(item.points_h? * item.weight_bp)
}

fn headline(locale: Locale, rules: &Rules, group: &GroupResult) -> Vec<Headline> {
    let rated = group.headcount - group.not_rated;
    let mut all = vec![
        Headline {
            name: plain(locale, "headline-people"),
            value: count(group.headcount),
            note: text(locale, "headline-rated", &[("n", rated.into())]),
        },
        Headline {
            name: plain(locale, "headline-records"),
            value: count(group.records),
            note: share(locale, group.unattributed, group.records).map_or_else(
                || plain(locale, "headline-no-records").to_owned(),
                |share| text(locale, "headline-unattributed", &[("share", share.into())]),
            ),
        },
    ];
    let reached = group
        .items
        .iter()
        .filter(|i| i.points_h.is_some_and(|p| p >= 10_000))
        .count();
    let counted = group.items.iter().filter(|i| i.points_h.is_some()).count();
    all.push(Headline {
        name: plain(locale, "headline-targets"),
        value: text(
            locale,
            "headline-of",
            &[("k", reached.into()), ("n", counted.into())],
        ),
        note: text(
            locale,
            "headline-planned",
            &[("n", rules.group_items.len().into())],
        ),
    });
    if let Some(score) = group.kpi_score_h {
        all.push(Headline {
            name: plain(locale, "headline-score"),
            value: hundredths(score),
            note: plain(locale, "headline-score-note").to_owned(),
        });
    }
    all
}

fn channels(
    locale: Locale,
    channels: &[ChannelFigures],
    important: &[(Gauge, &ItemResult)],
) -> Option<Channels> {
    let total: i64 = channels.iter().map(|c| c.records).sum();
    let mut order: Vec<&ChannelFigures> = channels.iter().collect();
    order.sort_by_key(|c| -c.records);
    let first = order.first()?;
    let title = text(
        locale,
        "chart-channels",
        &[
            ("channel", channel_name(locale, &first.channel).into()),
            ("share", share(locale, first.records, total)?.into()),
        ],
    );
    let names: Vec<String> = order
        .iter()
        .map(|c| channel_name(locale, &c.channel))
        .collect();
    let shares: Vec<String> = order
        .iter()
        .map(|c| share(locale, c.records, total).unwrap_or_default())
        .collect();
    let bars: Vec<Bar> = order
        .iter()
        .zip(names.iter().zip(&shares))
        .map(|(c, (name, share))| Bar {
            label: name,
            value: Some(c.records as f64),
            note: share,
        })
        .collect();
    let chart = charts::bars(
        Frame {
            id: "channels-chart",
            title: &title,
            desc: plain(locale, "chart-channels-desc"),
        },
        &bars,
        None,
        &|v| i18n::number(v, 0),
    );
    Some(Channels {
        title,
        chart,
        heads: important
            .iter()
            .map(|(gauge, _)| Head {
                name: gauge.name.to_owned(),
                unit: gauge.unit().trim(),
            })
            .collect(),
        rows: order
            .iter()
            .zip(names)
            .map(|(c, name)| ChannelRow {
                name,
                records: count(c.records),
                share: share(locale, c.records, total),
                cells: important
                    .iter()
                    .map(|(gauge, _)| cell(*gauge, figure_of(&c.figures, gauge.code)))
                    .collect(),
            })
            .collect(),
    })
}

fn cell(gauge: Gauge, figure: Option<&Figure>) -> Cell {
    let estimate = gauge.estimate(figure);
    Cell {
        value: estimate.value.map(|v| gauge.bare(v)),
        bracket: estimate.value.map(|_| gauge.bracket(&estimate)),
        none: gauge.why_not(gauge.status(figure), estimate.n),
    }
}

/// The name of a channel; a code that is not ours stays as it is.
pub(super) fn channel_name(locale: Locale, code: &str) -> String {
    i18n::known(locale, &format!("channel-{code}")).map_or_else(|| code.to_owned(), str::to_owned)
}

/// Categories with their names and counts.
fn named(locale: Locale, categories: &[CategoryCount]) -> Vec<(&str, i64)> {
    categories
        .iter()
        .map(|c| (locale.pick(&c.name_zh, &c.name_en), c.count))
        .collect()
}

/// The distribution of grades; none of nobody.
pub(super) fn distribution(
    locale: Locale,
    grades: &[GradeCount],
    not_rated: i64,
) -> Option<Distribution> {
    let rated: i64 = grades.iter().map(|g| g.count).sum();
    let total = rated + not_rated;
    if total <= 0 {
        return None;
    }
    let unrated = plain(locale, "not-rated");
    // Of equal counts the better grade stands in the title.
    let most = grades.iter().rev().max_by_key(|g| g.count);
    let title = match most {
        Some(most) if most.count > 0 => text(
            locale,
            "chart-grades",
            &[
                ("grade", (&most.grade).into()),
                ("count", most.count.into()),
                ("rated", rated.into()),
            ],
        ),
        _ => plain(locale, "chart-grades-none").to_owned(),
    };
    let columns: Vec<Count> = grades
        .iter()
        .map(|g| (g.grade.as_str(), g.count))
        .chain([(unrated, not_rated)])
        .map(|(label, count)| Count {
            label,
            count: count.unsigned_abs(),
        })
        .collect();
    let chart = charts::distribution(
        Frame {
            id: "grades-chart",
            title: &title,
            desc: plain(locale, "chart-grades-desc"),
        },
        &columns,
        &|v| i18n::number(v, 0),
    );
    Some(Distribution {
        rows: grades
            .iter()
            .map(|g| (g.grade.as_str(), g.count))
            .chain([(unrated, not_rated)])
            .map(|(grade, n)| GradeRow {
                grade: grade.to_owned(),
                count: count(n),
                share: share(locale, n, total),
            })
            .collect(),
        title,
        chart,
    })
}

/// What the figures of a group leave out.
pub(super) fn facts(locale: Locale, group: &GroupResult) -> Vec<Fact> {
    let fact = |key: &str, n: i64, note: Option<String>| Fact {
        name: plain(locale, key).to_owned(),
        value: count(n),
        note,
    };
    vec![
        fact(
            "missing-not-rated",
            group.not_rated,
            share(locale, group.not_rated, group.headcount),
        ),
        fact(
            "missing-unattributed",
            group.unattributed,
            share(locale, group.unattributed, group.records),
        ),
        fact(
            "missing-bots",
            group.bot_records,
            share(locale, group.bot_records, group.bot_records + group.records),
        ),
    ]
}

/// What a forced step went past, with how many people it concerns.
pub(super) fn forced(locale: Locale, missing: &[MissingCount]) -> Vec<Fact> {
    missing
        .iter()
        .map(|m| Fact {
            name: missing_name(locale, m.missing).to_owned(),
            value: text(locale, "people-count", &[("n", m.count.into())]),
            note: None,
        })
        .collect()
}

/// `agreement: none recorded`
pub(super) fn missing_name(locale: Locale, missing: Missing) -> &'static str {
    plain(
        locale,
        match missing {
            Missing::Agreement => "missing-agreement",
            Missing::CheckIns => "missing-check-ins",
            Missing::Review => "missing-review",
        },
    )
}
