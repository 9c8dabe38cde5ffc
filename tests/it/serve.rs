//! The server as a process: killed in the middle of its work, stopped, doubled, started in the wrong place.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

use chrono::DateTime;
use espalier::access::Role;

use crate::both;
use crate::support::db::TestDb;
use crate::support::http::{Serving, ask};
use crate::support::program::{EPOCH, espalier, run};
use crate::support::web::{Browser, site_at};

both! {
    killed_under_load_a_server_loses_nothing_it_acknowledged,
    a_server_that_is_asked_to_end_finishes_what_it_began,
    two_servers_on_one_database_are_as_one,
    plain_http_is_not_served_beyond_this_machine,
}

fn serve(db: &TestDb) -> Serving {
    let mut command = espalier(db);
    command.arg("serve");
    Serving::start(command)
}

/// Somebody signed in, at the time the processes' clock shows.
fn administrator(db: &TestDb) -> Browser {
    let at = DateTime::from_timestamp(EPOCH.parse().unwrap(), 0).unwrap();
    Browser::new(site_at(db, at.naive_utc())).signed_in(db, &[Role::Administrator], None)
}

/// Clients that change something over and over: each its own account, one version after the other.
const CLIENTS: usize = 4;

fn kills() -> u32 {
    let wanted = std::env::var("ESPALIER_KILLS").ok();
    wanted.map_or(10, |n| n.parse().unwrap())
}

fn killed_under_load_a_server_loses_nothing_it_acknowledged(db: &TestDb) {
    let admin = administrator(db);
    for client in 0..CLIENTS {
        let login = format!("client{client}");
        admin
            .post("/accounts/new", &[("login", &login)])
            .expect(200);
    }
    let stored = |client: usize| -> i32 {
        let sql = format!(
            "select cast(row_version as text) as line from account where login = 'client{client}'"
        );
        db.line(&sql).parse().unwrap()
    };
    for round in 0..kills() {
        let server = serve(db);
        let over = Arc::new(AtomicBool::new(false));
        // A kill before anybody was answered would prove nothing, however slow the machine is.
        let answered = Arc::new([const { AtomicBool::new(false) }; CLIENTS]);
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                let (over, address) = (Arc::clone(&over), server.address.clone());
                let answered = Arc::clone(&answered);
                let (cookie, csrf) = (admin.cookie(), admin.csrf());
                // What a database server was still doing when its client was killed is done by now.
                let mut version = stored(client);
                spawn(move || {
                    while !over.load(Ordering::Relaxed) {
                        let once = espalier::accounts::store::random_token();
                        let role = ["role_hr", "role_trainer"][version as usize % 2];
                        let body =
                            format!("csrf={csrf}&once={once}&row_version={version}&{role}=on");
                        let path = format!("/accounts/client{client}/roles");
                        match ask(&address, "POST", &path, &[("Cookie", &cookie)], &body) {
                            Some(answer) if answer.status == 303 => {
                                version += 1;
                                answered[client].store(true, Ordering::Relaxed);
                            }
                            Some(answer) => panic!("{} {}", answer.status, answer.body),
                            None => break,
                        }
                    }
                    version
                })
            })
            .collect();
        let began = Instant::now();
        while !answered.iter().all(|one| one.load(Ordering::Relaxed)) {
            assert!(began.elapsed() < Duration::from_secs(60), "nobody answers");
            sleep(Duration::from_millis(5));
        }
        sleep(Duration::from_millis(u64::from(round) * 37 % 250));
        server.kill();
        over.store(true, Ordering::Relaxed);
        for (client, thread) in clients.into_iter().enumerate() {
            let told = thread.join().unwrap();
            let stored = stored(client);
            // The last one may have been done without the answer reaching anybody.
            assert!(
                (told..=told + 1).contains(&stored),
                "client {client} was told {told}, stored is {stored}"
            );
        }
    }
    run(db, &["audit", "verify"]).fine();
}

fn a_server_that_is_asked_to_end_finishes_what_it_began(db: &TestDb) {
    let server = serve(db);
    let address = server.address.clone();
    // A sign-in takes a hash: long enough to be under way.
    let client = spawn(move || ask(&address, "POST", "/sign-in", &[], "login=x1&password=y"));
    sleep(Duration::from_millis(15));
    let start = Instant::now();
    let (status, printed) = server.stop();
    assert!(status.success(), "{status}");
    assert!(start.elapsed() < Duration::from_secs(60));
    assert!(printed.contains("127.0.0.1"), "{printed}");
    if let Some(answer) = client.join().unwrap() {
        assert_eq!(answer.status, 422, "{}", answer.body);
    }
}

fn two_servers_on_one_database_are_as_one(db: &TestDb) {
    let admin = administrator(db);
    let (one, other) = (serve(db), serve(db));
    let cookie = admin.cookie();
    let get = |address: &str, path: &str| {
        let answer = ask(address, "GET", path, &[("Cookie", &cookie)], "").unwrap();
        answer.status
    };
    assert_eq!(get(&one.address, "/accounts"), 200);
    assert_eq!(get(&other.address, "/accounts"), 200);
    // Wrong passwords count together.
    for try_no in 0..10 {
        let address = [&one.address, &other.address][try_no % 2];
        let answer = ask(address, "POST", "/sign-in", &[], "login=kim&password=wrong").unwrap();
        assert_eq!(answer.status, 422);
    }
    for address in [&one.address, &other.address] {
        let answer = ask(address, "POST", "/sign-in", &[], "login=kim&password=wrong").unwrap();
        assert_eq!(answer.status, 429);
    }
    // Signed out at one is signed out at the other.
    let body = format!(
        "csrf={}&once={}",
        admin.csrf(),
        espalier::accounts::store::random_token()
    );
    let out = ask(
        &one.address,
        "POST",
        "/sign-out",
        &[("Cookie", &cookie)],
        &body,
    )
    .unwrap();
    assert_eq!(out.status, 303);
    assert_eq!(get(&other.address, "/accounts"), 303);
}

fn plain_http_is_not_served_beyond_this_machine(db: &TestDb) {
    let said = run(db, &["serve", "--listen", "0.0.0.0:0"]).refused();
    assert!(said.contains("public_url"), "{said}");
}
