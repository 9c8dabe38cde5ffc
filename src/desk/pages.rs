//! The home page, one's own team, and the go-to search.

use actix_web::web::{self, Query, ServiceConfig};
use serde::Deserialize;

use crate::access::{Permission, may};
use crate::appraisals::store::{due, standing};
use crate::desk::store;
use crate::desk::view::{self, Hits, Known};
use crate::findings;
use crate::people::pages::slice;
use crate::people::store::lists::{self, Filter, Start, Status, Under};
use crate::people::store::{reach, teams};
use crate::web::actor::see_other;
use crate::web::list::From;
use crate::web::{Answer, Can, Head, Who};

/// The routes of this feature.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/", web::get().to(home))
        .route("/my-team", web::get().to(my_team))
        .route("/search", web::get().to(search));
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Said {
    said: Option<String>,
}

async fn home(who: Who, _: Query<Said>) -> Answer {
    let (me, leads) = (who.account.staff_id, who.account.leads);
    let (day, now, zone) = (who.site.today(), who.site.now(), who.site.settings.zone);
    let findings = who
        .reach(Permission::ViewFindings)
        .filter(|reach| leads || reach.is_beyond_line());
    let imports = who.may(Permission::Import);
    let accounts = who.may(Permission::ManageAccounts);
    let cycles = who.may(Permission::ViewCycles);
    let known = who
        .read(move |conn| {
            let mut known = Known::default();
            let found = due::cycles(conn)?;
            if let Some(me) = me {
                known.due = store::due(conn, me, (day, now), zone, &found.running)?;
            }
            if cycles {
                known.cycles = found.all;
            }
            if leads || accounts {
                let counts = store::counts(conn, me.unwrap_or_default(), day)?;
                known.below = leads.then_some((counts.direct, counts.below));
                known.accounts = accounts.then_some((counts.accounts, counts.failed_jobs));
            }
            if let Some(reach) = findings {
                known.findings = Some(findings::store::count_open(conn, &reach)?);
            }
            if imports {
                known.last_import = store::last_import(conn)?;
            }
            Ok(known)
        })
        .await?;
    let title = who.called().to_string();
    who.page(
        "desk/home.html",
        Head::new(title),
        &view::home(&who, &known),
    )
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct TeamQuery {
    /// `whole`: everybody below, not only those who report to the reader.
    line: String,
    after: Option<String>,
    before: Option<String>,
    said: Option<String>,
}

async fn my_team(who: Can<may::ViewPeople>, query: Query<TeamQuery>) -> Answer {
    let from = From::of(query.after.as_deref(), query.before.as_deref());
    let whole = query.line == "whole";
    // Whoever has no record of their own has nobody below them.
    let me = who.account.staff_id.unwrap_or_default();
    let filter = Filter {
        under: Some(if whole {
            Under::Line(me)
        } else {
            Under::Direct(me)
        }),
        ..Filter::default()
    };
    let reach = who.reach.clone();
    let in_cycles = who.may(Permission::ViewResults);
    let found = who
        .read(move |conn| {
            let (slice, counted) = slice(conn, &reach, &filter, &from)?;
            let mut found = view::Led {
                slice,
                counted,
                cycles: Vec::new(),
                standings: Vec::new(),
            };
            if in_cycles {
                let people: Vec<i64> = found.slice.rows.iter().map(|row| row.id).collect();
                found.cycles = due::cycles(conn)?.running;
                found.standings = standing::of(conn, &found.cycles, &people)?;
            }
            Ok(found)
        })
        .await?;
    let view = view::my_team(&who, &who.reach, whole, &found);
    who.page("desk/my-team.html", Head::of(&who, "nav-team"), &view)
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct SearchQuery {
    q: String,
}

async fn search(who: Who, query: Query<SearchQuery>) -> Answer {
    let q = query.q.trim().to_string();
    let of_people = who.reach(Permission::ViewPeople);
    let of_teams = who.reach(Permission::ViewTeams);
    let of_cycles = who.reach(Permission::ViewCycles);
    let (asked, limit) = (q.clone(), view::SHOWN as i64 + 1);
    let hits = who
        .read(move |conn| {
            let mut hits = Hits::default();
            if asked.is_empty() {
                return Ok(hits);
            }
            if let Some(reach) = of_people {
                let filter = Filter {
                    q: asked.clone(),
                    status: Status::All,
                    ..Filter::default()
                };
                hits.people = lists::page(conn, &reach, &filter, &Start::First, limit)?;
            }
            if let Some(reach) = of_teams {
                let filter = teams::Filter {
                    q: asked.clone(),
                    parent: None,
                };
                let these = reach::teams(conn, &reach)?;
                hits.teams = teams::page(conn, &these, reach.day(), &filter, &Start::First, limit)?;
            }
            if let Some(reach) = of_cycles {
                hits.cycles = store::cycles_named(conn, &asked, reach.is_beyond_line(), limit)?;
            }
            Ok(hits)
        })
        .await?;
    let found = view::found(&who, &q, &hits);
    if let Some(href) = found.only_exact() {
        return Ok(see_other(href));
    }
    who.page("desk/search.html", Head::of(&who, "search-title"), &found)
}
