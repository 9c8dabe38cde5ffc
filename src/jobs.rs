//! Work that takes longer than a request: rows of a table, claimed by whichever process gets there first.
//!
//! A claim is a lease: a process that dies leaves its job to be claimed again when the lease is over, so
//! every kind of job must be repeatable without harm.

use chrono::{Duration, NaiveDateTime};
use diesel::prelude::*;
use serde_json::Value;

use crate::calendar::Clock;
use crate::db::schema::job;
use crate::db::{Conn, Db};
use crate::error::{Error, Result, chain};
use crate::keys::end_of;
use crate::with_conn;

/// How long a process may be silent about a job before another takes it.
const LEASE: Duration = Duration::minutes(2);

/// A job that failed this often stays failed.
const TRIES: i32 = 3;

/// A job as its runner and its page see it.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = job)]
pub struct Job {
    pub id: i64,
    pub kind: String,
    pub key: String,
    pub args_json: String,
    /// `waiting`, `running`, `done`, `failed`
    pub state: String,
    pub progress: i64,
    pub total: i64,
    pub tries: i32,
    pub outcome_json: Option<String>,
    pub account_id: Option<i64>,
    pub created_at: NaiveDateTime,
}

impl Job {
    /// What the job was given.
    pub fn args<T: serde::de::DeserializeOwned>(&self) -> Result<T> {
        Ok(serde_json::from_str(&self.args_json)?)
    }
}

/// Puts a job in the queue; one of the same kind and key that is still waiting or running is left alone,
/// one that has ended starts anew.
pub fn enqueue(
    conn: &mut Conn,
    kind: &str,
    key: &str,
    args: &Value,
    account_id: Option<i64>,
    run_at: NaiveDateTime,
) -> Result<i64> {
    let args_json = serde_json::to_string(args)?;
    with_conn!(conn, c => diesel::insert_into(job::table)
        .values((
            job::kind.eq(kind),
            job::key.eq(key),
            job::args_json.eq(&args_json),
            job::state.eq("waiting"),
            job::progress.eq(0_i64),
            job::total.eq(0_i64),
            job::run_at.eq(run_at),
            job::tries.eq(0),
            job::account_id.eq(account_id),
            job::created_at.eq(run_at),
        ))
        .on_conflict((job::kind, job::key))
        .do_nothing()
        .execute(c))?;
    diesel::update(
        job::table
            .filter(job::kind.eq(kind))
            .filter(job::key.eq(key))
            .filter(job::state.eq_any(["done", "failed"])),
    )
    .set((
        job::args_json.eq(&args_json),
        job::state.eq("waiting"),
        job::progress.eq(0_i64),
        job::total.eq(0_i64),
        job::run_at.eq(run_at),
        job::tries.eq(0),
        job::outcome_json.eq(None::<String>),
        job::account_id.eq(account_id),
        job::created_at.eq(run_at),
    ))
    .execute(conn)?;
    Ok(job::table
        .filter(job::kind.eq(kind))
        .filter(job::key.eq(key))
        .select(job::id)
        .first(conn)?)
}

/// The job of a kind and key.
pub fn find(conn: &mut Conn, kind: &str, key: &str) -> Result<Option<Job>> {
    Ok(job::table
        .filter(job::kind.eq(kind))
        .filter(job::key.eq(key))
        .select(Job::as_select())
        .first(conn)
        .optional()?)
}

/// The newest jobs of a kind that an account asked for, of those whose key begins so; at most 50.
pub fn of_account(conn: &mut Conn, kind: &str, account_id: i64, start: &str) -> Result<Vec<Job>> {
    Ok(job::table
        .filter(job::kind.eq(kind))
        .filter(job::key.ge(start))
        .filter(job::key.lt(end_of(start)))
        .filter(job::account_id.eq(account_id))
        .order(job::id.desc())
        .limit(50)
        .select(Job::as_select())
        .load(conn)?)
}

/// The newest jobs, for the administrator.
pub fn newest(conn: &mut Conn, limit: i64) -> Result<Vec<Job>> {
    Ok(job::table
        .order(job::id.desc())
        .limit(limit)
        .select(Job::as_select())
        .load(conn)?)
}

/// Takes the job that has waited longest, or one whose process has fallen silent.
pub fn claim(conn: &mut Conn, now: NaiveDateTime) -> Result<Option<Job>> {
    conn.lock("jobs")?;
    let due: Option<i64> = job::table
        .filter(
            job::state
                .eq("waiting")
                .and(job::run_at.le(now))
                .or(job::state
                    .eq("running")
                    .and(job::lease_until.lt(now).assume_not_null())),
        )
        .order((job::run_at, job::id))
        .select(job::id)
        .first(conn)
        .optional()?;
    let Some(id) = due else {
        return Ok(None);
    };
    diesel::update(job::table.find(id))
        .set((
            job::state.eq("running"),
            job::tries.eq(job::tries + 1),
            job::lease_until.eq(now + LEASE),
        ))
        .execute(conn)?;
    Ok(Some(
        job::table.find(id).select(Job::as_select()).first(conn)?,
    ))
}

/// Says how far a job is, and that its process lives.
pub fn progress(conn: &mut Conn, id: i64, done: i64, total: i64, now: NaiveDateTime) -> Result<()> {
    diesel::update(job::table.find(id))
        .set((
            job::progress.eq(done),
            job::total.eq(total),
            job::lease_until.eq(now + LEASE),
        ))
        .execute(conn)?;
    Ok(())
}

fn finish(conn: &mut Conn, id: i64, state: &str, outcome: &Value) -> Result<()> {
    diesel::update(job::table.find(id))
        .set((
            job::state.eq(state),
            job::lease_until.eq(None::<NaiveDateTime>),
            job::outcome_json.eq(serde_json::to_string(outcome)?),
        ))
        .execute(conn)?;
    Ok(())
}

/// Does the work of a kind of job; what it returns is kept with the job.
pub type Work = fn(&Db, &Clock, &Job) -> Result<Value>;

/// Runs every job that is due and returns how many there were. While one is under way its lease is kept up
/// from a thread of its own.
pub fn run_due(db: &Db, clock: &Clock, kinds: &[(&str, Work)]) -> Result<usize> {
    let mut ran = 0;
    loop {
        let now = clock.now();
        // Looked for without writing first: most of the time there is nothing.
        if !db.read(|conn| is_due(conn, now))? {
            return Ok(ran);
        }
        let Some(job) = db.write(|conn| claim(conn, now))? else {
            return Ok(ran);
        };
        ran += 1;
        let done = match kinds.iter().find(|(kind, _)| *kind == job.kind) {
            Some((_, work)) => keeping_lease(db, clock, &job, *work),
            None => Err(Error::Internal(format!("no such job: {}", job.kind).into())),
        };
        match done {
            Ok(outcome) => db.write(|conn| finish(conn, job.id, "done", &outcome))?,
            Err(e) => fail(db, &job, &e)?,
        }
    }
}

fn is_due(conn: &mut Conn, now: NaiveDateTime) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(
        job::table
            .filter(job::state.eq_any(["waiting", "running"]))
            .filter(job::run_at.le(now)),
    ))
    .get_result(conn)?)
}

/// A refusal is final; what broke may work the next time.
fn fail(db: &Db, job: &Job, e: &Error) -> Result<()> {
    if let Error::Internal(cause) = e {
        tracing::error!(job = job.kind, key = job.key, error = %chain(cause.as_ref()), "a job failed");
        if job.tries < TRIES {
            return db.write(|conn| {
                diesel::update(job::table.find(job.id))
                    .set(job::state.eq("waiting"))
                    .execute(conn)?;
                Ok(())
            });
        }
    }
    let messages: Vec<Value> = e
        .messages()
        .iter()
        .map(|m| serde_json::json!({ "key": m.key, "args": m.args }))
        .collect();
    db.write(|conn| {
        finish(
            conn,
            job.id,
            "failed",
            &serde_json::json!({ "messages": messages }),
        )
    })
}

fn keeping_lease(db: &Db, clock: &Clock, job: &Job, work: Work) -> Result<Value> {
    use std::sync::mpsc::{RecvTimeoutError, channel};
    let (end, ended) = channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let pause = std::time::Duration::from_secs(30);
            while ended.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                let until = clock.now() + LEASE;
                let kept = db.write(|conn| {
                    diesel::update(job::table.find(job.id))
                        .set(job::lease_until.eq(until))
                        .execute(conn)?;
                    Ok(())
                });
                if let Err(e) = kept {
                    tracing::warn!(error = %e, "the lease of a job was not renewed");
                }
            }
        });
        let done = work(db, clock, job);
        drop(end);
        done
    })
}
