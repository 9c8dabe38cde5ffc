//! The overview of the company for its leadership: what matters first, figures, teams, what is
//! missing. It names nobody.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

use super::compare::{Among, CHARTED, Comparison, Peer, compare};
use super::findings::{Finding, findings};
use super::group::{self, Fact, GroupView, MOST_IMPORTANT, most_important};
use super::plans::Worked;
use super::weekly::figure_of;
use super::{Document, Page, Report};
use crate::appraisals::model::result::TeamSummary;
use crate::goals::model::Figure;
use crate::i18n::{hundredths, text};
use crate::stats::Tally;

#[derive(Serialize)]
struct OverviewView<'a> {
    lede: String,
    findings: Vec<Finding>,
    group: GroupView,
    comparisons: Vec<Comparison<'a>>,
    teams: Vec<TeamRow<'a>>,
    plans: Option<Worked>,
    /// How many teams were merged, and that they were.
    merged: Option<String>,
    forced: Vec<Fact>,
}

/// A team in the list.
#[derive(Serialize)]
pub(super) struct TeamRow<'a> {
    code: &'a str,
    name: &'a str,
    above: Option<&'a str>,
    people: String,
    records: String,
    score: Option<String>,
    grades: Vec<String>,
    not_rated: String,
}

impl Report<'_> {
    /// The overview of the company.
    ///
    /// # Errors
    /// When template and view do not fit: a fault of the program.
    pub fn overview(&self, out: &mut Vec<u8>) -> Result<(), tera::Error> {
        self.write(Page::Overview, || self.overview_document(), out)
    }

    fn overview_document(&self) -> Document<'_, OverviewView<'_>> {
        let view = self.overview_view();
        Document {
            contents: self.entries(&[
                ("findings", "section-findings", true),
                ("kpis", "section-kpis", true),
                ("compare", "section-teams", !view.comparisons.is_empty()),
                ("teams", "section-team-list", !view.teams.is_empty()),
                ("plans", "section-plans", view.plans.is_some()),
                (
                    "recruitment",
                    "kicker-recruitment",
                    self.context.pages.holds(Page::Recruitment),
                ),
                (
                    "grades",
                    "section-grades",
                    view.group.distribution.is_some(),
                ),
                ("weeks", "section-weeks", view.group.has_weeks()),
                ("complaints", "section-complaints", true),
                ("channels", "section-channels", view.group.has_channels()),
                ("quarters", "section-quarters", view.group.has_quarters()),
                ("missing", "section-missing", true),
                ("method", "section-method", true),
            ]),
            crumbs: Vec::new(),
            file: Page::Overview.file(),
            frame: None,
            kicker: self.word("kicker-overview"),
            page: view,
            title: Cow::Owned(text(
                self.locale(),
                "overview-title",
                &[
                    ("organisation", self.context.organisation.into()),
                    ("cycle", (&self.context.cycle.code).into()),
                ],
            )),
            up: Page::Overview.up(),
        }
    }

    fn overview_view(&self) -> OverviewView<'_> {
        let locale = self.locale();
        let rules = self.rules();
        let cycle = self.context.cycle;
        let group = group::view(locale, rules, &cycle.group, &cycle.code);
        let compared = self.compared();
        let comparisons: Vec<(_, Comparison)> = most_important(locale, rules, &cycle.group.items)
            .take(MOST_IMPORTANT)
            .filter_map(|(gauge, item)| {
                let mut peers: Vec<Peer> = compared
                    .iter()
                    .map(|t| Peer {
                        label: locale.pick(&t.name_zh, &t.name_en),
                        page: "team",
                        code: &t.code,
                        figure: figure_of(&t.figures, &item.kpi).copied(),
                    })
                    .collect();
                if self.rest(&compared) > 0 {
                    peers.push(Peer {
                        label: self.word("team-other"),
                        page: "team",
                        code: "",
                        figure: item.figure.and_then(|whole| {
                            without(
                                whole,
                                compared
                                    .iter()
                                    .filter_map(|t| figure_of(&t.figures, &item.kpi)),
                            )
                        }),
                    });
                }
                Some((gauge, compare(gauge, Among::Teams, &peers, &item.aim)?))
            })
            .collect();
        let widest = comparisons
            .iter()
            .filter_map(|(gauge, c)| Some((*gauge, c.gap.as_ref()?, c.anchor())))
            .max_by(|a, b| a.1.steps.total_cmp(&b.1.steps));
        let findings = findings(
            locale,
            &group.weeks,
            most_important(locale, rules, &cycle.group.items),
            widest,
            &self.made_worse(),
        );
        let merged = cycle.teams.len() - self.shown_teams().count();
        OverviewView {
            lede: text(
                locale,
                "overview-lede",
                &[
                    ("people", cycle.group.headcount.into()),
                    ("teams", cycle.teams.len().into()),
                    ("records", cycle.group.records.into()),
                ],
            ),
            findings,
            comparisons: comparisons.into_iter().map(|(_, c)| c).collect(),
            teams: self.top_rows(),
            plans: self.worked(),
            merged: (merged > 0).then(|| text(locale, "teams-merged", &[("n", merged.into())])),
            forced: group::forced(locale, &cycle.missing),
            group,
        }
    }

    /// The teams of the cycle that this bundle may show.
    fn shown_teams(&self) -> impl Iterator<Item = &TeamSummary> {
        let shown = self.context.pages.teams();
        self.context
            .cycle
            .teams
            .iter()
            .filter(|t| shown.contains(&t.code))
    }

    /// The shown teams without a shown team below them: nobody is compared twice.
    fn compared(&self) -> Vec<&TeamSummary> {
        self.shown_teams()
            .filter(|t| self.below(&t.code).is_empty())
            .collect()
    }

    /// How many people are in none of the compared teams.
    fn rest(&self, compared: &[&TeamSummary]) -> i64 {
        self.context.cycle.group.headcount - compared.iter().map(|t| t.headcount).sum::<i64>()
    }

    /// The list of the shown teams, where there are very many only of those without a shown team
    /// above and of those just below them: the cycle page lists all.
    fn top_rows(&self) -> Vec<TeamRow<'_>> {
        let mut rows = self.team_rows();
        if rows.len() > CHARTED {
            let parents: BTreeMap<&str, Option<&str>> = self
                .shown_teams()
                .map(|t| (t.code.as_str(), t.parent.as_deref()))
                .collect();
            let above = |code: &str| parents.get(code).copied().flatten();
            rows.retain(|row| above(row.code).and_then(above).is_none());
        }
        rows
    }

    /// The list of the shown teams.
    pub(super) fn team_rows(&self) -> Vec<TeamRow<'_>> {
        let locale = self.locale();
        self.shown_teams()
            .map(|t| TeamRow {
                code: &t.code,
                name: locale.pick(&t.name_zh, &t.name_en),
                above: t.parent.as_deref().map(|code| self.team_name(code)),
                people: super::figures::count(t.headcount),
                records: super::figures::count(t.records),
                score: t.kpi_score_h.map(hundredths),
                grades: t
                    .distribution
                    .iter()
                    .map(|g| super::figures::count(g.count))
                    .collect(),
                not_rated: super::figures::count(t.not_rated),
            })
            .collect()
    }
}

/// What remains of a whole without its parts; none where that is nothing, or cannot be told, as of a
/// median.
fn without<'f>(whole: Figure, parts: impl Iterator<Item = &'f Figure>) -> Option<Figure> {
    let mut rest = whole;
    for part in parts {
        rest = match (rest, *part) {
            (Figure::Share { hits, n }, Figure::Share { hits: x, n: m }) => Figure::Share {
                hits: hits - x,
                n: n - m,
            },
            (
                Figure::Mean { n, sum, sumsq },
                Figure::Mean {
                    n: m,
                    sum: x,
                    sumsq: xx,
                },
            ) => Figure::Mean {
                n: n - m,
                sum: sum - x,
                sumsq: sumsq - xx,
            },
            (
                Figure::Nps {
                    detractors,
                    n,
                    promoters,
                },
                Figure::Nps {
                    detractors: d,
                    n: m,
                    promoters: p,
                },
            ) => Figure::Nps {
                detractors: detractors - d,
                n: n - m,
                promoters: promoters - p,
            },
            (
                Figure::Rate { events, exposure },
                Figure::Rate {
                    events: x,
                    exposure: t,
                },
            ) => Figure::Rate {
                events: events - x,
                exposure: exposure - t,
            },
            _ => return None,
        };
    }
    is_possible(&rest).then_some(rest)
}

/// Whether records can have this figure: parts that do not belong to the whole leave one they cannot.
fn is_possible(figure: &Figure) -> bool {
    match *figure {
        Figure::Share { hits, n } => n > 0 && (0..=n).contains(&hits),
        Figure::Mean { n, sum, sumsq } => {
            n > 0 && (n == 1 || Tally { n, sum, sumsq }.variance().is_some())
        }
        Figure::Nps {
            detractors,
            n,
            promoters,
        } => n > 0 && promoters >= 0 && detractors >= 0 && promoters + detractors <= n,
        Figure::Rate { events, exposure } => events >= 0 && exposure > 0,
        Figure::Median { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_remains_of_a_share_is_what_the_parts_leave() {
        let part = Figure::Share { hits: 30, n: 40 };
        assert_eq!(
            without(Figure::Share { hits: 75, n: 100 }, [part, part].iter()),
            Some(Figure::Share { hits: 15, n: 20 })
        );
    }

    #[test]
    fn parts_that_are_not_of_the_whole_leave_nothing() {
        let part = Figure::Share { hits: 40, n: 40 };
        assert_eq!(
            without(Figure::Share { hits: 50, n: 100 }, [part, part].iter()),
            None
        );
    }

    #[test]
    fn a_median_cannot_be_taken_apart() {
        let median = Figure::Median {
            approx: false,
            high: None,
            low: None,
            n: 9,
            twice: 20,
        };
        assert_eq!(without(median, [].iter()), None);
        assert_eq!(without(median, [median].iter()), None);
    }
}
