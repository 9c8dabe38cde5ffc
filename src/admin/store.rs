//! The trail, to be read.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::db::Conn;
use crate::db::schema::audit_event;
use crate::error::Result;
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

/// Events, newest first (the other way for [`From::Before`]).
pub fn events(conn: &mut Conn, filter: &Filter, from: &From, limit: i64) -> Result<Vec<Event>> {
    let mut query = audit_event::table
        .select((
            audit_event::id,
            audit_event::happened_at,
            audit_event::actor,
            audit_event::action,
            audit_event::subject,
            audit_event::detail_json,
        ))
        .limit(limit)
        .into_boxed();
    if !filter.actor.is_empty() {
        query = query.filter(audit_event::actor.eq(&filter.actor));
    }
    if !filter.action.is_empty() {
        query = query.filter(audit_event::action.eq(&filter.action));
    }
    if !filter.subject.is_empty() {
        let end = format!("{}\u{10FFFF}", filter.subject);
        query = query
            .filter(audit_event::subject.ge(&filter.subject))
            .filter(audit_event::subject.lt(end));
    }
    if let Some((start, end)) = filter.within {
        query = query
            .filter(audit_event::happened_at.ge(start))
            .filter(audit_event::happened_at.lt(end));
    }
    query = match from {
        From::Start => query.order(audit_event::id.desc()),
        From::After(_, id) => query
            .filter(audit_event::id.lt(*id))
            .order(audit_event::id.desc()),
        From::Before(_, id) => query.filter(audit_event::id.gt(*id)).order(audit_event::id),
    };
    Ok(query.load(conn)?)
}
