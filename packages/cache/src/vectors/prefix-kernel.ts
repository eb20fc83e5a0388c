import { kernelBytes } from "./kernel-bytes.ts";
import { codeAt, columnsOfSlab, errorAt, queryPairAt, queryRestAt, restAt, scaleAt } from "./layout.ts";

/** The two loops that all the time goes into, over a memory of their own laid out as `layout.ts` says. Addresses are in bytes. */
export interface PrefixKernel {
  /** Another one after `grow`. */
  readonly memory: () => ArrayBuffer;
  /** Makes the memory at least so many bytes large; what is in it stays. */
  readonly grow: (bytes: number) => void;
  /**
   * Writes `group * 16 + mask` to `out` for each group of rows of which some, those in the mask, may reach the threshold; answers where it
   * stopped writing. `norm` is the length of the query's prefix; it and `threshold` are in the unit of the query's codes.
   */
  readonly scan: (block: number, groups: number, query: number, out: number, slabs: number, threshold: number, norm: number) => number;
  /** Writes the `columns` scalar products of a vector with a basis to `out`; `columns` is a multiple of 16. */
  readonly project: (basis: number, vector: number, out: number, dimensions: number, columns: number) => void;
}

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; readonly grow: (pages: number) => void };
  readonly scan: PrefixKernel["scan"];
  readonly project: PrefixKernel["project"];
}

/** What is used of it; the libraries this is compiled with do not know it. */
interface Wasm {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: Exports };
}

const pageBytes = 65_536;
let compiled: object | undefined;

const wasm = (): Wasm | undefined => (globalThis as unknown as { readonly WebAssembly?: Wasm }).WebAssembly;

/** Whether there is WebAssembly with SIMD here. */
export function hasWasm(): boolean {
  try {
    const host = wasm();
    if (host === undefined) return false;
    compiled ??= new host.Module(Buffer.from(kernelBytes, "base64"));
    return true;
  } catch {
    return false;
  }
}

/** In WebAssembly with SIMD where there is any; undefined where there is none, or no address space for one more memory. */
export function wasmKernel(): PrefixKernel | undefined {
  const host = wasm();
  if (host === undefined || !hasWasm() || compiled === undefined) return undefined;
  try {
    const { memory, scan, project } = new host.Instance(compiled).exports;
    return {
      memory: () => memory.buffer,
      grow(bytes) {
        const missing = Math.ceil((bytes - memory.buffer.byteLength) / pageBytes);
        if (missing > 0) memory.grow(missing);
      },
      scan,
      project,
    };
  } catch {
    return undefined;
  }
}

/** The same in plain JavaScript. */
export function jsKernel(): PrefixKernel {
  let memory = new ArrayBuffer(pageBytes);
  let codes = new Int8Array(memory);
  let shorts = new Int16Array(memory);
  let integers = new Int32Array(memory);
  let numbers = new Float32Array(memory);

  /** Those of the four rows of a group that may reach the threshold, as bits. */
  function mayReach(block: number, group: number, query: number, slabs: number, threshold: number, norm: number): number {
    const row = group * 4;
    const scale = scaleAt(block, row) >> 2;
    const error = errorAt(block, row) >> 2;
    let [first, second, third, fourth] = [0, 0, 0, 0];
    let mask = 0;
    for (let slab = 0; slab < slabs; slab++) {
      let code = codeAt(block, row, slab * columnsOfSlab);
      let asked = queryPairAt(query, slab * columnsOfSlab) >> 1;
      for (let pair = 0; pair < columnsOfSlab / 2; pair++) {
        const even = shorts[asked]!;
        const odd = shorts[asked + 1]!;
        first += codes[code]! * even + codes[code + 1]! * odd;
        second += codes[code + 2]! * even + codes[code + 3]! * odd;
        third += codes[code + 4]! * even + codes[code + 5]! * odd;
        fourth += codes[code + 6]! * even + codes[code + 7]! * odd;
        code += 8;
        asked += 8;
      }
      const rest = restAt(block, slab, row) >> 2;
      const asksRest = numbers[queryRestAt(query, slab) >> 2]!;
      const bound = (sum: number, at: number): number =>
        sum * numbers[scale + at]! + norm * numbers[error + at]! + asksRest * numbers[rest + at]!;
      mask =
        (bound(first, 0) >= threshold ? 1 : 0) |
        (bound(second, 1) >= threshold ? 2 : 0) |
        (bound(third, 2) >= threshold ? 4 : 0) |
        (bound(fourth, 3) >= threshold ? 8 : 0);
      if (mask === 0) return 0;
    }
    return mask;
  }

  return {
    memory: () => memory,
    grow(bytes) {
      if (bytes <= memory.byteLength) return;
      const grown = new ArrayBuffer(Math.ceil(Math.max(bytes, memory.byteLength * 1.5) / pageBytes) * pageBytes);
      new Uint8Array(grown).set(new Uint8Array(memory));
      memory = grown;
      codes = new Int8Array(memory);
      shorts = new Int16Array(memory);
      integers = new Int32Array(memory);
      numbers = new Float32Array(memory);
    },
    scan(block, groups, query, out, slabs, threshold, norm) {
      for (let group = 0; group < groups; group++) {
        const mask = mayReach(block, group, query, slabs, threshold, norm);
        if (mask === 0) continue;
        integers[out >> 2] = group * 16 + mask;
        out += 4;
      }
      return out;
    },
    project(basis, vector, out, dimensions, columns) {
      const sums = new Float64Array(16);
      let at = basis >> 2;
      for (let first = 0; first < columns; first += 16) {
        sums.fill(0);
        for (let number = 0; number < dimensions; number++) {
          const value = numbers[(vector >> 2) + number]!;
          for (let column = 0; column < 16; column++) sums[column]! += value * numbers[at++]!;
        }
        numbers.set(sums, (out >> 2) + first);
      }
    },
  };
}
