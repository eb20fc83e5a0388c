import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

it("docs/events.md lists the types of event that are recorded, and no others", () => {
  const source = join(import.meta.dirname, "../../src");
  const code = globSync(["engine/**/*.ts", "orchestrator.ts"], { cwd: source }).map((file) => readFileSync(join(source, file), "utf8"));
  const recorded = code.flatMap((text) =>
    [...text.matchAll(/"((?:query|cache|provider|budget|run|tool)(?:\.[a-z]+)+)"/g)].map(([, type]) => type),
  );
  const guide = readFileSync(join(import.meta.dirname, "../../../../docs/events.md"), "utf8");
  const listed = [...guide.matchAll(/^\| (`[a-z]+\.[^|]+) \|/gm)].flatMap(([, types = ""]) => types.replaceAll("`", "").split(", "));
  expect(new Set(recorded)).toEqual(new Set(listed));
});
