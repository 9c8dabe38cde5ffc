//! The command line: each command calls one function of the library and prints what came of it.
//!
//! Exit status: 0 done, 1 refused (what and where on stderr), 2 wrong usage.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use indicatif::ProgressBar;
use serde::Serialize;
use serde_json::json;

use crate::access::{Reach, Role};
use crate::accounts::{self, mail::Mailer, passwords};
use crate::admin::Checked;
use crate::appraisals::model::cycle::State;
use crate::appraisals::store::feedback::{self, Release, Whose};
use crate::appraisals::store::{cycles, templates};
use crate::audit::{self, Actor};
use crate::calendar::Clock;
use crate::config::{Config, DEFAULT_DATABASE};
use crate::db::{Address, Db, Keep, backup, migrate};
use crate::demo;
use crate::error::{Error, Message, Result};
use crate::evidence;
use crate::goals;
use crate::i18n::{self, Locale};
use crate::import::run::{self as importing, Kind, Options, Outcome};
use crate::import::{Mapping, Problem, Table, write_bad_rows};
use crate::jobs;
use crate::people;
use crate::recruitment;
use crate::recruitment::model::codes::Source;
use crate::recruitment::resumes;
use crate::recruitment::store::board;
use crate::recruitment::store::retention;
use crate::reports::view::Audience;
use crate::reports::{self, Wanted, Watcher};
use crate::settings::Settings;
use crate::snapshots;
use crate::web::serve::JOBS;
use crate::web::site::Outside;
use crate::web::{self, Site};

/// Evidence in, tallies, goals, appraisal cycles, static reports.
#[derive(Parser)]
#[command(name = "espalier", version, about)]
struct Cli {
    /// Where the data is: sqlite://PATH or postgres://...
    #[arg(long, global = true, env = "DATABASE_URL", value_name = "URL")]
    database: Option<String>,
    /// Configuration file (default: espalier.toml in the working folder, if there is one)
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Language of messages: zh-CN or en
    #[arg(long, global = true, env = "ESPALIER_LANGUAGE", value_name = "TAG")]
    language: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Bring the database to the newest schema
    Migrate,
    /// Serve the application
    Serve {
        /// Where to listen
        #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
        listen: String,
    },
    /// Who may sign in
    Account {
        #[command(subcommand)]
        command: AccountCommand,
    },
    /// Run the jobs that are due and end
    Jobs {
        #[command(subcommand)]
        command: JobsCommand,
    },
    /// Build the invented company and serve it
    Demo(demo::Options),
    /// Recount every tally and verify audit trail and snapshots
    Check {
        /// Print the outcome as JSON
        #[arg(long)]
        json: bool,
    },
    /// Write a backup of everything to a new file
    Backup { file: PathBuf },
    /// Put a backup in the place of what is there
    Restore { file: PathBuf },
    /// The audit trail
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
    },
    /// Load a file (CSV or XLSX)
    Import {
        kind: ImportKind,
        file: PathBuf,
        /// Mapping file: which column is what (TOML)
        #[arg(long, value_name = "MAP.toml")]
        map: Option<PathBuf>,
        /// Check everything, keep nothing
        #[arg(long)]
        dry_run: bool,
        /// Make the employees, teams and job roles that rows name and nobody has
        #[arg(long)]
        create_missing: bool,
        /// Load the good rows of a file that has bad ones
        #[arg(long)]
        skip_bad: bool,
        /// Print the outcome as JSON
        #[arg(long)]
        json: bool,
    },
    /// Take in profiles in the form of JSON Resume: a file, a ZIP or a folder
    Resumes {
        path: PathBuf,
        /// Code of the opening that they are sent in for
        #[arg(long, value_name = "CODE")]
        opening: Option<String>,
        /// Check everything, keep nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Appraisal cycles
    Cycle {
        #[command(subcommand)]
        command: CycleCommand,
    },
    /// Candidates whose time is over
    Retention {
        #[command(subcommand)]
        command: RetentionCommand,
    },
    /// Reports
    Report {
        #[command(subcommand)]
        command: ReportCommand,
    },
}

#[derive(Subcommand)]
enum AccountCommand {
    /// Make an account; its first password is printed and must be changed at the first sign-in
    Add {
        login: String,
        /// hr, trainer, leadership, auditor, administrator; several separated by commas
        #[arg(long, value_delimiter = ',', value_parser = parse_role)]
        role: Vec<Role>,
        /// Code of the team the roles are limited to, with those below it
        #[arg(long, value_name = "CODE")]
        team: Option<String>,
        /// Employee number of whoever it belongs to
        #[arg(long, value_name = "NO")]
        employee: Option<String>,
        #[arg(long)]
        email: Option<String>,
    },
    /// Every account with its roles
    List,
    /// Close an account; its sessions end at once
    Disable { login: String },
    /// Give an account a new first password
    Reset { login: String },
}

#[derive(Subcommand)]
enum RetentionCommand {
    /// Erase candidates whose last application ended longer ago than the setting says
    Run {
        /// Say whom, erase nobody
        #[arg(long)]
        dry_run: bool,
        /// Print the outcome as JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Subcommand)]
enum JobsCommand {
    /// Run what is due
    Run,
}

#[derive(Subcommand)]
enum AuditCommand {
    /// Recompute the hash chains of the trail and of the snapshots
    Verify,
}

#[derive(Clone, Copy, ValueEnum)]
enum ImportKind {
    Staff,
    Teams,
    ServiceRecords,
    SurveyAnswers,
    Complaints,
    QualityReviews,
    KpiValues,
    Candidates,
}

impl ImportKind {
    fn kind(self) -> &'static Kind {
        match self {
            ImportKind::Staff => &people::import::STAFF,
            ImportKind::Teams => &people::import::TEAMS,
            ImportKind::ServiceRecords => &evidence::import::SERVICE_RECORDS,
            ImportKind::SurveyAnswers => &evidence::import::SURVEY_ANSWERS,
            ImportKind::Complaints => &evidence::import::COMPLAINTS,
            ImportKind::QualityReviews => &evidence::import::QUALITY_REVIEWS,
            ImportKind::KpiValues => &goals::import::KPI_VALUES,
            ImportKind::Candidates => &recruitment::import::CANDIDATES,
        }
    }
}

#[derive(Subcommand)]
enum CycleCommand {
    /// Make a cycle over a quarter
    Create {
        /// The quarter: 2016Q1
        code: String,
        /// The name of a template, or a template file
        #[arg(long, value_name = "FILE.toml|NAME")]
        template: String,
    },
    /// Where a cycle stands
    Status {
        code: String,
        /// Print the status as JSON
        #[arg(long)]
        json: bool,
    },
    /// Walk a cycle to a later state
    Advance {
        code: String,
        /// draft, goal_setting, tracking, evaluation, calibration, feedback, closed
        #[arg(long, value_name = "STATE", value_parser = parse_state)]
        to: State,
        /// Why, for the audit trail
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Go past missing agreements and reviews, which are then shown as missing
        #[arg(long)]
        force: bool,
    },
    /// Release the results of a cycle in feedback; those that owe a suggestion and support wait
    Release {
        code: String,
        /// Code of a team: only its people and those below it
        #[arg(long, value_name = "CODE")]
        team: Option<String>,
        /// Why, for the audit trail; needed with --force
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
        /// Release also where suggestion and support are still owed
        #[arg(long)]
        force: bool,
    },
}

fn parse_role(code: &str) -> std::result::Result<Role, String> {
    Role::parse(code).ok_or_else(|| Role::ALL.map(Role::code).join(", "))
}

fn parse_state(code: &str) -> std::result::Result<State, String> {
    State::parse(code).ok_or_else(|| State::ALL.map(State::code).join(", "))
}

fn parse_audience(text: &str) -> std::result::Result<Audience, String> {
    text.parse()
        .map_err(|_| "all, leadership, team:CODE, staff:NO".to_string())
}

fn parse_locale(tag: &str) -> std::result::Result<Locale, String> {
    tag.parse()
        .map_err(|_| Locale::ALL.map(Locale::tag).join(", "))
}

#[derive(Subcommand)]
enum ReportCommand {
    /// Build the report bundle of a cycle
    Build {
        #[arg(long, value_name = "CODE")]
        cycle: String,
        /// Folder of the bundle
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// all, leadership, team:CODE, staff:NO
        #[arg(long, default_value = "all", value_parser = parse_audience)]
        audience: Audience,
        /// Languages, separated by commas
        #[arg(long, default_value = "zh-CN,en", value_delimiter = ',', value_parser = parse_locale)]
        locale: Vec<Locale>,
    },
}

/// Runs the program with the arguments of the process.
#[must_use]
pub fn run() -> ExitCode {
    let (out, err) = (&mut std::io::stdout(), &mut std::io::stderr());
    ExitCode::from(run_with(std::env::args_os(), out, err))
}

/// Runs the program with the given arguments and returns the exit status.
pub fn run_with(
    args: impl IntoIterator<Item = OsString>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> u8 {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(e) => {
            let stream: &mut dyn Write = if e.use_stderr() { err } else { out };
            let told = write!(stream, "{e}");
            return if told.is_ok() && !e.use_stderr() {
                0
            } else {
                2
            };
        }
    };
    let mut locale = Locale::En;
    match execute(cli, &mut locale, out) {
        Ok(status) => status,
        Err(e) => {
            for message in e.messages() {
                // Nobody is left to tell when stderr is gone.
                if writeln!(err, "{}", i18n::message(locale, &message)).is_err() {
                    break;
                }
            }
            1
        }
    }
}

/// What every command works with.
struct Tools {
    clock: Clock,
    locale: Locale,
    address: Address,
    config: Config,
    actor: Actor,
}

impl Tools {
    /// The database, which must be there and of this program's version.
    fn db(&self) -> Result<Db> {
        if let Address::Sqlite(path) = &self.address
            && !path.exists()
        {
            return Err(Error::NotFound(
                Message::new("database-not-there").with("file", path.display()),
            ));
        }
        let db = Db::open(self.address.clone(), CONNECTIONS)?;
        migrate::require_current(&db)?;
        Ok(db)
    }

    fn say(&self, out: &mut dyn Write, message: &Message) -> Result<()> {
        Ok(writeln!(out, "{}", i18n::message(self.locale, message))?)
    }
}

/// One for the command and one for each thread that renders.
const CONNECTIONS: u32 = 5;

/// The language of messages: flag or environment, file, then the system's.
fn language(flag: Option<&str>, config: &Config) -> Result<Locale> {
    if let Some(tag) = flag.or(config.language.as_deref()) {
        return tag
            .parse()
            .map_err(|_| Error::invalid(Message::new("config-unknown-language").with("tag", tag)));
    }
    let system = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|v| !v.is_empty()));
    Ok(match system {
        Some(tag) if tag.starts_with("zh") => Locale::Zh,
        _ => Locale::En,
    })
}

fn execute(cli: Cli, locale: &mut Locale, out: &mut dyn Write) -> Result<u8> {
    let config = Config::load(cli.config.as_deref())?;
    *locale = language(cli.language.as_deref(), &config)?;
    let url = cli.database.or_else(|| config.database.clone());
    let clock = Clock::from_env_value(std::env::var("SOURCE_DATE_EPOCH").ok().as_deref())
        .map_err(|e| Error::invalid(Message::new("config-bad-clock").with("cause", e)))?;
    if let Command::Demo(options) = cli.command {
        return demo::run(options, url.as_deref(), *locale, &clock, out).map(|()| 0);
    }
    let tools = Tools {
        clock: clock.clone(),
        locale: *locale,
        address: Address::parse(url.as_deref().unwrap_or(DEFAULT_DATABASE))?,
        config,
        actor: Actor {
            name: "cli".to_string(),
            at: clock.now(),
        },
    };
    command(cli.command, &tools, out)
}

fn command(command: Command, tools: &Tools, out: &mut dyn Write) -> Result<u8> {
    match command {
        // Handled before: it has a database of its own.
        Command::Demo(_) => Ok(0),
        Command::Migrate => run_migrate(tools, out),
        Command::Check { json } => check(tools, json, out),
        Command::Backup { file } => {
            backup::backup(&tools.db()?, &file)?;
            let done = Message::new("backup-done").with("file", file.display());
            tools.say(out, &done).map(|()| 0)
        }
        Command::Restore { file } => {
            backup::restore(&tools.address, &file)?;
            let done = Message::new("restore-done").with("file", file.display());
            tools.say(out, &done).map(|()| 0)
        }
        Command::Audit {
            command: AuditCommand::Verify,
        } => {
            let (events, versions) = tools
                .db()?
                .read(|conn| Ok((audit::verify(conn)?, snapshots::verify(conn)?)))?;
            let done = Message::new("audit-verified")
                .with("events", events)
                .with("versions", versions);
            tools.say(out, &done).map(|()| 0)
        }
        Command::Import {
            kind,
            file,
            map,
            dry_run,
            create_missing,
            skip_bad,
            json,
        } => {
            let options = Options {
                dry_run,
                create_missing,
                skip_bad,
            };
            import(
                tools,
                kind.kind(),
                &file,
                map.as_deref(),
                options,
                json,
                out,
            )
        }
        Command::Retention {
            command: RetentionCommand::Run { dry_run, json },
        } => retain(tools, dry_run, json, out),
        Command::Resumes {
            path,
            opening,
            dry_run,
        } => take_resumes(tools, &path, opening.as_deref(), dry_run, out),
        Command::Serve { listen } => serve(tools, &listen, out),
        Command::Account { command } => account(tools, command, out),
        Command::Jobs {
            command: JobsCommand::Run,
        } => {
            let db = tools.db()?;
            let ran = jobs::run_due(&db, &tools.clock, JOBS)?;
            if let Some(mailer) = mailer(tools)? {
                mailer.send_due(&db, &tools.clock)?;
            }
            let done = Message::new("jobs-ran").with("n", ran);
            tools.say(out, &done).map(|()| 0)
        }
        Command::Cycle { command } => cycle(tools, command, out),
        Command::Report {
            command:
                ReportCommand::Build {
                    cycle,
                    out: folder,
                    audience,
                    mut locale,
                },
        } => {
            locale.sort_unstable();
            locale.dedup();
            let wanted = Wanted {
                cycle: &cycle,
                out: &folder,
                audience,
                locales: locale,
                progress: Watcher::Terminal,
            };
            let summary = reports::build(&tools.db()?, &wanted)?;
            tools.say(out, &summary.message(&folder)).map(|()| 0)
        }
    }
}

fn serve(tools: &Tools, listen: &str, out: &mut dyn Write) -> Result<u8> {
    tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::Level::INFO)
        .with_writer(std::io::stderr)
        .init();
    let mut outside = Outside::parse(
        tools.config.public_url.as_deref(),
        tools.config.trusted_proxies.clone(),
    )?;
    let mailer = mailer(tools)?;
    outside.mails = mailer.is_some();
    let db = tools.db()?;
    let site = Site::new(db, tools.clock.clone(), outside)?;
    tools.say(out, &Message::new("serving").with("address", listen))?;
    out.flush()?;
    actix_web::rt::System::new().block_on(web::serve::serve(
        actix_web::web::Data::new(site),
        listen,
        mailer,
    ))?;
    Ok(0)
}

/// What sends mail, where the configuration names a server; the password comes from the environment alone.
fn mailer(tools: &Tools) -> Result<Option<Mailer>> {
    let Some(mail) = &tools.config.mail else {
        return Ok(None);
    };
    let password = std::env::var("ESPALIER_SMTP_PASSWORD").ok();
    Mailer::new(mail, password, tools.config.public_url.as_deref()).map(Some)
}

fn account(tools: &Tools, command: AccountCommand, out: &mut dyn Write) -> Result<u8> {
    let db = tools.db()?;
    let actor = &tools.actor;
    let done = match command {
        AccountCommand::Add {
            login,
            role,
            team,
            employee,
            email,
        } => {
            let login = accounts::model::login(&login).map_err(Error::invalid)?;
            let password = passwords::random();
            let hash = passwords::hash(&password)?;
            db.write(|conn| {
                let staff_id = employee
                    .map(|no| accounts::store::staff_of(conn, &no))
                    .transpose()?;
                let team_id = team
                    .map(|code| accounts::store::team_of(conn, &code))
                    .transpose()?;
                let roles: Vec<(Role, Option<i64>)> = role.iter().map(|r| (*r, team_id)).collect();
                let new = accounts::store::NewAccount {
                    login: &login,
                    email: email.as_deref(),
                    password_hash: &hash,
                    staff_id,
                    roles: &roles,
                    must_change: true,
                };
                accounts::store::insert(conn, &new, &actor.name, actor.at)?;
                let codes: Vec<&str> = role.iter().map(|r| r.code()).collect();
                audit::append(
                    conn,
                    actor,
                    "account-made",
                    &login,
                    &json!({ "roles": codes }),
                )
            })?;
            Message::new("account-made-line")
                .with("login", login)
                .with("password", password)
        }
        AccountCommand::List => return list_accounts(tools, &db, out),
        AccountCommand::Disable { login } => {
            db.write(|conn| {
                let account = accounts::store::by_login(conn, &login)?;
                accounts::store::set_disabled(conn, account.id, true, actor.at)?;
                audit::append(conn, actor, "account-disabled", &login, &json!({}))
            })?;
            Message::new("account-disabled-line").with("login", login)
        }
        AccountCommand::Reset { login } => {
            let password = passwords::random();
            let hash = passwords::hash(&password)?;
            db.write(|conn| {
                let account = accounts::store::by_login(conn, &login)?;
                accounts::store::set_password(conn, account.id, &hash, true, None, actor.at)?;
                audit::append(conn, actor, "password-reset", &login, &json!({}))
            })?;
            Message::new("account-reset-line")
                .with("login", login)
                .with("password", password)
        }
    };
    tools.say(out, &done).map(|()| 0)
}

fn list_accounts(tools: &Tools, db: &Db, out: &mut dyn Write) -> Result<u8> {
    let (all, roles) = db.read(|conn| {
        let all = accounts::store::list(conn, "", None, i64::MAX)?;
        let ids: Vec<i64> = all.iter().map(|a| a.id).collect();
        Ok((all, accounts::store::roles_of(conn, &ids)?))
    })?;
    for one in &all {
        let held: Vec<Role> = roles
            .iter()
            .filter(|(id, _)| *id == one.id)
            .map(|(_, role)| *role)
            .collect();
        tools.say(out, &accounts::view::line(one, &held))?;
    }
    Ok(0)
}

fn run_migrate(tools: &Tools, out: &mut dyn Write) -> Result<u8> {
    let fresh = match &tools.address {
        Address::Sqlite(path) => !path.exists(),
        Address::Postgres(_) => false,
    };
    let db = Db::open(tools.address.clone(), CONNECTIONS)?;
    migrate::run(&db)?;
    let settings = tools.config.organisation.settings();
    db.write(|conn| {
        // Days and quarters of stored rows depend on these: only an empty database takes them.
        if people::store::is_empty(conn)? {
            for (name, value) in &settings {
                Settings::set(conn, name, value)?;
            }
        }
        Settings::load(conn).map(|_| ())
    })?;
    let key = if fresh {
        "migrate-created"
    } else {
        "migrate-done"
    };
    tools.say(out, &Message::new(key)).map(|()| 0)
}

fn check(tools: &Tools, as_json: bool, out: &mut dyn Write) -> Result<u8> {
    let checked = Checked::of(&tools.db()?)?;
    let sound = checked.is_sound();
    if as_json {
        print_json(
            out,
            &json!({
                "audit_events": checked.events,
                "cells": checked.recount.cells,
                "copies": checked.copies,
                "differences": checked.recount.differences,
                "ok": sound,
                "orphans": checked.orphans,
                "reporting_lines": checked.reporting_lines,
                "rows": checked.recount.rows,
                "snapshots": checked.versions,
            }),
        )?;
    } else {
        for line in checked.lines() {
            tools.say(out, &line)?;
        }
    }
    Ok(u8::from(!sound))
}

fn retain(tools: &Tools, dry_run: bool, as_json: bool, out: &mut dyn Write) -> Result<u8> {
    let db = tools.db()?;
    let day = db.read(|conn| Ok(Settings::load(conn)?.zone.local_date(tools.clock.now())))?;
    let erased = retention::run(&db, &tools.actor, day, dry_run)?;
    if as_json {
        print_json(
            out,
            &json!({
                "applications": erased.applications,
                "candidates": erased.candidates,
                "dry_run": dry_run,
                "files": erased.files,
            }),
        )?;
        return Ok(0);
    }
    let key = if dry_run {
        "retention-would"
    } else {
        "retention-done"
    };
    let done = Message::new(key)
        .with("candidates", erased.candidates.len())
        .with("applications", erased.applications)
        .with("files", erased.files);
    tools.say(out, &done)?;
    for code in erased.candidates {
        writeln!(out, "{code}")?;
    }
    Ok(0)
}

fn import(
    tools: &Tools,
    kind: &Kind,
    file: &Path,
    map: Option<&Path>,
    options: Options,
    as_json: bool,
    out: &mut dyn Write,
) -> Result<u8> {
    let db = tools.db()?;
    let mapping = match map {
        Some(path) => Mapping::load(path)?,
        None => Mapping::default(),
    };
    let (outcome, table) = importing::import(&db, kind, file, mapping, options, &tools.actor)?;
    let say = |p: &Problem| {
        let reason = Message {
            key: p.reason.key(),
            args: p.reason.args(),
        };
        i18n::message(tools.locale, &reason)
    };
    let bad_rows = write_bad(&outcome, &table, file, say)?;
    if as_json {
        print_json(out, &outcome)?;
    } else {
        print_outcome(tools, &outcome, out)?;
    }
    let refused = outcome.bad_rows > 0 && !options.skip_bad;
    if outcome.bad_rows > 0 {
        let mut err = std::io::stderr();
        for problem in &outcome.problems {
            let line = Message::new("import-problem")
                .with("line", problem.line)
                .with("column", &problem.column)
                .with("value", &problem.value)
                .with("reason", say(problem));
            writeln!(err, "{}", i18n::message(tools.locale, &line))?;
        }
        let key = if refused {
            "import-refused"
        } else {
            "import-skipped"
        };
        let told = Message::new(key)
            .with("count", outcome.bad_rows)
            .with("file", bad_rows.display());
        writeln!(err, "{}", i18n::message(tools.locale, &told))?;
    }
    Ok(u8::from(refused))
}

/// Takes profiles in, all or none; what is wrong with them goes to stderr with its path.
fn take_resumes(
    tools: &Tools,
    path: &Path,
    opening: Option<&str>,
    dry_run: bool,
    out: &mut dyn Write,
) -> Result<u8> {
    let profiles = match resumes::from_path(path)? {
        Ok(profiles) => profiles,
        Err(refused) => {
            let mut err = std::io::stderr();
            for one in &refused {
                for message in &one.messages {
                    let what = i18n::message(tools.locale, message);
                    let line = Message::new("resume-wrong")
                        .with("file", &one.file)
                        .with("what", what);
                    writeln!(err, "{}", i18n::message(tools.locale, &line))?;
                }
            }
            return Ok(1);
        }
    };
    let db = tools.db()?;
    let today = db.read(Settings::load)?.zone.local_date(tools.clock.now());
    let fresh = db.write_or_undo(|conn| {
        let to = match opening {
            None => None,
            Some(code) => {
                let opening = board::opening(conn, &Reach::operator(today), code)?;
                Some(resumes::To {
                    opening_id: opening.id,
                    code: opening.named.0,
                    source: Source::Other,
                })
            }
        };
        let fresh = resumes::take(conn, &profiles, to.as_ref(), &tools.actor)?;
        let keep = if dry_run { Keep::No } else { Keep::Yes };
        Ok((fresh, keep))
    })?;
    let done = Message::new("resume-done")
        .with("n", profiles.len())
        .with("new", fresh);
    tools.say(out, &done).map(|()| 0)
}

/// The bad rows as a file in the working folder: `NAME.bad-rows.csv`.
fn write_bad(
    outcome: &Outcome,
    table: &Table,
    file: &Path,
    say: impl Fn(&Problem) -> String,
) -> Result<PathBuf> {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let path = PathBuf::from(format!("{stem}.bad-rows.csv"));
    if outcome.bad_rows > 0 {
        write_bad_rows(&path, table, &outcome.problems, say)?;
    }
    Ok(path)
}

fn print_outcome(tools: &Tools, outcome: &Outcome, out: &mut dyn Write) -> Result<()> {
    let read = Message::new("import-read")
        .with("file", &outcome.file)
        .with("format", &outcome.format)
        .with("rows", outcome.rows_read)
        .with("superseded", outcome.superseded);
    tools.say(out, &read)?;
    let loaded = &outcome.loaded;
    let key = match (outcome.kept, outcome.dry_run) {
        (true, _) => "import-loaded",
        (false, true) => "import-would-load",
        (false, false) => "import-nothing-loaded",
    };
    let counts = Message::new(key)
        .with("new", loaded.new)
        .with("changed", loaded.changed)
        .with("unchanged", loaded.unchanged)
        .with("deleted", loaded.deleted);
    tools.say(out, &counts)?;
    let created = loaded.created_staff + loaded.created_teams + loaded.created_job_roles;
    if created > 0 {
        let made = Message::new("import-created")
            .with("staff", loaded.created_staff)
            .with("teams", loaded.created_teams)
            .with("roles", loaded.created_job_roles);
        tools.say(out, &made)?;
    }
    if !outcome.unused_columns.is_empty() {
        let unused =
            Message::new("import-unused").with("columns", outcome.unused_columns.join(", "));
        tools.say(out, &unused)?;
    }
    Ok(())
}

fn cycle(tools: &Tools, command: CycleCommand, out: &mut dyn Write) -> Result<u8> {
    let db = tools.db()?;
    match command {
        CycleCommand::Create { code, template } => {
            let (stored, names) =
                db.read(|conn| Ok((templates::body(conn, &template)?, templates::codes(conn)?)))?;
            let text = match stored {
                Some(text) => text,
                None => template_file(&template, &names)?,
            };
            db.write(|conn| cycles::create(conn, &code, &text, &tools.actor))?;
            let done = Message::new("cycle-created").with("code", &code);
            tools.say(out, &done)?;
        }
        CycleCommand::Advance {
            code,
            to,
            reason,
            force,
        } => {
            let steps =
                db.write(|conn| cycles::advance(conn, &code, to, &reason, force, &tools.actor))?;
            let names: Vec<String> = steps
                .iter()
                .map(|s| i18n::text(tools.locale, &state_key(s.code()), &[]))
                .collect();
            let done = Message::new("cycle-advanced")
                .with("code", &code)
                .with("states", names.join(" → "));
            tools.say(out, &done)?;
        }
        CycleCommand::Release {
            code,
            team,
            reason,
            force,
        } => release(tools, &db, &code, team, reason, force, out)?,
        CycleCommand::Status { code, json } => {
            let status = db.read(|conn| cycles::status(conn, &code))?;
            if json {
                print_json(out, &status)?;
            } else {
                print_status(tools, &status, out)?;
            }
        }
    }
    Ok(0)
}

/// Releases results, with a bar where somebody watches.
fn release(
    tools: &Tools,
    db: &Db,
    code: &str,
    team: Option<String>,
    reason: String,
    force: bool,
    out: &mut dyn Write,
) -> Result<()> {
    let zone = db.read(Settings::load)?.zone;
    let everybody = Reach::operator(zone.local_date(tools.actor.at));
    let wanted = Release {
        whose: match team {
            Some(team) => Whose::Team(everybody, team),
            None => Whose::Reach(everybody),
        },
        force,
        reason,
    };
    let bar = ProgressBar::new(0);
    let (done, left) = feedback::release(db, code, &wanted, &tools.actor, |done, of| {
        bar.set_length(of as u64);
        bar.set_position(done as u64);
    })?;
    bar.finish_and_clear();
    let told = Message::new("cycle-released-line")
        .with("code", code)
        .with("n", done)
        .with("left", left);
    tools.say(out, &told)
}

/// The key of a state's name.
fn state_key(code: &str) -> String {
    format!("state-{}", code.replace('_', "-"))
}

fn print_status(tools: &Tools, status: &cycles::Status, out: &mut dyn Write) -> Result<()> {
    let head = Message::new("status-head")
        .with("code", &status.code)
        .with(
            "state",
            i18n::text(tools.locale, &state_key(status.state), &[]),
        )
        .with("from", status.starts_on)
        .with("to", status.ends_on);
    tools.say(out, &head)?;
    for step in &status.steps {
        let key = if step.forced {
            "status-step-forced"
        } else {
            "status-step"
        };
        let line = Message::new(key)
            .with(
                "state",
                i18n::text(tools.locale, &state_key(&step.state), &[]),
            )
            .with("at", &step.entered_at)
            .with("reason", &step.reason);
        tools.say(out, &line)?;
    }
    let rated = Message::new("status-people")
        .with("people", status.people)
        .with("rated", status.rated);
    tools.say(out, &rated)?;
    let grades: Vec<String> = status
        .grades
        .iter()
        .map(|(grade, count)| format!("{grade} {count}"))
        .collect();
    tools.say(
        out,
        &Message::new("status-grades").with("grades", grades.join(", ")),
    )?;
    for (why, count) in &status.not_rated {
        let key = match *why {
            "too_short" => "status-too-short",
            "too_little_weight" => "status-too-little-weight",
            "excused" => "status-excused",
            _ => "status-no-sheet",
        };
        tools.say(out, &Message::new(key).with("count", count))?;
    }
    for (what, count) in &status.missing {
        let key = match *what {
            "agreement" => "status-no-agreement",
            "check_ins" => "status-no-check-ins",
            _ => "status-no-review",
        };
        tools.say(out, &Message::new(key).with("count", count))?;
    }
    if !status.changed_since_freeze.is_empty() {
        let changed = Message::new("status-changed")
            .with("count", status.changed_since_freeze.len())
            .with("who", status.changed_since_freeze.join(", "));
        tools.say(out, &changed)?;
    }
    Ok(())
}

/// A template from a file; `names` are those of the templates there are.
fn template_file(template: &str, names: &[String]) -> Result<String> {
    std::fs::read_to_string(template).map_err(|e| {
        Error::invalid(
            Message::new("template-not-found")
                .with("template", template)
                .with("cause", e)
                .with("names", names.join(", ")),
        )
    })
}

fn print_json(out: &mut dyn Write, value: &impl Serialize) -> Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    Ok(writeln!(out)?)
}
