//! The page of the cycle: how it went, what it was judged by, and who got what.

use std::borrow::Cow;

use serde::Serialize;

use super::figures::weight;
use super::group::{self, Distribution, Fact};
use super::overview::TeamRow;
use super::said::{self, FairView};
use super::team::{Member, member};
use super::{Audience, Crumb, Document, Page, Report};
use crate::appraisals::model::result::TeamResult;
use crate::i18n::text;

/// With more people than this the page lists teams alone; each team lists its own people.
pub const PEOPLE_LISTED: usize = 200;

/// The states of a cycle in their order.
const STATES: [(&str, &str); 7] = [
    ("draft", "state-draft"),
    ("goal_setting", "state-goal-setting"),
    ("tracking", "state-tracking"),
    ("evaluation", "state-evaluation"),
    ("calibration", "state-calibration"),
    ("feedback", "state-feedback"),
    ("closed", "state-closed"),
];

#[derive(Serialize)]
struct CycleView<'a> {
    rules_name: &'a str,
    state: &'static str,
    lede: String,
    steps: Vec<Step<'a>>,
    forced: Vec<Fact>,
    distribution: Option<Distribution>,
    facts: Vec<Fact>,
    teams: Vec<TeamRow<'a>>,
    people: Vec<Member<'a>>,
    /// That the people are listed on the pages of their teams.
    elsewhere: bool,
    fair: Option<FairView>,
}

/// A state and when the cycle entered it.
#[derive(Serialize)]
struct Step<'a> {
    name: &'static str,
    /// Day and time in the zone of the organisation.
    entered: Option<&'a str>,
    forced: bool,
    reason: &'a str,
    current: bool,
}

impl Report<'_> {
    /// The page of the cycle. `teams`: the snapshots of the teams whose people may be listed, none
    /// where there are more than [`PEOPLE_LISTED`].
    ///
    /// # Errors
    /// When template and view do not fit: a fault of the program.
    pub fn cycle(&self, teams: &[TeamResult], out: &mut Vec<u8>) -> Result<(), tera::Error> {
        self.write(Page::Cycle, || self.cycle_document(teams), out)
    }

    fn cycle_document<'v>(&'v self, teams: &'v [TeamResult]) -> Document<'v, CycleView<'v>> {
        let view = self.cycle_view(teams);
        Document {
            contents: self.entries(&[
                ("steps", "section-steps", true),
                ("missing", "section-missing", true),
                ("grades", "section-grades", view.distribution.is_some()),
                ("teams", "section-team-list", !view.teams.is_empty()),
                ("people", "section-people", !view.people.is_empty()),
                ("fair", "section-fair", view.fair.is_some()),
                ("rules", "section-rules", true),
                ("method", "section-method", true),
            ]),
            crumbs: vec![Crumb {
                page: "overview",
                code: "",
                text: Cow::Borrowed(self.context.organisation),
            }],
            file: Page::Cycle.file(),
            frame: None,
            kicker: self.word("kicker-cycle"),
            page: view,
            title: Cow::Borrowed(&self.context.cycle.code),
            up: Page::Cycle.up(),
        }
    }

    fn cycle_view<'v>(&'v self, teams: &'v [TeamResult]) -> CycleView<'v> {
        let locale = self.locale();
        let rules = self.rules();
        let cycle = self.context.cycle;
        let company = self.context.audience.sees_company();
        let people: Vec<Member> = if self.context.audience.sees_people() {
            teams
                .iter()
                .filter(|t| self.context.pages.teams().contains(&t.code))
                .flat_map(|t| &t.members)
                .map(|m| member(locale, self.rules(), m))
                .collect()
        } else {
            Vec::new()
        };
        // Outside the company's own readers, the group is the team the bundle is for.
        let own = match self.context.audience {
            Audience::Team(code) => cycle.teams.iter().find(|t| &t.code == code),
            _ => None,
        };
        let distribution = match own {
            Some(team) => group::distribution(locale, &team.distribution, team.not_rated),
            None if company => {
                group::distribution(locale, &cycle.group.distribution, cycle.group.not_rated)
            }
            None => None,
        };
        let current = cycle.steps.last().map(|s| s.state.as_str());
        CycleView {
            rules_name: locale.pick(&rules.name_zh, &rules.name_en),
            state: current.map_or("", |state| self.state(state)),
            lede: text(
                locale,
                if rules.reviews {
                    "cycle-lede-reviews"
                } else {
                    "cycle-lede-figures"
                },
                &[
                    ("kpi", weight(locale, rules.kpi_bp).into()),
                    ("competency", weight(locale, rules.competency_bp).into()),
                ],
            ),
            steps: STATES
                .iter()
                .map(|(state, key)| {
                    let step = cycle.steps.iter().rev().find(|s| s.state == *state);
                    Step {
                        name: self.word(key),
                        entered: step.map(|s| s.entered_at.get(..16).unwrap_or(&s.entered_at)),
                        forced: step.is_some_and(|s| s.forced),
                        reason: step.map_or("", |s| &s.reason),
                        current: current == Some(state),
                    }
                })
                .collect(),
            forced: if company {
                group::forced(locale, &cycle.missing)
            } else {
                Vec::new()
            },
            facts: if company {
                group::facts(locale, &cycle.group)
            } else {
                Vec::new()
            },
            distribution,
            teams: self.team_rows(),
            elsewhere: people.is_empty() && !self.context.pages.people().is_empty(),
            people,
            fair: self
                .context
                .fair
                .and_then(|found| said::fair(locale, self.context.audience, found)),
        }
    }

    fn state(&self, state: &str) -> &'static str {
        STATES
            .iter()
            .find(|(code, _)| *code == state)
            .map_or("", |(_, key)| self.word(key))
    }
}
