import { hash } from "node:crypto";
import type { Learnt } from "../classify/cascade.ts";
import { type Fit, type WeightedExample, fitExamples } from "../classify/fit-examples.ts";
import type { LabelledExample, OwnType } from "../classify/own-types.ts";
import { queryTypes } from "../classify/rules.ts";
import { verdictOf } from "../classify/verdict.ts";
import { type Limits, defaultTenant } from "../defaults.ts";
import { isOrchestratorError } from "../errors.ts";
import { recencyMap } from "../memory/recency-map.ts";
import type { Json } from "../ports/json.ts";
import type { AnyQueryType, Classification, Query } from "../ports/query.ts";
import type { StateStore } from "../ports/state-store.ts";
import { inTime } from "./abortable.ts";

/** A question whose type somebody said: a person who corrected it, or a model. */
export interface Lesson {
  readonly text: string;
  readonly type: AnyQueryType;
  readonly by: "correction" | "model";
}

export interface LearntExamples extends Learnt {
  /** Reads what is stored for the query's tenant, the first time it is seen: a promise then, otherwise nothing to wait for. */
  readonly ready: (query: Query, nowMs: number) => Promise<void> | undefined;
  /** What the question was corrected to. */
  readonly correctionOf: (query: Query) => AnyQueryType | undefined;
  /** Takes a lesson in at once; answers whether it is stored as well. Never rejects. */
  readonly learn: (tenant: string | undefined, lesson: Lesson) => Promise<boolean>;
}

/** The newest of each kind that are kept for a tenant. */
const maxLessons: Readonly<Record<Lesson["by"], number>> = { correction: 500, model: 200 };
const weightOf: Readonly<Record<Lesson["by"], number>> = { correction: 1, model: 0.3 };
const maxTenants = 500;
const maxTextChars = 500;
const maxConflicts = 8;
/** What another process learnt is known here after at most so long. */
const lookEveryMs = 30_000;
/** How often models are right of whose verdicts we know. */
export const modelConfidence = 0.95;

/** What makes two questions the same one: case, white space and the marks at their end do not. A long one is told by its fingerprint. */
function sameQuestion(text: string): string {
  const folded = text.normalize("NFC").trim().replace(/\s+/g, " ").toLowerCase();
  const plain = folded.replace(/[\s?!.]+$/, "") || folded;
  return plain.length <= maxTextChars ? plain : `${plain.slice(0, maxTextChars)} ${hash("sha256", plain, "base64url")}`;
}

interface TenantLessons {
  /** Oldest first, by `sameQuestion`. */
  lessons: Map<string, Lesson>;
  /** Not yet in the store. */
  readonly unsaved: Map<string, Lesson>;
  fit: Fit | undefined;
  loading: Promise<void> | undefined;
  saving: Promise<boolean> | undefined;
  lookedAt: number;
}

/** What is stored may be anything; what is no lesson is left out. */
function lessonsIn(value: Json | undefined): Lesson[] {
  if (!Array.isArray(value)) return [];
  return (value as readonly unknown[]).flatMap((entry) => {
    const { text, type, by } = (entry ?? {}) as Readonly<Record<string, unknown>>;
    if (typeof text !== "string" || text === "" || text.length > 2 * maxTextChars || typeof type !== "string") return [];
    return by === "correction" || by === "model" ? [{ text, type, by }] : [];
  });
}

/** Adds a lesson as the newest; a model never outranks a person. True when it changed anything. */
function put(lessons: Map<string, Lesson>, lesson: Lesson): boolean {
  const before = lessons.get(lesson.text);
  if (before?.by === "correction" && lesson.by === "model") return false;
  lessons.delete(lesson.text);
  lessons.set(lesson.text, lesson);
  return true;
}

/** Forgets the oldest; a tenth beyond the bound is let be, since fitting all anew costs more than one more. True when some went. */
function trim(lessons: Map<string, Lesson>): boolean {
  let dropped = false;
  for (const by of ["correction", "model"] as const) {
    const own = [...lessons.values()].filter((lesson) => lesson.by === by);
    if (own.length <= maxLessons[by] * 1.1) continue;
    for (const { text } of own.slice(0, own.length - maxLessons[by])) dropped = lessons.delete(text);
  }
  return dropped;
}

/**
 * The examples of the options, and what each tenant's corrections and model verdicts taught, kept in the state store. While the store is
 * away, lessons hold in this process and are written when it is back; damaged entries are left out.
 */
export function learntExamples(
  given: readonly LabelledExample[],
  types: readonly OwnType[],
  state: StateStore,
  { storeTimeoutMs }: Limits,
): LearntExamples {
  const ownTypes = types.map(({ name }) => name);
  const knownTypes = new Set<AnyQueryType>([...queryTypes, ...ownTypes]);
  const tenants = recencyMap<TenantLessons>();
  let count = 0;
  const examples: readonly WeightedExample[] = given.map((example) => ({ ...example, weight: 1 }));
  const shown = new Map(given.map(({ text, type }) => [sameQuestion(text), type]));
  let shared: Fit | undefined;
  let restUntil = 0;
  let weigh: ((text: string) => Classification) | undefined;

  const keyOf = (tenant: string): string => `classifier:${JSON.stringify([tenant])}`;
  const knownOf = ({ tenant = defaultTenant }: Query): TenantLessons | undefined => tenants.get(tenant);

  function open(tenant: string): TenantLessons {
    const known = tenants.get(tenant);
    if (known !== undefined) return known;
    if (count < maxTenants) count++;
    else tenants.delete(tenants.oldest()!.key);
    const made: TenantLessons = {
      lessons: new Map(),
      unsaved: new Map(),
      fit: undefined,
      loading: undefined,
      saving: undefined,
      lookedAt: -Infinity,
    };
    tenants.set(tenant, made);
    return made;
  }

  function take(known: TenantLessons, stored: readonly Lesson[]): void {
    const lessons = new Map<string, Lesson>();
    for (const lesson of [...stored, ...known.unsaved.values()]) put(lessons, lesson);
    trim(lessons);
    const isSame = lessons.size === known.lessons.size && [...lessons].every(([text, { type }]) => known.lessons.get(text)?.type === type);
    if (!isSame) known.fit = undefined;
    known.lessons = lessons;
  }

  async function load(tenant: string, known: TenantLessons): Promise<void> {
    known.lookedAt = performance.now();
    try {
      const entry = await inTime(storeTimeoutMs, "state", state.get(keyOf(tenant)));
      take(known, lessonsIn(entry?.value));
      if (known.unsaved.size > 0) void save(tenant, known);
    } catch {
      restUntil = performance.now() + lookEveryMs;
    } finally {
      known.loading = undefined;
    }
  }

  async function write(tenant: string, known: TenantLessons): Promise<boolean> {
    for (let conflicts = 0; conflicts <= maxConflicts; conflicts++) {
      const written = [...known.unsaved.values()];
      try {
        const entry = await inTime(storeTimeoutMs, "state", state.get(keyOf(tenant)));
        const lessons = new Map<string, Lesson>();
        for (const lesson of [...lessonsIn(entry?.value), ...written]) put(lessons, lesson);
        trim(lessons);
        const value = [...lessons.values()] as unknown as Json;
        await inTime(storeTimeoutMs, "state", state.set(keyOf(tenant), value, { ifVersion: entry?.version ?? 0 }));
        for (const lesson of written) if (known.unsaved.get(lesson.text) === lesson) known.unsaved.delete(lesson.text);
        take(known, [...lessons.values()]);
        return true;
      } catch (error) {
        if (!isOrchestratorError(error, "VERSION_CONFLICT")) return false;
      }
    }
    return false;
  }

  /** One write at a time: what comes during one goes with the next. */
  async function save(tenant: string, known: TenantLessons): Promise<boolean> {
    await known.saving;
    if (known.saving !== undefined) return save(tenant, known);
    if (known.unsaved.size === 0) return true;
    known.saving = write(tenant, known).finally(() => (known.saving = undefined));
    return known.saving;
  }

  function fitOf(known: TenantLessons | undefined, classify: (text: string) => Classification): Fit | undefined {
    weigh = classify;
    if (known === undefined || known.lessons.size === 0) {
      if (examples.length === 0) return undefined;
      return (shared ??= fitExamples(examples, ownTypes, classify));
    }
    const lessons = Array.from(known.lessons.values(), ({ text, type, by }) => ({ text, type, weight: weightOf[by] }));
    const others = examples.filter(({ text }) => !known.lessons.has(sameQuestion(text)));
    return (known.fit ??= fitExamples([...others, ...lessons], ownTypes, classify));
  }

  function lessonFor(query: Query): Lesson | undefined {
    const known = knownOf(query);
    if (known === undefined || known.lessons.size === 0) return undefined;
    const lesson = known.lessons.get(sameQuestion(query.text));
    // A type of another process's configuration is not one of ours.
    return lesson !== undefined && knownTypes.has(lesson.type) ? lesson : undefined;
  }

  return {
    ready({ tenant = defaultTenant }, nowMs) {
      const known = tenants.use(tenant) ?? open(tenant);
      if (known.loading !== undefined || nowMs - known.lookedAt < lookEveryMs) return known.loading;
      const isFirst = known.lookedAt === -Infinity;
      const loading = load(tenant, known);
      // Looking again goes on behind the query's back, and nobody waits for a store that was away a moment ago.
      if (isFirst && nowMs >= restUntil) known.loading = loading;
      return known.loading;
    },
    correctionOf(query) {
      const lesson = lessonFor(query);
      return lesson?.by === "correction" ? lesson.type : undefined;
    },
    corrected(query) {
      const lesson = lessonFor(query);
      return lesson?.by === "correction" ? verdictOf(lesson.type, 1, "examples", "this question was corrected") : undefined;
    },
    known(query) {
      const type = shown.size === 0 ? undefined : shown.get(sameQuestion(query.text));
      if (type !== undefined) return verdictOf(type, 1, "examples", "this question is one of the examples");
      const lesson = lessonFor(query);
      return lesson === undefined ? undefined : verdictOf(lesson.type, modelConfidence, "model", "a model said so before");
    },
    heed: (query, verdict, classify) => fitOf(knownOf(query), classify)?.heed(query.text, verdict) ?? verdict,
    learn(tenant = defaultTenant, lesson) {
      const known = open(tenant);
      const kept = { ...lesson, text: sameQuestion(lesson.text) };
      const isNew = !known.lessons.has(kept.text);
      if (put(known.lessons, kept)) {
        put(known.unsaved, kept);
        trim(known.unsaved);
        if (trim(known.lessons) || !isNew || weigh === undefined) known.fit = undefined;
        else known.fit?.add({ text: kept.text, type: kept.type, weight: weightOf[kept.by] }, weigh(kept.text));
      }
      return save(tenant, known);
    },
  };
}
