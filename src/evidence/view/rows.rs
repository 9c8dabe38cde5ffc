//! The pages of rows: a list of those behind a figure, and one row with its file and its history.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use serde::Serialize;
use serde_json::Value as Json;

use super::gauge::Gauge;
use super::measures::{Link, Place, Tab, channel_name, code};
use crate::calendar::{Zone, date_of};
use crate::error::Result;
use crate::evidence::measures::{Duration, Flag, Measure, Quantity};
use crate::evidence::model::{CHANNELS, RowFilter, RowKind, SERVICE_CLASSES, STAGES, Verdict};
use crate::evidence::rows::{ServiceRecord, SurveyAnswer};
use crate::evidence::store::lists::{Listed, Named, Row, Single};
use crate::i18n::{self, Locale, hundredths, number, plain};
use crate::web::Who;
use crate::web::form::Field;
use crate::web::list::{ListView, Slice};
use crate::web::site::escape;

/// The key of a kind's name.
#[must_use]
pub fn kind_key(kind: RowKind) -> &'static str {
    match kind {
        RowKind::Service => "record-kind-service",
        RowKind::Survey => "record-kind-survey",
        RowKind::Complaint => "record-kind-complaint",
        RowKind::Review => "record-kind-review",
    }
}

/// A list of rows.
#[derive(Serialize)]
pub struct Rows {
    list: ListView,
    tabs: Vec<Tab>,
    rows: Vec<Line>,
    /// The measure whose rows these are.
    measure: Option<&'static str>,
    /// The page of that measure.
    back: Option<String>,
    /// Whether the list is of a team: then each row names its employee.
    of_team: bool,
    has_category: bool,
    /// What the column of values is called.
    value_head: &'static str,
}

#[derive(Serialize)]
struct Line {
    day: String,
    id: String,
    href: String,
    staff: Option<Link>,
    channel: &'static str,
    category: Option<String>,
    value: String,
    /// File and line.
    source: String,
}

/// The query parameters of a list.
#[must_use]
pub fn parameters(filter: &RowFilter) -> [(&'static str, String); 6] {
    let day = |day: Option<i32>| day.map_or_else(String::new, |day| date_of(day).to_string());
    [
        ("kind", filter.kind.code().to_owned()),
        (
            "measure",
            filter.measure.map_or("", Measure::code).to_owned(),
        ),
        ("channel", filter.channel.map_or("", code).to_owned()),
        ("from", day(filter.from)),
        ("to", day(filter.to)),
        (
            "verdict",
            filter.verdict.map_or("", Verdict::code).to_owned(),
        ),
    ]
}

/// A page of rows.
#[must_use]
pub fn rows(
    who: &Who,
    place: &Place,
    of_team: bool,
    filter: &RowFilter,
    slice: Slice<Listed>,
    counted: i64,
) -> Rows {
    let locale = who.locale;
    let action = format!("{}/records", place.base);
    let owned = parameters(filter);
    let query: Vec<(&str, &str)> = owned.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let list = ListView::new(who, &action, &query, &slice, counted, |row| {
        (row.row.day().to_string(), row.id)
    })
    .filters(filters(locale, filter))
    .export(&query);
    Rows {
        list,
        tabs: tabs(locale, &action, filter),
        rows: slice
            .rows
            .iter()
            .map(|row| line(locale, row, filter.measure))
            .collect(),
        measure: filter.measure.map(|m| Gauge::of_measure(m, locale).name),
        back: filter
            .measure
            .map(|m| format!("{}/measures/{}", place.base, m.code())),
        of_team,
        has_category: matches!(filter.kind, RowKind::Service | RowKind::Complaint),
        value_head: match filter.measure {
            Some(measure) => Gauge::of_measure(measure, locale).name,
            None => plain(locale, "record-says"),
        },
    }
}

/// The kinds of rows: all of them, or those that count into the measure.
fn tabs(locale: Locale, action: &str, filter: &RowFilter) -> Vec<Tab> {
    let kinds = filter.measure.map_or(&RowKind::ALL[..], RowKind::of);
    kinds
        .iter()
        .map(|&kind| {
            let pairs: Vec<String> = parameters(&RowFilter { kind, ..*filter })
                .iter()
                .filter(|(_, value)| !value.is_empty())
                .map(|(name, value)| format!("{name}={}", escape(value)))
                .collect();
            Tab {
                text: plain(locale, kind_key(kind)).to_owned(),
                href: format!("{action}?{}", pairs.join("&")),
                current: kind == filter.kind,
                count: None,
            }
        })
        .collect()
}

fn filters(locale: Locale, filter: &RowFilter) -> Vec<Field> {
    let word = |key: &str| plain(locale, key);
    let every = |key: &str| (String::new(), word(key).to_owned());
    let values: BTreeMap<&str, String> = parameters(filter).into_iter().collect();
    let value = |name: &str| values.get(name).map_or("", String::as_str);
    let measures = Measure::ALL.into_iter().map(|m| {
        (
            m.code().to_owned(),
            Gauge::of_measure(m, locale).name.to_owned(),
        )
    });
    let channels = CHANNELS
        .iter()
        .zip(0..)
        .map(|(code, at)| ((*code).to_owned(), channel_name(locale, at).to_owned()));
    let mut fields = vec![
        Field::new("hidden", "kind", "", value("kind")),
        Field::new(
            "select",
            "measure",
            word("record-filter-measure"),
            value("measure"),
        )
        .options([every("record-every-measure")].into_iter().chain(measures)),
        Field::new(
            "select",
            "channel",
            word("record-channel"),
            value("channel"),
        )
        .options([every("record-every-channel")].into_iter().chain(channels)),
        Field::new("date", "from", word("record-from"), value("from")),
        Field::new("date", "to", word("record-to"), value("to")),
    ];
    if filter.measure.is_some_and(Verdict::applies) {
        fields.push(
            Field::new(
                "select",
                "verdict",
                word("record-verdict"),
                value("verdict"),
            )
            .options([
                every("record-every-verdict"),
                (
                    Verdict::Good.code().to_owned(),
                    word("record-good").to_owned(),
                ),
                (
                    Verdict::Bad.code().to_owned(),
                    word("record-bad").to_owned(),
                ),
            ]),
        );
    }
    fields
}

fn person(locale: Locale, (no, zh, en): &Named) -> Link {
    Link {
        text: locale.pick(zh, en).to_owned(),
        href: format!("/people/{}", escape(no)),
    }
}

fn line(locale: Locale, row: &Listed, measure: Option<Measure>) -> Line {
    Line {
        day: date_of(row.row.day()).to_string(),
        id: row.external_id.clone(),
        href: address(row),
        staff: row.staff.as_ref().map(|named| person(locale, named)),
        channel: channel_name(locale, channel(&row.row)),
        category: category(locale, row),
        value: value(locale, &row.row, measure),
        source: source(row),
    }
}

fn address(row: &Listed) -> String {
    format!("/records/{}/{}", row.row.kind().code(), row.id)
}

fn category(locale: Locale, row: &Listed) -> Option<String> {
    let (_, zh, en) = row.category.as_ref()?;
    Some(locale.pick(zh, en).to_owned())
}

/// `export.csv:17`
fn source(row: &Listed) -> String {
    let file = row.file_name.as_deref().unwrap_or("–");
    format!("{file}:{}", row.row.file_line())
}

fn channel(row: &Row) -> i32 {
    match row {
        Row::Service(r) => r.channel,
        Row::Survey(r) => r.channel,
        Row::Complaint(r) => r.channel,
        Row::Review(r) => r.channel,
    }
}

/// The rows of an export: the head in words, then everything of the list; a last line says when there were
/// more than `most`.
#[must_use]
pub fn export(
    locale: Locale,
    rows: &[Listed],
    measure: Option<Measure>,
    cut_off: bool,
) -> Vec<Vec<String>> {
    let head = [
        "record-day",
        "record-id",
        "record-staff",
        "record-team",
        "record-channel",
        "record-category",
        "record-says",
        "record-source-code",
        "record-file",
        "record-line",
    ];
    let mut out = vec![head.map(|key| plain(locale, key).to_owned()).to_vec()];
    out.extend(rows.iter().map(|row| {
        vec![
            date_of(row.row.day()).to_string(),
            row.external_id.clone(),
            row.staff.as_ref().map_or_else(String::new, |s| s.0.clone()),
            row.team.as_ref().map_or_else(String::new, |t| t.0.clone()),
            channel_name(locale, channel(&row.row)).to_owned(),
            category(locale, row).unwrap_or_default(),
            value(locale, &row.row, measure),
            row.source.clone().unwrap_or_default(),
            row.file_name.clone().unwrap_or_default(),
            row.row.file_line().to_string(),
        ]
    }));
    if cut_off {
        let mut note = vec![i18n::text(
            locale,
            "record-export-cut",
            &[("n", rows.len().into())],
        )];
        note.resize(head.len(), String::new());
        out.push(note);
    }
    out
}

fn yes(locale: Locale, answer: bool) -> &'static str {
    plain(locale, if answer { "record-yes" } else { "record-no" })
}

/// A number of a unit: `320 s`.
fn amount(locale: Locale, n: i32, unit: &str) -> String {
    format!("{}{}", number(f64::from(n), 0), plain(locale, unit))
}

/// What a row says for a measure; without one, what matters most of its kind.
fn value(locale: Locale, row: &Row, measure: Option<Measure>) -> String {
    match row {
        Row::Service(r) => service_value(locale, r, measure),
        Row::Survey(r) => survey_value(locale, r, measure),
        Row::Complaint(r) => match r.substantiated {
            Some(true) => plain(locale, "complaint-substantiated").to_owned(),
            Some(false) => plain(locale, "complaint-rejected").to_owned(),
            None => plain(locale, "complaint-open").to_owned(),
        },
        Row::Review(r) => format!(
            "{}{}",
            hundredths(i64::from(r.score_h)),
            plain(locale, "unit-percent")
        ),
    }
}

fn service_value(locale: Locale, r: &ServiceRecord, measure: Option<Measure>) -> String {
    let flag = |flag: Option<bool>| flag.map(|f| yes(locale, f).to_owned());
    let score = |n: Option<i32>| n.map(|n| n.to_string());
    let found = match measure {
        Some(Measure::Share(Flag::Fcr)) => flag(r.fcr),
        Some(Measure::Share(Flag::Sla)) => flag(r.sla),
        Some(Measure::Share(Flag::Reopened)) => flag(r.reopened),
        Some(Measure::Share(Flag::Transferred)) => flag(r.transferred),
        Some(Measure::Share(Flag::Escalated)) => flag(r.escalated),
        Some(Measure::Share(Flag::Resolved)) => flag(r.resolved),
        Some(Measure::Share(Flag::CsatTop) | Measure::Mean(Quantity::Csat)) => score(r.csat),
        Some(Measure::Share(Flag::CesTop) | Measure::Mean(Quantity::Ces)) => score(r.ces),
        Some(Measure::Nps) => score(r.nps),
        Some(Measure::Median(Duration::FirstReply)) => {
            r.first_reply_s.map(|n| amount(locale, n, "unit-seconds"))
        }
        Some(Measure::Median(Duration::Resolve)) => {
            r.resolve_min.map(|n| amount(locale, n, "unit-minutes"))
        }
        Some(Measure::Mean(_) | Measure::ComplaintRate) | None => {
            r.handle_s.map(|n| amount(locale, n, "unit-seconds"))
        }
    };
    found.unwrap_or_else(|| "–".to_owned())
}

fn survey_value(locale: Locale, r: &SurveyAnswer, measure: Option<Measure>) -> String {
    let found = match measure {
        Some(Measure::Share(Flag::CsatTop) | Measure::Mean(Quantity::Csat)) => r.csat,
        Some(Measure::Share(Flag::CesTop) | Measure::Mean(Quantity::Ces)) => r.ces,
        Some(Measure::Nps) => r.nps,
        _ => {
            let all = [("CSAT", r.csat), ("NPS", r.nps), ("CES", r.ces)];
            let known: Vec<String> = all
                .iter()
                .filter_map(|(name, n)| Some(format!("{name} {}", (*n)?)))
                .collect();
            return if known.is_empty() {
                "–".to_owned()
            } else {
                known.join(plain(locale, "list-separator"))
            };
        }
    };
    found.map_or_else(|| "–".to_owned(), |n| n.to_string())
}

/// One row.
#[derive(Serialize)]
pub struct RowPage {
    fields: Vec<Fact>,
    import: Option<Import>,
    history: Vec<Step>,
    named_by: Vec<Line>,
    kind: &'static str,
    /// Where a finding is made of it: of a complaint or a quality review.
    make_finding: Option<String>,
}

#[derive(Serialize)]
struct Fact {
    name: &'static str,
    value: String,
    href: Option<String>,
}

/// Where and when it was read.
#[derive(Serialize)]
struct Import {
    file: String,
    line: String,
    at: String,
    fingerprint: String,
}

/// A change by an import.
#[derive(Serialize)]
struct Step {
    at: Option<String>,
    file: Option<String>,
    changes: Vec<Changed>,
}

#[derive(Serialize)]
struct Changed {
    name: &'static str,
    before: String,
    after: String,
}

/// What the fields of stored rows are called, in the order of pages, and how they are written.
const FIELDS: [(&str, &str, Format); 42] = [
    ("external_id", "record-id", Format::Text),
    ("day", "record-day", Format::Day),
    ("staff_id", "record-staff", Format::Staff),
    ("team_id", "record-team", Format::Team),
    ("channel", "record-channel", Format::Channel),
    ("category_id", "record-category", Format::Category),
    ("service_class", "record-class", Format::Class),
    ("stage", "record-stage", Format::Stage),
    ("bot", "record-bot", Format::Flag),
    ("opened_at", "record-opened", Format::Moment),
    ("closed_at", "record-closed", Format::Moment),
    ("handle_s", "record-handle", Format::Seconds),
    ("first_reply_s", "record-first-reply", Format::Seconds),
    ("resolve_min", "record-resolve", Format::Minutes),
    ("fcr", "record-fcr", Format::Flag),
    ("sla", "record-sla", Format::Flag),
    ("reopened", "record-reopened", Format::Flag),
    ("transferred", "record-transferred", Format::Flag),
    ("escalated", "record-escalated", Format::Flag),
    ("resolved", "record-resolved", Format::Flag),
    ("record_id", "record-of", Format::Record),
    ("own_staff", "record-own-staff", Format::Flag),
    ("answered_at", "record-answered", Format::Moment),
    ("csat", "record-csat", Format::Text),
    ("nps", "record-nps", Format::Text),
    ("ces", "record-ces", Format::Text),
    ("quality", "record-quality", Format::Text),
    ("speed", "record-speed", Format::Text),
    ("expertise", "record-expertise", Format::Text),
    ("attitude", "record-attitude", Format::Text),
    ("experience", "record-experience", Format::Text),
    ("outcome", "record-outcome", Format::Text),
    ("innovation", "record-innovation", Format::Text),
    ("remark", "record-remark", Format::Text),
    ("received_at", "record-received", Format::Moment),
    ("classified_at", "record-classified", Format::Moment),
    ("assigned_at", "record-assigned", Format::Moment),
    ("investigated_at", "record-investigated", Format::Moment),
    ("handled_at", "record-handled", Format::Moment),
    ("replied_at", "record-replied", Format::Moment),
    ("followed_up_at", "record-followed-up", Format::Moment),
    ("substantiated", "record-substantiated", Format::Flag),
];

/// The fields of quality reviews that stand beside those above.
const REVIEW_FIELDS: [(&str, &str, Format); 4] = [
    ("points_h", "record-points", Format::Hundredths),
    ("applicable_h", "record-applicable", Format::Hundredths),
    ("auto_fail", "record-auto-fail", Format::Flag),
    ("score_h", "record-score", Format::Percent),
];

/// How a stored value is written.
#[derive(Clone, Copy)]
enum Format {
    Text,
    Day,
    Moment,
    Flag,
    Seconds,
    Minutes,
    Hundredths,
    Percent,
    Channel,
    Class,
    Stage,
    Staff,
    Team,
    Category,
    Record,
}

/// The page of a row; moments in the organisation's zone.
///
/// # Errors
/// When an earlier state cannot be read back.
pub fn row(
    locale: Locale,
    zone: Zone,
    single: &Single,
    team_in_reach: bool,
    may_tell: bool,
) -> Result<RowPage> {
    let listed = &single.listed;
    let now = match &listed.row {
        Row::Service(r) => serde_json::to_value(r)?,
        Row::Survey(r) => serde_json::to_value(r)?,
        Row::Complaint(r) => serde_json::to_value(r)?,
        Row::Review(r) => serde_json::to_value(r)?,
    };
    let writer = Writer {
        locale,
        zone,
        single,
        team_in_reach,
        now: &now,
    };
    let all = || FIELDS.iter().chain(&REVIEW_FIELDS);
    let fields = all()
        .filter_map(|(field, key, format)| {
            let value = now.get(*field)?;
            if value.is_null() || matches!(format, Format::Record) && value.as_i64().is_none() {
                return None;
            }
            Some(Fact {
                name: plain(locale, key),
                value: writer.write(*format, field, value),
                href: writer.way(*format),
            })
        })
        .collect();
    let states: Vec<Json> = single
        .changes
        .iter()
        .map(|change| Ok(serde_json::from_str(&change.before_json)?))
        .collect::<Result<_>>()?;
    let history = single
        .changes
        .iter()
        .enumerate()
        .map(|(at, change)| {
            let (before, after) = (&states[at], states.get(at + 1).unwrap_or(&now));
            Step {
                at: change.changed_at.map(|at| writer.moment(at)),
                file: change.file_name.clone(),
                changes: all()
                    .filter(|(field, ..)| before.get(*field) != after.get(*field))
                    .map(|(field, key, format)| {
                        let write = |state: &Json| match state.get(*field) {
                            None | Some(Json::Null) => "–".to_owned(),
                            Some(value) => writer.write(*format, field, value),
                        };
                        Changed {
                            name: plain(locale, key),
                            before: write(before),
                            after: write(after),
                        }
                    })
                    .collect(),
            }
        })
        .collect();
    Ok(RowPage {
        fields,
        import: single.import.as_ref().map(|import| Import {
            file: import.file_name.clone(),
            line: listed.row.file_line().to_string(),
            at: writer.moment(import.started_at),
            fingerprint: import.file_sha256.chars().take(12).collect(),
        }),
        history,
        named_by: single
            .named_by
            .iter()
            .map(|named| line(locale, named, None))
            .collect(),
        kind: plain(locale, kind_key(listed.row.kind())),
        make_finding: match (may_tell, listed.row.kind()) {
            (true, kind @ (RowKind::Complaint | RowKind::Review)) => {
                let staff = listed.staff.as_ref().map_or("", |(no, ..)| no);
                Some(format!(
                    "/findings/new?{}={}&staff={}",
                    kind.code(),
                    listed.id,
                    escape(staff)
                ))
            }
            _ => None,
        },
    })
}

/// Writes stored values.
struct Writer<'a> {
    locale: Locale,
    zone: Zone,
    single: &'a Single,
    team_in_reach: bool,
    now: &'a Json,
}

impl Writer<'_> {
    fn moment(&self, utc: NaiveDateTime) -> String {
        self.zone.local(utc).format("%Y-%m-%d %H:%M").to_string()
    }

    fn write(&self, format: Format, field: &str, value: &Json) -> String {
        let locale = self.locale;
        let whole = || {
            value
                .as_i64()
                .and_then(|n| i32::try_from(n).ok())
                .unwrap_or(0)
        };
        let place = |names: &[&str], prefix: &str| {
            let code = usize::try_from(whole()).ok().and_then(|at| names.get(at));
            code.and_then(|code| i18n::known(locale, &format!("{prefix}-{code}")))
                .unwrap_or("–")
                .to_owned()
        };
        let listed = &self.single.listed;
        match format {
            Format::Text => match value {
                Json::String(text) => text.clone(),
                other => other.to_string(),
            },
            Format::Day => date_of(whole()).to_string(),
            Format::Moment => value
                .as_str()
                .and_then(|text| text.parse::<NaiveDateTime>().ok())
                .map_or_else(|| value.to_string(), |at| self.moment(at)),
            Format::Flag => yes(locale, value.as_bool().unwrap_or(false)).to_owned(),
            Format::Seconds => amount(locale, whole(), "unit-seconds"),
            Format::Minutes => amount(locale, whole(), "unit-minutes"),
            Format::Hundredths => hundredths(i64::from(whole())),
            Format::Percent => hundredths(i64::from(whole())) + plain(locale, "unit-percent"),
            Format::Channel => channel_name(locale, whole()).to_owned(),
            Format::Class => place(&SERVICE_CLASSES, "service-class"),
            Format::Stage => place(&STAGES, "service-stage"),
            // Who had a row before may be out of the reader's reach.
            Format::Staff if self.now.get(field) != Some(value) => {
                plain(locale, "record-other-staff").to_owned()
            }
            Format::Team if self.now.get(field) != Some(value) => {
                plain(locale, "record-other-team").to_owned()
            }
            Format::Staff => self.name(listed.staff.as_ref()),
            Format::Team => self.name(listed.team.as_ref()),
            Format::Category => {
                let earlier = value
                    .as_i64()
                    .and_then(|id| self.single.categories.get(&id));
                self.name(earlier.or(listed.category.as_ref()))
            }
            Format::Record => plain(locale, "record-open-it").to_owned(),
        }
    }

    fn name(&self, named: Option<&Named>) -> String {
        named.map_or_else(
            || "–".to_owned(),
            |(_, zh, en)| self.locale.pick(zh, en).to_owned(),
        )
    }

    /// The page of what a field names.
    fn way(&self, format: Format) -> Option<String> {
        let listed = &self.single.listed;
        match format {
            Format::Staff => {
                let (no, ..) = listed.staff.as_ref()?;
                Some(format!("/people/{}", escape(no)))
            }
            Format::Team => {
                let (code, ..) = listed.team.as_ref().filter(|_| self.team_in_reach)?;
                Some(format!("/teams/{}", escape(code)))
            }
            Format::Record => Some(format!("/records/service/{}", listed.row.record_id()?)),
            _ => None,
        }
    }
}
