import { z } from "zod";
import { OrchestratorError } from "../errors.ts";

/** The environment gives texts only; an empty one counts as absent. */
const text = z
  .string()
  .transform((value) => value.trim() || undefined)
  .optional();
const whole = (min: number, max: number) =>
  text.transform((value, context) => {
    if (value === undefined) return undefined;
    const number = Number(value);
    if (Number.isInteger(number) && number >= min && number <= max) return number;
    context.issues.push({ code: "custom", message: `must be a whole number from ${min} to ${max}`, input: value });
    return z.NEVER;
  });
const address = (...schemes: readonly string[]) =>
  text.transform((value, context) => {
    if (value === undefined || schemes.some((scheme) => value.startsWith(`${scheme}://`) && URL.canParse(value))) return value;
    // The value itself may hold a password, so it is not repeated.
    context.issues.push({ code: "custom", message: `must be an address starting with ${schemes.join(":// or ")}://`, input: undefined });
    return z.NEVER;
  });
/** No coercion: of texts, only these two pairs mean yes and no. */
const flag = text.transform((value, context) => {
  if (value === undefined) return undefined;
  if (value === "true" || value === "1") return true;
  if (value === "false" || value === "0") return false;
  context.issues.push({ code: "custom", message: "must be true or false", input: value });
  return z.NEVER;
});

const secondsPerYear = 31_536_000;

const schema = z.object({
  HOST: text,
  PORT: whole(0, 65_535),
  LOG_LEVEL: z
    .enum(["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL", "SILENT", "trace", "debug", "info", "warn", "error", "fatal", "silent"])
    .optional(),
  MCP_SERVER_URL: address("http", "https"),
  REDIS_URL: address("redis", "rediss"),
  NATS_URL: address("nats", "tls"),
  MONGO_URI: address("mongodb", "mongodb+srv"),
  DATA_DIR: text,
  CONFIG_DIR: text,
  ALLOW_WRITES: flag,
  GROQ_API_KEY: text,
  GROQ_MODEL_NAME: text,
  OPENAI_API_KEY: text,
  OPENAI_MODEL_NAME: text,
  ANTHROPIC_API_KEY: text,
  ANTHROPIC_MODEL_NAME: text,
  QUERY_TIMEOUT: whole(1, 86_400),
  RESULT_CACHE_TTL: whole(0, secondsPerYear),
  SCHEMA_CACHE_TTL: whole(0, secondsPerYear),
  WARM_PER_HOUR: whole(0, 100_000),
  WARM_CENTS_PER_HOUR: whole(1, 1_000_000),
  APPROVAL_KEY: text,
});

/** A model vendor with its key. */
export interface VendorSettings {
  readonly apiKey: string;
  readonly model?: string | undefined;
}

/** The documented environment as typed settings; what was not set is absent, and durations are in milliseconds. */
export interface ServiceSettings {
  /** @default "127.0.0.1" */
  readonly host: string;
  /** @default 8000; 0 takes a free port */
  readonly port: number;
  /** @default "info" */
  readonly logLevel: string;
  readonly mcpServerUrl?: string | undefined;
  readonly redisUrl?: string | undefined;
  readonly natsUrl?: string | undefined;
  readonly mongoUri?: string | undefined;
  /** A folder of JSON, NDJSON or CSV files to serve instead of the sample data. */
  readonly dataDir?: string | undefined;
  /** A folder with `workflows/` and `agents/` of YAML files instead of the service's own. */
  readonly configDir?: string | undefined;
  /** Whether the embedded data tools may change data. @default false */
  readonly allowWrites: boolean;
  readonly groq?: VendorSettings | undefined;
  readonly openai?: VendorSettings | undefined;
  readonly anthropic?: VendorSettings | undefined;
  /** @default 30000 */
  readonly queryTimeoutMs?: number | undefined;
  readonly resultTtlMs?: number | undefined;
  readonly schemaTtlMs?: number | undefined;
  /** Answers that may be made unasked within an hour, and dollars they may cost; absent for none. */
  readonly warming?: { readonly maxPerHour: number; readonly maxUsdPerHour: number } | undefined;
  /** Signs approvals; with it, tools that change something wait for one. */
  readonly approvalKey?: string | undefined;
}

const milliseconds = (seconds: number | undefined): number | undefined => (seconds === undefined ? undefined : seconds * 1000);

const vendor = (apiKey: string | undefined, model: string | undefined): VendorSettings | undefined =>
  apiKey === undefined ? undefined : { apiKey, model };

const warming = (maxPerHour: number | undefined, cents = 10): ServiceSettings["warming"] =>
  maxPerHour === undefined || maxPerHour === 0 ? undefined : { maxPerHour, maxUsdPerHour: cents / 100 };

/** Reads the documented variables from a plain record. Throws `CONFIG_INVALID` naming every variable that is wrong, never its value. */
export function configFromEnv(env: Readonly<Record<string, string | undefined>>): ServiceSettings {
  const parsed = schema.safeParse(env);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${path.join(".")} ${message}`);
    throw new OrchestratorError("CONFIG_INVALID", `the environment is wrong: ${problems.join("; ")}`, { details: { problems } });
  }
  const { data } = parsed;
  return {
    host: data.HOST ?? "127.0.0.1",
    port: data.PORT ?? 8000,
    logLevel: (data.LOG_LEVEL ?? "info").toLowerCase(),
    mcpServerUrl: data.MCP_SERVER_URL,
    redisUrl: data.REDIS_URL,
    natsUrl: data.NATS_URL,
    mongoUri: data.MONGO_URI,
    dataDir: data.DATA_DIR,
    configDir: data.CONFIG_DIR,
    allowWrites: data.ALLOW_WRITES ?? false,
    groq: vendor(data.GROQ_API_KEY, data.GROQ_MODEL_NAME),
    openai: vendor(data.OPENAI_API_KEY, data.OPENAI_MODEL_NAME),
    anthropic: vendor(data.ANTHROPIC_API_KEY, data.ANTHROPIC_MODEL_NAME),
    queryTimeoutMs: milliseconds(data.QUERY_TIMEOUT),
    resultTtlMs: milliseconds(data.RESULT_CACHE_TTL),
    schemaTtlMs: milliseconds(data.SCHEMA_CACHE_TTL),
    warming: warming(data.WARM_PER_HOUR, data.WARM_CENTS_PER_HOUR),
    approvalKey: data.APPROVAL_KEY,
  };
}
