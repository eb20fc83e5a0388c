import { describe, expect, it } from "vitest";
import { problemsOfCore, problemsOfPackage } from "../scripts/floors.ts";

describe("floors", () => {
  it("lets a file look down and around its own folder", () => {
    expect(problemsOfCore("engine/a.ts", 'import { b } from "./b.ts";\nimport type { Query } from "../ports/query.ts";')).toEqual([]);
  });
  it("finds a look upwards", () => {
    expect(problemsOfCore("memory/a.ts", 'import { b } from "../engine/b.ts";')).toEqual(["memory/a.ts looks up to engine/b.ts"]);
  });
  it("finds code in the ports", () => {
    expect(problemsOfCore("ports/a.ts", "export const a = 1;")).toEqual(["ports/a.ts holds more than types"]);
  });
  it("finds zod outside config, but lets it be loaded on demand", () => {
    expect(problemsOfCore("engine/a.ts", 'import { z } from "zod";')).toEqual(["engine/a.ts imports zod outside config/"]);
    expect(problemsOfCore("engine/a.ts", 'const { z } = await import("zod");')).toEqual([]);
  });
  it("finds a package that imports its sibling", () => {
    expect(problemsOfPackage("cache", "a.ts", 'import { x } from "@hydrogenai/transport-redis";')).toHaveLength(1);
    expect(problemsOfPackage("cache", "a.ts", 'import { x } from "@hydrogenai/core";')).toEqual([]);
  });
});
