// A state store of your own: `node --conditions=@hydrogenai/source examples/custom-adapter/main.ts`
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createOrchestrator, defineProvider } from "@hydrogenai/core";
import { sqliteStateStore } from "./sqlite-state-store.ts";

const folder = mkdtempSync(join(tmpdir(), "custom-adapter-"));
const file = join(folder, "state.sqlite");
const listener = defineProvider({
  name: "listener",
  generate: async ({ messages }) => {
    const turns = messages.filter(({ role }) => role === "user").length;
    return {
      text: `I heard you ${turns} times.`,
      toolCalls: [],
      finishReason: "stop",
      usage: { inputTokens: 0, outputTokens: 0 },
      model: "l1",
    };
  },
});
const open = () => createOrchestrator({ providers: [listener], state: sqliteStateStore(file) });

let answer: string;
let sessionId: string;
{
  await using orchestrator = open();
  sessionId = await orchestrator.createSession();
  answer = (await orchestrator.query({ text: "Do you hear me?", sessionId })).text;
  console.log(answer);
}
{
  // Another process would find the session just the same: it is in the file.
  await using orchestrator = open();
  const next = await orchestrator.query({ text: "And now?", sessionId });
  console.log(next.text);
  if (next.degraded.length > 0 || next.text === answer) process.exitCode = 1;
}
rmSync(folder, { recursive: true });
