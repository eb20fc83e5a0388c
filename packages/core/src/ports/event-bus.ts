import type { CallOptions, HealthReport, Subscription } from "./call.ts";
import type { OrchestratorEvent } from "./event.ts";

/** Where a published event now is. */
export interface PublishReceipt {
  /** The bus that took it, such as `nats`, `redis`, `memory`. */
  readonly tier: string;
  /** True when it survives the death of this process. */
  readonly durable: boolean;
}

/** How an event reached a handler. */
export interface Delivery {
  /** Grows along one subscription; positions for `replayFrom`. */
  readonly sequence: number;
  /** 1 for the first try. */
  readonly attempt: number;
  /** True for an event from before the subscription began. */
  readonly replay: boolean;
  readonly signal: AbortSignal;
}

export type EventHandler = (event: OrchestratorEvent, delivery: Delivery) => Promise<void> | void;

export interface SubscribeOptions extends CallOptions {
  /** Members of a group share the events; each event goes to one of them. Without it every subscriber gets every event. */
  readonly group?: string | undefined;
  /** Delivers stored events first, from this sequence or time (RFC 3339) on. @default only new events */
  readonly replayFrom?: { readonly sequence: number } | { readonly time: string } | undefined;
}

/** An event its handlers could not take, with the last cause. */
export interface DeadEvent {
  readonly event: OrchestratorEvent;
  readonly attempts: number;
  readonly cause: string;
}

/**
 * Events between parts and processes, at least once.
 *
 * A pattern is an event type with `*` for one dotted word and a final `>` for one or more: `query.*`, `workflow.>`, `>`.
 *
 * 1. A subscriber gets every event published after `subscribe` resolved whose type fits the pattern.
 * 2. A subscriber does not get events whose type does not fit.
 * 3. `publish` resolves once the event was accepted, and names the tier and whether it is durable.
 * 4. Events of one subject arrive in the order they were published.
 * 5. An event id published twice is delivered once.
 * 6. Every subscriber without a group gets every event.
 * 7. Each event goes to one member of a group.
 * 8. A handler that throws is given the event again, with a higher `attempt`.
 * 9. An event that keeps failing becomes a dead event with its cause, and the others go on.
 * 10. `replayFrom` a sequence delivers the stored events from there, marked `replay`, before new ones.
 * 11. `replayFrom` a time delivers the events stored from then on, marked `replay`.
 * 12. After `close` of a subscription its handler is not called again.
 * 13. A throwing handler does not disturb other subscribers or the publisher.
 * 14. An aborted publish rejects with the signal's reason.
 * 15. `close` may be called twice.
 */
export interface EventBus {
  readonly name: string;
  readonly publish: (event: OrchestratorEvent, options?: CallOptions) => Promise<PublishReceipt>;
  readonly subscribe: (pattern: string, handler: EventHandler, options?: SubscribeOptions) => Promise<Subscription>;
  /** The newest dead events, oldest first; a bounded number. */
  readonly deadEvents: (options?: CallOptions) => Promise<readonly DeadEvent[]>;
  readonly ready?: ((options?: CallOptions) => Promise<void>) | undefined;
  readonly health?: (() => HealthReport) | undefined;
  readonly close?: (() => Promise<void>) | undefined;
}
