//! Pages of openings: the list, one with its steps, the forms of what it says and of what is asked and judged.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::web::{self, Path, Query, ServiceConfig};
use serde::Deserialize;
use serde_json::json;

use crate::access::{Permission, Reach, may};
use crate::audit;
use crate::db::Conn;
use crate::error::{Error, Message, Result};
use crate::i18n::{self, plain};
use crate::judgement::store::cards;
use crate::people::store::catalogue::{self, Entry};
use crate::people::store::reach;
use crate::recruitment::model::codes::{OpeningState, StageKind};
use crate::recruitment::model::opening::{Criteria, HEADS, Now, Step, Template};
use crate::recruitment::store::openings::{self as store, Filter, Opening, Terms};
use crate::recruitment::view::openings::{self as view, Cards, Given, May, Whole};
use crate::web::form::{Check, FieldErrors, FormView, refusal};
use crate::web::list::{self, COUNTED, From, ON_A_PAGE, Slice};
use crate::web::{Answer, Can, Form, Head, Problem, Who};

/// Rows of an export.
const EXPORTED: i64 = 10_000;

/// Openings to copy criteria from.
const COPIED: i64 = 50;

/// The routes of openings.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/openings", web::get().to(list))
        .route("/openings.csv", web::get().to(export))
        .route("/openings/new", web::get().to(new_form))
        .route("/openings/new", web::post().to(create))
        .route("/openings/{code}", web::get().to(show))
        .route("/openings/{code}/edit", web::get().to(edit_form))
        .route("/openings/{code}/edit", web::post().to(change))
        .route("/openings/{code}/criteria", web::get().to(criteria_form))
        .route("/openings/{code}/criteria", web::post().to(set_criteria))
        .route("/openings/{code}/step", web::post().to(step));
}

/// Which openings somebody sees: those whose applications they see, and all where they agree to openings.
fn reader(who: &Who) -> std::result::Result<Reach, Problem> {
    let sees = who.reach(Permission::ViewRecruitment);
    let agrees = who.reach(Permission::ApproveOpenings);
    match (sees, agrees) {
        (_, Some(agrees)) if agrees.is_everyone() => Ok(agrees),
        (Some(sees), _) => Ok(sees),
        (None, Some(agrees)) => Ok(agrees),
        (None, None) => Err(Problem::Forbidden),
    }
}

/// Whether somebody asks for openings at all: whoever has people below them, or HR.
fn makes(who: &Who) -> bool {
    let reach = who.reach(Permission::EditOpenings);
    reach.is_some_and(|reach| reach.is_beyond_line() || who.account.leads)
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ListQuery {
    q: String,
    state: String,
    team: String,
    after: Option<String>,
    before: Option<String>,
    said: Option<String>,
}

impl ListQuery {
    fn filter(&self) -> Filter {
        Filter {
            q: self.q.trim().to_string(),
            state: OpeningState::parse(&self.state),
            team: self.team.trim().to_string(),
        }
    }
}

async fn list(who: Who, query: Query<ListQuery>) -> Answer {
    let reach = reader(&who)?;
    let (filter, from) = (
        query.filter(),
        From::of(query.after.as_deref(), query.before.as_deref()),
    );
    let (asked, start) = (filter.clone(), from.clone());
    let (rows, counted) = who
        .read(move |conn| {
            let at = start.read(|(_, id)| Some(*id));
            let rows = store::page(conn, &reach, &asked, at, ON_A_PAGE + 1)?;
            let count = || store::count(conn, &reach, &asked);
            let counted = list::counted(&rows, &start, count)?.min(COUNTED + 1);
            Ok((rows, counted))
        })
        .await?;
    let slice = Slice::new(rows, &from);
    let may_privacy = who.may(Permission::ManageCandidates);
    let page = view::list(&who, &filter, &slice, counted, makes(&who), may_privacy);
    who.page(
        "recruitment/openings.html",
        Head::of(&who, "openings-title"),
        &page,
    )
}

/// The rows of the list as a file.
async fn export(who: Who, query: Query<ListQuery>) -> Answer {
    let reach = reader(&who)?;
    let (filter, locale, actor) = (query.filter(), who.locale, who.actor());
    let csv = who
        .site
        .write(move |conn| {
            let rows = store::page(conn, &reach, &filter, store::Start::First, EXPORTED)?;
            let detail = json!({ "rows": rows.len() });
            audit::append(conn, &actor, "export", "openings", &detail)?;
            list::csv(view::export(locale, &rows))
        })
        .await?;
    Ok(who.download("openings.csv", "text/csv; charset=utf-8", csv))
}

fn head<'a>(who: &Who, title: &'a str) -> Head<'a> {
    Head::new(title).under(plain(who.locale, "openings-title"), "/openings")
}

fn part_head<'a>(who: &Who, opening: &'a Opening, part: &'static str) -> Head<'a> {
    Head::about(who, &opening.code, plain(who.locale, part))
        .under(plain(who.locale, "openings-title"), "/openings")
        .under(title(who, opening), format!("/openings/{}", opening.code))
}

fn title<'a>(who: &Who, opening: &'a Opening) -> &'a str {
    let terms = &opening.terms;
    who.locale.pick(&terms.title_zh, &terms.title_en)
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct NewQuery {
    /// Code of the opening to be copied.
    from: String,
}

/// What the form of a new opening is made of.
async fn given(
    who: &Can<may::EditOpenings>,
    from: &str,
) -> std::result::Result<(Given, Vec<Entry>), Problem> {
    let reach = who.reach.clone();
    let (others, roles) = who
        .read(move |conn| {
            let others = store::newest(conn, &reach, COPIED)?;
            let roles = catalogue::all(conn, catalogue::Kind::JobRole)?;
            Ok((others, roles))
        })
        .await?;
    let given = Given {
        owner: who.account.employee_no.clone().unwrap_or_default(),
        from: from.to_owned(),
        others,
    };
    Ok((given, roles))
}

fn edit_page(
    who: &Who,
    status: StatusCode,
    head: Head,
    lede: &'static str,
    form: FormView,
) -> Answer {
    let view = json!({ "lede": plain(who.locale, lede), "form": form });
    who.page_with(status, "web/form.html", head, &view)
}

async fn new_form(who: Can<may::EditOpenings>, query: Query<NewQuery>) -> Answer {
    if !makes(&who) {
        return Err(Problem::Forbidden);
    }
    let (given, roles) = given(&who, &query.from).await?;
    let form = view::form(&who, None, &given, &roles);
    let head = head(&who, plain(who.locale, "opening-new"));
    edit_page(&who, StatusCode::OK, head, "opening-new-say", form)
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Sent {
    team: String,
    job_role: String,
    owner: String,
    head_count: String,
    reason: String,
    title_zh: String,
    title_en: String,
    body_zh: String,
    body_en: String,
    opens_on: String,
    closes_on: String,
    from: String,
}

/// What was typed, before anything is looked up. `stored` keeps what somebody has agreed to.
fn typed(check: &mut Check, sent: &Sent, stored: Option<&Opening>) -> Terms {
    let heads = match stored.filter(|o| o.state != OpeningState::Draft) {
        Some(stored) => stored.terms.head_count,
        None => check.whole("head_count", &sent.head_count, 1, HEADS) as i32,
    };
    let mut optional =
        |field, text, longest| check.optional(field, text, longest).unwrap_or_default();
    let (body_zh, body_en) = (
        optional("body_zh", &sent.body_zh, 10_000),
        optional("body_en", &sent.body_en, 10_000),
    );
    let (opens_on, closes_on) = (
        check.date("opens_on", &sent.opens_on),
        check.date("closes_on", &sent.closes_on),
    );
    if opens_on
        .zip(closes_on)
        .is_some_and(|(first, last)| first > last)
    {
        check.wrong("closes_on", Message::new("opening-dates-turned"));
    }
    let before = stored.map(|o| &o.terms);
    Terms {
        team_id: before.map_or(0, |t| t.team_id),
        job_role_id: before.map_or(0, |t| t.job_role_id),
        owner_id: before.and_then(|t| t.owner_id),
        head_count: heads,
        title_zh: check.required("title_zh", &sent.title_zh, 100),
        title_en: check.required("title_en", &sent.title_en, 100),
        body_zh,
        body_en,
        reason: check.required("reason", &sent.reason, 1_000),
        opens_on,
        closes_on,
    }
}

/// Looks up whom and what a form names; gives the fields whose name means nobody.
fn look_up(
    conn: &mut Conn,
    edit: &Reach,
    sent: &Sent,
    draft: bool,
    terms: &mut Terms,
) -> Result<Vec<(&'static str, Message)>> {
    let mut wrong: Vec<(&'static str, Message)> = Vec::new();
    if draft {
        // Whoever owns it stands for the team in the trail; HR of some teams asks for these alone.
        let team = if edit.is_beyond_line() {
            reach::find_team(conn, edit, sent.team.trim())
        } else {
            reach::find_team(conn, &Reach::operator(edit.day()), sent.team.trim())
        };
        match team {
            Ok(tree) => terms.team_id = tree.team.id,
            Err(Error::NotFound(message)) => wrong.push(("team", message)),
            Err(e) => return Err(e),
        }
        let roles = catalogue::all(conn, catalogue::Kind::JobRole)?;
        match roles.iter().find(|role| role.code == sent.job_role) {
            Some(role) => terms.job_role_id = role.id,
            None => wrong.push(("job_role", Message::new("field-choice"))),
        }
    }
    match reach::find(conn, edit, sent.owner.trim()) {
        Ok(owner) => terms.owner_id = Some(owner.id),
        Err(Error::NotFound(message)) => wrong.push(("owner", message)),
        Err(e) => return Err(e),
    }
    Ok(wrong)
}

/// The scorecards that stages may use, with those of some versions that stages use already.
fn judging(conn: &mut Conn, used: &[i64]) -> Result<Cards> {
    let published = cards::published(conn)?;
    let mut known: Cards = published
        .into_values()
        .filter(|(_, card)| view::may_judge(card))
        .collect();
    for id in used {
        if !known.contains_key(id) {
            known.insert(*id, cards::version(conn, *id)?.card);
        }
    }
    Ok(known)
}

/// The criteria of an earlier opening, or of the template.
fn first_criteria(conn: &mut Conn, reach: &Reach, from: &str) -> Result<Criteria> {
    if from.is_empty() {
        let published = cards::published(conn)?;
        return Ok(Template::shipped()?.criteria(|code| published.get(code).map(|(id, _)| *id)));
    }
    let earlier = store::find(conn, reach, from)?;
    let stages = store::stages(conn, earlier.id)?;
    Ok(Criteria {
        questions: earlier.questions,
        stages: stages.into_iter().map(|s| s.stage).collect(),
        pass_rule: earlier.pass_rule,
    })
}

/// What came of trying to write: done, or fields that are wrong.
enum Tried {
    Done(actix_web::HttpResponse),
    Wrong(FieldErrors),
    Stale,
}

async fn create(who: Can<may::EditOpenings>, form: Form<Sent>) -> Answer {
    if !makes(&who) {
        return Err(Problem::Forbidden);
    }
    let mut check = form.check();
    let mut terms = typed(&mut check, &form.sent, None);
    let (reach, sent) = (who.reach.clone(), form.sent.clone_sent());
    let (wrong, terms) = who
        .read(move |conn| {
            let mut wrong = look_up(conn, &reach, &sent, true, &mut terms)?;
            match first_criteria(conn, &reach, &sent.from) {
                Ok(_) => {}
                Err(Error::NotFound(message)) => wrong.push(("from", message)),
                Err(e) => return Err(e),
            }
            Ok((wrong, terms))
        })
        .await?;
    for (field, message) in wrong {
        check.wrong(field, message);
    }
    if let Err(errors) = check.done() {
        let (given, roles) = given(&who, &form.sent.from).await?;
        let view = view::form(&who, None, &given, &roles).again(who.locale, &form, &errors);
        let head = head(&who, plain(who.locale, "opening-new"));
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return edit_page(&who, status, head, "opening-new-say", view);
    }
    let (reach, from) = (who.reach.clone(), form.sent.from.clone());
    who.once(&form.once, move |conn, actor| {
        let criteria = first_criteria(conn, &reach, &from)?;
        let code = store::create(conn, &terms, &criteria, actor)?;
        Ok(format!("/openings/{code}?said=saved"))
    })
    .await
}

impl Sent {
    fn clone_sent(&self) -> Sent {
        Sent {
            team: self.team.clone(),
            job_role: self.job_role.clone(),
            owner: self.owner.clone(),
            from: self.from.clone(),
            ..Sent::default()
        }
    }
}

/// What is read of an opening for its page.
fn whole(conn: &mut Conn, reach: &Reach, code: &str) -> Result<Whole> {
    let opening = store::find(conn, reach, code)?;
    let stages = store::stages(conn, opening.id)?;
    let used: Vec<i64> = stages.iter().filter_map(|s| s.stage.version_id).collect();
    let cards = judging(conn, &used)?;
    let applied = store::applied(conn, opening.id)?;
    Ok(Whole {
        opening,
        stages,
        cards,
        applied,
    })
}

/// Who asks, as far as it decides what they may do with an opening.
struct Asker {
    edits: bool,
    agrees: bool,
    /// Whether they asked for it, or would own it.
    own: bool,
}

/// An opening and who asks.
struct Read {
    whole: Whole,
    asker: Asker,
}

async fn load(who: &Who, code: String) -> std::result::Result<Read, Problem> {
    let reach = reader(who)?;
    let edit = who.reach(Permission::EditOpenings);
    let agree = who.reach(Permission::ApproveOpenings);
    let (me, login) = (who.account.staff_id, who.account.login.clone());
    let read = who
        .read(move |conn| {
            let whole = whole(conn, &reach, &code)?;
            asked(conn, whole, edit, agree, me, &login)
        })
        .await?;
    Ok(read)
}

fn asked(
    conn: &mut Conn,
    whole: Whole,
    edit: Option<Reach>,
    agree: Option<Reach>,
    me: Option<i64>,
    login: &str,
) -> Result<Read> {
    let opening = &whole.opening;
    let mut holds = |reach: Option<Reach>| match reach {
        None => Ok(false),
        Some(reach) if reach.is_everyone() => Ok(true),
        Some(reach) => match store::find(conn, &reach, &opening.code) {
            Ok(_) => Ok(true),
            Err(Error::NotFound(_)) => Ok(false),
            Err(e) => Err(e),
        },
    };
    let (edits, agrees) = (holds(edit)?, holds(agree)?);
    let requester = store::staff_of_login(conn, &opening.requested_by)?;
    let own = opening.requested_by == login
        || me.is_some() && (requester == me || opening.terms.owner_id == me);
    Ok(Read {
        whole,
        asker: Asker { edits, agrees, own },
    })
}

impl Read {
    fn problems(&self) -> Vec<Message> {
        let cards = &self.whole.cards;
        let mut problems = self.whole.criteria().problems(|id| cards.get(&id));
        let terms = &self.whole.opening.terms;
        if terms.body_zh.is_empty() && terms.body_en.is_empty() {
            problems.push(Message::new("opening-no-body"));
        }
        problems
    }

    fn now<'p>(&self, who: &Who, problems: &'p [Message]) -> Now<'p> {
        Now {
            state: self.whole.opening.state,
            may_edit: self.asker.edits,
            may_approve: self.asker.agrees,
            own_request: self.asker.own,
            problems,
            closes_on: self.whole.opening.terms.closes_on,
            today: who.site.today(),
        }
    }

    /// What may be done, and what the rest waits for.
    fn may(&self, who: &Who, problems: &[Message]) -> May {
        let state = self.whole.opening.state;
        let open = matches!(
            state,
            OpeningState::Draft | OpeningState::Approved | OpeningState::Published
        );
        let mut may = May {
            edit: self.asker.edits && open,
            criteria: self.asker.edits && open && !self.whole.is_frozen(),
            copy: self.asker.edits && makes(who),
            applications: who.may(Permission::ViewRecruitment)
                && matches!(
                    state,
                    OpeningState::Approved | OpeningState::Published | OpeningState::Closed
                ),
            ..May::default()
        };
        let now = self.now(who, problems);
        for step in Step::of(state) {
            if !now.is_theirs(*step) {
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

    fn page(&self, who: &Who) -> view::Page {
        let problems = self.problems();
        view::page(who, &self.whole, &problems, &self.may(who, &problems))
    }
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Said {
    said: Option<String>,
}

async fn show(who: Who, code: Path<String>, _: Query<Said>) -> Answer {
    let read = load(&who, code.into_inner()).await?;
    let head = head(&who, title(&who, &read.whole.opening));
    who.page("recruitment/opening.html", head, &read.page(&who))
}

/// An opening that somebody may change in its present state.
async fn editable(
    who: &Can<may::EditOpenings>,
    code: String,
) -> std::result::Result<Whole, Problem> {
    let reach = who.reach.clone();
    let whole = who.read(move |conn| whole(conn, &reach, &code)).await?;
    match whole.opening.state {
        OpeningState::Draft | OpeningState::Approved | OpeningState::Published => Ok(whole),
        OpeningState::Requested | OpeningState::Closed => {
            Err(Error::Conflict(Message::new("opening-not-now")).into())
        }
    }
}

async fn roles(who: &Who) -> std::result::Result<Vec<Entry>, Problem> {
    who.read(|conn| catalogue::all(conn, catalogue::Kind::JobRole))
        .await
}

async fn edit_form(who: Can<may::EditOpenings>, code: Path<String>) -> Answer {
    let whole = editable(&who, code.into_inner()).await?;
    let roles = roles(&who).await?;
    let form = view::form(&who, Some(&whole.opening), &Given::default(), &roles);
    let head = part_head(&who, &whole.opening, "opening-edit");
    edit_page(&who, StatusCode::OK, head, "opening-edit-say", form)
}

async fn change(who: Can<may::EditOpenings>, code: Path<String>, form: Form<Sent>) -> Answer {
    let code = code.into_inner();
    let whole = editable(&who, code.clone()).await?;
    let mut check = form.check();
    let mut terms = typed(&mut check, &form.sent, Some(&whole.opening));
    let (reach, sent) = (who.reach.clone(), form.sent.clone_sent());
    let draft = whole.opening.state == OpeningState::Draft;
    let (wrong, terms) = who
        .read(move |conn| Ok((look_up(conn, &reach, &sent, draft, &mut terms)?, terms)))
        .await?;
    for (field, message) in wrong {
        check.wrong(field, message);
    }
    let tried = match check.done() {
        Err(errors) => Tried::Wrong(errors),
        Ok(()) => {
            let (seen, opening) = (form.row_version, whole.opening);
            let answer = who
                .once(&form.once, move |conn, actor| {
                    store::change(conn, &opening, seen, &terms, actor)?;
                    Ok(format!("/openings/{}?said=saved", opening.code))
                })
                .await;
            tried(answer)?
        }
    };
    let errors = match tried {
        Tried::Done(response) => return Ok(response),
        Tried::Wrong(errors) => Some(errors),
        Tried::Stale => None,
    };
    let whole = editable(&who, code).await?;
    let roles = roles(&who).await?;
    let stored = view::form(&who, Some(&whole.opening), &Given::default(), &roles);
    let view = stored.refused(who.locale, &form, errors.as_ref());
    let head = part_head(&who, &whole.opening, "opening-edit");
    let status = refusal(errors.as_ref());
    edit_page(&who, status, head, "opening-edit-say", view)
}

/// Sorts what came of writing: what is out of date is shown again beside what is stored.
fn tried(answer: Answer) -> std::result::Result<Tried, Problem> {
    match answer {
        Ok(response) => Ok(Tried::Done(response)),
        Err(Problem::Failed(Error::Conflict(m))) if m.key == "form-conflict" => Ok(Tried::Stale),
        Err(other) => Err(other),
    }
}

fn not_frozen(whole: &Whole) -> std::result::Result<(), Problem> {
    if whole.is_frozen() {
        let message = Message::new("opening-frozen").with("code", &whole.opening.code);
        return Err(Error::Conflict(message).into());
    }
    Ok(())
}

async fn criteria_form(who: Can<may::EditOpenings>, code: Path<String>) -> Answer {
    let whole = editable(&who, code.into_inner()).await?;
    not_frozen(&whole)?;
    let form = view::criteria_form(&who, &whole.opening, &whole.stages, &whole.cards);
    let head = part_head(&who, &whole.opening, "opening-criteria");
    edit_page(&who, StatusCode::OK, head, "opening-criteria-say", form)
}

async fn set_criteria(
    who: Can<may::EditOpenings>,
    code: Path<String>,
    form: Form<BTreeMap<String, String>>,
) -> Answer {
    let code = code.into_inner();
    let whole = editable(&who, code.clone()).await?;
    not_frozen(&whole)?;
    let mut check = form.check();
    let criteria = view::typed(&mut check, &form.sent, &whole.cards).ok_or(Problem::Unreadable)?;
    let published = whole.opening.state == OpeningState::Published;
    if published
        && !criteria
            .stages
            .iter()
            .any(|s| s.kind == StageKind::Interview)
    {
        check.wrong("s0_kind", Message::new("opening-no-stage"));
    }
    let tried = match check.done() {
        Err(errors) => Tried::Wrong(errors),
        Ok(()) => {
            let (seen, opening) = (form.row_version, whole.opening);
            let answer = who
                .once(&form.once, move |conn, actor| {
                    store::set_criteria(conn, &opening, seen, &criteria, actor)?;
                    Ok(format!("/openings/{}?said=saved", opening.code))
                })
                .await;
            tried(answer)?
        }
    };
    let errors = match tried {
        Tried::Done(response) => return Ok(response),
        Tried::Wrong(errors) => Some(errors),
        Tried::Stale => None,
    };
    let whole = editable(&who, code).await?;
    let stored = view::criteria_form(&who, &whole.opening, &whole.stages, &whole.cards);
    let view = stored.refused(who.locale, &form, errors.as_ref());
    let head = part_head(&who, &whole.opening, "opening-criteria");
    let status = refusal(errors.as_ref());
    edit_page(&who, status, head, "opening-criteria-say", view)
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Stepping {
    step: String,
    words: String,
}

async fn step(who: Who, code: Path<String>, form: Form<Stepping>) -> Answer {
    let code = code.into_inner();
    let edit = who.reach(Permission::EditOpenings);
    let agree = who.reach(Permission::ApproveOpenings);
    if edit.is_none() && agree.is_none() {
        return Err(Problem::Forbidden);
    }
    let read = load(&who, code.clone()).await?;
    let mut check = form.check();
    let wanted = check.choice("step", &form.sent.step, Step::parse);
    let words = check.optional("words", &form.sent.words, 1_000);
    if wanted.is_some_and(Step::wants_words) && words.is_none() {
        check.wrong("words", Message::new("field-missing"));
    }
    let (errors, read) = match (check.done(), wanted) {
        (Ok(()), Some(wanted)) => {
            let problems = read.problems();
            let seen = form.row_version;
            let allowed = read.now(&who, &problems).allows(wanted);
            let opening = read.whole.opening.clone();
            let words = words.unwrap_or_default();
            let answer = match allowed {
                Err(e) => Err(e.into()),
                Ok(()) => {
                    who.once(&form.once, move |conn, actor| {
                        store::step(conn, &opening, wanted, &words, seen, actor)?;
                        Ok(format!("/openings/{}?said=saved", opening.code))
                    })
                    .await
                }
            };
            match answer {
                Err(Problem::Failed(Error::Invalid(messages))) => {
                    (Refused::Invalid(messages), read)
                }
                Err(Problem::Failed(Error::Conflict(m))) if m.key == "form-conflict" => {
                    (Refused::Stale, load(&who, code).await?)
                }
                Err(Problem::Failed(Error::Conflict(m))) => (Refused::Not(m), read),
                other => return other,
            }
        }
        (Err(errors), _) => (Refused::Fields(errors), read),
        (Ok(()), None) => return Err(Problem::Unreadable),
    };
    let mut page = read.page(&who);
    let say = |m: &Message| i18n::message(who.locale, m);
    let status = match &errors {
        Refused::Fields(errors) => {
            page.step = page.step.map(|f| f.again(who.locale, &form, errors));
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Refused::Invalid(messages) => {
            page.refused = messages.iter().map(say).collect();
            StatusCode::UNPROCESSABLE_ENTITY
        }
        Refused::Not(message) => {
            page.refused = vec![say(message)];
            StatusCode::CONFLICT
        }
        Refused::Stale => {
            page.step = page.step.map(|f| f.conflict(who.locale, &form));
            StatusCode::CONFLICT
        }
    };
    let head = head(&who, title(&who, &read.whole.opening));
    who.page_with(status, "recruitment/opening.html", head, &page)
}

/// Why a step was not taken.
enum Refused {
    Fields(FieldErrors),
    Invalid(Vec<Message>),
    Not(Message),
    Stale,
}
