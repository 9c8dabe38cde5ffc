//! What is due, as it reaches people who are not at the application: by mail and in their calendar.

use chrono::{Duration, NaiveDateTime};
use espalier::accounts::mail::Mailer;
use espalier::accounts::store::{self, NewAccount};
use espalier::calendar::Clock;
use espalier::config::{Mail, Security};
use espalier::error::Message;

use crate::both;
use crate::support::db::TestDb;
use crate::support::make::{TEMPLATE, company, now};
use crate::support::program::{create_cycle, force_to};
use crate::support::sink::Sink;
use crate::support::web::{somebody, visitor};

both! {
    a_message_is_mailed_once_however_many_look,
    a_mail_server_that_is_away_costs_no_message,
    letters_go_to_those_who_can_be_reached_and_are_not_too_old,
    a_name_cannot_add_a_line_to_the_head_of_a_letter,
    a_calendar_is_read_by_its_address_until_that_is_taken_back,
}

fn mailer(port: u16) -> Mailer {
    let mail = Mail {
        server: "127.0.0.1".into(),
        port: Some(port),
        security: Security::None,
        user: None,
        from: "Espalier <hr@example.com>".into(),
    };
    Mailer::new(&mail, None, Some("https://hr.example.com/")).unwrap()
}

fn account(db: &TestDb, login: &str, email: Option<&str>) -> i64 {
    let new = NewAccount {
        login,
        email,
        password_hash: "-",
        staff_id: None,
        roles: &[],
        must_change: false,
    };
    db.db
        .write(|conn| {
            let id = store::insert(conn, &new, "test", now())?;
            store::set_locale(conn, id, "en")?;
            Ok(id)
        })
        .unwrap()
}

fn tell(db: &TestDb, account: i64, at: NaiveDateTime) {
    let what = Message::new("due-goals-agree").with("cycle", "2026Q3");
    db.db
        .write(|conn| store::tell(conn, account, &what, "/cycles/2026Q3", at))
        .unwrap();
}

fn a_message_is_mailed_once_however_many_look(db: &TestDb) {
    let sink = Sink::start();
    let mailer = mailer(sink.port);
    let kim = account(db, "kim", Some("kim@example.com"));
    tell(db, kim, now());
    let clock = Clock::Fixed(now());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| mailer.send_due(&db.db, &clock).unwrap());
        }
    });
    let letters = sink.letters();
    assert_eq!(letters.len(), 1, "{letters:?}");
    assert!(letters[0].contains("To: kim@example.com"));
    assert!(letters[0].contains("https://hr.example.com/cycles/2026Q3"));
    let later = Clock::Fixed(now() + Duration::hours(1));
    assert_eq!(mailer.send_due(&db.db, &later).unwrap(), 0);
}

fn a_mail_server_that_is_away_costs_no_message(db: &TestDb) {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let away = mailer(free.local_addr().unwrap().port());
    drop(free);
    let kim = account(db, "kim", Some("kim@example.com"));
    tell(db, kim, now());
    assert_eq!(away.send_due(&db.db, &Clock::Fixed(now())).unwrap(), 0);
    let inbox = db
        .db
        .read(|conn| store::inbox(conn, kim, None, 10))
        .unwrap();
    assert_eq!(inbox.len(), 1);
    let sink = Sink::start();
    let back = mailer(sink.port);
    // Not before the pause is over.
    assert_eq!(back.send_due(&db.db, &Clock::Fixed(now())).unwrap(), 0);
    let later = Clock::Fixed(now() + Duration::minutes(10));
    assert_eq!(back.send_due(&db.db, &later).unwrap(), 1);
    assert_eq!(sink.letters().len(), 1);
}

fn letters_go_to_those_who_can_be_reached_and_are_not_too_old(db: &TestDb) {
    let sink = Sink::start();
    let mailer = mailer(sink.port);
    let closed = account(db, "closed", Some("closed@example.com"));
    db.db
        .write(|conn| store::set_disabled(conn, closed, true, now()))
        .unwrap();
    tell(db, closed, now());
    tell(db, account(db, "silent", None), now());
    let old = account(db, "old", Some("old@example.com"));
    tell(db, old, now() - Duration::days(2));
    assert_eq!(mailer.send_due(&db.db, &Clock::Fixed(now())).unwrap(), 0);
    assert!(sink.letters().is_empty());
}

fn a_name_cannot_add_a_line_to_the_head_of_a_letter(db: &TestDb) {
    let sink = Sink::start();
    let mailer = mailer(sink.port);
    let kim = account(db, "kim", Some("kim@example.com"));
    let what = Message::new("due-goals-agree").with("cycle", "Q\r\nBcc: all@example.com\r\n\r\nx");
    db.db
        .write(|conn| store::tell(conn, kim, &what, "/", now()))
        .unwrap();
    assert_eq!(mailer.send_due(&db.db, &Clock::Fixed(now())).unwrap(), 1);
    let letter = &sink.letters()[0];
    let (head, _) = letter.split_once("\n\n").unwrap();
    assert!(!head.lines().any(|line| line.starts_with("Bcc")), "{head}");
}

fn a_calendar_is_read_by_its_address_until_that_is_taken_back(db: &TestDb) {
    company(db);
    create_cycle(db, "2026Q3", TEMPLATE);
    force_to(db, "2026Q3", "goal_setting");
    let kim = somebody(db, &[], Some("E1"));
    kim.get("/me/calendar").expect(200);
    let page = kim.post("/me/calendar", &[]).expect(200).text();
    let at = page.find("/calendars/").unwrap();
    let address = page[at..].split(['<', '"']).next().unwrap().to_string();
    let read = visitor(db).get(&address).expect(200);
    assert!(read.has("BEGIN:VCALENDAR"), "{}", read.text());
    assert!(!kim.get("/me/calendar").expect(200).has(&address));
    // A new address ends the old one.
    let page = kim.post("/me/calendar", &[]).expect(200).text();
    visitor(db).get(&address).expect(404);
    let at = page.find("/calendars/").unwrap();
    let address = page[at..].split(['<', '"']).next().unwrap().to_string();
    visitor(db).get(&address).expect(200);
    kim.post("/me/calendar/end", &[]).expect(303);
    visitor(db).get(&address).expect(404);
    visitor(db).get("/calendars/.ics").expect(404);
}
