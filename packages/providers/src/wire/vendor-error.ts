import { ProviderError, type ProviderFailure } from "@hydrogenai/core";
import { untilRoomMs } from "./rate-limits.ts";
import { retryAfterMs } from "./retry-after.ts";

/** Whom a call goes to, for its errors. */
export interface Callee {
  readonly provider: string;
  readonly model: string;
  /** Never shown, whoever repeats it. */
  readonly secret: string | undefined;
}

/** What a vendor says about its failure, in the shapes they have in common. */
export interface VendorComplaint {
  readonly status?: number | undefined;
  readonly code?: string | undefined;
  readonly type?: string | undefined;
  readonly message?: string | undefined;
  readonly headers?: Pick<Headers, "get"> | undefined;
}

/** Words that say more than the status; general ones such as `server_error` do not. */
const byCode: Readonly<Record<string, ProviderFailure>> = {
  context_length_exceeded: "context-length",
  exceed_context_size_error: "context-length",
  string_above_max_length: "context-length",
  request_too_large: "context-length",
  content_filter: "content-filter",
  content_policy_violation: "content-filter",
  ResponsibleAIPolicyViolation: "content-filter",
  insufficient_quota: "quota",
  billing_hard_limit_reached: "quota",
  billing_error: "quota",
  rate_limit_exceeded: "rate-limit",
  rate_limit_error: "rate-limit",
  model_not_found: "model-not-found",
  model_decommissioned: "model-not-found",
  not_found_error: "model-not-found",
  invalid_api_key: "auth",
  authentication_error: "auth",
  permission_error: "auth",
  overloaded_error: "overloaded",
  timeout_error: "timeout",
};

const byStatus: Readonly<Record<number, ProviderFailure>> = {
  400: "bad-request",
  401: "auth",
  402: "quota",
  403: "auth",
  404: "model-not-found",
  408: "timeout",
  409: "server",
  413: "context-length",
  422: "bad-request",
  425: "server",
  429: "rate-limit",
  498: "overloaded",
  503: "overloaded",
  529: "overloaded",
};

/** Some vendors say it in words only. */
const tooLong = /prompt is too long|context (?:length|window)|maximum context|too many (?:input )?tokens/i;

function kindOf({ status, code, type, message = "" }: VendorComplaint): ProviderFailure {
  const said = byCode[code ?? ""] ?? byCode[type ?? ""];
  if (said !== undefined) return said;
  // Some put the status into the code of an error inside a reply of 200.
  const number = status ?? (/^\d{3}$/.test(code ?? "") ? Number(code) : undefined);
  if (number === undefined) return "server";
  const kind = byStatus[number];
  if (kind === "bad-request" && tooLong.test(message)) return "context-length";
  if (kind !== undefined) return kind;
  if (number >= 500) return "server";
  return number >= 400 ? "bad-request" : "malformed";
}

const advice: Readonly<Record<ProviderFailure, string>> = {
  "rate-limit": "wait or raise the limit of the account",
  quota: "the account is out of credit: check its plan and billing",
  overloaded: "the vendor has too much to do: try again later",
  server: "the vendor failed: try again later",
  network: "the vendor cannot be reached: check the address and the network",
  timeout: "the vendor is too slow: try again later or raise the time limit",
  malformed: "the reply is not what this vendor's API sends: check the address",
  incomplete: "the answer broke off: try again",
  "context-length": "send less text or use a model with a larger window",
  "model-not-found": "check the name of the model and that the account may use it",
  auth: "check the API key",
  "content-filter": "the vendor refuses this content",
  "bad-request": "the vendor does not accept this request",
  unknown: "see the cause",
};

const final: ReadonlySet<ProviderFailure> = new Set([
  "quota",
  "context-length",
  "model-not-found",
  "auth",
  "content-filter",
  "bad-request",
]);

const maxMessageChars = 300;

/** Characters of a key that give it away: vendors repeat keys in part. */
const pieceChars = 8;

/** Takes out every piece of the secret that is long enough to tell. */
function withoutPieces(text: string, secret: string): string {
  if (secret.length <= pieceChars) return text.replaceAll(secret, "[key]");
  let clean = text.replaceAll(secret, "[key]");
  for (let from = 0; from + pieceChars <= secret.length; from++) {
    const at = clean.indexOf(secret.slice(from, from + pieceChars));
    if (at === -1) continue;
    let chars = pieceChars;
    while (from + chars < secret.length && clean[at + chars] === secret[from + chars]) chars++;
    clean = `${clean.slice(0, at)}[key]${clean.slice(at + chars)}`;
    // The same piece may be there again.
    from--;
  }
  return clean;
}

/** The secret as it stands, in an address, and inside of base64, where it looks different at each of three places. */
function formsOf(secret: string): readonly string[] {
  const inside = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]).toString("base64");
    // Characters at either end are also made of what stands beside the secret.
    return text.slice(Math.ceil((before * 4) / 3), Math.floor(((before + secret.length) * 4) / 3));
  });
  const forms = [secret, encodeURIComponent(secret), ...inside, ...inside.map((text) => text.replaceAll("+", "-").replaceAll("/", "_"))];
  return [...new Set(forms)].filter((form) => form !== "");
}

/** Without the key the call was made with, and without anything that looks like a key. */
function redacted(text: string, secret: string | undefined): string {
  return (secret ? formsOf(secret).reduce(withoutPieces, text) : text)
    .replace(/\b(?:sk|gsk|pk|rk|xai)[-_][\w*-]{6,}/g, "[key]")
    .replace(/\b(Bearer|Basic)\s+[\w.~+/=-]{6,}/gi, "$1 [key]")
    .slice(0, maxMessageChars);
}

/** A failure as a `ProviderError` that names vendor, model and what to do. */
export function vendorError(
  callee: Callee,
  kind: ProviderFailure,
  what: string,
  complaint: VendorComplaint = {},
  cause?: unknown,
  details?: Readonly<Record<string, unknown>>,
): ProviderError {
  const { status, headers } = complaint;
  const { provider, model, secret } = callee;
  const requestId = headers?.get("x-request-id") ?? headers?.get("request-id") ?? null;
  const message = redacted(what.replace(/\s+/g, " ").trim(), secret);
  return new ProviderError(`${provider} (${model}): ${message}; ${advice[kind]}`, {
    provider,
    model,
    kind,
    retryable: !final.has(kind),
    status,
    retryAfterMs: headers === undefined ? undefined : (retryAfterMs(headers) ?? (kind === "rate-limit" ? untilRoomMs(headers) : undefined)),
    requestId: requestId === null ? undefined : redacted(requestId, secret),
    cause,
    details,
  });
}

/** What the vendor complained about, as a `ProviderError` of the kind its code or status means. */
export function complaintError(callee: Callee, complaint: VendorComplaint): ProviderError {
  const { status, message } = complaint;
  const what = `${status === undefined ? "failed" : `answered ${status}`}${message === undefined ? "" : `: ${message}`}`;
  return vendorError(callee, kindOf(complaint), what, complaint);
}
