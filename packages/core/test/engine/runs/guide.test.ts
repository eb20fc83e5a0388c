import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";

const guide = readFileSync(join(import.meta.dirname, "../../../../../docs/workflows.md"), "utf8");
const [, section = ""] = /^## Durable runs\n([\s\S]*?)(?=^## |(?![\s\S]))/m.exec(guide) ?? [];
const snippets = [...section.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code]) => code!);
const says = [["query-start", "classified", "cache-miss", "finish", "answered 1 true"], ["Paid 600, from shelf 4. 1"], ["refunded"]];

afterEach(() => vi.restoreAllMocks());

it("has the snippets that are run here", () => expect(snippets).toHaveLength(says.length));

it.each(snippets.map((code, index) => [index, code] as const))("runs snippet %i of the durable runs", async (index, code) => {
  const said: string[] = [];
  vi.spyOn(console, "log").mockImplementation((...words: unknown[]) => void said.push(words.join(" ")));
  const file = join(import.meta.dirname, `guide-${process.pid}-${index}.ts`);
  writeFileSync(file, code.replaceAll('"@hydrogenai/core"', '"../../../src/index.ts"'));
  try {
    await import(file);
  } finally {
    rmSync(file);
  }
  for (const line of says[index]!) expect(said).toContain(line);
});
