import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";

const pollMs = 2;

/** Settles like the promise, or rejects once the limit is over. */
export async function within<T>(promise: Promise<T>, limitMs: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new assert.AssertionError({ message: `not within ${limitMs} ms: ${what}` })), limitMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Polls until the condition holds; rejects once the limit is over. */
export async function eventually(condition: () => boolean | Promise<boolean>, limitMs: number, what: string): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await within(Promise.resolve(condition()), limitMs, what))) {
    if (performance.now() > deadline) assert.fail(`not within ${limitMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

/** Polls until the value is deeply equal to what is expected, and shows both when it never is. */
export async function eventuallyEqual(value: () => unknown, expected: unknown, limitMs: number, what: string): Promise<void> {
  const equal = (): boolean => isDeepStrictEqual(value(), expected);
  await eventually(equal, limitMs, what).catch(() => assert.deepEqual(value(), expected, `not within ${limitMs} ms: ${what}`));
}
