//! Pages that need no account: what may be applied for, the form, and one's own application by its private link.
//!
//! Whoever sends a form has no session, so there is no token in it: the browser says that it comes from a page of ours,
//! and how often one address or one e-mail address may send is counted.

use std::collections::BTreeMap;
use std::io::Read as _;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::web::{self, Path, Payload, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use crate::accounts::mail::write_to;
use crate::accounts::store as accounts;
use crate::appraisals::store::fairness::GROUPS;
use crate::audit::Actor;
use crate::error::{Error, Message, Result};
use crate::files::{self, NewFile};
use crate::i18n::{Locale, plain};
use crate::judgement::store::cards;
use crate::recruitment::model::application::{APPLICANT, Step};
use crate::recruitment::model::attachment;
use crate::recruitment::model::candidate::{Person, email_key};
use crate::recruitment::model::codes::{ApplicationState, ConsentKind, Source};
use crate::recruitment::store::applications::{Answer as Given, NewApplication};
use crate::recruitment::store::careers::{self as store, Applied, Mine, Waiting};
use crate::recruitment::store::checks::{self, Applicant};
use crate::recruitment::store::{moves, openings, retention};
use crate::recruitment::view::careers::{self as view, Part, TRAP, Whole, question_field};
use crate::recruitment::view::interviews::{self as interviews, Guest};
use crate::web::actor::see_other;
use crate::web::form::{Check, FieldErrors};
use crate::web::list::{From, ON_A_PAGE};
use crate::web::page::Visitor;
use crate::web::problems::Page;
use crate::web::upload::{self, Handed, Most};
use crate::web::{Answer, OpenForm, Problem, Site};

/// The routes of applicants.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/careers", web::get().to(list))
        .route("/careers/mine/{token}", web::get().to(mine))
        .route("/careers/mine/{token}/withdraw", web::post().to(withdraw))
        .route("/careers/mine/{token}/pool", web::post().to(leave_pool))
        .route("/careers/mine/{token}/reply", web::post().to(reply))
        .route("/careers/mine/{token}/offer", web::post().to(answer_offer))
        .route("/careers/mine/{token}/check", web::post().to(agree))
        .route(
            "/careers/mine/{token}/interviews/{id}.ics",
            web::get().to(invitation),
        )
        .route("/careers/mine/{token}/erase", web::post().to(erase))
        .route("/careers/{code}", web::get().to(show))
        .route("/careers/{code}", web::post().to(apply));
}

/// Forms from one address, and with one e-mail address, in ten minutes.
const FROM_ADDRESS: i32 = 30;
const FROM_EMAIL: i32 = 6;

/// What may come with the form: of a file that is too large the rest is read and forgotten.
const FILES: Most = Most {
    files: attachment::MOST,
    each: attachment::LARGEST,
    whole: 64 << 20,
};

/// What the private link's secret and the files that wait are sealed for.
const LINK: &str = "candidate link";
const KEPT: &str = "candidate file";

/// The longest name, in characters.
const NAME: usize = 120;

/// A page for people without an account. No address of theirs is told to anybody they go to from here.
fn page(
    site: &Site,
    visitor: &Visitor,
    status: StatusCode,
    template: &str,
    title: &str,
    view: &impl Serialize,
) -> Answer {
    let html = visitor.plain_page(site, visitor.locale, template, title, view)?;
    let mut response = HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header((
            header::REFERRER_POLICY,
            HeaderValue::from_static("no-referrer"),
        ))
        .body(html);
    response.extensions_mut().insert(Page);
    Ok(response)
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ListQuery {
    after: Option<String>,
    before: Option<String>,
    said: Option<String>,
}

async fn list(site: web::Data<Site>, request: HttpRequest, query: Query<ListQuery>) -> Answer {
    let visitor = Visitor::of(&request);
    let from = From::of(query.after.as_deref(), query.before.as_deref());
    let (start, today) = (from.read(|(_, id)| Some(*id)), site.today());
    let found = site
        .read(move |conn| store::page(conn, today, start, ON_A_PAGE + 1))
        .await?;
    let view = view::list(visitor.locale, found, &from);
    let title = plain(visitor.locale, "careers-title");
    let template = "recruitment/careers.html";
    page(&site, &visitor, StatusCode::OK, template, title, &view)
}

/// Everything the page of an opening is made of.
async fn load(site: &Site, code: String) -> std::result::Result<Whole, Problem> {
    let today = site.today();
    site.read(move |conn| {
        let opening = store::find(conn, today, &code)?;
        let stages = openings::stages(conn, opening.id)?;
        let mut known = BTreeMap::new();
        for id in stages.iter().filter_map(|s| s.stage.version_id) {
            known.insert(id, cards::version(conn, id)?.card);
        }
        let consents = (
            store::text(conn, ConsentKind::Application)?,
            store::text(conn, ConsentKind::Pool)?,
        );
        Ok(Whole {
            opening,
            stages: stages.into_iter().map(|s| s.stage).collect(),
            cards: known,
            consents,
        })
    })
    .await
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Said {
    said: Option<String>,
}

fn title(locale: Locale, whole: &Whole) -> String {
    let opening = &whole.opening;
    locale.pick(&opening.title_zh, &opening.title_en).to_owned()
}

async fn show(
    site: web::Data<Site>,
    request: HttpRequest,
    code: Path<String>,
    _: Query<Said>,
) -> Answer {
    let visitor = Visitor::of(&request);
    let whole = load(&site, code.into_inner()).await?;
    let form = view::form(visitor.locale, &whole.opening);
    let view = view::page(visitor.locale, &whole, form, &[]);
    let title = title(visitor.locale, &whole);
    let template = "recruitment/career.html";
    page(&site, &visitor, StatusCode::OK, template, &title, &view)
}

/// Counts a form against what it comes from; refuses it once there were too many.
async fn count(
    site: &Site,
    scope: &'static str,
    key: String,
    most: i32,
) -> std::result::Result<(), Problem> {
    let now = site.now();
    let until = site
        .write(move |conn| {
            let until = accounts::full(conn, scope, &key, most, now)?;
            if until.is_none() {
                accounts::count_failure(conn, scope, &key, now)?;
            }
            Ok(until)
        })
        .await?;
    match until {
        Some(until) => Err(Problem::TooMany { until }),
        None => Ok(()),
    }
}

/// The files that came with a form: those that are fine wait for it, the others are named.
struct Looked {
    kept: Vec<Waiting>,
    refused: Vec<Message>,
}

type Sent = BTreeMap<String, String>;

/// A file that waits, as its form names it: nobody can name another's.
fn named(site: &Site, once: &str, id: i64) -> String {
    let seal = site.tokens.seal(KEPT, &format!("{once} {id}"));
    format!("{id}.{seal}")
}

/// The numbers of the files that a form names and that are its own.
fn own_files(site: &Site, once: &str, kept: &str) -> Vec<i64> {
    kept.split(' ')
        .filter_map(|entry| {
            let (id, seal) = entry.split_once('.')?;
            let text = format!("{once} {id}");
            site.tokens
                .fits_seal(KEPT, &text, seal)
                .then(|| id.parse().ok())?
        })
        .take(attachment::MOST)
        .collect()
}

/// Looks at the files of a form and keeps those that are fine.
async fn look(
    site: &Site,
    once: &str,
    sent: &Sent,
    handed: Vec<Handed>,
) -> std::result::Result<Looked, Problem> {
    let before = own_files(site, once, sent.get("kept").map_or("", String::as_str));
    let now = site.now();
    site.write(move |conn| {
        let mut kept = store::waiting(conn, &before, now)?;
        let mut refused = Vec::new();
        for Handed { name, file, .. } in handed {
            if kept.len() >= attachment::MOST {
                refused.push(
                    Message::new("attachment-many")
                        .with("name", &name)
                        .with("n", attachment::MOST),
                );
                continue;
            }
            let Some(file) = file else {
                refused.push(Message::new("attachment-large").with("name", &name));
                continue;
            };
            let mut bytes = Vec::new();
            file.reopen()?.read_to_end(&mut bytes)?;
            match attachment::kind(&name, &bytes) {
                Err(message) => refused.push(message),
                Ok(kind) => {
                    let new = NewFile {
                        kind: store::FILE,
                        name: &name,
                        media_type: kind.media_type(),
                        account_id: None,
                        created_at: now,
                        expires_at: Some(now + store::WAITING),
                    };
                    let id = files::keep(conn, &new, bytes.as_slice())?;
                    kept.push(Waiting { id, name });
                }
            }
        }
        Ok(Looked { kept, refused })
    })
    .await
}

/// Checks what was typed; what is wrong is noted.
fn typed(check: &mut Check, whole: &Whole, sent: &Sent, locale: Locale) -> Option<NewApplication> {
    let value = |name: &str| sent.get(name).map_or("", String::as_str);
    let opening = &whole.opening;
    if !value(TRAP).is_empty() {
        check.wrong("", Message::new("careers-trapped"));
    }
    let name = check.required("name", value("name"), NAME);
    let email = check.required("email", value("email"), 254);
    let address: std::result::Result<lettre::Address, _> = email.parse();
    if !email.is_empty() && (address.is_err() || email_key(&email).is_none()) {
        check.wrong("email", Message::new("careers-email-wrong"));
    }
    let phone = check.optional("phone", value("phone"), 40);
    let mut answers = Vec::new();
    for ((at, question), position) in opening.questions.iter().enumerate().zip(1..) {
        let field = question_field(at);
        let answer = value(&field).trim();
        match question.fails(answer) {
            Some(failed) => answers.push(Given {
                position,
                answer: answer.to_owned(),
                failed,
            }),
            None if answer.is_empty() => check.wrong(&field, Message::new("field-missing")),
            None => check.wrong(&field, Message::new("careers-answer-wrong")),
        }
    }
    let known = |code: &str| Source::parse(code).filter(|s| view::SOURCES.contains(s));
    let source = check.choice("source", value("source"), known);
    let mut groups = Vec::new();
    for (attribute, values) in GROUPS {
        match value(attribute) {
            "" => {}
            own if values.contains(&own) => groups.push((attribute.to_owned(), own.to_owned())),
            _ => check.wrong(attribute, Message::new("field-choice")),
        }
    }
    if value("consent").is_empty() {
        check.wrong("consent", Message::new("careers-consent-missing"));
    }
    let mut consents = vec![whole.consents.0.id];
    if !value("pool").is_empty() {
        consents.push(whole.consents.1.id);
    }
    Some(NewApplication {
        opening_id: opening.id,
        person: Person {
            name,
            name_en: String::new(),
            email: Some(email),
            phone,
            locale: locale.tag().to_owned(),
        },
        staff_id: None,
        source: source?,
        // Set when it is taken in.
        applied_at: chrono::NaiveDateTime::default(),
        answers,
        groups,
        consents,
        files: Vec::new(),
    })
}

async fn apply(
    site: web::Data<Site>,
    request: HttpRequest,
    code: Path<String>,
    payload: Payload,
) -> Answer {
    let visitor = Visitor::of(&request);
    let locale = visitor.locale;
    let code = code.into_inner();
    let whole = load(&site, code.clone()).await?;
    let address = site.outside.client(&request);
    count(&site, "apply-address", address, FROM_ADDRESS).await?;
    let upload::OpenUpload {
        sent,
        typed: raw,
        files,
    } = upload::receive_open::<Sent>(&request, payload, FILES).await?;
    let known = view::fields(&whole.opening.questions);
    if sent.keys().any(|name| !known.contains(name)) {
        return Err(Problem::Unreadable);
    }
    let once = raw.get("once").unwrap_or_default().to_owned();
    if !(16..=64).contains(&once.len()) {
        return Err(Problem::Unreadable);
    }
    let email = sent.get("email").and_then(|email| email_key(email));
    if let Some(email) = email {
        count(&site, "apply-email", email, FROM_EMAIL).await?;
    }
    let looked = look(&site, &once, &sent, files).await?;
    let mut check = Check::open();
    let new = typed(&mut check, &whole, &sent, locale);
    for message in &looked.refused {
        check.wrong("cv", message.clone());
    }
    let errors = match (check.done(), new) {
        (Ok(()), Some(mut new)) => {
            new.files = looked.kept.iter().map(|file| file.id).collect();
            match take_in(&site, &whole, new, &once, locale).await? {
                Ok(location) => return Ok(see_other(&location)),
                Err(message) => FieldErrors::one("email", message),
            }
        }
        (Err(errors), _) => errors,
        (Ok(()), None) => return Err(Problem::Unreadable),
    };
    let mut form = view::form(locale, &whole.opening).open_again(locale, &raw, &once, &errors);
    let kept: Vec<String> = looked
        .kept
        .iter()
        .map(|file| named(&site, &once, file.id))
        .collect();
    if let Some(field) = form.fields.iter_mut().find(|f| f.name == "kept") {
        field.value = kept.join(" ");
    }
    let view = view::page(locale, &whole, form, &looked.kept);
    let title = title(locale, &whole);
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    page(
        &site,
        &visitor,
        status,
        "recruitment/career.html",
        &title,
        &view,
    )
}

/// Takes an application in; gives where to go, or what is to be said to somebody who has applied before.
async fn take_in(
    site: &Site,
    whole: &Whole,
    mut new: NewApplication,
    once: &str,
    locale: Locale,
) -> std::result::Result<std::result::Result<String, Message>, Problem> {
    let (now, today, mails) = (site.now(), site.today(), site.outside.mails);
    new.applied_at = now;
    let pool = new.consents.len() > 1;
    let token = site.tokens.seal(LINK, once);
    let spare = site.tokens.seal(LINK, &accounts::random_token());
    let code = whole.opening.code.clone();
    let title = title(locale, whole);
    site.write(move |conn| {
        let actor = Actor {
            name: APPLICANT.to_owned(),
            at: now,
        };
        let secrets = (token.as_str(), spare.as_str());
        let (applied, token) = store::apply(conn, &new, &code, secrets, pool, today, &actor)?;
        let link = format!("/careers/mine/{token}");
        match applied {
            Applied::Known => Ok(Err(Message::new("careers-applied-before"))),
            Applied::Before => Ok(Ok(format!("{link}?said=careers-applied"))),
            Applied::Now(_) => {
                if let (true, Some(email)) = (mails, &new.person.email) {
                    let what = Message::new("letter-applied").with("title", &title);
                    write_to(conn, email, locale, &what, &link, now)?;
                }
                Ok(Ok(format!("{link}?said=careers-applied")))
            }
        }
    })
    .await
}

/// The application of a private link.
async fn read_mine(site: &Site, token: &str) -> std::result::Result<Mine, Problem> {
    let (now, today, token) = (site.now(), site.today(), token.to_owned());
    site.read(move |conn| store::mine(conn, &token, now, today))
        .await
}

async fn mine_page(
    site: &Site,
    visitor: &Visitor,
    status: StatusCode,
    token: &str,
    change: impl FnOnce(&mut view::MinePage),
) -> Answer {
    let mine = read_mine(site, token).await?;
    let days = site.read(store::retention_days).await?;
    let (locale, zone) = (visitor.locale, site.settings.zone);
    let mut view = view::mine(locale, zone, token, &mine, site.today(), days);
    change(&mut view);
    let title = plain(locale, "mine-title");
    page(site, visitor, status, "recruitment/mine.html", title, &view)
}

async fn mine(
    site: web::Data<Site>,
    request: HttpRequest,
    token: Path<String>,
    _: Query<Said>,
) -> Answer {
    let visitor = Visitor::of(&request);
    mine_page(&site, &visitor, StatusCode::OK, &token, |_| ()).await
}

/// Does what an applicant asks for and leads back to the page, or elsewhere.
async fn write(
    site: &Site,
    token: &str,
    location: String,
    work: impl FnOnce(&mut crate::db::Conn, &Mine, &Actor) -> Result<()> + Send + 'static,
) -> Answer {
    let (now, today, token) = (site.now(), site.today(), token.to_owned());
    site.write(move |conn| {
        let actor = Actor {
            name: APPLICANT.to_owned(),
            at: now,
        };
        let mine = store::mine(conn, &token, now, today)?;
        work(conn, &mine, &actor)
    })
    .await?;
    Ok(see_other(&location))
}

fn back(token: &str, said: &str) -> String {
    format!("/careers/mine/{token}?{said}")
}

/// The page again with what is wrong with one of its forms.
async fn again<T>(
    site: &Site,
    request: &HttpRequest,
    token: &str,
    part: Part,
    form: &OpenForm<T>,
    errors: FieldErrors,
) -> Answer {
    let visitor = Visitor::of(request);
    let once = form.typed.get("once").unwrap_or_default().to_owned();
    let locale = visitor.locale;
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    mine_page(site, &visitor, status, token, |page| {
        if let Some(shown) = page.form(part) {
            *shown = shown
                .clone()
                .open_again(locale, &form.typed, &once, &errors);
        }
    })
    .await
}

/// A form that is meant only with its box ticked.
fn sure(form: &OpenForm<Sent>, name: &str) -> std::result::Result<(), FieldErrors> {
    if form.sent.get(name).is_none_or(String::is_empty) {
        return Err(FieldErrors::one(name, Message::new("mine-not-sure")));
    }
    Ok(())
}

async fn withdraw(
    site: web::Data<Site>,
    request: HttpRequest,
    token: Path<String>,
    form: OpenForm<Sent>,
) -> Answer {
    read_mine(&site, &token).await?;
    if let Err(errors) = sure(&form, view::WITHDRAW) {
        return again(&site, &request, &token, Part::Withdraw, &form, errors).await;
    }
    let location = back(&token, "said=mine-withdrawn");
    write(&site, &token, location, |conn, mine, actor| {
        if mine.state.is_closed() {
            // Whoever says it twice has said it.
            return Ok(());
        }
        moves::step(conn, &[mine.id], &Step::Withdraw, actor)?;
        store::tell_owner(conn, mine, "told-careers-withdrawn", actor)
    })
    .await
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Nothing {}

async fn leave_pool(site: web::Data<Site>, token: Path<String>, _: OpenForm<Nothing>) -> Answer {
    let location = back(&token, "said=mine-pool-left");
    write(&site, &token, location, store::leave_pool).await
}

async fn reply(
    site: web::Data<Site>,
    request: HttpRequest,
    token: Path<String>,
    form: OpenForm<Sent>,
) -> Answer {
    read_mine(&site, &token).await?;
    let value = |name: &str| form.sent.get(name).map_or("", String::as_str);
    let id: i64 = value("id").parse().map_err(|_| Problem::Unreadable)?;
    let mut check = Check::open();
    let field = view::reply_field(id);
    let text = check.required(&field, value(&field), 4_000);
    if let Err(errors) = check.done() {
        return again(&site, &request, &token, Part::Reply(id), &form, errors).await;
    }
    let location = back(&token, "said=mine-replied");
    write(&site, &token, location, move |conn, mine, actor| {
        store::reply(conn, mine, id, &text, actor)
    })
    .await
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct OfferAnswer {
    id: String,
    answer: String,
}

async fn answer_offer(
    site: web::Data<Site>,
    request: HttpRequest,
    token: Path<String>,
    form: OpenForm<OfferAnswer>,
) -> Answer {
    read_mine(&site, &token).await?;
    let id: i64 = form.sent.id.parse().map_err(|_| Problem::Unreadable)?;
    let mut check = Check::open();
    let accepts = check.choice("answer", &form.sent.answer, |code| match code {
        "accept" => Some(true),
        "decline" => Some(false),
        _ => None,
    });
    let (Ok(()), Some(accepts)) = (check.done(), accepts) else {
        let errors = FieldErrors::one("answer", Message::new("field-choice"));
        return again(&site, &request, &token, Part::Offer, &form, errors).await;
    };
    let today = site.today();
    let location = back(&token, "said=mine-replied");
    write(&site, &token, location, move |conn, mine, actor| {
        store::answer_offer(conn, mine, id, accepts, today, actor)
    })
    .await
}

/// Agrees to be looked into, or takes that back where it was agreed to.
async fn agree(
    site: web::Data<Site>,
    request: HttpRequest,
    token: Path<String>,
    form: OpenForm<Sent>,
) -> Answer {
    let seen = read_mine(&site, &token).await?;
    // Each wish has a box of its own: a form that arrives twice must not undo itself.
    let takes_back = sure(&form, view::CHECK_BACK).is_ok();
    let shown = view::check_box(seen.check.is_some_and(|(_, agreed)| agreed));
    if !takes_back && sure(&form, view::CHECK).is_err() {
        let errors = FieldErrors::one(shown, Message::new("mine-not-sure"));
        return again(&site, &request, &token, Part::Check, &form, errors).await;
    }
    let location = back(&token, "said=mine-replied");
    write(&site, &token, location, move |conn, mine, actor| {
        let applicant = Applicant {
            candidate_id: mine.candidate_id,
            code: &mine.code,
            is_active: mine.state == ApplicationState::Active,
        };
        if takes_back {
            checks::take_back(conn, applicant, actor)
        } else {
            checks::agree(conn, applicant, actor.at, actor)
        }
    })
    .await
}

/// An interview for the applicant's calendar.
async fn invitation(
    site: web::Data<Site>,
    request: HttpRequest,
    path: Path<(String, i64)>,
) -> Answer {
    let (token, id) = path.into_inner();
    let mine = read_mine(&site, &token).await?;
    let (locale, settings) = (Visitor::of(&request).locale, &site.settings);
    let entry = mine.interviews.iter().find(|entry| entry.id == id);
    let invitation = entry
        .and_then(|entry| interviews::invitation(locale, settings, "", entry, Guest::Applicant))
        .ok_or_else(|| Error::NotFound(Message::new("careers-link-gone")))?;
    let file = invitation.file(&settings.zone.to_string(), site.now());
    Ok(HttpResponse::Ok()
        .content_type("text/calendar; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .insert_header((header::REFERRER_POLICY, "no-referrer"))
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"interview-{id}.ics\""),
        ))
        .body(file))
}

async fn erase(
    site: web::Data<Site>,
    request: HttpRequest,
    token: Path<String>,
    form: OpenForm<Sent>,
) -> Answer {
    read_mine(&site, &token).await?;
    if let Err(errors) = sure(&form, view::ERASE) {
        return again(&site, &request, &token, Part::Erase, &form, errors).await;
    }
    let location = "/careers?said=careers-erased".to_owned();
    write(&site, &token, location, |conn, mine, actor| {
        if mine.hired {
            return Err(Error::Conflict(Message::new("mine-hired-kept")));
        }
        retention::erase_at_wish(conn, mine.candidate_id, actor)
    })
    .await
}
