//! How recruitment went in the quarter of a cycle: the figures of the application's page. It names nobody; selection
//! by what applicants state of themselves is for those alone who see it in the application.

use std::borrow::Cow;

use chrono::NaiveDateTime;
use serde::Serialize;

use super::{Crumb, Document, Page, Report};
use crate::calendar::Zone;
use crate::recruitment::model::analytics::{Facts, Figures};
use crate::recruitment::model::selection::Table;
use crate::recruitment::view::analytics::{Shown, TableView, selection, shown};

/// What the page of recruitment is made of.
#[derive(Clone, Debug)]
pub struct Recruitment {
    pub facts: Facts,
    /// From and before: the quarter.
    pub period: Option<(NaiveDateTime, NaiveDateTime)>,
    /// Selection by group, for those who may see it.
    pub tables: Option<Vec<Table>>,
    pub zone: Zone,
}

impl Recruitment {
    /// The figures.
    #[must_use]
    pub fn figures(&self) -> Figures<'_> {
        Figures::of(&self.facts, self.period)
    }
}

#[derive(Serialize)]
struct RecruitmentView {
    lede: &'static str,
    figures: Shown,
    tables: Option<Vec<TableView>>,
}

impl Report<'_> {
    /// The page of recruitment.
    ///
    /// # Errors
    /// When template and view do not fit: a fault of the program.
    pub fn recruitment(&self, known: &Recruitment, out: &mut Vec<u8>) -> Result<(), tera::Error> {
        self.write(Page::Recruitment, || self.recruitment_document(known), out)
    }

    fn recruitment_document(&self, known: &Recruitment) -> Document<'_, RecruitmentView> {
        let locale = self.locale();
        let figures = shown(locale, known.zone, &known.facts, &known.figures());
        let tables = known.tables.as_deref();
        Document {
            contents: self.entries(&[
                ("headline", "figures-headline", true),
                ("funnel-part", "figures-funnel", true),
                ("sources-part", "figures-sources", true),
                ("vacancies-part", "figures-vacancies", true),
                ("agreement-part", "figures-agreement", true),
                ("method-part", "section-method", true),
                ("selection", "figures-selection", tables.is_some()),
            ]),
            crumbs: vec![Crumb {
                page: "overview",
                code: "",
                text: Cow::Borrowed(self.context.organisation),
            }],
            file: Page::Recruitment.file(),
            frame: None,
            kicker: self.word("kicker-recruitment"),
            page: RecruitmentView {
                lede: self.word("figures-report-lede"),
                figures,
                tables: tables.map(|tables| selection(locale, &known.facts, tables)),
            },
            title: Cow::Borrowed(self.word("figures-title")),
            up: Page::Recruitment.up(),
        }
    }
}
