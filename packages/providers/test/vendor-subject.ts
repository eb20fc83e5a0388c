import type { Provider } from "@hydrogenai/core";
import type { ProviderSituation, ProviderSubject } from "@hydrogenai/core/testing";
import { type Answer, vendorServer } from "./vendor-server.ts";
import { type Reply, type WireFormat, beginEvents, sendJson, sse } from "./wire-formats.ts";

const codes = {
  400: "invalid_request_error",
  401: "authentication_error",
  429: "rate_limit_error",
  500: "api_error",
  503: "overloaded_error",
} as const;

const replyFor = (situation: Extract<ProviderSituation, { kind: "answer" | "tool-call" }>): Reply =>
  situation.kind === "answer"
    ? { ...situation, ...situation.usage, finish: situation.finishReason }
    : { text: "", model: "m", inputTokens: 3, outputTokens: 3, finish: "tool-calls", tool: situation };

const answering =
  (format: WireFormat, situations: ReadonlyMap<string, ProviderSituation>): Answer =>
  (response, { prompt, body }) => {
    const situation = situations.get(prompt);
    if (situation === undefined) return sendJson(response, 400, format.error(`nothing for ${prompt}`, "invalid_request_error"));
    if (situation.kind === "failure") return sendJson(response, situation.status, format.error("no", codes[situation.status]));
    const streamed = body["stream"] === true;
    if (situation.kind === "answer" || situation.kind === "tool-call") {
      const reply = replyFor(situation);
      if (!streamed) return sendJson(response, 200, format.json(reply));
      response.on("error", () => {});
      for (const event of format.events(reply)) beginOnce(response).write(sse(event));
      response.end();
      return;
    }
    if (streamed) for (const event of format.begun(situation.text)) beginOnce(response).write(sse(event));
    else response.writeHead(200, { "content-type": "application/json" }).write('{"id":"1","choi');
    if (situation.kind === "cut") setImmediate(() => response.destroy());
  };

const beginOnce = (response: Parameters<Answer>[0]): typeof response => (response.headersSent ? response : beginEvents(response));

/** A provider beside a vendor on loopback that does what the kit asks for, in this format. */
export async function vendorSubject(format: WireFormat, make: (url: string) => Provider): Promise<ProviderSubject> {
  const situations = new Map<string, ProviderSituation>();
  const server = await vendorServer(answering(format, situations));
  return {
    provider: make(server.url),
    when: (prompt, situation) => void situations.set(prompt, situation),
    requests: server.requests,
    open: server.open,
    close: server.close,
  };
}
