//! Who is in a cycle, and everybody's goal sheet with its versions, items and baselines.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use crate::appraisals::model::cycle::{Piece, Stretch, reseated, stretches};
use crate::appraisals::model::result::Subject;
use crate::appraisals::store::cycles::Cycle;
use crate::calendar::{Quarter, day_number};
use crate::db::Conn;
use crate::db::schema::{
    evaluation, goal_item, goal_proposal, goal_sheet, goal_sheet_version as version, job_role, kpi,
    note, qualitative_goal, staff, team,
};
use crate::error::Result;
use crate::evidence::figures::{self, Window};
use crate::evidence::model::{Cell, Columns};
use crate::goals::model::note::{CHECK_INS, NoteKind};
use crate::goals::model::sheet::Qualitative;
use crate::goals::model::{Aim, Figure, Kpi, Measure};
use crate::goals::store::numbers;
use crate::goals::store::values::{self, TypedIn};
use crate::insert_all;
use crate::people::model::Seat;
use crate::people::store::Directory;
use crate::settings::Settings;

/// Makes evaluations and sheets for everybody in the cycle who has none yet, brings manager and team of
/// the last day up to date, and plans sheets anew that nobody has agreed to and whose postings have
/// changed since.
pub fn plan(conn: &mut Conn, cycle: &Cycle) -> Result<()> {
    let directory = Directory::load(conn)?;
    let days = (cycle.starts_on, cycle.ends_on);
    let mut planned: BTreeMap<i64, Vec<Stretch>> = BTreeMap::new();
    for (&id, person) in &directory.staff {
        let found = stretches(
            directory.postings(id),
            person.hired_on,
            person.left_on,
            days,
        );
        if !found.is_empty() {
            planned.insert(id, found);
        }
    }
    plan_evaluations(conn, cycle, &planned)?;
    let stored = stored_sheets(conn, cycle)?;
    let stale: Vec<i64> = stored
        .iter()
        .filter(|(staff, sheet)| {
            let wanted = planned.get(staff).map_or(&[][..], Vec::as_slice);
            !sheet.agreed && !same(wanted, &sheet.stretches)
        })
        .map(|(_, sheet)| sheet.id)
        .collect();
    let gone: Vec<i64> = stored
        .iter()
        .filter(|(staff, sheet)| stale.contains(&sheet.id) && !planned.contains_key(staff))
        .map(|(_, sheet)| sheet.id)
        .collect();
    forget(conn, &stale, &gone)?;
    let role = |s: &Stretch| directory.job_roles.get(&s.seat.job_role_id);
    let has_sheet = |s: &Stretch| role(s).is_some_and(|r| cycle.rules.sheet_for(r).is_some());
    let mut new: Vec<(i64, i32, Stretch)> = Vec::new();
    for (&staff, sheet) in stored.iter().filter(|(_, sheet)| sheet.agreed) {
        let wanted = planned.get(&staff).map_or(&[][..], Vec::as_slice);
        let wanted: Vec<Stretch> = wanted.iter().copied().filter(has_sheet).collect();
        let pieces = reseated(&wanted, &sheet.versions());
        if !wanted.is_empty() && !is_kept(&pieces, sheet) {
            reseat(conn, sheet, &pieces)?;
            let made = pieces
                .iter()
                .zip(1..)
                .filter(|(piece, _)| piece.of.is_none());
            new.extend(made.map(|(piece, version_no)| (staff, version_no, piece.stretch)));
        }
    }
    planned.retain(|staff, _| stored.get(staff).is_none_or(|s| stale.contains(&s.id)));
    for (&staff, stretches) in &planned {
        let covered = stretches.iter().filter(|s| has_sheet(s)).zip(1..);
        new.extend(covered.map(|(stretch, version_no)| (staff, version_no, *stretch)));
    }
    new.sort_unstable_by_key(|&(staff, version_no, _)| (staff, version_no));
    insert_versions(conn, cycle, &directory, &new)
}

/// Whether every version of a sheet keeps its days, and none is added.
fn is_kept(pieces: &[Piece], sheet: &StoredSheet) -> bool {
    let kept = sheet.versions().into_iter().enumerate();
    let kept = kept.map(|(at, v)| (Some(at), v.from, v.to));
    pieces
        .iter()
        .map(|piece| (piece.of, piece.stretch.from, piece.stretch.to))
        .eq(kept)
}

/// Cuts the versions of an agreed sheet to the days they are still about, and numbers them anew; what is to be
/// made beside them is left to others.
fn reseat(conn: &mut Conn, sheet: &StoredSheet, pieces: &[Piece]) -> Result<()> {
    /// More versions than any sheet has: numbers out of the way.
    const AWAY: i32 = 1_000;
    let kept = |at: usize| pieces.iter().any(|piece| piece.of == Some(at));
    let ids = || sheet.ids.iter().copied().enumerate();
    let over: Vec<i64> = ids()
        .filter(|(at, _)| !kept(*at))
        .map(|(_, id)| id)
        .collect();
    drop_versions(conn, &over)?;
    diesel::update(version::table.filter(version::sheet_id.eq(sheet.id)))
        .set(version::version_no.eq(version::version_no + AWAY))
        .execute(conn)?;
    for (piece, version_no) in pieces.iter().zip(1..) {
        let Some(at) = piece.of else {
            continue;
        };
        diesel::update(version::table.find(sheet.ids[at]))
            .set((
                version::version_no.eq(version_no),
                version::valid_from.eq(piece.stretch.from),
                version::valid_to.eq(after(piece.stretch.to)),
            ))
            .execute(conn)?;
    }
    Ok(())
}

fn plan_evaluations(
    conn: &mut Conn,
    cycle: &Cycle,
    planned: &BTreeMap<i64, Vec<Stretch>>,
) -> Result<()> {
    #[derive(Insertable)]
    #[diesel(table_name = evaluation)]
    #[diesel(treat_none_as_default_value = false)]
    struct New {
        cycle_id: i64,
        staff_id: i64,
        manager_id: Option<i64>,
        team_id: Option<i64>,
    }
    type Place = (Option<i64>, Option<i64>);
    let known: HashMap<i64, Place> = evaluation::table
        .filter(evaluation::cycle_id.eq(cycle.id))
        .select((
            evaluation::staff_id,
            (evaluation::manager_id, evaluation::team_id),
        ))
        .load::<(i64, Place)>(conn)?
        .into_iter()
        .collect();
    // The manager and the team of the last day, also when somebody has moved since the first plan.
    for (staff_id, stretches) in planned {
        let last = stretches
            .last()
            .map(|s| (s.seat.manager_id, s.seat.team_id));
        if let (Some(before), Some((manager, team))) = (known.get(staff_id), last)
            && *before != (manager, team)
        {
            let place = evaluation::table
                .filter(evaluation::cycle_id.eq(cycle.id))
                .filter(evaluation::staff_id.eq(staff_id));
            diesel::update(place)
                .set((
                    evaluation::manager_id.eq(manager),
                    evaluation::team_id.eq(team),
                ))
                .execute(conn)?;
        }
    }
    let rows: Vec<New> = planned
        .iter()
        .filter(|(staff, _)| !known.contains_key(staff))
        .filter_map(|(&staff_id, stretches)| {
            let last = stretches.last()?;
            Some(New {
                cycle_id: cycle.id,
                staff_id,
                manager_id: last.seat.manager_id,
                team_id: last.seat.team_id,
            })
        })
        .collect();
    insert_all!(conn, evaluation::table, rows)
}

/// A version of a sheet as it stands in the database.
#[derive(Queryable)]
struct StoredVersion {
    id: i64,
    sheet_id: i64,
    staff_id: i64,
    version_no: i32,
    from: NaiveDate,
    /// Exclusive.
    to: NaiveDate,
    team_id: Option<i64>,
    job_role_id: i64,
    reason: String,
    employee_agreed_at: Option<NaiveDateTime>,
    manager_agreed_at: Option<NaiveDateTime>,
}

const VERSION: (
    version::id,
    goal_sheet::id,
    goal_sheet::staff_id,
    version::version_no,
    version::valid_from,
    version::valid_to,
    version::team_id,
    version::job_role_id,
    version::reason,
    version::employee_agreed_at,
    version::manager_agreed_at,
) = (
    version::id,
    goal_sheet::id,
    goal_sheet::staff_id,
    version::version_no,
    version::valid_from,
    version::valid_to,
    version::team_id,
    version::job_role_id,
    version::reason,
    version::employee_agreed_at,
    version::manager_agreed_at,
);

/// Every version of every sheet of a cycle, in order of person and version, which is that of their days.
fn stored_versions(conn: &mut Conn, cycle: &Cycle) -> Result<Vec<StoredVersion>> {
    Ok(goal_sheet::table
        .inner_join(version::table)
        .filter(goal_sheet::cycle_id.eq(cycle.id))
        .order((goal_sheet::staff_id, version::version_no))
        .select(VERSION)
        .load(conn)?)
}

struct StoredSheet {
    id: i64,
    /// Whether anybody has agreed to any of its versions.
    agreed: bool,
    /// Numbers of its versions, in their order.
    ids: Vec<i64>,
    stretches: Vec<(NaiveDate, NaiveDate, Option<i64>, i64)>,
}

impl StoredSheet {
    /// Its versions as days in a seat; the manager is no part of it.
    fn versions(&self) -> Vec<Stretch> {
        self.stretches
            .iter()
            .map(|&(from, to, team_id, job_role_id)| Stretch {
                seat: Seat {
                    team_id,
                    job_role_id,
                    manager_id: None,
                },
                from,
                to: to.pred_opt().unwrap_or(to),
            })
            .collect()
    }
}

fn stored_sheets(conn: &mut Conn, cycle: &Cycle) -> Result<HashMap<i64, StoredSheet>> {
    let mut sheets: HashMap<i64, StoredSheet> = HashMap::new();
    for v in stored_versions(conn, cycle)? {
        let sheet = sheets.entry(v.staff_id).or_insert(StoredSheet {
            id: v.sheet_id,
            agreed: false,
            ids: Vec::new(),
            stretches: Vec::new(),
        });
        sheet.ids.push(v.id);
        sheet.agreed |= v.employee_agreed_at.is_some() || v.manager_agreed_at.is_some();
        sheet
            .stretches
            .push((v.from, v.to, v.team_id, v.job_role_id));
    }
    Ok(sheets)
}

fn same(wanted: &[Stretch], stored: &[(NaiveDate, NaiveDate, Option<i64>, i64)]) -> bool {
    wanted
        .iter()
        .map(|s| (s.from, after(s.to), s.seat.team_id, s.seat.job_role_id))
        .eq(stored.iter().copied())
}

/// The day after, since versions end exclusively.
pub(super) fn after(day: NaiveDate) -> NaiveDate {
    day.succ_opt().unwrap_or(day)
}

/// Takes away what sheets hold that nobody agreed to. The sheets stay, with what was proposed for them, but
/// for those of people who are no longer in the cycle.
fn forget(conn: &mut Conn, sheets: &[i64], gone: &[i64]) -> Result<()> {
    for chunk in sheets.chunks(500) {
        let versions: Vec<i64> = version::table
            .filter(version::sheet_id.eq_any(chunk))
            .select(version::id)
            .load(conn)?;
        drop_versions(conn, &versions)?;
    }
    for chunk in gone.chunks(500) {
        diesel::delete(goal_proposal::table.filter(goal_proposal::sheet_id.eq_any(chunk)))
            .execute(conn)?;
        diesel::delete(goal_sheet::table.filter(goal_sheet::id.eq_any(chunk))).execute(conn)?;
    }
    Ok(())
}

/// Takes versions away with what they say.
fn drop_versions(conn: &mut Conn, versions: &[i64]) -> Result<()> {
    diesel::delete(goal_item::table.filter(goal_item::version_id.eq_any(versions)))
        .execute(conn)?;
    diesel::delete(qualitative_goal::table.filter(qualitative_goal::version_id.eq_any(versions)))
        .execute(conn)?;
    diesel::delete(version::table.filter(version::id.eq_any(versions))).execute(conn)?;
    Ok(())
}

#[derive(Insertable)]
#[diesel(table_name = version)]
#[diesel(treat_none_as_default_value = false)]
struct NewVersion {
    sheet_id: i64,
    version_no: i32,
    valid_from: NaiveDate,
    valid_to: NaiveDate,
    team_id: Option<i64>,
    job_role_id: i64,
    manager_id: Option<i64>,
    reason: &'static str,
}

#[derive(Insertable)]
#[diesel(table_name = goal_item)]
#[diesel(treat_none_as_default_value = false)]
pub(super) struct NewItem {
    pub(super) version_id: i64,
    pub(super) position: i32,
    pub(super) kpi_id: i64,
    pub(super) of_team: bool,
    pub(super) weight_bp: i32,
    pub(super) aim_json: String,
    pub(super) baseline_json: Option<String>,
    pub(super) team_goal_id: Option<i64>,
}

#[derive(Insertable)]
#[diesel(table_name = goal_sheet)]
#[diesel(treat_none_as_default_value = false)]
struct NewSheet {
    cycle_id: i64,
    staff_id: i64,
}

/// The sheet of each person in a cycle.
fn sheet_ids(conn: &mut Conn, cycle: &Cycle) -> Result<HashMap<i64, i64>> {
    Ok(goal_sheet::table
        .filter(goal_sheet::cycle_id.eq(cycle.id))
        .select((goal_sheet::staff_id, goal_sheet::id))
        .load::<(i64, i64)>(conn)?
        .into_iter()
        .collect())
}

/// Stores versions of sheets as their job roles have them planned: of whom, with which number, for which days.
/// Whoever has no sheet yet gets one.
fn insert_versions(
    conn: &mut Conn,
    cycle: &Cycle,
    directory: &Directory,
    new: &[(i64, i32, Stretch)],
) -> Result<()> {
    let rules = &cycle.rules;
    let role = |s: &Stretch| {
        directory
            .job_roles
            .get(&s.seat.job_role_id)
            .map_or("", String::as_str)
    };
    let people: BTreeSet<i64> = new.iter().map(|&(staff, ..)| staff).collect();
    let known = sheet_ids(conn, cycle)?;
    let sheets: Vec<NewSheet> = people
        .iter()
        .filter(|staff_id| !known.contains_key(staff_id))
        .map(|&staff_id| NewSheet {
            cycle_id: cycle.id,
            staff_id,
        })
        .collect();
    insert_all!(conn, goal_sheet::table, sheets)?;
    let sheet_ids = sheet_ids(conn, cycle)?;
    let versions: Vec<NewVersion> = new
        .iter()
        .map(|&(staff, version_no, stretch)| NewVersion {
            sheet_id: sheet_ids[&staff],
            version_no,
            valid_from: stretch.from,
            valid_to: after(stretch.to),
            team_id: stretch.seat.team_id,
            job_role_id: stretch.seat.job_role_id,
            manager_id: stretch.seat.manager_id,
            reason: "",
        })
        .collect();
    insert_all!(conn, version::table, versions)?;
    let version_ids: HashMap<(i64, i32), i64> = version::table
        .inner_join(goal_sheet::table)
        .filter(goal_sheet::cycle_id.eq(cycle.id))
        .select((version::sheet_id, version::version_no, version::id))
        .load::<(i64, i32, i64)>(conn)?
        .into_iter()
        .map(|(sheet, no, id)| ((sheet, no), id))
        .collect();
    let people: Vec<i64> = people.into_iter().collect();
    let baselines = Baselines::load(conn, cycle, directory, &people)?;
    // In order of version: the newest stays.
    let kpi_ids: HashMap<String, i64> = numbers(conn)?
        .into_iter()
        .map(|(id, code)| (code, id))
        .collect();
    let mut items = Vec::new();
    for (staff, version_no, stretch) in new {
        let Some(sheet) = rules.sheet_for(role(stretch)) else {
            continue;
        };
        let version_id = version_ids[&(sheet_ids[staff], *version_no)];
        for (item, position) in sheet.items.iter().zip(1..) {
            let baseline = rules
                .kpi(&item.kpi)
                .and_then(|kpi| baselines.figure(kpi, item.subject, *staff, stretch.seat.team_id));
            items.push(NewItem {
                version_id,
                position,
                kpi_id: kpi_ids[&item.kpi],
                of_team: item.subject == Subject::Team,
                weight_bp: i32::try_from(item.weight_bp).unwrap_or_default(),
                aim_json: serde_json::to_string(&item.aim)?,
                baseline_json: baseline.as_ref().map(serde_json::to_string).transpose()?,
                team_goal_id: None,
            });
        }
    }
    insert_all!(conn, goal_item::table, items)
}

/// What an item of somebody's sheet came to in the quarter before the cycle.
pub(super) fn baseline(
    conn: &mut Conn,
    cycle: &Cycle,
    (staff_id, team_id): (i64, Option<i64>),
    items: &[(&str, Subject)],
) -> Result<Vec<Option<Figure>>> {
    let directory = Directory::load(conn)?;
    let all = Baselines::load(conn, cycle, &directory, &[staff_id])?;
    Ok(items
        .iter()
        .map(|(code, subject)| all.figure(cycle.rules.kpi(code)?, *subject, staff_id, team_id))
        .collect())
}

/// The figures of the quarter before the cycle.
struct Baselines {
    people: HashMap<i64, Cell>,
    medians: HashMap<(Window, crate::goals::model::Duration), Figure>,
    teams: HashMap<i64, Cell>,
    typed: TypedIn,
    days: (i32, i32),
}

impl Baselines {
    fn load(conn: &mut Conn, cycle: &Cycle, directory: &Directory, people: &[i64]) -> Result<Self> {
        let fiscal_start = Settings::load(conn)?.fiscal_start;
        let quarter = Quarter::from_index(cycle.quarter).prev();
        let days = (
            day_number(quarter.first_day(fiscal_start)),
            day_number(quarter.last_day(fiscal_start)),
        );
        let windows: Vec<Window> = people
            .iter()
            .map(|&staff_id| Window {
                staff_id,
                from: days.0,
                to: days.1,
            })
            .collect();
        let wants_medians = cycle
            .rules
            .kpis
            .iter()
            .any(|k| matches!(k.measure, Some(Measure::Median(_))));
        let own = figures::team_quarter(conn, quarter.index())?;
        let mut teams = HashMap::new();
        for (team, tree) in directory.subtrees_on(cycle.ends_on) {
            let mut sum = figures::TeamQuarter::default();
            for member in &tree {
                if let Some(quarter) = own.get(member) {
                    sum.merge(quarter)?;
                }
            }
            teams.insert(team, sum.total()?);
        }
        let measures = cycle.rules.kpis.iter().filter_map(|kpi| kpi.measure);
        let columns = Columns::of(measures);
        Ok(Baselines {
            people: figures::staff_quarter(conn, quarter.index(), None, &columns)?.people,
            medians: if wants_medians {
                figures::window_medians(conn, &windows)?
            } else {
                HashMap::new()
            },
            teams,
            typed: values::of_quarter(conn, quarter)?,
            days,
        })
    }

    fn figure(&self, kpi: &Kpi, subject: Subject, staff: i64, team: Option<i64>) -> Option<Figure> {
        let Some(measure) = kpi.measure else {
            return match subject {
                Subject::Own => self.typed.of_staff(&kpi.code, staff),
                Subject::Team => self.typed.of_team(&kpi.code, team?),
            };
        };
        match (measure, subject) {
            (Measure::Median(duration), Subject::Own) => {
                let window = Window {
                    staff_id: staff,
                    from: self.days.0,
                    to: self.days.1,
                };
                self.medians.get(&(window, duration)).copied()
            }
            (measure, Subject::Own) => self.people.get(&staff)?.figure(measure),
            (measure, Subject::Team) => self.teams.get(&team?)?.figure(measure),
        }
    }
}

/// A version of somebody's sheet with its items, as scoring reads it.
#[derive(Clone, Debug)]
pub struct SheetVersion {
    pub id: i64,
    pub staff_id: i64,
    pub version_no: i32,
    pub from: NaiveDate,
    /// Inclusive.
    pub to: NaiveDate,
    pub team_id: Option<i64>,
    pub job_role_id: i64,
    /// By both sides.
    pub agreed: bool,
    pub employee_agreed_at: Option<NaiveDateTime>,
    pub manager_agreed_at: Option<NaiveDateTime>,
    /// Why it took the place of the one before; empty where nothing was revised.
    pub reason: String,
    pub items: Vec<SheetItem>,
    pub qualitative: Vec<Qualitative>,
}

/// A line of a sheet.
#[derive(Clone, Debug)]
pub struct SheetItem {
    pub kpi: String,
    pub subject: Subject,
    pub weight_bp: i64,
    pub aim: Aim,
    pub baseline: Option<Figure>,
    /// The team's goal that it serves.
    pub team_goal_id: Option<i64>,
}

/// Every sheet version of a cycle, in order of person and version.
pub fn versions(conn: &mut Conn, cycle: &Cycle) -> Result<Vec<SheetVersion>> {
    versions_of(conn, cycle, None)
}

/// As [`versions`], of one person alone where one is given.
pub fn versions_of(
    conn: &mut Conn,
    cycle: &Cycle,
    staff_id: Option<i64>,
) -> Result<Vec<SheetVersion>> {
    type ItemRow = (
        i64,
        i32,
        String,
        bool,
        i32,
        String,
        Option<String>,
        Option<i64>,
    );
    let mut items = goal_item::table
        .inner_join(kpi::table.on(kpi::id.eq(goal_item::kpi_id)))
        .inner_join(version::table.inner_join(goal_sheet::table))
        .filter(goal_sheet::cycle_id.eq(cycle.id))
        .into_boxed();
    if let Some(staff_id) = staff_id {
        items = items.filter(goal_sheet::staff_id.eq(staff_id));
    }
    let mut items: Vec<ItemRow> = items
        .select((
            goal_item::version_id,
            goal_item::position,
            kpi::code,
            goal_item::of_team,
            goal_item::weight_bp,
            goal_item::aim_json,
            goal_item::baseline_json,
            goal_item::team_goal_id,
        ))
        .load(conn)?;
    // They come nearly in this order: the database would sort all texts of a cycle for it.
    items.sort_unstable_by_key(|item| (item.0, item.1));
    // Most sheets share their aims: each text is read once.
    let mut aims: HashMap<String, Aim> = HashMap::new();
    let mut of_version: HashMap<i64, Vec<SheetItem>> = HashMap::new();
    for item in items {
        let (version_id, _, kpi, of_team, weight_bp, aim_json, baseline_json, team_goal_id) = item;
        let aim = match aims.get(&aim_json) {
            Some(aim) => *aim,
            None => {
                let aim = serde_json::from_str(&aim_json)?;
                aims.insert(aim_json, aim);
                aim
            }
        };
        of_version.entry(version_id).or_default().push(SheetItem {
            kpi,
            subject: if of_team { Subject::Team } else { Subject::Own },
            weight_bp: i64::from(weight_bp),
            aim,
            baseline: baseline_json
                .map(|json| serde_json::from_str(&json))
                .transpose()?,
            team_goal_id,
        });
    }
    let mut found: Vec<SheetVersion> = Vec::new();
    for (v, goal) in with_goals(conn, cycle, staff_id)? {
        let version = match found.last_mut() {
            Some(last) if last.id == v.id => last,
            _ => {
                found.push(SheetVersion {
                    id: v.id,
                    staff_id: v.staff_id,
                    version_no: v.version_no,
                    from: v.from,
                    to: v.to.pred_opt().unwrap_or(v.to),
                    team_id: v.team_id,
                    job_role_id: v.job_role_id,
                    agreed: v.employee_agreed_at.is_some() && v.manager_agreed_at.is_some(),
                    employee_agreed_at: v.employee_agreed_at,
                    manager_agreed_at: v.manager_agreed_at,
                    reason: v.reason,
                    items: of_version.remove(&v.id).unwrap_or_default(),
                    qualitative: Vec::new(),
                });
                let last = found.len() - 1;
                &mut found[last]
            }
        };
        if let Some((name, why, key_results, team_goal_id)) = goal {
            version.qualitative.push(Qualitative {
                key_results: serde_json::from_str(&key_results)?,
                name,
                team_goal_id,
                why,
            });
        }
    }
    Ok(found)
}

/// Name, why, key results as JSON, the team's goal it serves.
type Goal = (String, String, String, Option<i64>);

/// Versions as in [`stored_versions`], once for each of their goals without a figure, and once where there is none.
fn with_goals(
    conn: &mut Conn,
    cycle: &Cycle,
    staff_id: Option<i64>,
) -> Result<Vec<(StoredVersion, Option<Goal>)>> {
    let mut query = goal_sheet::table
        .inner_join(version::table.left_join(qualitative_goal::table))
        .filter(goal_sheet::cycle_id.eq(cycle.id))
        .into_boxed();
    if let Some(staff_id) = staff_id {
        query = query.filter(goal_sheet::staff_id.eq(staff_id));
    }
    Ok(query
        .order((
            goal_sheet::staff_id,
            version::version_no,
            qualitative_goal::position.nullable(),
        ))
        .select((
            VERSION,
            (
                qualitative_goal::name,
                qualitative_goal::why,
                qualitative_goal::key_results_json,
                qualitative_goal::team_goal_id,
            )
                .nullable(),
        ))
        .load(conn)?)
}

/// Whether a cycle plans a sheet for somebody.
pub fn has_sheet(conn: &mut Conn, cycle: &Cycle, staff_id: i64) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(
        goal_sheet::table
            .filter(goal_sheet::cycle_id.eq(cycle.id))
            .filter(goal_sheet::staff_id.eq(staff_id)),
    ))
    .get_result(conn)?)
}

/// Number, code and names of a team.
pub type TeamName = (i64, String, String, String);

/// The teams that somebody's sheet in a cycle names.
pub fn teams_of(conn: &mut Conn, cycle: &Cycle, staff_id: i64) -> Result<Vec<TeamName>> {
    Ok(version::table
        .inner_join(goal_sheet::table)
        .inner_join(team::table.on(version::team_id.eq(team::id.nullable())))
        .filter(goal_sheet::cycle_id.eq(cycle.id))
        .filter(goal_sheet::staff_id.eq(staff_id))
        .select((team::id, team::code, team::name_zh, team::name_en))
        .distinct()
        .load(conn)?)
}

/// The job roles that somebody's sheet in a cycle names: number and names.
pub fn roles_of(
    conn: &mut Conn,
    cycle: &Cycle,
    staff_id: i64,
) -> Result<Vec<(i64, (String, String))>> {
    Ok(version::table
        .inner_join(goal_sheet::table)
        .inner_join(job_role::table.on(version::job_role_id.eq(job_role::id)))
        .filter(goal_sheet::cycle_id.eq(cycle.id))
        .filter(goal_sheet::staff_id.eq(staff_id))
        .select((job_role::id, (job_role::name_zh, job_role::name_en)))
        .distinct()
        .load(conn)?)
}

/// What keeps people from a step of their cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// A goal sheet that both sides agree to.
    Agreement,
    /// Two check-ins.
    CheckIns,
    /// The manager's review.
    Review,
}

/// How many people lack something.
pub fn count_lacking(conn: &mut Conn, cycle: &Cycle, lack: Lack) -> Result<i64> {
    Ok(match lack {
        Lack::Agreement => goal_sheet::table
            .filter(goal_sheet::cycle_id.eq(cycle.id))
            .filter(goal_sheet::id.eq_any(not_agreed()))
            .count()
            .get_result(conn)?,
        Lack::CheckIns => in_touch(cycle.id)
            .filter(evaluation::staff_id.ne_all(checked_in(cycle.id, CHECK_IN, CHECK_INS)))
            .count()
            .get_result(conn)?,
        Lack::Review => evaluation::table
            .filter(evaluation::cycle_id.eq(cycle.id))
            .filter(evaluation::submitted_at.is_null())
            .filter(evaluation::excused_reason.is_null())
            .count()
            .get_result(conn)?,
    })
}

/// Those who lack something, by employee number from `after` on: number and names, at most `limit`.
pub fn lacking(
    conn: &mut Conn,
    cycle: &Cycle,
    lack: Lack,
    after: &str,
    limit: i64,
) -> Result<Vec<(String, String, String)>> {
    let columns = (staff::employee_no, staff::name, staff::name_en);
    Ok(match lack {
        Lack::Agreement => goal_sheet::table
            .inner_join(staff::table)
            .filter(goal_sheet::cycle_id.eq(cycle.id))
            .filter(goal_sheet::id.eq_any(not_agreed()))
            .filter(staff::employee_no.gt(after))
            .order(staff::employee_no)
            .select(columns)
            .limit(limit)
            .load(conn)?,
        Lack::CheckIns => in_touch(cycle.id)
            .inner_join(staff::table)
            .filter(evaluation::staff_id.ne_all(checked_in(cycle.id, CHECK_IN, CHECK_INS)))
            .filter(staff::employee_no.gt(after))
            .order(staff::employee_no)
            .select(columns)
            .limit(limit)
            .load(conn)?,
        Lack::Review => evaluation::table
            .inner_join(staff::table.on(staff::id.eq(evaluation::staff_id)))
            .filter(evaluation::cycle_id.eq(cycle.id))
            .filter(evaluation::submitted_at.is_null())
            .filter(evaluation::excused_reason.is_null())
            .filter(staff::employee_no.gt(after))
            .order(staff::employee_no)
            .select(columns)
            .limit(limit)
            .load(conn)?,
    })
}

/// The kind of note that a check-in is.
const CHECK_IN: &str = NoteKind::CheckIn.code();

/// Those of a cycle who have goals and are not excused: check-ins are held with them.
#[diesel::dsl::auto_type(no_type_alias)]
fn in_touch(cycle_id: i64) -> _ {
    let sheets = goal_sheet::table
        .filter(goal_sheet::cycle_id.eq(cycle_id))
        .select(goal_sheet::staff_id);
    evaluation::table
        .filter(evaluation::cycle_id.eq(cycle_id))
        .filter(evaluation::excused_reason.is_null())
        .filter(evaluation::staff_id.eq_any(sheets))
}

/// Those with whom somebody else held as many check-ins as a cycle wants, on days of their own.
#[diesel::dsl::auto_type(no_type_alias)]
fn checked_in(cycle_id: i64, kind: &'static str, least: i64) -> _ {
    let kind: &'static str = kind;
    let by_another = note::author_id
        .is_null()
        .or(note::author_id.ne(note::staff_id.nullable()));
    note::table
        .filter(note::cycle_id.eq(cycle_id))
        .filter(note::kind.eq(kind))
        .filter(by_another.assume_not_null())
        .group_by(note::staff_id)
        .having(diesel::dsl::count(note::day).aggregate_distinct().ge(least))
        .select(note::staff_id)
}

/// Those with whom the check-ins of a cycle were held.
pub fn with_check_ins(conn: &mut Conn, cycle: &Cycle) -> Result<BTreeSet<i64>> {
    let found: Vec<i64> = checked_in(cycle.id, CHECK_IN, CHECK_INS).load(conn)?;
    Ok(found.into_iter().collect())
}

/// Sheets of which a version is not agreed by both sides.
#[diesel::dsl::auto_type(no_type_alias)]
fn not_agreed() -> _ {
    version::table
        .filter(
            version::employee_agreed_at
                .is_null()
                .or(version::manager_agreed_at.is_null()),
        )
        .select(version::sheet_id)
}

/// Records that both sides agreed to every sheet of a cycle: how the demonstration's past came about.
pub fn agree_all(conn: &mut Conn, cycle: &Cycle, at: NaiveDateTime) -> Result<()> {
    let sheets = goal_sheet::table
        .filter(goal_sheet::cycle_id.eq(cycle.id))
        .select(goal_sheet::id);
    diesel::update(version::table.filter(version::sheet_id.eq_any(sheets)))
        .set((
            version::employee_agreed_at.eq(at),
            version::manager_agreed_at.eq(at),
        ))
        .execute(conn)?;
    Ok(())
}
