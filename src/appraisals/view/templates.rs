//! Templates of cycles: the list, one as tables, the form of its text.

use serde::Serialize;

use crate::appraisals::model::rules::Rules;
use crate::appraisals::store::templates::Template;
use crate::appraisals::view::cycles::moment;
use crate::appraisals::view::rules::{Band, Sheet, grades, sheets};
use crate::error::Message;
use crate::goals::view::aims::weight;
use crate::i18n::{self, Locale, plain, text};
use crate::web::Who;
use crate::web::form::{Field, FormView};
use crate::web::list::ON_A_PAGE;
use crate::web::site::escape;

/// The list of templates.
#[derive(Serialize)]
pub struct List {
    rows: Vec<Row>,
    next: Option<String>,
    may_edit: bool,
}

#[derive(Serialize)]
struct Row {
    code: String,
    href: String,
    name: String,
    changed: Option<String>,
}

/// The two names that stand at the head of a template's text.
fn names(body: &str) -> (String, String) {
    let table: toml::Table = toml::from_str(body).unwrap_or_default();
    let name = |key: &str| {
        let value = table.get(key).and_then(toml::Value::as_str);
        value.unwrap_or_default().to_string()
    };
    (name("name_zh"), name("name_en"))
}

/// When a template was changed; nothing as long as it is as it was shipped.
fn changed(who: &Who, template: &Template) -> Option<String> {
    (template.changed_at.and_utc().timestamp() > 0).then(|| moment(who, template.changed_at))
}

/// Templates in order of code; `found` may hold one more than a page.
#[must_use]
pub fn list(who: &Who, mut found: Vec<Template>, may_edit: bool) -> List {
    let more = found.len() as i64 > ON_A_PAGE;
    found.truncate(ON_A_PAGE as usize);
    List {
        next: found
            .last()
            .filter(|_| more)
            .map(|last| format!("/templates?after={}", escape(&last.code))),
        rows: found
            .iter()
            .map(|template| {
                let (zh, en) = names(&template.body);
                Row {
                    code: template.code.clone(),
                    href: format!("/templates/{}", escape(&template.code)),
                    name: who.locale.pick(&zh, &en).to_string(),
                    changed: changed(who, template),
                }
            })
            .collect(),
        may_edit,
    }
}

/// The rows of the export.
#[must_use]
pub fn export(locale: Locale, rows: &[Template]) -> Vec<Vec<String>> {
    let head = ["template", "template-name-zh", "template-name-en"];
    let head = head.map(|key| plain(locale, key).to_string()).to_vec();
    let cells = rows.iter().map(|template| {
        let (zh, en) = names(&template.body);
        vec![template.code.clone(), zh, en]
    });
    std::iter::once(head).chain(cells).collect()
}

/// A template as tables.
#[derive(Serialize)]
pub struct Show {
    code: String,
    name: String,
    changed: Option<String>,
    may_edit: bool,
    href: String,
    copy: String,
    /// What is wrong with it by the library as it is now.
    problems: Vec<String>,
    facts: Vec<Fact>,
    sheets: Vec<Sheet>,
    grades: Vec<Band>,
}

#[derive(Serialize)]
struct Fact {
    name: &'static str,
    value: String,
    href: Option<String>,
}

/// A template as tables, or what keeps it from being one.
#[must_use]
pub fn show(
    who: &Who,
    template: &Template,
    rules: Result<&Rules, &Vec<Message>>,
    may_edit: bool,
) -> Show {
    let locale = who.locale;
    let (zh, en) = names(&template.body);
    let problems = rules.err().map_or_else(Vec::new, |all| {
        all.iter().map(|m| i18n::message(locale, m)).collect()
    });
    let rules = rules.ok();
    Show {
        name: locale.pick(&zh, &en).to_string(),
        changed: changed(who, template),
        may_edit,
        href: format!("/templates/{}/edit", escape(&template.code)),
        copy: format!("/templates/new?copy={}", escape(&template.code)),
        problems,
        facts: rules.map_or_else(Vec::new, |rules| facts(locale, rules)),
        sheets: rules.map_or_else(Vec::new, |rules| sheets(locale, rules)),
        grades: rules.map_or_else(Vec::new, |rules| grades(locale, rules)),
        code: template.code.clone(),
    }
}

fn facts(locale: Locale, rules: &Rules) -> Vec<Fact> {
    let fact = |key, value: String| Fact {
        name: plain(locale, key),
        value,
        href: None,
    };
    let yes_no = |yes: bool| plain(locale, if yes { "template-yes" } else { "template-no" });
    let mut facts = vec![
        fact("template-kpi-part", weight(locale, rules.kpi_bp)),
        fact(
            "template-competency-part",
            weight(locale, rules.competency_bp),
        ),
        fact("template-reviews", yes_no(rules.reviews).to_string()),
        fact(
            "template-agreement",
            yes_no(rules.wants_agreement).to_string(),
        ),
        fact("template-least-weight", weight(locale, rules.min_weight_bp)),
        fact(
            "template-least-days",
            text(locale, "days-count", &[("n", rules.min_days.into())]),
        ),
    ];
    if rules.reviews {
        let asked = yes_no(rules.peer_card().is_some()).to_string();
        facts.push(fact("template-peers", asked));
    }
    // By what people are judged beside figures: each card leads to its anchors.
    facts.extend(rules.cards.iter().map(|card| Fact {
        name: plain(locale, "scorecard-one"),
        value: locale.pick(&card.name_zh, &card.name_en).to_string(),
        href: Some(format!("/scorecards/{}", escape(&card.code))),
    }));
    facts
}

fn body_field(who: &Who, body: &str) -> Field {
    let mut field = Field::new("textarea", "body", plain(who.locale, "template-body"), body)
        .hint(plain(who.locale, "template-body-hint"));
    field.rows = 30;
    field
}

/// The form of a new template, which begins as a copy or empty.
#[must_use]
pub fn new_template(who: &Who, copied: &str) -> FormView {
    let code = Field::new("text", "code", plain(who.locale, "template"), "")
        .hint(plain(who.locale, "template-code-hint"));
    let fields = vec![code, body_field(who, copied)];
    FormView::new(who, "/templates/new", "save", fields)
}

/// The form of a template's text.
#[must_use]
pub fn edit(who: &Who, template: &Template) -> FormView {
    let action = format!("/templates/{}/edit", escape(&template.code));
    FormView::new(who, action, "save", vec![body_field(who, &template.body)])
        .version(template.row_version)
}
