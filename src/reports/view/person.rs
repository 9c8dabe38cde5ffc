//! The feedback sheet of a person: result, figures against their aims, the worked sum.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

use super::figures::{Gauge, count, role_name, weight};
use super::group::{Item, Products, items, missing_name, worth};
use super::said::{SaidView, Told};
use super::weekly::figure_of;
use super::{Crumb, Document, Page, Report, days, not_rated};
use crate::appraisals::model::result::{Adjusted, PersonResult, VersionResult};
use crate::appraisals::model::rules::Rules;
use crate::charts::{self, Frame};
use crate::goals::model::half_up;
use crate::goals::model::sheet::Qualitative;
use crate::i18n::{Locale, hundredths, number, plain, text};

/// Decimals of the steps of the worked sum that are not whole hundredths.
const STEP_DECIMALS: usize = 4;

/// What results are put into words with: the rules of their cycle and the names of teams, by code.
pub(in crate::reports) struct Words<'a> {
    pub locale: Locale,
    pub rules: &'a Rules,
    pub teams: BTreeMap<&'a str, &'a str>,
}

#[derive(Serialize)]
pub(in crate::reports) struct PersonView<'a> {
    employee_no: &'a str,
    /// The name in the other language, with its tag.
    other_name: Option<(&'static str, &'a str)>,
    lede: String,
    job_role: &'a str,
    team: Option<(&'a str, &'a str)>,
    /// Number and name.
    manager: Option<(&'a str, &'a str)>,
    scope: String,
    scope_days: String,
    version_no: String,
    grade: Option<&'a str>,
    total: Option<String>,
    not_rated: Option<&'static str>,
    included: Option<&'a str>,
    pub sheets: Vec<Sheet<'a>>,
    mean: Option<Mean>,
    sum: Sum,
    history: Option<History>,
    missing: Vec<&'static str>,
    said: SaidView,
}

/// A version of the goal sheet with what its days brought.
#[derive(Serialize)]
pub(in crate::reports) struct Sheet<'a> {
    /// Which of several; nothing where there is one.
    heading: Option<String>,
    agreed: bool,
    job_role: &'a str,
    team: Option<(&'a str, &'a str)>,
    pub items: Vec<Item>,
    /// Goals without a figure.
    others: &'a [Qualitative],
    /// Sum of the products.
    products: String,
    /// The weight that counts, where some dropped out.
    remaining: Option<String>,
    score: Option<String>,
}

/// The day-weighted mean of several versions.
#[derive(Serialize)]
struct Mean {
    rows: Vec<MeanRow>,
    score: Option<String>,
}

#[derive(Serialize)]
struct MeanRow {
    days: String,
    count: String,
    score: Option<String>,
}

/// From the parts to the total.
#[derive(Serialize)]
struct Sum {
    kpi: Option<String>,
    kpi_weight: String,
    competency: Option<String>,
    /// Nothing where the cycle has no reviews.
    competency_weight: Option<String>,
    /// The total as first frozen, where it was changed since, and the changes in order.
    computed: Option<String>,
    adjusted: Vec<AdjustedLine>,
    total: Option<String>,
}

/// A change of the total.
#[derive(Serialize)]
struct AdjustedLine {
    how: &'static str,
    on: String,
    reason: String,
    total: String,
}

/// Quarter by quarter.
#[derive(Serialize)]
struct History {
    quarters: Vec<String>,
    rows: Vec<HistoryRow>,
}

#[derive(Serialize)]
struct HistoryRow {
    name: String,
    unit: &'static str,
    /// Value and, in brackets, n; a dash where there is none.
    cells: Vec<String>,
    spark: String,
}

/// What changed a total, in words.
fn adjusted_name(locale: Locale, how: Adjusted) -> &'static str {
    plain(
        locale,
        match how {
            Adjusted::Calibration => "adjusted-calibration",
            Adjusted::Appeal => "adjusted-appeal",
        },
    )
}

impl Report<'_> {
    /// The sheet of a person; `version_no` is that of the snapshot, `told` what was said with it once it is
    /// released.
    ///
    /// # Errors
    /// When template and view do not fit: a fault of the program.
    pub fn person(
        &self,
        person: &PersonResult,
        version_no: i64,
        told: Option<&Told>,
        out: &mut Vec<u8>,
    ) -> Result<(), tera::Error> {
        let page = Page::Person(&person.employee_no);
        let document = || self.person_document(page, person, version_no, told);
        self.write(page, document, out)
    }

    fn person_document<'v>(
        &'v self,
        page: Page,
        person: &'v PersonResult,
        version_no: i64,
        told: Option<&Told>,
    ) -> Document<'v, PersonView<'v>> {
        let locale = self.locale();
        let name = locale.pick(&person.name, &person.name_en);
        let history = self.words.history(person);
        let said = self.words.said(person, told);
        Document {
            contents: self.entries(&[
                ("figures", "person-figures", !person.versions.is_empty()),
                ("sum", "person-sum", true),
                ("history", "person-history", history.is_some()),
                ("judged", "person-judged", said.competencies.is_some()),
                ("peer-means", "peers-together", !said.peers.is_empty()),
                (
                    "told",
                    "feedback-title",
                    !said.told.is_empty() || said.read.is_some(),
                ),
                ("missing", "section-missing", !person.missing.is_empty()),
                ("method", "section-method", true),
            ]),
            crumbs: [
                Some(Crumb {
                    page: "cycle",
                    code: "",
                    text: Cow::Borrowed(&person.cycle),
                }),
                person.team.as_deref().map(|code| Crumb {
                    page: "team",
                    code,
                    text: Cow::Borrowed(self.team_name(code)),
                }),
            ]
            .into_iter()
            .flatten()
            .collect(),
            file: page.file(),
            frame: None,
            kicker: self.word("kicker-person"),
            page: self.words.person_view(person, version_no, history, said),
            title: Cow::Borrowed(name),
            up: page.up(),
        }
    }
}

impl Words<'_> {
    /// A result with its worked sum; `version_no` is that of the snapshot.
    #[must_use]
    pub(in crate::reports) fn result<'v>(
        &'v self,
        person: &'v PersonResult,
        version_no: i64,
    ) -> PersonView<'v> {
        let said = self.said(person, None);
        self.person_view(person, version_no, self.history(person), said)
    }

    fn team_name<'v>(&'v self, code: &'v str) -> &'v str {
        self.teams.get(code).copied().unwrap_or(code)
    }

    fn person_view<'v>(
        &'v self,
        person: &'v PersonResult,
        version_no: i64,
        history: Option<History>,
        said: SaidView,
    ) -> PersonView<'v> {
        let locale = self.locale;
        let name = locale.pick(&person.name, &person.name_en);
        let rules = self.rules;
        let several = person.versions.len() > 1;
        let points = |h: Option<i64>| match h {
            Some(h) => hundredths(h),
            None => plain(locale, "not-rated").to_string(),
        };
        let (other_tag, other) = match locale {
            Locale::Zh => ("en", &person.name_en),
            Locale::En => ("zh-CN", &person.name),
        };
        PersonView {
            employee_no: &person.employee_no,
            other_name: (!other.is_empty() && other != name).then_some((other_tag, other)),
            lede: self.lede(person),
            job_role: role_name(locale, self.rules, &person.job_role),
            team: person
                .team
                .as_deref()
                .map(|code| (code, self.team_name(code))),
            manager: person
                .manager_no
                .as_deref()
                .map(|no| (no, manager_name(locale, person).unwrap_or(no))),
            scope: days(&person.scope_from, &person.scope_to),
            scope_days: text(
                locale,
                "person-days",
                &[
                    ("days", person.scope_days.into()),
                    ("of", person.cycle_days.into()),
                ],
            ),
            version_no: count(version_no),
            grade: person.grade.as_deref(),
            total: person.total_h.map(hundredths),
            not_rated: person.not_rated.map(|why| not_rated(locale, why)),
            included: person.included_reason.as_deref(),
            sheets: person
                .versions
                .iter()
                .map(|version| self.sheet(version, several))
                .collect(),
            mean: several.then(|| self.mean(person)),
            sum: Sum {
                kpi: person.kpi_score_h.map(hundredths),
                kpi_weight: weight(locale, rules.kpi_bp),
                competency: person.competency_h.map(hundredths),
                competency_weight: rules.reviews.then(|| weight(locale, rules.competency_bp)),
                computed: person
                    .adjustments
                    .first()
                    .map(|first| points(first.from_total_h)),
                adjusted: person
                    .adjustments
                    .iter()
                    .map(|change| AdjustedLine {
                        how: adjusted_name(locale, change.how),
                        on: change.on.clone(),
                        reason: change.reason.clone(),
                        total: points(change.to_total_h),
                    })
                    .collect(),
                total: person.total_h.map(hundredths),
            },
            history,
            missing: person
                .missing
                .iter()
                .map(|m| missing_name(locale, *m))
                .collect(),
            said,
        }
    }

    fn lede(&self, person: &PersonResult) -> String {
        let locale = self.locale;
        match (person.total_h, &person.grade, person.not_rated) {
            (Some(total), Some(grade), _) => {
                let total = ("total", hundredths(total).into());
                let grade = ("grade", grade.into());
                let [version] = person.versions.as_slice() else {
                    return text(locale, "person-lede-several", &[total, grade]);
                };
                let counted = version.items.iter().filter_map(|i| i.points_h);
                let reached = counted.clone().filter(|p| *p >= 10_000);
                text(
                    locale,
                    "person-lede",
                    &[
                        total,
                        grade,
                        ("reached", reached.count().into()),
                        ("counted", counted.count().into()),
                    ],
                )
            }
            (_, _, Some(why)) => text(
                locale,
                "person-lede-not-rated",
                &[("why", not_rated(locale, why).into())],
            ),
            _ => plain(self.locale, "person-lede-open").to_owned(),
        }
    }

    fn sheet<'v>(&'v self, version: &'v VersionResult, several: bool) -> Sheet<'v> {
        let locale = self.locale;
        let mark = if several {
            format!("-{}", version.version_no)
        } else {
            String::new()
        };
        let products = Products::of_items(&version.items);
        let whole: i64 = version.items.iter().map(|i| i.weight_bp).sum();
        let remaining: i64 = version
            .items
            .iter()
            .filter(|i| i.points_h.is_some())
            .map(|i| i.weight_bp)
            .sum();
        Sheet {
            heading: several.then(|| {
                text(
                    locale,
                    "person-version",
                    &[
                        ("no", i64::from(version.version_no).into()),
                        ("days", days(&version.from, &version.to).into()),
                        ("count", version.days.into()),
                    ],
                )
            }),
            agreed: version.agreed,
            job_role: role_name(locale, self.rules, &version.job_role),
            team: version
                .team
                .as_deref()
                .map(|code| (code, self.team_name(code))),
            items: items(locale, self.rules, &version.items, &mark, products),
            others: &version.qualitative,
            products: products.text(version.items.iter().filter_map(worth).sum()),
            remaining: (remaining < whole && remaining > 0).then(|| weight(locale, remaining)),
            score: version.kpi_score_h.map(hundredths),
        }
    }

    /// The versions with their days, and the mean over those that can be rated.
    fn mean(&self, person: &PersonResult) -> Mean {
        Mean {
            rows: person
                .versions
                .iter()
                .map(|version| MeanRow {
                    days: days(&version.from, &version.to),
                    count: count(version.days),
                    score: version.kpi_score_h.and_then(|_| quotient(version)),
                })
                .collect(),
            score: person.kpi_score_h.map(hundredths),
        }
    }

    fn history(&self, person: &PersonResult) -> Option<History> {
        let locale = self.locale;
        let last = person.versions.last()?;
        if person.history.is_empty() {
            return None;
        }
        let rows: Vec<HistoryRow> = last
            .items
            .iter()
            .enumerate()
            .filter_map(|(i, item)| {
                let gauge = Gauge::of(self.rules.kpi(&item.kpi)?, locale);
                let estimates: Vec<_> = person
                    .history
                    .iter()
                    .map(|past| figure_of(&past.figures, &item.kpi))
                    .chain([item.figure.as_ref()])
                    .map(|figure| gauge.estimate(figure))
                    .collect();
                let known: Vec<Option<f64>> = estimates.iter().map(|e| e.value).collect();
                if known.iter().flatten().count() < 2 {
                    return None;
                }
                Some(HistoryRow {
                    spark: charts::sparkline(
                        Frame {
                            id: &format!("h{i}"),
                            title: gauge.name,
                            desc: "",
                        },
                        &known,
                        super::figures::target_value(&item.aim),
                    ),
                    name: gauge.name.to_owned(),
                    unit: gauge.unit().trim(),
                    cells: estimates
                        .iter()
                        .map(|e| match e.value {
                            Some(value) => format!("{} ({})", gauge.bare(value), count(e.n)),
                            None => "–".to_owned(),
                        })
                        .collect(),
                })
            })
            .collect();
        (!rows.is_empty()).then(|| History {
            quarters: person
                .history
                .iter()
                .map(|past| past.quarter.clone())
                .chain([person.cycle.clone()])
                .collect(),
            rows,
        })
    }
}

/// The score of a version before rounding: its products over the weight that counts.
fn quotient(version: &VersionResult) -> Option<String> {
    let (mut sum, mut weight) = (0_i128, 0_i128);
    for item in &version.items {
        if let Some(product) = worth(item) {
            sum += i128::from(product);
            weight += i128::from(item.weight_bp);
        }
    }
    // Hundredths times 100 are the four decimals printed.
    (weight > 0).then(|| number(half_up(sum * 100, weight) as f64 / 10_000.0, STEP_DECIMALS))
}

/// The name of the manager, as this language writes it.
fn manager_name(locale: Locale, person: &PersonResult) -> Option<&str> {
    let (zh, en) = person
        .manager_name
        .as_deref()
        .zip(person.manager_name_en.as_deref())?;
    Some(locale.pick(zh, en))
}

#[cfg(test)]
mod tests;
