//! Shrinkage against a published mixed model, models whose moments are known, and the promise made
//! to people with few records.

use proptest::prelude::*;

use super::*;

fn tally(values: &[i64]) -> Tally {
    values.iter().fold(Tally::default(), |sum, &value| {
        sum.checked_add(Tally::of(value)).unwrap()
    })
}

fn assert_near(actual: f64, expected: f64, tolerance: f64) {
    assert!(
        (actual - expected).abs() <= tolerance,
        "{actual} is not {expected}"
    );
}

#[test]
fn means_agree_with_the_dyestuff_example_of_lme4() {
    // Yield of six batches of dyestuff (Davies 1947), the first example of the lme4 documentation:
    // variance within 2451.25, between 1764.05, and the conditional modes of the batches below. In
    // a balanced plan restricted likelihood and moments agree; statsmodels 0.15.0 mixedlm gives the
    // same to three digits.
    let batches = [
        [1545, 1440, 1440, 1520, 1580],
        [1540, 1555, 1490, 1560, 1495],
        [1595, 1550, 1605, 1510, 1560],
        [1445, 1440, 1595, 1465, 1545],
        [1595, 1630, 1515, 1635, 1625],
        [1520, 1455, 1450, 1480, 1445],
    ];
    let modes = [
        -17.606_85, 0.391_26, 28.562_22, -23.084_54, 56.733_19, -44.995_29,
    ];
    let tallies: Vec<Tally> = batches.iter().map(|batch| tally(batch)).collect();
    let shrunken = means(&tallies).unwrap();
    assert!(shrunken.differ);
    assert_eq!(shrunken.pooled, 1527.5);
    for (value, mode) in shrunken.values.iter().zip(modes) {
        assert_near(value.unwrap(), 1527.5 + mode, 1e-5);
    }
}

#[test]
fn proportions_recover_the_prior_they_were_drawn_from() {
    // With a = b = 1 and four records each, 0 to 4 successes are equally frequent. The estimate
    // with many such people must approach (1 + x) / (2 + 4).
    let peers: Vec<(i64, i64)> = (0..=4).flat_map(|x| vec![(x, 4); 20_000]).collect();
    let shrunken = proportions(&peers).unwrap();
    for (value, (x, _)) in shrunken.values.iter().zip(&peers) {
        assert_near(value.unwrap(), (1.0 + *x as f64) / 6.0, 1e-4);
    }
}

#[test]
fn rates_recover_the_prior_they_were_drawn_from() {
    // Gamma prior with a = 2, b = 1, and one unit of exposure: the count is negative binomial,
    // P(x) = (x + 1) / 2^(x + 2), here as exact frequencies. The estimate is (2 + x) / (1 + 1).
    let peers: Vec<(i64, i64)> = (0..=16)
        .flat_map(|x| vec![(x, 1); ((x as usize + 1) << 18) >> (x + 2)])
        .collect();
    let shrunken = rates(&peers).unwrap();
    assert_near(shrunken.pooled, 2.0, 2e-3);
    for (value, (x, _)) in shrunken.values.iter().zip(&peers) {
        assert_near(
            value.unwrap(),
            (2.0 + *x as f64) / 2.0,
            0.01 * (1 + x) as f64,
        );
    }
}

#[test]
fn three_surveys_all_good_do_not_outrank_three_hundred_at_ninety_five_percent() {
    let few = (3, 3);
    let many = (285, 300);
    let team = [(80, 100), (170, 200), (130, 150), (70, 90), (110, 120)];
    let peers: Vec<(i64, i64)> = team.into_iter().chain([few, many]).collect();
    let shrunken = proportions(&peers).unwrap();
    assert!(shrunken.differ);
    let [few, many] = shrunken.values[5..] else {
        panic!("two values follow the team's five");
    };
    assert!(few < many);
}

#[test]
fn three_equal_answers_do_not_claim_certainty() {
    let steady = |mean: i64, n: i64| {
        let values: Vec<i64> = (0..n).map(|i| mean + 100 * (i % 3 - 1)).collect();
        tally(&values)
    };
    let peers = [
        tally(&[500, 500, 500]),
        steady(480, 300),
        steady(400, 120),
        steady(420, 90),
    ];
    let values = means(&peers).unwrap().values;
    assert!(values[0] < values[1]);
    assert!(values[0] > values[3]);
}

#[test]
fn a_spread_no_larger_than_chance_gives_everybody_the_pooled_figure() {
    let shrunken = proportions(&[(8, 10), (9, 10), (8, 10), (9, 10)]).unwrap();
    assert!(!shrunken.differ);
    assert_eq!(shrunken.values, [Some(0.85); 4]);

    let shrunken = rates(&[(2, 1_000), (3, 1_000), (2, 1_000), (3, 1_000)]).unwrap();
    assert!(!shrunken.differ);
    assert_eq!(shrunken.values, [Some(0.0025); 4]);
}

#[test]
fn two_people_are_no_group_to_learn_from() {
    let shrunken = proportions(&[(5, 100), (95, 100)]).unwrap();
    assert!(!shrunken.differ);
    assert_eq!(shrunken.values, [Some(0.5); 2]);
    assert!(!rates(&[(1, 1_000), (90, 1_000)]).unwrap().differ);
    assert!(
        rates(&[(1, 1_000), (90, 1_000), (40, 1_000)])
            .unwrap()
            .differ
    );
}

#[test]
fn people_with_one_record_each_teach_nothing_about_their_differences() {
    let shrunken = proportions(&[(1, 1), (0, 1), (1, 1), (1, 1)]).unwrap();
    assert!(!shrunken.differ);
    assert_eq!(shrunken.values, [Some(0.75); 4]);
}

#[test]
fn a_person_without_evidence_gets_no_figure_and_a_group_without_it_gets_none() {
    let values = proportions(&[(0, 0), (8, 10)]).unwrap().values;
    assert_eq!(values, [None, Some(0.8)]);
    assert_eq!(proportions(&[]), None);
    assert_eq!(proportions(&[(0, 0), (0, 0)]), None);
    assert_eq!(means(&[Tally::default()]), None);
    assert_eq!(rates(&[(0, 0)]), None);
}

#[test]
fn impossible_counts_are_refused() {
    assert_eq!(proportions(&[(3, 2), (1, 2)]), None);
    assert_eq!(proportions(&[(-1, 2), (1, 2)]), None);
    assert_eq!(rates(&[(-1, 2), (1, 2)]), None);
    assert_eq!(rates(&[(0, -1), (1, 2)]), None);
}

#[test]
fn a_group_that_is_all_alike_has_no_spread() {
    for x in [0, 10] {
        let shrunken = proportions(&[(x, 10); 5]).unwrap();
        assert!(!shrunken.differ);
        assert_eq!(shrunken.values, [Some(x as f64 / 10.0); 5]);
    }
    assert!(!rates(&[(0, 100); 5]).unwrap().differ);
}

proptest! {
    #[test]
    fn a_shrunken_proportion_lies_between_the_own_and_the_pooled_one(
        peers in prop::collection::vec((0_i64..50, 0_i64..50), 1..30),
    ) {
        let peers: Vec<(i64, i64)> = peers.into_iter().map(|(x, rest)| (x, x + rest)).collect();
        if let Some(shrunken) = proportions(&peers) {
            for (value, &(x, n)) in shrunken.values.iter().zip(&peers) {
                prop_assert_eq!(value.is_none(), n == 0);
                if let Some(value) = *value {
                    let own = x as f64 / n as f64;
                    let (low, high) = (own.min(shrunken.pooled), own.max(shrunken.pooled));
                    prop_assert!(low - 1e-12 <= value && value <= high + 1e-12);
                }
            }
        }
    }

    #[test]
    fn three_good_surveys_never_lead_a_team_of_ordinary_people(
        team in prop::collection::vec((60_u32..=92, 40_i64..400), 5..40),
    ) {
        let ordinary = team.iter().map(|&(percent, n)| (n * i64::from(percent) / 100, n));
        let peers: Vec<(i64, i64)> = ordinary.chain([(3, 3), (285, 300)]).collect();
        let shrunken = proportions(&peers).unwrap();
        let (few, many) = (shrunken.values[peers.len() - 2], shrunken.values[peers.len() - 1]);
        prop_assert!(few < many || !shrunken.differ, "{few:?} {many:?}");
    }

    #[test]
    fn more_records_at_the_same_rate_keep_more_of_the_own_figure(
        team in prop::collection::vec((0_i64..30, 500_i64..2_000), 5..20),
    ) {
        let peers: Vec<(i64, i64)> = team.into_iter().chain([(30, 300), (300, 3_000)]).collect();
        let shrunken = rates(&peers).unwrap();
        if shrunken.differ {
            let (few, many) = (shrunken.values[peers.len() - 2], shrunken.values[peers.len() - 1]);
            let distance = |value: Option<f64>| (value.unwrap() - 0.1).abs();
            prop_assert!(distance(many) <= distance(few));
        }
    }
}
