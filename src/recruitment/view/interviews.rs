//! What somebody who judges sees: their rounds in rows, and a round with its questions, the facts of the
//! application, their own sheet, and the sheets of others once they may be read.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;
use serde_json::Value;

use crate::appraisals::view::cycles::Chip;
use crate::calendar::Zone;
use crate::drafts::Draft;
use crate::i18n::{Locale, hundredths, plain, text};
use crate::judgement::model::card::Card;
use crate::judgement::model::panel::outcome;
use crate::judgement::model::sheet::{Rating, State};
use crate::judgement::store::panels::Seated;
use crate::judgement::view::sheet::{
    self, SUMMARY, SheetView, criterion_fields, criterion_name, filled, level_name,
};
use crate::recruitment::model::codes::StageKind;
use crate::recruitment::model::interview::{Declined, MIN_WEIGHT_BP, RoundState, in_order};
use crate::recruitment::model::invitation::Invitation;
use crate::recruitment::model::opening::{Question, Rule};
use crate::recruitment::store::rounds::change::link;
use crate::recruitment::store::rounds::lists::{Entry, Filter, Row, Show, Whose};
use crate::recruitment::store::rounds::sheets::{Answer, Attached, knows_who};
use crate::recruitment::store::rounds::{Found, Stored};
use crate::recruitment::view::rounds::{
    Post, href, kind_name, meeting_fields, post, progress, rater_name, raters_field, seat_chip,
    span, state_chip,
};
use crate::settings::Settings;
use crate::web::Who;
use crate::web::drafts;
use crate::web::form::{Check, Field, FormView};
use crate::web::list::{ListView, Slice};

/// What drafts call the form of a sheet.
pub const DRAFT: &str = "round";

/// What drafts call a round.
#[must_use]
pub fn subject(found: &Found) -> String {
    format!("{}/{}", found.applied.code, found.round.id)
}

/// Where somebody's own sheet of each panel stands, how many are in and how many are asked for.
pub type Progress = HashMap<i64, (Option<State>, i64, i64)>;

/// The list of rounds.
#[derive(Serialize)]
pub struct List {
    list: ListView,
    rows: Vec<RowView>,
    mine: bool,
    /// The way to set up several at once, where the reader may.
    new: bool,
}

#[derive(Serialize)]
struct RowView {
    href: String,
    application: String,
    opening: String,
    stage: String,
    when: Option<String>,
    place: String,
    state: Chip,
    own: Option<Chip>,
    progress: String,
}

fn row(locale: Locale, zone: Zone, row: &Row, progress_of: &Progress) -> RowView {
    let (own, submitted, asked) = progress_of
        .get(&row.panel_id)
        .copied()
        .unwrap_or((None, 0, 0));
    let state = RoundState::parse(&row.state).unwrap_or(RoundState::Planned);
    let kind = StageKind::parse(&row.stage.0).unwrap_or(StageKind::Interview);
    RowView {
        href: link(row.id),
        application: row.application.0.clone(),
        opening: format!(
            "{} {}",
            row.opening.0,
            locale.pick(&row.opening.1, &row.opening.2)
        ),
        stage: match locale.pick(&row.stage.1, &row.stage.2) {
            "" => kind_name(locale, kind).to_string(),
            name => name.to_string(),
        },
        when: span(zone, row.starts_at.zip(row.ends_at)),
        place: row.place.clone(),
        state: state_chip(
            locale,
            state,
            row.closed_at.is_some(),
            row.application.1 == "active",
        ),
        own: own.map(|state| seat_chip(locale, state)),
        progress: progress(locale, submitted, asked),
    }
}

fn show_name(locale: Locale, show: Show) -> &'static str {
    plain(
        locale,
        match show {
            Show::Open => "interviews-open",
            Show::Today => "interviews-today",
            Show::Coming => "interviews-coming",
            Show::ToFill => "interviews-to-fill",
            Show::Over => "interviews-over",
            Show::All => "interviews-all",
        },
    )
}

/// The list; `all` is whether the reader may see more than their own.
#[must_use]
pub fn list(
    who: &Who,
    filter: &Filter,
    slice: &Slice<Row>,
    counted: i64,
    progress_of: &Progress,
    (all, new): (bool, bool),
) -> List {
    let locale = who.locale;
    let mine = matches!(filter.whose, Whose::Mine(_));
    let of = if mine { "mine" } else { "all" };
    let query = [
        ("q", filter.q.as_str()),
        ("of", if all { of } else { "" }),
        ("show", filter.show.code()),
    ];
    let shows = Show::ALL.iter().map(|show| {
        let name = show_name(locale, *show).to_string();
        (show.code().to_string(), name)
    });
    let mut filters = vec![
        Field::new(
            "select",
            "show",
            plain(locale, "interviews-which"),
            filter.show.code(),
        )
        .options(shows),
    ];
    if all {
        let whose = ["mine", "all"].map(|code| {
            let key = match code {
                "mine" => "interviews-mine",
                _ => "interviews-everybody",
            };
            (code.to_string(), plain(locale, key).to_string())
        });
        filters
            .push(Field::new("select", "of", plain(locale, "interviews-whose"), of).options(whose));
    }
    let view = ListView::new(who, "/interviews", &query, slice, counted, |row| {
        (String::new(), row.id)
    })
    .search(plain(locale, "interviews-search"), &filter.q)
    .filters(filters)
    .export(&query);
    List {
        list: view,
        rows: slice
            .rows
            .iter()
            .map(|r| row(locale, who.site.settings.zone, r, progress_of))
            .collect(),
        mine,
        new,
    }
}

/// The rows of the export.
#[must_use]
pub fn export(
    locale: Locale,
    zone: Zone,
    rows: &[Row],
    progress_of: &Progress,
) -> Vec<Vec<String>> {
    let head = [
        "interviews-application",
        "interviews-opening",
        "interviews-stage",
        "interviews-when",
        "round-place",
        "interviews-state",
        "interviews-own",
        "interviews-sheets",
    ];
    let head = head.map(|key| plain(locale, key).to_string()).to_vec();
    let cells = rows.iter().map(|r| {
        let row = row(locale, zone, r, progress_of);
        vec![
            row.application,
            row.opening,
            row.stage,
            row.when.unwrap_or_default(),
            row.place,
            row.state.word,
            row.own.map(|chip| chip.word).unwrap_or_default(),
            row.progress,
        ]
    });
    std::iter::once(head).chain(cells).collect()
}

/// A round with everything that its page is made of.
pub struct Seen {
    pub found: Found,
    pub card: Card,
    /// Of the sheets that may be read, by number.
    pub ratings: HashMap<i64, Vec<Rating>>,
    pub answers: Vec<Answer>,
    /// None where it is hidden who applies.
    pub attached: Vec<Attached>,
    pub draft: Option<Draft>,
    /// Whether the reader sets up and changes rounds of this application.
    pub manages: bool,
    /// Whether the reader's own sheet may be sent or changed now, or why not.
    pub takes: Result<(), crate::error::Message>,
}

impl Seen {
    fn own_state(&self) -> Option<State> {
        self.found.own().map(|seat| seat.sheet.state)
    }

    /// Whether the reader has a sheet to fill in now.
    #[must_use]
    pub fn writes(&self) -> bool {
        self.takes.is_ok() && self.own_state().is_some_and(State::is_open)
    }

    /// Whether the reader may change the sheet they have sent.
    #[must_use]
    pub fn amends(&self) -> bool {
        self.takes.is_ok() && self.own_state() == Some(State::Submitted)
    }

    /// Whether the reader may note the discussion.
    #[must_use]
    pub fn discusses(&self) -> bool {
        let sent = self.own_state() == Some(State::Submitted);
        let round = &self.found.round;
        self.found.opens() && (sent || self.manages) && round.panel.closed_at.is_none()
    }

    /// What the reader's own sheet says.
    fn own_ratings(&self) -> &[Rating] {
        let own = self.found.own().map(|seat| seat.sheet.id);
        own.and_then(|id| self.ratings.get(&id))
            .map_or(&[], Vec::as_slice)
    }
}

/// What was typed, checked.
pub struct Typed {
    pub ratings: Vec<Rating>,
    pub summary: String,
    /// Why a sheet that was sent is changed.
    pub reason: String,
}

/// Checks what was typed into a sheet; with `amends`, into one that was sent before. None when a field is not one of
/// this form's.
pub fn typed(
    check: &mut Check,
    card: &Card,
    sent: &BTreeMap<String, String>,
    amends: bool,
) -> Option<Typed> {
    let mut known: BTreeSet<String> = sheet::names(&card.criteria).collect();
    known.insert("summary".to_string());
    if amends {
        known.insert("reason".to_string());
    }
    if sent.keys().any(|name| !known.contains(name)) {
        return None;
    }
    let value = |name: &str| sent.get(name).map_or("", String::as_str);
    let ratings = sheet::typed(check, card, sent);
    let summary = check.required("summary", value("summary"), SUMMARY);
    let reason = if amends {
        check.required("reason", value("reason"), 1_000)
    } else {
        String::new()
    };
    Some(Typed {
        ratings,
        summary,
        reason,
    })
}

fn sheet_fields(locale: Locale, seen: &Seen) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    for criterion in &seen.card.criteria {
        let name = criterion_name(locale, criterion);
        let weight = if criterion.weight_bp % 100 == 0 {
            (criterion.weight_bp / 100).to_string()
        } else {
            hundredths(criterion.weight_bp)
        };
        let weight = format!("{weight}%");
        let slots = [("name", name.into()), ("weight", weight.into())];
        let label = text(locale, "criterion-weighted", &slots);
        fields.extend(criterion_fields(
            locale,
            criterion,
            seen.own_ratings(),
            &label,
        ));
    }
    fields
}

/// The form of the reader's own sheet, with their draft if there is one.
#[must_use]
pub fn form(who: &Who, seen: &Seen, draft: Option<&Draft>) -> Option<FormView> {
    let own = &seen.found.own()?.sheet;
    let locale = who.locale;
    let mut fields = sheet_fields(locale, seen);
    fields.push(Field::new(
        "textarea",
        "summary",
        plain(locale, "round-summary"),
        "",
    ));
    let page = link(seen.found.round.id);
    let address = drafts::address(DRAFT, &subject(&seen.found), &page);
    let draft = draft.map(|draft| (&draft.typed, drafts::when(who, draft)));
    Some(
        FormView::new(who, format!("{page}/sheet"), "round-submit", fields)
            .version(own.row_version)
            .drafted(locale, address, draft),
    )
}

/// The form that changes the reader's own sheet after it was sent.
#[must_use]
pub fn amend_form(who: &Who, seen: &Seen) -> Option<FormView> {
    let own = &seen.found.own()?.sheet;
    let locale = who.locale;
    let mut fields = sheet_fields(locale, seen);
    fields.push(Field::new(
        "textarea",
        "summary",
        plain(locale, "round-summary"),
        &own.summary,
    ));
    fields.push(
        Field::new(
            "textarea",
            "reason",
            plain(locale, "round-amend-reason"),
            "",
        )
        .hint(plain(locale, "round-amend-hint")),
    );
    let action = format!("{}/amend", link(seen.found.round.id));
    Some(FormView::new(who, action, "round-amend", fields).version(own.row_version))
}

/// The forms of a page, one of which may have been refused.
#[derive(Default)]
pub struct Forms {
    pub sheet: Option<FormView>,
    pub amend: Option<FormView>,
    pub decline: Option<FormView>,
    pub discuss: Option<FormView>,
    pub change: Option<FormView>,
    pub raters: Option<FormView>,
}

fn declined_name(locale: Locale, why: Declined) -> &'static str {
    plain(
        locale,
        match why {
            Declined::Conflict => "round-decline-conflict",
            Declined::Time => "round-decline-time",
            Declined::Other => "round-decline-other",
        },
    )
}

/// The form that declines a seat.
#[must_use]
pub fn decline_form(who: &Who, seen: &Seen) -> Option<FormView> {
    let own = &seen.found.own()?.sheet;
    let locale = who.locale;
    let whys = Declined::ALL.iter().map(|why| {
        let name = declined_name(locale, *why).to_string();
        (why.code().to_string(), name)
    });
    let fields = vec![
        Field::new("radio", "why", plain(locale, "round-decline-why"), "").options(whys),
        Field::new(
            "textarea",
            "reason",
            plain(locale, "round-decline-words"),
            "",
        )
        .optional(),
    ];
    let action = format!("{}/decline", link(seen.found.round.id));
    Some(FormView::new(who, action, "round-decline", fields).version(own.row_version))
}

/// The form of the note on a discussion.
#[must_use]
pub fn discuss_form(who: &Who, round: &Stored) -> FormView {
    let note = round.discussion.as_deref().unwrap_or_default();
    let field = Field::new(
        "textarea",
        "note",
        plain(who.locale, "round-discussion"),
        note,
    )
    .hint(plain(who.locale, "round-discussion-hint"));
    let action = format!("{}/discussion", link(round.id));
    FormView::new(who, action, "round-discuss", vec![field]).version(round.row_version)
}

/// The form of another time or place.
#[must_use]
pub fn change_form(who: &Who, round: &Stored) -> FormView {
    let now = round
        .starts_at
        .zip(round.ends_at)
        .map(|(starts, ends)| (starts, ends, round.place.as_str()));
    let fields = meeting_fields(who.locale, who.site.settings.zone, now);
    let action = format!("{}/time", link(round.id));
    FormView::new(who, action, "round-change", fields).version(round.row_version)
}

/// The form that asks more raters.
#[must_use]
pub fn raters_form(who: &Who, round: &Stored) -> FormView {
    let action = format!("{}/raters", link(round.id));
    let field = raters_field(who.locale, 1);
    FormView::new(who, action, "round-add-raters", vec![field]).version(round.row_version)
}

/// A round.
#[derive(Serialize)]
pub struct Page {
    state: Chip,
    /// Name and value, and where it leads.
    facts: Vec<Fact>,
    /// Who applies is hidden from the reader.
    hidden: bool,
    kit: Vec<Asked>,
    answers: Vec<(String, String, bool)>,
    profile: Vec<Part>,
    attached: Vec<(String, String)>,
    raters: Vec<(String, Chip)>,
    progress: String,
    calendar: Option<String>,
    /// Why there is no form.
    why_not: Option<String>,
    sheet: Option<FormView>,
    amend: Option<FormView>,
    decline: Option<FormView>,
    own: Option<SheetView>,
    others: Vec<SheetView>,
    together: Vec<Together>,
    /// The ratings of a criterion lie far apart.
    apart: bool,
    discussion: Option<String>,
    discuss: Option<FormView>,
    change: Option<FormView>,
    raters_form: Option<FormView>,
    posts: Vec<Post>,
}

#[derive(Serialize)]
struct Fact {
    name: &'static str,
    value: String,
    href: Option<String>,
}

/// Questions on a criterion.
#[derive(Serialize)]
struct Asked {
    criterion: Option<String>,
    questions: Vec<String>,
}

/// A part of what the applicant says of themselves.
#[derive(Serialize)]
struct Part {
    title: &'static str,
    lines: Vec<String>,
}

/// A criterion over the sheets.
#[derive(Serialize)]
struct Together {
    name: String,
    n: i64,
    mean: Option<String>,
    spread: String,
    apart: bool,
}

/// The page of a round.
#[must_use]
pub fn page(who: &Who, seen: &Seen, refused: Forms) -> Page {
    let locale = who.locale;
    let (found, round) = (&seen.found, &seen.found.round);
    let (applied, zone) = (&found.applied, who.site.settings.zone);
    let knows = knows_who(found);
    let opens = found.opens();
    let own_id = found.own().map(|seat| seat.sheet.id);
    let sheet_of = |id: i64, title: String| {
        let sheet = &found.seats.iter().find(|seat| seat.sheet.id == id)?.sheet;
        let ratings = seen.ratings.get(&id)?;
        Some(filled(who, title, &seen.card, sheet, ratings))
    };
    let sent = |seat: &&Seated| seat.sheet.state == State::Submitted;
    let rules = round.rules(applied.is_active());
    let submitted = found.seats.iter().filter(sent).count() as i64;
    let asked = found
        .seats
        .iter()
        .filter(|seat| seat.sheet.state.is_open())
        .count() as i64
        + submitted;
    let together = if opens {
        together(locale, seen)
    } else {
        Vec::new()
    };
    let apart = together.iter().any(|t| t.apart);
    let writes = seen.writes();
    let manages = seen.manages;
    Page {
        state: state_chip(
            locale,
            round.state,
            round.panel.closed_at.is_some(),
            applied.is_active(),
        ),
        facts: facts(who, seen, knows),
        hidden: !knows,
        kit: kit(locale, seen),
        answers: answers(locale, seen),
        profile: profile(locale, &applied.profile_json, knows),
        attached: seen
            .attached
            .iter()
            .map(|(id, _, name)| {
                let href = format!("{}/attachments/{id}", link(round.id));
                (name.clone(), href)
            })
            .collect(),
        raters: found
            .seats
            .iter()
            .map(|seat| {
                (
                    rater_name(locale, seat),
                    seat_chip(locale, seat.sheet.state),
                )
            })
            .collect(),
        progress: progress(locale, submitted, asked),
        calendar: span(zone, round.starts_at.zip(round.ends_at))
            .map(|_| format!("{}/invitation.ics", link(round.id))),
        why_not: match (&seen.takes, seen.own_state()) {
            (Err(why), Some(State::Invited | State::Draft)) => {
                Some(crate::i18n::message(locale, why))
            }
            _ => None,
        },
        sheet: refused.sheet.or_else(|| {
            let form = form(who, seen, seen.draft.as_ref());
            form.filter(|_| writes)
        }),
        amend: refused
            .amend
            .or_else(|| amend_form(who, seen).filter(|_| seen.amends())),
        decline: refused.decline.or_else(|| {
            let invited = seen.own_state() == Some(State::Invited);
            decline_form(who, seen).filter(|_| invited && rules.counts() && !rules.closed)
        }),
        own: own_id.and_then(|id| sheet_of(id, plain(locale, "round-own").to_string())),
        others: found
            .seats
            .iter()
            .filter(|seat| {
                opens && Some(seat.sheet.id) != own_id && seat.sheet.state == State::Submitted
            })
            .filter_map(|seat| {
                let name = rater_name(locale, seat);
                let title = text(locale, "round-sheet-of", &[("name", name.into())]);
                sheet_of(seat.sheet.id, title)
            })
            .collect(),
        together,
        apart,
        discussion: round.discussion.clone().filter(|_| opens),
        discuss: refused.discuss.or_else(|| {
            (seen.discusses() && (apart || round.discussion.is_some()))
                .then(|| discuss_form(who, round))
        }),
        change: refused.change.or_else(|| {
            let timed = rules.may_change() && rules.times.is_some();
            (manages && timed).then(|| change_form(who, round))
        }),
        raters_form: refused.raters.or_else(|| {
            let open = rules.counts() && rules.active && !rules.closed;
            (manages && open).then(|| raters_form(who, round))
        }),
        posts: if manages {
            posts(who, seen)
        } else {
            Vec::new()
        },
    }
}

fn posts(who: &Who, seen: &Seen) -> Vec<Post> {
    let round = &seen.found.round;
    let rules = round.rules(seen.found.applied.is_active());
    let action = |what: &str| format!("{}/{what}", link(round.id));
    let version = round.row_version;
    let mut posts = Vec::new();
    if rules.may_conclude(who.site.now()) {
        posts.push(post(who, action("held"), version, "round-held", None));
        let ask = Some("round-missed-ask");
        posts.push(post(who, action("missed"), version, "round-missed", ask));
    }
    if rules.counts() && rules.active && !rules.closed {
        let ask = Some("round-close-ask");
        posts.push(post(who, action("close"), version, "round-close", ask));
    }
    if rules.may_change() {
        let ask = Some("round-cancel-ask");
        posts.push(post(who, action("cancel"), version, "round-cancel", ask));
    }
    posts
}

fn facts(who: &Who, seen: &Seen, knows: bool) -> Vec<Fact> {
    let locale = who.locale;
    let (applied, round) = (&seen.found.applied, &seen.found.round);
    let fact = |key, value: String, href: Option<String>| Fact {
        name: plain(locale, key),
        value,
        href,
    };
    let title = locale.pick(&applied.title.0, &applied.title.1);
    let reached = seen.found.reached;
    let mut facts = vec![
        fact(
            "interviews-application",
            applied.code.clone(),
            // The application's page says who applies.
            (reached && knows).then(|| href(&applied.code, "")),
        ),
        fact(
            "interviews-opening",
            format!("{} {title}", applied.opening),
            None,
        ),
        fact(
            "interviews-stage",
            locale
                .pick(&round.stage.name.0, &round.stage.name.1)
                .to_string(),
            None,
        ),
    ];
    if knows {
        let name = locale.pick(&applied.name.0, &applied.name.1);
        facts.push(fact("round-candidate", name.to_string(), None));
    }
    let zone = who.site.settings.zone;
    if let Some(when) = span(zone, round.starts_at.zip(round.ends_at)) {
        facts.push(fact("interviews-when", when, None));
        facts.push(fact("round-place", round.place.clone(), None));
    }
    let applied_on = zone.local_date(applied.applied_at).to_string();
    facts.push(fact("round-applied", applied_on, None));
    facts
}

fn kit(locale: Locale, seen: &Seen) -> Vec<Asked> {
    in_order(&seen.card, &seen.found.round.kit)
        .into_iter()
        .map(|(code, questions)| Asked {
            criterion: seen
                .card
                .criterion(code)
                .map(|c| criterion_name(locale, c).to_string()),
            questions: questions
                .iter()
                .map(|q| locale.pick(&q.zh, &q.en).to_string())
                .collect(),
        })
        .collect()
}

/// What was asked first: question, answer in words, whether the rule finds it unmet.
fn answers(locale: Locale, seen: &Seen) -> Vec<(String, String, bool)> {
    let asked: Vec<Question> =
        serde_json::from_str(&seen.found.applied.knock_outs_json).unwrap_or_default();
    seen.answers
        .iter()
        .filter_map(|(position, answer, failed)| {
            let place = usize::try_from(*position).ok()?.checked_sub(1)?;
            let question = asked.get(place)?;
            let words = match &question.rule {
                Rule::YesNo { .. } => match answer.as_str() {
                    "yes" => plain(locale, "round-answer-yes").to_string(),
                    _ => plain(locale, "round-answer-no").to_string(),
                },
                Rule::Choice { options } => {
                    let at: Option<usize> = answer.parse().ok();
                    let option = at.and_then(|at| options.get(at.checked_sub(1)?));
                    option.map_or_else(|| answer.clone(), |o| locale.pick(&o.zh, &o.en).to_string())
                }
                Rule::AtLeast { .. } => answer.clone(),
            };
            let asked = locale.pick(&question.text_zh, &question.text_en);
            Some((asked.to_string(), words, *failed))
        })
        .collect()
}

/// What the applicant says of work and skills. Where who it is must not be known, employers, schools and free words
/// are left out: they tell.
fn profile(locale: Locale, json: &str, knows: bool) -> Vec<Part> {
    let profile: Value = serde_json::from_str(json).unwrap_or_default();
    let list = |name: &str| -> Vec<&Value> {
        let found = profile.get(name).and_then(Value::as_array);
        found.map_or_else(Vec::new, |all| all.iter().collect())
    };
    let joined = |entry: &Value, names: &[&str]| -> String {
        let parts: Vec<&str> = names
            .iter()
            .filter_map(|name| entry.get(*name)?.as_str())
            .filter(|part| !part.is_empty())
            .collect();
        parts.join(" · ")
    };
    let lines = |name: &str, fields: &[&str]| -> Vec<String> {
        list(name)
            .into_iter()
            .map(|entry| joined(entry, fields))
            .filter(|line| !line.is_empty())
            .collect()
    };
    let mut parts = vec![
        Part {
            title: plain(locale, "round-work"),
            lines: if knows {
                lines(
                    "work",
                    &["position", "name", "startDate", "endDate", "summary"],
                )
            } else {
                lines("work", &["position", "startDate", "endDate"])
            },
        },
        Part {
            title: plain(locale, "round-skills"),
            lines: lines("skills", &["name", "level"]),
        },
        Part {
            title: plain(locale, "round-languages"),
            lines: lines("languages", &["language", "fluency"]),
        },
    ];
    if knows {
        parts.push(Part {
            title: plain(locale, "round-education"),
            lines: lines(
                "education",
                &["institution", "studyType", "area", "startDate", "endDate"],
            ),
        });
    }
    parts.retain(|part| !part.lines.is_empty());
    parts
}

fn together(locale: Locale, seen: &Seen) -> Vec<Together> {
    let rated: Vec<Vec<Rating>> = seen
        .found
        .seats
        .iter()
        .filter(|seat| seat.sheet.state == State::Submitted)
        .filter_map(|seat| seen.ratings.get(&seat.sheet.id).cloned())
        .collect();
    if rated.len() < 2 {
        return Vec::new();
    }
    let limit = seen.found.applied.pass_rule.spread_h;
    outcome(&seen.card, &rated, MIN_WEIGHT_BP)
        .criteria
        .iter()
        .map(|t| Together {
            name: seen
                .card
                .criterion(&t.criterion)
                .map_or_else(String::new, |c| criterion_name(locale, c).to_string()),
            n: t.n,
            mean: t.mean_h().map(hundredths),
            spread: level_name(t.spread_h),
            apart: t.spread_h > limit,
        })
        .collect()
}

/// For whom an entry of a calendar is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guest {
    Rater,
    Applicant,
}

/// An interview as a calendar shows it. The applicant reads what the job is called and nothing of the house; raters
/// read the code of the application, not who applies. None where it has no time.
#[must_use]
pub fn invitation(
    locale: Locale,
    settings: &Settings,
    base: &str,
    entry: &Entry,
    guest: Guest,
) -> Option<Invitation> {
    let title = locale.pick(&entry.title.0, &entry.title.1);
    let stage = locale.pick(&entry.stage.0, &entry.stage.1);
    let organisation = locale.pick(&settings.organisation_zh, &settings.organisation_en);
    let (starts_at, ends_at) = entry.starts_at.zip(entry.ends_at)?;
    let when = span(settings.zone, Some((starts_at, ends_at))).unwrap_or_default();
    let slots = [
        ("title", title.into()),
        ("stage", stage.into()),
        ("code", (&entry.application.0).into()),
        ("organisation", organisation.into()),
    ];
    let summary = match guest {
        Guest::Rater => text(locale, "invitation-rater", &slots[..3]),
        Guest::Applicant => {
            let slots = [
                ("title", title.into()),
                ("organisation", organisation.into()),
            ];
            text(locale, "invitation-applicant", &slots)
        }
    };
    let slots = [
        ("when", when.into()),
        ("zone", settings.zone.to_string().into()),
    ];
    Some(Invitation {
        uid: entry.uid.clone(),
        sequence: entry.sequence(),
        starts_at,
        ends_at,
        place: entry.place.clone(),
        summary,
        description: text(locale, "invitation-when", &slots),
        url: (guest == Guest::Rater).then(|| format!("{base}{}", link(entry.id))),
        cancelled: entry.is_cancelled(),
        organiser: (
            organisation.to_string(),
            // An applicant answers the house, not a person's own address.
            entry.owner_email.clone().filter(|_| guest == Guest::Rater),
        ),
    })
}
