/** Bookings that are made behind an answer's back, so that no caller waits for them. */
export interface Bookings {
  /** Runs it, and again while it fails, five times in all. */
  readonly add: (book: () => Promise<unknown>) => void;
  /** Given up so far, and why the last was. */
  readonly lost: () => { readonly count: number; readonly why: string | undefined };
  /** Resolves when all are made or given up. */
  readonly done: () => Promise<void>;
}

const tries = 5;
const firstPauseMs = 100;

export function bookings(): Bookings {
  const running = new Set<Promise<void>>();
  let count = 0;
  let why: string | undefined;

  async function make(book: () => Promise<unknown>): Promise<void> {
    for (let made = 1; ; made++) {
      try {
        await book();
        return;
      } catch (error) {
        if (made === tries) {
          count++;
          why = error instanceof Error ? error.message : String(error);
          return;
        }
      }
      await new Promise((resolve) => setTimeout(resolve, firstPauseMs * 2 ** made).unref());
    }
  }

  return {
    add(book) {
      const running_ = make(book).finally(() => void running.delete(running_));
      running.add(running_);
    },
    lost: () => ({ count, why }),
    done: async () => void (await Promise.all(running)),
  };
}
