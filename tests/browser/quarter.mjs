// A whole quarter in a real browser: six people of a small company, each at a browser of their own, from the
// template to the closing of the cycle. On the way every form that is sent is sent twice, gone back from, gone
// forward to and reloaded; connections drop, a session ends, two write at once, one browser has no script.
//
// node tests/browser/quarter.mjs PROGRAM CHROMIUM [FOLDER FOR PICTURES]

import { check, company, examiner, fillIn, formOf, heading, is, launch, main, opener, path, press, put, run, send, viewer } from "./lib.mjs";

const [program, executablePath, pictures] = process.argv.slice(2);

// --- the company ---

// The morning of 2026-10-05 where the organisation is: the quarter is over, its appraisal is not.
const { espalier, file, account, passwords, serve, enter: arrive } = company(program, "quarter", "1791165600");

file("teams.csv", ["code,name_zh,name_en,parent", "HQ,总部,Head office,", "A,一组,Team One,HQ"]);
file("staff.csv", [
  "employee_no,name,name_en,team,job_role,manager,hired_on",
  "D1,王强,Wang Qiang,HQ,head,,2015-01-05",
  "M1,赵敏,Zhao Min,A,manager,D1,2015-01-05",
  "HR1,何华,He Hua,HQ,hr,D1,2015-01-05",
  "P1,张伟,Zhang Wei,A,agent,M1,2015-03-02",
  "P2,李娜,Li Na,A,agent,M1,2015-03-02",
  "P3,陈杰,Chen Jie,A,agent,M1,2015-03-02",
]);
// Before July half of the cases are late, after it one in ten; P1's customers are the least satisfied.
const records = ["id,opened_at,employee,sla_met,reopened,csat"];
for (const [month, late] of [["04", 2], ["05", 2], ["07", 10], ["08", 10], ["09", 10]]) {
  for (const [no, csat] of [["P1", 2], ["P2", 4], ["P3", 5]]) {
    for (let at = 1; at <= 20; at += 1) {
      const sla = at % late === 0 ? "no" : "yes";
      const answer = at % 3 === 0 ? csat - 1 : csat;
      records.push(`${no}-${month}-${at},2026-${month}-${String(at).padStart(2, "0")} 10:00,${no},${sla},no,${answer}`);
    }
  }
}
file("records.csv", records);
const TEMPLATE = `name_zh = "小组季度考核"
name_en = "A quarter of a small team"
agreement = true
reviews = true
peers = true

[weights]
kpi = 7000
competency = 3000

[[sheet]]
items = [
  { kpi = "sla", weight_bp = 4000, threshold = 50, target = 80, stretch = 100 },
  { kpi = "reopen_rate", weight_bp = 2000, threshold = 20, target = 10, stretch = 0 },
  { kpi = "csat", weight_bp = 4000, threshold = 50, target = 80, stretch = 100 },
]
`;

espalier("migrate");
espalier("import", "teams", "teams.csv");
espalier("import", "staff", "staff.csv", "--create-missing");
espalier("import", "service-records", "records.csv");
for (const person of [["hr", "HR1", "hr"], ["director", "D1"], ["manager", "M1"], ["wei", "P1"], ["na", "P2"], ["jie", "P3"]]) account(...person);

const address = await serve();

// --- six people at browsers ---

const browser = await launch(executablePath);
const open = opener(browser, address);
const examine = examiner(pictures, "quarter-");
const { look, lookAgain } = viewer(examine);

const enter = async (login, options) => arrive(await open(options), login);
const people = {};
const everybodyComesIn = async () => {
  for (const login of ["hr", "director", "manager", "wei", "jie"]) people[login] = await enter(login);
  people.na = await enter("na", { javaScriptEnabled: false });
};

const CYCLE = "/cycles/2026Q3";
const of = (no, part = "") => `${CYCLE}/people/${no}${part}`;
const step = (to, fields = {}) => send(people.hr, CYCLE, `${CYCLE}/step`, { to, reason: `on to ${to}`, ...fields });

// --- the quarter ---

const aCycleIsMade = async () => {
  const { hr } = people;
  await send(hr, "/templates/new", "/templates/new", { code: "small", body: TEMPLATE });
  await look(hr, "template", "/templates/small");
  await send(hr, "/cycles/new", "/cycles/new", { quarter: "2026Q3", template: "small" });
  await is(hr, CYCLE, "the board of the new cycle");
  await send(hr, CYCLE, "/deadlines", {
    due_goal_setting: "2026-10-08",
    due_tracking: "2026-10-09",
    due_evaluation: "2026-10-16",
    due_calibration: "2026-10-21",
    due_feedback: "2026-10-30",
  });
  await step("goal_setting");
  await look(hr, "board in goal setting", CYCLE);
};

const goalsAreNegotiated = async () => {
  const { wei, jie, na, manager, hr } = people;
  await look(wei, "proposal", of("P1", "/goals/propose"));
  // What was typed and not sent is offered again.
  await put(formOf(wei, "/goals/propose"), { reason: "half a reason" });
  await wei.goto(of("P1", "/goals"));
  await wei.goBack();
  const offered = wei.locator("main form.form .notice [data-restore]");
  if ((await wei.inputValue("[name=reason]")) !== "half a reason") await offered.click();
  check((await wei.inputValue("[name=reason]")) === "half a reason", "a proposal that was left is offered again");
  await send(wei, of("P1", "/goals/propose"), "/goals/propose", {
    weight_0: "50", weight_1: "10", weight_2: "40", b_0: "75", reason: "the new queue weighs more",
  });
  await look(manager, "sheet with a proposal", of("P1", "/goals"));
  await send(manager, of("P1", "/goals/propose"), "/goals/propose", {
    weight_0: "45", weight_1: "15", weight_2: "40", b_0: "78", reason: "half way",
    other_name_0: "Help the new ones", other_results_0: "Two shadowed shifts\nA written guide",
  });
  await look(wei, "sheet with a counter-proposal", of("P1", "/goals"));
  await lookAgain(wei, "sheet with a counter-proposal", of("P1", "/goals"));
  await send(wei, of("P1", "/goals"), "/goals/answer", { answer: "accept", words: "so be it" });
  await look(wei, "agreed sheet", of("P1", "/goals"));
  check((await main(wei)).includes("Agreed by both sides"), "both sides have agreed");

  // Without script.
  await send(na, of("P2", "/goals/propose"), "/goals/propose", { weight_0: "40", weight_1: "25", weight_2: "35" });
  await send(manager, of("P2", "/goals"), "/goals/answer", { answer: "accept" });
  check((await na.goto(of("P2", "/goals"))).status() === 200 && (await main(na)).includes("Agreed by both sides"), "a proposal without script is agreed");

  await send(jie, of("P3", "/goals"), "/goals/answer");
  await look(manager, "goals of the team", "/my-team/goals");
  await send(manager, of("P3", "/goals"), "/goals/answer");
  await step("tracking", { force: true });
  await look(hr, "board in tracking", CYCLE);
};

const checkInsAreHeld = async () => {
  const { manager, wei } = people;
  const note = (no, day, body, more = {}) =>
    send(manager, `/people/${no}/notes/new?kind=check_in`, "/notes/new", { day, body, ...more });
  await look(manager, "check-in", "/people/P1/notes/new?kind=check_in");
  for (const no of ["P1", "P2", "P3"]) {
    await note(no, "2026-08-03", "The queue is sorted each morning.");
    await note(no, "2026-09-07", "Keeps the time; customers wait for answers.", { progress_0: "60" });
  }
  await look(wei, "notes", "/people/P1/notes");
  check((await main(wei)).includes("sorted each morning"), "the person reads what was shared");
  await step("evaluation", { force: true });
};

const CRITERIA = ["communication", "service", "problem_solving", "teamwork"];
const PEER_CRITERIA = ["reliability", "helpfulness", "sharing", "respect"];
const sheet = (criteria, points, summary) => ({ ...Object.fromEntries(criteria.map((c) => [`r_${c}`, String(points)])), summary });
const draft = (request) => request.url().includes("/drafts");
const draftKept = (answer) => draft(answer.request());

const selfReviewsOutliveTheirSession = async () => {
  const { wei, jie, na } = people;
  const self = of("P1", "/self");
  await look(wei, "self-review", self);
  await put(formOf(wei, "/self"), sheet(CRITERIA, 300, "My own words, typed before the session ended"));
  await wei.context().clearCookies({ name: "espalier" });
  await formOf(wei, "/self").locator("button:not([formaction], [type=button])").click();
  await wei.locator("#f-password").waitFor();
  await fillIn(wei, "wei", passwords.wei);
  await wei.getByRole("button", { name: "Back to my form" }).click();
  await wei.waitForLoadState();
  check((await wei.inputValue("[name=summary]")) === "My own words, typed before the session ended", "after signing in the words are back");
  check((await wei.locator("[name^=r_]:checked").count()) === CRITERIA.length, "and the levels");
  await look(wei, "self-review that came back");
  const other = await wei.context().newPage();
  await other.goto(self);
  check((await other.locator("main form[action$='/self']").count()) === 1, "nothing was sent before");
  await other.close();
  await send(wei, null, "/self");
  check((await main(wei)).includes("typed before the session ended"), "sent again it is there");

  // Without script; the button keeps a draft.
  const form = formOf(na, "/self");
  await na.goto(of("P2", "/self"));
  await put(form, { summary: "half a thought" });
  await form.locator("button[formaction]").first().click();
  await na.waitForLoadState();
  check((await na.inputValue("[name=summary]")) === "half a thought", "a draft is kept without script");
  await send(na, null, "/self", sheet(CRITERIA, 400, "A whole thought"));
  check((await main(na)).includes("A whole thought"), "a self-review is sent without script");
  await send(jie, of("P3", "/self"), "/self", sheet(CRITERIA, 300, "A quiet quarter"));
};

const colleaguesAnswer = async () => {
  const { wei, na, jie, hr, manager } = people;
  await look(wei, "colleagues to name", of("P1", "/peers"));
  await send(wei, of("P1", "/peers"), "/peers", { peer_1: "P2", peer_2: "P3", others: "HR1" });
  await look(manager, "colleagues to confirm", of("P1", "/peers"));
  await send(manager, of("P1", "/peers"), "/peers");
  for (const [page, words] of [[na, "Answers before one asks"], [jie, "Knows the queue"], [hr, "Reads the manuals"]]) {
    await page.goto("/");
    await page.locator('main a[href$="/people/P1/peer-review"]').first().click();
    if (page === jie) await look(jie, "feedback on a colleague");
    await send(page, null, "/peer-review", sheet(PEER_CRITERIA, 400, words));
    await is(page, "/", "the way out says nothing of whom");
  }
  await look(hr, "reviews", `${CYCLE}/reviews`);
  await send(hr, `${CYCLE}/reviews`, "/reviews/close-peers");
  await look(wei, "what colleagues say", of("P1", "/peers"));
  check((await main(wei)).includes("Knows the queue"), "three answers are shown together");
};

const aReviewOutlivesTheConnection = async () => {
  const { manager, hr } = people;
  const review = of("P1", "/review");
  // The director may write in the manager's stead, which somebody has to ask for.
  await send(hr, review, "/review/pass-on", { to: "D1", reason: "The manager may be travelling" });
  await look(hr, "a review that is passed on");
  await manager.goto(review);
  const words = manager.locator("[name=summary]");
  const saved = manager.locator("[data-saved]");
  await Promise.all([manager.waitForResponse(draftKept), words.fill("A quarter of two halves")]);
  await manager.waitForFunction(() => /\d\d:\d\d/.test(document.querySelector("[data-saved]").textContent));
  await look(manager, "review with a draft");
  await manager.reload();
  check((await words.inputValue()) === "A quarter of two halves", "the draft is there after a reload");

  // The connection goes while a sentence is typed.
  await manager.context().setOffline(true);
  await Promise.all([manager.waitForEvent("requestfailed", draft), words.fill("A quarter of two halves, typed in a tunnel")]);
  await manager.waitForFunction(() => document.querySelector("[data-saved]").textContent === document.querySelector("[data-saved]").dataset.saved);
  check((await saved.textContent()).length > 0, "it is said that the draft is not kept");
  await formOf(manager, "/review").locator("button:not([formaction], [type=button])").click();
  await manager.waitForTimeout(500);
  await manager.context().setOffline(false);
  await manager.goto(review);
  const offered = manager.locator("main form.form .notice [data-restore]");
  if (!(await words.inputValue()).includes("tunnel")) await offered.click();
  check((await words.inputValue()) === "A quarter of two halves, typed in a tunnel", "sent in a tunnel, the words are offered again");
  await look(manager, "review after the tunnel");

  // The connection comes back by itself, and the draft is kept a little later.
  await manager.context().setOffline(true);
  await Promise.all([manager.waitForEvent("requestfailed", draft), words.fill("A quarter of two halves, and of one tunnel")]);
  await manager.context().setOffline(false);
  await manager.waitForResponse(draftKept);
  await manager.reload();
  check((await words.inputValue()) === "A quarter of two halves, and of one tunnel", "back online the draft is kept");
};

const twoManagersWriteOneReview = async () => {
  const { manager, director, hr } = people;
  const review = of("P1", "/review");
  await director.goto(review);
  await put(formOf(director, "/review"), sheet(CRITERIA, 200, "What the director has seen"));
  await send(manager, review, "/review", sheet(CRITERIA, 300, "A quarter of two halves, and of one tunnel"));
  const { status } = await press(director, formOf(director, "/review"));
  check(status === 409, `the second of two answers ${status}`);
  const text = await main(director);
  check(text.includes("of one tunnel"), "the second sees what the first wrote");
  check((await director.inputValue("[name=summary]")) === "What the director has seen", "and keeps what was typed");
  await look(director, "review in conflict");
  for (const no of ["P2", "P3"]) await send(manager, of(no, "/review"), "/review", sheet(CRITERIA, 400, "Steady and kind"));
  for (const no of ["M1", "HR1"]) await send(director, of(no, "/review"), "/review", sheet(CRITERIA, 300, "Keeps the house together"));
  await look(hr, "board in evaluation", CYCLE);
  await step("calibration", { force: true });
};

const calibrationChangesOneResult = async () => {
  const { hr, director } = people;
  await look(hr, "fairness", `${CYCLE}/fairness`);
  await lookAgain(hr, "fairness", `${CYCLE}/fairness`);
  await hr.goto(`${CYCLE}/fairness`);
  await hr.locator("tbody th a").first().click();
  await look(hr, "one rater");
  await send(hr, `${CYCLE}/calibration/new`, "/calibration/new", { name: "Round one", teams: "A", members: "D1" });
  const session = path(hr);
  await look(director, "calibration", session);
  await lookAgain(director, "calibration", session);
  await look(director, "one person in calibration", `${session}/people/P2`);
  await send(director, `${session}/people/P2`, "/people/P2", { total: "104.5", reason: "Two weeks were lent to another queue" });
  await director.goto(session);
  check((await main(director)).includes("lent to another queue"), "the change stands with its reason");
  await send(hr, session, "/close");
  await look(hr, "closed calibration", session);
  await step("feedback");
};

const resultsAreReleased = async () => {
  const { hr, manager, wei } = people;
  await look(hr, "release", `${CYCLE}/release`);
  const feedback = of("P1", "/feedback");
  await manager.goto(feedback);
  await put(formOf(manager, "/feedback"), { suggestions: "Ask what was missing before closing a case" });
  await manager.goto(of("P1"));
  await manager.goBack();
  const offered = manager.locator("main form.form .notice [data-restore]");
  if (!(await manager.inputValue("[name=suggestions]"))) await offered.click();
  check((await manager.inputValue("[name=suggestions]")).startsWith("Ask what"), "feedback that was left is offered again");
  await send(manager, null, "/feedback", { suggestions: "Ask what was missing before closing a case", support: "One hour of coaching a week", talk_on: "2026-10-05", talk_note: "Agreed on the two cases that went wrong." });
  await look(manager, "feedback", feedback);
  await send(manager, feedback, "/release");
  await send(hr, `${CYCLE}/release`, `${CYCLE}/release`, { force: true, reason: "the others have been spoken to" });
  await look(wei, "own result", of("P1"));
  await lookAgain(wei, "own result", of("P1"));
  await look(wei, "feedback to be read", feedback);
  await send(wei, feedback, "/acknowledgement", { statement: "Two of the complaints were about another queue." });
  await look(manager, "feedback that was read", feedback);
  check((await main(manager)).includes("about another queue"), "the manager reads the statement");
};

const anAppealIsHeard = async () => {
  const { wei, hr, manager } = people;
  const appeal = of("P1", "/appeal");
  await look(wei, "appeal to file", appeal);
  await send(wei, appeal, "/appeal", { grounds: "Two complaints were not mine." });
  await look(hr, "appeal to be named", appeal);
  await send(hr, appeal, "/reviewer", { reviewer: "HR1" });
  await look(hr, "appeals", "/appeals");
  await send(hr, appeal, "/hearing", { employee_heard: "I was away in both weeks.", manager_heard: "That is so." });
  await look(hr, "appeal to decide", appeal);
  await send(hr, appeal, "/decision", { decision: "amended", total: "95.25", reason: "The two cases were a colleague's." });
  await look(wei, "appeal decided", appeal);
  check((await main(wei)).includes("95.25"), "the amended result stands");
  await wei.goto(of("P1"));
  check((await wei.locator(".result-total").innerText()).includes("95.25"), "on the page of the result too");
  await manager.goto(appeal);
  check((await main(manager)).includes("colleague's"), "the manager reads the decision");
};

const aFindingBecomesAPlan = async () => {
  const { manager, director, wei } = people;
  await send(manager, "/findings/new", "/findings/new", { kind: "audit", title: "Half of the cases were late in spring", team: "A", importance: "3", urgency: "2" });
  await look(manager, "finding");
  await manager.locator('main a[href^="/plans/new"]').first().click();
  await look(manager, "plan to write");
  await send(manager, null, "/plans/new", {
    problem: "In spring half of the cases of the team were late.", kpi: "sla", base_from: "2026-04-01", base_to: "2026-06-30",
    whys: "The queue is not sorted\nNobody owns it", target: "85", min_effect: "10",
    starts_on: "2026-07-01", check_from: "2026-07-01", ends_on: "2026-09-30", review_days: "14", owner: "M1", sponsor: "D1",
  });
  const plan = path(manager);
  await send(manager, plan, "/actions", { body: "Sort the queue each morning", kind: "process", owner: "P1", due_on: "2026-07-31" });
  await look(manager, "plan in draft", plan);
  await send(manager, plan, "/step", { step: "ask", words: "The figures are ready" });
  await send(director, plan, "/step", { step: "approve", words: "Go on" });
  await send(manager, plan, "/step", { step: "start", words: "From tomorrow" });
  await send(manager, plan, "/actions/outcome", { state: "done", outcome: "Sorted every morning" });
  await send(manager, plan, "/reviews", { note_kind: "review", day: "2026-09-07", course: "on_track", text: "One in ten is late now" });
  await send(manager, plan, "/step", { step: "check", words: "The quarter is over" });
  await look(manager, "plan in its check", plan);
  await lookAgain(manager, "plan in its check", plan);
  await send(manager, plan, "/step", { step: "standardise", words: "It stays like this" });
  await look(manager, "plans", "/plans");
  check((await wei.goto(plan)).status() === 200, "who acts in a plan of the team reads it");
};

const theCycleIsClosed = async () => {
  const { hr, wei, manager } = people;
  await step("closed", { force: true });
  await look(hr, "closed board", CYCLE);
  await look(hr, "people of the cycle", `${CYCLE}/people`);
  for (const [page, name] of [[wei, "wei"], [manager, "manager"], [hr, "hr"]]) await look(page, `home of ${name}`, "/");
  check((await heading(hr)).length > 0, "the home page has a heading");
  espalier("check");
  espalier("audit", "verify");
};

const fine = await run(browser, [
  everybodyComesIn,
  aCycleIsMade,
  goalsAreNegotiated,
  checkInsAreHeld,
  selfReviewsOutliveTheirSession,
  colleaguesAnswer,
  aReviewOutlivesTheConnection,
  twoManagersWriteOneReview,
  calibrationChangesOneResult,
  resultsAreReleased,
  anAppealIsHeard,
  aFindingBecomesAPlan,
  theCycleIsClosed,
], { follow: true });
process.exit(fine ? 0 : 1);
