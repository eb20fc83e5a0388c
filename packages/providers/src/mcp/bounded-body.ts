export interface BoundedBodyOptions {
  /** Bytes of a whole body, or of one event in a stream of events. */
  readonly maxBytes: number;
  readonly onOversized: () => void;
}

const newline = 10;
const carriageReturn = 13;

/** Counts the bytes of the event that a stream of events is in the middle of. */
function unfinishedEvent(): (chunk: Uint8Array) => number {
  let unfinished = 0;
  // The last two bytes: the blank line that ends an event may be cut in two.
  let last: readonly (number | undefined)[] = [];
  return (chunk) => {
    const byte = (at: number): number | undefined => (at >= 0 ? chunk[at] : last.at(at));
    let from = chunk.length;
    while (from > 0) {
      const at = from - 1;
      if (byte(at) === newline && (byte(at - 1) === newline || (byte(at - 1) === carriageReturn && byte(at - 2) === newline))) break;
      from = at;
    }
    unfinished = from === 0 ? unfinished + chunk.length : chunk.length - from;
    last = [byte(chunk.length - 2), byte(chunk.length - 1)];
    return unfinished;
  };
}

function wholeBody(): (chunk: Uint8Array) => number {
  let held = 0;
  return (chunk) => (held += chunk.length);
}

/** The same response, with a body that fails soon after it, or one event of it, is larger than allowed. */
export function boundedBody(response: Response, { maxBytes, onOversized }: BoundedBodyOptions): Response {
  if (response.body === null) return response;
  const isEvents = response.headers.get("content-type")?.includes("text/event-stream") === true;
  const count = isEvents ? unfinishedEvent() : wholeBody();
  const limit = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      if (count(chunk) <= maxBytes) return controller.enqueue(chunk);
      onOversized();
      controller.error(new Error(`more than ${maxBytes} bytes`));
    },
  });
  const { status, statusText, headers } = response;
  return new Response(response.body.pipeThrough(limit), { status, statusText, headers });
}
