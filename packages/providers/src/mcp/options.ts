import { OrchestratorError } from "@hydrogenai/core";

/** The `_meta` field under which a server finds a call's idempotency key. */
export const idempotencyMetaKey = "hydrogenai/idempotencyKey";

/** The least a transport of another kind must have; every transport of `@modelcontextprotocol/client` has it. */
export interface McpTransport {
  start(): Promise<void>;
  send(message: unknown, options?: unknown): Promise<void>;
  close(): Promise<void>;
}

/** A server reached over Streamable HTTP. */
export interface McpHttpServer {
  /** `http:` or `https:`, without credentials in it. Redirects to another origin are not followed. */
  readonly url: string | URL;
  /** Sent with every request, for example `authorization`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** A server started as a child process and spoken to over its standard input and output. */
export interface McpProcessServer {
  /** The program, found on `PATH`; no shell is involved. */
  readonly command: string;
  readonly args?: readonly string[] | undefined;
  /** Added to the few variables a process needs (`PATH`, `HOME` …); nothing else of this process's environment is passed on. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** @default the working directory of this process */
  readonly cwd?: string | undefined;
}

/** A server reached over a transport of the caller's, for example `InMemoryTransport`. */
export interface McpTransportServer {
  /** Answers a new transport, not started yet, for each connection. */
  readonly transport: () => McpTransport | Promise<McpTransport>;
}

export interface McpLimits {
  /** Names the source in messages, health and tool names that clash. @default the host of the url, the file name of the command, or "mcp" */
  readonly name?: string | undefined;
  /** Milliseconds until a connection stands and its tools are listed. Raise it for `npx -y`, which may install first. @default 15_000 */
  readonly connectTimeoutMs?: number | undefined;
  /** Milliseconds a server that was up gets to come back, tried again and again, before callers are told that it is gone. @default 5_000 */
  readonly restartTimeoutMs?: number | undefined;
  /** Milliseconds for one call of a tool, a reconnect included. @default 30_000 */
  readonly callTimeoutMs?: number | undefined;
  /** Milliseconds `close` gives a server to end by itself; then its process is killed. @default 2_000 */
  readonly closeTimeoutMs?: number | undefined;
  /** Bytes of one result as JSON; a larger one is a failure of the tool. @default 8_388_608 */
  readonly maxResultBytes?: number | undefined;
  /** Tools one server may list; more is an error. @default 1_000 */
  readonly maxTools?: number | undefined;
}

export type McpToolsOptions = McpLimits & (McpHttpServer | McpProcessServer | McpTransportServer);

/** Options with every default filled in and every value checked. */
export interface McpSettings extends Required<{ [Name in keyof McpLimits]: Exclude<McpLimits[Name], undefined> }> {
  readonly server:
    | { readonly kind: "http"; readonly url: URL; readonly headers: Readonly<Record<string, string>> }
    | ({ readonly kind: "process" } & McpProcessServer)
    | ({ readonly kind: "transport" } & McpTransportServer);
}

const invalid = (what: string, cause?: unknown): OrchestratorError =>
  new OrchestratorError("CONFIG_INVALID", `mcpTools: ${what}`, { cause });

const longestTimerMs = 2 ** 31 - 1;

function wholeNumber(name: string, value: number | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  if (Number.isInteger(value) && value >= 1 && value <= longestTimerMs) return value;
  throw invalid(`${name} must be a whole number from 1 to ${longestTimerMs}, not ${String(value)}`);
}

function httpServer({ url, headers = {} }: McpHttpServer): McpSettings["server"] {
  const parsed = URL.parse(String(url));
  if (parsed === null) throw invalid("url is not a URL");
  if (parsed.protocol !== "http:" && parsed.protocol !== "https:") throw invalid(`url must be http: or https:, not ${parsed.protocol}`);
  if (parsed.username !== "" || parsed.password !== "") throw invalid("url must not hold credentials; give them in headers");
  for (const [name, value] of Object.entries(headers)) {
    try {
      new Headers().set(name, value);
    } catch {
      // No cause: its message repeats the value, which may be a secret.
      throw invalid(`the header ${JSON.stringify(name)} cannot be sent`);
    }
  }
  return { kind: "http", url: parsed, headers };
}

function serverOf(options: McpToolsOptions): McpSettings["server"] {
  const given = ["url", "command", "transport"].filter((key) => key in options && options[key as keyof McpToolsOptions] !== undefined);
  if (given.length !== 1)
    throw invalid(`give exactly one of url, command and transport${given.length > 1 ? `, not ${given.join(" and ")}` : ""}`);
  if ("url" in options) return httpServer(options);
  if ("transport" in options) return { kind: "transport", transport: options.transport };
  if (typeof options.command !== "string" || options.command === "") throw invalid("command must be the name or path of a program");
  return { kind: "process", command: options.command, args: options.args, env: options.env, cwd: options.cwd };
}

function defaultName(server: McpSettings["server"]): string {
  if (server.kind === "http") return server.url.host;
  if (server.kind === "process") return server.command.split(/[\\/]/).at(-1) ?? "mcp";
  return "mcp";
}

/** Checks the options and fills in defaults; throws `CONFIG_INVALID` with what is wrong. */
export function readOptions(options: McpToolsOptions): McpSettings {
  const server = serverOf(options);
  const name =
    options.name ??
    defaultName(server)
      .replaceAll(/[^\w.-]/g, "-")
      .slice(0, 64);
  if (!/^[\w.-]{1,64}$/.test(name))
    throw invalid(`name must be 1 to 64 ASCII letters, digits, "_", "-" or ".", not ${JSON.stringify(name)}`);
  return {
    name,
    server,
    connectTimeoutMs: wholeNumber("connectTimeoutMs", options.connectTimeoutMs, 15_000),
    restartTimeoutMs: wholeNumber("restartTimeoutMs", options.restartTimeoutMs, 5_000),
    callTimeoutMs: wholeNumber("callTimeoutMs", options.callTimeoutMs, 30_000),
    closeTimeoutMs: wholeNumber("closeTimeoutMs", options.closeTimeoutMs, 2_000),
    maxResultBytes: wholeNumber("maxResultBytes", options.maxResultBytes, 8 * 1024 * 1024),
    maxTools: wholeNumber("maxTools", options.maxTools, 1_000),
  };
}
