//! What a reader sees of telling results.

use chrono::NaiveDate;
use serde::Serialize;

use crate::access::Permission;
use crate::appraisals::model::cycle::State;
use crate::appraisals::model::result::PersonResult;
use crate::appraisals::store::cycles::Cycle;
use crate::appraisals::store::feedback::{Feedback, Place, Progress};
use crate::appraisals::view::calibration::{AdjustmentView, adjustments};
use crate::appraisals::view::cycles::moment;
use crate::i18n::{Locale, plain, text};
use crate::jobs::Job;
use crate::people::store::Staff;
use crate::web::Who;
use crate::web::form::{Field, FormView};
use crate::web::list::ON_A_PAGE;
use crate::web::site::escape;

/// How far the release of a cycle is.
pub struct Releasing {
    pub cycle: Cycle,
    pub progress: Progress,
    /// Number and names of those to whom a suggestion and support are owed; one more than a page where there are more.
    pub owing: Vec<(String, String, String)>,
    pub deadline: Option<NaiveDate>,
    pub job: Option<Job>,
}

/// The release of a cycle.
#[derive(Serialize)]
pub struct Release {
    facts: Vec<Fact>,
    owing: Vec<Named>,
    next: Option<String>,
    running: Option<Running>,
    pub form: Option<FormView>,
    /// Why nothing can be released now.
    not_now: Option<&'static str>,
}

#[derive(Serialize)]
struct Fact {
    name: &'static str,
    value: String,
    href: Option<String>,
}

#[derive(Serialize)]
struct Named {
    no: String,
    name: String,
    href: String,
}

#[derive(Serialize)]
struct Running {
    done: i64,
    total: i64,
}

/// The release of a cycle.
#[must_use]
pub fn releasing(who: &Who, found: &Releasing) -> Release {
    let locale = who.locale;
    let word = |key| plain(locale, key);
    let here = format!("/cycles/{}", escape(&found.cycle.code));
    let fact = |key, value: String| Fact {
        name: word(key),
        value,
        href: None,
    };
    let p = &found.progress;
    let mut facts = vec![
        fact("cycle-people", p.people.to_string()),
        fact("cycle-released", p.released.to_string()),
        fact("release-owing", p.owing.to_string()),
    ];
    if let Some(day) = found.deadline {
        facts.push(fact("release-by", day.to_string()));
    }
    let runs = who.may(Permission::RunCycles);
    let open = found.cycle.state == State::Feedback && p.released < p.people;
    let form = open.then(|| {
        let mut fields = Vec::new();
        if runs {
            fields.push(
                Field::new("text", "team", word("people-filter-team"), "")
                    .optional()
                    .hint(word("release-team-hint")),
            );
            fields.push(
                Field::new("checkbox", "force", word("release-force"), "")
                    .hint(word("release-force-hint")),
            );
        }
        fields.push(Field::new("textarea", "reason", word("board-reason"), "").optional());
        FormView::new(who, format!("{here}/release"), "release-do", fields)
    });
    let shown = &found.owing[..found.owing.len().min(ON_A_PAGE as usize)];
    let running = found
        .job
        .as_ref()
        .filter(|job| matches!(job.state.as_str(), "waiting" | "running"))
        .map(|job| Running {
            done: job.progress,
            total: job.total.max(1),
        });
    Release {
        facts,
        next: shown
            .last()
            .filter(|_| found.owing.len() > shown.len())
            .map(|last| format!("{here}/release?after={}", escape(&last.0))),
        owing: shown
            .iter()
            .map(|(no, zh, en)| Named {
                no: no.clone(),
                name: locale.pick(zh, en).to_string(),
                href: format!("{here}/people/{}/feedback", escape(no)),
            })
            .collect(),
        running,
        form,
        not_now: (found.cycle.state < State::Feedback).then(|| word("release-not-yet")),
    }
}

/// Everything the page about one result is made of.
pub struct Told {
    pub staff: Staff,
    pub cycle: Cycle,
    pub place: Place,
    pub feedback: Feedback,
    /// Whether it is the reader's own.
    pub own: bool,
    /// Whether the reader is the manager of the cycle's last day.
    pub manages: bool,
}

/// Whether a reader may write what is said with a result, and release it: the manager, or whoever runs cycles; never
/// about oneself.
#[must_use]
pub fn may_write(who: &Who, told: &Told) -> bool {
    !told.own && (told.manages || who.may(Permission::RunCycles))
}

/// What is said with a result.
#[derive(Serialize)]
pub struct ToldView {
    facts: Vec<Fact>,
    /// What was said, in paragraphs with a heading each.
    said: Vec<Said>,
    waiting: Option<&'static str>,
    pub form: Option<FormView>,
    pub acknowledge: Option<FormView>,
    release: Option<String>,
    /// Whether something must be written before release.
    owed: bool,
    appeal: String,
    result: String,
    csrf: String,
    once: String,
}

#[derive(Serialize)]
struct Said {
    heading: &'static str,
    text: String,
}

fn said(locale: Locale, feedback: &Feedback) -> Vec<Said> {
    [
        ("feedback-suggestions", &feedback.suggestions),
        ("feedback-support", &feedback.support),
        ("feedback-talk-note", &feedback.talk_note),
        ("feedback-stated", &feedback.statement),
    ]
    .into_iter()
    .filter(|(_, text)| !text.is_empty())
    .map(|(key, text)| Said {
        heading: plain(locale, key),
        text: text.clone(),
    })
    .collect()
}

/// What is said with a result.
#[must_use]
pub fn told(who: &Who, told: &Told) -> ToldView {
    let locale = who.locale;
    let word = |key| plain(locale, key);
    let f = &told.feedback;
    let here = format!(
        "/cycles/{}/people/{}",
        escape(&told.cycle.code),
        escape(&told.staff.employee_no)
    );
    let fact = |key, value: Option<String>| Fact {
        name: word(key),
        value: value.unwrap_or_else(|| "–".to_string()),
        href: None,
    };
    let released = told.place.released_at;
    let open = told.cycle.state >= State::Evaluation
        && told.cycle.state < State::Closed
        && f.acknowledged_at.is_none();
    let writes = may_write(who, told) && open;
    let form = writes.then(|| {
        let fields = vec![
            Field::new(
                "textarea",
                "suggestions",
                word("feedback-suggestions"),
                &f.suggestions,
            )
            .hint(word("feedback-suggestions-hint"))
            .optional(),
            Field::new("textarea", "support", word("feedback-support"), &f.support)
                .hint(word("feedback-support-hint"))
                .optional(),
            Field::new(
                "date",
                "talk_on",
                word("feedback-talk-on"),
                &f.talk_on.map_or_else(String::new, |d| d.to_string()),
            )
            .optional(),
            Field::new(
                "textarea",
                "talk_note",
                word("feedback-talk-note"),
                &f.talk_note,
            )
            .hint(word("feedback-talk-hint"))
            .optional(),
        ];
        FormView::new(who, format!("{here}/feedback"), "save", fields).version(f.row_version)
    });
    let acknowledge = (told.own && released.is_some() && f.acknowledged_at.is_none()).then(|| {
        let field = Field::new("textarea", "statement", word("feedback-statement"), "");
        let fields = vec![field.optional().hint(word("feedback-statement-hint"))];
        let action = format!("{here}/acknowledgement");
        FormView::new(who, action, "feedback-acknowledge", fields)
    });
    let owed = released.is_none()
        && told.place.below_target == Some(true)
        && (f.suggestions.is_empty() || f.support.is_empty());
    let may_release =
        may_write(who, told) && told.cycle.state == State::Feedback && released.is_none();
    ToldView {
        facts: vec![
            fact("cycle-released", released.map(|at| moment(who, at))),
            fact("feedback-talk-on", f.talk_on.map(|d| d.to_string())),
            fact(
                "feedback-acknowledged",
                f.acknowledged_at.map(|at| moment(who, at)),
            ),
        ],
        said: said(locale, f),
        waiting: (told.own && released.is_none()).then(|| word("result-not-released")),
        form,
        acknowledge,
        release: (may_release && !owed).then(|| format!("{here}/release")),
        owed: owed && may_write(who, told),
        appeal: format!("{here}/appeal"),
        result: here,
        csrf: who.form_token(),
        once: crate::accounts::store::random_token(),
    }
}

/// What the page of a person in a cycle says of the outcome: changes of the total, what was said, where an appeal is.
#[derive(Serialize)]
pub struct Outcome {
    adjustments: Vec<AdjustmentView>,
    said: Vec<Said>,
    acknowledged: Option<String>,
    feedback: String,
    appeal: Option<String>,
}

/// The outcome on the page of a person in a cycle.
#[must_use]
pub fn outcome(
    who: &Who,
    (code, employee_no): (&str, &str),
    result: &PersonResult,
    feedback: &Feedback,
    released: bool,
) -> Outcome {
    let here = format!("/cycles/{}/people/{}", escape(code), escape(employee_no));
    Outcome {
        adjustments: adjustments(who.locale, result),
        said: said(who.locale, feedback),
        acknowledged: feedback.acknowledged_at.map(|at| {
            text(
                who.locale,
                "feedback-read-at",
                &[("at", moment(who, at).into())],
            )
        }),
        feedback: format!("{here}/feedback"),
        appeal: released.then(|| format!("{here}/appeal")),
    }
}
