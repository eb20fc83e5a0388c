import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import * as testing from "../../src/testing/index.ts";

it("exports these names and no others", () => {
  expect(Object.keys(testing).toSorted()).toEqual([
    "budgetStoreConformance",
    "cacheConformance",
    "cacheStoreConformance",
    "embedderConformance",
    "eventBusConformance",
    "eventLogConformance",
    "faulty",
    "providerConformance",
    "rateLimiterConformance",
    "runConformance",
    "sampleEvent",
    "scriptedProvider",
    "scriptedTools",
    "stateStoreConformance",
    "toolSourceConformance",
    "vectorIndexConformance",
    "virtualClock",
    "workQueueConformance",
  ]);
});

it("loads nothing but its own files and what Node brings", async () => {
  const script = `
    import { registerHooks } from "node:module";
    const loaded = [];
    registerHooks({ resolve: (specifier, context, next) => (loaded.push(specifier), next(specifier, context)) });
    await import(${JSON.stringify(new URL("../../src/testing/index.ts", import.meta.url).href)});
    console.log(JSON.stringify(loaded.filter((name) => !name.startsWith(".") && !name.startsWith("node:") && !name.startsWith("file:"))));
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script]);
  expect(JSON.parse(stdout)).toEqual([]);
});
