//! Signing in and staying signed in, as a browser meets it.

use chrono::Duration;
use espalier::access::Role;
use espalier::accounts::passwords;
use espalier::accounts::store::{self, NewAccount};

use crate::both;
use crate::support::db::TestDb;
use crate::support::make::now;
use crate::support::web::{Browser, site_at, somebody, visitor};

both! {
    who_signs_in_gets_where_they_wanted_and_no_further_without_a_session,
    a_wrong_password_an_unknown_login_and_a_closed_account_look_the_same,
    ten_wrong_passwords_are_enough_for_ten_minutes,
    a_session_ends_with_its_time_its_sign_out_and_its_account,
    a_new_password_ends_the_other_sessions,
    a_first_password_must_be_changed_before_anything_else,
    what_was_typed_survives_the_end_of_a_session,
    the_last_administrator_cannot_be_shut_out,
    a_form_sent_twice_is_done_once,
    two_who_change_the_same_roles_meet,
}

const PASSWORD: &str = "correct horse battery staple";

fn account(db: &TestDb, login: &str, roles: &[Role]) -> i64 {
    let hash = passwords::hash(PASSWORD).unwrap();
    let roles: Vec<(Role, Option<i64>)> = roles.iter().map(|r| (*r, None)).collect();
    let new = NewAccount {
        login,
        email: None,
        password_hash: &hash,
        staff_id: None,
        roles: &roles,
        must_change: false,
    };
    db.db
        .write(|conn| store::insert(conn, &new, "test", now()))
        .unwrap()
}

fn who_signs_in_gets_where_they_wanted_and_no_further_without_a_session(db: &TestDb) {
    account(db, "hr", &[Role::Hr]);
    let mut browser = visitor(db);
    let refused = browser.get("/people?q=a").expect(303);
    assert_eq!(refused.location(), "/sign-in?next=%2Fpeople%3Fq%3Da");
    let form = [
        ("login", " HR "),
        ("password", PASSWORD),
        ("next", "/people?q=a"),
    ];
    let entered = browser.form("/sign-in", &form).expect(303);
    assert_eq!(entered.location(), "/people?q=a");
    let cookie = entered.headers.get("set-cookie").unwrap().to_str().unwrap();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    browser.keep_cookie(&entered);
    browser.get("/people").expect(200);
    let elsewhere = [
        ("login", "hr"),
        ("password", PASSWORD),
        ("next", "//evil.example"),
    ];
    assert_eq!(browser.form("/sign-in", &elsewhere).location(), "/");
}

fn a_wrong_password_an_unknown_login_and_a_closed_account_look_the_same(db: &TestDb) {
    account(db, "kim.open", &[]);
    let closed = account(db, "kim.closed", &[]);
    db.db
        .write(|conn| store::set_disabled(conn, closed, true, now()))
        .unwrap();
    let browser = visitor(db);
    let mut answers = Vec::new();
    for (login, password) in [
        ("kim.open", "wrong"),
        ("kim.nobody", "wrong"),
        ("kim.closed", PASSWORD),
    ] {
        let before = passwords::computed();
        let page = browser
            .form("/sign-in", &[("login", login), ("password", password)])
            .expect(422);
        assert!(passwords::computed() > before, "{login} cost no hash");
        assert!(page.headers.get("set-cookie").is_none());
        answers.push(page.text().replace(login, "LOGIN"));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
}

fn ten_wrong_passwords_are_enough_for_ten_minutes(db: &TestDb) {
    account(db, "hr", &[]);
    let browser = visitor(db);
    let wrong = [("login", "hr"), ("password", "wrong")];
    for _ in 0..10 {
        browser.form("/sign-in", &wrong).expect(422);
    }
    let blocked = browser
        .form("/sign-in", &[("login", "hr"), ("password", PASSWORD)])
        .expect(429);
    assert!(blocked.headers.contains_key("retry-after"));
    let later = Browser::new(site_at(db, now() + Duration::minutes(11)));
    later
        .form("/sign-in", &[("login", "hr"), ("password", PASSWORD)])
        .expect(303);
}

fn a_session_ends_with_its_time_its_sign_out_and_its_account(db: &TestDb) {
    let hr = somebody(db, &[Role::Hr], None);
    hr.get("/people").expect(200);
    hr.at(db, now() + Duration::minutes(59))
        .get("/people")
        .expect(200);
    // The visit a minute ago was noted; an hour after that it is over.
    hr.at(db, now() + Duration::minutes(118))
        .get("/people")
        .expect(200);
    hr.at(db, now() + Duration::minutes(179))
        .get("/people")
        .expect(303);

    let hr = somebody(db, &[Role::Hr], None);
    hr.post("/sign-out", &[]).expect(303);
    hr.get("/people").expect(303);

    let hr = somebody(db, &[Role::Hr], None);
    let admin = somebody(db, &[Role::Administrator], None);
    let me = hr.get("/me").expect(200).text();
    let login = me
        .split("data-account=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    admin
        .post(
            &format!("/accounts/{login}/disabled"),
            &[("disabled", "true")],
        )
        .expect(303);
    hr.get("/people").expect(303);
}

fn a_new_password_ends_the_other_sessions(db: &TestDb) {
    account(db, "hr", &[Role::Hr]);
    let enter = || {
        let mut browser = visitor(db);
        let page = browser.form("/sign-in", &[("login", "hr"), ("password", PASSWORD)]);
        browser.keep_cookie(&page);
        browser
    };
    let (here, elsewhere) = (enter(), enter());
    let form = here.get("/me/password").expect(200);
    let change = |old: &str, new: &str| {
        let (csrf, once) = (form.value("csrf"), form.value("once"));
        let fields = [
            ("csrf", &*csrf),
            ("once", &*once),
            ("old", old),
            ("new", new),
            ("again", new),
        ];
        here.form("/me/password", &fields)
    };
    let refused = change("wrong", "another horse battery").expect(422);
    assert!(refused.has("This is not your present password"));
    assert!(
        !refused.has("another horse battery"),
        "a password came back"
    );
    change(PASSWORD, "short").expect(422);
    change(PASSWORD, "another horse battery").expect(303);
    here.get("/people").expect(200);
    elsewhere.get("/people").expect(303);
}

fn a_first_password_must_be_changed_before_anything_else(db: &TestDb) {
    let admin = somebody(db, &[Role::Administrator], None);
    let made = admin
        .post("/accounts/new", &[("login", "new.one"), ("role_hr", "on")])
        .expect(200)
        .text();
    let password = made
        .split("<code>")
        .nth(1)
        .unwrap()
        .split('<')
        .next()
        .unwrap();
    let mut browser = visitor(db);
    let entered = browser.form("/sign-in", &[("login", "new.one"), ("password", password)]);
    browser.keep_cookie(&entered);
    let sent_on = browser.get("/people").expect(303);
    assert_eq!(sent_on.location(), "/me/password");
    browser.get("/me/password").expect(200);
}

fn what_was_typed_survives_the_end_of_a_session(db: &TestDb) {
    account(db, "admin", &[Role::Administrator]);
    let admin = somebody(db, &[Role::Administrator], None);
    let later = admin.at(db, now() + Duration::hours(2));
    let asked = later
        .post(
            "/accounts/new",
            &[("login", "new.one"), ("email", "x@example.com")],
        )
        .expect(401);
    assert!(asked.has("What you typed is kept"));
    let sent = html_unescape(&asked.value("sent"));
    let mut again = Browser::new(site_at(db, now() + Duration::hours(2)));
    let entered = again
        .form(
            "/sign-in",
            &[
                ("login", "admin"),
                ("password", PASSWORD),
                ("next", "/accounts/new"),
                ("sent", &sent),
            ],
        )
        .expect(200);
    again.keep_cookie(&entered);
    let fields: Vec<(String, String)> = ["csrf", "once", "login", "email", "restored"]
        .map(|name| (name.to_string(), entered.value(name)))
        .to_vec();
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(n, v)| (n.as_str(), v.as_str()))
        .collect();
    let shown = again.form("/accounts/new", &fields).expect(422);
    assert_eq!(shown.value("email"), "x@example.com");
    let made =
        db.line("select cast(count(*) as text) as line from account where login = 'new.one'");
    assert_eq!(made, "0", "the form was executed without being sent again");
}

fn html_unescape(text: &str) -> String {
    text.replace("&amp;", "&")
        .replace("&quot;", "\"")
        .replace("&#x27;", "'")
}

fn the_last_administrator_cannot_be_shut_out(db: &TestDb) {
    let admin = somebody(db, &[Role::Administrator], None);
    let login = db.line("select login as line from account");
    let path = format!("/accounts/{login}/disabled");
    admin.post(&path, &[("disabled", "true")]).expect(409);
    let roles = format!("/accounts/{login}/roles");
    let refused = admin
        .post(&roles, &[("role_hr", "on"), ("row_version", "1")])
        .expect(422);
    assert!(refused.has("This is the last account that may manage accounts"));
}

fn a_form_sent_twice_is_done_once(db: &TestDb) {
    let admin = somebody(db, &[Role::Administrator], None);
    let once = store::random_token();
    let form = [("login", "new.one"), ("once", once.as_str())];
    admin.post("/accounts/new", &form).expect(200);
    let again = admin.post("/accounts/new", &form).expect(303);
    assert_eq!(again.location(), "/accounts/new.one");
    let other = admin
        .post("/accounts/new", &[("login", "new.one")])
        .expect(422);
    assert!(other.has("is taken"));
}

fn two_who_change_the_same_roles_meet(db: &TestDb) {
    let admin = somebody(db, &[Role::Administrator], None);
    account(db, "kim", &[Role::Hr]);
    let form = admin.get("/accounts/kim").expect(200);
    let version = form.value("row_version");
    admin
        .post(
            "/accounts/kim/roles",
            &[("role_trainer", "on"), ("row_version", &version)],
        )
        .expect(303);
    let stale = admin
        .post(
            "/accounts/kim/roles",
            &[("role_auditor", "on"), ("row_version", &version)],
        )
        .expect(409);
    assert!(stale.has("Somebody else changed this"));
    assert_eq!(stale.value("row_version"), "2");
    let held = db.lines("select role as line from account_role join account on account.id = account_id where login = 'kim'");
    assert_eq!(held, ["trainer"]);
}
