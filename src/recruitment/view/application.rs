//! The page of an application: where it stands, what was answered and what a person says of it, what happened. Pure.

use serde::Serialize;

use crate::appraisals::view::cycles::moment;
use crate::i18n::{self, Locale, hundredths, plain};
use crate::people::view::person_href;
use crate::recruitment::model::codes::{ApplicationState, OpeningState, Reason};
use crate::recruitment::model::opening::{Question, Rule};
use crate::recruitment::store::candidates::{Attached, Move};
use crate::recruitment::store::reading::{Answered, Application, Stage};
use crate::recruitment::view::candidates::{application_href, called, candidate_href};
use crate::recruitment::view::names::{
    Chip, Fact, fact, reason_name, reasons, source_name, state_chip,
};
use crate::recruitment::view::openings::{application_state, asked};
use crate::recruitment::view::profile::{File, doer, files};
use crate::recruitment::view::rounds::{Tab, tabs};
use crate::web::Who;
use crate::web::form::{Field, FormView};
use crate::web::site::escape;

/// An application with everything that a reader may see.
pub struct Whole {
    pub application: Application,
    pub stages: Vec<Stage>,
    pub questions: Vec<Question>,
    pub answers: Vec<Answered>,
    pub moves: Vec<Move>,
    pub attachments: Vec<Attached>,
    /// Whether the reader has still to judge it without knowing whose it is.
    pub blind: bool,
}

/// The page.
#[derive(Serialize)]
pub struct Page {
    code: String,
    blind: bool,
    state: Chip,
    tabs: Vec<Tab>,
    steps: Vec<StepView>,
    facts: Vec<Fact>,
    answers: Vec<AnswerView>,
    attachments: Vec<File>,
    history: Vec<Happened>,
    pub forms: Forms,
}

/// What can be done: none where it cannot, or by others only.
#[derive(Default, Serialize)]
pub struct Forms {
    pub stage: Option<FormView>,
    pub reject: Option<FormView>,
    pub withdraw: Option<FormView>,
    pub reopen: Option<FormView>,
}

/// A stage of the way.
#[derive(Serialize)]
struct StepView {
    text: String,
    state: &'static str,
    note: Option<String>,
}

/// An answer to a question.
#[derive(Serialize)]
pub struct AnswerView {
    pub position: i32,
    question: String,
    needed: String,
    answer: String,
    /// What the rule finds, or a person says.
    verdict: Chip,
    said: Option<String>,
    reason: Option<String>,
    pub form: Option<FormView>,
}

/// Something that happened.
#[derive(Serialize)]
pub struct Happened {
    at: String,
    what: String,
    by: String,
    application: Option<(String, String)>,
    reason: Option<&'static str>,
    note: String,
}

/// A move in words; `whose` says of which application where several are told of.
#[must_use]
pub fn happened(who: &Who, one: &Move, whose: bool) -> Happened {
    let locale = who.locale;
    let name = |stage: &(String, String)| locale.pick(&stage.0, &stage.1).to_string();
    let what = match (&one.from, &one.to, one.state) {
        (Some(from), Some(to), _) => i18n::text(
            locale,
            "application-moved",
            &[("from", name(from).into()), ("to", name(to).into())],
        ),
        (None, Some(to), _) => {
            i18n::text(locale, "application-entered", &[("to", name(to).into())])
        }
        (_, None, state) => application_state(locale, state).to_string(),
    };
    Happened {
        at: moment(who, one.at),
        what,
        by: doer(locale, one.by.as_deref()),
        application: whose.then(|| (one.application.clone(), application_href(&one.application))),
        reason: one
            .reason
            .as_deref()
            .and_then(Reason::parse)
            .map(|reason| reason_name(locale, reason)),
        note: one.note.clone(),
    }
}

/// The page of an application.
#[must_use]
pub fn page(who: &Who, whole: &Whole, manages: bool) -> Page {
    let of = &whole.application;
    Page {
        code: of.code.clone(),
        blind: whole.blind,
        state: state_chip(who.locale, of.state),
        tabs: tabs(who.locale, &of.code, ""),
        steps: steps(who, whole),
        facts: facts(who, whole),
        answers: answers(who, whole, manages),
        attachments: if whole.blind {
            Vec::new()
        } else {
            files(who, &of.candidate.0, &whole.attachments)
        },
        history: whole
            .moves
            .iter()
            .map(|m| happened(who, m, false))
            .collect(),
        forms: if manages && !of.erased {
            forms(who, whole)
        } else {
            Forms::default()
        },
    }
}

fn steps(who: &Who, whole: &Whole) -> Vec<StepView> {
    let of = &whole.application;
    whole
        .stages
        .iter()
        .map(|stage| StepView {
            text: who.locale.pick(&stage.name_zh, &stage.name_en).to_string(),
            state: match stage.position.cmp(&of.stage.position) {
                std::cmp::Ordering::Less => "done",
                std::cmp::Ordering::Equal if of.state == ApplicationState::Hired => "done",
                std::cmp::Ordering::Equal => "current",
                std::cmp::Ordering::Greater => "todo",
            },
            note: (stage.id == of.stage.id).then(|| moment(who, of.entered_at)),
        })
        .collect()
}

fn facts(who: &Who, whole: &Whole) -> Vec<Fact> {
    let (of, locale) = (&whole.application, who.locale);
    let candidate = called(locale, &of.candidate, whole.blind);
    let opening = locale.pick(&of.opening.1, &of.opening.2);
    let mut facts = vec![
        fact(locale, "candidate-one", Some(candidate)).to(Some(candidate_href(&of.candidate.0))),
        fact(
            locale,
            "candidate-opening",
            Some(format!("{} {opening}", of.opening.0)),
        )
        .to(Some(format!("/openings/{}", escape(&of.opening.0)))),
        fact(
            locale,
            "candidate-source",
            Some(source_name(locale, of.source).to_string()),
        ),
        fact(
            locale,
            "candidate-applied",
            Some(moment(who, of.applied_at)),
        ),
    ];
    if let Some(total) = of.total_h {
        facts.push(fact(locale, "application-total", Some(hundredths(total))));
    }
    if let Some(at) = of.closed_at {
        facts.push(fact(locale, "application-closed", Some(moment(who, at))));
        let by = of.decided_by.as_deref();
        facts.push(fact(
            locale,
            "application-decided-by",
            by.map(str::to_string),
        ));
    }
    if let Some(reason) = of.reason.as_deref().and_then(Reason::parse) {
        facts.push(fact(
            locale,
            "application-reason",
            Some(reason_name(locale, reason).to_string()),
        ));
    }
    if let Some(no) = &of.hired {
        facts.push(fact(locale, "candidate-employee", Some(no.clone())).to(Some(person_href(no))));
    }
    facts
}

/// An answer as it reads.
fn answer_text(locale: Locale, question: Option<&Question>, answer: &str) -> String {
    match (question.map(|q| &q.rule), answer) {
        (Some(Rule::YesNo { .. }), "yes") => plain(locale, "application-answer-yes").to_string(),
        (Some(Rule::YesNo { .. }), "no") => plain(locale, "application-answer-no").to_string(),
        (Some(Rule::Choice { options }), place) => {
            let at = place.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
            let option = at.and_then(|at| options.get(at));
            option.map_or_else(
                || answer.to_string(),
                |o| locale.pick(&o.zh, &o.en).to_string(),
            )
        }
        _ => answer.to_string(),
    }
}

fn answers(who: &Who, whole: &Whole, manages: bool) -> Vec<AnswerView> {
    let (of, locale) = (&whole.application, who.locale);
    let chip = |key, signal| Chip {
        word: plain(locale, key),
        signal,
    };
    whole
        .answers
        .iter()
        .map(|given| {
            let place = usize::try_from(given.position - 1).ok();
            let question = place.and_then(|at| whole.questions.get(at));
            let told = question
                .map(|q| asked(locale, std::slice::from_ref(q)))
                .and_then(|mut all| all.pop());
            let may = manages && given.failed && of.state == ApplicationState::Active;
            AnswerView {
                position: given.position,
                question: told.as_ref().map_or_else(String::new, |t| t.text.clone()),
                needed: told.map_or_else(String::new, |t| t.needed),
                answer: answer_text(locale, question, &given.answer),
                verdict: match (given.failed, given.stands) {
                    (false, _) => chip("application-answer-met", "is-good"),
                    (true, None) => chip("application-answer-open", "is-watch"),
                    (true, Some(true)) => chip("application-answer-unmet", "is-bad"),
                    (true, Some(false)) => chip("application-answer-let-pass", "is-good"),
                },
                said: given.at.map(|at| {
                    let by = given.by.clone().unwrap_or_default();
                    format!("{by} · {}", moment(who, at))
                }),
                reason: given.reason.clone(),
                form: may.then(|| confirm_form(who, of, given)),
            }
        })
        .collect()
}

fn confirm_form(who: &Who, of: &Application, given: &Answered) -> FormView {
    let word = |key| plain(who.locale, key);
    let stands = match given.stands {
        Some(true) => "yes",
        Some(false) => "no",
        None => "",
    };
    let choices = [
        (
            "yes".to_string(),
            word("application-answer-stands").to_string(),
        ),
        (
            "no".to_string(),
            word("application-answer-falls").to_string(),
        ),
    ];
    let fields = vec![
        Field::new("hidden", "position", "", &given.position.to_string()),
        Field::new(
            "radio",
            "stands",
            word("application-answer-verdict"),
            stands,
        )
        .options(choices),
        Field::new("textarea", "reason", word("application-answer-reason"), ""),
    ];
    let action = format!("{}/answers", application_href(&of.code));
    FormView::new(who, action, "application-answer-submit", fields).version(of.row_version)
}

fn forms(who: &Who, whole: &Whole) -> Forms {
    let of = &whole.application;
    let word = |key| plain(who.locale, key);
    let action = format!("{}/step", application_href(&of.code));
    let form = |step: &str, submit: &str, mut fields: Vec<Field>| {
        fields.push(Field::new("hidden", "step", "", step));
        Some(FormView::new(who, action.clone(), submit, fields).version(of.row_version))
    };
    match of.state {
        ApplicationState::Active => {
            // The next stage is what is usually meant.
            let next = whole.stages.iter().find(|s| s.position > of.stage.position);
            let others = whole.stages.iter().filter(|s| s.id != of.stage.id);
            let options: Vec<(String, String)> = others
                .map(|s| {
                    let name = who.locale.pick(&s.name_zh, &s.name_en).to_string();
                    (s.id.to_string(), name)
                })
                .collect();
            let chosen = next.map(|s| s.id.to_string()).unwrap_or_default();
            let none = (String::new(), word("application-choose").to_string());
            Forms {
                stage: if options.is_empty() {
                    None
                } else {
                    let stage = Field::new("select", "stage", word("application-to"), &chosen)
                        .options(options);
                    form("to_stage", "application-move", vec![stage])
                },
                reject: form(
                    "reject",
                    "application-reject",
                    vec![
                        Field::new("select", "reason", word("application-reason"), "")
                            .options([none].into_iter().chain(reasons(who.locale))),
                        Field::new("textarea", "note", word("application-note"), "")
                            .optional()
                            .hint(word("application-note-hint")),
                    ],
                ),
                withdraw: form("withdraw", "application-withdraw", Vec::new()),
                reopen: None,
            }
        }
        ApplicationState::Rejected | ApplicationState::Withdrawn
            if of.opening_state != OpeningState::Closed =>
        {
            let note = Field::new("textarea", "note", word("application-reopen-why"), "");
            Forms {
                reopen: form("reopen", "application-reopen", vec![note]),
                ..Forms::default()
            }
        }
        _ => Forms::default(),
    }
}

impl Page {
    /// The form about an answer; none where there is none (any more).
    pub fn form_of(&mut self, position: i32) -> Option<&mut Option<FormView>> {
        self.answers
            .iter_mut()
            .find(|answer| answer.position == position && answer.form.is_some())
            .map(|answer| &mut answer.form)
    }
}
