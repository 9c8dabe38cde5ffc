//! What becomes of a frozen result: who may change it, how the changed one reads, by when it is told and
//! may be appealed.

use std::sync::LazyLock;

use chrono::NaiveDate;

use crate::appraisals::model::result::{Adjustment, PersonResult, VersionResult};
use crate::appraisals::model::rules::Rules;
use crate::calendar::WorkingDays;

/// Working days after calibration within which results are released (product.md 9).
pub const RELEASE_DAYS: u32 = 10;

/// Working days after release within which an employee may appeal.
pub const APPEAL_DAYS: u32 = 7;

/// Working days after filing within which an appeal is decided.
pub const DECISION_DAYS: u32 = 10;

/// Points of what meets its target, in hundredths.
pub const TARGET_H: i64 = 10_000;

/// The highest total there can be, in hundredths.
pub const HIGHEST_H: i64 = 12_000;

/// Half the width of an interval of 95 % in standard errors.
const Z: f64 = 1.959_963_984_540_054;

/// The last day, inclusive, of a term of working days that began on a day, which does not count itself.
#[must_use]
pub fn last_day(from: NaiveDate, working_days: u32) -> NaiveDate {
    // The calendar is part of the program; without it only weekends would be free.
    static DAYS: LazyLock<WorkingDays> = LazyLock::new(|| WorkingDays::china().unwrap_or_default());
    DAYS.add_working_days(from, working_days)
}

/// What keeps somebody from judging a result in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bar {
    /// It is their own.
    Oneself,
    /// It is of somebody above them.
    Above,
    /// They declared a conflict of interest.
    Conflict,
}

/// Whom a member of a session must neither read nor change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Barred {
    /// Their own staff record.
    pub me: Option<i64>,
    /// Everybody above them.
    pub above: Vec<i64>,
    /// With whom they declared a conflict.
    pub conflicts: Vec<i64>,
}

impl Barred {
    /// What keeps them from somebody, if anything does.
    #[must_use]
    pub fn of(&self, staff_id: i64) -> Option<Bar> {
        if self.me == Some(staff_id) {
            Some(Bar::Oneself)
        } else if self.above.contains(&staff_id) {
            Some(Bar::Above)
        } else if self.conflicts.contains(&staff_id) {
            Some(Bar::Conflict)
        } else {
            None
        }
    }
}

/// Points written with at most two decimals, 0 to 120, in hundredths.
#[must_use]
pub fn parse_points(text: &str) -> Option<i64> {
    let text = text.trim();
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || whole.len() > 3 || part.len() > 2 || !digits(whole) || !digits(part) {
        return None;
    }
    let hundredths: i64 = format!("{part:0<2}").parse().ok()?;
    let found = whole.parse::<i64>().ok()? * 100 + hundredths;
    (found <= HIGHEST_H).then_some(found)
}

/// A result with another total: the printed total decides the grade, and what was before stands beside it.
#[must_use]
pub fn amended(
    mut result: PersonResult,
    rules: &Rules,
    after_h: i64,
    change: Change,
) -> PersonResult {
    let grade = rules.grade(after_h).map(str::to_string);
    result.adjustments.push(Adjustment {
        by: change.by,
        from_grade: result.grade.take(),
        from_total_h: result.total_h,
        how: change.how,
        on: change.on.to_string(),
        reason: change.reason,
        to_grade: grade.clone(),
        to_total_h: Some(after_h),
    });
    result.total_h = Some(after_h);
    result.grade = grade;
    result.not_rated = None;
    result
}

/// Who changes a result, when, why.
pub struct Change {
    pub how: crate::appraisals::model::result::Adjusted,
    pub by: String,
    pub on: NaiveDate,
    pub reason: String,
}

/// Whether a suggestion and support are owed: anything that counted lies below its target.
#[must_use]
pub fn below_target(result: &PersonResult) -> bool {
    let points = result.versions.iter().flat_map(|v| &v.items);
    points
        .filter_map(|item| item.points_h)
        .chain(result.competency_h)
        .any(|h| h < TARGET_H)
}

/// The standard error of the KPI part in hundredths, from the intervals of its figures; none where no figure has
/// one. Items are taken as independent.
#[must_use]
pub fn kpi_error_h(result: &PersonResult, rules: &Rules) -> Option<i64> {
    let mut sum = 0.0;
    let mut days = 0;
    for version in &result.versions {
        if let Some(variance) = variance_of(version, rules) {
            sum += variance * (version.days * version.days) as f64;
            days += version.days;
        }
    }
    (days > 0).then(|| (sum.sqrt() / days as f64).round() as i64)
}

fn variance_of(version: &VersionResult, rules: &Rules) -> Option<f64> {
    let mut sum = 0.0;
    let mut weight = 0;
    for item in &version.items {
        let Some(kpi) = rules.kpi(&item.kpi).filter(|_| item.points_h.is_some()) else {
            continue;
        };
        weight += item.weight_bp;
        if let Some(interval) = kpi.estimate(item.figure.as_ref()).interval {
            let ends = [interval.low, interval.high].map(|v| kpi.points_at_h(v, &item.aim));
            let error = (ends[1] - ends[0]).abs() as f64 / (2.0 * Z);
            sum += (error * item.weight_bp as f64).powi(2);
        }
    }
    (weight > 0).then(|| sum / (weight * weight) as f64)
}

/// How far an appeal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppealState {
    /// Nobody reviews it yet.
    Filed,
    /// A reviewer hears both sides.
    UnderReview,
    Upheld,
    Amended,
}

impl AppealState {
    /// Every state, in order.
    pub const ALL: [AppealState; 4] = [
        AppealState::Filed,
        AppealState::UnderReview,
        AppealState::Upheld,
        AppealState::Amended,
    ];

    /// As in an address.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            AppealState::Filed => "filed",
            AppealState::UnderReview => "review",
            AppealState::Upheld => "upheld",
            AppealState::Amended => "amended",
        }
    }

    /// The state of a code.
    #[must_use]
    pub fn parse(code: &str) -> Option<AppealState> {
        AppealState::ALL.into_iter().find(|s| s.code() == code)
    }

    /// The state that a decision and a reviewer make.
    #[must_use]
    pub fn of(decision: Option<&str>, reviewer: Option<i64>) -> AppealState {
        match (decision, reviewer) {
            (Some("amended"), _) => AppealState::Amended,
            (Some(_), _) => AppealState::Upheld,
            (None, Some(_)) => AppealState::UnderReview,
            (None, None) => AppealState::Filed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn terms_count_working_days_and_skip_holidays() {
        // National Day 2026: 1 to 7 October are free.
        assert_eq!(last_day(date("2026-09-30"), 1), date("2026-10-08"));
        assert_eq!(
            last_day(date("2026-10-12"), APPEAL_DAYS),
            date("2026-10-21")
        );
    }

    #[test]
    fn nobody_judges_themselves_those_above_or_whom_they_declared() {
        let barred = Barred {
            me: Some(1),
            above: vec![2, 3],
            conflicts: vec![4],
        };
        assert_eq!(barred.of(1), Some(Bar::Oneself));
        assert_eq!(barred.of(3), Some(Bar::Above));
        assert_eq!(barred.of(4), Some(Bar::Conflict));
        assert_eq!(barred.of(5), None);
        assert_eq!(Barred::default().of(1), None);
    }

    #[test]
    fn points_are_read_exactly_or_not_at_all() {
        for (text, expected) in [
            ("87.5", Some(8_750)),
            (" 100 ", Some(10_000)),
            ("0", Some(0)),
            ("120.00", Some(12_000)),
            ("120.01", None),
            ("87.505", None),
            ("-1", None),
            ("1e2", None),
            ("", None),
            (".5", None),
            ("９", None),
        ] {
            assert_eq!(parse_points(text), expected, "{text}");
        }
    }

    #[test]
    fn states_follow_from_what_is_stored() {
        assert_eq!(AppealState::of(None, None), AppealState::Filed);
        assert_eq!(AppealState::of(None, Some(1)), AppealState::UnderReview);
        assert_eq!(
            AppealState::of(Some("upheld"), Some(1)),
            AppealState::Upheld
        );
        assert_eq!(
            AppealState::of(Some("amended"), Some(1)),
            AppealState::Amended
        );
        for state in AppealState::ALL {
            assert_eq!(AppealState::parse(state.code()), Some(state));
        }
    }
}
