//! The whole policy in one table: what each role may do, and about whom. A [`Reach`] comes only from here,
//! so a query about people that takes one cannot be asked without permission.
//!
//! Manager, interviewer and the like are no roles but relations found in the data: everybody with a staff
//! record is an employee and reaches the people below them through `reporting_line`.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// A role of an account. A role may be limited to a team and those below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Hr,
    Trainer,
    Leadership,
    Auditor,
    Administrator,
}

impl Role {
    /// Every role, in the order of the table.
    pub const ALL: [Role; 5] = [
        Role::Hr,
        Role::Trainer,
        Role::Leadership,
        Role::Auditor,
        Role::Administrator,
    ];

    /// As stored and on the command line.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Role::Hr => "hr",
            Role::Trainer => "trainer",
            Role::Leadership => "leadership",
            Role::Auditor => "auditor",
            Role::Administrator => "administrator",
        }
    }

    /// The role of a code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.code() == code)
    }
}

/// How far a permission goes for the holder of a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Not at all.
    No,
    /// About oneself.
    Own,
    /// About oneself and everybody below, on any depth.
    Line,
    /// About everybody, or the team the role is limited to and those below it.
    All,
}

/// Gives every permission its name, its marker type (for `Can<...>` in a handler's signature) and its row.
macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident: [$employee:ident, $hr:ident, $trainer:ident, $leadership:ident, $auditor:ident, $administrator:ident];)+) => {
        /// What may be permitted.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Permission {
            $($(#[$doc])* $name,)+
        }

        impl Permission {
            /// Every permission, in the order of the table.
            pub const ALL: &[Permission] = &[$(Permission::$name),+];

            /// The row: for employees, then for each role in the order of [`Role::ALL`].
            const fn row(self) -> [Scope; 6] {
                match self {
                    $(Permission::$name => [
                        Scope::$employee, Scope::$hr, Scope::$trainer, Scope::$leadership, Scope::$auditor, Scope::$administrator,
                    ],)+
                }
            }
        }

        /// A type for each permission.
        pub mod may {
            $(
                $(#[$doc])*
                #[derive(Clone, Copy, Debug)]
                pub struct $name;
                impl super::Permit for $name {
                    const PERMISSION: super::Permission = super::Permission::$name;
                }
            )+
        }
    };
}

/// The marker type of a permission.
pub trait Permit: 'static {
    /// Which one it is.
    const PERMISSION: Permission;
}

permissions! {
    //                 employee hr trainer leadership auditor administrator
    /// Names, teams, job roles, skills, reporting lines.
    ViewPeople:        [Line, All, All, No, All, No];
    /// Change particulars, postings, skills, teams, job roles.
    EditPeople:        [No, All, No, No, No, No];
    /// The service figures of a person and the rows they come from.
    ViewFigures:       [Line, All, No, No, All, No];
    /// Goal sheets and results of a person. One's own result once it is released.
    ViewResults:       [Line, All, No, No, All, No];
    /// Propose, agree and revise goals: one's own, those of the people below; HR in place of a manager.
    AgreeGoals:        [Line, All, No, No, No, No];
    /// Check-ins, coaching notes, praise and incidents. Of oneself the shared ones; what is not shared is
    /// for those above alone.
    KeepNotes:         [Line, All, No, No, No, No];
    /// Type in figures that no file brings.
    EnterValues:       [No, All, No, No, No, No];
    /// Figures of teams (those whose people are all in reach; small ones withheld from others).
    ViewTeams:         [Line, All, All, All, All, No];
    /// Figures of the whole company.
    ViewCompany:       [No, All, No, All, All, No];
    /// Findings about people and teams.
    ViewFindings:      [Line, All, No, No, All, No];
    /// Decide what becomes of a finding.
    EditFindings:      [Line, All, No, No, No, No];
    /// Improvement plans of teams and processes; how many there are of people.
    ViewPlans:         [Line, All, No, All, All, No];
    /// Improvement plans of people. One's own once it is approved.
    ViewPersonalPlans: [Line, All, No, No, All, No];
    /// Make improvement plans, never of oneself, and see them through.
    EditPlans:         [Line, All, No, No, No, No];
    /// Load files of people and evidence.
    Import:            [No, All, No, No, No, All];
    /// Where cycles stand.
    ViewCycles:        [Own, All, No, All, All, No];
    /// Make cycles, walk them on, set deadlines.
    RunCycles:         [No, All, No, No, No, No];
    /// Whether raters rate alike, by name.
    ViewFairness:      [No, All, No, No, All, No];
    /// Results by what people state of themselves, in groups of five and more.
    ViewGroups:        [No, All, No, No, No, No];
    /// Make rules of rewards, decide proposals.
    ManageRewards:     [No, All, No, No, No, No];
    /// Openings and those who apply: of the openings that somebody below one owns; HR all.
    ViewRecruitment:   [Line, All, No, No, All, No];
    /// Ask for an opening of one's own; make, publish and close openings.
    EditOpenings:      [Line, All, No, No, No, No];
    /// Agree that somebody may be hired; never to one's own request.
    ApproveOpenings:   [No, All, No, All, No, No];
    /// Take candidates in, move, reject, merge, hire and erase them.
    ManageCandidates:  [No, All, No, No, No, No];
    /// Fill in the sheet of a seat one was given.
    JudgeCandidates:   [Own, Own, Own, Own, Own, Own];
    /// How recruitment goes, in numbers.
    ViewFunnel:        [Line, All, No, All, All, No];
    /// Selection by what applicants state of themselves, in groups of five and more.
    ViewSelection:     [No, All, No, No, No, No];
    /// Read the KPI library and the templates.
    ViewLibrary:       [Own, All, All, All, All, No];
    /// Change the KPI library and the templates.
    EditLibrary:       [No, All, No, No, No, No];
    /// Read the reports of a cycle.
    ViewReports:       [Line, All, No, All, All, No];
    /// Build a report bundle and download it.
    BuildReports:      [Line, All, No, All, No, No];
    /// Accounts and their roles.
    ManageAccounts:    [No, No, No, No, No, All];
    /// The trail of who did what.
    ViewAudit:         [No, No, No, No, All, All];
    /// Recount tallies, verify chains, see jobs.
    RunChecks:         [No, No, No, No, All, All];
}

/// A role as somebody holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    pub role: Role,
    /// Limited to these teams: the one named and all below it.
    pub teams: Option<Vec<i64>>,
}

/// About whom somebody may ask, on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// The asker's own staff record.
    me: Option<i64>,
    /// Who was below whom is asked of this day.
    day: NaiveDate,
    sees: Sees,
}

/// The widest of what somebody's roles give.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Sees {
    Own,
    Line,
    /// Teams, beside one's own line.
    Units(Vec<i64>),
    Everyone,
}

/// How a query is to be narrowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Narrow<'a> {
    /// Not at all.
    Everyone,
    /// To the people of these teams, and to those below `me`.
    Units { me: Option<i64>, teams: &'a [i64] },
    /// To those below `me`, oneself included.
    Line(i64),
    /// To oneself.
    Own(i64),
    /// To nobody.
    Nobody,
}

impl Reach {
    /// What `permission` gives to somebody with a staff record and roles; none where the table says no.
    #[must_use]
    pub fn of(
        permission: Permission,
        staff_id: Option<i64>,
        holdings: &[Holding],
        day: NaiveDate,
    ) -> Option<Reach> {
        let row = permission.row();
        let as_employee = if staff_id.is_some() {
            row[0]
        } else {
            Scope::No
        };
        let mut widest = as_employee;
        let mut units = Vec::new();
        for holding in holdings {
            let scope = row[1 + holding.role as usize];
            match (scope, &holding.teams) {
                (Scope::All, Some(teams)) => units.extend(teams),
                _ => widest = widest.max(scope),
            }
        }
        let sees = match widest {
            Scope::All => Sees::Everyone,
            _ if !units.is_empty() => Sees::Units(units),
            Scope::Line => Sees::Line,
            Scope::Own => Sees::Own,
            Scope::No => return None,
        };
        Some(Reach {
            me: staff_id,
            day,
            sees,
        })
    }

    /// Everybody: for the command line and the program's own jobs, which act for the operator.
    #[must_use]
    pub fn operator(day: NaiveDate) -> Reach {
        Reach {
            me: None,
            day,
            sees: Sees::Everyone,
        }
    }

    /// The same reach with the lines of another day: the last of a cycle, for rating.
    #[must_use]
    pub fn on(&self, day: NaiveDate) -> Reach {
        Reach {
            day,
            ..self.clone()
        }
    }

    /// The day whose lines count.
    #[must_use]
    pub fn day(&self) -> NaiveDate {
        self.day
    }

    /// The asker's own staff record.
    #[must_use]
    pub fn me(&self) -> Option<i64> {
        self.me
    }

    /// Whether nobody is out of reach.
    #[must_use]
    pub fn is_everyone(&self) -> bool {
        self.sees == Sees::Everyone
    }

    /// Whether it goes beyond one's own line.
    #[must_use]
    pub fn is_beyond_line(&self) -> bool {
        matches!(self.sees, Sees::Everyone | Sees::Units(_))
    }

    /// Whether somebody is reached, told by who is above them and the team they are in on the reach's day.
    #[must_use]
    pub fn holds(&self, staff_id: i64, above: &[i64], team_id: Option<i64>) -> bool {
        let in_line = |me: i64| me == staff_id || above.contains(&me);
        match self.narrow() {
            Narrow::Everyone => true,
            Narrow::Units { me, teams } => {
                me.is_some_and(in_line) || team_id.is_some_and(|id| teams.contains(&id))
            }
            Narrow::Line(me) => in_line(me),
            Narrow::Own(me) => me == staff_id,
            Narrow::Nobody => false,
        }
    }

    /// How a query about people is to be narrowed.
    #[must_use]
    pub fn narrow(&self) -> Narrow<'_> {
        match (&self.sees, self.me) {
            (Sees::Everyone, _) => Narrow::Everyone,
            (Sees::Units(teams), me) => Narrow::Units { me, teams },
            (Sees::Line, Some(me)) => Narrow::Line(me),
            (Sees::Own, Some(me)) => Narrow::Own(me),
            (Sees::Line | Sees::Own, None) => Narrow::Nobody,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 22).unwrap()
    }

    fn reach(
        permission: Permission,
        staff: Option<i64>,
        roles: &[(Role, Option<i64>)],
    ) -> Option<Reach> {
        let holdings: Vec<Holding> = roles
            .iter()
            .map(|&(role, team)| Holding {
                role,
                teams: team.map(|id| vec![id]),
            })
            .collect();
        Reach::of(permission, staff, &holdings, day())
    }

    #[test]
    fn an_employee_reaches_their_line_and_an_account_without_roles_nobody() {
        let line = reach(Permission::ViewFigures, Some(7), &[]).unwrap();
        assert_eq!(line.narrow(), Narrow::Line(7));
        assert_eq!(reach(Permission::ViewFigures, None, &[]), None);
    }

    #[test]
    fn a_role_for_a_team_reaches_that_team_beside_the_own_line() {
        let unit = reach(Permission::ViewPeople, Some(7), &[(Role::Hr, Some(3))]).unwrap();
        let teams = [3];
        assert_eq!(
            unit.narrow(),
            Narrow::Units {
                me: Some(7),
                teams: &teams
            }
        );
        let both = [(Role::Hr, Some(3)), (Role::Trainer, None)];
        assert!(
            reach(Permission::ViewPeople, Some(7), &both)
                .unwrap()
                .is_everyone()
        );
    }

    #[test]
    fn who_is_above_somebody_and_their_team_tell_whether_they_are_reached() {
        let line = reach(Permission::ViewFigures, Some(7), &[]).unwrap();
        assert!(line.holds(7, &[9], None) && line.holds(1, &[3, 7, 9], None));
        assert!(!line.holds(9, &[], Some(3)));
        let unit = reach(Permission::ViewFigures, Some(7), &[(Role::Hr, Some(3))]).unwrap();
        assert!(unit.holds(1, &[9], Some(3)) && unit.holds(1, &[7], Some(4)));
        assert!(!unit.holds(1, &[9], Some(4)) && !unit.holds(1, &[9], None));
    }

    #[test]
    fn the_administrator_sees_no_figures_and_no_results() {
        for permission in [
            Permission::ViewFigures,
            Permission::ViewResults,
            Permission::ViewPeople,
            Permission::ViewCompany,
            Permission::ViewReports,
        ] {
            assert_eq!(
                reach(permission, None, &[(Role::Administrator, None)]),
                None
            );
        }
    }

    #[test]
    fn leadership_sees_the_company_and_nobody_by_name() {
        let leadership = [(Role::Leadership, None)];
        assert!(reach(Permission::ViewCompany, None, &leadership).is_some());
        for permission in [
            Permission::ViewPeople,
            Permission::ViewFigures,
            Permission::ViewResults,
            Permission::ViewFindings,
            Permission::ViewPersonalPlans,
        ] {
            assert_eq!(reach(permission, None, &leadership), None);
        }
    }

    #[test]
    fn every_role_is_read_back_from_its_code() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.code()), Some(role));
        }
        assert_eq!(Role::parse("manager"), None);
    }
}
