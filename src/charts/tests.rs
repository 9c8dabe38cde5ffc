//! What holds for every chart: well-formed, escaped, free of NaN, in the order of the values.

use super::*;
use roxmltree::{Document, Node};

const FRAME: Frame<'_> = Frame {
    id: "c1",
    title: "A <b> & \"c\"",
    desc: "d > 'e'",
};

fn plain(value: f64) -> String {
    format!("{value:.1}")
}

fn point(label: &str, value: f64) -> Point<'_> {
    Point {
        label,
        value: Some(value),
        low: Some(value - 2.0),
        high: Some(value + 2.0),
    }
}

fn gap(label: &str) -> Point<'_> {
    Point {
        label,
        value: None,
        low: None,
        high: None,
    }
}

fn dot(label: &str, value: Option<f64>) -> Dot<'_> {
    Dot {
        label,
        value,
        low: value.map(|v| v - 1.0),
        high: value.map(|v| v + 1.0),
        raw: value.map(|v| v + 0.5),
        emphasis: false,
        note: "too few <5",
    }
}

fn mark(value: f64) -> Mark<'static> {
    Mark {
        value,
        label: "target & more",
    }
}

fn limits(centre: f64, half: f64) -> Limits<'static> {
    Limits {
        centre: mark(centre),
        upper: mark(centre + half),
        lower: mark(centre - half),
    }
}

const LADDER: Goal = Goal::Ladder {
    threshold: 80.0,
    target: 90.0,
    stretch: 95.0,
};

/// Every chart over the same values, which may be missing, huge, negative or not a number.
fn every_chart(values: &[Option<f64>]) -> Vec<String> {
    let target = Some(mark(values.first().copied().flatten().unwrap_or(1.0)));
    let points: Vec<_> = values
        .iter()
        .map(|v| Point {
            value: *v,
            ..v.map_or(gap("<W1>"), |v| point("W\"1", v))
        })
        .collect();
    let bar_rows: Vec<_> = values
        .iter()
        .map(|v| Bar {
            label: "a & b",
            value: *v,
            note: "n <3>",
        })
        .collect();
    let dots: Vec<_> = values.iter().map(|v| dot("a 'b'", *v)).collect();
    let counts: Vec<_> = values
        .iter()
        .map(|v| Count {
            label: "x<y",
            count: v.unwrap_or(0.0) as u64,
        })
        .collect();
    let value = values.first().copied().flatten();
    vec![
        line_with_band(FRAME, &points, target, &plain),
        xmr(FRAME, &points, limits(0.0, 3.0), &[0, 99], target, &plain),
        sparkline(FRAME, values, Some(1.0)),
        bars(FRAME, &bar_rows, target, &plain),
        interval_dots(FRAME, &dots, target, &plain),
        pareto(FRAME, &counts, &plain, &plain),
        distribution(FRAME, &counts, &plain),
        attainment(FRAME, LADDER, value, value, value),
    ]
}

fn parse(svg: &str) -> Document<'_> {
    Document::parse(svg).unwrap_or_else(|error| panic!("{error}: {svg}"))
}

fn all<'a, 'i>(document: &'a Document<'i>, class: &str) -> Vec<Node<'a, 'i>> {
    document
        .descendants()
        .filter(|n| {
            n.attribute("class")
                .is_some_and(|c| c.split(' ').any(|c| c == class))
        })
        .collect()
}

fn number(node: Node<'_, '_>, attribute: &str) -> f64 {
    let text = node.attribute(attribute).unwrap();
    text.trim_end_matches('%').parse().unwrap()
}

fn words(node: Node<'_, '_>) -> String {
    node.children().filter_map(|n| n.text()).collect()
}

#[test]
fn every_chart_is_well_formed_named_and_free_of_style_and_script() {
    for svg in every_chart(&[Some(83.0), None, Some(91.5), Some(88.0)]) {
        let document = parse(&svg);
        let root = document.root_element();
        assert_eq!(root.attribute("role"), Some("img"));
        assert_eq!(root.attribute("aria-labelledby"), Some("c1-t c1-d"));
        let title = root.first_element_child().unwrap();
        assert_eq!(
            (title.attribute("id"), title.text()),
            (Some("c1-t"), Some(FRAME.title))
        );
        let desc = title.next_sibling_element().unwrap();
        assert_eq!(
            (desc.attribute("id"), desc.text()),
            (Some("c1-d"), Some(FRAME.desc))
        );
        for node in document.descendants() {
            assert_ne!(node.tag_name().name(), "script");
            assert_ne!(node.tag_name().name(), "style");
            assert!(node.attribute("style").is_none(), "{svg}");
        }
    }
}

#[test]
fn a_chart_without_description_names_only_its_title() {
    let frame = Frame { desc: "", ..FRAME };
    let svg = sparkline(frame, &[Some(1.0), Some(2.0)], None);
    let document = parse(&svg);
    let root = document.root_element();
    assert_eq!(root.attribute("aria-labelledby"), Some("c1-t"));
    assert!(!svg.contains("<desc"));
}

#[test]
fn nothing_to_draw_is_an_empty_string_except_for_the_scale_of_a_goal() {
    for values in [vec![], vec![None, None], vec![Some(f64::NAN)]] {
        let mut charts = every_chart(&values);
        let strip = charts.pop().unwrap();
        assert!(charts.iter().all(String::is_empty), "{charts:?}");
        let document = parse(&strip);
        assert_eq!(all(&document, "target").len(), 1);
        assert!(all(&document, "dot").is_empty());
    }
}

#[test]
fn odd_values_never_print_nan_or_infinity_and_stay_in_the_picture() {
    let odd = [
        vec![Some(5.0)],
        vec![Some(0.0), Some(0.0)],
        vec![Some(-100.0), Some(-3.5), Some(62.0)],
        vec![Some(f64::MAX), Some(f64::MIN), Some(1.0)],
        vec![Some(f64::INFINITY), Some(2.0), Some(f64::NAN), None],
        vec![Some(5e-324), Some(1e-308)],
        vec![Some(1e15), Some(1e15 + 1.0)],
    ];
    for values in odd {
        for svg in every_chart(&values).into_iter().filter(|s| !s.is_empty()) {
            let document = parse(&svg);
            for node in document.descendants().filter(Node::is_element) {
                for name in [
                    "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "width", "height", "d",
                ] {
                    let text = node.attribute(name).unwrap_or("0");
                    assert!(!text.contains("NaN") && !text.contains("inf"), "{svg}");
                    if let Some(percent) = text.strip_suffix('%') {
                        let percent: f64 = percent.parse().unwrap();
                        assert!((0.0..=100.0).contains(&percent), "{values:?}: {svg}");
                    }
                }
            }
        }
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let values = [Some(1.0 / 3.0), Some(2.0 / 3.0), None, Some(0.5)];
    assert_eq!(every_chart(&values), every_chart(&values));
}

#[test]
fn a_missing_period_breaks_the_line_and_the_band() {
    let points = [
        point("1", 80.0),
        point("2", 81.0),
        gap("3"),
        point("4", 84.0),
        point("5", 83.0),
    ];
    let svg = line_with_band(FRAME, &points, None, &plain);
    let document = parse(&svg);
    let line = all(&document, "line")[0].attribute("d").unwrap();
    assert_eq!(line.matches('M').count(), 2);
    let band = all(&document, "band")[0].attribute("d").unwrap();
    assert_eq!(
        (band.matches('M').count(), band.matches('Z').count()),
        (2, 2)
    );
    assert_eq!(all(&document, "dot").len(), 4);
}

#[test]
fn a_long_series_keeps_dots_only_for_the_latest_and_for_lone_periods() {
    let mut points = vec![point("d", 80.0); 60];
    points[9] = gap("d");
    points[11] = gap("d");
    let svg = line_with_band(FRAME, &points, None, &plain);
    let document = parse(&svg);
    let at: Vec<_> = all(&document, "dot")
        .iter()
        .map(|d| number(*d, "cx"))
        .collect();
    assert_eq!(at, [16.9, 100.0]);
}

#[test]
fn a_period_between_gaps_shows_its_interval_as_an_upright_line() {
    let points = [gap("1"), point("2", 81.0), gap("3")];
    let svg = line_with_band(FRAME, &points, None, &plain);
    let document = parse(&svg);
    assert!(all(&document, "band").is_empty());
    let range = all(&document, "range")[0];
    assert_eq!((number(range, "x1"), number(range, "x2")), (50.0, 50.0));
    assert!(number(range, "y2") < number(range, "y1"));
}

#[test]
fn higher_values_lie_higher_and_later_ones_further_right() {
    let points = [point("1", 70.0), point("2", 90.0), point("3", 80.0)];
    let svg = line_with_band(FRAME, &points, Some(mark(85.0)), &plain);
    let document = parse(&svg);
    let dots = all(&document, "dot");
    let x: Vec<_> = dots.iter().map(|d| number(*d, "cx")).collect();
    assert_eq!(x, [0.0, 50.0, 100.0]);
    let y: Vec<_> = dots.iter().map(|d| number(*d, "cy")).collect();
    let target = number(all(&document, "target")[0], "y1");
    assert!(y[1] < target && target < y[2] && y[2] < y[0]);
}

#[test]
fn words_at_the_end_keep_apart_and_within_the_chart() {
    let points = [point("1", 85.0), point("2", 85.1)];
    let near = limits(85.0, 0.05);
    let svg = xmr(FRAME, &points, near, &[], Some(mark(85.0)), &plain);
    let document = parse(&svg);
    let height = number(document.root_element(), "height");
    let mut y: Vec<_> = ["target-label", "limit-label", "centre-label"]
        .iter()
        .flat_map(|class| all(&document, class))
        .map(|label| number(label, "y"))
        .collect();
    y.sort_by(f64::total_cmp);
    assert_eq!(y.len(), 4);
    assert!(y.windows(2).all(|pair| pair[1] - pair[0] >= 14.9), "{y:?}");
    assert!(y[0] > 0.0 && y[3] < height);
}

#[test]
fn signals_are_ringed_and_out_of_range_indices_are_ignored() {
    let points = [point("1", 40.0), point("2", 61.0), point("3", 42.0)];
    let svg = xmr(FRAME, &points, limits(41.0, 12.0), &[1, 7], None, &plain);
    let document = parse(&svg);
    let rings = all(&document, "signal");
    assert_eq!(rings.len(), 1);
    assert_eq!(number(rings[0], "cx"), 50.0);
}

#[test]
fn the_latest_period_is_always_named_and_names_do_not_crowd() {
    let labels: Vec<_> = (1..=90).map(|d| format!("2026-07-{d:02}")).collect();
    let points: Vec<_> = labels.iter().map(|l| point(l, 3.0)).collect();
    let svg = line_with_band(FRAME, &points, None, &plain);
    let document = parse(&svg);
    let named = all(&document, "period");
    assert_eq!(words(*named.last().unwrap()), "2026-07-90");
    assert!((4..=9).contains(&named.len()), "{}", named.len());
    let narrow = named
        .iter()
        .filter(|n| n.attribute("class") == Some("period"));
    assert!((1..=3).contains(&narrow.count()));
}

#[test]
fn bars_start_at_zero_and_negative_ones_end_there() {
    let row = |label, value| Bar {
        label,
        value: Some(value),
        note: "",
    };
    let rows = [row("a", 62.0), row("b", -18.0), row("c", 31.0)];
    let svg = bars(FRAME, &rows, Some(mark(50.0)), &plain);
    let document = parse(&svg);
    let zero = number(all(&document, "zero")[0], "x1");
    let rects = all(&document, "bar");
    let start = |r| number(r, "x");
    let width = |r| number(r, "width");
    assert_eq!(start(rects[0]), zero);
    assert_eq!(start(rects[2]), zero);
    assert!((start(rects[1]) + width(rects[1]) - zero).abs() < 0.11);
    assert!((width(rects[0]) / width(rects[2]) - 2.0).abs() < 0.05);
}

#[test]
fn the_axis_of_bars_holds_zero_even_when_no_value_comes_near() {
    let rows = [60.0, 61.0].map(|value| Bar {
        label: "a",
        value: Some(value),
        note: "",
    });
    let svg = bars(FRAME, &rows, None, &plain);
    let document = parse(&svg);
    for bar in all(&document, "bar") {
        assert_eq!(number(bar, "x"), 0.0);
        assert!(number(bar, "width") > 50.0);
    }
}

#[test]
fn a_missing_value_has_its_note_and_neither_bar_nor_dot() {
    let missing = Bar {
        label: "a",
        value: None,
        note: "too few: 3 of 5",
    };
    let there = Bar {
        label: "b",
        value: Some(0.0),
        note: "",
    };
    let svg = bars(FRAME, &[missing, there], None, &plain);
    let document = parse(&svg);
    assert_eq!(all(&document, "bar").len(), 1);
    assert_eq!(words(all(&document, "note")[0]), "too few: 3 of 5");
    let svg = interval_dots(FRAME, &[dot("a", None), dot("b", Some(3.0))], None, &plain);
    let document = parse(&svg);
    assert_eq!(all(&document, "dot").len(), 1);
    assert_eq!(words(all(&document, "note")[0]), "too few <5");
}

#[test]
fn dots_are_ordered_as_their_values_within_their_intervals() {
    let rows = [
        dot("a", Some(88.0)),
        dot("b", Some(74.5)),
        dot("c", Some(83.0)),
    ];
    let svg = interval_dots(FRAME, &rows, Some(mark(85.0)), &plain);
    let document = parse(&svg);
    let at: Vec<_> = all(&document, "dot")
        .iter()
        .map(|d| number(*d, "cx"))
        .collect();
    let target = number(all(&document, "target")[0], "x1");
    assert!(at[1] < at[2] && at[2] < target && target < at[0]);
    for (dot, range) in at.iter().zip(all(&document, "range")) {
        assert!(number(range, "x1") < *dot && *dot < number(range, "x2"));
    }
    for (dot, raw) in at.iter().zip(all(&document, "raw")) {
        assert!(number(raw, "x1") > *dot);
    }
}

#[test]
fn long_labels_are_cut_for_the_eye_and_kept_whole_in_their_title() {
    let long = "在线渠道与社交媒体服务支持中心（夜班）第三小组与第四小组";
    let svg = interval_dots(FRAME, &[dot(long, Some(1.0))], None, &plain);
    let document = parse(&svg);
    let label = all(&document, "label")[0];
    assert!(label.text().unwrap().ends_with('…'));
    let title = label.first_element_child().unwrap();
    assert_eq!(title.text(), Some(long));
    assert_eq!(all(&document, "labels-top").len(), 1);
}

#[test]
fn a_pareto_falls_while_its_running_share_rises_to_all() {
    let count = |label, count| Count { label, count };
    let rows = [
        count("tone", 5),
        count("late", 50),
        count("wrong", 35),
        count("rest", 10),
    ];
    let svg = pareto(FRAME, &rows, &|v| format!("{v}"), &plain);
    let document = parse(&svg);
    let labels: Vec<_> = all(&document, "label").into_iter().map(words).collect();
    assert_eq!(labels, ["late", "wrong", "rest", "tone"]);
    let sums: Vec<_> = all(&document, "sum-dot")
        .iter()
        .map(|d| number(*d, "cx"))
        .collect();
    assert_eq!(sums, [50.0, 85.0, 95.0, 100.0]);
    // The first two reach 80 %.
    assert_eq!(all(&document, "is-rest").len(), 2);
}

#[test]
fn a_distribution_draws_a_dot_for_each_person_and_bars_for_crowds() {
    let count = |label, count| Count { label, count };
    let svg = distribution(
        FRAME,
        &[count("A", 21), count("B", 120), count("C", 0)],
        &plain,
    );
    let document = parse(&svg);
    let dots: Vec<_> = all(&document, "people")
        .iter()
        .map(|path| path.attribute("d").unwrap().matches("h0").count())
        .collect();
    assert_eq!(dots, [21, 120]);
    assert!(all(&document, "bar").is_empty());
    let svg = distribution(FRAME, &[count("A", 242), count("B", 121)], &plain);
    let document = parse(&svg);
    assert!(all(&document, "people").is_empty());
    let heights: Vec<_> = all(&document, "bar")
        .iter()
        .map(|b| number(*b, "height"))
        .collect();
    assert_eq!(heights, [130.0, 65.0]);
}

#[test]
fn a_few_dots_stand_in_the_middle_above_their_name() {
    let columns = [3, 30].map(|count| Count { label: "A", count });
    let svg = distribution(FRAME, &columns, &plain);
    let document = parse(&svg);
    let dots = all(&document, "people")[0].attribute("d").unwrap();
    let x: Vec<f64> = dots
        .split('M')
        .skip(1)
        .map(|dot| dot.split(' ').next().unwrap().parse().unwrap())
        .collect();
    assert_eq!(x, [-7.5, 0.0, 7.5]);
}

/// Where the dot of a value lies on a strip.
fn dot_at(goal: Goal, value: f64) -> f64 {
    let svg = attainment(FRAME, goal, Some(value), None, None);
    let document = parse(&svg);
    number(all(&document, "dot")[0], "cx")
}

#[test]
fn threshold_target_and_stretch_lie_at_the_same_places_in_every_strip() {
    let lower = Goal::Ladder {
        threshold: 8.0,
        target: 4.0,
        stretch: 3.0,
    };
    for (goal, values) in [(LADDER, [80.0, 90.0, 95.0]), (lower, [8.0, 4.0, 3.0])] {
        assert_eq!(values.map(|v| dot_at(goal, v)), [30.0, 70.0, 90.0]);
    }
    assert_eq!(dot_at(LADDER, 85.0), 50.0);
    assert_eq!(dot_at(LADDER, 78.0), 22.0);
    assert_eq!(dot_at(lower, 5.0), 60.0);
    let band = Goal::Band {
        outer_low: 300.0,
        low: 420.0,
        high: 540.0,
        outer_high: 720.0,
    };
    assert_eq!(
        [300.0, 480.0, 630.0].map(|v| dot_at(band, v)),
        [14.0, 50.0, 75.0]
    );
}

#[test]
fn a_value_beyond_the_strip_is_an_arrow_at_its_edge() {
    for (value, edge) in [(12.0, 0.0), (1e300, 100.0)] {
        let svg = attainment(FRAME, LADDER, Some(value), Some(value), Some(value));
        let document = parse(&svg);
        let arrow = all(&document, "dot")[0];
        assert_eq!(arrow.tag_name().name(), "path");
        assert_eq!(number(arrow.parent_element().unwrap(), "x"), edge);
    }
}

#[test]
fn a_goal_whose_steps_coincide_still_places_its_values() {
    let flat = Goal::Ladder {
        threshold: 5.0,
        target: 5.0,
        stretch: 5.0,
    };
    for value in [4.0, 5.0, 6.0] {
        let svg = attainment(FRAME, flat, Some(value), Some(4.0), Some(6.0));
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        parse(&svg);
    }
}

#[test]
fn a_strip_is_small_because_a_page_holds_many() {
    let frame = Frame { desc: "", ..FRAME };
    let svg = attainment(frame, LADDER, Some(88.8), Some(86.1), Some(91.3));
    assert!(svg.len() < 400, "{}", svg.len());
}
