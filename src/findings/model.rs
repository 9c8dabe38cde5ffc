//! What a finding is and what may become of it. Pure.

use serde::{Deserialize, Serialize};

/// What kind of thing was found: the register it stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A control chart left its usual range.
    EarlyWarning,
    /// A figure of a result lies beyond the threshold with its whole interval.
    KpiBelowThreshold,
    /// A competency was rated below 2 in a result.
    LowCompetency,
    /// What complaints have in common, counted or told.
    ComplaintTheme,
    /// What answers to surveys have in common.
    SurveyTheme,
    /// What an audit found.
    Audit,
    /// What may happen: likelihood times impact, and how it is met.
    Risk,
    /// How something could be done better.
    Idea,
    /// What customers need.
    Need,
    /// What a look at a channel showed.
    Channel,
    /// A standard that wants revising.
    Standard,
}

impl Kind {
    /// Every kind, in the order of pages.
    pub const ALL: [Kind; 11] = [
        Kind::EarlyWarning,
        Kind::KpiBelowThreshold,
        Kind::LowCompetency,
        Kind::ComplaintTheme,
        Kind::SurveyTheme,
        Kind::Audit,
        Kind::Risk,
        Kind::Idea,
        Kind::Need,
        Kind::Channel,
        Kind::Standard,
    ];

    /// As stored and in addresses.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Kind::EarlyWarning => "early_warning",
            Kind::KpiBelowThreshold => "kpi_below_threshold",
            Kind::LowCompetency => "low_competency",
            Kind::ComplaintTheme => "complaint_theme",
            Kind::SurveyTheme => "survey_theme",
            Kind::Audit => "audit",
            Kind::Risk => "risk",
            Kind::Idea => "idea",
            Kind::Need => "need",
            Kind::Channel => "channel",
            Kind::Standard => "standard",
        }
    }

    /// The kind of a code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// Whether a person may add one: the others are counted, not told.
    #[must_use]
    pub fn by_hand(self) -> bool {
        !matches!(
            self,
            Kind::EarlyWarning | Kind::KpiBelowThreshold | Kind::LowCompetency
        )
    }

    /// Whether somebody came into it because a figure was bad: the next one is likely to be better by
    /// itself (regression to the mean).
    #[must_use]
    pub fn picks_the_worst(self) -> bool {
        matches!(self, Kind::EarlyWarning | Kind::KpiBelowThreshold)
    }
}

/// How a risk is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Response {
    Transfer,
    Avoid,
    Reduce,
    Retain,
}

impl Response {
    /// Every response.
    pub const ALL: [Response; 4] = [
        Response::Transfer,
        Response::Avoid,
        Response::Reduce,
        Response::Retain,
    ];

    /// As stored.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Response::Transfer => "transfer",
            Response::Avoid => "avoid",
            Response::Reduce => "reduce",
            Response::Retain => "retain",
        }
    }

    /// The response of a code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Response> {
        Response::ALL.into_iter().find(|r| r.code() == code)
    }
}

/// Importance, urgency and likelihood go from 1 to here.
pub const GRADES: i32 = 3;

/// How a finding is called: `F-0042`.
#[must_use]
pub fn code(id: i64) -> String {
    format!("F-{id:04}")
}

/// The number in a finding's code.
#[must_use]
pub fn number(code: &str) -> Option<i64> {
    let digits = code
        .strip_prefix("F-")
        .or_else(|| code.strip_prefix("f-"))?;
    digits.parse().ok().filter(|id| *id > 0)
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
    /// Nobody in particular: the whole company.
    Company,
}

impl About {
    /// As part of a key: `team:7`.
    #[must_use]
    pub fn key(self) -> String {
        match self {
            About::Person(id) => format!("staff:{id}"),
            About::Team(id) => format!("team:{id}"),
            About::Company => "company".to_owned(),
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

/// A figure of a result that missed its threshold, in the KPI's unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shortfall {
    pub cycle: String,
    /// Code of the KPI.
    pub kpi: String,
    pub value: f64,
    pub low: f64,
    pub high: f64,
    pub n: i64,
    pub threshold: f64,
}

/// A competency that was rated low in a result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LowRating {
    pub cycle: String,
    pub name_zh: String,
    pub name_en: String,
    /// Hundredths of a level, 100 to 500.
    pub mean_h: i64,
}

/// A category of complaints that has become more frequent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rise {
    pub category: String,
    pub name_zh: String,
    pub name_en: String,
    /// Complaints and contacts of the last weeks.
    pub now: i64,
    pub contacts: i64,
    /// Complaints and contacts of the weeks before.
    pub before: i64,
    pub contacts_before: i64,
    /// Interval of the ratio of the two rates.
    pub low: f64,
    pub high: f64,
    /// First and last day of the last weeks.
    pub from: i32,
    pub to: i32,
}

/// What a finding rests on.
#[derive(Clone, Debug, PartialEq)]
pub enum Details {
    Warning(Warning),
    Shortfall(Shortfall),
    Rating(LowRating),
    Rise(Rise),
    /// Somebody says so: title and body tell it.
    Told,
}

impl Details {
    /// As stored.
    ///
    /// # Errors
    /// When a number is none: a fault of the program.
    pub fn json(&self) -> serde_json::Result<String> {
        match self {
            Details::Warning(inner) => serde_json::to_string(inner),
            Details::Shortfall(inner) => serde_json::to_string(inner),
            Details::Rating(inner) => serde_json::to_string(inner),
            Details::Rise(inner) => serde_json::to_string(inner),
            Details::Told => Ok("{}".to_owned()),
        }
    }

    /// The details of a finding of a kind.
    ///
    /// # Errors
    /// When they are not what the kind holds.
    pub fn parse(kind: Kind, json: &str) -> serde_json::Result<Details> {
        if json == "{}" {
            return Ok(Details::Told);
        }
        Ok(match kind {
            Kind::EarlyWarning => Details::Warning(serde_json::from_str(json)?),
            Kind::KpiBelowThreshold => Details::Shortfall(serde_json::from_str(json)?),
            Kind::LowCompetency => Details::Rating(serde_json::from_str(json)?),
            Kind::ComplaintTheme => Details::Rise(serde_json::from_str(json)?),
            _ => Details::Told,
        })
    }
}

/// A finding to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct NewFinding {
    pub kind: Kind,
    /// Code of the measure; empty where there is none.
    pub measure: String,
    pub about: About,
    /// Day number it is about.
    pub day: i32,
    pub details: Details,
    pub words: Words,
    pub evidence: Source,
    /// The same for the same thing.
    pub dedupe_key: String,
}

/// What a person says of a finding, and may change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    pub title: Option<String>,
    pub body: Option<String>,
    /// 1 to 3; of a risk its impact.
    pub importance: i32,
    /// 1 to 3.
    pub urgency: i32,
    /// Of a risk, 1 to 3.
    pub likelihood: Option<i32>,
    /// Of a risk.
    pub response: Option<Response>,
    /// Who looks after it.
    pub owner_id: Option<i64>,
}

impl Words {
    /// Of something that was counted: nobody has said anything yet.
    #[must_use]
    pub fn weighed(importance: i32, urgency: i32) -> Words {
        Words {
            importance,
            urgency,
            ..Words::default()
        }
    }
}

/// What a finding points at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Source {
    pub evaluation_id: Option<i64>,
    pub kpi_id: Option<i64>,
    pub complaint_id: Option<i64>,
    pub quality_review_id: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_and_response_is_read_back_from_its_code() {
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.code()), Some(kind));
        }
        for response in Response::ALL {
            assert_eq!(Response::parse(response.code()), Some(response));
        }
        assert_eq!((Kind::parse("x"), Response::parse("x")), (None, None));
    }

    #[test]
    fn the_code_of_a_finding_leads_back_to_it() {
        assert_eq!(code(7), "F-0007");
        assert_eq!(number(&code(123_456)), Some(123_456));
        for none in ["F-", "F-0", "0007", "P-0001", "F-x"] {
            assert_eq!(number(none), None, "{none}");
        }
    }

    #[test]
    fn what_a_finding_rests_on_is_read_back_by_its_kind() {
        let rating = Details::Rating(LowRating {
            cycle: "2026Q3".into(),
            name_zh: "沟通".into(),
            name_en: "Communication".into(),
            mean_h: 167,
        });
        let json = rating.json().unwrap();
        assert_eq!(Details::parse(Kind::LowCompetency, &json).unwrap(), rating);
        assert!(Details::parse(Kind::EarlyWarning, &json).is_err());
        let told = Details::Told.json().unwrap();
        assert_eq!(Details::parse(Kind::Risk, &told).unwrap(), Details::Told);
    }

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
