//! The figures of recruitment, and selection by what applicants state of themselves.

use actix_web::web::{self, Query, ServiceConfig};
use serde::Deserialize;
use serde_json::json;

use crate::access::{Permission, Reach, may};
use crate::audit;
use crate::db::Conn;
use crate::error::Result;
use crate::i18n::plain;
use crate::recruitment::model::analytics::{Facts, Figures};
use crate::recruitment::model::selection::Table;
use crate::recruitment::store::analytics::{self as store, Ask};
use crate::recruitment::view::analytics as view;
use crate::web::{Answer, Can, Head, Problem, Who, list};

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/recruitment", web::get().to(figures))
        .route("/recruitment.csv", web::get().to(export))
        .route("/recruitment/selection", web::get().to(selection))
        .route(
            "/recruitment/selection.csv",
            web::get().to(export_selection),
        );
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Asked {
    /// The code of an opening.
    opening: String,
    /// A quarter.
    period: String,
    said: Option<String>,
}

impl Asked {
    /// What is no quarter asks for all of them.
    fn ask(&self, who: &Who, reach: &Reach) -> Ask {
        let settings = &who.site.settings;
        Ask {
            reach: reach.clone(),
            opening: (!self.opening.is_empty()).then(|| self.opening.clone()),
            period: self.period.parse().ok(),
            zone: settings.zone,
            fiscal_start: settings.fiscal_start,
        }
    }
}

async fn figures(who: Can<may::ViewFunnel>, query: Query<Asked>) -> Answer {
    let ask = query.ask(&who, &who.reach);
    let asked = ask.clone();
    let facts = who.read(move |conn| store::facts(conn, &asked)).await?;
    let selection = sees_groups(&who).is_some();
    let links = who.may(Permission::ViewRecruitment);
    let page = view::page(&who, &ask, &facts, selection, links);
    who.page(
        "recruitment/figures.html",
        Head::of(&who, "figures-title"),
        &page,
    )
}

async fn export(who: Can<may::ViewFunnel>, query: Query<Asked>) -> Answer {
    let (ask, locale, actor) = (query.ask(&who, &who.reach), who.locale, who.actor());
    let csv = who
        .site
        .write(move |conn| {
            let facts = store::facts(conn, &ask)?;
            let rows = view::export(locale, ask.zone, &facts, &Figures::of(&facts, ask.bounds()));
            let detail = json!({ "rows": rows.len() - 1 });
            audit::append(conn, &actor, "export", "recruitment", &detail)?;
            list::csv(rows)
        })
        .await?;
    Ok(who.download("recruitment.csv", "text/csv; charset=utf-8", csv))
}

/// Whoever sees groups sees those of everybody: of a part of the company beside the whole, small ones could be
/// reckoned.
fn sees_groups(who: &Who) -> Option<Reach> {
    who.reach(Permission::ViewSelection)
        .filter(Reach::is_everyone)
}

/// Selection by group, and the openings it is about.
fn read_selection(conn: &mut Conn, ask: &Ask) -> Result<(Facts, Vec<Table>)> {
    let openings = store::openings(conn, ask)?;
    let tables = store::selection(conn, ask, &openings)?;
    let facts = Facts {
        openings,
        ..Facts::default()
    };
    Ok((facts, tables))
}

async fn selection(who: Can<may::ViewSelection>, query: Query<Asked>) -> Answer {
    let reach = sees_groups(&who).ok_or(Problem::Forbidden)?;
    let ask = query.ask(&who, &reach);
    let asked = ask.clone();
    let (facts, tables) = who.read(move |conn| read_selection(conn, &asked)).await?;
    let page = view::selection_page(&who, &ask, &facts, &tables);
    let head = Head::of(&who, "figures-selection")
        .under(plain(who.locale, "figures-title"), "/recruitment");
    who.page("recruitment/selection.html", head, &page)
}

async fn export_selection(who: Can<may::ViewSelection>, query: Query<Asked>) -> Answer {
    let reach = sees_groups(&who).ok_or(Problem::Forbidden)?;
    let (ask, locale, actor) = (query.ask(&who, &reach), who.locale, who.actor());
    let csv = who
        .site
        .write(move |conn| {
            let (facts, tables) = read_selection(conn, &ask)?;
            let rows = view::export_selection(locale, &facts, &tables);
            let detail = json!({ "rows": rows.len() - 1 });
            audit::append(conn, &actor, "export", "recruitment-selection", &detail)?;
            list::csv(rows)
        })
        .await?;
    Ok(who.download("selection.csv", "text/csv; charset=utf-8", csv))
}
