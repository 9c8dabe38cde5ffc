//! Cycle templates: a TOML file becomes the rules of a cycle, or a list of everything wrong with it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::appraisals::model::rules::{
    Grade, PlannedItem, PlannedSheet, RoleName, Rules, WHOLE_BP,
};
use crate::error::{Error, Message, Result};
use crate::goals::model::sheet::{self, Lacks, Subject, Written, Wrong};
use crate::goals::model::{Aim, Dimension, Direction, Kpi, MICRO};
use crate::judgement::model::card::{Card, Method};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name_zh: String,
    name_en: String,
    /// Self, peer and manager reviews; without them figures alone count.
    #[serde(default)]
    reviews: bool,
    /// Goal sheets are agreed by both sides before tracking.
    #[serde(default = "yes")]
    agreement: bool,
    /// Colleagues give feedback, anonymously.
    #[serde(default)]
    peers: bool,
    /// The scorecard of those whose sheet names none; `competency` unless said otherwise.
    competencies: Option<String>,
    #[serde(default)]
    weights: Weights,
    #[serde(default = "default_min_weight")]
    min_weight_bp: i64,
    #[serde(default = "default_min_days")]
    min_days: i64,
    grades: Option<Vec<FileGrade>>,
    /// The share of each grade that is aimed at, in basis points; off where it is left out.
    distribution: Option<BTreeMap<String, i64>>,
    sheet: Vec<FileSheet>,
    group: Option<FileGroup>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Weights {
    kpi: i64,
    competency: i64,
}

impl Default for Weights {
    /// 70 % KPIs, 30 % competencies (product.md 9).
    fn default() -> Self {
        Weights {
            kpi: 7_000,
            competency: 3_000,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileGrade {
    code: String,
    /// Total from which the grade is given, inclusive.
    from: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileSheet {
    #[serde(default)]
    job_roles: Vec<String>,
    /// The scorecard of these roles.
    competencies: Option<String>,
    items: Vec<FileItem>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileGroup {
    items: Vec<FileItem>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileItem {
    kpi: String,
    weight_bp: i64,
    #[serde(default)]
    of: Subject,
    threshold: Option<f64>,
    target: Option<f64>,
    stretch: Option<f64>,
    outer_low: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    outer_high: Option<f64>,
}

const fn yes() -> bool {
    true
}

const fn default_min_weight() -> i64 {
    6_000
}

const fn default_min_days() -> i64 {
    45
}

/// S, A, B, C, D (domain.md 2.7).
const DEFAULT_GRADES: [(&str, i64); 5] = [
    ("S", 11_000),
    ("A", 10_000),
    ("B", 8_500),
    ("C", 7_000),
    ("D", 0),
];

/// The highest total there can be, in hundredths.
const HIGHEST_H: i64 = 12_000;

/// The scorecard of competencies where none is named.
const DEFAULT_CARD: &str = "competency";

/// The scorecard by which colleagues judge.
const PEER_CARD: &str = "peer";

/// Reads a template against the KPI library, the job roles and the published scorecards there are.
///
/// # Errors
/// `Invalid` with every reason found.
pub fn parse(
    text: &str,
    library: &BTreeMap<String, Kpi>,
    job_roles: &BTreeMap<String, RoleName>,
    cards: &BTreeMap<String, Card>,
) -> Result<Rules> {
    let file: File = toml::from_str(text).map_err(|e| {
        Error::invalid(Message::new("template-syntax").with("cause", e.to_string().trim_end()))
    })?;
    let mut problems = Vec::new();
    check_head(&file, &mut problems);
    let grades = grades(file.grades, &mut problems);
    let distribution = distribution(file.distribution, &grades, &mut problems);
    let mut named: BTreeSet<String> = BTreeSet::new();
    let mut judged_by: BTreeSet<String> = BTreeSet::new();
    let mut sheets = Vec::new();
    for sheet in file.sheet {
        let name = if sheet.job_roles.is_empty() {
            "*".to_string()
        } else {
            sheet.job_roles.join(", ")
        };
        for role in &sheet.job_roles {
            if !job_roles.contains_key(role) {
                problems.push(Message::new("template-unknown-role").with("role", role));
            }
        }
        let items = items(&sheet.items, &name, library, &mut problems);
        check_sheet(&items, &name, library, &mut problems);
        named.extend(items.iter().map(|i| i.kpi.clone()));
        let wanted = sheet
            .competencies
            .as_deref()
            .or(file.competencies.as_deref());
        let competencies = file
            .reviews
            .then(|| wanted.unwrap_or(DEFAULT_CARD).to_string());
        if let Some(code) = &competencies {
            check_card(code, cards, &mut problems);
        }
        judged_by.extend(competencies.clone());
        sheets.push(PlannedSheet {
            competencies,
            items,
            job_roles: sheet.job_roles,
        });
    }
    check_roles(&sheets, &mut problems);
    let group_items = match &file.group {
        Some(group) => {
            let items = items(&group.items, "group", library, &mut problems);
            check_weights(&items, "group", &mut problems);
            items
        }
        // Without targets of their own, groups are measured by the first sheet.
        None => sheets.first().map(|s| s.items.clone()).unwrap_or_default(),
    };
    named.extend(group_items.iter().map(|i| i.kpi.clone()));
    let peer_card = file.peers.then(|| PEER_CARD.to_string());
    if let Some(code) = &peer_card {
        check_card(code, cards, &mut problems);
    }
    judged_by.extend(peer_card.clone());
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    Ok(Rules {
        cards: judged_by
            .iter()
            .filter_map(|code| cards.get(code).cloned())
            .collect(),
        competency_bp: file.weights.competency,
        distribution,
        grades,
        group_items,
        job_roles: job_roles.values().cloned().collect(),
        kpi_bp: file.weights.kpi,
        kpis: named
            .iter()
            .filter_map(|code| library.get(code).cloned())
            .collect(),
        min_days: file.min_days,
        min_weight_bp: file.min_weight_bp,
        name_en: file.name_en,
        name_zh: file.name_zh,
        peer_card,
        reviews: file.reviews,
        sheets,
        wants_agreement: file.agreement,
    })
}

fn check_head(file: &File, problems: &mut Vec<Message>) {
    let Weights { kpi, competency } = file.weights;
    if kpi <= 0 || competency < 0 || kpi + competency != WHOLE_BP {
        problems.push(sum_message("weights", kpi + competency));
    }
    if competency > 0 && !file.reviews {
        problems.push(Message::new("template-competency-without-reviews"));
    }
    if file.peers && !file.reviews {
        problems.push(Message::new("template-peers-without-reviews"));
    }
    if !(0..=WHOLE_BP).contains(&file.min_weight_bp) {
        problems.push(Message::new("template-min-weight").with("value", file.min_weight_bp));
    }
    if !(0..=366).contains(&file.min_days) {
        problems.push(Message::new("template-min-days").with("value", file.min_days));
    }
    if file.sheet.is_empty() {
        problems.push(Message::new("template-no-sheet"));
    }
}

/// A card of a cycle judges on the scale of 1 to 5, which is what points are made of.
fn check_card(code: &str, cards: &BTreeMap<String, Card>, problems: &mut Vec<Message>) {
    let Some(card) = cards.get(code) else {
        problems.push(Message::new("template-unknown-card").with("card", code));
        return;
    };
    let fits = card.method == Method::Levels
        && card.criteria.iter().all(|criterion| {
            let ends = [criterion.levels.first(), criterion.levels.last()];
            ends.map(|l| l.map(|l| l.points_h)) == [Some(100), Some(500)]
        });
    if !fits {
        problems.push(Message::new("template-card-scale").with("card", code));
    }
}

fn grades(given: Option<Vec<FileGrade>>, problems: &mut Vec<Message>) -> Vec<Grade> {
    let grades: Vec<Grade> = match given {
        Some(list) => list
            .into_iter()
            .map(|g| Grade {
                code: g.code,
                from_h: (g.from * 100.0).round() as i64,
            })
            .collect(),
        None => DEFAULT_GRADES
            .iter()
            .map(|&(code, from_h)| Grade {
                code: code.to_string(),
                from_h,
            })
            .collect(),
    };
    let falling = grades.windows(2).all(|g| g[0].from_h > g[1].from_h);
    let whole = grades.last().is_some_and(|g| g.from_h == 0)
        && grades.first().is_some_and(|g| g.from_h <= HIGHEST_H);
    let codes: BTreeSet<&str> = grades.iter().map(|g| g.code.as_str()).collect();
    if !falling || !whole || codes.len() != grades.len() {
        problems.push(Message::new("template-grades"));
    }
    grades
}

/// The shares of a forced distribution in the order of the grades; none where it is off.
fn distribution(
    given: Option<BTreeMap<String, i64>>,
    grades: &[Grade],
    problems: &mut Vec<Message>,
) -> Vec<i64> {
    let Some(given) = given else {
        return Vec::new();
    };
    let shares: Vec<i64> = grades
        .iter()
        .map(|grade| given.get(&grade.code).copied().unwrap_or_default())
        .collect();
    let known = given
        .keys()
        .all(|code| grades.iter().any(|g| &g.code == code));
    let whole = shares.iter().sum::<i64>() == WHOLE_BP && shares.iter().all(|s| *s >= 0);
    if !known || !whole {
        problems.push(Message::new("template-distribution"));
    }
    shares
}

fn items(
    given: &[FileItem],
    sheet: &str,
    library: &BTreeMap<String, Kpi>,
    problems: &mut Vec<Message>,
) -> Vec<PlannedItem> {
    let lines: Vec<Written> = given
        .iter()
        .map(|item| Written {
            aim: library
                .get(&item.kpi)
                .and_then(|kpi| aim(item, kpi.direction)),
            kpi: item.kpi.clone(),
            subject: item.of,
            weight_bp: item.weight_bp,
        })
        .collect();
    let (items, wrong) = sheet::read(&lines, |code| library.get(code));
    for (at, wrong) in wrong {
        let about = |key| {
            Message::new(key)
                .with("sheet", sheet)
                .with("kpi", &lines[at].kpi)
        };
        problems.push(match wrong {
            Wrong::Unknown => about("template-unknown-kpi"),
            Wrong::Twice => about("template-kpi-twice"),
            Wrong::Weight => about("template-weight").with("value", lines[at].weight_bp),
            Wrong::TeamMedian => about("template-team-median"),
            Wrong::Order(Direction::Higher) => about("template-aim-higher"),
            Wrong::Order(Direction::Lower) => about("template-aim-lower"),
            Wrong::Order(Direction::Band) => about("template-aim-band"),
        });
    }
    items
}

/// The aim an item gives; none when values are missing, too many, or beyond all measure.
fn aim(item: &FileItem, direction: Direction) -> Option<Aim> {
    let micro = |value: Option<f64>| {
        let scaled = (value? * MICRO as f64).round();
        (scaled.is_finite() && scaled.abs() < 1e15).then_some(scaled as i64)
    };
    let steps = [item.threshold, item.target, item.stretch];
    let band = [item.outer_low, item.low, item.high, item.outer_high];
    if direction == Direction::Band && steps.iter().all(Option::is_none) {
        return Some(Aim::Band {
            high_u: micro(item.high)?,
            low_u: micro(item.low)?,
            outer_high_u: micro(item.outer_high)?,
            outer_low_u: micro(item.outer_low)?,
        });
    }
    if direction != Direction::Band && band.iter().all(Option::is_none) {
        return Some(Aim::Steps {
            stretch_u: micro(item.stretch)?,
            target_u: micro(item.target)?,
            threshold_u: micro(item.threshold)?,
        });
    }
    None
}

fn check_sheet(
    items: &[PlannedItem],
    sheet: &str,
    library: &BTreeMap<String, Kpi>,
    problems: &mut Vec<Message>,
) {
    for lacks in sheet::lacks(items, |code| library.get(code)) {
        problems.push(match lacks {
            Lacks::Count(count) => Message::new("template-item-count")
                .with("sheet", sheet)
                .with("count", count),
            Lacks::Family(family) => Message::new(match family {
                Dimension::Quality => "template-no-quality",
                Dimension::Efficiency => "template-no-efficiency",
                _ => "template-no-satisfaction",
            })
            .with("sheet", sheet),
            Lacks::Sum(sum) => sum_message(sheet, sum),
        });
    }
}

fn check_weights(items: &[PlannedItem], sheet: &str, problems: &mut Vec<Message>) {
    if let Some(Lacks::Sum(sum)) = sheet::sum_lack(items) {
        problems.push(sum_message(sheet, sum));
    }
}

/// "The weights add up to 97.00 %. Add 3.00 % or lower one."
fn sum_message(sheet: &str, sum_bp: i64) -> Message {
    let percent = |bp: i64| format!("{}.{:02}", bp / 100, bp % 100);
    let key = if sum_bp < WHOLE_BP {
        "template-weights-below"
    } else {
        "template-weights-above"
    };
    Message::new(key)
        .with("sheet", sheet)
        .with("sum", percent(sum_bp))
        .with("difference", percent((WHOLE_BP - sum_bp).abs()))
}

/// A job role has one sheet, and at most one sheet is for everybody else.
fn check_roles(sheets: &[PlannedSheet], problems: &mut Vec<Message>) {
    let mut seen = BTreeSet::new();
    for sheet in sheets {
        let roles: Vec<&str> = if sheet.job_roles.is_empty() {
            vec!["*"]
        } else {
            sheet.job_roles.iter().map(String::as_str).collect()
        };
        for role in roles {
            if !seen.insert(role) {
                problems.push(Message::new("template-role-twice").with("role", role));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeds;

    fn read(text: &str) -> Result<Rules> {
        let library = seeds::kpi_library()
            .unwrap()
            .into_iter()
            .map(|k| (k.code.clone(), k))
            .collect();
        let roles = ["agent", "head", "manager", "senior_agent", "team_lead"].map(|code| {
            let name = RoleName {
                code: code.to_string(),
                name_en: code.to_string(),
                name_zh: code.to_string(),
            };
            (code.to_string(), name)
        });
        let cards = seeds::scorecards()
            .unwrap()
            .into_iter()
            .map(|c| (c.code.clone(), c))
            .collect();
        parse(text, &library, &BTreeMap::from(roles), &cards)
    }

    fn keys(text: &str) -> Vec<&'static str> {
        match read(text) {
            Err(Error::Invalid(all)) => all.iter().map(|m| m.key).collect(),
            _ => Vec::new(),
        }
    }

    fn desk() -> &'static str {
        seeds::CYCLE_TEMPLATES
            .iter()
            .find(|t| t.0 == "service-desk")
            .unwrap()
            .1
    }

    #[test]
    fn every_shipped_template_is_valid() {
        for (name, text) in seeds::CYCLE_TEMPLATES {
            assert!(read(text).is_ok(), "{name}: {:?}", read(text).err());
        }
    }

    #[test]
    fn weights_of_99_99_percent_are_refused_with_what_is_lacking() {
        let text = desk().replace("weight_bp = 3000", "weight_bp = 2999");
        let Err(Error::Invalid(problems)) = read(&text) else {
            panic!("accepted")
        };
        assert_eq!(problems[0].key, "template-weights-below");
        assert!(problems[0].args.contains(&("sum", "99.99".to_string())));
        assert!(
            problems[0]
                .args
                .contains(&("difference", "0.01".to_string()))
        );
        let text = desk().replace("weight_bp = 3000", "weight_bp = 3001");
        assert_eq!(keys(&text), ["template-weights-above"]);
    }

    #[test]
    fn unknown_names_and_wrong_orders_are_named() {
        assert_eq!(
            keys(&desk().replace("kpi = \"csat\"", "kpi = \"csta\"")),
            [
                "template-unknown-kpi",
                "template-no-satisfaction",
                "template-weights-below"
            ]
        );
        let text = desk().replace("threshold = 40", "threshold = 60");
        assert!(keys(&text).contains(&"template-aim-higher"));
        let text = desk().replace("[[sheet]]", "[[sheet]]\njob_roles = [\"agnet\"]");
        assert_eq!(keys(&text), ["template-unknown-role"]);
        assert_eq!(
            keys(&desk().replace("reviews", "revews")),
            ["template-syntax"]
        );
    }

    #[test]
    fn a_median_of_a_team_cannot_stand_on_a_persons_sheet() {
        let text = desk().replace(
            "kpi = \"resolution_time\",",
            "kpi = \"resolution_time\", of = \"team\",",
        );
        assert_eq!(keys(&text), ["template-team-median"]);
    }

    #[test]
    fn a_forced_distribution_names_every_share_or_is_refused() {
        let with = |shares: &str| format!("{}\n[distribution]\n{shares}\n", desk());
        assert!(read(desk()).unwrap().distribution.is_empty());
        let rules = read(&with("S = 500\nA = 2000\nB = 5000\nC = 2000\nD = 500")).unwrap();
        assert_eq!(rules.distribution, [500, 2_000, 5_000, 2_000, 500]);
        assert_eq!(keys(&with("S = 500\nA = 2000")), ["template-distribution"]);
        assert_eq!(keys(&with("S = 500\nX = 9500")), ["template-distribution"]);
    }

    #[test]
    fn a_cycle_with_reviews_holds_the_cards_it_is_judged_by() {
        let whole = seeds::CYCLE_TEMPLATES[0].1;
        let rules = read(whole).unwrap();
        let codes: Vec<&str> = rules.cards.iter().map(|c| c.code.as_str()).collect();
        assert_eq!(codes, ["competency", "leadership", "peer"]);
        assert_eq!(rules.card_for("agent").unwrap().code, "competency");
        assert_eq!(rules.card_for("head").unwrap().code, "leadership");
        assert_eq!(rules.peer_card().unwrap().code, "peer");
        let unknown = whole.replace(
            "competencies = \"leadership\"",
            "competencies = \"leading\"",
        );
        assert_eq!(keys(&unknown), ["template-unknown-card"]);
    }

    #[test]
    fn without_reviews_nobody_is_judged_and_the_rules_read_as_ever() {
        let rules = read(desk()).unwrap();
        let json = serde_json::to_string(&rules).unwrap();
        assert!(
            !json.contains("card") && !json.contains("competencies"),
            "{json}"
        );
        assert_eq!(
            keys(&desk().replace("reviews = false", "reviews = false\npeers = true")),
            ["template-peers-without-reviews"]
        );
    }

    #[test]
    fn a_number_that_is_none_is_refused() {
        for nonsense in ["nan", "inf", "1e300"] {
            let text = desk().replace("target = 60", &format!("target = {nonsense}"));
            assert!(!keys(&text).is_empty(), "{nonsense}");
        }
    }
}
