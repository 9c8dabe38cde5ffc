//! Pages of plans: the register, a plan and what is done with it, the draft's form, the file of a person's.

use actix_web::http::StatusCode;
use actix_web::web::{self, Path, Query, ServiceConfig};
use chrono::{Months, NaiveDate};
use serde::Deserialize;
use serde_json::json;

use crate::access::{Permission, Reach, may};
use crate::audit;
use crate::calendar::{FiscalStart, Quarter, Zone};
use crate::db::Conn;
use crate::error::{Error, Message, Result};
use crate::evidence::measures::MICRO;
use crate::evidence::view::findings;
use crate::findings::store::{self as finding_store, Finding};
use crate::goals::model::Kpi;
use crate::goals::store as library;
use crate::i18n::{self, plain};
use crate::people::store::{number_of, reach};
use crate::plans::model::{
    ActionKind, ActionState, Baseline, Causes, Course, EventBody, EventKind, Fishbone,
    MOST_ACTIONS, Now, Scope, Standard, State, Step, Terms, Verdict,
};
use crate::plans::reading;
use crate::plans::store::{self, Filter, NewAction, NewPlan, Plan, Seen, Sort, Start};
use crate::plans::view::forms::{self, FilePage, Given, May, Page};
use crate::plans::view::list as view;
use crate::plans::view::sheet::{Known, Reader, sheet};
use crate::web::form::{Check, FieldErrors, FormView};
use crate::web::list::{self, From, ON_A_PAGE, Slice};
use crate::web::{Answer, Can, Form, Head, Problem, Who};

/// Rows of an export.
const EXPORTED: i64 = 10_000;

/// Longest time that an extension adds.
const LONGEST_EXTENSION: Months = Months::new(6);

/// The routes of this feature.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/plans", web::get().to(list))
        .route("/plans.csv", web::get().to(export))
        .route("/plans/new", web::get().to(new_form))
        .route("/plans/new", web::post().to(create))
        .route("/plans/{code}", web::get().to(show))
        .route("/plans/{code}/edit", web::get().to(edit_form))
        .route("/plans/{code}/edit", web::post().to(change))
        .route("/plans/{code}/step", web::post().to(step))
        .route("/plans/{code}/actions", web::post().to(add_action))
        .route("/plans/{code}/actions/outcome", web::post().to(set_action))
        .route("/plans/{code}/reviews", web::post().to(note))
        .route("/plans/{code}/acknowledge", web::post().to(acknowledge))
        .route("/plans/{code}/file", web::get().to(file));
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ListQuery {
    q: String,
    state: String,
    scope: String,
    verdict: String,
    sort: String,
    after: Option<String>,
    before: Option<String>,
    said: Option<String>,
}

impl ListQuery {
    fn filter(&self) -> Filter {
        Filter {
            q: self.q.trim().to_string(),
            state: State::parse(&self.state),
            scope: Scope::parse(&self.scope),
            verdict: Verdict::parse(&self.verdict),
            sort: if self.sort == Sort::Due.code() {
                Sort::Due
            } else {
                Sort::Newest
            },
        }
    }
}

fn start(from: &From) -> Start {
    from.read(|(sort, id)| Some((view::day_of(sort), *id)))
}

/// What a reader sees, by their permissions.
fn seen(conn: &mut Conn, groups: &Reach, people: Option<&Reach>) -> Result<Seen> {
    Seen::read(conn, groups, people)
}

async fn list(who: Can<may::ViewPlans>, query: Query<ListQuery>) -> Answer {
    let filter = query.filter();
    let from = From::of(query.after.as_deref(), query.before.as_deref());
    let (groups, people) = (who.reach.clone(), who.reach(Permission::ViewPersonalPlans));
    let (asked, at) = (filter.clone(), start(&from));
    let counts_only = who.reach.is_everyone() && people.as_ref().is_none_or(|p| !p.is_everyone());
    let (rows, states, personal) = who
        .read(move |conn| {
            let seen = seen(conn, &groups, people.as_ref())?;
            let rows = store::page(conn, &seen, &asked, at, ON_A_PAGE + 1)?;
            let states = store::states(conn, &seen, &asked)?;
            let personal = if counts_only {
                store::personal(conn)?
            } else {
                Vec::new()
            };
            Ok((rows, states, personal))
        })
        .await?;
    let slice = Slice::new(rows, &from);
    let page = view::list(&who, &filter, slice, &states, &personal, makes(&who));
    who.page("plans/list.html", Head::of(&who, "plans-title"), &page)
}

/// The rows of the list as a file.
async fn export(who: Can<may::ViewPlans>, query: Query<ListQuery>) -> Answer {
    let (filter, locale, actor) = (query.filter(), who.locale, who.actor());
    let (groups, people) = (who.reach.clone(), who.reach(Permission::ViewPersonalPlans));
    let csv = who
        .site
        .write(move |conn| {
            let seen = seen(conn, &groups, people.as_ref())?;
            let rows = store::page(conn, &seen, &filter, Start::First, EXPORTED)?;
            let detail = json!({ "rows": rows.len() });
            audit::append(conn, &actor, "export", "plans", &detail)?;
            list::csv(view::export(locale, &rows))
        })
        .await?;
    Ok(who.download("plans.csv", "text/csv; charset=utf-8", csv))
}

/// Whether somebody makes plans at all: whoever has people below them, or HR.
fn makes(who: &Who) -> bool {
    let reach = who.reach(Permission::EditPlans);
    reach.is_some_and(|reach| reach.is_beyond_line() || who.account.leads)
}

fn head<'a>(who: &Who, title: &'a str) -> Head<'a> {
    Head::new(title).under(plain(who.locale, "plans-title"), "/plans")
}

/// What it takes to read a plan.
#[derive(Clone)]
struct Asked {
    code: String,
    groups: Reach,
    people: Option<Reach>,
    edit: Option<Reach>,
    findings: Option<Reach>,
    today: NaiveDate,
    zone: Zone,
    fiscal_start: FiscalStart,
}

impl Asked {
    fn of(who: &Who, code: String) -> std::result::Result<Asked, Problem> {
        Ok(Asked {
            code,
            groups: who.reach(Permission::ViewPlans).ok_or(Problem::Forbidden)?,
            people: who.reach(Permission::ViewPersonalPlans),
            edit: who.reach(Permission::EditPlans),
            findings: who.reach(Permission::ViewFindings),
            today: who.site.today(),
            zone: who.site.settings.zone,
            fiscal_start: who.site.settings.fiscal_start,
        })
    }
}

/// A plan as its reader may have it.
#[derive(Clone)]
struct Read {
    known: Known,
    may_edit: bool,
    /// Whether whom or which team it is about is a page of theirs.
    about_link: bool,
    finding_links: bool,
}

impl Read {
    fn load(conn: &mut Conn, asked: &Asked) -> Result<Read> {
        let seen = seen(conn, &asked.groups, asked.people.as_ref())?;
        // Most may change what they see; whoever has another reach for it asks again.
        let edit = match &asked.edit {
            Some(edit) if *edit == asked.groups && asked.people.as_ref() == Some(edit) => {
                Some(seen.unassigned())
            }
            Some(edit) => Some(Seen::edit(conn, edit)?),
            None => None,
        };
        let found = store::find(conn, &seen, edit.as_ref(), &asked.code)?;
        let plan = found.plan;
        let about_link = match (&plan.staff, plan.terms.team_id, &asked.people) {
            (Some((no, ..)), _, Some(people)) => reach::find(conn, people, no).is_ok(),
            (Some(_), _, None) => false,
            (None, Some(team), _) => seen.holds_team(team),
            (None, None, _) => false,
        };
        let known = reading::known(conn, plan, asked.today, asked.zone, asked.fiscal_start)?;
        Ok(Read {
            known,
            may_edit: found.may_edit,
            about_link,
            finding_links: asked.findings.as_ref().is_some_and(Reach::is_everyone),
        })
    }

    fn sheet(&self, who: &Who) -> crate::plans::view::sheet::Sheet {
        let reader = Reader {
            locale: who.locale,
            names: true,
            links: self.about_link,
            finding_links: self.finding_links,
        };
        sheet(reader, &self.known)
    }

    /// The actions whose outcome somebody may tell, by position.
    fn outcomes(&self, me: Option<i64>) -> Vec<i32> {
        let running = matches!(self.known.plan.state, State::Approved | State::Doing);
        self.known
            .actions
            .iter()
            .filter(|action| running && (self.may_edit || me == Some(action.owner_id)))
            .map(|action| action.position)
            .collect()
    }

    fn may_approve(&self, who: &Who) -> bool {
        let terms = &self.known.plan.terms;
        let me = who.account.staff_id;
        let edit = who.reach(Permission::EditPlans);
        let named = me.is_some() && terms.sponsor_id == me;
        let own = self.known.plan.is_about(me);
        let unnamed = terms.sponsor_id.is_none() && self.may_edit;
        !own && (named || unnamed || edit.is_some_and(|reach| reach.is_everyone()))
    }

    /// Says what a reader may do with the plan, and what the rest waits for.
    fn may(&self, who: &Who) -> May {
        let (known, plan) = (&self.known, &self.known.plan);
        let me = who.account.staff_id;
        let may_approve = self.may_approve(who);
        let issues = known.issues();
        let now = now(known, &issues, may_approve);
        let mut may = May {
            edit: self.may_edit && plan.state == State::Draft,
            add: self.may_edit
                && matches!(plan.state, State::Draft | State::Approved | State::Doing)
                && known.actions.len() < MOST_ACTIONS,
            outcomes: self.outcomes(me),
            note: !plan.state.is_closed()
                && (self.may_edit || plan.terms.sponsor_id == me && me.is_some()),
            own: plan.is_about(me) && plan.state != State::Draft,
            ..May::default()
        };
        for step in Step::of(plan.state, plan.paused_at.is_some()) {
            let theirs = match step {
                Step::Approve => may_approve,
                Step::Ask => self.may_edit && plan.terms.sponsor_id.is_some(),
                _ => self.may_edit,
            };
            if !theirs {
                continue;
            }
            match now.allows(*step) {
                Ok(()) => may.steps.push(*step),
                Err(e) => {
                    let why = e.messages().first().map(|m| i18n::message(who.locale, m));
                    may.waiting.push((*step, why.unwrap_or_default()));
                }
            }
        }
        may
    }

    fn page(&self, who: &Who) -> Page {
        let unread = self.known.plan.is_about(who.account.staff_id) && self.known.unread() > 0;
        forms::page(
            who,
            &self.known.plan,
            self.sheet(who),
            &self.known.actions,
            unread,
            &self.may(who),
        )
    }
}

fn now<'a>(known: &Known, issues: &'a [crate::plans::model::Issue], may_approve: bool) -> Now<'a> {
    let plan = &known.plan;
    Now {
        state: plan.state,
        paused: plan.paused_at.is_some(),
        scope: plan.terms.scope,
        issues,
        open_actions: known.open_actions(),
        delivered: known.delivered(),
        may_approve,
        ends_on: plan.terms.ends_on,
        today: known.today,
        verdict: known.verdict(),
    }
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Said {
    said: Option<String>,
}

async fn load(who: &Who, code: String) -> std::result::Result<Read, Problem> {
    let asked = Asked::of(who, code)?;
    who.read(move |conn| Read::load(conn, &asked)).await
}

fn show_head<'a>(who: &Who, read: &'a Read) -> Head<'a> {
    head(who, &read.known.plan.terms.title)
}

async fn show(who: Can<may::ViewPlans>, code: Path<String>, _: Query<Said>) -> Answer {
    let read = load(&who, code.into_inner()).await?;
    who.page("plans/show.html", show_head(&who, &read), &read.page(&who))
}

async fn file(who: Can<may::ViewPersonalPlans>, code: Path<String>) -> Answer {
    let read = load(&who, code.into_inner()).await?;
    let plan = &read.known.plan;
    if plan.terms.scope != Scope::Person {
        let missing = Message::new("plan-not-found").with("code", &plan.code);
        return Err(Error::NotFound(missing).into());
    }
    let settings = &who.site.settings;
    let page = FilePage {
        plan: read.sheet(&who),
        printed: who.site.today().to_string(),
        organisation: who
            .locale
            .pick(&settings.organisation_zh, &settings.organisation_en)
            .to_owned(),
    };
    let head = Head::about(&who, &plan.code, plain(who.locale, "plan-file"))
        .under(plain(who.locale, "plans-title"), "/plans")
        .under(plan.terms.title.clone(), format!("/plans/{}", plan.code));
    who.page("plans/file.html", head, &page)
}

/// A form of a plan's page: which one, as a place in the page.
type Slot = fn(&mut Page) -> &mut Option<FormView>;

/// The page again with what was typed into one of its forms and what is wrong with it.
fn again<T>(who: &Who, read: &Read, slot: Slot, form: &Form<T>, errors: &FieldErrors) -> Answer {
    let mut page = read.page(who);
    let place = slot(&mut page);
    match place.take() {
        Some(view) => *place = Some(view.again(who.locale, form, errors)),
        // What the form was for cannot be done any more.
        None => return Err(Error::Conflict(Message::new("form-conflict")).into()),
    }
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    who.page_with(status, "plans/show.html", show_head(who, read), &page)
}

/// The page as it stands now with what was typed into one of its forms, after somebody else changed it.
async fn conflict<T>(who: &Who, code: String, slot: Slot, form: &Form<T>) -> Answer {
    let read = load(who, code).await?;
    let mut page = read.page(who);
    let place = slot(&mut page);
    match place.take() {
        Some(view) => *place = Some(view.conflict(who.locale, form)),
        None => return Err(Error::Conflict(Message::new("form-conflict")).into()),
    }
    who.page_with(
        StatusCode::CONFLICT,
        "plans/show.html",
        show_head(who, &read),
        &page,
    )
}

/// Writes a change of a plan; a stale one comes back as the page of now with what was typed.
async fn write<T>(
    who: &Who,
    code: String,
    slot: Slot,
    form: &Form<T>,
    work: impl FnOnce(&mut Conn, &crate::audit::Actor) -> Result<()> + Send + 'static,
) -> Answer {
    let location = format!("/plans/{code}?said=saved");
    let answer = who
        .once(&form.once, move |conn, actor| {
            work(conn, actor)?;
            Ok(location)
        })
        .await;
    match answer {
        Err(Problem::Failed(Error::Conflict(_))) => conflict(who, code, slot, form).await,
        other => other,
    }
}

/// What a new plan starts from.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct NewQuery {
    finding: String,
    staff: String,
    team: String,
}

/// The KPIs that evidence measures, in use.
fn kpis(conn: &mut Conn) -> Result<Vec<Kpi>> {
    let all = library::newest(conn)?.into_iter();
    Ok(all
        .filter(|stored| stored.retired_at.is_none() && stored.kpi.measure.is_some())
        .map(|stored| stored.kpi)
        .collect())
}

/// What a finding says of the plan that is made of it.
fn from_finding(who: &Who, found: &Finding, given: &mut Given) {
    given.finding = found.id.to_string();
    given.title = findings::title(who.locale, found)
        .chars()
        .take(200)
        .collect();
    given.kpi.clone_from(&found.measure);
    match (&found.staff, &found.team) {
        (Some((no, ..)), _) => {
            given.scope = Some(Scope::Person);
            given.staff.clone_from(no);
        }
        (None, Some((code, ..))) => {
            given.scope = Some(Scope::Team);
            given.team.clone_from(code);
        }
        (None, None) => given.scope = Some(Scope::Process),
    }
}

async fn new_form(who: Can<may::EditPlans>, query: Query<NewQuery>) -> Answer {
    if !makes(&who) {
        return Err(Problem::Forbidden);
    }
    let query = query.into_inner();
    let fiscal_start = who.site.settings.fiscal_start;
    let last = Quarter::of(who.site.today(), fiscal_start).prev();
    let mut given = Given {
        scope: (!query.staff.is_empty()).then_some(Scope::Person),
        staff: query.staff,
        team: query.team,
        owner: who.account.employee_no.clone().unwrap_or_default(),
        base: Some((last.first_day(fiscal_start), last.last_day(fiscal_start))),
        ..Given::default()
    };
    let finding: Option<i64> = query.finding.parse().ok();
    let reach = who.reach(Permission::ViewFindings);
    let (found, kpis) = who
        .read(move |conn| {
            let found = match (finding, reach) {
                (Some(id), Some(reach)) => Some(finding_store::find(conn, &reach, id)?),
                _ => None,
            };
            Ok((found, kpis(conn)?))
        })
        .await?;
    if let Some(found) = &found {
        from_finding(&who, found, &mut given);
    }
    let view = forms::edit(&who, None, &given, &kpis);
    let title = plain(who.locale, "plan-new");
    who.page("plans/edit.html", head(&who, title), &view)
}

#[derive(Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Sent {
    finding: String,
    scope: String,
    staff: String,
    team: String,
    title: String,
    problem: String,
    kpi: String,
    base_from: String,
    base_to: String,
    whys: String,
    people: String,
    process: String,
    tools: String,
    information: String,
    environment: String,
    management: String,
    target: String,
    min_effect: String,
    comparison: String,
    starts_on: String,
    check_from: String,
    ends_on: String,
    review_days: String,
    owner: String,
    sponsor: String,
    standard: String,
    published: String,
    read_on: String,
    criteria: String,
}

/// A decimal number as millionths, exactly; nothing where nothing was typed.
fn micro(check: &mut Check, field: &str, typed: &str) -> Option<i64> {
    let typed = typed.trim();
    if typed.is_empty() {
        return None;
    }
    let parsed = millionths(typed);
    if parsed.is_none() {
        check.wrong(field, Message::new("field-number"));
    }
    parsed
}

fn millionths(typed: &str) -> Option<i64> {
    let (sign, digits) = match typed.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, typed),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let only_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let fits = (1..=9).contains(&whole.len()) && part.len() <= 6;
    if !fits || !only_digits(whole) || !only_digits(part) {
        return None;
    }
    let part: i64 = format!("{part:0<6}").parse().ok()?;
    Some(sign * (whole.parse::<i64>().ok()? * MICRO + part))
}

/// What was typed, before anything is looked up.
fn typed(check: &mut Check, sent: &Sent) -> (Option<Terms>, Option<Baseline>) {
    let scope = check.choice("scope", &sent.scope, Scope::parse);
    let title = check.required("title", &sent.title, 200);
    let problem = check.optional("problem", &sent.problem, 4_000);
    let whys = check.optional("whys", &sent.whys, 4_000);
    let mut side = |field, text| check.optional(field, text, 2_000).unwrap_or_default();
    let fishbone = Fishbone {
        environment: side("environment", &sent.environment),
        information: side("information", &sent.information),
        management: side("management", &sent.management),
        people: side("people", &sent.people),
        process: side("process", &sent.process),
        tools: side("tools", &sent.tools),
    };
    let standard = Standard {
        criteria: side("criteria", &sent.criteria),
        published: side("published", &sent.published),
        text: side("standard", &sent.standard),
        read_on: check.date("read_on", &sent.read_on),
    };
    let base = check
        .date("base_from", &sent.base_from)
        .zip(check.date("base_to", &sent.base_to));
    if base.is_some_and(|(from, to)| from > to) {
        check.wrong("base_to", Message::new("plan-dates-turned"));
    }
    let baseline = base.map(|(from, to)| Baseline {
        comparison: None,
        figure: None,
        from,
        to,
    });
    let min_effect_u = micro(check, "min_effect", &sent.min_effect);
    if min_effect_u.is_some_and(|u| u <= 0) {
        check.wrong("min_effect", Message::new("plan-min-effect-positive"));
    }
    let terms = scope.map(|scope| Terms {
        scope,
        staff_id: None,
        team_id: None,
        owner_id: 0,
        sponsor_id: None,
        title,
        kpi_id: None,
        problem: problem.unwrap_or_default(),
        causes: Causes {
            fishbone,
            whys: whys
                .unwrap_or_default()
                .lines()
                .map(str::trim)
                .filter(|line| !line.is_empty())
                .map(str::to_owned)
                .collect(),
        },
        comparison_team_id: None,
        min_effect_u,
        target_u: micro(check, "target", &sent.target),
        starts_on: check.date("starts_on", &sent.starts_on),
        check_from: check.date("check_from", &sent.check_from),
        ends_on: check.date("ends_on", &sent.ends_on),
        review_days: check.whole("review_days", &sent.review_days, 1, 92) as i32,
        standard: (scope == Scope::Person).then_some(standard),
    });
    (terms, baseline)
}

/// Whom a form names may be looked up by these.
#[derive(Clone)]
struct Reaches {
    edit: Reach,
    people: Reach,
    teams: Reach,
}

impl Reaches {
    fn of(who: &Who) -> std::result::Result<Reaches, Problem> {
        let reach = |permission| who.reach(permission).ok_or(Problem::Forbidden);
        Ok(Reaches {
            edit: reach(Permission::EditPlans)?,
            people: reach(Permission::ViewPeople)?,
            teams: reach(Permission::ViewTeams)?,
        })
    }
}

/// Looks up whom a form names; gives the fields whose name means nobody.
fn look_up(
    conn: &mut Conn,
    reaches: &Reaches,
    sent: &Sent,
    terms: &mut Terms,
) -> Result<Vec<(&'static str, Message)>> {
    let mut wrong: Vec<(&'static str, Message)> = Vec::new();
    macro_rules! known {
        ($field:literal, $found:expr) => {
            match $found {
                Ok(id) => Some(id),
                Err(Error::NotFound(message)) => {
                    wrong.push(($field, message));
                    None
                }
                Err(e) => return Err(e),
            }
        };
    }
    let edit = &reaches.edit;
    match terms.scope {
        Scope::Person => {
            terms.staff_id = known!(
                "staff",
                reach::find(conn, edit, sent.staff.trim()).map(|s| s.id)
            );
            if terms.staff_id.is_some() && terms.staff_id == edit.me() {
                wrong.push(("staff", Message::new("plan-not-of-oneself")));
            }
        }
        Scope::Team => {
            let found = reach::find_team(conn, edit, sent.team.trim());
            terms.team_id = known!("team", found.map(|tree| tree.team.id));
        }
        Scope::Process if edit.is_everyone() => {}
        Scope::Process => wrong.push(("scope", Message::new("plan-process-by-hr"))),
    }
    let people = &reaches.people;
    if let Some(id) = known!(
        "owner",
        reach::find(conn, people, sent.owner.trim()).map(|s| s.id)
    ) {
        terms.owner_id = id;
        if terms.staff_id == Some(id) {
            wrong.push(("owner", Message::new("plan-owner-is-subject")));
        }
    }
    if !sent.sponsor.trim().is_empty() {
        // Whoever reviews is often above the asker or beside them, out of their reach: who knows the number
        // may name them.
        terms.sponsor_id = number_of(conn, sent.sponsor.trim())?;
        if terms.sponsor_id.is_none() {
            let missing = Message::new("person-not-found").with("no", sent.sponsor.trim());
            wrong.push(("sponsor", missing));
        }
        let one_of_them = terms.sponsor_id == Some(terms.owner_id)
            || (terms.sponsor_id.is_some() && terms.sponsor_id == terms.staff_id);
        if one_of_them {
            wrong.push(("sponsor", Message::new("plan-sponsor-is-other")));
        }
    }
    if !sent.comparison.trim().is_empty() {
        let found = reach::find_team(conn, &reaches.teams, sent.comparison.trim());
        terms.comparison_team_id = known!("comparison", found.map(|tree| tree.team.id));
        if terms.comparison_team_id.is_some() && terms.comparison_team_id == terms.team_id {
            wrong.push(("comparison", Message::new("plan-comparison-is-other")));
        }
    }
    if !sent.kpi.is_empty() {
        match library::library(conn)?.get(&sent.kpi) {
            Some((id, kpi)) if kpi.measure.is_some() => terms.kpi_id = Some(*id),
            _ => wrong.push(("kpi", Message::new("field-choice"))),
        }
    }
    Ok(wrong)
}

/// Everything a form says, checked; what is wrong otherwise.
async fn checked(
    who: &Who,
    form: &Form<Sent>,
) -> std::result::Result<std::result::Result<(Terms, Option<Baseline>), FieldErrors>, Problem> {
    let mut check = form.check();
    let (terms, baseline) = typed(&mut check, &form.sent);
    let mut found = None;
    if let Some(mut terms) = terms {
        let (reaches, sent) = (Reaches::of(who)?, form.sent.clone());
        let (terms, wrong) = who
            .read(move |conn| {
                let wrong = look_up(conn, &reaches, &sent, &mut terms)?;
                Ok((terms, wrong))
            })
            .await?;
        for (field, message) in wrong {
            check.wrong(field, message);
        }
        found = Some(terms);
    }
    Ok(match (check.done(), found) {
        (Err(errors), _) => Err(errors),
        (Ok(()), Some(terms)) => Ok((terms, baseline)),
        (Ok(()), None) => Err(FieldErrors::one("scope", Message::new("field-choice"))),
    })
}

async fn create(who: Can<may::EditPlans>, form: Form<Sent>) -> Answer {
    if !makes(&who) {
        return Err(Problem::Forbidden);
    }
    let errors = match checked(&who, &form).await? {
        Ok((terms, baseline)) => {
            let finding: Option<i64> = form.sent.finding.parse().ok();
            let reach = who.reach(Permission::EditFindings);
            let new = NewPlan {
                terms,
                baseline,
                previous_id: None,
            };
            return who
                .once(&form.once, move |conn, actor| {
                    let (id, code) = store::create(conn, &new, actor)?;
                    if let (Some(finding), Some(reach)) = (finding, reach) {
                        finding_store::plan_made(conn, &reach, finding, id, actor)?;
                    }
                    Ok(format!("/plans/{code}?said=plan-made"))
                })
                .await;
        }
        Err(errors) => errors,
    };
    let kpis = who.read(kpis).await?;
    let view = forms::edit(&who, None, &Given::default(), &kpis).again(who.locale, &form, &errors);
    let title = plain(who.locale, "plan-new");
    who.page_with(
        StatusCode::UNPROCESSABLE_ENTITY,
        "plans/edit.html",
        head(&who, title),
        &view,
    )
}

/// A draft its reader may change, and the KPIs to choose from.
async fn draft(who: &Who, code: String) -> std::result::Result<(Plan, Vec<Kpi>), Problem> {
    let asked = Asked::of(who, code)?;
    let (read, kpis) = who
        .read(move |conn| Ok((Read::load(conn, &asked)?, kpis(conn)?)))
        .await?;
    if !read.may_edit {
        return Err(Problem::Forbidden);
    }
    if read.known.plan.state != State::Draft {
        return Err(Error::Conflict(Message::new("plan-frozen")).into());
    }
    Ok((read.known.plan, kpis))
}

fn edit_head(who: &Who, plan: &Plan) -> Head<'static> {
    Head::about(who, &plan.code, plain(who.locale, "plan-edit"))
        .under(plain(who.locale, "plans-title"), "/plans")
        .under(plan.terms.title.clone(), format!("/plans/{}", plan.code))
}

async fn edit_form(who: Can<may::EditPlans>, code: Path<String>) -> Answer {
    let (plan, kpis) = draft(&who, code.into_inner()).await?;
    let view = forms::edit(&who, Some(&plan), &Given::default(), &kpis);
    who.page("plans/edit.html", edit_head(&who, &plan), &view)
}

async fn change(who: Can<may::EditPlans>, code: Path<String>, form: Form<Sent>) -> Answer {
    let (plan, kpis) = draft(&who, code.into_inner()).await?;
    let stored = forms::edit(&who, Some(&plan), &Given::default(), &kpis);
    let head = edit_head(&who, &plan);
    let (status, view) = match checked(&who, &form).await? {
        Err(errors) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            stored.again(who.locale, &form, &errors),
        ),
        Ok((terms, baseline)) => {
            let seen = form.row_version;
            let answer = who
                .once(&form.once, move |conn, actor| {
                    store::change(conn, &plan, seen, &terms, baseline.as_ref(), actor)?;
                    Ok(format!("/plans/{}?said=saved", plan.code))
                })
                .await;
            match answer {
                Err(Problem::Failed(Error::Conflict(_))) => {
                    (StatusCode::CONFLICT, stored.conflict(who.locale, &form))
                }
                other => return other,
            }
        }
    };
    who.page_with(status, "plans/edit.html", head, &view)
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct StepSent {
    step: String,
    words: String,
    new_end: String,
}

/// The words and the day that a step wants.
fn step_body(check: &mut Check, sent: &StepSent, step: Step, plan: &Plan) -> EventBody {
    let text = if step.wants_words() {
        Some(check.required("words", &sent.words, 4_000))
    } else {
        check.optional("words", &sent.words, 4_000)
    };
    let mut body = EventBody {
        text,
        ..EventBody::default()
    };
    if step == Step::Extend {
        body.ends_on = check.date("new_end", &sent.new_end);
        let fits = body
            .ends_on
            .zip(plan.terms.ends_on)
            .is_some_and(|(new, old)| new > old && new <= old + LONGEST_EXTENSION);
        if !fits {
            check.wrong("new_end", Message::new("plan-extension-bounds"));
        }
    }
    body
}

/// The draft that goes on from a plan: the same terms, to be measured and dated anew.
fn next_of(plan: &Plan) -> NewPlan {
    NewPlan {
        terms: Terms {
            starts_on: None,
            check_from: None,
            ends_on: None,
            ..plan.terms.clone()
        },
        baseline: plan
            .terms
            .check_from
            .zip(plan.terms.ends_on)
            .map(|(from, to)| Baseline {
                comparison: None,
                figure: None,
                from,
                to,
            }),
        previous_id: Some(plan.id),
    }
}

async fn step(who: Can<may::EditPlans>, code: Path<String>, form: Form<StepSent>) -> Answer {
    let slot: Slot = |page| &mut page.step;
    let read = load(&who, code.into_inner()).await?;
    let may = read.may(&who);
    if may.steps.is_empty() && may.waiting.is_empty() {
        return Err(Problem::Forbidden);
    }
    if form.row_version != read.known.plan.row_version {
        return conflict(&who, read.known.plan.code.clone(), slot, &form).await;
    }
    let mut check = form.check();
    let chosen = check.choice("step", &form.sent.step, Step::parse);
    let body = match chosen {
        Some(step) if may.steps.contains(&step) => {
            step_body(&mut check, &form.sent, step, &read.known.plan)
        }
        Some(step) => {
            let waiting = may.waiting.iter().any(|(waiting, _)| *waiting == step);
            let issues = read.known.issues();
            let why = now(&read.known, &issues, read.may_approve(&who)).allows(step);
            let message = match why {
                Err(e) if waiting => e.messages().into_iter().next(),
                _ => None,
            };
            check.wrong(
                "step",
                message.unwrap_or_else(|| Message::new("plan-step-impossible")),
            );
            EventBody::default()
        }
        None => EventBody::default(),
    };
    let step = match (check.done(), chosen) {
        (Ok(()), Some(step)) => step,
        (Err(errors), _) => return again(&who, &read, slot, &form, &errors),
        (Ok(()), None) => {
            let errors = FieldErrors::one("step", Message::new("field-choice"));
            return again(&who, &read, slot, &form, &errors);
        }
    };
    let (known, seen) = (read.known, form.row_version);
    let code = known.plan.code.clone();
    write(&who, code, slot, &form, move |conn, actor| {
        let closing = step.to().filter(|to| to.is_closed());
        let record = closing.map(|outcome| reading::record(&known, outcome));
        store::step(conn, &known.plan, seen, step, body, record.as_ref(), actor)?;
        if step == Step::Revise {
            store::create(conn, &next_of(&known.plan), actor)?;
        }
        Ok(())
    })
    .await
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ActionSent {
    body: String,
    kind: String,
    owner: String,
    due_on: String,
}

async fn add_action(
    who: Can<may::EditPlans>,
    code: Path<String>,
    form: Form<ActionSent>,
) -> Answer {
    let slot: Slot = |page| &mut page.add;
    let read = load(&who, code.into_inner()).await?;
    if !read.may_edit {
        return Err(Problem::Forbidden);
    }
    let mut check = form.check();
    let body = check.required("body", &form.sent.body, 500);
    let kind = check.choice("kind", &form.sent.kind, ActionKind::parse);
    let due_on = check.date("due_on", &form.sent.due_on);
    if due_on.is_none() && form.sent.due_on.trim().is_empty() {
        check.wrong("due_on", Message::new("field-missing"));
    }
    let (people, no) = (Reaches::of(&who)?.people, form.sent.owner.trim().to_owned());
    let owner = who
        .read(move |conn| match reach::find(conn, &people, &no) {
            Ok(found) => Ok(Ok(found.id)),
            Err(Error::NotFound(message)) => Ok(Err(message)),
            Err(e) => Err(e),
        })
        .await?;
    let terms = &read.known.plan.terms;
    match &owner {
        Err(message) => check.wrong("owner", message.clone()),
        // Who acts in a person's plan reads it: nobody beside those whom it concerns.
        Ok(id) => {
            let concerned = [terms.staff_id, Some(terms.owner_id), terms.sponsor_id];
            if terms.scope == Scope::Person && !concerned.contains(&Some(*id)) {
                check.wrong("owner", Message::new("plan-action-owner-concerned"));
            }
        }
    }
    let new = match (check.done(), kind, due_on, owner) {
        (Ok(()), Some(kind), Some(due_on), Ok(owner_id)) => NewAction {
            kind,
            body,
            owner_id,
            due_on,
        },
        (Err(errors), ..) => return again(&who, &read, slot, &form, &errors),
        (Ok(()), ..) => {
            let errors = FieldErrors::one("kind", Message::new("field-choice"));
            return again(&who, &read, slot, &form, &errors);
        }
    };
    if !read.may(&who).add {
        return Err(Error::Conflict(Message::new("plan-frozen")).into());
    }
    let (plan, seen) = (read.known.plan, form.row_version);
    let code = plan.code.clone();
    write(&who, code, slot, &form, move |conn, actor| {
        store::add_action(conn, &plan, seen, &new, actor)
    })
    .await
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct OutcomeSent {
    action: String,
    state: String,
    outcome: String,
}

async fn set_action(
    who: Can<may::ViewPlans>,
    code: Path<String>,
    form: Form<OutcomeSent>,
) -> Answer {
    let slot: Slot = |page| &mut page.outcome;
    let read = load(&who, code.into_inner()).await?;
    let theirs = read.outcomes(who.account.staff_id);
    if theirs.is_empty() {
        return Err(Problem::Forbidden);
    }
    let mut check = form.check();
    let position = check.choice("action", &form.sent.action, |text| {
        text.parse().ok().filter(|n| theirs.contains(n))
    });
    let state = check.choice("state", &form.sent.state, ActionState::parse);
    let outcome = check.optional("outcome", &form.sent.outcome, 2_000);
    let (position, state) = match (check.done(), position, state) {
        (Ok(()), Some(position), Some(state)) => (position, state),
        (Err(errors), ..) => return again(&who, &read, slot, &form, &errors),
        (Ok(()), ..) => {
            let errors = FieldErrors::one("action", Message::new("field-choice"));
            return again(&who, &read, slot, &form, &errors);
        }
    };
    let known = read.known;
    let seen = form.row_version;
    let code = known.plan.code.clone();
    let outcome = outcome.unwrap_or_default();
    write(&who, code, slot, &form, move |conn, actor| {
        let found = known.actions.iter().find(|a| a.position == position);
        match found {
            Some(action) => {
                store::set_action(conn, &known.plan, action, seen, state, &outcome, actor)
            }
            None => Ok(()),
        }
    })
    .await
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct NoteSent {
    note_kind: String,
    day: String,
    course: String,
    text: String,
}

async fn note(who: Can<may::EditPlans>, code: Path<String>, form: Form<NoteSent>) -> Answer {
    let slot: Slot = |page| &mut page.note;
    let read = load(&who, code.into_inner()).await?;
    if !read.may(&who).note {
        return Err(Problem::Forbidden);
    }
    let mut check = form.check();
    let kind = check.choice("note_kind", &form.sent.note_kind, |code| {
        EventKind::parse(code).filter(|kind| {
            matches!(
                kind,
                EventKind::Review | EventKind::Interview | EventKind::Delivery
            )
        })
    });
    let day = check.date("day", &form.sent.day);
    match day {
        None if form.sent.day.trim().is_empty() => {
            check.wrong("day", Message::new("field-missing"));
        }
        Some(day) if day > who.site.today() => {
            check.wrong("day", Message::new("plan-note-future"));
        }
        _ => {}
    }
    let course = match (kind, form.sent.course.as_str()) {
        (Some(EventKind::Review), code) => check.choice("course", code, Course::parse),
        _ => None,
    };
    let body = EventBody {
        course,
        day,
        text: Some(check.required("text", &form.sent.text, 4_000)),
        ..EventBody::default()
    };
    let kind = match (check.done(), kind) {
        (Ok(()), Some(kind)) => kind,
        (Err(errors), _) => return again(&who, &read, slot, &form, &errors),
        (Ok(()), None) => {
            let errors = FieldErrors::one("note_kind", Message::new("field-choice"));
            return again(&who, &read, slot, &form, &errors);
        }
    };
    let (plan, seen) = (read.known.plan, form.row_version);
    let code = plan.code.clone();
    write(&who, code, slot, &form, move |conn, actor| {
        store::note(conn, &plan, seen, kind, &body, actor)
    })
    .await
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Acknowledged {
    statement: String,
}

async fn acknowledge(
    who: Can<may::ViewPersonalPlans>,
    code: Path<String>,
    form: Form<Acknowledged>,
) -> Answer {
    let slot: Slot = |page| &mut page.acknowledge;
    let read = load(&who, code.into_inner()).await?;
    if !read.may(&who).own {
        return Err(Problem::Forbidden);
    }
    let mut check = form.check();
    let statement = check.optional("statement", &form.sent.statement, 4_000);
    if let Err(errors) = check.done() {
        return again(&who, &read, slot, &form, &errors);
    }
    // What was changed after the page was read has not been read.
    if form.row_version != read.known.plan.row_version {
        return conflict(&who, read.known.plan.code.clone(), slot, &form).await;
    }
    let plan = read.known.plan;
    let code = plan.code.clone();
    write(&who, code, slot, &form, move |conn, actor| {
        store::acknowledge(conn, &plan, statement, actor)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_number_is_read_exactly_and_nothing_else_is() {
        for (typed, u) in [
            ("90", 90 * MICRO),
            ("0.1", 100_000),
            ("-2.5", -2_500_000),
            ("33.333333", 33_333_333),
            ("1.", MICRO),
        ] {
            assert_eq!(millionths(typed), Some(u), "{typed}");
        }
        for none in [
            "",
            ".5",
            "1,5",
            "1e3",
            "NaN",
            "--1",
            "1.2345678",
            "9999999999",
            "１",
        ] {
            assert_eq!(millionths(none), None, "{none}");
        }
    }
}
