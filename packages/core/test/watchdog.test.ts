import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { watch } from "../src/watchdog.ts";

describe("watch", () => {
  it("calls back once its time is over, in the order of the times", async () => {
    const called: string[] = [];
    await new Promise<void>((resolve) => {
      watch(60, () => (called.push("later"), resolve()));
      watch(1, () => called.push("soon"));
    });
    expect(called).toEqual(["soon", "later"]);
  });

  it("does not call back what was called off", async () => {
    let called = false;
    const callOff = watch(1, () => (called = true));
    callOff();
    callOff();
    await new Promise<void>((resolve) => void watch(60, resolve));
    expect(called).toBe(false);
  });

  it("keeps a process alive while something is watched, and not longer", () => {
    const url = new URL("../src/watchdog.ts", import.meta.url).href;
    const run = (code: string): ReturnType<typeof spawnSync> =>
      spawnSync("node", ["--input-type=module", "-e", `import { watch } from ${JSON.stringify(url)};${code}`], {
        timeout: 10_000,
        encoding: "utf8",
      });
    expect(run("watch(50, () => console.log('on time'))").stdout).toBe("on time\n");
    expect(run("watch(3600000, () => {})()").status).toBe(0);
  });
});
