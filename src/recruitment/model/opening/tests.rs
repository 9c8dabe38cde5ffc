//! Openings without a database: answers, what keeps one from being published, who takes which step.

use super::*;
use crate::judgement::model::card::{Criterion, Level, Method, Purpose};

fn question(rule: Rule) -> Question {
    Question {
        text_zh: "排班".into(),
        text_en: "Shifts".into(),
        rule,
    }
}

fn card(criteria: &[(&str, &str, i64)]) -> Card {
    let level = |points_h| Level {
        anchor_en: "x".into(),
        anchor_zh: "x".into(),
        points_h,
    };
    Card {
        criteria: criteria
            .iter()
            .map(|(code, name, weight_bp)| Criterion {
                code: (*code).into(),
                critical: false,
                levels: vec![level(100), level(500)],
                max_deduction_h: None,
                na_allowed: false,
                name_en: (*name).into(),
                name_zh: (*name).into(),
                note_above_h: None,
                note_below_h: None,
                weight_bp: *weight_bp,
            })
            .collect(),
        code: "interview".into(),
        method: Method::Levels,
        name_en: "Interview".into(),
        name_zh: "面试".into(),
        pass_h: None,
        purpose: Purpose::Interview,
        version_no: 1,
    }
}

fn shipped() -> Criteria {
    Template::shipped().unwrap().criteria(|_| Some(7))
}

fn keys(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|m| m.key).collect()
}

#[test]
fn an_answer_fails_by_the_rule_of_its_question_and_nonsense_is_no_answer() {
    let yes = question(Rule::YesNo { needed: true });
    let choice = question(Rule::Choice {
        options: vec![
            Choice {
                zh: "无".into(),
                en: "None".into(),
                fails: true,
            },
            Choice {
                zh: "有".into(),
                en: "Some".into(),
                fails: false,
            },
        ],
    });
    let least = question(Rule::AtLeast { least: 3 });
    for (asked, answer, fails) in [
        (&yes, "yes", Some(false)),
        (&yes, "no", Some(true)),
        (&yes, "YES", None),
        (&yes, "", None),
        (&choice, "1", Some(true)),
        (&choice, "2", Some(false)),
        (&choice, "0", None),
        (&choice, "3", None),
        (&least, "2", Some(true)),
        (&least, "3", Some(false)),
        (&least, "-1", None),
        (&least, "1000001", None),
        (&least, "2.5", None),
    ] {
        assert_eq!(asked.fails(answer), fails, "{:?} {answer:?}", asked.rule);
    }
}

#[test]
fn the_shipped_template_may_be_published_and_warns_of_nothing() {
    let fits = card(&[
        ("communication", "Communication", 3_000),
        ("service", "Service", 2_500),
        ("problem_solving", "Problem solving", 2_500),
        ("teamwork", "Teamwork", 2_000),
    ]);
    let criteria = shipped();
    assert_eq!(criteria.problems(|_| Some(&fits)), []);
    assert_eq!(criteria.warnings(&["客服专员", "Service agent"]), []);
    assert_eq!(criteria.pass_rule, PassRule::default());
}

#[test]
fn what_keeps_an_opening_from_being_published_is_named() {
    let empty = Criteria {
        questions: vec![],
        stages: vec![],
        pass_rule: PassRule::default(),
    };
    assert_eq!(
        keys(&empty.problems(|_| None)),
        ["opening-no-stage", "opening-few-raters"]
    );
    let mut wrong = shipped();
    wrong.questions[0].text_en = "Are you under 35 years old?".into();
    wrong
        .questions
        .push(question(Rule::Choice { options: vec![] }));
    wrong.stages[0].version_id = None;
    wrong.stages[1].raters = 1;
    wrong.stages[1].kit[0].criterion = "charm".into();
    let known = card(&[
        ("service", "Service", 5_000),
        ("problem_solving", "P", 2_500),
        ("teamwork", "T", 2_500),
    ]);
    assert_eq!(
        keys(&wrong.problems(|_| Some(&known))),
        [
            "opening-question-protected",
            "opening-question-answers",
            "opening-stage-no-card",
            "opening-kit-criterion",
            "opening-few-raters",
        ]
    );
}

#[test]
fn what_tells_little_and_weighs_much_is_warned_of() {
    let mut criteria = shipped();
    criteria.stages[1].kit.clear();
    let heavy = card(&[
        ("years", "Years of experience", 4_000),
        ("k", "Product knowledge", 6_000),
    ]);
    let found = predictors(&criteria.stages, |_| Some(&heavy));
    let at: Vec<(Predictor, usize, bool)> = found
        .iter()
        .map(|w| (w.predictor, w.stage, w.is_heavy()))
        .collect();
    assert_eq!(
        at,
        [
            (Predictor::Experience, 0, true),
            (Predictor::JobKnowledge, 0, false),
            (Predictor::UnstructuredInterview, 1, true),
            (Predictor::Experience, 1, true),
            (Predictor::JobKnowledge, 1, false),
        ]
    );
    assert_eq!(keys(&criteria.warnings(&[])), ["opening-warn-unstructured"]);
    assert_eq!(
        keys(&criteria.warnings(&["只招男性", "男"])),
        ["opening-warn-protected", "opening-warn-unstructured"]
    );
    let structured = predictors(&shipped().stages, |_| None);
    assert_eq!(structured[0].predictor, Predictor::StructuredInterview);
    assert!(!structured[0].is_heavy());
}

fn now(state: OpeningState) -> Now<'static> {
    Now {
        state,
        may_edit: true,
        may_approve: true,
        own_request: false,
        problems: &[],
        closes_on: None,
        today: NaiveDate::from_ymd_opt(2026, 11, 22).unwrap(),
    }
}

#[test]
fn every_step_is_taken_from_its_own_states_only() {
    let mut allowed = Vec::new();
    for state in OpeningState::ALL {
        for step in Step::ALL {
            if now(*state).allows(*step).is_ok() {
                allowed.push((state.code(), step.code(), step.leads_to().code()));
            }
        }
    }
    assert_eq!(
        allowed,
        [
            ("draft", "request", "requested"),
            ("draft", "close", "closed"),
            ("requested", "give_back", "draft"),
            ("requested", "approve", "approved"),
            ("requested", "close", "closed"),
            ("approved", "publish", "published"),
            ("approved", "close", "closed"),
            ("published", "close", "closed"),
        ]
    );
}

#[test]
fn nobody_agrees_to_what_they_asked_for_and_nobody_without_the_right() {
    let key = |now: &Now, step| now.allows(step).unwrap_err().messages()[0].key;
    let own = Now {
        own_request: true,
        ..now(OpeningState::Requested)
    };
    assert_eq!(key(&own, Step::Approve), "opening-own-request");
    let editor = Now {
        may_approve: false,
        ..now(OpeningState::Requested)
    };
    assert_eq!(key(&editor, Step::Approve), "opening-not-now");
    assert!(editor.allows(Step::GiveBack).is_ok());
    let leader = Now {
        may_edit: false,
        ..now(OpeningState::Requested)
    };
    assert!(leader.allows(Step::Approve).is_ok());
    assert_eq!(key(&leader, Step::Close), "opening-not-now");
}

#[test]
fn nothing_incomplete_or_over_is_published() {
    let problems = [Message::new("opening-no-stage")];
    let approved = now(OpeningState::Approved);
    let key = |now: &Now| now.allows(Step::Publish).unwrap_err().messages()[0].key;
    assert_eq!(
        key(&Now {
            problems: &problems,
            ..approved.clone()
        }),
        "opening-no-stage"
    );
    let yesterday = approved.today.pred_opt();
    assert_eq!(
        key(&Now {
            closes_on: yesterday,
            ..approved.clone()
        }),
        "opening-over"
    );
    assert!(
        Now {
            closes_on: Some(approved.today),
            ..approved
        }
        .allows(Step::Publish)
        .is_ok()
    );
}

#[test]
fn applications_are_taken_from_the_first_day_to_the_last() {
    let day = |d| NaiveDate::from_ymd_opt(2026, 11, d);
    let open = |state, d| is_open(state, day(10), day(12), day(d).unwrap());
    let published = OpeningState::Published;
    let days: Vec<bool> = (9..=13).map(|d| open(published, d)).collect();
    assert_eq!(days, [false, true, true, true, false]);
    assert!(is_open(published, None, None, day(1).unwrap()));
    assert!(!open(OpeningState::Approved, 11) && !open(OpeningState::Closed, 11));
}
