// One worker process: waits to be told what to take part in, then enqueues the run under its id and works.
import { flushCompileCache } from "node:module";
import { type Part, join, question } from "./work.ts";

export type ToProcess = Part & { readonly run: string; readonly enqueues: boolean };
export type FromProcess = { readonly mark: string } | { readonly ready: true } | { readonly ended: string } | { readonly idle: true };

const tell = (message: FromProcess): void => void process.send?.(message);

async function take(part: ToProcess): Promise<void> {
  const orchestrator = join(part, (mark) => tell({ mark }));
  const run = part.enqueues ? await orchestrator.enqueue(question, { id: part.run }) : orchestrator.run(part.run);
  const worker = await orchestrator.worker();
  await run.result().then(
    ({ text }) => tell({ ended: text }),
    (error: Error) => tell({ ended: error.message }),
  );
  while (worker.running() > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  tell({ idle: true });
}

process.on("message", (part: ToProcess) => void take(part).catch((error: unknown) => tell({ ended: String(error) })));
process.once("disconnect", () => process.exit(0));
tell({ ready: true });
// Who is killed writes nothing when it ends.
flushCompileCache();
