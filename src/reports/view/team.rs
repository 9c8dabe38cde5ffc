//! The page of a team: its figures, its weeks and quarters, and, for those who may know them, its
//! people.

use std::borrow::Cow;

use serde::Serialize;

use super::compare::{Among, Comparison, Peer, compare};
use super::figures::role_name;
use super::findings::{Finding, findings};
use super::group::{self, GroupView, most_important};
use super::weekly::figure_of;
use super::{Crumb, Document, Entry, Page, Report, not_rated};
use crate::appraisals::model::result::{MemberResult, TeamResult};
use crate::appraisals::model::rules::Rules;
use crate::i18n::{Locale, hundredths, text};

#[derive(Serialize)]
struct TeamView<'a> {
    code: &'a str,
    /// The name in the other language, with its tag.
    other_name: Option<(&'static str, &'a str)>,
    lede: String,
    findings: Vec<Finding>,
    group: GroupView,
    comparisons: Vec<Comparison<'a>>,
    members: Vec<Member<'a>>,
    below: Vec<Below<'a>>,
}

/// A person with their result.
#[derive(Serialize)]
pub(super) struct Member<'a> {
    pub employee_no: &'a str,
    pub name: &'a str,
    pub job_role: &'a str,
    pub grade: Option<&'a str>,
    pub total: Option<String>,
    pub kpi_score: Option<String>,
    pub not_rated: Option<&'static str>,
}

/// A team below this one.
#[derive(Serialize)]
struct Below<'a> {
    code: &'a str,
    name: &'a str,
    people: String,
}

impl Report<'_> {
    /// The page of a team. People appear only for audiences that see them.
    ///
    /// # Errors
    /// When template and view do not fit: a fault of the program.
    pub fn team(&self, team: &TeamResult, out: &mut Vec<u8>) -> Result<(), tera::Error> {
        let page = Page::Team(&team.code);
        self.write(page, || self.team_document(page, team), out)
    }

    fn team_document<'v>(&'v self, page: Page, team: &'v TeamResult) -> Document<'v, TeamView<'v>> {
        let locale = self.locale();
        let view = self.team_view(team);
        Document {
            contents: self.team_contents(&view),
            crumbs: [
                Some(Crumb {
                    page: "overview",
                    code: "",
                    text: Cow::Borrowed(self.context.organisation),
                }),
                Some(Crumb {
                    page: "cycle",
                    code: "",
                    text: Cow::Borrowed(&team.cycle),
                }),
                team.parent.as_deref().map(|code| Crumb {
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
            kicker: self.word("kicker-team"),
            page: view,
            title: Cow::Borrowed(locale.pick(&team.name_zh, &team.name_en)),
            up: page.up(),
        }
    }

    fn team_contents(&self, view: &TeamView) -> Vec<Entry> {
        self.entries(&[
            ("findings", "section-findings", true),
            ("kpis", "section-kpis", true),
            ("weeks", "section-weeks", view.group.has_weeks()),
            ("compare", "section-members", !view.comparisons.is_empty()),
            ("people", "section-people", !view.members.is_empty()),
            (
                "grades",
                "section-grades",
                view.group.distribution.is_some(),
            ),
            ("channels", "section-channels", view.group.has_channels()),
            ("complaints", "section-complaints", true),
            ("quarters", "section-quarters", view.group.has_quarters()),
            ("below", "section-below", !view.below.is_empty()),
            ("missing", "section-missing", true),
            ("method", "section-method", true),
        ])
    }

    fn team_view<'v>(&'v self, team: &'v TeamResult) -> TeamView<'v> {
        let locale = self.locale();
        let rules = self.rules();
        let group = group::view(locale, rules, &team.group, &team.cycle);
        let members: &[MemberResult] = if self.context.audience.sees_people() {
            &team.members
        } else {
            &[]
        };
        let (other_tag, other) = match locale {
            Locale::Zh => ("en", &team.name_en),
            Locale::En => ("zh-CN", &team.name_zh),
        };
        TeamView {
            code: &team.code,
            other_name: (!other.is_empty() && team.name_en != team.name_zh)
                .then_some((other_tag, other)),
            lede: text(
                locale,
                "team-lede",
                &[
                    ("people", team.group.headcount.into()),
                    ("records", team.group.records.into()),
                ],
            ),
            findings: findings(
                locale,
                &group.weeks,
                most_important(locale, rules, &team.group.items),
                None,
                &[],
            ),
            comparisons: most_important(locale, rules, &team.group.items)
                .filter_map(|(gauge, item)| {
                    let peers: Vec<Peer> = members
                        .iter()
                        .map(|m| Peer {
                            label: locale.pick(&m.name, &m.name_en),
                            page: "person",
                            code: &m.employee_no,
                            figure: figure_of(&m.figures, &item.kpi).copied(),
                        })
                        .collect();
                    compare(gauge, Among::People, &peers, &item.aim)
                })
                .collect(),
            members: members
                .iter()
                .map(|m| member(locale, self.rules(), m))
                .collect(),
            below: self
                .below(&team.code)
                .iter()
                .map(|t| Below {
                    code: &t.code,
                    name: locale.pick(&t.name_zh, &t.name_en),
                    people: text(locale, "people-count", &[("n", t.headcount.into())]),
                })
                .collect(),
            group,
        }
    }
}

pub(super) fn member<'a>(locale: Locale, rules: &'a Rules, m: &'a MemberResult) -> Member<'a> {
    Member {
        employee_no: &m.employee_no,
        name: locale.pick(&m.name, &m.name_en),
        job_role: role_name(locale, rules, &m.job_role),
        grade: m.grade.as_deref(),
        total: m.total_h.map(hundredths),
        kpi_score: m.kpi_score_h.map(hundredths),
        not_rated: m.not_rated.map(|why| not_rated(locale, why)),
    }
}
