//! Scorecards, panels and sheets on both databases: what is published or submitted stays, what is anonymous cannot
//! be traced, and no draft is lost.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;

use espalier::access::Role;
use espalier::accounts::store::{self as accounts, NewAccount};
use espalier::db::{Conn, Db};
use espalier::drafts;
use espalier::error::{Error, Result};
use espalier::judgement::model::card::{Card, Purpose};
use espalier::judgement::model::sheet::{Given, Rating, State};
use espalier::judgement::store::panels::{Kind, Seat, Sent, Sheet};
use espalier::judgement::store::{cards, panels};
use espalier::seeds;

use crate::both;
use crate::support::db::TestDb;
use crate::support::make::{actor, company, now};
use crate::support::web::somebody;

both! {
    every_database_starts_with_the_shipped_cards,
    a_card_is_written_published_and_then_never_changed,
    a_stale_change_of_a_card_is_refused,
    a_sheet_is_frozen_once_submitted_and_amended_with_its_old_version_kept,
    two_who_send_the_same_sheet_do_not_overwrite_one_another,
    a_closed_anonymous_panel_holds_no_author_no_order_and_no_time,
    an_anonymous_panel_says_nothing_before_it_is_closed_or_with_fewer_than_three,
    many_who_save_drafts_at_once_lose_none,
    a_card_is_written_and_published_in_the_browser,
}

fn write<T>(db: &TestDb, work: impl FnOnce(&mut Conn) -> Result<T>) -> T {
    db.db.write(work).unwrap()
}

fn key(result: Result<()>) -> &'static str {
    match result.unwrap_err() {
        Error::Conflict(m) => m.key,
        Error::Invalid(all) => all[0].key,
        other => panic!("{other}"),
    }
}

fn shipped(db: &TestDb, code: &str) -> (i64, Card) {
    write(db, cards::published).remove(code).unwrap()
}

/// The same level for every criterion, with a note.
fn all(card: &Card, level: i64) -> Vec<Rating> {
    let given: Vec<Given> = card
        .criteria
        .iter()
        .map(|c| Given {
            criterion: c.code.clone(),
            points_h: Some(level * 100),
            note: format!("note {level}"),
            ..Given::default()
        })
        .collect();
    card.ratings(&given).unwrap()
}

/// A panel with a seat for each of these people, all invited.
fn panel(db: &TestDb, card: &str, anonymous: bool, raters: &[&str]) -> (i64, Card) {
    let (version_id, card) = shipped(db, card);
    let id = write(db, |conn| {
        let kind = Kind {
            version_id,
            blind: true,
            anonymous,
            min_shown: if anonymous { 3 } else { 0 },
        };
        let id = panels::open(conn, kind, 1)?[0];
        let mut seats = Vec::new();
        for no in raters {
            seats.push(Seat {
                panel_id: id,
                rater_id: Some(accounts::staff_of(conn, no)?),
                role: "rater",
                state: State::Invited,
            });
        }
        panels::seat(conn, &seats)?;
        Ok(id)
    });
    (id, card)
}

fn sheets(db: &TestDb, panel: i64) -> Vec<Sheet> {
    write(db, |conn| panels::sheets(conn, &[panel]))
}

fn send(db: &TestDb, sheet: &Sheet, ratings: &[Rating], summary: &str) -> Result<()> {
    let sent = Sent {
        sheet_id: sheet.id,
        seen: sheet.row_version,
        rater_id: sheet.rater_id,
        ratings,
        summary,
        min_bp: 6_000,
    };
    db.db.write(|conn| panels::submit(conn, &sent, now()))
}

fn every_database_starts_with_the_shipped_cards(db: &TestDb) {
    let found = write(db, cards::published);
    let shipped = seeds::scorecards().unwrap();
    assert_eq!(found.len(), shipped.len());
    for card in shipped {
        assert_eq!(found[&card.code].1, card);
    }
    write(db, seeds::plant);
    assert_eq!(db.count("scorecard_version"), found.len());
}

fn a_card_is_written_published_and_then_never_changed(db: &TestDb) {
    let (_, competency) = shipped(db, "competency");
    let mut card = Card {
        code: "hotline".to_string(),
        purpose: Purpose::Quality,
        ..competency
    };
    card.criteria[0].weight_bp = 2_999;
    write(db, |conn| cards::create(conn, &card, &actor()));
    let refused = db
        .db
        .write(|conn| cards::publish(conn, "hotline", 1, &actor()));
    assert_eq!(key(refused), "card-weights-below");
    assert!(!write(db, cards::published).contains_key("hotline"));
    card.criteria[0].weight_bp = 3_000;
    write(db, |conn| cards::revise(conn, &card, 1, &actor()));
    write(db, |conn| cards::publish(conn, "hotline", 2, &actor()));
    let (id, published) = shipped(db, "hotline");
    assert_eq!(published, card);
    for statement in [
        format!("update criterion set weight_bp = 1 where version_id = {id}"),
        format!("delete from criterion where version_id = {id}"),
        "update criterion_level set anchor_en = 'x'".to_string(),
        format!("update scorecard_version set pass_h = 1 where id = {id}"),
    ] {
        let refusal = db.try_run(&statement).unwrap_err().to_string();
        assert!(refusal.contains("is published"), "{statement}: {refusal}");
    }
    // The next change begins a new version; what is published stays what is used.
    card.criteria[0].name_en = "Voice".to_string();
    write(db, |conn| cards::revise(conn, &card, 3, &actor()));
    let versions = write(db, |conn| cards::versions(conn, "hotline"));
    assert_eq!(
        versions
            .iter()
            .map(|v| (v.card.version_no, v.is_published()))
            .collect::<Vec<_>>(),
        [(2, false), (1, true)]
    );
    assert_eq!(shipped(db, "hotline"), (id, published));
}

fn a_stale_change_of_a_card_is_refused(db: &TestDb) {
    let (_, card) = shipped(db, "peer");
    write(db, |conn| cards::revise(conn, &card, 1, &actor()));
    let again = db.db.write(|conn| cards::revise(conn, &card, 1, &actor()));
    assert_eq!(key(again), "form-conflict");
    let publish = db
        .db
        .write(|conn| cards::publish(conn, "peer", 1, &actor()));
    assert_eq!(key(publish), "form-conflict");
}

fn a_sheet_is_frozen_once_submitted_and_amended_with_its_old_version_kept(db: &TestDb) {
    company(db);
    let (id, card) = panel(db, "competency", false, &["E1"]);
    let sheet = sheets(db, id).remove(0);
    send(db, &sheet, &all(&card, 3), "steady").unwrap();
    let sent = sheets(db, id).remove(0);
    assert_eq!((sent.state, sent.total_h), (State::Submitted, Some(5_000)));
    assert_eq!(key(send(db, &sent, &all(&card, 4), "")), "form-conflict");
    let change = Sent {
        sheet_id: sent.id,
        seen: sent.row_version,
        rater_id: sent.rater_id,
        ratings: &all(&card, 4),
        summary: "better",
        min_bp: 6_000,
    };
    let amend = |reason: &str| {
        db.db
            .write(|conn| panels::amend(conn, &change, reason, &actor()))
    };
    assert_eq!(key(amend("  ")), "sheet-no-reason");
    amend("a record was overlooked").unwrap();
    let now = sheets(db, id).remove(0);
    assert_eq!((now.revision_no, now.total_h), (2, Some(7_500)));
    let before = write(db, |conn| panels::amendments(conn, sent.id)).remove(0);
    assert_eq!(before.before.ratings, all(&card, 3));
    assert_eq!(before.before.summary, "steady");
    assert_eq!(before.reason, "a record was overlooked");
    let refusal = db.try_run("update sheet_amendment set reason = 'x'");
    assert!(refusal.unwrap_err().to_string().contains("append-only"));
}

fn two_who_send_the_same_sheet_do_not_overwrite_one_another(db: &TestDb) {
    company(db);
    let (id, card) = panel(db, "competency", false, &["E1"]);
    let seen = sheets(db, id).remove(0);
    send(db, &seen, &all(&card, 3), "first").unwrap();
    write(db, |conn| {
        panels::step(conn, seen.id, seen.row_version + 1, State::Draft)
    });
    assert_eq!(
        key(send(db, &seen, &all(&card, 5), "second")),
        "form-conflict"
    );
    assert_eq!(sheets(db, id)[0].summary, "first");
}

/// Sends the sheets of a panel in the order of the seats, the level being the place of the seat.
fn send_all(db: &TestDb, panel: i64, card: &Card, count: usize) {
    for (sheet, level) in sheets(db, panel).iter().zip(1..).take(count) {
        send(db, sheet, &all(card, level), &format!("words {level}")).unwrap();
    }
}

fn a_closed_anonymous_panel_holds_no_author_no_order_and_no_time(db: &TestDb) {
    company(db);
    let mut orders = BTreeSet::new();
    for _ in 0..12 {
        let (id, card) = panel(db, "peer", true, &["E1", "E2", "E3", "E9"]);
        let before: Vec<i64> = sheets(db, id).iter().map(|s| s.id).collect();
        send_all(db, id, &card, 3);
        let later = now() + chrono::TimeDelta::days(3);
        let closed = write(db, |conn| panels::close(conn, &[id], later));
        assert_eq!(closed, [(id, 3)]);
        let after = sheets(db, id);
        // The seat of who sent nothing is gone with the others.
        assert_eq!(after.len(), 3);
        for sheet in &after {
            assert_eq!(sheet.rater_id, None);
            assert!(!before.contains(&sheet.id));
            assert_eq!(sheet.submitted_at, Some(later));
            assert_eq!((sheet.row_version, sheet.revision_no), (1, 1));
        }
        assert_eq!(key(send(db, &after[0], &all(&card, 1), "")), "panel-closed");
        let again = write(db, |conn| panels::close(conn, &[id], later));
        assert_eq!(again, []);
        orders.insert(after.iter().map(|s| s.summary.clone()).collect::<Vec<_>>());
    }
    // Twelve times in one of six orders: by chance once in 360 million.
    assert!(orders.len() > 1, "{orders:?}");
}

fn an_anonymous_panel_says_nothing_before_it_is_closed_or_with_fewer_than_three(db: &TestDb) {
    company(db);
    let (id, card) = panel(db, "peer", true, &["E1", "E2", "E3", "E9"]);
    let outcomes = |id: i64| write(db, |conn| panels::outcomes(conn, &[id], &card, 6_000));
    send_all(db, id, &card, 3);
    assert!(outcomes(id).is_empty());
    assert!(write(db, |conn| panels::given(conn, &[id], "rater")).is_empty());
    let progress = write(db, |conn| panels::progress(conn, &[id]))[&id];
    assert_eq!((progress.submitted, progress.asked), (3, 4));
    write(db, |conn| panels::close(conn, &[id], now()));
    let shown = outcomes(id).remove(&id).unwrap();
    assert_eq!(shown.outcome.sheets, 3);
    assert_eq!(shown.outcome.criteria[0].whole(), Some(2));
    assert_eq!(shown.summaries, ["words 1", "words 2", "words 3"]);
    let (few, _) = panel(db, "peer", true, &["E1", "E2", "E3", "E9"]);
    send_all(db, few, &card, 2);
    write(db, |conn| panels::close(conn, &[few], now()));
    assert!(outcomes(few).is_empty());
}

fn many_who_save_drafts_at_once_lose_none(db: &TestDb) {
    const PEOPLE: i64 = 200;
    const TIMES: usize = 3;
    let people: Vec<i64> = write(db, |conn| {
        (0..PEOPLE)
            .map(|at| {
                let login = format!("m{at}");
                let new = NewAccount {
                    login: &login,
                    email: None,
                    password_hash: "x",
                    staff_id: None,
                    roles: &[(Role::Hr, None)],
                    must_change: false,
                };
                accounts::insert(conn, &new, "test", now())
            })
            .collect()
    });
    let own = Db::open(db.db.address().clone(), 8).unwrap();
    thread::scope(|scope| {
        for share in people.chunks(10) {
            let own = &own;
            scope.spawn(move || {
                for time in 0..TIMES {
                    for &account_id in share {
                        let key = drafts::Key {
                            account_id,
                            form: "review",
                            subject: "2026Q3/E1",
                        };
                        let text = format!("{account_id} {time}");
                        let typed = BTreeMap::from([("summary".to_string(), text)]);
                        own.write(|conn| drafts::save(conn, key, &typed, now()))
                            .unwrap();
                    }
                }
            });
        }
    });
    for account_id in people {
        let key = drafts::Key {
            account_id,
            form: "review",
            subject: "2026Q3/E1",
        };
        let draft = db.db.read(|conn| drafts::find(conn, key)).unwrap().unwrap();
        assert_eq!(
            draft.typed["summary"],
            format!("{account_id} {}", TIMES - 1)
        );
    }
}

fn a_card_is_written_and_published_in_the_browser(db: &TestDb) {
    let hr = somebody(db, &[Role::Hr], None);
    let mut fields = vec![
        ("code", "hotline"),
        ("purpose", "quality"),
        ("name_zh", "热线质检"),
        ("name_en", "Hotline"),
        ("method", "levels"),
        ("c0_code", "greeting"),
        ("c0_name_zh", "开场"),
        ("c0_name_en", "Greeting"),
        ("c0_weight", "60"),
        ("c0_levels", "1 | 没有 | none\n2 | 有 | says it"),
        ("c0_na", "on"),
    ];
    let broken = [&fields[..9], &[("c0_levels", "1 | 没有")]].concat();
    let page = hr.post("/scorecards/new", &broken).expect(422);
    assert!(page.has("Hotline") && page.has("href=\"#f-c0_levels\""));
    hr.post("/scorecards/new", &fields).expect(303);
    hr.post("/scorecards/new", &fields).expect(422);
    // 60 % is not the whole.
    let page = hr
        .post("/scorecards/hotline/publish", &[("row_version", "1")])
        .expect(422);
    assert!(page.has("60.00") && page.has("40.00"));
    fields.drain(..2);
    fields[6].1 = "100";
    fields.push(("row_version", "1"));
    hr.post("/scorecards/hotline/edit", &fields).expect(303);
    let page = hr.post("/scorecards/hotline/edit", &fields).expect(409);
    assert!(page.has("Somebody else changed this"));
    hr.post("/scorecards/hotline/publish", &[("row_version", "1")])
        .expect(409);
    hr.post("/scorecards/hotline/publish", &[("row_version", "2")])
        .expect(303);
    let card = shipped(db, "hotline").1;
    assert_eq!(card.criteria[0].levels.len(), 2);
    assert!(card.criteria[0].na_allowed && !card.criteria[0].critical);
    let auditor = somebody(db, &[Role::Auditor], None);
    assert!(
        auditor
            .get("/scorecards/hotline")
            .expect(200)
            .has("says it")
    );
    auditor.get("/scorecards/hotline/edit").expect(403);
}
