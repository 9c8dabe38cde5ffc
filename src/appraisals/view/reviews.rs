//! What a reader sees of reviews: sheets to fill in and filled in, the evidence beside them, colleagues, the list.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;

use crate::access::Permission;
use crate::appraisals::model::result::Subject;
use crate::appraisals::model::review::{Reviewer, may_write};
use crate::appraisals::model::rules::Rules;
use crate::appraisals::store::cycles::Cycle;
use crate::appraisals::store::reviews::lists::{Row, Show};
use crate::appraisals::store::reviews::{Evaluation, FORMER, MANAGER, Person, SELF};
use crate::appraisals::store::sheets::SheetVersion;
use crate::appraisals::view::cycles::Chip;
use crate::calendar::{Quarter, Zone};
use crate::drafts::Draft;
use crate::error::Result;
use crate::evidence::model::RowKind;
use crate::evidence::store::subject::QuarterFigures;
use crate::evidence::view::gauge::Gauge;
use crate::evidence::view::series::{self, Series, Target};
use crate::goals::model::note::NoteKind;
use crate::goals::model::{Aim, Kpi};
use crate::goals::store::notes::Note;
use crate::goals::view::aims::{from_micro, weight};
use crate::i18n::{Locale, plain, text};
use crate::judgement::model::card::{Card, Criterion};
use crate::judgement::model::sheet::{Rating, State};
use crate::judgement::store::panels::{self, Progress, Seated, Sheet, Shown};
use crate::judgement::view::sheet::{self, NOTE, SUMMARY, SheetView, criterion_name, filled};
use crate::people::store::Staff;
use crate::web::Who;
use crate::web::drafts;
use crate::web::form::{Check, Field, FieldErrors, Form, FormView};
use crate::web::list::{ListView, Slice};
use crate::web::site::escape;

/// Somebody in a cycle, and what they are to the reader.
#[derive(Clone, Debug)]
pub struct Place {
    pub staff: Staff,
    pub cycle: Cycle,
    pub evaluation: Evaluation,
    /// The reader themselves.
    pub own: bool,
    /// The reader is above them on the cycle's last day.
    pub above: bool,
    /// The reader runs cycles, and it is not about themselves.
    pub hr: bool,
    /// The reader's own staff number.
    pub me: Option<i64>,
    /// The manager can write: in the company still, and with an account in use.
    pub manager_writes: bool,
}

impl Place {
    /// What drafts and the trail call it: `2026Q3/E1042`.
    #[must_use]
    pub fn subject(&self) -> String {
        format!("{}/{}", self.cycle.code, self.staff.employee_no)
    }

    /// The address of a page about them: empty, `/self`, `/review`.
    #[must_use]
    pub fn href(&self, page: &str) -> String {
        format!(
            "/cycles/{}/people/{}{page}",
            escape(&self.cycle.code),
            escape(&self.staff.employee_no)
        )
    }

    /// Whether the reader writes the review that stands with `rater`: see [`may_write`].
    #[must_use]
    pub fn writes(&self, rater: Option<i64>) -> bool {
        may_write(&Reviewer {
            me: self.me,
            person: self.staff.id,
            manager: self.evaluation.manager_id,
            manager_writes: self.manager_writes,
            rater,
            above: self.above,
            hr: self.hr,
        })
    }

    /// Whether the reader may see who is asked: the person, those above, HR.
    #[must_use]
    pub fn sees_peers(&self) -> bool {
        self.own || self.above || self.hr
    }

    /// Whether the reader names colleagues: the person until the manager has confirmed, those above, HR.
    #[must_use]
    pub fn may_name_peers(&self) -> bool {
        let before = self.evaluation.peers_confirmed_at.is_none();
        self.cycle.state == crate::appraisals::model::cycle::State::Evaluation
            && self.evaluation.excused_reason.is_none()
            && ((self.own && before) || self.above || self.hr)
    }
}

/// Which sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Own,
    Peer,
    Review,
    /// Of an earlier manager: words alone.
    Note,
}

impl Kind {
    /// What drafts call its form.
    #[must_use]
    pub fn form(self) -> &'static str {
        match self {
            Kind::Own => "self",
            Kind::Peer => "peer",
            Kind::Review => "review",
            Kind::Note => "note",
        }
    }

    /// The end of its address.
    #[must_use]
    pub fn page(self) -> &'static str {
        match self {
            Kind::Own => "/self",
            Kind::Peer => "/peer-review",
            Kind::Review => "/review",
            Kind::Note => "/note",
        }
    }

    /// The key of its title.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Kind::Own => "self-title",
            Kind::Peer => "peer-title",
            Kind::Review => "review-title",
            Kind::Note => "note-title",
        }
    }

    fn say(self) -> &'static str {
        match self {
            Kind::Own => "self-say",
            Kind::Peer => "peer-say",
            Kind::Review => "review-say",
            Kind::Note => "note-say",
        }
    }

    fn summary(self) -> &'static str {
        match self {
            Kind::Own => "self-summary",
            Kind::Peer => "peer-summary",
            Kind::Review => "review-summary",
            Kind::Note => "note-summary",
        }
    }
}

/// A sheet with what its form is made of.
#[derive(Clone, Debug)]
pub struct Writing {
    pub place: Place,
    pub kind: Kind,
    pub sheet: Sheet,
    pub ratings: Vec<Rating>,
    pub texts: BTreeMap<String, String>,
    pub card: Card,
    pub kpis: Vec<Kpi>,
    /// Whether what is stored may be read.
    pub shown: bool,
    /// Whether the reader may write now.
    pub open: bool,
    pub draft: Option<Draft>,
    /// Every sheet of the panel; beside the manager's also those of colleagues, once their stage is closed.
    pub seats: Vec<Seated>,
    /// Beside the manager's form: how each of these sheets rates, by its number.
    pub rated: HashMap<i64, Vec<Rating>>,
}

impl Writing {
    /// Whether the reader is the one (or one of those) who write this sheet, now or earlier.
    #[must_use]
    pub fn may_write(&self) -> bool {
        match self.kind {
            Kind::Own => self.place.own,
            // Whoever was asked to write as well and comes second sees both, instead of losing what they typed.
            Kind::Review => {
                self.place.writes(self.sheet.rater_id)
                    || (self.place.above && self.sheet.state == State::Submitted)
            }
            Kind::Peer | Kind::Note => true,
        }
    }

    /// Whether the reader may give the review back: those above the writer, and HR.
    #[must_use]
    pub fn may_give_back(&self) -> bool {
        let me = self.place.me;
        let wrote = self.sheet.rater_id.is_some() && self.sheet.rater_id == me;
        // What somebody above wrote in the manager's stead is not the manager's to give back.
        let stood_in = me.is_some() && me == self.place.evaluation.manager_id;
        self.kind == Kind::Review
            && !wrote
            && !stood_in
            && (self.place.above || self.place.hr)
            && self.place.evaluation.submitted_at.is_some()
            && self.place.cycle.state == crate::appraisals::model::cycle::State::Evaluation
    }

    /// Whether the reader may have somebody above write in the manager's stead: HR, until it is sent.
    #[must_use]
    pub fn may_pass_on(&self) -> bool {
        self.kind == Kind::Review
            && self.place.hr
            && self.place.evaluation.manager_id.is_some()
            && self.place.evaluation.excused_reason.is_none()
            && self.sheet.state.is_open()
            && self.place.cycle.state == crate::appraisals::model::cycle::State::Evaluation
    }

    /// The form that passes the review on.
    #[must_use]
    pub fn pass_on(&self, who: &Who) -> FormView {
        let word = |key| plain(who.locale, key);
        let to =
            Field::new("text", "to", word("review-pass-to"), "").hint(word("review-pass-to-hint"));
        let reason = Field::new("textarea", "reason", word("review-pass-reason"), "");
        FormView::new(
            who,
            self.place.href("/review/pass-on"),
            "review-pass-on",
            vec![to, reason],
        )
        .version(self.sheet.row_version)
    }

    /// The same as it is stored alone.
    #[must_use]
    pub fn without_draft(&self) -> Writing {
        Writing {
            draft: None,
            ..self.clone()
        }
    }

    /// Where the browser goes once it is sent. Of a colleague's answer the address says nothing.
    #[must_use]
    pub fn after(&self) -> String {
        match self.kind {
            Kind::Peer => "/?said=peer-sent".to_string(),
            Kind::Note => "/?said=note-sent".to_string(),
            Kind::Own => format!("{}?said=self-sent", self.place.href("/self")),
            Kind::Review => format!("{}?said=review-sent", self.place.href("/review")),
        }
    }
}

/// What was typed, checked.
pub struct Typed {
    pub ratings: Vec<Rating>,
    pub summary: String,
    pub texts: BTreeMap<String, String>,
}

fn kpi_field(code: &str) -> String {
    format!("k_{code}")
}

/// Checks what was typed. None when a field is not one of this form's.
pub fn typed(
    check: &mut Check,
    writing: &Writing,
    sent: &BTreeMap<String, String>,
) -> Option<Typed> {
    let criteria = if writing.kind == Kind::Note {
        &[][..]
    } else {
        writing.card.criteria.as_slice()
    };
    let mut known: BTreeSet<String> = BTreeSet::from(["summary".to_string()]);
    known.extend(sheet::names(criteria));
    known.extend(writing.kpis.iter().map(|kpi| kpi_field(&kpi.code)));
    if sent.keys().any(|name| !known.contains(name)) {
        return None;
    }
    let value = |name: &str| sent.get(name).map_or("", String::as_str);
    let ratings = if writing.kind == Kind::Note {
        Vec::new()
    } else {
        sheet::typed(check, &writing.card, sent)
    };
    let mut texts = BTreeMap::new();
    for kpi in &writing.kpis {
        let field = kpi_field(&kpi.code);
        if let Some(said) = check.optional(&field, value(&field), NOTE) {
            texts.insert(kpi.code.clone(), said);
        }
    }
    let summary = match writing.kind {
        Kind::Peer => check.optional("summary", value("summary"), SUMMARY),
        _ => Some(check.required("summary", value("summary"), SUMMARY)),
    };
    Some(Typed {
        ratings,
        summary: summary.unwrap_or_default(),
        texts,
    })
}

/// The form of a sheet, with the reader's draft if there is one.
#[must_use]
pub fn form(who: &Who, writing: &Writing) -> FormView {
    let locale = who.locale;
    let word = |key| plain(locale, key);
    let mut fields = Vec::new();
    if !writing.kpis.is_empty() {
        fields.push(Field::new("heading", "", word("self-kpis"), "").hint(word("self-kpis-say")));
    }
    for kpi in &writing.kpis {
        let said = writing.texts.get(&kpi.code).map_or("", String::as_str);
        let name = locale.pick(&kpi.name_zh, &kpi.name_en);
        let mut field = Field::new("textarea", &kpi_field(&kpi.code), name, said).optional();
        field.rows = 2;
        fields.push(field);
    }
    if writing.kind != Kind::Note {
        let title = locale.pick(&writing.card.name_zh, &writing.card.name_en);
        fields.push(Field::new("heading", "", title, ""));
        for criterion in &writing.card.criteria {
            fields.extend(criterion_fields(locale, writing, criterion));
        }
    }
    let summary = if writing.shown {
        &writing.sheet.summary
    } else {
        ""
    };
    let words = Field::new("textarea", "summary", word(writing.kind.summary()), summary);
    fields.push(match writing.kind {
        Kind::Peer => words.optional(),
        _ => words,
    });
    let page = writing.place.href(writing.kind.page());
    let address = drafts::address(writing.kind.form(), &writing.place.subject(), &page);
    let submit = match writing.kind {
        Kind::Review => "review-submit",
        _ => "sheet-submit",
    };
    let draft = writing
        .draft
        .as_ref()
        .map(|draft| (&draft.typed, drafts::when(who, draft)));
    FormView::new(who, page, submit, fields)
        .version(writing.sheet.row_version)
        .drafted(locale, address, draft)
}

fn criterion_fields(locale: Locale, writing: &Writing, criterion: &Criterion) -> [Field; 2] {
    let name = criterion_name(locale, criterion);
    let label = if writing.kind == Kind::Review {
        let slots = [
            ("name", name.into()),
            ("weight", weight(locale, criterion.weight_bp).into()),
        ];
        text(locale, "criterion-weighted", &slots)
    } else {
        name.to_string()
    };
    sheet::criterion_fields(locale, criterion, &writing.ratings, &label)
}

/// What stands beside the manager's form.
pub struct Beside {
    pub versions: Vec<SheetVersion>,
    /// Of the person, oldest first, that of the cycle last.
    pub quarters: Vec<QuarterFigures>,
    /// What the person says of their KPIs, by code.
    pub texts: BTreeMap<String, String>,
    /// Check-ins, praise, incidents of the cycle's days, the newest first.
    pub notes: Vec<Note>,
}

/// A note beside the form.
#[derive(Serialize)]
struct NoteView {
    day: String,
    kind: &'static str,
    author: String,
    body: String,
}

fn note_view(locale: Locale, note: &Note) -> NoteView {
    let kind = NoteKind::parse(&note.kind).unwrap_or(NoteKind::CheckIn);
    NoteView {
        day: note.day.to_string(),
        kind: plain(
            locale,
            match kind {
                NoteKind::CheckIn => "review-note-check-in",
                NoteKind::Coaching => "review-note-coaching",
                NoteKind::Praise => "review-note-praise",
                NoteKind::Incident => "review-note-incident",
            },
        ),
        author: match &note.author {
            Some((zh, en)) => locale.pick(zh, en).to_string(),
            None => note.written_by.clone(),
        },
        body: note.body.clone(),
    }
}

/// A KPI beside the form.
#[derive(Serialize)]
struct KpiRow {
    name: String,
    of_team: bool,
    value: Option<String>,
    bracket: Option<String>,
    none: Option<String>,
    target: String,
    weight: String,
    said: Option<String>,
    href: Option<String>,
}

/// What colleagues say together.
#[derive(Serialize)]
pub struct PeersView {
    rows: Vec<PeerRow>,
    summaries: Vec<String>,
}

#[derive(Serialize)]
struct PeerRow {
    name: String,
    /// In whole levels.
    mean: Option<String>,
    anchor: Option<String>,
    notes: Vec<String>,
}

fn together(locale: Locale, card: &Card, shown: &Shown) -> PeersView {
    let row = |criterion: &Criterion| {
        let found = &shown.outcome.criteria;
        let mean = found
            .iter()
            .find(|t| t.criterion == criterion.code)
            .and_then(|t| t.whole());
        let notes = shown.notes.iter().find(|(code, _)| *code == criterion.code);
        peer_row(
            locale,
            criterion,
            mean,
            notes.map_or_else(Vec::new, |n| n.1.clone()),
        )
    };
    PeersView {
        rows: card.criteria.iter().map(row).collect(),
        summaries: shown.summaries.clone(),
    }
}

fn peer_row(
    locale: Locale,
    criterion: &Criterion,
    mean: Option<i64>,
    notes: Vec<String>,
) -> PeerRow {
    let level = criterion
        .levels
        .iter()
        .find(|l| Some(l.points_h) == mean.map(|m| m * 100));
    PeerRow {
        name: criterion_name(locale, criterion).to_string(),
        mean: mean.map(|m| m.to_string()),
        anchor: level.map(|l| locale.pick(&l.anchor_zh, &l.anchor_en).to_string()),
        notes,
    }
}

/// A page with a sheet: to be filled in, or filled in, with what stands beside it.
#[derive(Serialize)]
pub struct SheetPage {
    say: &'static str,
    state: Chip,
    returned: Option<String>,
    form: Option<FormView>,
    /// A button of its own: a colleague would rather not.
    decline: Option<Post>,
    filled: Option<SheetView>,
    /// Texts on KPIs of the one's own review, name and text.
    texts: Vec<(String, String)>,
    give_back: Option<FormView>,
    pass_on: Option<FormView>,
    kpis: Vec<KpiRow>,
    trends: Vec<Series>,
    links: Vec<(String, String)>,
    notes: Vec<NoteView>,
    others: Vec<SheetView>,
    peers: Option<PeersView>,
    beside: bool,
}

/// A button that changes something.
#[derive(Serialize)]
pub struct Post {
    action: String,
    csrf: String,
    once: String,
    row_version: i32,
}

impl SheetPage {
    /// The page again, the form that passes the review on refused.
    pub fn refuse_pass<T>(&mut self, locale: Locale, form: &Form<T>, errors: Option<&FieldErrors>) {
        self.pass_on = self
            .pass_on
            .take()
            .map(|shown| shown.refused(locale, form, errors));
    }

    /// The page again, the form that gives the review back refused.
    pub fn refuse_back<T>(&mut self, locale: Locale, form: &Form<T>, errors: &FieldErrors) {
        self.give_back = self
            .give_back
            .take()
            .map(|shown| shown.again(locale, form, errors));
    }
}

/// The state of a sheet in a word.
fn state_chip(locale: Locale, state: State) -> Chip {
    let (signal, key) = match state {
        State::Submitted => ("is-good", "sheet-state-submitted"),
        State::Draft => ("is-watch", "sheet-state-draft"),
        State::Declined => ("is-unknown", "sheet-state-declined"),
        State::Proposed | State::Invited => ("is-unknown", "sheet-state-invited"),
    };
    Chip {
        signal,
        word: plain(locale, key).to_string(),
    }
}

/// The page of a sheet.
///
/// # Errors
/// When what the person says of their KPIs cannot be read.
pub fn sheet(
    who: &Who,
    writing: &Writing,
    form: Option<FormView>,
    beside: Option<&Beside>,
) -> Result<SheetPage> {
    let locale = who.locale;
    let place = &writing.place;
    let title = plain(locale, writing.kind.title()).to_string();
    let filled = (writing.shown && form.is_none())
        .then(|| filled(who, title, &writing.card, &writing.sheet, &writing.ratings));
    let texts = writing
        .kpis
        .iter()
        .filter_map(|kpi| {
            let said = writing.texts.get(&kpi.code)?.clone();
            Some((locale.pick(&kpi.name_zh, &kpi.name_en).to_string(), said))
        })
        .collect();
    let decline = (writing.kind == Kind::Peer && writing.open).then(|| Post {
        action: place.href("/peer-review/decline"),
        csrf: who.form_token(),
        once: crate::accounts::store::random_token(),
        row_version: writing.sheet.row_version,
    });
    let give_back = writing.may_give_back().then(|| {
        let reason = Field::new(
            "textarea",
            "reason",
            plain(locale, "review-back-reason"),
            "",
        )
        .hint(plain(locale, "review-back-hint"));
        FormView::new(
            who,
            place.href("/review/return"),
            "review-give-back",
            vec![reason],
        )
        .version(writing.sheet.row_version)
    });
    let returned = place
        .evaluation
        .returned_reason
        .clone()
        .filter(|_| writing.kind == Kind::Review);
    let rules = &place.cycle.rules;
    Ok(SheetPage {
        say: plain(locale, writing.kind.say()),
        state: state_chip(locale, writing.sheet.state),
        returned,
        decline,
        texts: if filled.is_some() { texts } else { Vec::new() },
        filled,
        form,
        give_back,
        pass_on: writing.may_pass_on().then(|| writing.pass_on(who)),
        kpis: beside.map_or_else(Vec::new, |b| kpi_rows(locale, place, b)),
        trends: beside.map_or_else(Vec::new, |b| trends(locale, rules, b)),
        links: beside.map_or_else(Vec::new, |_| links(who, place)),
        notes: beside.map_or_else(Vec::new, |b| {
            b.notes.iter().map(|note| note_view(locale, note)).collect()
        }),
        others: beside.map_or_else(Vec::new, |_| others(who, writing)),
        peers: beside.and_then(|_| colleagues(locale, writing)),
        beside: beside.is_some(),
    })
}

fn kpi_rows(locale: Locale, place: &Place, beside: &Beside) -> Vec<KpiRow> {
    let Some(version) = beside.versions.last() else {
        return Vec::new();
    };
    let now = beside.quarters.last();
    let quarter = Quarter::from_index(place.cycle.quarter).code();
    version
        .items
        .iter()
        .filter_map(|item| {
            let kpi = place.cycle.rules.kpi(&item.kpi)?;
            let gauge = Gauge::of(kpi, locale);
            let of_team = item.subject == Subject::Team;
            let figure = kpi
                .measure
                .and_then(|measure| now?.figures.get(&measure))
                .filter(|_| !of_team);
            let reading = gauge.read(figure);
            let person = escape(&place.staff.employee_no);
            Some(KpiRow {
                name: gauge.name.to_string(),
                of_team,
                value: reading.estimate.value.map(|v| gauge.full(v)),
                bracket: reading
                    .estimate
                    .value
                    .map(|_| gauge.bracket(&reading.estimate)),
                none: gauge
                    .why_not(reading.status, reading.estimate.n)
                    .filter(|_| !of_team && kpi.measure.is_some()),
                target: gauge.goal(&item.aim),
                weight: weight(locale, item.weight_bp),
                said: beside.texts.get(&item.kpi).cloned(),
                href: kpi.measure.filter(|_| !of_team).map(|measure| {
                    let code = measure.code();
                    format!("/people/{person}/measures/{code}?quarter={quarter}")
                }),
            })
        })
        .collect()
}

/// The course of each KPI of the sheet over the quarters, with its intervals and the target.
fn trends(locale: Locale, rules: &Rules, beside: &Beside) -> Vec<Series> {
    let Some(version) = beside.versions.last() else {
        return Vec::new();
    };
    let labels: Vec<String> = beside.quarters.iter().map(|q| q.quarter.code()).collect();
    version
        .items
        .iter()
        .filter(|item| item.subject == Subject::Own)
        .filter_map(|item| {
            let kpi = rules.kpi(&item.kpi)?;
            let measure = kpi.measure?;
            let gauge = Gauge::of(kpi, locale);
            let past: Vec<_> = labels
                .iter()
                .zip(&beside.quarters)
                .map(|(label, q)| (label.as_str(), q.figures.get(&measure)))
                .collect();
            let target = match item.aim {
                Aim::Steps { target_u, .. } => Some(Target {
                    value: from_micro(target_u),
                    label: gauge.target(&item.aim),
                }),
                Aim::Band { .. } => None,
            };
            series::quarters(gauge, &past, target.as_ref())
        })
        .collect()
}

/// Where the rest of the evidence is.
fn links(who: &Who, place: &Place) -> Vec<(String, String)> {
    let person = format!("/people/{}", escape(&place.staff.employee_no));
    let quarter = Quarter::from_index(place.cycle.quarter).code();
    let (from, to) = (place.cycle.starts_on, place.cycle.ends_on);
    let mut links = Vec::new();
    let mut add = |key: &str, href: String| links.push((plain(who.locale, key).to_string(), href));
    if who.may(Permission::ViewFigures) {
        add(
            "review-measures",
            format!("{person}/measures?quarter={quarter}"),
        );
        add(
            "review-records",
            format!("{person}/records?from={from}&to={to}"),
        );
        let complaints = RowKind::Complaint.code();
        let found = format!("{person}/records?kind={complaints}&from={from}&to={to}");
        add("review-complaints", found);
    }
    add("review-result", place.href(""));
    links
}

/// The other sheets: what the person says, and the notes of earlier managers.
fn others(who: &Who, writing: &Writing) -> Vec<SheetView> {
    let locale = who.locale;
    let of_panel = |seat: &&Seated| seat.sheet.panel_id == writing.sheet.panel_id;
    writing
        .seats
        .iter()
        .filter(of_panel)
        .filter(|seat| seat.sheet.state == State::Submitted && seat.sheet.role != MANAGER)
        .map(|seat| {
            let title = if seat.sheet.role == SELF {
                plain(locale, "self-title").to_string()
            } else {
                let name = seat.rater.as_ref().map_or("", |p| locale.pick(&p.2, &p.3));
                text(locale, "note-of", &[("name", name.into())])
            };
            debug_assert!(seat.sheet.role == SELF || seat.sheet.role == FORMER);
            let ratings = writing.rated.get(&seat.sheet.id);
            let ratings = ratings.map_or(&[][..], Vec::as_slice);
            filled(who, title, &writing.card, &seat.sheet, ratings)
        })
        .collect()
}

/// What colleagues said together, where that may be read.
fn colleagues(locale: Locale, writing: &Writing) -> Option<PeersView> {
    let rules = &writing.place.cycle.rules;
    let card = rules.peer_card()?;
    let theirs = |seat: &&Seated| seat.sheet.panel_id != writing.sheet.panel_id;
    let seats = writing.seats.iter().filter(theirs);
    let panel = seats.clone().next()?.panel;
    let sheets = seats.map(|seat| {
        let rated = writing.rated.get(&seat.sheet.id).cloned();
        (&seat.sheet, rated.unwrap_or_default())
    });
    let shown = panels::outcome_of(&panel, sheets.collect(), card, rules.min_weight_bp)?;
    Some(together(locale, card, &shown))
}

/// Everything the page of colleagues is made of.
pub struct PeersSeen {
    pub place: Place,
    pub card: Card,
    pub seats: Vec<Sheet>,
    /// Those who are asked, where the reader may see them.
    pub people: Vec<Person>,
    pub candidates: Vec<Person>,
    pub shown: Option<Shown>,
    pub may_name: bool,
}

impl PeersSeen {
    /// Employee numbers of those who were asked and have not declined.
    #[must_use]
    pub fn asked_numbers(&self) -> Vec<String> {
        self.asked().map(|p| p.1.clone()).collect()
    }

    fn asked(&self) -> impl Iterator<Item = &Person> {
        let asked = |s: &&Sheet| !matches!(s.state, State::Proposed | State::Declined);
        let ids: BTreeSet<i64> = self
            .seats
            .iter()
            .filter(asked)
            .filter_map(|s| s.rater_id)
            .collect();
        self.people.iter().filter(move |p| ids.contains(&p.0))
    }

    fn of_state(&self, state: State) -> Vec<&Person> {
        let ids: BTreeSet<i64> = self
            .seats
            .iter()
            .filter(|s| s.state == state)
            .filter_map(|s| s.rater_id)
            .collect();
        self.people.iter().filter(|p| ids.contains(&p.0)).collect()
    }
}

/// The page of colleagues.
#[derive(Serialize)]
pub struct Peers {
    say: String,
    state: Chip,
    /// Names of those who are asked, before the stage is closed.
    asked: Vec<String>,
    proposed: Vec<String>,
    /// Names of those who have not answered: for HR alone.
    missing: Vec<String>,
    names_missing: bool,
    form: Option<FormView>,
    shown: Option<PeersView>,
    withheld: bool,
}

fn names(locale: Locale, people: &[&Person]) -> Vec<String> {
    people
        .iter()
        .map(|p| format!("{} {}", locale.pick(&p.2, &p.3), p.1))
        .collect()
}

/// How far colleagues are: `2 of 4`. Once the stage is closed nothing but that it is.
fn peers_chip(locale: Locale, closed: bool, confirmed: bool, progress: Option<&Progress>) -> Chip {
    let chip = |signal, word: String| Chip { signal, word };
    match progress {
        _ if closed => chip("is-good", plain(locale, "peers-state-closed").to_string()),
        Some(p) if confirmed => {
            let slots = [("n", p.submitted.into()), ("of", p.asked.into())];
            chip("is-unknown", text(locale, "peers-state-count", &slots))
        }
        Some(_) => chip(
            "is-watch",
            plain(locale, "peers-state-proposed").to_string(),
        ),
        None => chip("is-unknown", plain(locale, "peers-state-none").to_string()),
    }
}

/// Counts the seats of one panel.
fn count(seats: &[Sheet]) -> Option<Progress> {
    let of = |states: &[State]| seats.iter().filter(|s| states.contains(&s.state)).count() as i64;
    (!seats.is_empty()).then(|| Progress {
        asked: of(&[State::Invited, State::Draft, State::Submitted]),
        submitted: of(&[State::Submitted]),
        declined: of(&[State::Declined]),
        proposed: of(&[State::Proposed]),
    })
}

/// The page of colleagues; `refused` is the form that names them, if it was refused.
#[must_use]
pub fn peers(who: &Who, seen: &PeersSeen, refused: Option<FormView>) -> Peers {
    let locale = who.locale;
    let evaluation = &seen.place.evaluation;
    let closed = evaluation.peers_closed_at.is_some();
    let confirmed = evaluation.peers_confirmed_at.is_some();
    let asked: Vec<&Person> = seen.asked().collect();
    let say = match (closed, seen.place.own, confirmed) {
        (true, ..) => "peers-say-closed",
        (_, true, false) => "peers-say-own",
        (_, true, true) => "peers-say-asked",
        (_, false, false) => "peers-say-confirm",
        (_, false, true) => "peers-say-confirmed",
    };
    let missing = if seen.place.hr && !closed {
        seen.of_state(State::Invited)
    } else {
        Vec::new()
    };
    Peers {
        say: plain(locale, say).to_string(),
        state: peers_chip(locale, closed, confirmed, count(&seen.seats).as_ref()),
        asked: names(locale, &asked),
        proposed: names(locale, &seen.of_state(State::Proposed)),
        names_missing: !missing.is_empty(),
        missing: names(locale, &missing),
        form: refused.or_else(|| seen.may_name.then(|| naming(who, seen))),
        withheld: closed && seen.shown.is_none(),
        shown: seen
            .shown
            .as_ref()
            .map(|shown| together(locale, &seen.card, shown)),
    }
}

/// The form that names colleagues: those proposed are filled in, those asked already are not to be chosen again.
#[must_use]
pub fn naming(who: &Who, seen: &PeersSeen) -> FormView {
    let locale = who.locale;
    let word = |key| plain(locale, key);
    let asked: BTreeSet<i64> = seen.asked().map(|p| p.0).collect();
    let proposed = seen.of_state(State::Proposed);
    let places = 5 - asked.len().min(5);
    let offered: BTreeMap<&str, String> = seen
        .candidates
        .iter()
        .chain(proposed.iter().copied())
        .filter(|p| !asked.contains(&p.0))
        .map(|p| (p.1.as_str(), format!("{} {}", locale.pick(&p.2, &p.3), p.1)))
        .collect();
    let mut fields: Vec<Field> = (1..=places)
        .map(|at| {
            let label = text(locale, "peers-nth", &[("n", (at as i64).into())]);
            let value = proposed.get(at - 1).map_or("", |p| p.1.as_str());
            let nobody = (String::new(), word("peers-nobody").to_string());
            let offered = offered
                .iter()
                .map(|(no, name)| (no.to_string(), name.clone()));
            let field = Field::new("select", &format!("peer_{at}"), &label, value)
                .options([nobody].into_iter().chain(offered));
            // The first three are needed, those asked already among them.
            if asked.len() + at > 3 {
                field.optional()
            } else {
                field
            }
        })
        .collect();
    fields.push(
        Field::new("text", "others", word("peers-others"), "")
            .hint(word("peers-others-hint"))
            .optional(),
    );
    let submit = if seen.place.own {
        "peers-propose"
    } else {
        "peers-confirm"
    };
    FormView::new(who, seen.place.href("/peers"), submit, fields)
        .version(seen.place.evaluation.row_version)
}

/// The list of reviews.
#[derive(Serialize)]
pub struct List {
    list: ListView,
    rows: Vec<ListRow>,
    peers: bool,
    close: Option<Post>,
}

#[derive(Serialize)]
struct ListRow {
    name: String,
    no: String,
    href: String,
    own: Chip,
    own_href: String,
    peers: Chip,
    peers_href: String,
    review: Chip,
}

fn said_chip(locale: Locale, said: bool) -> Chip {
    let (signal, key) = if said {
        ("is-good", "review-yes")
    } else {
        ("is-unknown", "review-no")
    };
    Chip {
        signal,
        word: plain(locale, key).to_string(),
    }
}

fn review_chip(locale: Locale, row: &Row) -> Chip {
    let (signal, key) = match row {
        Row {
            excused: Some(_), ..
        } => ("is-unknown", "cycle-is-excused"),
        Row {
            submitted_at: Some(_),
            ..
        } => ("is-good", "sheet-state-submitted"),
        Row {
            returned_reason: Some(_),
            ..
        } => ("is-watch", "sheet-state-draft"),
        _ => ("is-unknown", "sheet-state-invited"),
    };
    Chip {
        signal,
        word: plain(locale, key).to_string(),
    }
}

fn row_peers(locale: Locale, row: &Row, progress: &HashMap<i64, Progress>) -> Chip {
    let found = row.peer_panel_id.and_then(|id| progress.get(&id));
    let (closed, confirmed) = (
        row.peers_closed_at.is_some(),
        row.peers_confirmed_at.is_some(),
    );
    peers_chip(locale, closed, confirmed, found)
}

fn show_name(locale: Locale, show: Show) -> &'static str {
    plain(
        locale,
        match show {
            Show::All => "reviews-all",
            Show::Waiting => "reviews-waiting",
            Show::Returned => "reviews-returned",
            Show::Submitted => "reviews-submitted",
        },
    )
}

/// A page of the list.
#[must_use]
pub fn list(
    who: &Who,
    cycle: &Cycle,
    shown: Show,
    slice: Slice<Row>,
    counted: i64,
    progress: &HashMap<i64, Progress>,
) -> List {
    let locale = who.locale;
    let query = [("show", shown.code())];
    let here = format!("/cycles/{}/reviews", escape(&cycle.code));
    let filter = Field::new(
        "select",
        "show",
        plain(locale, "reviews-show"),
        shown.code(),
    )
    .options(Show::ALL.map(|s| (s.code().to_string(), show_name(locale, s).to_string())));
    let list = ListView::new(who, &here, &query, &slice, counted, |row| {
        (row.sort_key.clone(), row.staff_id)
    })
    .filters(vec![filter])
    .export(&query);
    let asks = cycle.rules.peer_card().is_some();
    let in_evaluation = cycle.state == crate::appraisals::model::cycle::State::Evaluation;
    let close = (asks && in_evaluation && who.may(Permission::RunCycles)).then(|| Post {
        action: format!("{here}/close-peers"),
        csrf: who.form_token(),
        once: crate::accounts::store::random_token(),
        row_version: cycle.row_version,
    });
    List {
        list,
        peers: asks,
        close,
        rows: slice
            .rows
            .iter()
            .map(|row| {
                let person = format!(
                    "/cycles/{}/people/{}",
                    escape(&cycle.code),
                    escape(&row.employee_no)
                );
                ListRow {
                    name: locale.pick(&row.name, &row.name_en).to_string(),
                    no: row.employee_no.clone(),
                    href: format!("{person}/review"),
                    own: said_chip(locale, row.self_submitted_at.is_some()),
                    own_href: format!("{person}/self"),
                    peers: row_peers(locale, row, progress),
                    peers_href: format!("{person}/peers"),
                    review: review_chip(locale, row),
                }
            })
            .collect(),
    }
}

/// The rows of the export.
#[must_use]
pub fn export(
    locale: Locale,
    zone: Zone,
    rows: &[Row],
    progress: &HashMap<i64, Progress>,
) -> Vec<Vec<String>> {
    let head = [
        "people-number",
        "people-name",
        "self-title",
        "peers-title",
        "review-title",
        "review-submitted-at",
    ];
    let head = head.map(|key| plain(locale, key).to_string()).to_vec();
    let cells = rows.iter().map(|row| {
        let at = row
            .submitted_at
            .map(|at| zone.local(at).format("%Y-%m-%d %H:%M").to_string());
        vec![
            row.employee_no.clone(),
            locale.pick(&row.name, &row.name_en).to_string(),
            said_chip(locale, row.self_submitted_at.is_some()).word,
            row_peers(locale, row, progress).word,
            review_chip(locale, row).word,
            at.unwrap_or_default(),
        ]
    });
    std::iter::once(head).chain(cells).collect()
}

/// The reviews of somebody in a cycle, as ways from their page.
#[derive(Serialize)]
pub struct Way {
    text: &'static str,
    href: String,
    state: Chip,
}

/// The ways to a person's reviews that the reader may go.
#[must_use]
pub fn ways(locale: Locale, place: &Place) -> Vec<Way> {
    let evaluation = &place.evaluation;
    if evaluation.panel_id.is_none() {
        return Vec::new();
    }
    let way = |key, page: &str, state| Way {
        text: plain(locale, key),
        href: place.href(page),
        state,
    };
    let said = said_chip(locale, evaluation.self_submitted_at.is_some());
    let mut ways = vec![way("self-title", "/self", said)];
    if place.cycle.rules.peer_card().is_some() {
        let (closed, confirmed) = (
            evaluation.peers_closed_at.is_some(),
            evaluation.peers_confirmed_at.is_some(),
        );
        let state = if closed {
            "peers-state-closed"
        } else if confirmed {
            "peers-state-asked"
        } else if evaluation.peer_panel_id.is_some() {
            "peers-state-proposed"
        } else {
            "peers-state-none"
        };
        let chip = Chip {
            signal: if closed { "is-good" } else { "is-unknown" },
            word: plain(locale, state).to_string(),
        };
        ways.push(way("peers-title", "/peers", chip));
    }
    if !place.own {
        let state = match (&evaluation.submitted_at, &evaluation.returned_reason) {
            (Some(_), _) => State::Submitted,
            (None, Some(_)) => State::Draft,
            (None, None) => State::Invited,
        };
        ways.push(way("review-title", "/review", state_chip(locale, state)));
    }
    ways
}
