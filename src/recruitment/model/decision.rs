//! What the sheets of an application come to, how that stands to the pass rule, and what a decision freezes. Pure.
//!
//! Fields of what is frozen stand in alphabetical order, because its canonical JSON has sorted keys. No name, no
//! address and no words of anybody stand in it: what is frozen outlives the applicant's data.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::coded;
use crate::judgement::model::panel::Outcome;
use crate::recruitment::model::codes::StageKind;
use crate::recruitment::model::opening::PassRule;
use crate::stats::fraction::{Score, half_up, weighted};

/// The version of [`Frozen`].
pub const SCHEMA_NO: i32 = 1;

/// What a decision is called among what is frozen.
pub const KIND: &str = "hiring-decision";

/// Whoever decides against the rule says why in at least so many characters.
pub const LONG_NOTE: usize = 40;

coded! {
    /// What is decided.
    Choice {
        Offer = "offer",
        Reject = "reject",
    }
}

coded! {
    /// Things that may be looked into, all of them about the job. Health and credit are not among them.
    CheckItem {
        Identity = "identity",
        Education = "education",
        Employment = "employment",
        References = "references",
        Licence = "licence",
        Other = "other",
    }
}

coded! {
    /// What looking into it found.
    CheckResult {
        Open = "open",
        Clear = "clear",
        Adverse = "adverse",
        Unverifiable = "unverifiable",
    }
}

coded! {
    /// Where an offer stands.
    OfferState {
        Draft = "draft",
        Sent = "sent",
        Accepted = "accepted",
        Declined = "declined",
        Withdrawn = "withdrawn",
    }
}

/// A round that was judged.
#[derive(Clone, Debug)]
pub struct Judged {
    pub kind: StageKind,
    /// What its sheets come to.
    pub outcome: Outcome,
    /// The totals of its sheets, hundredths of 0 to 100.
    pub totals: Vec<Option<i64>>,
    /// Those who judged.
    pub raters: Vec<i64>,
    /// What was said about ratings that lie far apart is written down.
    pub discussed: bool,
}

/// A criterion over all rounds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CriterionSum {
    pub criterion: String,
    /// Of all ratings, hundredths of a level, rounded half-up once.
    pub mean_h: Option<i64>,
    pub n: i64,
    /// The widest of a round.
    pub spread_h: i64,
}

/// What all rounds come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sum {
    /// In the order in which rounds and their cards name them.
    pub criteria: Vec<CriterionSum>,
    pub critical_failed: bool,
    /// Different people who judged in interviews; in all rounds where there is no interview.
    pub raters: i64,
    /// Criteria of a round whose spread asks for a note that is not there.
    pub undiscussed: Vec<String>,
    /// The mean of the rounds, each the mean of its sheets, exact and rounded half-up once.
    pub total_h: Option<i64>,
}

/// Puts rounds together.
#[must_use]
pub fn sum(rounds: &[Judged], rule: &PassRule) -> Sum {
    let mut order: Vec<String> = Vec::new();
    let mut by_code: BTreeMap<String, (i64, i64, i64)> = BTreeMap::new();
    let mut undiscussed = Vec::new();
    for round in rounds {
        for together in &round.outcome.criteria {
            if !by_code.contains_key(&together.criterion) {
                order.push(together.criterion.clone());
            }
            let entry = by_code.entry(together.criterion.clone()).or_default();
            entry.0 += together.n;
            entry.1 += together.sum_h;
            entry.2 = entry.2.max(together.spread_h);
            if together.spread_h > rule.spread_h && !round.discussed {
                undiscussed.push(together.criterion.clone());
            }
        }
    }
    let parts: Vec<(Option<Score>, i64)> = rounds
        .iter()
        .map(|round| {
            let sheets: Vec<(Option<Score>, i64)> = round
                .totals
                .iter()
                .map(|total| (total.map(Score::of_h), 1))
                .collect();
            (weighted(&sheets, 0), 1)
        })
        .collect();
    let interviews = rounds.iter().any(|r| r.kind == StageKind::Interview);
    let raters: BTreeSet<i64> = rounds
        .iter()
        .filter(|r| !interviews || r.kind == StageKind::Interview)
        .flat_map(|r| r.raters.iter().copied())
        .collect();
    Sum {
        criteria: order
            .into_iter()
            .map(|criterion| {
                let (n, sum_h, spread_h) = by_code[&criterion];
                CriterionSum {
                    mean_h: (n > 0).then(|| half_up(sum_h.into(), n.into())),
                    criterion,
                    n,
                    spread_h,
                }
            })
            .collect(),
        critical_failed: rounds.iter().any(|r| r.outcome.critical_failed),
        raters: raters.len() as i64,
        undiscussed,
        total_h: weighted(&parts, 0).map(Score::rounded_h),
    }
}

coded! {
    /// How something stands to the rule.
    Standing {
        Met = "met",
        NotMet = "not_met",
        /// Nothing to tell it by.
        Missing = "missing",
    }
}

coded! {
    /// What a line of the rule asks.
    Asks {
        Total = "total",
        Criterion = "criterion",
        Critical = "critical",
        Raters = "raters",
        Discussion = "discussion",
    }
}

/// A line of the pass rule beside what was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub asks: Asks,
    /// The criterion it is about; empty where it is about the whole.
    pub criterion: String,
    /// In the unit of what is asked.
    pub found: Option<i64>,
    pub standing: Standing,
    pub wanted: i64,
}

/// The rule, line by line.
#[must_use]
pub fn lines(rule: &PassRule, sum: &Sum) -> Vec<Line> {
    let at_least = |asks, criterion: &str, found: Option<i64>, wanted: i64| Line {
        asks,
        criterion: criterion.to_string(),
        found,
        standing: match found {
            None => Standing::Missing,
            Some(found) if found >= wanted => Standing::Met,
            Some(_) => Standing::NotMet,
        },
        wanted,
    };
    let mut lines = vec![at_least(Asks::Total, "", sum.total_h, rule.total_h)];
    lines.extend(
        sum.criteria
            .iter()
            .map(|c| at_least(Asks::Criterion, &c.criterion, c.mean_h, rule.criterion_h)),
    );
    if sum.critical_failed {
        lines.push(Line {
            asks: Asks::Critical,
            criterion: String::new(),
            found: None,
            standing: Standing::NotMet,
            wanted: 0,
        });
    }
    lines.push(at_least(
        Asks::Raters,
        "",
        Some(sum.raters),
        rule.interviewers,
    ));
    lines.extend(
        sum.criteria
            .iter()
            .filter(|c| c.spread_h > rule.spread_h)
            .map(|c| Line {
                asks: Asks::Discussion,
                criterion: c.criterion.clone(),
                found: Some(c.spread_h),
                standing: if sum.undiscussed.contains(&c.criterion) {
                    Standing::Missing
                } else {
                    Standing::Met
                },
                wanted: rule.spread_h,
            }),
    );
    lines
}

/// How the whole stands: not met where a line is not, missing where nothing fails but something is missing.
#[must_use]
pub fn verdict(lines: &[Line]) -> Standing {
    let any = |standing| lines.iter().any(|l| l.standing == standing);
    if any(Standing::NotMet) {
        Standing::NotMet
    } else if any(Standing::Missing) {
        Standing::Missing
    } else {
        Standing::Met
    }
}

/// Whether a choice goes against what the rule says.
#[must_use]
pub fn is_against(choice: Choice, verdict: Standing) -> bool {
    match choice {
        Choice::Offer => verdict != Standing::Met,
        Choice::Reject => verdict == Standing::Met,
    }
}

/// Something that was looked into, as a decision freezes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrozenCheck {
    pub item: String,
    pub result: String,
}

/// A rating, as a decision freezes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrozenRating {
    pub criterion: String,
    /// Hundredths of a level; none where not applicable.
    pub points_h: Option<i64>,
}

/// A sheet, as a decision freezes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrozenSheet {
    pub critical_failed: bool,
    /// Employee number.
    pub rater: String,
    pub ratings: Vec<FrozenRating>,
    pub revision_no: i32,
    pub total_h: Option<i64>,
}

/// A round, as a decision freezes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrozenRound {
    pub card: String,
    pub card_version: i32,
    pub kind: String,
    pub round_no: i32,
    pub sheets: Vec<FrozenSheet>,
    /// Place of the stage among those of the opening.
    pub stage: i32,
}

/// What a decision freezes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frozen {
    pub against_rule: bool,
    pub application: String,
    pub checks: Vec<FrozenCheck>,
    pub choice: Choice,
    pub criteria: Vec<CriterionSum>,
    pub lines: Vec<Line>,
    pub opening: String,
    pub pass_rule: PassRule,
    pub reason: Option<String>,
    pub rounds: Vec<FrozenRound>,
    pub total_h: Option<i64>,
    pub verdict: Standing,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judgement::model::panel::Together;

    /// A round of two criteria whose levels are 1 to 5; each sheet is `(a, b, total)`.
    fn round(kind: StageKind, raters: &[i64], sheets: &[(i64, i64, i64)]) -> Judged {
        let together = |code: &str, of: fn(&(i64, i64, i64)) -> i64| {
            let points: Vec<i64> = sheets.iter().map(|s| of(s) * 100).collect();
            Together {
                criterion: code.into(),
                n: points.len() as i64,
                sum_h: points.iter().sum(),
                spread_h: points.iter().max().unwrap_or(&0) - points.iter().min().unwrap_or(&0),
                agreement: None,
            }
        };
        Judged {
            kind,
            outcome: Outcome {
                sheets: sheets.len() as i64,
                criteria: vec![together("a", |s| s.0), together("b", |s| s.1)],
                total_h: None,
                critical_failed: false,
            },
            totals: sheets.iter().map(|s| Some(s.2)).collect(),
            raters: raters.to_vec(),
            discussed: false,
        }
    }

    fn standing(lines: &[Line], asks: Asks) -> Vec<Standing> {
        let of = lines.iter().filter(|l| l.asks == asks);
        of.map(|l| l.standing).collect()
    }

    #[test]
    fn rounds_weigh_the_same_however_many_judged_in_them_and_are_rounded_once() {
        let rule = PassRule::default();
        let rounds = [
            round(StageKind::Screening, &[1], &[(3, 3, 5_000)]),
            round(
                StageKind::Interview,
                &[2, 3, 4],
                &[(4, 4, 7_500), (4, 3, 6_250), (5, 4, 8_751)],
            ),
        ];
        let found = sum(&rounds, &rule);
        // (5000 + 22501 / 3) / 2 = 6250.1666...
        assert_eq!(found.total_h, Some(6_250));
        assert_eq!(found.raters, 3);
        assert_eq!(found.criteria[0].mean_h, Some(400));
        assert_eq!(
            (found.criteria[1].n, found.criteria[1].mean_h),
            (4, Some(350))
        );
        assert_eq!(verdict(&lines(&rule, &found)), Standing::Met);
    }

    #[test]
    fn without_a_sheet_everything_is_missing_but_the_raters_who_are_none() {
        let rule = PassRule::default();
        let found = lines(&rule, &sum(&[], &rule));
        assert_eq!(standing(&found, Asks::Total), [Standing::Missing]);
        assert_eq!(standing(&found, Asks::Raters), [Standing::NotMet]);
        assert_eq!(verdict(&found), Standing::NotMet);
    }

    #[test]
    fn each_line_of_the_rule_fails_by_itself() {
        let rule = PassRule::default();
        let low = [round(
            StageKind::Interview,
            &[1, 2],
            &[(5, 1, 6_000), (5, 2, 6_000)],
        )];
        let found = lines(&rule, &sum(&low, &rule));
        assert_eq!(standing(&found, Asks::Total), [Standing::Met]);
        assert_eq!(
            standing(&found, Asks::Criterion),
            [Standing::Met, Standing::NotMet]
        );
        let short = [round(
            StageKind::Interview,
            &[1, 2],
            &[(3, 3, 5_999), (3, 3, 5_999)],
        )];
        let found = lines(&rule, &sum(&short, &rule));
        assert_eq!(standing(&found, Asks::Total), [Standing::NotMet]);
        let alone = [round(StageKind::Interview, &[1], &[(5, 5, 10_000)])];
        let found = lines(&rule, &sum(&alone, &rule));
        assert_eq!(standing(&found, Asks::Raters), [Standing::NotMet]);
    }

    #[test]
    fn a_spread_above_the_limit_waits_for_a_note_and_one_at_the_limit_does_not() {
        let rule = PassRule::default();
        let apart = |low| {
            round(
                StageKind::Interview,
                &[1, 2],
                &[(5, 4, 9_000), (low, 4, 7_000)],
            )
        };
        let at = lines(&rule, &sum(&[apart(3)], &rule));
        assert!(standing(&at, Asks::Discussion).is_empty());
        let above = [apart(2)];
        let found = sum(&above, &rule);
        assert_eq!(found.undiscussed, ["a"]);
        assert_eq!(verdict(&lines(&rule, &found)), Standing::Missing);
        let discussed = [Judged {
            discussed: true,
            ..apart(2)
        }];
        assert_eq!(
            verdict(&lines(&rule, &sum(&discussed, &rule))),
            Standing::Met
        );
    }

    #[test]
    fn an_offer_that_the_rule_does_not_carry_and_a_rejection_in_spite_of_it_go_against_it() {
        for (choice, verdict, against) in [
            (Choice::Offer, Standing::Met, false),
            (Choice::Offer, Standing::Missing, true),
            (Choice::Offer, Standing::NotMet, true),
            (Choice::Reject, Standing::Met, true),
            (Choice::Reject, Standing::Missing, false),
            (Choice::Reject, Standing::NotMet, false),
        ] {
            assert_eq!(
                is_against(choice, verdict),
                against,
                "{choice:?} {verdict:?}"
            );
        }
    }
}
