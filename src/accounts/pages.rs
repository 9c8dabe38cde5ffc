//! Signing in and out, one's own profile, password, sessions and inbox, language and theme, and the
//! administrator's accounts.

use actix_web::cookie::time::Duration as Age;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::{StatusCode, header};
use actix_web::web::{self, Path, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::Deserialize;
use serde_json::json;

use crate::access::{Role, may};
use crate::accounts::model::ABSOLUTE;
use crate::accounts::{model, passwords, store, view};
use crate::audit;
use crate::error::{Error, Message};
use crate::i18n::{self, Locale};
use crate::web::actor::{Done, see_other};
use crate::web::form::{Field, FieldErrors, FormView};
use crate::web::page::{
    LANGUAGE_COOKIE, THEME_COOKIE, Visitor, own_address, session_cookie, sign_in_page,
};
use crate::web::problems::Page;
use crate::web::site::escape;
use crate::web::{Answer, Can, Form, Head, OpenForm, Problem, Site, Who};

/// The routes of this feature.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/sign-in", web::get().to(sign_in_form))
        .route("/sign-in", web::post().to(sign_in))
        .route("/sign-out", web::post().to(sign_out))
        .route("/language", web::post().to(choose_language))
        .route("/theme", web::post().to(choose_theme))
        .route("/me", web::get().to(me))
        .route("/me/password", web::get().to(password_form))
        .route("/me/password", web::post().to(change_password))
        .route("/me/sessions/{id}/end", web::post().to(end_session))
        .route("/me/sessions/end", web::post().to(end_other_sessions))
        .route("/inbox", web::get().to(inbox))
        .route("/inbox/read", web::post().to(read_inbox))
        .route("/accounts", web::get().to(list))
        .route("/accounts/new", web::get().to(new_form))
        .route("/accounts/new", web::post().to(create))
        .route("/accounts/{login}", web::get().to(show))
        .route("/accounts/{login}/roles", web::post().to(set_roles))
        .route("/accounts/{login}/disabled", web::post().to(set_disabled))
        .route("/accounts/{login}/password", web::post().to(reset_password));
}

#[derive(Deserialize)]
struct SignInQuery {
    next: Option<String>,
}

async fn sign_in_form(
    site: web::Data<Site>,
    request: HttpRequest,
    query: Query<SignInQuery>,
) -> Answer {
    let next = query.next.as_deref().unwrap_or("/");
    let html = sign_in_page(&site, &Visitor::of(&request), next, None, None)?;
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .body(html))
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct SignIn {
    login: String,
    password: String,
    next: String,
    sent: String,
}

/// Counts failures for a login and for an address, so that neither one account nor many can be tried out.
async fn sign_in(site: web::Data<Site>, request: HttpRequest, form: OpenForm<SignIn>) -> Answer {
    let visitor = Visitor::of(&request);
    let SignIn {
        login: typed,
        password,
        next,
        sent,
    } = form.sent;
    let login = typed.trim().to_lowercase();
    let address = site.outside.client(&request);
    let now = site.now();
    let tried = login.clone();
    let from = address.clone();
    let (blocked, known) = site
        .read(move |conn| {
            let by_login = store::blocked(conn, "login", &tried, now)?;
            let by_address = store::blocked(conn, "address", &from, now)?;
            Ok((by_login.or(by_address), store::credentials(conn, &tried)?))
        })
        .await?;
    if let Some(until) = blocked {
        return Err(Problem::TooMany { until });
    }
    // A disabled account costs a hash like any other and fails like any other.
    let hash = known
        .as_ref()
        .filter(|(.., disabled)| disabled.is_none())
        .map(|(_, hash, _)| hash.clone());
    let fits = web::block(move || passwords::verify(&password, hash.as_deref())).await??;
    let actor = audit::Actor {
        name: login.clone(),
        at: now,
    };
    let Some((account, ..)) = known.filter(|_| fits) else {
        site.write(move |conn| {
            store::count_failure(conn, "login", &actor.name, now)?;
            store::count_failure(conn, "address", &address, now)?;
            audit::append(conn, &actor, "sign-in-failed", "session", &json!({}))
        })
        .await?;
        let error = Message::new("sign-in-wrong");
        let sent = (!sent.is_empty()).then_some(sent.as_str());
        let html = sign_in_page(&site, &visitor, &next, sent, Some((&typed, &error)))?;
        let mut response = HttpResponse::UnprocessableEntity()
            .content_type("text/html; charset=utf-8")
            .body(html);
        response.extensions_mut().insert(Page);
        return Ok(response);
    };
    let secret = store::random_token();
    let token = site.tokens.sign(account, &secret, now, now + ABSOLUTE)?;
    let agent = request
        .headers()
        .get(header::USER_AGENT)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default()
        .to_string();
    let session = site
        .write(move |conn| {
            store::forget_failures(conn, "login", &actor.name)?;
            audit::append(conn, &actor, "sign-in", "session", &json!({}))?;
            store::start_session(conn, account, &secret, &agent, now)
        })
        .await?;
    let mut response = if sent.is_empty() {
        see_other(own_address(&next))
    } else {
        let view = view::restore(own_address(&next), &sent, &site.tokens.form_token(session));
        let title = i18n::plain(visitor.locale, "restore-title");
        let html =
            visitor.plain_page(&site, visitor.locale, "accounts/restore.html", title, &view)?;
        HttpResponse::Ok()
            .content_type("text/html; charset=utf-8")
            .body(html)
    };
    let cookie = Cookie::build(session_cookie(site.outside.https), token)
        .path("/")
        .http_only(true)
        .secure(site.outside.https)
        .same_site(SameSite::Lax)
        .finish();
    add_cookie(&mut response, &cookie)?;
    Ok(response)
}

fn add_cookie(response: &mut HttpResponse, cookie: &Cookie) -> Result<(), Problem> {
    response
        .add_cookie(cookie)
        .map_err(|e| Problem::Failed(Error::Internal(e.to_string().into())))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

async fn sign_out(who: Who, _: Form<Nothing>) -> Answer {
    let (account, session, now) = (
        who.account.account_id,
        who.account.session_id,
        who.site.now(),
    );
    let actor = who.actor();
    who.site
        .write(move |conn| {
            audit::append(conn, &actor, "sign-out", "session", &json!({}))?;
            store::end_session(conn, account, session, now)
        })
        .await?;
    let mut response = see_other("/sign-in");
    let mut gone = Cookie::build(session_cookie(who.site.outside.https), "")
        .path("/")
        .secure(who.site.outside.https)
        .finish();
    gone.make_removal();
    add_cookie(&mut response, &gone)?;
    response.headers_mut().insert(
        header::HeaderName::from_static("clear-site-data"),
        header::HeaderValue::from_static("\"cache\", \"storage\""),
    );
    Ok(response)
}

/// A choice that is remembered in a cookie: of anybody, signed in or not.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Choice {
    locale: String,
    theme: String,
    back: String,
}

async fn choose_language(
    site: web::Data<Site>,
    who: Option<Who>,
    form: OpenForm<Choice>,
) -> Answer {
    let locale: Locale = form.sent.locale.parse().map_err(|_| Problem::Unreadable)?;
    if let Some(who) = who {
        let account = who.account.account_id;
        site.write(move |conn| store::set_locale(conn, account, locale.tag()))
            .await?;
    }
    remember(&site, LANGUAGE_COOKIE, locale.tag(), &form.sent.back)
}

async fn choose_theme(site: web::Data<Site>, form: OpenForm<Choice>) -> Answer {
    let theme = match form.sent.theme.as_str() {
        theme @ ("light" | "dark" | "") => theme,
        _ => return Err(Problem::Unreadable),
    };
    remember(&site, THEME_COOKIE, theme, &form.sent.back)
}

fn remember(site: &Site, name: &'static str, value: &str, back: &str) -> Answer {
    let mut response = see_other(own_address(back));
    let cookie = Cookie::build(name, value.to_string())
        .path("/")
        .http_only(true)
        .secure(site.outside.https)
        .same_site(SameSite::Lax)
        .max_age(Age::days(365))
        .finish();
    add_cookie(&mut response, &cookie)?;
    Ok(response)
}

async fn me(who: Who) -> Answer {
    let (account, now) = (who.account.account_id, who.site.now());
    let (sessions, roles) = who
        .read(move |conn| {
            Ok((
                store::sessions(conn, account, now)?,
                store::roles(conn, account)?,
            ))
        })
        .await?;
    let view = view::me(&who, &sessions, &roles);
    who.page("accounts/me.html", Head::of(&who, "me-title"), &view)
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct NewPassword {
    old: String,
    new: String,
    again: String,
}

fn password_view(who: &Who) -> FormView {
    let word = |key| i18n::plain(who.locale, key);
    FormView::new(
        who,
        "/me/password",
        "password-change",
        vec![
            Field::new("password", "old", word("password-old"), "")
                .autocomplete("current-password"),
            Field::new("password", "new", word("password-new"), "")
                .autocomplete("new-password")
                .hint(i18n::text(
                    who.locale,
                    "password-hint",
                    &[("n", model::SHORTEST.into())],
                )),
            Field::new("password", "again", word("password-again"), "")
                .autocomplete("new-password"),
        ],
    )
}

async fn password_form(who: Who) -> Answer {
    let head = Head::of(&who, "password-title").under(i18n::plain(who.locale, "me-title"), "/me");
    let view = view::FormPage {
        lede: who
            .account
            .must_change
            .then(|| i18n::plain(who.locale, "password-must-change").to_string()),
        form: password_view(&who),
    };
    who.page("web/form.html", head, &view)
}

async fn change_password(who: Who, form: Form<NewPassword>) -> Answer {
    let mut check = form.check();
    let known: Vec<&str> = [Some(who.account.login.as_str())]
        .into_iter()
        .chain(
            who.account
                .name
                .iter()
                .flat_map(|(a, b)| [Some(a.as_str()), Some(b.as_str())]),
        )
        .flatten()
        .collect();
    if let Err(message) = model::password(&form.sent.new, &known) {
        check.wrong("new", message);
    } else if form.sent.new != form.sent.again {
        check.wrong("again", Message::new("password-differs"));
    }
    let account = who.account.account_id;
    let (now, key) = (who.site.now(), account.to_string());
    let tried = key.clone();
    let (blocked, stored) = who
        .read(move |conn| {
            Ok((
                store::blocked(conn, "password", &tried, now)?,
                store::password_hash(conn, account)?,
            ))
        })
        .await?;
    if let Some(until) = blocked {
        return Err(Problem::TooMany { until });
    }
    let old = form.sent.old.clone();
    if !web::block(move || passwords::verify(&old, Some(&stored))).await?? {
        who.site
            .write(move |conn| store::count_failure(conn, "password", &key, now))
            .await?;
        check.wrong("old", Message::new("password-old-wrong"));
    }
    if let Err(errors) = check.done() {
        let view = view::FormPage {
            lede: None,
            form: password_view(&who).again(who.locale, &form, &errors),
        };
        let head =
            Head::of(&who, "password-title").under(i18n::plain(who.locale, "me-title"), "/me");
        return who.page_with(
            StatusCode::UNPROCESSABLE_ENTITY,
            "web/form.html",
            head,
            &view,
        );
    }
    let new = form.sent.new.clone();
    let hash = web::block(move || passwords::hash(&new)).await??;
    let session = who.account.session_id;
    who.once(&form.once, move |conn, actor| {
        store::set_password(conn, account, &hash, false, Some(session), actor.at)?;
        audit::append(conn, actor, "password-changed", &actor.name, &json!({}))?;
        Ok("/me?said=password-changed".to_string())
    })
    .await
}

async fn end_session(who: Who, id: Path<i64>, form: Form<Nothing>) -> Answer {
    let (account, id) = (who.account.account_id, id.into_inner());
    who.once(&form.once, move |conn, actor| {
        store::end_session(conn, account, id, actor.at)?;
        audit::append(conn, actor, "session-ended", &actor.name, &json!({}))?;
        Ok("/me?said=session-ended".to_string())
    })
    .await
}

async fn end_other_sessions(who: Who, form: Form<Nothing>) -> Answer {
    let (account, session) = (who.account.account_id, who.account.session_id);
    who.once(&form.once, move |conn, actor| {
        store::end_sessions(conn, account, Some(session), actor.at)?;
        audit::append(conn, actor, "sessions-ended", &actor.name, &json!({}))?;
        Ok("/me?said=sessions-ended".to_string())
    })
    .await
}

#[derive(Deserialize)]
struct InboxQuery {
    before: Option<i64>,
}

async fn inbox(who: Who, query: Query<InboxQuery>) -> Answer {
    let (account, before) = (who.account.account_id, query.before);
    let found = who
        .read(move |conn| store::inbox(conn, account, before, view::ON_A_PAGE + 1))
        .await?;
    let view = view::inbox(&who, found);
    who.page("accounts/inbox.html", Head::of(&who, "inbox-title"), &view)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    last: i64,
}

async fn read_inbox(who: Who, form: Form<Read>) -> Answer {
    let (account, last) = (who.account.account_id, form.sent.last);
    who.once(&form.once, move |conn, actor| {
        store::read_up_to(conn, account, last, actor.at)?;
        Ok("/inbox".to_string())
    })
    .await
}

#[derive(Deserialize)]
struct ListQuery {
    q: Option<String>,
    after: Option<String>,
}

async fn list(who: Can<may::ManageAccounts>, query: Query<ListQuery>) -> Answer {
    let query = query.into_inner();
    let start = query.q.unwrap_or_default().trim().to_lowercase();
    let searched = start.clone();
    let (accounts, roles) = who
        .read(move |conn| {
            let after = query.after.as_deref();
            let accounts = store::list(conn, &start, after, view::ON_A_PAGE + 1)?;
            let ids: Vec<i64> = accounts.iter().map(|a| a.id).collect();
            Ok((accounts, store::roles_of(conn, &ids)?))
        })
        .await?;
    let view = view::list(&who, &searched, accounts, &roles);
    who.page(
        "accounts/list.html",
        Head::of(&who, "accounts-title"),
        &view,
    )
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct NewAccount {
    login: String,
    email: String,
    employee_no: String,
    role_hr: String,
    role_trainer: String,
    role_leadership: String,
    role_auditor: String,
    role_administrator: String,
    team: String,
}

impl NewAccount {
    fn roles(&self) -> Vec<Role> {
        let boxes = [
            &self.role_hr,
            &self.role_trainer,
            &self.role_leadership,
            &self.role_auditor,
            &self.role_administrator,
        ];
        let ticked = Role::ALL.into_iter().zip(boxes);
        ticked
            .filter(|(_, v)| !v.is_empty())
            .map(|(r, _)| r)
            .collect()
    }
}

fn head<'a>(who: &Who, title: &'a str) -> Head<'a> {
    Head::new(title).under(i18n::plain(who.locale, "accounts-title"), "/accounts")
}

async fn new_form(who: Can<may::ManageAccounts>) -> Answer {
    let view = view::FormPage {
        lede: None,
        form: view::new_account(&who),
    };
    let title = i18n::plain(who.locale, "account-new");
    who.page("web/form.html", head(&who, title), &view)
}

async fn create(who: Can<may::ManageAccounts>, form: Form<NewAccount>) -> Answer {
    let mut check = form.check();
    let login = match model::login(&form.sent.login) {
        Ok(login) => login,
        Err(message) => {
            check.wrong("login", message);
            String::new()
        }
    };
    let email = check.optional("email", &form.sent.email, 200);
    let employee_no = check.optional("employee_no", &form.sent.employee_no, 64);
    let team = check.optional("team", &form.sent.team, 64);
    let roles = form.sent.roles();
    let refuse = |errors: &FieldErrors| {
        let view = view::FormPage {
            lede: None,
            form: view::new_account(&who).again(who.locale, &form, errors),
        };
        let title = i18n::plain(who.locale, "account-new");
        who.page_with(
            StatusCode::UNPROCESSABLE_ENTITY,
            "web/form.html",
            head(&who, title),
            &view,
        )
    };
    if let Err(errors) = check.done() {
        return refuse(&errors);
    }
    let password = passwords::random();
    let first = password.clone();
    let hash = web::block(move || passwords::hash(&first)).await??;
    let address = login.clone();
    let made = who
        .attempt(&form.once, move |conn, actor| {
            let staff_id = employee_no
                .map(|no| store::staff_of(conn, &no))
                .transpose()?;
            let team_id = team.map(|code| store::team_of(conn, &code)).transpose()?;
            let roles: Vec<(Role, Option<i64>)> = roles.iter().map(|r| (*r, team_id)).collect();
            let new = store::NewAccount {
                login: &login,
                email: email.as_deref(),
                password_hash: &hash,
                staff_id,
                roles: &roles,
                must_change: true,
            };
            store::insert(conn, &new, &actor.name, actor.at)?;
            let codes: Vec<&str> = roles.iter().map(|(r, _)| r.code()).collect();
            audit::append(
                conn,
                actor,
                "account-made",
                &login,
                &json!({ "roles": codes }),
            )?;
            Ok(format!("/accounts/{}", escape(&login)))
        })
        .await;
    match made {
        Ok(Done::Before(location)) => Ok(see_other(&location)),
        Ok(Done::Now(_)) => {
            // The password is shown once, here, and stored nowhere.
            let view = view::first_password(&address, &password);
            let title = i18n::plain(who.locale, "account-made");
            who.page("accounts/password.html", head(&who, title), &view)
        }
        Err(Problem::Failed(Error::Conflict(message))) => {
            refuse(&FieldErrors::one("login", message))
        }
        Err(Problem::Failed(Error::NotFound(message))) => {
            let field = if message.key == "team-not-found" {
                "team"
            } else {
                "employee_no"
            };
            refuse(&FieldErrors::one(field, message))
        }
        Err(other) => Err(other),
    }
}

async fn show(who: Can<may::ManageAccounts>, login: Path<String>) -> Answer {
    let now = who.site.now();
    let wanted = login.into_inner();
    let (account, roles, sessions) = who
        .read(move |conn| {
            let account = store::by_login(conn, &wanted)?;
            let roles = store::roles(conn, account.id)?;
            let sessions = store::sessions(conn, account.id, now)?;
            Ok((account, roles, sessions))
        })
        .await?;
    let view = view::account(&who, &account, &roles, sessions.len());
    who.page("accounts/show.html", head(&who, &account.login), &view)
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Roles {
    role_hr: String,
    role_trainer: String,
    role_leadership: String,
    role_auditor: String,
    role_administrator: String,
    team: String,
}

async fn set_roles(
    who: Can<may::ManageAccounts>,
    login: Path<String>,
    form: Form<Roles>,
) -> Answer {
    let login = login.into_inner();
    let new = NewAccount {
        role_hr: form.sent.role_hr.clone(),
        role_trainer: form.sent.role_trainer.clone(),
        role_leadership: form.sent.role_leadership.clone(),
        role_auditor: form.sent.role_auditor.clone(),
        role_administrator: form.sent.role_administrator.clone(),
        ..NewAccount::default()
    };
    let mut check = form.check();
    let team = check.optional("team", &form.sent.team, 64);
    let checked = check.done();
    let version = form.row_version;
    let (roles, wanted) = (new.roles(), login.clone());
    let done = match checked {
        Err(errors) => Err(errors),
        Ok(()) => {
            let answer = who
                .once(&form.once, move |conn, actor| {
                    let account = store::by_login(conn, &wanted)?;
                    if account.row_version != version {
                        return Err(Error::Conflict(Message::new("form-conflict")));
                    }
                    if !roles.contains(&Role::Administrator)
                        && !store::other_administrator(conn, account.id)?
                    {
                        return Err(Error::invalid(Message::new("account-last-administrator")));
                    }
                    let team_id = team.map(|code| store::team_of(conn, &code)).transpose()?;
                    let limited: Vec<(Role, Option<i64>)> =
                        roles.iter().map(|r| (*r, team_id)).collect();
                    store::set_roles(conn, account.id, &limited, &actor.name, actor.at)?;
                    store::bump(conn, account.id)?;
                    let codes: Vec<&str> = roles.iter().map(|r| r.code()).collect();
                    audit::append(
                        conn,
                        actor,
                        "account-roles",
                        &wanted,
                        &json!({ "roles": codes }),
                    )?;
                    Ok(format!("/accounts/{}?said=saved", escape(&wanted)))
                })
                .await;
            match answer {
                Err(Problem::Failed(Error::NotFound(m))) if m.key == "team-not-found" => {
                    Err(FieldErrors::one("team", m))
                }
                Err(Problem::Failed(Error::Invalid(m))) => Err(FieldErrors::one(
                    "role_administrator",
                    m.into_iter()
                        .next()
                        .unwrap_or(Message::new("field-missing")),
                )),
                other => Ok(other),
            }
        }
    };
    let (status, errors) = match done {
        Ok(Err(Problem::Failed(Error::Conflict(_)))) => (StatusCode::CONFLICT, None),
        Ok(answer) => return answer,
        Err(errors) => (StatusCode::UNPROCESSABLE_ENTITY, Some(errors)),
    };
    let (account, stored) = who
        .read(move |conn| {
            let account = store::by_login(conn, &login)?;
            let roles = store::roles(conn, account.id)?;
            Ok((account, roles))
        })
        .await?;
    let mut view = view::account(&who, &account, &stored, 0);
    view.roles = match errors {
        Some(errors) => view.roles.again(who.locale, &form, &errors),
        None => view.roles.conflict(who.locale, &form),
    };
    who.page_with(
        status,
        "accounts/show.html",
        head(&who, &account.login),
        &view,
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Disabled {
    disabled: bool,
}

async fn set_disabled(
    who: Can<may::ManageAccounts>,
    login: Path<String>,
    form: Form<Disabled>,
) -> Answer {
    let (login, disabled) = (login.into_inner(), form.sent.disabled);
    who.once(&form.once, move |conn, actor| {
        let account = store::by_login(conn, &login)?;
        if disabled && !store::other_administrator(conn, account.id)? {
            return Err(Error::Conflict(Message::new("account-last-administrator")));
        }
        store::set_disabled(conn, account.id, disabled, actor.at)?;
        let action = if disabled {
            "account-disabled"
        } else {
            "account-enabled"
        };
        audit::append(conn, actor, action, &login, &json!({}))?;
        Ok(format!("/accounts/{}?said=saved", escape(&login)))
    })
    .await
}

async fn reset_password(
    who: Can<may::ManageAccounts>,
    login: Path<String>,
    form: Form<Nothing>,
) -> Answer {
    let login = login.into_inner();
    let password = passwords::random();
    let first = password.clone();
    let hash = web::block(move || passwords::hash(&first)).await??;
    let wanted = login.clone();
    let done = who
        .attempt(&form.once, move |conn, actor| {
            let account = store::by_login(conn, &wanted)?;
            store::set_password(conn, account.id, &hash, true, None, actor.at)?;
            audit::append(conn, actor, "password-reset", &wanted, &json!({}))?;
            Ok(format!("/accounts/{}", escape(&wanted)))
        })
        .await?;
    if let Done::Before(location) = done {
        return Ok(see_other(&location));
    }
    let view = view::first_password(&login, &password);
    let title = i18n::plain(who.locale, "account-password-reset");
    who.page("accounts/password.html", head(&who, title), &view)
}
