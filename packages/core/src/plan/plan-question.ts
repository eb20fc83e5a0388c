import type { CallOptions } from "../ports/call.ts";
import type { Catalog, Collection } from "./catalog.ts";
import type { DataSource } from "./data-source.ts";
import { plan, type PlanOptions, type PlanOutcome } from "./planner.ts";
import { tokenize } from "./tokens.ts";

const maxProbes = 12;

/** Runs of capitalised or quoted words nobody explained. */
function phrasesOf(question: string, unplaced: readonly string[]): string[] {
  const missing = new Set(unplaced.flatMap((text) => text.toLowerCase().split(/\s+/)));
  const phrases: string[] = [];
  let run: string[] = [];
  const end = (): void => {
    if (run.length > 0) phrases.push(run.join(" "));
    run = [];
  };
  for (const token of tokenize(question)) {
    const isName = token.quoted || token.capital;
    if (!isName || (run.length === 0 && !missing.has(token.text.toLowerCase().split(/\s+/)[0] ?? "") && !token.quoted)) {
      end();
      continue;
    }
    run.push(token.text);
    if (token.quoted) end();
  }
  end();
  return phrases;
}

/**
 * Plans a question, and where a name in it is unknown asks the data for it: fields with more values than the catalog keeps are searched.
 * As `plan` otherwise.
 */
export async function planQuestion(source: DataSource, question: string, options: PlanOptions & CallOptions = {}): Promise<PlanOutcome> {
  const catalog = await source.catalog(options);
  const outcome = plan(question, catalog, options);
  if (outcome.kind !== "unplannable" || outcome.unplaced.length === 0) return outcome;
  const open = catalog.collections.flatMap((collection) =>
    collection.fields
      .filter((field) => field.type === "string" && field.values?.complete === false)
      .map((field) => ({ collection, field })),
  );
  if (open.length === 0) return outcome;
  const found = new Map<Collection, Map<string, string[]>>();
  let probes = 0;
  for (const phrase of phrasesOf(question, outcome.unplaced)) {
    for (const { collection, field } of open) {
      if (++probes > maxProbes) break;
      const values = await source.probe(collection.name, field.name, phrase, options);
      if (values.length === 0) continue;
      const fields = found.get(collection) ?? new Map<string, string[]>();
      fields.set(field.name, [...(fields.get(field.name) ?? []), ...values]);
      found.set(collection, fields);
    }
  }
  return found.size === 0 ? outcome : plan(question, withValues(catalog, found), options);
}

function withValues(catalog: Catalog, found: ReadonlyMap<Collection, ReadonlyMap<string, readonly string[]>>): Catalog {
  return {
    ...catalog,
    collections: catalog.collections.map((collection) => {
      const more = found.get(collection);
      if (!more) return collection;
      return {
        ...collection,
        fields: collection.fields.map((field) => {
          const values = more.get(field.name);
          if (!values || !field.values) return field;
          const counts = new Map(field.values.counts);
          for (const value of values) if (!counts.has(value)) counts.set(value, 1);
          return { ...field, values: { counts, complete: false } };
        }),
      };
    }),
  };
}
