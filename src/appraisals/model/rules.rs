//! The rules of a cycle: what counts how much, which total earns which grade, whose sheet holds
//! what. Read from a template file, checked as a whole, frozen with the results.

use serde::{Deserialize, Serialize};

use crate::goals::model::Kpi;
pub use crate::goals::model::sheet::{PlannedItem, WHOLE_BP};
use crate::judgement::model::card::Card;

/// A grade and the total, in hundredths, from which it is given (inclusive).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grade {
    pub code: String,
    pub from_h: i64,
}

/// The goal sheet of some job roles; no roles: of everybody without one of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedSheet {
    /// Code of the card by which these roles' competencies are judged; none where nobody reviews.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub competencies: Option<String>,
    pub items: Vec<PlannedItem>,
    pub job_roles: Vec<String>,
}

/// A job role as it was called when the cycle was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleName {
    pub code: String,
    pub name_en: String,
    pub name_zh: String,
}

/// Everything a cycle is judged by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// The scorecards named below, as they were when the cycle was made, in order of code.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cards: Vec<Card>,
    /// Part of the total that competency ratings make, with `kpi_bp` 10,000.
    pub competency_bp: i64,
    /// The share of each grade that is aimed at, in basis points and in the order of `grades`; empty where
    /// nothing is forced, which is how it should be (domain.md 2.4).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub distribution: Vec<i64>,
    /// Best first.
    pub grades: Vec<Grade>,
    /// Targets of teams and of the company.
    pub group_items: Vec<PlannedItem>,
    /// In order of code.
    pub job_roles: Vec<RoleName>,
    pub kpi_bp: i64,
    /// The KPIs named above, in order of code.
    pub kpis: Vec<Kpi>,
    /// Fewer days in scope than this are not rated.
    pub min_days: i64,
    /// Less weight than this remaining is not rated.
    pub min_weight_bp: i64,
    pub name_en: String,
    pub name_zh: String,
    /// Code of the card by which colleagues judge one another; none where they do not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer_card: Option<String>,
    /// Whether people review (self, peers, manager) or figures alone count.
    pub reviews: bool,
    pub sheets: Vec<PlannedSheet>,
    /// Whether goal sheets are agreed by both sides before tracking.
    pub wants_agreement: bool,
}

impl Rules {
    /// The KPI of a code; the rules hold every KPI their items name.
    #[must_use]
    pub fn kpi(&self, code: &str) -> Option<&Kpi> {
        self.kpis
            .binary_search_by(|k| k.code.as_str().cmp(code))
            .ok()
            .map(|i| &self.kpis[i])
    }

    /// The names of a job role; a role made later has none here.
    #[must_use]
    pub fn job_role(&self, code: &str) -> Option<&RoleName> {
        self.job_roles
            .binary_search_by(|r| r.code.as_str().cmp(code))
            .ok()
            .map(|i| &self.job_roles[i])
    }

    /// The sheet of a job role: its own, else the one for everybody else.
    #[must_use]
    pub fn sheet_for(&self, job_role: &str) -> Option<&PlannedSheet> {
        self.sheets
            .iter()
            .find(|s| s.job_roles.iter().any(|r| r == job_role))
            .or_else(|| self.sheets.iter().find(|s| s.job_roles.is_empty()))
    }

    /// The scorecard of a code.
    #[must_use]
    pub fn card(&self, code: &str) -> Option<&Card> {
        self.cards.iter().find(|c| c.code == code)
    }

    /// The scorecard of a job role's competencies.
    #[must_use]
    pub fn card_for(&self, job_role: &str) -> Option<&Card> {
        self.card(self.sheet_for(job_role)?.competencies.as_deref()?)
    }

    /// The scorecard by which colleagues judge one another, where they do.
    #[must_use]
    pub fn peer_card(&self) -> Option<&Card> {
        self.card(self.peer_card.as_deref()?)
    }

    /// The grade of a printed total.
    #[must_use]
    pub fn grade(&self, total_h: i64) -> Option<&str> {
        self.grades
            .iter()
            .find(|g| total_h >= g.from_h)
            .map(|g| g.code.as_str())
    }
}
