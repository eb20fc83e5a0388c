/** What became of the hits of one entry: how sure a pair must be before its answer is given again. */
export interface Boundary {
  /** Times a hit was rejected. */
  readonly rejects: number;
  /** Highest score that was wrong. */
  readonly wrongAt: number;
}

/** First step above a wrong score; doubles with each further one. */
const step = 0.5;
const maxRejects = 8;

/** The score a pair must pass for this entry: the mode's floor, or above whatever was wrong, further with every mistake. */
export function floorFor(floor: number, boundary: Boundary | undefined): number {
  if (boundary === undefined) return floor;
  const { rejects, wrongAt } = boundary;
  return rejects >= maxRejects ? Infinity : Math.max(floor, wrongAt + step * 2 ** (rejects - 1));
}

export const afterReject = (before: Boundary | undefined, score: number): Boundary => ({
  rejects: (before?.rejects ?? 0) + 1,
  wrongAt: Math.max(before?.wrongAt ?? Number.NEGATIVE_INFINITY, score),
});

export const encodeBoundary = (boundary: Boundary): Uint8Array => new TextEncoder().encode(JSON.stringify(boundary));

export function decodeBoundary(bytes: Uint8Array | undefined): Boundary | undefined {
  if (bytes === undefined) return undefined;
  try {
    const { rejects, wrongAt } = JSON.parse(new TextDecoder().decode(bytes)) as Boundary;
    return Number.isSafeInteger(rejects) && Number.isFinite(wrongAt) ? { rejects, wrongAt } : undefined;
  } catch {
    return undefined;
  }
}

/** Upper end of the 95 % interval (Wilson) of a share of `wrong` in `all`; 1 when nothing was seen. */
export function upperBound(wrong: number, all: number): number {
  if (all === 0) return 1;
  const z = 1.645;
  const share = wrong / all;
  const centre = share + (z * z) / (2 * all);
  const spread = z * Math.sqrt((share * (1 - share)) / all + (z * z) / (4 * all * all));
  return Math.min(1, (centre + spread) / (1 + (z * z) / all));
}
