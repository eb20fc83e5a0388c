import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

/** Names of the installed packages that importing an entry point loads, in a process of its own. */
function packagesLoadedBy(specifier: string): string[] {
  const code = `
    import { registerHooks } from "node:module";
    const loaded = new Set();
    registerHooks({ resolve(specifier, context, next) {
      const resolved = next(specifier, context);
      const name = /.*node_modules\\/((?:@[^/]+\\/)?[^/]+)/.exec(resolved.url)?.[1];
      if (name) loaded.add(name);
      return resolved;
    } });
    await import(${JSON.stringify(specifier)});
    console.log(JSON.stringify([...loaded]));`;
  const cwd = join(import.meta.dirname, "..", "examples", "server");
  const output = execFileSync("node", ["--conditions=@hydrogenai/source", "--no-warnings", "--input-type=module", "-e", code], {
    cwd,
    encoding: "utf8",
  });
  return (JSON.parse(output) as string[]).sort();
}

describe("what an import costs", () => {
  it("sees a package that is loaded", () => {
    expect(packagesLoadedBy("@hydrogenai/core/config")).toContain("zod");
  });
  it("loads no zod, yaml or SDK with the core", () => {
    const allowed = new Set(["cockatiel", "eventemitter3"]);
    expect(packagesLoadedBy("@hydrogenai/core").filter((name) => !allowed.has(name))).toEqual([]);
  });
  it("loads no SDK with the MCP tools before they are used", () => {
    expect(
      packagesLoadedBy("@hydrogenai/providers/mcp").filter((name) => name.startsWith("@modelcontextprotocol") || name === "zod"),
    ).toEqual([]);
  });
});
