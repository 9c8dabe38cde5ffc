//! The rules of plans: lint, effect, verdict and steps at their edges.

use proptest::prelude::*;

use super::*;
use crate::evidence::measures::{Flag, Quantity, Unit};
use crate::goals::model::Dimension;

fn kpi(measure: Measure, direction: Direction) -> Kpi {
    Kpi {
        code: "k".into(),
        dimension: Dimension::Quality,
        direction,
        formula_en: String::new(),
        formula_zh: String::new(),
        measure: Some(measure),
        min_n: 5,
        name_en: String::new(),
        name_zh: String::new(),
        unit: Unit::Percent,
        version_no: 1,
    }
}

fn sla() -> Kpi {
    kpi(Measure::Share(Flag::Sla), Direction::Higher)
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn share(hits: i64, n: i64) -> Figure {
    Figure::Share { hits, n }
}

fn base(figure: Option<Figure>) -> Baseline {
    Baseline {
        comparison: None,
        figure,
        from: day("2026-04-01"),
        to: day("2026-06-30"),
    }
}

fn terms(scope: Scope) -> Terms {
    Terms {
        scope,
        staff_id: (scope == Scope::Person).then_some(1),
        team_id: (scope == Scope::Team).then_some(1),
        owner_id: 2,
        sponsor_id: Some(3),
        title: "t".into(),
        kpi_id: Some(1),
        problem: "p".into(),
        causes: Causes {
            whys: vec!["w".into()],
            ..Causes::default()
        },
        comparison_team_id: None,
        min_effect_u: Some(3 * MICRO),
        target_u: Some(90 * MICRO),
        starts_on: Some(day("2026-07-01")),
        check_from: Some(day("2026-08-01")),
        ends_on: Some(day("2026-12-31")),
        review_days: 14,
        standard: (scope == Scope::Person).then(|| Standard {
            criteria: "c".into(),
            published: "w".into(),
            read_on: None,
            text: "s".into(),
        }),
    }
}

/// The issues of a plan for a team, changed in one thing.
fn issues(change: impl Fn(&mut Terms), actions: &[&str]) -> Vec<Issue> {
    let mut terms = terms(Scope::Team);
    change(&mut terms);
    let (kpi, baseline) = (sla(), base(Some(share(70, 100))));
    let actions: Vec<NaiveDate> = actions.iter().map(|text| day(text)).collect();
    lint(
        &terms,
        &Around {
            kpi: terms.kpi_id.map(|_| &kpi),
            baseline: Some(&baseline),
            actions: &actions,
            owner_active: true,
            findings: &[(day("2026-01-01"), true)],
        },
    )
}

const ONE: &[&str] = &["2026-07-31"];

#[test]
fn a_plan_that_lacks_nothing_has_no_issue() {
    assert_eq!(issues(|_| {}, ONE), []);
}

#[test]
fn each_thing_a_plan_lacks_is_named() {
    type Without = fn(&mut Terms);
    let cases: [(Without, Issue); 10] = [
        (|t| t.problem = " ".into(), Issue::NoProblem),
        (|t| t.kpi_id = None, Issue::NoMetric),
        (|t| t.target_u = None, Issue::NoTarget),
        (
            |t| t.target_u = Some(70 * MICRO),
            Issue::TargetBehindBaseline,
        ),
        (|t| t.min_effect_u = None, Issue::NoMinEffect),
        (|t| t.min_effect_u = Some(0), Issue::NoMinEffect),
        (|t| t.ends_on = None, Issue::NoDates),
        (
            |t| t.check_from = Some(day("2026-06-30")),
            Issue::DatesOutOfOrder,
        ),
        (|t| t.ends_on = Some(day("2027-01-01")), Issue::TooLong),
        (|t| t.causes = Causes::default(), Issue::NoCauses),
    ];
    for (change, issue) in cases {
        assert!(issues(change, ONE).contains(&issue), "{issue:?}");
    }
    assert!(issues(|_| {}, &[]).contains(&Issue::NoActions));
    assert_eq!(issues(|_| {}, &["2026-07-31"; 7]), []);
    assert_eq!(issues(|_| {}, &["2026-07-31"; 8]), [Issue::TooManyActions]);
    assert_eq!(issues(|_| {}, &["2027-01-01"]), [Issue::ActionTooLate]);
}

#[test]
fn a_plan_of_a_person_wants_a_reviewer_and_the_standard() {
    let whole = terms(Scope::Person);
    let (kpi, baseline) = (sla(), base(Some(share(70, 100))));
    let of = |terms: &Terms, baseline: Option<&Baseline>, owner_active: bool| {
        let around = Around {
            kpi: Some(&kpi),
            baseline,
            actions: &[day("2026-07-31")],
            owner_active,
            findings: &[],
        };
        lint(terms, &around)
    };
    assert_eq!(of(&whole, Some(&baseline), true), [Issue::NothingLinked]);
    let mut lacking = whole.clone();
    lacking.sponsor_id = None;
    lacking.standard.as_mut().unwrap().criteria.clear();
    assert_eq!(
        of(&lacking, Some(&baseline), false),
        [
            Issue::OwnerGone,
            Issue::NoReviewer,
            Issue::NoStandard,
            Issue::NothingLinked
        ]
    );
    // No baseline is said and no more; four records are none.
    for none in [None, Some(base(None)), Some(base(Some(share(1, 4))))] {
        assert_eq!(
            of(&whole, none.as_ref(), true),
            [Issue::NoBaseline, Issue::NothingLinked]
        );
    }
}

#[test]
fn whoever_was_picked_for_a_bad_figure_is_likely_to_be_better_next_time_anyway() {
    let baseline = base(Some(share(70, 100)));
    let picked = |comparison, findings: &[(NaiveDate, bool)]| {
        picked_for_a_bad_figure(Some(&baseline), comparison, findings)
    };
    assert!(picked(None, &[(day("2026-06-30"), true)]));
    assert!(!picked(None, &[(day("2026-07-01"), true)]), "another time");
    assert!(!picked(None, &[(day("2026-06-30"), false)]), "an idea");
    assert!(!picked(Some(1), &[(day("2026-06-30"), true)]));
}

#[test]
fn the_way_to_go_is_the_kpis_and_of_a_band_the_targets() {
    let aht = kpi(Measure::Mean(Quantity::Handle), Direction::Band);
    let slow = base(Some(Figure::Mean {
        n: 10,
        sum: 4000,
        sumsq: 1_600_000,
    }));
    let of = |kpi: &Kpi, base: Option<&Baseline>, target: i64| {
        direction(Some(kpi), base, Some(target * MICRO))
    };
    assert_eq!(of(&aht, Some(&slow), 300), Towards::Lower);
    assert_eq!(of(&aht, Some(&slow), 500), Towards::Higher);
    assert_eq!(of(&aht, Some(&slow), 400), Towards::Nowhere);
    assert_eq!(of(&aht, None, 300), Towards::Unknown);
    assert_eq!(of(&sla(), None, 90), Towards::Higher);
    let lower = kpi(Measure::Share(Flag::Reopened), Direction::Lower);
    let base = base(Some(share(10, 100)));
    assert_eq!(of(&lower, Some(&base), 5), Towards::Lower);
    assert_eq!(of(&lower, Some(&base), 10), Towards::Nowhere);
    assert_eq!(of(&sla(), Some(&base), 5), Towards::Nowhere);
}

fn told(low: f64, high: f64) -> Option<Effect> {
    Some(Effect {
        value: high,
        interval: Interval { low, high },
        compared: false,
    })
}

#[test]
fn the_verdict_is_the_intervals_and_never_the_point_estimates() {
    let of = |towards, low, high| verdict(towards, told(low, high).as_ref(), Some(3 * MICRO));
    // The end on the minimum effect reaches it.
    assert_eq!(of(Towards::Higher, 3.0, 9.0), Verdict::Improved);
    assert_eq!(of(Towards::Higher, 2.999_999, 90.0), Verdict::NoEvidence);
    assert_eq!(of(Towards::Higher, -9.0, -0.000_001), Verdict::Worse);
    assert_eq!(of(Towards::Higher, -9.0, 0.0), Verdict::NoEvidence);
    assert_eq!(of(Towards::Lower, -9.0, -3.0), Verdict::Improved);
    assert_eq!(of(Towards::Lower, 0.000_001, 9.0), Verdict::Worse);
    assert_eq!(of(Towards::Unknown, 3.0, 9.0), Verdict::NoEvidence);
    assert_eq!(verdict(Towards::Higher, None, Some(1)), Verdict::NoEvidence);
    let all = told(3.0, 9.0);
    assert_eq!(
        verdict(Towards::Higher, all.as_ref(), None),
        Verdict::NoEvidence
    );
}

#[test]
fn without_a_baseline_that_counts_nothing_is_compared() {
    let kpi = sla();
    let after = Some(share(95, 100));
    let of =
        |base: Option<&Baseline>, after, compared| figures(Some(&kpi), base, after, None, compared);
    assert_eq!(of(None, after, false), None);
    assert_eq!(of(Some(&base(None)), after, false), None);
    assert_eq!(of(Some(&base(Some(share(1, 4)))), after, false), None);
    let good = base(Some(share(70, 100)));
    assert!(of(Some(&good), after, false).is_some());
    assert_eq!(of(Some(&good), Some(share(4, 4)), false), None);
    // A team for comparison that was named and has no figures.
    assert_eq!(of(Some(&good), after, true), None);
}

#[test]
fn the_effect_of_shares_is_newcombes_in_percent() {
    let figures = Figures {
        before: share(48, 80),
        after: share(56, 70),
        comparison: None,
    };
    let effect = effect(Measure::Share(Flag::Sla), &figures).unwrap();
    assert!((effect.value - 20.0).abs() < 1e-9);
    assert!((effect.interval.low - 5.243_147).abs() < 1e-6);
    assert!((effect.interval.high - 33.387_265).abs() < 1e-6);
}

#[test]
fn what_happened_elsewhere_as_well_is_no_effect() {
    let figures = |comparison| Figures {
        before: share(700, 1000),
        after: share(800, 1000),
        comparison,
    };
    let of = |comparison| {
        let effect = effect(Measure::Share(Flag::Sla), &figures(comparison));
        verdict(Towards::Higher, effect.as_ref(), Some(3 * MICRO))
    };
    assert_eq!(of(None), Verdict::Improved);
    let same = Some((share(700, 1000), share(800, 1000)));
    assert_eq!(of(same), Verdict::NoEvidence);
    let still = Some((share(7000, 10_000), share(7000, 10_000)));
    assert_eq!(of(still), Verdict::Improved);
}

#[test]
fn means_and_scores_are_told_in_their_printed_unit() {
    let mean = |sum, sumsq| Figure::Mean { n: 10, sum, sumsq };
    let quality = Figures {
        before: mean(80_000, 640_100_000),
        after: mean(90_000, 810_100_000),
        comparison: None,
    };
    let found = effect(Measure::Mean(Quantity::Quality), &quality).unwrap();
    assert!((found.value - 10.0).abs() < 1e-9);
    assert!(found.interval.low > 9.0 && found.interval.high < 11.0);
    let nps = |promoters, detractors| Figure::Nps {
        detractors,
        n: 100,
        promoters,
    };
    let figures = Figures {
        before: nps(40, 30),
        after: nps(60, 10),
        comparison: None,
    };
    let found = effect(Measure::Nps, &figures).unwrap();
    assert!((found.value - 40.0).abs() < 1e-9);
    assert!(found.interval.low > 10.0 && found.interval.high < 70.0);
}

fn now(state: State) -> Now<'static> {
    Now {
        state,
        paused: false,
        scope: Scope::Team,
        issues: &[],
        open_actions: 0,
        delivered: false,
        may_approve: true,
        ends_on: Some(day("2026-09-30")),
        today: day("2026-10-01"),
        verdict: Verdict::Improved,
    }
}

#[test]
fn only_the_steps_of_its_state_are_taken_and_none_when_it_is_closed() {
    for &state in State::ALL {
        for &step in Step::ALL {
            let allowed = now(state).allows(step).is_ok();
            assert_eq!(
                allowed,
                Step::of(state, false).contains(&step),
                "{state:?} {step:?}"
            );
            assert!(!(state.is_closed() && allowed));
        }
    }
    assert_eq!(Step::of(State::Doing, true), [Step::Resume, Step::Close]);
}

#[test]
fn a_plan_is_approved_only_without_errors_and_by_whoever_may() {
    let mut draft = now(State::Draft);
    draft.issues = &[Issue::NoBaseline, Issue::RegressionToTheMean];
    assert!(draft.allows(Step::Approve).is_ok());
    draft.issues = &[Issue::NoTarget];
    assert!(draft.allows(Step::Approve).is_err() && draft.allows(Step::Ask).is_err());
    assert!(draft.allows(Step::Close).is_ok());
    draft.issues = &[];
    draft.may_approve = false;
    assert!(draft.allows(Step::Approve).is_err() && draft.allows(Step::Ask).is_ok());
}

#[test]
fn a_plan_of_a_person_starts_when_the_person_has_it() {
    let mut approved = now(State::Approved);
    approved.scope = Scope::Person;
    assert!(approved.allows(Step::Start).is_err());
    approved.delivered = true;
    assert!(approved.allows(Step::Start).is_ok());
}

#[test]
fn nothing_is_standardised_too_early_or_without_evidence() {
    let mut checking = now(State::Checking);
    checking.today = day("2026-09-30");
    assert!(checking.allows(Step::Standardise).is_err());
    assert!(checking.allows(Step::Revise).is_err());
    assert!(checking.allows(Step::Close).is_ok());
    checking.today = day("2026-10-01");
    for verdict in [Verdict::NoEvidence, Verdict::Worse] {
        checking.verdict = verdict;
        assert!(checking.allows(Step::Standardise).is_err());
        assert!(checking.allows(Step::Revise).is_ok());
    }
    let mut doing = now(State::Doing);
    doing.open_actions = 1;
    assert!(doing.allows(Step::Check).is_err());
}

#[test]
fn what_a_person_is_held_to_is_acknowledged_anew() {
    let asks = |scope| -> Vec<Step> {
        let all = Step::ALL.iter().copied();
        all.filter(|step| step.asks_ack(scope)).collect()
    };
    assert_eq!(
        asks(Scope::Person),
        [Step::Approve, Step::Pause, Step::Resume, Step::Extend]
    );
    assert_eq!(asks(Scope::Team), []);
}

#[test]
fn the_record_of_a_plan_has_sorted_keys_and_no_floats() {
    let record = Record {
        after: Some(share(1, 2)),
        baseline: Some(base(Some(share(1, 2)))),
        check_from: None,
        code: "P-0001".into(),
        comparison_after: None,
        ends_on: Some(day("2026-09-30")),
        kpi: Some("sla".into()),
        min_effect_u: Some(1),
        outcome: State::ClosedWithoutEffect,
        target_u: Some(1),
        verdict: Verdict::NoEvidence,
        weeks: vec![Week {
            figure: None,
            monday: day("2026-04-06"),
        }],
    };
    let json = serde_json::to_string(&record).unwrap();
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(serde_json::to_string(&value).unwrap(), json);
    assert!(!json.contains('.'), "{json}");
    assert_eq!(serde_json::from_str::<Record>(&json).unwrap(), record);
}

proptest! {
    #[test]
    fn turning_better_into_lower_turns_improved_into_worse(
        low in -50.0_f64..50.0,
        width in 0.0_f64..50.0,
        least in 1_i64..10,
    ) {
        let effect = told(low, low + width);
        let turned = told(-low - width, -low);
        let least = Some(least * MICRO);
        prop_assert_eq!(
            verdict(Towards::Higher, effect.as_ref(), least),
            verdict(Towards::Lower, turned.as_ref(), least)
        );
    }

    #[test]
    fn a_larger_minimum_effect_never_makes_a_better_verdict(
        low in -20.0_f64..20.0,
        width in 0.0_f64..20.0,
        least in 1_i64..20,
        more in 0_i64..20,
    ) {
        let effect = told(low, low + width);
        let of = |u: i64| verdict(Towards::Higher, effect.as_ref(), Some(u * MICRO));
        prop_assert!(of(least) <= of(least + more));
    }
}
