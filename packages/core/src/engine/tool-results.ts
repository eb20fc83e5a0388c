import { defaultTenant } from "../defaults.ts";
import type { ToolCallKey } from "../ports/cache.ts";
import type { Json } from "../ports/json.ts";
import type { Tool } from "../ports/tool-source.ts";
import type { Emit } from "../ports/workflow.ts";
import { timeToLive } from "./freshness.ts";
import type { EngineParts, Run } from "./parts.ts";
import { orDegrade } from "./recall.ts";
import type { Tally } from "./workflow-context.ts";

/** Runs a call that changes nothing, or takes what the same call answered before. `compiled`: this library wrote it as a query over data. */
export type Reuse = (tool: Tool, input: Json, compiled: boolean, run: () => Promise<Json>) => Promise<Json>;

/** A tool that only reads may still read the time of day, so a result without the tool's own word on it is kept a minute. */
const unknownFreshMs = 60_000;

const always: Reuse = (_tool, _input, _compiled, run) => run();

/** Reuses results within their time, in one tenant and one version of the data, unless the query asks for none of it. */
export function toolResults(run: Run, resultTtlMs: number, tally: Tally, parts: EngineParts, emit: Emit): Reuse {
  const { query, signal } = run;
  const mode = query.options?.cache ?? "use";
  const results = parts.cache?.toolResults;
  if (results === undefined || mode === "bypass" || run.durable !== undefined) return always;

  return async (tool, input, compiled, runTool) => {
    const freshMs = tool.freshMs ?? (compiled ? resultTtlMs : unknownFreshMs);
    const call: ToolCallKey = {
      tenant: query.tenant ?? defaultTenant,
      tool: tool.name,
      input,
      dataVersion: parts.dataVersion(),
    };
    if (freshMs > 0 && mode === "use") {
      const known = await orDegrade("cache", run, parts.limits, emit, () => results.recall(call, { signal }));
      if (known !== undefined) {
        tally.reused++;
        // What rests on an old result is no younger than the result.
        tally.freshMs = Math.min(tally.freshMs ?? Infinity, Math.max(0, freshMs - known.ageMs));
        return known.output;
      }
    }
    const output = await runTool();
    if (tool.freshMs !== undefined) tally.freshMs = Math.min(tally.freshMs ?? Infinity, tool.freshMs);
    parts.changeRates.observe(JSON.stringify([call.tenant, tool.name, input]), JSON.stringify(output), tally.read);
    const ttlMs = timeToLive(query.text, freshMs, { changeEveryMs: parts.changeRates.everyMs(tally.read) });
    const tags = [...tally.read];
    if (ttlMs > 0) await orDegrade("cache", run, parts.limits, emit, () => results.remember(call, output, { ttlMs, tags, signal }));
    return output;
  };
}
