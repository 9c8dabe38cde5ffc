//! What a reader sees of rewards.

use serde::Serialize;

use crate::access::Permission;
use crate::appraisals::store::rewards::{Evidence, Filter, Reward, Rule};
use crate::appraisals::view::calibration::FormPage;
use crate::appraisals::view::cycles::{Chip, moment};
use crate::error::Result;
use crate::i18n::{Locale, date, hundredths, plain, text};
use crate::web::Who;
use crate::web::form::{Field, FormView};
use crate::web::list::{ListView, Slice};
use crate::web::site::escape;

/// The list of rewards.
#[derive(Serialize)]
pub struct List {
    list: ListView,
    rows: Vec<Row>,
    pub propose: Option<FormView>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    no: String,
    href: String,
    rule: String,
    cycle: String,
    state: Chip,
    decided: Option<String>,
}

fn state_chip(locale: Locale, state: &str) -> Chip {
    let (signal, key) = match state {
        "approved" => ("is-good", "reward-approved"),
        "declined" => ("is-unknown", "reward-declined"),
        _ => ("is-watch", "reward-proposed"),
    };
    Chip {
        signal,
        word: plain(locale, key).to_string(),
    }
}

/// A page of rewards.
#[must_use]
pub fn list(who: &Who, filter: &Filter, slice: Slice<Reward>, counted: i64) -> List {
    let locale = who.locale;
    let word = |key| plain(locale, key);
    let query = [("state", filter.state.as_str()), ("quarter", &filter.cycle)];
    let all = (String::new(), word("reward-every").to_string());
    let states =
        ["proposed", "approved", "declined"].map(|s| (s.to_string(), state_chip(locale, s).word));
    let mut filters = vec![Field::new("text", "quarter", word("cycle"), &filter.cycle).optional()];
    if !filter.approved_only {
        filters.push(
            Field::new("select", "state", word("reward-state"), &filter.state)
                .options([all].into_iter().chain(states)),
        );
    }
    let list = ListView::new(who, "/rewards", &query, &slice, counted, |row| {
        (String::new(), row.id)
    })
    .filters(filters)
    .export(&query);
    let propose = who.may(Permission::ManageRewards).then(|| {
        let field = Field::new("text", "cycle", word("cycle"), &filter.cycle);
        let fields = vec![field.hint(word("reward-propose-hint"))];
        FormView::new(who, "/rewards/propose", "reward-propose", fields)
    });
    List {
        rows: slice
            .rows
            .iter()
            .map(|row| Row {
                name: locale.pick(&row.name, &row.name_en).to_string(),
                no: row.employee_no.clone(),
                href: format!("/rewards/{}", row.id),
                rule: locale.pick(&row.rule_zh, &row.rule_en).to_string(),
                cycle: row.cycle.clone(),
                state: state_chip(locale, &row.state),
                decided: row.decided_at.map(|at| moment(who, at)),
            })
            .collect(),
        list,
        propose,
    }
}

/// The rows of the export.
#[must_use]
pub fn export(locale: Locale, rows: &[Reward]) -> Vec<Vec<String>> {
    let head = [
        "people-number",
        "people-name",
        "people-name-en",
        "cycle",
        "reward-rule",
        "reward-state",
        "board-reason",
        "board-by",
    ];
    let head = head.map(|key| plain(locale, key).to_string()).to_vec();
    let cells = rows.iter().map(|row| {
        vec![
            row.employee_no.clone(),
            row.name.clone(),
            row.name_en.clone(),
            row.cycle.clone(),
            locale.pick(&row.rule_zh, &row.rule_en).to_string(),
            state_chip(locale, &row.state).word,
            row.reason.clone(),
            row.decided_by.clone().unwrap_or_default(),
        ]
    });
    std::iter::once(head).chain(cells).collect()
}

/// The rules.
#[derive(Serialize)]
pub struct Rules {
    rows: Vec<RuleRow>,
    make: bool,
    csrf: String,
    once: Vec<String>,
}

#[derive(Serialize)]
struct RuleRow {
    name: String,
    code: String,
    text: String,
    condition: String,
    state: Chip,
    edit: Option<String>,
    /// The address that publishes it or takes it out of use, and which of the two.
    publish: Option<String>,
    retire: Option<String>,
    row_version: i32,
}

fn condition(locale: Locale, rule: &Rule) -> String {
    text(
        locale,
        "reward-condition",
        &[
            ("grade", rule.grade.as_str().into()),
            ("n", i64::from(rule.in_a_row).into()),
        ],
    )
}

/// The rules, with what may be done to each.
#[must_use]
pub fn rules(who: &Who, rules: &[Rule]) -> Rules {
    let locale = who.locale;
    let may = who.may(Permission::ManageRewards);
    Rules {
        rows: rules
            .iter()
            .map(|rule| {
                let (signal, word) = match (rule.published_at, rule.retired_at) {
                    (_, Some(at)) => (
                        "is-unknown",
                        text(
                            locale,
                            "reward-rule-retired",
                            &[("at", moment(who, at).into())],
                        ),
                    ),
                    (Some(at), None) => (
                        "is-good",
                        text(
                            locale,
                            "reward-rule-published",
                            &[("at", moment(who, at).into())],
                        ),
                    ),
                    (None, None) => ("is-watch", plain(locale, "reward-rule-draft").to_string()),
                };
                let here = format!("/rewards/rules/{}", escape(&rule.code));
                let draft = may && rule.published_at.is_none();
                let used = may && rule.published_at.is_some() && rule.retired_at.is_none();
                RuleRow {
                    name: locale.pick(&rule.name_zh, &rule.name_en).to_string(),
                    code: rule.code.clone(),
                    text: locale.pick(&rule.text_zh, &rule.text_en).to_string(),
                    condition: condition(locale, rule),
                    state: Chip { signal, word },
                    edit: draft.then(|| format!("{here}/edit")),
                    publish: draft.then(|| format!("{here}/publish")),
                    retire: used.then(|| format!("{here}/publish")),
                    row_version: rule.row_version,
                }
            })
            .collect(),
        make: may,
        csrf: who.form_token(),
        once: rules
            .iter()
            .map(|_| crate::accounts::store::random_token())
            .collect(),
    }
}

/// The form of a rule.
#[must_use]
pub fn rule_form(who: &Who, rule: Option<&Rule>) -> FormPage {
    let word = |key| plain(who.locale, key);
    let value = |of: fn(&Rule) -> String| rule.map(of).unwrap_or_default();
    let mut fields = Vec::new();
    if rule.is_none() {
        fields.push(
            Field::new("text", "code", word("reward-code"), "").hint(word("reward-code-hint")),
        );
    }
    let row = value(|r| r.in_a_row.to_string());
    fields.extend([
        Field::new(
            "text",
            "name_zh",
            word("reward-name-zh"),
            &value(|r| r.name_zh.clone()),
        ),
        Field::new(
            "text",
            "name_en",
            word("reward-name-en"),
            &value(|r| r.name_en.clone()),
        ),
        Field::new(
            "textarea",
            "text_zh",
            word("reward-text-zh"),
            &value(|r| r.text_zh.clone()),
        ),
        Field::new(
            "textarea",
            "text_en",
            word("reward-text-en"),
            &value(|r| r.text_en.clone()),
        ),
        Field::new(
            "text",
            "grade",
            word("reward-grade"),
            &value(|r| r.grade.clone()),
        )
        .hint(word("reward-grade-hint")),
        Field::new("number", "in_a_row", word("reward-in-a-row"), &row),
    ]);
    let action = rule.map_or_else(
        || "/rewards/rules/new".to_string(),
        |rule| format!("/rewards/rules/{}/edit", escape(&rule.code)),
    );
    let mut form = FormView::new(who, action, "save", fields);
    if let Some(rule) = rule {
        form = form.version(rule.row_version);
    }
    FormPage {
        lede: Some(word("reward-rule-lede")),
        form,
    }
}

/// A proposal or reward.
#[derive(Serialize)]
pub struct Show {
    state: Chip,
    facts: Vec<Fact>,
    text: String,
    evidence: Vec<EvidenceRow>,
    certificate: Option<String>,
    pub form: Option<FormView>,
}

#[derive(Serialize)]
struct Fact {
    name: &'static str,
    value: String,
    href: Option<String>,
}

#[derive(Serialize)]
struct EvidenceRow {
    cycle: String,
    href: String,
    total: String,
    grade: String,
}

fn evidence(reward: &Reward) -> Result<Vec<EvidenceRow>> {
    let stored: Vec<Evidence> = serde_json::from_str(&reward.evidence_json)?;
    Ok(stored
        .into_iter()
        .map(|e| EvidenceRow {
            href: format!(
                "/cycles/{}/people/{}",
                escape(&e.cycle),
                escape(&reward.employee_no)
            ),
            cycle: e.cycle,
            total: hundredths(e.total_h),
            grade: e.grade,
        })
        .collect())
}

/// A proposal or reward; the form of the decision for whoever may decide, but not about themselves.
pub fn show(who: &Who, reward: &Reward) -> Result<Show> {
    let locale = who.locale;
    let word = |key| plain(locale, key);
    let fact = |key, value: String| Fact {
        name: word(key),
        value,
        href: None,
    };
    let mut facts = vec![
        fact(
            "reward-rule",
            locale.pick(&reward.rule_zh, &reward.rule_en).to_string(),
        ),
        fact("cycle", reward.cycle.clone()),
    ];
    if let (Some(by), Some(at)) = (&reward.decided_by, reward.decided_at) {
        facts.push(fact("board-by", by.clone()));
        facts.push(fact("board-at", moment(who, at)));
        facts.push(fact("board-reason", reward.reason.clone()));
    }
    let own = who.account.staff_id == Some(reward.staff_id);
    let decides = who.may(Permission::ManageRewards) && !own && reward.state == "proposed";
    let form = decides.then(|| {
        let choices = [("approve", "reward-approve"), ("decline", "reward-decline")];
        let fields = vec![
            Field::new("radio", "decision", word("standing-decision"), "")
                .options(choices.map(|(code, key)| (code.to_string(), word(key).to_string()))),
            Field::new("textarea", "reason", word("board-reason"), "")
                .hint(word("reward-reason-hint")),
        ];
        FormView::new(
            who,
            format!("/rewards/{}", reward.id),
            "reward-decide",
            fields,
        )
        .version(reward.row_version)
    });
    Ok(Show {
        state: state_chip(locale, &reward.state),
        facts,
        text: locale.pick(&reward.text_zh, &reward.text_en).to_string(),
        evidence: evidence(reward)?,
        certificate: (reward.state == "approved")
            .then(|| format!("/rewards/{}/certificate", reward.id)),
        form,
    })
}

/// A certificate, to be printed.
#[derive(Serialize)]
pub struct Certificate {
    organisation: String,
    name: String,
    rule: String,
    say: String,
    text: String,
    day: String,
    by: String,
}

/// The certificate of an approved reward.
pub fn certificate(who: &Who, reward: &Reward) -> Result<Certificate> {
    let locale = who.locale;
    let settings = &who.site.settings;
    let stored: Vec<Evidence> = serde_json::from_str(&reward.evidence_json)?;
    let mut cycles: Vec<String> = stored
        .iter()
        .map(|e| format!("{} {}", e.cycle, e.grade))
        .collect();
    cycles.reverse();
    let day = reward
        .decided_at
        .map_or_else(String::new, |at| settings.zone.local_date(at).to_string());
    Ok(Certificate {
        organisation: locale
            .pick(&settings.organisation_zh, &settings.organisation_en)
            .to_string(),
        name: locale.pick(&reward.name, &reward.name_en).to_string(),
        rule: locale.pick(&reward.rule_zh, &reward.rule_en).to_string(),
        say: text(
            locale,
            "certificate-for",
            &[(
                "cycles",
                cycles.join(plain(locale, "list-separator")).into(),
            )],
        ),
        text: locale.pick(&reward.text_zh, &reward.text_en).to_string(),
        day: date(locale, &day),
        by: reward.decided_by.clone().unwrap_or_default(),
    })
}
