//! What a snapshot of a cycle holds: the result of a person, of a team, of the company, in whole
//! numbers, with everything that led to it. Reports render from these and from nothing else.
//!
//! Fields stand in alphabetical order, because the canonical JSON of a snapshot has sorted keys.

use serde::{Deserialize, Serialize};

use crate::appraisals::model::rules::Rules;
use crate::goals::model::sheet::Qualitative;
pub use crate::goals::model::sheet::Subject;
use crate::goals::model::{Aim, Figure, Status};

/// The schema of the bodies below; raised when a field changes its meaning.
pub const SCHEMA_NO: i32 = 1;

/// Why somebody has no total.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotRated {
    /// Fewer days in scope than the rules ask for.
    TooShort,
    /// Less weight remains than the rules ask for.
    TooLittleWeight,
    /// HR excused the person.
    Excused,
    /// No goal sheet covers the person.
    NoSheet,
}

/// What a forced or reasoned step went past.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    Agreement,
    CheckIns,
    Review,
}

/// One line of the worked sum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemResult {
    pub aim: Aim,
    /// The same figure a quarter earlier, as it stood when the sheet was made.
    pub baseline: Option<Figure>,
    pub figure: Option<Figure>,
    /// Code of a KPI in the rules of the cycle.
    pub kpi: String,
    /// Hundredths of a point, 0 to 12,000; none when too few or no data.
    pub points_h: Option<i64>,
    pub status: Status,
    pub subject: Subject,
    pub weight_bp: i64,
}

/// A version of the goal sheet and what its own days brought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionResult {
    pub agreed: bool,
    pub days: i64,
    /// First day, `2016-01-01`.
    pub from: String,
    pub items: Vec<ItemResult>,
    pub job_role: String,
    /// Hundredths; none when too little weight remains.
    pub kpi_score_h: Option<i64>,
    /// Goals without a figure: agreed, shown, never scored.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub qualitative: Vec<Qualitative>,
    /// Code of the team.
    pub team: Option<String>,
    /// Last day, inclusive.
    pub to: String,
    pub version_no: i32,
}

/// A figure of one KPI.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KpiFigure {
    pub figure: Figure,
    pub kpi: String,
}

/// Figures of an earlier quarter, oldest first where listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastQuarter {
    pub figures: Vec<KpiFigure>,
    /// `2015Q4`.
    pub quarter: String,
}

/// What changed a result after it was frozen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Adjusted {
    Calibration,
    Appeal,
}

/// A change of a frozen total, with who, when, why, before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adjustment {
    /// The login of whoever made it.
    pub by: String,
    pub from_grade: Option<String>,
    pub from_total_h: Option<i64>,
    pub how: Adjusted,
    /// The day, `2016-04-11`, where the organisation is.
    pub on: String,
    pub reason: String,
    pub to_grade: Option<String>,
    pub to_total_h: Option<i64>,
}

/// How one criterion of the competencies came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CriterionResult {
    /// Code of a criterion of the card.
    pub criterion: String,
    pub note: String,
    /// Hundredths on the KPI scale; none where not applicable.
    pub points_h: Option<i64>,
    /// Hundredths, 100 to 500; none where not applicable.
    pub rating_h: Option<i64>,
    pub weight_bp: i64,
}

/// A review, the manager's or the person's own, opened down to criteria.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompetencyResult {
    /// Code of a card in the rules of the cycle.
    pub card: String,
    pub criteria: Vec<CriterionResult>,
    /// The closing words.
    pub summary: String,
}

/// What colleagues say of one criterion, in whole levels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerMean {
    pub criterion: String,
    /// 1 to 5; none where nobody could say.
    pub mean: Option<i64>,
}

/// What colleagues say together; never fewer than three, never by sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerResult {
    /// Code of a card in the rules of the cycle.
    pub card: String,
    pub means: Vec<PeerMean>,
}

/// The snapshot `person` `2016Q1/E1042`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonResult {
    /// Changes of the total since it was first frozen, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub adjustments: Vec<Adjustment>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub competencies: Option<CompetencyResult>,
    /// Hundredths on the KPI scale (1 = 0, 2 = 60, 3 = 100, 4 = 110, 5 = 120); none without review.
    pub competency_h: Option<i64>,
    pub cycle: String,
    pub cycle_days: i64,
    pub employee_no: String,
    pub grade: Option<String>,
    /// The last four quarters before this one that have data.
    pub history: Vec<PastQuarter>,
    /// Included by HR in spite of too few days, with the reason.
    pub included_reason: Option<String>,
    pub job_role: String,
    pub kpi_score_h: Option<i64>,
    pub manager_name: Option<String>,
    pub manager_name_en: Option<String>,
    pub manager_no: Option<String>,
    pub missing: Vec<Missing>,
    pub name: String,
    pub name_en: String,
    pub not_rated: Option<NotRated>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peers: Option<PeerResult>,
    /// Of the canonical rules in the cycle's snapshot.
    pub rules_sha256: String,
    pub scope_days: i64,
    pub scope_from: String,
    pub scope_to: String,
    /// What the person says of themselves, by the same card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub self_review: Option<CompetencyResult>,
    /// Code of the team on the last day in scope.
    pub team: Option<String>,
    /// Hundredths, rounded half-up once; decides the grade.
    pub total_h: Option<i64>,
    pub versions: Vec<VersionResult>,
}

/// How often a grade was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GradeCount {
    pub count: i64,
    pub grade: String,
}

/// The figures of a channel in the quarter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelFigures {
    /// `phone`, `email`, ...; `unknown` where the record names none.
    pub channel: String,
    pub figures: Vec<KpiFigure>,
    pub records: i64,
}

/// The figures of a week (Monday to Sunday, cut at the quarter's ends).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeekFigures {
    pub figures: Vec<KpiFigure>,
    /// First day of the week, `2016-02-29`; may lie before the quarter.
    pub monday: String,
    pub records: i64,
}

/// Substantiated complaints of a category.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryCount {
    pub code: String,
    pub count: i64,
    pub name_en: String,
    pub name_zh: String,
}

/// What is true of any group of people: a team or the company.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupResult {
    pub bot_records: i64,
    pub channels: Vec<ChannelFigures>,
    pub complaints: Vec<CategoryCount>,
    /// Every grade of the rules, best first, also those nobody has.
    pub distribution: Vec<GradeCount>,
    /// People in scope.
    pub headcount: i64,
    pub history: Vec<PastQuarter>,
    /// KPIs of the group against the group's targets.
    pub items: Vec<ItemResult>,
    pub kpi_score_h: Option<i64>,
    pub not_rated: i64,
    /// Handled by people.
    pub records: i64,
    /// Of `records`, those that name no employee.
    pub unattributed: i64,
    pub weeks: Vec<WeekFigures>,
}

/// A member of a team: enough to compare, the rest is in the person's own snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberResult {
    pub employee_no: String,
    pub figures: Vec<KpiFigure>,
    pub grade: Option<String>,
    pub job_role: String,
    pub kpi_score_h: Option<i64>,
    pub name: String,
    pub name_en: String,
    pub not_rated: Option<NotRated>,
    pub total_h: Option<i64>,
}

/// The snapshot `team` `2016Q1/FIELD-N`. A parent sums its sub-tree; members are its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamResult {
    pub code: String,
    pub cycle: String,
    pub group: GroupResult,
    /// In order of employee number.
    pub members: Vec<MemberResult>,
    pub name_en: String,
    pub name_zh: String,
    pub parent: Option<String>,
    pub rules_sha256: String,
}

/// A team as the company's overview shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamSummary {
    pub code: String,
    pub distribution: Vec<GradeCount>,
    pub figures: Vec<KpiFigure>,
    pub headcount: i64,
    pub kpi_score_h: Option<i64>,
    pub name_en: String,
    pub name_zh: String,
    pub not_rated: i64,
    pub parent: Option<String>,
    pub records: i64,
}

/// How many people a forced step went past.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingCount {
    pub count: i64,
    pub missing: Missing,
}

/// A step of the cycle as it was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepTaken {
    /// `2016-04-01 09:30:00`, in the organisation's zone.
    pub entered_at: String,
    pub forced: bool,
    pub reason: String,
    pub state: String,
}

/// The snapshot `cycle` `2016Q1`: the company, its teams and the rules everybody was judged by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CycleResult {
    pub code: String,
    pub ends_on: String,
    pub group: GroupResult,
    pub missing: Vec<MissingCount>,
    pub rules: Rules,
    pub starts_on: String,
    pub steps: Vec<StepTaken>,
    /// In order of code, parents included.
    pub teams: Vec<TeamSummary>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the keys of every object stand in order.
    fn is_sorted(json: &str) -> bool {
        // `serde_json::Value` keeps its keys sorted, so a second writing sorts them.
        let value: serde_json::Value = serde_json::from_str(json).unwrap();
        serde_json::to_string(&value).unwrap() == json
    }

    #[test]
    fn canonical_json_has_sorted_keys_and_no_floats() {
        let item = ItemResult {
            aim: Aim::Steps {
                stretch_u: 3,
                target_u: 2,
                threshold_u: 1,
            },
            baseline: Some(Figure::Rate {
                events: 1,
                exposure: 9,
            }),
            figure: Some(Figure::Median {
                approx: false,
                high: Some(2),
                low: Some(1),
                n: 9,
                twice: 3,
            }),
            kpi: "sla".into(),
            points_h: Some(9_999),
            status: Status::Scored,
            subject: Subject::Own,
            weight_bp: 10_000,
        };
        let person = PersonResult {
            adjustments: vec![Adjustment {
                by: "kim".into(),
                from_grade: Some("B".into()),
                from_total_h: Some(9_000),
                how: Adjusted::Calibration,
                on: "2026-10-12".into(),
                reason: "c".into(),
                to_grade: Some("A".into()),
                to_total_h: Some(9_999),
            }],
            competencies: None,
            competency_h: None,
            cycle: "2026Q3".into(),
            cycle_days: 92,
            employee_no: "E1".into(),
            grade: Some("A".into()),
            history: vec![PastQuarter {
                figures: vec![KpiFigure {
                    figure: Figure::Nps {
                        detractors: 1,
                        n: 3,
                        promoters: 1,
                    },
                    kpi: "nps".into(),
                }],
                quarter: "2026Q2".into(),
            }],
            included_reason: None,
            job_role: "agent".into(),
            kpi_score_h: Some(9_999),
            manager_name: None,
            manager_name_en: None,
            manager_no: None,
            missing: vec![Missing::Review],
            name: "a".into(),
            name_en: "b".into(),
            not_rated: Some(NotRated::TooShort),
            peers: None,
            rules_sha256: String::new(),
            scope_days: 1,
            scope_from: String::new(),
            scope_to: String::new(),
            self_review: None,
            team: None,
            total_h: Some(9_999),
            versions: vec![VersionResult {
                agreed: true,
                days: 1,
                from: String::new(),
                items: vec![item],
                job_role: String::new(),
                kpi_score_h: None,
                qualitative: vec![Qualitative {
                    key_results: vec!["x".into()],
                    ..Qualitative::default()
                }],
                team: None,
                to: String::new(),
                version_no: 1,
            }],
        };
        let json = serde_json::to_string(&person).unwrap();
        assert!(is_sorted(&json), "{json}");
        assert!(!json.contains('.'), "{json}");
        let back: PersonResult = serde_json::from_str(&json).unwrap();
        assert_eq!(back, person);
    }
}
