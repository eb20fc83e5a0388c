import type { DeadEvent } from "@hydrogenai/core";
import type { Connection } from "./connection.ts";
import type { DeadLetters } from "./dead-letters.ts";
import type { JetStream, Publisher } from "./jetstream.ts";
import type { LanesOptions } from "./lanes.ts";
import type { Stream } from "./streams.ts";

/** How the subscriptions of one bus deliver. */
export interface BusRules extends Pick<LanesOptions, "maxDeliver" | "retryDelayMs" | "closeTimeoutMs"> {
  /** Events one subscription or group has in hand at once. */
  readonly maxInFlight: number;
  /** Newest handled ids a subscription or group remembers. */
  readonly inboxSize: number;
  readonly leaseMs: number;
  readonly maxAgeMs: number;
}

/** What the subscriptions of one bus share. */
export interface BusParts {
  readonly connection: Connection;
  readonly jet: JetStream;
  readonly prefix: string;
  readonly events: Stream;
  readonly leases: Stream;
  readonly leasePublisher: Publisher;
  readonly dead: DeadLetters<DeadEvent>;
  readonly rules: BusRules;
  /** Something in the stream was no event, and is left out. */
  readonly onUnreadable: () => void;
}
