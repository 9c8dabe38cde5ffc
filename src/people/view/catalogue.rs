//! What a reader sees of job roles and skills. Pure.

use serde::Serialize;

use crate::access::Permission;
use crate::i18n::plain;
use crate::people::store::catalogue::{Entry, Kind};
use crate::web::Who;
use crate::web::form::{Field, FormView};
use crate::web::site::escape;

/// The list of job roles or skills.
#[derive(Serialize)]
pub struct List {
    rows: Vec<EntryRow>,
    new: Option<String>,
    new_text: &'static str,
    empty: &'static str,
}

#[derive(Serialize)]
struct EntryRow {
    code: String,
    name: String,
    other_name: Option<String>,
    critical: bool,
    /// Its form, for those who may change it.
    href: Option<String>,
}

/// Where a kind's pages are.
#[must_use]
pub fn address(kind: Kind) -> &'static str {
    match kind {
        Kind::JobRole => "/job-roles",
        Kind::Skill => "/skills",
    }
}

/// The title of a kind's pages.
#[must_use]
pub fn title(kind: Kind) -> &'static str {
    match kind {
        Kind::JobRole => "job-roles-title",
        Kind::Skill => "skills-title",
    }
}

/// Every entry of a kind, for whoever may change them with the way to do so.
#[must_use]
pub fn list(who: &Who, kind: Kind, entries: &[Entry]) -> List {
    let may_edit = who
        .reach(Permission::EditPeople)
        .is_some_and(|reach| reach.is_everyone());
    let base = address(kind);
    let (new_text, empty) = match kind {
        Kind::JobRole => ("job-role-new", "job-roles-empty"),
        Kind::Skill => ("skill-new", "skills-empty"),
    };
    List {
        rows: entries
            .iter()
            .map(|e| EntryRow {
                code: e.code.clone(),
                name: who.locale.pick(&e.name_zh, &e.name_en).to_string(),
                other_name: super::other_name(who.locale, &e.name_zh, &e.name_en)
                    .map(str::to_string),
                critical: e.critical == Some(true),
                href: may_edit.then(|| format!("{base}/{}/edit", escape(&e.code))),
            })
            .collect(),
        new: may_edit.then(|| format!("{base}/new")),
        new_text: plain(who.locale, new_text),
        empty: plain(who.locale, empty),
    }
}

/// The form of an entry; `stored` is what it is now, none for a new one.
#[must_use]
pub fn form(who: &Who, kind: Kind, stored: Option<&Entry>) -> FormView {
    let word = |key| plain(who.locale, key);
    let mut fields = Vec::new();
    if stored.is_none() {
        fields.push(
            Field::new("text", "code", word("team-code"), "")
                .hint(word("code-hint"))
                .autocomplete("off"),
        );
    }
    let (zh, en) = stored.map_or(("", ""), |e| (&e.name_zh, &e.name_en));
    fields.push(Field::new("text", "name_zh", word("team-name-zh"), zh));
    fields.push(Field::new("text", "name_en", word("team-name-en"), en).optional());
    if kind == Kind::Skill {
        let critical = stored.is_some_and(|e| e.critical == Some(true));
        fields.push(
            Field::new(
                "checkbox",
                "critical",
                word("skill-critical"),
                if critical { "on" } else { "" },
            )
            .hint(word("skill-critical-hint")),
        );
    }
    let base = address(kind);
    match stored {
        None => FormView::new(who, format!("{base}/new"), "save", fields),
        Some(e) => FormView::new(
            who,
            format!("{base}/{}/edit", escape(&e.code)),
            "save",
            fields,
        )
        .version(e.row_version),
    }
}
