//! A goal sheet as it is negotiated: its lines and what is wrong with them, goals without a figure, and how
//! a proposal passes from one side to the other. Pure.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::goals::model::{Aim, Dimension, Direction, Kpi, Measure};

pub use crate::stats::fraction::WHOLE_BP;

/// A sheet holds three to seven items (product.md 8).
pub const ITEMS: std::ops::RangeInclusive<usize> = 3..=7;

/// Whose records an item is about: the person's own, or those of the team they lead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    #[default]
    Own,
    Team,
}

/// A planned line of a goal sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedItem {
    pub aim: Aim,
    pub kpi: String,
    pub subject: Subject,
    pub weight_bp: i64,
}

/// A line as somebody wrote it; without an aim where values are missing or too many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    pub aim: Option<Aim>,
    pub kpi: String,
    pub subject: Subject,
    pub weight_bp: i64,
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// There is no such KPI, or it is none of the cycle's.
    Unknown,
    /// Another line is about the same.
    Twice,
    Weight,
    /// Medians of teams are not added up from people's.
    TeamMedian,
    /// The values do not stand in the order that the direction asks for.
    Order(Direction),
}

/// What a whole sheet lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lacks {
    /// It has so many items: too few or too many.
    Count(usize),
    /// An item of this family.
    Family(Dimension),
    /// Its weights add up to this and not to the whole.
    Sum(i64),
}

/// Reads lines against a library: those that can stand, and what is wrong with each (by its place).
pub fn read<'k>(
    lines: &[Written],
    find: impl Fn(&str) -> Option<&'k Kpi>,
) -> (Vec<PlannedItem>, Vec<(usize, Wrong)>) {
    let mut wrong = Vec::new();
    let mut items = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(kpi) = find(&line.kpi) else {
            wrong.push((at, Wrong::Unknown));
            continue;
        };
        let same = |other: &Written| other.kpi == line.kpi && other.subject == line.subject;
        if lines[..at].iter().any(same) {
            wrong.push((at, Wrong::Twice));
        }
        if !(1..=WHOLE_BP).contains(&line.weight_bp) {
            wrong.push((at, Wrong::Weight));
        }
        if line.subject == Subject::Team && matches!(kpi.measure, Some(Measure::Median(_))) {
            wrong.push((at, Wrong::TeamMedian));
        }
        match line.aim {
            Some(aim) if aim.is_ordered(kpi.direction) => items.push(PlannedItem {
                aim,
                kpi: line.kpi.clone(),
                subject: line.subject,
                weight_bp: line.weight_bp,
            }),
            _ => wrong.push((at, Wrong::Order(kpi.direction))),
        }
    }
    (items, wrong)
}

/// What a sheet of these items lacks: three to seven of them, one of each family that every sheet has,
/// and the whole weight.
pub fn lacks<'k>(items: &[PlannedItem], find: impl Fn(&str) -> Option<&'k Kpi>) -> Vec<Lacks> {
    let mut lacks = Vec::new();
    if !ITEMS.contains(&items.len()) {
        lacks.push(Lacks::Count(items.len()));
    }
    for family in [
        Dimension::Quality,
        Dimension::Efficiency,
        Dimension::Satisfaction,
    ] {
        let is_of = |item: &PlannedItem| find(&item.kpi).is_some_and(|k| k.dimension == family);
        if !items.iter().any(is_of) {
            lacks.push(Lacks::Family(family));
        }
    }
    lacks.extend(sum_lack(items));
    lacks
}

/// The sum of the weights, unless it is the whole.
#[must_use]
pub fn sum_lack(items: &[PlannedItem]) -> Option<Lacks> {
    let sum: i64 = items.iter().map(|item| item.weight_bp).sum();
    (sum != WHOLE_BP).then_some(Lacks::Sum(sum))
}

/// A goal without a figure: what is to be reached, why, and by what one sees that it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Qualitative {
    pub key_results: Vec<String>,
    pub name: String,
    /// The team's goal that it serves; not of a frozen result, which names no rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team_goal_id: Option<i64>,
    pub why: String,
}

/// A line of a proposal: a planned item, and the team's goal that it serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    pub line: PlannedItem,
    #[serde(default)]
    pub team_goal_id: Option<i64>,
}

/// Everything both sides agree to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    pub items: Vec<Item>,
    pub qualitative: Vec<Qualitative>,
}

/// Who speaks: the person, or those above them (and HR in their place).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Employee,
    Manager,
}

impl Side {
    /// As stored.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Side::Employee => "employee",
            Side::Manager => "manager",
        }
    }

    /// The side of a code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Side> {
        [Side::Employee, Side::Manager]
            .into_iter()
            .find(|side| side.code() == code)
    }
}

/// Where a proposal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Open,
    Accepted,
    /// Answered by another proposal.
    Countered,
    Declined,
    /// Taken back by whoever made it.
    Withdrawn,
}

impl Standing {
    /// Every standing.
    pub const ALL: [Standing; 5] = [
        Standing::Open,
        Standing::Accepted,
        Standing::Countered,
        Standing::Declined,
        Standing::Withdrawn,
    ];

    /// As stored.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Standing::Open => "open",
            Standing::Accepted => "accepted",
            Standing::Countered => "countered",
            Standing::Declined => "declined",
            Standing::Withdrawn => "withdrawn",
        }
    }

    /// The standing of a code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Standing> {
        Standing::ALL.into_iter().find(|s| s.code() == code)
    }

    /// Whether `side` may bring a proposal that `by` made from open to here: one's own is withdrawn, the
    /// other side's is answered.
    #[must_use]
    pub fn may_follow(self, by: Side, side: Side) -> bool {
        match self {
            Standing::Open => false,
            Standing::Withdrawn => by == side,
            Standing::Accepted | Standing::Countered | Standing::Declined => by != side,
        }
    }
}

/// The days of a version of a sheet, the last exclusive, and whether both sides agree to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub agreed: bool,
}

/// What a proposal does to the sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Takes the place of what the version at this place says, on all of its days.
    Replace(usize),
    /// Ends the version at this place on the day before `from`, and begins another.
    Split { at: usize, from: NaiveDate },
}

impl Change {
    /// The place of the version that is changed.
    #[must_use]
    pub fn at(self) -> usize {
        match self {
            Change::Replace(at) | Change::Split { at, .. } => at,
        }
    }
}

/// What a proposal that holds from `day` does to these versions: one that is not agreed yet is replaced; of
/// an agreed one the days before stay as they were. `began`: whether the cycle is tracking already; before
/// that, even an agreed version may be replaced from its first day on.
///
/// None where the day lies in no version, or is the first of an agreed one that has begun.
#[must_use]
pub fn change(spans: &[Span], day: NaiveDate, began: bool) -> Option<Change> {
    let at = spans
        .iter()
        .position(|span| span.from <= day && day < span.to)?;
    let span = spans[at];
    if !span.agreed || (day == span.from && !began) {
        return Some(Change::Replace(at));
    }
    (span.from < day).then_some(Change::Split { at, from: day })
}

/// Millionths, hundredths and the like of a number as it is typed: `12`, `-0.5`, `99.99`. Exact: none for
/// more decimals than fit, for what is no number, and beyond 10^15.
#[must_use]
pub fn scaled(text: &str, decimals: u32) -> Option<i64> {
    let text = text.trim();
    let (sign, digits) = match text.strip_prefix(['-', '−']) {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let fraction = fraction.trim_end_matches('0');
    let missing = decimals.checked_sub(u32::try_from(fraction.len()).ok()?)?;
    let all: i64 = format!("{whole}{fraction}").parse().ok()?;
    let value = all.checked_mul(10_i64.checked_pow(missing)?)?;
    (value < 1_000_000_000_000_000).then_some(sign * value)
}

/// A number as it would be typed: the reverse of [`scaled`].
#[must_use]
pub fn unscaled(value: i64, decimals: u32) -> String {
    let one = 10_u64.pow(decimals);
    let (whole, rest) = (value.unsigned_abs() / one, value.unsigned_abs() % one);
    let sign = if value < 0 { "-" } else { "" };
    let fraction = format!("{rest:0width$}", width = decimals as usize);
    match fraction.trim_end_matches('0') {
        _ if rest == 0 => format!("{sign}{whole}"),
        fraction => format!("{sign}{whole}.{fraction}"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::goals::model::MICRO;
    use crate::seeds;

    fn library() -> BTreeMap<String, Kpi> {
        let all = seeds::kpi_library().unwrap().into_iter();
        all.map(|kpi| (kpi.code.clone(), kpi)).collect()
    }

    fn line(kpi: &str, weight_bp: i64) -> Written {
        Written {
            aim: Some(Aim::Steps {
                stretch_u: 95 * MICRO,
                target_u: 90 * MICRO,
                threshold_u: 80 * MICRO,
            }),
            kpi: kpi.into(),
            subject: Subject::Own,
            weight_bp,
        }
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_sheet_needs_three_families_and_the_whole_weight() {
        let library = library();
        let find = |code: &str| library.get(code);
        let good = [line("qa", 4_000), line("sla", 3_000), line("csat", 3_000)];
        let (items, wrong) = read(&good, find);
        assert!(wrong.is_empty());
        assert!(lacks(&items, find).is_empty());
        assert_eq!(
            lacks(&items[..2], find),
            [
                Lacks::Count(2),
                Lacks::Family(Dimension::Satisfaction),
                Lacks::Sum(7_000)
            ]
        );
    }

    #[test]
    fn what_is_wrong_with_a_line_is_told_by_its_place() {
        let library = library();
        let find = |code: &str| library.get(code);
        let mut falling = line("complaint_rate", 1_000);
        let mut median = line("frt", 1_000);
        median.subject = Subject::Team;
        falling.weight_bp = 0;
        let lines = [
            line("nonsense", 1),
            line("sla", 1),
            line("sla", 1),
            falling,
            median,
        ];
        let (items, wrong) = read(&lines, find);
        assert_eq!(
            wrong,
            [
                (0, Wrong::Unknown),
                (2, Wrong::Twice),
                (3, Wrong::Weight),
                (3, Wrong::Order(Direction::Lower)),
                (4, Wrong::TeamMedian),
                (4, Wrong::Order(Direction::Lower)),
            ]
        );
        assert_eq!(items.len(), 2);
    }

    #[test]
    fn only_the_other_side_answers_and_only_ones_own_is_withdrawn() {
        use Side::{Employee, Manager};
        for answer in [Standing::Accepted, Standing::Countered, Standing::Declined] {
            assert!(answer.may_follow(Employee, Manager) && answer.may_follow(Manager, Employee));
            assert!(!answer.may_follow(Employee, Employee));
            assert!(!answer.may_follow(Manager, Manager));
        }
        assert!(Standing::Withdrawn.may_follow(Employee, Employee));
        assert!(!Standing::Withdrawn.may_follow(Employee, Manager));
        assert!(!Standing::Open.may_follow(Employee, Employee));
    }

    #[test]
    fn a_revision_keeps_the_days_before_it() {
        let spans = [
            Span {
                from: day("2026-07-01"),
                to: day("2026-08-01"),
                agreed: true,
            },
            Span {
                from: day("2026-08-01"),
                to: day("2026-10-01"),
                agreed: false,
            },
        ];
        let at = |text, began| change(&spans, day(text), began);
        let split = Change::Split {
            at: 0,
            from: day("2026-07-20"),
        };
        assert_eq!(at("2026-07-20", true), Some(split));
        assert_eq!(at("2026-07-01", true), None);
        assert_eq!(at("2026-07-01", false), Some(Change::Replace(0)));
        assert_eq!(at("2026-08-01", true), Some(Change::Replace(1)));
        assert_eq!(at("2026-09-30", true), Some(Change::Replace(1)));
        assert_eq!(at("2026-10-01", true), None);
        assert_eq!(at("2026-06-30", false), None);
    }

    #[test]
    fn numbers_are_read_exactly_or_not_at_all() {
        assert_eq!(scaled("99.99", 2), Some(9_999));
        assert_eq!(scaled(" 25 ", 2), Some(2_500));
        assert_eq!(scaled("-0.5", 6), Some(-500_000));
        assert_eq!(scaled("0.10", 1), Some(1));
        for bad in ["", ".", ".5", "1e3", "NaN", "0.001", "1,5", "--1"] {
            assert_eq!(scaled(bad, 2), None, "{bad}");
        }
        assert_eq!(scaled("99999999999999999999", 2), None);
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(value in -999_999_999_999i64..=999_999_999_999, decimals in 0u32..=6) {
            prop_assert_eq!(scaled(&unscaled(value, decimals), decimals), Some(value));
        }

        #[test]
        fn a_sheet_stands_only_with_exactly_the_whole_weight(weights in proptest::collection::vec(1i64..=9_998, 3)) {
            let library = library();
            let find = |code: &str| library.get(code);
            let lines: Vec<Written> = ["qa", "sla", "csat"].iter().zip(&weights).map(|(k, w)| line(k, *w)).collect();
            let (items, _) = read(&lines, find);
            let sum: i64 = weights.iter().sum();
            prop_assert_eq!(lacks(&items, find).is_empty(), sum == WHOLE_BP);
        }

        #[test]
        fn a_change_lies_in_the_version_of_its_day(offset in 0i64..92, cut in 1i64..91, agreed: bool, began: bool) {
            let first = day("2026-07-01");
            let cut = first + chrono::Duration::days(cut);
            let spans = [
                Span { from: first, to: cut, agreed },
                Span { from: cut, to: day("2026-10-01"), agreed: !agreed },
            ];
            let day = first + chrono::Duration::days(offset);
            let found = change(&spans, day, began);
            if let Some(change) = found {
                let span = spans[change.at()];
                prop_assert!(span.from <= day && day < span.to);
                if let Change::Split { from, .. } = change {
                    prop_assert!(span.from < from && from < span.to && span.agreed);
                }
            } else {
                prop_assert!(began && spans.iter().any(|s| s.agreed && s.from == day));
            }
        }
    }
}
