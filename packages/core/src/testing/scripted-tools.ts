import type { Json } from "../ports/json.ts";
import type { ToolCallOptions, ToolSource } from "../ports/tool-source.ts";
import { defineTool, toolSource } from "../tools.ts";

/** A JSON value is the result; an error is the tool's failure; a function computes the result, may throw, and may wait. */
export type ScriptedTool = Json | Error | ((input: Json, options: ToolCallOptions) => Json | undefined | Promise<Json | undefined>);

export interface ScriptedTools extends ToolSource {
  /** Every call so far, in the order they began. */
  readonly calls: readonly { readonly tool: string; readonly input: Json }[];
  /** Calls being worked on at this moment. */
  readonly running: () => number;
}

/** Tools that do what a test tells them, by name. They take any object, and say they are read-only. The source is called `scripted`. */
export function scriptedTools(script: Readonly<Record<string, ScriptedTool>>): ScriptedTools {
  const calls: { readonly tool: string; readonly input: Json }[] = [];
  let running = 0;
  const tools = Object.entries(script).map(([name, said]) =>
    defineTool({
      name,
      description: `The scripted tool ${name}`,
      inputSchema: { type: "object" },
      readOnly: true,
      execute: async (input, options) => {
        calls.push({ tool: name, input });
        running++;
        try {
          if (said instanceof Error) throw said;
          return typeof said === "function" ? await said(input, options) : said;
        } finally {
          running--;
        }
      },
    }),
  );
  return { ...toolSource("scripted", tools), calls, running: () => running };
}
