import {
  blockBytes,
  codeAt,
  columnsOfSlab,
  errorAt,
  maxSlabs,
  queryBytes,
  queryPairAt,
  queryRestAt,
  restAt,
  rowsOfBlock,
  scaleAt,
} from "./layout.ts";
import type { PrefixKernel } from "./prefix-kernel.ts";

/**
 * Prefixes of vectors: their numbers in the first directions of a basis, in a byte each, and how long the rest is. The scalar product of two
 * vectors is that of their prefixes and at most the product of the lengths of their rests (Cauchy-Schwarz), so a prefix tells which vectors cannot
 * be as alike as asked for.
 */
export interface Prefixes {
  /** The address of a block for 256 rows. */
  readonly claimBlock: () => number;
  readonly releaseBlock: (block: number) => void;
  readonly write: (block: number, row: number, vector: Float32Array) => void;
  readonly move: (from: number, fromRow: number, to: number, toRow: number) => void;
  /** What all further calls of `candidates` ask for. */
  readonly ask: (vector: Float32Array) => void;
  /** Calls `each` with every row below `rows` of a block that may be at least `atLeast` alike, and now and then with others. */
  readonly candidates: (block: number, rows: number, atLeast: number, each: (row: number) => void) => void;
  /** Bytes of memory a row takes. */
  readonly bytesOfRow: number;
}

const maxColumns = maxSlabs * columnsOfSlab;
const largestCode = 127;
const largestAsked = 32_767;
/** More than all roundings of numbers of 32 bits together, of squares and of sums. */
const squareSlack = 3e-6;
const slack = 3e-5;

/** Directions a vector's prefix has, for vectors of so many numbers. */
export const columnsFor = (dimensions: number): number => Math.min(maxColumns, Math.ceil(dimensions / columnsOfSlab) * columnsOfSlab);

function squareOf(vector: Float32Array): number {
  let square = 0;
  for (const value of vector) square += value * value;
  return square;
}

function viewOf(memory: ArrayBuffer) {
  return { memory, bytes: new Int8Array(memory), shorts: new Int16Array(memory), numbers: new Float32Array(memory) };
}

/** The prefixes of one index, in the memory of a kernel of its own, by a basis as `learnBasis` makes it. */
export function newPrefixes(kernel: PrefixKernel, basis: Float32Array, dimensions: number): Prefixes {
  const columns = columnsFor(dimensions);
  const slabs = columns / columnsOfSlab;
  const basisAddress = 0;
  const vectorAddress = basisAddress + basis.byteLength;
  const projectedAddress = vectorAddress + Math.ceil(dimensions / 4) * 16;
  const queryAddress = projectedAddress + maxColumns * 4;
  const outAddress = queryAddress + queryBytes;
  const firstBlock = outAddress + rowsOfBlock;
  const free: number[] = [];
  let end = firstBlock;
  let view = viewOf(kernel.memory());
  /** What is asked for, in the unit of its codes: their unit itself, how far they are off, the length of the prefix. */
  let asked = { unit: 1, error: 0, norm: 0 };

  function reserve(bytes: number): void {
    kernel.grow(bytes);
    const memory = kernel.memory();
    // Growing takes the old memory away.
    if (view.memory !== memory) view = viewOf(memory);
  }

  function project(vector: Float32Array): Float32Array {
    view.numbers.set(vector, vectorAddress >> 2);
    kernel.project(basisAddress, vectorAddress, projectedAddress, dimensions, columns);
    return view.numbers.subarray(projectedAddress >> 2, (projectedAddress >> 2) + columns);
  }

  function largest(values: Float32Array): number {
    let most = 0;
    for (const value of values) most = Math.max(most, Math.abs(value));
    return most;
  }

  /** The length of what the first slabs leave out, slab by slab; never too short. */
  function rests(vector: Float32Array, projected: Float32Array, write: (slab: number, length: number) => void): void {
    let square = squareOf(vector) + squareSlack;
    for (let slab = 0; slab < slabs; slab++) {
      for (let column = slab * columnsOfSlab; column < (slab + 1) * columnsOfSlab; column++) square -= projected[column]! ** 2;
      write(slab, Math.sqrt(Math.max(squareSlack, square)));
    }
  }

  reserve(firstBlock);
  view.numbers.set(basis, basisAddress >> 2);

  return {
    bytesOfRow: blockBytes(slabs) / rowsOfBlock,
    claimBlock() {
      const known = free.pop();
      if (known !== undefined) return known;
      const block = end;
      reserve(block + blockBytes(slabs));
      end = block + blockBytes(slabs);
      return block;
    },
    releaseBlock: (block) => {
      free.push(block);
    },
    write(block, row, vector) {
      const projected = project(vector);
      const unit = largest(projected) / largestCode;
      let error = 0;
      for (let column = 0; column < columns; column++) {
        const value = projected[column]!;
        const code = unit === 0 ? 0 : Math.round(value / unit);
        view.bytes[codeAt(block, row, column)] = code;
        error += (value - code * unit) ** 2;
      }
      view.numbers[scaleAt(block, row) >> 2] = unit;
      view.numbers[errorAt(block, row) >> 2] = Math.sqrt(error);
      rests(vector, projected, (slab, length) => {
        view.numbers[restAt(block, slab, row) >> 2] = length;
      });
    },
    move(from, fromRow, to, toRow) {
      const { bytes, numbers } = view;
      for (let column = 0; column < columns; column++) bytes[codeAt(to, toRow, column)] = bytes[codeAt(from, fromRow, column)]!;
      numbers[scaleAt(to, toRow) >> 2] = numbers[scaleAt(from, fromRow) >> 2]!;
      numbers[errorAt(to, toRow) >> 2] = numbers[errorAt(from, fromRow) >> 2]!;
      for (let slab = 0; slab < slabs; slab++) numbers[restAt(to, slab, toRow) >> 2] = numbers[restAt(from, slab, fromRow) >> 2]!;
    },
    ask(vector) {
      const projected = project(vector);
      const unit = Math.max(largest(projected), 1e-9) / largestAsked;
      let square = 0;
      let error = 0;
      for (let column = 0; column < columns; column++) {
        const value = projected[column]!;
        const code = Math.round(value / unit);
        for (let copy = 0; copy < 4; copy++) view.shorts[(queryPairAt(queryAddress, column) >> 1) + copy * 2] = code;
        square += value * value;
        error += (value - code * unit) ** 2;
      }
      rests(vector, projected, (slab, length) => {
        view.numbers[queryRestAt(queryAddress, slab) >> 2] = length / unit;
      });
      asked = { unit, error: Math.sqrt(error), norm: Math.sqrt(square) };
    },
    candidates(block, rows, atLeast, each) {
      const { unit, error, norm } = asked;
      // A prefix is little longer than 1 even where its codes are rounded up.
      const threshold = (atLeast - error * 1.1 - slack) / unit;
      const stopped = kernel.scan(block, Math.ceil(rows / 4), queryAddress, outAddress, slabs, threshold, norm / unit);
      const found = new Int32Array(view.memory, outAddress, (stopped - outAddress) >> 2);
      for (const group of found)
        for (let at = 0; at < 4; at++) {
          const row = (group >> 4) * 4 + at;
          if ((group & (1 << at)) !== 0 && row < rows) each(row);
        }
    },
  };
}
