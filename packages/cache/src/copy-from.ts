const slabBytes = 16_384;
/** A larger copy gets memory of its own, so that keeping one never holds much more than itself. */
const largestInSlab = slabBytes / 8;

let slab = new Uint8Array(slabBytes);
let used = 0;

/** A copy of the bytes from `start` on. Small ones are laid into shared memory, each in a place of its own: memory of its own costs five times as much. */
export function copyFrom(bytes: Uint8Array, start: number): Uint8Array {
  const { length } = bytes;
  if (length > largestInSlab) return bytes.slice(start);
  if (used + length > slabBytes) {
    slab = new Uint8Array(slabBytes);
    used = 0;
  }
  slab.set(bytes, used);
  const copy = new Uint8Array(slab.buffer, used + start, length - start);
  used += length;
  return copy;
}
