// Assembles the WebAssembly of packages/cache/src/vectors and writes it as text. `node scripts/vector-kernel.ts`
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { codeAt, columnsOfSlab, errorAt, queryPairAt, queryRestAt, restAt } from "../packages/cache/src/vectors/layout.ts";

type Code = readonly (number | Code)[];

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value >>> 0; ; rest >>>= 7) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest & 127) | 128);
  }
}

function signed(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value | 0; ; rest >>= 7) {
    if (rest >= -64 && rest < 64) return [...bytes, rest & 127];
    bytes.push((rest & 127) | 128);
  }
}

const flat = (code: Code): number[] => code.flatMap((part) => (typeof part === "number" ? [part] : flat(part)));
const sized = (bytes: readonly number[]): number[] => [...unsigned(bytes.length), ...bytes];
const list = (parts: readonly (readonly number[])[]): number[] => [...unsigned(parts.length), ...parts.flat()];
const text = (value: string): number[] => sized([...new TextEncoder().encode(value)]);
const section = (id: number, bytes: readonly number[]): number[] => [id, ...sized(bytes)];

const i32 = 0x7f;
const f32 = 0x7d;
const v128 = 0x7b;

const get = (local: number): Code => [0x20, unsigned(local)];
const set = (local: number, value: Code): Code => [value, 0x21, unsigned(local)];
const int = (value: number): Code => [0x41, signed(value)];
const add = (a: Code, b: Code): Code => [a, b, 0x6a];
const times = (a: Code, b: Code): Code => [a, b, 0x6c];
const or = (a: Code, b: Code): Code => [a, b, 0x72];
const step = (local: number, by: number): Code => set(local, add(get(local), int(by)));
const simd = (opcode: number): Code => [0xfd, unsigned(opcode)];
const memory = (opcode: number, align: number, at: Code, offset: number): Code => [at, simd(opcode), unsigned(align), unsigned(offset)];

const load = (at: Code, offset = 0): Code => memory(0x00, 4, at, offset);
/** Eight bytes with a sign, as eight numbers of 16 bits. */
const loadBytes = (at: Code, offset: number): Code => memory(0x01, 3, at, offset);
/** One number of 32 bits, four times. */
const loadSplat = (at: Code, offset = 0): Code => memory(0x09, 2, at, offset);
const store = (at: Code, value: Code, offset = 0): Code => [at, value, simd(0x0b), unsigned(4), unsigned(offset)];
const splat = (value: Code): Code => [value, simd(0x13)];
const zeros: Code = [simd(0x0c), Array.from({ length: 16 }, () => 0)];
const sum = (a: Code, b: Code): Code => [a, b, simd(0xe4)];
const product = (a: Code, b: Code): Code => [a, b, simd(0xe6)];
const atLeast = (a: Code, b: Code): Code => [a, b, simd(0x46)];
const integerSum = (a: Code, b: Code): Code => [a, b, simd(0xae)];
/** Products of numbers of 16 bits, neighbours added. */
const dotOfPairs = (a: Code, b: Code): Code => [a, b, simd(0xba)];
const toFloats = (a: Code): Code => [a, simd(0xfa)];
const bits = (a: Code): Code => [a, simd(0xa4)];

const block = (body: Code): Code => [0x02, 0x40, body, 0x0b];
const loop = (body: Code): Code => [0x03, 0x40, body, 0x0b];
const leaveUnless = (depth: number, condition: Code): Code => [condition, 0x45, 0x0d, depth];
const againWhileLess = (a: Code, b: Code): Code => [a, b, 0x49, 0x0d, 0];

interface Routine {
  readonly name: string;
  readonly parameters: readonly number[];
  readonly result: number | undefined;
  readonly locals: readonly number[];
  readonly body: Code;
}

const pairsOfSlab = columnsOfSlab / 2;
const groupBytes = codeAt(0, 4, 0) - codeAt(0, 0, 0);
const slabBytes = codeAt(0, 0, columnsOfSlab) - codeAt(0, 0, 0);
const pairBytes = queryPairAt(0, 2);

function scan(): Routine {
  const [at, groups, query, out, slabs, threshold, norm] = [0, 1, 2, 3, 4, 5, 6];
  const [group, slab, end, codes, asked, mask, rest] = [7, 8, 9, 10, 11, 12, 13];
  const [sums, scale, base, least] = [14, 15, 16, 17];
  const dots: Code = Array.from({ length: pairsOfSlab }, (_, pair) =>
    set(sums, integerSum(get(sums), dotOfPairs(loadBytes(get(codes), pair * 8), load(get(asked), pair * pairBytes)))),
  );
  const of16 = times(get(group), int(16));
  const bound = sum(
    sum(product(toFloats(get(sums)), get(scale)), get(base)),
    product(load(add(get(slab), of16), restAt(0, 0, 0) - codeAt(0, 0, 0)), loadSplat(get(rest), queryRestAt(0, 0))),
  );
  return {
    name: "scan",
    parameters: [i32, i32, i32, i32, i32, f32, f32],
    result: i32,
    locals: [i32, i32, i32, i32, i32, i32, i32, v128, v128, v128, v128],
    body: [
      set(least, splat(get(threshold))),
      loop([
        block([
          set(scale, load(add(get(at), of16))),
          set(base, product(splat(get(norm)), load(add(get(at), of16), errorAt(0, 0)))),
          set(sums, zeros),
          set(asked, get(query)),
          set(rest, get(query)),
          set(slab, add(get(at), int(codeAt(0, 0, 0)))),
          set(end, add(get(slab), times(get(slabs), int(slabBytes)))),
          loop([
            set(codes, add(get(slab), times(get(group), int(groupBytes)))),
            dots,
            set(mask, bits(atLeast(bound, get(least)))),
            leaveUnless(1, get(mask)),
            step(asked, pairsOfSlab * pairBytes),
            step(rest, 4),
            step(slab, slabBytes),
            againWhileLess(get(slab), get(end)),
          ]),
          [get(out), or(of16, get(mask)), 0x36, 2, 0],
          step(out, 4),
        ]),
        step(group, 1),
        againWhileLess(get(group), get(groups)),
      ]),
      get(out),
    ],
  };
}

function project(): Routine {
  const [basis, vector, out, dimensions, columns] = [0, 1, 2, 3, 4];
  const [number, vectorEnd, outEnd] = [5, 6, 7];
  const sums = [8, 9, 10, 11];
  const value = 12;
  return {
    name: "project",
    parameters: [i32, i32, i32, i32, i32],
    result: undefined,
    locals: [i32, i32, i32, v128, v128, v128, v128, v128],
    body: [
      set(vectorEnd, add(get(vector), times(get(dimensions), int(4)))),
      set(outEnd, add(get(out), times(get(columns), int(4)))),
      loop([
        sums.map((local) => set(local, zeros)),
        set(number, get(vector)),
        loop([
          set(value, loadSplat(get(number))),
          sums.map((local, part) => set(local, sum(get(local), product(get(value), load(get(basis), part * 16))))),
          step(basis, 64),
          step(number, 4),
          againWhileLess(get(number), get(vectorEnd)),
        ]),
        sums.map((local, part) => store(get(out), get(local), part * 16)),
        step(out, 64),
        againWhileLess(get(out), get(outEnd)),
      ]),
    ],
  };
}

/** The module, with a memory of one page that may grow. */
export function vectorKernel(): Uint8Array<ArrayBuffer> {
  const routines = [scan(), project()];
  const types = routines.map(({ parameters, result }) => [
    0x60,
    ...list(parameters.map((type) => [type])),
    ...list(result === undefined ? [] : [[result]]),
  ]);
  const bodies = routines.map(({ locals, body }) => sized([...list(locals.map((type) => [1, type])), ...flat(body), 0x0b]));
  const exported = [...routines.map(({ name }, index) => [...text(name), 0, index]), [...text("memory"), 2, 0]];
  const magic = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  return Uint8Array.from([
    ...magic,
    ...section(1, list(types)),
    ...section(3, list(routines.map((_, index) => [index]))),
    ...section(5, list([[0x00, 1]])),
    ...section(7, list(exported)),
    ...section(10, list(bodies)),
  ]);
}

if (import.meta.main) {
  const source = `// Written by scripts/vector-kernel.ts.
/** The routines of \`prefixKernel\` as a WebAssembly module with SIMD, in base64. */
export const kernelBytes =
  "${Buffer.from(vectorKernel()).toString("base64")}";
`;
  writeFileSync(join(import.meta.dirname, "../packages/cache/src/vectors/kernel-bytes.ts"), source);
}
