//! The demonstration: an invented company's files, imported like anybody's, its quarters appraised, its
//! reports built, an account for each kind of reader, and the application served.

pub mod generate;
mod improvement;
mod quarter;
mod recruitment;
mod sentences;

use std::io::Write;
use std::path::{Path, PathBuf};

use chrono::{Days, NaiveDate};
use clap::Args;

use crate::access::Role;
use crate::accounts::{self, passwords};
use crate::appraisals::model::cycle::State;
use crate::appraisals::store::{cycles, sheets};
use crate::audit::Actor;
use crate::calendar::{Clock, Quarter, day_number};
use crate::db::{Address, Conn, Db, migrate};
use crate::demo::quarter::{actor, at};
use crate::error::{Error, Message, Result};
use crate::evidence::{self, warnings};
use crate::goals::store::notes;
use crate::i18n::{self, Locale};
use crate::import::Mapping;
use crate::import::run::{self as importing, Kind};
use crate::people;
use crate::reports::view::Audience;
use crate::reports::{self, Wanted, Watcher};
use crate::settings::Settings;
use crate::web::Site;
use crate::web::serve::serve;
use crate::web::site::Outside;

/// How large the company is and what is done with it.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    listen: String,
    /// Folder of the reports
    #[arg(long, default_value = "espalier-demo-reports", value_name = "DIR")]
    out: PathBuf,
    /// Build everything, serve nothing
    #[arg(long)]
    no_serve: bool,
    /// People in the company
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(60..=200_000))]
    staff: u32,
    /// Service records over all quarters
    #[arg(long, default_value_t = 24_000, value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
    records: u32,
    /// Quarters, the last of them 2026Q3
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=40))]
    quarters: u32,
    /// The same seed gives the same company
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// The demonstration's own database.
const DATABASE: &str = "sqlite://espalier-demo.db";

/// The mark of a database the demonstration made.
const MARK: (&str, &str) = ("demo", "yes");

const ORGANISATION: (&str, &str) = ("清源家电服务", "Clearspring Home Services");

/// The last quarter there is evidence of.
const LAST_QUARTER: (i32, u32) = (2026, 3);

/// The day on which the demonstration opens: the results of the last quarter are being told, the next quarter's goals
/// agreed. Its clock goes on from there, so that what is due is due whenever it is looked at.
const OPENS_ON: Option<NaiveDate> = NaiveDate::from_ymd_opt(2026, 10, 26);

/// Up to so many people review one another. A larger company shows how far figures carry: nobody clicks through the
/// reviews of thousands, and each is written one by one.
const MOST_REVIEWED: u32 = 120;

/// The demonstration's clock: the machine's, moved to the day on which it opens. A fixed one stays.
fn own_days(clock: &Clock) -> Clock {
    let now = clock.now();
    match (clock, OPENS_ON) {
        (Clock::System, Some(day)) => Clock::Moved(day.and_time(now.time()) - now),
        _ => clock.clone(),
    }
}

/// Builds the company if it is not there yet, then its reports, and serves them.
///
/// # Errors
/// When the database holds anything but a demonstration.
pub fn run(
    options: Options,
    url: Option<&str>,
    locale: Locale,
    clock: &Clock,
    out: &mut dyn Write,
) -> Result<()> {
    let clock = &own_days(clock);
    let address = Address::parse(url.unwrap_or(DATABASE))?;
    let db = Db::open(address, 5)?;
    let say = |out: &mut dyn Write, message: &Message| -> Result<()> {
        writeln!(out, "{}", i18n::message(locale, message))?;
        Ok(out.flush()?)
    };
    migrate::run(&db)?;
    let empty = db.read(people::store::is_empty)?;
    let ours = db.read(|conn| Settings::get(conn, MARK.0))? == Some(MARK.1.to_string());
    let last = Quarter::from_index(LAST_QUARTER.0 * 4 + LAST_QUARTER.1 as i32 - 1);
    if empty {
        say(out, &Message::new("demo-building"))?;
        build_company(&db, &options, last, clock)?;
    } else if !ours {
        return Err(Error::Conflict(Message::new("demo-not-a-demo")));
    }
    let wanted = Wanted {
        // The newest that has results.
        cycle: &last.code(),
        out: &options.out,
        audience: Audience::All,
        locales: Locale::ALL.to_vec(),
        progress: Watcher::Terminal,
    };
    let summary = reports::build(&db, &wanted)?;
    say(out, &summary.message(&options.out))?;
    if options.no_serve {
        return Ok(());
    }
    say(out, &Message::new("demo-accounts"))?;
    for account in accounts(&db, clock)? {
        say(out, &account)?;
    }
    let serving = Message::new("demo-serving").with("address", &options.listen);
    say(out, &serving)?;
    let site = Site::new(db, clock.clone(), Outside::default())?;
    actix_web::rt::System::new().block_on(serve(
        actix_web::web::Data::new(site),
        &options.listen,
        None,
    ))
}

/// Who can sign in: the login, the roles, the job role of the staff record it is tied to and which of those
/// who have it, and what it is good for.
const ACCOUNTS: &[(&str, &[Role], Option<&str>, &str)] = &[
    ("hr", &[Role::Hr], None, "demo-account-hr"),
    (
        "leadership",
        &[Role::Leadership],
        Some("head"),
        "demo-account-leadership",
    ),
    ("manager", &[], Some("manager"), "demo-account-manager"),
    ("lead", &[], Some("team_lead"), "demo-account-lead"),
    ("agent", &[], Some("agent"), "demo-account-agent"),
    ("trainer", &[Role::Trainer], None, "demo-account-trainer"),
    ("auditor", &[Role::Auditor], None, "demo-account-auditor"),
    ("admin", &[Role::Administrator], None, "demo-account-admin"),
];

/// Gives everybody a fresh password, making who is not there, and says what it is.
fn accounts(db: &Db, clock: &Clock) -> Result<Vec<Message>> {
    let now = clock.now();
    let mut lines = Vec::new();
    for (login, roles, job_role, key) in ACCOUNTS {
        let password = passwords::random();
        let hash = passwords::hash(&password)?;
        db.write(|conn| {
            if let Ok(known) = accounts::store::by_login(conn, login) {
                return accounts::store::set_password(conn, known.id, &hash, false, None, now);
            }
            let staff_id = match job_role {
                Some(code) => people::store::first_of(conn, code, now.date())?,
                None => None,
            };
            let roles: Vec<(Role, Option<i64>)> = roles.iter().map(|r| (*r, None)).collect();
            let new = accounts::store::NewAccount {
                login,
                email: None,
                password_hash: &hash,
                staff_id,
                roles: &roles,
                must_change: false,
            };
            accounts::store::insert(conn, &new, "demo", now).map(|_| ())
        })?;
        lines.push(
            Message::new(key)
                .with("login", format!("{login:<10}"))
                .with("password", password),
        );
    }
    Ok(lines)
}

fn build_company(db: &Db, options: &Options, last: Quarter, clock: &Clock) -> Result<()> {
    let folder = scratch_folder()?;
    let built = load_company(db, options, last, clock, &folder);
    std::fs::remove_dir_all(&folder)?;
    built
}

/// A new folder of our own under the system's one for temporary files.
fn scratch_folder() -> Result<PathBuf> {
    let folder = std::env::temp_dir().join(format!("espalier-demo-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

fn load_company(
    db: &Db,
    options: &Options,
    last: Quarter,
    clock: &Clock,
    folder: &Path,
) -> Result<()> {
    let files = generate::write_files(
        folder,
        &generate::Options {
            seed: options.seed,
            staff: options.staff as usize,
            records: options.records as usize,
            quarters: options.quarters as usize,
            last_quarter: LAST_QUARTER,
        },
    )?;
    db.write(|conn| {
        Settings::set(conn, "organisation_zh", ORGANISATION.0)?;
        Settings::set(conn, "organisation_en", ORGANISATION.1)?;
        Settings::set(conn, MARK.0, MARK.1)
    })?;
    let actor = Actor {
        name: "demo".to_string(),
        at: clock.now(),
    };
    let loads: [(&Kind, &Path); 7] = [
        (&people::import::TEAMS, &files.teams),
        (&people::import::STAFF, &files.staff),
        (&evidence::import::SERVICE_RECORDS, &files.service_records),
        (&evidence::import::SURVEY_ANSWERS, &files.survey_answers),
        (&evidence::import::COMPLAINTS, &files.complaints),
        (&evidence::import::QUALITY_REVIEWS, &files.quality_reviews),
        (&evidence::import::SERVICE_RECORDS, &files.corrections),
    ];
    for (kind, path) in loads {
        let options = importing::Options::default();
        let (outcome, _) = importing::import(db, kind, path, Mapping::default(), options, &actor)?;
        if !outcome.kept {
            let first = outcome.problems.first();
            return Err(Error::invalid(
                Message::new("demo-bad-file")
                    .with("file", outcome.file)
                    .with("line", first.map_or(0, |p| p.line)),
            ));
        }
    }
    // Findings as they stood when the last quarter ended: of the days since then there is no evidence.
    db.write(|conn| {
        let settings = Settings::load(conn)?;
        let end = day_number(last.last_day(settings.fiscal_start));
        warnings::find(conn, end, settings.fiscal_start, actor.at)
    })?;
    let mut quarter = last;
    let mut quarters = vec![last];
    for _ in 1..options.quarters {
        quarter = quarter.prev();
        quarters.insert(0, quarter);
    }
    if options.staff > MOST_REVIEWED {
        for quarter in quarters {
            db.write(|conn| appraise_by_figures(conn, quarter))?;
        }
        return Ok(());
    }
    let first = quarters.first().copied().unwrap_or(last);
    db.write(|conn| {
        let settings = Settings::load(conn)?;
        quarter::publish_rules(conn, first.first_day(settings.fiscal_start))
    })?;
    for quarter in quarters {
        let left = last.index() - quarter.index();
        db.write(|conn| quarter::appraise(conn, options.seed, quarter, left))?;
    }
    db.write(|conn| improvement::improve(conn, last))?;
    db.write(|conn| quarter::begin(conn, options.seed, last.next()))?;
    let Some(today) = OPENS_ON else {
        return Ok(());
    };
    db.write(|conn| recruitment::recruit(conn, options.seed, today))
}

/// The template of a large company's cycles.
const FIGURES: &str = "customer-service-figures";

/// The check-ins of a large company's quarter: days after its first, and what was noted.
const CHECK_INS: [(u64, &str); 2] = [
    (35, "Figures looked at together / 一起看了数据"),
    (
        70,
        "On the way; last weeks planned / 进展正常，安排了最后几周",
    ),
];

/// Walks a quarter through its states on the days on which that would have happened, by figures alone.
fn appraise_by_figures(conn: &mut Conn, quarter: Quarter) -> Result<()> {
    let code = quarter.code();
    let settings = Settings::load(conn)?;
    let first = quarter.first_day(settings.fiscal_start);
    let end = quarter.last_day(settings.fiscal_start);
    let hr = |day, later| actor(quarter::HR, at(day, later));
    cycles::create(conn, &code, quarter::template(FIGURES), &hr(first, 0))?;
    let steps = [
        (State::GoalSetting, first, 1, "Quarter opened / 季度开始"),
        (State::Tracking, first, 14, "Goals agreed / 目标已商定"),
        (State::Evaluation, end, 1, "Quarter ended / 季度结束"),
        (State::Calibration, end, 8, "Figures complete / 数据齐备"),
        (State::Feedback, end, 12, "Results released / 结果发布"),
        (State::Closed, end, 30, "Quarter closed / 季度归档"),
    ];
    for (state, day, later, reason) in steps {
        cycles::advance(conn, &code, state, reason, false, &hr(day, later))?;
        let cycle = cycles::find(conn, &code)?;
        if state == State::GoalSetting {
            sheets::agree_all(conn, &cycle, at(day, later))?;
        }
        if state == State::Tracking {
            for (later, body) in CHECK_INS {
                let noted = hr(first, later);
                notes::check_in_all(conn, cycle.id, first + Days::new(later), body, &noted)?;
            }
        }
    }
    Ok(())
}
