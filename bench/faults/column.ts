// The process with the client under test: asks what it is told to ask and says how each call ended.
import { question } from "./canonical.ts";
import { type Client, type FromColumn, type Outcome, type ToColumn, type Told, wallMs } from "./client.ts";
import { columns } from "./columns.ts";

const column = columns[process.argv[2] ?? ""];
if (column === undefined || process.send === undefined) throw new Error("started by the fault bench only, with the name of a column");

let unhandled = 0;
process.on("unhandledRejection", () => unhandled++);
process.on("uncaughtException", () => unhandled++);

const clients = new Map<string, Promise<Client>>();
const running = new Map<number, AbortController>();
const abortedAt = new Map<number, number>();
const say = (message: FromColumn): void => void process.send?.(message);

function clientFor({ client, primaryUrl, fallbackUrl }: Extract<ToColumn, { type: "ask" }>): Promise<Client> {
  const made = clients.get(client) ?? Promise.resolve(column!.open(primaryUrl, fallbackUrl));
  clients.set(client, made);
  return made;
}

const megabytes = (): number => process.memoryUsage.rss() / 2 ** 20;

async function ask(told: Extract<ToColumn, { type: "ask" }>): Promise<void> {
  const { id, limitMs } = told;
  const client = await clientFor(told);
  const caller = new AbortController();
  running.set(id, caller);
  const startedAt = performance.now();
  const before = megabytes();
  let most = before;
  const watch = setInterval(() => (most = Math.max(most, megabytes())), 20);
  let timer: NodeJS.Timeout | undefined;
  const hang = new Promise<Told>((resolve) => (timer = setTimeout(() => resolve({ kind: "hang" }), limitMs)));
  const ended = await Promise.race([client.ask(question, caller.signal), hang]);
  const tookMs = performance.now() - startedAt;
  clearTimeout(timer);
  clearInterval(watch);
  if (ended.kind === "hang") caller.abort(new Error("hangs"));
  running.delete(id);
  // A rejection nobody handles shows itself in the turns after the call.
  await new Promise((resolve) => setTimeout(resolve, 20));
  const outcome = { ...ended, tookMs, unhandled, abortedAtMs: abortedAt.get(id), grewMb: Math.max(most, megabytes()) - before } as Outcome;
  say({ type: "outcome", id, outcome });
}

process.on("message", (message: ToColumn) => {
  if (message.type === "ask") void ask(message);
  else if (message.type === "abort") {
    abortedAt.set(message.id, wallMs());
    running.get(message.id)?.abort(new Error("the caller left"));
  } else {
    void clients.get(message.client)?.then((client) => client.close());
    clients.delete(message.client);
  }
});
process.on("disconnect", () => process.exit());
say({ type: "ready" });
