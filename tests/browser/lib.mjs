// What the journeys share: a browser with somebody at it, what was checked, and how a page is looked at.

import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let failures = 0;
let passed = 0;
export const check = (ok, what) => {
  if (ok) {
    passed += 1;
  } else {
    failures += 1;
    console.error(`FAILED: ${what}`);
  }
};

export const launch = (executablePath) =>
  chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });

// What pages log; a refused request is logged by the browser itself.
const logged = [];

// A way to open new browsers that begin at an address.
export const opener = (browser, baseURL) => async (options = {}) => {
  const context = await browser.newContext({ baseURL, locale: "en-GB", colorScheme: "light", viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  page.on("pageerror", (e) => logged.push(`${page.url()}: ${e}`));
  page.on("console", (m) => !["error", "warning"].includes(m.type()) || m.text().startsWith("Failed to load resource") || logged.push(`${page.url()}: ${m.text()}`));
  return page;
};

export const fillIn = async (page, login, password) => {
  await page.fill("#f-login", login);
  await page.fill("#f-password", password);
  await page.click("main button");
};
export const path = (page) => new URL(page.url()).pathname;
export const heading = (page) => page.locator("h1").textContent();
export const is = async (page, test, what) => {
  await page.waitForLoadState();
  const found = path(page);
  check(typeof test === "string" ? found === test : test.test(found), `${what}: at ${found}`);
};

// A way to look at a page that is open, at each width: nothing sticks out; axe at the first of them; pictures.
export const examiner = (pictures, prefix = "") => {
  if (pictures) mkdirSync(resolve(pictures), { recursive: true });
  let shot = 0;
  return async (page, name, widths) => {
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 });
      const here = `${name} at ${width} px`;
      const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      check(over <= 0, `${here} is ${over} px too wide`);
      if (width === widths[0]) {
        await page.evaluate(axe);
        const result = await page.evaluate(() => globalThis.axe.run({ resultTypes: ["violations"] }));
        for (const violation of result.violations) {
          check(false, `${here}: axe ${violation.id}: ${violation.nodes.map((n) => n.target).slice(0, 3).join(" | ")}`);
        }
        check(result.passes.length > 5, `${here}: axe looked at something`);
      }
      if (pictures && width !== 320) {
        const file = `${prefix}${String((shot += 1)).padStart(3, "0")}-${name.replaceAll(/[^A-Za-z0-9]+/g, "-")}-${width}.png`;
        await page.screenshot({ path: join(pictures, file), fullPage: true });
      }
    }
    check((await page.locator("h1").count()) === 1, `${name} has one h1`);
  };
};

// Ways to look at a page at every width; and at the same page in the other language, in the dark.
export const viewer = (examine, widths = [1280, 390, 320]) => {
  const look = async (page, name, where) => {
    if (where) {
      const answer = await page.goto(where);
      check(answer.status() === 200, `${name}: ${where} answers ${answer.status()}`);
    }
    await examine(page, name, widths);
    await page.setViewportSize({ width: 1280, height: 900 });
  };
  // The same page in the other language, and in the dark.
  const lookAgain = async (page, name, where) => {
    await page.goto(where);
    await page.locator(".language button").click();
    await page.waitForLoadState();
    await page.emulateMedia({ colorScheme: "dark" });
    await examine(page, `${name} zh dark`, [390, 1280]);
    await page.emulateMedia({ colorScheme: "light" });
    await page.locator(".language button").click();
    await page.waitForLoadState();
  };
  return { look, lookAgain };
};

// The form of an address, found by how its action ends.
export const formOf = (page, action) => page.locator(`main form[action$="${action}"]`).first();
export const put = async (form, fields) => {
  for (const [name, value] of Object.entries(fields)) {
    const field = form.locator(`[name="${name}"]`).first();
    const [tag, type] = await field.evaluate((e) => [e.tagName, e.type]);
    if (type === "radio") await form.locator(`[name="${name}"][value="${value}"]`).check();
    else if (type === "checkbox") await field.setChecked(value);
    else if (tag === "SELECT") await field.selectOption(value);
    else await field.fill(value);
  }
};
export const press = async (page, form) => {
  const button = form.locator("button:not([formaction], [type=button])").first();
  if (!(await button.isVisible())) {
    // A question stands before it.
    await page.locator(`button[popovertarget="${await form.locator("xpath=ancestor::*[@popover]").getAttribute("id")}"]`).first().click();
  }
  const [sent] = await Promise.all([page.waitForRequest((r) => r.method() === "POST" && !r.url().includes("/drafts")), button.click()]);
  const answer = await sent.response();
  await page.waitForLoadState();
  return { sent, status: answer.status() };
};
export const main = async (page) => (await page.locator("main").innerText()).replaceAll(/\s+/g, " ");

// Fills a form in and sends it. Then the same request arrives again, and the way back and forward is gone and the
// page reloaded: what it says stays as it was, so nothing was done twice.
export const send = async (page, where, action, fields = {}) => {
  if (where) await page.goto(where);
  const form = formOf(page, action);
  await put(form, fields);
  const before = page.url();
  const { sent, status } = await press(page, form);
  check(status === 303, `${action} from ${before} answers ${status}: ${status === 303 ? "" : (await page.locator(".notice").allInnerTexts()).join(" ")}`);
  if (status !== 303) return;
  // Work that goes on after the answer ends first.
  await page.locator("#progress").waitFor({ state: "detached", timeout: 60_000 });
  const said = await main(page);
  const stands = page.url();
  const headers = { "content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin" };
  const again = await page.context().request.post(sent.url(), { data: sent.postData(), headers, maxRedirects: 0 });
  check(again.status() === 303, `${action} sent twice answers ${again.status()}`);
  // Back to what was itself an answer to a form, the browser asks whether to send it again.
  const asks = await page.goBack().then(() => false, (e) => e.message.includes("ERR_CACHE_MISS") || Promise.reject(e));
  if (asks) await page.waitForURL("chrome-error://**");
  else check((await page.locator("h1").count()) === 1, `back from ${stands} is a page`);
  await page.goForward();
  check(page.url() === stands, `forward leads to ${stands}, not ${page.url()}`);
  await page.reload();
  check((await main(page)) === said, `${stands} says the same after the form was sent twice`);
};

// A company of its own: a folder with a database, the program on it at a moment, and a server once it is asked for.
export const company = (program, name, epoch) => {
  const folder = mkdtempSync(join(tmpdir(), `${name}-`));
  const env = { ...process.env, SOURCE_DATE_EPOCH: epoch, DATABASE_URL: `sqlite://${join(folder, "company.db")}` };
  const espalier = (...args) => execFileSync(resolve(program), ["--language", "en", ...args], { cwd: folder, env, encoding: "utf8" });
  const file = (called, lines) => writeFileSync(join(folder, called), `${lines.join("\n")}\n`);
  const passwords = {};
  const account = (login, employee, ...roles) => {
    const whose = employee ? ["--employee", employee] : [];
    const said = espalier("account", "add", login, ...whose, ...roles.flatMap((role) => ["--role", role]));
    passwords[login] = said.match(/\S{12,}/)[0];
  };
  let serving;
  let port;
  process.on("exit", () => {
    serving?.kill();
    rmSync(folder, { recursive: true, force: true });
  });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));
  // Gives the address.
  const serve = async () => {
    port ??= await new Promise((found) => {
      const server = createServer().listen(0, "127.0.0.1", () => {
        const { port } = server.address();
        server.close(() => found(port));
      });
    });
    serving = spawn(resolve(program), ["serve", "--listen", `127.0.0.1:${port}`], { cwd: folder, env, stdio: "ignore" });
    const address = `http://127.0.0.1:${port}`;
    for (let tries = 0; tries < 240; tries += 1) {
      if (await fetch(`${address}/sign-in`).catch(() => null)) break;
      await new Promise((later) => setTimeout(later, 500));
    }
    return address;
  };
  // The same server after some hours: its clock stands still while it runs.
  const later = async (hours) => {
    const ended = new Promise((over) => serving.once("exit", over));
    serving.kill();
    await ended;
    env.SOURCE_DATE_EPOCH = String(Number(env.SOURCE_DATE_EPOCH) + 3600 * hours);
    await serve();
  };
  // The first sign-in asks for a password of one's own.
  const enter = async (page, login) => {
    await page.goto("/sign-in");
    await fillIn(page, login, passwords[login]);
    await page.waitForURL("**/me/password");
    const chosen = `a long year of ${login}`;
    await page.fill("#f-old", passwords[login]);
    await page.fill("#f-new", chosen);
    await page.fill("#f-again", chosen);
    await page.locator("main form.form button").click();
    await page.waitForURL((url) => !url.pathname.startsWith("/me/password"));
    passwords[login] = chosen;
    return page;
  };
  return { folder, espalier, file, account, passwords, serve, later, enter };
};

// One journey after the other; gives whether nothing failed. Those that `follow` each other end with the first
// that cannot go on.
export const run = async (browser, journeys, { follow = false } = {}) => {
  for (const journey of journeys) {
    const begun = Date.now();
    let ended = false;
    try {
      await journey();
    } catch (e) {
      ended = true;
      check(false, `${journey.name} ended early: ${e.stack}`);
    }
    console.log(`${journey.name}: ${((Date.now() - begun) / 1000).toFixed(1)} s`);
    if (ended && follow) break;
  }
  check(logged.length === 0, `nothing is logged: ${logged.join("; ")}`);
  await browser.close();
  console.log(`${passed} passed, ${failures} failed`);
  return failures === 0 && passed > 0;
};
