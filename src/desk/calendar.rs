//! What is due from somebody as a calendar that other programs subscribe to, and the page on which its
//! owner makes its address or takes it back.

use actix_web::web::{self, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, http::header};
use chrono::NaiveDateTime;
use icalendar::{Calendar, Component, Event, EventLike};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::accounts::{feeds, store::random_token};
use crate::appraisals::store::due;
use crate::audit;
use crate::desk::store;
use crate::due::Due;
use crate::i18n::{self, Locale, plain};
use crate::recruitment::model::invitation::Invitation;
use crate::recruitment::store::due::INTERVIEW;
use crate::recruitment::store::rounds::lists as interviews;
use crate::recruitment::view::interviews::{Guest, invitation};
use crate::snapshots::sha256_hex;
use crate::web::actor::{Done, see_other};
use crate::web::{Answer, Form, Head, Site, Who};

/// The routes of the calendar.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/me/calendar", web::get().to(show))
        .route("/me/calendar", web::post().to(renew))
        .route("/me/calendar/end", web::post().to(end))
        .route("/calendars/{secret}.ics", web::get().to(read));
}

/// Where the calendar's page is.
const PAGE: &str = "/me/calendar";

/// The calendar's page.
#[derive(Serialize)]
struct View {
    /// The whole address, once: when it was just made.
    address: Option<String>,
    /// Day since which there is an address.
    since: Option<String>,
    /// Whether there is a staff record that anything can be due from.
    has_record: bool,
    csrf: String,
    once: String,
}

fn page(who: &Who, since: Option<NaiveDateTime>, address: Option<String>) -> Answer {
    let zone = &who.site.settings.zone;
    let view = View {
        address,
        since: since.map(|at| zone.local(at).date().to_string()),
        has_record: who.account.staff_id.is_some(),
        csrf: who.form_token(),
        once: random_token(),
    };
    let head = Head::of(who, "calendar-title").under(plain(who.locale, "me-title"), "/me");
    who.page("desk/calendar.html", head, &view)
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Said {
    said: Option<String>,
}

async fn show(who: Who, _: web::Query<Said>) -> Answer {
    let account = who.account.account_id;
    let since = who.read(move |conn| feeds::since(conn, account)).await?;
    page(&who, since, None)
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Nothing {}

async fn renew(who: Who, request: HttpRequest, form: Form<Nothing>) -> Answer {
    let (account, secret) = (who.account.account_id, random_token());
    let stored = secret.clone();
    let done = who
        .attempt(&form.once, move |conn, actor| {
            feeds::renew(conn, account, &stored, actor.at)?;
            audit::append(conn, actor, "calendar-opened", &actor.name, &json!({}))?;
            Ok(PAGE.to_string())
        })
        .await?;
    if let Done::Before(location) = done {
        return Ok(see_other(&location));
    }
    let address = format!("{}/calendars/{secret}.ics", base(&who.site, &request));
    page(&who, Some(who.site.now()), Some(address))
}

async fn end(who: Who, form: Form<Nothing>) -> Answer {
    let account = who.account.account_id;
    who.once(&form.once, move |conn, actor| {
        feeds::end(conn, account)?;
        audit::append(conn, actor, "calendar-ended", &actor.name, &json!({}))?;
        Ok(format!("{PAGE}?said=calendar-ended"))
    })
    .await
}

/// What stands before a path of ours, as the reader reaches us.
fn base(site: &Site, request: &HttpRequest) -> String {
    let asked = request.headers().get(header::HOST);
    let asked = asked.and_then(|h| h.to_str().ok()).unwrap_or_default();
    let host = site.outside.host.as_deref().unwrap_or(asked);
    let scheme = if site.outside.https { "https" } else { "http" };
    format!("{scheme}://{host}")
}

async fn read(site: web::Data<Site>, request: HttpRequest, secret: Path<String>) -> Answer {
    let (secret, today, now) = (secret.into_inner(), site.today(), site.now());
    let zone = site.settings.zone;
    let (owner, due, entries) = site
        .read(move |conn| {
            let owner = feeds::owner(conn, &secret)?;
            let Some(staff) = owner.staff_id else {
                return Ok((owner, Vec::new(), Vec::new()));
            };
            let cycles = due::cycles(conn)?;
            let due = store::due(conn, staff, (today, now), zone, &cycles.running)?;
            let entries = interviews::entries_of(conn, staff, now)?;
            Ok((owner, due, entries))
        })
        .await?;
    let locale = owner.locale.as_deref().and_then(|tag| tag.parse().ok());
    let (locale, base) = (locale.unwrap_or(Locale::Zh), base(&site, &request));
    let invitations: Vec<Invitation> = entries
        .iter()
        .filter_map(|e| invitation(locale, &site.settings, &base, e, Guest::Rater))
        .collect();
    let body = calendar(&due, &invitations, owner.account_id, locale, &base, now);
    Ok(HttpResponse::Ok()
        .content_type("text/calendar; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .body(body))
}

/// What is due, for whom, in words.
#[must_use]
pub fn line(locale: Locale, due: &Due) -> String {
    let what = i18n::message(locale, &due.what);
    match &due.whom {
        Some((zh, en)) => {
            let slots = [("what", what.into()), ("who", locale.pick(zh, en).into())];
            i18n::text(locale, "due-about", &slots)
        }
        None => what,
    }
}

/// The calendar: a day for everything that has a deadline, and interviews with their hours. An entry keeps its number from one reading to the
/// next, so that a moved deadline moves the entry.
fn calendar(
    due: &[Due],
    invitations: &[Invitation],
    account: i64,
    locale: Locale,
    base: &str,
    now: NaiveDateTime,
) -> String {
    let mut calendar = Calendar::new();
    calendar.name("Espalier");
    // An interview has an entry of its own, with its hours.
    for due in due.iter().filter(|due| due.what.key != INTERVIEW) {
        let Some(by) = due.by else { continue };
        let number = sha256_hex(&[
            account.to_string().as_bytes(),
            due.what.key.as_bytes(),
            due.link.as_bytes(),
        ]);
        calendar.push(
            Event::new()
                .uid(&format!("{}@espalier", &number[..32]))
                .timestamp(now.and_utc())
                .summary(&line(locale, due))
                .url(&format!("{base}{}", due.link))
                .all_day(by)
                .done(),
        );
    }
    for invitation in invitations {
        calendar.push(invitation.event(now));
    }
    calendar.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Message;

    fn due(by: Option<&str>) -> Due {
        Due {
            what: Message::new("due-goals-agree").with("cycle", "2026Q3"),
            whom: Some(("林；静".into(), "Lin, \"Jing\"".into())),
            by: by.map(|day| day.parse().unwrap()),
            link: "/cycles/2026Q3".into(),
        }
    }

    fn made(by: Option<&str>) -> String {
        let now = "2026-10-01T01:00:00".parse().unwrap();
        calendar(
            &[due(by)],
            &[],
            7,
            Locale::En,
            "https://hr.example.com",
            now,
        )
    }

    #[test]
    fn a_moved_deadline_keeps_its_entry() {
        let uid = |text: &str| {
            let line = text.lines().find(|l| l.starts_with("UID:")).unwrap();
            line.to_string()
        };
        let (first, moved) = (made(Some("2026-10-14")), made(Some("2026-10-15")));
        assert_eq!(uid(&first), uid(&moved));
        assert!(first.contains("DTSTART;VALUE=DATE:20261014"), "{first}");
        assert!(moved.contains("DTSTART;VALUE=DATE:20261015"), "{moved}");
        assert!(first.contains("https://hr.example.com/cycles/2026Q3"));
    }

    #[test]
    fn what_has_no_deadline_is_no_entry_and_names_cannot_break_a_line() {
        assert!(!made(None).contains("BEGIN:VEVENT"));
        let text = made(Some("2026-10-14"));
        assert!(text.contains("Lin\\, "), "{text}");
    }
}
