/** A program that uses a server as a process and one over HTTP, closes both, and ends only if nothing is left that keeps it running. */
import { mcpTools } from "@hydrogenai/providers/mcp";

const [everything = "", url = ""] = process.argv.slice(2);
const sources = [mcpTools({ command: process.execPath, args: [everything] }), mcpTools({ url })];
for (const source of sources) {
  const tools = await source.tools();
  await tools.find(({ name }) => name === "echo")?.execute({ message: "hi", text: "hi" });
}
for (const source of sources) await source.close?.();
console.log("closed");
