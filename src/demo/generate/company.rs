//! The invented company: its teams, its people, and who of them the planted effects are about.

use std::fmt;
use std::io;
use std::path::Path;

use chrono::{Days, NaiveDate};

use super::draw::Draw;
use super::names::{GIVEN_NAMES, PEOPLE, SURNAMES};
use super::period::Period;
use super::table::Table;
use super::{CORE_STAFF, planted};

/// How a contact came in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Channel {
    Phone,
    Email,
    Visit,
    Web,
    Chat,
    Social,
    App,
    SelfService,
    Partner,
}

impl Channel {
    /// The code in the files.
    pub fn code(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Email => "email",
            Self::Visit => "visit",
            Self::Web => "web",
            Self::Chat => "chat",
            Self::Social => "social",
            Self::App => "app",
            Self::SelfService => "self_service",
            Self::Partner => "partner",
        }
    }

    /// Whether the customer waits on the line, so that contacts come only while the company is open
    /// and some give up.
    pub fn is_live(self) -> bool {
        matches!(self, Self::Phone | Self::Chat | Self::Visit)
    }

    /// Median handling time in seconds.
    pub fn handling(self) -> u32 {
        match self {
            Self::Phone | Self::App => 300,
            Self::Chat => 420,
            Self::Web | Self::Social => 360,
            Self::Email => 480,
            Self::Visit => 3_300,
            Self::SelfService => 120,
            Self::Partner => 600,
        }
    }

    /// Service minutes within which the first reply is promised.
    pub fn reply_promise(self) -> u32 {
        match self {
            Self::Phone | Self::Chat | Self::SelfService => 3,
            Self::Web | Self::App | Self::Social => 60,
            Self::Visit => 120,
            Self::Email | Self::Partner => 240,
        }
    }
}

/// What a team is like before the planted effects: probabilities in basis points, handling time in
/// percent of the channel's.
#[derive(Clone, Copy)]
pub struct Level {
    pub fcr: i32,
    pub sla: i32,
    pub csat: i32,
    pub handling: u32,
}

/// A kind of team: what it does and how well.
pub struct Kind {
    pub code: &'static str,
    pub name_zh: &'static str,
    pub name_en: &'static str,
    /// Share of the contacts, in percent.
    pub share: u32,
    /// Agents (its lead not counted) in the company of 60.
    pub agents: usize,
    /// Field teams rest on Sundays.
    pub field: bool,
    pub level: Level,
    pub channels: &'static [(Channel, u32)],
    pub categories: &'static [(&'static str, u32)],
    /// Weights of basic, value-added and customised service.
    pub classes: [u32; 3],
}

/// The six teams of the company of 60. Teams beyond them are of these kinds in turn.
pub const KINDS: [Kind; 6] = [
    Kind {
        code: "SC",
        name_zh: "服务中心",
        name_en: "Service Centre",
        share: 42,
        agents: 11,
        field: false,
        level: Level {
            fcr: 7_800,
            sla: 8_900,
            csat: 8_400,
            handling: 100,
        },
        channels: &[
            (Channel::Phone, 44),
            (Channel::Chat, 20),
            (Channel::App, 14),
            (Channel::Web, 8),
            (Channel::Email, 8),
            (Channel::SelfService, 6),
        ],
        categories: &[
            ("delivery", 24),
            ("installation", 20),
            ("billing", 14),
            ("account", 14),
            ("warranty", 14),
            ("technical", 8),
            ("other", 6),
        ],
        classes: [74, 21, 5],
    },
    Kind {
        code: planted::IMPROVING_TEAM,
        name_zh: "东区上门服务队",
        name_en: "Field Service East",
        share: 14,
        agents: 8,
        field: true,
        level: Level {
            fcr: 7_500,
            sla: 7_400,
            csat: 7_700,
            handling: 100,
        },
        channels: &[
            (Channel::Visit, 84),
            (Channel::Phone, 10),
            (Channel::Partner, 6),
        ],
        categories: &[
            ("installation", 40),
            ("repair", 44),
            ("warranty", 10),
            ("other", 6),
        ],
        classes: [60, 30, 10],
    },
    Kind {
        code: "FW",
        name_zh: "西区上门服务队",
        name_en: "Field Service West",
        share: 14,
        agents: 8,
        field: true,
        level: Level {
            fcr: 7_600,
            sla: 8_700,
            csat: 8_400,
            handling: 98,
        },
        channels: &[
            (Channel::Visit, 86),
            (Channel::Phone, 9),
            (Channel::Partner, 5),
        ],
        categories: &[
            ("installation", 42),
            ("repair", 42),
            ("warranty", 10),
            ("other", 6),
        ],
        classes: [60, 30, 10],
    },
    Kind {
        code: planted::HASTY_TEAM,
        name_zh: "技术热线",
        name_en: "Technical Hotline",
        share: 16,
        agents: 9,
        field: false,
        level: Level {
            fcr: 8_000,
            sla: 8_900,
            csat: 8_300,
            handling: 135,
        },
        channels: &[
            (Channel::Phone, 80),
            (Channel::App, 11),
            (Channel::Email, 9),
        ],
        categories: &[
            ("technical", 62),
            ("repair", 24),
            ("warranty", 8),
            ("other", 6),
        ],
        classes: [64, 26, 10],
    },
    Kind {
        code: "CR",
        name_zh: "投诉与退换货组",
        name_en: "Complaints and Returns",
        share: 11,
        agents: 8,
        field: false,
        level: Level {
            fcr: 6_300,
            sla: 8_700,
            csat: 7_700,
            handling: 120,
        },
        channels: &[
            (Channel::Phone, 42),
            (Channel::Email, 24),
            (Channel::Social, 18),
            (Channel::Web, 16),
        ],
        categories: &[
            ("returns", 46),
            ("billing", 18),
            ("warranty", 18),
            ("delivery", 12),
            ("other", 6),
        ],
        classes: [80, 17, 3],
    },
    Kind {
        code: planted::SMALL_TEAM,
        name_zh: "大客户服务组",
        name_en: "Key Accounts",
        share: 3,
        agents: 6,
        field: false,
        level: Level {
            fcr: 8_000,
            sla: 9_300,
            csat: 8_900,
            handling: 150,
        },
        channels: &[
            (Channel::Email, 44),
            (Channel::Phone, 42),
            (Channel::Partner, 14),
        ],
        categories: &[
            ("technical", 36),
            ("installation", 26),
            ("account", 20),
            ("billing", 12),
            ("other", 6),
        ],
        classes: [15, 40, 45],
    },
];

/// Which of the teams of the company of 60 each of its three managers leads.
const TEAMS_OF_MANAGERS: [&[usize]; 3] = [&[0, 3], &[1, 2], &[4, 5]];
/// People of a branch beyond the company of 60: a manager and ten teams of a lead and nine agents.
const BRANCH: usize = 1 + 10 * TEAM;
const TEAM: usize = 10;

/// A job role of the company.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Agent,
    SeniorAgent,
    TeamLead,
    Manager,
    Head,
}

impl Role {
    fn code(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::SeniorAgent => "senior_agent",
            Self::TeamLead => "team_lead",
            Self::Manager => "manager",
            Self::Head => "head",
        }
    }

    /// Agents and senior agents handle contacts; the others lead.
    pub fn serves(self) -> bool {
        matches!(self, Self::Agent | Self::SeniorAgent)
    }
}

/// A unit of the company.
pub struct Team {
    code: String,
    name_zh: String,
    name_en: String,
    parent: Option<usize>,
    /// What it does; nothing for the head office and the branches, which only hold other teams.
    kind: Option<&'static Kind>,
    /// Who leads it, as a place in [`Company::people`].
    lead: usize,
}

impl Team {
    /// The code in the files.
    pub fn code(&self) -> &str {
        &self.code
    }
}

/// How a person differs from the level of the team: basis points, percent of the handling time,
/// points of a review.
#[derive(Clone, Copy)]
pub struct Skill {
    pub fcr: i32,
    pub sla: i32,
    pub csat: i32,
    pub handling: u32,
    pub review: i32,
}

/// Somebody of the company.
pub struct Person {
    pub number: EmployeeNo,
    pub part: Part,
    name: String,
    name_en: String,
    pub role: Role,
    team: usize,
    manager: Option<usize>,
    hired: NaiveDate,
    /// Day numbers of the period from which and before which the person handles contacts.
    first_day: u32,
    end_day: u32,
    left: Option<NaiveDate>,
    /// The day number of a transfer and the team it leads to.
    transfer: Option<(u32, usize)>,
    pub skill: Skill,
}

impl Person {
    /// The team on a day, as a place in [`Company::teams`].
    pub fn team_on(&self, day: u32) -> usize {
        match self.transfer {
            Some((from, team)) if day >= from => team,
            _ => self.team,
        }
    }

    /// Hires the person on a day of the period. The first week is training.
    fn join(&mut self, period: &Period, day: u32) {
        self.hired = period.date(day);
        self.first_day = day + 7;
    }

    /// Whether the person handles contacts on a day.
    pub fn serves_on(&self, day: u32) -> bool {
        self.role.serves() && (self.first_day..self.end_day).contains(&day)
    }
}

/// An employee number; written as `E1001`.
#[derive(Clone, Copy)]
pub struct EmployeeNo(usize);

impl fmt::Display for EmployeeNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "E{}", self.0)
    }
}

/// The part a person plays in the planted effects.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Ordinary,
    Star,
    ThreeAnswers,
    LateJoiner,
    EarlyJoiner,
    Transfer,
    Leaver,
    NoComplaints,
    ComplaintCluster,
}

impl Part {
    fn of(number: EmployeeNo) -> Self {
        match number.to_string().as_str() {
            planted::STAR => Self::Star,
            planted::THREE_ANSWERS => Self::ThreeAnswers,
            planted::LATE_JOINER => Self::LateJoiner,
            planted::EARLY_JOINER => Self::EarlyJoiner,
            planted::TRANSFER => Self::Transfer,
            planted::LEAVER => Self::Leaver,
            planted::NO_COMPLAINTS => Self::NoComplaints,
            planted::COMPLAINT_CLUSTER => Self::ComplaintCluster,
            _ => Self::Ordinary,
        }
    }
}

/// Teams and people. The first teams are the head office and one of each of [`KINDS`], in order.
pub struct Company {
    pub teams: Vec<Team>,
    pub people: Vec<Person>,
    founded: NaiveDate,
}

impl Company {
    /// A company of `staff` people, at least [`CORE_STAFF`].
    pub fn new(seed: u64, staff: usize, period: &Period) -> Self {
        let founded = period.first - Days::new(7 * 365);
        let mut company = Self {
            teams: Vec::new(),
            people: Vec::with_capacity(staff),
            founded,
        };
        let mut draw = Draw::new(seed, 1);
        company.add_core(&mut draw, period);
        company.add_branches(&mut draw, period, staff);
        company
    }

    /// The kind of a team that handles contacts; the head office and the branches answer as the
    /// service centre.
    pub fn kind(&self, team: usize) -> &'static Kind {
        self.teams[team].kind.unwrap_or(&KINDS[0])
    }

    /// The level of a team in a quarter that has `quarters_left` after it. The planted changes take
    /// effect by half in the last quarter but one and in full in the last.
    pub fn level(&self, team: usize, quarters_left: usize) -> Level {
        let steps = 2_usize.saturating_sub(quarters_left) as i32;
        let level = self.kind(team).level;
        match self.teams[team].code() {
            planted::IMPROVING_TEAM => Level {
                sla: level.sla + 900 * steps,
                csat: level.csat + 700 * steps,
                ..level
            },
            planted::HASTY_TEAM => Level {
                fcr: level.fcr - 600 * steps,
                handling: level.handling - 14 * steps as u32,
                ..level
            },
            _ => level,
        }
    }

    /// Who leads a team, as a place in [`Company::people`].
    pub fn lead(&self, team: usize) -> usize {
        self.teams[team].lead
    }

    /// The company of 60: agents by team, then leads, managers and the head, so that in the file
    /// everybody stands before their manager.
    fn add_core(&mut self, draw: &mut Draw, period: &Period) {
        let agents: usize = KINDS.iter().map(|kind| kind.agents).sum();
        let (leads, managers, head) = (agents, agents + KINDS.len(), CORE_STAFF - 1);
        self.teams.push(Team {
            code: "HQ".to_owned(),
            name_zh: "清源服务总部".to_owned(),
            name_en: "Clearspring Service Head Office".to_owned(),
            parent: None,
            kind: None,
            lead: head,
        });
        for (place, kind) in KINDS.iter().enumerate() {
            self.teams.push(Team {
                code: kind.code.to_owned(),
                name_zh: kind.name_zh.to_owned(),
                name_en: kind.name_en.to_owned(),
                parent: Some(0),
                kind: Some(kind),
                lead: leads + place,
            });
        }
        for (place, kind) in KINDS.iter().enumerate() {
            for number in 0..kind.agents {
                let role = if number < 2 {
                    Role::SeniorAgent
                } else {
                    Role::Agent
                };
                self.add_person(draw, period, role, place + 1, Some(leads + place));
            }
        }
        for place in 0..KINDS.len() {
            let manager = TEAMS_OF_MANAGERS
                .iter()
                .position(|teams| teams.contains(&place))
                .unwrap_or(0);
            self.add_person(
                draw,
                period,
                Role::TeamLead,
                place + 1,
                Some(managers + manager),
            );
        }
        for _ in TEAMS_OF_MANAGERS {
            self.add_person(draw, period, Role::Manager, 0, Some(head));
        }
        self.add_person(draw, period, Role::Head, 0, None);
        self.plant_people(period);
    }

    /// Everybody beyond the company of 60. The last branch and its last team may be incomplete.
    fn add_branches(&mut self, draw: &mut Draw, period: &Period, staff: usize) {
        let (mut branch, mut manager) = (0, 0);
        for person in CORE_STAFF..staff {
            let place = (person - CORE_STAFF) % BRANCH;
            if place == 0 {
                (branch, manager) = (self.teams.len(), person);
                let number = (person - CORE_STAFF) / BRANCH + 1;
                self.teams.push(Team {
                    code: format!("B{number:03}"),
                    name_zh: format!("第{number}分部"),
                    name_en: format!("Branch {number}"),
                    parent: Some(0),
                    kind: None,
                    lead: person,
                });
                self.add_person(draw, period, Role::Manager, branch, Some(CORE_STAFF - 1));
                continue;
            }
            let (team, seat) = ((place - 1) / TEAM + 1, (place - 1) % TEAM);
            if seat == 0 {
                let kind = &KINDS[(team - 1) % KINDS.len()];
                let parent = &self.teams[branch];
                self.teams.push(Team {
                    code: format!("{}-{team:02}", parent.code),
                    name_zh: format!("{}{team}组（{}）", parent.name_zh, kind.name_zh),
                    name_en: format!("{} Team {team} ({})", parent.name_en, kind.name_en),
                    parent: Some(branch),
                    kind: Some(kind),
                    lead: person,
                });
            }
            let (role, above) = match seat {
                0 => (Role::TeamLead, manager),
                1 | 2 => (Role::SeniorAgent, person - seat),
                _ => (Role::Agent, person - seat),
            };
            self.add_person(draw, period, role, self.teams.len() - 1, Some(above));
        }
    }

    fn add_person(
        &mut self,
        draw: &mut Draw,
        period: &Period,
        role: Role,
        team: usize,
        manager: Option<usize>,
    ) {
        let place = self.people.len();
        let number = EmployeeNo(1_001 + place);
        let (name, name_en) = match PEOPLE.get(place) {
            Some((name, name_en)) => ((*name).to_owned(), (*name_en).to_owned()),
            None => {
                let ((surname, surname_en), (given, given_en)) =
                    (draw.pick(&SURNAMES), draw.pick(&GIVEN_NAMES));
                (
                    format!("{surname}{given}"),
                    format!("{surname_en} {given_en}"),
                )
            }
        };
        // Those who lead have been there longer; everybody was there two years before the first
        // quarter.
        let years = if role.serves() { 5 } else { 2 };
        let hired = self.founded + Days::new(u64::from(draw.below(years * 365)));
        self.people.push(Person {
            number,
            part: Part::of(number),
            name,
            name_en,
            role,
            team,
            manager,
            hired,
            first_day: 0,
            end_day: period.days,
            left: None,
            transfer: None,
            skill: Skill {
                fcr: draw.around(500),
                sla: draw.around(350),
                csat: draw.around(450),
                handling: draw.between(88, 112),
                review: draw.around(4),
            },
        });
    }

    /// Gives the people of the planted effects their dates and skills.
    fn plant_people(&mut self, period: &Period) {
        for person in &mut self.people {
            match person.part {
                Part::Star => {
                    person.skill = Skill {
                        fcr: 1_000,
                        sla: 600,
                        csat: 1_000,
                        handling: 92,
                        review: 6,
                    };
                }
                Part::LateJoiner => person.join(period, period.day_of_last_quarter(50)),
                Part::EarlyJoiner => person.join(period, period.day_of_last_quarter(20)),
                Part::Leaver => {
                    let last_day = period.day_of_last_quarter(31);
                    person.left = Some(period.date(last_day));
                    person.end_day = last_day;
                }
                // To the last team of the company of 60, the small one.
                Part::Transfer => {
                    person.transfer = Some((period.day_of_last_quarter(48), KINDS.len()))
                }
                Part::Ordinary
                | Part::ThreeAnswers
                | Part::NoComplaints
                | Part::ComplaintCluster => {}
            }
        }
    }

    /// Writes `teams.csv`.
    pub fn write_teams(&self, path: &Path) -> io::Result<()> {
        let mut table = Table::create(path, "code,name_zh,name_en,parent,valid_from")?;
        for team in &self.teams {
            let parent = team
                .parent
                .map_or("", |parent| self.teams[parent].code.as_str());
            table
                .text(&team.code)
                .text(&team.name_zh)
                .text(&team.name_en)
                .text(parent);
            table.value(Some(self.founded)).end()?;
        }
        table.finish()
    }

    /// Writes `staff.csv`; a transfer is a second row of the same person.
    pub fn write_staff(&self, path: &Path, period: &Period) -> io::Result<()> {
        let header =
            "employee_no,name,name_en,email,team,job_role,manager,hired_on,left_on,valid_from";
        let mut table = Table::create(path, header)?;
        for person in &self.people {
            self.write_posting(
                &mut table,
                person,
                person.team,
                person.manager,
                person.hired,
            )?;
            if let Some((day, team)) = person.transfer {
                self.write_posting(
                    &mut table,
                    person,
                    team,
                    Some(self.lead(team)),
                    period.date(day),
                )?;
            }
        }
        table.finish()
    }

    fn write_posting(
        &self,
        table: &mut Table,
        person: &Person,
        team: usize,
        manager: Option<usize>,
        from: NaiveDate,
    ) -> io::Result<()> {
        let email = format!("e{}@clearspring.example", person.number.0);
        table
            .value(Some(person.number))
            .text(&person.name)
            .text(&person.name_en)
            .text(&email);
        table.text(&self.teams[team].code).text(person.role.code());
        table.value(manager.map(|manager| self.people[manager].number));
        table
            .value(Some(person.hired))
            .value(person.left)
            .value(Some(from))
            .end()
    }
}
