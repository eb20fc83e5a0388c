import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Aggregator } from "mingo";
import type { Json, JsonObject } from "../../src/ports/json.ts";
import type { Tool } from "../../src/ports/tool-source.ts";

/** Collections by name. */
export type Data = Readonly<Record<string, readonly Record<string, unknown>[]>>;

const typeOf = (value: unknown): string => {
  if (value instanceof Date) return "Date";
  if (typeof value === "number") return Number.isInteger(value) ? "Int32" : "Double";
  if (typeof value === "boolean") return "Boolean";
  return Array.isArray(value) ? "Array" : typeof value === "object" ? "Object" : "String";
};

function tool(name: string, execute: (input: JsonObject) => unknown): Tool {
  return {
    name,
    description: name,
    inputSchema: { type: "object" },
    readOnly: true,
    idempotent: true,
    // Through JSON, as over a wire.
    execute: async (input) => JSON.parse(JSON.stringify(execute(input as JsonObject))) as Json,
  };
}

/** Tools shaped like the official MongoDB MCP server's, over arrays in memory. Pages are cut at `maxRows`. */
export function mongoTools(
  data: Data,
  descriptions: Readonly<Record<string, Readonly<Record<string, string>>>> = {},
  maxRows = 1000,
): Tool[] {
  return [
    tool("list-collections", () => ({ collections: Object.keys(data).map((name) => ({ name })) })),
    tool("collection-schema", ({ collection }) => {
      const name = collection as string;
      const fields: Record<string, { types: { bsonType: string }[]; description?: string }> = {};
      for (const row of data[name] ?? []) {
        for (const [field, value] of Object.entries(row)) {
          const description = descriptions[name]?.[field];
          const known = (fields[field] ??= { types: [], ...(description === undefined ? {} : { description }) });
          if (value === null || value === undefined) continue;
          const bsonType = typeOf(value);
          if (!known.types.some((one) => one.bsonType === bsonType)) known.types.push({ bsonType });
        }
      }
      return fields;
    }),
    tool("aggregate", ({ collection, pipeline }) => {
      const rows = new Aggregator(pipeline as Record<string, unknown>[], {
        collectionResolver: (name) => (data[name] ?? []) as Record<string, unknown>[],
        // As a server that runs no code would have it.
        scriptEnabled: false,
      }).run([...(data[collection as string] ?? [])]);
      return { documents: rows.slice(0, maxRows), truncated: rows.length > maxRows };
    }),
  ];
}

function csv(text: string): Record<string, unknown>[] {
  const [head, ...lines] = text.trim().split(/\r?\n/);
  const names = (head ?? "").split(",");
  return lines.map((line) => {
    const cells = [...line.matchAll(/("([^"]*)"|[^,]*)(,|$)/g)].map((match) => match[2] ?? match[1] ?? "");
    return Object.fromEntries(
      names.map((name, index) => {
        const cell = cells[index] ?? "";
        return [name, cell === "" ? null : /^-?\d+(\.\d+)?$/.test(cell) ? Number(cell) : cell];
      }),
    );
  });
}

/** Some of the vega-datasets, dates as ISO text or as dates. */
export function vega(): Data {
  const folder = join(dirname(createRequire(import.meta.url).resolve("vega-datasets")), "..", "data");
  const read = (file: string): string => readFileSync(join(folder, file), "utf8");
  const json = (file: string) => JSON.parse(read(file)) as Record<string, unknown>[];
  const movies = json("movies.json").map((row) => {
    const release = row["Release Date"];
    const time = typeof release === "string" ? Date.parse(`${release} UTC`) : Number.NaN;
    return { ...row, "Release Date": Number.isNaN(time) ? null : new Date(time) };
  });
  return {
    movies,
    airports: csv(read("airports.csv")),
    flights: csv(read("flights-airport.csv")),
    gapminder: json("gapminder.json"),
    countries: json("countries.json"),
    cars: json("cars.json"),
    penguins: json("penguins.json"),
    "seattle-weather": csv(read("seattle-weather.csv")),
  };
}

const chinookFolder = new URL("../../../../../shared/data/chinook/", import.meta.url);

/** The Chinook collections, or undefined where they are not on this machine. */
export function chinook(): Data | undefined {
  if (!existsSync(chinookFolder)) return undefined;
  const files = readdirSync(chinookFolder).filter((name) => name.endsWith(".json"));
  return Object.fromEntries(
    files.map((name) => [name.slice(0, -5), JSON.parse(readFileSync(new URL(name, chinookFolder), "utf8")) as Record<string, unknown>[]]),
  );
}

/** Whole numbers below a bound, the same for the same seed. */
export function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
