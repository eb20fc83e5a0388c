import { faultProxy } from "../test/fault-proxy.ts";
import { rawRedis, redisServer } from "../test/private-server.ts";
import { type ClientKind, cutAtEveryWrite, cutAtWrite, writeScenarios } from "../test/write-scenarios.ts";

export interface LostRepliesFigures {
  /** How often one XADD of a client with ioredis' defaults is stored under the same fault: 2, or the rest proves nothing. */
  readonly naive: number;
  readonly byClient: readonly { readonly kind: ClientKind; readonly cuts: number; readonly wrong: number }[];
}

/** The reply of every write of every adapter lost in turn, together with the connection. */
export async function lostReplies(): Promise<LostRepliesFigures> {
  const server = await redisServer();
  await server.start();
  const proxy = await faultProxy(server.url);
  const raw = rawRedis(server.url);
  const client = rawRedis(proxy.url);
  await cutAtWrite(proxy, 1, async () => void (await client.xadd("naive", "*", "a", "1")));
  client.disconnect();
  const naive = await raw.xlen("naive");
  const byClient: LostRepliesFigures["byClient"][number][] = [];
  for (const kind of ["a connection of our own", "a client of the host with ioredis' defaults"] as const) {
    let cuts = 0;
    let wrong = 0;
    for (const scenario of Object.values(writeScenarios)) {
      const run = await cutAtEveryWrite(scenario, kind, proxy, raw);
      cuts += run.cuts;
      wrong += run.wrong.length;
    }
    byClient.push({ kind, cuts, wrong });
  }
  raw.disconnect();
  await proxy.close();
  await server.remove();
  return { naive, byClient };
}
