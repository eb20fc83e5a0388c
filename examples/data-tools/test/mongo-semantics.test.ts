import { describe, expect, it } from "vitest";
import { createEngine } from "../src/embedded/engine.ts";

const rows = [
  { n: 5, at: "2020-05-01", name: "a", z: 1 },
  { n: 10, at: "2021-01-01 00:00:00", name: "b", z: 2 },
  { n: 25, at: null, name: "c", z: 3 },
  { n: 7, name: "d", z: 4 },
];
const engine = createEngine([{ name: "t", file: "t.json", rows, fieldDescriptions: new Map(), foreignKeys: [] }], () => undefined);

function aggregate(...pipeline: Record<string, unknown>[]): unknown {
  return JSON.parse(engine.aggregate({ collection: "t", pipeline, cap: { rows: 100, bytes: 100_000 } }).json);
}

/** The answers are what a MongoDB server documents for the same input. */
describe("the embedded engine answers as MongoDB does", () => {
  it("$bucket: the lower boundary belongs to a bucket, the upper does not, empty buckets are not there", () => {
    expect(aggregate({ $bucket: { groupBy: "$n", boundaries: [0, 10, 20, 22], default: "other" } })).toEqual([
      { _id: 0, count: 2 },
      { _id: 10, count: 1 },
      { _id: "other", count: 1 },
    ]);
    expect(aggregate({ $facet: { f: [{ $bucket: { groupBy: "$n", boundaries: [5, 26], output: { sum: { $sum: "$n" } } } }] } })).toEqual([
      { f: [{ _id: 5, sum: 47 }] },
    ]);
    expect(() => aggregate({ $bucket: { groupBy: "$n", boundaries: [0, 10] } })).toThrow();
  });

  it("$project: fields come in the order asked for, _id first", () => {
    expect(JSON.stringify(aggregate({ $limit: 1 }, { $set: { _id: 9 } }, { $project: { z: 1, name: 1, n: { $add: ["$n", 1] } } }))).toBe(
      '[{"_id":9,"z":1,"name":"a","n":6}]',
    );
  });

  it("parts of dates are read from an expression as well as from a date argument, and from nothing comes null", () => {
    expect(aggregate({ $project: { y: { $year: { $toDate: "$at" } }, m: { $month: { date: { $toDate: "$at" } } }, _id: 0 } })).toEqual([
      { y: 2020, m: 5 },
      { y: 2021, m: 1 },
      { y: null, m: null },
      { y: null, m: null },
    ]);
  });

  it("$median and $percentile order numbers as numbers", () => {
    const group = {
      _id: null,
      median: { $median: { input: "$n", method: "approximate" } },
      parts: { $percentile: { input: "$n", p: [0, 0.5, 0.9], method: "approximate" } },
    };
    expect(aggregate({ $group: group })).toEqual([{ _id: null, median: 7, parts: [5, 7, 25] }]);
    expect(aggregate({ $limit: 1 }, { $project: { m: { $median: { input: [100, 9, 20], method: "approximate" } } } })).toEqual([{ m: 20 }]);
  });

  it("$top and $bottom give the value itself", () => {
    expect(
      aggregate({
        $group: { _id: null, t: { $top: { output: "$name", sortBy: { n: -1 } } }, b: { $bottom: { output: "$name", sortBy: { n: -1 } } } },
      }),
    ).toEqual([{ _id: null, t: "c", b: "a" }]);
  });

  it("$push and $addToSet take null but not what is missing", () => {
    expect(aggregate({ $group: { _id: null, all: { $push: "$at" }, set: { $addToSet: "$at" }, none: { $push: "$nope" } } })).toEqual([
      { _id: null, all: ["2020-05-01", "2021-01-01 00:00:00", null], set: ["2020-05-01", "2021-01-01 00:00:00", null], none: [] },
    ]);
  });

  it("empty text is not the number zero", () => {
    expect(() => aggregate({ $project: { x: { $toInt: { $substrCP: ["$at", 0, 4] } } } })).toThrow(/empty text/);
    expect(aggregate({ $limit: 1 }, { $project: { x: { $toInt: { $substrCP: ["$at", 0, 4] } } } })).toEqual([{ x: 2020 }]);
  });

  it("joins, unites and follows to other collections", () => {
    const lookup = {
      from: "t",
      let: { mine: "$n" },
      pipeline: [{ $match: { $expr: { $lt: ["$n", "$$mine"] } } }, { $count: "c" }],
      as: "smaller",
    };
    expect(aggregate({ $lookup: lookup }, { $match: { smaller: [] } }, { $project: { name: 1 } })).toEqual([{ name: "a" }]);
    expect(aggregate({ $unionWith: { coll: "t", pipeline: [{ $match: { n: 5 } }] } }, { $count: "c" })).toEqual([{ c: 5 }]);
  });

  it("no stage writes, and the data is as it was", () => {
    const before = JSON.stringify(rows);
    aggregate({ $set: { n: 0, "x.y": 1 } }, { $unset: "name" }, { $sort: { z: -1 } });
    for (const stage of [{ $out: "t" }, { $merge: "t" }]) expect(() => aggregate(stage)).toThrow();
    for (const expression of [{ $function: { body: () => 1, args: [], lang: "js" } }])
      expect(() => aggregate({ $project: { x: expression } })).toThrow();
    expect(() => engine.count({ collection: "t", filter: { $where: () => true } })).toThrow();
    expect(JSON.stringify(rows)).toBe(before);
  });
});
