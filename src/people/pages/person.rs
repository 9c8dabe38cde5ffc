//! One employee: the profile, and the forms for particulars, postings and skills.

use actix_web::web::{self, Path, Query, ServiceConfig};
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::json;

use crate::access::{Permission, Reach, may};
use crate::audit;
use crate::db::Conn;
use crate::error::{Error, Message, Result};
use crate::i18n::plain;
use crate::people::model::{
    HIGHEST_LEVEL, OPEN_END, Posting, Seat, UNKNOWN_START, leave, on, sort_key,
};
use crate::people::pages::{Refused, Sent, again, code, form_again, form_page, names, sent, slice};
use crate::people::store::catalogue::{self, Kind};
use crate::people::store::lists::{Filter, Status, Under};
use crate::people::store::reach::{self, TeamReach};
use crate::people::store::{self, NewStaff, Staff, person, teams};
use crate::people::view::{self, person_href};
use crate::web::form::Check;
use crate::web::list::From;
use crate::web::{Answer, Can, Form, Head, Problem, Who};

/// The routes of one employee.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/people/new", web::get().to(new_form))
        .route("/people/new", web::post().to(create))
        .route("/people/{no}", web::get().to(profile))
        .route("/people/{no}/edit", web::get().to(edit_form))
        .route("/people/{no}/edit", web::post().to(edit))
        .route("/people/{no}/posting", web::get().to(posting_form))
        .route("/people/{no}/posting", web::post().to(post))
        .route("/people/{no}/skills", web::get().to(skills_form))
        .route("/people/{no}/skills", web::post().to(set_skill));
}

/// As many teams as a choice can hold; beyond, their code is typed.
const CHOICE: i64 = 300;

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct ProfileQuery {
    after: Option<String>,
    before: Option<String>,
    said: Option<String>,
}

/// The way to a person's page.
fn head<'a>(who: &Who, title: &'a str) -> Head<'a> {
    Head::new(title).under(plain(who.locale, "people-title"), "/people")
}

/// The way to a form about a person.
fn form_head<'a>(who: &Who, key: &str, person: &'a Staff) -> Head<'a> {
    let name = who.locale.pick(&person.name, &person.name_en);
    Head::about(who, name, plain(who.locale, key))
        .under(plain(who.locale, "people-title"), "/people")
        .under(name, person_href(&person.employee_no))
}

async fn profile(
    who: Can<may::ViewPeople>,
    no: Path<String>,
    query: Query<ProfileQuery>,
) -> Answer {
    let from = From::of(query.after.as_deref(), query.before.as_deref());
    let (reach, of_teams) = (who.reach.clone(), who.reach(Permission::ViewTeams));
    let (known, (slice, counted)) = who
        .read(move |conn| {
            let person = reach::find(conn, &reach, &no)?;
            let filter = Filter {
                under: Some(Under::Direct(person.id)),
                status: Status::All,
                ..Filter::default()
            };
            let known = view::person::Known {
                history: person::history(conn, person.id)?,
                chain: person::chain(conn, person.id, reach.day())?,
                skills: person::levels(conn, person.id)?,
                teams: match of_teams {
                    Some(of_teams) => reach::teams(conn, &of_teams)?,
                    None => TeamReach::default(),
                },
                person,
            };
            let page = slice(conn, &reach, &filter, &from)?;
            Ok((known, page))
        })
        .await?;
    let view = view::person::profile(&who, &who.reach, &known, &slice, counted);
    let name = who.locale.pick(&known.person.name, &known.person.name_en);
    who.page("people/profile.html", head(&who, name), &view)
}

/// What can be chosen for a posting.
fn choices(conn: &mut Conn, reach: &Reach) -> Result<view::person::Choices> {
    let of_teams = reach::teams(conn, reach)?;
    Ok(view::person::Choices {
        teams: teams::choices(conn, &of_teams, reach.day(), CHOICE)?,
        job_roles: store::job_roles(conn)?,
    })
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct NewPerson {
    employee_no: String,
    name: String,
    name_en: String,
    email: String,
    phone: String,
    hired_on: String,
    left_on: String,
    team: String,
    job_role: String,
    manager: String,
}

/// Checks what every form of particulars holds.
fn particulars<T>(
    form: &Form<T>,
    check: &mut Check,
    employee_no: String,
    (email, phone): (&str, &str),
    (hired_on, left_on): (&str, &str),
) -> NewStaff {
    let (name, name_en) = names(form, check, "name", "name_en");
    let email = check.optional("email", email, 200);
    if email.as_ref().is_some_and(|e| !e.contains('@')) {
        check.wrong("email", Message::new("import-not-an-email"));
    }
    let phone = check.optional("phone", phone, 40);
    let (hired_on, left_on) = (
        check.date("hired_on", hired_on),
        check.date("left_on", left_on),
    );
    if hired_on
        .zip(left_on)
        .is_some_and(|(hired, left)| left < hired)
    {
        check.wrong("left_on", Message::new("import-left-before-hired"));
    }
    NewStaff {
        employee_no,
        sort_key: sort_key(&name),
        name,
        name_en,
        // The list finds addresses by their beginning in small letters.
        email: email.map(|e| e.to_lowercase()),
        phone,
        hired_on,
        left_on,
    }
}

/// A seat as it is typed: codes of team and job role, number of the manager.
#[derive(Clone)]
struct TypedSeat {
    team: String,
    job_role: String,
    manager: String,
}

impl TypedSeat {
    fn new(check: &mut Check, team: &str, job_role: &str, manager: &str) -> TypedSeat {
        TypedSeat {
            team: check.optional("team", team, 64).unwrap_or_default(),
            job_role: check.required("job_role", job_role, 64),
            manager: check.optional("manager", manager, 64).unwrap_or_default(),
        }
    }

    /// The seat meant. Team and manager must be within reach, unless they are those of now.
    fn find(&self, conn: &mut Conn, reach: &Reach, now: Option<Seat>) -> Result<Seat> {
        let missing = |key, no: &str| Error::invalid(Message::new(key).with("code", no));
        let team_id = match self.team.as_str() {
            "" if reach.is_everyone() => None,
            "" => return Err(Error::invalid(Message::new("posting-team-needed"))),
            code => {
                let of_teams = reach::teams(conn, reach)?;
                let id = teams::find(conn, code).ok().map(|team| team.id);
                let stays = id.is_some() && id == now.and_then(|seat| seat.team_id);
                let found = id.filter(|id| stays || of_teams.holds(*id));
                Some(found.ok_or_else(|| missing("team-not-found", code))?)
            }
        };
        let role = catalogue::find(conn, Kind::JobRole, &self.job_role);
        let manager_id = match self.manager.as_str() {
            "" => None,
            no => {
                let now = now.and_then(|seat| seat.manager_id);
                let within = reach::find(conn, reach, no).ok().map(|m| m.id);
                let found = match within {
                    None => store::number_of(conn, no)?.filter(|id| Some(*id) == now),
                    found => found,
                };
                let unknown = || Error::invalid(Message::new("manager-not-found").with("no", no));
                Some(found.ok_or_else(unknown)?)
            }
        };
        Ok(Seat {
            team_id,
            job_role_id: role
                .map_err(|_| missing("job-role-not-found", &self.job_role))?
                .id,
            manager_id,
        })
    }

    fn told(&self) -> serde_json::Value {
        json!({ "job_role": self.job_role, "manager": self.manager, "team": self.team })
    }
}

async fn new_form(who: Can<may::EditPeople>) -> Answer {
    let reach = who.reach.clone();
    let choices = who.read(move |conn| choices(conn, &reach)).await?;
    let form = view::person::new_person(&who, &choices);
    form_page(&who, head(&who, plain(who.locale, "people-new")), form)
}

async fn create(who: Can<may::EditPeople>, form: Form<NewPerson>) -> Answer {
    let (typed, mut check) = (&form.sent, form.check());
    let employee_no = code(&mut check, "employee_no", &typed.employee_no);
    let contact = (typed.email.as_str(), typed.phone.as_str());
    let days = (typed.hired_on.as_str(), typed.left_on.as_str());
    let new = particulars(&form, &mut check, employee_no, contact, days);
    let seat = TypedSeat::new(&mut check, &typed.team, &typed.job_role, &typed.manager);
    let refused = match check.done() {
        Err(errors) => Refused::Fields(errors),
        Ok(()) => {
            let reach = who.reach.clone();
            let answer = who
                .once(&form.once, move |conn, actor| {
                    let taken = seat.find(conn, &reach, None)?;
                    let line = [Posting {
                        seat: taken,
                        valid_from: new.hired_on.unwrap_or(UNKNOWN_START),
                        valid_to: OPEN_END,
                    }];
                    let line = match new.left_on {
                        Some(left) => leave(&line, left),
                        None => line.to_vec(),
                    };
                    person::insert(conn, &new, &line)?;
                    let no = &new.employee_no;
                    audit::append(conn, actor, "staff-made", no, &seat.told())?;
                    Ok(format!("{}?said=saved", person_href(no)))
                })
                .await;
            match sent(&form, answer)? {
                Sent::Done(response) => return Ok(response),
                Sent::Refused(refused) => refused,
            }
        }
    };
    let reach = who.reach.clone();
    let choices = who.read(move |conn| choices(conn, &reach)).await?;
    let view = view::person::new_person(&who, &choices);
    let title = plain(who.locale, "people-new");
    form_again(&who, head(&who, title), &form, view, &refused)
}

async fn edit_form(who: Can<may::EditPeople>, no: Path<String>) -> Answer {
    let reach = who.reach.clone();
    let (person, version) = who
        .read(move |conn| person::versioned(conn, &reach, &no))
        .await?;
    let form = view::person::edit_person(&who, &person, version);
    form_page(&who, form_head(&who, "person-edit", &person), form)
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Particulars {
    name: String,
    name_en: String,
    email: String,
    phone: String,
    hired_on: String,
    left_on: String,
}

/// The names of the particulars that differ, for the trail, which keeps no personal data itself.
fn differing(before: &Staff, new: &NewStaff) -> Vec<&'static str> {
    let fields = [
        ("name", before.name != new.name),
        ("name_en", before.name_en != new.name_en),
        ("email", before.email != new.email),
        ("phone", before.phone != new.phone),
        ("hired_on", before.hired_on != new.hired_on),
        ("left_on", before.left_on != new.left_on),
    ];
    let differing = fields.into_iter().filter(|(_, differs)| *differs);
    differing.map(|(name, _)| name).collect()
}

async fn edit(who: Can<may::EditPeople>, no: Path<String>, form: Form<Particulars>) -> Answer {
    let (no, typed, mut check) = (no.into_inner(), &form.sent, form.check());
    let contact = (typed.email.as_str(), typed.phone.as_str());
    let days = (typed.hired_on.as_str(), typed.left_on.as_str());
    let new = particulars(&form, &mut check, no.clone(), contact, days);
    let refused = match check.done() {
        Err(errors) => Refused::Fields(errors),
        Ok(()) => {
            let (reach, version) = (who.reach.clone(), form.row_version);
            let answer = who
                .once(&form.once, move |conn, actor| {
                    let no = &new.employee_no;
                    let known = person::for_change(conn, &reach, no, version)?;
                    let fields = differing(&known, &new);
                    if !fields.is_empty() {
                        person::change(conn, &known, &new)?;
                        let detail = json!({ "fields": fields });
                        audit::append(conn, actor, "staff-changed", no, &detail)?;
                    }
                    Ok(format!("{}?said=saved", person_href(no)))
                })
                .await;
            match sent(&form, answer)? {
                Sent::Done(response) => return Ok(response),
                Sent::Refused(refused) => refused,
            }
        }
    };
    let reach = who.reach.clone();
    let (person, version) = who
        .read(move |conn| person::versioned(conn, &reach, &no))
        .await?;
    let view = view::person::edit_person(&who, &person, version);
    let head = form_head(&who, "person-edit", &person);
    form_again(&who, head, &form, view, &refused)
}

/// Somebody, the form of their next move as it is stored now.
async fn posting_view(
    who: &Can<may::EditPeople>,
    no: String,
) -> std::result::Result<(Staff, crate::web::form::FormView), Problem> {
    let reach = who.reach.clone();
    let (person, version, history, choices) = who
        .read(move |conn| {
            let (person, version) = person::versioned(conn, &reach, &no)?;
            let history = person::history(conn, person.id)?;
            Ok((person, version, history, choices(conn, &reach)?))
        })
        .await?;
    let day = who.reach.day();
    let form = view::person::posting(who, &person, version, &history, &choices, day);
    Ok((person, form))
}

async fn posting_form(who: Can<may::EditPeople>, no: Path<String>) -> Answer {
    let (person, form) = posting_view(&who, no.into_inner()).await?;
    form_page(&who, form_head(&who, "posting-title", &person), form)
}

/// A day that must be there; none where the check has noted that it is missing or wrong.
fn required_day(check: &mut Check, typed: &str) -> Option<NaiveDate> {
    let text = check.required("day", typed, 10);
    check.date("day", &text)
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct TypedPosting {
    day: String,
    team: String,
    job_role: String,
    manager: String,
    reason: String,
}

async fn post(who: Can<may::EditPeople>, no: Path<String>, form: Form<TypedPosting>) -> Answer {
    let (no, typed, mut check) = (no.into_inner(), &form.sent, form.check());
    let day = required_day(&mut check, &typed.day);
    let seat = TypedSeat::new(&mut check, &typed.team, &typed.job_role, &typed.manager);
    let reason = check.required("reason", &typed.reason, 1_000);
    let refused = match (check.done(), day) {
        (Err(errors), _) => Refused::Fields(errors),
        // Without a day there is an error.
        (Ok(()), None) => return Err(Problem::Unreadable),
        (Ok(()), Some(day)) => {
            let (reach, version, wanted) = (who.reach.clone(), form.row_version, no.clone());
            let answer = who
                .once(&form.once, move |conn, actor| {
                    let known = person::for_change(conn, &reach, &wanted, version)?;
                    let line = reach::line(conn, known.id)?;
                    let now = on(&line, day).map(|p| p.seat);
                    let taken = seat.find(conn, &reach, now)?;
                    person::move_to(conn, &known, day, taken)?;
                    let detail = json!({ "from": day, "reason": reason, "seat": seat.told() });
                    audit::append(conn, actor, "staff-posted", &wanted, &detail)?;
                    Ok(format!("{}?said=saved", person_href(&wanted)))
                })
                .await;
            match sent(&form, answer)? {
                Sent::Done(response) => return Ok(response),
                Sent::Refused(refused) => refused,
            }
        }
    };
    let (person, view) = posting_view(&who, no).await?;
    let head = form_head(&who, "posting-title", &person);
    form_again(&who, head, &form, view, &refused)
}

/// Somebody with their skills and the form for the next level.
async fn skills_view(
    who: &Can<may::EditPeople>,
    no: String,
) -> std::result::Result<(Staff, view::person::Skills), Problem> {
    let reach = who.reach.clone();
    let (person, version, levels, known) = who
        .read(move |conn| {
            let (person, version) = person::versioned(conn, &reach, &no)?;
            let levels = person::levels(conn, person.id)?;
            let known = catalogue::all(conn, Kind::Skill)?;
            Ok((person, version, levels, known))
        })
        .await?;
    let day = who.reach.day();
    let view = view::person::skills_page(who, &person, version, &levels, &known, day);
    Ok((person, view))
}

async fn skills_form(who: Can<may::EditPeople>, no: Path<String>) -> Answer {
    let (person, view) = skills_view(&who, no.into_inner()).await?;
    let head = form_head(&who, "person-skills", &person);
    who.page("people/skills.html", head, &view)
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct TypedLevel {
    skill: String,
    level: String,
    day: String,
    evidence: String,
}

async fn set_skill(who: Can<may::EditPeople>, no: Path<String>, form: Form<TypedLevel>) -> Answer {
    let (no, typed, mut check) = (no.into_inner(), &form.sent, form.check());
    let skill = check.required("skill", &typed.skill, 64);
    let level = check.whole("level", &typed.level, 0, i64::from(HIGHEST_LEVEL)) as i32;
    let day = required_day(&mut check, &typed.day);
    let evidence = check.required("evidence", &typed.evidence, 2_000);
    let refused = match (check.done(), day) {
        (Err(errors), _) => Refused::Fields(errors),
        // Without a day there is an error.
        (Ok(()), None) => return Err(Problem::Unreadable),
        (Ok(()), Some(day)) => {
            let (reach, version, wanted) = (who.reach.clone(), form.row_version, no.clone());
            let answer = who
                .once(&form.once, move |conn, actor| {
                    let known = person::for_change(conn, &reach, &wanted, version)?;
                    let skill = catalogue::find(conn, Kind::Skill, &skill)
                        .map_err(|e| Error::Invalid(e.messages()))?;
                    person::set_level(conn, known.id, skill.id, (day, level, evidence))?;
                    let detail = json!({ "from": day, "level": level, "skill": skill.code });
                    audit::append(conn, actor, "skill-level", &wanted, &detail)?;
                    Ok(format!("{}/skills?said=saved", person_href(&wanted)))
                })
                .await;
            match sent(&form, answer)? {
                Sent::Done(response) => return Ok(response),
                Sent::Refused(refused) => refused,
            }
        }
    };
    let (person, mut view) = skills_view(&who, no).await?;
    let (status, shown) = again(&who, &form, view.form, &refused);
    view.form = shown;
    let head = form_head(&who, "person-skills", &person);
    who.page_with(status, "people/skills.html", head, &view)
}
