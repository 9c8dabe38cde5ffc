//! A sheet: somebody's seat in a panel and the form they fill in.

use serde::{Deserialize, Serialize};

/// Where a sheet stands: proposed, invited, draft, submitted (frozen), or declined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Named, but not asked yet.
    Proposed,
    /// Asked to judge.
    Invited,
    /// Given back to be changed.
    Draft,
    Submitted,
    Declined,
}

impl State {
    /// Every state.
    pub const ALL: [State; 5] = [
        State::Proposed,
        State::Invited,
        State::Draft,
        State::Submitted,
        State::Declined,
    ];

    /// As stored.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            State::Proposed => "proposed",
            State::Invited => "invited",
            State::Draft => "draft",
            State::Submitted => "submitted",
            State::Declined => "declined",
        }
    }

    /// The state of a code.
    #[must_use]
    pub fn parse(code: &str) -> Option<State> {
        State::ALL.into_iter().find(|s| s.code() == code)
    }

    /// Whether the step from here to `next` is one of the paths of a sheet.
    #[must_use]
    pub fn may_become(self, next: State) -> bool {
        matches!(
            (self, next),
            (State::Proposed, State::Invited)
                | (State::Invited | State::Draft, State::Submitted)
                | (State::Proposed | State::Invited, State::Declined)
                | (State::Submitted, State::Draft)
        )
    }

    /// Whether its form may be filled in.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, State::Invited | State::Draft)
    }
}

/// What was typed about one criterion.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    pub criterion: String,
    /// Hundredths.
    pub points_h: Option<i64>,
    pub not_applicable: bool,
    pub note: String,
    /// Codes of records.
    pub evidence: String,
}

/// A rating of one criterion; fields in alphabetical order, since an amendment keeps the old ones as canonical
/// JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rating {
    pub criterion: String,
    pub evidence: String,
    pub not_applicable: bool,
    pub note: String,
    /// Hundredths; none where not applicable.
    pub points_h: Option<i64>,
}

/// A sheet that was submitted, as an amendment keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    pub critical_failed: bool,
    /// In the order of the criteria.
    pub ratings: Vec<Rating>,
    pub summary: String,
    /// Hundredths of 0 to 100.
    pub total_h: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_walks_from_proposed_to_submitted_and_back_only_to_be_changed() {
        let path = [State::Proposed, State::Invited, State::Submitted];
        assert!(path.windows(2).all(|s| s[0].may_become(s[1])));
        assert!(State::Submitted.may_become(State::Draft));
        assert!(State::Draft.may_become(State::Submitted));
        for never in State::ALL {
            assert!(!State::Declined.may_become(never));
            assert!(!never.may_become(State::Proposed));
            assert!(!never.may_become(never));
        }
        assert!(!State::Submitted.may_become(State::Declined));
        assert!(!State::Proposed.may_become(State::Submitted));
    }
}
