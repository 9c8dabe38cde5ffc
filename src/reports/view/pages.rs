//! Which pages a bundle holds, for whom, and under which file names.
//!
//! This is the place where an audience's reach over the pages is decided; links, tables and data files
//! ask the [`PageSet`] and print plain text, or nothing, for what is not in it.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::appraisals::model::result::{CycleResult, TeamSummary};
use crate::i18n::Locale;
use crate::people::groups::{self, TeamHeads};
use crate::web::site::escape;

/// For whom a bundle is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audience {
    /// The operator's archive: everything.
    All,
    /// Company and teams, nobody by name, small groups merged.
    Leadership,
    /// What the manager of a team sees: the team, those below it, their people.
    Team(String),
    /// One person's own sheet.
    Staff(String),
}

/// A text that names no audience.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownAudience(pub String);

impl FromStr for Audience {
    type Err = UnknownAudience;

    fn from_str(text: &str) -> Result<Self, UnknownAudience> {
        match text.split_once(':') {
            None if text == "all" => Ok(Audience::All),
            None if text == "leadership" => Ok(Audience::Leadership),
            Some(("team", code)) if !code.is_empty() => Ok(Audience::Team(code.to_owned())),
            Some(("staff", no)) if !no.is_empty() => Ok(Audience::Staff(no.to_owned())),
            _ => Err(UnknownAudience(text.to_owned())),
        }
    }
}

impl fmt::Display for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Audience::All => f.write_str("all"),
            Audience::Leadership => f.write_str("leadership"),
            Audience::Team(code) => write!(f, "team:{code}"),
            Audience::Staff(no) => write!(f, "staff:{no}"),
        }
    }
}

impl Audience {
    /// Whether people may be named.
    #[must_use]
    pub fn sees_people(&self) -> bool {
        *self != Audience::Leadership
    }

    /// Whether selection by what applicants state of themselves may be shown: as in the application, to whoever
    /// keeps it, and not to leadership.
    #[must_use]
    pub fn sees_selection(&self) -> bool {
        *self == Audience::All
    }

    /// Whether figures of the whole company may be shown.
    #[must_use]
    pub fn sees_company(&self) -> bool {
        matches!(self, Audience::All | Audience::Leadership)
    }
}

/// A page of a bundle, in any language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page<'a> {
    Overview,
    Cycle,
    /// By code.
    Team(&'a str),
    /// By employee number.
    Person(&'a str),
    /// The register of improvement plans.
    Plans,
    /// By code.
    Plan(&'a str),
    /// How recruitment goes.
    Recruitment,
}

impl<'a> Page<'a> {
    /// The page of a kind and a code, as templates name it.
    pub(super) fn parse(kind: &str, code: &'a str) -> Option<Page<'a>> {
        Some(match kind {
            "overview" => Page::Overview,
            "cycle" => Page::Cycle,
            "team" => Page::Team(code),
            "person" => Page::Person(code),
            "plans" => Page::Plans,
            "plan" => Page::Plan(code),
            "recruitment" => Page::Recruitment,
            _ => return None,
        })
    }

    /// Address of the page of a cycle in the application.
    #[must_use]
    pub fn address(&self, cycle: &str) -> String {
        let cycle = escape(cycle);
        match self {
            Page::Overview => format!("/reports/{cycle}"),
            Page::Cycle => format!("/reports/{cycle}/cycle"),
            Page::Team(code) => format!("/reports/{cycle}/teams/{}", escape(code)),
            Page::Person(no) => format!("/reports/{cycle}/people/{}", escape(no)),
            // Plans outlast cycles: the application has one page of each.
            Page::Plans => "/plans".to_owned(),
            Page::Plan(code) => format!("/plans/{}", escape(code)),
            Page::Recruitment => format!("/reports/{cycle}/recruitment"),
        }
    }

    /// Path below the folder of a language: `teams/FIELD-N.html`.
    #[must_use]
    pub fn file(&self) -> String {
        match self {
            Page::Overview => "index.html".to_owned(),
            Page::Cycle => "cycle.html".to_owned(),
            Page::Team(code) => format!("teams/{}.html", file_name(code)),
            Page::Person(no) => format!("people/{}.html", file_name(no)),
            Page::Plans => "plans.html".to_owned(),
            Page::Plan(code) => format!("plans/{}.html", file_name(code)),
            Page::Recruitment => "recruitment.html".to_owned(),
        }
    }

    /// Path in the bundle: `en/teams/FIELD-N.html`.
    #[must_use]
    pub fn path(&self, locale: Locale) -> String {
        format!("{}/{}", locale.tag(), self.file())
    }

    /// The way from this page to the folder of its language.
    pub(super) fn up(&self) -> &'static str {
        match self {
            Page::Overview | Page::Cycle | Page::Plans | Page::Recruitment => "",
            Page::Team(_) | Page::Person(_) | Page::Plan(_) => "../",
        }
    }
}

/// The file name of a code: the code itself where that is safe everywhere.
///
/// Letters, digits and hyphens stay. Every other byte becomes `=` and its two hexadecimal digits. A
/// code with small letters gets `~` and a hexadecimal mask that says which of its characters are
/// small (first character, highest bit), because some file systems take `a1` and `A1` for one file.
/// The first letter of a name that a file system keeps for a device (`NUL`) is written as its digits.
/// Different codes have different file names, in any case of letters.
#[must_use]
pub fn file_name(code: &str) -> Cow<'_, str> {
    let plain = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-';
    let device = is_device(code);
    if !device && !code.is_empty() && code.bytes().all(plain) {
        return Cow::Borrowed(code);
    }
    let mut out = String::with_capacity(code.len() * 3);
    for (i, b) in code.bytes().enumerate() {
        if (plain(b) || b.is_ascii_lowercase()) && !(device && i == 0) {
            out.push(char::from(b));
        } else {
            out.push_str(&format!("={b:02X}"));
        }
    }
    if code.bytes().any(|b| b.is_ascii_lowercase()) {
        out.push('~');
        for four in code.as_bytes().chunks(4) {
            let mask = four.iter().enumerate().fold(0, |mask, (i, b)| {
                mask | (u8::from(b.is_ascii_lowercase()) << (3 - i))
            });
            out.push_str(&format!("{mask:X}"));
        }
    }
    Cow::Owned(out)
}

fn is_device(code: &str) -> bool {
    let upper = code.to_ascii_uppercase();
    let numbered = |start: &str| {
        upper
            .strip_prefix(start)
            .is_some_and(|rest| rest.len() == 1 && rest.as_bytes()[0].is_ascii_digit())
    };
    matches!(upper.as_str(), "CON" | "PRN" | "AUX" | "NUL") || numbered("COM") || numbered("LPT")
}

/// The pages of one bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageSet {
    cycle: bool,
    locales: Vec<Locale>,
    overview: bool,
    people: BTreeSet<String>,
    plans: BTreeSet<String>,
    recruitment: bool,
    teams: BTreeSet<String>,
}

impl PageSet {
    /// The pages of `audience`. `people`: employee number and, on the last day in scope, the code of
    /// the team of everybody in the cycle, in any order.
    #[must_use]
    pub fn of<'p>(
        audience: &Audience,
        cycle: &CycleResult,
        people: impl IntoIterator<Item = (&'p str, Option<&'p str>)>,
        locales: &[Locale],
    ) -> PageSet {
        let teams: BTreeSet<&str> = match audience {
            Audience::All => cycle.teams.iter().map(|t| t.code.as_str()).collect(),
            Audience::Leadership => open_teams(&cycle.teams, cycle.group.headcount),
            Audience::Team(code) => below(&cycle.teams, code),
            Audience::Staff(_) => BTreeSet::new(),
        };
        let named = |no: &str, team: Option<&str>| match audience {
            Audience::All => true,
            Audience::Leadership => false,
            Audience::Team(_) => team.is_some_and(|team| teams.contains(team)),
            Audience::Staff(own) => own == no,
        };
        PageSet {
            cycle: !matches!(audience, Audience::Staff(_)),
            locales: locales.to_vec(),
            overview: audience.sees_company(),
            people: people
                .into_iter()
                .filter(|(no, team)| named(no, *team))
                .map(|(no, _)| no.to_owned())
                .collect(),
            plans: BTreeSet::new(),
            recruitment: false,
            teams: teams.into_iter().map(str::to_owned).collect(),
        }
    }

    /// The pages one reader may open in the application. `teams`: codes; `people`: those in reach among the
    /// people that the page at hand names.
    #[must_use]
    pub fn open_to(
        overview: bool,
        cycle: bool,
        teams: BTreeSet<String>,
        people: BTreeSet<String>,
        locale: Locale,
    ) -> PageSet {
        PageSet {
            cycle,
            locales: vec![locale],
            overview,
            people,
            plans: BTreeSet::new(),
            recruitment: false,
            teams,
        }
    }

    /// The same with the pages of these plans and their register.
    #[must_use]
    pub fn with_plans(mut self, codes: impl IntoIterator<Item = String>) -> PageSet {
        self.plans = codes.into_iter().collect();
        self
    }

    /// The same with the page of recruitment, where there is something to tell.
    #[must_use]
    pub fn with_recruitment(mut self, told: bool) -> PageSet {
        self.recruitment = told;
        self
    }

    /// Codes of the plans that have a page.
    #[must_use]
    pub fn plans(&self) -> &BTreeSet<String> {
        &self.plans
    }

    /// Whether the overview of the company is in the bundle.
    #[must_use]
    pub fn overview(&self) -> bool {
        self.overview
    }

    /// Whether the page of the cycle is in the bundle.
    #[must_use]
    pub fn cycle(&self) -> bool {
        self.cycle
    }

    /// Codes of the teams that have a page.
    #[must_use]
    pub fn teams(&self) -> &BTreeSet<String> {
        &self.teams
    }

    /// Employee numbers of the people who have a page.
    #[must_use]
    pub fn people(&self) -> &BTreeSet<String> {
        &self.people
    }

    /// The languages of the bundle.
    #[must_use]
    pub fn locales(&self) -> &[Locale] {
        &self.locales
    }

    /// Whether a page is in the bundle.
    #[must_use]
    pub fn holds(&self, page: Page) -> bool {
        match page {
            Page::Overview => self.overview,
            Page::Cycle => self.cycle,
            Page::Team(code) => self.teams.contains(code),
            Page::Person(no) => self.people.contains(no),
            Page::Plans => !self.plans.is_empty(),
            Page::Plan(code) => self.plans.contains(code),
            Page::Recruitment => self.recruitment,
        }
    }

    /// The page a reader should open first.
    pub(super) fn first(&self) -> Option<Page<'_>> {
        if self.overview {
            return Some(Page::Overview);
        }
        if self.cycle {
            return Some(Page::Cycle);
        }
        self.people.first().map(|no| Page::Person(no))
    }
}

/// `code` and every team below it; a ring of parents ends where it began.
fn below<'t>(teams: &'t [TeamSummary], code: &str) -> BTreeSet<&'t str> {
    let mut found = BTreeSet::new();
    let mut next: Vec<&str> = teams
        .iter()
        .filter(|t| t.code == code)
        .map(|t| t.code.as_str())
        .collect();
    while let Some(code) = next.pop() {
        if found.insert(code) {
            next.extend(
                teams
                    .iter()
                    .filter(|t| t.parent.as_deref() == Some(code))
                    .map(|t| t.code.as_str()),
            );
        }
    }
    found
}

/// The teams that may be shown to those outside their line.
pub fn open_teams(teams: &[TeamSummary], company: i64) -> BTreeSet<&str> {
    let heads: Vec<TeamHeads<&str>> = teams
        .iter()
        .map(|t| TeamHeads {
            team: t.code.as_str(),
            parent: t.parent.as_deref(),
            heads: t.headcount,
        })
        .collect();
    groups::open_teams(&heads, company)
}
