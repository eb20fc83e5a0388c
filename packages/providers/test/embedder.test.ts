import { createHash } from "node:crypto";
import { createServer } from "@copilotkit/aimock";
import { embedderConformance, runConformance } from "@hydrogenai/core/testing";
import { afterEach, describe, expect, it } from "vitest";
import { openaiEmbedder } from "../src/openai/index.ts";
import { type VendorServer, vendorServer } from "./vendor-server.ts";
import { sendJson } from "./wire-formats.ts";

const apiKey = "sk-planted-0123456789";
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

/** Eight numbers that say which text they are of, of any length. */
const vectorOf = (text: string): number[] => [...createHash("sha256").update(text).digest().subarray(0, 8)].map((byte) => byte + 1);

async function vendor(reply: (texts: readonly string[]) => object): Promise<VendorServer> {
  const server = await vendorServer((response, { body }) => sendJson(response, 200, reply(body["input"] as string[])));
  closing.push(server.close);
  return server;
}

const embedderOf = ({ url }: VendorServer) => openaiEmbedder({ apiKey, model: "e-1", dimensions: 8, baseURL: `${url}/v1` });

/** As the API may answer: in any order, each with its index. */
const backwards = (texts: readonly string[]) => ({
  data: texts.map((text, index) => ({ object: "embedding", index, embedding: vectorOf(text) })).toReversed(),
});

describe("openaiEmbedder, against a server of our own", () => {
  runConformance(embedderConformance, it, { create: async () => embedderOf(await vendor(backwards)) });

  it("asks for many texts in several requests, in order", async () => {
    const server = await vendor(backwards);
    const texts = Array.from({ length: 600 }, (_, at) => `text ${at}`);
    const vectors = await embedderOf(server).embed(texts);
    expect(server.requests()).toBe(3);
    expect(server.received[0]?.body).toMatchObject({ model: "e-1", dimensions: 8, encoding_format: "float" });
    for (const at of [0, 255, 256, 599]) {
      const expected = vectorOf(texts[at]!);
      const length = Math.hypot(...expected);
      expect([...vectors[at]!].map((value) => value * length)).toEqual(expected.map((value) => expect.closeTo(value, 2)));
    }
  });

  const replies: Readonly<Record<string, object>> = {
    "too few vectors": { data: [{ index: 0, embedding: vectorOf("a") }] },
    "vectors of another length": { data: [0, 1].map((index) => ({ index, embedding: [1, 2, 3] })) },
    "vectors of words": { data: [0, 1].map((index) => ({ index, embedding: Array(8).fill("one") })) },
    "vectors of nothing": { data: [0, 1].map((index) => ({ index, embedding: Array(8).fill(0) })) },
    "something else": [],
  };
  it.each(Object.entries(replies))("refuses %s", async (_what, reply) => {
    await expect(embedderOf(await vendor(() => reply)).embed(["a", "b"])).rejects.toMatchObject({ kind: "malformed", provider: "openai" });
  });

  it("fails as a provider does", async () => {
    const server = await vendorServer((response) => sendJson(response, 429, { error: { message: "no" } }, { "retry-after": "3" }));
    closing.push(server.close);
    await expect(embedderOf(server).embed(["a"])).rejects.toMatchObject({ kind: "rate-limit", retryAfterMs: 3_000, model: "e-1" });
    expect(server.requests()).toBe(1);
  });
});

describe("openaiEmbedder, against a fake nobody here wrote", () => {
  runConformance(embedderConformance, it, {
    async create() {
      const { server, url } = await createServer([], { port: 0, host: "127.0.0.1", logLevel: "silent" });
      closing.push(async () => {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      });
      return openaiEmbedder({ apiKey, baseURL: `${url}/v1` });
    },
  });
});
