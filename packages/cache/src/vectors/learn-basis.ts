import { basisAt } from "./layout.ts";

const rounds = 2;

/** Numbers between -0.5 and 0.5, the same every time. */
function noise(count: number): Float64Array {
  let state = 1;
  return Float64Array.from({ length: count }, () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647 - 0.5);
}

/** Makes a column of length 1 and at right angles to those before it; one that depends on them becomes all zeros. */
function straighten(columns: readonly Float64Array[], at: number): void {
  const column = columns[at]!;
  const lengthBefore = Math.hypot(...column);
  // Twice: what rounding leaves the first time the second time removes.
  for (let time = 0; time < 2; time++)
    for (let other = 0; other < at; other++) {
      const straight = columns[other]!;
      let product = 0;
      for (let i = 0; i < column.length; i++) product += column[i]! * straight[i]!;
      for (let i = 0; i < column.length; i++) column[i]! -= product * straight[i]!;
    }
  const length = Math.hypot(...column);
  const scale = length > 1e-6 * lengthBefore && length > 0 ? 1 / length : 0;
  for (let i = 0; i < column.length; i++) column[i]! *= scale;
}

/**
 * Finds directions at right angles in which the vectors of a sample differ most, those that hold the most first (orthogonal iteration). Yields after
 * each piece of work of some tenths of a millisecond; answers the basis as `project` of a kernel reads it, `columns` wide.
 */
export function* learnBasis(
  sample: readonly Float32Array[],
  dimensions: number,
  columns: number,
): Generator<void, Float32Array<ArrayBuffer>> {
  let basis = Array.from({ length: columns }, () => new Float64Array(dimensions));
  const start = noise(columns * dimensions);
  for (const [at, column] of basis.entries()) column.set(start.subarray(at * dimensions, (at + 1) * dimensions));
  for (let round = 0; round < rounds; round++) {
    const next = Array.from({ length: columns }, () => new Float64Array(dimensions));
    for (const vector of sample) {
      for (const [at, column] of basis.entries()) {
        let product = 0;
        for (let i = 0; i < dimensions; i++) product += vector[i]! * column[i]!;
        const sum = next[at]!;
        for (let i = 0; i < dimensions; i++) sum[i]! += product * vector[i]!;
      }
      yield;
    }
    basis = next;
    for (const at of basis.keys()) {
      straighten(basis, at);
      yield;
    }
  }
  const packed = new Float32Array(columns * dimensions);
  for (const [column, values] of basis.entries())
    for (const [number, value] of values.entries()) packed[basisAt(dimensions, number, column)] = value;
  return packed;
}
