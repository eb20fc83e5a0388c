import { answer } from "./canonical.ts";
import { type Conduct, type Visit, answerWell, eventsOf, openStream, pause, refuse, upToWord, write } from "./vendor.ts";

const eventsTo = (visit: Visit): string[] => eventsOf(visit.model, visit.wantsUsage);

const reply =
  (status: number, type: string, body = ""): Conduct =>
  ({ response }) =>
    void response.writeHead(status, { "content-type": type }).end(body);

/** A whole stream, after something was done to its events. */
const streamed =
  (change: (events: string[]) => string[]): Conduct =>
  (visit) => {
    openStream(visit);
    write(visit, change(eventsTo(visit)));
    visit.response.end();
  };

/** The same event over and over, after the first words of an answer. */
const forEver =
  (event: (events: readonly string[]) => string, afterWords?: number): Conduct =>
  async (visit) => {
    openStream(visit);
    const events = eventsTo(visit);
    if (afterWords !== undefined) write(visit, events.slice(0, upToWord(afterWords)));
    for (; !visit.response.destroyed; await pause(100)) write(visit, [event(events)]);
  };

const refusing =
  (status: number, error: object, headers?: Record<string, string>): Conduct =>
  (visit) =>
    refuse(visit, status, { message: "no", ...error }, headers);

const finish = 61;

/** What vendors and what stands before them do besides S01 to S24. Each is answered whole, by whomever, where nothing was shown. */
export const moreFaults: Readonly<Record<string, Conduct>> = {
  "204 without a body": ({ response }) => void response.writeHead(204).end(),
  "a redirect": ({ response }) => void response.writeHead(307, { location: "http://127.0.0.1:9/elsewhere" }).end(),
  "an empty stream": reply(200, "text/event-stream"),
  "an empty JSON body": reply(200, "application/json"),
  "the answer as plain text": reply(200, "text/plain", answer),
  "a JSON answer to a stream": (visit) => answerWell({ ...visit, wantsStream: false }),
  "503 with a page": reply(503, "text/html", "<html>down</html>"),
  "500 whose body hangs": ({ response }) => void response.writeHead(500, { "content-type": "application/json" }).write('{"err'),
  "529": refusing(529, {}),
  "599": refusing(599, {}),
  "401": refusing(401, { code: "invalid_api_key" }),
  "402": refusing(402, {}),
  "403": refusing(403, {}),
  "404": refusing(404, { code: "model_not_found" }),
  "413": refusing(413, {}),
  "429 for the quota": refusing(429, { code: "insufficient_quota" }),
  "retry-after: Infinity": refusing(429, {}, { "retry-after": "Infinity" }),
  "retry-after: -5": refusing(429, {}, { "retry-after": "-5" }),
  "retry-after-ms: 1e12": refusing(429, {}, { "retry-after-ms": "1e12" }),
  "retry-after in the past": refusing(429, {}, { "retry-after": "Wed, 21 Oct 2015 07:28:00 GMT" }),
  "only the end mark": streamed((events) => events.slice(-1)),
  "an end without a word": streamed((events) => events.slice(finish)),
  "pings for ever": forEver(() => ": ping\n\n"),
  "pings for ever after 20 words": forEver(() => ": ping\n\n", 20),
  "pieces without text for ever": forEver((events) => events[0]!),
  "lines end with CRLF": streamed((events) => events.map((event) => event.replaceAll("\n", "\r\n"))),
  "a byte order mark first": streamed((events) => ["\uFEFF", ...events]),
  "no space after data:": streamed((events) => events.map((event) => event.replace("data: ", "data:"))),
  "id, event and retry fields": streamed((events) => events.map((event, at) => `id: ${at}\nevent: message\nretry: 1\n${event}`)),
  "rubbish after the end mark": streamed((events) => [...events, "data: {not json\n\n", "<html>"]),
  "two finish reasons": streamed((events) => events.toSpliced(finish, 0, events[finish]!)),
  "an unknown finish reason": streamed((events) => events.with(finish, events[finish]!.replace('"stop"', '"vanished"'))),
  "an error after the finish reason": streamed((events) => [...events.slice(0, finish + 1), 'data: {"error":{"message":"late"}}\n\n']),
  "choices: null": streamed((events) => ['data: {"id":"1","choices":null}\n\n', events.at(-1)!]),
  "data: null": streamed((events) => ["data: null\n\n", ...events]),
  "data: 5": streamed((events) => ["data: 5\n\n", ...events]),
  "content that is a number": streamed((events) => events.with(0, events[0]!.replace('"content":""', '"content":17'))),
  "another index": streamed((events) => events.map((event) => event.replace('"index":0', '"index":1'))),
  "two answers side by side": streamed((events) => events.flatMap((event) => [event, event.replace('"index":0', '"index":1')])),
  "a line that never ends": async (visit) => {
    openStream(visit);
    visit.response.write("data: ");
    for (let part = 0; part < 200 && !visit.response.destroyed; part++, await pause(2)) visit.response.write("x".repeat(65_536));
  },
  "cut in odd places": async (visit) => {
    openStream(visit);
    const bytes = Buffer.from(eventsTo(visit).join(""));
    for (let at = 0; at < bytes.length; at += 37) {
      visit.response.write(bytes.subarray(at, at + 37));
      if (at % 370 === 0) await pause(1);
    }
    visit.response.end();
  },
  "less than its content-length": (visit) => {
    const bytes = eventsTo(visit).join("");
    visit.response.writeHead(200, { "content-type": "text/event-stream", "content-length": bytes.length });
    visit.response.write(bytes.slice(0, 3_000), () => visit.response.destroy());
  },
  "a reset after 30 words": async (visit) => {
    openStream(visit);
    write(visit, eventsTo(visit).slice(0, upToWord(30)));
    await pause(30);
    visit.response.socket?.resetAndDestroy();
  },
  "a reset before any header": async ({ response }) => {
    await pause(100);
    response.socket?.resetAndDestroy();
  },
  "gzip that is none": ({ response }) =>
    void response.writeHead(200, { "content-type": "text/event-stream", "content-encoding": "gzip" }).end("not gzip"),
};
