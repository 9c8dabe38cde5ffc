//! What a finding is and what may become of it. Pure.

use serde::{Deserialize, Serialize};

/// What kind of thing was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A control chart left its usual range.
    EarlyWarning,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 1] = [Kind::EarlyWarning];

    /// As stored.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Kind::EarlyWarning => "early_warning",
        }
    }

    /// The kind of a code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// What became of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Nobody has said anything about it.
    Open,
    /// Known, and being watched.
    Noted,
    /// Looked into: nothing needs doing.
    Dismissed,
    /// Something is being done.
    Planned,
}

impl State {
    /// Every state, in the order of pages.
    pub const ALL: [State; 4] = [State::Open, State::Noted, State::Dismissed, State::Planned];

    /// As stored and in addresses.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            State::Open => "open",
            State::Noted => "noted",
            State::Dismissed => "dismissed",
            State::Planned => "planned",
        }
    }

    /// The state of a code.
    #[must_use]
    pub fn parse(code: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.code() == code)
    }

    /// The states a person may choose next. What is open can become anything; everything else can be
    /// reconsidered, but nothing goes back to never having been looked at.
    pub fn next(self) -> impl Iterator<Item = State> {
        State::ALL
            .into_iter()
            .filter(move |next| *next != self && *next != State::Open)
    }
}

/// About whom a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum About {
    Person(i64),
    Team(i64),
}

impl About {
    /// As part of a key: `team:7`.
    #[must_use]
    pub fn key(self) -> String {
        match self {
            About::Person(id) => format!("staff:{id}"),
            About::Team(id) => format!("team:{id}"),
        }
    }
}

/// Which rule of the control chart was broken: 1 beyond a limit, 2 nine on one side, 3 six in a trend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    BeyondLimit,
    NineOnOneSide,
    SixInATrend,
}

impl Rule {
    /// As part of a key.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Rule::BeyondLimit => 1,
            Rule::NineOnOneSide => 2,
            Rule::SixInATrend => 3,
        }
    }

    /// How soon it wants looking at, 3 first: a jump before a trend before a shift.
    #[must_use]
    pub fn urgency(self) -> i32 {
        match self {
            Rule::BeyondLimit => 3,
            Rule::SixInATrend => 2,
            Rule::NineOnOneSide => 1,
        }
    }
}

/// What an early warning rests on, in the measure's unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Warning {
    pub rule: Rule,
    pub value: f64,
    pub mean: f64,
    pub lower: f64,
    pub upper: f64,
    /// Records of the week.
    pub n: i64,
    /// Whether the way it moved is known to be the wrong one.
    pub worse: bool,
}

/// A finding to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct NewFinding {
    pub kind: Kind,
    /// Code of the measure.
    pub measure: &'static str,
    pub about: About,
    /// Day number it is about.
    pub day: i32,
    pub warning: Warning,
    /// 3 for the worse, 2 where neither way is better.
    pub importance: i32,
    pub urgency: i32,
    /// The same for the same thing.
    pub dedupe_key: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_goes_back_to_never_having_been_looked_at() {
        for state in State::ALL {
            assert!(
                state
                    .next()
                    .all(|next| next != State::Open && next != state)
            );
            assert_eq!(State::parse(state.code()), Some(state));
        }
        assert_eq!(State::Open.next().count(), 3);
        assert_eq!(State::Noted.next().count(), 2);
    }
}
