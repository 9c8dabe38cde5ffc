//! Teams: the list, one team, and the forms.

use std::collections::HashMap;

use actix_web::web::{self, Path, Query, ServiceConfig};
use serde::Deserialize;
use serde_json::json;

use crate::access::{Permission, Reach, may};
use crate::audit;
use crate::db::Conn;
use crate::error::{Error, Message, Result};
use crate::i18n::plain;
use crate::people::pages::{Refused, Sent, code, form_again, form_page, names, sent, slice};
use crate::people::store::lists::Filter as People;
use crate::people::store::reach::{self, TeamReach, team_not_found};
use crate::people::store::teams::{self, Filter, Head as Heads, Row, Team};
use crate::people::view::{self, team_href};
use crate::web::form::FormView;
use crate::web::list::{self, COUNTED, From, ON_A_PAGE, Slice};
use crate::web::{Answer, Can, Form, Head, Problem, Who};

/// The routes of teams.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/teams", web::get().to(list))
        .route("/teams.csv", web::get().to(export))
        .route("/teams/new", web::get().to(new_form))
        .route("/teams/new", web::post().to(create))
        .route("/teams/{code}", web::get().to(show))
        .route("/teams/{code}/edit", web::get().to(edit_form))
        .route("/teams/{code}/edit", web::post().to(edit));
}

/// As many teams as a choice can hold; beyond, their code is typed.
const CHOICE: i64 = 300;

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct ListQuery {
    q: String,
    parent: String,
    after: Option<String>,
    before: Option<String>,
    said: Option<String>,
}

impl ListQuery {
    /// What is asked for; none where the parent is no team in reach.
    fn filter(&self, conn: &mut Conn, reach: &TeamReach) -> Result<Option<(Filter, Option<Team>)>> {
        let parent = match self.parent.as_str() {
            "" => None,
            code => match teams::find(conn, code) {
                Ok(team) if reach.holds(team.id) => Some(team),
                Ok(_) | Err(Error::NotFound(_)) => return Ok(None),
                Err(e) => return Err(e),
            },
        };
        let filter = Filter {
            q: self.q.trim().to_string(),
            parent: parent.as_ref().map(|team| team.id),
        };
        Ok(Some((filter, parent)))
    }
}

fn heads(conn: &mut Conn, rows: &[Row], reach: &Reach) -> Result<HashMap<i64, Heads>> {
    let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    teams::heads(conn, &ids, reach.day())
}

async fn list(who: Can<may::ViewTeams>, query: Query<ListQuery>) -> Answer {
    let (query, reach) = (query.into_inner(), who.reach.clone());
    let (query, of_teams, parent, slice, counted, heads) = who
        .read(move |conn| {
            let of_teams = reach::teams(conn, &reach)?;
            let from = From::of(query.after.as_deref(), query.before.as_deref());
            let Some((filter, parent)) = query.filter(conn, &of_teams)? else {
                return Err(team_not_found(&query.parent));
            };
            let day = reach.day();
            let found = teams::page(conn, &of_teams, day, &filter, &from, ON_A_PAGE + 1)?;
            let count = || teams::count(conn, &of_teams, day, &filter, COUNTED);
            let counted = list::counted(&found, &from, count)?;
            let slice = Slice::new(found, &from);
            let heads = heads(conn, &slice.rows, &reach)?;
            Ok((query, of_teams, parent, slice, counted, heads))
        })
        .await?;
    let asked = (query.q.trim(), query.parent.as_str());
    let view = view::team::list(&who, &of_teams, asked, &slice, counted, &heads);
    let head = match &parent {
        None => Head::of(&who, "teams-title"),
        Some(team) => head(&who, &view::team::below_title(&who, team)),
    };
    who.page("people/teams.html", head, &view)
}

/// The rows of the list as a file.
async fn export(who: Can<may::ViewTeams>, query: Query<ListQuery>) -> Answer {
    let (query, reach, actor) = (query.into_inner(), who.reach.clone(), who.actor());
    let (rows, heads) = who
        .site
        .write(move |conn| {
            let of_teams = reach::teams(conn, &reach)?;
            let rows = match query.filter(conn, &of_teams)? {
                Some((filter, _)) => teams::page(
                    conn,
                    &of_teams,
                    reach.day(),
                    &filter,
                    &From::First,
                    i64::MAX,
                )?,
                None => Vec::new(),
            };
            let heads = heads(conn, &rows, &reach)?;
            let detail = json!({ "rows": rows.len() });
            audit::append(conn, &actor, "export", "teams", &detail)?;
            Ok((rows, heads))
        })
        .await?;
    let csv = list::csv(view::team::export(&who, &rows, &heads))?;
    Ok(who.download("teams.csv", "text/csv; charset=utf-8", csv))
}

/// The way to a team's page.
fn head(who: &Who, title: &str) -> Head<'static> {
    Head::new(title.to_string()).under(plain(who.locale, "teams-title"), "/teams")
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct TeamQuery {
    after: Option<String>,
    before: Option<String>,
    said: Option<String>,
}

async fn show(who: Can<may::ViewTeams>, code: Path<String>, query: Query<TeamQuery>) -> Answer {
    let from = From::of(query.after.as_deref(), query.before.as_deref());
    let (reach, people) = (who.reach.clone(), who.reach(Permission::ViewPeople));
    let of_people = people.clone();
    let (known, members) = who
        .read(move |conn| {
            let of_teams = reach::teams(conn, &reach)?;
            let team = teams::find(conn, &code)?;
            of_teams.expect(team.id, &code)?;
            let day = reach.day();
            let below = Filter {
                parent: Some(team.id),
                ..Filter::default()
            };
            let every = &TeamReach::Every;
            let below = teams::page(conn, every, day, &below, &From::First, ON_A_PAGE + 1)?;
            let mut ids: Vec<i64> = below.iter().map(|row| row.id).collect();
            ids.push(team.id);
            let known = view::team::Known {
                chain: teams::chain(conn, team.id, day)?,
                below: Slice::new(below, &From::First),
                heads: teams::heads(conn, &ids, day)?,
                teams: of_teams,
                team,
            };
            let members = match of_people {
                None => None,
                Some(reach) => Some(members(conn, &reach, known.team.id, &from)?),
            };
            Ok((known, members))
        })
        .await?;
    let view = view::team::page(&who, &known, people.as_ref().zip(members.as_ref()));
    let name = who.locale.pick(&known.team.name_zh, &known.team.name_en);
    let head = known.chain.iter().fold(head(&who, name), |head, above| {
        if known.teams.holds(above.id) {
            let name = who.locale.pick(&above.name_zh, &above.name_en);
            head.under(name.to_string(), team_href(&above.code))
        } else {
            head
        }
    });
    who.page("people/team.html", head, &view)
}

fn members(
    conn: &mut Conn,
    reach: &Reach,
    team_id: i64,
    from: &From,
) -> Result<view::team::KnownMembers> {
    let filter = People {
        members_of: Some(team_id),
        ..People::default()
    };
    let (slice, counted) = slice(conn, reach, &filter, from)?;
    Ok(view::team::KnownMembers {
        slice,
        counted,
        coverage: teams::coverage(conn, reach, team_id)?,
    })
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct NewTeam {
    code: String,
    name_zh: String,
    name_en: String,
    parent: String,
}

/// Whoever changes the tree must reach all of it.
fn everybody(who: &Can<may::EditPeople>) -> std::result::Result<(), Problem> {
    if who.reach.is_everyone() {
        Ok(())
    } else {
        Err(Problem::Forbidden)
    }
}

/// The number of the parent of a code; none for a team at the top.
fn parent_of(conn: &mut Conn, code: Option<&str>) -> Result<Option<i64>> {
    code.map(|code| match teams::find(conn, code) {
        Ok(team) => Ok(team.id),
        Err(Error::NotFound(_)) => Err(Error::invalid(
            Message::new("team-parent-not-found").with("code", code),
        )),
        Err(e) => Err(e),
    })
    .transpose()
}

async fn new_view(who: &Can<may::EditPeople>) -> std::result::Result<FormView, Problem> {
    let day = who.reach.day();
    let rows = who
        .read(move |conn| teams::choices(conn, &TeamReach::Every, day, CHOICE))
        .await?;
    Ok(view::team::form(who, None, rows.as_deref(), day))
}

async fn new_form(who: Can<may::EditPeople>) -> Answer {
    everybody(&who)?;
    let form = new_view(&who).await?;
    form_page(&who, head(&who, plain(who.locale, "team-new")), form)
}

async fn create(who: Can<may::EditPeople>, form: Form<NewTeam>) -> Answer {
    everybody(&who)?;
    let mut check = form.check();
    let new = code(&mut check, "code", &form.sent.code);
    let (zh, en) = names(&form, &mut check, "name_zh", "name_en");
    let parent = check.optional("parent", &form.sent.parent, 64);
    let refused = match check.done() {
        Err(errors) => Refused::Fields(errors),
        Ok(()) => {
            let answer = who
                .once(&form.once, move |conn, actor| {
                    let above = parent_of(conn, parent.as_deref())?;
                    teams::insert(conn, &new, (&zh, &en), above)?;
                    let detail = json!({ "parent": parent });
                    audit::append(conn, actor, "team-made", &new, &detail)?;
                    Ok(format!("{}?said=saved", team_href(&new)))
                })
                .await;
            match sent(&form, answer)? {
                Sent::Done(response) => return Ok(response),
                Sent::Refused(refused) => refused,
            }
        }
    };
    let view = new_view(&who).await?;
    let head = head(&who, plain(who.locale, "team-new"));
    form_again(&who, head, &form, view, &refused)
}

async fn edit_view(
    who: &Can<may::EditPeople>,
    code: String,
) -> std::result::Result<(Team, FormView), Problem> {
    let day = who.reach.day();
    let (team, parent, rows) = who
        .read(move |conn| {
            let team = teams::find(conn, &code)?;
            let parent = teams::parent(conn, team.id, day)?;
            let rows = teams::choices(conn, &TeamReach::Every, day, CHOICE)?;
            Ok((team, parent, rows))
        })
        .await?;
    let above = parent.as_ref().map(|(_, code)| code.as_str());
    let form = view::team::form(who, Some((&team, above)), rows.as_deref(), day);
    Ok((team, form))
}

fn edit_head(who: &Who, team: &Team) -> Head<'static> {
    let name = who.locale.pick(&team.name_zh, &team.name_en).to_string();
    Head::about(who, &name, plain(who.locale, "team-edit"))
        .under(plain(who.locale, "teams-title"), "/teams")
        .under(name, team_href(&team.code))
}

async fn edit_form(who: Can<may::EditPeople>, code: Path<String>) -> Answer {
    everybody(&who)?;
    let (team, form) = edit_view(&who, code.into_inner()).await?;
    form_page(&who, edit_head(&who, &team), form)
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct TeamForm {
    name_zh: String,
    name_en: String,
    parent: String,
    day: String,
}

async fn edit(who: Can<may::EditPeople>, code: Path<String>, form: Form<TeamForm>) -> Answer {
    everybody(&who)?;
    let (code, mut check) = (code.into_inner(), form.check());
    let (zh, en) = names(&form, &mut check, "name_zh", "name_en");
    let parent = check.optional("parent", &form.sent.parent, 64);
    let day = check.date("day", &form.sent.day).unwrap_or(who.reach.day());
    let refused = match check.done() {
        Err(errors) => Refused::Fields(errors),
        Ok(()) => {
            let (version, wanted) = (form.row_version, code.clone());
            let answer = who
                .once(&form.once, move |conn, actor| {
                    let team = teams::find(conn, &wanted)?;
                    let above = parent_of(conn, parent.as_deref())?;
                    let before = teams::parent(conn, team.id, day)?.map(|(id, _)| id);
                    let place = (above != before).then_some((above, day));
                    teams::change(conn, &wanted, version, (&zh, &en), place)?;
                    let moved = place.map(|(_, day)| json!({ "from": day, "parent": parent }));
                    let detail = json!({ "moved": moved });
                    audit::append(conn, actor, "team-changed", &wanted, &detail)?;
                    Ok(format!("{}?said=saved", team_href(&wanted)))
                })
                .await;
            match sent(&form, answer)? {
                Sent::Done(response) => return Ok(response),
                Sent::Refused(refused) => refused,
            }
        }
    };
    let (team, view) = edit_view(&who, code).await?;
    form_again(&who, edit_head(&who, &team), &form, view, &refused)
}
