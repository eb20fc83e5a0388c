import { providerConformance, runConformance } from "@hydrogenai/core/testing";
import { describe, it } from "vitest";
import { anthropic } from "../src/anthropic/index.ts";
import { groq } from "../src/groq/index.ts";
import { openaiCompatible } from "../src/openai-compatible/index.ts";
import { openai } from "../src/openai/index.ts";
import { vendorSubject } from "./vendor-subject.ts";
import { chatFormat, messagesFormat } from "./wire-formats.ts";

const apiKey = "sk-planted-secret-0123456789";

describe("openai", () => {
  runConformance(providerConformance, it, {
    create: () => vendorSubject(chatFormat, (url) => openai({ model: "m", apiKey, baseURL: `${url}/v1` })),
  });
});

describe("groq", () => {
  runConformance(providerConformance, it, { create: () => vendorSubject(chatFormat, (url) => groq({ model: "m", apiKey, baseURL: url })) });
});

describe("openai-compatible", () => {
  runConformance(providerConformance, it, {
    create: () => vendorSubject(chatFormat, (url) => openaiCompatible({ name: "local", model: "m", baseURL: `${url}/v1` })),
  });
});

describe("anthropic", () => {
  runConformance(providerConformance, it, {
    create: () => vendorSubject(messagesFormat, (url) => anthropic({ model: "m", apiKey, baseURL: url })),
  });
});
