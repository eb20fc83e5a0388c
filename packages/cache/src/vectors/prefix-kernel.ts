import { kernelBytes } from "./kernel-bytes.ts";
import { codeAt, columnsOfSlab, errorAt, queryPairAt, queryRestAt, restAt, scaleAt } from "./layout.ts";

/** The two loops that all the time goes into, over a memory of their own laid out as `layout.ts` says. Addresses are in bytes. */
export interface PrefixKernel {
  readonly name: "wasm" | "js";
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

/** In WebAssembly with SIMD; undefined where there is none, or none is allowed. */
export function wasmKernel(): PrefixKernel | undefined {
  try {
    const { WebAssembly: wasm } = globalThis as unknown as { readonly WebAssembly: Wasm };
    compiled ??= new wasm.Module(Buffer.from(kernelBytes, "base64"));
    const { memory, scan, project } = new wasm.Instance(compiled).exports;
    return {
      name: "wasm",
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

  /** Whether a row may reach the threshold; the sum of all slabs so far must, at every slab. */
  function mayReach(block: number, row: number, query: number, slabs: number, threshold: number, norm: number): boolean {
    const scale = numbers[scaleAt(block, row) >> 2]!;
    const base = norm * numbers[errorAt(block, row) >> 2]!;
    let sum = 0;
    for (let slab = 0; slab < slabs; slab++) {
      const first = slab * columnsOfSlab;
      let code = codeAt(block, row, first);
      let asked = queryPairAt(query, first) >> 1;
      for (let pair = 0; pair < columnsOfSlab / 2; pair++) {
        sum += codes[code]! * shorts[asked]! + codes[code + 1]! * shorts[asked + 1]!;
        code += 8;
        asked += 8;
      }
      const rest = numbers[restAt(block, slab, row) >> 2]! * numbers[queryRestAt(query, slab) >> 2]!;
      if (sum * scale + base + rest < threshold) return false;
    }
    return true;
  }

  return {
    name: "js",
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
        let mask = 0;
        for (let at = 0; at < 4; at++) if (mayReach(block, group * 4 + at, query, slabs, threshold, norm)) mask |= 1 << at;
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
