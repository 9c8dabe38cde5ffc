//! Applications taken in: whose they are, and that there is one for each opening and candidate.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDateTime;
use diesel::dsl::max;
use diesel::prelude::*;
use diesel::sql_types::Text;
use serde_json::json;

use crate::audit::{self, Actor};
use crate::db::Conn;
use crate::db::schema::{
    account, application, application_answer, application_group, application_move, attachment,
    candidate, candidate_note, consent, opening, opening_stage, staff,
};
use crate::error::{Error, Message, Result};
use crate::insert_all;
use crate::recruitment::model::application::{self as rules, APPLICANT};
use crate::recruitment::model::candidate::{self as people, Person};
use crate::recruitment::model::codes::{ApplicationState, OpeningState, Source};
use crate::recruitment::store::{CHUNK, LOCK};

diesel::define_sql_function! {
    /// A text in lower case, letters of the Latin alphabet at least.
    fn lower(text: Text) -> Text;
}

/// An answer to a question that may knock out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Of the question, from 1.
    pub position: i32,
    pub answer: String,
    /// Whether the rule finds the requirement unmet. It decides nothing: somebody confirms it.
    pub failed: bool,
}

/// An application to be taken in.
#[derive(Clone, Debug)]
pub struct NewApplication {
    pub opening_id: i64,
    pub person: Person,
    /// The employee who applies, where that is known; otherwise found by e-mail address, login and telephone.
    pub staff_id: Option<i64>,
    pub source: Source,
    /// UTC.
    pub applied_at: NaiveDateTime,
    pub answers: Vec<Answer>,
    /// What the applicant states of their own will: attribute and value.
    pub groups: Vec<(String, String)>,
    /// Numbers of the texts that the applicant agreed to.
    pub consents: Vec<i64>,
    /// Numbers of the files handed in.
    pub files: Vec<i64>,
}

/// An application as it is known after it was taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationRef {
    pub id: i64,
    pub code: String,
    pub candidate_id: i64,
    pub candidate: String,
    /// False where the candidate had applied for the opening before: nothing of the new application was kept then.
    pub is_new: bool,
}

/// Takes an application in. See [`receive_all`].
pub fn receive(conn: &mut Conn, new: &NewApplication, actor: &Actor) -> Result<ApplicationRef> {
    receive_all(conn, std::slice::from_ref(new), actor)?
        .pop()
        .ok_or_else(|| Error::Internal("an application was taken in and is not there".into()))
}

/// Takes applications in, each at the first stage of its opening: a fixed number of statements for one or a
/// thousand. Gives them in the order in which they came.
///
/// A candidate is found by the e-mail address, or by the telephone number together with the name; otherwise they
/// are new. What is known of a candidate stays: particulars that read otherwise this time become a note for HR.
/// Whoever acts as [`APPLICANT`] is not named in the moves.
///
/// # Errors
/// `Conflict` for an opening that takes no applications (drafted, waiting for approval, closed), `NotFound` for one
/// that is not there.
pub fn receive_all(
    conn: &mut Conn,
    new: &[NewApplication],
    actor: &Actor,
) -> Result<Vec<ApplicationRef>> {
    receive_keyed(conn, new, &[], actor)
}

/// As [`receive_all`], each with the key of its row in the file it comes from, if it has one.
///
/// # Errors
/// As [`receive_all`].
pub fn receive_keyed(
    conn: &mut Conn,
    new: &[NewApplication],
    keys: &[Option<String>],
    actor: &Actor,
) -> Result<Vec<ApplicationRef>> {
    conn.lock(LOCK)?;
    let candidates = candidates(conn, new, actor)?;
    take(conn, new, &candidates, keys, actor)
}

/// Takes in an application of a candidate who is known, by number and code. As [`receive`] otherwise.
///
/// # Errors
/// As [`receive_all`].
pub fn receive_of(
    conn: &mut Conn,
    (id, code): (i64, &str),
    new: &NewApplication,
    actor: &Actor,
) -> Result<ApplicationRef> {
    conn.lock(LOCK)?;
    let known = Known {
        id,
        code: code.to_string(),
        known: true,
        same: true,
    };
    take(conn, std::slice::from_ref(new), &[known], &[], actor)?
        .pop()
        .ok_or_else(|| Error::Internal("an application was taken in and is not there".into()))
}

/// Takes in applications whose candidates are there.
fn take(
    conn: &mut Conn,
    new: &[NewApplication],
    candidates: &[Known],
    keys: &[Option<String>],
    actor: &Actor,
) -> Result<Vec<ApplicationRef>> {
    let places = places(conn, new)?;
    let taken = taken(conn, candidates)?;
    let mut number = last_number(conn)?;
    // By opening and candidate: the number within `new` that became the application.
    let mut first: HashMap<(i64, i64), usize> = HashMap::new();
    let mut codes: Vec<String> = Vec::new();
    let mut rows = Vec::new();
    for (at, (one, of)) in new.iter().zip(candidates).enumerate() {
        let key = (one.opening_id, of.id);
        if taken.contains_key(&key) || first.contains_key(&key) {
            continue;
        }
        number += 1;
        codes.push(rules::code(number));
        first.insert(key, at);
        let place = &places[&one.opening_id];
        rows.push((
            application::code.eq(rules::code(number)),
            application::opening_id.eq(one.opening_id),
            application::candidate_id.eq(of.id),
            application::stage_id.eq(place.stage_id),
            application::state.eq(ApplicationState::Active.code()),
            application::source.eq(one.source.code()),
            application::applied_at.eq(one.applied_at),
            application::entered_at.eq(one.applied_at),
            application::external_key.eq(keys.get(at).cloned().flatten()),
        ));
    }
    insert_all!(conn, application::table, rows)?;
    let made = made(conn, &codes)?;
    let mut told = Vec::with_capacity(made.len());
    let results: Vec<ApplicationRef> = new
        .iter()
        .zip(candidates)
        .enumerate()
        .map(|(at, (one, of))| {
            let key = (one.opening_id, of.id);
            let (id, code) = made.get(&key).or_else(|| taken.get(&key)).cloned()?;
            let is_new = first.get(&key) == Some(&at);
            if is_new {
                told.push(json!({
                    "application": code, "candidate": of.code, "source": one.source.code(),
                    "opening": places[&one.opening_id].code, "known": of.known,
                }));
            }
            Some(ApplicationRef {
                id,
                code,
                candidate_id: of.id,
                candidate: of.code.clone(),
                is_new,
            })
        })
        .collect::<Option<_>>()
        .ok_or_else(|| Error::Internal("an application was taken in and is not there".into()))?;
    attach(conn, new, candidates, &results, &places, actor)?;
    if let [only] = told.as_slice() {
        let subject = format!("application:{}", codes.join(""));
        audit::append(conn, actor, "application.receive", &subject, only)?;
    } else if !told.is_empty() {
        let all = json!({ "applications": told });
        audit::append(conn, actor, "application.receive", "applications", &all)?;
    }
    Ok(results)
}

/// Where applications of an opening begin.
struct Place {
    code: String,
    stage_id: i64,
}

/// The first stage of every opening that is applied for.
fn places(conn: &mut Conn, new: &[NewApplication]) -> Result<HashMap<i64, Place>> {
    let ids: HashSet<i64> = new.iter().map(|one| one.opening_id).collect();
    let rows: Vec<(i64, String, String, i64)> = opening::table
        .inner_join(opening_stage::table)
        .filter(opening::id.eq_any(&ids))
        .order((opening::id, opening_stage::position.desc()))
        .select((
            opening::id,
            opening::code,
            opening::state,
            opening_stage::id,
        ))
        .load(conn)?;
    let mut places = HashMap::new();
    for (id, code, state, stage_id) in rows {
        let open = OpeningState::parse(&state).is_some_and(OpeningState::takes_applications);
        if !open {
            return Err(Error::Conflict(
                Message::new("application-opening-shut").with("code", code),
            ));
        }
        // The last row of an opening is that of its first stage.
        places.insert(id, Place { code, stage_id });
    }
    match ids.iter().find(|id| !places.contains_key(id)) {
        None => Ok(places),
        Some(id) => Err(Error::NotFound(
            Message::new("application-opening-unknown").with("code", id),
        )),
    }
}

/// A candidate that applications belong to.
#[derive(Clone)]
struct Known {
    id: i64,
    code: String,
    /// Whether they were there before.
    known: bool,
    /// Whether the particulars given are those that are kept.
    same: bool,
}

/// Whose each application is; those who are new are made.
fn candidates(conn: &mut Conn, new: &[NewApplication], actor: &Actor) -> Result<Vec<Known>> {
    let mut people = People::read(conn, new)?;
    let mut number: i64 = candidate::table
        .select(max(candidate::id))
        .first::<Option<i64>>(conn)?
        .unwrap_or(0);
    let employees = Employees::read(conn, new)?;
    // Of each application: the candidate that is there, or which of those to be made.
    let mut whose: Vec<(Option<usize>, String)> = Vec::with_capacity(new.len());
    let mut rows = Vec::new();
    for one in new {
        if let Some(at) = people.find(&one.person) {
            whose.push((Some(at), people.all[at].code.clone()));
            continue;
        }
        number += 1;
        let code = people::code(number);
        let person = &one.person;
        rows.push((
            candidate::code.eq(code.clone()),
            candidate::name.eq(&person.name),
            candidate::name_en.eq(&person.name_en),
            candidate::sort_key.eq(person.sort_key()),
            candidate::email.eq(&person.email),
            candidate::email_key.eq(person.email_key()),
            candidate::phone.eq(&person.phone),
            candidate::phone_key.eq(person.phone_key()),
            candidate::locale.eq(&person.locale),
            candidate::profile_json.eq("{}"),
            candidate::staff_id.eq(one.staff_id.or_else(|| employees.find(person))),
            candidate::created_at.eq(actor.at),
        ));
        people.add(Kept {
            id: 0,
            code: code.clone(),
            name: person.name.clone(),
            email_key: person.email_key(),
            phone_key: person.phone_key(),
        });
        whose.push((None, code));
    }
    let codes: Vec<String> = whose.iter().map(|(_, code)| code.clone()).collect();
    insert_all!(conn, candidate::table, rows)?;
    let mut ids: HashMap<String, i64> = HashMap::new();
    for chunk in codes.chunks(CHUNK) {
        ids.extend(
            candidate::table
                .filter(candidate::code.eq_any(chunk))
                .select((candidate::code, candidate::id))
                .load::<(String, i64)>(conn)?,
        );
    }
    new.iter()
        .zip(whose)
        .map(|(one, (known, code))| {
            let id = *ids.get(&code)?;
            let before = known.map(|at| &people.all[at]);
            Some(Known {
                id,
                code,
                known: before.is_some_and(|kept| kept.id != 0),
                same: before.is_none_or(|kept| kept.says(&one.person)),
            })
        })
        .collect::<Option<_>>()
        .ok_or_else(|| Error::Internal("a candidate was made and is not there".into()))
}

/// What tells a candidate from others.
struct Kept {
    /// 0 while they are being made.
    id: i64,
    code: String,
    name: String,
    email_key: Option<String>,
    phone_key: Option<String>,
}

impl Kept {
    /// Whether what is known of them is what a person says now, as far as they say anything.
    fn says(&self, person: &Person) -> bool {
        let fits =
            |given: Option<String>, known: &Option<String>| given.is_none() || given == *known;
        self.name == person.name
            && fits(person.email_key(), &self.email_key)
            && fits(person.phone_key(), &self.phone_key)
    }
}

/// The candidates whom a list of applications may belong to.
#[derive(Default)]
struct People {
    all: Vec<Kept>,
    by_email: HashMap<String, usize>,
    by_phone: HashMap<(String, String), usize>,
}

impl People {
    /// Those with an address or a number of the list. Whoever was merged into another is the other.
    fn read(conn: &mut Conn, new: &[NewApplication]) -> Result<People> {
        let emails: Vec<String> = new.iter().filter_map(|n| n.person.email_key()).collect();
        let phones: Vec<String> = new.iter().filter_map(|n| n.person.phone_key()).collect();
        let others = diesel::alias!(candidate as other);
        let columns = (
            candidate::id,
            candidate::code,
            candidate::name,
            candidate::email_key,
            candidate::phone_key,
            others.fields((candidate::id, candidate::code)).nullable(),
        );
        type Row = (
            i64,
            String,
            String,
            Option<String>,
            Option<String>,
            Option<(i64, String)>,
        );
        let from = candidate::table.left_join(
            others.on(candidate::merged_into_id.eq(others.field(candidate::id).nullable())),
        );
        let mut rows: Vec<Row> = Vec::new();
        for chunk in emails.chunks(CHUNK) {
            rows.extend(
                from.filter(candidate::email_key.assume_not_null().eq_any(chunk))
                    .select(columns)
                    .load::<Row>(conn)?,
            );
        }
        for chunk in phones.chunks(CHUNK) {
            rows.extend(
                from.filter(candidate::phone_key.assume_not_null().eq_any(chunk))
                    .select(columns)
                    .load::<Row>(conn)?,
            );
        }
        // The one who was there first is found, the survivor of a merge before all.
        rows.sort_by_key(|row| (row.5.is_some(), row.0));
        let mut people = People::default();
        for (id, code, name, email_key, phone_key, merged) in rows {
            let (id, code) = merged.unwrap_or((id, code));
            people.add(Kept {
                id,
                code,
                name,
                email_key,
                phone_key,
            });
        }
        Ok(people)
    }

    fn add(&mut self, kept: Kept) {
        let at = self.all.len();
        if let Some(key) = &kept.email_key {
            self.by_email.entry(key.clone()).or_insert(at);
        }
        if let Some(key) = &kept.phone_key {
            let key = (key.clone(), kept.name.clone());
            self.by_phone.entry(key).or_insert(at);
        }
        self.all.push(kept);
    }

    fn find(&self, person: &Person) -> Option<usize> {
        let by_email = person.email_key().and_then(|key| self.by_email.get(&key));
        by_email
            .or_else(|| {
                let key = (person.phone_key()?, person.name.clone());
                self.by_phone.get(&key)
            })
            .copied()
    }
}

/// The employees whom applicants may be.
struct Employees {
    /// By e-mail address or login, in lower case.
    by_email: HashMap<String, i64>,
    by_phone: HashMap<String, i64>,
}

impl Employees {
    fn read(conn: &mut Conn, new: &[NewApplication]) -> Result<Employees> {
        let emails: Vec<String> = new.iter().filter_map(|n| n.person.email_key()).collect();
        let phones: Vec<String> = new
            .iter()
            .filter_map(|n| n.person.phone_key())
            .flat_map(|key| people::spellings(&key))
            .collect();
        let (mut by_email, mut by_phone) = (HashMap::new(), HashMap::new());
        for chunk in emails.chunks(CHUNK) {
            by_email.extend(
                staff::table
                    .filter(lower(staff::email.assume_not_null()).eq_any(chunk))
                    .select((lower(staff::email.assume_not_null()), staff::id))
                    .load::<(String, i64)>(conn)?,
            );
            let accounts: Vec<(String, Option<String>, i64)> = account::table
                .filter(account::staff_id.is_not_null())
                .filter(
                    account::login
                        .eq_any(chunk)
                        .or(lower(account::email.assume_not_null()).eq_any(chunk)),
                )
                .select((
                    account::login,
                    lower(account::email.assume_not_null()).nullable(),
                    account::staff_id.assume_not_null(),
                ))
                .load(conn)?;
            for (login, email, staff_id) in accounts {
                by_email.insert(login, staff_id);
                by_email.extend(email.map(|email| (email, staff_id)));
            }
        }
        for chunk in phones.chunks(CHUNK) {
            let found: Vec<(String, i64)> = staff::table
                .filter(staff::phone.assume_not_null().eq_any(chunk))
                .select((staff::phone.assume_not_null(), staff::id))
                .load(conn)?;
            by_phone.extend(
                found
                    .into_iter()
                    .filter_map(|(phone, id)| Some((people::phone_key(&phone)?, id))),
            );
        }
        Ok(Employees { by_email, by_phone })
    }

    fn find(&self, person: &Person) -> Option<i64> {
        let by_email = person.email_key().and_then(|key| self.by_email.get(&key));
        by_email
            .or_else(|| self.by_phone.get(&person.phone_key()?))
            .copied()
    }
}

/// The employee whom somebody is, by e-mail address, login or telephone number.
pub fn employee(conn: &mut Conn, person: &Person) -> Result<Option<i64>> {
    let asked = NewApplication {
        opening_id: 0,
        person: person.clone(),
        staff_id: None,
        source: Source::Other,
        applied_at: NaiveDateTime::default(),
        answers: Vec::new(),
        groups: Vec::new(),
        consents: Vec::new(),
        files: Vec::new(),
    };
    Ok(Employees::read(conn, &[asked])?.find(person))
}

/// The applications that candidates have already: number and code by opening and candidate.
fn taken(conn: &mut Conn, candidates: &[Known]) -> Result<HashMap<(i64, i64), (i64, String)>> {
    let known: Vec<i64> = candidates
        .iter()
        .filter(|one| one.known)
        .map(|one| one.id)
        .collect();
    let mut taken = HashMap::new();
    for chunk in known.chunks(CHUNK) {
        let rows: Vec<(i64, i64, i64, String)> = application::table
            .filter(application::candidate_id.eq_any(chunk))
            .select((
                application::opening_id,
                application::candidate_id,
                application::id,
                application::code,
            ))
            .load(conn)?;
        taken.extend(
            rows.into_iter()
                .map(|(opening, of, id, code)| ((opening, of), (id, code))),
        );
    }
    Ok(taken)
}

/// The number of the newest code: numbers go up with the rows, whatever gaps the database leaves in its own.
fn last_number(conn: &mut Conn) -> Result<i64> {
    let last: Option<i64> = application::table
        .select(max(application::id))
        .first(conn)?;
    Ok(last.unwrap_or(0))
}

/// The applications of some codes: number and code by opening and candidate.
fn made(conn: &mut Conn, codes: &[String]) -> Result<HashMap<(i64, i64), (i64, String)>> {
    let mut made = HashMap::new();
    for chunk in codes.chunks(CHUNK) {
        let rows: Vec<(i64, i64, i64, String)> = application::table
            .filter(application::code.eq_any(chunk))
            .select((
                application::opening_id,
                application::candidate_id,
                application::id,
                application::code,
            ))
            .load(conn)?;
        made.extend(
            rows.into_iter()
                .map(|(opening, of, id, code)| ((opening, of), (id, code))),
        );
    }
    Ok(made)
}

/// What comes with applications: the first move, answers, groups, consents, files, and a note where the particulars
/// read otherwise than those known.
fn attach(
    conn: &mut Conn,
    new: &[NewApplication],
    candidates: &[Known],
    results: &[ApplicationRef],
    places: &HashMap<i64, Place>,
    actor: &Actor,
) -> Result<()> {
    let by = (actor.name != APPLICANT).then_some(actor.name.as_str());
    let (mut moves, mut answers, mut groups) = (Vec::new(), Vec::new(), Vec::new());
    let (mut consents, mut files, mut notes) = (Vec::new(), Vec::new(), Vec::new());
    for ((one, of), done) in new.iter().zip(candidates).zip(results) {
        if !done.is_new {
            continue;
        }
        moves.push((
            application_move::application_id.eq(done.id),
            application_move::to_stage_id.eq(places[&one.opening_id].stage_id),
            application_move::state.eq(ApplicationState::Active.code()),
            application_move::moved_by.eq(by),
            application_move::moved_at.eq(one.applied_at),
            application_move::note.eq(""),
        ));
        answers.extend(one.answers.iter().map(|given| {
            (
                application_answer::application_id.eq(done.id),
                application_answer::position.eq(given.position),
                application_answer::answer.eq(&given.answer),
                application_answer::failed.eq(given.failed),
            )
        }));
        groups.extend(one.groups.iter().map(|(attribute, value)| {
            (
                application_group::application_id.eq(done.id),
                application_group::attribute.eq(attribute),
                application_group::value.eq(value),
            )
        }));
        consents.extend(one.consents.iter().map(|&text_id| {
            (
                consent::candidate_id.eq(of.id),
                consent::text_id.eq(text_id),
                consent::given_at.eq(one.applied_at),
            )
        }));
        files.extend(one.files.iter().map(|&file_id| {
            (
                attachment::candidate_id.eq(of.id),
                attachment::application_id.eq(done.id),
                attachment::file_id.eq(file_id),
                attachment::added_by.eq(by),
                attachment::added_at.eq(one.applied_at),
            )
        }));
        if !of.same {
            let person = &one.person;
            let given = [
                Some(done.code.as_str()),
                Some(person.name.as_str()),
                Some(person.name_en.as_str()),
                person.email.as_deref(),
                person.phone.as_deref(),
            ];
            let given: Vec<&str> = given
                .into_iter()
                .flatten()
                .filter(|w| !w.is_empty())
                .collect();
            notes.push((
                candidate_note::candidate_id.eq(of.id),
                candidate_note::body.eq(given.join(" · ")),
                candidate_note::by_login.eq(&actor.name),
                candidate_note::written_at.eq(actor.at),
            ));
        }
    }
    insert_all!(conn, application_move::table, moves)?;
    insert_all!(conn, application_answer::table, answers)?;
    insert_all!(conn, application_group::table, groups)?;
    insert_all!(conn, consent::table, consents)?;
    insert_all!(conn, attachment::table, files)?;
    insert_all!(conn, candidate_note::table, notes)
}
