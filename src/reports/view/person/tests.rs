//! The sheet of a person: the sum adds up, and what is missing says why.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::appraisals::model::result::{CycleResult, ItemResult, Missing, NotRated};
use crate::reports::view::{Audience, Context, PageSet, samples};

fn cycle() -> CycleResult {
    samples::cycle(samples::rules())
}

fn report<'a>(cycle: &'a CycleResult, locale: Locale) -> Report<'a> {
    Report::new(Context {
        audience: &Audience::All,
        cycle,
        frozen_at: None,
        locale,
        organisation: "Spruce",
        pages: Arc::new(PageSet::of(&Audience::All, cycle, [], &Locale::ALL)),
        plans: &samples::NO_PLANS,
        fair: None,
        program: "espalier 0.0.0",
        provisional: false,
        snapshot: "",
    })
    .unwrap()
}

fn page(cycle: &CycleResult, locale: Locale, person: &PersonResult) -> String {
    let mut out = Vec::new();
    report(cycle, locale)
        .person(person, 1, None, &mut out)
        .unwrap();
    String::from_utf8(out).unwrap()
}

/// Millionths of what is printed.
fn millionths(text: &str) -> i64 {
    let (whole, fraction) = text.split_once('.').unwrap();
    format!("{whole}{fraction:0<6}").parse().unwrap()
}

#[test]
fn the_printed_products_add_up_to_the_printed_score() {
    let cycle = cycle();
    let report = report(&cycle, Locale::En);
    for person in samples::people(&cycle.rules) {
        for version in &person.versions {
            let sheet = report.words.sheet(version, false);
            let sum: i64 = sheet
                .items
                .iter()
                .filter_map(|i| i.product.as_deref())
                .map(millionths)
                .sum();
            assert_eq!(sum, millionths(&sheet.products), "{}", person.employee_no);
            if sheet.remaining.is_none()
                && let Some(score) = &sheet.score
            {
                assert_eq!(&hundredths(half_up(i128::from(sum), 10_000)), score);
            }
        }
    }
}

#[test]
fn a_sheet_with_gaps_divides_by_the_weight_that_counts() {
    let cycle = cycle();
    let rules = &cycle.rules;
    // 45 contacts: two quality reviews (20 %), five surveys; the QA score is left out.
    let person = samples::person(rules, "E1046", ("陈静", ""), 45, 0.9);
    let report = report(&cycle, Locale::En);
    let view = report.words.sheet(&person.versions[0], false);
    assert_eq!(view.remaining.as_deref(), Some("80\u{202f}%"));
    let total = half_up(i128::from(millionths(&view.products)), 8_000);
    assert_eq!(view.score, Some(hundredths(total)));
    let page = page(&cycle, Locale::En, &person);
    assert!(page.contains("too few: 2 of 5"));
    assert!(page.contains("sum divided by the weight that counts"));
    // No English name: the Chinese one stands for it.
    assert!(page.contains("<h1>陈静"));
}

#[test]
fn the_days_of_a_transfer_weigh_its_sheets() {
    let cycle = cycle();
    let person = samples::transferred(&cycle.rules);
    let mean = report(&cycle, Locale::Zh).words.mean(&person);
    let parts: Vec<(f64, f64)> = mean
        .rows
        .iter()
        .map(|r| {
            (
                r.count.parse().unwrap(),
                r.score.as_ref().unwrap().parse().unwrap(),
            )
        })
        .collect();
    assert_eq!((parts[0].0, parts[1].0), (40.0, 51.0));
    let by_days = parts.iter().map(|(d, s)| d * s).sum::<f64>() / 91.0;
    let printed: f64 = mean.score.unwrap().parse().unwrap();
    // Four decimals are printed of each score.
    assert!((by_days - printed).abs() < 0.0051, "{by_days} {printed}");
    let page = page(&cycle, Locale::Zh, &person);
    assert!(page.contains("目标表第 1 版") && page.contains("目标表第 2 版"));
    assert!(page.contains("现场服务南区") && page.contains("目标确认：无记录"));
}

#[test]
fn whoever_is_not_rated_reads_why_in_both_languages() {
    let cycle = cycle();
    let mut person = samples::empty(&cycle.rules);
    for (why, zh, en) in [
        (NotRated::TooShort, "在评天数不足", "Too few days in scope"),
        (
            NotRated::TooLittleWeight,
            "样本充足的指标权重不足",
            "Too little weight has enough records",
        ),
        (NotRated::Excused, "已批准免评", "Excused by HR"),
        (NotRated::NoSheet, "没有目标表", "No goal sheet"),
    ] {
        person.not_rated = Some(why);
        let (zh_page, en_page) = (
            page(&cycle, Locale::Zh, &person),
            page(&cycle, Locale::En, &person),
        );
        assert!(zh_page.contains(zh) && zh_page.contains("未评定"));
        assert!(en_page.contains(en) && en_page.contains("Not rated"));
        assert!(!en_page.contains("0.00 <span class=\"unit\">points"));
    }
}

#[test]
fn everything_that_is_missing_is_listed() {
    let cycle = cycle();
    let mut person = samples::empty(&cycle.rules);
    person.included_reason = Some("back from leave".into());
    person.missing = vec![Missing::Agreement, Missing::CheckIns, Missing::Review];
    let page = page(&cycle, Locale::En, &person);
    for text in [
        "Goal agreement: none recorded",
        "Check-ins: fewer than two recorded",
        "review: none recorded",
        "back from leave",
        "no records",
    ] {
        assert!(page.contains(text), "{text}");
    }
}

#[test]
fn a_cycle_with_reviews_shows_both_parts_and_a_missing_one_as_missing() {
    let mut cycle = cycle();
    cycle.rules.reviews = true;
    cycle.rules.kpi_bp = 7_000;
    cycle.rules.competency_bp = 3_000;
    let mut person = samples::person(&cycle.rules, "E1", ("王小明", "Wang"), 500, 0.8);
    assert!(page(&cycle, Locale::En, &person).contains("none recorded; the weight drops out"));
    person.competency_h = Some(10_000);
    let page = page(&cycle, Locale::En, &person);
    assert!(page.contains("Competency ratings") && page.contains("30\u{202f}%"));
    assert!(!page.contains("the weight drops out"));
}

#[test]
fn no_page_speaks_of_dismissal_or_blame() {
    let cycle = cycle();
    let person = samples::person(&cycle.rules, "E1", ("张伟", "Zhang Wei"), 500, 0.1);
    assert_eq!(person.grade.as_deref(), Some("D"));
    let zh = page(&cycle, Locale::Zh, &person);
    let en = page(&cycle, Locale::En, &person).to_lowercase();
    for word in ["dismiss", "terminate", "fault", "blame", "failed", "worst"] {
        assert!(!en.contains(word), "{word}");
    }
    for word in ["辞退", "解雇", "淘汰", "不胜任", "末位"] {
        assert!(!zh.contains(word), "{word}");
    }
}

proptest! {
    #[test]
    fn printed_products_add_up_whatever_points_and_weights(
        parts in prop::collection::vec((0_i64..=12_000, 1_i64..=10_000), 1..9),
    ) {
        let rules = samples::rules();
        let template = samples::person(&rules, "E1", ("", "x"), 100, 0.5).versions[0].items[0].clone();
        let items: Vec<ItemResult> = parts
            .iter()
            .map(|(points, weight)| ItemResult {
                points_h: Some(*points),
                weight_bp: *weight,
                ..template.clone()
            })
            .collect();
        let products = Products::of_items(&items);
        let printed: i64 = items
            .iter()
            .filter_map(worth)
            .map(|p| millionths(&products.text(p)))
            .sum();
        prop_assert_eq!(printed, items.iter().filter_map(worth).sum::<i64>());
    }
}
