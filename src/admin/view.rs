//! What a reader sees of the trail, of checks and of jobs. Pure.

use chrono::NaiveDateTime;
use serde::Serialize;

use crate::accounts::store::random_token;
use crate::admin::jobs::{CHECK, TIDY, VERIFY};
use crate::admin::model::{ACTIONS, name_key};
use crate::admin::store::Event;
use crate::appraisals::jobs::REMIND;
use crate::i18n::{self, Locale, plain};
use crate::jobs::Job;
use crate::web::Who;
use crate::web::form::Field;
use crate::web::list::{ListView, Slice};

fn moment(who: &Who, at: NaiveDateTime) -> String {
    let local = who.site.settings.zone.local(at);
    local.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// The name of an action; its code where an earlier version recorded it under one we no longer have.
fn action(locale: Locale, code: &str) -> String {
    i18n::find(locale, &name_key(code), &[]).unwrap_or_else(|| code.to_string())
}

/// The trail.
#[derive(Serialize)]
pub struct Trail {
    list: ListView,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    id: i64,
    at: String,
    actor: String,
    action: String,
    subject: String,
    details: Vec<(String, String)>,
}

/// The query parameters of the trail, as they were sent.
pub struct Asked<'a> {
    pub actor: &'a str,
    pub action: &'a str,
    pub subject: &'a str,
    pub day: &'a str,
}

/// A page of the trail.
#[must_use]
pub fn trail(who: &Who, asked: &Asked, slice: &Slice<Event>, counted: i64) -> Trail {
    let query = [
        ("actor", asked.actor),
        ("action", asked.action),
        ("subject", asked.subject),
        ("day", asked.day),
    ];
    let word = |key| plain(who.locale, key);
    let filters = vec![
        Field::new("text", "actor", word("audit-actor"), asked.actor).optional(),
        Field::new("select", "action", word("audit-action"), asked.action)
            .optional()
            .options(
                [(String::new(), word("audit-all").to_string())]
                    .into_iter()
                    .chain(
                        ACTIONS
                            .iter()
                            .map(|code| (code.to_string(), action(who.locale, code))),
                    ),
            ),
        Field::new(
            "text",
            "subject",
            word("audit-subject-begins"),
            asked.subject,
        )
        .optional(),
        Field::new("date", "day", word("audit-day"), asked.day).optional(),
    ];
    Trail {
        list: ListView::new(who, "/audit", &query, slice, counted, |e| {
            (String::new(), e.id)
        })
        .filters(filters)
        .export(&query),
        rows: slice
            .rows
            .iter()
            .map(|e| Row {
                id: e.id,
                at: moment(who, e.happened_at),
                actor: e.actor.clone(),
                action: action(who.locale, &e.action),
                subject: e.subject.clone(),
                details: details(&e.detail_json),
            })
            .collect(),
    }
}

/// Longest value of a detail on the page, in characters: the whole stands in the export.
const SHOWN: usize = 120;

/// Names and values of an event's detail; a value that is no text stays JSON.
fn details(json: &str) -> Vec<(String, String)> {
    let value: serde_json::Value = serde_json::from_str(json).unwrap_or_default();
    let Some(object) = value.as_object() else {
        return Vec::new();
    };
    let text = |v: &serde_json::Value| v.as_str().map_or_else(|| v.to_string(), str::to_string);
    object
        .iter()
        .map(|(name, value)| {
            let mut value = text(value);
            if let Some((end, _)) = value.char_indices().nth(SHOWN) {
                value.truncate(end);
                value.push('…');
            }
            (name.clone(), value)
        })
        .collect()
}

/// The same as a file, details as they are stored.
#[must_use]
pub fn export(who: &Who, events: &[Event]) -> Vec<Vec<String>> {
    let head = [
        "audit-no",
        "audit-at",
        "audit-actor",
        "audit-action",
        "audit-subject",
        "audit-details",
    ];
    let head = head.map(|key| plain(who.locale, key).to_string()).to_vec();
    let cells = events.iter().map(|e| {
        vec![
            e.id.to_string(),
            moment(who, e.happened_at),
            e.actor.clone(),
            e.action.clone(),
            e.subject.clone(),
            e.detail_json.clone(),
        ]
    });
    std::iter::once(head).chain(cells).collect()
}

/// Checks and jobs.
#[derive(Serialize)]
pub struct Checks {
    jobs: Vec<JobRow>,
    busy: bool,
    csrf: String,
    once: String,
}

#[derive(Serialize)]
struct JobRow {
    kind: String,
    key: String,
    at: String,
    state: &'static str,
    signal: &'static str,
    tries: i32,
    lines: Vec<String>,
}

/// The newest jobs with what became of them.
#[must_use]
pub fn checks(who: &Who, jobs: &[Job]) -> Checks {
    Checks {
        jobs: jobs.iter().map(|j| row(who, j)).collect(),
        busy: jobs
            .iter()
            .any(|j| [CHECK, VERIFY].contains(&j.kind.as_str()) && is_open(j)),
        csrf: who.form_token(),
        once: random_token(),
    }
}

fn is_open(job: &Job) -> bool {
    matches!(job.state.as_str(), "waiting" | "running")
}

fn row(who: &Who, job: &Job) -> JobRow {
    let outcome: serde_json::Value = job
        .outcome_json
        .as_deref()
        .and_then(|json| serde_json::from_str(json).ok())
        .unwrap_or_default();
    let unsound = outcome.get("sound").and_then(serde_json::Value::as_bool) == Some(false);
    let (state, signal) = match job.state.as_str() {
        "waiting" => ("job-waiting", ""),
        "running" => ("job-running", ""),
        "done" if unsound => ("job-unsound", "is-bad"),
        "done" => ("job-done", "is-good"),
        _ => ("job-failed", "is-bad"),
    };
    JobRow {
        kind: kind(who.locale, &job.kind).unwrap_or(&job.kind).to_string(),
        key: job.key.clone(),
        at: moment(who, job.created_at),
        state: plain(who.locale, state),
        signal,
        tries: job.tries,
        lines: lines(who.locale, &outcome),
    }
}

/// The name of a kind of job, of those that have one.
fn kind(locale: Locale, kind: &str) -> Option<&'static str> {
    let key = match kind {
        CHECK => "job-check",
        VERIFY => "job-verify",
        REMIND => "job-goals-remind",
        TIDY => "job-tidy",
        crate::imports::jobs::CHECK => "job-import-check",
        crate::imports::jobs::LOAD => "job-import",
        crate::appraisals::jobs::CLOSE_PEERS => "job-peers-close",
        crate::recruitment::jobs::REMIND => "job-sheets-remind",
        crate::plans::jobs::REMIND => "job-plans-remind",
        crate::evidence::warnings::JOB => "job-warnings",
        crate::reports::jobs::BUNDLE => "job-bundle",
        _ => return None,
    };
    Some(plain(locale, key))
}

/// The sentences in an outcome.
fn lines(locale: Locale, outcome: &serde_json::Value) -> Vec<String> {
    #[derive(serde::Deserialize)]
    struct Line {
        key: String,
        args: Vec<(String, String)>,
    }
    let kept = outcome.get("messages").cloned().unwrap_or_default();
    let kept: Vec<Line> = serde_json::from_value(kept).unwrap_or_default();
    kept.iter()
        .map(|line| {
            let slots: Vec<(&str, i18n::Value)> = line
                .args
                .iter()
                .map(|(name, value)| (name.as_str(), value.into()))
                .collect();
            i18n::find(locale, &line.key, &slots).unwrap_or_else(|| line.key.clone())
        })
        .collect()
}
