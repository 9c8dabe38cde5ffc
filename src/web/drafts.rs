//! Where pages keep what is being typed: two seconds after the last key and on leaving (by script), or by a button.
//! A draft is its author's alone.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::web::{self, Query, ServiceConfig};
use serde::Deserialize;

use crate::drafts::{self, Draft, Key};
use crate::i18n::text;
use crate::settings::Settings;
use crate::web::actor::see_other;
use crate::web::page::own_address;
use crate::web::site::escape;
use crate::web::{Answer, Form, Problem, Who};

pub(super) fn routes(config: &mut ServiceConfig) {
    config.route("/drafts", web::post().to(save));
}

/// What a draft is of.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    form: String,
    subject: String,
    /// The page of the form.
    back: String,
    /// Whether the draft is to be thrown away.
    #[serde(default)]
    discard: String,
    /// Whether a script asks, which wants a sentence and no page.
    #[serde(default)]
    quiet: String,
}

/// Longest names of forms and of what they are about.
const LONGEST: usize = 100;

/// What belongs to a sending, not to what was typed.
const OF_THE_SENDING: [&str; 3] = ["csrf", "once", "restored"];

async fn save(who: Who, which: Query<Which>, form: Form<BTreeMap<String, String>>) -> Answer {
    let fits = |c: char| c.is_ascii_lowercase() || c == '-';
    if !which.form.chars().all(fits) || which.form.len() > LONGEST || which.subject.len() > LONGEST
    {
        return Err(Problem::Unreadable);
    }
    let mut typed = form.typed.all().clone();
    typed.retain(|name, _| !OF_THE_SENDING.contains(&name.as_str()));
    let (account_id, now) = (who.account.account_id, who.site.now());
    let Which {
        form,
        subject,
        back,
        discard,
        quiet,
    } = which.into_inner();
    let discarded = !discard.is_empty();
    who.site
        .write(move |conn| {
            let key = Key {
                account_id,
                form: &form,
                subject: &subject,
            };
            if discarded {
                drafts::forget(conn, key)
            } else {
                drafts::save(conn, key, &typed, now)
            }
        })
        .await?;
    if !quiet.is_empty() {
        let body = said(&who, now);
        return Ok(HttpResponse::Ok()
            .content_type("text/plain; charset=utf-8")
            .body(body));
    }
    let back = own_address(&back);
    let sign = if back.contains('?') { '&' } else { '?' };
    let said = if discarded {
        "said=draft-discarded"
    } else {
        "said=draft-saved"
    };
    Ok(see_other(&format!("{back}{sign}{said}")))
}

/// `Saved 14:02`, where the organisation is.
fn said(who: &Who, at: chrono::NaiveDateTime) -> String {
    let Settings { zone, .. } = &who.site.settings;
    let at = zone.local(at).format("%H:%M").to_string();
    text(who.locale, "draft-saved-at", &[("at", at.into())])
}

/// The address that keeps a form's draft; `page` is the page of the form.
#[must_use]
pub fn address(form: &str, subject: &str, page: &str) -> String {
    format!(
        "/drafts?form={form}&subject={}&back={}",
        escape(subject),
        escape(page)
    )
}

/// When a draft was saved, in words: the time, and before today the day too.
#[must_use]
pub fn when(who: &Who, draft: &Draft) -> String {
    let local = |at| who.site.settings.zone.local(at);
    if local(draft.saved_at).date() == local(who.site.now()).date() {
        return said(who, draft.saved_at);
    }
    let at = local(draft.saved_at).format("%Y-%m-%d %H:%M").to_string();
    text(who.locale, "draft-saved-at", &[("at", at.into())])
}
