import { describe, expect, it } from "vitest";
import type { Tool } from "../../src/index.ts";
import { matchTool } from "../../src/workflows/tool.ts";

const tool = (name: string, description: string): Tool => ({
  name,
  description,
  inputSchema: { type: "object" },
  readOnly: true,
  idempotent: true,
  execute: async () => null,
});

const tools = [
  tool("clear-cache", "Forgets everything this server has cached."),
  tool("clear-logs", "Empties the log files."),
  tool("server-status", "How the server is doing: uptime, memory, connections."),
  tool("db-stats", "Sizes of the database."),
  tool("listCollections", "Names of the collections."),
];

describe("matchTool", () => {
  it.each([
    ["clear the cache", "clear-cache"],
    ["Please clear the caches!", "clear-cache"],
    ["what is the server status", "server-status"],
    ["list collections", "listCollections"],
  ])("finds the tool of %s", (order, name) => {
    expect(matchTool(order, tools)?.name).toBe(name);
  });

  it.each(["clear", "make me a sandwich", "cache", "", "delete everything in the cache server logs database"])(
    "finds none for %j",
    (order) => {
      expect(matchTool(order, tools)).toBeUndefined();
    },
  );

  it("does not choose between two that fit alike", () => {
    expect(matchTool("clear the cache", [tool("clear-cache", "A"), tool("cache.clear", "B")])).toBeUndefined();
  });
});
