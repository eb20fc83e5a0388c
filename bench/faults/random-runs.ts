import { answer, isSpliced } from "./canonical.ts";
import { type Conduct, type Visit, answerWell, eventsOf, openStream, pause, refuse, startVendor } from "./vendor.ts";
import type { ColumnProcess } from "./run-column.ts";

export interface RandomResult {
  readonly runs: number;
  readonly answered: number;
  readonly failed: number;
  readonly hung: number;
  /** Cut, spliced or altered text passed off as the answer, or two answers as the beginning of one. */
  readonly wrong: number;
  readonly firstWrong: string | undefined;
}

/** Numbers from 0 to 1 that come again for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function sendSliced(visit: Visit, bytes: Buffer, random: () => number): Promise<void> {
  openStream(visit);
  const cuts = 1 + Math.floor(random() * 4);
  let from = 0;
  for (let part = 1; part <= cuts && from < bytes.length; part++) {
    const to = part === cuts ? bytes.length : Math.min(bytes.length, from + 1 + Math.floor(random() * (bytes.length - from)));
    visit.response.write(bytes.subarray(from, to));
    from = to;
    if (random() < 0.2) await pause(1);
  }
}

const bytesOf = (events: readonly string[]): Buffer => Buffer.from(events.join(""));

/** One fault at a random place of an answer, of those that leave something to notice: bytes lost inside a word leave nothing. */
function randomFault(random: () => number): { readonly name: string; readonly conduct: Conduct } {
  const at = random();
  const events = (visit: Visit): string[] => eventsOf(visit.model, visit.wantsUsage);
  const cut = (visit: Visit): Buffer => {
    const whole = bytesOf(events(visit));
    return whole.subarray(0, Math.floor(at * whole.length));
  };
  const place = (list: readonly unknown[]): number => Math.floor(at * list.length);
  const faults: Readonly<Record<string, Conduct>> = {
    async "clean end"(visit) {
      await sendSliced(visit, cut(visit), random);
      visit.response.end();
    },
    async reset(visit) {
      await sendSliced(visit, cut(visit), random);
      await pause(Math.floor(random() * 4));
      visit.response.socket?.resetAndDestroy();
    },
    async "error object"(visit) {
      const list = events(visit);
      list.splice(place(list), 0, 'data: {"error":{"message":"overloaded","type":"server_error","code":503}}\n\n');
      await sendSliced(visit, bytesOf(list), random);
      visit.response.end();
    },
    async "broken JSON"(visit) {
      const list = events(visit);
      const where = Math.min(place(list), list.length - 2);
      list[where] = `${list[where]!.slice(0, 8 + Math.floor(random() * 30)).trimEnd()}\n\n`;
      await sendSliced(visit, bytesOf(list), random);
      visit.response.end();
    },
    async "sent twice"(visit) {
      const list = events(visit);
      const where = place(list);
      list.splice(where, 0, list[where]!);
      await sendSliced(visit, bytesOf(list), random);
      visit.response.end();
    },
    async noise(visit) {
      const list = events(visit).map((event) => Buffer.from(event));
      const noise = Array.from({ length: 1 + Math.floor(random() * 40) }, () => Math.floor(random() * 256));
      list.splice(place(list), 0, Buffer.from([...noise, 10, 10]));
      await sendSliced(visit, Buffer.concat(list), random);
      visit.response.end();
    },
    async "comments between"(visit) {
      const list = events(visit).flatMap((event) => (random() < 0.3 ? [": ping\n\n", event] : [event]));
      await sendSliced(visit, bytesOf(list), random);
      visit.response.end();
    },
    status(visit) {
      const status = [429, 500, 502, 503, 529][Math.floor(at * 5)]!;
      refuse(visit, status, { message: "no", type: "server_error", code: null }, status === 429 ? { "retry-after": "3600" } : {});
    },
    page(visit) {
      visit.response.writeHead(200, { "content-type": "text/html" }).end("<html>down for maintenance</html>");
    },
    nothing(visit) {
      visit.response.socket?.resetAndDestroy();
    },
    well: answerWell,
  };
  const names = Object.keys(faults);
  const name = names[Math.floor(random() * names.length)]!;
  return { name: `${name} at ${at.toFixed(4)}`, conduct: faults[name]! };
}

/** Every call has a client of its own: a breaker that has opened would keep the faults away. */
export async function randomRuns(column: ColumnProcess, runs: number, seed: number, atOnce = 16): Promise<RandomResult> {
  const random = randomFrom(seed);
  const result = { runs, answered: 0, failed: 0, hung: 0, wrong: 0, firstWrong: undefined as string | undefined };
  let next = 0;

  async function worker(): Promise<void> {
    let fault = randomFault(random);
    let fallbackFault: typeof fault | undefined;
    const primary = await startVendor((visit) => fault.conduct(visit));
    const fallback = await startVendor((visit) => (fallbackFault === undefined ? answerWell(visit) : fallbackFault.conduct(visit)));
    for (let run = next++; run < runs; run = next++) {
      fault = randomFault(random);
      fallbackFault = random() < 0.2 ? randomFault(random) : undefined;
      const client = `random ${run}`;
      const outcome = await column.ask(client, primary, fallback, 40_000).ended;
      column.forget(client);
      const isWrong =
        (outcome.kind === "answer" && outcome.text !== answer) ||
        (outcome.kind === "error" && isSpliced(outcome.textSoFar ?? "")) ||
        outcome.unhandled > 0;
      if (outcome.kind === "answer") result.answered++;
      else if (outcome.kind === "hang") result.hung++;
      else result.failed++;
      if (!isWrong) continue;
      result.wrong++;
      result.firstWrong ??= `run ${run}: ${fault.name}, then ${fallbackFault?.name ?? "well"}: ${JSON.stringify(outcome).slice(0, 600)}`;
    }
    await Promise.all([primary.close(), fallback.close()]);
  }
  await Promise.all(Array.from({ length: atOnce }, worker));
  return result;
}
