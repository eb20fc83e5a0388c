import { join } from "node:path";
import { type EventLog, type Tool, createOrchestrator, memoryEventLog, memoryWorkQueue } from "@hydrogenai/core";
import { createDataTools } from "@hydrogenai/data-tools";
import { mcpTools } from "@hydrogenai/providers/mcp";
import { afterAll, beforeAll, expect, it } from "vitest";

const questions = ["How many pets are there?", "What fields does the pets collection have?", "What can you do?"];

const dataTools = createDataTools({ dataDir: join(import.meta.dirname, "pets") });
const source = mcpTools({ name: "mcp", transport: () => dataTools.connect() });
let tools: readonly Tool[] = [];
beforeAll(async () => void (tools = await source.tools()));
afterAll(async () => {
  await source.close?.();
  await dataTools.close();
});

/** Writes so many events of runs, then answers nobody any more. */
function dying(log: EventLog, events: number): EventLog & { readonly dead: Promise<void> } {
  const { promise: dead, resolve } = Promise.withResolvers<void>();
  const never = new Promise<never>(() => {});
  let left = events;
  return {
    ...log,
    dead,
    async append(stream, events, options) {
      if (!stream.startsWith("run:")) return log.append(stream, events, options);
      if (left <= 0) return never;
      left -= events.length;
      const version = await log.append(stream, events, options);
      if (left > 0) return version;
      resolve();
      return never;
    },
  };
}

const processOver = (log: EventLog) =>
  createOrchestrator({ tools, log: { ...log, close: async () => {} }, queue: memoryWorkQueue({ closeTimeoutMs: 1 }), cache: false });

it.each(questions)("%s: the same answer wherever the process that works on it dies", async (question) => {
  const whole = processOver(memoryEventLog());
  const expected = (await whole.query(question)).text;
  const log = memoryEventLog();
  await using rescuer = processOver(log);
  await rescuer.worker();
  await using first = processOver(log);
  const run = await first.enqueue(question);
  await first.worker();
  expect((await run.result()).text).toBe(expected);
  let events = 0;
  for await (const _event of log.read(`run:${run.id}`)) events++;
  for (let died = 2; died < events; died++) {
    const cut = dying(log, died);
    const victim = processOver(cut);
    const id = `${died} ${question}`;
    const queued = victim.enqueue(question, { id });
    await victim.worker();
    // One that told of its progress less often has fewer events, and may come to its end.
    await Promise.race([cut.dead, queued.then((run) => run.result())]);
    const { text } = await (await rescuer.enqueue(question, { id })).result();
    expect([died, text]).toEqual([died, expected]);
  }
  expect(events).toBeGreaterThan(3);
  await whole.close();
});
