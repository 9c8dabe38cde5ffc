//! The application's pages: a list against the barest server there can be, pages of a large company against
//! those of a small one, the start, and memory.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use espalier::access::Role;
use espalier::accounts::model::ABSOLUTE;
use espalier::accounts::passwords;
use espalier::accounts::store::{self, NewAccount};
use espalier::calendar::Clock;
use espalier::db::{Address, Db};
use espalier::web::Site;
use espalier::web::site::Outside;

use crate::measure::{Bound, Run, Table, espalier as program};
use crate::store::{Server, Store};
use crate::{Args, Outcome, data};

/// At most twice the time of the bare server: half its requests a second.
const LIST: f64 = 2.0;

/// What a page of the large company may cost, of what it costs in the small one.
const GROWTH: f64 = 1.3;

/// Seconds from the start of a process to its first page.
const START: f64 = 0.15;

/// Resident memory, MB: idle, and under load with sign-ins.
const IDLE: f64 = 64.0;
const BUSY: f64 = 128.0;

const CONNECTIONS: usize = 16;
const SECONDS: Duration = Duration::from_secs(4);

/// Requests of a line of the table.
const REQUESTS: f64 = 10_000.0;

/// A company loaded into a database.
pub fn load(
    server: &Server,
    folder: &Path,
    name: &str,
    people: usize,
    records: usize,
) -> Outcome<Store> {
    let files = folder.join(name);
    std::fs::create_dir_all(&files)?;
    let made = data::company(&files, people, records, 1)?;
    let store = server.make(name, folder)?;
    let url = store.url();
    program(&["--database", &url, "migrate"], folder)?;
    let imports: [(&str, &PathBuf); 3] = [
        ("teams", &made.teams),
        ("staff", &made.staff),
        ("service-records", &made.service_records),
    ];
    for (kind, file) in imports {
        let file = file.display().to_string();
        program(&["--database", &url, "import", kind, &file], folder)?;
    }
    Ok(store)
}

/// A session of somebody who may see everything: the application's cookie, and the bare server's.
struct Session {
    cookie: String,
}

const LOGIN: &str = "speed";
const PASSWORD: &str = "correct horse battery staple";

fn sign_in(url: &str) -> Outcome<Session> {
    let db = Db::open(Address::parse(url)?, 2)?;
    let site = Site::new(db.clone(), Clock::System, Outside::default())?;
    let now = site.now();
    let secret = store::random_token();
    let hash = passwords::hash(PASSWORD)?;
    let account = db.write(|conn| {
        let new = NewAccount {
            login: LOGIN,
            email: None,
            password_hash: &hash,
            staff_id: None,
            roles: &[(Role::Hr, None)],
            must_change: false,
        };
        let account = store::insert(conn, &new, "speed", now)?;
        store::start_session(conn, account, &secret, "speed", now)?;
        Ok(account)
    })?;
    let token = site.tokens.sign(account, &secret, now, now + ABSOLUTE)?;
    Ok(Session {
        cookie: format!("espalier={token}; bare={secret}"),
    })
}

/// A server process, killed in the end.
struct Serving {
    child: Child,
    address: String,
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Nothing is left to do about a process that cannot be ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Serving {
    /// Starts a server and waits for its first answer; says how long that took.
    fn start(mut command: Command, path: &str, cookie: &str) -> Outcome<(Serving, Duration)> {
        let free = TcpListener::bind("127.0.0.1:0")?;
        let address = free.local_addr()?.to_string();
        drop(free);
        command
            .args(["--listen", &address])
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let start = Instant::now();
        let serving = Serving {
            child: command.spawn()?,
            address,
        };
        while start.elapsed() < Duration::from_secs(60) {
            if let Ok(mut client) = Client::new(&serving.address)
                && client.get(path, cookie).is_ok()
            {
                return Ok((serving, start.elapsed()));
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        Err("the server does not answer".into())
    }

    /// Resident memory, in KiB.
    fn memory(&self) -> Outcome<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status
            .lines()
            .find_map(|l| l.strip_prefix("VmRSS:"))
            .ok_or("no VmRSS")?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    }
}

fn ours(url: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_espalier"));
    command.args(["--database", url, "serve"]);
    command
}

fn bare(url: &str) -> Outcome<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["--bare", url]);
    Ok(command)
}

/// A connection that is kept.
struct Client {
    stream: BufReader<TcpStream>,
}

impl Client {
    fn new(address: &str) -> Outcome<Client> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Client {
            stream: BufReader::new(stream),
        })
    }

    /// The size of a page.
    fn get(&mut self, path: &str, cookie: &str) -> Outcome<usize> {
        let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n");
        self.stream.get_mut().write_all(head.as_bytes())?;
        match self.answer()? {
            (200, size) => Ok(size),
            (status, _) => Err(format!("{path}: {status}").into()),
        }
    }

    fn sign_in(&mut self) -> Outcome<()> {
        let body = format!(
            "login={LOGIN}&password={}&next=/",
            PASSWORD.replace(' ', "+")
        );
        let head = format!(
            "POST /sign-in HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.stream.get_mut().write_all(head.as_bytes())?;
        match self.answer()? {
            (303, _) => Ok(()),
            (status, _) => Err(format!("sign-in: {status}").into()),
        }
    }

    fn answer(&mut self) -> Outcome<(u16, usize)> {
        let (mut status, mut length, mut line) = (0, 0, String::new());
        loop {
            line.clear();
            if self.stream.read_line(&mut line)? == 0 {
                return Err("the connection was closed".into());
            }
            let text = line.trim_end().to_ascii_lowercase();
            if let Some(rest) = text.strip_prefix("http/1.1 ") {
                status = rest.get(..3).unwrap_or_default().parse()?;
            } else if let Some(rest) = text.strip_prefix("content-length: ") {
                length = rest.parse()?;
            } else if text.is_empty() {
                break;
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        Ok((status, length))
    }
}

/// Asks for a page over and over; the time of [`REQUESTS`].
fn asked(address: &str, path: &str, cookie: &str, connections: usize) -> Outcome<Run> {
    let done = AtomicUsize::new(0);
    let start = Instant::now();
    let failed: Vec<String> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..connections)
            .map(|_| {
                scope.spawn(|| -> Result<(), String> {
                    let mut client = Client::new(address).map_err(|e| e.to_string())?;
                    while start.elapsed() < SECONDS {
                        client.get(path, cookie).map_err(|e| e.to_string())?;
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                    Ok(())
                })
            })
            .collect();
        clients
            .into_iter()
            .filter_map(|client| match client.join() {
                Ok(Ok(())) => None,
                Ok(Err(e)) => Some(e),
                Err(_) => Some("a client panicked".to_string()),
            })
            .collect()
    });
    if let Some(first) = failed.first() {
        return Err(first.clone().into());
    }
    let each = start.elapsed().as_secs_f64() / done.load(Ordering::Relaxed) as f64;
    Ok(Run {
        wall: Duration::from_secs_f64(each * REQUESTS),
        cpu: Duration::ZERO,
        memory: None,
    })
}

fn ratio(most: f64) -> Bound {
    Bound {
        ratio: Some(most),
        memory: None,
    }
}

/// The list of people against the bare server, the start, and memory.
pub fn list(args: &Args, server: &Server, folder: &Path, table: &mut Table) -> Outcome<()> {
    let store = load(server, folder, "list", 1_000, 10_000)?;
    let url = store.url();
    let session = sign_in(&url)?;
    let (mut our_runs, mut bare_runs, mut starts) = (Vec::new(), Vec::new(), Vec::new());
    let (mut idle, mut busy) = (0, 0);
    for _ in 0..args.rounds {
        {
            let (bare, _) = Serving::start(bare(&url)?, "/people", &session.cookie)?;
            asked(&bare.address, "/people", &session.cookie, 2)?;
            bare_runs.push(asked(
                &bare.address,
                "/people",
                &session.cookie,
                CONNECTIONS,
            )?);
        }
        let (ours, start) = Serving::start(ours(&url), "/sign-in", "")?;
        starts.push(Run {
            wall: start,
            cpu: Duration::ZERO,
            memory: None,
        });
        idle = idle.max(ours.memory()?);
        asked(&ours.address, "/people", &session.cookie, 2)?;
        our_runs.push(asked(
            &ours.address,
            "/people",
            &session.cookie,
            CONNECTIONS,
        )?);
        // Memory with people signing in beside the readers.
        std::thread::scope(|scope| -> Outcome<()> {
            let signing = scope.spawn(|| -> Result<(), String> {
                let mut client = Client::new(&ours.address).map_err(|e| e.to_string())?;
                for _ in 0..40 {
                    client.sign_in().map_err(|e| e.to_string())?;
                }
                Ok(())
            });
            asked(&ours.address, "/people", &session.cookie, CONNECTIONS)?;
            signing.join().map_err(|_| "a client panicked")??;
            Ok(())
        })?;
        busy = busy.max(ours.memory()?);
    }
    let name = server.name();
    let what = format!("{name} list of people, 16 connections, 10,000 times");
    table.line(&what, &our_runs, &bare_runs, ratio(LIST));
    let one_second = [Run {
        wall: Duration::from_secs(1),
        cpu: Duration::ZERO,
        memory: None,
    }];
    table.line(
        &format!("{name} start to first page, of a second"),
        &starts,
        &one_second,
        ratio(START),
    );
    for (what, kib, most) in [("idle", idle, IDLE), ("busy", busy, BUSY)] {
        let run = Run {
            wall: Duration::ZERO,
            cpu: Duration::ZERO,
            memory: Some(kib),
        };
        let bound = Bound {
            ratio: None,
            memory: Some(most),
        };
        table.line(
            &format!("{name} resident memory, {what}"),
            &[run],
            &[],
            bound,
        );
    }
    store.drop()
}

/// The same pages of a large company and of a small one.
pub fn growth(args: &Args, server: &Server, folder: &Path, table: &mut Table) -> Outcome<()> {
    let many = args.people as usize;
    let small = load(server, folder, "small", 1_000, 100_000)?;
    let large = load(server, folder, "large", many, args.records as usize)?;
    let pages = [
        "/people",
        "/people/E1001",
        "/people/E1001/measures",
        "/teams/SC",
    ];
    let mut runs = vec![(Vec::new(), Vec::new()); pages.len()];
    let (at_small, at_large) = (sign_in(&small.url())?, sign_in(&large.url())?);
    let (small_server, _) = Serving::start(ours(&small.url()), "/sign-in", "")?;
    let (large_server, _) = Serving::start(ours(&large.url()), "/sign-in", "")?;
    for _ in 0..args.rounds {
        for (page, (ours, limit)) in pages.iter().zip(&mut runs) {
            ours.push(asked(&large_server.address, page, &at_large.cookie, 1)?);
            limit.push(asked(&small_server.address, page, &at_small.cookie, 1)?);
        }
    }
    for (page, (ours, limit)) in pages.iter().zip(&runs) {
        let what = format!("{} {page}, {many} people against 1,000", server.name());
        table.line(&what, ours, limit, ratio(GROWTH));
    }
    drop((small_server, large_server));
    small.drop()?;
    large.drop()
}

/// Candidates of the small recruitment and of the large one.
const FEW: usize = 1_000;
const MANY: usize = 100_000;

/// Applications for one opening.
const EACH: usize = 500;

/// A recruitment of so many candidates, half of them rejected.
fn recruitment(server: &Server, folder: &Path, name: &str, candidates: usize) -> Outcome<Store> {
    let store = load(server, folder, name, 60, 1_000)?;
    let openings = candidates / EACH;
    let no = match server {
        Server::Sqlite => "0",
        Server::Postgres(_) => "false",
    };
    let mut sql = String::from("begin;\n");
    for opening in 1..=openings {
        sql.push_str(&format!(
            "insert into opening (code, team_id, job_role_id, head_count, state, title_zh, title_en, body_zh, body_en, \
             reason, pass_rule_json, knock_outs_json, requested_by, requested_at) select 'S-{opening:04}', \
             (select min(id) from team), (select min(id) from job_role), 1, 'published', '客服', 'Agent', '', '', '', \
             '{{}}', '[]', 'speed', '2026-01-01 00:00:00';\n"
        ));
        for (position, kind) in ["screening", "interview"].iter().enumerate() {
            sql.push_str(&format!(
                "insert into opening_stage (opening_id, position, kind, name_zh, name_en, blind, raters, kit_json) \
                 select id, {}, '{kind}', '{kind}', '{kind}', {no}, 2, '[]' from opening where code = 'S-{opening:04}';\n",
                position + 1
            ));
        }
    }
    sql.push_str("commit;\n");
    store.sql(&sql)?;
    let csv = folder.join(format!("{name}-candidates.csv"));
    let mut out = std::io::BufWriter::new(std::fs::File::create(&csv)?);
    writeln!(
        out,
        "id,name,email,phone,opening,source,applied_on,stage,state,reason"
    )?;
    let surnames = ["王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴"];
    for i in 0..candidates {
        let surname = surnames[i % surnames.len()];
        let opening = 1 + i / EACH;
        let end = if i % 2 == 0 {
            "rejected,others"
        } else {
            "active,"
        };
        let (day, stage) = (1 + i % 28, 1 + i % 2);
        writeln!(
            out,
            "s{i},{surname}候选{i},c{i}@example.com,138{i:08},S-{opening:04},careers,2026-01-{day:02},{stage},{end}"
        )?;
    }
    out.flush()?;
    drop(out);
    let csv = csv.display().to_string();
    program(
        &["--database", &store.url(), "import", "candidates", &csv],
        folder,
    )?;
    Ok(store)
}

/// The pages of many candidates and of few.
pub fn candidates(args: &Args, server: &Server, folder: &Path, table: &mut Table) -> Outcome<()> {
    let small = recruitment(server, folder, "few", FEW)?;
    let large = recruitment(server, folder, "many", MANY)?;
    let pages = [
        "/candidates",
        "/candidates?sort=newest",
        "/candidates?state=active&stage=interview",
        "/candidates?opening=S-0002",
        "/candidates?q=C-00500",
        "/candidates/C-00500",
        "/openings/S-0001/board",
    ];
    let mut runs = vec![(Vec::new(), Vec::new()); pages.len()];
    let (at_small, at_large) = (sign_in(&small.url())?, sign_in(&large.url())?);
    let (small_server, _) = Serving::start(ours(&small.url()), "/sign-in", "")?;
    let (large_server, _) = Serving::start(ours(&large.url()), "/sign-in", "")?;
    for _ in 0..args.rounds {
        for (page, (ours, limit)) in pages.iter().zip(&mut runs) {
            ours.push(asked(&large_server.address, page, &at_large.cookie, 1)?);
            limit.push(asked(&small_server.address, page, &at_small.cookie, 1)?);
        }
    }
    for (page, (ours, limit)) in pages.iter().zip(&runs) {
        let what = format!("{} {page}, {MANY} candidates against {FEW}", server.name());
        table.line(&what, ours, limit, ratio(GROWTH));
    }
    drop((small_server, large_server));
    small.drop()?;
    large.drop()
}
