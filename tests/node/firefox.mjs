// Types into a page of Firefox and prints what is shown at the end: {"address", "shown", "width", "failed"}, the width
// in a window of 380.
// Usage: node firefox.mjs PROGRAM PICTURE; on standard input {"address", "cookies", "steps", "end"}. A step is a text, or
// {"name": "Alt+g"}; before each the page has said what it has to say about the one before. `end` is a selector.
import { readFileSync } from "node:fs";
import puppeteer from "puppeteer-core";

const [executablePath, picture] = process.argv.slice(2);
const { address, cookies, steps, end } = JSON.parse(readFileSync(0, "utf8"));

const browser = await puppeteer.launch({ browser: "firefox", executablePath, headless: true });
const page = await browser.newPage();
const failed = [];
page.on("pageerror", (error) => failed.push(String(error)));
page.on("dialog", (dialog) => failed.push(dialog.message()));

async function press(name) {
  const keys = name.split("+");
  const last = keys.pop();
  for (const key of keys) await page.keyboard.down(key);
  await page.keyboard.press(last);
  for (const key of keys.reverse()) await page.keyboard.up(key);
}

try {
  await page.setViewport({ width: 1440, height: 900 });
  const { hostname: domain } = new URL(address);
  await browser.defaultBrowserContext().setCookie(
    ...Object.entries(cookies).map(([name, value]) => ({ name, value, domain, path: "/" })),
  );
  await page.goto(address);
  await page.waitForSelector("html[data-ready]");
  for (const step of steps) {
    await page.waitForSelector("html:not([data-busy], [data-leaving])");
    await (typeof step === "string" ? page.keyboard.type(step) : press(step.name));
  }
  await page.waitForSelector(end);
  await page.screenshot({ path: picture });
  const shown = await page.$eval("body", (body) => body.innerText);
  await page.setViewport({ width: 380, height: 900 });
  const width = await page.$eval("html", (html) => html.scrollWidth);
  process.stdout.write(JSON.stringify({ address: page.url(), shown, width, failed }));
} finally {
  await browser.close();
}
