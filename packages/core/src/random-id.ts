import { randomUUID } from "node:crypto";

/** A random UUID, as a string in one piece: `randomUUID` glues twenty together, and such a string takes every `JSON.stringify` it is in off its quick way. */
export const randomId = (): string => randomUUID().toLowerCase();
