import { runConformance, toolSourceConformance, type ToolSourceSubject } from "@hydrogenai/core/testing";
import { mcpTools } from "@hydrogenai/providers/mcp";
import { afterAll, beforeAll, describe, it } from "vitest";
import { type FakeHttp, fakeHttp } from "./support/fake-http.ts";
import { type HttpServerProcess, everythingHttp, everythingProcess, fakeProcess } from "./support/servers.ts";

const forFake = {
  echo: { tool: "echo", input: (text: string) => ({ text }), misfit: { text: 1 } },
  fail: { tool: "fail", input: {}, says: "the disk is on fire" },
};

const forEverything = {
  echo: { tool: "echo", input: (message: string) => ({ message }), misfit: { message: 1 } },
  fail: { tool: "get-structured-content", input: { location: "Atlantis" }, says: "Invalid arguments for tool get-structured-content" },
  hang: { tool: "trigger-long-running-operation", input: { duration: 60, steps: 1 } },
};

describe.concurrent("a fake over stdio", () => {
  runConformance(toolSourceConformance, it.concurrent, {
    create(): ToolSourceSubject {
      const { server, happened } = fakeProcess();
      const source = mcpTools(server);
      const count = (what: string): number => happened().filter((each) => each === what).length;
      const hang = { tool: "hang", input: {}, running: () => count("ran hang") - count("cancelled hang") };
      return { source, ...forFake, hang, close: async () => source.close?.() };
    },
  });
});

describe.concurrent("a fake over Streamable HTTP", () => {
  runConformance(toolSourceConformance, it.concurrent, {
    async create(): Promise<ToolSourceSubject> {
      const server: FakeHttp = await fakeHttp();
      const source = mcpTools({ url: server.url });
      const close = async (): Promise<void> => {
        await source.close?.();
        await server.stop();
      };
      return { source, ...forFake, hang: { tool: "hang", input: {}, running: server.running }, close };
    },
  });
});

describe.concurrent("server-everything over stdio", () => {
  runConformance(toolSourceConformance, it.concurrent, {
    create: (): ToolSourceSubject => {
      const source = mcpTools(everythingProcess);
      return { source, ...forEverything, close: async () => source.close?.() };
    },
  });
});

describe.concurrent("server-everything over Streamable HTTP", () => {
  let server: HttpServerProcess;
  beforeAll(async () => {
    server = await everythingHttp();
  });
  afterAll(() => server.kill());

  runConformance(toolSourceConformance, it.concurrent, {
    create: (): ToolSourceSubject => {
      const source = mcpTools({ url: server.url });
      return { source, ...forEverything, close: async () => source.close?.() };
    },
  });
});
