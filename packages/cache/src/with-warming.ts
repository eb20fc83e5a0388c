import type { Orchestrator, Query, QueryEvent, QueryResult, QueryStream } from "@hydrogenai/core";
import { type Warmer, type WarmerOptions, warmer } from "./warmer.ts";

/** An orchestrator whose answers are made anew before they are asked for. */
export interface WarmOrchestrator extends Orchestrator {
  readonly warmer: Warmer;
}

/**
 * The same orchestrator with a warmer that hears of every query and asks through it, within the orchestrator's own budgets and limits
 * too. Queued runs are not heard of. Closing it stops the warming first.
 */
export function withWarming(orchestrator: Orchestrator, options: Omit<WarmerOptions, "ask"> = {}): WarmOrchestrator {
  const warm = warmer({ ...options, ask: (query, call) => orchestrator.query(query, call) });

  function heard(input: string | Query, result: QueryResult): void {
    warm.observe(typeof input === "string" ? { text: input } : input, result);
  }

  function stream(...[input, call]: Parameters<Orchestrator["stream"]>): QueryStream {
    const inner = orchestrator.stream(input, call);
    async function* events(): AsyncGenerator<QueryEvent> {
      for await (const event of inner) {
        if (event.type === "finish") heard(input, event.result);
        yield event;
      }
    }
    async function* text(): AsyncGenerator<string> {
      for await (const event of events()) if (event.type === "text-delta") yield event.text;
    }
    let iterated = false;
    const begin = <T>(iterator: T): T => {
      iterated = true;
      return iterator;
    };
    return {
      [Symbol.asyncIterator]: () => begin(events()),
      text: () => begin(text()),
      async result() {
        const result = await inner.result();
        if (!iterated) heard(input, result);
        return result;
      },
    };
  }

  async function close(): Promise<void> {
    await warm.close();
    await orchestrator.close();
  }

  return {
    ...orchestrator,
    warmer: warm,
    async query(input, call) {
      const result = await orchestrator.query(input, call);
      heard(input, result);
      return result;
    },
    stream,
    close,
    [Symbol.asyncDispose]: close,
  };
}
