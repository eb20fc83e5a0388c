import { rowsOfBlock } from "./layout.ts";
import type { Nearest } from "./nearest.ts";
import type { Prefixes } from "./prefixes.ts";

export interface Slot {
  readonly key: string;
  readonly vector: Float32Array;
  row: number;
}

/** The vectors of one shelf. */
export interface Shelf {
  readonly add: (key: string, vector: Float32Array) => Slot;
  readonly find: (key: string) => Slot | undefined;
  readonly remove: (slot: Slot) => void;
  /** Writes prefixes of some rows that have none yet, once there are prefixes. */
  readonly catchUp: (prefixes: Prefixes) => void;
  readonly search: (prefixes: Prefixes | undefined, vector: Float32Array, nearest: Nearest) => void;
  readonly size: () => number;
}

/** A shelf with fewer is looked through quickly without, and a block of memory for each of many small shelves would be much. */
const leastForPrefixes = 64;
const caughtUpAtOnce = 8;

/** Four sums, as one would wait for itself. */
function product(a: Float32Array, b: Float32Array): number {
  let [first, second, third, fourth] = [0, 0, 0, 0];
  const whole = a.length & ~3;
  for (let i = 0; i < whole; i += 4) {
    first += a[i]! * b[i]!;
    second += a[i + 1]! * b[i + 1]!;
    third += a[i + 2]! * b[i + 2]!;
    fourth += a[i + 3]! * b[i + 3]!;
  }
  for (let i = whole; i < a.length; i++) first += a[i]! * b[i]!;
  return first + second + (third + fourth);
}

export function newShelf(): Shelf {
  const slots: Slot[] = [];
  const slotOf = new Map<string, Slot>();
  const blocks: number[] = [];
  /** The rows below this have prefixes. */
  let written = 0;
  let prefixes: Prefixes | undefined;

  const put = (slot: Slot, row: number): void => {
    slot.row = row;
    slots[row] = slot;
  };
  const blockOf = (row: number): number => blocks[Math.floor(row / rowsOfBlock)]!;

  function fill(row: number, from: number): void {
    if (row !== from) prefixes?.move(blockOf(from), from % rowsOfBlock, blockOf(row), row % rowsOfBlock);
    if (from % rowsOfBlock === 0) prefixes?.releaseBlock(blocks.pop()!);
  }

  return {
    add(key, vector) {
      const slot: Slot = { key, vector, row: slots.length };
      slots.push(slot);
      slotOf.set(key, slot);
      return slot;
    },
    find: (key) => slotOf.get(key),
    remove(slot) {
      slotOf.delete(slot.key);
      let hole = slot.row;
      if (hole < written) {
        written--;
        fill(hole, written);
        put(slots[written]!, hole);
        hole = written;
      }
      const last = slots.pop()!;
      if (hole < slots.length) put(last, hole);
    },
    catchUp(current) {
      prefixes = current;
      if (slots.length < leastForPrefixes) return;
      for (let left = caughtUpAtOnce; left > 0 && written < slots.length; left--) {
        if (written % rowsOfBlock === 0) blocks.push(current.claimBlock());
        current.write(blockOf(written), written % rowsOfBlock, slots[written]!.vector);
        written++;
      }
    },
    search(current, vector, nearest) {
      const show = (row: number): void => {
        const slot = slots[row]!;
        nearest.show(slot.key, product(vector, slot.vector));
      };
      for (let row = written; row < slots.length; row++) show(row);
      if (current === undefined || written === 0) return;
      current.ask(vector);
      for (const [at, block] of blocks.entries()) {
        const first = at * rowsOfBlock;
        current.candidates(block, Math.min(rowsOfBlock, written - first), nearest.atLeast(), (row) => show(first + row));
      }
    },
    size: () => slots.length,
  };
}
