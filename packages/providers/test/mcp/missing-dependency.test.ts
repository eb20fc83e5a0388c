import { join } from "node:path";
import { expect, it } from "vitest";
import { runToEnd } from "./support/servers.ts";

const support = join(import.meta.dirname, "support");

it("without the optional client library, using a source says what to install", async () => {
  const args = ["--conditions=@hydrogenai/source", "--import", join(support, "without-client.ts"), join(support, "use-without-client.ts")];
  const { stdout, stderr } = await runToEnd(args);
  expect({ stdout, stderr }).toEqual({
    stdout: "MISSING_DEPENDENCY tools over MCP need an optional package: npm install @modelcontextprotocol/client@^2.4.0\ndown\n",
    stderr: "",
  });
});
