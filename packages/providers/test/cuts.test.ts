// A streamed reply that stops after any number of its bytes: what was seen is a beginning of the text, and only the whole text is a success.
import { type Provider, isProviderError } from "@hydrogenai/core";
import { describe, expect, it } from "vitest";
import { asLanguageModel, fromAiSdk } from "../src/ai-sdk/index.ts";
import { anthropic } from "../src/anthropic/index.ts";
import { groq } from "../src/groq/index.ts";
import { openai } from "../src/openai/index.ts";
import { vendorServer } from "./vendor-server.ts";
import { type WireFormat, beginEvents, chatFormat, messagesFormat, sse } from "./wire-formats.ts";

const apiKey = "sk-planted-0123456789";
const text = "Grüße, 世界 🌍!";
const reply = { text, model: "m", inputTokens: 3, outputTokens: 9, finish: "stop" } as const;

const makers: Readonly<Record<string, readonly [WireFormat, (url: string) => Provider]>> = {
  openai: [chatFormat, (url) => openai({ model: "m", apiKey, baseURL: `${url}/v1` })],
  groq: [chatFormat, (url) => groq({ model: "m", apiKey, baseURL: url })],
  anthropic: [messagesFormat, (url) => anthropic({ model: "m", apiKey, baseURL: url })],
  "fromAiSdk(asLanguageModel(anthropic))": [
    messagesFormat,
    (url) => fromAiSdk(asLanguageModel(anthropic({ model: "m", apiKey, baseURL: url }))),
  ],
};

interface Seen {
  readonly text: string;
  readonly ended: "finish" | "nothing" | Error;
}

async function read(provider: Provider, cut: string): Promise<Seen> {
  let seen = "";
  let ended: Seen["ended"] = "nothing";
  try {
    for await (const event of provider.stream({ messages: [{ role: "user", content: cut }] })) {
      if (event.type === "text-delta") seen += event.text;
      if (event.type === "finish") ended = "finish";
    }
  } catch (error) {
    if (!isProviderError(error)) throw error;
    ended = error;
  }
  return { text: seen, ended };
}

describe.each(Object.entries(makers))("%s", (_name, [format, make]) => {
  it.each(["ends", "is reset"])("the connection %s after any byte", { timeout: 60_000 }, async (how) => {
    const bytes = Buffer.from(format.events(reply).map(sse).join(""));
    await using server = await vendorServer((response, { prompt }) => {
      beginEvents(response).write(bytes.subarray(0, Number(prompt)), () => {
        if (how === "ends") response.end();
        else setImmediate(() => response.socket?.resetAndDestroy());
      });
    });
    const provider = make(server.url);
    let successes = 0;
    for (let at = 1; at <= bytes.length; at += 3) {
      const { text: seen, ended } = await read(provider, String(at));
      expect(text.startsWith(seen), `after ${at} bytes: ${seen}`).toBe(true);
      if (ended === "finish") {
        successes++;
        expect(seen, `a success after ${at} bytes`).toBe(text);
      } else expect(ended, `after ${at} bytes`).toMatchObject({ retryable: true });
    }
    // What is on its way when a connection is reset may be lost.
    if (how === "ends") expect((await read(provider, String(bytes.length))).ended).toBe("finish");
    expect(successes).toBeLessThan(bytes.length / 6);
  });
});
