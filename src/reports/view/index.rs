//! The page at the root of a bundle: both languages, no script, where to start.

use serde::Serialize;

use super::Report;

#[derive(Serialize)]
struct IndexView<'a> {
    languages: Vec<Language<'a>>,
    organisation: &'a str,
    cycle: &'a str,
    snapshot: &'a str,
    program: &'a str,
}

#[derive(Serialize)]
struct Language<'a> {
    tag: &'static str,
    name: &'static str,
    title: &'static str,
    start: &'static str,
    /// Path of the first page.
    first: Option<String>,
    lines: Vec<Line<'a>>,
    note: &'static str,
}

#[derive(Serialize)]
struct Line<'a> {
    name: &'static str,
    value: std::borrow::Cow<'a, str>,
}

/// Appends the page at the root of the bundle of `reports`, one of each language, to `out`.
///
/// # Errors
/// When template and view do not fit: a fault of the program.
pub fn index(reports: &[Report], out: &mut Vec<u8>) -> Result<(), tera::Error> {
    let Some(first) = reports.first() else {
        return Ok(());
    };
    let view = IndexView {
        languages: reports.iter().map(language).collect(),
        organisation: first.context.organisation,
        cycle: &first.context.cycle.code,
        snapshot: first.context.snapshot,
        program: first.context.program,
    };
    first.renderer.page("report/index.html", &view, out)
}

fn language<'r>(report: &'r Report) -> Language<'r> {
    let context = &report.context;
    let line = |key, value| Line {
        name: report.word(key),
        value,
    };
    Language {
        tag: context.locale.tag(),
        name: report.word("language-name"),
        title: report.word("index-title"),
        start: report.word("index-start"),
        first: context.pages.first().map(|page| page.path(context.locale)),
        lines: vec![
            line(
                "imprint-period",
                super::days(&context.cycle.starts_on, &context.cycle.ends_on).into(),
            ),
            line(
                "imprint-audience",
                super::audience(context.locale, context).into(),
            ),
            line(
                "imprint-frozen",
                context
                    .frozen_at
                    .unwrap_or_else(|| report.word("provisional"))
                    .into(),
            ),
        ],
        note: report.word("index-note"),
    }
}
