//! The pages of a report bundle: frozen results in, HTML out. Pure: no database, no clock.
//!
//! Reading order: `pages` (which pages exist for whom), `figures` (how a figure is written),
//! `compare`, `weekly`, `group` (what pages about groups share), `findings`, `method`; then one file
//! per page: `overview`, `cycle`, `team`, `person`, `plans`, `recruitment`, `index`.
//!
//! A page is one view struct and one template of the same name. View structs hold finished texts and
//! codes, never addresses: links are found by the template through `url`.

mod compare;
mod cycle;
mod figures;
mod findings;
mod group;
mod index;
mod method;
mod overview;
mod pages;
mod person;
mod plans;
mod recruitment;
mod said;
mod team;
mod weekly;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use rust_embed::RustEmbed;
use serde::Serialize;

use crate::appraisals::model::result::{CycleResult, NotRated, TeamSummary};
use crate::appraisals::model::rules::Rules;
use crate::i18n::{self, Locale, plain, text};
use crate::render::{self, Renderer};

pub(in crate::reports) use compare::shrink;
pub use cycle::PEOPLE_LISTED;
pub(in crate::reports) use figures::from_micro;
pub(in crate::reports) use group::Item;
pub use index::index;
pub(in crate::reports) use method::{missing as missing_rule, parts};
pub use pages::{Audience, Page, PageSet, UnknownAudience, file_name, open_teams};
pub use plans::Plans;
pub use recruitment::Recruitment;
pub use said::{Fair, Flagged, Told};

/// Path of the language choice at the root of a bundle.
pub const INDEX: &str = "index.html";

/// Path of the style sheet in a bundle.
pub const STYLE_SHEET: &str = "static/espalier.css";

pub(in crate::reports) use person::{PersonView, Words};

#[derive(RustEmbed)]
#[folder = "templates/static/"]
struct Assets;

/// The style sheet of every page.
#[must_use]
pub fn style_sheet() -> Cow<'static, [u8]> {
    Assets::get("espalier.css").map_or(Cow::Borrowed(&[]), |file| file.data)
}

/// Everything beside the results and the program's code that a page is made of: templates, texts and
/// the definitions in them. Fed into the fingerprint of a file, so that a changed text renders anew.
#[must_use]
pub fn design() -> Vec<u8> {
    let mut all = Vec::new();
    for (name, source) in render::sources() {
        all.extend_from_slice(name.as_bytes());
        all.push(0);
        all.extend_from_slice(&source);
        all.push(0);
    }
    for source in i18n::sources() {
        all.extend_from_slice(&source);
        all.push(0);
    }
    all
}

/// What the pages of one bundle in one language share.
pub struct Context<'a> {
    pub audience: &'a Audience,
    pub cycle: &'a CycleResult,
    /// Local time of the freeze, `2016-04-12 09:30`; none while anything is provisional.
    pub frozen_at: Option<&'a str>,
    pub locale: Locale,
    /// Name of the organisation, as its people write it.
    pub organisation: &'a str,
    pub pages: Arc<PageSet>,
    pub plans: &'a Plans,
    /// How fair the cycle looks; none where nobody reviews.
    pub fair: Option<&'a Fair>,
    /// Name and version: `espalier 0.1.0`.
    pub program: &'a str,
    /// Whether anything on the pages is not frozen yet.
    pub provisional: bool,
    /// Version and the beginning of the hash, as printed: `1 · 3f2a91c07b1e`.
    pub snapshot: &'a str,
}

/// The pages of one bundle in one language; one per language, shared by every thread.
pub struct Report<'a> {
    context: Context<'a>,
    /// The teams of the bundle by the code of the team above.
    below: BTreeMap<&'a str, Vec<&'a TeamSummary>>,
    renderer: Renderer,
    /// The frame of the application, where the pages stand within it.
    frame: Option<&'a serde_json::Value>,
    words: Words<'a>,
}

/// What every template can name.
#[derive(Serialize)]
struct Shared<'a> {
    audience: String,
    cycle: &'a str,
    definitions: method::Method,
    /// Last day, written out.
    ends: String,
    frozen_at: Option<&'a str>,
    lang: &'static str,
    /// Tag and name of the other languages of the bundle.
    others: Vec<Language>,
    organisation: &'a str,
    /// What a total consists of.
    parts: String,
    period: String,
    program: &'a str,
    provisional: bool,
    /// What becomes of the weight of an item that does not count.
    rule: String,
    snapshot: &'a str,
    /// First day, written out.
    starts: String,
}

#[derive(Serialize)]
struct Language {
    tag: &'static str,
    name: &'static str,
}

/// What a template is given: the frame of a page and the page.
#[derive(Serialize)]
struct Document<'v, V: Serialize> {
    /// Of the sections, in order.
    contents: Vec<Entry>,
    /// Where the reader is, from the outside in, this page left out.
    crumbs: Vec<Crumb<'v>>,
    /// Path below the folder of the language.
    file: String,
    /// The frame of the application, where the page stands within it.
    frame: Option<&'v serde_json::Value>,
    kicker: &'static str,
    page: V,
    title: Cow<'v, str>,
    /// The way to the folder of the language.
    up: &'static str,
}

/// An entry of the table of contents.
#[derive(Serialize)]
struct Entry {
    id: &'static str,
    text: &'static str,
}

/// A step of the way to a page.
#[derive(Serialize)]
struct Crumb<'v> {
    page: &'static str,
    code: &'v str,
    text: Cow<'v, str>,
}

impl Context<'_> {
    fn shared(&self) -> Shared<'_> {
        let locale = self.locale;
        Shared {
            audience: audience(locale, self),
            cycle: &self.cycle.code,
            definitions: method::of(locale, &self.cycle.rules),
            ends: i18n::date(locale, &self.cycle.ends_on),
            frozen_at: self.frozen_at,
            lang: locale.tag(),
            others: self
                .pages
                .locales()
                .iter()
                .filter(|other| **other != locale)
                .map(|other| Language {
                    tag: other.tag(),
                    name: plain(*other, "language-name"),
                })
                .collect(),
            organisation: self.organisation,
            parts: method::parts(locale, &self.cycle.rules),
            period: days(&self.cycle.starts_on, &self.cycle.ends_on),
            program: self.program,
            provisional: self.provisional,
            rule: method::missing(locale, &self.cycle.rules),
            snapshot: self.snapshot,
            starts: i18n::date(locale, &self.cycle.starts_on),
        }
    }
}

impl<'a> Report<'a> {
    /// Compiles the templates for one language and audience.
    ///
    /// # Errors
    /// When a template is not well-formed: a fault of the program.
    pub fn new(context: Context<'a>) -> Result<Report<'a>, tera::Error> {
        let pages = Arc::clone(&context.pages);
        let renderer = Renderer::new(context.locale, &context.shared(), move |kind, code| {
            let page = Page::parse(kind, code)?;
            pages.holds(page).then(|| page.file())
        })?;
        Ok(Report::of(context, renderer, None))
    }

    /// The same pages within the application: its templates, compiled already, its frame, and the ways
    /// there.
    ///
    /// # Errors
    /// When a template and what it names do not fit: a fault of the program.
    pub fn within(
        context: Context<'a>,
        templates: &Renderer,
        frame: &'a serde_json::Value,
    ) -> Result<Report<'a>, tera::Error> {
        let (pages, cycle) = (Arc::clone(&context.pages), context.cycle.code.clone());
        let renderer = templates.with(&context.shared(), move |kind, code| {
            let page = Page::parse(kind, code)?;
            pages.holds(page).then(|| page.address(&cycle))
        })?;
        Ok(Report::of(context, renderer, Some(frame)))
    }

    fn of(
        context: Context<'a>,
        renderer: Renderer,
        frame: Option<&'a serde_json::Value>,
    ) -> Report<'a> {
        let mut below: BTreeMap<&str, Vec<&TeamSummary>> = BTreeMap::new();
        for team in &context.cycle.teams {
            if let Some(above) = &team.parent
                && context.pages.teams().contains(&team.code)
            {
                below.entry(above).or_default().push(team);
            }
        }
        let locale = context.locale;
        let words = Words {
            locale,
            rules: &context.cycle.rules,
            teams: context
                .cycle
                .teams
                .iter()
                .map(|team| {
                    let name = locale.pick(&team.name_zh, &team.name_en);
                    (team.code.as_str(), name)
                })
                .collect(),
        };
        Report {
            words,
            context,
            below,
            renderer,
            frame,
        }
    }

    /// The language of these pages.
    #[must_use]
    pub fn locale(&self) -> Locale {
        self.context.locale
    }

    fn rules(&self) -> &'a Rules {
        &self.context.cycle.rules
    }

    /// The teams of the bundle just below one.
    fn below(&self, code: &str) -> &[&'a TeamSummary] {
        self.below.get(code).map_or(&[], Vec::as_slice)
    }

    fn word(&self, key: &str) -> &'static str {
        plain(self.context.locale, key)
    }

    fn team_name<'t>(&self, code: &'t str) -> &'t str
    where
        'a: 't,
    {
        team_name(self.locale(), self.context.cycle, code)
    }

    fn write<'v, V: Serialize>(
        &self,
        page: Page,
        document: impl FnOnce() -> Document<'v, V>,
        out: &mut Vec<u8>,
    ) -> Result<(), tera::Error>
    where
        'a: 'v,
    {
        let template = match page {
            Page::Overview => "report/overview.html",
            Page::Cycle => "report/cycle.html",
            Page::Team(_) => "report/team.html",
            Page::Person(_) => "report/person.html",
            Page::Plans => "report/plans.html",
            Page::Plan(_) => "report/plan.html",
            Page::Recruitment => "report/recruitment.html",
        };
        let mut document = document();
        if self.frame.is_some() {
            document.frame = self.frame;
            // Ways of the application start at its root.
            document.up = "";
        }
        self.renderer.page(template, &document, out)
    }

    fn entries(&self, sections: &[(&'static str, &str, bool)]) -> Vec<Entry> {
        sections
            .iter()
            .filter(|(_, _, shown)| *shown)
            .map(|(id, key, _)| Entry {
                id,
                text: self.word(key),
            })
            .collect()
    }
}

/// `2016-01-01 – 2016-03-31`
fn days(from: &str, to: &str) -> String {
    format!("{from} – {to}")
}

/// The name of a team of the cycle; its code where the cycle does not know it.
fn team_name<'t>(locale: Locale, cycle: &'t CycleResult, code: &'t str) -> &'t str {
    cycle
        .teams
        .binary_search_by(|t| t.code.as_str().cmp(code))
        .map_or(code, |i| {
            locale.pick(&cycle.teams[i].name_zh, &cycle.teams[i].name_en)
        })
}

/// For whom the bundle is, in words.
fn audience(locale: Locale, context: &Context) -> String {
    match context.audience {
        Audience::All => plain(locale, "audience-all").to_owned(),
        Audience::Leadership => plain(locale, "audience-leadership").to_owned(),
        Audience::Team(code) => {
            let name = team_name(locale, context.cycle, code);
            text(locale, "audience-team", &[("team", name.into())])
        }
        Audience::Staff(no) => text(locale, "audience-staff", &[("no", no.into())]),
    }
}

/// Why somebody has no total, in words.
fn not_rated(locale: Locale, why: NotRated) -> &'static str {
    plain(
        locale,
        match why {
            NotRated::TooShort => "not-rated-too-short",
            NotRated::TooLittleWeight => "not-rated-too-little-weight",
            NotRated::Excused => "not-rated-excused",
            NotRated::NoSheet => "not-rated-no-sheet",
        },
    )
}

#[cfg(test)]
pub(in crate::reports) mod samples;
#[cfg(test)]
mod tests;
