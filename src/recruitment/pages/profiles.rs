//! Pages of one candidate: everything known of them, what is changed about them, their files, and making two one.

use std::io::Read;

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::{self, Path, Payload, Query, ServiceConfig};
use serde::Deserialize;
use serde_json::json;

use crate::access::{Permission, Reach, may};
use crate::audit::{self, Actor};
use crate::db::Conn;
use crate::error::{Error, Message, Result};
use crate::files::{self, NewFile};
use crate::i18n::plain;
use crate::recruitment::model::attachment;
use crate::recruitment::model::codes::Source;
use crate::recruitment::pages::candidates::{CHOICES, TypedPerson, head, person};
use crate::recruitment::store::applications::{NewApplication, receive_of};
use crate::recruitment::store::candidates::{self as store, Candidate, Found, Scope};
use crate::recruitment::store::careers::FILE;
use crate::recruitment::store::{board, profiles, retention};
use crate::recruitment::view::candidates::{
    self as forms, application_href, called, candidate_href,
};
use crate::recruitment::view::profile::{self as view, Forms, Page, Whole};
use crate::web::actor::see_other;
use crate::web::form::{FieldErrors, FormView, refusal};
use crate::web::{Answer, Can, Form, Head, Problem, Who, upload};

/// Those who may be the same, on one page.
const ALIKE: i64 = 10;

/// The routes of a candidate.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/candidates/{code}", web::get().to(show))
        .route("/candidates/{code}/edit", web::get().to(edit_form))
        .route("/candidates/{code}/edit", web::post().to(edit))
        .route("/candidates/{code}/notes", web::post().to(note))
        .route("/candidates/{code}/apply", web::get().to(apply_form))
        .route("/candidates/{code}/apply", web::post().to(apply))
        .route("/candidates/{code}/pool", web::post().to(pool))
        .route("/candidates/{code}/attachments", web::post().to(attach))
        .route("/candidates/{code}/erase", web::get().to(erase_form))
        .route("/candidates/{code}/erase", web::post().to(erase))
        .route("/candidates/{code}/merge", web::get().to(merge_form))
        .route("/candidates/{code}/merge", web::post().to(merge))
        .route(
            "/candidates/{code}/attachments/{id}",
            web::get().to(download),
        );
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Said {
    said: Option<String>,
}

/// A candidate as their page needs them, or the code of the one they were merged into.
fn whole(
    conn: &mut Conn,
    reach: &Reach,
    code: &str,
    manages: bool,
) -> Result<std::result::Result<Whole, String>> {
    let scope = Scope::read(conn, reach)?;
    let candidate = match store::find(conn, &scope, code)? {
        Found::Merged(other) => return Ok(Err(other)),
        Found::Here(candidate) => *candidate,
    };
    let id = candidate.id;
    let mut all = store::applications(conn, &scope, &[id])?;
    let applications = all.remove(&id).unwrap_or_default();
    let ids: Vec<i64> = applications.iter().map(|a| a.id).collect();
    let (notes, (alike, merged)) = if manages {
        (
            store::notes(conn, id)?,
            store::alike(conn, &scope, &candidate, ALIKE)?,
        )
    } else {
        (Vec::new(), (Vec::new(), Vec::new()))
    };
    Ok(Ok(Whole {
        attachments: store::attachments(conn, &scope, id)?,
        consents: store::consents(conn, id)?,
        moves: store::moves(conn, &ids)?,
        applications,
        notes,
        alike,
        merged,
        candidate,
        scope,
    }))
}

async fn load(
    who: &Who,
    reach: &Reach,
    code: &str,
) -> std::result::Result<std::result::Result<Whole, String>, Problem> {
    let manages = who.may(Permission::ManageCandidates);
    let (reach, code) = (reach.clone(), code.to_string());
    who.read(move |conn| whole(conn, &reach, &code, manages))
        .await
}

/// The same where somebody merged is nobody.
async fn loaded(who: &Who, reach: &Reach, code: &str) -> std::result::Result<Whole, Problem> {
    let found = load(who, reach, code).await?;
    found.map_err(|_| Problem::Failed(store::missing(code)))
}

fn name(who: &Who, whole: &Whole) -> String {
    let of = &whole.candidate;
    let named = (
        of.code.clone(),
        of.person.name.clone(),
        of.person.name_en.clone(),
    );
    called(who.locale, &named, whole.is_blind())
}

fn answer(who: &Who, status: StatusCode, whole: &Whole, page: &Page) -> Answer {
    let head = head(who, name(who, whole));
    who.page_with(status, "recruitment/candidate.html", head, page)
}

async fn show(who: Can<may::ViewRecruitment>, code: Path<String>, _: Query<Said>) -> Answer {
    match load(&who, &who.reach, &code).await? {
        Err(other) => Ok(see_other(&candidate_href(&other))),
        Ok(whole) => {
            let page = view::page(&who, &whole, who.may(Permission::ManageCandidates));
            answer(&who, StatusCode::OK, &whole, &page)
        }
    }
}

/// A form of the page: which one, as a place among them.
type Slot = fn(&mut Forms) -> &mut Option<FormView>;

/// The page as it is now with what was typed into one of its forms, and what is wrong with it (none: somebody else was
/// first).
async fn again<T>(
    who: &Can<may::ManageCandidates>,
    code: &str,
    slot: Slot,
    form: &Form<T>,
    errors: Option<&FieldErrors>,
) -> Answer {
    let whole = loaded(who, &who.reach, code).await?;
    let mut page = view::page(who, &whole, true);
    let place = page.forms.as_mut().map(slot);
    let Some((place, shown)) = place.and_then(|place| place.take().map(|shown| (place, shown)))
    else {
        // What the form was for cannot be done any more.
        return Err(Error::Conflict(Message::new("form-conflict")).into());
    };
    *place = Some(shown.refused(who.locale, form, errors));
    answer(who, refusal(errors), &whole, &page)
}

/// Changes something about a candidate by one of the page's forms.
async fn change<T>(
    who: &Can<may::ManageCandidates>,
    code: &str,
    slot: Slot,
    form: &Form<T>,
    said: &'static str,
    work: impl FnOnce(&mut Conn, &Scope, &Candidate, &Actor) -> Result<()> + Send + 'static,
) -> Answer {
    let (reach, wanted) = (who.reach.clone(), code.to_string());
    let done = who
        .once(&form.once, move |conn, actor| {
            let scope = Scope::read(conn, &reach)?;
            let candidate = store::live(conn, &scope, &wanted)?;
            if scope.blind.contains(&candidate.id) || candidate.erased_at.is_some() {
                return Err(store::missing(&wanted));
            }
            work(conn, &scope, &candidate, actor)?;
            Ok(format!("{}?said={said}", candidate_href(&wanted)))
        })
        .await;
    match done {
        Err(Problem::Failed(Error::Conflict(_))) => again(who, code, slot, form, None).await,
        Err(Problem::Failed(Error::Invalid(messages))) => {
            let mut errors = FieldErrors::default();
            for message in messages {
                errors.add("", message);
            }
            again(who, code, slot, form, Some(&errors)).await
        }
        other => other,
    }
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct TypedNote {
    body: String,
}

async fn note(
    who: Can<may::ManageCandidates>,
    code: Path<String>,
    form: Form<TypedNote>,
) -> Answer {
    let mut check = form.check();
    let body = check.required("body", &form.sent.body, 4_000);
    if let Err(errors) = check.done() {
        return again(&who, &code, |f| &mut f.note, &form, Some(&errors)).await;
    }
    change(
        &who,
        &code,
        |f| &mut f.note,
        &form,
        "saved",
        move |conn, _, of, actor| profiles::note(conn, of, &body, actor),
    )
    .await
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct TypedPool {
    until: String,
}

async fn pool(
    who: Can<may::ManageCandidates>,
    code: Path<String>,
    form: Form<TypedPool>,
) -> Answer {
    let mut check = form.check();
    let until = check.date("until", &form.sent.until);
    if until.is_some_and(|day| day <= who.site.today()) {
        check.wrong("until", Message::new("candidate-pool-past"));
    }
    if let Err(errors) = check.done() {
        return again(&who, &code, |f| &mut f.pool, &form, Some(&errors)).await;
    }
    let seen = form.row_version;
    change(
        &who,
        &code,
        |f| &mut f.pool,
        &form,
        "saved",
        move |conn, _, of, actor| profiles::pool(conn, of, seen, until, actor),
    )
    .await
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct TypedApplication {
    opening: String,
    source: String,
}

/// The form of one more application of somebody who is known.
async fn apply_page(
    who: &Can<may::ManageCandidates>,
    of: &Candidate,
    refused: Option<(&Form<TypedApplication>, &FieldErrors)>,
) -> Answer {
    let reach = who.reach.clone();
    let openings = who
        .read(move |conn| {
            let scope = Scope::read(conn, &reach)?;
            store::openings(conn, &scope, CHOICES)
        })
        .await?;
    let mut form = forms::apply_form(who, of, &openings);
    let mut status = StatusCode::OK;
    if let Some((sent, errors)) = refused {
        form = form.again(who.locale, sent, errors);
        status = refusal(Some(errors));
    }
    let view = json!({ "lede": null, "form": form });
    who.page_with(
        status,
        "web/form.html",
        part(who, of, "candidate-apply"),
        &view,
    )
}

async fn apply_form(who: Can<may::ManageCandidates>, code: Path<String>) -> Answer {
    let of = editable(&who, &code).await?;
    apply_page(&who, &of, None).await
}

async fn apply(
    who: Can<may::ManageCandidates>,
    code: Path<String>,
    form: Form<TypedApplication>,
) -> Answer {
    let of = editable(&who, &code).await?;
    let mut check = form.check();
    let opening = check.required("opening", &form.sent.opening, 64);
    let source = check.choice("source", &form.sent.source, Source::parse);
    if let Err(errors) = check.done() {
        return apply_page(&who, &of, Some((&form, &errors))).await;
    }
    let (reach, known) = (who.reach.clone(), of.clone());
    let done = who
        .once(&form.once, move |conn, actor| {
            let opening = board::opening(conn, &reach, &opening)?;
            if !opening.state.takes_applications() {
                let shut = Message::new("application-opening-shut").with("code", &opening.named.0);
                return Err(Error::invalid(shut));
            }
            let new = NewApplication {
                opening_id: opening.id,
                person: known.person.clone(),
                staff_id: None,
                source: source.unwrap_or(Source::Other),
                applied_at: actor.at,
                answers: Vec::new(),
                groups: Vec::new(),
                consents: Vec::new(),
                files: Vec::new(),
            };
            let done = receive_of(conn, (known.id, &known.code), &new, actor)?;
            if !done.is_new {
                let twice = Message::new("application-twice").with("code", &done.code);
                return Err(Error::invalid(twice));
            }
            Ok(format!(
                "{}?said=application-made",
                application_href(&done.code)
            ))
        })
        .await;
    match done {
        Err(Problem::Failed(Error::Invalid(messages))) => {
            let mut errors = FieldErrors::default();
            for message in messages {
                errors.add("opening", message);
            }
            apply_page(&who, &of, Some((&form, &errors))).await
        }
        other => other,
    }
}

async fn editable(
    who: &Can<may::ManageCandidates>,
    code: &str,
) -> std::result::Result<Candidate, Problem> {
    let (reach, wanted) = (who.reach.clone(), code.to_string());
    who.read(move |conn| {
        let scope = Scope::read(conn, &reach)?;
        let candidate = store::live(conn, &scope, &wanted)?;
        if scope.blind.contains(&candidate.id) || candidate.erased_at.is_some() {
            return Err(store::missing(&wanted));
        }
        Ok(candidate)
    })
    .await
}

fn edit_page(who: &Who, status: StatusCode, of: &Candidate, form: FormView) -> Answer {
    let head = part(who, of, "candidate-edit");
    let view = json!({ "lede": null, "form": form });
    who.page_with(status, "web/form.html", head, &view)
}

/// A page below a candidate's.
fn part<'a>(who: &Who, of: &'a Candidate, key: &'static str) -> Head<'a> {
    Head::about(who, &of.code, plain(who.locale, key))
        .under(plain(who.locale, "candidates-title"), "/candidates")
        .under(of.person.name.clone(), candidate_href(&of.code))
}

async fn edit_form(who: Can<may::ManageCandidates>, code: Path<String>) -> Answer {
    let of = editable(&who, &code).await?;
    let form = forms::edit_form(&who, &of);
    edit_page(&who, StatusCode::OK, &of, form)
}

async fn edit(
    who: Can<may::ManageCandidates>,
    code: Path<String>,
    form: Form<TypedPerson>,
) -> Answer {
    let of = editable(&who, &code).await?;
    let mut check = form.check();
    let person = person(&mut check, &form.sent);
    let refused = |errors: Option<&FieldErrors>, of: &Candidate| {
        let view = forms::edit_form(&who, of).refused(who.locale, &form, errors);
        edit_page(&who, refusal(errors), of, view)
    };
    if let Err(errors) = check.done() {
        return refused(Some(&errors), &of);
    }
    let (before, seen) = (of.clone(), form.row_version);
    let done = who
        .once(&form.once, move |conn, actor| {
            profiles::change(conn, &before, seen, &person, actor)?;
            Ok(format!("{}?said=saved", candidate_href(&before.code)))
        })
        .await;
    match done {
        Err(Problem::Failed(Error::Conflict(_))) => {
            let now = editable(&who, &code).await?;
            refused(None, &now)
        }
        other => other,
    }
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct TypedFile {
    /// Only where a form comes without its file.
    file: String,
}

/// Takes a file for a candidate: for what its bytes say it is.
async fn attach(
    who: Can<may::ManageCandidates>,
    code: Path<String>,
    request: HttpRequest,
    payload: Payload,
) -> Answer {
    let upload::Upload { form, file } =
        upload::receive::<TypedFile>(&who, &request, payload).await?;
    let mut check = form.check();
    let mut taken = None;
    match file {
        None => check.wrong("file", Message::new("imports-no-file")),
        Some(file) => {
            let looked = web::block(move || {
                let mut bytes = Vec::new();
                let most = attachment::LARGEST as u64 + 1;
                file.file.reopen()?.take(most).read_to_end(&mut bytes)?;
                let kind = attachment::kind(&file.name, &bytes);
                Ok::<_, std::io::Error>(kind.map(|kind| (file.name, kind, bytes)))
            })
            .await?
            .map_err(Error::from)?;
            match looked {
                Ok(file) => taken = Some(file),
                Err(message) => check.wrong("file", message),
            }
        }
    }
    let refused = check.done().err();
    let (None, Some((name, kind, bytes))) = (&refused, taken) else {
        return again(&who, &code, |f| &mut f.attach, &form, refused.as_ref()).await;
    };
    let account = who.account.account_id;
    change(
        &who,
        &code,
        |f| &mut f.attach,
        &form,
        "saved",
        move |conn, _, of, actor| {
            let new = NewFile {
                kind: FILE,
                name: &name,
                media_type: kind.media_type(),
                account_id: Some(account),
                created_at: actor.at,
                expires_at: None,
            };
            let file_id = files::keep(conn, &new, bytes.as_slice())?;
            profiles::attach(conn, of, file_id, actor)
        },
    )
    .await
}

fn erase_page(
    who: &Who,
    of: &Candidate,
    refused: Option<(&Form<TypedErase>, &FieldErrors)>,
) -> Answer {
    let mut form = forms::erase_form(who, of);
    let mut status = StatusCode::OK;
    if let Some((sent, errors)) = refused {
        form = form.again(who.locale, sent, errors);
        status = refusal(Some(errors));
    }
    let view = json!({ "lede": plain(who.locale, "candidate-erase-say"), "form": form });
    who.page_with(
        status,
        "web/form.html",
        part(who, of, "candidate-erase"),
        &view,
    )
}

async fn erase_form(who: Can<may::ManageCandidates>, code: Path<String>) -> Answer {
    let of = editable(&who, &code).await?;
    erase_page(&who, &of, None)
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct TypedErase {
    sure: String,
}

/// Erases somebody who asks for it.
async fn erase(
    who: Can<may::ManageCandidates>,
    code: Path<String>,
    form: Form<TypedErase>,
) -> Answer {
    let of = editable(&who, &code).await?;
    let mut check = form.check();
    if form.sent.sure.is_empty() {
        check.wrong("sure", Message::new("candidate-erase-be-sure"));
    }
    if let Err(errors) = check.done() {
        return erase_page(&who, &of, Some((&form, &errors)));
    }
    who.once(&form.once, move |conn, actor| {
        retention::erase_at_wish(conn, of.id, actor)?;
        Ok(format!(
            "{}?said=candidate-erased",
            candidate_href(&of.code)
        ))
    })
    .await
}

/// A file handed in, to be kept: never shown in the browser's own page. That it was taken is told in the trail.
async fn download(who: Can<may::ViewRecruitment>, path: Path<(String, i64)>) -> Answer {
    let (code, id) = path.into_inner();
    let (reach, actor) = (who.reach.clone(), who.actor());
    let file = who
        .site
        .write(move |conn| {
            let scope = Scope::read(conn, &reach)?;
            let of = store::live(conn, &scope, &code)?;
            let all = store::attachments(conn, &scope, of.id)?;
            let wanted = all.into_iter().find(|file| file.id == id);
            let wanted = wanted.filter(|_| !scope.blind.contains(&of.id));
            let Some(wanted) = wanted else {
                return Err(Error::NotFound(Message::new("file-gone")));
            };
            let file = files::find(conn, wanted.file_id)?;
            audit::append(
                conn,
                &actor,
                "candidate.file-opened",
                &format!("candidate:{}", of.code),
                &json!({ "attachment": id }),
            )?;
            Ok(file)
        })
        .await?;
    Ok(who.download_stored(&file))
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct With {
    with: String,
}

/// Both of two candidates.
async fn both(
    who: &Can<may::ManageCandidates>,
    code: &str,
    with: &str,
) -> std::result::Result<(Candidate, Candidate), Problem> {
    let keep = editable(who, code).await?;
    let other = editable(who, with).await?;
    if keep.id == other.id {
        return Err(Problem::Failed(store::missing(with)));
    }
    Ok((keep, other))
}

fn merge_page(who: &Who, status: StatusCode, keep: &Candidate, page: &forms::Merge) -> Answer {
    let head = part(who, keep, "candidate-merge");
    who.page_with(status, "recruitment/merge.html", head, page)
}

async fn merge_form(
    who: Can<may::ManageCandidates>,
    code: Path<String>,
    query: Query<With>,
) -> Answer {
    let (keep, other) = both(&who, &code, &query.with).await?;
    let page = forms::merge(&who, &keep, &other);
    merge_page(&who, StatusCode::OK, &keep, &page)
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct TypedMerge {
    with: String,
    other_version: String,
    sure: String,
}

async fn merge(
    who: Can<may::ManageCandidates>,
    code: Path<String>,
    form: Form<TypedMerge>,
) -> Answer {
    let (keep, other) = both(&who, &code, &form.sent.with).await?;
    let mut check = form.check();
    if form.sent.sure.is_empty() {
        check.wrong("sure", Message::new("candidate-merge-be-sure"));
    }
    let theirs = form
        .sent
        .other_version
        .parse()
        .map_err(|_| Problem::Unreadable)?;
    let refused = |errors: Option<&FieldErrors>, keep: &Candidate, other: &Candidate| {
        let mut page = forms::merge(&who, keep, other);
        page.form = page.form.refused(who.locale, &form, errors);
        merge_page(&who, refusal(errors), keep, &page)
    };
    if let Err(errors) = check.done() {
        return refused(Some(&errors), &keep, &other);
    }
    let versions = (form.row_version, theirs);
    let (first, second) = (keep.clone(), other.clone());
    let done = who
        .once(&form.once, move |conn, actor| {
            profiles::merge(conn, &first, &second, versions, actor)?;
            Ok(format!(
                "{}?said=candidate-merged",
                candidate_href(&first.code)
            ))
        })
        .await;
    match done {
        Err(Problem::Failed(Error::Conflict(_))) => {
            let (keep, other) = both(&who, &code, &form.sent.with).await?;
            refused(None, &keep, &other)
        }
        Err(Problem::Failed(Error::Invalid(messages))) => {
            let mut errors = FieldErrors::default();
            for message in messages {
                errors.add("", message);
            }
            refused(Some(&errors), &keep, &other)
        }
        other => other,
    }
}
