//! Teams and staff from files.

use std::collections::{BTreeMap, BTreeSet};

use crate::db::Conn;
use crate::error::Result;
use crate::import::run::{Kind as ImportKind, Loaded, Run, next_codes};
use crate::import::{
    ColumnSpec, EmployeeBy, Kind, Reader, Reason, RowView, TeamBy, nearest, values,
};
use crate::people::model::{Seat, UNKNOWN_START, leave, sort_key, take_seat};
use crate::people::store::reach;
use crate::people::store::{Directory, Named, NewStaff, insert_team, rename_team, set_parent};
use chrono::NaiveDate;

/// `espalier import teams`
pub const TEAMS: ImportKind = ImportKind {
    name: "teams",
    columns: &[
        ColumnSpec::required("code", Kind::Code),
        ColumnSpec::required("name_zh", Kind::Text(120)),
        ColumnSpec::optional("name_en", Kind::Text(120)),
        ColumnSpec::optional("parent", Kind::Text(64)),
        ColumnSpec::optional("valid_from", Kind::Date),
    ],
    load: load_teams,
};

/// `espalier import staff`
pub const STAFF: ImportKind = ImportKind {
    name: "staff",
    columns: &[
        ColumnSpec::required("employee_no", Kind::Code),
        ColumnSpec::required("name", Kind::Text(120)),
        ColumnSpec::optional("name_en", Kind::Text(120)),
        ColumnSpec::optional("email", Kind::Text(200)),
        ColumnSpec::optional("phone", Kind::Text(40)),
        ColumnSpec::optional("team", Kind::Text(120)),
        ColumnSpec::optional("job_role", Kind::Text(64)),
        ColumnSpec::optional("manager", Kind::Text(120)),
        ColumnSpec::optional("hired_on", Kind::Date),
        ColumnSpec::optional("left_on", Kind::Date),
        ColumnSpec::optional("valid_from", Kind::Date),
    ],
    load: load_staff,
};

/// The job role of rows that name none.
pub const DEFAULT_JOB_ROLE: &str = "agent";

struct TeamRow {
    code: String,
    name_zh: String,
    name_en: String,
    parent: Option<String>,
    valid_from: NaiveDate,
}

fn load_teams(conn: &mut Conn, reader: &mut Reader, _: &Run) -> Result<Loaded> {
    let directory = Directory::load(conn)?;
    // A parent may stand below its children: the codes and places are read first.
    let mut codes: BTreeSet<String> = BTreeSet::new();
    let mut places: Vec<Place> = Vec::new();
    while let Some(row) = reader.next_row()? {
        if let Some(code) = row.raw(0) {
            codes.insert(code.to_string());
            places.push(Place {
                code: code.to_string(),
                parent: row.raw(3).map(str::to_string),
                valid_from: row.date(4).unwrap_or(UNKNOWN_START),
            });
        }
    }
    reader.rewind()?;
    places.sort_by_key(|place| place.valid_from);
    let in_file = places.iter().map(|place| place.valid_from);
    let stored = directory.links.iter().map(|link| link.valid_from);
    let trees: BTreeMap<NaiveDate, BTreeMap<&str, &str>> = in_file
        .chain(stored)
        .map(|day| (day, tree_on(&directory, &places, day)))
        .collect();
    let mut rows: Vec<TeamRow> = Vec::new();
    while let Some(row) = reader.next_row()? {
        let (code, name_zh, name_en) = (row.text(0), row.text(1), row.text(2));
        let (parent, valid_from) = (row.text(3), row.date(4));
        if let (Some(code), Some(parent)) = (code, parent) {
            if !codes.contains(parent) && directory.team_by_code(parent).is_none() {
                let known = codes.iter().map(String::as_str).chain(directory.codes());
                let nearest = nearest(parent, known).map(str::to_string);
                row.problem(3, Reason::Unknown { nearest });
            } else if trees
                .range(valid_from.unwrap_or(UNKNOWN_START)..)
                .any(|(_, tree)| leads_back(tree, code))
            {
                row.problem(3, rule("import-team-cycle"));
            }
        }
        if row.is_bad() {
            continue;
        }
        if let (Some(code), Some(name_zh)) = (code, name_zh) {
            rows.push(TeamRow {
                code: code.to_string(),
                name_zh: name_zh.to_string(),
                name_en: name_en.unwrap_or(name_zh).to_string(),
                parent: parent.map(str::to_string),
                valid_from: valid_from.unwrap_or(UNKNOWN_START),
            });
        }
    }
    store_teams(conn, &directory, &rows)
}

fn store_teams(conn: &mut Conn, directory: &Directory, rows: &[TeamRow]) -> Result<Loaded> {
    let mut loaded = Loaded::default();
    let mut ids: BTreeMap<&str, i64> = BTreeMap::new();
    let mut changed: BTreeSet<&str> = BTreeSet::new();
    for row in rows {
        if ids.contains_key(row.code.as_str()) {
            continue;
        }
        let id = match directory.team_by_code(&row.code) {
            None => {
                loaded.new += 1;
                insert_team(conn, &row.code, &row.name_zh, &row.name_en)?
            }
            Some(id) => {
                let known = &directory.teams[&id];
                if known.name_zh != row.name_zh || known.name_en != row.name_en {
                    rename_team(conn, id, &row.name_zh, &row.name_en)?;
                    changed.insert(&row.code);
                }
                id
            }
        };
        ids.insert(&row.code, id);
    }
    for row in rows {
        let id = ids[row.code.as_str()];
        let parent_id = row.parent.as_ref().and_then(|code| {
            let in_file = ids.get(code.as_str()).copied();
            in_file.or_else(|| directory.team_by_code(code))
        });
        let stands = directory.links.iter().any(|l| {
            l.team_id == id
                && l.parent_id == parent_id
                && l.valid_from <= row.valid_from
                && row.valid_from < l.valid_to
        });
        if !stands {
            set_parent(conn, id, parent_id, row.valid_from)?;
            if directory.teams.contains_key(&id) {
                changed.insert(&row.code);
            }
        }
    }
    loaded.changed = changed.len() as u64;
    loaded.unchanged = ids.len() as u64 - loaded.new - loaded.changed;
    Ok(loaded)
}

/// Where a row of the file puts a team, until its next known move.
struct Place {
    code: String,
    parent: Option<String>,
    valid_from: NaiveDate,
}

/// Each team's parent on a day, by code, as it will be once the file is loaded. `places` are in order
/// of time.
fn tree_on<'a>(
    directory: &'a Directory,
    places: &'a [Place],
    day: NaiveDate,
) -> BTreeMap<&'a str, &'a str> {
    let code = |id: &i64| directory.teams.get(id).map(|team| team.code.as_str());
    let parents = directory.parents_on(day);
    let stored = parents.iter();
    let mut tree: BTreeMap<&str, &str> = stored
        .filter_map(|(team, parent)| Some((code(team)?, code(parent)?)))
        .collect();
    let links = directory.links.iter();
    let moved: BTreeMap<&str, NaiveDate> = links
        .filter(|link| link.valid_from <= day && day < link.valid_to)
        .filter_map(|link| Some((code(&link.team_id)?, link.valid_from)))
        .collect();
    for place in places.iter().take_while(|place| place.valid_from <= day) {
        let team = place.code.as_str();
        if moved
            .get(team)
            .is_some_and(|&since| since > place.valid_from)
        {
            continue;
        }
        match &place.parent {
            Some(parent) => tree.insert(team, parent),
            None => tree.remove(team),
        };
    }
    tree
}

/// Whether following parents from `code` comes back to it.
fn leads_back(parents: &BTreeMap<&str, &str>, code: &str) -> bool {
    let mut at = code;
    for _ in 0..=parents.len() {
        match parents.get(at) {
            Some(&parent) if parent == code => return true,
            Some(&parent) => at = parent,
            None => return false,
        }
    }
    false
}

fn rule(key: &'static str) -> Reason {
    Reason::Rule {
        key,
        args: Vec::new(),
    }
}

struct StaffRow {
    line: u64,
    new: NewStaff,
    team_id: Option<i64>,
    job_role_id: i64,
    manager: Option<String>,
    valid_from: NaiveDate,
}

fn load_staff(conn: &mut Conn, reader: &mut Reader, run: &Run) -> Result<Loaded> {
    let mut directory = Directory::load(conn)?;
    let mut loaded = Loaded::default();
    let mut numbers: BTreeSet<String> = BTreeSet::new();
    let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut missing_teams: BTreeSet<String> = BTreeSet::new();
    while let Some(row) = reader.next_row()? {
        if let Some(number) = row.raw(0) {
            numbers.insert(number.to_string());
            if let Some(name) = row.raw(1) {
                let known = names.entry(name.to_string()).or_default();
                if !known.iter().any(|n| n == number) {
                    known.push(number.to_string());
                }
            }
        }
        if let Some(team) = row.raw(5)
            && team_of(&directory, run, team).is_none()
            && (run.mapping.team_by == TeamBy::Name || values::code(team).is_ok())
        {
            missing_teams.insert(team.to_string());
        }
    }
    if run.options.create_missing {
        loaded.created_teams = create_teams(conn, &mut directory, run, missing_teams)?;
    }
    reader.rewind()?;
    let mut people: BTreeMap<String, Vec<StaffRow>> = BTreeMap::new();
    while let Some(row) = reader.next_row()? {
        let Some(person) = staff_row(conn, &row, run, &mut directory, &mut loaded)? else {
            continue;
        };
        if let Some(manager) = &person.manager {
            match manager_of(&directory, &numbers, &names, run, manager) {
                Some(Manager::Number(number)) if number == person.new.employee_no => {
                    row.problem(7, rule("import-own-manager"));
                }
                Some(Manager::Number(_)) => {}
                Some(Manager::Many) => row.problem(7, rule("import-name-ambiguous")),
                None => {
                    let known = numbers
                        .iter()
                        .map(String::as_str)
                        .chain(directory.numbers());
                    let nearest = nearest(manager, known).map(str::to_string);
                    row.problem(7, Reason::Unknown { nearest });
                }
            }
        }
        if !row.is_bad() {
            people
                .entry(person.new.employee_no.clone())
                .or_default()
                .push(person);
        }
    }
    store_people(conn, &mut directory, run, &names, people, &mut loaded)?;
    if loaded.new + loaded.changed > 0 {
        reach::rebuild(conn)?;
    }
    Ok(loaded)
}

fn staff_row(
    conn: &mut Conn,
    row: &RowView<'_>,
    run: &Run,
    directory: &mut Directory,
    loaded: &mut Loaded,
) -> Result<Option<StaffRow>> {
    let (number, name) = (row.text(0), row.text(1));
    let (hired_on, left_on) = (row.date(8), row.date(9));
    if let (Some(hired), Some(left)) = (hired_on, left_on)
        && left < hired
    {
        row.problem(9, rule("import-left-before-hired"));
    }
    let team_id = match row.text(5) {
        None => None,
        Some(team) => match team_of(directory, run, team) {
            Some(Named::One(id)) => Some(id),
            Some(Named::Many) => {
                row.problem(5, rule("import-name-ambiguous"));
                None
            }
            None => {
                row.problem(5, not_found(run, team, directory.codes()));
                None
            }
        },
    };
    let role = row.text(6).unwrap_or(DEFAULT_JOB_ROLE);
    let job_role_id = match directory.job_role(role) {
        Some(id) => id,
        None if run.options.create_missing && values::code(role).is_ok() => {
            loaded.created_job_roles += 1;
            directory.add_job_role(conn, role)?
        }
        None => {
            row.problem(6, not_found(run, role, directory.job_role_codes()));
            0
        }
    };
    let manager = row.text(7).map(str::to_string);
    let valid_from = row.date(10).or(hired_on).unwrap_or(UNKNOWN_START);
    let (email, phone) = (row.text(3), row.text(4));
    if email.is_some_and(|e| !e.contains('@')) {
        row.problem(3, rule("import-not-an-email"));
    }
    let name_en = row.text(2);
    if row.is_bad() {
        return Ok(None);
    }
    let (Some(number), Some(name)) = (number, name) else {
        return Ok(None);
    };
    Ok(Some(StaffRow {
        line: row.line(),
        new: NewStaff {
            employee_no: number.to_string(),
            name: name.to_string(),
            name_en: name_en.unwrap_or(name).to_string(),
            sort_key: sort_key(name),
            email: email.map(str::to_string),
            phone: phone.map(str::to_string),
            hired_on,
            left_on,
        },
        team_id,
        job_role_id,
        manager,
        valid_from,
    }))
}

/// Stores new people first, so that they can be each other's managers, then everybody's line.
fn store_people(
    conn: &mut Conn,
    directory: &mut Directory,
    run: &Run,
    names: &BTreeMap<String, Vec<String>>,
    people: BTreeMap<String, Vec<StaffRow>>,
    loaded: &mut Loaded,
) -> Result<()> {
    let numbers: BTreeSet<String> = people.keys().cloned().collect();
    let mut changed: BTreeSet<String> = BTreeSet::new();
    let mut fresh = Vec::new();
    for (number, rows) in &people {
        let Some(newest) = rows.iter().max_by_key(|r| (r.valid_from, r.line)) else {
            continue;
        };
        match directory.by_number(number) {
            None => fresh.push((newest.new.clone(), Vec::new())),
            Some(id) if differs(directory, id, &newest.new) => {
                directory.change_staff(conn, id, &newest.new)?;
                changed.insert(number.clone());
            }
            Some(_) => {}
        }
    }
    let created: BTreeSet<String> = fresh.iter().map(|(p, _)| p.employee_no.clone()).collect();
    loaded.new = created.len() as u64;
    directory.add_staff(conn, fresh)?;
    for (number, mut rows) in people {
        let Some(id) = directory.by_number(&number) else {
            continue;
        };
        rows.sort_by_key(|r| (r.valid_from, r.line));
        let before = directory.postings(id).to_vec();
        let mut line = before.clone();
        for row in &rows {
            let manager_id = row.manager.as_ref().and_then(|m| {
                match manager_of(directory, &numbers, names, run, m)? {
                    Manager::Number(number) => directory.by_number(&number),
                    Manager::Many => None,
                }
            });
            let seat = Seat {
                team_id: row.team_id,
                job_role_id: row.job_role_id,
                manager_id,
            };
            line = take_seat(&line, row.valid_from, seat);
        }
        if let Some(left_on) = rows.last().and_then(|r| r.new.left_on) {
            line = leave(&line, left_on);
        }
        if line != before {
            directory.set_postings(conn, id, line)?;
            changed.insert(number);
        }
    }
    loaded.changed = changed.difference(&created).count() as u64;
    loaded.unchanged = numbers.len() as u64 - loaded.new - loaded.changed;
    Ok(())
}

fn differs(directory: &Directory, id: i64, new: &NewStaff) -> bool {
    directory.staff.get(&id).is_none_or(|known| {
        (&known.name, &known.name_en, &known.email, &known.phone)
            != (&new.name, &new.name_en, &new.email, &new.phone)
            || (known.hired_on, known.left_on) != (new.hired_on, new.left_on)
    })
}

/// Whom a file means by a manager.
enum Manager {
    Number(String),
    /// Several have this name.
    Many,
}

/// The manager named by number or name, in the file or in the database.
fn manager_of(
    directory: &Directory,
    numbers: &BTreeSet<String>,
    names: &BTreeMap<String, Vec<String>>,
    run: &Run,
    manager: &str,
) -> Option<Manager> {
    if run.mapping.employee_by == EmployeeBy::Name {
        return match (
            names.get(manager).map(Vec::as_slice),
            directory.by_name(manager),
        ) {
            (Some([number]), _) => Some(Manager::Number(number.clone())),
            (Some(_), _) | (None, Some(Named::Many)) => Some(Manager::Many),
            (None, Some(Named::One(id))) => {
                let person = directory.staff.get(&id)?;
                Some(Manager::Number(person.employee_no.clone()))
            }
            (None, None) => None,
        };
    }
    (numbers.contains(manager) || directory.by_number(manager).is_some())
        .then(|| Manager::Number(manager.to_string()))
}

/// Why a row is refused that names what nobody has: where that could have been made, because its
/// code is none.
pub fn not_found<'a>(run: &Run, named: &str, known: impl Iterator<Item = &'a str>) -> Reason {
    match values::code(named) {
        Err(reason) if run.options.create_missing => reason,
        _ => Reason::Unknown {
            nearest: nearest(named, known).map(str::to_string),
        },
    }
}

/// The team a file means.
pub fn team_of(directory: &Directory, run: &Run, team: &str) -> Option<Named> {
    match run.mapping.team_by {
        TeamBy::Code => directory.team_by_code(team).map(Named::One),
        TeamBy::Name => directory.team_by_name(team),
    }
}

/// Makes the teams a file names: by code as they are, by name as `X0001` in order of name.
pub fn create_teams(
    conn: &mut Conn,
    directory: &mut Directory,
    run: &Run,
    missing: BTreeSet<String>,
) -> Result<u64> {
    let count = missing.len() as u64;
    match run.mapping.team_by {
        TeamBy::Code => {
            for code in missing {
                directory.add_team(conn, &code, &code)?;
            }
        }
        TeamBy::Name => {
            let codes = next_codes(directory.codes(), missing);
            for (name, code) in codes {
                directory.add_team(conn, &code, &name)?;
            }
        }
    }
    Ok(count)
}
