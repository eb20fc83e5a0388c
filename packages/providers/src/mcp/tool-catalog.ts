import type { Tool } from "@hydrogenai/core";
import type { ToolDefinition, ToolList } from "./tool-list.ts";

export interface ToolCatalog {
  /** The same objects until the server's list changes. */
  readonly tools: () => readonly Tool[];
  readonly find: (name: string) => Tool | undefined;
  /** One sentence for each tool that cannot be used as the server describes it. */
  readonly leftOut: () => readonly string[];
  /** Takes over a new list, and tells the listeners when it differs from the last one, or always. */
  readonly adopt: (listed: ToolList, tell: "changes" | "always") => void;
  readonly onChange: (listener: () => void) => () => void;
  /** Tells nobody any more. */
  readonly silence: () => void;
}

/** The tools of one server as last listed. */
export function toolCatalog(makeTool: (definition: ToolDefinition) => Tool): ToolCatalog {
  const listeners = new Set<() => void>();
  let listed: ToolList | undefined;
  let tools: readonly Tool[] = [];

  function notify(): void {
    for (const listener of listeners) {
      try {
        listener();
      } catch {
        // One listener's defect is no reason to leave out the others, or to fail the call that noticed the change.
      }
    }
  }

  return {
    tools: () => tools,
    find: (name) => tools.find((tool) => tool.name === name),
    leftOut: () => listed?.leftOut ?? [],
    adopt(next, tell) {
      const isFirst = listed === undefined;
      const isSame = !isFirst && JSON.stringify(next) === JSON.stringify(listed);
      listed = next;
      if (!isSame) tools = next.tools.map(makeTool);
      if (!isFirst && (!isSame || tell === "always")) notify();
    },
    onChange(listener) {
      // Wrapped, so that one function given twice is two listeners.
      const entry = (): void => listener();
      listeners.add(entry);
      return () => listeners.delete(entry);
    },
    silence: () => listeners.clear(),
  };
}
