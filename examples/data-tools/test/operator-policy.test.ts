import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { DataToolsError } from "../src/errors.ts";
import { assertCommandAllowed, assertPipelineAllowed, assertQueryAllowed, equalityFilter } from "../src/policy/operator-policy.ts";
import { refusedRegex } from "../src/policy/regex-policy.ts";
import { folderOf, numberedRows, start } from "./support.ts";

const corpus = new URL("../../../../shared/data/corpora/authored/mongo-readonly-policy.jsonl", import.meta.url);

interface Row {
  id: string;
  op: string;
  payload: unknown;
  expect: "allow" | "deny" | "limit";
  why: string;
}

const checks: Record<string, (payload: unknown) => void> = {
  aggregate: (payload) => assertPipelineAllowed(payload),
  find: (payload) => assertQueryAllowed(payload),
  command: (payload) => assertCommandAllowed(payload as Record<string, unknown>),
  "find-from-user-field": (payload) => void equalityFilter(payload),
  "raw-json": (payload) => assertPipelineAllowed([JSON.parse(String(payload))]),
};

function refusal(check: () => void): unknown {
  try {
    check();
    return undefined;
  } catch (error) {
    return error instanceof DataToolsError ? error.code : error;
  }
}

if (!existsSync(corpus)) console.warn("skipped: the policy corpus is not beside this repository");

describe.skipIf(!existsSync(corpus))("the policy corpus", () => {
  const rows = existsSync(corpus)
    ? readFileSync(corpus, "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Row)
    : [];

  it.each(rows.filter((row) => row.expect !== "limit"))("$id: $expect $why", ({ op, payload, expect: verdict }) => {
    expect(refusal(() => checks[op]?.(payload))).toBe(verdict === "deny" ? "OPERATOR_REFUSED" : undefined);
  });

  it.each(rows.filter((row) => row.expect === "limit"))("$id: bounded, $why", async ({ payload }) => {
    const { call } = await start({ dataDir: folderOf({ "x.json": numberedRows(50) }), limits: { rows: 10 } });
    const { isError, data, text } = await call("aggregate", { collection: "x", pipeline: payload });
    const isBounded = isError ? text.includes("needs a maxDepth") : data["count"] === 10 && data["truncated"] === true;
    expect(isBounded).toBe(true);
  });
});

describe("the operator policy", () => {
  it.each([
    [
      [{ $facet: { a: [{ $lookup: { from: "x", as: "y", pipeline: [{ $unionWith: { coll: "z", pipeline: [{ $out: "s" }] } }] } }] } }],
      "$out",
      "pipeline[0].$facet.a[0].$lookup.pipeline[0].$unionWith.pipeline[0].$out",
    ],
    [
      [{ $set: { a: { $map: { input: [1], in: { $function: { body: "", args: [], lang: "js" } } } } } }],
      "$function",
      "pipeline[0].$set.a.$map.in.$function",
    ],
    [[{ $match: { a: { $elemMatch: { $where: "1" } } } }], "$where", "pipeline[0].$match.a.$elemMatch.$where"],
    [
      [
        {
          $graphLookup: {
            from: "x",
            startWith: "$a",
            connectFromField: "a",
            connectToField: "b",
            as: "c",
            maxDepth: 1,
            restrictSearchWithMatch: { $where: "1" },
          },
        },
      ],
      "$where",
      "pipeline[0].$graphLookup.restrictSearchWithMatch.$where",
    ],
    [[{ $project: { a: { $unheardOf: 1 } } }], "$unheardOf", "pipeline[0].$project.a.$unheardOf"],
    [[{ $project: { a: "$$USER_ROLES" } }], "$$USER_ROLES", "pipeline[0].$project.a"],
    [[{ $match: { at: { $date: "2020-01-01" } } }], "$date", "pipeline[0].$match.at.$date"],
  ])("names what it refuses and where: %j", (pipeline, operator, path) => {
    expect(() => assertPipelineAllowed(pipeline)).toThrow(
      expect.objectContaining({ code: "OPERATOR_REFUSED", details: { operator, path } }) as Error,
    );
  });

  it.each([[{ a: "$__proto__" }], [{ a: "$x.constructor.name" }], [JSON.parse('{"__proto__":{"$set":1}}') as Record<string, unknown>]])(
    "refuses a way to a prototype: %j",
    (projection) => {
      expect(refusal(() => assertPipelineAllowed([{ $project: projection }]))).toBe("OPERATOR_REFUSED");
    },
  );

  it("allows what only reads", () => {
    const pipeline = [
      {
        $match: {
          $and: [{ a: { $in: [1, 2] } }, { $or: [{ b: { $not: { $gt: 3 } } }, { $expr: { $lt: ["$a", "$b"] } }] }],
          name: { $regex: "^ab+c", $options: "i" },
        },
      },
      { $lookup: { from: "x", let: { y: "$a" }, pipeline: [{ $match: { $expr: { $eq: ["$b", "$$y"] } } }], as: "z" } },
      { $unwind: { path: "$z", preserveNullAndEmptyArrays: true } },
      { $group: { _id: { $dateTrunc: { date: { $toDate: "$d" }, unit: "month" } }, n: { $sum: 1 }, all: { $push: "$$ROOT" } } },
      { $setWindowFields: { sortBy: { n: -1 }, output: { rank: { $rank: {} } } } },
      { $project: { _id: 0, price: { $literal: "$5" }, label: { $concat: ["a", "$b"] } } },
      { $sort: { n: -1 } },
      { $limit: 10 },
    ];
    expect(refusal(() => assertPipelineAllowed(pipeline))).toBeUndefined();
  });

  it("allows typed values only where the data has such types", () => {
    const filter = { _id: { $oid: "5f0000000000000000000000" }, at: { $gte: { $date: "2020-01-01T00:00:00Z" } } };
    expect(refusal(() => assertQueryAllowed(filter, { extendedJson: true }))).toBeUndefined();
    expect(refusal(() => assertQueryAllowed(filter))).toBe("OPERATOR_REFUSED");
    expect(refusal(() => assertQueryAllowed({ a: { $date: { $where: "1" } } }, { extendedJson: true }))).toBe("OPERATOR_REFUSED");
  });

  it("is asked by every tool that takes a query", async () => {
    const { failure } = await start({ dataDir: folderOf({ "a.json": numberedRows(3) }) });
    const where = { $where: "1" };
    expect(await failure("find", { collection: "a", filter: where })).toBe("OPERATOR_REFUSED");
    expect(await failure("find", { collection: "a", projection: { b: { $function: {} } } })).toBe("OPERATOR_REFUSED");
    expect(await failure("count", { collection: "a", query: where })).toBe("OPERATOR_REFUSED");
    expect(await failure("distinct", { collection: "a", field: "n", query: where })).toBe("OPERATOR_REFUSED");
    expect(await failure("distinct", { collection: "a", field: "__proto__" })).toBe("OPERATOR_REFUSED");
    expect(await failure("distinct", { collection: "a", field: "$n" })).toMatch(/without a dollar sign/);
    expect(await failure("find", { collection: "a", filter: JSON.parse('{"__proto__":{"n":1}}') })).toBe("OPERATOR_REFUSED");
    expect(await failure("count", { collection: "a", equals: JSON.parse('{"__proto__":1}') })).toBe("OPERATOR_REFUSED");
    expect(await failure("aggregate", { collection: "a", pipeline: [{ $out: "b" }] })).toBe("OPERATOR_REFUSED");
    const explained = [
      { name: "find", arguments: { filter: where } },
      { name: "count", arguments: { query: where } },
      { name: "aggregate", arguments: { pipeline: [{ $merge: "b" }] } },
    ];
    for (const method of explained) expect(await failure("explain", { collection: "a", method: [method] })).toBe("OPERATOR_REFUSED");
  });
});

describe("regular expressions", () => {
  it.each([
    "(a+)+$",
    "(a|aa)+$",
    "((a|b))*c",
    "(a*)*",
    "(\\w+\\s?)*$",
    "^(([a-z])+.)+[A-Z]",
    ".*.*.*.*x",
    "(?=a)b",
    "(a)\\1",
    "(a{1,9}){9}",
    "(",
    "a".repeat(501),
  ])("refuses %j", (pattern) => expect(refusedRegex(pattern)).toBeTypeOf("string"));
  it.each(["^abc", "spielberg", "^\\d{4}-\\d{2}-\\d{2}$", "(foo|bar)", "a+b*c", "[+*(]+", "\\(x\\)+", "(?:ab)+", "^The .* of .*$"])(
    "allows %j",
    (pattern) => expect(refusedRegex(pattern)).toBeUndefined(),
  );
});
