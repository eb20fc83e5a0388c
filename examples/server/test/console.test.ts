import { existsSync } from "node:fs";
import { chromium } from "playwright-core";
import { describe, expect, it } from "vitest";
import { startService } from "./service.ts";

const executablePath = "/usr/bin/chromium";
const installed = existsSync(executablePath);
if (!installed && process.env["CI"]) throw new Error("chromium is needed under CI and is not installed");
if (!installed) console.warn("skipping the console's tests: chromium is not installed");

const quiet = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

describe.skipIf(!installed)("the console", () => {
  it("asks, shows the steps as they come, and the answer as a table", { timeout: 60_000 }, async () => {
    await using running = await startService();
    const browser = await chromium.launch({ executablePath, args: quiet });
    try {
      const page = await browser.newPage({ viewport: { width: 1000, height: 760 } });
      const problems: string[] = [];
      page.on("pageerror", (error) => problems.push(String(error)));
      page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
      await page.goto(running.url);
      await page.getByPlaceholder(/Spielberg/).fill("Which 5 airports have the most departing flights?");
      await page.getByRole("button", { name: "Ask", exact: true }).click();
      await page.locator("article[data-done]").waitFor();
      expect(await page.locator("article tbody tr").count()).toBe(5);
      expect(await page.locator("article tbody tr").first().textContent()).toMatch(/ATL.*414,513/);
      expect(await page.locator("article .steps li").count()).toBeGreaterThan(3);
      await page.getByRole("button", { name: "How many movies did Steven Spielberg direct?" }).click();
      await expect.poll(() => page.locator("article[data-done]").count()).toBe(2);
      expect(await page.locator("article").first().textContent()).toMatch(/\b23\b/);
      const shot = process.env["CONSOLE_SCREENSHOT"];
      if (shot !== undefined) await page.screenshot({ path: shot });
      expect(problems).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});
