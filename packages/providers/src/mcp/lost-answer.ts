import type { JSONRPCErrorResponse, RequestId } from "@modelcontextprotocol/client";

/** Why a transport knows that a request in flight will get no answer it can hand on. */
export interface LostAnswer {
  /** `cut`: the answer's connection broke. `too-large`: an answer came and was dropped for its size. */
  readonly kind: "cut" | "too-large";
  readonly reason: string;
}

/** Only what is in here was said by a transport of ours; a server cannot forge it. */
const genuine = new WeakSet<object>();

/** The message by which a transport settles a request that will not be answered. */
export function lostAnswer(id: RequestId, lost: LostAnswer): JSONRPCErrorResponse {
  genuine.add(lost);
  return { jsonrpc: "2.0", id, error: { code: -32_000, message: lost.reason, data: lost } };
}

/** What `lostAnswer` put into an error's `data`; undefined for everything else. */
export function readLostAnswer(data: unknown): LostAnswer | undefined {
  return typeof data === "object" && data !== null && genuine.has(data) ? (data as LostAnswer) : undefined;
}
