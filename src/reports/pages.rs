//! Reports in the application: the pages of the bundle, each read by itself, for this reader alone.

use std::collections::BTreeSet;
use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::web::{self, Path, Query, ServiceConfig};
use chrono::{NaiveDate, NaiveDateTime};
use serde::Deserialize;
use serde_json::json;

use crate::access::{Permission, Reach, may};
use crate::appraisals::model::result::{PersonResult, TeamResult};
use crate::appraisals::store::cycles;
use crate::audit;
use crate::db::Conn;
use crate::error::{Error, Message, Result};
use crate::files;
use crate::i18n::{Locale, plain};
use crate::jobs as queue;
use crate::people;
use crate::recruitment::store::analytics;
use crate::reports::jobs::{Args, BUNDLE};
use crate::reports::store::{self, Frozen, Sight};
use crate::reports::view::{Audience, Context, Fair, PEOPLE_LISTED, Page, PageSet, Plans, Report};
use crate::reports::{PROGRAM, shelf};
use crate::settings::Settings;
use crate::web::site::escape;
use crate::web::{Answer, Can, Form, Head, Who};

/// The routes of this feature.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/reports", web::get().to(list))
        .route("/reports/{cycle}", web::get().to(overview))
        .route("/reports/{cycle}/cycle", web::get().to(cycle))
        .route("/reports/{cycle}/recruitment", web::get().to(recruitment))
        .route("/reports/{cycle}/teams/{team}", web::get().to(team))
        .route("/reports/{cycle}/people/{no}", web::get().to(person))
        .route("/reports/{cycle}/bundles", web::get().to(bundles))
        .route("/reports/{cycle}/bundles", web::post().to(build))
        .route("/reports/{cycle}/bundles/{file}", web::get().to(download));
}

/// What somebody may see of reports.
fn sight(who: &Who) -> Sight {
    let company = who.reach(Permission::ViewCompany);
    Sight {
        results: who.reach(Permission::ViewResults),
        company: company.is_some_and(|reach| reach.is_everyone()),
    }
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ListQuery {
    before: Option<NaiveDate>,
    said: Option<String>,
}

/// Cycles of a page.
const CYCLES: i64 = 20;

async fn list(who: Can<may::ViewReports>, query: Query<ListQuery>) -> Answer {
    let (me, before) = (who.account.staff_id, query.before);
    let found = who
        .read(move |conn| store::cycles(conn, me, before, CYCLES + 1))
        .await?;
    let view = shelf::list(&who, &sight(&who), found, CYCLES as usize);
    who.page("reports/list.html", Head::of(&who, "reports-title"), &view)
}

/// What a page is made of, beside the result it shows.
struct Made {
    frozen: Frozen,
    audience: Audience,
    pages: PageSet,
    /// Those the overview tells of.
    plans: Plans,
    /// On the page of the cycle alone.
    fair: Option<Fair>,
    /// When what it shows was frozen.
    at: NaiveDateTime,
}

/// A page of a report within the application.
fn answer(
    who: &Who,
    made: &Made,
    title: &str,
    write: impl FnOnce(&Report, &mut Vec<u8>) -> Result<(), tera::Error>,
) -> Answer {
    let settings = &who.site.settings;
    let at = settings
        .zone
        .local(made.at)
        .format("%Y-%m-%d %H:%M")
        .to_string();
    let code = &made.frozen.cycle.code;
    let mut head = Head::new(title).under(plain(who.locale, "reports-title"), "/reports");
    for (page, text) in [
        (Page::Overview, code.as_str()),
        (Page::Cycle, plain(who.locale, "reports-cycle")),
    ] {
        if made.pages.holds(page) && title != text {
            head = head.under(text, page.address(code));
        }
    }
    let frame = who.frame(&head)?;
    let context = Context {
        audience: &made.audience,
        cycle: &made.frozen.cycle,
        frozen_at: Some(&at),
        locale: who.locale,
        organisation: who
            .locale
            .pick(&settings.organisation_zh, &settings.organisation_en),
        pages: Arc::new(made.pages.clone()),
        plans: &made.plans,
        fair: made.fair.as_ref(),
        program: PROGRAM,
        provisional: false,
        snapshot: &made.frozen.stamp,
    };
    let report = Report::within(context, who.site.renderer(who.locale), &frame)?;
    let mut html = Vec::with_capacity(64 * 1024);
    write(&report, &mut html)?;
    Ok(who.html(html))
}

/// For whom the pages about groups are: the widest that the reader is.
fn audience(sight: &Sight, of: impl FnOnce() -> Option<String>) -> Audience {
    if sight.is_all() {
        Audience::All
    } else if sight.company {
        Audience::Leadership
    } else {
        Audience::Team(of().unwrap_or_default())
    }
}

async fn overview(who: Can<may::ViewCompany>, cycle: Path<String>) -> Answer {
    let (code, sight, locale) = (cycle.into_inner(), sight(&who), who.locale);
    let made = who
        .read(move |conn| {
            if !sight.company {
                return Err(store::none());
            }
            let frozen = store::frozen(conn, &code)?;
            let teams = store::teams(conn, &sight, &frozen.cycle)?;
            let day = frozen.made_at.date();
            let plans = super::plans_for(conn, &Audience::Leadership, day)?;
            let codes = plans.rows.iter().map(|row| row.code.clone());
            let recruits = analytics::any(conn)?;
            let pages = PageSet::open_to(true, true, teams.seen, BTreeSet::new(), locale);
            Ok(Made {
                audience: audience(&sight, || None),
                pages: pages.with_plans(codes).with_recruitment(recruits),
                plans,
                fair: None,
                at: frozen.made_at,
                frozen,
            })
        })
        .await?;
    let title = made.frozen.cycle.code.clone();
    answer(&who, &made, &title, |report, out| report.overview(out))
}

/// How recruitment went in the quarter, as it stands now; selection by group for those who see it everywhere.
async fn recruitment(who: Can<may::ViewCompany>, cycle: Path<String>) -> Answer {
    let (code, sight, locale) = (cycle.into_inner(), sight(&who), who.locale);
    let groups = who.reach(Permission::ViewSelection);
    let groups = groups.is_some_and(|reach| reach.is_everyone());
    let funnel = who.reach(Permission::ViewFunnel).filter(Reach::is_everyone);
    let (made, known) = who
        .read(move |conn| {
            let reach = funnel.filter(|_| sight.company).ok_or_else(store::none)?;
            let frozen = store::frozen(conn, &code)?;
            let audience = if groups {
                Audience::All
            } else {
                Audience::Leadership
            };
            let cycle = cycles::find(conn, &code)?;
            let settings = Settings::load(conn)?;
            let known = super::recruitment_for(conn, reach, &audience, &cycle, &settings)?;
            let pages = PageSet::open_to(true, true, BTreeSet::new(), BTreeSet::new(), locale);
            let made = Made {
                audience,
                pages,
                plans: Plans::default(),
                fair: None,
                at: frozen.made_at,
                frozen,
            };
            Ok((made, known.ok_or_else(store::none)?))
        })
        .await?;
    let title = plain(who.locale, "figures-title");
    answer(&who, &made, title, |report, out| {
        report.recruitment(&known, out)
    })
}

/// Number and employee number of the reader's own record.
fn own(who: &Who) -> Option<(i64, String)> {
    let account = &who.account;
    account.staff_id.zip(account.employee_no.clone())
}

/// Leaves the reader out of lists of people until their own result is released.
fn without_own(
    conn: &mut Conn,
    sight: &Sight,
    cycle: &str,
    own: Option<&(i64, String)>,
    teams: &mut [TeamResult],
) -> Result<()> {
    let Some((staff_id, no)) = own else {
        return Ok(());
    };
    let beyond = sight.results.as_ref().is_some_and(Reach::is_beyond_line);
    let mut members = teams.iter().flat_map(|team| &team.members);
    if beyond
        || !members.any(|member| member.employee_no == *no)
        || store::released(conn, cycle, *staff_id)?.is_some()
    {
        return Ok(());
    }
    for team in teams {
        team.members.retain(|member| member.employee_no != *no);
    }
    Ok(())
}

async fn cycle(who: Can<may::ViewReports>, cycle: Path<String>) -> Answer {
    let (code, sight, locale) = (cycle.into_inner(), sight(&who), who.locale);
    let own = own(&who);
    let (made, listed) = who
        .read(move |conn| {
            let frozen = store::frozen(conn, &code)?;
            let teams = store::teams(conn, &sight, &frozen.cycle)?;
            if teams.seen.is_empty() && !sight.company {
                return Err(store::none());
            }
            let named = frozen
                .cycle
                .teams
                .iter()
                .filter(|t| teams.named.contains(&t.code));
            let largest = named.max_by_key(|t| t.headcount);
            // Parents hold the people of those below them.
            let few = largest.is_some_and(|t| t.headcount <= PEOPLE_LISTED as i64);
            let mut listed: Vec<TeamResult> = if few {
                store::team_results(conn, &code, &teams.named)?
            } else {
                Vec::new()
            };
            without_own(conn, &sight, &code, own.as_ref(), &mut listed)?;
            let fair = if sight.company {
                let found = cycles::find(conn, &code)?;
                store::fair(conn, &found, found.ends_on)?
            } else {
                None
            };
            let people = listed.iter().flat_map(|t| &t.members);
            let people = people.map(|m| m.employee_no.clone()).collect();
            Ok((
                Made {
                    audience: audience(&sight, || largest.map(|t| t.code.clone())),
                    pages: PageSet::open_to(sight.company, true, teams.seen, people, locale),
                    plans: Plans::default(),
                    fair,
                    at: frozen.made_at,
                    frozen,
                },
                listed,
            ))
        })
        .await?;
    let title = plain(who.locale, "reports-cycle");
    answer(&who, &made, title, |report, out| report.cycle(&listed, out))
}

async fn team(who: Can<may::ViewReports>, path: Path<(String, String)>) -> Answer {
    let ((cycle, code), sight, locale) = (path.into_inner(), sight(&who), who.locale);
    let own = own(&who);
    let (made, team) = who
        .read(move |conn| {
            let frozen = store::frozen(conn, &cycle)?;
            let teams = store::teams(conn, &sight, &frozen.cycle)?;
            if !teams.seen.contains(&code) {
                return Err(store::none());
            }
            let (mut team, _, at) = store::part::<TeamResult>(conn, "team", &cycle, &code)?;
            let named = teams.named.contains(&code);
            let held = std::slice::from_mut(&mut team);
            without_own(conn, &sight, &cycle, own.as_ref(), held)?;
            let people = if named {
                team.members.iter().map(|m| m.employee_no.clone()).collect()
            } else {
                BTreeSet::new()
            };
            let audience = if named && !sight.is_all() {
                Audience::Team(code)
            } else {
                audience(&sight, || None)
            };
            Ok((
                Made {
                    audience,
                    pages: PageSet::open_to(sight.company, true, teams.seen, people, locale),
                    plans: Plans::default(),
                    fair: None,
                    at,
                    frozen,
                },
                team,
            ))
        })
        .await?;
    let title = who.locale.pick(&team.name_zh, &team.name_en);
    answer(&who, &made, title, |report, out| report.team(&team, out))
}

/// The sheet of a person. One's own only once it is released; opening a released one of somebody else
/// leaves a trace.
async fn person(who: Can<may::ViewReports>, path: Path<(String, String)>) -> Answer {
    let ((cycle, no), sight, locale) = (path.into_inner(), sight(&who), who.locale);
    let (subject, leads, me) = (
        format!("{cycle}/{no}"),
        who.account.leads,
        who.account.staff_id,
    );
    let zone = who.site.settings.zone;
    let (made, (person, told), version, trace) = who
        .read(move |conn| {
            let results = sight.results.clone().ok_or_else(store::none)?;
            let staff = people::store::reach::find(conn, &results, &no)?;
            let released = store::released(conn, &cycle, staff.id)?;
            let own = me == Some(staff.id);
            if own && released.is_none() && !results.is_beyond_line() {
                return Err(store::none());
            }
            let frozen = store::frozen(conn, &cycle)?;
            let (person, version, at) = store::part::<PersonResult>(conn, "person", &cycle, &no)?;
            let told = store::told(conn, &cycle, Some(&no), zone)?.remove(&no);
            let made = Made {
                audience: person_audience(&sight, own, &person),
                pages: person_pages(conn, &sight, &results, &frozen, &person, leads, locale)?,
                plans: Plans::default(),
                fair: None,
                at,
                frozen,
            };
            Ok((made, (person, told), version, released.is_some() && !own))
        })
        .await?;
    if trace {
        let actor = who.actor();
        let detail = json!({ "version": version });
        who.site
            .write(move |conn| audit::append(conn, &actor, "result-opened", &subject, &detail))
            .await?;
    }
    let title = who.locale.pick(&person.name, &person.name_en);
    answer(&who, &made, title, |report, out| {
        report.person(&person, version, told.as_ref(), out)
    })
}

fn person_audience(sight: &Sight, own: bool, person: &PersonResult) -> Audience {
    match &person.team {
        _ if sight.is_all() => Audience::All,
        Some(team) if !own => Audience::Team(team.clone()),
        _ => Audience::Staff(person.employee_no.clone()),
    }
}

/// Where the sheet of a person may lead: their manager, if within reach; their team, for those who see every
/// team; the page of the cycle, for those who see one.
fn person_pages(
    conn: &mut Conn,
    sight: &Sight,
    results: &Reach,
    frozen: &Frozen,
    person: &PersonResult,
    leads: bool,
    locale: Locale,
) -> Result<PageSet> {
    let named: Vec<&str> = person.manager_no.iter().map(String::as_str).collect();
    let mut people = store::reached(conn, results, &named)?;
    // A manager's own sheet may not be released yet; it is found in the list.
    if !results.is_beyond_line() {
        people.clear();
    }
    people.insert(person.employee_no.clone());
    let teams: BTreeSet<String> = if results.is_everyone() {
        frozen.cycle.teams.iter().map(|t| t.code.clone()).collect()
    } else {
        BTreeSet::new()
    };
    let cycle = leads || sight.company;
    Ok(PageSet::open_to(
        sight.company,
        cycle,
        teams,
        people,
        locale,
    ))
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct BundlesQuery {
    said: Option<String>,
}

/// For whom somebody may have a bundle built.
fn audiences(conn: &mut Conn, sight: &Sight, cycle: &str) -> Result<shelf::Offer> {
    let cycle = store::frozen(conn, cycle)?.cycle;
    let teams = store::teams(conn, sight, &cycle)?;
    let mut offered = Vec::new();
    if sight.is_all() {
        offered.push(Audience::All);
    }
    if sight.company {
        offered.push(Audience::Leadership);
    }
    offered.extend(teams.named.into_iter().map(Audience::Team));
    if offered.is_empty() {
        return Err(store::none());
    }
    Ok(shelf::Offer { cycle, offered })
}

async fn bundles(
    who: Can<may::BuildReports>,
    cycle: Path<String>,
    _: Query<BundlesQuery>,
) -> Answer {
    let (code, sight, account) = (cycle.into_inner(), sight(&who), who.account.account_id);
    let (offer, jobs) = who
        .read(move |conn| {
            let offer = audiences(conn, &sight, &code)?;
            let start = format!("{account}:{}:", offer.cycle.code);
            Ok((offer, queue::of_account(conn, BUNDLE, account, &start)?))
        })
        .await?;
    bundles_page(&who, StatusCode::OK, shelf::bundles(&who, &offer, &jobs))
}

fn bundles_page(who: &Who, status: StatusCode, view: shelf::Bundles) -> Answer {
    let head = Head::of(who, "bundles-title").under(plain(who.locale, "reports-title"), "/reports");
    who.page_with(status, "reports/bundles.html", head, &view)
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Build {
    audience: String,
    zh: String,
    en: String,
}

/// Has a bundle built.
async fn build(who: Can<may::BuildReports>, cycle: Path<String>, form: Form<Build>) -> Answer {
    let (code, sight, account) = (cycle.into_inner(), sight(&who), who.account.account_id);
    let (offer, jobs) = who
        .read(move |conn| {
            let offer = audiences(conn, &sight, &code)?;
            let start = format!("{account}:{}:", offer.cycle.code);
            Ok((offer, queue::of_account(conn, BUNDLE, account, &start)?))
        })
        .await?;
    let mut check = form.check();
    let audience = check.choice("audience", &form.sent.audience, |text| {
        let audience: Audience = text.parse().ok()?;
        offer.offered.contains(&audience).then_some(audience)
    });
    let mut locales = vec![(&form.sent.zh, Locale::Zh), (&form.sent.en, Locale::En)];
    locales.retain(|(ticked, _)| !ticked.is_empty());
    if locales.is_empty() {
        check.wrong("zh", Message::new("bundles-no-language"));
    }
    if let Err(errors) = check.done() {
        let mut view = shelf::bundles(&who, &offer, &jobs);
        view.form = view.form.again(who.locale, &form, &errors);
        return bundles_page(&who, StatusCode::UNPROCESSABLE_ENTITY, view);
    }
    let args = Args {
        cycle: offer.cycle.code,
        audience: audience.map_or_else(String::new, |a| a.to_string()),
        locales: locales.iter().map(|(_, l)| l.tag().to_string()).collect(),
    };
    who.once(&form.once, move |conn, actor| {
        let key = args.key(account);
        let detail = serde_json::to_value(&args)?;
        queue::enqueue(conn, BUNDLE, &key, &detail, Some(account), actor.at)?;
        audit::append(conn, actor, "bundle-ordered", &args.cycle, &detail)?;
        Ok(format!("/reports/{}/bundles", escape(&args.cycle)))
    })
    .await
}

/// A bundle, for the account that had it built and nobody else.
async fn download(who: Can<may::BuildReports>, path: Path<(String, i64)>) -> Answer {
    let ((cycle, id), account, actor) = (path.into_inner(), who.account.account_id, who.actor());
    let file = who
        .site
        .write(move |conn| {
            let file = files::find(conn, id)?;
            if file.kind != BUNDLE || file.account_id != Some(account) {
                return Err(Error::NotFound(Message::new("file-gone")));
            }
            let detail = json!({ "file": file.name, "sha256": file.sha256 });
            audit::append(conn, &actor, "bundle-downloaded", &cycle, &detail)?;
            Ok(file)
        })
        .await?;
    Ok(who.download_stored(&file))
}
