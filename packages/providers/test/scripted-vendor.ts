import { type ChatCompletionRequest, type FixtureResponse, createServer } from "@copilotkit/aimock";

/** A vendor over HTTP that nobody here wrote, whose replies a test writes. */
export interface ScriptedVendor extends AsyncDisposable {
  readonly url: string;
  /** Every request it was sent, the oldest first. */
  readonly asked: readonly ChatCompletionRequest[];
  /** Breaks every connection, and takes no new one. */
  readonly die: () => Promise<void>;
}

export async function scriptedVendor(
  reply: (request: ChatCompletionRequest) => FixtureResponse | Promise<FixtureResponse>,
): Promise<ScriptedVendor> {
  const asked: ChatCompletionRequest[] = [];
  const response = (request: ChatCompletionRequest): FixtureResponse | Promise<FixtureResponse> => {
    asked.push(request);
    return reply(request);
  };
  const { server, url } = await createServer([{ match: {}, response }], { port: 0, host: "127.0.0.1", logLevel: "silent" });
  let dead: Promise<void> | undefined;
  const die = (): Promise<void> =>
    (dead ??= new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }));
  return { url, asked, die, [Symbol.asyncDispose]: die };
}
