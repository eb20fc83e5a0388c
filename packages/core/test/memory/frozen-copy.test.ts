import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { frozenCopy, frozenOwn } from "../../src/memory/frozen-copy.ts";

const isDeepFrozen = (value: unknown): boolean =>
  typeof value !== "object" || value === null || (Object.isFrozen(value) && Object.values(value).every(isDeepFrozen));

describe("frozenCopy", () => {
  it("holds what a trip through JSON text would hold, frozen all through", () => {
    const value = fc.anything({ withDate: true, withNullPrototype: false, values: [fc.jsonValue(), fc.double(), fc.constant(undefined)] });
    fc.assert(
      fc.property(fc.record({ value, json: fc.jsonValue() }), (given) => {
        const copy = frozenCopy(given);
        expect(JSON.stringify(copy)).toBe(JSON.stringify(given));
        expect(isDeepFrozen(copy)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it("keeps a field called `__proto__` a field", () => {
    const copy = frozenCopy(JSON.parse('{"__proto__":{"polluted":true}}') as object);
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
    expect(JSON.stringify(copy)).toBe('{"__proto__":{"polluted":true}}');
    expect({}).not.toHaveProperty("polluted");
  });
});

describe("frozenOwn", () => {
  it("freezes the value itself all through, shows no trace of that, and is what later copies hold", () => {
    const value = { text: "a", data: { list: [{ n: 1 }] } };
    const json = JSON.stringify(value);
    const own = frozenOwn(value);
    expect(own).toBe(value);
    expect(isDeepFrozen(own)).toBe(true);
    expect(JSON.stringify(own)).toBe(json);
    expect(Reflect.ownKeys(own)).toEqual(["text", "data"]);
    expect(frozenCopy(own)).toBe(own);
    expect(frozenCopy({ inside: own }).inside).toBe(own);
    expect(frozenCopy({ ...own })).not.toBe(own);
  });
});
