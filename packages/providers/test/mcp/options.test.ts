import { mcpTools, type McpToolsOptions } from "@hydrogenai/providers/mcp";
import { describe, expect, it } from "vitest";

const program = { command: "server" };

describe("mcpTools refuses", () => {
  it.each<[string, unknown, string]>([
    ["no server", {}, "give exactly one of url, command and transport"],
    ["two servers", { url: "http://127.0.0.1/mcp", command: "server" }, "not url and command"],
    ["an empty command", { command: "" }, "command must be"],
    ["what is no URL", { url: "not a url" }, "url is not a URL"],
    ["a URL of another kind", { url: "file:///etc/passwd" }, "url must be http: or https:, not file:"],
    ["code for a URL", { url: "javascript:alert(1)" }, "not javascript:"],
    ["credentials in a URL", { url: "http://user:hunter2@127.0.0.1/mcp" }, "give them in headers"],
    [
      "a header that cannot be sent",
      { url: "http://127.0.0.1/mcp", headers: { authorization: "hunter2\nx: y" } },
      'the header "authorization"',
    ],
    ["a timeout of nothing", { ...program, callTimeoutMs: 0 }, "callTimeoutMs must be a whole number from 1 to 2147483647, not 0"],
    ["a timeout no timer can hold", { ...program, connectTimeoutMs: 2 ** 31 }, "connectTimeoutMs must be"],
    ["a limit that is no number", { ...program, maxResultBytes: "8 MB" }, "maxResultBytes must be"],
    ["a name for which no tool could be called", { ...program, name: "my server" }, "name must be"],
  ])("%s", (_what, options, message) => {
    const make = (): unknown => mcpTools(options as McpToolsOptions);
    expect(make).toThrow(expect.objectContaining({ code: "CONFIG_INVALID", message: expect.stringContaining(message) }));
    expect(make).not.toThrow(/hunter2/);
  });
});

it.each<[McpToolsOptions, string]>([
  [{ url: "https://tools.example.com:8443/mcp" }, "tools.example.com-8443"],
  [{ command: "/usr/local/bin/some-server" }, "some-server"],
  [{ ...program, name: "mine" }, "mine"],
])("names the source of %j %s", (options, name) => {
  expect(mcpTools(options).name).toBe(name);
});

it("does nothing until it is used", () => {
  const source = mcpTools({ command: "/no/such/program" });
  expect(source.health?.()).toEqual({ status: "degraded", detail: "not connected yet" });
});
