import { reasonOf } from "./call-failure.ts";
import type { ConnectionKeeper } from "./connection-keeper.ts";
import { withDeadline } from "./deadline.ts";
import type { ToolCatalog } from "./tool-catalog.ts";

export interface Relister {
  /** Lists the tools again in the background. Asked many times meanwhile, it lists once more, not many times. */
  readonly relist: (tell: "changes" | "always") => void;
  /** Resolves when no listing is under way. */
  readonly settled: () => Promise<void>;
}

/** Milliseconds a connected server gets to list its tools again; one that does not answer is given up, so that the next call connects anew. */
const relistTimeoutMs = 5_000;

/** Keeps the catalog true while a connection stands. */
export function relister(source: string, keeper: () => ConnectionKeeper, catalog: ToolCatalog): Relister {
  let running: Promise<void> | undefined;
  let wanted: "changes" | "always" | undefined;

  async function listOnce(tell: "changes" | "always"): Promise<void> {
    const { closing, current, drop } = keeper();
    const connection = current();
    if (connection === undefined) return;
    const deadline = { timeoutMs: relistTimeoutMs, what: `listing the tools of ${source}`, signals: [closing] };
    try {
      const listed = await withDeadline(deadline, (signal) => connection.list(relistTimeoutMs, signal));
      if (current() === connection) catalog.adopt(listed, tell);
    } catch (error) {
      if (!closing.aborted) drop(connection, reasonOf(error));
    }
  }

  async function run(): Promise<void> {
    while (wanted !== undefined) {
      const tell = wanted;
      wanted = undefined;
      await listOnce(tell);
    }
    // Here and not in a `finally` of the promise: a wish that came in between would be forgotten.
    running = undefined;
  }

  return {
    relist(tell) {
      wanted = wanted === "always" ? wanted : tell;
      running ??= run();
    },
    settled: async () => running,
  };
}
