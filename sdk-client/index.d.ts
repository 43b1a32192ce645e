/** Whether messages go through: `away` comes back by itself, `closed` never does. */
export type State = 'connecting' | 'live' | 'away' | 'closed';

/**
 * What has become of the connection:
 * - `live`: it is in the room, for the first time;
 * - `away`: its socket is gone; what is sent waits, and it tries to come back;
 * - `resumed`: it is back, nothing was missed, and the room has noticed nothing;
 * - `anew`: it is back as a new connection: whatever it knows of the room may have changed meanwhile;
 * - `closed`: it is over.
 */
export type Change = 'live' | 'away' | 'resumed' | 'anew' | 'closed';

export interface Detail {
  /** The close code of the WebSocket; 1006 if it broke. With `away` and `closed`. */
  code?: number;
  /** Why it was closed, for people. */
  reason?: string;
  /** Messages of which nobody knows whether the room has them. With `anew` and `closed`. */
  lost?: number;
}

export interface Options {
  /** Gives the join token; asked before each attempt to connect. */
  token?: () => string | undefined | Promise<string | undefined>;
  /** The class of sockets; needed where there is none, as in Node before 22: that of the package ws. */
  WebSocket?: new (url: string, protocols?: string[]) => any;
  /** After how many milliseconds of silence the server is asked for a sign of life; 15,000. */
  heartbeat?: number;
  /** The pause before the first attempt to come back, in milliseconds; it doubles, with jitter; 250. */
  minDelay?: number;
  /** The longest pause, in milliseconds; 15,000. */
  maxDelay?: number;
  /** Messages that may wait to be taken by the room; 1,024. */
  maxQueued?: number;
  /** Bytes of these; 1 MiB. */
  maxQueuedBytes?: number;
}

export interface Room {
  readonly state: State;
  /** How the room calls this connection; null before it is in it, and in rooms without sessions. */
  readonly connectionId: string | null;
  /** Messages that the room is not known to have taken. */
  readonly queued: number;
  /**
   * Sends a message. While it is away the message waits; after that it is taken exactly once.
   *
   * @throws RangeError if more waits than may
   * @throws Error if the room is closed
   */
  send(data: string | Uint8Array | ArrayBuffer): void;
  /** Listens; the function that is returned ends that. */
  on(event: 'message', listener: (data: string | Uint8Array) => void): () => void;
  /**
   * Listens for messages of this client that have had no effect: the room has `refused` them, or its code could not go on:
   * `trapped`, `deadline`, `memory`, `quota`, `abi`, `error`. In rooms with sessions.
   */
  on(event: 'failed', listener: (data: string | Uint8Array, why: string) => void): () => void;
  on(event: 'state', listener: (change: Change, detail: Detail) => void): () => void;
  /** Leaves the room at once, and for good. */
  close(code?: number, reason?: string): void;
}

/**
 * Joins a room, and stays in it.
 *
 * @param url such as `wss://example.org/rooms/chat/lobby`
 */
export function connect(url: string, options?: Options): Room;
