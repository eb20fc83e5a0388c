/** A program that uses a source where the optional client library is not installed. */
import { mcpTools } from "@hydrogenai/providers/mcp";

const source = mcpTools({ url: "http://127.0.0.1:1/mcp" });
await source.tools().catch((error: { code: string; message: string }) => console.log(error.code, error.message));
console.log(source.health?.().status);
await source.close?.();
