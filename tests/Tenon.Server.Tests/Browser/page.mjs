// Uses the page of a server as a person would. Prints the name of each thing that works, and fails at the first that does not. After
// "stops", the caller starts the run "live".
// node page.mjs ADDRESS MODULES BROWSER PICTURES, where MODULES contains playwright-core.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";

const [address, modules, browserPath, pictures] = process.argv.slice(2);
const { chromium } = createRequire(join(modules, "x.js"))("playwright-core");
const browser = await chromium.launch({
  executablePath: browserPath,
  args: [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
  ],
});
const page = await browser.newPage({ colorScheme: "light", viewport: { width: 1000, height: 900 } });
page.setDefaultTimeout(180_000);
const wrong = [];
page.on("pageerror", error => wrong.push(error.message));
page.on("console", message => message.type() === "error" && wrong.push(message.text()));

const status = text => page.getByRole("status").filter({ hasText: text }).waitFor();
const messages = () => page.locator(".message");
const lastText = () => messages().last().locator("p").innerText();

async function check(name, work) {
  await work();
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
  assert.deepEqual(wrong, [], name);
  console.log(name);
}

async function background() {
  return page.evaluate(() => getComputedStyle(document.body).backgroundColor);
}

try {
  await page.goto(address);
  await check("chats", async () => {
    await page.getByText("Settings").click();
    await page.getByRole("combobox", { name: "Model" }).selectOption("chat");
    await page.getByLabel("Maximum tokens").fill("20");
    await page.getByLabel("Message").fill("<img src=x onerror=alert(1)>");
    await page.keyboard.press("Enter");
    await status("The answer is complete.");
    assert.equal(await messages().count(), 2);
    assert.equal(await messages().first().locator("p").innerText(), "<img src=x onerror=alert(1)>");
    assert.equal(await page.locator(".message img").count(), 0, "what is written is never markup");
  });
  await check("regenerates", async () => {
    await page.getByLabel("Seed").fill("5");
    await page.getByRole("button", { name: "Regenerate" }).click();
    await status("The answer is complete.");
    const first = await lastText();
    await page.getByRole("button", { name: "Regenerate" }).click();
    await status("The model is answering.").catch(() => {});
    await status("The answer is complete.");
    assert.equal(await messages().count(), 2);
    assert.equal(await lastText(), first, "equal seeds give equal texts");
  });
  await check("stops", async () => {
    await page.getByRole("button", { name: "New conversation" }).click();
    await page.getByRole("combobox", { name: "Model" }).selectOption("long");
    await page.getByLabel("Temperature").fill("0");
    await page.getByLabel("Maximum tokens").fill("5000");
    await page.getByLabel("Message").fill("dog");
    await page.getByRole("button", { name: "Send" }).click();
    await page.waitForFunction(() => document.querySelector(".message:last-child p").textContent.startsWith("ha ha ha"));
    await page.getByRole("button", { name: "Stop" }).click();
    await status("Stopped.");
    const text = await lastText();
    await page.waitForTimeout(500);
    assert.equal(await lastText(), text, "nothing follows");
    assert.ok(text.length < 580, `${text.length} characters`);
    assert.ok(await page.getByRole("button", { name: "Send" }).isEnabled());
  });
  await check("shows-a-run-while-it-trains", async () => {
    await page.getByRole("tab", { name: "Chat" }).focus();
    await page.keyboard.press("ArrowRight");
    await page.getByRole("tab", { name: "Runs", selected: true }).waitFor();
    await page.getByRole("combobox", { name: "Run" }).selectOption("live");
    const steps = async () => Number(/^running, step (\d+) of/.exec(await page.locator("#run-state").innerText())?.[1]);
    await page.waitForFunction(() => /^running, step \d+ of/.test(document.getElementById("run-state").textContent));
    const before = await steps();
    await page.waitForFunction(step => Number(/step (\d+)/.exec(document.getElementById("run-state").textContent)[1]) > step, before);
    await page.getByRole("img", { name: /^Loss: training [\d.,]+ at step \d+, validation [\d.,]+ at step \d+$/ }).waitFor();
    await page.getByRole("img", { name: /^Speed in tokens per second: speed [\d.,]+ at step \d+$/ }).waitFor();
    assert.match(await page.getByLabel("Sample").inputValue(), /^samples\/step-\d{8}\.txt$/);
    assert.ok((await page.locator("#sample-content pre").innerText()).length > 0);
  });
  await check("shows-the-run-after-its-end", async () => {
    await page.waitForFunction(() => document.getElementById("run-state").textContent.startsWith("finished"), null, { timeout: 180_000 });
    await page.getByRole("img", { name: "loss.png of the run live" }).waitFor();
    await page.getByText("All values").click();
    await page.getByRole("rowheader", { name: "validation/loss", exact: true }).waitFor();
  });
  await check("shows-pictures-in-the-dark", async () => {
    const light = await background();
    await page.emulateMedia({ colorScheme: "dark" });
    assert.notEqual(await background(), light);
    await page.getByRole("combobox", { name: "Run" }).selectOption("images");
    const picture = page.getByRole("img", { name: /^samples\/step-\d+\.png of the run images$/ });
    await picture.waitFor();
    assert.ok(await picture.evaluate(image => image.naturalWidth) > 0);
  });
} catch (failure) {
  await page.screenshot({ path: join(pictures, "failed.png"), fullPage: true });
  console.error(`The page says: ${await page.locator("main, #status").allInnerTexts()}`);
  throw failure;
} finally {
  await browser.close();
}
