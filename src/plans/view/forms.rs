//! The forms of plans: the terms of a draft, and what is said and done on the page of a plan.

use chrono::NaiveDate;
use serde::Serialize;

use crate::goals::model::Kpi;
use crate::goals::view::aims::from_micro;
use crate::i18n::{Locale, plain};
use crate::plans::model::{ActionKind, ActionState, Course, EventKind, Scope, Step};
use crate::plans::store::{Action, Named, Plan};
use crate::plans::view::sheet::Sheet;
use crate::plans::view::{
    action_chip, action_name, course_name, event_name, scope_name, step_name,
};
use crate::web::Who;
use crate::web::form::{Field, FieldErrors, Form, FormView};

/// The page on which a draft is written.
#[derive(Serialize)]
pub struct Edit {
    lede: &'static str,
    form: FormView,
    /// Names of the fields before which a heading stands, and the heading.
    headings: Vec<Heading>,
}

#[derive(Serialize)]
struct Heading {
    before: &'static str,
    text: &'static str,
}

impl Edit {
    /// With what was typed and what is wrong with it.
    #[must_use]
    pub fn again<T>(mut self, locale: Locale, form: &Form<T>, errors: &FieldErrors) -> Edit {
        self.form = self.form.again(locale, form, errors);
        self
    }

    /// With what was typed, beside what somebody else stored.
    #[must_use]
    pub fn conflict<T>(mut self, locale: Locale, form: &Form<T>) -> Edit {
        self.form = self.form.conflict(locale, form);
        self
    }
}

/// What a new plan starts from.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// Number of the finding it is made of.
    pub finding: String,
    pub scope: Option<Scope>,
    /// Employee number.
    pub staff: String,
    /// Code of the team.
    pub team: String,
    pub title: String,
    /// Code of the KPI.
    pub kpi: String,
    /// Employee number of whoever makes it.
    pub owner: String,
    /// First and last day of the last quarter that is over.
    pub base: Option<(NaiveDate, NaiveDate)>,
}

/// How often a plan is reviewed unless somebody says otherwise.
const REVIEW_DAYS: i32 = 14;

/// The form of a new plan, or of a draft as it is stored.
#[must_use]
pub fn edit(who: &Who, stored: Option<&Plan>, given: &Given, kpis: &[Kpi]) -> Edit {
    let locale = who.locale;
    let word = |key| plain(locale, key);
    let terms = stored.map(|plan| &plan.terms);
    let no = |named: Option<&Named>| named.map_or_else(String::new, |(no, ..)| no.clone());
    let or = |own: Option<String>, given: &str| own.unwrap_or_else(|| given.to_owned());
    let day = |day: Option<NaiveDate>| day.map_or_else(String::new, |day| day.to_string());
    let micro = |u: Option<i64>| u.map_or_else(String::new, |u| from_micro(u).to_string());
    let scope = terms
        .map(|t| t.scope)
        .or(given.scope)
        .unwrap_or(Scope::Team);
    let scopes = Scope::ALL
        .iter()
        .map(|s| (s.code().to_owned(), scope_name(locale, *s).to_owned()));
    let kpi = or(
        stored.map(|plan| {
            plan.kpi
                .as_ref()
                .map_or_else(String::new, |k| k.code.clone())
        }),
        &given.kpi,
    );
    let none = (String::new(), "–".to_owned());
    let kpis = kpis.iter().map(|kpi| {
        let name = locale.pick(&kpi.name_zh, &kpi.name_en).to_owned();
        (kpi.code.clone(), name)
    });
    let base = stored
        .and_then(|plan| plan.baseline)
        .map(|base| (base.from, base.to))
        .or(given.base);
    let causes = terms.map(|t| t.causes.clone()).unwrap_or_default();
    let standard = terms.and_then(|t| t.standard.clone()).unwrap_or_default();
    let short = |name, key, value: &str| Field::new("text", name, word(key), value);
    let area = |name, key, value: &str| Field::new("textarea", name, word(key), value);
    let date = |name, key, value: String| Field::new("date", name, word(key), &value).optional();
    let side = |name, key, value: &str| Field {
        rows: 2,
        ..area(name, key, value).optional()
    };
    let fields = vec![
        Field::new("hidden", "finding", "", &given.finding),
        Field::new("select", "scope", word("plan-scope"), scope.code()).options(scopes),
        short(
            "staff",
            "plan-staff",
            &or(stored.map(|plan| no(plan.staff.as_ref())), &given.staff),
        )
        .optional()
        .hint(word("plan-staff-hint")),
        short(
            "team",
            "plan-team",
            &or(stored.map(|plan| no(plan.team.as_ref())), &given.team),
        )
        .optional()
        .hint(word("plan-team-hint")),
        short(
            "title",
            "plan-title",
            &or(terms.map(|t| t.title.clone()), &given.title),
        ),
        area("problem", "plan-problem", terms.map_or("", |t| &t.problem))
            .optional()
            .hint(word("plan-problem-hint")),
        Field::new("select", "kpi", word("plan-kpi"), &kpi)
            .optional()
            .hint(word("plan-kpi-hint"))
            .options([none].into_iter().chain(kpis)),
        date("base_from", "plan-base-from", day(base.map(|b| b.0))),
        date("base_to", "plan-base-to", day(base.map(|b| b.1))),
        area("whys", "plan-whys", &causes.whys.join("\n"))
            .optional()
            .hint(word("plan-whys-hint")),
        side("people", "plan-side-people", &causes.fishbone.people),
        side("process", "plan-side-process", &causes.fishbone.process),
        side("tools", "plan-side-tools", &causes.fishbone.tools),
        side(
            "information",
            "plan-side-information",
            &causes.fishbone.information,
        ),
        side(
            "environment",
            "plan-side-environment",
            &causes.fishbone.environment,
        ),
        side(
            "management",
            "plan-side-management",
            &causes.fishbone.management,
        ),
        Field::new(
            "number",
            "target",
            word("plan-target"),
            &micro(terms.and_then(|t| t.target_u)),
        )
        .optional(),
        Field::new(
            "number",
            "min_effect",
            word("plan-min-effect"),
            &micro(terms.and_then(|t| t.min_effect_u)),
        )
        .optional()
        .hint(word("plan-min-effect-hint")),
        short(
            "comparison",
            "plan-comparison",
            &no(stored.and_then(|plan| plan.comparison.as_ref())),
        )
        .optional()
        .hint(word("plan-comparison-hint")),
        date(
            "starts_on",
            "plan-starts",
            day(terms.and_then(|t| t.starts_on)),
        ),
        date(
            "check_from",
            "plan-check-from",
            day(terms.and_then(|t| t.check_from)),
        )
        .hint(word("plan-check-from-hint")),
        date("ends_on", "plan-ends", day(terms.and_then(|t| t.ends_on)))
            .hint(word("plan-ends-hint")),
        Field::new(
            "number",
            "review_days",
            word("plan-review-days"),
            &terms.map_or(REVIEW_DAYS, |t| t.review_days).to_string(),
        ),
        short(
            "owner",
            "plan-owner",
            &or(stored.map(|plan| plan.owner.0.clone()), &given.owner),
        )
        .hint(word("plan-owner-hint")),
        short(
            "sponsor",
            "plan-sponsor",
            &no(stored.and_then(|plan| plan.sponsor.as_ref())),
        )
        .optional()
        .hint(word("plan-sponsor-hint")),
        side("standard", "plan-standard-text", &standard.text),
        short("published", "plan-standard-published", &standard.published).optional(),
        date("read_on", "plan-standard-read", day(standard.read_on)),
        side("criteria", "plan-standard-criteria", &standard.criteria),
    ];
    let headings = [
        ("title", "plan-part-problem"),
        ("whys", "plan-part-causes"),
        ("target", "plan-part-aim"),
        ("standard", "plan-part-standard"),
    ];
    let (action, version) = match stored {
        Some(plan) => (format!("/plans/{}/edit", plan.code), Some(plan.row_version)),
        None => ("/plans/new".to_owned(), None),
    };
    let mut form = FormView::new(who, action, "save", fields);
    form.row_version = version;
    Edit {
        lede: word("plan-edit-say"),
        form,
        headings: headings
            .into_iter()
            .map(|(before, key)| Heading {
                before,
                text: word(key),
            })
            .collect(),
    }
}

/// The page of a plan: what is known of it and what its reader may do.
#[derive(Serialize)]
pub struct Page {
    plan: Sheet,
    /// What the reader may do next.
    pub step: Option<FormView>,
    /// Steps that wait for something, and for what.
    waiting: Vec<Waiting>,
    pub add: Option<FormView>,
    pub outcome: Option<FormView>,
    pub note: Option<FormView>,
    pub acknowledge: Option<FormView>,
    /// Whether something waits for the reader's acknowledgement.
    unread: bool,
    edit: Option<String>,
    file: Option<String>,
}

/// A step that cannot be taken yet.
#[derive(Serialize)]
pub struct Waiting {
    pub step: &'static str,
    pub why: String,
}

/// What a reader may do.
#[derive(Clone, Debug, Default)]
pub struct May {
    pub steps: Vec<Step>,
    /// With the reason in words.
    pub waiting: Vec<(Step, String)>,
    pub edit: bool,
    pub add: bool,
    /// Actions whose outcome they may tell, by position.
    pub outcomes: Vec<i32>,
    pub note: bool,
    /// Whether it is their own plan.
    pub own: bool,
}

/// The page of a plan.
#[must_use]
pub fn page(
    who: &Who,
    plan: &Plan,
    sheet: Sheet,
    actions: &[Action],
    unread: bool,
    may: &May,
) -> Page {
    let locale = who.locale;
    let word = |key| plain(locale, key);
    let at = |part: &str| format!("/plans/{}/{part}", plan.code);
    let form = |part: &str, submit, fields| {
        FormView::new(who, at(part), submit, fields).version(plan.row_version)
    };
    Page {
        step: (!may.steps.is_empty()).then(|| form("step", "plan-go", steps(locale, &may.steps))),
        waiting: may
            .waiting
            .iter()
            .map(|(step, why)| Waiting {
                step: step_name(locale, *step),
                why: why.clone(),
            })
            .collect(),
        add: may.add.then(|| {
            let kinds = ActionKind::ALL
                .iter()
                .map(|k| (k.code().to_owned(), action_name(locale, *k).to_owned()));
            let fields = vec![
                Field::new("text", "body", word("plan-action-what"), ""),
                Field::new(
                    "select",
                    "kind",
                    word("plan-action-kind"),
                    ActionKind::Coaching.code(),
                )
                .options(kinds),
                Field::new("text", "owner", word("plan-action-owner"), "")
                    .hint(word("plan-owner-hint")),
                Field::new("date", "due_on", word("plan-action-due"), ""),
            ];
            form("actions", "plan-action-add", fields)
        }),
        outcome: (!may.outcomes.is_empty()).then(|| {
            let theirs = actions
                .iter()
                .filter(|action| may.outcomes.contains(&action.position));
            let first = may.outcomes.first().map_or(0, |n| *n).to_string();
            let fields = vec![
                Field::new("select", "action", word("plan-action-which"), &first).options(
                    theirs.map(|a| {
                        (
                            a.position.to_string(),
                            format!("{}. {}", a.position, a.body),
                        )
                    }),
                ),
                Field::new(
                    "select",
                    "state",
                    word("plan-action-state"),
                    ActionState::Done.code(),
                )
                .options(
                    ActionState::ALL
                        .iter()
                        .map(|s| (s.code().to_owned(), action_chip(locale, *s).1.to_owned())),
                ),
                Field::new("textarea", "outcome", word("plan-action-outcome"), "")
                    .optional()
                    .hint(word("plan-action-outcome-hint")),
            ];
            form("actions/outcome", "save", fields)
        }),
        note: may.note.then(|| {
            let kinds = [EventKind::Review, EventKind::Interview, EventKind::Delivery]
                .map(|k| (k.code().to_owned(), event_name(locale, k).to_owned()));
            let courses = Course::ALL
                .iter()
                .map(|c| (c.code().to_owned(), course_name(locale, *c).to_owned()));
            let none = (String::new(), "–".to_owned());
            let fields = vec![
                Field::new(
                    "select",
                    "note_kind",
                    word("plan-note-kind"),
                    EventKind::Review.code(),
                )
                .options(kinds),
                Field::new(
                    "date",
                    "day",
                    word("plan-note-day"),
                    &who.site.today().to_string(),
                ),
                Field::new("select", "course", word("plan-note-course"), "")
                    .optional()
                    .hint(word("plan-note-course-hint"))
                    .options([none].into_iter().chain(courses)),
                Field::new("textarea", "text", word("plan-note-text"), ""),
            ];
            form("reviews", "save", fields)
        }),
        acknowledge: may.own.then(|| {
            let fields = vec![
                Field::new("textarea", "statement", word("plan-statement"), "")
                    .optional()
                    .hint(word("plan-statement-hint")),
            ];
            form("acknowledge", "plan-acknowledge", fields)
        }),
        unread,
        edit: may.edit.then(|| at("edit")),
        file: plan.terms.staff_id.map(|_| at("file")),
        plan: sheet,
    }
}

fn steps(locale: Locale, steps: &[Step]) -> Vec<Field> {
    let word = |key| plain(locale, key);
    let first = steps.first().map_or("", |step| step.code());
    let mut fields = vec![
        Field::new("radio", "step", word("plan-next"), first).options(
            steps
                .iter()
                .map(|s| (s.code().to_owned(), step_name(locale, *s).to_owned())),
        ),
    ];
    if steps.iter().any(|step| step.wants_words()) {
        fields.push(
            Field::new("textarea", "words", word("plan-words"), "")
                .optional()
                .hint(word("plan-words-hint")),
        );
    }
    if steps.contains(&Step::Extend) {
        fields.push(
            Field::new("date", "new_end", word("plan-new-end"), "")
                .optional()
                .hint(word("plan-new-end-hint")),
        );
    }
    fields
}

/// The file of a person's plan, to be printed.
#[derive(Serialize)]
pub struct FilePage {
    pub plan: Sheet,
    pub printed: String,
    pub organisation: String,
}
