//! Fairness of a cycle: raters with their flags, one rater closely, grades by unit, groups by what people say of
//! themselves; and the form in which they say it.

use actix_web::web::{self, Path, Query, ServiceConfig};
use serde::Deserialize;

use crate::access::{Permission, Reach, may};
use crate::appraisals::model::fairness::look;
use crate::appraisals::store::{cycles, fairness};
use crate::appraisals::view::fairness::{self as view, Looked};
use crate::error::{Error, Message};
use crate::i18n::plain;
use crate::stats::raters::recency;
use crate::web::site::escape;
use crate::web::{Answer, Can, Form, Head, Problem, Who};

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/cycles/{code}/fairness", web::get().to(show))
        .route("/cycles/{code}/fairness/{no}", web::get().to(rater))
        .route("/me/groups", web::get().to(groups_form))
        .route("/me/groups", web::post().to(state));
}

fn head(who: &Who, title: &str, code: &str) -> Head<'static> {
    Head::about(who, title, code)
        .under(plain(who.locale, "cycles-title"), "/cycles")
        .under(code.to_string(), format!("/cycles/{}", escape(code)))
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct ShowQuery {
    /// The number of the rater after whom the list goes on.
    after: String,
    said: Option<String>,
}

async fn show(who: Can<may::ViewFairness>, code: Path<String>, query: Query<ShowQuery>) -> Answer {
    let (reach, code) = (who.reach.clone(), code.into_inner());
    // Of a part of the company beside the whole, small groups could be reckoned.
    let groups_reach = who.reach(Permission::ViewGroups).filter(Reach::is_everyone);
    let looked = who
        .read(move |conn| {
            let cycle = cycles::find(conn, &code)?;
            let found = look(&fairness::ratings(conn, &cycle, &reach)?);
            let ids: Vec<i64> = found.raters.iter().map(|r| r.rater_id).collect();
            let names = fairness::names(conn, &ids)?;
            // Units are looked at where a distribution is forced on them.
            let units = if cycle.rules.distribution.is_empty() {
                Vec::new()
            } else {
                fairness::units(conn, &cycle, &reach)?
            };
            let groups = match groups_reach {
                Some(reach) => Some(fairness::groups(conn, &cycle, &reach)?),
                None => None,
            };
            Ok(Looked {
                cycle,
                found,
                names,
                units,
                groups,
            })
        })
        .await?;
    let view = view::show(&who, &looked, &query.after);
    let title = plain(who.locale, "fairness-title");
    who.page(
        "outcomes/fairness.html",
        head(&who, title, &looked.cycle.code),
        &view,
    )
}

async fn rater(who: Can<may::ViewFairness>, path: Path<(String, String)>) -> Answer {
    let (reach, (code, no)) = (who.reach.clone(), path.into_inner());
    let (cycle, name, rater, people, recency) = who
        .read(move |conn| {
            let cycle = cycles::find(conn, &code)?;
            let ratings = fairness::ratings(conn, &cycle, &reach)?;
            let found = look(&ratings);
            let ids: Vec<i64> = found.raters.iter().map(|r| r.rater_id).collect();
            let names = fairness::names(conn, &ids)?;
            let rater = found
                .raters
                .into_iter()
                .find(|r| names.get(&r.rater_id).is_some_and(|name| name.0 == no))
                .ok_or_else(|| Error::NotFound(Message::new("person-not-found").with("no", &no)))?;
            let own: Vec<_> = ratings
                .into_iter()
                .filter(|r| r.rater_id == rater.rater_id)
                .collect();
            let people: Vec<i64> = own.iter().map(|r| r.staff_id).collect();
            let people_names = fairness::names(conn, &people)?;
            let rows = fairness::last_month(conn, &cycle, rater.rater_id)?;
            let name = names[&rater.rater_id].clone();
            Ok((cycle, name, rater, (own, people_names), recency(&rows)))
        })
        .await?;
    let view = view::rater(&who, &cycle, &rater, &people, recency);
    let called = who.locale.pick(&name.1, &name.2).to_string();
    let head = head(&who, &called, &cycle.code).under(
        plain(who.locale, "fairness-title"),
        format!("/cycles/{}/fairness", escape(&cycle.code)),
    );
    who.page("outcomes/rater.html", head, &view)
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct GroupsQuery {
    said: Option<String>,
}

/// The staff record of whoever asks; an account without one has nothing to state.
fn own(who: &Who) -> Result<i64, Problem> {
    let missing = || Problem::from(Error::NotFound(Message::new("groups-no-staff")));
    who.account.staff_id.ok_or_else(missing)
}

fn groups_head(who: &Who) -> Head<'static> {
    Head::of(who, "groups-title").under(plain(who.locale, "web-account"), "/me")
}

async fn groups_form(who: Who, _: Query<GroupsQuery>) -> Answer {
    let me = own(&who)?;
    let stated = who.read(move |conn| fairness::stated(conn, me)).await?;
    let view = view::groups_form(&who, &stated);
    who.page("web/form.html", groups_head(&who), &view)
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Stated {
    gender: String,
    age_band: String,
}

async fn state(who: Who, form: Form<Stated>) -> Answer {
    let me = own(&who)?;
    let sent = [&form.sent.gender, &form.sent.age_band];
    let mut check = form.check();
    let mut values = Vec::new();
    for ((attribute, known), value) in fairness::GROUPS.into_iter().zip(sent) {
        let fits = |v: &str| (v.is_empty() || known.contains(&v)).then(|| v.to_string());
        if let Some(value) = check.choice(attribute, value, fits) {
            values.push((attribute, value));
        }
    }
    let errors = match check.done() {
        Err(errors) => errors,
        Ok(()) => {
            return who
                .once(&form.once, move |conn, actor| {
                    fairness::state(conn, me, &values, actor)?;
                    Ok("/me/groups?said=saved".to_string())
                })
                .await;
        }
    };
    let stated = who.read(move |conn| fairness::stated(conn, me)).await?;
    let mut view = view::groups_form(&who, &stated);
    view.form = view.form.again(who.locale, &form, &errors);
    who.page_with(
        actix_web::http::StatusCode::UNPROCESSABLE_ENTITY,
        "web/form.html",
        groups_head(&who),
        &view,
    )
}
