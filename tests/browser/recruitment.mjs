// How somebody is hired, in a real browser: a lead asks for an opening, HR publishes it, applicants send their form at
// the width of a phone, two screeners who do not see who applied disagree, two interviewers judge, a background check
// waits for consent, HR decides, the applicant accepts, an employee is made; and the figures tell of it.
//
// node tests/browser/recruitment.mjs PROGRAM CHROMIUM [FOLDER FOR PICTURES]

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { check, company, examiner, formOf, heading, is, launch, main, opener, path, press, put, run, send, viewer } from "./lib.mjs";

const [program, executablePath, pictures] = process.argv.slice(2);

// --- the company, on the morning of 2026-10-05 where it is ---

const { folder, espalier, file, account, serve, later, enter } = company(program, "hiring", "1791165600");
file("teams.csv", ["code,name_zh,name_en,parent", "HQ,总部,Head office,", "A,一组,Team One,HQ"]);
file("staff.csv", [
  "employee_no,name,name_en,team,job_role,manager,hired_on",
  "E1,王强,Wang Qiang,HQ,head,,2015-01-05",
  "E2,赵敏,Zhao Min,A,team_lead,E1,2015-01-05",
  "E3,何华,He Hua,HQ,hr,E1,2015-01-05",
  "E4,张伟,Zhang Wei,A,agent,E2,2015-03-02",
]);
espalier("migrate");
espalier("import", "teams", "teams.csv");
espalier("import", "staff", "staff.csv", "--create-missing");
account("hr", "E3", "hr");
account("lead", "E2");
account("wei", "E4");
const address = await serve();

const browser = await launch(executablePath);
const open = opener(browser, address);
const { look, lookAgain } = viewer(examiner(pictures, "hiring-"));
const people = {};
const known = {};

const everybodyComesIn = async () => {
  for (const login of ["hr", "lead", "wei"]) people[login] = await enter(await open(), login);
  // Applicants come by telephone, one of them without script.
  people.ann = await open({ viewport: { width: 390, height: 800 } });
  people.bo = await open({ viewport: { width: 390, height: 800 }, javaScriptEnabled: false });
};

const anOpeningIsPublished = async () => {
  const { lead, hr } = people;
  await look(lead, "new opening", "/openings/new");
  await put(formOf(lead, "/openings/new"), { team: "A", job_role: "agent", head_count: "1", reason: "more work" });
  const { status } = await press(lead, formOf(lead, "/openings/new"));
  check(status === 422, `an opening without a title answers ${status}`);
  check((await lead.inputValue("[name=reason]")) === "more work", "what was typed stays");
  await send(lead, null, "/openings/new", {
    title_zh: "客服专员", title_en: "Agent", body_zh: "接听电话。", body_en: "Answer calls.",
  });
  known.opening = path(lead);
  await send(lead, known.opening, "/step", { step: "request" });
  await look(hr, "requested opening", known.opening);
  await send(hr, known.opening, "/step", { step: "approve", words: "within the plan" });
  const hidden = await people.ann.goto(known.opening.replace("openings", "careers"));
  check(hidden.status() === 404, `an opening that is not published answers ${hidden.status()} to anybody`);
  await send(hr, known.opening, "/step", { step: "publish" });
  await look(hr, "published opening", known.opening);
  await lookAgain(hr, "published opening", known.opening);
};

const cv = (name, text) => {
  const at = join(folder, name);
  writeFileSync(at, text);
  return at;
};

const somebodyApplies = async (page, name, email, phone, files) => {
  await page.goto("/careers");
  await page.locator("main a[href^='/careers/O-']").first().click();
  await page.waitForLoadState();
  const form = formOf(page, known.opening.replace("/openings", "/careers"));
  for (const group of await form.locator("input[type=radio][value=yes]").all()) await group.check();
  await put(form, { name, email, phone });
  if (files) await form.locator("[name=cv]").setInputFiles(files);
  return form;
};

const applicantsApply = async () => {
  const { ann, bo, hr } = people;
  // A page that says it is a PDF is refused; everything else stays.
  const form = await somebodyApplies(ann, "安娜 </script>", "ann@example.com", "13800138000", cv("cv.pdf", "<html><script>alert(1)</script></html>"));
  await form.locator("[name=consent]").check();
  const refused = await press(ann, form);
  check(refused.status === 422, `a page called .pdf answers ${refused.status}`);
  check((await ann.inputValue("[name=email]")) === "ann@example.com", "the rest of the form stays");
  await look(ann, "refused application");
  await ann.setViewportSize({ width: 390, height: 800 });
  const again = formOf(ann, known.opening.replace("/openings", "/careers"));
  await again.locator("[name=cv]").setInputFiles(cv("cv.txt", "Ten years of service, 十年客服。"));
  check((await press(ann, again)).status === 303, "with another file it is taken");
  known.ann = ann.url();
  await look(ann, "application received");
  const second = await somebodyApplies(bo, "=cmd()", "bo@example.com", "13900139000");
  await second.locator("[name=consent]").check();
  check((await press(bo, second)).status === 303, "somebody applies without script");
  await look(hr, "candidates", "/candidates");
  await look(hr, "board", `${known.opening}/board`);
  known.application = await hr.locator("main a[href^='/applications/A-']").first().getAttribute("href");
  await look(hr, "application", known.application);
};

// Both judge; gives what was answered to each.
const judge = async (round, marks) => {
  for (const [login, points] of marks) {
    const page = people[login];
    await look(page, `round of ${login}`, round);
    const form = formOf(page, `${round}/sheet`);
    for (const radio of await form.locator(`input[type=radio][value="${points}00"]`).all()) await radio.check();
    for (const note of await form.locator("textarea[name^=n_]").all()) await note.fill("told of a case that fits");
    await send(page, null, `${round}/sheet`, { summary: "by the answers that were heard" });
  }
};

const twoScreenBlind = async () => {
  const { hr, lead, wei } = people;
  await send(hr, `${known.application}/rounds`, "/rounds", { raters: "E2, E4" });
  known.screening = await hr.locator("main a[href^='/interviews/']").first().getAttribute("href");
  for (const page of [lead, wei]) {
    await page.goto(known.screening);
    const said = await main(page);
    check(!said.includes("安娜") && !said.includes("ann@example.com"), "whoever screens does not see who applied");
  }
  await judge(known.screening, [["lead", "2"], ["wei", "5"]]);
  check((await main(wei)).includes("安娜"), "after the own sheet the name is seen");
  await send(people.lead, known.screening, "/discussion", { note: "We read the same answer differently and agreed to ask." });
};

const theyInterview = async () => {
  const { hr } = people;
  await send(hr, known.application, "/step");
  await send(hr, `${known.application}/rounds`, "/rounds", { raters: "E2, E4", day: "2026-10-05", time: "10:15", minutes: "30", place: "Room 3" });
  const rounds = await hr.locator("main a[href^='/interviews/']").evaluateAll((all) => all.map((a) => a.getAttribute("href")));
  known.interview = rounds.find((href) => href !== known.screening && !href.includes("."));
  const invitation = await hr.request.get(`${known.interview}/invitation.ics`);
  check(invitation.ok() && (await invitation.text()).includes("METHOD:REQUEST"), "the invitation is a calendar file");
  await people.lead.goto(known.interview);
  check((await people.lead.locator("main form[action$='/sheet']").count()) === 0, "nobody judges before the interview");
  await later(0.4);
  await judge(known.interview, [["lead", "4"], ["wei", "4"]]);
  await look(hr, "interviews", "/interviews");
};

const theBackgroundWaitsForConsent = async () => {
  const { hr, ann } = people;
  await send(hr, known.application, "/step");
  await look(hr, "check without consent", `${known.application}/check`);
  check((await hr.locator("form[action$='/check/begin']").count()) === 0, "nothing is looked into without consent");
  await send(ann, known.ann, "/check", { check: true });
  await send(hr, `${known.application}/check`, "/check/begin", { references: true });
  await send(hr, `${known.application}/check`, "/check/result", { result: "clear", note: "confirmed by telephone" });
};

const somebodyIsHired = async () => {
  const { hr, ann } = people;
  await look(hr, "decision", `${known.application}/decision`);
  await send(hr, `${known.application}/decision`, "/decision", { choice: "offer", note: "passed by the rule, both agree after talking" });
  await lookAgain(hr, "decision made", `${known.application}/decision`);
  await send(hr, `${known.application}/offer`, "/offer", { terms: "agent, three months of probation", starts_on: "2026-11-02", expires_on: "2026-10-12" });
  await send(hr, `${known.application}/offer`, "/offer/send");
  await look(ann, "offer", known.ann);
  await send(ann, known.ann, "/offer", { answer: "accept" });
  await send(hr, `${known.application}/hire`, "/hire");
  await hr.goto("/people");
  check((await main(hr)).includes("安娜"), "the applicant is an employee");
  await hr.goto(known.opening);
  check((await main(hr)).includes("1"), "the opening tells how many are hired");
};

const theFiguresTellOfIt = async () => {
  const { hr } = people;
  await look(hr, "figures of recruitment", "/recruitment");
  await lookAgain(hr, "figures of recruitment", "/recruitment");
  check(/Interview/.test(await main(hr)), "the funnel names its stages");
  const rows = await hr.request.get("/candidates.csv");
  const text = await rows.text();
  check(!/^=cmd|,=cmd|"=cmd/m.test(text), "no cell of the export begins a formula");
  check((await heading(hr)).length > 0, "the page has a heading");
  await is(hr, "/recruitment", "still at the figures");
};

const fine = await run(browser, [
  everybodyComesIn,
  anOpeningIsPublished,
  applicantsApply,
  twoScreenBlind,
  theyInterview,
  theBackgroundWaitsForConsent,
  somebodyIsHired,
  theFiguresTellOfIt,
], { follow: true });
process.exit(fine ? 0 : 1);
