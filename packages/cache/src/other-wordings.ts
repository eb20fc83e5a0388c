import {
  type CacheQuestion,
  type CacheStore,
  type Embedder,
  type HealthReport,
  OrchestratorError,
  type VectorIndex,
} from "@hydrogenai/core";
import { afterReject, decodeBoundary, encodeBoundary, floorFor } from "./boundary.ts";
import type { Entry } from "./entry.ts";
import { judge as judgeOf } from "./judge.ts";
import { type Indexed, lexicalIndex } from "./lexical-index.ts";
import { lookAlikes } from "./look-alikes.ts";
import { digest, scopeKey } from "./question-key.ts";
import { refuse } from "./semantic/guard.ts";
import { type Reading, readQuestion } from "./semantic/read-question.ts";
import { verify } from "./semantic/verifier.ts";
import { type Filed, sharedIndex } from "./shared-index.ts";
import type { Tally } from "./tally.ts";
import { type VectorCandidates, vectorCandidates } from "./vector-candidates.ts";
import { vectorIndex as vectorIndexOf } from "./vectors/vector-index.ts";
import type { SemanticCacheOptions } from "./semantic-cache.ts";

/** Finds stored answers to a question in other words. */
export interface OtherWordings {
  readonly open: () => void;
  readonly find: (question: CacheQuestion, signal: AbortSignal | undefined) => Promise<Found | undefined>;
  /** The stored question that came closest when this very object was last looked for and not found. */
  readonly nearest: (question: CacheQuestion) => Nearest | undefined;
  /** Makes a stored question findable, here and by its canonical wording in every instance. */
  readonly file: (question: CacheQuestion, key: string, ttlMs: number, signal: AbortSignal | undefined) => Promise<void>;
  readonly remove: (key: string) => void;
  /** The entry was given at this score and was wrong. */
  readonly reject: (key: string, score: number) => Promise<void>;
  /** How the embedder is doing; undefined without one. */
  readonly health: () => HealthReport | undefined;
  readonly close: () => Promise<void>;
}

export interface Found {
  readonly key: string;
  readonly entry: Entry;
  readonly score: number;
}

export interface Nearest {
  readonly question: string;
  readonly why: string;
}

interface Parts extends Pick<SemanticCacheOptions, "bus" | "embedder" | "judge" | "vectorIndex" | "vocabulary"> {
  readonly store: CacheStore;
  readonly maxEntries: number;
  /** Log-odds a pair must have. */
  readonly floor: number;
  readonly maxErrorRate: number;
  readonly tally: Tally;
  /** The entry under a key, when it still counts. */
  readonly fetch: (key: string, question: CacheQuestion, signal: AbortSignal | undefined) => Promise<Entry | undefined>;
}

const maxCandidates = 8;
const maxReadings = 4_096;
const maxLookAlikes = 10_000;
/** A query waits 250 ms for its cache, with all that is in it. */
const judgeMs = 200;
/** Of a hit that the verifier was not sure of. */
const judgedScore = 0;
const boundaryTtlMs = 30 * 24 * 3_600_000;
/** Each time too many hits were rejected the bar rises by so much. */
const raise = 0.5;

const boundaryKey = (key: string): string => `boundary:${key}`;
const shelfOf = (question: CacheQuestion): string => digest("shelf", scopeKey(question));
const wordingKey = (shelf: string, { wording }: Reading): string => digest("wording", JSON.stringify([shelf, wording]));

export function otherWordings({
  store,
  bus,
  embedder,
  judge,
  vectorIndex,
  vocabulary,
  maxEntries,
  maxErrorRate,
  tally,
  fetch,
  ...parts
}: Parts): OtherWordings {
  const index = lexicalIndex(maxEntries);
  const alike = lookAlikes(Math.min(maxEntries, maxLookAlikes));
  const vectors = embedder && vectorCandidates({ embedder, index: indexFor(embedder), store, maxEntries });
  const judged = judge && judgeOf(judge, store, judgeMs, () => tally.judged++);
  const readings = new Map<string, Reading>();
  const nearest = new WeakMap<CacheQuestion, Nearest>();
  let names: ReadonlySet<string> | undefined;

  function indexFor({ name, dimensions }: Embedder): VectorIndex {
    const index = vectorIndex ?? vectorIndexOf({ dimensions, maxEntries });
    if (index.dimensions === dimensions) return index;
    const message = `the vectors of ${name} have ${dimensions} numbers, those of the vectorIndex ${index.dimensions}`;
    throw new OrchestratorError("CONFIG_INVALID", message);
  }

  /** The same few questions are candidates again and again. */
  function read(text: string): Reading {
    const current = vocabulary?.();
    if (current !== names) readings.clear();
    names = current;
    const known = readings.get(text);
    if (known !== undefined) return known;
    const reading = readQuestion(text, current);
    if (readings.size >= maxReadings) readings.clear();
    readings.set(text, reading);
    return reading;
  }

  function hear({ shelf, ...indexed }: Filed): void {
    index.add(shelf, read(indexed.text), indexed);
    vectors?.hear(shelf, indexed);
  }

  const shared = bus && sharedIndex(bus, hear);
  let floor = parts.floor;

  /** Those with the same canonical wording, or that share words. */
  async function byWords(question: CacheQuestion, reading: Reading, signal: AbortSignal | undefined): Promise<readonly Indexed[]> {
    const shelf = shelfOf(question);
    const found = new Map<string, Indexed>();
    const pointer = await store.get(wordingKey(shelf, reading), { signal });
    if (pointer !== undefined) {
      const key = new TextDecoder().decode(pointer);
      const text = (await fetch(key, question, signal))?.text;
      if (text !== undefined) found.set(key, { key, text });
    }
    for (const each of index.candidates(shelf, reading, maxCandidates)) found.set(each.key, each);
    return [...found.values()];
  }

  /** An embedder or an index that is away proposes nothing. */
  async function byVector({ candidates }: VectorCandidates, question: CacheQuestion, signal: AbortSignal | undefined) {
    const proposed = await candidates(shelfOf(question), question, maxCandidates, signal).catch(() => []);
    signal?.throwIfAborted();
    return proposed;
  }

  /** The candidate that most surely means the same and still counts, or else the one that came closest. */
  async function surest(
    candidates: readonly Indexed[],
    question: CacheQuestion,
    reading: Reading,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly found?: Found; readonly closest?: Nearest | undefined }> {
    const sure: (Indexed & { readonly score: number })[] = [];
    const arguable: Indexed[] = [];
    let closest: Nearest | undefined;
    for (const candidate of candidates) {
      const verdict = verify(reading, read(candidate.text));
      if ("score" in verdict && verdict.score >= floor) sure.push({ ...candidate, score: verdict.score });
      else {
        if ("score" in verdict || verdict.arguable === true) arguable.push(candidate);
        closest ??= {
          question: candidate.text,
          why: "refused" in verdict ? verdict.refused : `not sure enough: ${verdict.score.toFixed(2)} of ${floor}`,
        };
      }
    }
    for (const { key, text, score } of sure.toSorted((a, b) => b.score - a.score)) {
      const boundary = decodeBoundary(await store.get(boundaryKey(key), { signal }));
      if (score < floorFor(floor, boundary)) {
        closest = { question: text, why: `rejected before: ${score.toFixed(2)} is not far enough above what was wrong` };
        continue;
      }
      const entry = await fetch(key, question, signal);
      // What is stored decides, not what the index remembered of it.
      if (entry?.text === text && (question.type === undefined || entry.type === question.type)) return { found: { key, entry, score } };
    }
    const [candidate] = arguable;
    const found = candidate && (await byJudge(candidate, question, signal));
    return found === undefined ? { closest } : { found };
  }

  /** An entry that was rejected once is not argued about again. */
  async function byJudge({ key, text }: Indexed, question: CacheQuestion, signal: AbortSignal | undefined): Promise<Found | undefined> {
    if (judged === undefined || (await store.get(boundaryKey(key), { signal })) !== undefined) return undefined;
    const entry = await fetch(key, question, signal);
    if (entry?.text !== text || (question.type !== undefined && entry.type !== question.type)) return undefined;
    return (await judged.same(question.text, text, signal)) ? { key, entry, score: judgedScore } : undefined;
  }

  /** Nothing was close enough to be looked at: what differs in what the guard compares, and in nothing else? */
  function lookAlike(question: CacheQuestion, reading: Reading): Nearest | undefined {
    const found = alike.find(shelfOf(question), reading);
    if (found === undefined) return undefined;
    const why = refuse(reading, read(found.text));
    return why === undefined ? undefined : { question: found.text, why };
  }

  return {
    open: () => shared?.open(),
    async find(question, signal) {
      const reading = read(question.text);
      if (!reading.standsAlone) return undefined;
      let { found, closest } = await surest(await byWords(question, reading, signal), question, reading, signal);
      // An embedder may take long, so it is asked last.
      if (found === undefined && vectors !== undefined) {
        const proposed = await surest(await byVector(vectors, question, signal), question, reading, signal);
        found = proposed.found;
        closest ??= proposed.closest;
      }
      if (found !== undefined) return found;
      closest ??= lookAlike(question, reading);
      if (closest !== undefined) {
        nearest.set(question, closest);
        tally.nearMiss({ tenant: question.scope.tenant, asked: question.text, stored: closest.question, why: closest.why });
      }
      return undefined;
    },
    nearest: (question) => nearest.get(question),
    async file(question, key, ttlMs, signal) {
      const reading = read(question.text);
      if (!reading.standsAlone) return;
      const { text } = question;
      const shelf = shelfOf(question);
      index.add(shelf, reading, { key, text });
      alike.add(shelf, reading, { key, text });
      await store.set(wordingKey(shelf, reading), new TextEncoder().encode(key), { ttlMs, signal });
      await vectors?.add(shelf, key, question, ttlMs, signal).catch(() => undefined);
      shared?.tell({ shelf, key, text });
    },
    remove(key) {
      index.remove(key);
      vectors?.remove(key);
    },
    async reject(key, score) {
      tally.rejected++;
      const before = decodeBoundary(await store.get(boundaryKey(key)));
      await store.set(boundaryKey(key), encodeBoundary(afterReject(before, score)), { ttlMs: boundaryTtlMs });
      // One mistake in few hits is no rate yet.
      if (tally.rejected > 1 + maxErrorRate * tally.semanticHits) floor += raise;
    },
    health: () => vectors?.health(),
    async close() {
      judged?.close();
      await shared?.close();
      await vectors?.close();
    },
  };
}
