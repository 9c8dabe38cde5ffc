//! The four evidence files.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::mpsc;

use chrono::{DateTime, NaiveDateTime, Utc};

use crate::calendar::day_number;
use crate::db::Conn;
use crate::error::Result;
use crate::evidence::model::{CHANNELS, MAX_VALUE, SERVICE_CLASSES, STAGES};
use crate::evidence::rows::{Complaint, Evidence, QualityReview, ServiceRecord, SurveyAnswer};
use crate::evidence::store::{
    Applied, Attribution, Incoming, Writer, add_category, categories, records_by_external_id,
};
use crate::import::run::{Kind as ImportKind, Loaded, Run, next_codes};
use crate::import::{ColumnSpec, EmployeeBy, Kind, Need, Reader, Reason, RowView, TeamBy, values};
use crate::people::import::{DEFAULT_JOB_ROLE, create_teams, not_found, team_of};
use crate::people::model::{OPEN_END, Posting, Seat, UNKNOWN_START, sort_key};
use crate::people::store::reach;
use crate::people::store::{Directory, Named, NewStaff};

/// Rows written at once.
const BATCH: usize = 2_000;

/// Batches read ahead of the one being written.
const BATCHES_AHEAD: usize = 4;

const ID: ColumnSpec = ColumnSpec::key("id", Kind::Text(200));
const EMPLOYEE: ColumnSpec = ColumnSpec::optional("employee", Kind::Text(120));
const TEAM: ColumnSpec = ColumnSpec::optional("team", Kind::Text(120));
const CHANNEL: ColumnSpec = ColumnSpec::optional("channel", Kind::Choice(&CHANNELS));
const CATEGORY: ColumnSpec = ColumnSpec::optional("category", Kind::Text(64));
const RECORD: ColumnSpec = ColumnSpec::optional("record_id", Kind::Text(200));
const DELETED: ColumnSpec = ColumnSpec::optional("deleted", Kind::Bool);

const fn yes_no(name: &'static str) -> ColumnSpec {
    ColumnSpec::optional(name, Kind::Bool)
}

const fn time(name: &'static str) -> ColumnSpec {
    ColumnSpec::optional(name, Kind::Time)
}

const fn scale(name: &'static str, min: i64, max: i64) -> ColumnSpec {
    ColumnSpec::optional(name, Kind::Integer { min, max })
}

/// `espalier import service-records`
pub const SERVICE_RECORDS: ImportKind = ImportKind {
    name: ServiceRecord::KIND,
    columns: &[
        ID,
        EMPLOYEE,
        TEAM,
        ColumnSpec::required("opened_at", Kind::Time),
        yes_no("handled"),
        time("first_reply_at"),
        ColumnSpec::optional(
            "first_reply_seconds",
            Kind::Seconds {
                max: MAX_VALUE * 60,
            },
        ),
        time("resolved_at"),
        yes_no("resolved"),
        time("closed_at"),
        CHANNEL,
        CATEGORY,
        ColumnSpec::optional("service_class", Kind::Choice(&SERVICE_CLASSES)),
        ColumnSpec::optional("stage", Kind::Choice(&STAGES)),
        ColumnSpec::optional("handle_seconds", Kind::Seconds { max: MAX_VALUE }),
        yes_no("first_contact_resolved"),
        yes_no("sla_met"),
        yes_no("reopened"),
        yes_no("transferred"),
        yes_no("escalated"),
        yes_no("bot"),
        scale("csat", 1, 5),
        scale("nps", 0, 10),
        scale("ces", 1, 7),
        DELETED,
    ],
    load: |conn, reader, run| {
        load(
            conn,
            reader,
            run,
            SERVICE_RECORDS.columns,
            service_record,
            no_records,
        )
    },
};

/// `espalier import survey-answers`
pub const SURVEY_ANSWERS: ImportKind = ImportKind {
    name: SurveyAnswer::KIND,
    columns: &[
        ID,
        EMPLOYEE,
        TEAM,
        RECORD,
        ColumnSpec::required("answered_at", Kind::Time),
        scale("csat", 1, 5),
        scale("nps", 0, 10),
        scale("ces", 1, 7),
        scale("quality", 1, 5),
        scale("speed", 1, 5),
        scale("expertise", 1, 5),
        scale("attitude", 1, 5),
        scale("experience", 1, 5),
        scale("outcome", 1, 5),
        scale("innovation", 1, 5),
        CHANNEL,
        ColumnSpec::optional("comment", Kind::Note(2_000)),
        DELETED,
    ],
    load: |conn, reader, run| {
        load(
            conn,
            reader,
            run,
            SURVEY_ANSWERS.columns,
            survey_answer,
            its_record,
        )
    },
};

/// `espalier import complaints`
pub const COMPLAINTS: ImportKind = ImportKind {
    name: Complaint::KIND,
    columns: &[
        ID,
        EMPLOYEE,
        TEAM,
        RECORD,
        ColumnSpec::required("received_at", Kind::Time),
        time("classified_at"),
        time("assigned_at"),
        time("investigated_at"),
        time("handled_at"),
        time("replied_at"),
        time("followed_up_at"),
        yes_no("substantiated"),
        CHANNEL,
        CATEGORY,
        DELETED,
    ],
    load: |conn, reader, run| load(conn, reader, run, COMPLAINTS.columns, complaint, its_record),
};

/// `espalier import quality-reviews`
pub const QUALITY_REVIEWS: ImportKind = ImportKind {
    name: QualityReview::KIND,
    columns: &[
        ID,
        ColumnSpec::required("employee", Kind::Text(120)),
        TEAM,
        ColumnSpec::required("day", Kind::Date),
        ColumnSpec::required(
            "points",
            Kind::Decimal2 {
                min: 0,
                max: MAX_VALUE,
            },
        ),
        ColumnSpec::required(
            "applicable",
            Kind::Decimal2 {
                min: 1,
                max: MAX_VALUE,
            },
        ),
        yes_no("auto_fail"),
        CHANNEL,
        DELETED,
    ],
    load: |conn, reader, run| {
        load(
            conn,
            reader,
            run,
            QUALITY_REVIEWS.columns,
            quality_review,
            no_records,
        )
    },
};

/// The columns every evidence file has at these places.
const AT_ID: usize = 0;
const AT_EMPLOYEE: usize = 1;
const AT_TEAM: usize = 2;
/// Where survey answers and complaints name their service record.
const AT_RECORD: usize = 3;

/// Who and what the rows of a file refer to.
struct Lookup<'a> {
    run: &'a Run,
    directory: Directory,
    categories: HashMap<String, i64>,
    /// Service records that survey answers and complaints refer to.
    records: HashMap<String, (i64, Attribution)>,
    deleted_at: usize,
}

/// Whom a row belongs to.
#[derive(Clone, Copy)]
struct Owner {
    staff_id: Option<i64>,
    team_id: Option<i64>,
}

/// Which records of the database the rows of a file name.
type RecordsNamed = fn(&RowView<'_>) -> Option<String>;

fn no_records(_: &RowView<'_>) -> Option<String> {
    None
}

fn its_record(row: &RowView<'_>) -> Option<String> {
    row.raw(AT_RECORD).map(str::to_string)
}

/// Reads the file once for what it names and nobody has, then once for its rows.
fn load<E: Evidence>(
    conn: &mut Conn,
    reader: &mut Reader,
    run: &Run,
    columns: &'static [ColumnSpec],
    parse: fn(&RowView<'_>, &Shape, &mut Lookup<'_>) -> Option<E>,
    records_named: RecordsNamed,
) -> Result<Loaded> {
    let mut loaded = Loaded::default();
    let shape = Shape::of(columns, reader);
    let mut lookup = Lookup {
        run,
        directory: Directory::load(conn)?,
        categories: categories(conn)?,
        records: HashMap::new(),
        deleted_at: shape.deleted_at,
    };
    first_pass(
        conn,
        reader,
        &shape,
        &mut lookup,
        records_named,
        &mut loaded,
    )?;
    reader.rewind()?;
    let writer = Writer::new::<E>(conn, run.source_id, run.import_id, run.fiscal_start())?;
    let applied = read_and_write(
        reader,
        writer,
        |row| {
            let incoming = if row.bool(lookup.deleted_at) == Some(true) {
                row.text(AT_ID).map(|id| Incoming::Removed {
                    external_id: id.to_string(),
                })
            } else {
                parse(row, &shape, &mut lookup).map(Incoming::Row)
            };
            incoming.filter(|_| !row.is_bad())
        },
        run.options.skip_bad,
    )?;
    Ok(Loaded {
        new: applied.new,
        changed: applied.changed,
        unchanged: applied.unchanged,
        deleted: applied.deleted,
        ..loaded
    })
}

/// Reads and checks rows on a thread of their own while those before them are written.
fn read_and_write<E: Evidence>(
    reader: &mut Reader,
    mut writer: Writer<'_>,
    mut parse: impl FnMut(&RowView<'_>) -> Option<Incoming<E>> + Send,
    skip_bad: bool,
) -> Result<Applied> {
    let (send, receive) = mpsc::sync_channel::<Vec<Incoming<E>>>(BATCHES_AHEAD);
    std::thread::scope(|scope| {
        let reading = scope.spawn(move || -> Result<()> {
            let mut batch = Vec::with_capacity(BATCH);
            let mut refused = false;
            while let Some(row) = reader.next_row()? {
                match parse(&row) {
                    Some(Incoming::Row(mut content)) => {
                        content.seal();
                        batch.push(Incoming::Row(content));
                    }
                    Some(removed) => batch.push(removed),
                    // Nothing will be kept then: the rest is only checked.
                    None => refused |= !skip_bad,
                }
                if refused {
                    batch.clear();
                } else if batch.len() == BATCH {
                    let full = std::mem::replace(&mut batch, Vec::with_capacity(BATCH));
                    if send.send(full).is_err() {
                        // The writer has failed and says why.
                        return Ok(());
                    }
                }
            }
            if !batch.is_empty() && send.send(batch).is_err() {
                return Ok(());
            }
            Ok(())
        });
        let written = receive.iter().try_for_each(|batch| writer.apply(batch));
        drop(receive);
        let read = reading
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        read?;
        written?;
        writer.finish()
    })
}

/// What of a file's shape the parsers ask.
struct Shape {
    /// The column whose time decides the day that counts.
    day: usize,
    deleted_at: usize,
    category_at: Option<usize>,
    has_resolved_at: bool,
}

impl Shape {
    fn of(columns: &[ColumnSpec], reader: &Reader) -> Self {
        let at = |name: &str| columns.iter().position(|c| c.name == name);
        // The first time a kind requires is the one that counts unless the mapping names another.
        let usual = columns
            .iter()
            .position(|c| matches!(c.kind, Kind::Time) && c.need == Need::Required);
        Shape {
            day: reader.day_column(usual.unwrap_or_default()),
            deleted_at: at("deleted").unwrap_or_default(),
            category_at: at("category"),
            has_resolved_at: at("resolved_at").is_some_and(|at| reader.has(at)),
        }
    }
}

/// Collects the employees, teams and categories the rows name, and makes those that are missing;
/// looks up the service records they refer to.
fn first_pass(
    conn: &mut Conn,
    reader: &mut Reader,
    shape: &Shape,
    lookup: &mut Lookup<'_>,
    records_named: RecordsNamed,
    loaded: &mut Loaded,
) -> Result<()> {
    let create = lookup.run.options.create_missing;
    let mut staff: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    let mut teams: BTreeSet<String> = BTreeSet::new();
    let mut named: BTreeSet<String> = BTreeSet::new();
    let mut records: Vec<String> = Vec::new();
    while let Some(row) = reader.next_row()? {
        let team = row.raw(AT_TEAM);
        if create {
            if let Some(team) = team
                && team_of(&lookup.directory, lookup.run, team).is_none()
                && !teams.contains(team)
                && (lookup.run.mapping.team_by == TeamBy::Name || values::code(team).is_ok())
            {
                teams.insert(team.to_string());
            }
            if let Some(name) = row.raw(AT_EMPLOYEE)
                && lookup.staff(name).is_none()
                && (lookup.run.mapping.employee_by == EmployeeBy::Name
                    || values::code(name).is_ok())
            {
                let of_person = staff.entry(name.to_string()).or_default();
                if let Some(team) = team {
                    *of_person.entry(team.to_string()).or_default() += 1;
                }
            }
        }
        if let Some(category) = shape.category_at.and_then(|at| row.raw(at))
            && !lookup.categories.contains_key(category)
            && !named.contains(category)
        {
            named.insert(category.to_string());
        }
        if let Some(record) = records_named(&row) {
            records.push(record);
        }
    }
    if create {
        loaded.created_teams = create_teams(conn, &mut lookup.directory, lookup.run, teams)?;
        loaded.created_staff = create_staff(conn, lookup, staff)?;
    }
    for code in named {
        let id = add_category(conn, &code)?;
        lookup.categories.insert(code, id);
        loaded.created_categories += 1;
    }
    for chunk in records.chunks(BATCH) {
        let ids: Vec<&str> = chunk.iter().map(String::as_str).collect();
        lookup
            .records
            .extend(records_by_external_id(conn, lookup.run.source_id, &ids)?);
    }
    Ok(())
}

/// Makes the employees a file names: by number as they are, by name as `X0001` in order of name. The
/// team of each is that of most of their records (the first in order of name where several have
/// most); since when, nobody said.
fn create_staff(
    conn: &mut Conn,
    lookup: &mut Lookup<'_>,
    missing: BTreeMap<String, BTreeMap<String, u64>>,
) -> Result<u64> {
    let job_role_id = match lookup.directory.job_role(DEFAULT_JOB_ROLE) {
        Some(id) => id,
        None => lookup.directory.add_job_role(conn, DEFAULT_JOB_ROLE)?,
    };
    let numbers: BTreeMap<String, String> = match lookup.run.mapping.employee_by {
        EmployeeBy::Number => missing.keys().map(|n| (n.clone(), n.clone())).collect(),
        EmployeeBy::Name => next_codes(lookup.directory.numbers(), missing.keys().cloned()),
    };
    let people: Vec<(NewStaff, Vec<Posting>)> = missing
        .into_iter()
        .map(|(name, teams)| {
            let most = teams.values().max().copied();
            let team = teams
                .iter()
                .find(|(_, count)| Some(**count) == most)
                .and_then(
                    |(team, _)| match team_of(&lookup.directory, lookup.run, team) {
                        Some(Named::One(id)) => Some(id),
                        _ => None,
                    },
                );
            let new = NewStaff {
                employee_no: numbers[&name].clone(),
                sort_key: sort_key(&name),
                name_en: name.clone(),
                name,
                email: None,
                phone: None,
                hired_on: None,
                left_on: None,
            };
            let posting = Posting {
                seat: Seat {
                    team_id: team,
                    job_role_id,
                    manager_id: None,
                },
                valid_from: UNKNOWN_START,
                valid_to: OPEN_END,
            };
            (new, vec![posting])
        })
        .collect();
    let count = people.len() as u64;
    lookup.directory.add_staff(conn, people)?;
    reach::rebuild(conn)?;
    Ok(count)
}

impl Lookup<'_> {
    fn staff(&self, employee: &str) -> Option<Named> {
        match self.run.mapping.employee_by {
            EmployeeBy::Number => self.directory.by_number(employee).map(Named::One),
            EmployeeBy::Name => self.directory.by_name(employee),
        }
    }

    /// Whom the row names: the team it names, else the one of the employee on that day.
    fn owner(&self, row: &RowView<'_>, day: i32) -> Owner {
        let staff_id = row
            .text(AT_EMPLOYEE)
            .and_then(|employee| match self.staff(employee) {
                Some(Named::One(id)) => Some(id),
                Some(Named::Many) => {
                    row.problem(AT_EMPLOYEE, rule("import-name-ambiguous"));
                    None
                }
                None => {
                    let reason = not_found(self.run, employee, self.directory.numbers());
                    row.problem(AT_EMPLOYEE, reason);
                    None
                }
            });
        let named =
            row.text(AT_TEAM)
                .and_then(|team| match team_of(&self.directory, self.run, team) {
                    Some(Named::One(id)) => Some(id),
                    Some(Named::Many) => {
                        row.problem(AT_TEAM, rule("import-name-ambiguous"));
                        None
                    }
                    None => {
                        row.problem(AT_TEAM, not_found(self.run, team, self.directory.codes()));
                        None
                    }
                });
        let team_id = named.or_else(|| {
            let date = crate::calendar::date_of(day);
            self.directory.seat_on(staff_id?, date)?.team_id
        });
        Owner { staff_id, team_id }
    }

    fn category(&self, row: &RowView<'_>, at: usize) -> Option<i64> {
        row.text(at)
            .and_then(|code| self.categories.get(code).copied())
    }

    /// The day that counts, in the organisation's zone; the row is bad without one.
    fn day(&self, row: &RowView<'_>, shape: &Shape) -> Option<i32> {
        let Some(at) = row.time(shape.day) else {
            if row.raw(shape.day).is_none() && !row.is_bad() {
                row.problem(shape.day, Reason::Required);
            }
            return None;
        };
        Some(day_number(
            self.run.settings.zone.local_date(at.naive_utc()),
        ))
    }

    /// The service record a row names: its number and whom it belongs to.
    fn record(&self, row: &RowView<'_>) -> Option<(i64, Attribution)> {
        let id = row.text(AT_RECORD)?;
        let found = self.records.get(id).copied();
        if found.is_none() {
            row.problem(AT_RECORD, rule("import-no-such-record"));
        }
        found
    }
}

fn rule(key: &'static str) -> Reason {
    Reason::Rule {
        key,
        args: Vec::new(),
    }
}

fn naive(time: Option<DateTime<Utc>>) -> Option<NaiveDateTime> {
    time.map(|t| t.naive_utc())
}

fn small(value: Option<i64>) -> Option<i32> {
    value.and_then(|v| i32::try_from(v).ok())
}

fn position(names: &[&str], name: Option<&'static str>) -> Option<i32> {
    name.and_then(|n| names.iter().position(|known| *known == n))
        .and_then(|at| i32::try_from(at).ok())
}

/// Seconds from `from` to `to`; a problem if that is before it or too long after.
fn span(
    row: &RowView<'_>,
    at: usize,
    from: Option<NaiveDateTime>,
    to: Option<NaiveDateTime>,
    max: i64,
) -> Option<i64> {
    let seconds = (to? - from?).num_seconds();
    if seconds < 0 {
        row.problem(at, rule("import-before-opening"));
        return None;
    }
    if seconds > max {
        row.problem(at, rule("import-too-long-after"));
        return None;
    }
    Some(seconds)
}

fn service_record(
    row: &RowView<'_>,
    shape: &Shape,
    lookup: &mut Lookup<'_>,
) -> Option<ServiceRecord> {
    let external_id = row.text(AT_ID);
    let opened_at = naive(row.time(3));
    let day = lookup.day(row, shape);
    let owner = lookup.owner(row, day.unwrap_or_default());
    let bot = row.bool(20).unwrap_or(false);
    let handled = row.bool(4).unwrap_or(true);
    let (first_reply_at, resolved_at, closed_at) =
        (naive(row.time(5)), naive(row.time(7)), naive(row.time(9)));
    let first_reply = row
        .seconds(6)
        .or_else(|| span(row, 5, opened_at, first_reply_at, MAX_VALUE * 60));
    let resolve = span(row, 7, opened_at, resolved_at, MAX_VALUE * 60).map(|s| s / 60);
    // Resolution rate is resolved / handled: what was not handled is in neither.
    let resolved = row
        .bool(8)
        .or_else(|| shape.has_resolved_at.then_some(resolved_at.is_some()))
        .filter(|_| handled);
    let record = ServiceRecord {
        source_id: lookup.run.source_id,
        external_id: external_id.unwrap_or_default().to_string(),
        import_id: lookup.run.import_id,
        file_line: i32::try_from(row.line()).unwrap_or(i32::MAX),
        row_hash: 0,
        staff_id: owner.staff_id.filter(|_| !bot),
        team_id: owner.team_id,
        bot,
        day: day.unwrap_or_default(),
        channel: position(&CHANNELS, row.choice(10)).unwrap_or(0),
        category_id: lookup.category(row, 11),
        service_class: position(&SERVICE_CLASSES, row.choice(12)),
        stage: position(&STAGES, row.choice(13)),
        opened_at: opened_at.unwrap_or_default(),
        closed_at,
        fcr: row.bool(15),
        sla: row.bool(16),
        reopened: row.bool(17),
        transferred: row.bool(18),
        escalated: row.bool(19),
        resolved,
        csat: small(row.integer(21)),
        nps: small(row.integer(22)),
        ces: small(row.integer(23)),
        handle_s: small(row.seconds(14)),
        first_reply_s: small(first_reply),
        resolve_min: small(resolve),
    };
    (!row.is_bad()).then_some(record)
}

/// What survey answers and complaints have in common: a record or an employee of their own.
struct Followed {
    record_id: Option<i64>,
    own_staff: bool,
    owner: Owner,
    bot: bool,
    channel: i32,
}

fn followed(row: &RowView<'_>, lookup: &Lookup<'_>, day: i32, channel_at: usize) -> Followed {
    let record = lookup.record(row);
    let own = lookup.owner(row, day);
    let own_staff = own.staff_id.is_some() || own.team_id.is_some();
    let channel = position(&CHANNELS, row.choice(channel_at));
    match record {
        Some((id, of_record)) if !own_staff => Followed {
            record_id: Some(id),
            own_staff,
            owner: Owner {
                staff_id: of_record.staff_id,
                team_id: of_record.team_id,
            },
            bot: of_record.bot,
            channel: of_record.channel,
        },
        _ => Followed {
            record_id: record.map(|r| r.0),
            own_staff,
            owner: own,
            bot: false,
            channel: channel.or_else(|| record.map(|r| r.1.channel)).unwrap_or(0),
        },
    }
}

fn survey_answer(
    row: &RowView<'_>,
    shape: &Shape,
    lookup: &mut Lookup<'_>,
) -> Option<SurveyAnswer> {
    let external_id = row.text(AT_ID);
    let answered_at = naive(row.time(4));
    let day = lookup.day(row, shape);
    let at = followed(row, lookup, day.unwrap_or_default(), 15);
    let answer = SurveyAnswer {
        source_id: lookup.run.source_id,
        external_id: external_id.unwrap_or_default().to_string(),
        import_id: lookup.run.import_id,
        file_line: i32::try_from(row.line()).unwrap_or(i32::MAX),
        row_hash: 0,
        record_id: at.record_id,
        own_staff: at.own_staff,
        staff_id: at.owner.staff_id,
        team_id: at.owner.team_id,
        bot: at.bot,
        day: day.unwrap_or_default(),
        channel: at.channel,
        answered_at: answered_at.unwrap_or_default(),
        csat: small(row.integer(5)),
        nps: small(row.integer(6)),
        ces: small(row.integer(7)),
        quality: small(row.integer(8)),
        speed: small(row.integer(9)),
        expertise: small(row.integer(10)),
        attitude: small(row.integer(11)),
        experience: small(row.integer(12)),
        outcome: small(row.integer(13)),
        innovation: small(row.integer(14)),
        remark: row.text(16).map(str::to_string),
    };
    (!row.is_bad()).then_some(answer)
}

fn complaint(row: &RowView<'_>, shape: &Shape, lookup: &mut Lookup<'_>) -> Option<Complaint> {
    let external_id = row.text(AT_ID);
    let received_at = naive(row.time(4));
    let day = lookup.day(row, shape);
    let at = followed(row, lookup, day.unwrap_or_default(), 12);
    let steps: Vec<Option<NaiveDateTime>> = (5..=10).map(|c| naive(row.time(c))).collect();
    for (step, column) in steps.iter().zip(5..) {
        if let (Some(step), Some(received)) = (step, received_at)
            && *step < received
        {
            row.problem(column, rule("import-before-opening"));
        }
    }
    let complaint = Complaint {
        source_id: lookup.run.source_id,
        external_id: external_id.unwrap_or_default().to_string(),
        import_id: lookup.run.import_id,
        file_line: i32::try_from(row.line()).unwrap_or(i32::MAX),
        row_hash: 0,
        record_id: at.record_id,
        own_staff: at.own_staff,
        staff_id: at.owner.staff_id,
        team_id: at.owner.team_id,
        bot: at.bot,
        day: day.unwrap_or_default(),
        channel: at.channel,
        category_id: lookup.category(row, 13),
        received_at: received_at.unwrap_or_default(),
        classified_at: steps[0],
        assigned_at: steps[1],
        investigated_at: steps[2],
        handled_at: steps[3],
        replied_at: steps[4],
        followed_up_at: steps[5],
        substantiated: row.bool(11),
    };
    (!row.is_bad()).then_some(complaint)
}

fn quality_review(row: &RowView<'_>, _: &Shape, lookup: &mut Lookup<'_>) -> Option<QualityReview> {
    let external_id = row.text(AT_ID);
    let day = row.date(3).map(day_number).unwrap_or_default();
    let (points, applicable) = (row.decimal2(4), row.decimal2(5));
    if let (Some(points), Some(applicable)) = (points, applicable)
        && points > applicable
    {
        row.problem(4, rule("import-points-above-applicable"));
    }
    let auto_fail = row.bool(6).unwrap_or(false);
    let owner = lookup.owner(row, day);
    let channel = position(&CHANNELS, row.choice(7)).unwrap_or(0);
    if row.is_bad() {
        return None;
    }
    let (points, applicable) = (points?, applicable?);
    let score_h = if auto_fail {
        0
    } else {
        crate::evidence::measures::half_up(i128::from(points) * 10_000, i128::from(applicable))
    };
    Some(QualityReview {
        source_id: lookup.run.source_id,
        external_id: external_id?.to_string(),
        import_id: lookup.run.import_id,
        file_line: i32::try_from(row.line()).unwrap_or(i32::MAX),
        row_hash: 0,
        staff_id: owner.staff_id,
        team_id: owner.team_id,
        day,
        channel,
        points_h: i32::try_from(points).ok()?,
        applicable_h: i32::try_from(applicable).ok()?,
        auto_fail,
        score_h: i32::try_from(score_h).ok()?,
    })
}
