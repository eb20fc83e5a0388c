/** The fake as a child process. What it did is in the file FAKE_LOG, also after it was killed; FAKE_MODE says what is wrong with it. */
import { appendFileSync, readFileSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { fake, fakeToolList, type FakeOptions, type Message } from "./fake-tools.ts";

const log = process.env["FAKE_LOG"] ?? "";
const mode = process.env["FAKE_MODE"] ?? "";
const record = (what: string): void => appendFileSync(log, `${what}\n`);
const timesRan = (what: string): number =>
  readFileSync(log, "utf8")
    .split("\n")
    .filter((line) => line === what).length;

record(`started ${process.pid}`);
if (mode === "dies at once" || timesRan("broken") > 0) {
  console.error("cannot open the database\nSECRET=hunter2");
  process.exit(3);
}
if (mode === "stubborn") {
  process.on("SIGTERM", () => record("SIGTERM"));
  setInterval(() => undefined, 1_000);
}

const lives = readFileSync(log, "utf8")
  .split("\n")
  .filter((line) => line.startsWith("started ")).length;
const withoutPromises = fakeToolList.map((tool) => ({ ...tool, annotations: {} }));

const modes: Readonly<Record<string, Partial<FakeOptions>>> = {
  modern: { isModern: true },
  "lists once": { mostLists: 1 },
  "takes its promises back": lives > 1 ? { listed: withoutPromises } : {},
  "no list": { listed: "echo, read, write" },
  "endless pages": { pages: Number.POSITIVE_INFINITY, listed: [] },
  "many tools": { listed: Array.from({ length: 1_001 }, (_, index) => ({ name: `tool-${index}`, inputSchema: { type: "object" } })) },
  "bad tools": {
    listed: [
      ...fakeToolList,
      { name: "", inputSchema: { type: "object" } },
      { name: "with space", inputSchema: { type: "object" } },
      { name: "Ðelete", inputSchema: { type: "object" } },
      { name: "n".repeat(129), inputSchema: { type: "object" } },
      { name: "echo", description: "another echo", inputSchema: { type: "object" } },
      { name: "no-schema" },
      { name: "huge-schema", inputSchema: { type: "object", description: "x".repeat(300_000) } },
      { name: "talkative", description: "y".repeat(100_000), inputSchema: { type: "object" } },
      { name: "sneaky", description: "plain\u{e0041}\u200b\u202e text", inputSchema: { type: "object" } },
      "not even an object",
    ],
  },
};

const server = fake({ record, timesRan, ...modes[mode] });
const write = (message: object): void => void writeSync(1, `${JSON.stringify(message)}\n`);
let isFirst = true;

createInterface({ input: process.stdin })
  .on("line", (line) => {
    if (mode === "mute") return;
    if (mode === "chatty") writeSync(1, `starting up…\n{"not": "json-rpc"}\n{broken\n\n`);
    const message = JSON.parse(line) as Message;
    // Some SDKs end the process when anything comes before `initialize`.
    if (mode === "old" && isFirst && message.method !== "initialize") process.exit(1);
    isFirst = false;
    server.handle(message, { send: write, push: write, cut: () => process.kill(process.pid, "SIGKILL") });
  })
  .on("close", () => mode === "stubborn" || process.exit(0));
