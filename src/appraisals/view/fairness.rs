//! What a reader sees of fairness: figures and flags in words, the warnings about forced distributions.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use crate::appraisals::model::fairness::{
    Fairness, Flag, Gap, Group, LEAST, Rater, Rating, follows_last_month, gaps,
};
use crate::appraisals::store::cycles::Cycle;
use crate::appraisals::store::fairness::{GROUPS, Unit};
use crate::appraisals::view::calibration::FormPage;
use crate::i18n::{Locale, hundredths, number, plain, text};
use crate::stats::raters::{chi_square, quotas};
use crate::web::Who;
use crate::web::form::{Field, FormView};
use crate::web::list::ON_A_PAGE;
use crate::web::site::escape;

/// Heads from which a forced distribution makes sense at all (domain.md 2.4).
const LEAST_UNIT: i64 = 20;

/// Heads below which the lowest grade has no quota.
const LEAST_BOTTOM: i64 = 10;

/// A flag in words.
#[must_use]
pub fn flag_name(locale: Locale, flag: Flag) -> &'static str {
    plain(
        locale,
        match flag {
            Flag::Lenient => "flag-lenient",
            Flag::Severe => "flag-severe",
            Flag::CentralTendency => "flag-central",
            Flag::RangeRestriction => "flag-range",
            Flag::Halo => "flag-halo",
        },
    )
}

/// Everything the page of a cycle is made of.
pub struct Looked {
    pub cycle: Cycle,
    pub found: Fairness,
    /// Number and names, by person.
    pub names: HashMap<i64, (String, String, String)>,
    pub units: Vec<Unit>,
    /// Where the reader may see them.
    pub groups: Option<BTreeMap<String, Vec<Group>>>,
}

/// Fairness of a cycle.
#[derive(Serialize)]
pub struct Show {
    /// Why there is nothing about raters.
    none: Option<&'static str>,
    overall: Option<String>,
    slope: Option<String>,
    rows: Vec<RaterRow>,
    next: Option<String>,
    pairs: Vec<String>,
    distribution: Option<Distribution>,
    groups: Vec<GroupTable>,
    groups_none: Option<&'static str>,
}

#[derive(Serialize)]
struct RaterRow {
    no: String,
    name: String,
    href: String,
    n: usize,
    mean: String,
    lean: Option<String>,
    z: Option<String>,
    p: Option<String>,
    spread: Option<String>,
    middle: Option<String>,
    range: Option<String>,
    flags: Vec<&'static str>,
    few: bool,
}

/// A forced distribution that is on.
#[derive(Serialize)]
struct Distribution {
    grades: Vec<String>,
    /// The largest units.
    rows: Vec<UnitRow>,
    small: String,
}

#[derive(Serialize)]
struct UnitRow {
    name: String,
    heads: i64,
    cells: Vec<String>,
    fit: Option<String>,
}

#[derive(Serialize)]
struct GroupTable {
    title: &'static str,
    rows: Vec<GroupRow>,
}

#[derive(Serialize)]
struct GroupRow {
    name: &'static str,
    n: i64,
    mean: Option<String>,
    difference: Option<String>,
    top: Option<String>,
    bottom: Option<String>,
    /// Whether a ratio lies strictly below four fifths.
    flagged: bool,
}

fn signed(value: f64) -> String {
    if value > 0.0 {
        format!("+{}", number(value, 2))
    } else {
        number(value, 2)
    }
}

fn percent(locale: Locale, share: f64) -> String {
    text(
        locale,
        "fairness-percent",
        &[("n", number(share * 100.0, 0).into())],
    )
}

/// Fairness of a cycle.
#[must_use]
pub fn show(who: &Who, looked: &Looked, after: &str) -> Show {
    let locale = who.locale;
    let found = &looked.found;
    let name = |id: i64| {
        looked
            .names
            .get(&id)
            .map_or_else(String::new, |(_, zh, en)| locale.pick(zh, en).to_string())
    };
    let none = if !looked.cycle.rules.reviews {
        Some(plain(locale, "fairness-figures-only"))
    } else if found.raters.is_empty() {
        Some(plain(locale, "fairness-none"))
    } else {
        None
    };
    let groups = groups(locale, looked);
    let number_of = |rater: &Rater| {
        looked
            .names
            .get(&rater.rater_id)
            .map(|name| name.0.as_str())
    };
    let start = found
        .raters
        .iter()
        .position(|rater| !after.is_empty() && number_of(rater) == Some(after))
        .map_or(0, |at| at + 1);
    let rest = &found.raters[start..];
    let shown = &rest[..rest.len().min(ON_A_PAGE as usize)];
    let next = shown
        .last()
        .filter(|_| rest.len() > shown.len())
        .and_then(number_of)
        .map(|no| {
            let code = escape(&looked.cycle.code);
            format!("/cycles/{code}/fairness?after={}", escape(no))
        });
    let groups_none = match (&looked.groups, groups.is_empty()) {
        (Some(_), true) => Some(plain(locale, "fairness-groups-none")),
        _ => None,
    };
    Show {
        none,
        overall: found.anova.map(|a| {
            text(
                locale,
                "fairness-anova",
                &[
                    ("n", found.ratings.into()),
                    ("f", number(a.f, 2).into()),
                    ("between", number(a.freedom.0, 0).into()),
                    ("within", number(a.freedom.1, 0).into()),
                    ("p", p_value(a.p).into()),
                    ("eta", number(a.eta2, 2).into()),
                    ("omega", number(a.omega2, 2).into()),
                ],
            )
        }),
        slope: found.slope.map(|slope| {
            text(
                locale,
                "fairness-slope",
                &[("slope", number(slope, 2).into())],
            )
        }),
        next,
        rows: shown
            .iter()
            .filter_map(|rater| {
                let (no, ..) = looked.names.get(&rater.rater_id)?;
                Some(rater_row(
                    locale,
                    &looked.cycle,
                    rater,
                    no,
                    name(rater.rater_id),
                ))
            })
            .collect(),
        pairs: found
            .pairs
            .iter()
            .map(|&(one, other, difference, p)| {
                text(
                    locale,
                    "fairness-pair",
                    &[
                        ("one", name(one).into()),
                        ("other", name(other).into()),
                        ("difference", signed(difference).into()),
                        ("p", p_value(p).into()),
                    ],
                )
            })
            .collect(),
        distribution: (!looked.cycle.rules.distribution.is_empty())
            .then(|| distribution(locale, looked)),
        groups,
        groups_none,
    }
}

fn p_value(p: f64) -> String {
    if p < 0.001 {
        "< 0.001".to_string()
    } else {
        number(p, 3)
    }
}

fn rater_row(locale: Locale, cycle: &Cycle, rater: &Rater, no: &str, name: String) -> RaterRow {
    RaterRow {
        no: no.to_string(),
        name,
        href: format!("/cycles/{}/fairness/{}", escape(&cycle.code), escape(no)),
        n: rater.n,
        mean: number(rater.mean, 2),
        lean: rater
            .leniency
            .map(|l| format!("{} ({})", signed(l.deviation), signed(l.shrunken))),
        z: rater.leniency.map(|l| number(l.z, 2)),
        p: rater.p.map(p_value),
        spread: rater.spread_ratio.map(|s| number(s, 2)),
        middle: rater.middle_share.map(|s| percent(locale, s)),
        range: rater.range_share.map(|s| percent(locale, s)),
        flags: rater.flags.iter().map(|f| flag_name(locale, *f)).collect(),
        few: rater.n < LEAST,
    }
}

fn distribution(locale: Locale, looked: &Looked) -> Distribution {
    let rules = &looked.cycle.rules;
    let heads = |unit: &Unit| unit.counts.iter().sum::<i64>();
    let mut large: Vec<&Unit> = looked
        .units
        .iter()
        .filter(|u| heads(u) >= LEAST_UNIT)
        .collect();
    large.sort_by_key(|unit| std::cmp::Reverse(heads(unit)));
    let small = looked
        .units
        .iter()
        .filter(|u| (1..LEAST_UNIT).contains(&heads(u)));
    let without_last = small.clone().filter(|u| heads(u) < LEAST_BOTTOM).count();
    let rows = large
        .into_iter()
        .take(ON_A_PAGE as usize)
        .map(|unit| {
            let wanted = quotas(&rules.distribution, heads(unit)).unwrap_or_default();
            let cells = unit.counts.iter().zip(&wanted);
            UnitRow {
                name: locale.pick(&unit.name_zh, &unit.name_en).to_string(),
                heads: heads(unit),
                cells: cells
                    .map(|(count, quota)| format!("{count} / {quota}"))
                    .collect(),
                fit: chi_square(&unit.counts, &rules.distribution).map(|fit| {
                    format!(
                        "χ² {} ({}), p {}",
                        number(fit.chi2, 2),
                        number(fit.freedom, 0),
                        p_value(fit.p)
                    )
                }),
            }
        })
        .collect();
    Distribution {
        grades: rules
            .grades
            .iter()
            .zip(&rules.distribution)
            .map(|(grade, share)| {
                format!(
                    "{} {}",
                    grade.code,
                    percent(locale, *share as f64 / 10_000.0)
                )
            })
            .collect(),
        rows,
        small: text(
            locale,
            "distribution-small",
            &[("n", small.count().into()), ("least", without_last.into())],
        ),
    }
}

/// The name of an attribute or value.
#[must_use]
pub fn group_name(locale: Locale, code: &str) -> &'static str {
    let key = match code {
        "gender" => "group-gender",
        "age_band" => "group-age",
        "female" => "group-female",
        "male" => "group-male",
        "under_25" => "group-under-25",
        "25_to_34" => "group-25-to-34",
        "35_to_44" => "group-35-to-44",
        "45_to_54" => "group-45-to-54",
        "55_and_over" => "group-55-and-over",
        _ => "group-other",
    };
    plain(locale, key)
}

fn groups(locale: Locale, looked: &Looked) -> Vec<GroupTable> {
    let all = looked.groups.iter().flatten();
    all.filter_map(|(attribute, groups)| {
        let rows: Vec<GroupRow> = gaps(groups)
            .iter()
            .map(|gap| gap_row(locale, gap))
            .collect();
        (!rows.is_empty()).then(|| GroupTable {
            title: group_name(locale, attribute),
            rows,
        })
    })
    .collect()
}

fn gap_row(locale: Locale, gap: &Gap) -> GroupRow {
    let below = |ratio: Option<f64>| ratio.is_some_and(|r| r < 0.8);
    let points = |h: f64| h / 100.0;
    GroupRow {
        name: group_name(locale, &gap.group.value),
        n: gap.group.n,
        mean: gap
            .group
            .totals
            .mean()
            .map(|m| hundredths(m.round() as i64)),
        difference: gap.difference.map(|(value, interval)| {
            format!(
                "{} ({} – {})",
                signed(points(value)),
                signed(points(interval.low)),
                signed(points(interval.high))
            )
        }),
        top: gap.top_ratio.map(|r| number(r, 2)),
        bottom: gap.bottom_ratio.map(|r| number(r, 2)),
        flagged: below(gap.top_ratio) || below(gap.bottom_ratio),
    }
}

/// One rater closely.
#[derive(Serialize)]
pub struct RaterView {
    facts: Vec<Fact>,
    flags: Vec<&'static str>,
    rows: Vec<RateeRow>,
}

#[derive(Serialize)]
struct Fact {
    name: &'static str,
    value: String,
    href: Option<String>,
}

#[derive(Serialize)]
struct RateeRow {
    no: String,
    name: String,
    href: String,
    rating: String,
    kpi: Option<String>,
}

/// Ratings, and number and names of those they are about and by.
pub type Named = (Vec<Rating>, HashMap<i64, (String, String, String)>);

/// One rater closely, with those they rated and how far ratings follow the last month.
#[must_use]
pub fn rater(
    who: &Who,
    cycle: &Cycle,
    rater: &Rater,
    (ratings, names): &Named,
    recency: Option<f64>,
) -> RaterView {
    let locale = who.locale;
    let fact = |key, value: Option<String>| Fact {
        name: plain(locale, key),
        value: value.unwrap_or_else(|| "–".to_string()),
        href: None,
    };
    let mut flags: Vec<&'static str> = rater.flags.iter().map(|f| flag_name(locale, *f)).collect();
    if follows_last_month(rater.n, recency) {
        flags.push(plain(locale, "flag-recency"));
    }
    RaterView {
        facts: vec![
            fact("fairness-n", Some(rater.n.to_string())),
            fact("fairness-mean", Some(number(rater.mean, 2))),
            fact("fairness-lean", rater.leniency.map(|l| signed(l.deviation))),
            fact(
                "fairness-shrunken",
                rater.leniency.map(|l| signed(l.shrunken)),
            ),
            fact("fairness-spread", rater.spread_ratio.map(|s| number(s, 2))),
            fact(
                "fairness-middle",
                rater.middle_share.map(|s| percent(locale, s)),
            ),
            fact(
                "fairness-range",
                rater.range_share.map(|s| percent(locale, s)),
            ),
            fact(
                "fairness-halo",
                rater.halo.map(|h| number(h.within_ratee, 2)),
            ),
            fact(
                "fairness-halo-r",
                rater
                    .halo
                    .and_then(|h| h.between_dimensions)
                    .map(|r| number(r, 2)),
            ),
            fact("fairness-recency", recency.map(signed)),
        ],
        flags,
        rows: ratings
            .iter()
            .filter_map(|rating| {
                let (no, zh, en) = names.get(&rating.staff_id)?;
                Some(RateeRow {
                    no: no.clone(),
                    name: locale.pick(zh, en).to_string(),
                    href: format!("/cycles/{}/people/{}", escape(&cycle.code), escape(no)),
                    rating: number(rating.points, 2),
                    kpi: rating.kpi.map(|k| number(k, 2)),
                })
            })
            .collect(),
    }
}

/// The form in which people state what they want to of themselves.
#[must_use]
pub fn groups_form(who: &Who, stated: &BTreeMap<String, String>) -> FormPage {
    let locale = who.locale;
    let fields = GROUPS
        .into_iter()
        .map(|(attribute, values)| {
            let own = stated.get(attribute).map_or("", String::as_str);
            let none = (String::new(), plain(locale, "group-not-stated").to_string());
            let choices = values
                .iter()
                .map(|v| ((*v).to_string(), group_name(locale, v).to_string()));
            Field::new("select", attribute, group_name(locale, attribute), own)
                .optional()
                .options([none].into_iter().chain(choices))
        })
        .collect();
    FormPage {
        lede: Some(plain(locale, "groups-lede")),
        form: FormView::new(who, "/me/groups", "save", fields),
    }
}
