// The pages of a report bundle in a real browser, opened from disk: axe finds nothing, nothing is
// wider than the window, nothing is fetched from outside, nothing is logged; and a few journeys.
//
// node tests/browser/reports.mjs BUNDLE CHROMIUM [FOLDER FOR PICTURES]

import { readdirSync, readFileSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const [bundle, executablePath, pictures] = process.argv.slice(2).map((p) => resolve(p));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const address = (path) => pathToFileURL(join(bundle, path)).href;
if (pictures) mkdirSync(pictures, { recursive: true });

let failures = 0;
let passed = 0;
const check = (ok, what) => {
  if (ok) {
    passed += 1;
  } else {
    failures += 1;
    console.error(`FAILED: ${what}`);
  }
};

const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

// One page of each kind, and people with something particular about them.
const people = readdirSync(join(bundle, "data/people")).map((f) => f.replace(".json", ""));
const person = (no) => JSON.parse(readFileSync(join(bundle, "data/people", `${no}.json`), "utf8"));
const first = (test) => people.find((no) => test(person(no)));
const chosen = [
  first((p) => p.rated),
  first((p) => !p.rated),
  first((p) => new Set(p.kpis.map((k) => k.version)).size > 1),
  first((p) => p.kpis.some((k) => k.status === "too_few")),
].filter(Boolean);
const teams = readdirSync(join(bundle, "en/teams")).slice(0, 2);
const paths = ["index.html"];
for (const locale of ["zh-CN", "en"]) {
  paths.push(`${locale}/index.html`, `${locale}/cycle.html`);
  paths.push(...teams.map((t) => `${locale}/teams/${t}`));
  paths.push(...chosen.map((no) => `${locale}/people/${no}.html`));
}

for (const path of paths) {
  for (const [width, colorScheme] of [[1280, "light"], [390, "dark"], [320, "light"]]) {
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
    const page = await context.newPage();
    const outside = [];
    const logged = [];
    page.on("request", (r) => r.url().startsWith("file:") || r.url().startsWith("data:") || outside.push(r.url()));
    page.on("console", (m) => logged.push(m.text()));
    page.on("pageerror", (e) => logged.push(String(e)));
    await page.goto(address(path));
    const here = `${path} at ${width} px, ${colorScheme}`;
    check(outside.length === 0, `${here} fetches ${outside}`);
    check(logged.length === 0, `${here} logs ${logged}`);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    check(over <= 0, `${here} is ${over} px too wide`);
    const headings = await page.locator("h1").count();
    check(headings === 1, `${here} has ${headings} h1`);
    await page.evaluate(axe);
    const found = await page.evaluate(() => globalThis.axe.run());
    for (const violation of found.violations) {
      check(false, `${here}: axe ${violation.id}: ${violation.nodes.map((n) => n.target).slice(0, 3).join(" | ")}`);
    }
    check(found.passes.length > 5, `${here}: axe looked at something`);
    if (pictures && width !== 320) {
      const name = path.replaceAll("/", "_").replace(".html", "");
      await page.screenshot({ path: join(pictures, `${name}-${width}-${colorScheme}.png`), fullPage: true });
    }
    await context.close();
  }
}

// Scripts are not needed, because there are none; without style the pages still read in order.
const context = await browser.newContext({ javaScriptEnabled: false });
const page = await context.newPage();

// From the language choice to a person's sheet and back, by links alone.
await page.goto(address("index.html"));
await page.locator('a[href="en/index.html"]').first().click();
check(page.url().endsWith("/en/index.html"), "the language choice leads to the overview");
await page.locator('a[href^="teams/"]:visible').first().click();
check(page.url().includes("/en/teams/"), "the overview leads to a team");
await page.locator('a[href*="people/"]:visible').first().click();
check(page.url().includes("/en/people/"), "a team leads to a person");
const total = await page.locator("h1").textContent();
check(total.trim().length > 0, "a person's sheet has a heading");
const other = page.locator('a[hreflang="zh-CN"], a[lang="zh-CN"]').first();
await other.click();
check(page.url().includes("/zh-CN/people/"), "the same sheet in the other language");
check((await page.locator("html").getAttribute("lang")) === "zh-CN", "the page says which language it is in");

// Following a line of the worked sum leads to its figure on the same page.
const line = page.locator('table a[href^="#"]').first();
if ((await line.count()) > 0) {
  const target = await line.getAttribute("href");
  check((await page.locator(`[id="${target.slice(1)}"]`).count()) === 1, `the worked sum's link ${target} leads somewhere`);
}

// On paper: the whole page, no wider than A4.
await page.goto(address(`zh-CN/people/${chosen[0]}.html`));
const paper = await page.pdf({ format: "A4", path: pictures ? join(pictures, "person.pdf") : undefined });
check(paper.length > 10_000, "a page prints");
await context.close();
await browser.close();

console.log(`${passed} passed, ${failures} failed`);
process.exit(failures === 0 && passed > 0 ? 0 : 1);
