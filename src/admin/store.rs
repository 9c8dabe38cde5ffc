//! The trail, to be read.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::db::schema::audit_event;
use crate::db::{Backend, Conn};
use crate::error::Result;
use crate::keys::{Counted, end_of};
use crate::web::list::From;

/// An event of the trail.
#[derive(Clone, Debug, Queryable)]
pub struct Event {
    pub id: i64,
    pub happened_at: NaiveDateTime,
    pub actor: String,
    pub action: String,
    pub subject: String,
    pub detail_json: String,
}

/// What narrows the trail.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub actor: String,
    pub action: String,
    /// The beginning of the subject.
    pub subject: String,
    /// From this moment to before that one.
    pub within: Option<(NaiveDateTime, NaiveDateTime)>,
}

/// The events that a filter leaves.
fn filtered(filter: &Filter) -> audit_event::BoxedQuery<'_, Backend> {
    let mut query = audit_event::table.into_boxed();
    if !filter.actor.is_empty() {
        query = query.filter(audit_event::actor.eq(&filter.actor));
    }
    if !filter.action.is_empty() {
        query = query.filter(audit_event::action.eq(&filter.action));
    }
    if !filter.subject.is_empty() {
        query = query
            .filter(audit_event::subject.ge(&filter.subject))
            .filter(audit_event::subject.lt(end_of(&filter.subject)));
    }
    if let Some((start, end)) = filter.within {
        query = query
            .filter(audit_event::happened_at.ge(start))
            .filter(audit_event::happened_at.lt(end));
    }
    query
}

/// Events, newest first (the other way for [`From::Before`]).
pub fn events(conn: &mut Conn, filter: &Filter, from: &From, limit: i64) -> Result<Vec<Event>> {
    let query = filtered(filter).select((
        audit_event::id,
        audit_event::happened_at,
        audit_event::actor,
        audit_event::action,
        audit_event::subject,
        audit_event::detail_json,
    ));
    let query = match from {
        From::First => query.order(audit_event::id.desc()),
        From::After((_, id)) => query
            .filter(audit_event::id.lt(*id))
            .order(audit_event::id.desc()),
        From::Before((_, id)) => query.filter(audit_event::id.gt(*id)).order(audit_event::id),
    };
    Ok(query.limit(limit).load(conn)?)
}

/// How many events the trail has, at most `most` and one.
pub fn count(conn: &mut Conn, filter: &Filter, most: i64) -> Result<i64> {
    let ids = filtered(filter).select(audit_event::id).limit(most + 1);
    Ok(Counted(ids).get_result(conn)?)
}
