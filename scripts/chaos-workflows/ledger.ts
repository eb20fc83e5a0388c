// Counts effects outside of everything that is killed: a process of its own. Asked with a key it knows, it acts no second time.
import { createServer, request } from "node:http";

/** Effects and calls of one name. */
export interface Counted {
  effects: number;
  calls: number;
}

export type Ledger = Readonly<Record<string, Counted>>;

function serve(): void {
  const rounds = new Map<string, { readonly counted: Record<string, Counted>; readonly keys: Set<string> }>();
  const server = createServer((incoming, answer) => {
    const { pathname, searchParams } = new URL(incoming.url!, "http://ledger");
    const part = (name: string): string => searchParams.get(name) ?? "";
    const round = part("round");
    const { counted, keys } = rounds.get(round) ?? { counted: {}, keys: new Set<string>() };
    rounds.set(round, { counted, keys });
    if (pathname === "/act") {
      const key = part("key");
      const entry = (counted[part("name")] ??= { effects: 0, calls: 0 });
      entry.calls++;
      if (key === "" || !keys.has(key)) entry.effects++;
      keys.add(key);
    }
    answer.end(JSON.stringify(counted));
  });
  server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as { port: number }).port }));
  process.once("disconnect", () => process.exit(0));
}

function ask(port: number, path: string, params: Readonly<Record<string, string>>): Promise<Ledger> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, path: `${path}?${new URLSearchParams(params).toString()}` }, (answer) => {
      let text = "";
      answer.on("data", (chunk) => (text += String(chunk)));
      answer.on("end", () => resolve(JSON.parse(text) as Ledger));
      answer.on("error", reject);
    });
    asked.on("error", reject);
    asked.end();
  });
}

/** Has the effect; with a key once, however often it is asked for. */
export async function act(port: number, round: string, name: string, key = ""): Promise<void> {
  await ask(port, "/act", { round, name, key });
}

export const counts = (port: number, round: string): Promise<Ledger> => ask(port, "/counts", { round });

if (import.meta.main) serve();
