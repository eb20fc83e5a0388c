import { type ChildProcess, fork } from "node:child_process";
import { redisServer } from "../../transport-redis/test/private-server.ts";
import type { Order, Outcome } from "./asker.ts";

interface Asker {
  readonly carryOut: (order: Order) => Promise<Outcome>;
  /** Resolves when its model is called next. */
  readonly modelCalled: () => Promise<void>;
  readonly kill: () => void;
}

function nextMessage<T>(child: ChildProcess, name: string): Promise<T> {
  return new Promise((resolve) => {
    const listen = (message: Readonly<Record<string, unknown>>): void => {
      if (!(name in message)) return;
      child.off("message", listen);
      // What asker.ts sends under this name.
      resolve(message[name] as T);
    };
    child.on("message", listen);
  });
}

async function asker(redis: string, leaseMs: number): Promise<Asker> {
  const child = fork(`${import.meta.dirname}/asker.ts`, [redis, String(leaseMs)], {
    execArgv: ["--conditions=@hydrogenai/source", "--no-warnings"],
  });
  await nextMessage(child, "ready");
  return {
    carryOut(order) {
      const outcome = nextMessage<Outcome>(child, "outcome");
      child.send(order);
      return outcome;
    },
    modelCalled: () => nextMessage(child, "modelCalled"),
    kill: () => void child.kill("SIGKILL"),
  };
}

export interface HerdFigures {
  readonly modelCalls: number;
  readonly texts: number;
  readonly failed: number;
  readonly totalMs: number;
  /** From the first reader's first piece of text to the last reader's, for streams. */
  readonly firstTokenSpreadMs: number;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function figuresOf(outcomes: readonly Outcome[]): HerdFigures {
  const firstTokenAt = outcomes.flatMap((outcome) => outcome.firstTokenAt).toSorted((a, b) => a - b);
  return {
    modelCalls: sum(outcomes.map(({ modelCalls }) => modelCalls)),
    texts: new Set(outcomes.flatMap(({ texts }) => texts)).size,
    failed: sum(outcomes.map(({ failed }) => failed.length)),
    totalMs: Math.max(...outcomes.map(({ totalMs }) => totalMs)),
    firstTokenSpreadMs: (firstTokenAt.at(-1) ?? 0) - (firstTokenAt[0] ?? 0),
  };
}

export interface Herd {
  readonly processes: number;
  /** In all processes together. */
  readonly callers: number;
  readonly modelMs: number;
  /** Whether they watch the answer come. */
  readonly streams: boolean;
  readonly rounds: number;
}

/** Callers of one missing question at once, shared out over processes on one Redis; several rounds, each with another question. */
export async function herd({ processes, callers, modelMs, streams, rounds }: Herd): Promise<HerdFigures[]> {
  const server = await redisServer();
  await server.start();
  const askers = await Promise.all(Array.from({ length: processes }, () => asker(server.url, 3_000)));
  const found: HerdFigures[] = [];
  for (let round = 0; round < rounds; round++) {
    const order = { text: `Describe harbour number ${round}`, callers: callers / processes, modelMs, streams };
    found.push(figuresOf(await Promise.all(askers.map((each) => each.carryOut(order)))));
  }
  for (const each of askers) each.kill();
  await server.remove();
  return found;
}

export interface TakeoverFigures {
  readonly modelCalls: number;
  readonly failed: number;
  /** From the death of the process that computed to the answer of the others. */
  readonly answeredAfterMs: number;
}

/** The process that computes is killed (-9) while three others wait for it. */
export async function takeover(leaseMs: number, modelMs: number): Promise<TakeoverFigures> {
  const server = await redisServer();
  await server.start();
  const leader = await asker(server.url, leaseMs);
  const others = await Promise.all(Array.from({ length: 3 }, () => asker(server.url, leaseMs)));
  const text = "Describe the lost harbour";
  const called = leader.modelCalled();
  void leader.carryOut({ text, callers: 10, modelMs: 60_000, streams: false });
  await called;
  const waiting = others.map((each) => each.carryOut({ text, callers: 50, modelMs, streams: false }));
  // They have found the turn taken by then, or find it so afterwards; either way the leader dies while it computes.
  await new Promise((resolve) => setTimeout(resolve, 200));
  const killedAt = performance.now();
  leader.kill();
  const { modelCalls, failed } = figuresOf(await Promise.all(waiting));
  const answeredAfterMs = performance.now() - killedAt;
  for (const each of others) each.kill();
  await server.remove();
  return { modelCalls, failed, answeredAfterMs };
}
