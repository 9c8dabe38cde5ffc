//! What is changed about candidates: particulars, notes, files, the pool, and two who are one.

use chrono::NaiveDate;
use diesel::dsl::max;
use diesel::prelude::*;
use serde_json::json;

use crate::audit::{self, Actor};
use crate::db::Conn;
use crate::db::schema::{
    application, attachment, candidate, candidate_note, consent, consent_text, opening,
};
use crate::error::{Error, Message, Result};
use crate::recruitment::model::candidate::{self as rules, Person};
use crate::recruitment::model::codes::ConsentKind;
use crate::recruitment::store::LOCK;
use crate::recruitment::store::applications::employee;
use crate::recruitment::store::candidates::Candidate;

/// What a trail calls a candidate.
fn subject(code: &str) -> String {
    format!("candidate:{code}")
}

fn stale() -> Error {
    Error::Conflict(Message::new("form-conflict"))
}

/// Makes a candidate by hand, without an application; gives the code.
pub fn create(
    conn: &mut Conn,
    person: &Person,
    profile: &str,
    actor: &Actor,
) -> Result<(i64, String)> {
    conn.lock(LOCK)?;
    let staff_id = employee(conn, person)?;
    let last: Option<i64> = candidate::table.select(max(candidate::id)).first(conn)?;
    let code = rules::code(last.unwrap_or(0) + 1);
    let id = diesel::insert_into(candidate::table)
        .values((
            candidate::code.eq(&code),
            candidate::name.eq(&person.name),
            candidate::name_en.eq(&person.name_en),
            candidate::sort_key.eq(person.sort_key()),
            candidate::email.eq(&person.email),
            candidate::email_key.eq(person.email_key()),
            candidate::phone.eq(&person.phone),
            candidate::phone_key.eq(person.phone_key()),
            candidate::locale.eq(&person.locale),
            candidate::profile_json.eq(profile),
            candidate::staff_id.eq(staff_id),
            candidate::created_at.eq(actor.at),
        ))
        .returning(candidate::id)
        .get_result(conn)?;
    audit::append(conn, actor, "candidate.create", &subject(&code), &json!({}))?;
    Ok((id, code))
}

/// Whoever has the e-mail address of somebody who is to be made: number and code.
pub fn holder(conn: &mut Conn, person: &Person) -> Result<Option<(i64, String)>> {
    let Some(key) = person.email_key() else {
        return Ok(None);
    };
    Ok(candidate::table
        .filter(candidate::email_key.eq(key))
        .filter(candidate::merged_into_id.is_null())
        .select((candidate::id, candidate::code))
        .order(candidate::id)
        .first(conn)
        .optional()?)
}

/// Changes particulars. `row_version` is that of the page they were changed on. The trail names the fields, not what
/// stands in them.
///
/// # Errors
/// `Conflict` when somebody else changed them meanwhile, or they are erased.
pub fn change(
    conn: &mut Conn,
    before: &Candidate,
    row_version: i32,
    person: &Person,
    actor: &Actor,
) -> Result<()> {
    conn.lock(LOCK)?;
    let staff_id = employee(conn, person)?;
    let changed = diesel::update(candidate::table.find(before.id))
        .filter(candidate::row_version.eq(row_version))
        .filter(candidate::erased_at.is_null())
        .set((
            candidate::name.eq(&person.name),
            candidate::name_en.eq(&person.name_en),
            candidate::sort_key.eq(person.sort_key()),
            candidate::email.eq(&person.email),
            candidate::email_key.eq(person.email_key()),
            candidate::phone.eq(&person.phone),
            candidate::phone_key.eq(person.phone_key()),
            candidate::locale.eq(&person.locale),
            candidate::row_version.eq(row_version + 1),
        ))
        .execute(conn)?;
    if changed == 0 {
        return Err(stale());
    }
    if let Some(staff_id) = staff_id {
        // Somebody once known to be an employee stays one.
        diesel::update(candidate::table.find(before.id))
            .set(candidate::staff_id.eq(staff_id))
            .execute(conn)?;
    }
    let was = &before.person;
    let fields: Vec<&str> = [
        ("name", was.name != person.name),
        ("name_en", was.name_en != person.name_en),
        ("email", was.email != person.email),
        ("phone", was.phone != person.phone),
        ("locale", was.locale != person.locale),
    ]
    .into_iter()
    .filter_map(|(field, differs)| differs.then_some(field))
    .collect();
    audit::append(
        conn,
        actor,
        "candidate.change",
        &subject(&before.code),
        &json!({ "fields": fields }),
    )
}

/// Gives a candidate a profile: JSON.
pub fn set_profile(conn: &mut Conn, id: i64, profile: &str) -> Result<()> {
    diesel::update(candidate::table.find(id))
        .set((
            candidate::profile_json.eq(profile),
            candidate::row_version.eq(candidate::row_version + 1),
        ))
        .execute(conn)?;
    Ok(())
}

/// Adds a note about a candidate.
pub fn note(conn: &mut Conn, of: &Candidate, body: &str, actor: &Actor) -> Result<()> {
    diesel::insert_into(candidate_note::table)
        .values((
            candidate_note::candidate_id.eq(of.id),
            candidate_note::body.eq(body),
            candidate_note::by_login.eq(&actor.name),
            candidate_note::written_at.eq(actor.at),
        ))
        .execute(conn)?;
    audit::append(
        conn,
        actor,
        "candidate.note",
        &subject(&of.code),
        &json!({}),
    )
}

/// Adds a stored file to a candidate.
pub fn attach(conn: &mut Conn, of: &Candidate, file_id: i64, actor: &Actor) -> Result<()> {
    diesel::insert_into(attachment::table)
        .values((
            attachment::candidate_id.eq(of.id),
            attachment::file_id.eq(file_id),
            attachment::added_by.eq(&actor.name),
            attachment::added_at.eq(actor.at),
        ))
        .execute(conn)?;
    audit::append(
        conn,
        actor,
        "candidate.attach",
        &subject(&of.code),
        &json!({ "file": file_id }),
    )
}

/// Keeps a candidate in mind until a day, or no longer.
///
/// # Errors
/// `Conflict` without their live consent to that, or when somebody else changed them meanwhile.
pub fn pool(
    conn: &mut Conn,
    of: &Candidate,
    row_version: i32,
    until: Option<NaiveDate>,
    actor: &Actor,
) -> Result<()> {
    conn.lock(LOCK)?;
    let agreed: i64 = consent::table
        .inner_join(consent_text::table)
        .filter(consent::candidate_id.eq(of.id))
        .filter(consent_text::kind.eq(ConsentKind::Pool.code()))
        .filter(consent::withdrawn_at.is_null())
        .count()
        .get_result(conn)?;
    if until.is_some() && agreed == 0 {
        return Err(Error::invalid(Message::new("candidate-pool-no-consent")));
    }
    let changed = diesel::update(candidate::table.find(of.id))
        .filter(candidate::row_version.eq(row_version))
        .set((
            candidate::pool_until.eq(until),
            candidate::row_version.eq(row_version + 1),
        ))
        .execute(conn)?;
    if changed == 0 {
        return Err(stale());
    }
    audit::append(
        conn,
        actor,
        "candidate.pool",
        &subject(&of.code),
        &json!({ "before": of.pool_until, "after": until }),
    )
}

/// Makes two candidates one: applications, files, notes and consents of the second go to the first, which gets what it
/// lacks of particulars; the code of the second leads to the first from then on. Cannot be undone. `versions` are those
/// of the page it was decided on.
///
/// # Errors
/// `Invalid` when both applied for the same opening, naming it; `Conflict` when one was changed meanwhile.
pub fn merge(
    conn: &mut Conn,
    keep: &Candidate,
    other: &Candidate,
    versions: (i32, i32),
    actor: &Actor,
) -> Result<()> {
    conn.lock(LOCK)?;
    let second = diesel::alias!(application as second);
    let both: Vec<String> = application::table
        .inner_join(opening::table)
        .inner_join(
            second.on(second
                .field(application::opening_id)
                .eq(application::opening_id)),
        )
        .filter(application::candidate_id.eq(keep.id))
        .filter(second.field(application::candidate_id).eq(other.id))
        .order(opening::id)
        .select(opening::code)
        .load(conn)?;
    if !both.is_empty() {
        return Err(Error::invalid(
            Message::new("candidate-merge-both-applied").with("openings", both.join(", ")),
        ));
    }
    let (mine, theirs) = (&keep.person, &other.person);
    let pick = |own: &Option<String>, other: &Option<String>| own.clone().or_else(|| other.clone());
    let whole = Person {
        name: mine.name.clone(),
        name_en: if mine.name_en.is_empty() {
            theirs.name_en.clone()
        } else {
            mine.name_en.clone()
        },
        email: pick(&mine.email, &theirs.email),
        phone: pick(&mine.phone, &theirs.phone),
        locale: mine.locale.clone(),
    };
    let profile = if keep.profile == "{}" {
        &other.profile
    } else {
        &keep.profile
    };
    let kept = diesel::update(candidate::table.find(keep.id))
        .filter(candidate::row_version.eq(versions.0))
        .filter(candidate::merged_into_id.is_null())
        .filter(candidate::erased_at.is_null())
        .set((
            candidate::name_en.eq(&whole.name_en),
            candidate::email.eq(&whole.email),
            candidate::email_key.eq(whole.email_key()),
            candidate::phone.eq(&whole.phone),
            candidate::phone_key.eq(whole.phone_key()),
            candidate::profile_json.eq(profile),
            candidate::row_version.eq(versions.0 + 1),
        ))
        .execute(conn)?;
    let gone = diesel::update(candidate::table.find(other.id))
        .filter(candidate::row_version.eq(versions.1))
        .filter(candidate::merged_into_id.is_null())
        .filter(candidate::erased_at.is_null())
        .set((
            candidate::merged_into_id.eq(keep.id),
            candidate::pool_until.eq(None::<NaiveDate>),
            candidate::row_version.eq(versions.1 + 1),
        ))
        .execute(conn)?;
    if (kept, gone) != (1, 1) {
        return Err(stale());
    }
    // Whoever led to the second leads to the first.
    diesel::update(candidate::table.filter(candidate::merged_into_id.eq(other.id)))
        .set(candidate::merged_into_id.eq(keep.id))
        .execute(conn)?;
    let staff_id: Option<i64> = candidate::table
        .find(other.id)
        .select(candidate::staff_id)
        .first(conn)?;
    if staff_id.is_some() {
        diesel::update(candidate::table.find(keep.id))
            .filter(candidate::staff_id.is_null())
            .set(candidate::staff_id.eq(staff_id))
            .execute(conn)?;
    }
    diesel::update(application::table.filter(application::candidate_id.eq(other.id)))
        .set(application::candidate_id.eq(keep.id))
        .execute(conn)?;
    diesel::update(attachment::table.filter(attachment::candidate_id.eq(other.id)))
        .set(attachment::candidate_id.eq(keep.id))
        .execute(conn)?;
    diesel::update(candidate_note::table.filter(candidate_note::candidate_id.eq(other.id)))
        .set(candidate_note::candidate_id.eq(keep.id))
        .execute(conn)?;
    let given: Vec<(i64, chrono::NaiveDateTime, Option<chrono::NaiveDateTime>)> = consent::table
        .filter(consent::candidate_id.eq(other.id))
        .order(consent::id)
        .select((consent::text_id, consent::given_at, consent::withdrawn_at))
        .load(conn)?;
    let copies: Vec<_> = given
        .into_iter()
        .map(|(text_id, given_at, withdrawn_at)| {
            (
                consent::candidate_id.eq(keep.id),
                consent::text_id.eq(text_id),
                consent::given_at.eq(given_at),
                consent::withdrawn_at.eq(withdrawn_at),
            )
        })
        .collect();
    crate::insert_all!(conn, consent::table, copies)?;
    audit::append(
        conn,
        actor,
        "candidate.merge",
        &subject(&keep.code),
        &json!({ "merged": other.code }),
    )
}
