//! What a reader sees of files on their way in. Pure.

use std::collections::HashMap;

use serde::Serialize;

use crate::accounts::store::random_token;
use crate::i18n::{self, Locale, plain};
use crate::import::run::Kind as FileKind;
use crate::import::{EmployeeBy, Hints, Kind, Mapping, Need, TeamBy};
use crate::imports::KINDS;
use crate::imports::columns::{AS_IS, DURATIONS, Seen, chosen};
use crate::imports::store::{Found, Loading, Pending, Said, State};
use crate::jobs::Job;
use crate::web::Who;
use crate::web::form::{Field, FormView};
use crate::web::list::{ListView, Slice};

/// Problems on a page.
pub const PROBLEMS: usize = 50;

/// Encodings to choose from where detection fails.
pub const ENCODINGS: [&str; 7] = [
    "utf-8",
    "gb18030",
    "big5",
    "utf-16le",
    "utf-16be",
    "shift_jis",
    "windows-1252",
];

/// The name of a kind.
#[must_use]
pub fn kind_name(locale: Locale, kind: &str) -> &'static str {
    plain(
        locale,
        match kind {
            "teams" => "imports-kind-teams",
            "staff" => "imports-kind-staff",
            "survey-answers" => "imports-kind-answers",
            "complaints" => "imports-kind-complaints",
            "quality-reviews" => "imports-kind-reviews",
            "kpi-values" => "imports-kind-values",
            "candidates" => "imports-kind-candidates",
            _ => "imports-kind-records",
        },
    )
}

/// The key of the name of a column.
#[must_use]
pub fn column_key(name: &str) -> String {
    format!("column-{}", name.replace('_', "-"))
}

fn said(locale: Locale, said: &Said) -> String {
    let slots: Vec<(&str, i18n::Value)> = said
        .args
        .iter()
        .map(|(name, value)| (name.as_str(), value.into()))
        .collect();
    i18n::find(locale, &said.key, &slots).unwrap_or_else(|| said.key.clone())
}

fn moment(who: &Who, at: chrono::NaiveDateTime) -> String {
    let local = who.site.settings.zone.local(at);
    local.format("%Y-%m-%d %H:%M").to_string()
}

/// What was loaded, and what is on its way.
#[derive(Serialize)]
pub struct Overview {
    mine: Vec<Mine>,
    list: ListView,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Mine {
    href: String,
    file: String,
    kind: &'static str,
    state: &'static str,
    at: String,
}

#[derive(Serialize)]
struct Row {
    kind: &'static str,
    file: String,
    at: String,
    by: Option<String>,
    read: String,
    new: String,
    changed: String,
    bad: String,
}

fn count(n: impl TryInto<i64>) -> String {
    i18n::number(n.try_into().unwrap_or(i64::MAX) as f64, 0)
}

/// The page of all imports.
#[must_use]
pub fn overview(
    who: &Who,
    mine: &[Pending],
    kind: &str,
    slice: &Slice<Loading>,
    counted: i64,
    by: &HashMap<i64, String>,
) -> Overview {
    let query = [("kind", kind)];
    let every = plain(who.locale, "imports-every-kind").to_string();
    let kinds = KINDS.map(|k| {
        (
            k.name.to_string(),
            kind_name(who.locale, k.name).to_string(),
        )
    });
    let filter = Field::new("select", "kind", plain(who.locale, "imports-kind"), kind)
        .options([(String::new(), every)].into_iter().chain(kinds));
    Overview {
        mine: mine
            .iter()
            .map(|p| Mine {
                href: format!("/imports/{}", p.id),
                file: p.file_name.clone(),
                kind: kind_name(who.locale, &p.kind),
                state: plain(who.locale, state_key(p.state)),
                at: moment(who, p.created_at),
            })
            .collect(),
        list: ListView::new(who, "/imports", &query, slice, counted, |l| {
            (String::new(), l.id)
        })
        .filters(vec![filter])
        .export(&query),
        rows: slice
            .rows
            .iter()
            .map(|l| Row {
                kind: kind_name(who.locale, &l.kind),
                file: l.file_name.clone(),
                at: moment(who, l.started_at),
                by: by.get(&l.id).cloned(),
                read: count(l.rows_read),
                new: count(l.rows_new),
                changed: count(l.rows_changed),
                bad: count(l.rows_bad),
            })
            .collect(),
    }
}

/// The same as a file.
#[must_use]
pub fn export(who: &Who, rows: &[Loading], by: &HashMap<i64, String>) -> Vec<Vec<String>> {
    let head = [
        "imports-kind",
        "imports-file",
        "imports-at",
        "imports-by",
        "imports-read",
        "imports-new-rows",
        "imports-changed",
        "imports-deleted",
        "imports-bad",
    ];
    let head = head.map(|key| plain(who.locale, key).to_string()).to_vec();
    let cells = rows.iter().map(|l| {
        vec![
            l.kind.clone(),
            l.file_name.clone(),
            moment(who, l.started_at),
            by.get(&l.id).cloned().unwrap_or_default(),
            l.rows_read.to_string(),
            l.rows_new.to_string(),
            l.rows_changed.to_string(),
            l.rows_deleted.to_string(),
            l.rows_bad.to_string(),
        ]
    });
    std::iter::once(head).chain(cells).collect()
}

fn state_key(state: State) -> &'static str {
    match state {
        State::Columns => "imports-state-columns",
        State::Checking => "imports-state-checking",
        State::Checked => "imports-state-checked",
        State::Refused => "imports-state-refused",
        State::Loading => "imports-state-loading",
        State::Loaded => "imports-state-loaded",
    }
}

/// The form of a new import.
#[must_use]
pub fn new(who: &Who, kind: &str) -> FormView {
    let word = |key| plain(who.locale, key);
    let kinds = KINDS.map(|k| {
        (
            k.name.to_string(),
            kind_name(who.locale, k.name).to_string(),
        )
    });
    let detect = (String::new(), word("imports-encoding-detect").to_string());
    let encodings = ENCODINGS.map(|e| (e.to_string(), e.to_uppercase()));
    FormView::new(
        who,
        "/imports/new",
        "imports-upload",
        vec![
            Field::new("select", "kind", word("imports-kind"), kind).options(kinds),
            Field::new("select", "encoding", word("imports-encoding"), "")
                .options([detect].into_iter().chain(encodings))
                .hint(word("imports-encoding-hint")),
            Field::new("text", "sheet", word("imports-sheet"), "")
                .optional()
                .hint(word("imports-sheet-hint")),
            Field::new("file", "file", word("imports-file"), "").hint(i18n::text(
                who.locale,
                "imports-file-hint",
                &[("mb", (crate::files::LARGEST >> 20).into())],
            )),
        ],
    )
}

/// The page on which columns are named.
#[derive(Serialize)]
pub struct ColumnsPage {
    file: String,
    kind: &'static str,
    format: String,
    header: Vec<String>,
    rows: Vec<Vec<String>>,
    pub columns: FormView,
    pub saved: Option<FormView>,
    pub pasted: FormView,
}

/// The page on which columns are named.
#[must_use]
pub fn columns(
    who: &Who,
    pending: &Pending,
    kind: &FileKind,
    saved: &[(i64, String)],
) -> ColumnsPage {
    let word = |key| plain(who.locale, key);
    let seen = &pending.choices.seen;
    let take = format!("/imports/{}/mapping", pending.id);
    let saved_form = FormView::new(
        who,
        &take,
        "imports-take",
        vec![
            Field::new("select", "saved", word("imports-saved"), "").options(
                saved
                    .iter()
                    .map(|(id, name)| (id.to_string(), name.clone())),
            ),
        ],
    );
    let mut text =
        Field::new("textarea", "text", word("imports-toml"), "").hint(word("imports-toml-hint"));
    text.rows = 10;
    ColumnsPage {
        file: pending.file_name.clone(),
        kind: kind_name(who.locale, &pending.kind),
        format: seen.format.clone(),
        header: seen.header.clone(),
        rows: seen.rows.clone(),
        columns: FormView::new(
            who,
            format!("/imports/{}/columns", pending.id),
            "imports-check",
            fields(who, pending, kind),
        )
        .version(pending.row_version),
        saved: (!saved.is_empty()).then(|| saved_form.version(pending.row_version)),
        pasted: FormView::new(who, take, "imports-take", vec![text]).version(pending.row_version),
    }
}

fn fields(who: &Who, pending: &Pending, kind: &FileKind) -> Vec<Field> {
    let (locale, mapping) = (who.locale, &pending.mapping);
    let word = |key| plain(locale, key);
    let mut fields = Vec::new();
    for spec in kind.columns {
        fields.push(column(locale, &pending.choices.seen, mapping, spec));
        let source = mapping.columns.get(spec.name);
        if chosen(mapping, spec.name).is_empty() {
            continue;
        }
        let of = |key| {
            i18n::text(
                locale,
                key,
                &[("column", column_name(locale, spec.name).into())],
            )
        };
        match spec.kind {
            Kind::Choice(codes) => {
                let lines: Vec<String> = source
                    .iter()
                    .flat_map(|s| &s.values)
                    .map(|(theirs, ours)| format!("{theirs} = {ours}"))
                    .collect();
                let name = format!("val_{}", spec.name);
                let codes = codes.join(", ");
                let mut field =
                    Field::new("textarea", &name, &of("imports-words"), &lines.join("\n"))
                        .optional()
                        .hint(i18n::text(
                            locale,
                            "imports-words-hint",
                            &[("codes", codes.into())],
                        ));
                field.rows = 3;
                fields.push(field);
            }
            Kind::Seconds { .. } => {
                let form = source.and_then(|s| s.duration).unwrap_or_default();
                let forms = DURATIONS.map(|d| (d.name().to_string(), d.name().to_string()));
                let name = format!("dur_{}", spec.name);
                fields.push(
                    Field::new("select", &name, &of("imports-duration"), form.name())
                        .options(forms),
                );
            }
            _ => {}
        }
    }
    let has = |name: &str| kind.columns.iter().any(|c| c.name == name);
    let by = |name, label, value: &str, options: [(&str, &'static str); 2]| {
        let options = options.map(|(value, key)| (value.to_string(), word(key).to_string()));
        Field::new("select", name, word(label), value).options(options)
    };
    if has("employee") {
        let value = match mapping.employee_by {
            EmployeeBy::Number => "number",
            EmployeeBy::Name => "name",
        };
        fields.push(by(
            "employee_by",
            "imports-employee-by",
            value,
            [("number", "imports-by-number"), ("name", "imports-by-name")],
        ));
    }
    if has("team") {
        let value = match mapping.team_by {
            TeamBy::Code => "code",
            TeamBy::Name => "name",
        };
        fields.push(by(
            "team_by",
            "imports-team-by",
            value,
            [("code", "imports-by-code"), ("name", "imports-by-name")],
        ));
    }
    fields.extend(formats(who, mapping));
    if has("id") {
        let times = kind
            .columns
            .iter()
            .filter(|c| matches!(c.kind, Kind::Time | Kind::Date));
        let usual = (String::new(), word("imports-day-usual").to_string());
        let days = times.map(|c| (c.name.to_string(), column_name(locale, c.name).to_string()));
        let day = mapping.day.as_deref().unwrap_or_default();
        fields.push(
            Field::new("select", "day", word("imports-day"), day)
                .options([usual].into_iter().chain(days))
                .hint(word("imports-day-hint")),
        );
        let source = mapping.source.as_deref().unwrap_or_default();
        fields.push(
            Field::new("text", "source", word("imports-source"), source)
                .optional()
                .hint(word("imports-source-hint")),
        );
        fields.push(tick(
            "last_row_wins",
            word("imports-last-row-wins"),
            mapping.last_row_wins,
        ));
    }
    if has("employee") || has("team") {
        let make = pending.choices.create_missing;
        fields.push(tick("create_missing", word("imports-create-missing"), make));
    }
    fields.push(
        Field::new("text", "save_as", word("imports-save-as"), "")
            .optional()
            .hint(word("imports-save-as-hint")),
    );
    fields
}

fn tick(name: &str, label: &str, on: bool) -> Field {
    Field::new("checkbox", name, label, if on { "on" } else { "" })
}

/// How dates, words and gaps are written in the file.
fn formats(who: &Who, mapping: &Mapping) -> Vec<Field> {
    let word = |key| plain(who.locale, key);
    let zone = who.site.settings.zone.tz().name();
    let mut formats = Field::new(
        "textarea",
        "formats",
        word("imports-formats"),
        &mapping.formats.join("\n"),
    )
    .optional()
    .hint(word("imports-formats-hint"));
    formats.rows = 2;
    let own_zone = mapping.time_zone.as_deref().unwrap_or_default();
    vec![
        formats,
        Field::new("text", "time_zone", word("imports-zone"), own_zone)
            .optional()
            .hint(i18n::text(
                who.locale,
                "imports-zone-hint",
                &[("zone", zone.into())],
            )),
        Field::new(
            "text",
            "true_words",
            word("imports-true"),
            &mapping.true_words.join(", "),
        )
        .optional()
        .hint(word("imports-true-hint")),
        Field::new(
            "text",
            "false_words",
            word("imports-false"),
            &mapping.false_words.join(", "),
        )
        .optional()
        .hint(word("imports-false-hint")),
        Field::new(
            "text",
            "missing",
            word("imports-missing"),
            &mapping.missing_marks().join(", "),
        )
        .optional()
        .hint(word("imports-missing-hint")),
    ]
}

fn column_name(locale: Locale, name: &str) -> &'static str {
    plain(locale, &column_key(name))
}

/// Where one of our columns comes from.
fn column(
    locale: Locale,
    seen: &Seen,
    mapping: &Mapping,
    spec: &crate::import::ColumnSpec,
) -> Field {
    let now = chosen(mapping, spec.name);
    let nowhere = plain(locale, "imports-nowhere").to_string();
    let mut options = vec![(String::new(), nowhere)];
    if now == AS_IS {
        options.push((
            AS_IS.to_string(),
            plain(locale, "imports-as-is").to_string(),
        ));
    }
    for name in &seen.header {
        if !name.is_empty() && options.iter().all(|(value, _)| value != name) {
            options.push((name.clone(), name.clone()));
        }
    }
    let field = Field::new(
        "select",
        &format!("col_{}", spec.name),
        column_name(locale, spec.name),
        now,
    )
    .options(options);
    let at = seen.header.iter().position(|h| h == now);
    let examples: Vec<&str> = seen
        .rows
        .iter()
        .filter_map(|row| row.get(at?).map(String::as_str))
        .filter(|cell| !cell.is_empty())
        .take(3)
        .collect();
    let field = if examples.is_empty() {
        field
    } else {
        let list = examples.join(plain(locale, "list-separator"));
        field.hint(i18n::text(
            locale,
            "imports-examples",
            &[("cells", list.into())],
        ))
    };
    match spec.need {
        Need::Optional => field.optional(),
        Need::Required | Need::Key => field,
    }
}

/// Where a file stands.
#[derive(Serialize)]
pub struct Show {
    id: i64,
    kind: &'static str,
    file: String,
    at: String,
    state: &'static str,
    /// A job is at work: so far, of how much.
    busy: Option<(i64, i64)>,
    /// A job broke down.
    failed: bool,
    refused: Vec<String>,
    facts: Vec<Fact>,
    problems: Vec<Problem>,
    next: Option<String>,
    prev: Option<String>,
    /// How many rows are bad, where any are.
    bad: Option<String>,
    more_problems: bool,
    unused: Vec<String>,
    bad_rows: Option<String>,
    may_map: bool,
    may_load: bool,
    /// Only the good rows can be loaded.
    only_good: bool,
    loaded: bool,
    places: Vec<Place>,
    row_version: i32,
    csrf: String,
    once: String,
}

#[derive(Serialize)]
struct Fact {
    name: &'static str,
    value: String,
}

#[derive(Serialize)]
struct Problem {
    line: String,
    column: String,
    value: String,
    reason: String,
}

#[derive(Serialize)]
struct Place {
    href: &'static str,
    text: &'static str,
}

/// A file on its way in; `from` is the first problem to be shown.
#[must_use]
pub fn show(who: &Who, pending: &Pending, job: Option<&Job>, from: usize) -> Show {
    let locale = who.locale;
    let failed = pending.state.is_busy() && job.is_none_or(|j| j.state == "failed");
    let busy = (pending.state.is_busy() && !failed)
        .then(|| job.map_or((0, 1), |j| (j.progress, j.total.max(1))));
    let nothing = Found::default();
    let settled = !pending.state.is_busy() && pending.state != State::Columns;
    let found = pending
        .found
        .as_ref()
        .filter(|_| settled)
        .unwrap_or(&nothing);
    let good = found
        .rows_read
        .saturating_sub(found.bad_rows + found.superseded);
    let page = |at: usize| format!("/imports/{}?from={at}", pending.id);
    let loaded = pending.state == State::Loaded;
    let checked = pending.state == State::Checked;
    Show {
        id: pending.id,
        kind: kind_name(locale, &pending.kind),
        file: pending.file_name.clone(),
        at: moment(who, pending.created_at),
        state: plain(locale, state_key(pending.state)),
        busy,
        failed,
        refused: found.refused.iter().map(|s| said(locale, s)).collect(),
        facts: if checked || loaded {
            facts(locale, found)
        } else {
            Vec::new()
        },
        problems: found
            .problems
            .iter()
            .skip(from)
            .take(PROBLEMS)
            .map(|p| Problem {
                line: p.line.to_string(),
                column: p.column.clone(),
                value: p.value.clone(),
                reason: said(locale, &p.reason),
            })
            .collect(),
        next: (found.problems.len() > from + PROBLEMS).then(|| page(from + PROBLEMS)),
        prev: (from > 0).then(|| page(from.saturating_sub(PROBLEMS))),
        bad: (found.bad_rows > 0).then(|| count(found.bad_rows)),
        more_problems: found.problems.len() as u64 >= 200,
        unused: found.unused_columns.clone(),
        bad_rows: pending
            .bad_rows_id
            .filter(|_| settled)
            .map(|_| format!("/imports/{}/bad-rows.csv", pending.id)),
        may_map: checked || failed || pending.state == State::Refused,
        may_load: checked && good > 0,
        only_good: found.bad_rows > 0,
        loaded,
        places: if loaded {
            places(who, &pending.kind)
        } else {
            Vec::new()
        },
        row_version: pending.row_version,
        csrf: who.form_token(),
        once: random_token(),
    }
}

/// Where what was loaded is found, as far as the reader may go there.
fn places(who: &Who, kind: &str) -> Vec<Place> {
    use crate::access::Permission;
    let all = [
        (
            Permission::ViewTeams,
            "/teams",
            "nav-teams",
            !["staff", "candidates"].contains(&kind),
        ),
        (
            Permission::ViewPeople,
            "/people",
            "nav-people-list",
            !["teams", "candidates"].contains(&kind),
        ),
        (
            Permission::ViewFindings,
            "/findings",
            "nav-findings",
            !["teams", "staff", "candidates"].contains(&kind),
        ),
        (
            Permission::ManageCandidates,
            "/candidates",
            "candidates-title",
            kind == "candidates",
        ),
    ];
    all.into_iter()
        .filter(|(permission, _, _, fits)| *fits && who.may(*permission))
        .map(|(_, href, key, _)| Place {
            href,
            text: plain(who.locale, key),
        })
        .collect()
}

fn facts(locale: Locale, found: &Found) -> Vec<Fact> {
    let numbers = [
        ("imports-read", found.rows_read, true),
        ("imports-new-rows", found.new, true),
        ("imports-changed", found.changed, true),
        ("imports-unchanged", found.unchanged, true),
        ("imports-deleted", found.deleted, false),
        ("imports-superseded", found.superseded, false),
        ("imports-bad", found.bad_rows, true),
        ("imports-made-staff", found.created_staff, false),
        ("imports-made-teams", found.created_teams, false),
        ("imports-made-roles", found.created_job_roles, false),
        ("imports-made-categories", found.created_categories, false),
    ];
    let format = Fact {
        name: plain(locale, "imports-format"),
        value: found.format.clone(),
    };
    numbers
        .into_iter()
        .filter(|(_, n, always)| *always || *n > 0)
        .map(|(key, n, _)| Fact {
            name: plain(locale, key),
            value: count(n),
        })
        .chain([format])
        .collect()
}

/// What a person knows better than detection.
#[must_use]
pub fn hints(encoding: &str, sheet: &str) -> Hints {
    let some = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_string());
    Hints {
        encoding: some(encoding),
        sheet: some(sheet),
        ..Hints::default()
    }
}
