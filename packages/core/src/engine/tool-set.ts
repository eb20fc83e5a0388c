import type { Limits } from "../defaults.ts";
import type { HealthReport } from "../ports/call.ts";
import type { Tool, ToolSource } from "../ports/tool-source.ts";
import { withTimeout } from "./abortable.ts";

/** The tools of every connected source, as they are now. */
export interface ToolSnapshot {
  readonly tools: readonly Tool[];
  /** Sources that could not be reached, with the reason. */
  readonly missing: ReadonlyMap<string, string>;
  /** Another number whenever the list of tools changed. */
  readonly version: number;
}

export interface ToolSet {
  /** Lists the tools; a source that does not answer in time is left out and named in `missing`, and asked again next time. */
  readonly snapshot: () => ToolSnapshot | Promise<ToolSnapshot>;
  readonly health: () => Readonly<Record<string, HealthReport>>;
  readonly close: () => Promise<void>;
}

/** A source that could not be reached is not asked again for this long, so that it cannot slow every query down. */
const restAfterFailureMs = 2_000;

const isSource = (item: Tool | ToolSource): item is ToolSource => "tools" in item;

/** Joins sources and single tools. Of two tools with one name the first keeps it; the later one is called `source.name`. */
export function toolSet(items: readonly (Tool | ToolSource)[], limits: Limits): ToolSet {
  const sources = items.filter(isSource);
  const own = items.filter((item): item is Tool => !isSource(item));
  const listed = new Map<ToolSource, readonly Tool[]>();
  const failures = new Map<string, string>();
  let current: ToolSnapshot | undefined;
  let loading: Promise<ToolSnapshot> | undefined;
  let version = 0;
  let restUntil = 0;

  const stopListening = sources.map((source) =>
    source.onChange?.(() => {
      listed.delete(source);
      current = undefined;
    }),
  );

  function join(): ToolSnapshot {
    const byName = new Map<string, Tool>();
    const add = (tool: Tool, source: string): void => {
      const name = byName.has(tool.name) ? `${source}.${tool.name}` : tool.name;
      byName.set(name, name === tool.name ? tool : { ...tool, name });
    };
    for (const tool of own) add(tool, "tools");
    for (const source of sources) for (const tool of listed.get(source) ?? []) add(tool, source.name);
    return { tools: [...byName.values()], missing: new Map(failures), version: ++version };
  }

  async function load(): Promise<ToolSnapshot> {
    const unlisted = sources.filter((source) => !listed.has(source));
    const { signal } = new AbortController();
    await Promise.all(
      unlisted.map(async (source) => {
        try {
          const tools = await withTimeout(limits.toolListTimeoutMs, signal, `listing the tools of ${source.name}`, (signal) =>
            source.tools({ signal }),
          );
          listed.set(source, tools);
          failures.delete(source.name);
        } catch (error) {
          failures.set(source.name, error instanceof Error ? error.message : String(error));
        }
      }),
    );
    restUntil = performance.now() + restAfterFailureMs;
    return (current = join());
  }

  return {
    snapshot() {
      if (current !== undefined && (failures.size === 0 || performance.now() < restUntil)) return current;
      if (sources.length === 0) return (current = join());
      // One load serves everyone who asks meanwhile; nobody's abort ends it for the others.
      loading ??= load().finally(() => (loading = undefined));
      return loading;
    },
    health() {
      const report = (source: ToolSource): HealthReport => {
        const failure = failures.get(source.name);
        if (failure !== undefined) return { status: "down", detail: failure };
        return source.health?.() ?? { status: "up" };
      };
      return Object.fromEntries(sources.map((source) => [source.name, report(source)]));
    },
    async close() {
      for (const stop of stopListening) stop?.();
      await Promise.allSettled(sources.map(async (source) => source.close?.()));
    },
  };
}
