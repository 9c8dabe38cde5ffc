//! The list of findings and what becomes of them. Here and not in `findings`, because a finding is told in
//! the terms of its measure.

use actix_web::web::{self, Path, Query, ServiceConfig};
use serde::Deserialize;

use crate::access::{Permission, may};
use crate::error::{Error, Message};
use crate::evidence::view::warnings;
use crate::findings::model::State;
use crate::findings::store::{self, Key, Start};
use crate::web::list::{self, COUNTED, From, ON_A_PAGE, Slice};
use crate::web::{Answer, Can, Form, Head};

/// The routes.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/findings", web::get().to(list))
        .route("/findings/{id}/state", web::post().to(decide));
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ListQuery {
    state: String,
    after: Option<String>,
    before: Option<String>,
    said: Option<String>,
}

/// Where the page begins.
fn start(from: &From) -> Start {
    from.read(|(sort, id)| {
        let (importance, urgency) = sort.split_once('.')?;
        Some(Key {
            importance: importance.parse().ok()?,
            urgency: urgency.parse().ok()?,
            id: *id,
        })
    })
}

async fn list(who: Can<may::ViewFindings>, query: Query<ListQuery>) -> Answer {
    let state = State::parse(&query.state).unwrap_or(State::Open);
    let from = From::of(query.after.as_deref(), query.before.as_deref());
    let (reach, at) = (who.reach.clone(), start(&from));
    let (found, counted) = who
        .read(move |conn| {
            let found = store::page(conn, &reach, state, at, ON_A_PAGE + 1)?;
            let count = || store::count(conn, &reach, state, COUNTED);
            let counted = list::counted(&found, &at, count)?;
            Ok((found, counted))
        })
        .await?;
    let slice = Slice::new(found, &from);
    let may_decide = who.may(Permission::EditFindings);
    let page = warnings::findings(&who, state, slice, counted, may_decide);
    who.page(
        "evidence/findings.html",
        Head::of(&who, "findings-title"),
        &page,
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decision {
    state: String,
}

async fn decide(who: Can<may::EditFindings>, path: Path<i64>, form: Form<Decision>) -> Answer {
    let (id, version, reach) = (path.into_inner(), form.row_version, who.reach.clone());
    let next = State::parse(&form.sent.state)
        .ok_or_else(|| Error::invalid(Message::new("finding-state-impossible")))?;
    who.once(&form.once, move |conn, actor| {
        store::decide(conn, &reach, id, version, next, actor)?;
        Ok("/findings?said=finding-decided".to_owned())
    })
    .await
}
