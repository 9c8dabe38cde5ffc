//! Improvement plans: the register with what became of each, and a page per plan. To leadership plans of
//! people are numbers, and nobody is named.

use std::borrow::Cow;

use serde::Serialize;

use super::{Crumb, Document, Page, Report};
use crate::i18n::text;
use crate::plans::model::{Scope, State, Verdict};
use crate::plans::store::Row;
use crate::plans::view::list::{Count, Line, counts, line};
use crate::plans::view::sheet::{Known, Reader, Sheet, sheet};

/// Plans the overview lists.
const LISTED: usize = 10;

/// The plans of a bundle: those its audience may see, drafts left out.
#[derive(Clone, Debug, Default)]
pub struct Plans {
    pub rows: Vec<Row>,
    /// Of people, where they are told as numbers: state, verdict, how many.
    pub personal: Vec<(State, Option<Verdict>, i64)>,
}

impl Plans {
    /// Whether there is nothing to tell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.personal.is_empty()
    }

    /// How many plans were judged so.
    fn judged(&self, verdict: Verdict) -> i64 {
        let named = self.rows.iter().filter(|row| row.verdict == Some(verdict));
        let counted = self.personal.iter().filter(|(_, v, _)| *v == Some(verdict));
        named.count() as i64 + counted.map(|(_, _, n)| n).sum::<i64>()
    }
}

/// Which plans worked, for the overview.
#[derive(Serialize)]
pub(super) struct Worked {
    say: String,
    rows: Vec<Line>,
}

#[derive(Serialize)]
struct PlansView {
    lede: String,
    rows: Vec<Line>,
    personal: Vec<Count>,
}

#[derive(Serialize)]
struct PlanView {
    lede: String,
    sheet: Sheet,
}

impl Report<'_> {
    /// The register of plans.
    ///
    /// # Errors
    /// When template and view do not fit: a fault of the program.
    pub fn plans(&self, out: &mut Vec<u8>) -> Result<(), tera::Error> {
        self.write(Page::Plans, || self.plans_document(), out)
    }

    /// The page of one plan.
    ///
    /// # Errors
    /// When template and view do not fit: a fault of the program.
    pub fn plan(&self, known: &Known, out: &mut Vec<u8>) -> Result<(), tera::Error> {
        self.write(
            Page::Plan(&known.plan.code),
            || self.plan_document(known),
            out,
        )
    }

    fn plans_document(&self) -> Document<'_, PlansView> {
        let locale = self.locale();
        let names = self.context.audience.sees_people();
        let plans = self.context.plans;
        Document {
            contents: self.entries(&[
                ("plans", "section-plans", true),
                ("personal", "plans-personal", !plans.personal.is_empty()),
            ]),
            crumbs: self.way(),
            file: Page::Plans.file(),
            frame: None,
            kicker: self.word("kicker-plans"),
            page: PlansView {
                lede: self.worked_say(),
                rows: plans
                    .rows
                    .iter()
                    .map(|row| line(locale, row, names))
                    .collect(),
                personal: counts(locale, &plans.personal),
            },
            title: Cow::Borrowed(self.word("plans-title")),
            up: Page::Plans.up(),
        }
    }

    fn plan_document<'v>(&'v self, known: &'v Known) -> Document<'v, PlanView> {
        let reader = Reader {
            locale: self.locale(),
            names: self.context.audience.sees_people(),
            links: false,
            finding_links: false,
        };
        let sheet = sheet(reader, known);
        let page = Page::Plan(&known.plan.code);
        let mut crumbs = self.way();
        crumbs.push(Crumb {
            page: "plans",
            code: "",
            text: Cow::Borrowed(self.word("plans-title")),
        });
        Document {
            contents: self.entries(&[
                ("problem", "plan-part-problem", true),
                ("aim", "plan-part-aim", true),
                ("actions", "plan-part-actions", true),
                ("events", "plan-part-events", true),
            ]),
            crumbs,
            file: page.file(),
            frame: None,
            kicker: self.word("kicker-plan"),
            title: Cow::Owned(sheet.title.clone()),
            page: PlanView {
                lede: format!("{} · {} · {}", sheet.code, sheet.scope, sheet.state),
                sheet,
            },
            up: page.up(),
        }
    }

    fn way(&self) -> Vec<Crumb<'_>> {
        vec![Crumb {
            page: "overview",
            code: "",
            text: Cow::Borrowed(self.context.organisation),
        }]
    }

    /// "Of 7 plans that ended, 4 improved what they were for, 2 show no evidence, 1 made it worse."
    fn worked_say(&self) -> String {
        let plans = self.context.plans;
        let [good, none, bad] =
            [Verdict::Improved, Verdict::NoEvidence, Verdict::Worse].map(|v| plans.judged(v));
        text(
            self.locale(),
            "plans-worked",
            &[
                ("all", (good + none + bad).into()),
                ("good", good.into()),
                ("none", none.into()),
                ("bad", bad.into()),
            ],
        )
    }

    /// Which plans worked: those of teams and processes, the worst first. Nothing where there are no plans.
    pub(super) fn worked(&self) -> Option<Worked> {
        let plans = self.context.plans;
        if plans.is_empty() {
            return None;
        }
        let rank = |row: &Row| match row.verdict {
            Some(Verdict::Worse) => 0,
            Some(Verdict::NoEvidence) => 1,
            Some(Verdict::Improved) => 2,
            None => 3,
        };
        let mut rows: Vec<&Row> = plans
            .rows
            .iter()
            .filter(|row| row.scope != Scope::Person)
            .collect();
        rows.sort_by_key(|row| (rank(row), row.id));
        let lines = rows.into_iter().take(LISTED);
        Some(Worked {
            say: self.worked_say(),
            rows: lines.map(|row| line(self.locale(), row, false)).collect(),
        })
    }

    /// The titles of plans of teams and processes that made worse what they were for.
    pub(super) fn made_worse(&self) -> Vec<&str> {
        let rows = self.context.plans.rows.iter();
        rows.filter(|row| row.verdict == Some(Verdict::Worse) && row.scope != Scope::Person)
            .map(|row| row.title.as_str())
            .collect()
    }
}
