//! People in the database: here everybody at once (for files and scoring), in `reach` who may see whom,
//! in `lists` the lists of the pages, in `person` one employee, in `teams` the teams, in `catalogue` the
//! job roles and skills there are.

pub mod catalogue;
pub mod lists;
pub mod person;
pub mod reach;
pub mod teams;

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::db::Conn;
use crate::db::schema::{job_role, posting, staff, team, team_link};
use crate::error::Result;
use crate::insert_all;
use crate::people::model::{OPEN_END, Posting, Seat, UNKNOWN_START, on, sort_key};

/// An employee.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = staff)]
pub struct Staff {
    pub id: i64,
    pub employee_no: String,
    pub name: String,
    pub name_en: String,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub hired_on: Option<NaiveDate>,
    pub left_on: Option<NaiveDate>,
}

/// What is known of an employee to be stored.
#[derive(Clone, Debug, PartialEq, Eq, Insertable, AsChangeset)]
#[diesel(table_name = staff, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct NewStaff {
    pub employee_no: String,
    pub name: String,
    pub name_en: String,
    pub sort_key: String,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub hired_on: Option<NaiveDate>,
    pub left_on: Option<NaiveDate>,
}

/// A team.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = team)]
pub struct Team {
    pub id: i64,
    pub code: String,
    pub name_zh: String,
    pub name_en: String,
}

/// A team's place in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = team_link)]
pub struct TeamLink {
    pub team_id: i64,
    pub parent_id: Option<i64>,
    pub valid_from: NaiveDate,
    pub valid_to: NaiveDate,
}

/// Everybody and every team, for matching the rows of a file and for scoring.
#[derive(Default)]
pub struct Directory {
    pub staff: HashMap<i64, Staff>,
    pub teams: BTreeMap<i64, Team>,
    pub job_roles: BTreeMap<i64, String>,
    pub links: Vec<TeamLink>,
    postings: HashMap<i64, Vec<Posting>>,
    numbers: HashMap<String, i64>,
    names: HashMap<String, Named>,
    team_codes: HashMap<String, i64>,
    team_names: HashMap<String, Named>,
    job_role_codes: HashMap<String, i64>,
}

/// Who a name may mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    One(i64),
    /// Several have this name.
    Many,
}

impl Directory {
    /// Reads everybody: seven queries, whatever their number.
    pub fn load(conn: &mut Conn) -> Result<Self> {
        let mut directory = Directory::default();
        let people: Vec<Staff> = staff::table.select(Staff::as_select()).load(conn)?;
        for person in people {
            directory.put_staff(person);
        }
        let teams: Vec<Team> = team::table.select(Team::as_select()).load(conn)?;
        for team in teams {
            directory.put_team(team);
        }
        let roles: Vec<(i64, String)> = job_role::table
            .select((job_role::id, job_role::code))
            .load(conn)?;
        for (id, code) in roles {
            directory.put_job_role(id, code);
        }
        directory.links = team_link::table.select(TeamLink::as_select()).load(conn)?;
        directory.postings = reach::postings(conn)?;
        Ok(directory)
    }

    fn put_staff(&mut self, person: Staff) {
        self.numbers.insert(person.employee_no.clone(), person.id);
        let names: HashSet<&String> = [&person.name, &person.name_en].into_iter().collect();
        for name in names {
            put_name(&mut self.names, name, person.id);
        }
        self.staff.insert(person.id, person);
    }

    fn put_team(&mut self, team: Team) {
        self.team_codes.insert(team.code.clone(), team.id);
        let names: HashSet<&String> = [&team.name_zh, &team.name_en].into_iter().collect();
        for name in names {
            put_name(&mut self.team_names, name, team.id);
        }
        self.teams.insert(team.id, team);
    }

    fn put_job_role(&mut self, id: i64, code: String) {
        self.job_role_codes.insert(code.clone(), id);
        self.job_roles.insert(id, code);
    }

    /// The employee of a number.
    #[must_use]
    pub fn by_number(&self, number: &str) -> Option<i64> {
        self.numbers.get(number).copied()
    }

    /// The employee of a name.
    #[must_use]
    pub fn by_name(&self, name: &str) -> Option<Named> {
        self.names.get(name).copied()
    }

    /// The team of a code.
    #[must_use]
    pub fn team_by_code(&self, code: &str) -> Option<i64> {
        self.team_codes.get(code).copied()
    }

    /// The team of a name.
    #[must_use]
    pub fn team_by_name(&self, name: &str) -> Option<Named> {
        self.team_names.get(name).copied()
    }

    /// The job role of a code.
    #[must_use]
    pub fn job_role(&self, code: &str) -> Option<i64> {
        self.job_role_codes.get(code).copied()
    }

    /// Every employee number.
    pub fn numbers(&self) -> impl Iterator<Item = &str> {
        self.numbers.keys().map(String::as_str)
    }

    /// Every team code.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.team_codes.keys().map(String::as_str)
    }

    /// Every job role code.
    pub fn job_role_codes(&self) -> impl Iterator<Item = &str> {
        self.job_role_codes.keys().map(String::as_str)
    }

    /// Somebody's postings in order of time.
    #[must_use]
    pub fn postings(&self, staff_id: i64) -> &[Posting] {
        self.postings.get(&staff_id).map_or(&[], Vec::as_slice)
    }

    /// Where somebody is on a day.
    #[must_use]
    pub fn seat_on(&self, staff_id: i64, day: NaiveDate) -> Option<Seat> {
        on(self.postings(staff_id), day).map(|p| p.seat)
    }

    /// The parent of each team on a day.
    #[must_use]
    pub fn parents_on(&self, day: NaiveDate) -> HashMap<i64, i64> {
        self.links
            .iter()
            .filter(|l| l.valid_from <= day && day < l.valid_to)
            .filter_map(|l| Some((l.team_id, l.parent_id?)))
            .collect()
    }

    /// Each team's sub-tree on a day, itself included.
    #[must_use]
    pub fn subtrees_on(&self, day: NaiveDate) -> BTreeMap<i64, Vec<i64>> {
        let parents = self.parents_on(day);
        let mut trees: BTreeMap<i64, Vec<i64>> =
            self.teams.keys().map(|&id| (id, vec![id])).collect();
        for &id in self.teams.keys() {
            let mut at = id;
            // At most as many steps as teams: a circle must not become an endless walk.
            for _ in 0..self.teams.len() {
                let Some(&parent) = parents.get(&at) else {
                    break;
                };
                if let Some(tree) = trees.get_mut(&parent) {
                    tree.push(id);
                }
                at = parent;
            }
        }
        trees
    }

    /// Makes a team without a parent.
    pub fn add_team(&mut self, conn: &mut Conn, code: &str, name: &str) -> Result<i64> {
        let id = insert_team(conn, code, name, name)?;
        set_parent(conn, id, None, UNKNOWN_START)?;
        self.put_team(Team {
            id,
            code: code.to_string(),
            name_zh: name.to_string(),
            name_en: name.to_string(),
        });
        self.links.push(TeamLink {
            team_id: id,
            parent_id: None,
            valid_from: UNKNOWN_START,
            valid_to: OPEN_END,
        });
        Ok(id)
    }

    /// Makes a job role whose name is its code until somebody names it.
    pub fn add_job_role(&mut self, conn: &mut Conn, code: &str) -> Result<i64> {
        let id = diesel::insert_into(job_role::table)
            .values((
                job_role::code.eq(code),
                job_role::name_zh.eq(code),
                job_role::name_en.eq(code),
            ))
            .returning(job_role::id)
            .get_result(conn)?;
        self.put_job_role(id, code.to_string());
        Ok(id)
    }

    /// Stores people who are not there yet, with their seat from a day on.
    pub fn add_staff(
        &mut self,
        conn: &mut Conn,
        people: Vec<(NewStaff, Vec<Posting>)>,
    ) -> Result<()> {
        let numbers: Vec<String> = people.iter().map(|(p, _)| p.employee_no.clone()).collect();
        let (new, lines): (Vec<NewStaff>, Vec<Vec<Posting>>) = people.into_iter().unzip();
        insert_all!(conn, staff::table, new)?;
        let mut ids = HashMap::new();
        for chunk in numbers.chunks(1_000) {
            let stored: Vec<Staff> = staff::table
                .filter(staff::employee_no.eq_any(chunk))
                .select(Staff::as_select())
                .load(conn)?;
            for person in stored {
                ids.insert(person.employee_no.clone(), person.id);
                self.put_staff(person);
            }
        }
        let mut rows = Vec::new();
        for (number, line) in numbers.iter().zip(lines) {
            if let Some(&id) = ids.get(number) {
                rows.extend(line.iter().map(|p| NewPosting::of(id, p)));
                self.postings.insert(id, line);
            }
        }
        insert_all!(conn, posting::table, rows)
    }

    /// Gives a stored employee new particulars.
    pub fn change_staff(&mut self, conn: &mut Conn, id: i64, new: &NewStaff) -> Result<()> {
        change_staff(conn, id, new)?;
        if let Some(person) = self.staff.get_mut(&id) {
            person.name.clone_from(&new.name);
            person.name_en.clone_from(&new.name_en);
            person.email.clone_from(&new.email);
            person.phone.clone_from(&new.phone);
            person.hired_on = new.hired_on;
            person.left_on = new.left_on;
        }
        Ok(())
    }

    /// Replaces somebody's time line.
    pub fn set_postings(&mut self, conn: &mut Conn, id: i64, line: Vec<Posting>) -> Result<()> {
        set_line(conn, id, &line)?;
        self.postings.insert(id, line);
        Ok(())
    }
}

/// The number of the record of an employee number.
pub fn number_of(conn: &mut Conn, employee_no: &str) -> Result<Option<i64>> {
    Ok(staff::table
        .filter(staff::employee_no.eq(employee_no))
        .select(staff::id)
        .first(conn)
        .optional()?)
}

/// Gives a stored employee new particulars.
pub fn change_staff(conn: &mut Conn, id: i64, new: &NewStaff) -> Result<()> {
    diesel::update(staff::table.find(id))
        .set((new, staff::row_version.eq(staff::row_version + 1)))
        .execute(conn)?;
    Ok(())
}

/// Replaces somebody's time line; who is below whom is worked out elsewhere (`reach`).
pub fn set_line(conn: &mut Conn, id: i64, line: &[Posting]) -> Result<()> {
    diesel::delete(posting::table.filter(posting::staff_id.eq(id))).execute(conn)?;
    let rows: Vec<NewPosting> = line.iter().map(|p| NewPosting::of(id, p)).collect();
    insert_all!(conn, posting::table, rows)
}

fn put_name(names: &mut HashMap<String, Named>, name: &str, id: i64) {
    names
        .entry(name.to_string())
        .and_modify(|known| {
            if *known != Named::One(id) {
                *known = Named::Many;
            }
        })
        .or_insert(Named::One(id));
}

#[derive(Insertable)]
#[diesel(table_name = posting)]
#[diesel(treat_none_as_default_value = false)]
struct NewPosting {
    staff_id: i64,
    team_id: Option<i64>,
    job_role_id: i64,
    manager_id: Option<i64>,
    valid_from: NaiveDate,
    valid_to: NaiveDate,
}

impl NewPosting {
    fn of(staff_id: i64, p: &Posting) -> Self {
        NewPosting {
            staff_id,
            team_id: p.seat.team_id,
            job_role_id: p.seat.job_role_id,
            manager_id: p.seat.manager_id,
            valid_from: p.valid_from,
            valid_to: p.valid_to,
        }
    }
}

/// Stores a team.
pub fn insert_team(conn: &mut Conn, code: &str, name_zh: &str, name_en: &str) -> Result<i64> {
    Ok(diesel::insert_into(team::table)
        .values((
            team::code.eq(code),
            team::name_zh.eq(name_zh),
            team::name_en.eq(name_en),
            team::sort_key.eq(sort_key(name_zh)),
        ))
        .returning(team::id)
        .get_result(conn)?)
}

/// Gives a team its names.
pub fn rename_team(conn: &mut Conn, id: i64, name_zh: &str, name_en: &str) -> Result<()> {
    diesel::update(team::table.find(id))
        .set((
            team::name_zh.eq(name_zh),
            team::name_en.eq(name_en),
            team::sort_key.eq(sort_key(name_zh)),
        ))
        .execute(conn)?;
    Ok(())
}

/// Puts a team under a parent from a day on, until its next known move.
pub fn set_parent(
    conn: &mut Conn,
    team_id: i64,
    parent_id: Option<i64>,
    from: NaiveDate,
) -> Result<()> {
    let mut line: Vec<TeamLink> = team_link::table
        .filter(team_link::team_id.eq(team_id))
        .order(team_link::valid_from)
        .select(TeamLink::as_select())
        .load(conn)?;
    let next = line
        .iter()
        .map(|l| l.valid_from)
        .filter(|&d| d > from)
        .min();
    line.retain(|l| l.valid_from != from);
    for l in &mut line {
        if l.valid_from < from && l.valid_to > from {
            l.valid_to = from;
        }
    }
    line.push(TeamLink {
        team_id,
        parent_id,
        valid_from: from,
        valid_to: next.unwrap_or(OPEN_END),
    });
    diesel::delete(team_link::table.filter(team_link::team_id.eq(team_id))).execute(conn)?;
    for l in line {
        diesel::insert_into(team_link::table)
            .values((
                team_link::team_id.eq(l.team_id),
                team_link::parent_id.eq(l.parent_id),
                team_link::valid_from.eq(l.valid_from),
                team_link::valid_to.eq(l.valid_to),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// Whether nobody is stored yet.
pub fn is_empty(conn: &mut Conn) -> Result<bool> {
    let first: Option<i64> = staff::table.select(staff::id).first(conn).optional()?;
    Ok(first.is_none())
}

/// Code and names of every job role, in order of codes.
pub fn job_roles(conn: &mut Conn) -> Result<Vec<(String, String, String)>> {
    Ok(job_role::table
        .order(job_role::code)
        .select((job_role::code, job_role::name_zh, job_role::name_en))
        .load(conn)?)
}

/// The first, by number, of those who have a job role on a day.
pub fn first_of(conn: &mut Conn, job_role_code: &str, day: NaiveDate) -> Result<Option<i64>> {
    Ok(staff::table
        .inner_join(posting::table.on(posting::staff_id.eq(staff::id)))
        .inner_join(job_role::table.on(posting::job_role_id.eq(job_role::id)))
        .filter(job_role::code.eq(job_role_code))
        .filter(posting::valid_from.le(day))
        .filter(posting::valid_to.gt(day))
        .order(staff::employee_no)
        .select(staff::id)
        .first(conn)
        .optional()?)
}
