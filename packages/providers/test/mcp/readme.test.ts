import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { runToEnd } from "./support/servers.ts";

const folder = join(import.meta.dirname, "../..");

it("the README's example of tools runs as it stands, and ends by itself", async () => {
  const blocks = [...readFileSync(join(folder, "README.md"), "utf8").matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = ""]) => code);
  const code = blocks.find((block) => block.includes("mcpTools("));
  // Inside the package, where its own name resolves.
  const file = join(folder, "test", `readme-${process.pid}.ts`);
  writeFileSync(file, code ?? "");
  onTestFinished(() => rmSync(file));
  const { stdout, stderr, status } = await runToEnd(["--conditions=@hydrogenai/source", file], folder);
  expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  expect(stdout).toContain("package.json");
});
