// What the journeys share: a browser with somebody at it, what was checked, and how a page is looked at.

import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
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
