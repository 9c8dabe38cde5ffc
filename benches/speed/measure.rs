//! Running commands and comparing what they took.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Outcome;

/// What one run took.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    pub wall: Duration,
    /// User and system time of the process; a database server's is not in it.
    pub cpu: Duration,
    /// Largest resident set, in KiB; none where it was not asked.
    pub memory: Option<u64>,
}

/// Runs a program to its end, under GNU time, which tells of the finished process alone.
///
/// # Errors
/// When it does not end with status 0; its own words are in the error.
pub fn run(program: &Path, args: &[&str], scratch: &Path) -> Outcome<Run> {
    let report = scratch.join("time.txt");
    let start = Instant::now();
    let output = Command::new("/usr/bin/time")
        .args(["-f", "%U %S %M", "-o"])
        .arg(&report)
        .arg(program)
        .args(args)
        .stdin(Stdio::null())
        .output()
        .map_err(|e| format!("/usr/bin/time (Debian: apt-get install time): {e}"))?;
    let wall = start.elapsed();
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{} {}: {said}", program.display(), args.join(" ")).into());
    }
    let report = std::fs::read_to_string(report)?;
    let mut numbers = report.split_whitespace();
    let mut next = || numbers.next().ok_or("GNU time said too little");
    let user: f64 = next()?.parse()?;
    let system: f64 = next()?.parse()?;
    Ok(Run {
        wall,
        cpu: Duration::from_secs_f64(user + system),
        memory: Some(next()?.parse()?),
    })
}

/// Runs `espalier` with the arguments.
pub fn espalier(args: &[&str], scratch: &Path) -> Outcome<Run> {
    run(Path::new(env!("CARGO_BIN_EXE_espalier")), args, scratch)
}

/// Writes what is still in the system's buffers, so that it does not fall on the next run.
pub fn settle() -> Outcome<()> {
    Command::new("sync").status()?;
    Ok(())
}

/// The bounds of a promise.
#[derive(Clone, Copy, Default)]
pub struct Bound {
    /// Ours over the limit, at most; none: reported only.
    pub ratio: Option<f64>,
    /// MB (of 1,000,000 bytes), at most; none: reported only.
    pub memory: Option<f64>,
}

/// The table of what was measured, printed as it grows.
pub struct Table {
    kept: bool,
}

impl Table {
    /// Prints the head.
    pub fn start() -> Self {
        println!("seconds are medians: wall (processor)");
        println!();
        println!(
            "{:<52} | {:>14} | {:>14} | {:>5} | {:>5} | {:>9} | {:>6} |",
            "what", "ours", "limit", "ratio", "bound", "memory MB", "bound"
        );
        Table { kept: true }
    }

    /// Adds a line: the medians of both sides and whether the bounds hold.
    pub fn line(&mut self, what: &str, ours: &[Run], limit: &[Run], bound: Bound) {
        let wall = |runs: &[Run]| median(runs.iter().map(|r| r.wall.as_secs_f64()));
        let cpu = |runs: &[Run]| median(runs.iter().map(|r| r.cpu.as_secs_f64()));
        let (our_wall, limit_wall) = (wall(ours), wall(limit));
        let ratio = our_wall / limit_wall;
        let memory = ours
            .iter()
            .filter_map(|r| r.memory)
            .max()
            .map(|kib| kib as f64 * 1_024.0 / 1_000_000.0);
        let slow = bound.ratio.is_some_and(|b| limit.is_empty() || ratio > b);
        let large = bound.memory.is_some_and(|b| memory.is_none_or(|m| m > b));
        self.kept &= !slow && !large;
        let or_dash = |number: Option<String>| number.unwrap_or_else(|| "-".to_string());
        let side = |runs: &[Run]| {
            or_dash((!runs.is_empty()).then(|| format!("{:.2} ({:.2})", wall(runs), cpu(runs))))
        };
        println!(
            "{what:<52} | {:>14} | {:>14} | {:>5} | {:>5} | {:>9} | {:>6} |{}",
            side(ours),
            side(limit),
            or_dash((!limit.is_empty()).then(|| format!("{ratio:.2}"))),
            or_dash(bound.ratio.map(|b| format!("{b:.2}"))),
            or_dash(memory.map(|m| format!("{m:.0}"))),
            or_dash(bound.memory.map(|b| format!("{b:.0}"))),
            if slow || large { " BROKEN" } else { "" }
        );
    }

    /// Prints the verdict.
    pub fn end(&self) {
        println!();
        println!(
            "{}",
            if self.kept {
                "every promise is kept"
            } else {
                "a promise is broken"
            }
        );
    }

    /// Whether every promise was kept so far.
    pub fn kept(&self) -> bool {
        self.kept
    }
}

/// The median, the lower of the middle two for an even number; not a number for none.
fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len().saturating_sub(1) / 2;
    values.get(middle).copied().unwrap_or(f64::NAN)
}
