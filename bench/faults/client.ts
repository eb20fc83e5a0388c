/** How one call ended, as its caller saw it. Plain data: it crosses to the process that keeps the score. */
export type Outcome = {
  /** Milliseconds from the call to its end. */
  readonly tookMs: number;
  /** Promise rejections nobody handled, in the client's process so far. */
  readonly unhandled: number;
  /** Growth of the client's process while the call ran, MB. */
  readonly grewMb: number;
  /** When the client's process aborted the call, by `wallMs`. */
  readonly abortedAtMs?: number | undefined;
  /** Milliseconds of the call that no attempt accounts for, where the client says. */
  readonly overheadMs?: number;
} & (
  | { readonly kind: "answer"; readonly text: string; readonly model?: string; readonly outputTokens?: number; readonly warned?: boolean }
  | { readonly kind: "error"; readonly message: string; readonly textSoFar?: string; readonly isTyped: boolean }
  | { readonly kind: "aborted" }
  | { readonly kind: "hang" }
);

export type Told = {
  [Kind in Outcome["kind"]]: Omit<Extract<Outcome, { kind: Kind }>, "tookMs" | "unhandled" | "grewMb" | "abortedAtMs">;
}[Outcome["kind"]];

/** A system under test with two vendors to ask, the second when the first fails. */
export interface Client {
  readonly ask: (question: string, signal: AbortSignal) => Promise<Told>;
  readonly close: () => Promise<void>;
}

/** Makes a client as its documentation says; nothing is tuned beyond one fallback where it knows one. */
export type OpenClient = (primaryUrl: string, fallbackUrl: string) => Promise<Client> | Client;

/** A clock two processes of one machine share. */
export const wallMs = (): number => performance.timeOrigin + performance.now();

export const primaryModel = "primary-model-1";
export const fallbackModel = "fallback-model-1";

export const errorTold = (error: unknown): Told => ({
  kind: "error",
  message: error instanceof Error ? error.message : String(error),
  isTyped: false,
});

/** What the process that keeps the score and the one with the client say to each other. */
export type ToColumn =
  | {
      readonly type: "ask";
      readonly id: number;
      readonly client: string;
      readonly primaryUrl: string;
      readonly fallbackUrl: string;
      readonly limitMs: number;
    }
  | { readonly type: "abort"; readonly id: number }
  | { readonly type: "close"; readonly client: string };

export type FromColumn = { readonly type: "ready" } | { readonly type: "outcome"; readonly id: number; readonly outcome: Outcome };
