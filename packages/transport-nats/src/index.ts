export { natsEventBus, type NatsEventBusOptions } from "./event-bus.ts";
export { natsEventLog, type NatsEventLogOptions } from "./event-log.ts";
export { natsWorkQueue, type NatsWorkQueueOptions } from "./work-queue.ts";
export type { NatsClient, NatsMessage } from "./client.ts";
export type { NatsOptions } from "./connection.ts";
export type { NoticesLoss } from "./kept-stream.ts";
