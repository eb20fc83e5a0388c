import type { Orchestrator, OrchestratorOptions, WorkQueue } from "@hydrogenai/core";
import type { ServiceSettings } from "@hydrogenai/core/config";
import { natsWorkQueue } from "@hydrogenai/transport-nats";
import { redisWorkQueue } from "@hydrogenai/transport-redis";

function queueOf({ natsUrl, redisUrl }: ServiceSettings): WorkQueue | undefined {
  if (natsUrl !== undefined) return natsWorkQueue({ servers: natsUrl });
  return redisUrl === undefined ? undefined : redisWorkQueue({ redis: redisUrl });
}

/** Where queued runs wait, and which tools wait for a person: with a key, every tool that changes something. */
export function queuedRuns(settings: ServiceSettings): Pick<OrchestratorOptions, "queue" | "approval"> {
  const { approvalKey: key } = settings;
  const queue = queueOf(settings);
  return { ...(queue !== undefined && { queue }), ...(key !== undefined && { approval: { key, required: () => true } }) };
}

const retryMs = 2_000;

/** Has this process carry out queued runs, from when the queue can be reached until the orchestrator is closed. */
export function keepWorking(orchestrator: Orchestrator): () => void {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const start = (): void => {
    orchestrator.worker().catch(() => {
      if (!stopped) timer = setTimeout(start, retryMs);
    });
  };
  start();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
