import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { runToEnd } from "./support/servers.ts";

const folder = join(import.meta.dirname, "../..");

it("the README's example runs as it stands, and ends by itself", async () => {
  const [, code] = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(folder, "README.md"), "utf8")) ?? [];
  // Inside the package, where its own name resolves.
  const file = join(folder, "test", `readme-${process.pid}.ts`);
  writeFileSync(file, code ?? "");
  onTestFinished(() => rmSync(file));
  const { stdout, stderr, status } = await runToEnd(["--conditions=@hydrogenai/source", file], folder);
  expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  expect(stdout).toContain("package.json");
});
