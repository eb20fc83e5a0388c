import { callAll, everyAdapter } from "../test/every-adapter.ts";
import { redisServer } from "../test/private-server.ts";
import { until } from "./bus-driver.ts";

export interface PausedFigures {
  readonly rounds: readonly {
    readonly when: string;
    readonly calls: number;
    /** Calls that rejected with `STORE_UNAVAILABLE`. */
    readonly rejected: number;
    readonly longestMs: number;
  }[];
  readonly worksAgain: boolean;
}

/** Every call of every adapter while the server's process is stopped: on a connection that was there, and on none. */
export async function pausedServer(timeoutMs: number): Promise<PausedFigures> {
  const server = await redisServer();
  await server.start();
  const { calls, close } = everyAdapter(server.url, timeoutMs);
  await callAll(calls);
  server.pause();
  const rounds: PausedFigures["rounds"][number][] = [];
  for (const when of ["on an open connection", "without one"]) {
    const { outcomes, longestMs } = await callAll(calls);
    const all = Object.values(outcomes);
    rounds.push({ when, calls: all.length, rejected: all.filter((outcome) => outcome === "STORE_UNAVAILABLE").length, longestMs });
  }
  server.resume();
  const worksAgain = await until(async () => Object.values((await callAll(calls)).outcomes).every((outcome) => outcome === "done"), 10_000);
  await close();
  await server.remove();
  return { rounds, worksAgain };
}
