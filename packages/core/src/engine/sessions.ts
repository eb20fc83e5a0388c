import { hash } from "node:crypto";
import { type Limits, defaultTenant, sessionTtlMs } from "../defaults.ts";
import { OrchestratorError, isOrchestratorError } from "../errors.ts";
import type { Json } from "../ports/json.ts";
import type { Principal, Query } from "../ports/query.ts";
import type { StateStore } from "../ports/state-store.ts";
import type { Turn } from "../ports/workflow.ts";
import { randomId } from "../random-id.ts";

/** Whose session it is. Another tenant's or principal's session of the same id is another session. */
export interface SessionOwner {
  readonly tenant?: string | undefined;
  readonly principal?: Principal | undefined;
}

export interface Sessions {
  /** Makes a session and answers its id; an id that exists already is kept as it is. */
  readonly create: (owner: SessionOwner & { readonly id?: string | undefined }, signal?: AbortSignal) => Promise<string>;
  /** The exchanges so far, oldest first. Rejects with `SESSION_NOT_FOUND`. */
  readonly recall: (query: Query, signal: AbortSignal) => Promise<readonly Turn[]>;
  /** Adds an exchange; two processes writing at once both keep theirs. */
  readonly remember: (query: Query, turn: Turn, signal?: AbortSignal) => Promise<void>;
}

const maxConflicts = 8;
const maxAnswerChars = 4_000;

/** Tells conversations apart in a cache key; absent for a question that stands alone. */
export function conversationFingerprint(turns: readonly Turn[]): string | undefined {
  if (turns.length === 0) return undefined;
  return hash("sha256", JSON.stringify(turns.map(({ question, answer }) => [question, answer])), "base64url");
}

/** Sessions in a state store: a bounded list of turns a session, gone a day after the last one. */
export function sessions(state: StateStore, { maxTurns }: Limits): Sessions {
  const keyOf = ({ tenant, principal }: SessionOwner, id: string): string =>
    `session:${JSON.stringify([tenant ?? defaultTenant, principal?.id ?? null, id])}`;
  const isConflict = (error: unknown): boolean => isOrchestratorError(error, "VERSION_CONFLICT");

  function notFound(id: string): never {
    throw new OrchestratorError("SESSION_NOT_FOUND", `there is no session ${JSON.stringify(id)} for this caller`, {
      details: { sessionId: id },
    });
  }

  return {
    async create({ id = randomId(), ...owner }, signal) {
      await state.set(keyOf(owner, id), [], { ifVersion: 0, ttlMs: sessionTtlMs, signal }).catch((error: unknown) => {
        if (!isConflict(error)) throw error;
      });
      return id;
    },
    async recall(query, signal) {
      const id = query.sessionId!;
      const entry = (await state.get(keyOf(query, id), { signal })) ?? notFound(id);
      return entry.value as unknown as readonly Turn[];
    },
    async remember(query, turn, signal) {
      const key = keyOf(query, query.sessionId!);
      const short: Turn = { ...turn, answer: turn.answer.slice(0, maxAnswerChars) };
      for (let conflicts = 0; ; conflicts++) {
        const entry = await state.get(key, { signal });
        const before = (entry?.value ?? []) as unknown as readonly Turn[];
        // A queued run that ends in a second process, because the first died just then, brings the same turn again.
        if (before.some(({ time, question }) => time === turn.time && question === turn.question)) return;
        const turns = [...before, short].slice(-maxTurns);
        try {
          await state.set(key, turns as unknown as Json, { ifVersion: entry?.version ?? 0, ttlMs: sessionTtlMs, signal });
          return;
        } catch (error) {
          if (!isConflict(error) || conflicts >= maxConflicts) throw error;
        }
      }
    },
  };
}
