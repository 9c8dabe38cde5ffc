//! What applicants see and send without an account: only what is published, forms that lose nothing, files that are
//! what they say, a private link that is the only way back.

use std::io::{Cursor, Write};

use actix_web::http::Method;
use actix_web::web::Data;
use chrono::Duration;
use espalier::accounts::mail::Mailer;
use espalier::calendar::Clock;
use espalier::config::{Mail, Security};
use espalier::web::Site;
use espalier::web::site::Outside;
use zip::write::SimpleFileOptions;

use espalier::access::Role;

use crate::both;
use crate::support::db::{TestDb, open};
use crate::support::html;
use crate::support::make::{self, now};
use crate::support::recruit::{PDF, apply, apply_with, multipart, published, send, typed};
use crate::support::sink::Sink;
use crate::support::web::{Browser, Page, site_at, somebody, visitor};

both! {
    only_what_is_published_and_within_its_days_is_there,
    an_application_arrives_with_its_papers_answers_groups_and_consents,
    a_form_that_is_wrong_loses_nothing,
    a_file_that_is_refused_costs_nothing_else,
    files_that_were_fine_are_kept_for_the_form_they_came_with,
    a_form_sent_twice_is_one_application,
    whoever_has_applied_before_is_told_and_gets_no_other_link,
    what_an_applicant_types_is_never_a_part_of_a_page,
    too_many_forms_are_refused_for_a_while,
    a_program_that_fills_in_every_field_is_refused,
    no_form_comes_from_elsewhere,
    a_private_link_opens_one_application_until_it_ends,
    an_application_is_withdrawn_once_and_only_when_meant,
    the_pool_of_talents_is_left,
    what_a_check_found_is_answered_once_by_its_applicant,
    an_offer_is_answered_once_and_in_time,
    whoever_asks_is_erased_and_whoever_is_hired_is_not,
    a_letter_with_the_link_goes_out_and_is_forgotten,
    texts_of_consent_are_versions_and_what_was_agreed_to_stays,
    an_opening_that_was_shut_meanwhile_takes_nobody,
}

fn one(db: &TestDb, what: &str) -> String {
    db.line(&format!("select {what} as line from application"))
}

fn only_what_is_published_and_within_its_days_is_there(db: &TestDb) {
    make::company(db);
    let empty = visitor(db).get("/careers").expect(200);
    assert!(empty.has("Nothing is open"));
    let code = published(
        db,
        &[("opens_on", "2026-10-05"), ("closes_on", "2026-10-06")],
    );
    let later = published(db, &[("opens_on", "2026-10-06"), ("title_en", "Later")]);
    let draft =
        crate::support::recruit::draft(&somebody(db, &[Role::Hr], None), &[("title_en", "Hidden")]);
    let list = visitor(db).get("/careers").expect(200);
    assert!(list.has("Service agent") && !list.has("Later") && !list.has("Hidden"));
    assert!(
        visitor(db)
            .chinese()
            .get("/careers")
            .expect(200)
            .has("客服专员")
    );
    let page = visitor(db).get(&format!("/careers/{code}")).expect(200);
    for expected in [
        "You answer our customers.",
        "Communication",
        "30 %",
        "Can you work in shifts",
        "Needed: Yes",
        "Version 1",
        "at least 60 of 100",
    ] {
        assert!(page.has(expected), "{expected}");
    }
    // Nobody outside reads why somebody is needed, who asked, or what is hidden from raters.
    for inside in ["Two colleagues move on", "E9", "blind", "Tell us of a time"] {
        assert!(!page.has(inside), "{inside}");
    }
    assert!(
        !page.has(" checked"),
        "a box is ticked before anybody ticked it"
    );
    html::parse(&page.text()).unwrap();
    for hidden in [&draft, &later, &"O-9999".to_string(), &"mine".to_string()] {
        visitor(db).get(&format!("/careers/{hidden}")).expect(404);
        send(&visitor(db), hidden, &typed(&[]), &[]).expect(404);
    }
    let after = Browser::new(site_at(db, now() + Duration::days(2)));
    after.get(&format!("/careers/{code}")).expect(404);
    send(&after, &code, &typed(&[]), &[]).expect(404);
    assert_eq!(db.count("application"), 0);
}

fn an_application_arrives_with_its_papers_answers_groups_and_consents(db: &TestDb) {
    make::company(db);
    let code = published(db, &[]);
    let name = "欧".repeat(60);
    let fields = [
        ("name", name.as_str()),
        ("phone", "+86 138 0013 8000"),
        ("q2", "no"),
        ("gender", "female"),
        ("age_band", "25_to_34"),
        ("pool", "on"),
    ];
    let files = [
        ("cv", "简历.pdf", PDF),
        ("more", "note.txt", "你好".as_bytes()),
    ];
    let page = send(&visitor(db), &code, &typed(&fields), &files).expect(303);
    let link = page.location().to_string();
    assert!(link.starts_with("/careers/mine/") && link.ends_with("?said=careers-applied"));
    let page = visitor(db).get(&link).expect(200);
    for expected in [
        "has arrived",
        "We are reading",
        "简历.pdf",
        "note.txt",
        "Talent pool",
    ] {
        assert!(page.has(expected), "{expected}: {}", page.text());
    }
    assert_eq!(page.headers.get("referrer-policy").unwrap(), "no-referrer");
    html::parse(&page.text()).unwrap();
    assert_eq!(
        db.line("select name || ' ' || email || ' ' || locale || ' ' || pool_until as line from candidate"),
        format!("{name} Gu.Li@example.com en 2028-10-05")
    );
    let answers = db.lines("select answer as line from application_answer where failed = false");
    assert_eq!(answers, ["yes"]);
    assert_eq!(one(db, "state || ' ' || source"), "active careers");
    assert_eq!(db.count("application_group"), 2);
    assert_eq!(db.count("consent"), 2);
    assert_eq!(db.count("attachment"), 2);
    let kept = "select name || ' ' || media_type as line from stored_file where expires_at is null order by id";
    assert_eq!(
        db.lines(kept),
        [
            "简历.pdf application/pdf",
            "note.txt text/plain; charset=utf-8"
        ]
    );
    // The secret is nowhere in the database, and the trail knows codes alone.
    let token = link
        .split('/')
        .nth(3)
        .unwrap()
        .split('?')
        .next()
        .unwrap()
        .to_string();
    assert_eq!(token.len(), 64);
    for (table, rows) in db.state() {
        assert!(!rows.concat().contains(&token), "{table}");
    }
    let trail = db
        .lines("select detail_json as line from audit_event where action = 'application.receive'");
    assert_eq!(trail.len(), 1);
    assert!(
        !trail[0].contains("欧") && !trail[0].contains("example.com"),
        "{trail:?}"
    );
}

fn a_form_that_is_wrong_loses_nothing(db: &TestDb) {
    make::company(db);
    let code = published(db, &[]);
    let empty = send(&visitor(db), &code, &[], &[]).expect(422);
    for field in ["name", "email", "q1", "q2", "source", "consent"] {
        assert!(empty.has(&format!("#f-{field}\"")), "{field}");
    }
    let long = "长".repeat(121);
    for (field, value) in [
        ("name", long.as_str()),
        ("name", "a\u{0}b"),
        ("email", "nobody"),
        ("email", "a b@c"),
        ("email", "a@b.c\r\nBcc: x@y.z"),
        ("phone", &long),
        ("q1", "perhaps"),
        ("q2", ""),
        ("source", "agency"),
        ("gender", "martian"),
        ("consent", ""),
    ] {
        let own = format!("{field}{}@example.com", value.len());
        let fields = typed(&[("email", &own), ("phone", "010 1234 5678"), (field, value)]);
        let page = send(&visitor(db), &code, &fields, &[]).expect(422);
        assert!(page.has(&format!("#f-{field}\"")), "{field} {value:?}");
        if field != "name" {
            assert!(page.has("欧阳娜·古丽"), "{field}");
        }
        html::parse(&page.text()).unwrap_or_else(|e| panic!("{field}: {e}"));
    }
    // A field of nobody's form, and a number that is none.
    send(&visitor(db), &code, &typed(&[("salary", "9")]), &[]).expect(400);
    send(&visitor(db), &code, &typed(&[("q3", "yes")]), &[]).expect(400);
    send(&visitor(db), &code, &typed(&[("once", "short")]), &[]).expect(400);
    assert_eq!(db.count("candidate") + db.count("application"), 0);
}

fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn a_file_that_is_refused_costs_nothing_else(db: &TestDb) {
    make::company(db);
    let code = published(db, &[]);
    let zeros = vec![0_u8; 51 << 20];
    let bomb = archive(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("word/document.xml", &zeros),
    ]);
    let large = [PDF, &vec![b' '; 20 << 20], b"%%EOF"].concat();
    let mine = |n: usize| format!("n{n}@example.com");
    for (n, (name, bytes, said)) in [
        ("cv.pdf", large.as_slice(), "larger than 5 MB"),
        (
            "cv.pdf",
            b"<!doctype html><script>alert(1)</script>",
            "called PDF",
        ),
        ("cv.docx", bomb.as_slice(), "unpacks to far more"),
        ("cv.docx", PDF, "called DOCX"),
        (
            "cv.svg",
            b"<svg onload=\"alert(1)\"/>",
            "only PDF, DOCX and TXT",
        ),
        ("cv.php.", b"<?php", "only PDF, DOCX and TXT"),
        ("cv.txt", b"a\0b", "no readable text"),
        ("../../etc/passwd.txt", b"\0", "passwd.txt"),
        ("</script><script>alert(1)</script>.pdf", b"x", "called PDF"),
    ]
    .into_iter()
    .enumerate()
    {
        let own = mine(n);
        let fields = typed(&[("email", &own)]);
        let page = send(&visitor(db), &code, &fields, &[("cv", name, bytes)]).expect(422);
        assert!(page.has(said), "{name}: {said}");
        assert!(
            page.has("欧阳娜·古丽") && !page.has("<script>alert"),
            "{name}"
        );
    }
    assert_eq!(db.count("stored_file") + db.count("application"), 0);
    let whole = vec![b'a'; 80 << 20];
    send(
        &visitor(db),
        &code,
        &typed(&[]),
        &[("cv", "cv.txt", &whole)],
    )
    .expect(413);
    let five: Vec<(&str, &str, &[u8])> = vec![
        ("cv", "1.txt", b"1"),
        ("more", "2.txt", b"2"),
        ("more", "3.txt", b"3"),
        ("more", "4.txt", b"4"),
    ];
    let page = send(&visitor(db), &code, &typed(&[]), &five).expect(422);
    assert!(page.has("4.txt: at most 3 files"), "{}", page.text());
}

fn files_that_were_fine_are_kept_for_the_form_they_came_with(db: &TestDb) {
    make::company(db);
    let code = published(db, &[]);
    let files = [
        ("cv", "fine.pdf", PDF),
        ("more", "bad.pdf", b"x".as_slice()),
    ];
    let page = send(&visitor(db), &code, &typed(&[("consent", "")]), &files).expect(422);
    assert!(page.has("fine.pdf") && page.has("Kept already"));
    let (kept, once) = (page.value("kept"), page.value("once"));
    // Nobody takes the file of another form, or one that no form brought.
    for (kept, once) in [
        (kept.as_str(), "0123456789abcdef0123456789abcdef"),
        ("1.0000", once.as_str()),
        ("nonsense", once.as_str()),
    ] {
        let fields = typed(&[
            ("email", "other@example.com"),
            ("kept", kept),
            ("once", once),
            ("consent", ""),
        ]);
        let page = send(&visitor(db), &code, &fields, &[]).expect(422);
        assert!(!page.has("fine.pdf"), "{kept}");
    }
    let fields = typed(&[("kept", &kept), ("once", &once)]);
    let page = send(&visitor(db), &code, &fields, &[]).expect(303);
    let link = page.location().to_string();
    assert!(visitor(db).get(&link).expect(200).has("fine.pdf"));
    assert_eq!(db.count("attachment"), 1);
}

fn a_form_sent_twice_is_one_application(db: &TestDb) {
    make::company(db);
    let code = published(db, &[]);
    let once = "0123456789abcdef0123456789abcdef";
    let fields = typed(&[("once", once)]);
    let first = send(&visitor(db), &code, &fields, &[])
        .expect(303)
        .location()
        .to_string();
    let again = send(&visitor(db), &code, &fields, &[])
        .expect(303)
        .location()
        .to_string();
    assert_eq!(first, again);
    assert_eq!(db.count("application"), 1);
    // Somebody else at the same machine who goes back to the form is not shown the first.
    let later = Browser::new(site_at(db, now() + Duration::minutes(11)));
    let other = typed(&[
        ("once", once),
        ("email", "other@example.com"),
        ("name", "李雷"),
    ]);
    let second = send(&later, &code, &other, &[])
        .expect(303)
        .location()
        .to_string();
    assert_ne!(first, second);
    assert_eq!(db.count("application"), 2);
}

fn whoever_has_applied_before_is_told_and_gets_no_other_link(db: &TestDb) {
    make::company(db);
    let code = published(db, &[]);
    apply(db, &code, &[]);
    let again = typed(&[("email", " GU.LI@EXAMPLE.COM"), ("name", "Somebody else")]);
    let page = send(&visitor(db), &code, &again, &[("cv", "b.pdf", PDF)]).expect(422);
    assert!(
        page.has("applied for this position before"),
        "{}",
        page.text()
    );
    assert_eq!(db.count("application"), 1);
    assert_eq!(db.count("candidate_link"), 1);
    assert_eq!(db.count("attachment"), 0);
    // Another opening is another application of the same person.
    let other = published(db, &[("title_en", "Other")]);
    apply(db, &other, &[]);
    assert_eq!(db.count("candidate"), 1);
    assert_eq!(db.count("application"), 2);
}

fn what_an_applicant_types_is_never_a_part_of_a_page(db: &TestDb) {
    make::company(db);
    let code = published(db, &[]);
    let bad = "</script><script>alert(1)</script>{{7*7}}";
    let all = [
        ("name", bad),
        ("phone", "</script>1"),
        ("email", "\"</script>\"@example.com"),
    ];
    let page = send(
        &visitor(db),
        &code,
        &typed(&[
            ("name", bad),
            ("q1", bad),
            ("phone", bad),
            ("gender", bad),
            ("source", bad),
        ]),
        &[],
    )
    .expect(422);
    assert!(!page.has("<script>alert") && page.has("{{7*7}}"));
    html::parse(&page.text()).unwrap();
    let page = send(
        &visitor(db),
        &code,
        &typed(&all),
        &[("cv", "</script>\u{202e}{{7*7}}.pdf", PDF)],
    );
    assert!(!page.has("<script>alert"));
    assert!([303, 422].contains(&page.status));
}

fn too_many_forms_are_refused_for_a_while(db: &TestDb) {
    make::company(db);
    let code = published(db, &[]);
    let ask = |who: &Browser, email: &str| {
        send(
            who,
            &code,
            &typed(&[("email", email), ("consent", "")]),
            &[],
        )
        .status
    };
    let first = visitor(db);
    let same: Vec<u16> = (0..7).map(|_| ask(&first, "one@example.com")).collect();
    assert_eq!(same, [422, 422, 422, 422, 422, 422, 429]);
    let others: Vec<u16> = (0..24)
        .map(|n| ask(&first, &format!("n{n}@example.com")))
        .collect();
    assert_eq!(others.iter().filter(|s| **s == 422).count(), 23);
    let page = send(&first, &code, &typed(&[]), &[]).expect(429);
    assert!(page.headers.contains_key("retry-after"));
    assert_eq!(db.count("application"), 0);
    // Reading is not refused, and after a while neither is writing.
    first.get(&format!("/careers/{code}")).expect(200);
    let later = Browser::new(site_at(db, now() + Duration::minutes(11)));
    send(&later, &code, &typed(&[]), &[]).expect(303);
    // What is counted is a hash.
    let keys = db.rows("throttle").concat();
    assert!(
        !keys.contains("example.com") && !keys.contains("127.0.0.1"),
        "{keys}"
    );
}

fn a_program_that_fills_in_every_field_is_refused(db: &TestDb) {
    make::company(db);
    let code = published(db, &[]);
    let page = send(
        &visitor(db),
        &code,
        &typed(&[("website", "http://spam.example")]),
        &[],
    )
    .expect(422);
    assert!(page.has("A field that people do not see"));
    assert_eq!(db.count("application"), 0);
}

fn no_form_comes_from_elsewhere(db: &TestDb) {
    make::company(db);
    let code = published(db, &[]);
    let link = apply(db, &code, &[]);
    let mut foreign = visitor(db);
    foreign.same_origin = false;
    foreign.headers = vec![("sec-fetch-site", "cross-site".to_string())];
    let before = db.state();
    send(&foreign, &code, &typed(&[("email", "x@example.com")]), &[]).expect(403);
    foreign
        .form(&format!("{link}/withdraw"), &[("withdraw", "on")])
        .expect(403);
    foreign
        .form(&format!("{link}/erase"), &[("erase", "on")])
        .expect(403);
    assert_eq!(db.state(), before);
    // What a link could do when it is only followed.
    for part in ["withdraw", "pool", "reply", "offer", "erase"] {
        let page = visitor(db).get(&format!("{link}/{part}"));
        assert!([404, 405].contains(&page.status), "{part}");
    }
    // A body cut short.
    let (kind, mut body) = multipart(&typed(&[]), &[("cv", "cv.pdf", PDF)]);
    body.truncate(body.len() - 40);
    visitor(db)
        .send(
            Method::POST,
            &format!("/careers/{code}"),
            Some((&kind, body)),
        )
        .expect(400);
}

fn a_private_link_opens_one_application_until_it_ends(db: &TestDb) {
    make::company(db);
    let code = published(db, &[]);
    let link = apply(db, &code, &[]);
    let other = apply(db, &code, &[("email", "li@example.com"), ("name", "李雷")]);
    assert_ne!(link, other);
    let token = link.rsplit('/').next().unwrap();
    let mut wrong = token.to_string();
    wrong.replace_range(0..1, if token.starts_with('a') { "b" } else { "a" });
    for nobody in [
        "",
        "x",
        &token[..63],
        &wrong,
        &token.to_uppercase(),
        "%00",
        "' or 1=1 --",
    ] {
        let page = visitor(db).get(&format!("/careers/mine/{}", nobody.replace(' ', "%20")));
        assert!([400, 404].contains(&page.status), "{nobody}");
    }
    let page = visitor(db).get(&link).expect(200);
    assert!(
        !page.has("李雷") && !page.has("欧阳"),
        "the page names nobody"
    );
    // As long as it is under way, and for the days of retention after its end.
    let at = |days| Browser::new(site_at(db, now() + Duration::days(days)));
    at(500).get(&link).expect(200);
    at(500)
        .form(&format!("{link}/withdraw"), &[("withdraw", "on")])
        .expect(303);
    at(679).get(&link).expect(200);
    at(681).get(&link).expect(404);
    at(681)
        .form(&format!("{link}/erase"), &[("erase", "on")])
        .expect(404);
}

fn an_application_is_withdrawn_once_and_only_when_meant(db: &TestDb) {
    make::company(db);
    let code = published(db, &[]);
    let link = apply(db, &code, &[]);
    let withdraw = format!("{link}/withdraw");
    let page = visitor(db).form(&withdraw, &[]).expect(422);
    assert!(page.has("Tick the box"));
    assert_eq!(one(db, "state"), "active");
    visitor(db)
        .form(&withdraw, &[("withdraw", "on")])
        .expect(303);
    visitor(db)
        .form(&withdraw, &[("withdraw", "on")])
        .expect(303);
    assert_eq!(one(db, "state"), "withdrawn");
    let moves =
        "select cast(count(*) as text) as line from application_move where state = 'withdrawn'";
    assert_eq!(db.line(moves), "1");
    let page = visitor(db).get(&link).expect(200);
    assert!(page.has("You have withdrawn") && !page.has("/withdraw\""));
    let lead = somebody(db, &[], Some(make::LEAD));
    assert_eq!(lead.get("/inbox").expect(200).status, 200);
}

fn the_pool_of_talents_is_left(db: &TestDb) {
    make::company(db);
    let code = published(db, &[]);
    let link = apply(db, &code, &[("pool", "on")]);
    for _ in 0..2 {
        visitor(db).form(&format!("{link}/pool"), &[]).expect(303);
    }
    assert_eq!(
        db.line("select cast(count(*) as text) as line from candidate where pool_until is null"),
        "1"
    );
    let left = "select cast(count(*) as text) as line from consent where withdrawn_at is not null";
    assert_eq!(db.line(left), "1");
    assert!(!visitor(db).get(&link).expect(200).has("/pool\""));
    let told = "select cast(count(*) as text) as line from audit_event where action = 'careers.pool-withdrawn'";
    assert_eq!(db.line(told), "1");
}

/// A finding of the background check of every application.
fn check(db: &TestDb, result: &str) {
    db.run(&format!(
        "insert into background_check (application_id, consent_id, item, result, note) \
         select a.id, min(c.id), 'employment', '{result}', '<b>Two months</b> less' \
         from application a join consent c on c.candidate_id = a.candidate_id group by a.id order by a.id"
    ));
}

fn what_a_check_found_is_answered_once_by_its_applicant(db: &TestDb) {
    make::company(db);
    let code = published(db, &[]);
    let link = apply(db, &code, &[]);
    let other = apply(db, &code, &[("email", "li@example.com"), ("name", "李雷")]);
    check(db, "adverse");
    let id = db.lines("select cast(id as text) as line from background_check order by id");
    let page = visitor(db).get(&link).expect(200);
    assert!(page.has("Background check: employment") && page.has("&lt;b&gt;Two months"));
    let (reply, field) = (format!("{link}/reply"), format!("reply{}", id[0]));
    let page = visitor(db)
        .form(&reply, &[("id", &id[0]), (&field, " ")])
        .expect(422);
    assert!(page.has(&format!("#f-{field}")));
    visitor(db).form(&reply, &[("id", "x")]).expect(400);
    let said = "我在家照顾病人。</script>";
    // Not that of somebody else, by one's own link.
    visitor(db)
        .form(&format!("{other}/reply"), &[("id", &id[0]), (&field, said)])
        .expect(404);
    visitor(db)
        .form(&reply, &[("id", &id[0]), (&field, said)])
        .expect(303);
    visitor(db)
        .form(&reply, &[("id", &id[0]), (&field, "twice")])
        .expect(409);
    let kept = "select reply as line from background_check where reply is not null";
    assert_eq!(db.line(kept), said);
    assert!(visitor(db).get(&link).expect(200).has("You answered:"));
}

fn an_offer_is_answered_once_and_in_time(db: &TestDb) {
    make::company(db);
    let code = published(db, &[]);
    let link = apply(db, &code, &[]);
    let other = apply(db, &code, &[("email", "li@example.com"), ("name", "李雷")]);
    db.run(
        "insert into offer (application_id, version_no, terms, state, made_by, expires_on) \
         select id, 1, 'Ten thousand <b>a month</b>', 'sent', 'x', '2026-10-09' from application",
    );
    let ids = db.lines("select cast(id as text) as line from offer order by id");
    let page = visitor(db).get(&link).expect(200);
    assert!(page.has("Ten thousand &lt;b&gt;") && page.has("9 October 2026"));
    let offer = format!("{link}/offer");
    visitor(db).form(&offer, &[("id", &ids[0])]).expect(422);
    visitor(db)
        .form(&offer, &[("id", &ids[0]), ("answer", "perhaps")])
        .expect(422);
    visitor(db)
        .form(&offer, &[("id", &ids[1]), ("answer", "accept")])
        .expect(404);
    let late = Browser::new(site_at(db, now() + Duration::days(5)));
    late.form(
        &format!("{other}/offer"),
        &[("id", &ids[1]), ("answer", "accept")],
    )
    .expect(409);
    visitor(db)
        .form(&offer, &[("id", &ids[0]), ("answer", "accept")])
        .expect(303);
    visitor(db)
        .form(&offer, &[("id", &ids[0]), ("answer", "decline")])
        .expect(409);
    assert_eq!(
        db.lines("select state as line from offer order by id"),
        ["accepted", "sent"]
    );
    assert!(visitor(db).get(&link).expect(200).has("You have accepted"));
    // A draft is nobody's business yet.
    db.run("update offer set state = 'draft' where state = 'sent'");
    assert!(!visitor(db).get(&other).expect(200).has("Ten thousand"));
}

fn whoever_asks_is_erased_and_whoever_is_hired_is_not(db: &TestDb) {
    make::company(db);
    let code = published(db, &[]);
    let link = apply_with(
        &visitor(db),
        &code,
        &[("phone", "13800138000")],
        &[("cv", "cv.pdf", PDF)],
    );
    let page = visitor(db).form(&format!("{link}/erase"), &[]).expect(422);
    assert!(page.has("Tick the box") && page.has("What stays points to nobody"));
    let hired = apply(db, &code, &[("email", "li@example.com"), ("name", "李雷")]);
    db.run("update application set state = 'hired' where id = (select max(id) from application)");
    visitor(db)
        .form(&format!("{hired}/erase"), &[("erase", "on")])
        .expect(409);
    assert!(visitor(db).get(&hired).expect(200).has("Ask HR"));
    let page = visitor(db)
        .form(&format!("{link}/erase"), &[("erase", "on")])
        .expect(303);
    assert!(visitor(db).get(page.location()).expect(200).has("erased"));
    visitor(db).get(&link).expect(404);
    visitor(db)
        .form(&format!("{link}/erase"), &[("erase", "on")])
        .expect(404);
    for (table, rows) in db.state() {
        let all = rows.concat();
        for gone in ["欧阳娜", "Gu.Li", "gu.li", "13800138000", "cv.pdf"] {
            assert!(!all.contains(gone), "{gone} in {table}");
        }
    }
    assert_eq!(db.count("application"), 2);
    assert_eq!(db.count("stored_chunk"), 0);
    assert_eq!(
        db.lines("select state as line from application order by id"),
        ["withdrawn", "hired"]
    );
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

fn a_letter_with_the_link_goes_out_and_is_forgotten(db: &TestDb) {
    make::company(db);
    let code = published(db, &[]);
    // Where no letter leaves none is written.
    apply(db, &code, &[]);
    assert_eq!(db.count("letter"), 0);
    let outside = Outside {
        mails: true,
        ..Outside::default()
    };
    let site = Site::new(open(db.db.address().clone()), Clock::Fixed(now()), outside).unwrap();
    let who = Browser::new(Data::new(site));
    let link = apply_with(
        &who,
        &code,
        &[("email", "li@example.com"), ("name", "李雷")],
        &[],
    );
    assert_eq!(db.count("letter"), 1);
    let sink = Sink::start();
    assert_eq!(
        mailer(sink.port)
            .send_due(&db.db, &Clock::Fixed(now()))
            .unwrap(),
        1
    );
    assert_eq!(
        mailer(sink.port)
            .send_due(&db.db, &Clock::Fixed(now()))
            .unwrap(),
        0
    );
    assert_eq!(db.count("letter"), 0);
    let letters = sink.letters();
    assert_eq!(letters.len(), 1);
    // Long lines are folded on the way: quoted-printable, RFC 2045.
    let letter = letters[0].replace("=\r\n", "").replace("=\n", "");
    assert!(
        letter.contains(&format!("https://hr.example.com{link}")),
        "{letter}"
    );
    // A server that is away for a day costs the letter, not the application.
    let late = apply_with(
        &who,
        &code,
        &[("email", "han@example.com"), ("name", "韩梅梅")],
        &[],
    );
    let tomorrow = now() + Duration::hours(25);
    mailer(1).send_due(&db.db, &Clock::Fixed(tomorrow)).unwrap();
    assert_eq!(db.count("letter"), 0);
    visitor(db).get(&late).expect(200);
}

fn texts_of_consent_are_versions_and_what_was_agreed_to_stays(db: &TestDb) {
    make::company(db);
    let code = published(db, &[]);
    apply(db, &code, &[]);
    let hr = somebody(db, &[Role::Hr], None);
    let page = hr.get("/openings/privacy").expect(200);
    html::parse(&page.text()).unwrap();
    let text = |seen: &'static str, zh: &'static str, en: &'static str| {
        [
            ("kind", "application"),
            ("body_zh", zh),
            ("body_en", en),
            ("row_version", seen),
        ]
    };
    let publish = |fields: &[(&str, &str)]| -> Page { hr.post("/openings/consent", fields) };
    let page = publish(&text("1", "新的文本</script>", "")).expect(422);
    assert!(page.has("新的文本&lt;"), "{}", page.text());
    publish(&text("0", "旧", "stale")).expect(409);
    publish(&[("kind", "everything"), ("body_zh", "x"), ("body_en", "x")]).expect(400);
    publish(&text("1", "新的文本", "The new text")).expect(303);
    publish(&text("1", "又一次", "again")).expect(409);
    let page = visitor(db).get(&format!("/careers/{code}")).expect(200);
    assert!(page.has("The new text") && page.has("Version 2"));
    apply(db, &code, &[("email", "li@example.com"), ("name", "李雷")]);
    let agreed = db.lines(
        "select cast(version_no as text) as line from consent join consent_text t on t.id = text_id order by consent.id",
    );
    assert_eq!(agreed, ["1", "2"]);
    for bad in ["29", "1096", "", "x"] {
        hr.post("/openings/retention", &[("days", bad)]).expect(422);
    }
    hr.post("/openings/retention", &[("days", "90")])
        .expect(303);
    assert!(hr.get("/openings/privacy").expect(200).has("value=\"90\""));
    assert!(db.try_run("update consent_text set body_en = 'x'").is_err());
}

fn an_opening_that_was_shut_meanwhile_takes_nobody(db: &TestDb) {
    make::company(db);
    let code = published(db, &[]);
    visitor(db).get(&format!("/careers/{code}")).expect(200);
    let hr = somebody(db, &[Role::Hr], None);
    crate::support::recruit::step(&hr, &code, "close", "Taken").expect(303);
    send(&visitor(db), &code, &typed(&[]), &[]).expect(404);
    assert_eq!(db.count("application"), 0);
}
