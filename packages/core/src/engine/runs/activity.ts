/** How many steps of a run are under way, and how many of those only wait. */
export interface Activity {
  readonly begin: () => void;
  readonly end: () => void;
  /** Counts as waiting as long as this takes. */
  readonly waiting: <T>(wait: () => Promise<T>) => Promise<T>;
  /** Resolves once a run that rested may work again. */
  readonly wake: () => Promise<void>;
  /** Resolves when no step is under way. */
  readonly idle: () => Promise<void>;
}

export interface RestOptions {
  /** Every step under way only waits: the run needs no place among those that work. */
  readonly onRest: () => void;
  /** It works again; resolves when there is a place. */
  readonly onWake: () => Promise<void>;
}

export function activity({ onRest, onWake }: RestOptions): Activity {
  const listeners: (() => void)[] = [];
  let active = 0;
  let waits = 0;
  let resting = false;

  function rest(): void {
    if (resting || waits === 0 || active > waits) return;
    resting = true;
    onRest();
  }

  async function wake(): Promise<void> {
    if (!resting) return;
    resting = false;
    await onWake();
  }

  return {
    begin: () => void active++,
    end() {
      active--;
      if (active === 0) for (const listener of listeners.splice(0)) listener();
      rest();
    },
    async waiting(wait) {
      waits++;
      rest();
      try {
        return await wait();
      } finally {
        waits--;
        await wake();
      }
    },
    wake,
    idle: async () => {
      if (active > 0) await new Promise<void>((resolve) => listeners.push(resolve));
    },
  };
}
