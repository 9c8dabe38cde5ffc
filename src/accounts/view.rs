//! What a reader sees of accounts. Pure.

use serde::Serialize;

use crate::access::Role;
use crate::accounts::store::{Account, Listed, Session, Stored, sentence};
use crate::error::Message;
use crate::i18n::{self, Locale, plain};
use crate::web::Who;
use crate::web::form::{Field, FormView};
use crate::web::site::escape;

/// Rows of a list's page.
pub const ON_A_PAGE: i64 = 50;

/// A page that is a form.
#[derive(Serialize)]
pub struct FormPage {
    pub lede: Option<String>,
    pub form: FormView,
}

/// A form that was kept through a sign-in, to be shown again where it belongs.
#[derive(Serialize)]
pub struct Restore {
    action: String,
    fields: Vec<(String, String)>,
}

/// The kept form with the token of the new session; passwords are not among its fields.
#[must_use]
pub fn restore(action: &str, sent: &str, token: &str) -> Restore {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(sent).unwrap_or_default();
    let mut fields: Vec<(String, String)> = pairs
        .into_iter()
        .filter(|(name, _)| {
            !["csrf", "restored", "old", "new", "again", "password"].contains(&name.as_str())
        })
        .collect();
    fields.push(("csrf".to_string(), token.to_string()));
    fields.push(("restored".to_string(), "yes".to_string()));
    Restore {
        action: action.to_string(),
        fields,
    }
}

/// A moment as a reader of the organisation's zone writes it.
fn moment(who: &Who, at: chrono::NaiveDateTime) -> String {
    let local = who.site.settings.zone.local(at);
    local.format("%Y-%m-%d %H:%M").to_string()
}

/// The name of a role.
#[must_use]
pub fn role(locale: Locale, role: Role) -> &'static str {
    plain(
        locale,
        match role {
            Role::Hr => "role-hr",
            Role::Trainer => "role-trainer",
            Role::Leadership => "role-leadership",
            Role::Auditor => "role-auditor",
            Role::Administrator => "role-administrator",
        },
    )
}

/// One's own page.
#[derive(Serialize)]
pub struct Me {
    login: String,
    employee_no: Option<String>,
    roles: Vec<String>,
    sessions: Vec<SessionRow>,
    csrf: String,
    once: String,
}

#[derive(Serialize)]
struct SessionRow {
    id: i64,
    agent: String,
    started: String,
    seen: String,
    current: bool,
}

/// One's own page.
#[must_use]
pub fn me(who: &Who, sessions: &[Session], roles: &[(Role, Option<String>)]) -> Me {
    Me {
        login: who.account.login.clone(),
        employee_no: who.account.employee_no.clone(),
        roles: role_names(who.locale, roles),
        sessions: sessions
            .iter()
            .map(|s| SessionRow {
                id: s.id,
                agent: s.agent.clone(),
                started: moment(who, s.created_at),
                seen: moment(who, s.seen_at),
                current: s.id == who.account.session_id,
            })
            .collect(),
        csrf: who.form_token(),
        once: crate::accounts::store::random_token(),
    }
}

fn role_names(locale: Locale, roles: &[(Role, Option<String>)]) -> Vec<String> {
    roles
        .iter()
        .map(|(r, team)| match team {
            Some(team) => i18n::text(
                locale,
                "role-in-team",
                &[("role", role(locale, *r).into()), ("team", team.into())],
            ),
            None => role(locale, *r).to_string(),
        })
        .collect()
}

/// The inbox.
#[derive(Serialize)]
pub struct Inbox {
    rows: Vec<InboxRow>,
    next: Option<String>,
    last: i64,
    unread: bool,
    csrf: String,
    once: String,
}

#[derive(Serialize)]
struct InboxRow {
    text: String,
    link: String,
    at: String,
    unread: bool,
}

/// Messages, newest first; `found` may hold one more than a page.
#[must_use]
pub fn inbox(who: &Who, mut found: Vec<Stored>) -> Inbox {
    let more = found.len() as i64 > ON_A_PAGE;
    found.truncate(ON_A_PAGE as usize);
    let next = found
        .last()
        .filter(|_| more)
        .map(|m| format!("/inbox?before={}", m.id));
    Inbox {
        last: found.first().map_or(0, |m| m.id),
        unread: found.iter().any(|m| m.read_at.is_none()),
        rows: found
            .iter()
            .map(|m| InboxRow {
                text: sentence(who.locale, &m.kind, &m.args_json),
                link: m.link.clone(),
                at: moment(who, m.created_at),
                unread: m.read_at.is_none(),
            })
            .collect(),
        next,
        csrf: who.form_token(),
        once: crate::accounts::store::random_token(),
    }
}

/// The list of accounts.
#[derive(Serialize)]
pub struct List {
    q: String,
    rows: Vec<Row>,
    next: Option<String>,
}

#[derive(Serialize)]
struct Row {
    login: String,
    href: String,
    name: Option<String>,
    employee_no: Option<String>,
    roles: Vec<&'static str>,
    disabled: bool,
}

/// Accounts in order of logins; `found` may hold one more than a page.
#[must_use]
pub fn list(who: &Who, q: &str, mut found: Vec<Listed>, roles: &[(i64, Role)]) -> List {
    let more = found.len() as i64 > ON_A_PAGE;
    found.truncate(ON_A_PAGE as usize);
    let next = found
        .last()
        .filter(|_| more)
        .map(|last| format!("/accounts?q={}&after={}", escape(q), escape(&last.login)));
    List {
        q: q.to_string(),
        rows: found
            .iter()
            .map(|a| Row {
                login: a.login.clone(),
                href: format!("/accounts/{}", escape(&a.login)),
                name: a
                    .name
                    .as_deref()
                    .zip(a.name_en.as_deref())
                    .map(|(zh, en)| who.locale.pick(zh, en).to_string()),
                employee_no: a.employee_no.clone(),
                roles: roles
                    .iter()
                    .filter(|(id, _)| *id == a.id)
                    .map(|(_, r)| role(who.locale, *r))
                    .collect(),
                disabled: a.disabled_at.is_some(),
            })
            .collect(),
        next,
    }
}

/// The form of a new account.
#[must_use]
pub fn new_account(who: &Who) -> FormView {
    let word = |key| plain(who.locale, key);
    let mut fields = vec![
        Field::new("text", "login", word("account-login"), "").autocomplete("off"),
        Field::new("email", "email", word("account-email"), "").optional(),
        Field::new("text", "employee_no", word("account-employee-no"), "")
            .optional()
            .hint(word("account-employee-no-hint")),
    ];
    fields.extend(role_fields(who, &[]));
    FormView::new(who, "/accounts/new", "account-make", fields)
}

fn role_fields(who: &Who, held: &[(Role, Option<String>)]) -> Vec<Field> {
    let team = held.iter().find_map(|(_, team)| team.clone());
    Role::ALL
        .into_iter()
        .map(|r| {
            let ticked = held.iter().any(|(h, _)| *h == r);
            let name = format!("role_{}", r.code());
            Field::new(
                "checkbox",
                &name,
                role(who.locale, r),
                if ticked { "yes" } else { "" },
            )
        })
        .chain([Field::new(
            "text",
            "team",
            plain(who.locale, "account-team"),
            team.as_deref().unwrap_or_default(),
        )
        .optional()
        .hint(plain(who.locale, "account-team-hint"))])
        .collect()
}

/// An account.
#[derive(Serialize)]
pub struct AccountPage {
    login: String,
    email: Option<String>,
    made: String,
    disabled: Option<String>,
    must_change: bool,
    sessions: usize,
    pub roles: FormView,
    csrf: String,
    once: String,
}

/// An account with its roles.
#[must_use]
pub fn account(
    who: &Who,
    account: &Account,
    roles: &[(Role, Option<String>)],
    sessions: usize,
) -> AccountPage {
    let action = format!("/accounts/{}/roles", escape(&account.login));
    AccountPage {
        login: account.login.clone(),
        email: account.email.clone(),
        made: moment(who, account.created_at),
        disabled: account.disabled_at.map(|at| moment(who, at)),
        must_change: account.must_change,
        sessions,
        roles: FormView::new(who, action, "save", role_fields(who, roles))
            .version(account.row_version),
        csrf: who.form_token(),
        once: crate::accounts::store::random_token(),
    }
}

/// A password that is shown once.
#[derive(Serialize)]
pub struct FirstPassword {
    login: String,
    href: String,
    password: String,
}

/// A password that is shown once.
#[must_use]
pub fn first_password(login: &str, password: &str) -> FirstPassword {
    FirstPassword {
        login: login.to_string(),
        href: format!("/accounts/{}", escape(login)),
        password: password.to_string(),
    }
}

/// What the command line says of an account.
#[must_use]
pub fn line(listed: &Listed, roles: &[Role]) -> Message {
    let codes: Vec<&str> = roles.iter().map(|r| r.code()).collect();
    let key = if listed.disabled_at.is_some() {
        "account-line-disabled"
    } else {
        "account-line"
    };
    Message::new(key)
        .with("login", &listed.login)
        .with("no", listed.employee_no.as_deref().unwrap_or("-"))
        .with("roles", codes.join(", "))
}
