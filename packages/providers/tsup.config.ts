import { defineConfig } from "tsup";
import { base } from "../../tsup.config.base.ts";

/** One entry a vendor, written where the `exports` of package.json look for it. */
const entries = ["mcp", "groq", "openai", "anthropic", "openai-compatible", "ai-sdk", "embedder"];

export default defineConfig({ ...base, entry: Object.fromEntries(entries.map((name) => [`${name}/index`, `src/${name}/index.ts`])) });
