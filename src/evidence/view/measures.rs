//! The pages of figures: every measure of a person or team, and one measure with its course.

use serde::Serialize;

use super::gauge::{Gauge, count};
use super::series::{Period, Series, quarters, weekly};
use crate::calendar::{Quarter, date_of};
use crate::charts::{self, Dot, Frame};
use crate::evidence::measures::Measure;
use crate::evidence::model::{CHANNELS, RowKind, Verdict};
use crate::evidence::store::subject::{Course, QuarterFigures};
use crate::i18n::{self, Locale, plain, text};

/// A link with its text.
#[derive(Clone, Debug, Serialize)]
pub struct Link {
    pub text: String,
    pub href: String,
}

/// A tab of a page.
#[derive(Clone, Debug, Serialize)]
pub struct Tab {
    pub text: String,
    pub href: String,
    pub current: bool,
    pub count: Option<String>,
}

/// Where the pages of one person or team are, and what their reader may open.
#[derive(Clone, Debug)]
pub struct Place {
    /// `/people/E1`, `/teams/A`.
    pub base: String,
    /// Whether rows may be read, not only figures.
    pub sees_rows: bool,
    /// Whether there is a page of complaints.
    pub has_complaints: bool,
}

/// The quarter of a page and the ways to its neighbours.
#[derive(Clone, Debug, Serialize)]
pub struct QuarterChoice {
    pub code: String,
    /// First and last day.
    pub days: String,
    pub prev: Link,
    /// None in the present quarter: there is nothing to come.
    pub next: Option<Link>,
}

impl QuarterChoice {
    /// The choice on the page at `href`; `days` are the first and the last of the quarter.
    #[must_use]
    pub fn new(href: &str, quarter: Quarter, present: Quarter, days: (i32, i32)) -> Self {
        let link = |quarter: Quarter| Link {
            text: quarter.code(),
            href: format!("{href}?quarter={}", quarter.code()),
        };
        QuarterChoice {
            code: quarter.code(),
            days: format!("{} – {}", date_of(days.0), date_of(days.1)),
            prev: link(quarter.prev()),
            next: (quarter < present).then(|| link(quarter.next())),
        }
    }
}

/// Every measure of somebody.
#[derive(Serialize)]
pub struct Measures {
    quarter: QuarterChoice,
    records: String,
    rows: Vec<MeasureRow>,
    /// Whether the figures of a small team are withheld.
    withheld: bool,
    records_href: Option<String>,
    complaints_href: Option<String>,
}

#[derive(Serialize)]
struct MeasureRow {
    name: &'static str,
    href: String,
    value: Option<String>,
    bracket: Option<String>,
    /// Why there is no figure to go by.
    none: Option<String>,
    indicative: bool,
    /// The quarter before, with interval and n.
    before: Option<String>,
    trend: Option<&'static str>,
    trend_word: Option<&'static str>,
    spark: String,
}

/// The page of every measure; the quarters are the oldest first, the one of the page last. None: withheld.
#[must_use]
pub fn measures(
    locale: Locale,
    place: &Place,
    quarter: QuarterChoice,
    figures: Option<&[QuarterFigures]>,
) -> Measures {
    let rows = figures.map_or_else(Vec::new, |figures| {
        Measure::ALL
            .into_iter()
            .filter_map(|measure| row(locale, place, &quarter.code, measure, figures))
            .collect()
    });
    let records = figures.and_then(<[_]>::last).map_or(0, |q| q.records);
    let with_quarter = |page: &str| format!("{}/{page}?quarter={}", place.base, quarter.code);
    Measures {
        records: text(locale, "evidence-records-count", &[("n", records.into())]),
        rows,
        withheld: figures.is_none(),
        records_href: place.sees_rows.then(|| format!("{}/records", place.base)),
        complaints_href: place.has_complaints.then(|| with_quarter("complaints")),
        quarter,
    }
}

/// One measure's line; none where no quarter of the trend has a figure.
fn row(
    locale: Locale,
    place: &Place,
    quarter: &str,
    measure: Measure,
    figures: &[QuarterFigures],
) -> Option<MeasureRow> {
    let gauge = Gauge::of_measure(measure, locale);
    let course: Vec<_> = figures.iter().map(|q| q.figures.get(&measure)).collect();
    if course.iter().all(Option::is_none) {
        return None;
    }
    let (latest, earlier) = course.split_last()?;
    let now = gauge.read(*latest);
    let last = earlier.last().copied().flatten();
    let before = gauge.read(last);
    let trend = latest
        .zip(last)
        .and_then(|(a, b)| gauge.trend((a, &now.estimate), (b, &before.estimate)));
    let values: Vec<Option<f64>> = course
        .iter()
        .map(|figure| gauge.counted(*figure).value)
        .collect();
    Some(MeasureRow {
        name: gauge.name,
        href: format!("{}/measures/{}?quarter={quarter}", place.base, gauge.code),
        value: now.estimate.value.map(|v| gauge.full(v)),
        bracket: now.estimate.value.map(|_| gauge.bracket(&now.estimate)),
        none: gauge.why_not(now.status, now.estimate.n),
        indicative: gauge.is_indicative(now.status, now.estimate.n),
        before: before
            .estimate
            .value
            .map(|v| format!("{} {}", gauge.full(v), gauge.bracket(&before.estimate))),
        trend: trend.as_ref().map(|t| t.class),
        trend_word: trend.map(|t| t.word),
        spark: charts::sparkline(
            Frame {
                id: &gauge.anchor("spark"),
                title: gauge.name,
                desc: "",
            },
            &values,
            None,
        ),
    })
}

/// One measure of somebody.
#[derive(Serialize)]
pub struct MeasurePage {
    quarter: QuarterChoice,
    /// Value, interval and n in one line, as the component `figure` shows it.
    figure: FigureLine,
    direction: &'static str,
    /// The quarters, then the weeks.
    charts: Vec<Series>,
    /// Whether there are too many records to read a median week by week.
    many: bool,
    channels: Option<Channels>,
    /// The ways to the rows: all of a kind that count, the good and the bad ones.
    rows: Vec<Link>,
    withheld: bool,
}

#[derive(Default, Serialize)]
struct FigureLine {
    value: Option<String>,
    bracket: Option<String>,
    target: Option<String>,
    none: Option<String>,
    state: Option<String>,
    signal: Option<String>,
    trend: Option<&'static str>,
    trend_word: Option<&'static str>,
}

#[derive(Serialize)]
struct Channels {
    title: String,
    unit: &'static str,
    chart: String,
    rows: Vec<ChannelRow>,
}

#[derive(Serialize)]
struct ChannelRow {
    name: &'static str,
    href: Option<String>,
    value: Option<String>,
    range: Option<String>,
    n: String,
    none: Option<String>,
}

/// The page of a measure; `days` are the first and last of its quarter. No course: withheld.
#[must_use]
pub fn measure(
    locale: Locale,
    place: &Place,
    measure: Measure,
    quarter: QuarterChoice,
    days: (i32, i32),
    course: Option<&Course>,
) -> MeasurePage {
    let gauge = Gauge::of_measure(measure, locale);
    let direction = plain(
        locale,
        match gauge.direction {
            crate::evidence::measures::Direction::Higher => "direction-higher",
            crate::evidence::measures::Direction::Lower => "direction-lower",
            crate::evidence::measures::Direction::Band => "direction-neither",
        },
    );
    let Some(course) = course else {
        return MeasurePage {
            quarter,
            figure: FigureLine::default(),
            direction,
            charts: Vec::new(),
            many: false,
            channels: None,
            rows: Vec::new(),
            withheld: true,
        };
    };
    let codes: Vec<String> = course.quarters.iter().map(|(q, _)| q.code()).collect();
    let periods: Vec<Period> = codes
        .iter()
        .zip(&course.quarters)
        .map(|(code, (_, figure))| (code.as_str(), figure.as_ref()))
        // A trend begins with its first figure.
        .skip_while(|(_, figure)| figure.is_none())
        .collect();
    let mondays: Vec<String> = course
        .weeks
        .iter()
        .map(|(monday, _)| date_of(*monday).to_string())
        .collect();
    let weeks: Vec<Period> = mondays
        .iter()
        .zip(&course.weeks)
        .map(|(monday, (_, figure))| (monday.as_str(), figure.as_ref()))
        .skip_while(|(_, figure)| figure.is_none())
        .collect();
    let latest = course
        .quarters
        .last()
        .and_then(|(_, figure)| figure.as_ref());
    let earlier = course
        .quarters
        .iter()
        .rev()
        .nth(1)
        .and_then(|(_, figure)| figure.as_ref());
    let (now, before) = (gauge.read(latest), gauge.read(earlier));
    let trend = latest
        .zip(earlier)
        .and_then(|(a, b)| gauge.trend((a, &now.estimate), (b, &before.estimate)));
    MeasurePage {
        figure: FigureLine {
            value: now.estimate.value.map(|v| gauge.full(v)),
            bracket: now.estimate.value.map(|_| gauge.bracket(&now.estimate)),
            none: gauge.why_not(now.status, now.estimate.n).or_else(|| {
                gauge
                    .is_indicative(now.status, now.estimate.n)
                    .then(|| plain(locale, "indicative").to_owned())
            }),
            trend: trend.as_ref().map(|t| t.class),
            trend_word: trend.map(|t| t.word),
            ..FigureLine::default()
        },
        direction,
        charts: [quarters(gauge, &periods, None), weekly(gauge, &weeks, None)]
            .into_iter()
            .flatten()
            .collect(),
        many: course.weeks.is_empty(),
        channels: channels(gauge, place, measure, days, course),
        rows: if place.sees_rows {
            row_links(locale, place, measure, days)
        } else {
            Vec::new()
        },
        quarter,
        withheld: false,
    }
}

/// The address of the rows of a kind that count into a measure.
fn rows_href(
    place: &Place,
    measure: Measure,
    kind: RowKind,
    days: (i32, i32),
    more: &str,
) -> String {
    format!(
        "{}/records?kind={}&measure={}&from={}&to={}{more}",
        place.base,
        kind.code(),
        measure.code(),
        date_of(days.0),
        date_of(days.1)
    )
}

fn row_links(locale: Locale, place: &Place, measure: Measure, days: (i32, i32)) -> Vec<Link> {
    let mut links = Vec::new();
    for &kind in RowKind::of(measure) {
        let mut link = |key: &str, more: &str| {
            links.push(Link {
                text: text(
                    locale,
                    key,
                    &[("kind", plain(locale, super::rows::kind_key(kind)).into())],
                ),
                href: rows_href(place, measure, kind, days, more),
            });
        };
        link("evidence-rows-all", "");
        if Verdict::applies(measure) {
            link("evidence-rows-good", "&verdict=good");
            link("evidence-rows-bad", "&verdict=bad");
        }
    }
    links
}

fn channels(
    gauge: Gauge<'static>,
    place: &Place,
    measure: Measure,
    days: (i32, i32),
    course: &Course,
) -> Option<Channels> {
    let locale = gauge.locale;
    // A single channel would repeat the figure above.
    if course.channels.len() < 2 {
        return None;
    }
    let mut order: Vec<_> = course
        .channels
        .iter()
        .map(|(channel, figure)| (*channel, gauge.read(Some(figure))))
        .collect();
    order.sort_by_key(|(_, reading)| -reading.estimate.n);
    let names: Vec<&'static str> = order
        .iter()
        .map(|(channel, _)| channel_name(locale, *channel))
        .collect();
    let counted: Vec<_> = course
        .channels
        .iter()
        .map(|(channel, figure)| (*channel, gauge.counted(Some(figure))))
        .collect();
    let of = |channel: i32| counted.iter().find(|c| c.0 == channel).map(|c| c.1);
    let few = plain(locale, "status-too-few");
    let dots: Vec<Dot> = order
        .iter()
        .zip(&names)
        .map(|((channel, _), name)| {
            let estimate = of(*channel);
            let interval = estimate.and_then(|e| e.interval);
            Dot {
                label: name,
                value: estimate.and_then(|e| e.value),
                low: interval.map(|i| i.low),
                high: interval.map(|i| i.high),
                raw: None,
                emphasis: false,
                note: few,
            }
        })
        .collect();
    let first = order.first()?;
    let title = text(
        locale,
        "chart-measure-channels",
        &[
            ("measure", gauge.name.into()),
            ("channel", names.first().copied()?.into()),
            ("n", first.1.estimate.n.into()),
        ],
    );
    let chart = charts::interval_dots(
        Frame {
            id: "channels-chart",
            title: &title,
            desc: plain(locale, "chart-measure-channels-desc"),
        },
        &dots,
        None,
        &|v| gauge.bare(v),
    );
    Some(Channels {
        unit: gauge.unit_name(),
        chart,
        rows: order
            .iter()
            .zip(names)
            .map(|((channel, reading), name)| ChannelRow {
                name,
                href: place.sees_rows.then(|| {
                    let kind = RowKind::of(measure)[0];
                    rows_href(
                        place,
                        measure,
                        kind,
                        days,
                        &format!("&channel={}", code(*channel)),
                    )
                }),
                value: reading.estimate.value.map(|v| gauge.bare(v)),
                range: reading.estimate.interval.map(|i| gauge.range(i)),
                n: count(reading.estimate.n),
                none: gauge.why_not(reading.status, reading.estimate.n),
            })
            .collect(),
        title,
    })
}

/// The code of a channel's number.
#[must_use]
pub fn code(channel: i32) -> &'static str {
    usize::try_from(channel)
        .ok()
        .and_then(|at| CHANNELS.get(at))
        .copied()
        .unwrap_or(CHANNELS[0])
}

/// The name of a channel's number.
#[must_use]
pub fn channel_name(locale: Locale, channel: i32) -> &'static str {
    i18n::known(locale, &format!("channel-{}", code(channel))).unwrap_or(code(channel))
}
