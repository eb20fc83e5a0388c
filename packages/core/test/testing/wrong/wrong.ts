/** An adapter that is right but for one thing. */
export interface Wrong<Subject> {
  /** The number of the clause it breaks. */
  readonly clause: number;
  /** What it does wrong, in words. */
  readonly does: string;
  readonly create: () => Subject;
}

/** Makes wrong adapters by replacing members of a right one, which the change may still call. */
export const wrongly =
  <Subject extends object>(create: () => Subject) =>
  (clause: number, does: string, change: (right: Subject) => Partial<Subject>): Wrong<Subject> => ({
    clause,
    does,
    create: () => {
      const right = create();
      return { ...right, ...change(right) };
    },
  });

/** Closes once, and fails the second time. */
export function closesOnce(): { readonly close: () => Promise<void> } {
  let closed = false;
  return {
    close: async () => {
      if (closed) throw new Error("closed already");
      closed = true;
    },
  };
}

/** Never settles. */
export const forever = (): Promise<never> => new Promise(() => {});

export const otherReason = (): never => {
  throw new DOMException("This operation was aborted", "AbortError");
};

/** Answers true to a call that has nobody beside it, and false to every one of several at once. */
export function crowd(): () => Promise<boolean> {
  let running = 0;
  let crowded = false;
  return async () => {
    crowded = ++running > 1 || crowded;
    await new Promise(setImmediate);
    const alone = !crowded;
    if (--running === 0) crowded = false;
    return alone;
  };
}
