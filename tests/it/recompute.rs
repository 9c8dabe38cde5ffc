//! Every figure in a bundle's `data/` against a computation of its own: straight from the CSV, with
//! formulas written down here once more and in another form, sharing no code with the program.
//!
//! A log of our own with the traps in it always runs; the published incident log (5,998 events, CC BY
//! 4.0) where ESPALIER_SAMPLES names its folder.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::OnceLock;

use chrono::{Datelike, Days, Duration, NaiveDate, NaiveDateTime};
use serde_json::{Map, Value, json};

use crate::both;
use crate::samples::published_log;
use crate::support::db::TestDb;
use crate::support::make::day;
use crate::support::program::{EPOCH_TEXT, build, files, force_to, read_json, run, write};

both! {
    every_figure_of_a_log_with_traps_is_computed_again,
    every_figure_of_the_published_log_is_computed_again,
}

const MAPPING: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/seeds/mappings/incident-log.toml"
));

// What the shipped template `service-desk` asks for, in its own words.

struct Goal {
    code: &'static str,
    unit: &'static str,
    higher: bool,
    weight: i64,
    threshold: i64,
    target: i64,
    stretch: i64,
}

const fn goal(
    code: &'static str,
    unit: &'static str,
    higher: bool,
    weight: i64,
    [threshold, target, stretch]: [i64; 3],
) -> Goal {
    Goal {
        code,
        unit,
        higher,
        weight,
        threshold,
        target,
        stretch,
    }
}

const GOALS: [Goal; 5] = [
    goal("sla", "percent", true, 3000, [40, 60, 80]),
    goal("resolution_time", "hours", false, 2000, [240, 72, 24]),
    goal("reopen_rate", "percent", false, 1500, [10, 5, 1]),
    goal("transfer_rate", "percent", false, 1500, [80, 50, 25]),
    goal("csat", "percent", true, 2000, [75, 85, 92]),
];

const GRADES: [(&str, i64); 5] = [("S", 110), ("A", 100), ("B", 85), ("C", 70), ("D", 0)];

const LEAST_RECORDS: usize = 5;

// Exact arithmetic.

/// A fraction with a positive denominator.
#[derive(Clone, Copy)]
struct Ratio(i128, i128);

impl Ratio {
    fn new(num: i128, den: i128) -> Self {
        assert_ne!(den, 0);
        if den < 0 {
            Ratio(-num, -den)
        } else {
            Ratio(num, den)
        }
    }

    fn whole(n: i64) -> Self {
        Ratio(i128::from(n), 1)
    }

    fn minus(self, other: Ratio) -> Self {
        Ratio::new(self.0 * other.1 - other.0 * self.1, self.1 * other.1)
    }

    fn at_least(self, other: Ratio) -> bool {
        self.minus(other).0 >= 0
    }

    /// In hundredths, the half upwards.
    fn hundredths(self) -> i64 {
        let scaled = 200 * self.0 + self.1;
        i64::try_from(scaled.div_euclid(2 * self.1)).unwrap()
    }

    fn float(self) -> f64 {
        self.0 as f64 / self.1 as f64
    }
}

/// Points in hundredths: 60 at the threshold, 100 at the target, 120 at the stretch and beyond,
/// straight lines between, nothing below the threshold.
fn points(goal: &Goal, x: Ratio) -> i64 {
    let marks = [
        (goal.threshold, 60),
        (goal.target, 100),
        (goal.stretch, 120),
    ];
    let reached = |mark: i64| {
        let mark = Ratio::whole(mark);
        if goal.higher {
            x.at_least(mark)
        } else {
            mark.at_least(x)
        }
    };
    if reached(goal.stretch) {
        return 12_000;
    }
    for pair in marks.windows(2).rev() {
        let [(from, low), (to, high)] = [pair[0], pair[1]];
        if reached(from) {
            let way = x.minus(Ratio::whole(from));
            let (rise, run) = (i128::from(high - low), i128::from(to - from));
            return Ratio::new(i128::from(low) * way.1 * run + rise * way.0, way.1 * run)
                .hundredths();
        }
    }
    0
}

// Statistics, from the books.

const Z: f64 = 1.959_963_984_540_054;

/// Wilson's interval in percent, from the proportion (Newcombe 1998, method 3).
fn wilson(hits: usize, n: usize) -> [f64; 2] {
    let (p, n) = (hits as f64 / n as f64, n as f64);
    let middle = p + Z * Z / (2.0 * n);
    let half = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    [middle - half, middle + half].map(|end| 100.0 * end / (1.0 + Z * Z / n))
}

/// The ranks, from 1, of the two order statistics that hold the median with at least 95 %: the
/// innermost pair with no more than 2.5 % on either side (Conover 1999, 3.2).
fn median_ranks(n: usize) -> Option<(usize, usize)> {
    let mut chance = 0.5_f64.powi(i32::try_from(n).unwrap());
    let mut below = 0.0;
    let mut rank = 0;
    while below + chance <= 0.025 {
        below += chance;
        chance *= (n - rank) as f64 / (rank + 1) as f64;
        rank += 1;
    }
    (rank > 0).then(|| (rank, n + 1 - rank))
}

/// Means of zeros and ones drawn towards their group: one-way analysis of variance (DerSimonian &
/// Laird 1986 with a common variance), in percent.
fn shrunken(people: &[Option<(usize, usize)>]) -> Vec<Option<f64>> {
    let seen: Vec<(f64, f64)> = people
        .iter()
        .flatten()
        .map(|&(hits, n)| (hits as f64 / n as f64, n as f64))
        .collect();
    let total: f64 = seen.iter().map(|(_, n)| n).sum();
    let pooled = seen.iter().map(|(p, n)| p * n).sum::<f64>() / total;
    let with_spread: Vec<_> = seen.iter().filter(|(_, n)| *n > 1.0).collect();
    let inside: f64 = with_spread.iter().map(|(p, n)| n * p * (1.0 - p)).sum();
    let mean_square = inside / with_spread.iter().map(|(_, n)| n - 1.0).sum::<f64>();
    let between: f64 = seen
        .iter()
        .map(|(p, n)| n * (p - pooled) * (p - pooled))
        .sum();
    let scale = total - seen.iter().map(|(_, n)| n * n).sum::<f64>() / total;
    let variance = (between - mean_square * (seen.len() as f64 - 1.0)) / scale;
    let differ = with_spread.len() >= 3 && variance > 0.0;
    people
        .iter()
        .map(|person| {
            let (hits, n) = (*person)?;
            let own = if differ {
                variance / (variance + mean_square / n as f64)
            } else {
                0.0
            };
            Some(100.0 * (own * hits as f64 / n as f64 + (1.0 - own) * pooled))
        })
        .collect()
}

// The log.

/// An incident in its last state.
#[derive(Clone)]
struct Incident {
    person: Option<String>,
    team: Option<String>,
    /// In Shanghai.
    opened: NaiveDate,
    channel: &'static str,
    in_time: bool,
    reopened: bool,
    transferred: bool,
    minutes: Option<i64>,
}

fn incidents(log: &str) -> Vec<Incident> {
    let mut reader = csv::Reader::from_reader(log.as_bytes());
    let header = reader.headers().unwrap().clone();
    let at = |name: &str| header.iter().position(|h| h == name).unwrap();
    let mut last: BTreeMap<String, csv::StringRecord> = BTreeMap::new();
    for row in reader.records() {
        let row = row.unwrap();
        last.insert(row[at("number")].to_string(), row);
    }
    let known = |text: &str| (text != "?").then(|| text.to_string());
    let time = |text: &str| NaiveDateTime::parse_from_str(text, "%d-%m-%Y %H:%M").ok();
    let mut all: Vec<Incident> = last
        .values()
        .map(|row| {
            let opened = time(&row[at("opened_at")]).unwrap();
            Incident {
                person: known(&row[at("resolved_by")]),
                team: known(&row[at("assignment_group")]),
                opened: (opened + Duration::hours(8)).date(),
                channel: match &row[at("contact_type")] {
                    "Phone" | "IVR" => "phone",
                    "Email" => "email",
                    "Self service" => "self_service",
                    "Direct opening" => "unknown",
                    other => panic!("{other}"),
                },
                in_time: &row[at("made_sla")] == "TRUE",
                reopened: &row[at("reopen_count")] != "0",
                transferred: &row[at("reassignment_count")] != "0",
                minutes: time(&row[at("resolved_at")]).map(|t| (t - opened).num_minutes()),
            }
        })
        .collect();
    // An incident of no group belongs to the group of its person.
    let homes = homes(&all);
    for incident in &mut all {
        if let (None, Some(person)) = (&incident.team, &incident.person) {
            incident.team.clone_from(&homes[person]);
        }
    }
    all
}

/// The group of most of somebody's incidents, the first by name of several.
fn homes(all: &[Incident]) -> BTreeMap<String, Option<String>> {
    let mut counts: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    for incident in all {
        if let Some(person) = &incident.person {
            let groups = counts.entry(person.clone()).or_default();
            if let Some(team) = &incident.team {
                *groups.entry(team.clone()).or_default() += 1;
            }
        }
    }
    counts
        .into_iter()
        .map(|(person, groups)| {
            let most = groups.values().max().copied();
            let home = groups.into_iter().find(|(_, count)| Some(*count) == most);
            (person, home.map(|(team, _)| team))
        })
        .collect()
}

/// `X0001` and so on in order of name.
fn codes(names: &BTreeSet<String>) -> HashMap<String, String> {
    let numbered = names.iter().zip(1..);
    numbered
        .map(|(name, n)| (name.clone(), format!("X{n:04}")))
        .collect()
}

fn quarter_of(date: NaiveDate) -> String {
    format!("{}Q{}", date.year(), (date.month() - 1) / 3 + 1)
}

// Figures.

/// What some incidents come to in one KPI.
struct Measured {
    n: usize,
    value: Ratio,
    interval: Option<[f64; 2]>,
    /// Of a share.
    counts: Option<(usize, usize)>,
}

fn measure(code: &str, incidents: &[&Incident]) -> Option<Measured> {
    let share = |hit: fn(&Incident) -> bool| {
        let (hits, n) = (incidents.iter().filter(|i| hit(i)).count(), incidents.len());
        (n > 0).then(|| Measured {
            n,
            value: Ratio::new(100 * hits as i128, n as i128),
            interval: Some(wilson(hits, n)),
            counts: Some((hits, n)),
        })
    };
    match code {
        "sla" => share(|i| i.in_time),
        "reopen_rate" => share(|i| i.reopened),
        "transfer_rate" => share(|i| i.transferred),
        "resolution_time" => {
            let mut minutes: Vec<i64> = incidents.iter().filter_map(|i| i.minutes).collect();
            minutes.sort_unstable();
            let n = minutes.len();
            let middle = minutes.get(n / 2)? + minutes[(n - 1) / 2];
            Some(Measured {
                n,
                value: Ratio::new(i128::from(middle), 120),
                interval: median_ranks(n)
                    .map(|(low, high)| [low, high].map(|rank| minutes[rank - 1] as f64 / 60.0)),
                counts: None,
            })
        }
        "csat" => None,
        other => panic!("{other}"),
    }
}

fn status(measured: Option<&Measured>) -> &'static str {
    match measured {
        None => "no_data",
        Some(m) if m.n < LEAST_RECORDS => "too_few",
        Some(_) => "scored",
    }
}

/// n, value, interval, status, unit: what every listing of figures has.
fn figure(goal: &Goal, measured: Option<&Measured>) -> Map<String, Value> {
    let ends = measured.and_then(|m| m.interval);
    let entry = json!({
        "ci_high": ends.map(|e| e[1]),
        "ci_low": ends.map(|e| e[0]),
        "code": goal.code,
        "n": measured.map_or(0, |m| m.n),
        "status": status(measured),
        "unit": goal.unit,
        "value": measured.map(|m| m.value.float()),
    });
    entry.as_object().unwrap().clone()
}

/// Of the KPIs that have any data.
fn figures(incidents: &[&Incident], codes: impl Fn(&str) -> bool) -> Vec<Value> {
    GOALS
        .iter()
        .filter(|goal| codes(goal.code))
        .filter_map(|goal| {
            Some(Value::Object(figure(
                goal,
                Some(&measure(goal.code, incidents)?),
            )))
        })
        .collect()
}

/// Medians are not looked back on, and not split by week or channel: they come from rows.
fn adds_up(code: &str) -> bool {
    code != "resolution_time"
}

/// The lines of a sheet, and its score in hundredths: points times weight over the weight that
/// counts, if that is 60 % of all of it.
fn sheet(now: &[&Incident], before: &[&Incident], of_person: bool) -> (Vec<Value>, Option<i64>) {
    let mut lines = Vec::new();
    let (mut sum, mut weight) = (0, 0);
    for goal in &GOALS {
        let measured = measure(goal.code, now);
        let earned = measured
            .as_ref()
            .filter(|m| m.n >= LEAST_RECORDS)
            .map(|m| points(goal, m.value));
        if let Some(earned) = earned {
            sum += earned * goal.weight;
            weight += goal.weight;
        }
        let mut line = figure(goal, measured.as_ref());
        let rest = json!({
            "band": null,
            "baseline": measure(goal.code, before).map(|m| m.value.float()),
            "direction": if goal.higher { "higher" } else { "lower" },
            "from": of_person.then_some("2016-01-01"),
            "points": earned.map(hundredths),
            "stretch": goal.stretch as f64,
            "subject": "own",
            "target": goal.target as f64,
            "threshold": goal.threshold as f64,
            "to": of_person.then_some("2016-03-31"),
            "version": of_person.then_some(1),
            "weight_bp": goal.weight,
        });
        line.extend(rest.as_object().unwrap().clone());
        lines.push(Value::Object(line));
    }
    let score = (weight >= 6_000)
        .then(|| Ratio::new(i128::from(sum), 100 * i128::from(weight)).hundredths());
    (lines, score)
}

fn hundredths(points: i64) -> f64 {
    points as f64 / 100.0
}

fn grade(total: i64) -> &'static str {
    GRADES
        .iter()
        .find(|(_, from)| total >= from * 100)
        .unwrap()
        .0
}

fn distribution<'a>(totals: impl Iterator<Item = Option<i64>> + Clone + 'a) -> Value {
    let counts = GRADES.map(|(code, _)| {
        let given = totals.clone().flatten().filter(|t| grade(*t) == code);
        json!({ "count": given.count(), "grade": code })
    });
    json!(counts)
}

/// The figures of peers with the shrunken ones beside them, KPIs in order of code.
fn compared(peers: &[Vec<&Incident>]) -> Vec<Vec<Value>> {
    let mut lines: Vec<Vec<Value>> = vec![Vec::new(); peers.len()];
    let mut goals: Vec<&Goal> = GOALS.iter().collect();
    goals.sort_by_key(|goal| goal.code);
    for goal in goals {
        let measured: Vec<_> = peers.iter().map(|own| measure(goal.code, own)).collect();
        let counts: Vec<_> = measured.iter().map(|m| m.as_ref()?.counts).collect();
        let drawn = shrunken(&counts);
        for ((line, own), drawn) in lines.iter_mut().zip(&measured).zip(drawn) {
            if let Some(own) = own {
                let mut entry = figure(goal, Some(own));
                entry.insert("shrunken".to_string(), json!(drawn));
                line.push(Value::Object(entry));
            }
        }
    }
    lines
}

// The bundle that must come out.

struct Log {
    all: Vec<Incident>,
    homes: BTreeMap<String, Option<String>>,
    people: HashMap<String, String>,
    teams: HashMap<String, String>,
}

/// The quarter before the one that is appraised.
const BEFORE: &str = "2015Q4";

impl Log {
    fn new(text: &str) -> Self {
        let all = incidents(text);
        let teams = all.iter().filter_map(|i| i.team.clone()).collect();
        let homes = homes(&all);
        Log {
            people: codes(&homes.keys().cloned().collect()),
            teams: codes(&teams),
            homes,
            all,
        }
    }

    fn select(&self, quarter: &str, keep: impl Fn(&Incident) -> bool) -> Vec<&Incident> {
        let all = self.all.iter();
        all.filter(|i| quarter_of(i.opened) == quarter && keep(i))
            .collect()
    }

    fn of_person(&self, quarter: &str, person: &str) -> Vec<&Incident> {
        self.select(quarter, |i| i.person.as_deref() == Some(person))
    }

    fn of_team(&self, quarter: &str, team: &str) -> Vec<&Incident> {
        self.select(quarter, |i| i.team.as_deref() == Some(team))
    }

    fn total(&self, person: &str) -> Option<i64> {
        sheet(&self.of_person("2016Q1", person), &[], true).1
    }

    fn people_of(&self, team: &str) -> Vec<&str> {
        let at_home = self.homes.iter();
        at_home
            .filter(|(_, home)| home.as_deref() == Some(team))
            .map(|(person, _)| person.as_str())
            .collect()
    }

    fn person(&self, name: &str) -> Value {
        let now = self.of_person("2016Q1", name);
        let before = self.of_person(BEFORE, name);
        let (kpis, total) = sheet(&now, &before, true);
        let team = self.homes[name].as_ref().map(|team| &self.teams[team]);
        json!({
            "competency_score": null,
            "cycle": "2016Q1",
            "employee_no": self.people[name],
            "grade": total.map(grade),
            "history": history(&before),
            "included_reason": null,
            "job_role": "agent",
            "kpi_score": total.map(hundredths),
            "kpis": kpis,
            "manager_no": null,
            "missing": ["agreement", "check_ins"],
            "name": name,
            "name_en": name,
            "not_rated": total.is_none().then_some("too_little_weight"),
            "provisional": false,
            "rated": total.is_some(),
            "scope_days": 91,
            "scope_from": "2016-01-01",
            "scope_to": "2016-03-31",
            "team": team,
            "total": total.map(hundredths),
            "versions": [{
                "agreed": false,
                "days": 91,
                "from": "2016-01-01",
                "job_role": "agent",
                "kpi_score": total.map(hundredths),
                "team": team,
                "to": "2016-03-31",
                "version": 1,
            }],
        })
    }

    fn team(&self, name: &str) -> Value {
        let people = self.people_of(name);
        let peers: Vec<_> = people.iter().map(|p| self.of_person("2016Q1", p)).collect();
        let members: Vec<Value> = people
            .iter()
            .zip(compared(&peers))
            .map(|(&person, kpis)| {
                let total = self.total(person);
                json!({
                    "employee_no": self.people[person],
                    "grade": total.map(grade),
                    "job_role": "agent",
                    "kpi_score": total.map(hundredths),
                    "kpis": kpis,
                    "name": person,
                    "name_en": person,
                    "not_rated": total.is_none().then_some("too_little_weight"),
                    "total": total.map(hundredths),
                })
            })
            .collect();
        json!({
            "code": self.teams[name],
            "cycle": "2016Q1",
            "group": self.group(
                &self.of_team("2016Q1", name),
                &self.of_team(BEFORE, name),
                &people,
            ),
            "members": members,
            "name_en": name,
            "name_zh": name,
            "parent": null,
            "provisional": false,
        })
    }

    fn group(&self, now: &[&Incident], before: &[&Incident], people: &[&str]) -> Value {
        let (kpis, score) = sheet(now, before, false);
        let mut weeks: BTreeMap<NaiveDate, Vec<&Incident>> = BTreeMap::new();
        let mut channels: BTreeMap<usize, Vec<&Incident>> = BTreeMap::new();
        for &incident in now {
            let days = u64::from(incident.opened.weekday().num_days_from_monday());
            let monday = incident.opened - Days::new(days);
            weeks.entry(monday).or_default().push(incident);
            channels
                .entry(channel(incident))
                .or_default()
                .push(incident);
        }
        let totals = || people.iter().map(|p| self.total(p));
        json!({
            "bot_records": 0,
            "channels": channels.values().map(|own| json!({
                "channel": own[0].channel,
                "figures": figures(own, adds_up),
                "records": own.len(),
            })).collect::<Vec<_>>(),
            "complaints": [],
            "distribution": distribution(totals()),
            "headcount": people.len(),
            "history": history(before),
            "kpi_score": score.map(hundredths),
            "kpis": kpis,
            "not_rated": totals().filter(Option::is_none).count(),
            "records": now.len(),
            "unattributed": now.iter().filter(|i| i.person.is_none()).count(),
            "weeks": weeks.iter().map(|(monday, own)| json!({
                "figures": figures(own, adds_up),
                "monday": monday.to_string(),
                "records": own.len(),
            })).collect::<Vec<_>>(),
        })
    }

    fn cycle(&self) -> Value {
        let mut names: Vec<&String> = self.teams.keys().collect();
        names.sort();
        let peers: Vec<_> = names
            .iter()
            .map(|team| self.of_team("2016Q1", team))
            .collect();
        let teams: Vec<Value> = names
            .iter()
            .zip(compared(&peers))
            .zip(&peers)
            .map(|((name, kpis), own)| {
                let people = self.people_of(name);
                let totals = || people.iter().map(|p| self.total(p));
                json!({
                    "code": self.teams[*name],
                    "distribution": distribution(totals()),
                    "headcount": people.len(),
                    "kpi_score": sheet(own, &[], false).1.map(hundredths),
                    "kpis": kpis,
                    "name_en": name,
                    "name_zh": name,
                    "not_rated": totals().filter(Option::is_none).count(),
                    "parent": null,
                    "records": own.len(),
                })
            })
            .collect();
        let everybody: Vec<&str> = self.homes.keys().map(String::as_str).collect();
        let all = |_: &Incident| true;
        let states = [
            "draft",
            "goal_setting",
            "tracking",
            "evaluation",
            "calibration",
            "feedback",
            "closed",
        ];
        json!({
            "company": self.group(
                &self.select("2016Q1", all),
                &self.select(BEFORE, all),
                &everybody,
            ),
            "cycle": "2016Q1",
            "ends_on": "2016-03-31",
            "grades": GRADES.map(|(code, from)| json!({ "from": from as f64, "grade": code })),
            "missing": [
                { "count": everybody.len(), "missing": "agreement" },
                { "count": everybody.len(), "missing": "check_ins" },
            ],
            "provisional": false,
            "starts_on": "2016-01-01",
            "steps": states.map(|state| json!({
                "entered_at": EPOCH_TEXT,
                // Nobody agreed to a sheet and no check-in was held: those two steps went past something.
                "forced": state == "tracking" || state == "evaluation",
                "reason": if state == "draft" { "" } else { "a test" },
                "state": state,
            })),
            "teams": teams,
        })
    }

    /// Every data file by its path.
    fn data(&self) -> BTreeMap<String, Value> {
        let mut files = BTreeMap::from([("data/cycle.json".to_string(), self.cycle())]);
        for (name, code) in &self.people {
            files.insert(format!("data/people/{code}.json"), self.person(name));
        }
        for (name, code) in &self.teams {
            files.insert(format!("data/teams/{code}.json"), self.team(name));
        }
        files
    }
}

/// The place of a channel among the channels as the program lists them.
fn channel(incident: &Incident) -> usize {
    let order = ["unknown", "phone", "email", "self_service"];
    order.iter().position(|c| *c == incident.channel).unwrap()
}

/// The quarter before, where there is anything of it.
fn history(before: &[&Incident]) -> Value {
    if before.is_empty() {
        return json!([]);
    }
    json!([{ "figures": figures(before, adds_up), "quarter": BEFORE }])
}

/// Where two JSON values differ, numbers by more than 1e-9 of their size.
fn differences(path: &str, expected: &Value, found: &Value, told: &mut Vec<String>) {
    match (expected, found) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for key in keys {
                let path = format!("{path}.{key}");
                match (a.get(key), b.get(key)) {
                    (Some(a), Some(b)) => differences(&path, a, b, told),
                    (a, b) => told.push(format!("{path}: expected {a:?}, found {b:?}")),
                }
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (at, (a, b)) in a.iter().zip(b).enumerate() {
                differences(&format!("{path}[{at}]"), a, b, told);
            }
        }
        (Value::Number(a), Value::Number(b)) => {
            let (x, y) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            if (x - y).abs() > 1e-9 * x.abs().max(y.abs()).max(1.0) {
                told.push(format!("{path}: expected {x}, found {y}"));
            }
        }
        (a, b) if a == b => {}
        (a, b) => told.push(format!("{path}: expected {a}, found {b}")),
    }
}

/// Loads a log by command line, takes its cycle to the end, builds the bundle and gives its folder.
fn appraise(db: &TestDb, log: &str) -> std::path::PathBuf {
    write(db, "log.csv", log);
    write(db, "map.toml", MAPPING);
    let import = ["import", "service-records", "log.csv", "--map", "map.toml"];
    run(db, &[&import[..], &["--create-missing"]].concat()).fine();
    run(
        db,
        &["cycle", "create", "2016Q1", "--template", "service-desk"],
    )
    .fine();
    force_to(db, "2016Q1", "closed");
    build(db, "2016Q1", "out", "all")
}

fn assert_data(bundle: &Path, expected: &BTreeMap<String, Value>) {
    let mut told = Vec::new();
    for (file, expected) in expected {
        differences(file, expected, &read_json(&bundle.join(file)), &mut told);
    }
    let count = told.len();
    told.truncate(20);
    assert_eq!(told, Vec::<String>::new(), "{count} figures differ");
    let found = files(&bundle.join("data"));
    let wanted: Vec<String> = expected
        .keys()
        .map(|file| file.trim_start_matches("data/").to_string())
        .collect();
    assert_eq!(found, wanted);
}

fn every_figure_of_the_published_log_is_computed_again(db: &TestDb) {
    let Some(path) = published_log() else {
        return;
    };
    let text = std::fs::read_to_string(path).unwrap();
    let log = Log::new(&text);
    assert_eq!((log.people.len(), log.teams.len()), (117, 51));
    let bundle = appraise(db, &text);
    assert_data(&bundle, &log.data());
    // The manifest holds the hash of every file: both databases give the same bytes.
    static FIRST: OnceLock<String> = OnceLock::new();
    let manifest = std::fs::read_to_string(bundle.join("manifest.json")).unwrap();
    let first = FIRST.get_or_init(|| manifest.clone());
    assert!(*first == manifest, "the other database gave other bytes");
    // The figure to know: 495 of 890, 55.6 %, and not the 93.3 % of the events.
    let cycle = read_json(&bundle.join("data/cycle.json"));
    let sla = &cycle["company"]["kpis"][0];
    assert_eq!(
        (sla["code"].as_str(), sla["n"].as_i64()),
        (Some("sla"), Some(890))
    );
    let near = |key: &str, value: f64| {
        assert!((sla[key].as_f64().unwrap() - value).abs() < 1e-9, "{sla}");
    };
    near("value", 49_500.0 / 890.0);
    near("ci_low", 52.336_659_491_199);
    near("ci_high", 58.851_006_846_401);
}

/// A made-up log: several events of an incident, people with few and with many, a person of no group,
/// a tie between two groups, incidents of nobody, of no group, of the quarter before, and of the last
/// evening in UTC, which is the next quarter in Shanghai.
fn log_with_traps() -> String {
    let mut log = String::from(
        "number,incident_state,reassignment_count,reopen_count,made_sla,opened_at,contact_type,\
         category,assignment_group,resolved_by,resolved_at,closed_at\n",
    );
    // The numbers of Park & Miller, so that the log is the same everywhere.
    let mut seed: u64 = 20_160_331;
    let mut draw = |below: u64| {
        seed = seed * 48_271 % 2_147_483_647;
        seed % below
    };
    let people = ["?", "Zhou", "Ann", "Bo", "Cai", "Dee", "Eve", "Fay"];
    let groups = ["?", "Desk", "Field", "Back office"];
    let channels = ["Phone", "IVR", "Email", "Self service", "Direct opening"];
    for number in 0..180 {
        let person = people[(draw(8) * draw(8) / 7) as usize];
        let group = match person {
            "Zhou" => "?",
            "Fay" => groups[1 + number % 2],
            _ => groups[draw(4) as usize],
        };
        let day = NaiveDate::from_ymd_opt(2015, 11, 20).unwrap() + Days::new(draw(132));
        let opened = match number {
            0 => day_at("2016-03-31", 23 * 60 + 30),
            1 => day_at("2015-12-31", 16 * 60),
            2 => day_at("2015-12-31", 15 * 60 + 59),
            _ => day.and_hms_opt(0, 0, 0).unwrap() + Duration::minutes(draw(1440) as i64),
        };
        let resolved = opened + Duration::minutes(draw(20_000) as i64);
        let closed = resolved + Duration::days(5);
        let text = |t: NaiveDateTime| t.format("%d-%m-%Y %H:%M").to_string();
        let channel = channels[draw(5) as usize];
        // What the first event says is overtaken by the last.
        writeln!(
            log,
            "T{number},New,0,0,TRUE,{},{channel},C1,Desk,Nobody {number},?,?",
            text(opened)
        )
        .unwrap();
        writeln!(
            log,
            "T{number},Closed,{},{},{},{},{channel},C{},{group},{person},{},{}",
            draw(3) * draw(2),
            draw(12) / 11,
            if draw(3) > 0 { "TRUE" } else { "FALSE" },
            text(opened),
            draw(3),
            if draw(9) > 0 {
                text(resolved)
            } else {
                "?".to_string()
            },
            text(closed),
        )
        .unwrap();
    }
    log
}

fn day_at(date: &str, minute: i64) -> NaiveDateTime {
    day(date).and_hms_opt(0, 0, 0).unwrap() + Duration::minutes(minute)
}

fn every_figure_of_a_log_with_traps_is_computed_again(db: &TestDb) {
    let text = log_with_traps();
    let log = Log::new(&text);
    let data = log.data();
    // The traps are there.
    let statuses: BTreeSet<String> = data
        .iter()
        .filter(|(path, _)| path.starts_with("data/people/"))
        .flat_map(|(_, person)| person["kpis"].as_array().unwrap().clone())
        .map(|line| line["status"].as_str().unwrap().to_string())
        .collect();
    assert_eq!(
        statuses.into_iter().collect::<Vec<_>>(),
        ["no_data", "scored", "too_few"]
    );
    assert!(log.homes.values().any(Option::is_none));
    assert!(log.all.iter().any(|i| quarter_of(i.opened) == "2016Q2"));
    assert!(log.all.iter().any(|i| quarter_of(i.opened) == BEFORE));
    let bundle = appraise(db, &text);
    assert_data(&bundle, &data);
    // The comparison itself sees a millionth of a point.
    let mut told = Vec::new();
    let person = &data["data/people/X0001.json"];
    let mut moved = person.clone();
    moved["kpis"][0]["value"] = json!(moved["kpis"][0]["value"].as_f64().unwrap() + 1e-6);
    moved.as_object_mut().unwrap().remove("grade");
    differences("", person, &moved, &mut told);
    assert_eq!(told.len(), 2, "{told:?}");
}
