//! What readers see of the figures of recruitment: on the web, in reports and as a file.

use serde::Serialize;

use crate::appraisals::view::fairness::group_name;
use crate::calendar::{Quarter, Zone};
use crate::charts::{self, Bar, Frame};
use crate::i18n::{Locale, number, plain, text};
use crate::recruitment::model::analytics::{
    Agreement, CardAgreement, Column, Facts, Figures, Model, Opening, Step, Vacancy, Waits,
};
use crate::recruitment::model::codes::Source;
use crate::recruitment::model::selection::{Against, Group, Table};
use crate::recruitment::store::analytics::{Ask, MOST_APPLICATIONS, MOST_PANELS};
use crate::recruitment::view::openings::kind_name;
use crate::stats::Interval;
use crate::stats::icc::Correlation;
use crate::stats::intervals::wilson;
use crate::web::Who;
use crate::web::form::Field;
use crate::web::list::ListView;
use crate::web::site::escape;

/// Openings that are listed with places still to be filled.
const LISTED: usize = 20;

/// Openings offered for a choice.
const OFFERED: usize = 200;

/// Quarters offered for a choice, the last ones.
const QUARTERS: usize = 12;

/// Seconds of a day.
const DAY: f64 = 86_400.0;

/// The figures as a page and a report show them.
#[derive(Clone, Debug, Serialize)]
pub struct Shown {
    /// Why there is nothing.
    pub none: Option<&'static str>,
    pub facts: Vec<Fact>,
    pub funnel: Funnel,
    pub sources: Sources,
    pub vacancies: Vec<VacancyRow>,
    /// That there are more of them.
    pub vacancies_more: Option<String>,
    pub cards: Vec<Card>,
    /// What the times and the agreement are taken from.
    pub method: String,
}

/// A name and its value.
#[derive(Clone, Debug, Serialize)]
pub struct Fact {
    pub name: &'static str,
    pub value: String,
    pub note: Option<String>,
}

/// The funnel as bars and as a table.
#[derive(Clone, Debug, Serialize)]
pub struct Funnel {
    pub say: String,
    pub chart: String,
    pub rows: Vec<StepRow>,
}

#[derive(Clone, Debug, Serialize)]
pub struct StepRow {
    pub name: String,
    pub entered: String,
    pub passed: String,
    pub here: String,
    pub rejected: String,
    pub withdrawn: String,
    /// Of those about whom was decided, the share that passed.
    pub rate: Option<String>,
    pub median: Option<String>,
    pub p90: Option<String>,
    pub stays: String,
}

/// Where applications came from.
#[derive(Clone, Debug, Serialize)]
pub struct Sources {
    pub chart: String,
    pub rows: Vec<SourceRow>,
}

#[derive(Clone, Debug, Serialize)]
pub struct SourceRow {
    pub name: &'static str,
    pub applications: String,
    pub hired: String,
    pub share: Option<String>,
    pub range: Option<String>,
}

/// An opening with places still to be filled.
#[derive(Clone, Debug, Serialize)]
pub struct VacancyRow {
    pub code: String,
    pub title: String,
    pub places: i64,
    pub hired: i64,
    pub open: i64,
    pub published: Option<String>,
}

/// How far the raters of a card agree.
#[derive(Clone, Debug, Serialize)]
pub struct Card {
    pub title: String,
    pub say: String,
    pub rows: Vec<AgreementRow>,
}

#[derive(Clone, Debug, Serialize)]
pub struct AgreementRow {
    pub name: String,
    pub panels: usize,
    pub ratings: usize,
    /// Which correlation, of one rater and of the mean of all, with its interval.
    pub model: Option<&'static str>,
    pub single: Option<String>,
    pub average: Option<String>,
    pub alpha: Option<String>,
    pub kappa: Option<String>,
}

/// Where an application came from, in words.
#[must_use]
pub fn source_name(locale: Locale, source: Source) -> &'static str {
    plain(
        locale,
        match source {
            Source::Careers => "figures-careers",
            Source::Referral => "figures-referral",
            Source::JobBoard => "figures-job-board",
            Source::Agency => "figures-agency",
            Source::Campus => "figures-campus",
            Source::Internal => "figures-internal",
            Source::Pool => "figures-pool",
            Source::Other => "figures-other",
        },
    )
}

/// The name of a step of the funnel.
fn column_name(locale: Locale, facts: &Facts, column: Column) -> String {
    match column {
        Column::Kind(kind) => kind_name(locale, kind).to_string(),
        Column::Stage(id) => {
            let stage = facts.openings.stages.iter().find(|stage| stage.id == id);
            stage.map_or_else(String::new, |stage| {
                locale.pick(&stage.name_zh, &stage.name_en).to_string()
            })
        }
    }
}

fn count(n: i64) -> String {
    number(n as f64, 0)
}

fn percent(locale: Locale, share: f64) -> String {
    let n = number(100.0 * share, 0);
    text(locale, "figures-percent", &[("n", n.into())])
}

fn share(locale: Locale, part: i64, whole: i64) -> Option<String> {
    (whole > 0).then(|| percent(locale, part as f64 / whole as f64))
}

fn days(seconds: f64) -> String {
    number(seconds / DAY, 1)
}

/// `0.42 – 0.87`
fn range(interval: Interval) -> String {
    format!("{} – {}", number(interval.low, 2), number(interval.high, 2))
}

/// A probability; one below a thousandth is written so.
fn probability(p: f64) -> String {
    if p < 0.001 {
        "< 0.001".to_string()
    } else {
        number(p, 3)
    }
}

/// The figures, in words.
#[must_use]
pub fn shown(locale: Locale, zone: Zone, facts: &Facts, figures: &Figures<'_>) -> Shown {
    let open: Vec<&Vacancy<'_>> = figures.vacancies.iter().filter(|v| v.open > 0).collect();
    let more = open.len().saturating_sub(LISTED);
    Shown {
        none: facts
            .openings
            .openings
            .is_empty()
            .then(|| plain(locale, "figures-none")),
        facts: headline(locale, figures),
        funnel: funnel(locale, facts, figures),
        sources: sources(locale, figures),
        vacancies: open
            .iter()
            .take(LISTED)
            .map(|vacancy| VacancyRow {
                code: vacancy.opening.code.clone(),
                title: title(locale, vacancy.opening).to_string(),
                places: vacancy.opening.head_count,
                hired: vacancy.hired,
                open: vacancy.open,
                published: vacancy
                    .opening
                    .published_at
                    .map(|at| zone.local_date(at).to_string()),
            })
            .collect(),
        vacancies_more: (more > 0)
            .then(|| text(locale, "figures-vacancies-more", &[("n", more.into())])),
        cards: figures.cards.iter().map(|c| card(locale, c)).collect(),
        method: text(
            locale,
            "figures-method",
            &[
                ("applications", count(MOST_APPLICATIONS).into()),
                ("panels", count(MOST_PANELS).into()),
            ],
        ),
    }
}

fn title(locale: Locale, opening: &Opening) -> &str {
    locale.pick(&opening.title_zh, &opening.title_en)
}

fn headline(locale: Locale, figures: &Figures<'_>) -> Vec<Fact> {
    let open: i64 = figures.vacancies.iter().map(|v| v.open).sum();
    let places: i64 = figures.vacancies.iter().map(|v| v.opening.head_count).sum();
    let mut facts = vec![
        Fact {
            name: plain(locale, "figures-open"),
            value: count(open),
            note: Some(text(
                locale,
                "figures-open-note",
                &[
                    ("places", places.into()),
                    ("openings", figures.vacancies.len().into()),
                ],
            )),
        },
        Fact {
            name: plain(locale, "figures-applications"),
            value: count(figures.applications),
            note: None,
        },
        Fact {
            name: plain(locale, "figures-hired"),
            value: count(figures.hired),
            note: share(locale, figures.hired, figures.applications),
        },
    ];
    facts.extend(figures.fill.map(|fill| Fact {
        name: plain(locale, "figures-fill"),
        value: text(locale, "figures-days", &[("n", days(fill.median).into())]),
        note: Some(fill_note(locale, fill)),
    }));
    facts
}

/// "12 hires, nine of ten within 48.5 days"
fn fill_note(locale: Locale, fill: Waits) -> String {
    let n = fill.n.into();
    match fill.p90 {
        Some(p90) => text(
            locale,
            "figures-fill-p90",
            &[("n", n), ("days", days(p90).into())],
        ),
        None => text(locale, "figures-fill-n", &[("n", n)]),
    }
}

fn funnel(locale: Locale, facts: &Facts, figures: &Figures<'_>) -> Funnel {
    let names: Vec<String> = figures
        .steps
        .iter()
        .map(|step| column_name(locale, facts, step.column))
        .collect();
    let notes: Vec<String> = figures
        .steps
        .iter()
        .map(|step| share(locale, step.entered, figures.applications).unwrap_or_default())
        .collect();
    let mut bars: Vec<Bar<'_>> = figures
        .steps
        .iter()
        .zip(names.iter().zip(&notes))
        .map(|(step, (label, note))| Bar {
            label,
            value: Some(step.entered as f64),
            note,
        })
        .collect();
    let hired = share(locale, figures.hired, figures.applications).unwrap_or_default();
    bars.push(Bar {
        label: plain(locale, "figures-hired"),
        value: Some(figures.hired as f64),
        note: &hired,
    });
    let say = text(
        locale,
        "figures-funnel-say",
        &[
            ("n", figures.applications.into()),
            ("hired", figures.hired.into()),
        ],
    );
    let frame = Frame {
        id: "funnel",
        title: &say,
        desc: plain(locale, "figures-funnel-desc"),
    };
    let chart = if figures.applications > 0 {
        charts::bars(frame, &bars, None, &|v| number(v, 0))
    } else {
        String::new()
    };
    Funnel {
        chart,
        rows: figures
            .steps
            .iter()
            .zip(names.iter().cloned())
            .map(|(step, name)| step_row(locale, step, name))
            .collect(),
        say,
    }
}

fn step_row(locale: Locale, step: &Step, name: String) -> StepRow {
    StepRow {
        name,
        entered: count(step.entered),
        passed: count(step.passed),
        here: count(step.here),
        rejected: count(step.rejected),
        withdrawn: count(step.withdrawn),
        rate: share(locale, step.passed, step.passed + step.rejected),
        median: step.waits.map(|waits| days(waits.median)),
        p90: step.waits.and_then(|waits| waits.p90).map(days),
        stays: count(step.waits.map_or(0, |waits| waits.n as i64)),
    }
}

fn sources(locale: Locale, figures: &Figures<'_>) -> Sources {
    let names: Vec<&'static str> = figures
        .origins
        .iter()
        .map(|origin| source_name(locale, origin.source))
        .collect();
    let notes: Vec<String> = figures
        .origins
        .iter()
        .map(|origin| text(locale, "figures-hired-n", &[("n", origin.hired.into())]))
        .collect();
    let bars: Vec<Bar<'_>> = figures
        .origins
        .iter()
        .zip(names.iter().zip(&notes))
        .map(|(origin, (label, note))| Bar {
            label,
            value: Some(origin.applications as f64),
            note,
        })
        .collect();
    let frame = Frame {
        id: "sources",
        title: plain(locale, "figures-sources"),
        desc: plain(locale, "figures-sources-desc"),
    };
    Sources {
        chart: charts::bars(frame, &bars, None, &|v| number(v, 0)),
        rows: figures
            .origins
            .iter()
            .zip(names)
            .map(|(origin, name)| SourceRow {
                name,
                applications: count(origin.applications),
                hired: count(origin.hired),
                share: share(locale, origin.hired, origin.applications),
                range: wilson(origin.hired, origin.applications).map(|interval| {
                    format!(
                        "{} – {}",
                        percent(locale, interval.low),
                        percent(locale, interval.high)
                    )
                }),
            })
            .collect(),
    }
}

fn card_title(locale: Locale, card: &CardAgreement<'_>) -> String {
    text(
        locale,
        "figures-card",
        &[
            (
                "card",
                locale.pick(&card.card.card_zh, &card.card.card_en).into(),
            ),
            ("version", i64::from(card.card.card.1).into()),
        ],
    )
}

fn card(locale: Locale, card: &CardAgreement<'_>) -> Card {
    let total = agreement_row(
        plain(locale, "figures-total").to_string(),
        &card.total,
        locale,
    );
    let rows = card.criteria.iter().map(|(criterion, agreement)| {
        let name = locale.pick(&criterion.name_zh, &criterion.name_en);
        agreement_row(name.to_string(), agreement, locale)
    });
    Card {
        title: card_title(locale, card),
        say: plain(locale, reading(&card.total)).to_string(),
        rows: std::iter::once(total).chain(rows).collect(),
    }
}

/// What agreement about the totals means: of the mean of the raters where it is known, by Koo and Li; else alpha, by
/// Krippendorff.
fn reading(total: &Agreement) -> &'static str {
    let average = total.icc.and_then(|(_, form)| form.average);
    match (average, total.alpha) {
        (Some(icc), _) if icc.value >= 0.9 => "figures-icc-excellent",
        (Some(icc), _) if icc.value >= 0.75 => "figures-icc-good",
        (Some(icc), _) if icc.value >= 0.5 => "figures-icc-moderate",
        (Some(_), _) => "figures-icc-poor",
        (None, Some(alpha)) if alpha >= 0.8 => "figures-alpha-reliable",
        (None, Some(alpha)) if alpha >= 0.667 => "figures-alpha-tentative",
        (None, Some(_)) => "figures-alpha-poor",
        (None, None) => "figures-agreement-flat",
    }
}

fn correlation(of: Option<Correlation>) -> Option<String> {
    of.map(|icc| match icc.interval {
        Some(interval) => format!("{} ({})", number(icc.value, 2), range(interval)),
        None => number(icc.value, 2),
    })
}

fn agreement_row(name: String, agreement: &Agreement, locale: Locale) -> AgreementRow {
    let form = agreement.icc.map(|(_, form)| form);
    AgreementRow {
        name,
        panels: agreement.panels,
        ratings: agreement.ratings,
        model: agreement.icc.map(|(model, _)| {
            plain(
                locale,
                match model {
                    Model::OneWay => "figures-icc-1",
                    Model::Random => "figures-icc-2",
                },
            )
        }),
        single: correlation(form.and_then(|form| form.single)),
        average: correlation(form.and_then(|form| form.average)),
        alpha: agreement.alpha.map(|alpha| number(alpha, 2)),
        kappa: agreement
            .kappa
            .map(|kappa| format!("{} ({})", number(kappa.value, 2), range(kappa.interval))),
    }
}

/// Selection by group, table by table.
#[derive(Clone, Debug, Serialize)]
pub struct TableView {
    pub title: String,
    pub rows: Vec<GroupRow>,
    /// How many groups are left out.
    pub withheld: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct GroupRow {
    pub name: &'static str,
    pub entered: i64,
    /// None where it is withheld.
    pub passed: Option<i64>,
    pub rate: Option<String>,
    pub ratio: Option<String>,
    pub range: Option<String>,
    pub z: Option<String>,
    pub exact: Option<String>,
    pub odds: Option<String>,
    pub stratified: Option<String>,
    pub below: bool,
    pub small: bool,
    pub marks: Vec<&'static str>,
}

/// Selection by group, in words.
#[must_use]
pub fn selection(locale: Locale, facts: &Facts, tables: &[Table]) -> Vec<TableView> {
    tables
        .iter()
        .map(|table| TableView {
            title: text(
                locale,
                "figures-selection-at",
                &[
                    ("attribute", group_name(locale, &table.attribute).into()),
                    ("stage", column_name(locale, facts, table.column).into()),
                ],
            ),
            rows: table
                .groups
                .iter()
                .map(|group| group_row(locale, group))
                .collect(),
            withheld: (table.withheld > 0)
                .then(|| text(locale, "figures-withheld", &[("n", table.withheld.into())])),
        })
        .collect()
}

fn group_row(locale: Locale, group: &Group) -> GroupRow {
    let against = group.against.as_ref();
    let figures = against.and_then(|against| against.figures.as_ref());
    let common = figures.and_then(|figures| figures.common);
    GroupRow {
        name: group_name(locale, &group.value),
        entered: group.entered,
        passed: group.passed,
        rate: group
            .passed
            .and_then(|passed| share(locale, passed, group.entered)),
        ratio: figures.map(|figures| number(figures.ratio, 2)),
        range: figures.and_then(|figures| figures.interval).map(range),
        z: figures
            .and_then(|figures| figures.difference)
            .map(|d| format!("{} ({})", number(d.z, 2), probability(d.p))),
        exact: figures.map(|figures| probability(figures.exact)),
        odds: common.and_then(|common| {
            let ratio = number(common.odds_ratio?, 2);
            Some(match common.interval {
                Some(interval) => format!("{ratio} ({})", range(interval)),
                None => ratio,
            })
        }),
        stratified: common.map(|common| probability(common.test.p)),
        below: against.is_some_and(|against| against.below),
        small: against.is_some_and(|against| against.small),
        marks: marks(locale, group.highest, against),
    }
}

fn marks(locale: Locale, highest: bool, against: Option<&Against>) -> Vec<&'static str> {
    let mut marks = Vec::new();
    if highest {
        marks.push(plain(locale, "figures-highest"));
    }
    if let Some(against) = against {
        if against.differs {
            marks.push(plain(locale, "figures-differs"));
        }
        if against.marginal {
            marks.push(plain(locale, "figures-marginal"));
        }
    }
    marks
}

/// The figures in the application: with their filters.
#[derive(Serialize)]
pub struct PageView {
    list: ListView,
    figures: Shown,
    /// Where selection by group is, for those who may see it.
    selection: Option<String>,
    /// Whether openings may be opened from here.
    links: bool,
}

/// What is asked of the pages, as it stands in their address.
#[must_use]
pub fn parameters(ask: &Ask) -> [(&'static str, String); 2] {
    [
        ("opening", ask.opening.clone().unwrap_or_default()),
        ("period", ask.period.map_or_else(String::new, Quarter::code)),
    ]
}

/// The choice of an opening and a quarter, and the way to the same rows as a file.
fn list(who: &Who, action: &str, ask: &Ask, facts: &Facts, count: String) -> ListView {
    let locale = who.locale;
    let [opening, period] = parameters(ask).map(|(_, value)| value);
    let chosen = |o: &&Opening| facts.openings.chosen == Some(o.id);
    let newest = facts.openings.openings.iter().take(OFFERED);
    let older = facts.openings.openings.iter().skip(OFFERED).filter(chosen);
    let openings = newest.chain(older).map(|o| {
        let name = format!("{} {}", o.code, title(locale, o));
        (o.code.clone(), name)
    });
    let every = (
        String::new(),
        plain(locale, "figures-every-opening").to_string(),
    );
    let first = facts
        .openings
        .openings
        .iter()
        .filter_map(|o| o.published_at);
    let first = first.min().map(|at| ask.quarter(at));
    let now = ask.quarter(who.site.now());
    let quarters = std::iter::successors(Some(now), |quarter| Some(quarter.prev()))
        .take(QUARTERS)
        .take_while(|quarter| first.is_some_and(|first| *quarter >= first))
        .map(|quarter| (quarter.code(), quarter.code()));
    let always = (String::new(), plain(locale, "figures-always").to_string());
    let query = [("opening", opening.as_str()), ("period", period.as_str())];
    ListView {
        action: action.to_string(),
        count,
        filters: vec![
            Field::new(
                "select",
                "opening",
                plain(locale, "figures-opening"),
                &opening,
            )
            .options(std::iter::once(every).chain(openings)),
            Field::new("select", "period", plain(locale, "figures-period"), &period)
                .options(std::iter::once(always).chain(quarters)),
        ],
        ..ListView::default()
    }
    .export(&query)
}

/// An address with what is asked for.
fn address(path: &str, ask: &Ask) -> String {
    let pairs: Vec<String> = parameters(ask)
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", escape(&value)))
        .collect();
    match pairs.join("&") {
        none if none.is_empty() => path.to_string(),
        pairs => format!("{path}?{pairs}"),
    }
}

/// The page of the figures.
#[must_use]
pub fn page(who: &Who, ask: &Ask, facts: &Facts, selection: bool, links: bool) -> PageView {
    let figures = Figures::of(facts, ask.bounds());
    let counted = text(
        who.locale,
        "figures-counted",
        &[("n", figures.applications.into())],
    );
    PageView {
        list: list(who, "/recruitment", ask, facts, counted),
        figures: shown(who.locale, ask.zone, facts, &figures),
        selection: selection.then(|| address("/recruitment/selection", ask)),
        links,
    }
}

/// Selection by group in the application.
#[derive(Serialize)]
pub struct SelectionView {
    list: ListView,
    tables: Vec<TableView>,
    /// Of which openings this is.
    say: String,
}

/// The page of selection by group.
#[must_use]
pub fn selection_page(who: &Who, ask: &Ask, facts: &Facts, tables: &[Table]) -> SelectionView {
    let locale = who.locale;
    let chosen = facts.openings.chosen;
    let opening = facts
        .openings
        .openings
        .iter()
        .find(|o| Some(o.id) == chosen);
    let say = match (opening, ask.period) {
        (Some(opening), _) => text(
            locale,
            "figures-of-opening",
            &[("opening", title(locale, opening).into())],
        ),
        (None, Some(quarter)) => text(
            locale,
            "figures-of-quarter",
            &[("quarter", quarter.code().into())],
        ),
        (None, None) => plain(locale, "figures-of-all").to_string(),
    };
    let counted = text(locale, "figures-tables", &[("n", tables.len().into())]);
    SelectionView {
        list: list(who, "/recruitment/selection", ask, facts, counted),
        tables: selection(locale, facts, tables),
        say,
    }
}

/// A row of the file: part, item, figure, value.
type Cell = (String, String, &'static str, Option<String>);

/// The same figures as a file, one number a row.
#[must_use]
pub fn export(
    locale: Locale,
    zone: Zone,
    facts: &Facts,
    figures: &Figures<'_>,
) -> Vec<Vec<String>> {
    let word = |key| plain(locale, key);
    let shown = shown(locale, zone, facts, figures);
    let mut cells: Vec<Cell> = Vec::new();
    let mut put = |part: &str, item: &str, rows: &[(&'static str, Option<String>)]| {
        let (part, item) = (part.to_string(), item.to_string());
        cells.extend(
            rows.iter()
                .map(|(key, value)| (part.clone(), item.clone(), *key, value.clone())),
        );
    };
    let open = figures.vacancies.iter().map(|v| v.open).sum();
    let fill = figures.fill;
    put(
        word("figures-title"),
        "",
        &[
            ("figures-open", Some(count(open))),
            ("figures-applications", Some(count(figures.applications))),
            ("figures-hired", Some(count(figures.hired))),
            ("figures-fill", fill.map(|fill| days(fill.median))),
            ("figures-p90", fill.and_then(|fill| fill.p90).map(days)),
        ],
    );
    for row in &shown.funnel.rows {
        put(
            word("figures-funnel"),
            &row.name,
            &[
                ("figures-entered", Some(row.entered.clone())),
                ("figures-passed", Some(row.passed.clone())),
                ("figures-here", Some(row.here.clone())),
                ("figures-rejected", Some(row.rejected.clone())),
                ("figures-withdrawn", Some(row.withdrawn.clone())),
                ("figures-rate", row.rate.clone()),
                ("figures-median", row.median.clone()),
                ("figures-p90", row.p90.clone()),
                ("figures-stays", Some(row.stays.clone())),
            ],
        );
    }
    for row in &shown.sources.rows {
        put(
            word("figures-sources"),
            row.name,
            &[
                ("figures-applications", Some(row.applications.clone())),
                ("figures-hired", Some(row.hired.clone())),
                ("figures-share", row.share.clone()),
                ("figures-range", row.range.clone()),
            ],
        );
    }
    for vacancy in &figures.vacancies {
        let item = format!(
            "{} {}",
            vacancy.opening.code,
            title(locale, vacancy.opening)
        );
        put(
            word("figures-vacancies"),
            &item,
            &[
                ("figures-places", Some(count(vacancy.opening.head_count))),
                ("figures-hired", Some(count(vacancy.hired))),
                ("figures-open", Some(count(vacancy.open))),
            ],
        );
    }
    for card in &shown.cards {
        for row in &card.rows {
            put(
                &card.title,
                &row.name,
                &[
                    ("figures-panels", Some(count(row.panels as i64))),
                    ("figures-ratings", Some(count(row.ratings as i64))),
                    ("figures-icc", row.model.map(str::to_string)),
                    ("figures-single", row.single.clone()),
                    ("figures-average", row.average.clone()),
                    ("figures-alpha", row.alpha.clone()),
                    ("figures-kappa", row.kappa.clone()),
                ],
            );
        }
    }
    written(locale, cells)
}

/// Selection by group as a file.
#[must_use]
pub fn export_selection(locale: Locale, facts: &Facts, tables: &[Table]) -> Vec<Vec<String>> {
    let mut cells: Vec<Cell> = Vec::new();
    for table in selection(locale, facts, tables) {
        for row in table.rows {
            let yes = |is: bool| {
                Some(plain(locale, if is { "figures-yes" } else { "figures-no" }).to_string())
            };
            let rows = [
                ("figures-decided", Some(count(row.entered))),
                ("figures-passed", row.passed.map(count)),
                ("figures-rate", row.rate),
                ("figures-ratio", row.ratio),
                ("figures-range", row.range),
                ("figures-z", row.z),
                ("figures-exact", row.exact),
                ("figures-odds", row.odds),
                ("figures-stratified", row.stratified),
                ("figures-below", yes(row.below)),
                ("figures-small", yes(row.small)),
            ];
            cells.extend(
                rows.into_iter()
                    .map(|(key, value)| (table.title.clone(), row.name.to_string(), key, value)),
            );
        }
    }
    written(locale, cells)
}

/// With the names of the columns; what is withheld or unknown is left empty.
fn written(locale: Locale, cells: Vec<Cell>) -> Vec<Vec<String>> {
    let head = [
        "figures-part",
        "figures-item",
        "figures-figure",
        "figures-value",
    ];
    let head = head.map(|key| plain(locale, key).to_string()).to_vec();
    let rows = cells.into_iter().map(|(part, item, key, value)| {
        let figure = plain(locale, key).to_string();
        vec![part, item, figure, value.unwrap_or_default()]
    });
    std::iter::once(head).chain(rows).collect()
}
