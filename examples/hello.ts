// The whole library in memory, with no key and no server: `node --conditions=@hydrogenai/source examples/hello.ts`
import { createOrchestrator, defineProvider } from "@hydrogenai/core";

const shout = defineProvider({
  name: "shout",
  async *stream({ messages }) {
    const question = messages.at(-1)?.content;
    yield { type: "text-delta", text: `YOU SAID: ${typeof question === "string" ? question.toUpperCase() : ""}` };
    yield { type: "finish", reason: "stop", usage: { inputTokens: 3, outputTokens: 3 }, model: "shout-1" };
  },
});

await using orchestrator = createOrchestrator({ providers: [shout] });

const result = await orchestrator.query("Why is the sky blue?");
console.log(result.text);

const again = await orchestrator.query("Why is the sky blue?");
console.log(`asked again: from the ${again.cached} cache`);

for await (const event of orchestrator.stream("What is an orchestrator?")) console.log(event.type);

if (result.text !== "YOU SAID: WHY IS THE SKY BLUE?" || again.cached !== "exact") process.exitCode = 1;
