// The application in a real browser, served over the demonstration: journeys of those who use it, then
// every page looked at: axe finds nothing, nothing is wider than the window, nothing is logged, and no
// page is of more than 40 KB.
//
// node tests/browser/app.mjs ADDRESS WHAT-THE-DEMONSTRATION-SAID CHROMIUM [FOLDER FOR PICTURES]

import { readFileSync } from "node:fs";
import { check, examiner, fillIn as fill, heading, is, launch, opener, path, run } from "./lib.mjs";

const [address, said, executablePath, pictures] = process.argv.slice(2);
const passwords = Object.fromEntries(
  [...readFileSync(said, "utf8").matchAll(/^\s*([a-z]+)\s+(\S+) {2}/gm)].map(([, login, password]) => [login, password]),
);

const browser = await launch(executablePath);
const open = opener(browser, address);
const examine = examiner(pictures);

// --- people at browsers ---

const fillIn = (page, login, password = passwords[login]) => fill(page, login, password);
const enter = async (login, options) => {
  const page = await open(options);
  await page.goto("/sign-in");
  await fillIn(page, login);
  await page.waitForURL("**/");
  return page;
};
const href = (page, start) => page.locator(`main a[href^="${start}"]`).first().getAttribute("href");
const follow = (page, selector) => page.locator(selector).first().click();
// Until long work on a page has ended.
const ended = (page) => page.locator("#progress").waitFor({ state: "detached", timeout: 120_000 });

// --- journeys ---

// The addresses that later pages are found under.
const found = {};

const followsAFigureToItsRow = async () => {
  const page = await open();
  await page.goto("/people");
  await is(page, "/sign-in", "a page of the application asks to sign in first");
  await fillIn(page, "hr", "not the password");
  check((await page.getByRole("alert").textContent()).includes("do not fit"), "a wrong password is said");
  check((await page.inputValue("#f-login")) === "hr", "the login stays");
  check((await page.inputValue("#f-password")) === "", "the password does not");
  await fillIn(page, "hr");
  await is(page, "/people", "signing in leads where one was going");
  await page.keyboard.press("/");
  check(await page.locator("#goto").evaluate((e) => e === document.activeElement), "the key / leads to the search");
  await page.locator("#goto").blur();
  await page.keyboard.press("?");
  await page.getByLabel(/without Ctrl/).uncheck();
  await page.keyboard.press("Escape");
  await page.keyboard.press("/");
  check(await page.locator("#goto").evaluate((e) => e !== document.activeElement), "keys are turned off");
  await page.reload();
  await page.keyboard.press("/");
  check(await page.locator("#goto").evaluate((e) => e !== document.activeElement), "and stay so");
  await page.evaluate(() => localStorage.clear());
  await page.reload();
  await page.getByLabel(/begins with/).fill("wang");
  await page.getByRole("button", { name: "Apply" }).click();
  check(page.url().includes("q=wang"), "the search stands in the address");
  const names = await page.locator("tbody th").allTextContents();
  check(names.length > 0 && names.every((name) => /Wang/i.test(name)), `people found by pinyin: ${names}`);
  await follow(page, "tbody th a");
  await is(page, /^\/people\/E\d+$/, "a person");
  found.person = path(page);
  const name = await heading(page);
  await page.locator('.tabs a[href$="/measures"]').click();
  await is(page, /\/measures$/, "a person's figures");
  found.measures = path(page);
  check((await heading(page)).includes(name), "the figures say whose they are");
  check((await page.locator("tbody tr").count()) > 3, "the figures begin with a quarter that has records");
  await follow(page, 'tbody a[href*="/measures/fcr"]');
  await is(page, /\/measures\/fcr$/, "one figure");
  found.measure = path(page);
  check((await heading(page)).includes(name), "one figure says whose it is");
  await follow(page, "#rows a");
  await is(page, /\/records$/, "the rows behind it");
  found.records = path(page) + new URL(page.url()).search;
  const source = await page.locator("tbody tr td").last().textContent();
  check(/\.csv:\d+$/.test(source), `each row names file and line: ${source}`);
  await follow(page, "tbody th a");
  await is(page, /^\/records\/service\/\d+$/, "one row");
  found.row = path(page);
  const where = await page.locator('[aria-labelledby="import-h"]').textContent();
  check(/\.csv/.test(where) && /\d/.test(where), `a row says file and line: ${where}`);
  await page.goBack();
  await is(page, /\/records$/, "back works");
  await page.goto("/findings");
  await follow(page, 'tbody td a[href*="/measures/"]');
  await is(page, /\/measures\/\w+$/, "a warning leads to its figure");
  await page.context().close();
};

// What Chinese systems export: bytes of GBK, found by asking what each pair of bytes means.
const gbk = (text) => {
  const decoder = new TextDecoder("gbk");
  const bytes = new Map();
  for (let lead = 0x81; lead < 0xff; lead += 1) {
    for (let trail = 0x40; trail < 0xff; trail += 1) {
      const pair = Buffer.from([lead, trail]);
      const sign = decoder.decode(pair);
      if (sign.length === 1 && !bytes.has(sign)) bytes.set(sign, pair);
    }
  }
  return Buffer.concat([...text].map((sign) => bytes.get(sign) ?? Buffer.from(sign)));
};
const EXPORT = gbk(
  [
    "工单号;处理人工号;创建时间;解决时间;沟通渠道;首次解决;备注",
    "BR-1;E1040;2026-08-03 09:10;2026-08-03 10:00;电话;是;无",
    "BR-2;E1040;2026-08-04 11:20;2026-08-04 12:05;邮件;否;无",
    "BR-3;E1040;2026-13-45 08:00;2026-08-05 09:00;电话;是;无",
    "BR-4;E1041;2026-08-06 15:30;2026-08-06 15:50;电话;是;无",
  ].join("\r\n"),
);
const uploadExport = async (page) => {
  await page.goto("/imports/new?kind=service-records");
  await page.setInputFiles("#f-file", { name: "工单导出.csv", mimeType: "text/csv", buffer: EXPORT });
  await page.getByRole("button", { name: "Upload" }).click();
  await page.waitForURL("**/columns");
};

const nameColumns = async (page) => {
  await page.selectOption("#f-col_channel", { label: "沟通渠道" });
  await page.getByRole("button", { name: "Check the file" }).click();
  await page.waitForURL(/\/imports\/\d+$/);
  await ended(page);
};

const loadsAFile = async () => {
  const page = await enter("admin");
  await page.getByRole("link", { name: "Imports" }).first().click();
  await page.getByRole("link", { name: "Load a file" }).first().click();
  await is(page, "/imports/new", "a new import");
  await uploadExport(page);
  check((await page.locator("main").textContent()).includes("处理人工号"), "the file is read in its encoding");
  const guessed = {};
  for (const name of ["id", "employee", "opened_at", "resolved_at", "first_contact_resolved"]) {
    guessed[name] = await page.locator(`#f-col_${name} option:checked`).textContent();
  }
  const expected = { id: "工单号", employee: "处理人工号", opened_at: "创建时间", resolved_at: "解决时间", first_contact_resolved: "首次解决" };
  check(JSON.stringify(guessed) === JSON.stringify(expected), `the columns are guessed: ${JSON.stringify(guessed)}`);
  await nameColumns(page);
  const bad = page.locator("#problems tbody tr");
  check((await bad.count()) === 1, `one bad row: ${await bad.count()}`);
  const cells = await bad.locator("th, td").allTextContents();
  check(cells[0] === "4" && cells[1].includes("创建时间") && cells[2].includes("2026-13-45") && cells[3].length > 10, `line, column, value and reason: ${cells}`);
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: /bad rows/i }).click()]);
  check(readFileSync(await file.path()).toString("utf8").includes("BR-3"), "the bad rows are a file");
  await page.getByRole("button", { name: /Load/ }).click();
  await page.locator(".is-good").waitFor({ timeout: 60_000 });
  found.loaded = path(page);
  const counts = async () => Object.fromEntries(await page.locator("main dl.facts > div").evaluateAll((all) => all.map((e) => [...e.children].map((c) => c.textContent))));
  check((await counts()).New === "3", `three rows are new: ${JSON.stringify(await counts())}`);

  await uploadExport(page);
  await nameColumns(page);
  const again = await counts();
  check(again.New === "0" && again.Unchanged === "3", `the same file again changes nothing: ${JSON.stringify(again)}`);
  // One that stays where its columns are named, to be looked at.
  await uploadExport(page);
  found.columns = path(page);
  await page.context().close();
};

const readsAWorkedSum = async () => {
  const page = await enter("agent");
  await page.getByRole("link", { name: "My goals and results" }).click();
  await follow(page, 'tbody a[href*="2026Q2"]');
  await is(page, /^\/cycles\/2026Q2\/people\/E\d+$/, "one's own result: that of the quarter after is not released yet");
  found.result = path(page);
  const sum = page.locator("#sum");
  const lines = await sum.locator("tbody tr").count();
  check(lines > 3, `the worked sum has its lines: ${lines}`);
  check(/\d/.test(await page.locator(".result-total").textContent()), "and its total");
  await follow(page, '#sum a[href*="/measures/"], #figures a[href*="/measures/"]');
  await is(page, /\/measures\/\w+$/, "an item leads to its evidence");
  check(page.url().includes("2026Q2"), "of the same quarter");
  await follow(page, "#rows a");
  await is(page, /\/records$/, "and on to the rows");
  await follow(page, "tbody th a");
  await is(page, /^\/records\//, "and to one row");
  await page.context().close();

  const lead = await enter("lead");
  await lead.goto("/my-team");
  await follow(lead, "tbody th a");
  await is(lead, /^\/people\/E\d+$/, "somebody of the team");
  await follow(lead, '.tabs a[href$="/cycles"]');
  await follow(lead, 'tbody a[href*="2026Q3"]');
  await is(lead, /^\/cycles\/2026Q3\/people\/E\d+$/, "a team member's result");
  check((await lead.locator("#sum tbody tr").count()) > 3, "with its worked sum");
  const total = (await lead.locator(".result-total").textContent()).match(/[\d.]+/)[0];
  await lead.goto("/cycles/2026Q3/people");
  check((await lead.locator("tbody").textContent()).includes(total), `the list of the cycle says the same total ${total}`);
  await lead.context().close();
};

const buildsABundle = async () => {
  const page = await enter("leadership");
  await page.goto("/reports");
  await follow(page, 'main a[href$="/bundles"]');
  await is(page, /\/bundles$/, "where bundles are built");
  found.bundles = path(page);
  await page.getByRole("button", { name: "Build the bundle" }).click();
  await page.locator('main a[download]').first().waitFor({ timeout: 120_000 });
  const [file] = await Promise.all([page.waitForEvent("download"), follow(page, 'main a[download]')]);
  const zip = readFileSync(await file.path());
  check(zip.subarray(0, 2).toString() === "PK" && zip.includes("index.html"), "the bundle is a zip with its first page");
  await page.goto("/reports");
  found.overview = await href(page, "/reports/2026Q3");
  await page.goto(found.overview);
  check((await page.locator("main .report svg").count()) > 0, "the company's report stands in the application");
  found.cycleReport = `${found.overview}/cycle`;
  found.teamReport = await href(page, `${found.overview}/teams/`);
  await page.goto(found.teamReport);
  check((await page.locator("main .report h2").count()) > 2, "a team's report stands in the application");
  await page.context().close();
};

const languageAndThemeStay = async () => {
  const page = await enter("trainer");
  await page.goto("/people");
  const lang = () => page.locator("html").getAttribute("lang");
  await page.getByRole("button", { name: "中文" }).click();
  await is(page, "/people", "the same page in the other language");
  check((await lang()) === "zh-CN", "the page is Chinese");
  await page.goto("/me");
  check((await lang()) === "zh-CN", "the next page is Chinese too");
  await page.getByRole("button", { name: "English" }).click();
  check((await lang()) === "en", "and back");
  await page.locator(".is-account").click();
  await page.getByRole("button", { name: "Dark" }).click();
  await page.waitForLoadState();
  check((await page.locator("html").getAttribute("data-theme")) === "dark", "the theme changes");
  const dark = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  await page.goto("/people");
  check((await page.locator("html").getAttribute("data-theme")) === "dark", "and stays");
  check((await page.evaluate(() => getComputedStyle(document.body).backgroundColor)) === dark, "as it was");
  await page.context().close();
};

const worksWithoutScript = async () => {
  const page = await enter("hr", { javaScriptEnabled: false });
  await page.goto("/people");
  await page.selectOption("main select >> nth=0", { index: 1 });
  await page.getByRole("button", { name: "Apply" }).click();
  check((await page.locator("tbody tr").count()) > 0, "a filtered list");
  await page.goto("/people");
  const first = await page.locator("tbody th").first().textContent();
  await follow(page, '[rel="next"]');
  check((await page.locator("tbody th").first().textContent()) !== first, "the next page has other people");
  await follow(page, '[rel="prev"]');
  check((await page.locator("tbody th").first().textContent()) === first, "and back");
  await page.goto("/people/new");
  await page.fill("#f-name", "甲乙");
  await page.fill("#f-hired_on", "2026-02-03");
  await page.locator("main form.form button").last().click();
  const errors = page.locator(".errors li a");
  check((await errors.count()) > 0, "what is wrong stands in a summary");
  const target = await errors.first().getAttribute("href");
  check((await page.locator(target).count()) === 1, `its links lead to the fields: ${target}`);
  check((await page.inputValue("#f-name")) === "甲乙", "what was typed stays");
  await page.goto("/me");
  await page.locator(".is-account").click();
  await page.getByRole("button", { name: "Sign out", exact: true }).and(page.locator("[data-sign-out] button")).click();
  await is(page, "/sign-in", "signing out");
  await page.goto("/people");
  check((await page.locator("#f-password").count()) === 1, "nothing is open any more");
  await page.context().close();
};

const aFormOutlivesItsSession = async () => {
  const page = await enter("hr");
  await page.goto("/skills/new");
  const form = page.locator("main form.form");
  await form.locator("#f-code").fill("browser_journey");
  await form.locator("#f-name_zh").fill("浏览");
  await form.locator("#f-name_en").fill("Browsing");
  await page.context().clearCookies({ name: "espalier" });
  await form.locator("button").last().click();
  await page.locator("#f-password").waitFor();
  check((await page.locator("main").textContent()).includes("What you typed is kept"), "what was typed is kept");
  await fillIn(page, "hr");
  await page.getByRole("button", { name: "Back to my form" }).click();
  check((await page.inputValue("#f-code")) === "browser_journey", "the code is back");
  check((await page.inputValue("#f-name_zh")) === "浏览", "the name is back");
  const other = await page.context().newPage();
  await other.goto("/skills");
  check(!(await other.locator("main").textContent()).includes("Browsing"), "nothing was stored before");
  await page.locator("main form.form button").last().click();
  await page.waitForURL(/\/skills(\?.*)?$/);
  check((await page.locator("main").textContent()).includes("Browsing"), "sent again it is stored");
  await page.context().close();
};

// --- every page looked at ---

// A page stays light; a report is one document to be read through, with its charts in it.
const HEAVIEST = 40 * 1024;
const HEAVIEST_REPORT = 120 * 1024;
const look = async (page, name, where, status = 200, widths = [1280, 320, 390]) => {
  const answer = await page.goto(where);
  check(answer.status() === status, `${name}: ${where} answers ${answer.status()}`);
  const size = (await answer.body()).length;
  check(size < (name.startsWith("report ") ? HEAVIEST_REPORT : HEAVIEST), `${name}: ${where} is of ${size} bytes`);
  await examine(page, name, widths);
};

// A page of what two people change at once.
const conflict = async (page) => {
  await page.goto(`${found.person}/edit`);
  const other = await page.context().newPage();
  await other.goto(`${found.person}/edit`);
  await other.fill("#f-name_en", "Changed Name");
  await other.locator("main form.form button").last().click();
  await other.waitForURL(`**${found.person}*`);
  await other.close();
  await page.fill("#f-name_en", "Another Name");
  const [answer] = await Promise.all([page.waitForResponse((r) => r.request().method() === "POST"), page.locator("main form.form button").last().click()]);
  check(answer.status() === 409, `a stale form answers ${answer.status()}`);
  await page.waitForLoadState();
  await examine(page, "conflict", [1280, 320, 390]);
  check((await page.locator("main").textContent()).includes("Changed Name"), "a conflict shows what is stored now");
};

const everyPageIsSound = async () => {
  const hr = await enter("hr");
  await hr.goto("/teams");
  const team = await hr.locator("tbody th a").first().getAttribute("href");
  await hr.goto("/templates");
  const template = await hr.locator("tbody th a").first().getAttribute("href");
  const admin = await enter("admin");
  const lead = await enter("lead");
  const agent = await enter("agent");
  const pages = [
    [hr, "home", "/"],
    [hr, "people", "/people"],
    [hr, "person", found.person],
    [hr, "person new", "/people/new"],
    [hr, "person edit", `${found.person}/edit`],
    [hr, "posting", `${found.person}/posting`],
    [hr, "measures", found.measures],
    [hr, "measure", found.measure],
    [hr, "records", found.records],
    [hr, "row", found.row],
    [hr, "teams", "/teams"],
    [hr, "team", team],
    [hr, "team measures", `${team}/measures`],
    [hr, "team records", `${team}/records`],
    [hr, "complaints", `${team}/complaints`],
    [hr, "findings", "/findings"],
    [hr, "skills", "/skills"],
    [hr, "job roles", "/job-roles"],
    [hr, "search", "/search?q=wang"],
    [admin, "imports", "/imports"],
    [admin, "imports new", "/imports/new"],
    [admin, "columns", found.columns],
    [admin, "import result", found.loaded],
    [admin, "accounts", "/accounts"],
    [admin, "account", "/accounts/hr"],
    [admin, "account new", "/accounts/new"],
    [hr, "reports", "/reports"],
    [hr, "report overview", found.overview],
    [hr, "report cycle", found.cycleReport],
    [hr, "report team", found.teamReport],
    [hr, "bundles", found.bundles],
    [hr, "report person", found.result.replace("cycles", "reports")],
    [hr, "kpis", "/kpis"],
    [hr, "kpi", "/kpis/fcr"],
    [hr, "kpi edit", "/kpis/fcr/edit"],
    [hr, "templates", "/templates"],
    [hr, "template", template],
    [hr, "template edit", `${template}/edit`],
    [hr, "cycles", "/cycles"],
    [hr, "cycle new", "/cycles/new"],
    [hr, "cycle board", "/cycles/2026Q3"],
    [hr, "cycle people", "/cycles/2026Q3/people"],
    [hr, "person cycles", `${found.person}/cycles`],
    [hr, "result", found.result],
    [agent, "own result", found.result],
    [admin, "audit", "/audit"],
    [admin, "checks", "/checks"],
    [hr, "me", "/me"],
    [hr, "password", "/me/password"],
    [admin, "inbox", "/inbox"],
    [lead, "lead home", "/"],
    [lead, "my team", "/my-team"],
    [agent, "agent home", "/"],
    [hr, "not found", "/people/nobody", 404],
    [agent, "forbidden", "/accounts", 403],
  ];
  const nobody = await open();
  await look(nobody, "sign-in", "/sign-in");
  await nobody.context().close();
  for (const [page, ...what] of pages) await look(page, ...what);
  await conflict(hr);
  // A third of them, another third at each turn of the list, in Chinese and in the dark.
  for (const page of [hr, admin, lead, agent]) {
    await page.emulateMedia({ colorScheme: "dark" });
    await page.goto("/");
    await page.locator(".language button").click();
    await page.waitForLoadState();
  }
  for (const [page, name, where, status] of pages.filter((_, at) => pictures || at % 3 === 0)) {
    await look(page, `${name} zh dark`, where, status, [390]);
  }
};

const fine = await run(browser, [
  followsAFigureToItsRow,
  loadsAFile,
  readsAWorkedSum,
  buildsABundle,
  languageAndThemeStay,
  worksWithoutScript,
  aFormOutlivesItsSession,
  everyPageIsSound,
]);
process.exit(fine ? 0 : 1);
