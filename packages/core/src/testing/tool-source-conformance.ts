import assert from "node:assert/strict";
import { isOrchestratorError } from "../errors.ts";
import type { Json } from "../ports/json.ts";
import type { Tool, ToolSource } from "../ports/tool-source.ts";
import type { ConformanceCase } from "./conformance.ts";
import { outcomeOf, rejectsWhenAborted, rejectsWithCode } from "./expectations.ts";
import { eventually, within } from "./waiting.ts";

/** A tool source with three tools the kit can call; their names are the subject's. */
export interface ToolSourceSubject {
  readonly source: ToolSource;
  /** A tool whose result holds the text it is given, somewhere. */
  readonly echo: {
    readonly tool: string;
    readonly input: (text: string) => Json;
    /** Input that does not fit the tool's schema. */
    readonly misfit: Json;
  };
  /** A tool that reports a failure and says this. */
  readonly fail: { readonly tool: string; readonly input: Json; readonly says: string };
  /** A tool that works until it is aborted. */
  readonly hang: {
    readonly tool: string;
    readonly input: Json;
    /** Calls of it that are at work on the other side, where that can be told. */
    readonly running?: (() => number) | undefined;
  };
  /** Takes the source and what is behind it down. */
  readonly close?: (() => Promise<void>) | undefined;
}

async function toolOf(source: ToolSource, name: string): Promise<Tool> {
  const tools = await source.tools();
  const tool = tools.find((tool) => tool.name === name);
  assert.ok(tool !== undefined, `there is no ${name} among ${tools.map((tool) => tool.name).join(", ")}`);
  return tool;
}

async function echoes({ source, echo }: ToolSourceSubject, text: string): Promise<void> {
  const result = await (await toolOf(source, echo.tool)).execute(echo.input(text));
  assert.ok(JSON.stringify(result).includes(JSON.stringify(text).slice(1, -1)), `${JSON.stringify(result)} does not hold ${text}`);
}

/** The contract of `ToolSource`, one case or more a clause. */
export const toolSourceConformance: readonly ConformanceCase<ToolSourceSubject>[] = [
  {
    name: "`tools` lists every tool with a name, a description and the JSON Schema of its input",
    run: async ({ source, echo, fail, hang }) => {
      const tools = await source.tools();
      for (const { tool } of [echo, fail, hang])
        assert.ok(
          tools.some(({ name }) => name === tool),
          `${tool} is not listed`,
        );
      for (const { name, description, inputSchema, readOnly, idempotent } of tools) {
        assert.match(name, /^[A-Za-z0-9_.-]{1,128}$/);
        assert.ok(typeof description === "string" && description !== "", `${name} has no description`);
        assert.equal(inputSchema["type"], "object", `the schema of ${name} is not that of an object`);
        assert.deepEqual(JSON.parse(JSON.stringify(inputSchema)), inputSchema, `the schema of ${name} is not JSON`);
        assert.equal(typeof readOnly, "boolean");
        assert.equal(typeof idempotent, "boolean");
      }
    },
  },
  {
    name: "Names are unique within the source",
    run: async ({ source }) => {
      const names = (await source.tools()).map(({ name }) => name);
      assert.deepEqual(names.toSorted(), [...new Set(names)].toSorted());
    },
  },
  {
    name: "`execute` answers the tool's result as JSON",
    run: async (subject) => {
      const { source, echo } = subject;
      await echoes(subject, "hello");
      await echoes(subject, 'Grüße, "quoted" \\ back\nslash \u{1f680}');
      const result = await (await toolOf(source, echo.tool)).execute(echo.input("x"));
      assert.ok(result !== undefined);
      assert.deepEqual(JSON.parse(JSON.stringify(result)), result, "the result does not survive JSON");
    },
  },
  {
    name: "A tool that reports a failure rejects with `TOOL_FAILED` and what the tool said",
    run: async (subject) => {
      const { source, fail } = subject;
      const tool = await toolOf(source, fail.tool);
      const outcome = await outcomeOf(tool.execute(fail.input));
      assert.ok("error" in outcome, `the failure was a success: ${JSON.stringify(outcome)}`);
      assert.ok(isOrchestratorError(outcome.error, "TOOL_FAILED"), `the failure was ${String(outcome.error)}`);
      assert.ok(
        outcome.error.message.includes(fail.says),
        `${JSON.stringify(outcome.error.message)} does not say ${JSON.stringify(fail.says)}`,
      );
      await echoes(subject, "and works on");
    },
  },
  {
    name: "Input that does not fit the tool's schema rejects with `TOOL_FAILED` or `TOOL_INPUT_INVALID`, and the source works on",
    run: async (subject) => {
      const { source, echo } = subject;
      const tool = await toolOf(source, echo.tool);
      await rejectsWithCode(tool.execute(echo.misfit), "TOOL_FAILED", "TOOL_INPUT_INVALID");
      await echoes(subject, "and works on");
    },
  },
  {
    name: "An aborted call rejects with the signal's reason",
    run: async ({ source, hang }, limitMs) => {
      const tool = await toolOf(source, hang.tool);
      const caller = new AbortController();
      const reason = new Error("the caller gave up");
      const outcome = outcomeOf(tool.execute(hang.input, { signal: caller.signal }));
      const running = hang.running ?? (() => 1);
      await eventually(() => running() === 1, limitMs, "the tool is at work");
      caller.abort(reason);
      const ended = await within(outcome, limitMs, "the aborted call settles");
      assert.ok("error" in ended, "an aborted call was a success");
      assert.equal(ended.error, reason, `an aborted call rejected with ${String(ended.error)}`);
      if (hang.running !== undefined) await eventually(() => running() === 0, limitMs, "the tool was told to stop");
    },
  },
  {
    name: "An aborted call rejects with the signal's reason: when it was aborted before",
    run: async (subject) => {
      const { source, echo } = subject;
      const tool = await toolOf(source, echo.tool);
      await rejectsWhenAborted((signal) => tool.execute(echo.input("x"), { signal }));
      await rejectsWhenAborted((signal) => source.tools({ signal }));
      await echoes(subject, "and works on");
    },
  },
  {
    name: "Calls running at the same time get their own results",
    run: async (subject, limitMs) => {
      const { source, fail, hang } = subject;
      const caller = new AbortController();
      const hanging = outcomeOf((await toolOf(source, hang.tool)).execute(hang.input, { signal: caller.signal }));
      const failing = outcomeOf((await toolOf(source, fail.tool)).execute(fail.input));
      const own = Array.from({ length: 10 }, (_, index) => echoes(subject, `text-${index}-of-ten`));
      await within(Promise.all(own), limitMs, "the others answer while one hangs");
      assert.ok("error" in (await failing));
      caller.abort();
      assert.ok("error" in (await within(hanging, limitMs, "the aborted call settles")));
    },
  },
  {
    name: "After `close`, `execute` rejects with `CLOSED`",
    run: async ({ source, echo }) => {
      const tool = await toolOf(source, echo.tool);
      assert.ok(source.close !== undefined, "the source has no `close`");
      await source.close();
      await rejectsWithCode(tool.execute(echo.input("x")), "CLOSED");
    },
  },
  {
    name: "`close` may be called twice",
    run: async ({ source }) => {
      await source.tools();
      await source.close?.();
      await source.close?.();
    },
  },
];
