// Ways to ask the same vendor the same question. Each answers the text, so that nobody gets away with not reading it.
import { createOpenAI } from "@ai-sdk/openai";
import { failover } from "@hydrogenai/core";
import { openai } from "@hydrogenai/providers/openai";
import { ChatOpenAI } from "@langchain/openai";
import { generateText, streamText } from "ai";
import OpenAI from "openai";
import { Pool } from "undici";

export interface Client {
  readonly name: string;
  readonly whole: () => Promise<string>;
  readonly streamed: () => Promise<string>;
}

const apiKey = "sk-bench";
const content = "Say a hundred words.";
const messages = [{ role: "user", content }] as const;

/** The least code that does the same: one undici pool, the body as JSON, events cut by hand. */
function bare(url: string): Client {
  const pool = new Pool(new URL(url).origin, { connections: 64 });
  const ask = (stream: boolean) =>
    pool.request({
      method: "POST",
      path: "/v1/chat/completions",
      headers: { "content-type": "application/json", authorization: `Bearer ${apiKey}` },
      body: JSON.stringify({ model: "m", messages, ...(stream && { stream, stream_options: { include_usage: true } }) }),
    });
  return {
    name: "undici",
    async whole() {
      const { body } = await ask(false);
      const json = (await body.json()) as { choices: { message: { content: string } }[] };
      return json.choices[0]!.message.content;
    },
    async streamed() {
      const { body } = await ask(true);
      const decoder = new TextDecoder();
      let text = "";
      let rest = "";
      for await (const bytes of body) {
        rest += decoder.decode(bytes as Uint8Array, { stream: true });
        let from = 0;
        for (let end = rest.indexOf("\n\n"); end !== -1; end = rest.indexOf("\n\n", from)) {
          const data = rest.slice(from + 6, end);
          from = end + 2;
          if (data === "[DONE]") continue;
          const chunk = JSON.parse(data) as { choices: { delta: { content?: string } }[] };
          text += chunk.choices[0]?.delta.content ?? "";
        }
        rest = rest.slice(from);
      }
      return text;
    },
  };
}

function ours(url: string, name: string, wrap: (provider: ReturnType<typeof openai>) => ReturnType<typeof openai>): Client {
  const provider = wrap(openai({ apiKey, model: "m", baseURL: `${url}/v1` }));
  return {
    name,
    whole: async () => (await provider.generate({ messages })).text,
    async streamed() {
      let text = "";
      for await (const event of provider.stream({ messages })) if (event.type === "text-delta") text += event.text;
      return text;
    },
  };
}

function openaiSdk(url: string): Client {
  const client = new OpenAI({ apiKey, baseURL: `${url}/v1`, maxRetries: 0 });
  return {
    name: "openai",
    whole: async () => (await client.chat.completions.create({ model: "m", messages: [...messages] })).choices[0]!.message.content!,
    async streamed() {
      let text = "";
      const stream = await client.chat.completions.create({
        model: "m",
        messages: [...messages],
        stream: true,
        stream_options: { include_usage: true },
      });
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
      return text;
    },
  };
}

function aiSdk(url: string): Client {
  const model = createOpenAI({ apiKey, baseURL: `${url}/v1` }).chat("m");
  return {
    name: "AI SDK",
    whole: async () => (await generateText({ model, prompt: content, maxRetries: 0 })).text,
    async streamed() {
      let text = "";
      for await (const piece of streamText({ model, prompt: content, maxRetries: 0 }).textStream) text += piece;
      return text;
    },
  };
}

function langchain(url: string): Client {
  const model = new ChatOpenAI({ apiKey, model: "m", maxRetries: 0, configuration: { baseURL: `${url}/v1` } });
  return {
    name: "LangChain",
    whole: async () => String((await model.invoke(content)).content),
    async streamed() {
      let text = "";
      for await (const chunk of await model.stream(content)) text += String(chunk.content);
      return text;
    },
  };
}

/** The first is what the others are measured by. */
export const clients = (url: string): readonly Client[] => [
  bare(url),
  ours(url, "ours", (provider) => provider),
  ours(url, "ours, failover (streams)", (provider) => failover([provider])),
  openaiSdk(url),
  aiSdk(url),
  langchain(url),
];
