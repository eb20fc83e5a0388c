// A worker is stopped (SIGSTOP) longer than its lease, another finishes its run, and then it wakes up (SIGCONT).
import type { LoggedEvent } from "../../packages/core/src/index.ts";
import { type Child, pool } from "./children.ts";
import type { Defect } from "./defects.ts";
import { counts } from "./ledger.ts";
import { type Part, logOf } from "./work.ts";

const ended = (child: Child): Promise<string> => child.heard((message) => ("ended" in message ? message.ended : undefined));
const idle = (child: Child): Promise<true> => child.heard((message) => ("idle" in message ? message.idle : undefined));

/** Events an owner wrote after another had claimed the run. */
function staleIn(events: readonly LoggedEvent[], run: string): number {
  let epoch = 0;
  let stale = 0;
  for (const { type, version, id } of events) {
    if (type === "run.claimed") epoch = version;
    const [, own] = new RegExp(`^${run}/(\\d+)/`).exec(id) ?? [];
    if (own !== undefined && Number(own) < epoch) stale++;
  }
  return stale;
}

async function read(part: Part, run: string): Promise<LoggedEvent[]> {
  const log = logOf(part);
  const events: LoggedEvent[] = [];
  for await (const event of log.read(`run:${run}`)) events.push(event);
  await log.close?.();
  return events;
}

/** Answers the stale commits of one round, or undefined when the worker was not taken over. */
async function pausedOnce(
  { redis, ledger, defect, stalls = false }: PausedPlan,
  round: string,
  work: Part["work"],
  children: ReturnType<typeof pool>,
): Promise<number | undefined> {
  const part = { redis, ledger, round, work, source: "worker", defect, run: "run" };
  const first = children.take();
  const second = children.take();
  await second.heard((message) => ("ready" in message ? message.ready : undefined));
  first.start({ ...part, enqueues: true });
  await first.heard((message) => ("mark" in message ? message.mark : undefined));
  if (!stalls) first.signal("SIGSTOP");
  second.start({ ...part, source: stalls ? "another" : part.source, defect: undefined, enqueues: false });
  await ended(second);
  if (!stalls) first.signal("SIGCONT");
  await Promise.all([idle(first), idle(second)]);
  await Promise.all([first.kill(), second.kill()]);
  const events = await read(part, "run");
  return events.filter(({ type }) => type === "run.claimed").length < 2 ? undefined : staleIn(events, "run");
}

interface PausedPlan {
  readonly redis: string;
  readonly ledger: number;
  readonly rounds: number;
  readonly defect?: Defect | undefined;
  /** The worker is not stopped, but keeps its own event loop busy past its lease. */
  readonly stalls?: boolean | undefined;
}

export async function paused(plan: PausedPlan): Promise<{ readonly rounds: number; readonly stale: number }> {
  const { rounds, defect, stalls = false } = plan;
  const lanes = 2;
  const children = pool(2 * lanes);
  let begun = 0;
  let counted = 0;
  let stale = 0;
  const lane = async (): Promise<void> => {
    while (counted < rounds && begun < rounds * 2) {
      const round = `pause-${defect ?? (stalls ? "stall" : "none")}-${begun++}`.replaceAll(" ", "-");
      const work = begun % 2 === 0 ? "slow" : "ending";
      const found = await pausedOnce(plan, round, stalls ? "stalled" : work, children);
      if (found === undefined) continue;
      counted++;
      stale += found;
      if (counted % 10 === 0) console.log(`         ${counted} of ${rounds} rounds`);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  await children.close();
  return { rounds: counted, stale };
}

/** The same id asked for in 8 processes at once: how often its steps ran, and how many workers took it. */
export async function sameId(
  redis: string,
  ledger: number,
): Promise<{ readonly ran: number; readonly claims: number; readonly results: number }> {
  const processes = 8;
  const children = pool(processes);
  const part = { redis, ledger, round: "same-id", work: "ending", source: "worker", run: "run", enqueues: true, leaseMs: 30_000 } as const;
  const all = Array.from({ length: processes }, () => children.take());
  for (const child of all) child.start(part);
  const results = new Set(await Promise.all(all.map(ended)));
  await Promise.all(all.map((child) => child.kill()));
  await children.close();
  const events = await read(part, "run");
  const ran = (await counts(ledger, "same-id"))["before"]?.calls ?? 0;
  return { ran, claims: events.filter(({ type }) => type === "run.claimed").length, results: results.size };
}
