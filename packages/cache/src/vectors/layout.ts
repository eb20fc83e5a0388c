// Where things are in the memory of a kernel, in bytes. scripts/vector-kernel.ts reads these numbers: assemble anew when one changes.

/** A block holds the prefixes of so many rows, in groups of four. */
export const rowsOfBlock = 256;
/** A prefix is looked at in slabs of 32 numbers: most rows are out after the first. */
export const columnsOfSlab = 32;
export const maxSlabs = 8;

const floats = rowsOfBlock * 4;
const codesOfSlab = rowsOfBlock * columnsOfSlab;
/** Of each row what a code stands for, then how far the codes are off. */
const headerBytes = 2 * floats;
/** Codes of a byte, then of each row the length of what this slab and the ones before leave out. */
const slabBytes = codesOfSlab + floats;

export const blockBytes = (slabs: number): number => headerBytes + slabs * slabBytes;
export const scaleAt = (block: number, row: number): number => block + row * 4;
export const errorAt = (block: number, row: number): number => block + floats + row * 4;
export const restAt = (block: number, slab: number, row: number): number => block + headerBytes + slab * slabBytes + codesOfSlab + row * 4;

/** Two numbers of a row are neighbours, then come the other rows of the group, so that one instruction serves four rows. */
export function codeAt(block: number, row: number, column: number): number {
  const slab = block + headerBytes + Math.floor(column / columnsOfSlab) * slabBytes;
  const group = slab + (row >> 2) * 4 * columnsOfSlab;
  return group + ((column % columnsOfSlab) >> 1) * 8 + (row & 3) * 2 + (column & 1);
}

/** The query: each two numbers four times over as 16 bits, then of each slab the length of what it leaves out. */
const pairsBytes = (maxSlabs * columnsOfSlab * 16) / 2;
export const queryBytes = pairsBytes + maxSlabs * 4;
export const queryPairAt = (query: number, column: number): number => query + (column >> 1) * 16 + (column & 1) * 2;
export const queryRestAt = (query: number, slab: number): number => query + pairsBytes + slab * 4;

/** Sixteen columns of the basis together, number by number of the vector. */
export const basisAt = (dimensions: number, number: number, column: number): number =>
  (column >> 4) * dimensions * 16 + number * 16 + (column & 15);
