//! The figures of recruitment against small companies reckoned by hand.

use proptest::prelude::*;

use super::*;

fn stage(id: i64, opening_id: i64, position: i32, kind: StageKind) -> Stage {
    Stage {
        id,
        opening_id,
        position,
        kind,
        name_zh: String::new(),
        name_en: String::new(),
    }
}

/// Opening 1: screening, interview, offer. Opening 2: interview, background check, interview again.
fn stages() -> Vec<Stage> {
    use StageKind::{BackgroundCheck, Interview, Offer, Screening};
    vec![
        stage(11, 1, 1, Screening),
        stage(12, 1, 2, Interview),
        stage(13, 1, 3, Offer),
        stage(21, 2, 1, Interview),
        stage(22, 2, 2, BackgroundCheck),
        stage(23, 2, 3, Interview),
    ]
}

fn placed(stage_id: i64, state: ApplicationState, n: i64) -> Placed {
    Placed {
        stage_id,
        state,
        source: Source::Careers,
        n,
    }
}

fn at(day: u32, hour: u32) -> NaiveDateTime {
    chrono::NaiveDate::from_ymd_opt(2026, 7, day)
        .and_then(|date| date.and_hms_opt(hour, 0, 0))
        .unwrap()
}

fn numbers(step: &Step) -> [i64; 5] {
    [
        step.entered,
        step.passed,
        step.here,
        step.rejected,
        step.withdrawn,
    ]
}

#[test]
fn who_stands_at_a_stage_has_passed_those_before_it() {
    use ApplicationState::{Active, Hired, Rejected, Withdrawn};
    let placed = [
        placed(11, Rejected, 4),
        placed(11, Active, 3),
        placed(12, Withdrawn, 2),
        placed(13, Active, 1),
        placed(13, Hired, 2),
    ];
    let map = Map::new(&stages(), Some(1));
    let steps = funnel(&map, &placed, &[]);
    assert_eq!(
        steps.iter().map(|step| step.column).collect::<Vec<_>>(),
        [Column::Stage(11), Column::Stage(12), Column::Stage(13)]
    );
    assert_eq!(numbers(&steps[0]), [12, 5, 3, 4, 0]);
    assert_eq!(numbers(&steps[1]), [5, 3, 0, 0, 2]);
    assert_eq!(numbers(&steps[2]), [3, 2, 1, 0, 0]);
}

#[test]
fn openings_of_different_stages_are_counted_by_kind() {
    use ApplicationState::{Active, Rejected};
    let placed = [
        placed(12, Active, 5),
        placed(21, Rejected, 2),
        placed(22, Active, 4),
        placed(23, Rejected, 1),
    ];
    let map = Map::new(&stages(), None);
    let steps = funnel(&map, &placed, &[]);
    let kinds: Vec<Column> = StageKind::ALL.iter().map(|k| Column::Kind(*k)).collect();
    assert_eq!(
        steps.iter().map(|step| step.column).collect::<Vec<_>>(),
        kinds
    );
    assert_eq!(numbers(&steps[0]), [5, 5, 0, 0, 0]);
    // Between its two interviews nobody of opening 2 has passed the interview.
    assert_eq!(numbers(&steps[1]), [12, 0, 9, 3, 0]);
    assert_eq!(numbers(&steps[2]), [5, 1, 4, 0, 0]);
    assert_eq!(numbers(&steps[3]), [0; 5]);
}

#[test]
fn a_stay_lasts_from_coming_to_a_stage_to_the_next_move() {
    let step = |application_id, to, at| Move {
        application_id,
        to,
        at,
    };
    let moves = [
        step(1, Some(11), at(1, 0)),
        step(1, Some(12), at(3, 0)),
        step(1, None, at(7, 12)),
        // Taken up again, and rejected once more.
        step(1, Some(12), at(9, 0)),
        step(1, None, at(9, 12)),
        // Still there: no stay has ended.
        step(2, Some(11), at(2, 0)),
        step(3, Some(11), at(2, 0)),
        step(3, None, at(6, 0)),
    ];
    let map = Map::new(&stages(), Some(1));
    let days = |n: i64| n * 43_200;
    assert_eq!(
        visits(&map, &moves),
        [vec![days(4), days(8)], vec![days(9), days(1)], vec![]]
    );
    let waits = funnel(&map, &[], &moves)[0].waits.unwrap();
    assert_eq!((waits.n, waits.median, waits.p90), (2, 259_200.0, None));
    assert_eq!(Waits::of((0..=10).collect()).unwrap().p90, Some(9.0));
    assert_eq!(Waits::of(Vec::new()), None);
}

#[test]
fn a_stay_between_two_interviews_belongs_to_what_was_done_there() {
    let map = Map::new(&stages(), None);
    assert_eq!(map.column_of(22), Some(2));
    assert_eq!(map.column_of(21), Some(1));
}

#[test]
fn sources_are_told_by_how_many_they_brought() {
    let of = |source, state, n| Placed {
        stage_id: 11,
        state,
        source,
        n,
    };
    let found = origins(&[
        of(Source::Referral, ApplicationState::Hired, 2),
        of(Source::Careers, ApplicationState::Active, 7),
        of(Source::Careers, ApplicationState::Hired, 1),
        of(Source::Referral, ApplicationState::Rejected, 1),
    ]);
    let told: Vec<(Source, i64, i64)> = found
        .iter()
        .map(|o| (o.source, o.applications, o.hired))
        .collect();
    assert_eq!(told, [(Source::Careers, 8, 1), (Source::Referral, 3, 2)]);
}

fn opening(id: i64, state: OpeningState, head_count: i64) -> Opening {
    Opening {
        id,
        code: format!("O{id}"),
        title_zh: String::new(),
        title_en: String::new(),
        state,
        head_count,
        published_at: Some(at(1, 0)),
    }
}

#[test]
fn filling_takes_from_publication_to_hire_and_leaves_the_rest_open() {
    let openings = [
        opening(1, OpeningState::Published, 3),
        opening(2, OpeningState::Closed, 5),
        opening(3, OpeningState::Published, 1),
    ];
    let hire = |opening_id, day| Hire {
        opening_id,
        at: at(day, 0),
    };
    let hires = [hire(1, 11), hire(2, 21), hire(3, 5), hire(3, 6)];
    let open: Vec<(i64, i64, i64)> = vacancies(&openings, &hires)
        .iter()
        .map(|v| (v.opening.id, v.hired, v.open))
        .collect();
    // Two were hired for one place: none is left, and none is owed.
    assert_eq!(open, [(1, 1, 2), (3, 2, 0)]);
    let fill = time_to_fill(&openings, &hires, None).unwrap();
    assert_eq!((fill.n, fill.median), (4, 7.5 * 86_400.0));
    let late = time_to_fill(&openings, &hires, Some((at(10, 0), at(21, 0)))).unwrap();
    assert_eq!((late.n, late.median), (1, 10.0 * 86_400.0));
    assert_eq!(time_to_fill(&openings, &[], None), None);
}

fn ratings(panels: &[&[(i64, i64)]]) -> Vec<Rated> {
    let of = |(panel, ratings): (usize, &&[(i64, i64)])| -> Vec<Rated> {
        let one = |&(rater_id, points_h): &(i64, i64)| Rated {
            panel_id: panel as i64,
            rater_id,
            criterion_id: None,
            points_h,
        };
        ratings.iter().map(one).collect()
    };
    panels.iter().enumerate().flat_map(of).collect()
}

#[test]
fn the_same_raters_for_all_are_told_apart_from_others_for_each() {
    let levels = [100, 200, 300, 400, 500];
    let same = ratings(&[
        &[(7, 100), (8, 100)],
        &[(8, 300), (7, 200)],
        &[(7, 500), (8, 500)],
        &[(7, 400), (8, 400)],
        &[(7, 200), (8, 300)],
    ]);
    let found = agreement(&same, Some(&levels)).unwrap();
    assert_eq!((found.panels, found.ratings), (5, 10));
    assert_eq!(found.icc.unwrap().0, Model::Random);
    // By hand: squares of steps are .4 on average; by chance the variances of both and the square of the
    // difference of their means, 2.16 + 1.76 + .16.
    assert!((found.kappa.unwrap().value - (1.0 - 0.4 / 4.08)).abs() < 1e-12);
    let others = ratings(&[
        &[(1, 100), (2, 100)],
        &[(3, 300), (4, 200)],
        &[(5, 500), (6, 500)],
        &[(7, 400), (8, 400)],
        &[(9, 200), (8, 300)],
    ]);
    let found = agreement(&others, Some(&levels)).unwrap();
    assert_eq!(found.icc.unwrap().0, Model::OneWay);
    assert_eq!(found.kappa, None);
    let uneven = ratings(&[
        &[(1, 100), (2, 100)],
        &[(3, 300), (4, 200), (5, 300)],
        &[(5, 500), (6, 500)],
        &[(7, 400), (8, 400)],
        &[(9, 200), (8, 300)],
        // One alone says nothing.
        &[(1, 300)],
    ]);
    let found = agreement(&uneven, None).unwrap();
    assert_eq!((found.panels, found.ratings), (5, 11));
    assert_eq!(found.icc, None);
    assert!(found.alpha.is_some());
}

#[test]
fn four_occasions_say_nothing() {
    let pair: &[(i64, i64)] = &[(1, 100), (2, 100)];
    let four = ratings(&[pair; 4]);
    assert_eq!(agreement(&four, None), None);
    // Five that do not differ tell nobody apart.
    let flat = agreement(&ratings(&[pair; 5]), None).unwrap();
    assert_eq!((flat.icc, flat.alpha), (None, None));
}

#[test]
fn a_card_is_told_by_its_totals_and_criteria() {
    let criterion = |id, version_id| Criterion {
        id,
        version_id,
        card: ("interview".to_string(), version_id as i32),
        card_zh: String::new(),
        card_en: String::new(),
        name_zh: String::new(),
        name_en: String::new(),
        levels: vec![100, 200],
    };
    let criteria = [criterion(1, 1), criterion(2, 1), criterion(3, 2)];
    let pair: &[(i64, i64)] = &[(7, 1), (8, 2)];
    let totals = ratings(&[pair; 6]);
    let of = |id| {
        let with = move |one: &Rated| Rated {
            criterion_id: Some(id),
            points_h: 100 * (1 + one.panel_id % 2),
            ..*one
        };
        totals.iter().map(with).collect::<Vec<_>>()
    };
    // The last occasion is one of another card.
    let mut rated: Vec<Rated> = of(1).into_iter().filter(|one| one.panel_id < 5).collect();
    rated.extend(of(3).into_iter().filter(|one| one.panel_id == 5));
    rated.extend(&totals);
    let found = agreements(&criteria, &rated);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].card.id, found[0].total.panels), (1, 5));
    assert_eq!(found[0].criteria.len(), 1);
    assert_eq!(found[0].criteria[0].1.alpha, Some(1.0));
}

proptest! {
    #[test]
    fn whoever_came_to_a_stage_went_on_stays_or_left(
        counts in prop::collection::vec((0..6_usize, 0..4_usize, 0_i64..50), 0..30),
        one in any::<bool>(),
    ) {
        let stages = stages();
        let placed: Vec<Placed> = counts
            .iter()
            .map(|&(stage, state, n)| placed(stages[stage].id, ApplicationState::ALL[state], n))
            .collect();
        let map = Map::new(&stages, one.then_some(1));
        for step in funnel(&map, &placed, &[]) {
            let [entered, parts @ ..] = numbers(&step);
            prop_assert_eq!(entered, parts.iter().sum::<i64>());
        }
    }
}
