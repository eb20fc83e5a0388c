/** A raw MCP speaker with tools that misbehave as told. Uses no MCP library: what it does to the wire is exactly what is written here. */

export interface Message {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

/** What its tools take. */
export interface FakeInput {
  readonly text?: unknown;
  readonly key?: string;
  readonly afterwards?: "cut" | "always cut";
  readonly bytes?: number;
  readonly name?: string;
  readonly result?: object;
}

export const inputOf = (message: Message | undefined): FakeInput => message?.params?.["arguments"] ?? {};

/** What the fake can do to the one connection a message came over. */
export interface Wire {
  /** Sends a message belonging to the request being handled. */
  readonly send: (message: object) => void;
  /** Sends a message of its own accord. */
  readonly push: (message: object) => void;
  /** Breaks the connection at once. */
  readonly cut: () => void;
}

export interface FakeOptions {
  /** Told of each thing that really happened, in order: `ran NAME KEY`, `cancelled NAME`, `listed`. */
  readonly record: (what: string) => void;
  /** How often the tool ran with this key, in this and earlier lives of the server. */
  readonly timesRan: (what: string) => number;
  /** Speaks the 2026-07-28 revision, else 2025-11-25. */
  readonly isModern?: boolean;
  /** Replaces the list of tools. */
  readonly listed?: unknown;
  /** Lists so many pages, each with a cursor to the next. */
  readonly pages?: number;
  /** Answers `tools/list` this often, then no more. */
  readonly mostLists?: number;
}

export interface Fake {
  readonly handle: (message: Message, wire: Wire) => void;
  /** The connection that a request came over is gone. */
  readonly abandon: (id: number | string) => void;
  readonly running: () => number;
}

const tool = (name: string, annotations: object = {}, properties: object = {}): object => ({
  name,
  description: `The fake tool ${name}`,
  inputSchema: { type: "object", properties },
  annotations,
});

const idempotent = { idempotentHint: true };
const readOnly = { readOnlyHint: true };

export const fakeToolList: readonly object[] = [
  tool("echo", readOnly, { text: { type: "string" } }),
  tool("fail", readOnly),
  tool("hang", readOnly),
  tool("write"),
  tool("upsert", idempotent),
  tool("read", readOnly),
  tool("big", readOnly),
  tool("say", readOnly),
  tool("grow"),
  tool("reveal", readOnly),
];

const text = (text: string, isError = false): object => ({ content: [{ type: "text", text }], isError });

export function fake(options: FakeOptions): Fake {
  const { record, timesRan, isModern = false, pages = 1 } = options;
  const hanging = new Map<number | string, string>();
  let tools: unknown = options.listed ?? fakeToolList;
  let lists = 0;
  let clientInfo: unknown;
  let subscription: number | string | undefined;

  const stopHanging = (id: number | string): void => {
    const name = hanging.get(id);
    if (name === undefined) return;
    hanging.delete(id);
    record(`cancelled ${name}`);
  };

  function call(id: number | string, message: Message, wire: Wire, answer: (result: object) => void): void {
    const name = String(message.params?.["name"]);
    const input = inputOf(message);
    switch (name) {
      case "echo":
        if (typeof input.text !== "string") return answer(text("text must be a string", true));
        return answer({ ...text(input.text), structuredContent: { text: input.text } });
      case "fail":
        return answer(text("the disk is on fire", true));
      case "hang":
        record("ran hang");
        hanging.set(id, "hang");
        return;
      case "write":
      case "upsert":
      case "read": {
        const what = `ran ${name} ${input.key}`;
        record(what);
        // "cut" breaks the first time only, "always cut" every time; in both the work is done and the answer is lost.
        if (input.afterwards === "always cut" || (input.afterwards === "cut" && timesRan(what) === 1)) return wire.cut();
        return answer(text(`${name} done`));
      }
      case "big":
        return answer(text("x".repeat(input.bytes ?? 0)));
      case "say":
        return answer(input.result ?? {});
      case "grow":
        tools = [...(Array.isArray(tools) ? tools : []), tool(String(input.name))];
        answer(text("grown"));
        return wire.push({
          jsonrpc: "2.0",
          method: "notifications/tools/list_changed",
          params: isModern ? { _meta: { "io.modelcontextprotocol/subscriptionId": subscription } } : {},
        });
      case "reveal":
        return answer(text(JSON.stringify({ environment: Object.keys(process.env), meta: message.params?.["_meta"] ?? {}, clientInfo })));
      default:
        return answer(text(`no tool ${name}`, true));
    }
  }

  function handle(message: Message, wire: Wire): void {
    const { id, method, params = {} } = message;
    const result = (result: object): void =>
      wire.send({ jsonrpc: "2.0", id, result: isModern ? { ...result, resultType: "complete", ttlMs: 0, cacheScope: "private" } : result });
    const capabilities = { tools: { listChanged: true } };
    if (method === "notifications/cancelled") return stopHanging(params["requestId"] as number | string);
    if (id === undefined) return;
    switch (method) {
      case "server/discover":
        if (isModern) return result({ supportedVersions: ["2026-07-28"], capabilities });
        break;
      case "initialize":
        if (isModern) break;
        clientInfo = params["clientInfo"];
        return result({ protocolVersion: "2025-11-25", capabilities, serverInfo: { name: "fake", version: "1" } });
      case "subscriptions/listen":
        subscription = id;
        return wire.push({
          jsonrpc: "2.0",
          method: "notifications/subscriptions/acknowledged",
          params: { notifications: { toolsListChanged: true }, _meta: { "io.modelcontextprotocol/subscriptionId": id } },
        });
      case "tools/list": {
        record("listed");
        if (options.mostLists !== undefined && ++lists > options.mostLists) return;
        const page = Number(params["cursor"] ?? 1);
        return result({ tools, ...(page < pages ? { nextCursor: String(page + 1) } : {}) });
      }
      case "tools/call":
        return call(id, message, wire, result);
    }
    wire.send({ jsonrpc: "2.0", id, error: { code: -32601, message: `Method not found: ${method}` } });
  }

  return { handle, abandon: stopHanging, running: () => hanging.size };
}
