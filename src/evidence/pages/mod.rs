//! Pages of evidence: the figures of a person or a team, the rows behind them, complaints; in `findings`
//! what was found.
//!
//! Figures of a person and all rows want `ViewFigures`; figures of a team want `ViewTeams`, and those of a
//! team of fewer than five are withheld from readers who may not read its rows anyway.

mod findings;

use actix_web::web::{self, Path, Query, ServiceConfig};
use serde::Deserialize;

use crate::access::{Permission, Reach, may};
use crate::audit;
use crate::calendar::{FiscalStart, Quarter, day_number};
use crate::db::Conn;
use crate::error::{Error, Message, Result};
use crate::evidence::figures;
use crate::evidence::measures::Measure;
use crate::evidence::model::{CHANNELS, Cut, RowFilter, RowKey, RowKind, Verdict};
use crate::evidence::store::lists::{self, Listed};
use crate::evidence::store::subject::{self, Subject};
use crate::evidence::view;
use crate::evidence::view::measures::{Place, QuarterChoice};
use crate::i18n::plain;
use crate::people::store::reach::{self, TeamTree};
use crate::people::store::{Staff, Team};
use crate::web::list::{self, COUNTED, From, ON_A_PAGE, Slice};
use crate::web::site::escape;
use crate::web::{Answer, Can, Head, Who};

/// Rows of an export.
const EXPORTED: i64 = 10_000;

/// Days of a team's list when none are asked for: its rows are many.
const RECENT: i32 = 92;

/// The routes of this feature.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/people/{no}/measures", web::get().to(person_measures))
        .route(
            "/people/{no}/measures/{measure}",
            web::get().to(person_measure),
        )
        .route("/people/{no}/records", web::get().to(person_rows))
        .route("/people/{no}/records.csv", web::get().to(export_person))
        .route("/teams/{code}/measures", web::get().to(team_measures))
        .route(
            "/teams/{code}/measures/{measure}",
            web::get().to(team_measure),
        )
        .route("/teams/{code}/records", web::get().to(team_rows))
        .route("/teams/{code}/records.csv", web::get().to(export_team))
        .route("/teams/{code}/complaints", web::get().to(complaints))
        .route("/records/{kind}/{id}", web::get().to(row));
    findings::routes(config);
}

#[derive(Deserialize)]
struct QuarterQuery {
    quarter: Option<String>,
}

/// What a page is asked for, and what it takes to know its quarter.
#[derive(Clone, Copy)]
struct Asked {
    /// None where the address names none, or one that is yet to come.
    quarter: Option<Quarter>,
    present: Quarter,
    today: i32,
    fiscal_start: FiscalStart,
}

impl Asked {
    fn of(who: &Who, query: &QuarterQuery) -> Asked {
        let fiscal_start = who.site.settings.fiscal_start;
        let today = who.site.today();
        let present = Quarter::of(today, fiscal_start);
        let asked = query.quarter.as_deref().and_then(|code| code.parse().ok());
        Asked {
            quarter: asked.filter(|quarter| *quarter <= present),
            present,
            today: day_number(today),
            fiscal_start,
        }
    }

    /// The quarter asked for, else the newest with records of somebody, else the present one.
    fn period(self, conn: &mut Conn, whose: Subject<'_>) -> Result<Period> {
        let newest = match self.quarter {
            Some(quarter) => Some(quarter),
            None => subject::newest(conn, whose, self.present)?,
        };
        Ok(self.at(newest.unwrap_or(self.present)))
    }

    /// For a page that shows nothing of the quarter: the one asked for or the present one.
    fn bare(self) -> Period {
        self.at(self.quarter.unwrap_or(self.present))
    }

    fn at(self, quarter: Quarter) -> Period {
        let days = (
            day_number(quarter.first_day(self.fiscal_start)),
            day_number(quarter.last_day(self.fiscal_start)),
        );
        Period {
            quarter,
            present: self.present,
            days,
            until: days.1.min(self.today),
            fiscal_start: self.fiscal_start,
        }
    }
}

/// The quarter a page is about, and what counts days into it.
#[derive(Clone, Copy)]
struct Period {
    quarter: Quarter,
    present: Quarter,
    /// First and last day.
    days: (i32, i32),
    /// The day up to which weeks are shown.
    until: i32,
    fiscal_start: FiscalStart,
}

impl Period {
    fn choice(&self, href: &str) -> QuarterChoice {
        QuarterChoice::new(href, self.quarter, self.present, self.days)
    }
}

fn person_place(no: &str) -> Place {
    Place {
        base: format!("/people/{}", escape(no)),
        sees_rows: true,
        has_complaints: false,
    }
}

fn team_place(code: &str, sees_rows: bool) -> Place {
    Place {
        base: format!("/teams/{}", escape(code)),
        sees_rows,
        has_complaints: true,
    }
}

fn person_name<'a>(who: &Who, person: &'a Staff) -> &'a str {
    who.locale.pick(&person.name, &person.name_en)
}

fn team_name<'a>(who: &Who, team: &'a Team) -> &'a str {
    who.locale.pick(&team.name_zh, &team.name_en)
}

/// A page below that of a person or team, whose title says whom it is about.
fn head<'a>(who: &Who, part: &str, name: &'a str, place: &Place) -> Head<'a> {
    Head::about(who, name, part).under(name, place.base.clone())
}

fn measure_of(code: &str) -> Result<Measure> {
    Measure::parse(code)
        .ok_or_else(|| Error::NotFound(Message::new("measure-not-found").with("code", code)))
}

async fn person_measures(
    who: Can<may::ViewFigures>,
    path: Path<String>,
    query: Query<QuarterQuery>,
) -> Answer {
    let asked = Asked::of(&who, &query);
    let (reach, no) = (who.reach.clone(), path.into_inner());
    let (person, period, figures) = who
        .read(move |conn| {
            let person = reach::find(conn, &reach, &no)?;
            let whose = Subject::Person(person.id);
            let period = asked.period(conn, whose)?;
            let figures = subject::overview(conn, whose, period.quarter, period.fiscal_start)?;
            Ok((person, period, figures))
        })
        .await?;
    let place = person_place(&person.employee_no);
    let choice = period.choice(&format!("{}/measures", place.base));
    let page = view::measures::measures(who.locale, &place, choice, Some(&figures));
    let head = head(
        &who,
        plain(who.locale, "evidence-measures"),
        person_name(&who, &person),
        &place,
    );
    who.page("evidence/measures.html", head, &page)
}

async fn person_measure(
    who: Can<may::ViewFigures>,
    path: Path<(String, String)>,
    query: Query<QuarterQuery>,
) -> Answer {
    let asked = Asked::of(&who, &query);
    let (no, code) = path.into_inner();
    let measure = measure_of(&code)?;
    let reach = who.reach.clone();
    let (person, period, course) = who
        .read(move |conn| {
            let person = reach::find(conn, &reach, &no)?;
            let whose = Subject::Person(person.id);
            let period = asked.period(conn, whose)?;
            Ok((person, period, course(conn, whose, measure, period)?))
        })
        .await?;
    let place = person_place(&person.employee_no);
    let name = person_name(&who, &person);
    measure_page(&who, name, &place, measure, period, Some(&course))
}

fn course(
    conn: &mut Conn,
    whose: Subject<'_>,
    measure: Measure,
    period: Period,
) -> Result<subject::Course> {
    let Period {
        quarter,
        until,
        fiscal_start,
        ..
    } = period;
    subject::course(conn, whose, measure, quarter, until, fiscal_start)
}

fn measure_page(
    who: &Who,
    name: &str,
    place: &Place,
    measure: Measure,
    period: Period,
    course: Option<&subject::Course>,
) -> Answer {
    let all = format!("{}/measures", place.base);
    let choice = period.choice(&format!("{all}/{}", measure.code()));
    let page = view::measures::measure(who.locale, place, measure, choice, period.days, course);
    let title = view::gauge::Gauge::of_measure(measure, who.locale).name;
    let head = head(who, title, name, place).under(plain(who.locale, "evidence-measures"), all);
    who.page("evidence/measure.html", head, &page)
}

/// A team, whether its rows may be read, and whether its figures must be withheld.
struct TeamSeen {
    tree: TeamTree,
    sees_rows: bool,
    withheld: bool,
}

/// Whether a reader reaches a team.
fn reaches_team(conn: &mut Conn, reach: &Reach, code: &str) -> Result<bool> {
    match reach::find_team(conn, reach, code) {
        Ok(_) => Ok(true),
        Err(Error::NotFound(_)) => Ok(false),
        Err(e) => Err(e),
    }
}

fn team_seen(
    conn: &mut Conn,
    teams: &Reach,
    people: Option<&Reach>,
    code: &str,
) -> Result<TeamSeen> {
    let tree = reach::find_team(conn, teams, code)?;
    let sees_rows = match people {
        None => false,
        Some(people) if people == teams => true,
        Some(people) => reaches_team(conn, people, code)?,
    };
    let withheld = !sees_rows && !reach::open_teams(conn, teams.day())?.contains(&tree.team.id);
    Ok(TeamSeen {
        tree,
        sees_rows,
        withheld,
    })
}

async fn team_measures(
    who: Can<may::ViewTeams>,
    path: Path<String>,
    query: Query<QuarterQuery>,
) -> Answer {
    let asked = Asked::of(&who, &query);
    let (teams, code) = (who.reach.clone(), path.into_inner());
    let people = who.reach(Permission::ViewFigures);
    let (team, period, figures) = who
        .read(move |conn| {
            let team = team_seen(conn, &teams, people.as_ref(), &code)?;
            if team.withheld {
                return Ok((team, asked.bare(), None));
            }
            let whose = Subject::Team(&team.tree.tree);
            let period = asked.period(conn, whose)?;
            let figures = subject::overview(conn, whose, period.quarter, period.fiscal_start)?;
            Ok((team, period, Some(figures)))
        })
        .await?;
    let place = team_place(&team.tree.team.code, team.sees_rows);
    let choice = period.choice(&format!("{}/measures", place.base));
    let page = view::measures::measures(who.locale, &place, choice, figures.as_deref());
    let head = head(
        &who,
        plain(who.locale, "evidence-measures"),
        team_name(&who, &team.tree.team),
        &place,
    );
    who.page("evidence/measures.html", head, &page)
}

async fn team_measure(
    who: Can<may::ViewTeams>,
    path: Path<(String, String)>,
    query: Query<QuarterQuery>,
) -> Answer {
    let asked = Asked::of(&who, &query);
    let (code, measure) = path.into_inner();
    let measure = measure_of(&measure)?;
    let teams = who.reach.clone();
    let people = who.reach(Permission::ViewFigures);
    let (team, period, course) = who
        .read(move |conn| {
            let team = team_seen(conn, &teams, people.as_ref(), &code)?;
            if team.withheld {
                return Ok((team, asked.bare(), None));
            }
            let whose = Subject::Team(&team.tree.tree);
            let period = asked.period(conn, whose)?;
            let course = course(conn, whose, measure, period)?;
            Ok((team, period, Some(course)))
        })
        .await?;
    let place = team_place(&team.tree.team.code, team.sees_rows);
    let name = team_name(&who, &team.tree.team);
    measure_page(&who, name, &place, measure, period, course.as_ref())
}

async fn complaints(
    who: Can<may::ViewTeams>,
    path: Path<String>,
    query: Query<QuarterQuery>,
) -> Answer {
    let asked = Asked::of(&who, &query);
    let (teams, code) = (who.reach.clone(), path.into_inner());
    let people = who.reach(Permission::ViewFigures);
    let (team, period, counts) = who
        .read(move |conn| {
            let team = team_seen(conn, &teams, people.as_ref(), &code)?;
            if team.withheld {
                return Ok((team, asked.bare(), None));
            }
            let tree = &team.tree.tree[..];
            let period = asked.period(conn, Subject::Team(tree))?;
            let counts = figures::complaints_by_category(conn, period.days, Some(tree))?;
            Ok((team, period, Some(counts)))
        })
        .await?;
    let place = team_place(&team.tree.team.code, team.sees_rows);
    let choice = period.choice(&format!("{}/complaints", place.base));
    let page = view::pareto::page(who.locale, &place, choice, period.days, counts.as_deref());
    let head = head(
        &who,
        plain(who.locale, "evidence-complaints"),
        team_name(&who, &team.tree.team),
        &place,
    );
    who.page("evidence/complaints.html", head, &page)
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RowsQuery {
    kind: String,
    measure: String,
    channel: String,
    from: String,
    to: String,
    verdict: String,
    after: Option<String>,
    before: Option<String>,
}

impl RowsQuery {
    /// What is asked for; what is no choice of ours is left out.
    fn filter(&self) -> RowFilter {
        let measure = Measure::parse(&self.measure);
        let kinds = measure.map_or(&RowKind::ALL[..], RowKind::of);
        let kind = RowKind::parse(&self.kind).filter(|kind| kinds.contains(kind));
        let day = |text: &str| text.parse().ok().map(day_number);
        RowFilter {
            kind: kind.unwrap_or(kinds[0]),
            measure,
            channel: CHANNELS
                .iter()
                .zip(0..)
                .find_map(|(code, at)| (*code == self.channel).then_some(at)),
            from: day(&self.from),
            to: day(&self.to),
            verdict: Verdict::parse(&self.verdict)
                .filter(|_| measure.is_some_and(Verdict::applies)),
        }
    }

    /// As for a person, but of the last days where none are named.
    fn team_filter(&self, who: &Who) -> RowFilter {
        let mut filter = self.filter();
        if filter.from.is_none() {
            let end = filter.to.unwrap_or(day_number(who.site.today()));
            filter.from = Some(end.saturating_sub(RECENT));
        }
        filter
    }

    fn start(&self) -> From {
        From::of(self.after.as_deref(), self.before.as_deref())
    }
}

/// Where the page begins.
fn cut(from: &From) -> Cut {
    from.read(|(day, id)| {
        Some(RowKey {
            day: day.parse().ok()?,
            id: *id,
        })
    })
}

/// A page of the rows of somebody or some teams, and how many there are.
fn some_rows(
    conn: &mut Conn,
    whose: Subject<'_>,
    filter: &RowFilter,
    cut: Cut,
) -> Result<(Vec<Listed>, i64)> {
    let found = lists::page(conn, whose, filter, cut, ON_A_PAGE + 1)?;
    let counted = list::counted(&found, &cut, || lists::count(conn, whose, filter, COUNTED))?;
    Ok((found, counted))
}

async fn person_rows(
    who: Can<may::ViewFigures>,
    path: Path<String>,
    query: Query<RowsQuery>,
) -> Answer {
    let (filter, from) = (query.filter(), query.start());
    let (reach, no, cut) = (who.reach.clone(), path.into_inner(), cut(&from));
    let (person, found, counted) = who
        .read(move |conn| {
            let person = reach::find(conn, &reach, &no)?;
            let (found, counted) = some_rows(conn, Subject::Person(person.id), &filter, cut)?;
            Ok((person, found, counted))
        })
        .await?;
    let place = person_place(&person.employee_no);
    let slice = Slice::new(found, &from);
    let page = view::rows::rows(&who, &place, false, &filter, slice, counted);
    let head = head(
        &who,
        plain(who.locale, "evidence-records"),
        person_name(&who, &person),
        &place,
    );
    who.page("evidence/rows.html", head, &page)
}

async fn team_rows(
    who: Can<may::ViewFigures>,
    path: Path<String>,
    query: Query<RowsQuery>,
) -> Answer {
    let (filter, from) = (query.team_filter(&who), query.start());
    let (reach, code, cut) = (who.reach.clone(), path.into_inner(), cut(&from));
    let (tree, found, counted) = who
        .read(move |conn| {
            let tree = reach::find_team(conn, &reach, &code)?;
            let (found, counted) = some_rows(conn, Subject::Team(&tree.tree), &filter, cut)?;
            Ok((tree, found, counted))
        })
        .await?;
    let place = team_place(&tree.team.code, true);
    let slice = Slice::new(found, &from);
    let page = view::rows::rows(&who, &place, true, &filter, slice, counted);
    let head = head(
        &who,
        plain(who.locale, "evidence-records"),
        team_name(&who, &tree.team),
        &place,
    );
    who.page("evidence/rows.html", head, &page)
}

async fn export_person(
    who: Can<may::ViewFigures>,
    path: Path<String>,
    query: Query<RowsQuery>,
) -> Answer {
    let (filter, reach, no) = (query.filter(), who.reach.clone(), path.into_inner());
    export(&who, filter, move |conn| {
        let person = reach::find(conn, &reach, &no)?;
        let whose = Subject::Person(person.id);
        let rows = lists::page(conn, whose, &filter, Cut::First, EXPORTED + 1)?;
        Ok((format!("staff:{}", person.employee_no), rows))
    })
    .await
}

async fn export_team(
    who: Can<may::ViewFigures>,
    path: Path<String>,
    query: Query<RowsQuery>,
) -> Answer {
    let (filter, reach, code) = (
        query.team_filter(&who),
        who.reach.clone(),
        path.into_inner(),
    );
    export(&who, filter, move |conn| {
        let tree = reach::find_team(conn, &reach, &code)?;
        let whose = Subject::Team(&tree.tree);
        let rows = lists::page(conn, whose, &filter, Cut::First, EXPORTED + 1)?;
        Ok((format!("team:{}", tree.team.code), rows))
    })
    .await
}

/// The rows of a list as a file, and that they were taken in the trail.
async fn export(
    who: &Who,
    filter: RowFilter,
    read: impl FnOnce(&mut Conn) -> Result<(String, Vec<Listed>)> + Send + 'static,
) -> Answer {
    let (actor, locale) = (who.actor(), who.locale);
    let csv = who
        .site
        .write(move |conn| {
            let (whose, mut rows) = read(conn)?;
            let cut_off = rows.len() as i64 > EXPORTED;
            rows.truncate(EXPORTED as usize);
            let detail = serde_json::json!({ "kind": filter.kind.code(), "rows": rows.len() });
            audit::append(conn, &actor, "export", &whose, &detail)?;
            list::csv(view::rows::export(locale, &rows, filter.measure, cut_off))
        })
        .await?;
    let name = format!("{}.csv", filter.kind.code());
    Ok(who.download(&name, "text/csv; charset=utf-8", csv))
}

async fn row(who: Can<may::ViewFigures>, path: Path<(String, i64)>) -> Answer {
    let (kind, id) = path.into_inner();
    let missing = || Error::NotFound(Message::new("record-not-found"));
    let kind = RowKind::parse(&kind).ok_or_else(missing)?;
    let (reach, teams) = (who.reach.clone(), who.reach(Permission::ViewTeams));
    let (single, team_in_reach) = who
        .read(move |conn| {
            let single = lists::find(conn, &reach, kind, id)?;
            let code = single.listed.team.as_ref().map(|(code, ..)| code.as_str());
            let found = match (code, teams) {
                (Some(code), Some(teams)) => reaches_team(conn, &teams, code)?,
                _ => false,
            };
            Ok((single, found))
        })
        .await?;
    let zone = who.site.settings.zone;
    let may_tell = who.may(Permission::EditFindings);
    let page = view::rows::row(who.locale, zone, &single, team_in_reach, may_tell)?;
    let mut head = Head::new(single.listed.external_id.clone());
    if let Some((no, zh, en)) = &single.listed.staff {
        let rows = format!("{}/records?kind={}", person_place(no).base, kind.code());
        head = head.under(who.locale.pick(zh, en), rows);
    }
    who.page("evidence/row.html", head, &page)
}
