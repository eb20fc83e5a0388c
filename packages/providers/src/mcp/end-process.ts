import type { ChildProcess } from "node:child_process";

/** The part of the limit a process gets to end by itself, once its input has ended, before it is asked with SIGTERM. */
const graceShare = 0.25;
/** Milliseconds a killed process gets to disappear. */
const reapMs = 250;

/** Signals a process started `detached` and everything it started in turn; on Windows the process alone. */
export function signalProcess(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === "win32") child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // None of them is left.
  }
}

/** Ends a process and what it started: end of input, then SIGTERM, then SIGKILL when `timeoutMs` is over. Leaves no handle behind. */
export async function endProcess(child: ChildProcess, timeoutMs: number): Promise<void> {
  let hasClosed = false;
  let onClose = (): void => undefined;
  child.once("close", () => {
    hasClosed = true;
    onClose();
  });
  const wait = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      onClose = () => {
        clearTimeout(timer);
        resolve();
      };
      if (hasClosed) onClose();
    });

  child.stdin?.end();
  await wait(timeoutMs * graceShare);
  if (!hasClosed) {
    signalProcess(child, "SIGTERM");
    await wait(timeoutMs * (1 - graceShare));
  }
  if (!hasClosed) {
    signalProcess(child, "SIGKILL");
    await wait(reapMs);
  }
  // Something outside the group may still hold the other ends.
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
}
