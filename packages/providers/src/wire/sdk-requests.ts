import type { Send } from "./vendor-call.ts";
import { type VendorInit, endedBy, vendorFetch, vendorRequest } from "./vendor-fetch.ts";

/** Where an SDK sends its requests of one kind, and with which headers. */
interface Address {
  readonly url: string;
  /** Names and values in turns. */
  readonly headers: readonly string[];
}

/** An answer that is no success, with what the vendor said, as the SDKs throw it. */
async function refusal(reply: Response): Promise<Error> {
  const text = await reply.text();
  let error: unknown;
  try {
    error = JSON.parse(text);
  } catch {
    error = undefined;
  }
  return Object.assign(new Error(`status ${reply.status}`), { status: reply.status, headers: reply.headers, error });
}

/**
 * Requests as an official SDK makes them. Its first request of each kind, streamed or not, goes through the SDK; it says where to, with which
 * headers and key. From then on only the body differs, and it is sent as it is: building the same headers anew for every call costs an SDK as
 * much as the call itself. `connect` makes the client with the `fetch` it is given and answers how to send.
 */
export async function sdkRequests(
  connect: (sdkFetch: typeof vendorFetch) => Promise<(body: object, options: ReturnType<typeof endedBy>) => Promise<Response>>,
): Promise<Send> {
  const known = new Map<boolean, Address>();

  async function learn(input: unknown, init: VendorInit = {}): Promise<Response> {
    const headers = [...(init.headers as Iterable<readonly [string, string]>)].flat();
    // The body is text that this package handed to the SDK as an object.
    const streamed = typeof init.body === "string" && isStreamed(JSON.parse(init.body) as object);
    known.set(streamed, { url: String(input), headers });
    return vendorFetch(input, init);
  }

  const throughSdk = await connect(learn);
  return async (body, signal) => {
    const address = known.get(isStreamed(body));
    if (address === undefined) return throughSdk(body, endedBy(signal));
    const reply = await vendorRequest(address.url, "POST", address.headers, JSON.stringify(body), signal);
    if (!reply.ok) throw await refusal(reply);
    return reply;
  };
}

const isStreamed = (body: object): boolean => "stream" in body && body.stream === true;
