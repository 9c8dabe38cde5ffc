//! Pages of people.

use actix_web::web::{self, Query, ServiceConfig};
use serde::Deserialize;

use crate::access::{Permission, may};
use crate::audit;
use crate::people::store::lists::{self, Filter, Start, Status};
use crate::people::{store, view};
use crate::web::list::{self, COUNTED, From, ON_A_PAGE, Slice};
use crate::web::{Answer, Can, Head};

/// The routes of this feature.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/people", web::get().to(list))
        .route("/people.csv", web::get().to(export));
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct ListQuery {
    q: String,
    team: String,
    job_role: String,
    status: String,
    after: Option<String>,
    before: Option<String>,
    said: Option<String>,
}

impl ListQuery {
    fn filter(&self) -> Filter {
        Filter {
            q: self.q.trim().to_string(),
            team: self.team.trim().to_string(),
            job_role: self.job_role.clone(),
            status: Status::parse(&self.status),
        }
    }
}

async fn list(who: Can<may::ViewPeople>, query: Query<ListQuery>) -> Answer {
    let from = From::of(query.after.as_deref(), query.before.as_deref());
    let start = match from.clone() {
        From::Start => Start::First,
        From::After(key, id) => Start::After(key, id),
        From::Before(key, id) => Start::Before(key, id),
    };
    let (filter, reach) = (query.filter(), who.reach.clone());
    let (filter, found, counted, roles) = who
        .read(move |conn| {
            let found = lists::page(conn, &reach, &filter, &start, ON_A_PAGE + 1)?;
            let counted = lists::count(conn, &reach, &filter, COUNTED)?;
            let roles = store::job_roles(conn)?;
            Ok((filter, found, counted, roles))
        })
        .await?;
    let slice = Slice::new(found, &from);
    let may_edit = who.may(Permission::EditPeople);
    let view = view::list(&who, &filter, slice, counted, &roles, may_edit);
    who.page("people/list.html", Head::of(&who, "people-title"), &view)
}

/// The rows of the list as a file.
async fn export(who: Can<may::ViewPeople>, query: Query<ListQuery>) -> Answer {
    let (filter, reach, locale) = (query.filter(), who.reach.clone(), who.locale);
    let actor = who.actor();
    let csv = who
        .site
        .write(move |conn| {
            let rows = lists::page(conn, &reach, &filter, &Start::First, i64::MAX)?;
            let detail = serde_json::json!({ "rows": rows.len() });
            audit::append(conn, &actor, "export", "people", &detail)?;
            list::csv(view::export(locale, &rows))
        })
        .await?;
    Ok(who.download("people.csv", "text/csv; charset=utf-8", csv))
}
