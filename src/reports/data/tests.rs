//! The data files say what the pages say, in a fixed form.

use serde_json::Value;

use super::*;
use crate::reports::view::samples;

fn read(write: impl Fn(&mut Vec<u8>) -> Result<(), serde_json::Error>) -> (String, Value) {
    let mut out = Vec::new();
    write(&mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    let value = serde_json::from_str(&text).unwrap();
    (text, value)
}

#[test]
fn keys_are_sorted_and_the_file_ends_with_a_line() {
    let rules = samples::rules();
    let cycle_result = samples::cycle(samples::rules());
    let everything = PageSet::of(
        &crate::reports::view::Audience::All,
        &cycle_result,
        [],
        &crate::i18n::Locale::ALL,
    );
    let files = [
        read(|out| person(&samples::transferred(&rules), &rules, false, out)),
        read(|out| team(&samples::teams(&rules)[1], &rules, false, true, out)),
        read(|out| cycle(&cycle_result, &everything, false, out)),
    ];
    for (text, value) in files {
        assert!(text.ends_with("}\n"));
        // A parsed value keeps its keys sorted: written again they stand where they stood only if the
        // file had them sorted.
        let keys = |text: &str| -> Vec<String> {
            text.lines()
                .filter_map(|line| line.split_once("\": "))
                .map(|(key, _)| key.to_owned())
                .collect()
        };
        let sorted = keys(&format!("{value:#}"));
        assert!(sorted.len() > 30);
        assert!(keys(&text) == sorted, "{sorted:?}");
    }
}

#[test]
fn a_person_has_every_item_with_its_numbers() {
    let rules = samples::rules();
    let p = samples::person(&rules, "E1", ("王小明", "Wang Xiaoming"), 400, 0.8);
    let (_, value) = read(|out| person(&p, &rules, true, out));
    assert_eq!(value["employee_no"], "E1");
    assert_eq!(value["provisional"], true);
    assert_eq!(value["rated"], true);
    assert_eq!(value["total"].as_f64(), p.total_h.map(|h| h as f64 / 100.0));
    let kpis = value["kpis"].as_array().unwrap();
    assert_eq!(kpis.len(), 8);
    let sla = kpis.iter().find(|k| k["code"] == "sla").unwrap();
    let (hits, n) = match p.versions[0].items[3].figure {
        Some(Figure::Share { hits, n }) => (hits, n),
        _ => panic!("a share"),
    };
    assert_eq!(sla["value"].as_f64(), Some(hits as f64 * 100.0 / n as f64));
    assert_eq!(sla["n"].as_i64(), Some(n));
    assert_eq!(sla["status"], "scored");
    assert_eq!(
        (
            &sla["threshold"],
            &sla["target"],
            &sla["stretch"],
            &sla["band"]
        ),
        (&80.0.into(), &90.0.into(), &95.0.into(), &Value::Null)
    );
    assert!(sla["ci_low"].as_f64() < sla["value"].as_f64());
    let aht = kpis.iter().find(|k| k["code"] == "aht").unwrap();
    assert_eq!(aht["target"], Value::Null);
    assert_eq!(aht["band"]["outer_high"], 480.0);
    assert_eq!(aht["direction"], "band");
}

#[test]
fn versions_of_the_sheet_follow_one_another() {
    let rules = samples::rules();
    let (_, value) = read(|out| person(&samples::transferred(&rules), &rules, false, out));
    let kpis = value["kpis"].as_array().unwrap();
    assert_eq!(kpis.len(), 16);
    assert_eq!(
        (&kpis[0]["version"], &kpis[0]["from"], &kpis[0]["to"]),
        (&1.into(), &"2016-01-01".into(), &"2016-02-09".into())
    );
    assert_eq!(
        (&kpis[8]["version"], &kpis[8]["from"]),
        (&2.into(), &"2016-02-10".into())
    );
}

#[test]
fn missing_is_null_and_never_zero() {
    let rules = samples::rules();
    let (_, value) = read(|out| person(&samples::empty(&rules), &rules, false, out));
    assert_eq!(value["total"], Value::Null);
    assert_eq!(value["rated"], false);
    assert_eq!(value["not_rated"], "too_little_weight");
    for kpi in value["kpis"].as_array().unwrap() {
        assert_eq!(kpi["status"], "no_data");
        assert_eq!(kpi["n"], 0);
        for key in ["value", "ci_low", "ci_high", "points"] {
            assert_eq!(kpi[key], Value::Null);
        }
    }
}

#[test]
fn members_stand_with_raw_and_shrunken_values_or_not_at_all() {
    let rules = samples::rules();
    let north = &samples::teams(&rules)[1];
    let (_, value) = read(|out| team(north, &rules, false, true, out));
    let members = value["members"].as_array().unwrap();
    assert_eq!(members.len(), 9);
    // E1046 has 45 contacts: the estimate lies between the own share and the others'.
    let few = members
        .iter()
        .find(|m| m["employee_no"] == "E1046")
        .unwrap();
    let fcr = few["kpis"]
        .as_array()
        .unwrap()
        .iter()
        .find(|k| k["code"] == "fcr")
        .unwrap();
    assert!(fcr["shrunken"].as_f64() < fcr["value"].as_f64());
    let (_, value) = read(|out| team(north, &rules, false, false, out));
    assert_eq!(value["members"], Value::Null);
}
