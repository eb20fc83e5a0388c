import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

it("a process whose memory adapters are closed ends by itself, even with retries due in an hour", async () => {
  const script = join(import.meta.dirname, "close-and-exit.ts");
  const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=@hydrogenai/source", script], { timeout: 15_000 });
  expect(stdout.trim()).toBe("closed");
});
