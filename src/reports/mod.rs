//! Reports: the static bundle leadership reads. A cycle and an audience give a list of pages; each is
//! rendered from frozen results (or, before the freeze, from one unchanging view, and says so).

pub mod bundle;
pub mod data;
pub mod feedback;
pub mod jobs;
pub mod pages;
pub mod shelf;
pub mod store;
pub mod view;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use chrono::NaiveDate;
use diesel::prelude::*;
use serde_json::json;

use crate::access::Reach;
use crate::appraisals::model::result::{CycleResult, PersonResult, TeamResult};
use crate::appraisals::store::cycles::{self, Cycle};
use crate::appraisals::store::results;
use crate::calendar::Quarter;
use crate::db::schema::{audit_event, evaluation, staff, team};
use crate::db::{Conn, Db};
use crate::error::{Error, Message, Result};
use crate::i18n::Locale;
use crate::people::store::reach;
use crate::plans::model::State as PlanState;
use crate::plans::store::{Filter, Seen, Start};
use crate::plans::{self, reading};
use crate::recruitment::store::analytics::{self, Ask};
use crate::reports::bundle::{
    Batch, Builder, BundleError, Inputs, ManifestHeader, Progress, RenderError, Summary,
    fingerprint,
};
use crate::reports::view::{
    Audience, Context, Fair, INDEX, Page, PageSet, Plans, Recruitment, Report, STYLE_SHEET, Told,
};
use crate::settings::Settings;
use crate::snapshots::{self, Head};

/// Name and version, as printed and as part of every fingerprint.
pub const PROGRAM: &str = concat!("espalier ", env!("CARGO_PKG_VERSION"));

/// Files rendered from one read of the database.
const PEOPLE_AT_ONCE: usize = 50;
const TEAMS_AT_ONCE: usize = 10;

/// Plans a bundle holds, the newest first.
const MOST_PLANS: i64 = 2_000;

/// Which bundle is wanted.
pub struct Wanted<'a> {
    pub cycle: &'a str,
    pub out: &'a Path,
    pub audience: Audience,
    pub locales: Vec<Locale>,
    /// Who wants to know how far the build is.
    pub progress: Watcher,
}

/// Who wants to know how far a build is.
pub enum Watcher {
    Nobody,
    /// Whoever sits at the terminal, if there is one.
    Terminal,
    /// The program: told how many files there are, of how many.
    Program(Arc<dyn Fn(u64, u64) + Send + Sync>),
}

/// Where the results come from.
enum Results {
    /// Snapshots, read again by those pages that need them.
    Frozen { people: Vec<Head>, teams: Vec<Head> },
    /// Computed just now, in one read.
    Provisional(Box<results::Results>),
}

/// Everything a build knows before it renders.
struct Site {
    results: Results,
    cycle: CycleResult,
    plans: Plans,
    /// Where anybody was ever looked for, and the audience sees the company.
    recruitment: Option<Recruitment>,
    fair: Option<Fair>,
    /// What was said with each released result, by employee number.
    told: BTreeMap<String, Told>,
    /// The day on which plans are looked at: that of the newest result, or the last of a cycle without any.
    day: NaiveDate,
    /// Number and team of everybody in the cycle.
    members: Vec<(String, Option<String>)>,
    settings: Settings,
    /// Local time, for the pages.
    frozen_at: Option<String>,
    header: ManifestHeader,
    /// Version and the beginning of the hash of the company's snapshot.
    snapshot: String,
    cycle_sha256: String,
}

/// Builds a bundle.
///
/// # Errors
/// When there is no such cycle, team or person, the folder holds somebody else's files, or writing fails.
pub fn build(db: &Db, wanted: &Wanted<'_>) -> Result<Summary> {
    let site = db.read(|conn| Site::load(conn, wanted))?;
    let members = site
        .members
        .iter()
        .map(|(no, team)| (no.as_str(), team.as_deref()));
    let pages = PageSet::of(&wanted.audience, &site.cycle, members, &wanted.locales);
    let codes = site.plans.rows.iter().map(|row| row.code.clone());
    let pages = pages.with_plans(codes);
    let pages = Arc::new(pages.with_recruitment(site.recruitment.is_some()));
    require_subject(&wanted.audience, &pages)?;
    let mut reports = Vec::new();
    for &locale in &wanted.locales {
        let context = Context {
            audience: &wanted.audience,
            cycle: &site.cycle,
            frozen_at: site.frozen_at.as_deref(),
            locale,
            organisation: locale.pick(
                &site.settings.organisation_zh,
                &site.settings.organisation_en,
            ),
            pages: Arc::clone(&pages),
            plans: &site.plans,
            fair: site.fair.as_ref(),
            program: PROGRAM,
            provisional: site.header.provisional,
            snapshot: &site.snapshot,
        };
        reports.push(Report::new(context).map_err(internal)?);
    }
    let plan = Plan {
        db,
        site: &site,
        pages: &pages,
        reports: &reports,
        sees_people: wanted.audience.sees_people(),
        shared: shared_inputs(wanted, &site, &pages),
    };
    let mut header = site.header.clone();
    header.snapshots = plan.snapshots();
    let files = plan.files();
    let progress = match &wanted.progress {
        Watcher::Nobody => Progress::silent(),
        Watcher::Terminal => Progress::bar(format!("{} ", wanted.cycle), files),
        Watcher::Program(told) => {
            let told = Arc::clone(told);
            Progress::told(Arc::new(move |done| told(done, files)))
        }
    };
    let mut builder = Builder::start(wanted.out, header, progress)?;
    // The largest pages first, so that no worker is left alone with one at the end.
    let batches = plan.single_pages().into_iter();
    let rest = plan.team_pages().into_iter().chain(plan.plan_pages()?);
    builder.write_all(batches.chain(rest).chain(plan.person_pages()))?;
    Ok(builder.finish()?)
}

/// A team or person that is not in the cycle has no report.
fn require_subject(audience: &Audience, pages: &PageSet) -> Result<()> {
    let missing = match audience {
        Audience::Team(code) if !pages.teams().contains(code) => ("report-no-team", code),
        Audience::Staff(no) if !pages.people().contains(no) => ("report-no-person", no),
        _ => return Ok(()),
    };
    Err(Error::NotFound(
        Message::new(missing.0).with("code", missing.1),
    ))
}

/// What every page depends on, apart from the result it shows.
fn shared_inputs(wanted: &Wanted<'_>, site: &Site, pages: &PageSet) -> Inputs {
    let tags: Vec<&str> = wanted.locales.iter().map(|l| l.tag()).collect();
    let listed = pages.teams().iter().chain(pages.people());
    let listed: Vec<&str> = listed.map(String::as_str).collect();
    fingerprint([
        PROGRAM.as_bytes(),
        &view::design(),
        wanted.audience.to_string().as_bytes(),
        tags.join(",").as_bytes(),
        site.settings.organisation_zh.as_bytes(),
        site.settings.organisation_en.as_bytes(),
        site.frozen_at.as_deref().unwrap_or_default().as_bytes(),
        site.cycle_sha256.as_bytes(),
        format!("{:?}", site.plans).as_bytes(),
        &[u8::from(site.recruitment.is_some())],
        listed.join("\n").as_bytes(),
    ])
}

impl Site {
    fn load(conn: &mut Conn, wanted: &Wanted<'_>) -> Result<Self> {
        let cycle = cycles::find(conn, wanted.cycle)?;
        let settings = Settings::load(conn)?;
        let mut header = ManifestHeader {
            program: PROGRAM.to_string(),
            cycle: cycle.code.clone(),
            audience: wanted.audience.to_string(),
            locales: wanted.locales.iter().map(|l| l.tag().to_string()).collect(),
            snapshots: BTreeMap::new(),
            audit_head: None,
            frozen_at: None,
            provisional: true,
        };
        let Some(frozen) = snapshots::newest(conn, "cycle", &cycle.code)? else {
            let now = results::compute(conn, &cycle)?;
            let day = cycle.ends_on;
            return Ok(Site {
                plans: plans_for(conn, &wanted.audience, day)?,
                recruitment: recruitment_for(
                    conn,
                    Reach::operator(cycle.ends_on),
                    &wanted.audience,
                    &cycle,
                    &settings,
                )?,
                fair: store::fair(conn, &cycle, day)?,
                told: BTreeMap::new(),
                day,
                cycle_sha256: snapshots::sha256_hex(
                    &[snapshots::canonical(&now.cycle)?.as_bytes()],
                ),
                cycle: now.cycle.clone(),
                members: now
                    .people
                    .iter()
                    .map(|p| (p.employee_no.clone(), p.team.clone()))
                    .collect(),
                results: Results::Provisional(Box::new(now)),
                settings,
                frozen_at: None,
                header,
                snapshot: String::new(),
            });
        };
        let people = snapshots::newest_under(conn, "person", &cycle.code)?;
        let teams = snapshots::newest_under(conn, "team", &cycle.code)?;
        let made_at = people.iter().map(|h| h.made_at).max();
        let made_at = made_at.unwrap_or(frozen.made_at);
        let day = settings.zone.local_date(made_at);
        header.provisional = false;
        header.audit_head = audit_at_freeze(conn, &cycle)?;
        header.frozen_at = Some(made_at.format("%Y-%m-%dT%H:%M:%SZ").to_string());
        Ok(Site {
            cycle: frozen.parse()?,
            plans: plans_for(conn, &wanted.audience, day)?,
            recruitment: recruitment_for(
                conn,
                Reach::operator(cycle.ends_on),
                &wanted.audience,
                &cycle,
                &settings,
            )?,
            fair: store::fair(conn, &cycle, day)?,
            told: store::told(conn, &cycle.code, None, settings.zone)?,
            day,
            members: members(conn, &cycle)?,
            frozen_at: Some(
                settings
                    .zone
                    .local(made_at)
                    .format("%Y-%m-%d %H:%M")
                    .to_string(),
            ),
            snapshot: format!("{} · {}", frozen.version_no, &frozen.sha256[..12]),
            cycle_sha256: frozen.sha256,
            results: Results::Frozen { people, teams },
            settings,
            header,
        })
    }
}

/// Number and team (on the last day in scope) of everybody in a cycle.
fn members(conn: &mut Conn, cycle: &Cycle) -> Result<Vec<(String, Option<String>)>> {
    Ok(evaluation::table
        .inner_join(staff::table.on(staff::id.eq(evaluation::staff_id)))
        .left_join(team::table.on(team::id.nullable().eq(evaluation::team_id)))
        .filter(evaluation::cycle_id.eq(cycle.id))
        .order(staff::employee_no)
        .select((staff::employee_no, team::code.nullable()))
        .load(conn)?)
}

/// The plans an audience may see. Whose sheet it is has their plans in the application.
fn plans_for(conn: &mut Conn, audience: &Audience, day: NaiveDate) -> Result<Plans> {
    let seen = match audience {
        Audience::All => Seen::operator(day),
        Audience::Leadership => Seen::groups(day),
        Audience::Team(code) => {
            let tree = reach::find_team(conn, &Reach::operator(day), code)?;
            Seen::of_teams(day, tree.tree)
        }
        Audience::Staff(_) => return Ok(Plans::default()),
    };
    let mut rows = plans::store::page(conn, &seen, &Filter::default(), Start::First, MOST_PLANS)?;
    rows.retain(|row| row.state != PlanState::Draft);
    let personal = match audience {
        Audience::Leadership => plans::store::personal(conn)?,
        _ => Vec::new(),
    };
    Ok(Plans { rows, personal })
}

/// Recruitment in the quarter in which a cycle begins, for those who see the company; none where nobody was ever
/// looked for.
fn recruitment_for(
    conn: &mut Conn,
    reach: Reach,
    audience: &Audience,
    cycle: &Cycle,
    settings: &Settings,
) -> Result<Option<Recruitment>> {
    if !audience.sees_company() {
        return Ok(None);
    }
    let ask = Ask {
        reach,
        opening: None,
        period: Some(Quarter::of(cycle.starts_on, settings.fiscal_start)),
        zone: settings.zone,
        fiscal_start: settings.fiscal_start,
    };
    let facts = analytics::facts(conn, &ask)?;
    if facts.openings.openings.is_empty() {
        return Ok(None);
    }
    let tables = if audience.sees_selection() {
        Some(analytics::selection(conn, &ask, &facts.openings)?)
    } else {
        None
    };
    Ok(Some(Recruitment {
        facts,
        period: ask.bounds(),
        tables,
        zone: settings.zone,
    }))
}

/// The hash of the audit event that tells of the freeze.
fn audit_at_freeze(conn: &mut Conn, cycle: &Cycle) -> Result<Option<String>> {
    Ok(audit_event::table
        .filter(audit_event::subject.eq(&cycle.code))
        .filter(audit_event::action.eq("cycle.advance"))
        .filter(audit_event::detail_json.like("%results_sha256%"))
        .order(audit_event::id.desc())
        .select(audit_event::hash)
        .first(conn)
        .optional()?)
}

fn internal(e: tera::Error) -> Error {
    Error::Internal(Box::new(e))
}

impl Summary {
    /// What the build did, in words.
    #[must_use]
    pub fn message(&self, folder: &Path) -> Message {
        Message::new("report-built")
            .with("folder", folder.display())
            .with("written", self.written)
            .with("kept", self.kept)
            .with("removed", self.removed)
    }
}

impl From<BundleError> for Error {
    fn from(e: BundleError) -> Self {
        Error::invalid(Message {
            key: e.key(),
            args: e.args(),
        })
    }
}

/// The files of a bundle and how each is made.
struct Plan<'a> {
    db: &'a Db,
    site: &'a Site,
    pages: &'a PageSet,
    reports: &'a [Report<'a>],
    sees_people: bool,
    shared: Inputs,
}

impl<'a> Plan<'a> {
    /// How many files there will be, the manifest not counted.
    fn files(&self) -> u64 {
        let locales = self.reports.len() as u64;
        let groups = u64::from(self.pages.overview()) + u64::from(self.pages.cycle());
        let rest = self.pages.teams().len() + self.pages.people().len();
        let plans = self.pages.plans().len() as u64;
        let plans = plans * locales + u64::from(plans > 0) * (locales + 1);
        let plans = plans + u64::from(self.pages.holds(Page::Recruitment)) * (locales + 1);
        2 + u64::from(groups > 0) + groups * locales + plans + rest as u64 * (locales + 1)
    }

    fn inputs(&self, of: &str) -> Inputs {
        fingerprint([&self.shared[..], of.as_bytes()])
    }

    fn locale(&self, at: usize) -> Locale {
        self.reports[at].locale()
    }

    /// Language choice, style sheet, overview, cycle page and the company's data.
    fn single_pages(&'a self) -> Vec<Batch<'a>> {
        let mut batches = vec![
            Batch::one(INDEX, self.inputs("index"), |out| {
                Ok(view::index(self.reports, out)?)
            }),
            Batch::one(STYLE_SHEET, fingerprint([&*view::style_sheet()]), |out| {
                out.extend_from_slice(&view::style_sheet());
                Ok(())
            }),
        ];
        for (at, report) in self.reports.iter().enumerate() {
            if self.pages.overview() {
                let path = Page::Overview.path(self.locale(at));
                batches.push(Batch::one(path, self.inputs("overview"), |out| {
                    Ok(report.overview(out)?)
                }));
            }
            if self.pages.cycle() {
                let path = Page::Cycle.path(self.locale(at));
                let inputs = self.inputs(&format!("cycle {:?}", self.site.fair));
                batches.push(Batch::one(path, inputs, |out| {
                    Ok(report.cycle(&self.listed_teams()?, out)?)
                }));
            }
        }
        if self.pages.holds(Page::Plans) {
            for (at, report) in self.reports.iter().enumerate() {
                let path = Page::Plans.path(self.locale(at));
                batches.push(Batch::one(path, self.inputs("plans"), |out| {
                    Ok(report.plans(out)?)
                }));
            }
            let inputs = self.inputs("plans data");
            batches.push(Batch::one(data::PLANS_PATH, inputs, |out| {
                Ok(data::plans(&self.site.plans, self.sees_people, out)?)
            }));
        }
        if let Some(known) = &self.site.recruitment {
            let inputs = self.inputs(&format!("{known:?}"));
            for (at, report) in self.reports.iter().enumerate() {
                let path = Page::Recruitment.path(self.locale(at));
                batches.push(Batch::one(path, inputs, |out| {
                    Ok(report.recruitment(known, out)?)
                }));
            }
            batches.push(Batch::one(data::RECRUITMENT_PATH, inputs, |out| {
                Ok(data::recruitment(known, out)?)
            }));
        }
        if self.pages.overview() || self.pages.cycle() {
            let inputs = self.inputs("cycle data");
            batches.push(Batch::one(data::CYCLE_PATH, inputs, |out| {
                let provisional = self.site.header.provisional;
                Ok(data::cycle(&self.site.cycle, self.pages, provisional, out)?)
            }));
        }
        batches
    }

    /// A batch per plan: read once, rendered in every language. What it depends on is itself.
    fn plan_pages(&'a self) -> Result<Vec<Batch<'a>>> {
        let mut batches = Vec::new();
        for code in self.pages.plans() {
            let known = self.db.read(|conn| {
                let seen = Seen::operator(self.site.day);
                let plan = plans::store::find(conn, &seen, None, code)?.plan;
                let settings = &self.site.settings;
                reading::known(
                    conn,
                    plan,
                    self.site.day,
                    settings.zone,
                    settings.fiscal_start,
                )
            })?;
            let inputs = self.inputs(&format!("{known:?}"));
            let files = self.reports.iter().map(|report| {
                let path = Page::Plan(code).path(report.locale());
                (path, inputs)
            });
            batches.push(Batch::many(files.collect(), move |pages| {
                for (at, report) in self.reports.iter().enumerate() {
                    pages.file(at, |out| Ok(report.plan(&known, out)?))?;
                }
                Ok(())
            }));
        }
        Ok(batches)
    }

    /// The teams whose people the cycle page lists: none where there are too many to list, or where
    /// the audience sees no people.
    fn listed_teams(&self) -> Result<Vec<TeamResult>> {
        if !self.sees_people || self.pages.people().len() > view::PEOPLE_LISTED {
            return Ok(Vec::new());
        }
        match &self.site.results {
            Results::Frozen { teams, .. } => {
                let held = teams
                    .iter()
                    .filter(|h| self.pages.teams().contains(code(h)));
                let ids: Vec<i64> = held.map(|h| h.id).collect();
                let stored = self.db.read(|conn| snapshots::bodies(conn, &ids))?;
                stored.iter().map(|s| s.parse()).collect()
            }
            Results::Provisional(now) => Ok(now
                .teams
                .iter()
                .filter(|t| self.pages.teams().contains(&t.code))
                .cloned()
                .collect()),
        }
    }

    fn team_pages(&'a self) -> Vec<Batch<'a>> {
        let rules = &self.site.cycle.rules;
        let provisional = self.site.header.provisional;
        let write = move |pages: &mut bundle::Pages<'_>, at: usize, team: &TeamResult| {
            let files = self.reports.len() + 1;
            for (locale, report) in self.reports.iter().enumerate() {
                pages.file(files * at + locale, |out| Ok(report.team(team, out)?))?;
            }
            pages.file(files * at + files - 1, |out| {
                Ok(data::team(team, rules, provisional, self.sees_people, out)?)
            })
        };
        let paths = |code: &str| {
            let pages = self
                .reports
                .iter()
                .map(|r| Page::Team(code).path(r.locale()));
            pages.chain([data::team_path(code)]).collect()
        };
        match &self.site.results {
            Results::Frozen { teams, .. } => {
                let held = teams
                    .iter()
                    .filter(|h| self.pages.teams().contains(code(h)));
                let beside = |_: &Head| String::new();
                let held: Vec<&Head> = held.collect();
                self.frozen(&held, TEAMS_AT_ONCE, beside, paths, write)
            }
            Results::Provisional(now) => {
                let held = now
                    .teams
                    .iter()
                    .filter(|t| self.pages.teams().contains(&t.code));
                self.provisional(held, |t| &t.code, paths, write)
            }
        }
    }

    fn person_pages(&'a self) -> Vec<Batch<'a>> {
        let rules = &self.site.cycle.rules;
        let provisional = self.site.header.provisional;
        let versions: BTreeMap<&str, i64> = match &self.site.results {
            Results::Frozen { people, .. } => people
                .iter()
                .map(|h| (code(h), i64::from(h.version_no)))
                .collect(),
            Results::Provisional(_) => BTreeMap::new(),
        };
        let versions = Arc::new(versions);
        let write = move |pages: &mut bundle::Pages<'_>, at: usize, person: &PersonResult| {
            let files = self.reports.len() + 1;
            let version = versions.get(person.employee_no.as_str()).copied();
            for (locale, report) in self.reports.iter().enumerate() {
                pages.file(files * at + locale, |out| {
                    let told = self.site.told.get(&person.employee_no);
                    Ok(report.person(person, version.unwrap_or_default(), told, out)?)
                })?;
            }
            pages.file(files * at + files - 1, |out| {
                Ok(data::person(person, rules, provisional, out)?)
            })
        };
        let paths = |no: &str| {
            let pages = self
                .reports
                .iter()
                .map(|r| Page::Person(no).path(r.locale()));
            pages.chain([data::person_path(no)]).collect()
        };
        match &self.site.results {
            Results::Frozen { people, .. } => {
                let held = people
                    .iter()
                    .filter(|h| self.pages.people().contains(code(h)));
                let beside = |head: &Head| format!("{:?}", self.site.told.get(code(head)));
                let held: Vec<&Head> = held.collect();
                self.frozen(&held, PEOPLE_AT_ONCE, beside, paths, write)
            }
            Results::Provisional(now) => {
                let held = now
                    .people
                    .iter()
                    .filter(|p| self.pages.people().contains(&p.employee_no));
                self.provisional(held, |p| &p.employee_no, paths, write)
            }
        }
    }

    /// Batches over snapshots: each is read only if one of its files must be rendered. `beside` is what else the
    /// pages of one show.
    fn frozen<T: serde::de::DeserializeOwned>(
        &'a self,
        heads: &[&'a Head],
        at_once: usize,
        beside: impl Fn(&Head) -> String,
        paths: impl Fn(&str) -> Vec<String>,
        write: impl Fn(&mut bundle::Pages<'_>, usize, &T) -> Result<(), RenderError> + Clone + Send + 'a,
    ) -> Vec<Batch<'a>> {
        let mut batches = Vec::new();
        for chunk in heads.chunks(at_once) {
            let files = chunk.iter().flat_map(|head| {
                let inputs = self.inputs(&format!("{} {}", head.sha256, beside(head)));
                paths(code(head))
                    .into_iter()
                    .map(move |path| (path, inputs))
            });
            let ids: Vec<i64> = chunk.iter().map(|h| h.id).collect();
            let write = write.clone();
            batches.push(Batch::many(files.collect(), move |pages| {
                let stored = self.db.read(|conn| snapshots::bodies(conn, &ids))?;
                for (at, snapshot) in stored.iter().enumerate() {
                    write(pages, at, &snapshot.parse()?)?;
                }
                Ok(())
            }));
        }
        batches
    }

    /// A batch per result that is not frozen.
    fn provisional<T: serde::Serialize + Sync + 'a>(
        &'a self,
        results: impl Iterator<Item = &'a T>,
        code: impl Fn(&T) -> &String,
        paths: impl Fn(&str) -> Vec<String>,
        write: impl Fn(&mut bundle::Pages<'_>, usize, &T) -> Result<(), RenderError> + Clone + Send + 'a,
    ) -> Vec<Batch<'a>> {
        results
            .map(|result| {
                // What cannot be written as JSON cannot be equal to an earlier one either.
                let body = snapshots::canonical(result).unwrap_or_default();
                let inputs = self.inputs(&body);
                let files = paths(code(result)).into_iter().map(|path| (path, inputs));
                let write = write.clone();
                Batch::many(files.collect(), move |pages| write(pages, 0, result))
            })
            .collect()
    }

    /// Version and hash of every snapshot whose page is in the bundle.
    fn snapshots(&self) -> BTreeMap<String, serde_json::Value> {
        let Results::Frozen { people, teams } = &self.site.results else {
            return BTreeMap::new();
        };
        let entry = |kind: &str, head: &Head| {
            let value = json!({ "sha256": head.sha256, "version": head.version_no });
            (format!("{kind}/{}", head.subject), value)
        };
        let teams = teams
            .iter()
            .filter(|h| self.pages.teams().contains(code(h)))
            .map(|h| entry("team", h));
        let people = people
            .iter()
            .filter(|h| self.pages.people().contains(code(h)))
            .map(|h| entry("person", h));
        let mut all: BTreeMap<String, serde_json::Value> = teams.chain(people).collect();
        all.insert(
            format!("cycle/{}", self.site.cycle.code),
            json!({ "sha256": self.site.cycle_sha256 }),
        );
        all
    }
}

/// The code in a subject: `E1042` of `2026Q3/E1042`.
fn code(head: &Head) -> &str {
    head.subject.split_once('/').map_or("", |(_, code)| code)
}
