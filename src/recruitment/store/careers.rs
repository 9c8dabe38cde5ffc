//! What applicants read and write without an account: openings they may apply for, the texts they agree to, their
//! application by its private link.

use chrono::{Duration, Months, NaiveDate, NaiveDateTime};
use diesel::dsl::{count_star, max};
use diesel::prelude::*;
use serde_json::json;

use crate::accounts::store as accounts;
use crate::audit::{self, Actor};
use crate::db::Conn;
use crate::db::schema::{
    application, attachment, background_check, candidate, candidate_link, consent, consent_text,
    job_role, offer, opening, opening_stage, stored_chunk, stored_file, team,
};
use crate::error::{Error, Message, Result};
use crate::recruitment::model::codes::{ApplicationState, ConsentKind, OpeningState, StageKind};
use crate::recruitment::model::opening::{PassRule, Question, is_open};
use crate::recruitment::store::LOCK;
use crate::recruitment::store::applications::{ApplicationRef, NewApplication, receive};
use crate::recruitment::store::openings::Named;
use crate::recruitment::store::rounds::lists::{self, Entry};
use crate::settings::{RETENTION, Settings};
use crate::snapshots::sha256_hex;

/// The kind of the files of applicants.
pub const FILE: &str = "application";

/// How long a file waits for the rest of its form to be right.
pub const WAITING: Duration = Duration::days(1);

/// A form that is sent again within this time leads where it led.
const AGAIN: Duration = Duration::minutes(10);

/// How long somebody stays in the pool of talents.
const POOL: Months = Months::new(24);

/// Where a page of the list begins: next to the number of an opening.
pub type Start = crate::keys::Start<i64>;

/// An opening of the public list.
#[derive(Clone, Debug)]
pub struct Row {
    pub id: i64,
    pub code: String,
    pub title_zh: String,
    pub title_en: String,
    pub team: (String, String),
    pub head_count: i32,
    pub closes_on: Option<NaiveDate>,
}

/// Lets a boxed query that holds `opening` have only those that take applications on a day.
macro_rules! open_on {
    ($query:expr, $day:expr) => {{
        let day: NaiveDate = $day;
        $query
            .filter(opening::state.eq(OpeningState::Published.code()))
            .filter(
                opening::opens_on
                    .is_null()
                    .or(opening::opens_on.assume_not_null().le(day)),
            )
            .filter(
                opening::closes_on
                    .is_null()
                    .or(opening::closes_on.assume_not_null().ge(day)),
            )
    }};
}

/// A page of what may be applied for on a day, the newest first.
pub fn page(conn: &mut Conn, day: NaiveDate, start: Start, limit: i64) -> Result<Vec<Row>> {
    let query = opening::table
        .inner_join(team::table)
        .select((
            opening::id,
            opening::code,
            opening::title_zh,
            opening::title_en,
            (team::name_zh, team::name_en),
            opening::head_count,
            opening::closes_on,
        ))
        .into_boxed();
    let query = open_on!(query, day);
    let query = match start {
        Start::First => query.order(opening::id.desc()),
        Start::After(id) => query.filter(opening::id.lt(id)).order(opening::id.desc()),
        Start::Before(id) => query.filter(opening::id.gt(id)).order(opening::id),
    };
    type Listed = (
        i64,
        String,
        String,
        String,
        (String, String),
        i32,
        Option<NaiveDate>,
    );
    let rows: Vec<Listed> = query.limit(limit).load(conn)?;
    Ok(rows
        .into_iter()
        .map(
            |(id, code, title_zh, title_en, team, head_count, closes_on)| Row {
                id,
                code,
                title_zh,
                title_en,
                team,
                head_count,
                closes_on,
            },
        )
        .collect())
}

/// How many may be applied for on a day.
pub fn count(conn: &mut Conn, day: NaiveDate) -> Result<i64> {
    let query = opening::table.select(count_star()).into_boxed();
    Ok(open_on!(query, day).first(conn)?)
}

/// An opening as applicants see it: what is said to those who agree to it is not in it.
#[derive(Clone, Debug)]
pub struct Public {
    pub id: i64,
    pub code: String,
    pub title_zh: String,
    pub title_en: String,
    pub body_zh: String,
    pub body_en: String,
    pub head_count: i32,
    pub closes_on: Option<NaiveDate>,
    pub team: Named,
    pub job_role: Named,
    pub questions: Vec<Question>,
    pub pass_rule: PassRule,
}

/// An opening that may be applied for on a day.
///
/// # Errors
/// `NotFound`, the same whether there is none, it is not published or its days are over.
pub fn find(conn: &mut Conn, day: NaiveDate, code: &str) -> Result<Public> {
    let query = opening::table
        .inner_join(team::table)
        .inner_join(job_role::table)
        .filter(opening::code.eq(code))
        .select((
            (opening::id, opening::code, opening::head_count),
            (
                opening::title_zh,
                opening::title_en,
                opening::body_zh,
                opening::body_en,
            ),
            opening::closes_on,
            (opening::knock_outs_json, opening::pass_rule_json),
            (team::code, team::name_zh, team::name_en),
            (job_role::code, job_role::name_zh, job_role::name_en),
        ))
        .into_boxed();
    type Stored = (
        (i64, String, i32),
        (String, String, String, String),
        Option<NaiveDate>,
        (String, String),
        Named,
        Named,
    );
    let row: Option<Stored> = open_on!(query, day).first(conn).optional()?;
    let Some((first, texts, closes_on, (questions, pass_rule), team, job_role)) = row else {
        return Err(Error::NotFound(
            Message::new("opening-not-found").with("code", code),
        ));
    };
    let (id, code, head_count) = first;
    let (title_zh, title_en, body_zh, body_en) = texts;
    Ok(Public {
        id,
        code,
        title_zh,
        title_en,
        body_zh,
        body_en,
        head_count,
        closes_on,
        team,
        job_role,
        questions: serde_json::from_str(&questions)?,
        pass_rule: serde_json::from_str(&pass_rule)?,
    })
}

/// A text that is agreed to.
#[derive(Clone, Debug, Queryable)]
pub struct Text {
    pub id: i64,
    pub kind: String,
    pub version_no: i32,
    pub body_zh: String,
    pub body_en: String,
    pub published_at: NaiveDateTime,
    /// A login.
    pub published_by: String,
}

/// Every text, of each kind the newest first.
pub fn texts(conn: &mut Conn) -> Result<Vec<Text>> {
    Ok(consent_text::table
        .order((consent_text::kind, consent_text::version_no.desc()))
        .select((
            consent_text::id,
            consent_text::kind,
            consent_text::version_no,
            consent_text::body_zh,
            consent_text::body_en,
            consent_text::published_at,
            consent_text::published_by,
        ))
        .load(conn)?)
}

/// The text of a kind that is agreed to now.
///
/// # Errors
/// `NotFound` where there is none.
pub fn text(conn: &mut Conn, kind: ConsentKind) -> Result<Text> {
    consent_text::table
        .filter(consent_text::kind.eq(kind.code()))
        .order(consent_text::version_no.desc())
        .select((
            consent_text::id,
            consent_text::kind,
            consent_text::version_no,
            consent_text::body_zh,
            consent_text::body_en,
            consent_text::published_at,
            consent_text::published_by,
        ))
        .first(conn)
        .optional()?
        .ok_or_else(|| Error::NotFound(Message::new("consent-no-text")))
}

/// Publishes the next version of a text, which stays as it is.
///
/// # Errors
/// `Conflict` where another version than the one seen is the newest.
pub fn publish_text(
    conn: &mut Conn,
    kind: ConsentKind,
    seen: i32,
    (zh, en): (&str, &str),
    actor: &Actor,
) -> Result<()> {
    conn.lock("consent")?;
    let newest: Option<i32> = consent_text::table
        .filter(consent_text::kind.eq(kind.code()))
        .select(max(consent_text::version_no))
        .first(conn)?;
    let newest = newest.unwrap_or(0);
    if newest != seen {
        return Err(Error::Conflict(Message::new("form-conflict")));
    }
    let sha256 = sha256_hex(&[zh.as_bytes(), b"\n", en.as_bytes()]);
    diesel::insert_into(consent_text::table)
        .values((
            consent_text::kind.eq(kind.code()),
            consent_text::version_no.eq(newest + 1),
            consent_text::body_zh.eq(zh),
            consent_text::body_en.eq(en),
            consent_text::sha256.eq(&sha256),
            consent_text::published_at.eq(actor.at),
            consent_text::published_by.eq(&actor.name),
        ))
        .execute(conn)?;
    let detail = json!({ "sha256": sha256, "version": newest + 1 });
    audit::append(conn, actor, "consent.publish", kind.code(), &detail)
}

/// The days after which candidates are erased.
pub fn retention_days(conn: &mut Conn) -> Result<i64> {
    let value = Settings::get(conn, RETENTION)?.unwrap_or_default();
    value.parse().map_err(|_| {
        Error::invalid(
            Message::new("setting-bad")
                .with("name", RETENTION)
                .with("value", value),
        )
    })
}

/// A file that was fine and waits for its form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    pub id: i64,
    pub name: String,
}

/// Files of applicants that still wait, of these numbers and in their order.
pub fn waiting(conn: &mut Conn, ids: &[i64], now: NaiveDateTime) -> Result<Vec<Waiting>> {
    let rows: Vec<(i64, String)> = stored_file::table
        .filter(stored_file::id.eq_any(ids))
        .filter(stored_file::kind.eq(FILE))
        .filter(stored_file::expires_at.gt(now))
        .order(stored_file::id)
        .select((stored_file::id, stored_file::name))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(id, name)| Waiting { id, name })
        .collect())
}

/// What came of an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Applied {
    /// Taken in; the private link opens it.
    Now(ApplicationRef),
    /// The same form was sent before; the private link opens it.
    Before,
    /// They have applied for this opening before, by another form: nothing was kept of this one.
    Known,
}

/// Takes an application in and gives it a private link. `token` is the secret of the link, or where that is in use for
/// long `spare`; gives the one that was used.
///
/// # Errors
/// `NotFound` where the opening does not take applications on the day.
pub fn apply(
    conn: &mut Conn,
    new: &NewApplication,
    code: &str,
    (token, spare): (&str, &str),
    pool: bool,
    day: NaiveDate,
    actor: &Actor,
) -> Result<(Applied, String)> {
    // Whoever changes what is asked waits, or has changed it already.
    conn.lock(LOCK)?;
    find(conn, day, code)?;
    let hash = |token: &str| sha256_hex(&[token.as_bytes()]);
    let made: Option<NaiveDateTime> = candidate_link::table
        .filter(candidate_link::token_hash.eq(hash(token)))
        .select(candidate_link::created_at)
        .first(conn)
        .optional()?;
    let token = match made {
        Some(made) if actor.at < made + AGAIN => return Ok((Applied::Before, token.to_owned())),
        Some(_) => spare,
        None => token,
    };
    let done = receive(conn, new, actor)?;
    if !done.is_new {
        return Ok((Applied::Known, String::new()));
    }
    let days = retention_days(conn)?;
    diesel::insert_into(candidate_link::table)
        .values((
            candidate_link::application_id.eq(done.id),
            candidate_link::token_hash.eq(hash(token)),
            candidate_link::created_at.eq(actor.at),
            candidate_link::expires_at.eq(actor.at + Duration::days(days)),
        ))
        .execute(conn)?;
    diesel::update(stored_file::table.filter(stored_file::id.eq_any(&new.files)))
        .set(stored_file::expires_at.eq(None::<NaiveDateTime>))
        .execute(conn)?;
    if pool {
        diesel::update(candidate::table.find(done.candidate_id))
            .set(candidate::pool_until.eq(day.checked_add_months(POOL)))
            .execute(conn)?;
    }
    Ok((Applied::Now(done), token.to_owned()))
}

/// Something found by the background check that somebody may answer.
#[derive(Clone, Debug)]
pub struct Adverse {
    pub id: i64,
    pub item: String,
    pub note: String,
    pub reply: Option<String>,
}

/// An offer that was sent.
#[derive(Clone, Debug)]
pub struct Offer {
    pub id: i64,
    pub terms: String,
    pub starts_on: Option<NaiveDate>,
    pub expires_on: Option<NaiveDate>,
    pub state: String,
}

/// An application as its applicant sees it: no scores, nobody's words about them.
#[derive(Clone, Debug)]
pub struct Mine {
    pub id: i64,
    pub code: String,
    pub candidate_id: i64,
    pub title_zh: String,
    pub title_en: String,
    /// Code of the opening, and whether it is still published.
    pub opening: String,
    pub is_public: bool,
    pub owner_id: Option<i64>,
    pub state: ApplicationState,
    pub stage: StageKind,
    pub applied_at: NaiveDateTime,
    /// The files that were handed in, by name.
    pub files: Vec<String>,
    pub adverse: Vec<Adverse>,
    pub offer: Option<Offer>,
    pub in_pool: bool,
    /// Those with a time, called off or not.
    pub interviews: Vec<Entry>,
    /// Where a background check is near: what is agreed to, and whether they have agreed.
    pub check: Option<(Text, bool)>,
    /// Whether they have been hired, by this or another application.
    pub hired: bool,
}

/// The application that a private link opens.
///
/// # Errors
/// `NotFound`, the same whether nobody has such a link, it has expired or the applicant is erased.
pub fn mine(conn: &mut Conn, token: &str, now: NaiveDateTime, day: NaiveDate) -> Result<Mine> {
    let gone = || Error::NotFound(Message::new("careers-link-gone"));
    type Stored = (
        (
            i64,
            String,
            i64,
            String,
            NaiveDateTime,
            Option<NaiveDateTime>,
        ),
        (
            String,
            String,
            String,
            String,
            Option<NaiveDate>,
            Option<NaiveDate>,
        ),
        Option<i64>,
        String,
        NaiveDateTime,
    );
    let row: Option<Stored> = candidate_link::table
        .inner_join(
            application::table
                .inner_join(opening::table)
                .inner_join(candidate::table)
                .inner_join(opening_stage::table),
        )
        .filter(candidate_link::token_hash.eq(sha256_hex(&[token.as_bytes()])))
        .filter(candidate::erased_at.is_null())
        .select((
            (
                application::id,
                application::code,
                application::candidate_id,
                application::state,
                application::applied_at,
                application::closed_at,
            ),
            (
                opening::code,
                opening::title_zh,
                opening::title_en,
                opening::state,
                opening::opens_on,
                opening::closes_on,
            ),
            opening::owner_id,
            opening_stage::kind,
            candidate_link::expires_at,
        ))
        .first(conn)
        .optional()?;
    let (own, of, owner_id, stage, expires_at) = row.ok_or_else(gone)?;
    let (id, code, candidate_id, state, applied_at, closed_at) = own;
    let (opening, title_zh, title_en, opening_state, opens_on, closes_on) = of;
    let unreadable = || Error::Internal("an application of an unknown state".into());
    let state = ApplicationState::parse(&state).ok_or_else(unreadable)?;
    // While it is under way it is theirs to follow, and afterwards as long as it is kept.
    let kept = Duration::days(retention_days(conn)?);
    let until = closed_at.map_or(expires_at, |at| expires_at.max(at + kept));
    if state != ApplicationState::Active && until <= now {
        return Err(gone());
    }
    let public = OpeningState::parse(&opening_state).ok_or_else(unreadable)?;
    let stage = StageKind::parse(&stage).ok_or_else(unreadable)?;
    let kind = ConsentKind::BackgroundCheck;
    let agreed = live_consents(conn, candidate_id, kind)? > 0;
    let near = stage == StageKind::BackgroundCheck && state == ApplicationState::Active;
    Ok(Mine {
        interviews: lists::of_application(conn, id)?,
        check: match agreed || near {
            true => Some((text(conn, kind)?, agreed)),
            false => None,
        },
        id,
        code,
        candidate_id,
        title_zh,
        title_en,
        opening,
        is_public: is_open(public, opens_on, closes_on, day),
        owner_id,
        state,
        stage,
        applied_at,
        files: attachment::table
            .inner_join(stored_file::table)
            .filter(attachment::application_id.eq(id))
            .order(attachment::id)
            .select(stored_file::name)
            .load(conn)?,
        adverse: adverse(conn, id)?,
        offer: sent_offer(conn, id)?,
        in_pool: live_consents(conn, candidate_id, ConsentKind::Pool)? > 0,
        hired: application::table
            .filter(application::candidate_id.eq(candidate_id))
            .filter(application::state.eq(ApplicationState::Hired.code()))
            .select(count_star())
            .first::<i64>(conn)?
            > 0,
    })
}

fn adverse(conn: &mut Conn, application_id: i64) -> Result<Vec<Adverse>> {
    let rows: Vec<(i64, String, String, Option<String>)> = background_check::table
        .filter(background_check::application_id.eq(application_id))
        .filter(background_check::result.eq("adverse"))
        .order(background_check::id)
        .select((
            background_check::id,
            background_check::item,
            background_check::note,
            background_check::reply,
        ))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(id, item, note, reply)| Adverse {
            id,
            item,
            note,
            reply,
        })
        .collect())
}

/// The newest offer that has left the house.
fn sent_offer(conn: &mut Conn, application_id: i64) -> Result<Option<Offer>> {
    type Row = (i64, String, Option<NaiveDate>, Option<NaiveDate>, String);
    let row: Option<Row> = offer::table
        .filter(offer::application_id.eq(application_id))
        .filter(offer::state.eq_any(["sent", "accepted", "declined"]))
        .order(offer::version_no.desc())
        .select((
            offer::id,
            offer::terms,
            offer::starts_on,
            offer::expires_on,
            offer::state,
        ))
        .first(conn)
        .optional()?;
    Ok(row.map(|(id, terms, starts_on, expires_on, state)| Offer {
        id,
        terms,
        starts_on,
        expires_on,
        state,
    }))
}

/// How many consents of a kind somebody has given and not withdrawn.
fn live_consents(conn: &mut Conn, candidate_id: i64, kind: ConsentKind) -> Result<i64> {
    Ok(consent::table
        .inner_join(consent_text::table)
        .filter(consent::candidate_id.eq(candidate_id))
        .filter(consent_text::kind.eq(kind.code()))
        .filter(consent::withdrawn_at.is_null())
        .select(count_star())
        .first(conn)?)
}

/// Takes somebody out of the pool of talents at their wish; once is enough.
pub fn leave_pool(conn: &mut Conn, mine: &Mine, actor: &Actor) -> Result<()> {
    let texts = consent_text::table
        .filter(consent_text::kind.eq(ConsentKind::Pool.code()))
        .select(consent_text::id);
    let withdrawn = diesel::update(
        consent::table
            .filter(consent::candidate_id.eq(mine.candidate_id))
            .filter(consent::withdrawn_at.is_null())
            .filter(consent::text_id.eq_any(texts)),
    )
    .set(consent::withdrawn_at.eq(actor.at))
    .execute(conn)?;
    if withdrawn == 0 {
        return Ok(());
    }
    diesel::update(candidate::table.find(mine.candidate_id))
        .set((
            candidate::pool_until.eq(None::<NaiveDate>),
            candidate::row_version.eq(candidate::row_version + 1),
        ))
        .execute(conn)?;
    let detail = json!({});
    audit::append(conn, actor, "careers.pool-withdrawn", &mine.code, &detail)
}

/// Keeps the answer of an applicant to what a background check found.
///
/// # Errors
/// `NotFound` for what is not theirs, `Conflict` where it was answered already.
pub fn reply(conn: &mut Conn, mine: &Mine, id: i64, text: &str, actor: &Actor) -> Result<()> {
    if !mine.adverse.iter().any(|found| found.id == id) {
        return Err(Error::NotFound(Message::new("careers-link-gone")));
    }
    let answered = diesel::update(
        background_check::table
            .filter(background_check::id.eq(id))
            .filter(background_check::reply.is_null()),
    )
    .set((
        background_check::reply.eq(text),
        background_check::replied_at.eq(actor.at),
        background_check::row_version.eq(background_check::row_version + 1),
    ))
    .execute(conn)?;
    if answered == 0 {
        return Err(Error::Conflict(Message::new("careers-answered")));
    }
    audit::append(
        conn,
        actor,
        "careers.background-reply",
        &mine.code,
        &json!({ "check": id }),
    )?;
    tell_owner(conn, mine, "told-careers-reply", actor)
}

/// Keeps the answer of an applicant to an offer.
///
/// # Errors
/// `NotFound` for what is not theirs, `Conflict` where it was answered, taken back or has expired.
pub fn answer_offer(
    conn: &mut Conn,
    mine: &Mine,
    id: i64,
    accepts: bool,
    day: NaiveDate,
    actor: &Actor,
) -> Result<()> {
    let theirs = mine.offer.as_ref().filter(|offer| offer.id == id);
    let theirs = theirs.ok_or_else(|| Error::NotFound(Message::new("careers-link-gone")))?;
    let state = if accepts { "accepted" } else { "declined" };
    if theirs.state == state {
        // Whoever says it twice has said it.
        return Ok(());
    }
    if theirs.expires_on.is_some_and(|last| last < day) {
        return Err(Error::Conflict(Message::new("careers-offer-over")));
    }
    let answered = diesel::update(
        offer::table
            .filter(offer::id.eq(id))
            .filter(offer::state.eq("sent")),
    )
    .set((
        offer::state.eq(state),
        offer::answered_at.eq(actor.at),
        offer::row_version.eq(offer::row_version + 1),
    ))
    .execute(conn)?;
    if answered == 0 {
        return Err(Error::Conflict(Message::new("careers-answered")));
    }
    let detail = json!({ "answer": state });
    audit::append(conn, actor, "careers.offer-answer", &mine.code, &detail)?;
    let key = if accepts {
        "told-careers-accepted"
    } else {
        "told-careers-declined"
    };
    tell_owner(conn, mine, key, actor)
}

/// Tells whoever owns the opening; the application by its code, for its page says the rest.
pub fn tell_owner(conn: &mut Conn, mine: &Mine, key: &'static str, actor: &Actor) -> Result<()> {
    let Some(owner) = mine.owner_id else {
        return Ok(());
    };
    let whom = accounts::accounts_of(conn, &[owner])?;
    let what = Message::new(key).with("code", &mine.code);
    let link = format!("/applications/{}", mine.code);
    let told: Vec<(i64, &Message, &str)> = whom
        .values()
        .flatten()
        .map(|id| (*id, &what, link.as_str()))
        .collect();
    accounts::tell_all(conn, &told, actor.at)
}

/// Removes files of applicants: their pieces, then themselves.
pub fn remove_files(conn: &mut Conn, ids: &[i64]) -> Result<()> {
    diesel::delete(stored_chunk::table.filter(stored_chunk::file_id.eq_any(ids))).execute(conn)?;
    diesel::delete(stored_file::table.filter(stored_file::id.eq_any(ids))).execute(conn)?;
    Ok(())
}
