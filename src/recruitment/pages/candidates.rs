//! Pages of all candidates: the list and its export, taking somebody in by hand or from a file of profiles, those who
//! may be one.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::{self, Payload, Query, ServiceConfig};
use serde::Deserialize;
use serde_json::json;

use crate::access::{Permission, may};
use crate::audit;
use crate::error::Message;
use crate::i18n::{self, plain};
use crate::recruitment::model::candidate::{Person, email_key};
use crate::recruitment::model::codes::{ApplicationState, Source, StageKind};
use crate::recruitment::model::resume;
use crate::recruitment::resumes::{self, To};
use crate::recruitment::store::applications::{NewApplication, receive};
use crate::recruitment::store::candidates::{self as store, Filter, Named, Narrowed, Scope, Sort};
use crate::recruitment::store::{board, profiles};
use crate::recruitment::view::candidates::{self as view, candidate_href};
use crate::web::form::{Check, FieldErrors, FormView};
use crate::web::list::{self, COUNTED, From, ON_A_PAGE, Slice};
use crate::web::{Answer, Can, Form, Head, Problem, Who, upload};

/// Openings to choose from.
pub const CHOICES: i64 = 200;

/// Pairs of the page of those who may be one.
const PAIRS: i64 = 50;

/// The routes of the list.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/candidates", web::get().to(list))
        .route("/candidates.csv", web::get().to(export))
        .route("/candidates/new", web::get().to(new_form))
        .route("/candidates/new", web::post().to(create))
        .route("/candidates/resumes", web::get().to(resumes_form))
        .route("/candidates/resumes", web::post().to(take_resumes))
        .route("/candidates/duplicates", web::get().to(duplicates));
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ListQuery {
    q: String,
    opening: String,
    stage: String,
    state: String,
    source: String,
    pool: String,
    sort: String,
    after: Option<String>,
    before: Option<String>,
    said: Option<String>,
}

impl ListQuery {
    fn filter(&self) -> Filter {
        Filter {
            q: self.q.trim().to_string(),
            opening: self.opening.trim().to_string(),
            stage: StageKind::parse(&self.stage),
            state: ApplicationState::parse(&self.state),
            source: Source::parse(&self.source),
            pool: self.pool == "yes",
            sort: if self.sort == Sort::Newest.code() {
                Sort::Newest
            } else {
                Sort::Name
            },
        }
    }
}

async fn list(who: Can<may::ViewRecruitment>, query: Query<ListQuery>) -> Answer {
    let from = From::of(query.after.as_deref(), query.before.as_deref());
    let (filter, reach, start) = (query.filter(), who.reach.clone(), from.clone());
    let asked = filter.clone();
    let (scope, rows, counted, openings) = who
        .read(move |conn| {
            let scope = Scope::read(conn, &reach)?;
            let narrowed = Narrowed::of(conn, &scope, &asked)?;
            let wanted = (&asked, &narrowed);
            let rows = store::page(conn, &scope, wanted, &start, ON_A_PAGE + 1)?;
            let count = || store::count(conn, &scope, wanted, COUNTED);
            let counted = list::counted(&rows, &start, count)?;
            let openings = store::openings(conn, &scope, CHOICES)?;
            Ok((scope, rows, counted, openings))
        })
        .await?;
    let slice = Slice::new(rows, &from);
    let manages = who.may(Permission::ManageCandidates);
    let page = view::list(&who, &scope, &filter, &slice, counted, &openings, manages);
    who.page(
        "recruitment/candidates.html",
        Head::of(&who, "candidates-title"),
        &page,
    )
}

/// The rows of the list as a file.
async fn export(who: Can<may::ViewRecruitment>, query: Query<ListQuery>) -> Answer {
    let (filter, reach, actor) = (query.filter(), who.reach.clone(), who.actor());
    let (scope, rows) = who
        .site
        .write(move |conn| {
            let scope = Scope::read(conn, &reach)?;
            let narrowed = Narrowed::of(conn, &scope, &filter)?;
            let wanted = (&filter, &narrowed);
            let rows = store::page(conn, &scope, wanted, &store::Start::First, i64::MAX)?;
            let detail = json!({ "rows": rows.len() });
            audit::append(conn, &actor, "export", "candidates", &detail)?;
            Ok((scope, rows))
        })
        .await?;
    let csv = list::csv(view::export(&who, &scope, &rows))?;
    Ok(who.download("candidates.csv", "text/csv; charset=utf-8", csv))
}

/// A page below the list.
pub fn head<'a>(who: &Who, title: impl Into<std::borrow::Cow<'a, str>>) -> Head<'a> {
    Head::new(title).under(plain(who.locale, "candidates-title"), "/candidates")
}

/// What is typed of somebody.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TypedPerson {
    name: String,
    name_en: String,
    email: String,
    phone: String,
    locale: String,
}

/// Checks particulars.
pub fn person(check: &mut Check, typed: &TypedPerson) -> Person {
    let email = check.optional("email", &typed.email, 200);
    if email.as_deref().is_some_and(|e| email_key(e).is_none()) {
        check.wrong("email", Message::new("candidate-email-bad"));
    }
    let locale = check.choice("locale", &typed.locale, |tag| {
        ["zh-CN", "en"].into_iter().find(|known| *known == tag)
    });
    Person {
        name: check.required("name", &typed.name, 120),
        name_en: check
            .optional("name_en", &typed.name_en, 120)
            .unwrap_or_default(),
        email,
        phone: check.optional("phone", &typed.phone, 40),
        locale: locale.unwrap_or("zh-CN").to_string(),
    }
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct NewQuery {
    opening: String,
}

/// The openings that somebody who takes candidates in may choose from.
async fn openings(who: &Can<may::ManageCandidates>) -> Result<Vec<Named>, Problem> {
    let reach = who.reach.clone();
    who.read(move |conn| {
        let scope = Scope::read(conn, &reach)?;
        store::openings(conn, &scope, CHOICES)
    })
    .await
}

fn form_page(who: &Who, status: StatusCode, title: &str, lede: &str, form: FormView) -> Answer {
    let head = head(who, plain(who.locale, title));
    let view = json!({ "lede": plain(who.locale, lede), "form": form });
    who.page_with(status, "web/form.html", head, &view)
}

async fn new_form(who: Can<may::ManageCandidates>, query: Query<NewQuery>) -> Answer {
    let openings = openings(&who).await?;
    let form = view::new_form(&who, &openings, &query.opening);
    form_page(
        &who,
        StatusCode::OK,
        "candidate-new",
        "candidate-new-say",
        form,
    )
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct NewCandidate {
    name: String,
    name_en: String,
    email: String,
    phone: String,
    locale: String,
    opening: String,
    source: String,
    note: String,
}

async fn create(who: Can<may::ManageCandidates>, form: Form<NewCandidate>) -> Answer {
    let sent = &form.sent;
    let mut check = form.check();
    let typed = TypedPerson {
        name: sent.name.clone(),
        name_en: sent.name_en.clone(),
        email: sent.email.clone(),
        phone: sent.phone.clone(),
        locale: sent.locale.clone(),
    };
    let person = person(&mut check, &typed);
    let source = check.choice("source", &sent.source, Source::parse);
    let note = check.optional("note", &sent.note, 4_000);
    let (reach, opening, asked) = (who.reach.clone(), sent.opening.clone(), person.clone());
    let (taken, opening) = who
        .read(move |conn| {
            let taken = profiles::holder(conn, &asked)?;
            let opening = match opening.as_str() {
                "" => None,
                code => Some(board::opening(conn, &reach, code)?),
            };
            Ok((taken, opening))
        })
        .await?;
    if let Some((_, code)) = taken {
        check.wrong(
            "email",
            Message::new("candidate-email-taken").with("code", code),
        );
    }
    if opening.is_none() && !who.reach.is_everyone() {
        // Whoever sees some openings only would not see them again.
        check.wrong("opening", Message::new("field-missing"));
    }
    if opening
        .as_ref()
        .is_some_and(|o| !o.state.takes_applications())
    {
        let shut = Message::new("application-opening-shut").with("code", &sent.opening);
        check.wrong("opening", shut);
    }
    if let Err(errors) = check.done() {
        let openings = openings(&who).await?;
        let view = view::new_form(&who, &openings, "").again(who.locale, &form, &errors);
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return form_page(&who, status, "candidate-new", "candidate-new-say", view);
    }
    let reach = who.reach.clone();
    who.once(&form.once, move |conn, actor| {
        let code = match opening {
            None => profiles::create(conn, &person, "{}", actor)?.1,
            Some(opening) => {
                let new = NewApplication {
                    opening_id: opening.id,
                    person,
                    staff_id: None,
                    source: source.unwrap_or(Source::Other),
                    applied_at: actor.at,
                    answers: Vec::new(),
                    groups: Vec::new(),
                    consents: Vec::new(),
                    files: Vec::new(),
                };
                receive(conn, &new, actor)?.candidate
            }
        };
        if let Some(note) = &note {
            let scope = Scope::read(conn, &reach)?;
            let made = store::live(conn, &scope, &code)?;
            profiles::note(conn, &made, note, actor)?;
        }
        Ok(format!("{}?said=candidate-made", candidate_href(&code)))
    })
    .await
}

async fn resumes_form(who: Can<may::ManageCandidates>) -> Answer {
    let openings = openings(&who).await?;
    let form = view::resumes_form(&who, &openings);
    form_page(&who, StatusCode::OK, "resume-title", "resume-say", form)
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Resumes {
    opening: String,
    source: String,
    /// Only where a form comes without its file.
    file: String,
}

/// Sentences of a refused file on one page.
const SENTENCES: usize = 50;

/// Takes profiles in: all of a file, or none.
async fn take_resumes(
    who: Can<may::ManageCandidates>,
    request: HttpRequest,
    payload: Payload,
) -> Answer {
    let upload::Upload { form, file } = upload::receive::<Resumes>(&who, &request, payload).await?;
    let mut check = form.check();
    let source = check.choice("source", &form.sent.source, Source::parse);
    if file.is_none() {
        check.wrong("file", Message::new("imports-no-file"));
    }
    let (reach, code) = (who.reach.clone(), form.sent.opening.clone());
    let everyone = who.reach.is_everyone();
    let opening = match code.as_str() {
        "" if everyone => None,
        "" => {
            check.wrong("opening", Message::new("field-missing"));
            None
        }
        _ => Some(
            who.read(move |conn| board::opening(conn, &reach, &code))
                .await?,
        ),
    };
    if opening
        .as_ref()
        .is_some_and(|o| !o.state.takes_applications())
    {
        let shut = Message::new("application-opening-shut").with("code", &form.sent.opening);
        check.wrong("opening", shut);
    }
    let mut errors = check.done().err();
    let mut profiles = Vec::new();
    if let (None, Some(file)) = (&errors, file) {
        let read = web::block(move || {
            let bytes = std::fs::read(file.file.path())?;
            Ok::<_, std::io::Error>(resume::read(&file.name, &bytes))
        })
        .await?
        .map_err(crate::error::Error::from)?;
        match read {
            Ok(read) => profiles = read,
            Err(refused) => errors = Some(sentences(&who, &refused)),
        }
    }
    if let Some(errors) = errors {
        let openings = openings(&who).await?;
        let view = view::resumes_form(&who, &openings).again(who.locale, &form, &errors);
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return form_page(&who, status, "resume-title", "resume-say", view);
    }
    let to = opening.map(|opening| To {
        opening_id: opening.id,
        code: opening.named.0,
        source: source.unwrap_or(Source::Other),
    });
    who.once(&form.once, move |conn, actor| {
        resumes::take(conn, &profiles, to.as_ref(), actor)?;
        let filter = to.map_or_else(String::new, |to| {
            format!("opening={}&", crate::web::site::escape(&to.code))
        });
        Ok(format!("/candidates?{filter}sort=newest&said=resume-taken"))
    })
    .await
}

/// What is wrong with profiles, each sentence with its file.
fn sentences(who: &Who, refused: &[resume::Refused]) -> FieldErrors {
    let mut errors = FieldErrors::default();
    let all = refused
        .iter()
        .flat_map(|one| one.messages.iter().map(move |message| (&one.file, message)));
    for (file, message) in all.take(SENTENCES) {
        let said = i18n::message(who.locale, message);
        let line = Message::new("resume-wrong")
            .with("file", file)
            .with("what", said);
        errors.add("file", line);
    }
    errors
}

async fn duplicates(who: Can<may::ManageCandidates>) -> Answer {
    let reach = who.reach.clone();
    let pairs = who
        .read(move |conn| {
            let scope = Scope::read(conn, &reach)?;
            store::duplicates(conn, &scope, PAIRS)
        })
        .await?;
    let page = view::Duplicates {
        pairs: pairs
            .iter()
            .map(|pair| view::pair(&who, pair, true))
            .collect(),
    };
    let head = head(&who, plain(who.locale, "candidates-duplicates"));
    who.page("recruitment/duplicates.html", head, &page)
}
