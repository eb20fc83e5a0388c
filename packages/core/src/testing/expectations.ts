import assert from "node:assert/strict";
import { type ErrorCode, isOrchestratorError } from "../errors.ts";

/** The call must reject with an `OrchestratorError` of this code. */
export async function rejectsWithCode(call: Promise<unknown>, ...codes: readonly ErrorCode[]): Promise<void> {
  const outcome = await outcomeOf(call);
  assert.ok("error" in outcome, `resolved where ${codes.join(" or ")} was due`);
  assert.ok(
    isOrchestratorError(outcome.error) && codes.includes(outcome.error.code),
    `rejected with ${String(outcome.error)} where ${codes.join(" or ")} was due`,
  );
}

/** The call, given a signal that is aborted already, must reject with the very reason of the signal. */
export async function rejectsWhenAborted(call: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
  const reason = new Error("the caller gave up");
  const outcome = await outcomeOf(call(AbortSignal.abort(reason)));
  assert.ok("error" in outcome, "resolved though its signal was aborted before");
  assert.equal(outcome.error, reason, "rejected with something else than the signal's reason");
}

export type Outcome<T> = { readonly value: T } | { readonly error: unknown };

/** What became of a call, as a value. */
export async function outcomeOf<T>(call: Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await call };
  } catch (error) {
    return { error };
  }
}

export async function closesTwice(subject: { readonly close?: (() => Promise<void>) | undefined }): Promise<void> {
  await subject.close?.();
  await subject.close?.();
}

/** Keys that a careless adapter mixes up: separators, wildcards, case, Unicode forms, names of object members. */
export const confusableKeys: readonly string[] = [
  "a",
  "A",
  "a:b",
  "a:b:c",
  "a.b",
  "a/b",
  "a b",
  " a",
  "a ",
  "a\n",
  "a\u0000b",
  "ab",
  "*",
  "a*",
  ">",
  "a.>",
  "{a}",
  "[a]",
  "a?",
  "%61",
  "é",
  "e\u0301",
  "ß",
  "ss",
  "日本",
  "__proto__",
  "constructor",
  "k".repeat(600),
  `${"k".repeat(600)}2`,
];
