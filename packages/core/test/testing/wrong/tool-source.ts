import { OrchestratorError } from "../../../src/errors.ts";
import type { Json } from "../../../src/ports/json.ts";
import type { Tool, ToolCallOptions, ToolSource } from "../../../src/ports/tool-source.ts";
import type { ToolSourceSubject } from "../../../src/testing/index.ts";
import { toolSubject } from "../subjects.ts";
import { type Wrong, closesOnce } from "./wrong.ts";

/** Replaces members of the source of a right subject. */
const wrong = (clause: number, does: string, change: (right: ToolSource) => Partial<ToolSource>): Wrong<ToolSourceSubject> => ({
  clause,
  does,
  create: () => {
    const subject = toolSubject();
    return { ...subject, source: { ...subject.source, ...change(subject.source) } };
  },
});

const listed = (right: ToolSource, change: (tools: readonly Tool[]) => readonly Tool[]): Partial<ToolSource> => ({
  tools: async (options) => change(await right.tools(options)),
});

const each = (right: ToolSource, change: (tool: Tool) => object): Partial<ToolSource> =>
  listed(right, (tools) => tools.map((tool) => ({ ...tool, ...change(tool) })));

type Execute = (tool: Tool, input: Json, options: ToolCallOptions) => Promise<Json>;

const executed = (right: ToolSource, execute: Execute): Partial<ToolSource> =>
  each(right, (tool) => ({ execute: (input: Json, options: ToolCallOptions = {}) => execute(tool, input, options) }));

const rethrown = (right: ToolSource, change: (error: unknown, options: ToolCallOptions) => unknown): Partial<ToolSource> =>
  executed(right, (tool, input, options) =>
    tool.execute(input, options).catch((error: unknown) => {
      throw change(error, options);
    }),
  );

const isFailure = (error: unknown): error is OrchestratorError => error instanceof OrchestratorError && error.code === "TOOL_FAILED";
const isInvalid = (error: unknown): boolean => error instanceof OrchestratorError && error.code === "TOOL_INPUT_INVALID";

/** Settles like the promise or with the reason of the signal; the work goes on. */
const raced = <T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> =>
  new Promise((resolve, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason as Error));
    promise.then(resolve, reject);
  });

export const wrongToolSources = [
  wrong(1, "lists the first tool only", (right) => listed(right, (tools) => tools.slice(0, 1))),
  wrong(1, "loses the description", (right) => each(right, () => ({ description: "" }))),
  wrong(1, "loses the schema", (right) => each(right, () => ({ inputSchema: {} }))),
  wrong(1, "gives a schema that is not JSON", (right) =>
    each(right, ({ inputSchema }) => ({ inputSchema: { ...inputSchema, x: undefined } })),
  ),
  wrong(1, "gives names that models cannot write", (right) => each(right, ({ name }) => ({ name: `server/${name}` }))),
  wrong(1, "does not say what is read-only", (right) => each(right, () => ({ readOnly: undefined }))),
  wrong(1, "does not say what is idempotent", (right) => each(right, () => ({ idempotent: undefined }))),
  wrong(2, "lists a tool twice", (right) => listed(right, (tools) => [...tools, ...tools.slice(0, 1)])),
  wrong(2, "lists every page twice", (right) => listed(right, (tools) => [...tools, ...tools])),
  wrong(3, "answers nothing", (right) =>
    executed(right, async (tool, input, options) => (await tool.execute(input, options), undefined as never)),
  ),
  wrong(3, "answers another's result", (right) => {
    let first: Json | undefined;
    return executed(right, async (tool, input, options) => (first ??= await tool.execute(input, options)));
  }),
  wrong(3, "answers what is not JSON", (right) =>
    executed(right, async (tool, input, options) => ({ result: await tool.execute(input, options), at: new Date() as never })),
  ),
  wrong(3, "breaks characters of several bytes", (right) =>
    executed(right, async (tool, input, options) => {
      const result = await tool.execute(input, options);
      return JSON.parse(
        Buffer.from(JSON.stringify(result))
          .toString("latin1")
          .replaceAll(/[\u0080-\u00ff]/g, "?"),
      ) as Json;
    }),
  ),
  wrong(4, "takes a failure for a result", (right) =>
    executed(right, (tool, input, options) =>
      tool.execute(input, options).catch((error: unknown) => {
        if (isFailure(error)) return { isError: true, content: error.message };
        throw error;
      }),
    ),
  ),
  wrong(4, "does not pass on what the tool said", (right) =>
    rethrown(right, (error) => (isFailure(error) ? new OrchestratorError("TOOL_FAILED", "the tool failed") : error)),
  ),
  wrong(4, "throws an error of its own", (right) => rethrown(right, (error) => (isFailure(error) ? new Error(error.message) : error))),
  wrong(4, "uses another code", (right) =>
    rethrown(right, (error) => (isFailure(error) ? new OrchestratorError("INTERNAL", error.message) : error)),
  ),
  wrong(4, "is broken after a failure", (right) => {
    let broken = false;
    return executed(right, async (tool, input, options) => {
      if (broken) throw new OrchestratorError("TOOL_FAILED", "not connected");
      return tool.execute(input, options).catch((error: unknown) => {
        broken = isFailure(error);
        throw error;
      });
    });
  }),
  wrong(5, "runs the tool with input that does not fit", (right) =>
    executed(right, async (tool, input, options) =>
      tool.execute(input, options).catch((error: unknown) => {
        if (isInvalid(error)) return input;
        throw error;
      }),
    ),
  ),
  wrong(5, "throws an error of its own for input that does not fit", (right) =>
    rethrown(right, (error) => (isInvalid(error) ? new TypeError("invalid params") : error)),
  ),
  wrong(5, "says that there is no such tool", (right) =>
    rethrown(right, (error) => (isInvalid(error) ? new OrchestratorError("TOOL_NOT_FOUND", "no") : error)),
  ),
  wrong(5, "is broken after input that does not fit", (right) => {
    let broken = false;
    return executed(right, async (tool, input, options) => {
      if (broken) throw new OrchestratorError("TOOL_FAILED", "not connected");
      return tool.execute(input, options).catch((error: unknown) => {
        broken = isInvalid(error);
        throw error;
      });
    });
  }),
  wrong(6, "ignores the signal", (right) => executed(right, (tool, input) => tool.execute(input))),
  wrong(6, "`tools` ignores the signal", ({ tools }) => ({ tools: () => tools() })),
  wrong(6, "rejects with a reason of its own", (right) =>
    rethrown(right, (error, { signal }) => (signal?.aborted ? new DOMException("aborted", "AbortError") : error)),
  ),
  wrong(6, "calls an abort a failure of the tool", (right) =>
    rethrown(right, (error, { signal }) => (signal?.aborted ? new OrchestratorError("TOOL_FAILED", "aborted") : error)),
  ),
  wrong(6, "gives up but lets the tool work on", (right) =>
    executed(right, (tool, input, { signal }) => (signal?.aborted ? tool.execute(input, { signal }) : raced(tool.execute(input), signal))),
  ),
  wrong(7, "answers everybody with the newest result", (right) => {
    let newest: Promise<Json> | undefined;
    return executed(right, async (tool, input, options) => {
      newest = tool.execute(input, options);
      newest.catch(() => {});
      await new Promise(setImmediate);
      return newest;
    });
  }),
  wrong(7, "runs one call at a time", (right) => {
    let last: Promise<unknown> = Promise.resolve();
    return executed(right, (tool, input, options) => {
      const mine = last.catch(() => {}).then(() => tool.execute(input, options));
      last = mine;
      return mine;
    });
  }),
  wrong(7, "one failure fails all", (right) => {
    let broken: unknown;
    return executed(right, async (tool, input, options) => {
      const result = await tool.execute(input, options).catch((error: unknown) => {
        broken = error;
        throw error;
      });
      await new Promise(setImmediate);
      if (broken !== undefined) throw broken;
      return result;
    });
  }),
  wrong(8, "works on after `close`", () => ({ close: async () => {} })),
  wrong(8, "rejects with another code after `close`", (right) =>
    rethrown(right, (error) => (error instanceof OrchestratorError && error.code === "CLOSED" ? new Error("not connected") : error)),
  ),
  wrong(8, "never settles after `close`", (right) => {
    let closed = false;
    return {
      ...executed(right, (tool, input, options) => (closed ? new Promise<never>(() => {}) : tool.execute(input, options))),
      close: async () => {
        closed = true;
      },
    };
  }),
  wrong(9, "fails to close twice", closesOnce),
];
