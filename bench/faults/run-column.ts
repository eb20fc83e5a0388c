import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { answer } from "./canonical.ts";
import type { FromColumn, Outcome, ToColumn } from "./client.ts";
import type { Column } from "./columns.ts";
import { type Facts, type Scenario, flap } from "./scenarios.ts";
import { type Vendor, type Visit, answerWell, eventsOf, openStream, pause, startVendor, write } from "./vendor.ts";
import { type Judged, judge, worst } from "./verdict.ts";

/** Rounds of S23: the abort and the last event have to meet. */
const abortRounds = 20;
const closesWithinMs = 100;

type Ask = (
  client: string,
  primary: Vendor,
  fallback: Vendor,
  limitMs: number,
) => { readonly ended: Promise<Outcome>; readonly abort: () => void };

/** The process of one column. */
export interface ColumnProcess {
  readonly ask: Ask;
  readonly forget: (client: string) => void;
  readonly close: () => void;
}

export async function startColumn(key: string): Promise<ColumnProcess> {
  const child: ChildProcess = fork(fileURLToPath(new URL("./column.ts", import.meta.url)), [key], {
    execArgv: ["--conditions=@hydrogenai/source", "--no-warnings"],
    stdio: ["ignore", "ignore", process.env["FAULTS_VERBOSE"] === undefined ? "ignore" : "inherit", "ipc"],
  });
  const waiting = new Map<number, (outcome: Outcome) => void>();
  const ready = Promise.withResolvers<void>();
  let last = 0;
  child.on("message", (message: FromColumn) => {
    if (message.type === "ready") ready.resolve();
    else waiting.get(message.id)?.(message.outcome);
  });
  child.on("exit", (code) => {
    const crashed: Outcome = {
      kind: "error",
      message: `the client's process ended with ${code}`,
      isTyped: false,
      tookMs: 0,
      unhandled: 1,
      grewMb: 0,
    };
    for (const settle of waiting.values()) settle(crashed);
    ready.reject(new Error(crashed.message));
  });
  const send = (message: ToColumn): void => void (child.connected && child.send(message));
  await ready.promise;
  return {
    ask(client, primary, fallback, limitMs) {
      const id = ++last;
      const ended = new Promise<Outcome>((resolve) => waiting.set(id, resolve));
      send({ type: "ask", id, client, primaryUrl: primary.url, fallbackUrl: fallback.url, limitMs });
      return { ended: ended.finally(() => waiting.delete(id)), abort: () => send({ type: "abort", id }) };
    },
    forget: (client) => send({ type: "close", client }),
    close: () => child.disconnect(),
  };
}

/** Twenty requests through one client, on time, whether or not the one before has ended. */
async function runFlap(scenario: Scenario, column: Column, { ask }: ColumnProcess, primary: Vendor, fallback: Vendor): Promise<Judged> {
  const asked: Promise<Outcome>[] = [];
  for (let at = 0; at < flap.requests; at++) {
    await pause(Math.max(0, at * flap.everyMs - primary.nowMs()));
    asked.push(ask(scenario.id, primary, fallback, scenario.limitMs).ended);
  }
  const outcomes = await Promise.all(asked);
  const facts = (outcome: Outcome): Facts => ({
    outcome,
    primary: primary.log,
    fallback: fallback.log,
    next: undefined,
    deadlineMs: column.deadlineMs,
  });
  return worst(outcomes.map((outcome) => judge(scenario, facts(outcome))));
}

/** The caller leaves while the last event is under way. Whatever comes first, there is one outcome, and the vendor is none the worse for it. */
async function runAbort(scenario: Scenario, process: ColumnProcess): Promise<Judged> {
  const judged: Judged[] = [];
  const fallback = await startVendor(answerWell);
  let holdBack: ((visit: Visit) => void) | undefined;
  const primary = await startVendor((visit) => (holdBack === undefined ? answerWell(visit) : holdBack(visit)));
  for (let round = 0; round < abortRounds; round++) {
    const reached = Promise.withResolvers<Visit>();
    holdBack = reached.resolve;
    const call = process.ask(scenario.id, primary, fallback, scenario.limitMs);
    const visit = await reached.promise;
    const events = eventsOf(visit.model, visit.wantsUsage);
    openStream(visit);
    write(visit, events.slice(0, -3));
    await pause(5);
    call.abort();
    write(visit, events.slice(-3));
    const outcome = await call.ended;
    await pause(2 * closesWithinMs);
    const closedAtMs = primary.startedAtMs + (primary.log.at(-1)?.closedAtMs ?? Infinity);
    const isClosed = closedAtMs - (outcome.abortedAtMs ?? 0) <= closesWithinMs;
    if (!visit.response.writableEnded) visit.response.end();
    if (outcome.unhandled > 0) judged.push({ verdict: "fail", why: "an unhandled rejection" });
    else if (outcome.kind === "answer" && outcome.text !== answer) judged.push({ verdict: "fail", why: "a false answer as success" });
    else if (outcome.kind !== "aborted" && outcome.kind !== "answer") judged.push({ verdict: "fail", why: `ended with ${outcome.kind}` });
    else if (outcome.kind === "aborted" && !isClosed)
      judged.push({ verdict: "fail", why: `the connection was open ${closesWithinMs} ms after the abort` });
  }
  holdBack = undefined;
  const before = primary.log.length;
  const next = await process.ask(scenario.id, primary, fallback, scenario.limitMs).ended;
  if (next.kind !== "answer" || next.text !== answer) judged.push({ verdict: "fail", why: "the next call fails" });
  else if (primary.log.length === before || fallback.log.length > 0) judged.push({ verdict: "fail", why: "the vendor was held to blame" });
  await Promise.all([primary.close(), fallback.close()]);
  return judged.length === 0 ? { verdict: "pass", why: "" } : worst(judged);
}

/** One scenario in one column, on vendors and a client of its own. */
export async function runScenario(scenario: Scenario, column: Column, process: ColumnProcess): Promise<Judged> {
  if (scenario.caller === "abort-at-end") return runAbort(scenario, process);
  // The faulty vendor is well again once its fault was met, so that the call after it shows whether the client is.
  let isOver = false;
  const primary = await startVendor((visit) => (isOver ? answerWell(visit) : scenario.primary(visit)));
  const fallback = await startVendor(scenario.fallback ?? answerWell);
  try {
    if (scenario.caller === "flap") return await runFlap(scenario, column, process, primary, fallback);
    const outcome = await process.ask(scenario.id, primary, fallback, scenario.limitMs).ended;
    const primaryLog = [...primary.log];
    const fallbackLog = [...fallback.log];
    isOver = true;
    const next = outcome.kind === "hang" ? undefined : await process.ask(scenario.id, primary, fallback, 20_000).ended;
    return judge(scenario, { outcome, primary: primaryLog, fallback: fallbackLog, next, deadlineMs: column.deadlineMs });
  } finally {
    process.forget(scenario.id);
    await Promise.all([primary.close(), fallback.close()]);
  }
}
