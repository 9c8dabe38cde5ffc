//! Notes about a person: the list, and the form of one.

use serde::Serialize;

use crate::goals::model::note::{NoteKind, Progress, evidence_codes};
use crate::goals::model::sheet::unscaled;
use crate::goals::store::notes::{Note, Resolved, Sight, Tracked};
use crate::i18n::{Locale, plain, text};
use crate::people::store::Staff;
use crate::web::Who;
use crate::web::form::{Field, FormView};
use crate::web::list::{ListView, Slice};
use crate::web::site::escape;

/// The name of a kind.
#[must_use]
pub fn kind_name(locale: Locale, kind: NoteKind) -> &'static str {
    plain(
        locale,
        match kind {
            NoteKind::CheckIn => "note-check-in",
            NoteKind::Coaching => "note-coaching",
            NoteKind::Praise => "note-praise",
            NoteKind::Incident => "note-incident",
        },
    )
}

fn signal(kind: Option<NoteKind>) -> &'static str {
    match kind {
        Some(NoteKind::Praise) => "is-good",
        Some(NoteKind::Incident) => "is-watch",
        _ => "is-unknown",
    }
}

/// The notes about a person.
#[derive(Serialize)]
pub struct List {
    list: ListView,
    rows: Vec<Row>,
    add: Vec<Way>,
    say: &'static str,
}

/// A kind of note that the reader may write.
#[derive(Serialize)]
struct Way {
    text: &'static str,
    href: String,
}

#[derive(Serialize)]
struct Row {
    id: i64,
    kind: &'static str,
    signal: &'static str,
    day: String,
    by: String,
    cycle: Option<String>,
    shared: bool,
    body: String,
    progress: Vec<(String, String)>,
    evidence: Vec<Evidence>,
    edit: Option<String>,
}

/// A row of evidence that is named; a link where it was found.
#[derive(Serialize)]
struct Evidence {
    code: String,
    href: Option<String>,
}

/// Address of the notes about somebody.
#[must_use]
pub fn notes_href(no: &str) -> String {
    format!("/people/{}/notes", escape(no))
}

fn author(locale: Locale, note: &Note) -> String {
    match &note.author {
        Some((zh, en)) => locale.pick(zh, en).to_string(),
        None => note.written_by.clone(),
    }
}

/// Whether a note may still be changed: by its author, on the day it was written.
#[must_use]
pub fn may_change(who: &Who, note: &Note) -> bool {
    let zone = &who.site.settings.zone;
    note.written_by == who.account.login
        && zone.local_date(note.created_at) == zone.local_date(who.site.now())
}

/// Kinds that a reader may write: of oneself check-ins alone.
#[must_use]
pub fn writable(own: bool) -> &'static [NoteKind] {
    if own {
        &[NoteKind::CheckIn]
    } else {
        &NoteKind::ALL
    }
}

/// A page of notes; `resolved`: the rows that their evidence names.
#[must_use]
pub fn list(
    who: &Who,
    staff: &Staff,
    sight: Sight,
    kind: Option<NoteKind>,
    slice: Slice<Note>,
    counted: i64,
    resolved: &[Resolved],
) -> List {
    let locale = who.locale;
    let here = notes_href(&staff.employee_no);
    let own = who.account.staff_id == Some(staff.id);
    let code = kind.map_or("", NoteKind::code);
    let query = [("kind", code)];
    let every = (String::new(), plain(locale, "notes-every-kind").to_string());
    let kinds =
        NoteKind::ALL.map(|kind| (kind.code().to_string(), kind_name(locale, kind).to_string()));
    let choice = Field::new("select", "kind", plain(locale, "notes-kind"), code)
        .options([every].into_iter().chain(kinds));
    let list = ListView::new(who, &here, &query, &slice, counted, |note: &Note| {
        (note.day.to_string(), note.id)
    })
    .filters(vec![choice])
    .export(&query);
    List {
        rows: slice
            .rows
            .iter()
            .map(|note| row(who, &here, note, resolved))
            .collect(),
        list,
        add: writable(own)
            .iter()
            .map(|kind| Way {
                text: kind_name(locale, *kind),
                href: format!("{here}/new?kind={}", kind.code()),
            })
            .collect(),
        say: plain(
            locale,
            match (own, sight) {
                (true, _) => "notes-say-own",
                (false, Sight::All) => "notes-say-line",
                (false, Sight::Shared) => "notes-say-shared",
            },
        ),
    }
}

fn row(who: &Who, here: &str, note: &Note, resolved: &[Resolved]) -> Row {
    let locale = who.locale;
    let kind = NoteKind::parse(&note.kind);
    let evidence = evidence_codes(&note.evidence).into_iter();
    Row {
        id: note.id,
        kind: kind.map_or("", |kind| kind_name(locale, kind)),
        signal: signal(kind),
        day: note.day.to_string(),
        by: author(locale, note),
        cycle: note.cycle.clone(),
        shared: note.shared,
        body: note.body.clone(),
        progress: note
            .progress()
            .unwrap_or_default()
            .into_iter()
            .map(|part| {
                let percent = [("n", unscaled(part.bp, 2).into())];
                (part.goal, text(locale, "note-percent", &percent))
            })
            .collect(),
        evidence: evidence
            .map(|code| {
                let found = resolved.iter().find(|row| row.code == code);
                Evidence {
                    href: found.map(|row| format!("/records/{}/{}", row.kind, row.id)),
                    code,
                }
            })
            .collect(),
        edit: may_change(who, note).then(|| format!("{here}/{}/edit", note.id)),
    }
}

/// The rows of the export.
#[must_use]
pub fn export(locale: Locale, notes: &[Note]) -> Vec<Vec<String>> {
    let head = [
        "notes-day",
        "notes-kind",
        "notes-by",
        "cycle",
        "notes-shared",
        "notes-body",
        "notes-progress",
        "notes-evidence",
    ];
    let head = head.map(|key| plain(locale, key).to_string()).to_vec();
    let cells = notes.iter().map(|note| {
        let kind = NoteKind::parse(&note.kind);
        let progress: Vec<String> = note
            .progress()
            .unwrap_or_default()
            .into_iter()
            .map(|part| format!("{} {}", part.goal, unscaled(part.bp, 2)))
            .collect();
        let shared = if note.shared {
            "notes-is-shared"
        } else {
            "notes-not-shared"
        };
        vec![
            note.day.to_string(),
            kind.map_or_else(String::new, |kind| kind_name(locale, kind).to_string()),
            author(locale, note),
            note.cycle.clone().unwrap_or_default(),
            plain(locale, shared).to_string(),
            note.body.clone(),
            progress.join("; "),
            note.evidence.clone(),
        ]
    });
    std::iter::once(head).chain(cells).collect()
}

/// What the form of a note is made for.
pub struct Asked<'a> {
    pub staff: &'a Staff,
    pub kind: NoteKind,
    /// The cycle whose goals a check-in looks at.
    pub tracked: Option<&'a Tracked>,
    /// Whether the reader may keep it from the person.
    pub may_hide: bool,
    /// The note to be changed.
    pub note: Option<&'a Note>,
}

/// The field of a goal's progress.
#[must_use]
pub fn progress_field(at: usize) -> String {
    format!("progress_{at}")
}

/// The name of a goal that a check-in looks at, as it is kept: in the language of the page.
#[must_use]
pub fn goal_name(locale: Locale, goal: &(String, String)) -> String {
    locale.pick(&goal.0, &goal.1).to_string()
}

/// The form of a new note, or of one to be changed.
#[must_use]
pub fn form(who: &Who, asked: &Asked) -> FormView {
    let locale = who.locale;
    let word = |key| plain(locale, key);
    let note = asked.note;
    let day = note.map_or_else(|| who.site.today().to_string(), |note| note.day.to_string());
    let known: Vec<Progress> = note.and_then(|n| n.progress().ok()).unwrap_or_default();
    let mut fields = vec![
        Field::new("hidden", "kind", "", asked.kind.code()),
        Field::new("date", "day", word("notes-day"), &day),
        Field::new(
            "textarea",
            "body",
            word("notes-body"),
            note.map_or("", |note| &note.body),
        )
        .hint(word(match asked.kind {
            NoteKind::CheckIn => "notes-hint-check-in",
            NoteKind::Coaching => "notes-hint-coaching",
            NoteKind::Praise => "notes-hint-praise",
            NoteKind::Incident => "notes-hint-incident",
        })),
    ];
    if let Some(tracked) = asked.tracked.filter(|_| asked.kind == NoteKind::CheckIn) {
        for (at, goal) in tracked.goals.iter().enumerate() {
            let name = goal_name(locale, goal);
            let value = known.iter().find(|part| part.goal == name);
            let value = value.map_or_else(String::new, |part| unscaled(part.bp, 2));
            let label = text(locale, "notes-progress-of", &[("goal", (&name).into())]);
            fields.push(
                Field::new("number", &progress_field(at), &label, &value)
                    .suffix("%")
                    .optional(),
            );
        }
    }
    fields.push(
        Field::new(
            "text",
            "evidence",
            word("notes-evidence"),
            note.map_or("", |note| &note.evidence),
        )
        .hint(word("notes-evidence-hint"))
        .optional(),
    );
    if asked.may_hide {
        let shared = note.map_or(asked.kind != NoteKind::Coaching, |note| note.shared);
        let value = if shared { "on" } else { "" };
        fields.push(
            Field::new("checkbox", "shared", word("notes-share"), value)
                .hint(word("notes-share-hint")),
        );
    }
    let here = notes_href(&asked.staff.employee_no);
    match note {
        Some(note) => FormView::new(who, format!("{here}/{}/edit", note.id), "save", fields)
            .version(note.row_version),
        None => FormView::new(who, format!("{here}/new"), "notes-save", fields),
    }
}
