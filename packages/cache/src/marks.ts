import { randomUUID } from "node:crypto";
import { type CacheFilter, type CacheStore, tagsNaming } from "@hydrogenai/core";
import { digest } from "./question-key.ts";

/** Marks that change when answers are invalidated: an answer counts while its marks are what they were when it was asked for. */
export interface Marks {
  /** As `of`, when none needs to be read. */
  readonly known: (tenant: string, tags: readonly string[]) => readonly string[] | undefined;
  /** The marks an answer of this tenant with these tags depends on, in a fixed order. */
  readonly of: (tenant: string, tags: readonly string[], signal?: AbortSignal) => Promise<readonly string[]> | readonly string[];
  /** Changes the mark the filter names, here at once and elsewhere within `freshMs`. */
  readonly change: (filter: CacheFilter) => Promise<void>;
  /** True when a mark the answer depends on was seen to change after the moment (on `performance.now`). */
  readonly changedSince: (moment: number, tenant: string, tags: readonly string[]) => boolean;
}

interface Known {
  readonly mark: string;
  readonly readAt: number;
  readonly changedAt: number;
}

const maxKnown = 10_000;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

const nameOf = (tenant: string | undefined, tag: string | undefined): string => digest("mark", JSON.stringify([tenant, tag]));

/**
 * Random marks in the store shared by all. A mark the store lost is made anew, so that losing marks only ever costs hits. What was
 * read is believed for `freshMs`; a mark that could not be written stays changed here and is written again with the next read.
 */
export function marks(store: CacheStore, freshMs: number): Marks {
  const known = new Map<string, Known>();
  const unwritten = new Map<string, string>();
  const names = new Map<string, readonly string[]>();

  function namesOf(tenant: string, tags: readonly string[]): readonly string[] {
    // A line break first: no JSON array begins with one.
    const key = tags.length === 0 ? `\n${tenant}` : JSON.stringify([tenant, ...tags]);
    const before = names.get(key);
    if (before !== undefined) return before;
    const ofTags = tags.flatMap(tagsNaming).flatMap((tag) => [nameOf(undefined, tag), nameOf(tenant, tag)]);
    const found = [nameOf(undefined, undefined), nameOf(tenant, undefined), ...ofTags];
    if (names.size >= maxKnown) names.clear();
    names.set(key, found);
    return found;
  }

  function learn(name: string, mark: string, changedAt: number): string {
    known.delete(name);
    known.set(name, { mark, readAt: performance.now(), changedAt });
    if (known.size > maxKnown) known.delete(known.keys().next().value!);
    return mark;
  }

  async function write(name: string, mark: string): Promise<void> {
    try {
      // A deletion the shared tier did not confirm is made again once it is back; a value it did not take is not.
      await store.delete(name);
      await store.set(name, encoder.encode(mark));
      unwritten.delete(name);
    } catch (error) {
      unwritten.set(name, mark);
      throw error;
    }
  }

  async function fetch(name: string, signal: AbortSignal | undefined): Promise<string> {
    const waiting = unwritten.get(name);
    if (waiting !== undefined) {
      await write(name, waiting);
      return waiting;
    }
    for (;;) {
      const bytes = await store.get(name, { signal });
      if (bytes !== undefined) return decoder.decode(bytes);
      const mark = randomUUID();
      if (await store.add(name, encoder.encode(mark), { signal })) return mark;
      signal?.throwIfAborted();
    }
  }

  async function read(name: string, signal: AbortSignal | undefined): Promise<string> {
    const before = known.get(name);
    if (before !== undefined && performance.now() - before.readAt < freshMs) return before.mark;
    const mark = await fetch(name, signal);
    const since = known.get(name);
    // Changed here while it was being read there.
    if (since !== undefined && since !== before) return since.mark;
    const changed = before !== undefined && before.mark !== mark;
    return learn(name, mark, changed ? performance.now() : (before?.changedAt ?? Number.NEGATIVE_INFINITY));
  }

  /** All of them, when none needs to be read. */
  function fresh(all: readonly string[]): readonly string[] | undefined {
    const now = performance.now();
    const found: string[] = [];
    for (const name of all) {
      const before = known.get(name);
      if (before === undefined || now - before.readAt >= freshMs) return undefined;
      found.push(before.mark);
    }
    return found;
  }

  return {
    known: (tenant, tags) => fresh(namesOf(tenant, tags)),
    of(tenant, tags, signal) {
      const all = namesOf(tenant, tags);
      return fresh(all) ?? Promise.all(all.map((name) => read(name, signal)));
    },
    async change({ tenant, tags }) {
      const changed = tags === undefined ? [nameOf(tenant, undefined)] : tags.map((tag) => nameOf(tenant, tag));
      await Promise.all(changed.map((name) => write(name, learn(name, randomUUID(), performance.now()))));
    },
    changedSince: (moment, tenant, tags) =>
      namesOf(tenant, tags).some((name) => (known.get(name)?.changedAt ?? Number.NEGATIVE_INFINITY) >= moment),
  };
}
