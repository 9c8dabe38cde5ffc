//! Every route of the application, asked by everybody: what each role may, as one table; and that no route
//! is missing from it, that none changes anything without its token, that every answer has its headers.

use std::collections::BTreeSet;
use std::path::Path;

use actix_web::http::Method;
use espalier::access::Role;
use espalier::recruitment::model::application::Step;
use espalier::recruitment::store::moves;

use crate::both;
use crate::support::db::TestDb;
use crate::support::hiring;
use crate::support::make;
use crate::support::program::{create_cycle, force_to};
use crate::support::source::files_below;
use crate::support::web::{Browser, somebody, visitor};

both! {
    every_route_answers_each_role_as_the_table_says,
    no_form_is_taken_without_its_token_or_from_elsewhere,
}

/// Who asks, in the order of the table's columns.
const ACTORS: [&str; 8] = [
    "nobody",
    "employee",
    "manager",
    "hr",
    "trainer",
    "leadership",
    "auditor",
    "administrator",
];

/// Method, route as registered, address asked, and for each actor: `.` answered, `-` not permitted (403),
/// `0` out of reach (404), `>` sent to sign in.
const TABLE: &[(&str, &str, &str, &str)] = &[
    ("GET", "/static/{name}", "/static/app.css", "........"),
    ("GET", "/sign-in", "/sign-in", "........"),
    ("POST", "/sign-in", "/sign-in", "........"),
    ("POST", "/sign-out", "/sign-out", ">......."),
    ("POST", "/language", "/language", "........"),
    ("POST", "/theme", "/theme", "........"),
    ("GET", "/me", "/me", ">......."),
    ("GET", "/me/password", "/me/password", ">......."),
    ("POST", "/me/password", "/me/password", ">......."),
    (
        "POST",
        "/me/sessions/{id}/end",
        "/me/sessions/0/end",
        ">0000000",
    ),
    ("POST", "/me/sessions/end", "/me/sessions/end", ">......."),
    ("GET", "/me/calendar", "/me/calendar", ">......."),
    ("POST", "/me/calendar", "/me/calendar", ">......."),
    ("POST", "/me/calendar/end", "/me/calendar/end", ">......."),
    (
        "GET",
        "/calendars/{secret}.ics",
        "/calendars/0.ics",
        "00000000",
    ),
    ("GET", "/inbox", "/inbox", ">......."),
    ("POST", "/inbox/read", "/inbox/read", ">......."),
    ("GET", "/accounts", "/accounts", ">------."),
    ("GET", "/accounts/new", "/accounts/new", ">------."),
    ("POST", "/accounts/new", "/accounts/new", ">------."),
    ("GET", "/accounts/{login}", "/accounts/kim", ">------."),
    (
        "POST",
        "/accounts/{login}/roles",
        "/accounts/kim/roles",
        ">------.",
    ),
    (
        "POST",
        "/accounts/{login}/disabled",
        "/accounts/kim/disabled",
        ">------.",
    ),
    (
        "POST",
        "/accounts/{login}/password",
        "/accounts/kim/password",
        ">------.",
    ),
    ("GET", "/people", "/people", ">....-.-"),
    ("GET", "/people.csv", "/people.csv", ">....-.-"),
    ("GET", "/recruitment", "/recruitment", ">...-..-"),
    ("GET", "/recruitment.csv", "/recruitment.csv", ">...-..-"),
    (
        "GET",
        "/recruitment/selection",
        "/recruitment/selection",
        ">--.----",
    ),
    (
        "GET",
        "/recruitment/selection.csv",
        "/recruitment/selection.csv",
        ">--.----",
    ),
    ("GET", "/reports", "/reports", ">...-..-"),
    ("GET", "/reports/{cycle}", "/reports/2026Q3", ">--0-00-"),
    (
        "GET",
        "/reports/{cycle}/recruitment",
        "/reports/2026Q3/recruitment",
        ">--0-00-",
    ),
    (
        "GET",
        "/reports/{cycle}/cycle",
        "/reports/2026Q3/cycle",
        ">000-00-",
    ),
    (
        "GET",
        "/reports/{cycle}/teams/{team}",
        "/reports/2026Q3/teams/A",
        ">000-00-",
    ),
    (
        "GET",
        "/reports/{cycle}/people/{no}",
        "/reports/2026Q3/people/E1",
        ">000-00-",
    ),
    (
        "GET",
        "/reports/{cycle}/bundles",
        "/reports/2026Q3/bundles",
        ">000-0--",
    ),
    (
        "POST",
        "/reports/{cycle}/bundles",
        "/reports/2026Q3/bundles",
        ">000-0--",
    ),
    (
        "GET",
        "/reports/{cycle}/bundles/{file}",
        "/reports/2026Q3/bundles/0",
        ">000-0--",
    ),
    ("GET", "/imports", "/imports", ">--.---."),
    ("GET", "/imports.csv", "/imports.csv", ">--.---."),
    ("GET", "/imports/new", "/imports/new", ">--.---."),
    ("POST", "/imports/new", "/imports/new", ">--.---."),
    ("GET", "/imports/{id}", "/imports/0", ">--0---0"),
    (
        "GET",
        "/imports/{id}/columns",
        "/imports/0/columns",
        ">--0---0",
    ),
    (
        "POST",
        "/imports/{id}/columns",
        "/imports/0/columns",
        ">--0---0",
    ),
    (
        "POST",
        "/imports/{id}/mapping",
        "/imports/0/mapping",
        ">--0---0",
    ),
    ("POST", "/imports/{id}/load", "/imports/0/load", ">--0---0"),
    (
        "POST",
        "/imports/{id}/discard",
        "/imports/0/discard",
        ">--0---0",
    ),
    (
        "GET",
        "/imports/{id}/bad-rows.csv",
        "/imports/0/bad-rows.csv",
        ">--0---0",
    ),
    ("GET", "/audit", "/audit", ">-----.."),
    ("GET", "/audit.csv", "/audit.csv", ">-----.."),
    ("GET", "/checks", "/checks", ">-----.."),
    ("POST", "/checks/{what}", "/checks/check", ">-----.."),
    ("GET", "/people/new", "/people/new", ">--.----"),
    ("POST", "/people/new", "/people/new", ">--.----"),
    ("GET", "/people/{no}", "/people/E1", ">....-.-"),
    ("GET", "/people/{no}", "/people/E2", ">0...-.-"),
    ("GET", "/people/{no}/edit", "/people/E1/edit", ">--.----"),
    ("POST", "/people/{no}/edit", "/people/E1/edit", ">--.----"),
    (
        "GET",
        "/people/{no}/posting",
        "/people/E1/posting",
        ">--.----",
    ),
    (
        "POST",
        "/people/{no}/posting",
        "/people/E1/posting",
        ">--.----",
    ),
    (
        "GET",
        "/people/{no}/skills",
        "/people/E1/skills",
        ">--.----",
    ),
    (
        "POST",
        "/people/{no}/skills",
        "/people/E1/skills",
        ">--.----",
    ),
    ("GET", "/teams", "/teams", ">......-"),
    ("GET", "/teams.csv", "/teams.csv", ">......-"),
    ("GET", "/teams/new", "/teams/new", ">--.----"),
    ("POST", "/teams/new", "/teams/new", ">--.----"),
    ("GET", "/teams/{code}", "/teams/A", ">0.....-"),
    ("GET", "/teams/{code}/edit", "/teams/A/edit", ">--.----"),
    ("POST", "/teams/{code}/edit", "/teams/A/edit", ">--.----"),
    ("GET", "/job-roles", "/job-roles", ">....-.-"),
    ("GET", "/job-roles/new", "/job-roles/new", ">--.----"),
    ("POST", "/job-roles/new", "/job-roles/new", ">--.----"),
    (
        "GET",
        "/job-roles/{code}/edit",
        "/job-roles/agent/edit",
        ">--.----",
    ),
    (
        "POST",
        "/job-roles/{code}/edit",
        "/job-roles/agent/edit",
        ">--.----",
    ),
    ("GET", "/skills", "/skills", ">....-.-"),
    ("GET", "/skills/new", "/skills/new", ">--.----"),
    ("POST", "/skills/new", "/skills/new", ">--.----"),
    (
        "GET",
        "/skills/{code}/edit",
        "/skills/calm/edit",
        ">--.----",
    ),
    (
        "POST",
        "/skills/{code}/edit",
        "/skills/calm/edit",
        ">--.----",
    ),
    // Judging an applicant whose opening the manager owns; the employee is to interview them.
    (
        "GET",
        "/applications/{code}/rounds",
        "/applications/A-00001/rounds",
        ">0..--.-",
    ),
    (
        "POST",
        "/applications/{code}/rounds",
        "/applications/A-00001/rounds",
        ">0..----",
    ),
    ("GET", "/interviews", "/interviews", ">......."),
    ("GET", "/interviews.csv", "/interviews.csv", ">......."),
    ("GET", "/interviews/new", "/interviews/new", ">...----"),
    ("POST", "/interviews/new", "/interviews/new", ">...----"),
    ("GET", "/interviews/{id}", "/interviews/1", ">...00.0"),
    (
        "GET",
        "/interviews/{id}/invitation.ics",
        "/interviews/1/invitation.ics",
        ">...00.0",
    ),
    (
        "GET",
        "/interviews/{id}/attachments/{file}",
        "/interviews/1/attachments/0",
        ">0000000",
    ),
    (
        "POST",
        "/interviews/{id}/sheet",
        "/interviews/1/sheet",
        ">.--00-0",
    ),
    (
        "POST",
        "/interviews/{id}/amend",
        "/interviews/1/amend",
        ">.--00-0",
    ),
    (
        "POST",
        "/interviews/{id}/decline",
        "/interviews/1/decline",
        ">.--00-0",
    ),
    (
        "POST",
        "/interviews/{id}/discussion",
        "/interviews/1/discussion",
        ">---00-0",
    ),
    (
        "POST",
        "/interviews/{id}/time",
        "/interviews/1/time",
        ">-..00-0",
    ),
    (
        "POST",
        "/interviews/{id}/raters",
        "/interviews/1/raters",
        ">-..00-0",
    ),
    (
        "POST",
        "/interviews/{id}/held",
        "/interviews/1/held",
        ">-..00-0",
    ),
    (
        "POST",
        "/interviews/{id}/missed",
        "/interviews/1/missed",
        ">-..00-0",
    ),
    (
        "POST",
        "/interviews/{id}/cancel",
        "/interviews/1/cancel",
        ">-..00-0",
    ),
    (
        "POST",
        "/interviews/{id}/close",
        "/interviews/1/close",
        ">-..00-0",
    ),
    (
        "GET",
        "/careers/mine/{token}/interviews/{id}.ics",
        "/careers/mine/0/interviews/1.ics",
        "00000000",
    ),
    (
        "POST",
        "/careers/mine/{token}/check",
        "/careers/mine/0/check",
        "00000000",
    ),
    (
        "GET",
        "/applications/{code}/check",
        "/applications/A-00001/check",
        ">0..--.-",
    ),
    (
        "POST",
        "/applications/{code}/check/agree",
        "/applications/A-00001/check/agree",
        ">0..----",
    ),
    (
        "POST",
        "/applications/{code}/check/begin",
        "/applications/A-00001/check/begin",
        ">0..----",
    ),
    (
        "POST",
        "/applications/{code}/check/result",
        "/applications/A-00001/check/result",
        ">0..----",
    ),
    (
        "POST",
        "/applications/{code}/check/reply",
        "/applications/A-00001/check/reply",
        ">0..----",
    ),
    (
        "GET",
        "/applications/{code}/decision",
        "/applications/A-00001/decision",
        ">0..--.-",
    ),
    (
        "POST",
        "/applications/{code}/decision",
        "/applications/A-00001/decision",
        ">0..----",
    ),
    (
        "GET",
        "/applications/{code}/offer",
        "/applications/A-00001/offer",
        ">0..--.-",
    ),
    (
        "POST",
        "/applications/{code}/offer",
        "/applications/A-00001/offer",
        ">0..----",
    ),
    (
        "POST",
        "/applications/{code}/offer/{step}",
        "/applications/A-00001/offer/send",
        ">0..----",
    ),
    (
        "GET",
        "/applications/{code}/hire",
        "/applications/A-00001/hire",
        ">--.----",
    ),
    (
        "POST",
        "/applications/{code}/hire",
        "/applications/A-00001/hire",
        ">--.----",
    ),
    ("GET", "/my-team", "/my-team", ">....-.-"),
    ("GET", "/search", "/search?q=E", ">......."),
    ("GET", "/", "/", ">......."),
    (
        "GET",
        "/people/{no}/measures",
        "/people/E1/measures",
        ">...--.-",
    ),
    (
        "GET",
        "/people/{no}/measures/{measure}",
        "/people/E1/measures/sla",
        ">...--.-",
    ),
    (
        "GET",
        "/people/{no}/records",
        "/people/E1/records",
        ">...--.-",
    ),
    (
        "GET",
        "/people/{no}/records.csv",
        "/people/E1/records.csv",
        ">...--.-",
    ),
    // Not of E1's line.
    (
        "GET",
        "/people/{no}/measures",
        "/people/E2/measures",
        ">0..--.-",
    ),
    (
        "GET",
        "/people/{no}/records",
        "/people/E2/records",
        ">0..--.-",
    ),
    (
        "GET",
        "/teams/{code}/measures",
        "/teams/A/measures",
        ">0.....-",
    ),
    (
        "GET",
        "/teams/{code}/measures/{measure}",
        "/teams/A/measures/sla",
        ">0.....-",
    ),
    (
        "GET",
        "/teams/{code}/complaints",
        "/teams/A/complaints",
        ">0.....-",
    ),
    (
        "GET",
        "/teams/{code}/records",
        "/teams/A/records",
        ">0..--.-",
    ),
    (
        "GET",
        "/teams/{code}/records.csv",
        "/teams/A/records.csv",
        ">0..--.-",
    ),
    (
        "GET",
        "/records/{kind}/{id}",
        "/records/service/1",
        ">...--.-",
    ),
    (
        "GET",
        "/records/{kind}/{id}",
        "/records/service/2",
        ">0..--.-",
    ),
    ("GET", "/findings", "/findings", ">...--.-"),
    ("GET", "/findings.csv", "/findings.csv", ">...--.-"),
    ("GET", "/findings/new", "/findings/new", ">...----"),
    ("POST", "/findings/new", "/findings/new", ">...----"),
    ("GET", "/findings/{id}", "/findings/1", ">0..--.-"),
    ("GET", "/findings/{id}/edit", "/findings/1/edit", ">0..----"),
    (
        "POST",
        "/findings/{id}/edit",
        "/findings/1/edit",
        ">0..----",
    ),
    (
        "POST",
        "/findings/{id}/state",
        "/findings/1/state",
        ">0..----",
    ),
    ("GET", "/kpis", "/kpis", ">......-"),
    ("GET", "/kpis.csv", "/kpis.csv", ">......-"),
    ("GET", "/kpis/new", "/kpis/new", ">--.----"),
    ("POST", "/kpis/new", "/kpis/new", ">--.----"),
    ("GET", "/kpis/{code}", "/kpis/sla", ">......-"),
    ("GET", "/kpis/{code}/edit", "/kpis/sla/edit", ">--.----"),
    ("POST", "/kpis/{code}/edit", "/kpis/sla/edit", ">--.----"),
    ("POST", "/kpis/{code}/use", "/kpis/sla/use", ">--.----"),
    ("GET", "/templates", "/templates", ">......-"),
    ("GET", "/templates.csv", "/templates.csv", ">......-"),
    ("GET", "/templates/new", "/templates/new", ">--.----"),
    ("POST", "/templates/new", "/templates/new", ">--.----"),
    (
        "GET",
        "/templates/{code}",
        "/templates/service-desk",
        ">......-",
    ),
    (
        "GET",
        "/templates/{code}/edit",
        "/templates/service-desk/edit",
        ">--.----",
    ),
    (
        "POST",
        "/templates/{code}/edit",
        "/templates/service-desk/edit",
        ">--.----",
    ),
    (
        "GET",
        "/cycles/{code}/people/{no}/goals",
        "/cycles/2026Q3/people/E1/goals",
        ">...--.-",
    ),
    (
        "GET",
        "/cycles/{code}/people/{no}/goals",
        "/cycles/2026Q3/people/E2/goals",
        ">0..--.-",
    ),
    (
        "GET",
        "/cycles/{code}/people/{no}/goals/propose",
        "/cycles/2026Q3/people/E1/goals/propose",
        ">...----",
    ),
    (
        "POST",
        "/cycles/{code}/people/{no}/goals/propose",
        "/cycles/2026Q3/people/E1/goals/propose",
        ">...----",
    ),
    (
        "POST",
        "/cycles/{code}/people/{no}/goals/propose",
        "/cycles/2026Q3/people/E2/goals/propose",
        ">0..----",
    ),
    (
        "POST",
        "/cycles/{code}/people/{no}/goals/answer",
        "/cycles/2026Q3/people/E1/goals/answer",
        ">...----",
    ),
    (
        "POST",
        "/cycles/{code}/people/{no}/goals/answer",
        "/cycles/2026Q3/people/E2/goals/answer",
        ">0..----",
    ),
    ("GET", "/my-team/goals", "/my-team/goals", ">...----"),
    ("POST", "/my-team/goals", "/my-team/goals", ">...----"),
    (
        "GET",
        "/cycles/{code}/teams/{team}/goals",
        "/cycles/2026Q3/teams/A/goals",
        ">0.....-",
    ),
    (
        "POST",
        "/cycles/{code}/teams/{team}/goals",
        "/cycles/2026Q3/teams/A/goals",
        ">0..----",
    ),
    ("GET", "/people/{no}/notes", "/people/E1/notes", ">...----"),
    ("GET", "/people/{no}/notes", "/people/E2/notes", ">0..----"),
    (
        "GET",
        "/people/{no}/notes.csv",
        "/people/E1/notes.csv",
        ">...----",
    ),
    (
        "GET",
        "/people/{no}/notes.csv",
        "/people/E2/notes.csv",
        ">0..----",
    ),
    (
        "GET",
        "/people/{no}/notes/new",
        "/people/E1/notes/new",
        ">...----",
    ),
    (
        "POST",
        "/people/{no}/notes/new",
        "/people/E1/notes/new",
        ">...----",
    ),
    (
        "POST",
        "/people/{no}/notes/new",
        "/people/E2/notes/new",
        ">0..----",
    ),
    (
        "GET",
        "/people/{no}/notes/{id}/edit",
        "/people/E1/notes/0/edit",
        ">000----",
    ),
    (
        "POST",
        "/people/{no}/notes/{id}/edit",
        "/people/E1/notes/0/edit",
        ">000----",
    ),
    (
        "GET",
        "/kpis/{code}/values",
        "/kpis/attrition/values",
        ">--.----",
    ),
    (
        "GET",
        "/kpis/{code}/values.csv",
        "/kpis/attrition/values.csv",
        ">--.----",
    ),
    (
        "POST",
        "/kpis/{code}/values",
        "/kpis/attrition/values",
        ">--.----",
    ),
    (
        "POST",
        "/kpis/{code}/values/rows",
        "/kpis/attrition/values/rows",
        ">--.----",
    ),
    (
        "POST",
        "/drafts",
        "/drafts?form=review&subject=x&back=/",
        ">.......",
    ),
    ("GET", "/scorecards", "/scorecards", ">......-"),
    ("GET", "/scorecards.csv", "/scorecards.csv", ">......-"),
    ("GET", "/scorecards/new", "/scorecards/new", ">--.----"),
    ("POST", "/scorecards/new", "/scorecards/new", ">--.----"),
    ("GET", "/scorecards/{code}", "/scorecards/peer", ">......-"),
    (
        "GET",
        "/scorecards/{code}/edit",
        "/scorecards/peer/edit",
        ">--.----",
    ),
    (
        "POST",
        "/scorecards/{code}/edit",
        "/scorecards/peer/edit",
        ">--.----",
    ),
    (
        "POST",
        "/scorecards/{code}/publish",
        "/scorecards/peer/publish",
        ">--.----",
    ),
    (
        "POST",
        "/scorecards/{code}/use",
        "/scorecards/peer/use",
        ">--.----",
    ),
    (
        "GET",
        "/cycles/{code}/reviews",
        "/cycles/2026Q3/reviews",
        ">...--.-",
    ),
    (
        "GET",
        "/cycles/{code}/reviews.csv",
        "/cycles/2026Q3/reviews.csv",
        ">...--.-",
    ),
    (
        "POST",
        "/cycles/{code}/reviews/close-peers",
        "/cycles/2026Q3/reviews/close-peers",
        ">--.----",
    ),
    // Nobody reviews in this cycle, so there is nothing to find.
    (
        "GET",
        "/cycles/{code}/people/{no}/self",
        "/cycles/2026Q3/people/E1/self",
        ">000--0-",
    ),
    (
        "POST",
        "/cycles/{code}/people/{no}/self",
        "/cycles/2026Q3/people/E1/self",
        ">000--0-",
    ),
    (
        "GET",
        "/cycles/{code}/people/{no}/peers",
        "/cycles/2026Q3/people/E1/peers",
        ">000--0-",
    ),
    (
        "POST",
        "/cycles/{code}/people/{no}/peers",
        "/cycles/2026Q3/people/E1/peers",
        ">000--0-",
    ),
    (
        "GET",
        "/cycles/{code}/people/{no}/peer-review",
        "/cycles/2026Q3/people/E1/peer-review",
        ">000--0-",
    ),
    (
        "POST",
        "/cycles/{code}/people/{no}/peer-review",
        "/cycles/2026Q3/people/E1/peer-review",
        ">000--0-",
    ),
    (
        "GET",
        "/cycles/{code}/people/{no}/review",
        "/cycles/2026Q3/people/E1/review",
        ">000--0-",
    ),
    (
        "POST",
        "/cycles/{code}/people/{no}/review",
        "/cycles/2026Q3/people/E1/review",
        ">000--0-",
    ),
    (
        "GET",
        "/cycles/{code}/people/{no}/note",
        "/cycles/2026Q3/people/E1/note",
        ">000--0-",
    ),
    (
        "POST",
        "/cycles/{code}/people/{no}/note",
        "/cycles/2026Q3/people/E1/note",
        ">000--0-",
    ),
    (
        "POST",
        "/cycles/{code}/people/{no}/peer-review/decline",
        "/cycles/2026Q3/people/E1/peer-review/decline",
        ">000--0-",
    ),
    (
        "POST",
        "/cycles/{code}/people/{no}/review/pass-on",
        "/cycles/2026Q3/people/E1/review/pass-on",
        ">000--0-",
    ),
    (
        "POST",
        "/cycles/{code}/people/{no}/review/return",
        "/cycles/2026Q3/people/E1/review/return",
        ">000--0-",
    ),
    ("GET", "/cycles", "/cycles", ">...-..-"),
    ("GET", "/cycles.csv", "/cycles.csv", ">...-..-"),
    ("GET", "/cycles/new", "/cycles/new", ">--.----"),
    ("POST", "/cycles/new", "/cycles/new", ">--.----"),
    ("GET", "/cycles/{code}", "/cycles/2026Q3", ">...-..-"),
    (
        "POST",
        "/cycles/{code}/step",
        "/cycles/2026Q3/step",
        ">--.----",
    ),
    (
        "POST",
        "/cycles/{code}/deadlines",
        "/cycles/2026Q3/deadlines",
        ">--.----",
    ),
    (
        "POST",
        "/cycles/{code}/plan",
        "/cycles/2026Q3/plan",
        ">--.----",
    ),
    (
        "GET",
        "/cycles/{code}/people",
        "/cycles/2026Q3/people",
        ">...--.-",
    ),
    (
        "GET",
        "/cycles/{code}/people.csv",
        "/cycles/2026Q3/people.csv",
        ">...--.-",
    ),
    (
        "GET",
        "/people/{no}/cycles",
        "/people/E1/cycles",
        ">...--.-",
    ),
    // Not of E1's line.
    (
        "GET",
        "/people/{no}/cycles",
        "/people/E2/cycles",
        ">0..--.-",
    ),
    (
        "GET",
        "/cycles/{code}/people/{no}",
        "/cycles/2026Q3/people/E1",
        ">...--.-",
    ),
    (
        "GET",
        "/cycles/{code}/people/{no}",
        "/cycles/2026Q3/people/E2",
        ">0..--.-",
    ),
    (
        "POST",
        "/cycles/{code}/people/{no}/standing",
        "/cycles/2026Q3/people/E1/standing",
        ">--.----",
    ),
    // What becomes of results.
    (
        "GET",
        "/cycles/{code}/fairness",
        "/cycles/2026Q3/fairness",
        ">--.--.-",
    ),
    (
        "GET",
        "/cycles/{code}/fairness/{no}",
        "/cycles/2026Q3/fairness/E9",
        ">--0--0-",
    ),
    ("GET", "/me/groups", "/me/groups", ">..00000"),
    ("POST", "/me/groups", "/me/groups", ">..00000"),
    (
        "GET",
        "/cycles/{code}/calibration",
        "/cycles/2026Q3/calibration",
        ">...-..-",
    ),
    (
        "GET",
        "/cycles/{code}/calibration/new",
        "/cycles/2026Q3/calibration/new",
        ">--.----",
    ),
    (
        "POST",
        "/cycles/{code}/calibration/new",
        "/cycles/2026Q3/calibration/new",
        ">--.----",
    ),
    // A member alone opens a session; here there is none.
    (
        "GET",
        "/cycles/{code}/calibration/{id}",
        "/cycles/2026Q3/calibration/0",
        ">000-00-",
    ),
    (
        "GET",
        "/cycles/{code}/calibration/{id}/edit",
        "/cycles/2026Q3/calibration/0/edit",
        ">--0----",
    ),
    (
        "POST",
        "/cycles/{code}/calibration/{id}/edit",
        "/cycles/2026Q3/calibration/0/edit",
        ">--0----",
    ),
    (
        "POST",
        "/cycles/{code}/calibration/{id}/close",
        "/cycles/2026Q3/calibration/0/close",
        ">--0----",
    ),
    (
        "GET",
        "/cycles/{code}/calibration/{id}/people/{no}",
        "/cycles/2026Q3/calibration/0/people/E1",
        ">000-00-",
    ),
    (
        "POST",
        "/cycles/{code}/calibration/{id}/people/{no}",
        "/cycles/2026Q3/calibration/0/people/E1",
        ">000-00-",
    ),
    (
        "POST",
        "/cycles/{code}/calibration/{id}/people/{no}/conflict",
        "/cycles/2026Q3/calibration/0/people/E1/conflict",
        ">000-00-",
    ),
    (
        "GET",
        "/cycles/{code}/release",
        "/cycles/2026Q3/release",
        ">...----",
    ),
    (
        "POST",
        "/cycles/{code}/release",
        "/cycles/2026Q3/release",
        ">...----",
    ),
    (
        "POST",
        "/cycles/{code}/people/{no}/release",
        "/cycles/2026Q3/people/E1/release",
        ">-..----",
    ),
    (
        "GET",
        "/cycles/{code}/people/{no}/feedback",
        "/cycles/2026Q3/people/E1/feedback",
        ">...--.-",
    ),
    (
        "GET",
        "/cycles/{code}/people/{no}/feedback",
        "/cycles/2026Q3/people/E2/feedback",
        ">0..--.-",
    ),
    (
        "POST",
        "/cycles/{code}/people/{no}/feedback",
        "/cycles/2026Q3/people/E1/feedback",
        ">-..----",
    ),
    (
        "POST",
        "/cycles/{code}/people/{no}/acknowledgement",
        "/cycles/2026Q3/people/E1/acknowledgement",
        ">.------",
    ),
    (
        "GET",
        "/cycles/{code}/people/{no}/appeal",
        "/cycles/2026Q3/people/E1/appeal",
        ">...--.-",
    ),
    (
        "GET",
        "/cycles/{code}/people/{no}/appeal",
        "/cycles/2026Q3/people/E2/appeal",
        ">0..--.-",
    ),
    (
        "POST",
        "/cycles/{code}/people/{no}/appeal",
        "/cycles/2026Q3/people/E1/appeal",
        ">.------",
    ),
    (
        "POST",
        "/cycles/{code}/people/{no}/appeal/reviewer",
        "/cycles/2026Q3/people/E1/appeal/reviewer",
        ">--0----",
    ),
    (
        "POST",
        "/cycles/{code}/people/{no}/appeal/hearing",
        "/cycles/2026Q3/people/E1/appeal/hearing",
        ">000--0-",
    ),
    (
        "POST",
        "/cycles/{code}/people/{no}/appeal/decision",
        "/cycles/2026Q3/people/E1/appeal/decision",
        ">000--0-",
    ),
    ("GET", "/appeals", "/appeals", ">...--.-"),
    ("GET", "/appeals.csv", "/appeals.csv", ">...--.-"),
    ("GET", "/rewards", "/rewards", ">...--.-"),
    ("GET", "/rewards.csv", "/rewards.csv", ">...--.-"),
    ("POST", "/rewards/propose", "/rewards/propose", ">--.----"),
    ("GET", "/rewards/rules", "/rewards/rules", ">......-"),
    (
        "GET",
        "/rewards/rules/new",
        "/rewards/rules/new",
        ">--.----",
    ),
    (
        "POST",
        "/rewards/rules/new",
        "/rewards/rules/new",
        ">--.----",
    ),
    (
        "GET",
        "/rewards/rules/{code}/edit",
        "/rewards/rules/twice/edit",
        ">--0----",
    ),
    (
        "POST",
        "/rewards/rules/{code}/edit",
        "/rewards/rules/twice/edit",
        ">--0----",
    ),
    (
        "POST",
        "/rewards/rules/{code}/publish",
        "/rewards/rules/twice/publish",
        ">--0----",
    ),
    ("GET", "/rewards/{id}", "/rewards/0", ">000--0-"),
    ("POST", "/rewards/{id}", "/rewards/0", ">--0----"),
    (
        "GET",
        "/rewards/{id}/certificate",
        "/rewards/0/certificate",
        ">000--0-",
    ),
    ("GET", "/plans", "/plans", ">...-..-"),
    ("GET", "/plans.csv", "/plans.csv", ">...-..-"),
    ("GET", "/plans/new", "/plans/new", ">-..----"),
    ("POST", "/plans/new", "/plans/new", ">-..----"),
    // Of team A.
    ("GET", "/plans/{code}", "/plans/P-0001", ">0..-..-"),
    (
        "GET",
        "/plans/{code}/edit",
        "/plans/P-0001/edit",
        ">0..----",
    ),
    (
        "POST",
        "/plans/{code}/edit",
        "/plans/P-0001/edit",
        ">0..----",
    ),
    (
        "POST",
        "/plans/{code}/step",
        "/plans/P-0001/step",
        ">0..----",
    ),
    (
        "POST",
        "/plans/{code}/actions",
        "/plans/P-0001/actions",
        ">0..----",
    ),
    (
        "POST",
        "/plans/{code}/actions/outcome",
        "/plans/P-0001/actions/outcome",
        ">0------",
    ),
    (
        "POST",
        "/plans/{code}/reviews",
        "/plans/P-0001/reviews",
        ">0..----",
    ),
    (
        "POST",
        "/plans/{code}/acknowledge",
        "/plans/P-0002/acknowledge",
        ">.------",
    ),
    // Of E1, approved.
    ("GET", "/plans/{code}", "/plans/P-0002", ">...-0.-"),
    (
        "GET",
        "/plans/{code}/file",
        "/plans/P-0002/file",
        ">...--.-",
    ),
    // Of E2, a draft.
    ("GET", "/plans/{code}", "/plans/P-0003", ">0..-0.-"),
    // Owned by E9.
    ("GET", "/openings", "/openings", ">...-..-"),
    ("GET", "/openings.csv", "/openings.csv", ">...-..-"),
    ("GET", "/openings/new", "/openings/new", ">-..----"),
    ("POST", "/openings/new", "/openings/new", ">-..----"),
    ("GET", "/openings/privacy", "/openings/privacy", ">--.----"),
    ("POST", "/openings/consent", "/openings/consent", ">--.----"),
    (
        "POST",
        "/openings/retention",
        "/openings/retention",
        ">--.----",
    ),
    ("GET", "/openings/{code}", "/openings/O-0001", ">0..-..-"),
    (
        "GET",
        "/openings/{code}/edit",
        "/openings/O-0001/edit",
        ">0..----",
    ),
    (
        "POST",
        "/openings/{code}/edit",
        "/openings/O-0001/edit",
        ">0..----",
    ),
    (
        "GET",
        "/openings/{code}/criteria",
        "/openings/O-0001/criteria",
        ">0..----",
    ),
    (
        "POST",
        "/openings/{code}/criteria",
        "/openings/O-0001/criteria",
        ">0..----",
    ),
    (
        "POST",
        "/openings/{code}/step",
        "/openings/O-0001/step",
        ">0..-.--",
    ),
    ("GET", "/candidates", "/candidates", ">...--.-"),
    ("GET", "/candidates.csv", "/candidates.csv", ">...--.-"),
    ("GET", "/candidates/new", "/candidates/new", ">--.----"),
    ("POST", "/candidates/new", "/candidates/new", ">--.----"),
    (
        "GET",
        "/candidates/resumes",
        "/candidates/resumes",
        ">--.----",
    ),
    (
        "POST",
        "/candidates/resumes",
        "/candidates/resumes",
        ">--.----",
    ),
    (
        "GET",
        "/candidates/duplicates",
        "/candidates/duplicates",
        ">--.----",
    ),
    ("GET", "/candidates/{code}", "/candidates/C-0", ">000--0-"),
    (
        "GET",
        "/candidates/{code}/edit",
        "/candidates/C-0/edit",
        ">--0----",
    ),
    (
        "POST",
        "/candidates/{code}/edit",
        "/candidates/C-0/edit",
        ">--0----",
    ),
    (
        "POST",
        "/candidates/{code}/notes",
        "/candidates/C-0/notes",
        ">--0----",
    ),
    (
        "GET",
        "/candidates/{code}/apply",
        "/candidates/C-0/apply",
        ">--0----",
    ),
    (
        "POST",
        "/candidates/{code}/apply",
        "/candidates/C-0/apply",
        ">--0----",
    ),
    (
        "POST",
        "/candidates/{code}/pool",
        "/candidates/C-0/pool",
        ">--0----",
    ),
    (
        "POST",
        "/candidates/{code}/attachments",
        "/candidates/C-0/attachments",
        ">--0----",
    ),
    (
        "GET",
        "/candidates/{code}/erase",
        "/candidates/C-0/erase",
        ">--0----",
    ),
    (
        "POST",
        "/candidates/{code}/erase",
        "/candidates/C-0/erase",
        ">--0----",
    ),
    (
        "GET",
        "/candidates/{code}/merge",
        "/candidates/C-0/merge",
        ">--0----",
    ),
    (
        "POST",
        "/candidates/{code}/merge",
        "/candidates/C-0/merge",
        ">--0----",
    ),
    (
        "GET",
        "/candidates/{code}/attachments/{id}",
        "/candidates/C-0/attachments/1",
        ">000--0-",
    ),
    (
        "GET",
        "/applications/{code}",
        "/applications/A-0",
        ">000--0-",
    ),
    (
        "POST",
        "/applications/{code}/answers",
        "/applications/A-0/answers",
        ">--0----",
    ),
    (
        "POST",
        "/applications/{code}/step",
        "/applications/A-0/step",
        ">--0----",
    ),
    (
        "GET",
        "/openings/{code}/board",
        "/openings/O-0001/board",
        ">0..--.-",
    ),
    (
        "GET",
        "/openings/{code}/applications",
        "/openings/O-0001/applications",
        ">0..--.-",
    ),
    (
        "POST",
        "/openings/{code}/applications",
        "/openings/O-0001/applications",
        ">--.----",
    ),
    (
        "GET",
        "/openings/{code}/applications.csv",
        "/openings/O-0001/applications.csv",
        ">0..--.-",
    ),
    ("GET", "/careers", "/careers", "........"),
    ("GET", "/careers/{code}", "/careers/O-0001", "........"),
    ("POST", "/careers/{code}", "/careers/O-0001", "........"),
    (
        "GET",
        "/careers/mine/{token}",
        "/careers/mine/0",
        "00000000",
    ),
    (
        "POST",
        "/careers/mine/{token}/withdraw",
        "/careers/mine/0/withdraw",
        "00000000",
    ),
    (
        "POST",
        "/careers/mine/{token}/pool",
        "/careers/mine/0/pool",
        "00000000",
    ),
    (
        "POST",
        "/careers/mine/{token}/reply",
        "/careers/mine/0/reply",
        "00000000",
    ),
    (
        "POST",
        "/careers/mine/{token}/offer",
        "/careers/mine/0/offer",
        "00000000",
    ),
    (
        "POST",
        "/careers/mine/{token}/erase",
        "/careers/mine/0/erase",
        "00000000",
    ),
];

/// What is sent to each POST route: enough to be understood.
fn fields(route: &str) -> Vec<(&'static str, &'static str)> {
    match route {
        "/sign-in" => vec![("login", "nobody"), ("password", "wrong")],
        "/language" => vec![("locale", "en"), ("back", "/me")],
        "/theme" => vec![("theme", "dark"), ("back", "/me")],
        "/inbox/read" => vec![("last", "0")],
        "/findings/{id}/state" => vec![("state", "noted"), ("row_version", "1")],
        "/accounts/{login}/disabled" => vec![("disabled", "false")],
        "/kpis/{code}/values" | "/kpis/{code}/values/rows" => vec![("quarter", "2026Q3")],
        "/openings/consent" => vec![("kind", "pool")],
        "/applications/{code}/answers" => vec![("position", "1")],
        "/applications/{code}/step" => vec![("step", "to_stage")],
        "/openings/{code}/applications" => vec![("action", "move")],
        "/my-team/goals" => vec![("cycle", "2026Q3"), ("action", "agree")],
        "/kpis/{code}/use" | "/scorecards/{code}/use" => vec![("retired", "false")],
        _ => vec![],
    }
}

/// A template that judges everybody.
fn template() -> &'static str {
    let all = espalier::seeds::CYCLE_TEMPLATES;
    all.iter().find(|t| t.0 == "service-desk").unwrap().1
}

/// The tests' company, and an account to be looked at.
fn company(db: &TestDb) {
    make::company(db);
    make::records(
        "id,opened_at,employee,channel,sla_met\n\
         r1,2026-09-01 09:00,E1,phone,yes\n\
         r2,2026-09-01 09:00,E2,phone,no\n",
    )
    .load(db);
    create_cycle(db, "2026Q3", template());
    force_to(db, "2026Q3", "goal_setting");
    db.run(
        "insert into finding (kind, measure, team_id, day, details_json, state, importance, urgency, \
         dedupe_key, found_at) \
         select 'early_warning', 'sla', id, 20700, \
         '{\"rule\":\"beyond_limit\",\"value\":50.0,\"mean\":90.0,\"lower\":80.0,\"upper\":100.0,\"n\":30,\"worse\":true}', \
         'open', 3, 3, 'k', '2026-10-05 08:00:00' from team where code = 'A'",
    );
    for (code, scope, about, state) in [
        ("P-0001", "team", "team_id", "draft"),
        ("P-0002", "person", "staff_id", "approved"),
        ("P-0003", "person", "staff_id", "draft"),
    ] {
        let whom = match code {
            "P-0001" => "select id from team where code = 'A'",
            "P-0002" => "select id from staff where employee_no = 'E1'",
            _ => "select id from staff where employee_no = 'E2'",
        };
        db.run(&format!(
            "insert into plan (code, scope, {about}, owner_id, state, title, problem, causes_json, \
             review_days) \
             select '{code}', '{scope}', ({whom}), id, '{state}', 't', 'p', \
             '{{\"fishbone\":{{\"environment\":\"\",\"information\":\"\",\"management\":\"\",\
             \"people\":\"\",\"process\":\"\",\"tools\":\"\"}},\"whys\":[]}}', 14 \
             from staff where employee_no = 'E9'"
        ));
    }
    db.run(
        "insert into opening (code, team_id, job_role_id, owner_id, head_count, state, title_zh, title_en, \
         body_zh, body_en, reason, pass_rule_json, knock_outs_json, requested_by, requested_at) \
         select 'O-0001', team.id, job_role.id, staff.id, 1, 'published', 't', 't', 'b', 'b', 'r', \
         '{\"criterion_h\":200,\"interviewers\":2,\"spread_h\":200,\"total_h\":6000}', '[]', 'x', \
         '2026-10-01 08:00:00' from team, job_role, staff \
         where team.code = 'A' and job_role.code = 'agent' and employee_no = 'E9'",
    );
    db.run(
        "insert into opening_stage (opening_id, position, kind, name_zh, name_en, blind, raters, kit_json) \
         select id, 1, 'offer', 's', 's', false, 1, '[]' from opening",
    );
    db.run("insert into skill (code, name_zh, name_en, critical) values ('calm', '冷静', 'Calm', true)");
    an_interview(db);
    let admin = somebody(db, &[Role::Administrator], None);
    admin.post("/accounts/new", &[("login", "kim")]).expect(200);
}

/// An applicant for an opening of E9's, who is to be interviewed by E1 and E3.
fn an_interview(db: &TestDb) {
    let id = hiring::opening(db, "O-1", "A", make::LEAD);
    db.run(
        "update opening set pass_rule_json = \
         '{\"criterion_h\":200,\"interviewers\":2,\"spread_h\":200,\"total_h\":6000}'",
    );
    db.run(
        "update opening_stage set version_id = (select max(v.id) from scorecard_version v \
         join scorecard s on s.id = v.scorecard_id where s.code = 'interview')",
    );
    let found = hiring::applied(db, id, "李娜", "li@example.com");
    let to = Step::ToStage(hiring::stage(db, id, 2));
    db.db
        .write(|conn| moves::step(conn, &[found.id], &to, &make::actor()))
        .unwrap();
    somebody(db, &[Role::Hr], None)
        .post(
            &format!("/applications/{}/rounds", found.code),
            &[
                ("raters", "E1, E3"),
                ("day", "2026-10-06"),
                ("time", "10:00"),
                ("minutes", "45"),
                ("place", "Room 1"),
            ],
        )
        .expect(303);
}

/// Somebody for each column.
fn actors(db: &TestDb) -> Vec<Browser> {
    ACTORS
        .iter()
        .map(|actor| match *actor {
            "nobody" => visitor(db),
            "employee" => somebody(db, &[], Some(make::AGENT)),
            "manager" => somebody(db, &[], Some(make::LEAD)),
            role => somebody(db, &[Role::parse(role).unwrap()], None),
        })
        .collect()
}

/// What an answer says of the asker's permission.
fn sign(browser: &Browser, method: &str, route: &str, address: &str) -> (char, u16) {
    let page = match method {
        "GET" => browser.get(address),
        _ => browser.post(address, &fields(route)),
    };
    let sign = match page.status {
        401 => '>',
        303 if page.location().starts_with("/sign-in?") => '>',
        403 => '-',
        404 => '0',
        // Understood, whether or not what was sent is complete.
        200 | 303 | 409 | 422 | 304 => '.',
        _ => '!',
    };
    for header in [
        "content-security-policy",
        "x-content-type-options",
        "referrer-policy",
        "cache-control",
    ] {
        assert!(
            page.headers.contains_key(header),
            "{address} has no {header}"
        );
    }
    (sign, page.status)
}

fn every_route_answers_each_role_as_the_table_says(db: &TestDb) {
    company(db);
    let mut wrong = Vec::new();
    for (method, route, address, expected) in TABLE {
        // Anew for each route: some of them end sessions.
        for (column, browser) in actors(db).iter().enumerate() {
            let (found, status) = sign(browser, method, route, address);
            let allowed = expected.chars().nth(column).unwrap();
            if found != allowed {
                wrong.push(format!(
                    "{method} {address} as {}: {found} ({status}), the table says {allowed}",
                    ACTORS[column]
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn no_form_is_taken_without_its_token_or_from_elsewhere(db: &TestDb) {
    company(db);
    let everything = [Role::Hr, Role::Administrator, Role::Auditor];
    let browser = somebody(db, &everything, Some(make::LEAD));
    let before = db.state();
    for (method, route, address, _) in TABLE {
        if *method != "POST" {
            continue;
        }
        let mut foreign = somebody(db, &everything, Some(make::LEAD));
        let before = db.state();
        foreign.same_origin = false;
        foreign.post(address, &fields(route)).expect(403);
        foreign.headers = vec![("sec-fetch-site", "cross-site".to_string())];
        foreign.post(address, &fields(route)).expect(403);
        foreign.headers = vec![("origin", "https://evil.example".to_string())];
        foreign.post(address, &fields(route)).expect(403);
        assert_eq!(
            before,
            db.state(),
            "{address} changed something for a stranger"
        );
        // Who is not signed in has no token; these say where they come from.
        let open = ["/sign-in", "/language", "/theme"].contains(route);
        if !open && !route.starts_with("/careers/") {
            let mut sent = fields(route);
            sent.push(("csrf", "00000000000000000000000000000000"));
            browser.post(address, &sent).expect(403);
        }
    }
    // Sessions of the strangers above are all that is new.
    let mut after = db.state();
    for table in ["account", "account_role", "session"] {
        after.insert(table.to_string(), before[table].clone());
    }
    assert_eq!(before, after);
}

/// Every `.route("...", web::METHOD()` of the sources.
fn registered() -> BTreeSet<(String, String)> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeSet::new();
    for path in files_below(&source, "rs") {
        let text = std::fs::read_to_string(&path).unwrap();
        for part in text.split(".route(").skip(1) {
            let Some(route) = part.trim_start().strip_prefix('"') else {
                continue;
            };
            let (route, rest) = route.split_once('"').unwrap();
            let method = rest.split("web::").nth(1).unwrap();
            let method = method.split('(').next().unwrap().to_uppercase();
            found.insert((method, route.to_string()));
        }
    }
    found
}

#[test]
fn every_registered_route_is_in_the_table() {
    let table: BTreeSet<(String, String)> = TABLE
        .iter()
        .map(|(method, route, ..)| (method.to_string(), route.to_string()))
        .collect();
    let registered = registered();
    let missing: Vec<_> = registered.difference(&table).collect();
    assert!(missing.is_empty(), "not in the table: {missing:?}");
    let gone: Vec<_> = table.difference(&registered).collect();
    assert!(gone.is_empty(), "in the table but not registered: {gone:?}");
}

#[test]
fn a_writing_method_that_no_route_takes_is_refused() {
    let db = TestDb::sqlite();
    let hr = somebody(&db, &[Role::Hr], None);
    for method in [Method::PUT, Method::DELETE, Method::PATCH] {
        let page = hr.send(method.clone(), "/people", None);
        assert!(
            [404, 405].contains(&page.status),
            "{method} {}",
            page.status
        );
    }
}
