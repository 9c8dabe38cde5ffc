//! How figures are written and judged.

use super::*;
use crate::appraisals::model::result::Subject;
use crate::appraisals::model::rules::Rules;
use crate::evidence::measures::Figure;
use crate::evidence::view::gauge::{Change, change};
use crate::reports::view::samples;
use crate::stats::intervals::Interval;

fn gauge<'a>(rules: &'a Rules, code: &str, locale: Locale) -> Gauge<'a> {
    Gauge::of(rules.kpi(code).unwrap(), locale)
}

fn item(rules: &Rules, code: &str, figure: Option<Figure>) -> ItemResult {
    let kpi = rules.kpi(code).unwrap();
    let planned = rules.group_items.iter().find(|i| i.kpi == code).unwrap();
    ItemResult {
        aim: planned.aim,
        baseline: None,
        figure,
        kpi: code.into(),
        points_h: kpi.points_h(figure.as_ref(), &planned.aim),
        status: kpi.status(figure.as_ref()),
        subject: Subject::Own,
        weight_bp: planned.weight_bp,
    }
}

fn share(hits: i64, n: i64) -> Figure {
    Figure::Share { hits, n }
}

#[test]
fn a_figure_is_written_with_unit_interval_and_n() {
    let rules = samples::rules();
    let figure = share(566, 612);
    for (locale, value, bracket) in [
        (Locale::En, "92.5\u{202f}%", "(90.1–94.3, n\u{a0}612)"),
        (Locale::Zh, "92.5%", "（90.1–94.3，n\u{a0}612）"),
    ] {
        let gauge = gauge(&rules, "sla", locale);
        let estimate = gauge.estimate(Some(&figure));
        assert_eq!(gauge.full(estimate.value.unwrap()), value);
        assert_eq!(gauge.bracket(&estimate), bracket);
    }
}

#[test]
fn a_sign_does_not_run_into_the_dash_of_a_range() {
    let rules = samples::rules();
    let nps = gauge(&rules, "nps", Locale::En);
    assert_eq!(
        nps.range(Interval {
            low: -21.0,
            high: -3.0
        }),
        "−21.0 – −3.0"
    );
}

#[test]
fn an_interval_of_a_percentage_ends_where_percentages_end() {
    let rules = samples::rules();
    // 90 and 100: 95 less and plus 12.706 times 5, the t quantile of one degree of freedom.
    let two = Figure::Mean {
        n: 2,
        sum: 19_000,
        sumsq: 181_000_000,
    };
    let interval = gauge(&rules, "qa", Locale::En)
        .estimate(Some(&two))
        .interval
        .unwrap();
    assert!((interval.low - 31.47).abs() < 0.01);
    assert!((interval.high - 100.0).abs() < f64::EPSILON);
}

#[test]
fn targets_carry_no_needless_zeros() {
    let rules = samples::rules();
    let band = &rules.group_items[4].aim;
    assert_eq!(
        gauge(&rules, "aht", Locale::En).target(band),
        "target 210–330"
    );
    let half = Aim::Steps {
        stretch_u: 1_000_000,
        target_u: 2_500_000,
        threshold_u: 4_250_000,
    };
    assert_eq!(
        gauge(&rules, "complaint_rate", Locale::En).steps(&half),
        "4.25 / 2.5 / 1"
    );
}

#[test]
fn the_chip_says_how_an_item_stands_to_its_aim() {
    let rules = samples::rules();
    let word = |code, figure| {
        let chip = chip(Locale::En, &item(&rules, code, figure));
        (chip.signal, chip.word)
    };
    assert_eq!(word("sla", None), ("is-unknown", "no records"));
    assert_eq!(word("sla", Some(share(4, 4))), ("is-unknown", "too few"));
    assert_eq!(
        word("sla", Some(share(79, 100))),
        ("is-bad", "Below threshold")
    );
    assert_eq!(
        word("sla", Some(share(80, 100))),
        ("is-watch", "Between threshold and target")
    );
    assert_eq!(word("sla", Some(share(90, 100))), ("is-good", "On target"));
    assert_eq!(
        word("sla", Some(share(95, 100))),
        ("is-good", "Stretch reached")
    );
    let handled = |mean: i64| {
        Some(Figure::Mean {
            n: 10,
            sum: mean * 10,
            sumsq: mean * mean * 10,
        })
    };
    assert_eq!(word("aht", handled(300)), ("is-good", "Inside the band"));
    assert_eq!(word("aht", handled(400)), ("is-watch", "Outside the band"));
    assert_eq!(
        word("aht", handled(600)),
        ("is-bad", "Beyond the outer limit")
    );
}

#[test]
fn too_few_records_are_told_with_their_number() {
    let rules = samples::rules();
    let sla = gauge(&rules, "sla", Locale::Zh);
    assert_eq!(
        sla.why_not(Status::TooFew, 3).as_deref(),
        Some("样本不足：3/5 条")
    );
    assert!(sla.is_indicative(Status::Scored, 29));
    assert!(!sla.is_indicative(Status::Scored, 30));
    assert!(!sla.is_indicative(Status::TooFew, 3));
}

fn changed(rules: &Rules, code: &str, now: Figure, before: Figure) -> Change {
    let kpi = rules.kpi(code).unwrap();
    change(
        kpi.direction,
        (&now, &kpi.estimate(Some(&now))),
        (&before, &kpi.estimate(Some(&before))),
    )
}

#[test]
fn a_change_within_chance_is_no_change() {
    // Newcombe 1998, method 10: 56/70 against 48/80 differ by 0.0524 to 0.3339; 9/10 against 3/10
    // by 0.1705 to 0.8090; 6/7 against 2/7 by 0.0582 to 0.8062.
    let rules = samples::rules();
    assert_eq!(
        changed(&rules, "sla", share(56, 70), share(48, 80)),
        Change::Better
    );
    assert_eq!(
        changed(&rules, "sla", share(48, 80), share(56, 70)),
        Change::Worse
    );
    assert_eq!(
        changed(&rules, "sla", share(56, 70), share(50, 70)),
        Change::Unclear
    );
}

#[test]
fn less_is_better_where_lower_is_better() {
    let rules = samples::rules();
    let rate = |events| Figure::Rate {
        events,
        exposure: 10_000,
    };
    assert_eq!(
        changed(&rules, "complaint_rate", rate(10), rate(60)),
        Change::Better
    );
    assert_eq!(
        changed(&rules, "complaint_rate", rate(60), rate(10)),
        Change::Worse
    );
    assert_eq!(
        changed(&rules, "complaint_rate", rate(20), rate(21)),
        Change::Unclear
    );
}

#[test]
fn a_target_is_surely_missed_only_with_the_whole_interval() {
    let rules = samples::rules();
    let misses = |code, figure| {
        let item = item(&rules, code, Some(figure));
        misses_surely(gauge(&rules, code, Locale::En), &item)
    };
    assert!(misses("sla", share(80, 100)));
    assert!(!misses("sla", share(86, 100)));
    assert!(!misses("sla", share(0, 4)), "too few to say");
    assert!(misses(
        "complaint_rate",
        Figure::Rate {
            events: 80,
            exposure: 10_000
        }
    ));
    assert!(!misses(
        "complaint_rate",
        Figure::Rate {
            events: 1,
            exposure: 100
        }
    ));
}

#[test]
fn an_id_is_safe_whatever_the_code() {
    let mut kpi = samples::rules().kpis[0].clone();
    kpi.code = "a b\"é".into();
    let gauge = Gauge::of(&kpi, Locale::En);
    assert_eq!(gauge.anchor("kpi"), "kpi-a_20b_22_c3_a9");
}
