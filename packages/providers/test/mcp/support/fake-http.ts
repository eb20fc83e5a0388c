import { randomUUID } from "node:crypto";
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fake, type FakeOptions, inputOf, type Message } from "./fake-tools.ts";

export type Misbehaviour =
  /** Reads the whole request, does the work, then resets the connection without a byte of an answer. */
  | "resets"
  /** The same, after the head of an event stream and half an event. */
  | "stops half way"
  /** Does the work and answers 500. */
  | "answers 500"
  /** Does the work and answers a web page. */
  | "answers html"
  /** Sends everyone to another place. */
  | { readonly redirectTo: string }
  /** Does not know who asks. */
  | "answers 401"
  /** Answers without end, in this format. */
  | { readonly endless: "application/json" | "text/event-stream" }
  /** Takes requests and never says a word. */
  | "is silent";

export interface FakeHttp extends AsyncDisposable {
  readonly url: string;
  /** What really happened, in order. */
  readonly happened: readonly string[];
  readonly running: () => number;
  readonly openSockets: () => number;
  /** Requests that wait for the end of their answer. */
  readonly waiting: () => number;
  /** Sessions with an open stream for notifications. */
  readonly listeners: () => number;
  /** How `tools/call` goes wrong from now on; nothing else does, unless `everything` is given. */
  readonly misbehave: (how: Misbehaviour | undefined, everything?: boolean) => void;
  /** Forgets every session, as a restart does, without leaving the port. */
  readonly forgetSessions: () => void;
  /** Leaves the port and drops every connection. */
  readonly stop: () => Promise<void>;
  /** Comes back on the same port with no memory. */
  readonly start: () => Promise<void>;
}

export interface FakeHttpOptions extends Omit<FakeOptions, "record" | "timesRan"> {
  /** Answers with a stream of events instead of plain JSON. */
  readonly streams?: boolean;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request) body += String(chunk);
  return body;
}

/** The fake over Streamable HTTP with sessions, in this process: what it counts is counted on the server's side. */
export async function fakeHttp(options: FakeHttpOptions = {}): Promise<FakeHttp> {
  const { streams = false, isModern = false } = options;
  const happened: string[] = [];
  const sessions = new Map<string, ServerResponse | undefined>();
  const timesRan = (what: string): number => happened.filter((each) => each === what).length;
  const server = fake({ record: (what) => happened.push(what), timesRan, ...options });
  let wrong: Misbehaviour | undefined;
  let isAllWrong = false;
  let sockets = 0;
  let waiting = 0;
  let port = 0;
  let http: Server | undefined;

  /** Answers in place of the fake; the work of a call is done first where the misbehaviour says so. */
  function answerWrongly(how: Misbehaviour, message: Message | undefined, response: ServerResponse): void {
    if (message?.method === "tools/call" && typeof how === "string" && how !== "answers 401" && how !== "is silent")
      happened.push(`ran ${String(message.params?.["name"])} ${inputOf(message).key}`);
    if (how === "is silent") return;
    if (how === "resets") return void response.socket?.resetAndDestroy();
    if (how === "answers 500") return void response.writeHead(500).end("boom");
    if (how === "answers 401") return void response.writeHead(401).end("who are you?");
    if (how === "answers html") return void response.writeHead(200, { "content-type": "text/html" }).end("<html>Please log in</html>");
    if (how === "stops half way") {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write('event: message\ndata: {"jsonrpc":', () => response.socket?.destroy());
      return;
    }
    if ("redirectTo" in how) return void response.writeHead(307, { location: how.redirectTo }).end();
    response.writeHead(200, { "content-type": how.endless });
    response.write(how.endless === "application/json" ? '{"jsonrpc": "' : 'data: {"jsonrpc": "');
    const more = (): void => {
      while (!response.destroyed && response.write("x".repeat(65_536)));
    };
    response.on("drain", more);
    more();
  }

  function send(answer: object, session: string, response: ServerResponse): void {
    const text = JSON.stringify(answer);
    const type = streams ? "text/event-stream" : "application/json";
    response.writeHead(200, { "content-type": type, "mcp-session-id": session }).end(streams ? `event: message\ndata: ${text}\n\n` : text);
  }

  function post(message: Message, session: string, response: ServerResponse): void {
    if (message.id === undefined) {
      server.handle(message, { send: () => undefined, push: () => undefined, cut: () => undefined });
      return void response.writeHead(202).end();
    }
    const { id } = message;
    if (message.method === "subscriptions/listen") {
      sessions.set(session, response);
      response.writeHead(200, { "content-type": "text/event-stream" });
    }
    response.on("close", () => server.abandon(id));
    server.handle(message, {
      send: (answer) => send(answer, session, response),
      push: (note) => sessions.get(session)?.write(`event: message\ndata: ${JSON.stringify(note)}\n\n`),
      cut: () => response.socket?.resetAndDestroy(),
    });
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    const message = request.method === "POST" ? (JSON.parse(body) as Message) : undefined;
    if (message?.id !== undefined && message.method !== "subscriptions/listen") {
      waiting++;
      response.on("close", () => waiting--);
    }
    if (wrong !== undefined && (isAllWrong || message?.method === "tools/call")) return answerWrongly(wrong, message, response);
    let session = String(request.headers["mcp-session-id"]);
    if (message?.method === "initialize") sessions.set((session = randomUUID()), undefined);
    else if (isModern || message?.method === "server/discover") session = "none";
    else if (!sessions.has(session)) return void response.writeHead(404).end("Session not found");
    if (message !== undefined) return post(message, session, response);
    if (request.method === "DELETE") {
      happened.push("session ended");
      sessions.delete(session);
      return void response.writeHead(200).end();
    }
    sessions.set(session, response);
    response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
  }

  async function start(): Promise<void> {
    const starting = createServer((request, response) => void serve(request, response));
    starting.on("connection", (socket) => {
      sockets++;
      socket.on("close", () => sockets--);
    });
    await new Promise<void>((resolve) => starting.listen(port, "127.0.0.1", resolve));
    http = starting;
    port = (starting.address() as AddressInfo).port;
  }

  async function stop(): Promise<void> {
    const stopping = http;
    http = undefined;
    sessions.clear();
    stopping?.closeAllConnections();
    await new Promise<unknown>((resolve) => (stopping === undefined ? resolve(undefined) : stopping.close(resolve)));
  }

  await start();
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    happened,
    running: server.running,
    openSockets: () => sockets,
    waiting: () => waiting,
    listeners: () => [...sessions.values()].filter((stream) => stream !== undefined).length,
    misbehave(how, everything = false) {
      wrong = how;
      isAllWrong = everything;
    },
    forgetSessions: () => sessions.clear(),
    stop,
    start,
    [Symbol.asyncDispose]: stop,
  };
}
