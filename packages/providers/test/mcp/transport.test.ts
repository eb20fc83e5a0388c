import { InMemoryTransport } from "@modelcontextprotocol/client";
import { expect, it } from "vitest";
import { fake, type Message } from "./support/fake-tools.ts";
import { callTool, connect } from "./support/servers.ts";

/** The fake at the other end of a pair of transports in this process. */
async function inProcess(ran: string[]): Promise<InMemoryTransport> {
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  const server = fake({ record: (what) => ran.push(what), timesRan: (what) => ran.filter((each) => each === what).length });
  const send = (message: object): void => void theirs.send(message as never);
  Object.assign(theirs, {
    onmessage: (message: Message) => server.handle(message, { send, push: send, cut: () => void theirs.close() }),
  });
  await theirs.start();
  return ours;
}

it("a transport of the caller's is made anew for each connection", async () => {
  const ran: string[] = [];
  let made = 0;
  await using source = connect({ transport: () => (made++, inProcess(ran)), name: "in-process" });
  expect(await callTool(source, "echo", { text: "hi" })).toEqual({ text: "hi" });
  expect(await callTool(source, "read", { key: "a", afterwards: "cut" })).toBe("read done");
  expect(made).toBe(2);
  expect(ran.filter((each) => each.startsWith("ran"))).toEqual(["ran read a", "ran read a"]);
});

it("a transport that cannot be made is a server that cannot be reached", async () => {
  await using source = connect({ transport: () => Promise.reject(new Error("no such thing")) });
  await expect(source.tools()).rejects.toMatchObject({ code: "TOOL_FAILED", message: expect.stringContaining("no such thing") });
});
