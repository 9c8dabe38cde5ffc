//! What may be told of groups, and what a reader could reckon from it.

use proptest::prelude::*;

use super::*;
use crate::recruitment::model::analytics::Stage;
use crate::recruitment::model::codes::{Source, StageKind};

/// Each opening has a screening (its number and a 1) and an interview (its number and a 2).
fn stages(openings: i64) -> Vec<Stage> {
    let stage = |opening_id: i64, position: i32, kind| Stage {
        id: 10 * opening_id + i64::from(position),
        opening_id,
        position,
        kind,
        name_zh: String::new(),
        name_en: String::new(),
    };
    (1..=openings)
        .flat_map(|opening| {
            [
                stage(opening, 1, StageKind::Screening),
                stage(opening, 2, StageKind::Interview),
            ]
        })
        .collect()
}

/// Of a group of an opening, so many passed the screening and so many were rejected there.
fn screened(opening: i64, value: &str, passed: i64, rejected: i64) -> Vec<Stated> {
    let of = |stage_id, state, n| Stated {
        stage_id,
        state,
        attribute: "gender".to_string(),
        value: value.to_string(),
        n,
    };
    vec![
        of(10 * opening + 2, ApplicationState::Active, passed),
        of(10 * opening + 1, ApplicationState::Rejected, rejected),
    ]
}

/// All published in one quarter.
fn published(openings: i64) -> BTreeMap<i64, Option<Quarter>> {
    (1..=openings)
        .map(|id| (id, "2026Q3".parse().ok()))
        .collect()
}

/// Those who state something, as applications.
fn placed(stated: &[Stated]) -> Vec<Placed> {
    let of = |row: &Stated| Placed {
        stage_id: row.stage_id,
        state: row.state,
        source: Source::Careers,
        n: row.n,
    };
    stated.iter().map(of).collect()
}

/// The table of the screening, where everybody states something.
fn at_screening(openings: i64, stated: &[Stated], scope: Scope) -> Option<Table> {
    among(openings, &placed(stated), stated, scope)
}

/// The table of the screening.
fn among(openings: i64, all: &[Placed], stated: &[Stated], scope: Scope) -> Option<Table> {
    let map = Map::new(&stages(openings), None);
    let found = tables(&map, all, stated, &[], &published(openings), scope);
    found
        .into_iter()
        .find(|table| table.column == Column::Kind(StageKind::Screening))
}

fn told(table: &Table) -> Vec<(&str, i64, Option<i64>)> {
    let of = |group: &'_ Group| (group.entered, group.passed);
    table
        .groups
        .iter()
        .map(|group| (group.value.as_str(), of(group).0, of(group).1))
        .collect()
}

#[test]
fn four_fifths_are_strict_and_the_highest_is_compared_with_itself_not() {
    let stated = [
        screened(1, "male", 60, 40),
        screened(1, "female", 48, 52),
        screened(1, "other", 47, 53),
    ]
    .concat();
    let table = at_screening(1, &stated, Scope::Whole).unwrap();
    assert_eq!(
        told(&table),
        [
            ("female", 100, Some(48)),
            ("male", 100, Some(60)),
            ("other", 100, Some(47))
        ]
    );
    let below: Vec<Option<bool>> = table
        .groups
        .iter()
        .map(|group| group.against.as_ref().map(|against| against.below))
        .collect();
    assert_eq!(below, [Some(false), None, Some(true)]);
    assert!(table.groups[1].highest);
    let figures = table.groups[2].against.as_ref().unwrap().figures.as_ref();
    assert!((figures.unwrap().ratio - 47.0 / 60.0).abs() < 1e-12);
}

#[test]
fn a_group_of_four_is_left_out_and_with_it_whichever_would_tell_it() {
    let groups = |other| {
        let all = [
            screened(1, "male", 20, 20),
            screened(1, "female", 15, 25),
            screened(1, "other", other, 0),
        ];
        at_screening(1, &all.concat(), Scope::Whole)
    };
    let table = groups(5).unwrap();
    assert_eq!((table.groups.len(), table.withheld), (3, 0));
    // Four of the third are all less the two others: one of those goes too, and one alone is no comparison.
    assert_eq!(groups(4), None);
    assert_eq!(groups(0).unwrap().groups.len(), 2);
}

#[test]
fn whoever_states_nothing_hides_a_group_of_few() {
    let stated = [
        screened(1, "male", 20, 20),
        screened(1, "female", 15, 25),
        screened(1, "other", 3, 0),
    ]
    .concat();
    let with = |passed, rejected| {
        let mut all = placed(&stated);
        all.extend(placed(&screened(1, "", passed, rejected)));
        among(1, &all, &stated, Scope::Whole)
    };
    // Five are left over, the two who say nothing among them, and all of them passed.
    let table = with(2, 0).unwrap();
    assert_eq!(
        told(&table),
        [("female", 40, Some(15)), ("male", 40, Some(20))]
    );
    assert_eq!(table.withheld, 1);
    // Of four it could still be told how many they are; and of one who was rejected, that it was one.
    assert_eq!(with(1, 0), None);
    assert_eq!(told(&with(4, 1).unwrap())[0], ("female", 40, None));
}

#[test]
fn with_a_fourth_group_the_smallest_of_the_others_goes_with_the_one_of_four() {
    let all = [
        screened(1, "25_to_34", 20, 20),
        screened(1, "35_to_44", 20, 20),
        screened(1, "45_to_54", 10, 10),
        screened(1, "under_25", 2, 2),
    ];
    let table = at_screening(1, &all.concat(), Scope::Whole).unwrap();
    let values: Vec<&str> = table.groups.iter().map(|g| g.value.as_str()).collect();
    assert_eq!(values, ["25_to_34", "35_to_44"]);
    assert_eq!(table.withheld, 2);
}

#[test]
fn three_who_passed_are_not_counted_out_but_the_verdict_stands() {
    let all = [screened(1, "male", 30, 20), screened(1, "female", 3, 27)];
    let table = at_screening(1, &all.concat(), Scope::Whole).unwrap();
    // Who passed of the other follows from all who passed, so it is withheld as well.
    assert_eq!(told(&table), [("female", 30, None), ("male", 50, None)]);
    let against = table.groups[0].against.as_ref().unwrap();
    assert!(against.below && against.differs && against.figures.is_none());
    // That nobody passed is no number of few.
    let all = [screened(1, "male", 30, 20), screened(1, "female", 0, 30)];
    let table = at_screening(1, &all.concat(), Scope::Whole).unwrap();
    assert_eq!(
        told(&table),
        [("female", 30, Some(0)), ("male", 50, Some(30))]
    );
}

#[test]
fn small_numbers_are_marked() {
    let all = [screened(1, "male", 8, 7), screened(1, "female", 5, 7)];
    let table = at_screening(1, &all.concat(), Scope::Whole).unwrap();
    let against = table.groups[0].against.as_ref().unwrap();
    assert!(against.below && against.small && !against.differs);
    let all = [screened(1, "male", 80, 70), screened(1, "female", 50, 90)];
    let table = at_screening(1, &all.concat(), Scope::Whole).unwrap();
    assert!(!table.groups[0].against.as_ref().unwrap().small);
}

#[test]
fn who_withdrew_or_is_still_there_is_not_counted() {
    let mut all = [screened(1, "male", 30, 20), screened(1, "female", 10, 20)].concat();
    for state in [ApplicationState::Withdrawn, ApplicationState::Active] {
        all.push(Stated {
            stage_id: 11,
            state,
            attribute: "gender".to_string(),
            value: "female".to_string(),
            n: 40,
        });
    }
    let table = at_screening(1, &all, Scope::Whole).unwrap();
    assert_eq!(table.groups[0].entered, 30);
}

#[test]
fn what_was_counted_before_erasure_is_added() {
    let map = Map::new(&stages(1), None);
    let stated = [screened(1, "male", 30, 20), screened(1, "female", 10, 20)].concat();
    let folded = Folded {
        opening_id: 1,
        position: 1,
        attribute: "gender".to_string(),
        value: "female".to_string(),
        entered: 12,
        passed: 5,
    };
    let found = tables(
        &map,
        &placed(&stated),
        &stated,
        &[folded],
        &published(1),
        Scope::Whole,
    );
    assert_eq!(told(&found[0])[0], ("female", 42, Some(15)));
}

#[test]
fn an_opening_is_not_told_where_another_of_few_follows_from_the_whole() {
    // Opening 2 has two women: with the whole and opening 1 they would be told.
    let all = [
        screened(1, "male", 20, 20),
        screened(1, "female", 10, 20),
        screened(2, "male", 20, 20),
        screened(2, "female", 1, 1),
    ]
    .concat();
    assert!(at_screening(2, &all, Scope::Whole).is_some());
    assert_eq!(at_screening(2, &all, Scope::Opening(1)), None);
    assert_eq!(at_screening(2, &all, Scope::Opening(2)), None);
    let all = [
        screened(1, "male", 20, 20),
        screened(1, "female", 10, 20),
        screened(2, "male", 20, 20),
        screened(2, "female", 6, 6),
    ]
    .concat();
    assert!(at_screening(2, &all, Scope::Opening(1)).is_some());
}

#[test]
fn berkeley_is_below_four_fifths_altogether_and_not_opening_by_opening() {
    // Bickel, Hammel & O'Connell, Science 187 (1975) 398-404: admitted and rejected, six departments.
    let departments = [
        ((512, 313), (89, 19)),
        ((353, 207), (17, 8)),
        ((120, 205), (202, 391)),
        ((138, 279), (131, 244)),
        ((53, 138), (94, 299)),
        ((22, 351), (24, 317)),
    ];
    let all: Vec<Stated> = (1_i64..)
        .zip(departments)
        .flat_map(|(opening, (men, women))| {
            [
                screened(opening, "male", men.0, men.1),
                screened(opening, "female", women.0, women.1),
            ]
            .concat()
        })
        .collect();
    let table = at_screening(6, &all, Scope::Whole).unwrap();
    let against = table.groups[0].against.as_ref().unwrap();
    assert!(against.below && against.differs && !against.small);
    let common = against.figures.as_ref().unwrap().common.unwrap();
    assert!((common.odds_ratio.unwrap() - 1.105).abs() < 0.001 && common.test.p > 0.2);
}

proptest! {
    /// Whatever is shown of one scope: no number of one to four stands there, and none is left when what is shown
    /// is taken from all.
    #[test]
    fn no_small_number_is_told_or_left_over(
        counts in prop::collection::vec((0_i64..12, 0_i64..12), 8),
        scope in prop::sample::select(vec![
            Scope::Whole,
            Scope::Opening(1),
            Scope::Opening(2),
            Scope::Quarter(Quarter::from_index(8_106)),
        ]),
    ) {
        let values = ["a", "b", "c", "d"];
        let of = |opening: i64, at: usize, value: &'static str| {
            let (passed, rejected) = counts[4 * (opening as usize - 1) + at];
            screened(opening, value, passed, rejected)
        };
        let all: Vec<Stated> = (1..=2)
            .flat_map(|opening| values.iter().enumerate().flat_map(move |(at, v)| of(opening, at, v)))
            .collect();
        let within = |opening: usize| match scope {
            Scope::Opening(id) => id == opening as i64,
            _ => true,
        };
        let whole = |pick: fn(&(i64, i64)) -> i64, at: usize| -> i64 {
            (1..=2).filter(|o| within(*o)).map(|o| pick(&counts[4 * (o - 1) + at])).sum()
        };
        let few = |n: i64| (1..5).contains(&n);
        if let Some(table) = at_screening(2, &all, scope) {
            let (mut came, mut passed, mut failed) = (0, 0, 0);
            for (at, value) in values.iter().enumerate() {
                let own = (whole(|c| c.0, at), whole(|c| c.1, at));
                match table.groups.iter().find(|group| group.value == *value) {
                    Some(group) => {
                        prop_assert_eq!(group.entered, own.0 + own.1);
                        prop_assert!(!few(group.entered));
                        match group.passed {
                            Some(n) => {
                                prop_assert_eq!(n, own.0);
                                prop_assert!(!few(n) && !few(group.entered - n));
                            }
                            None => {
                                passed += own.0;
                                failed += own.1;
                            }
                        }
                    }
                    None => {
                        came += own.0 + own.1;
                        passed += own.0;
                        failed += own.1;
                    }
                }
            }
            prop_assert!(!few(came));
            let counted = table.groups.iter().any(|group| group.passed.is_some());
            prop_assert!(!counted || !few(passed) && !few(failed));
        }
    }
}
