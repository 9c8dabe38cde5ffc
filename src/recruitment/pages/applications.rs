//! The page of an application, a person's word about answers, and the steps of one application.

use actix_web::http::StatusCode;
use actix_web::web::{self, Path, Query, ServiceConfig};
use serde::Deserialize;

use crate::access::{Permission, Reach, may};
use crate::audit::Actor;
use crate::db::Conn;
use crate::error::{Error, Message, Result};
use crate::i18n::plain;
use crate::recruitment::model::application::Step;
use crate::recruitment::model::codes::Reason;
use crate::recruitment::store::candidates::{self as people, Scope};
use crate::recruitment::store::moves;
use crate::recruitment::store::reading::{self as store, Application};
use crate::recruitment::view::application::{self as view, Forms, Page, Whole};
use crate::recruitment::view::board::list_href;
use crate::recruitment::view::candidates::application_href;
use crate::web::form::{FieldErrors, FormView, refusal};
use crate::web::{Answer, Can, Form, Head, Problem, Who};

/// The routes of an application.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/applications/{code}", web::get().to(show))
        .route("/applications/{code}/answers", web::post().to(confirm))
        .route("/applications/{code}/step", web::post().to(step));
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Said {
    said: Option<String>,
}

/// An application as its page needs it: at most seven queries.
fn whole(conn: &mut Conn, reach: &Reach, code: &str) -> Result<Whole> {
    let application = store::find(conn, reach, code)?;
    let blind = match reach.me() {
        Some(me) => people::blind(conn, me)?,
        None => Default::default(),
    };
    // Reach was asked when the application was found.
    let scope = Scope {
        me: reach.me().unwrap_or_default(),
        openings: None,
        blind,
    };
    let attachments = people::attachments(conn, &scope, application.candidate_id)?;
    let everything = reach.is_everyone();
    Ok(Whole {
        stages: store::stages(conn, application.opening_id)?,
        questions: serde_json::from_str(&application.questions)?,
        answers: store::answers(conn, application.id)?,
        moves: people::moves(conn, &[application.id])?,
        attachments: attachments
            .into_iter()
            .filter(|file| match &file.application {
                Some((id, _)) => *id == application.id,
                None => everything,
            })
            .collect(),
        blind: scope.blind.contains(&application.candidate_id),
        application,
    })
}

async fn load(who: &Who, reach: &Reach, code: &str) -> std::result::Result<Whole, Problem> {
    let (reach, code) = (reach.clone(), code.to_string());
    who.read(move |conn| whole(conn, &reach, &code)).await
}

fn answer(who: &Who, status: StatusCode, whole: &Whole, page: &Page) -> Answer {
    let of = &whole.application;
    let opening = who.locale.pick(&of.opening.1, &of.opening.2).to_string();
    let head = Head::new(of.code.clone())
        .under(plain(who.locale, "candidates-title"), "/candidates")
        .under(opening, list_href(&of.opening.0));
    who.page_with(status, "recruitment/application.html", head, page)
}

async fn show(who: Can<may::ViewRecruitment>, code: Path<String>, _: Query<Said>) -> Answer {
    let whole = load(&who, &who.reach, &code).await?;
    let page = view::page(&who, &whole, who.may(Permission::ManageCandidates));
    answer(&who, StatusCode::OK, &whole, &page)
}

/// A form of the page.
fn slot<'p>(forms: &'p mut Forms, step: &str) -> Option<&'p mut Option<FormView>> {
    Some(match step {
        "to_stage" => &mut forms.stage,
        "reject" => &mut forms.reject,
        "withdraw" => &mut forms.withdraw,
        "reopen" => &mut forms.reopen,
        _ => return None,
    })
}

/// What was found wrong with a form, field by field where the sentence is about one.
fn errors_of(messages: Vec<Message>) -> FieldErrors {
    let mut errors = FieldErrors::default();
    for message in messages {
        let field = match message.key {
            "step-refused-no-words" => "note",
            "step-refused-not-knocked-out" => "reason",
            "step-refused-same" | "step-refused-other-opening" => "stage",
            _ => "",
        };
        errors.add(field, message);
    }
    errors
}

/// Writes what a form asks for; a refusal of the database's side comes back as the errors of the form.
async fn write<T>(
    who: &Can<may::ManageCandidates>,
    code: &str,
    form: &Form<T>,
    work: impl FnOnce(&mut Conn, &Application, &Actor) -> Result<()> + Send + 'static,
) -> std::result::Result<Answer, Option<FieldErrors>> {
    let (reach, wanted) = (who.reach.clone(), code.to_string());
    let done = who
        .once(&form.once, move |conn, actor| {
            let of = store::find(conn, &reach, &wanted)?;
            work(conn, &of, actor)?;
            Ok(format!("{}?said=saved", application_href(&of.code)))
        })
        .await;
    match done {
        Err(Problem::Failed(Error::Conflict(_))) => Err(None),
        Err(Problem::Failed(Error::Invalid(messages))) => Err(Some(errors_of(messages))),
        other => Ok(other),
    }
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct TypedStep {
    step: String,
    stage: String,
    reason: String,
    note: String,
}

async fn step(
    who: Can<may::ManageCandidates>,
    code: Path<String>,
    form: Form<TypedStep>,
) -> Answer {
    let sent = &form.sent;
    let mut check = form.check();
    let note = check
        .optional("note", &sent.note, 4_000)
        .unwrap_or_default();
    let step = match sent.step.as_str() {
        "to_stage" => check
            .choice("stage", &sent.stage, |id| id.parse().ok())
            .map(Step::ToStage),
        "reject" => check
            .choice("reason", &sent.reason, Reason::parse)
            .map(|reason| Step::Reject { reason, note }),
        "withdraw" => Some(Step::Withdraw),
        "reopen" => Some(Step::Reopen { reason: note }),
        _ => return Err(Problem::Unreadable),
    };
    let seen = form.row_version;
    let refused = match (check.done(), step) {
        (Err(errors), _) => Some(errors),
        (Ok(()), None) => return Err(Problem::Unreadable),
        (Ok(()), Some(step)) => {
            let done = write(&who, &code, &form, move |conn, of, actor| {
                moves::unchanged(conn, &[(of.id, seen)])?;
                moves::step(conn, &[of.id], &step, actor)
            });
            match done.await {
                Ok(answer) => return answer,
                Err(refused) => refused,
            }
        }
    };
    let whole = load(&who, &who.reach, &code).await?;
    let mut page = view::page(&who, &whole, true);
    let place = slot(&mut page.forms, &sent.step);
    let Some((place, shown)) = place.and_then(|place| place.take().map(|shown| (place, shown)))
    else {
        // What the form was for cannot be done any more.
        return Err(Error::Conflict(Message::new("form-conflict")).into());
    };
    *place = Some(shown.refused(who.locale, &form, refused.as_ref()));
    answer(&who, refusal(refused.as_ref()), &whole, &page)
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct TypedAnswer {
    position: String,
    stands: String,
    reason: String,
}

/// Says whether an answer that the rule found failing stands.
async fn confirm(
    who: Can<may::ManageCandidates>,
    code: Path<String>,
    form: Form<TypedAnswer>,
) -> Answer {
    let position: i32 = form
        .sent
        .position
        .parse()
        .map_err(|_| Problem::Unreadable)?;
    let mut check = form.check();
    let stands = check.choice("stands", &form.sent.stands, |word| match word {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    });
    let reason = check.required("reason", &form.sent.reason, 2_000);
    let seen = form.row_version;
    let refused = match (check.done(), stands) {
        (Err(errors), _) => Some(errors),
        (Ok(()), None) => return Err(Problem::Unreadable),
        (Ok(()), Some(stands)) => {
            let done = write(&who, &code, &form, move |conn, of, actor| {
                store::confirm(conn, of, seen, position, stands, &reason, actor)
            });
            match done.await {
                Ok(answer) => return answer,
                Err(refused) => refused,
            }
        }
    };
    let whole = load(&who, &who.reach, &code).await?;
    let mut page = view::page(&who, &whole, true);
    let Some(shown) = page.form_of(position) else {
        return Err(Error::Conflict(Message::new("form-conflict")).into());
    };
    if let Some(form_view) = shown.take() {
        *shown = Some(form_view.refused(who.locale, &form, refused.as_ref()));
    }
    answer(&who, refusal(refused.as_ref()), &whole, &page)
}
