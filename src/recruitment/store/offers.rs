//! Offers in versions, and hiring: one transaction that makes an employee of an applicant.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::dsl::{count_star, max};
use diesel::prelude::*;
use serde_json::json;

use crate::accounts::store::{accounts_of, tell_all};
use crate::audit::{self, Actor};
use crate::db::Conn;
use crate::db::schema::{application, offer, opening, staff};
use crate::error::{Error, Message, Result};
use crate::people::model::{OPEN_END, Posting, Seat, sort_key};
use crate::people::store::{NewStaff, Staff, person};
use crate::recruitment::model::application::Step;
use crate::recruitment::model::codes::ApplicationState;
use crate::recruitment::model::decision::{Choice, OfferState};
use crate::recruitment::store::rounds::Applied;
use crate::recruitment::store::{LOCK, decisions, moves};

/// An offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    pub id: i64,
    pub version_no: i32,
    pub terms: String,
    pub starts_on: Option<NaiveDate>,
    pub state: OfferState,
    /// A login.
    pub made_by: String,
    pub sent_at: Option<NaiveDateTime>,
    /// The last day on which it may be accepted.
    pub expires_on: Option<NaiveDate>,
    pub answered_at: Option<NaiveDateTime>,
    pub row_version: i32,
}

impl Offer {
    /// Whether nobody has answered it in time.
    #[must_use]
    pub fn has_expired(&self, today: NaiveDate) -> bool {
        self.state == OfferState::Sent && self.expires_on.is_some_and(|day| day < today)
    }

    /// Whether it is out and may be answered.
    #[must_use]
    pub fn is_open(&self, today: NaiveDate) -> bool {
        self.state == OfferState::Sent && !self.has_expired(today)
    }
}

type Row = (
    i64,
    i32,
    String,
    Option<NaiveDate>,
    String,
    String,
    Option<NaiveDateTime>,
    Option<NaiveDate>,
    Option<NaiveDateTime>,
    i32,
);

/// The offers made on an application, the newest first.
pub fn of(conn: &mut Conn, application_id: i64) -> Result<Vec<Offer>> {
    let rows: Vec<Row> = offer::table
        .filter(offer::application_id.eq(application_id))
        .order(offer::version_no.desc())
        .select((
            offer::id,
            offer::version_no,
            offer::terms,
            offer::starts_on,
            offer::state,
            offer::made_by,
            offer::sent_at,
            offer::expires_on,
            offer::answered_at,
            offer::row_version,
        ))
        .load(conn)?;
    rows.into_iter()
        .map(|row| {
            let state = OfferState::parse(&row.4)
                .ok_or_else(|| Error::Internal("an offer of no known state".into()))?;
            Ok(Offer {
                id: row.0,
                version_no: row.1,
                terms: row.2,
                starts_on: row.3,
                state,
                made_by: row.5,
                sent_at: row.6,
                expires_on: row.7,
                answered_at: row.8,
                row_version: row.9,
            })
        })
        .collect()
}

/// Refuses an offer before somebody has decided that there is to be one.
fn decided(conn: &mut Conn, applied: &Applied) -> Result<()> {
    if !applied.is_active() {
        return Err(Error::Conflict(
            Message::new("decision-ended").with("code", &applied.code),
        ));
    }
    match decisions::last(conn, &applied.code)? {
        Some((_, frozen)) if frozen.choice == Choice::Offer => Ok(()),
        _ => Err(Error::Conflict(
            Message::new("offer-not-decided").with("code", &applied.code),
        )),
    }
}

/// What an offer says.
pub struct Terms<'a> {
    pub terms: &'a str,
    pub starts_on: Option<NaiveDate>,
    pub expires_on: Option<NaiveDate>,
}

/// Writes the draft of an offer: a new version, or over the draft there is, as it was `seen`.
///
/// # Errors
/// `Conflict` when no offer was decided, one is out and unanswered or accepted, or the draft was changed meanwhile.
pub fn write(
    conn: &mut Conn,
    applied: &Applied,
    seen: i32,
    terms: &Terms<'_>,
    today: NaiveDate,
    actor: &Actor,
) -> Result<()> {
    conn.lock(LOCK)?;
    decided(conn, applied)?;
    let newest = of(conn, applied.id)?.into_iter().next();
    let version_no = match &newest {
        Some(draft) if draft.state == OfferState::Draft => {
            let as_seen = offer::table
                .filter(offer::id.eq(draft.id))
                .filter(offer::row_version.eq(seen));
            let written = diesel::update(as_seen)
                .set((
                    offer::terms.eq(terms.terms),
                    offer::starts_on.eq(terms.starts_on),
                    offer::expires_on.eq(terms.expires_on),
                    offer::made_by.eq(&actor.name),
                    offer::row_version.eq(seen + 1),
                ))
                .execute(conn)?;
            if written == 0 {
                return Err(Error::Conflict(Message::new("form-conflict")));
            }
            draft.version_no
        }
        Some(other) if other.is_open(today) || other.state == OfferState::Accepted => {
            return Err(Error::Conflict(Message::new("offer-out")));
        }
        other => {
            let version_no = other.as_ref().map_or(1, |o| o.version_no + 1);
            diesel::insert_into(offer::table)
                .values((
                    offer::application_id.eq(applied.id),
                    offer::version_no.eq(version_no),
                    offer::terms.eq(terms.terms),
                    offer::starts_on.eq(terms.starts_on),
                    offer::state.eq(OfferState::Draft.code()),
                    offer::made_by.eq(&actor.name),
                    offer::expires_on.eq(terms.expires_on),
                ))
                .execute(conn)?;
            version_no
        }
    };
    let detail = json!({ "version": version_no });
    audit::append(conn, actor, "offer.write", &applied.subject(), &detail)
}

/// Takes an offer that is as it was `seen` to another state.
fn turn(conn: &mut Conn, offer: &Offer, seen: i32, to: OfferState, actor: &Actor) -> Result<()> {
    let as_seen = offer::table
        .filter(offer::id.eq(offer.id))
        .filter(offer::state.eq(offer.state.code()))
        .filter(offer::row_version.eq(seen));
    let sent_at = match to {
        OfferState::Sent => Some(actor.at),
        _ => offer.sent_at,
    };
    let answered_at = match to {
        OfferState::Accepted | OfferState::Declined => Some(actor.at),
        _ => None,
    };
    let written = diesel::update(as_seen)
        .set((
            offer::state.eq(to.code()),
            offer::sent_at.eq(sent_at),
            offer::answered_at.eq(answered_at),
            offer::row_version.eq(seen + 1),
        ))
        .execute(conn)?;
    if written == 0 {
        return Err(Error::Conflict(Message::new("form-conflict")));
    }
    Ok(())
}

/// Sends a draft: from now on the applicant sees it and may answer.
///
/// # Errors
/// `Conflict` when it was changed since `seen` or is no draft; `Invalid` without a last day, or one that is past.
pub fn send(
    conn: &mut Conn,
    applied: &Applied,
    offer: &Offer,
    seen: i32,
    today: NaiveDate,
    actor: &Actor,
) -> Result<()> {
    conn.lock(LOCK)?;
    decided(conn, applied)?;
    if offer.state != OfferState::Draft {
        return Err(Error::Conflict(Message::new("form-conflict")));
    }
    if offer.expires_on.is_none_or(|day| day < today) {
        return Err(Error::invalid(Message::new("offer-past")));
    }
    turn(conn, offer, seen, OfferState::Sent, actor)?;
    let detail = json!({ "version": offer.version_no });
    audit::append(conn, actor, "offer.send", &applied.subject(), &detail)
}

/// Records what the applicant says to an offer: by their private link, or told to HR. Whoever owns the opening
/// hears of it.
///
/// # Errors
/// `Conflict` when it is not out any more, or was changed since `seen`.
pub fn answer(
    conn: &mut Conn,
    applied: &Applied,
    offer: &Offer,
    seen: i32,
    accepted: bool,
    today: NaiveDate,
    actor: &Actor,
) -> Result<()> {
    conn.lock(LOCK)?;
    if !applied.is_active() || !offer.is_open(today) {
        return Err(Error::Conflict(Message::new("offer-not-out")));
    }
    let (to, key) = if accepted {
        (OfferState::Accepted, "told-offer-accepted")
    } else {
        (OfferState::Declined, "told-offer-declined")
    };
    turn(conn, offer, seen, to, actor)?;
    let what = Message::new(key).with("code", &applied.code);
    let link = format!("/applications/{}/offer", applied.code);
    tell_owner(conn, applied, &what, &link, actor.at)?;
    let detail = json!({ "accepted": accepted, "version": offer.version_no });
    audit::append(conn, actor, "offer.answer", &applied.subject(), &detail)
}

/// Takes an offer back that nobody has accepted.
///
/// # Errors
/// As [`answer`].
pub fn withdraw(
    conn: &mut Conn,
    applied: &Applied,
    offer: &Offer,
    seen: i32,
    actor: &Actor,
) -> Result<()> {
    conn.lock(LOCK)?;
    if !matches!(offer.state, OfferState::Draft | OfferState::Sent) {
        return Err(Error::Conflict(Message::new("offer-not-out")));
    }
    turn(conn, offer, seen, OfferState::Withdrawn, actor)?;
    let detail = json!({ "version": offer.version_no });
    audit::append(conn, actor, "offer.withdraw", &applied.subject(), &detail)
}

fn tell_owner(
    conn: &mut Conn,
    applied: &Applied,
    what: &Message,
    link: &str,
    now: NaiveDateTime,
) -> Result<()> {
    let Some(owner) = applied.owner_id else {
        return Ok(());
    };
    let accounts: Vec<i64> = accounts_of(conn, &[owner])?
        .into_values()
        .flatten()
        .collect();
    let told: Vec<(i64, &Message, &str)> = accounts.iter().map(|a| (*a, what, link)).collect();
    tell_all(conn, &told, now)
}

/// Whom an applicant becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewHire {
    /// Of somebody new; not looked at where an employee changes seats.
    pub employee_no: String,
    pub name: String,
    pub name_en: String,
    pub email: Option<String>,
    pub starts_on: NaiveDate,
    pub seat: Seat,
}

/// How many of an opening have been hired.
pub fn hired(conn: &mut Conn, opening_id: i64) -> Result<i64> {
    Ok(application::table
        .filter(application::opening_id.eq(opening_id))
        .filter(application::state.eq(ApplicationState::Hired.code()))
        .select(count_star())
        .first(conn)?)
}

/// The next employee number after the greatest of the same pattern: letters and a number.
pub fn next_number(conn: &mut Conn) -> Result<String> {
    // The longest and then the greatest is the highest, where numbers are written without leading zeros or all of
    // one length.
    let longest: Option<i32> = staff::table
        .filter(staff::employee_no.like("E%"))
        .select(max(length(staff::employee_no)))
        .first(conn)?;
    let greatest: Option<String> = staff::table
        .filter(staff::employee_no.like("E%"))
        .filter(length(staff::employee_no).nullable().eq(longest))
        .select(max(staff::employee_no))
        .first(conn)?;
    let number = greatest
        .as_deref()
        .and_then(|no| no.strip_prefix('E'))
        .and_then(|digits| Some((digits.len(), digits.parse::<u64>().ok()?)));
    Ok(match number {
        Some((width, number)) => format!("E{:0width$}", number + 1),
        None => "E1001".to_string(),
    })
}

diesel::define_sql_function! {
    /// Signs of a text.
    fn length(text: diesel::sql_types::Text) -> diesel::sql_types::Integer;
}

/// Hires: makes an employee with a first posting, or gives an employee who applied their new seat, and ends the
/// application. Returns the employee number.
///
/// # Errors
/// `Conflict` when the application was changed since `seen`, no offer is accepted, or all places are taken;
/// `Invalid` when the employee number is taken or the seat cannot be.
pub fn hire(
    conn: &mut Conn,
    applied: &Applied,
    seen: i32,
    new: &NewHire,
    actor: &Actor,
) -> Result<String> {
    conn.lock(LOCK)?;
    if applied.row_version != seen {
        return Err(Error::Conflict(Message::new("form-conflict")));
    }
    let newest = of(conn, applied.id)?.into_iter().next();
    if newest.is_none_or(|o| o.state != OfferState::Accepted) {
        return Err(Error::Conflict(Message::new("hire-no-offer")));
    }
    let taken = hired(conn, applied.opening_id)?;
    if taken >= i64::from(applied.head_count) {
        return Err(Error::Conflict(
            Message::new("hire-filled").with("code", &applied.opening),
        ));
    }
    let (staff_id, employee_no, made) = match applied.staff_id {
        Some(staff_id) => {
            let person: Staff = staff::table
                .find(staff_id)
                .select(Staff::as_select())
                .first(conn)?;
            person::move_to(conn, &person, new.starts_on, new.seat)?;
            (staff_id, person.employee_no, "staff-posted")
        }
        None => {
            let row = NewStaff {
                employee_no: new.employee_no.clone(),
                name: new.name.clone(),
                name_en: new.name_en.clone(),
                sort_key: sort_key(&new.name),
                email: new.email.clone(),
                phone: None,
                hired_on: Some(new.starts_on),
                left_on: None,
            };
            let line = [Posting {
                seat: new.seat,
                valid_from: new.starts_on,
                valid_to: OPEN_END,
            }];
            let id = person::insert(conn, &row, &line)?;
            (id, new.employee_no.clone(), "staff-made")
        }
    };
    moves::step(conn, &[applied.id], &Step::Hire { staff_id }, actor)?;
    let from = json!({ "application": applied.code, "from": new.starts_on.to_string() });
    audit::append(conn, actor, made, &employee_no, &from)?;
    if taken + 1 == i64::from(applied.head_count) {
        let what = Message::new("told-opening-filled").with("code", &applied.opening);
        let link = format!("/openings/{}", applied.opening);
        tell_owner(conn, applied, &what, &link, actor.at)?;
    }
    let detail =
        json!({ "employee": employee_no, "left": i64::from(applied.head_count) - taken - 1 });
    audit::append(conn, actor, "hire", &applied.subject(), &detail)?;
    Ok(employee_no)
}

/// The team and the job role of an opening: code and both names of each.
type Named = (String, String, String);

/// Where the one who is hired is to be: team, job role and the owner of the opening.
pub fn seat_of(conn: &mut Conn, applied: &Applied) -> Result<(Named, Named, Option<String>)> {
    use crate::db::schema::{job_role, team};
    let (team, role): (Named, Named) = opening::table
        .inner_join(team::table)
        .inner_join(job_role::table)
        .filter(opening::id.eq(applied.opening_id))
        .select((
            (team::code, team::name_zh, team::name_en),
            (job_role::code, job_role::name_zh, job_role::name_en),
        ))
        .first(conn)?;
    let owner = match applied.owner_id {
        Some(id) => staff::table
            .find(id)
            .select(staff::employee_no)
            .first(conn)
            .optional()?,
        None => None,
    };
    Ok((team, role, owner))
}

/// The numbers of a team and a job role by their codes; none of what is not there.
pub fn codes(conn: &mut Conn, team: &str, role: &str) -> Result<(Option<i64>, Option<i64>)> {
    use crate::db::schema::{job_role, team as teams};
    Ok((
        teams::table
            .filter(teams::code.eq(team))
            .select(teams::id)
            .first(conn)
            .optional()?,
        job_role::table
            .filter(job_role::code.eq(role))
            .select(job_role::id)
            .first(conn)
            .optional()?,
    ))
}

/// The e-mail address of a candidate.
pub fn email_of(conn: &mut Conn, applied: &Applied) -> Result<Option<String>> {
    use crate::db::schema::candidate;
    Ok(candidate::table
        .find(applied.candidate_id)
        .select(candidate::email)
        .first(conn)?)
}
