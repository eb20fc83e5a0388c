import { startColumn } from "./run-column.ts";
import { answerWell, refuse, startVendor } from "./vendor.ts";

export interface FailoverCost {
  readonly calls: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

const calls = 200;

/** What a call costs beside its attempts when the first vendor answers 503 at once and the second answers well. */
export async function measureFailover(): Promise<FailoverCost> {
  const column = await startColumn("query");
  const primary = await startVendor((visit) => refuse(visit, 503, { message: "overloaded", type: "server_error", code: null }));
  const fallback = await startVendor(answerWell);
  const tookMs: number[] = [];
  for (let call = 0; call < calls; call++) {
    const outcome = await column.ask(`cost ${call}`, primary, fallback, 10_000).ended;
    column.forget(`cost ${call}`);
    if (outcome.kind !== "answer" || outcome.overheadMs === undefined) throw new Error(`not answered: ${JSON.stringify(outcome)}`);
    tookMs.push(outcome.overheadMs);
  }
  column.close();
  await Promise.all([primary.close(), fallback.close()]);
  const sorted = tookMs.toSorted((a, b) => a - b);
  return { calls, p50Ms: sorted[calls * 0.5]!, p95Ms: sorted[calls * 0.95]! };
}
