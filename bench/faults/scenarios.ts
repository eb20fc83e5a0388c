import { gzipSync } from "node:zlib";
import { type Outcome, fallbackModel } from "./client.ts";
import { answer, words } from "./canonical.ts";
import { type Conduct, type Logged, type Visit, answerWell, eventsOf, openStream, pause, refuse, upToWord, write } from "./vendor.ts";

/** Everything that was seen of one scenario, from the caller's side and from the vendors'. */
export interface Facts {
  readonly outcome: Outcome;
  readonly primary: readonly Logged[];
  readonly fallback: readonly Logged[];
  /** How a healthy call through the same client ended afterwards. */
  readonly next: Outcome | undefined;
  /** Milliseconds within which a call must end, where the client promises any. */
  readonly deadlineMs: number | undefined;
}

export interface Check {
  readonly name: string;
  /** A rescue that fails only such checks is partial, not failed. */
  readonly isAdvisory?: boolean;
  readonly holds: (facts: Facts) => boolean;
}

export interface Scenario {
  readonly id: string;
  readonly title: string;
  /** @default "answer" */
  readonly ideal?: "answer" | "error";
  readonly primary: Conduct;
  /** @default a healthy vendor */
  readonly fallback?: Conduct;
  /** Milliseconds after which the call counts as hung. */
  readonly limitMs: number;
  readonly checks: readonly Check[];
  /** What the caller does, where it is more than one call. */
  readonly caller?: "flap" | "abort-at-end";
  /** Measured alone, since memory is looked at. */
  readonly runsAlone?: boolean;
}

/** For as long as the whole run takes. */
const never = 600_000;

const isFirst = ({ number }: Visit): boolean => number === 1;

const once =
  (fault: Conduct): Conduct =>
  (visit) =>
    isFirst(visit) ? fault(visit) : answerWell(visit);

function begin(visit: Visit, wordCount: number): string[] {
  const events = eventsOf(visit.model, visit.wantsUsage);
  openStream(visit);
  write(visit, events.slice(0, upToWord(wordCount)));
  return events.slice(upToWord(wordCount));
}

/** Lets what was written go out before the connection is torn down. */
async function reset({ response }: Visit): Promise<void> {
  await pause(50);
  response.socket?.resetAndDestroy();
}

const cutAfter40: Conduct = async (visit) => {
  begin(visit, 40);
  await reset(visit);
};

const unavailable: Conduct = (visit) => refuse(visit, 503, { message: "The server is overloaded", type: "server_error", code: null });

const attemptsWithin = ({ primary }: Facts, ms: number): number => primary.filter(({ atMs }) => atMs - primary[0]!.atMs < ms).length;

const primaryAtMost = (most: number): Check => ({
  name: `at most ${most} attempts at the primary`,
  holds: ({ primary }) => primary.length <= most,
});
const primaryExactly = (count: number): Check => ({
  name: `${count} attempt at the primary`,
  holds: ({ primary }) => primary.length === count,
});
const within = (ms: number, isAdvisory = false): Check => ({
  name: `within ${ms} ms`,
  isAdvisory,
  holds: ({ outcome }) => outcome.tookMs <= ms,
});
const aliveAfter: Check = { name: "the next call works", holds: ({ next }) => next?.kind === "answer" && next.text === answer };
const usageIsRight: Check = {
  name: "usage reported",
  isAdvisory: true,
  holds: ({ outcome }) => outcome.kind !== "answer" || outcome.outputTokens === words.length,
};

/** The body that expands to 200 MB of nothing. */
let bomb: Buffer | undefined;
const gzipBomb = (): Buffer => (bomb ??= gzipSync(Buffer.alloc(200 * 2 ** 20, " ")));

/** The outage of S15, and how often somebody asks meanwhile. */
export const flap = { downMs: 60_000, requests: 20, everyMs: 4_000, backWithinMs: 30_000 } as const;

/** How much the client's process may grow over a reply that expands without end, MB. */
const maxGrowthMb = 64;

const strangeReply = (reply: (visit: Visit) => void): Pick<Scenario, "primary" | "limitMs" | "checks" | "runsAlone"> => ({
  primary: reply,
  limitMs: 45_000,
  checks: [{ name: `grows by at most ${maxGrowthMb} MB`, holds: ({ outcome }) => outcome.grewMb <= maxGrowthMb }],
  runsAlone: true,
});

export const scenarios: readonly Scenario[] = [
  {
    id: "S01",
    title: "429 with Retry-After: 2, once",
    primary: once((visit) =>
      refuse(visit, 429, { message: "Rate limit reached", type: "requests", code: "rate_limit_exceeded" }, { "retry-after": "2" }),
    ),
    limitMs: 20_000,
    checks: [
      {
        name: "a second try at the primary not before it asked for",
        isAdvisory: true,
        holds: ({ primary }) => primary[1] === undefined || primary[1].atMs - primary[0]!.atMs >= 1_800,
      },
      { name: "at most 2 attempts in the first 1.5 s", holds: (facts) => attemptsWithin(facts, 1_500) <= 2 },
    ],
  },
  {
    id: "S02",
    title: "429 for ever, no header",
    primary: (visit) => refuse(visit, 429, { message: "Rate limit reached", type: "requests", code: "rate_limit_exceeded" }),
    limitMs: 40_000,
    checks: [{ name: "at most 4 attempts in 3 s", holds: (facts) => attemptsWithin(facts, 3_000) <= 4 }, primaryAtMost(6)],
  },
  {
    id: "S03",
    title: "500 once",
    primary: once((visit) => refuse(visit, 500, { message: "The server had an error", type: "server_error", code: null })),
    limitMs: 20_000,
    checks: [{ name: "the same vendor again", isAdvisory: true, holds: ({ primary }) => primary.length >= 2 }],
  },
  { id: "S04", title: "503 for ever", primary: unavailable, limitMs: 40_000, checks: [primaryAtMost(6)] },
  {
    id: "S05",
    title: "connection reset before any byte, once",
    primary: once(({ response }) => void response.socket?.resetAndDestroy()),
    limitMs: 20_000,
    checks: [],
  },
  {
    id: "S06",
    title: "accepted, never answered",
    primary: () => pause(never),
    limitMs: 45_000,
    checks: [{ name: "the silent vendor asked once", isAdvisory: true, holds: ({ primary }) => primary.length === 1 }],
  },
  {
    id: "S07",
    title: "headers at once, first token after 20 s",
    primary: async (visit) => {
      openStream(visit);
      await pause(20_000);
      write(visit, eventsOf(visit.model, visit.wantsUsage));
      visit.response.end();
    },
    limitMs: 45_000,
    checks: [within(15_000, true)],
  },
  { id: "S08", title: "cut after 40 words", primary: cutAfter40, limitMs: 40_000, checks: [] },
  {
    id: "S09",
    title: "silent for 30 s after 20 words, then closed",
    primary: async (visit) => {
      begin(visit, 20);
      await pause(30_000);
      visit.response.destroy();
    },
    limitMs: 50_000,
    checks: [within(45_000), aliveAfter],
  },
  {
    id: "S10",
    title: "tenth event is broken JSON",
    primary: (visit) => {
      const events = eventsOf(visit.model, visit.wantsUsage);
      events[9] = 'data: {"id":"chatcmpl-1","object":"chat.compl\n\n';
      openStream(visit);
      write(visit, events);
      visit.response.end();
    },
    limitMs: 30_000,
    checks: [aliveAfter],
  },
  {
    id: "S11",
    title: "complete, but no [DONE]",
    primary: (visit) => {
      openStream(visit);
      write(visit, eventsOf(visit.model, visit.wantsUsage).slice(0, -1));
      visit.response.end();
    },
    limitMs: 20_000,
    checks: [within(8_000), usageIsRight],
  },
  {
    id: "S12",
    title: "context length exceeded",
    primary: (visit) =>
      refuse(visit, 400, {
        message: "This model's maximum context length is 8192 tokens.",
        type: "invalid_request_error",
        code: "context_length_exceeded",
      }),
    limitMs: 20_000,
    checks: [primaryExactly(1)],
  },
  {
    id: "S13",
    title: "content policy violation",
    ideal: "error",
    primary: (visit) =>
      refuse(visit, 400, {
        message: "Your request was rejected by our safety system.",
        type: "invalid_request_error",
        code: "content_policy_violation",
      }),
    limitMs: 20_000,
    checks: [
      primaryExactly(1),
      {
        name: "the reason is passed on",
        holds: ({ outcome }) => outcome.kind !== "error" || /safety system|content/i.test(outcome.message),
      },
    ],
  },
  {
    id: "S14",
    title: "S08, and the fallback rejects a prefill",
    primary: cutAfter40,
    fallback: (visit) =>
      visit.messages.at(-1)?.role === "assistant"
        ? refuse(visit, 400, { message: "a trailing assistant message is not supported", type: "invalid_request_error", code: null })
        : answerWell(visit),
    limitMs: 40_000,
    checks: [
      {
        name: "the first failure is not hidden",
        holds: ({ outcome }) => outcome.kind !== "error" || !/trailing assistant/.test(outcome.message),
      },
    ],
  },
  {
    id: "S15",
    title: "503 for 60 s, then healthy; 20 requests",
    caller: "flap",
    primary: (visit) => (visit.atMs < flap.downMs ? unavailable(visit) : answerWell(visit)),
    limitMs: 30_000,
    checks: [
      {
        name: "back within 30 s",
        holds: ({ primary }) => primary.some(({ atMs }) => atMs >= flap.downMs && atMs <= flap.downMs + flap.backWithinMs),
      },
      {
        name: "at most 3 attempts during the outage",
        holds: ({ primary }) => primary.filter(({ atMs }) => atMs < flap.downMs).length <= 3,
      },
    ],
  },
  {
    id: "S16",
    title: "503 for ever: whose answer, whose tokens",
    primary: unavailable,
    limitMs: 40_000,
    checks: [
      { name: "names the fallback's model", holds: ({ outcome }) => outcome.kind !== "answer" || outcome.model === fallbackModel },
      usageIsRight,
      primaryAtMost(6),
    ],
  },
  {
    id: "S17",
    title: "clean end after 40 words",
    primary: (visit) => {
      begin(visit, 40);
      visit.response.end();
    },
    limitMs: 40_000,
    checks: [],
  },
  {
    id: "S18",
    title: "error object first in a 200 stream",
    primary: (visit) => {
      openStream(visit);
      visit.response.end('data: {"error":{"message":"The model is overloaded","type":"server_error","code":503}}\n\ndata: [DONE]\n\n');
    },
    limitMs: 30_000,
    checks: [primaryExactly(1)],
  },
  {
    id: "S19",
    title: "error object after 40 words",
    primary: (visit) => {
      begin(visit, 40);
      visit.response.end('data: {"error":{"message":"The model is overloaded","type":"server_error","code":503}}\n\n');
    },
    limitMs: 30_000,
    checks: [],
  },
  {
    id: "S20",
    title: "one chunk sent twice",
    primary: (visit) => {
      const events = eventsOf(visit.model, visit.wantsUsage);
      events.splice(25, 0, events[24]!);
      openStream(visit);
      write(visit, events);
      visit.response.end();
    },
    limitMs: 20_000,
    checks: [],
  },
  {
    id: "S21",
    title: "another model's name in the reply",
    primary: (visit) => answerWell(visit, "somebody-elses-model-7"),
    limitMs: 20_000,
    checks: [
      {
        name: "reported as the reply says",
        holds: ({ outcome }) => outcome.kind !== "answer" || outcome.model === "somebody-elses-model-7",
      },
    ],
  },
  {
    id: "S22",
    title: "a byte a second, for ever",
    primary: async (visit) => {
      openStream(visit);
      for (const byte of eventsOf(visit.model).join("")) {
        if (visit.response.destroyed) return;
        visit.response.write(byte);
        await pause(1_000);
      }
    },
    limitMs: 65_000,
    checks: [
      { name: "within its deadline and 250 ms", holds: ({ outcome, deadlineMs }) => outcome.tookMs <= (deadlineMs ?? Infinity) + 250 },
    ],
  },
  {
    id: "S23",
    title: "the caller aborts while the last event arrives",
    caller: "abort-at-end",
    primary: () => {},
    limitMs: 20_000,
    checks: [],
  },
  {
    id: "S24a",
    title: "200 with an HTML page",
    ...strangeReply(
      ({ response }) => void response.writeHead(200, { "content-type": "text/html" }).end("<html><body>Please log in</body></html>"),
    ),
  },
  {
    id: "S24b",
    title: "200 with []",
    ...strangeReply(({ response }) => void response.writeHead(200, { "content-type": "application/json" }).end("[]")),
  },
  {
    id: "S24c",
    title: "gzip that expands to 200 MB",
    ...strangeReply(({ response, wantsStream }) => {
      const type = wantsStream ? "text/event-stream" : "application/json";
      response.writeHead(200, { "content-type": type, "content-encoding": "gzip" }).end(gzipBomb());
    }),
  },
];
