import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const node = (args: readonly string[]): string =>
  execFileSync("node", ["--conditions=@hydrogenai/source", "--no-warnings", ...args], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, NODE_OPTIONS: "" },
  });

describe("examples", () => {
  it("hello.ts answers and finds the answer again", () => {
    expect(node(["examples/hello.ts"])).toMatch(/YOU SAID: WHY IS THE SKY BLUE\?\nasked again: from the exact cache/);
  });
  it("conversation.ts understands what is said next", () => {
    const said = node(["examples/conversation.ts"]);
    expect(said).toMatch(/> and in Germany\?\nRead as: How many customers are in Germany\?\nThere are 3 customers/);
    expect(said).toMatch(/> what about Japan\?\n.*\n\| name[^]*Fi \| Japan/);
  });
  it("the unit test of a host application passes under node:test", () => {
    expect(node(["--test", "--test-reporter=tap", "examples/unit-test/greeter.test.ts"])).toMatch(/# pass 1\n# fail 0/);
  });
  it("every example of the README that can stand alone runs", () => {
    const fences = [...readFileSync(join(root, "README.md"), "utf8").matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code!);
    const alone = fences.filter((code) => !code.includes("http://"));
    expect(alone.length).toBeGreaterThan(0);
    const folder = mkdtempSync(join(root, "examples", "readme-"));
    try {
      for (const code of alone) {
        writeFileSync(join(folder, "fence.ts"), code);
        expect(node([join(folder, "fence.ts")])).toContain("You asked: What can you do?");
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
