import { questionKey } from "../memory/question-key.ts";
import type { Cache, CacheQuestion } from "../ports/cache.ts";
import type { Query } from "../ports/query.ts";

/** Makes answers anew behind the backs of those who were given a stale one. */
export interface Refresher {
  /** Begins, unless this answer is being made anew already or too many are; tells nobody how it went. */
  readonly refresh: (query: Query, question: CacheQuestion) => void;
}

const maxRunning = 4;

/** One at a time for each question, among all processes on one cache. */
export function refresher(cache: Cache | undefined, ask: (query: Query) => Promise<unknown>): Refresher {
  const running = new Set<string>();

  async function makeAnew(query: Query, question: CacheQuestion): Promise<void> {
    const lease = await cache?.lease?.(question);
    if (lease !== undefined && lease.state !== "mine") return;
    try {
      await ask({ ...query, sessionId: undefined, options: { ...query.options, cache: "refresh" } });
      await lease?.end("stored");
    } finally {
      await lease?.end("left");
    }
  }

  return {
    refresh(query, question) {
      // What means something only where it was said cannot be asked again outside of it.
      if (question.scope.conversation !== undefined) return;
      const key = questionKey(question);
      if (running.has(key) || running.size >= maxRunning) return;
      running.add(key);
      // The stale answer was given; whoever asks next tries again.
      makeAnew(query, question)
        .catch(() => undefined)
        .finally(() => running.delete(key));
    },
  };
}
