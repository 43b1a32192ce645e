import { beginRequest, sendRequest, tryReceive, writeI32, writeString } from "./abi/exchange";
import { position, readString, skipBytes } from "./abi/reader";
import { decode } from "./abi/text";
import { writeBinary, writeText } from "./data";
import { ErrorCode } from "./host-error";

// @ts-ignore: decorator
@external("conn", "send")
declare function hostSend(): void;
// @ts-ignore: decorator
@external("conn", "close")
declare function hostClose(): void;
// @ts-ignore: decorator
@external("conn", "state")
declare function hostState(): void;
// @ts-ignore: decorator
@external("conn", "setState")
declare function hostSetState(): void;

/**
 * Somebody in the room. Two objects with the same `id` mean the same connection: `==` compares ids, and so do `===`, and
 * `includes` and `indexOf` of an array. (A `Map` or `Set` does not: take the ids for its keys.)
 *
 * What is sent leaves when the hook has succeeded; a hook that fails sends nothing.
 */
export class Connection {
  /** User and info as they stand in an event, of which an older host has written nothing; null while they are not known. */
  private identity: ArrayBuffer | null = null;

  constructor(
    /** Chosen by the host, unique in the room. */
    readonly id: string,
  ) {}

  /**
   * Who it is: the same for all connections of somebody, and when they come back. Empty for somebody of whom the host does
   * not know it, as where rooms are open without a token.
   *
   * Known of a connection that a hook is told of, and of those that `room.members` lists. It is an error to ask one that
   * `room.connections` has listed, or that was made of an id.
   */
  get user(): string {
    const identity = this.requireIdentity();
    return identity.byteLength == 0 ? "" : textAt(changetype<usize>(identity));
  }

  /** What else the host says of them, as JSON: the claim `info` of a token; empty for nothing. Known as {@link user} is. */
  get info(): string {
    const identity = this.requireIdentity();
    if (identity.byteLength == 0) return "";
    const user = changetype<usize>(identity);
    return textAt(user + 4 + load<u32>(user));
  }

  /**
   * What the room remembers of this connection while it is in the room: a text of up to 2 KiB of UTF-8, such as JSON. Empty
   * until a hook sets it. It is kept with the list of who is in the room, whichever server the connection is on and whether or
   * not the room keeps its memory, and is gone when `onLeave` is over; `onLeave` can still read it.
   *
   * As with keys, what a hook sets it sees itself at once, and all others when the hook has succeeded. Empty as well for a
   * connection that is not in the room, and then nothing is set.
   */
  get state(): string {
    beginRequest();
    writeString(this.id);
    sendRequest();
    hostState();
    return receiveUnlessGone() ? readString() : "";
  }

  /** A longer state than 2 KiB ends the hook with an error. Each time that a hook sets one is one of the effects that it may have. */
  set state(state: string) {
    beginRequest();
    writeString(this.id);
    writeString(state);
    sendRequest();
    hostSetState();
    receiveUnlessGone();
  }

  /** Takes who it is from what is read next: the user and the info. @internal */
  readIdentity(): void {
    const start = position();
    skipBytes();
    skipBytes();
    const size = position() - start;
    // A copy: the event is overwritten by the next, and a class may keep a connection for longer than that.
    const identity = new ArrayBuffer(<i32>size);
    memory.copy(changetype<usize>(identity), start, size);
    this.identity = identity;
  }

  private requireIdentity(): ArrayBuffer {
    const identity = this.identity;
    if (!identity) {
      throw new Error("room.connections() does not say who they are, and neither does an id alone. Use room.members()");
    }
    return identity;
  }

  // @ts-ignore: decorator
  @operator("==") private static equals(a: Connection | null, b: Connection | null): bool {
    if (changetype<usize>(a) == changetype<usize>(b)) return true;
    return a && b ? a.id == b.id : false;
  }

  // @ts-ignore: decorator
  @operator("!=") private static differs(a: Connection | null, b: Connection | null): bool {
    return !Connection.equals(a, b);
  }

  /**
   * Sends text to this connection alone. A hook may do so 1,000 times; to send one message to many, use `room.sendTo`.
   *
   * @returns false when the connection is not in the room any more
   */
  send(text: string): bool {
    beginRequest();
    writeString(this.id);
    writeText(text);
    sendRequest();
    hostSend();
    return receiveUnlessGone();
  }

  /**
   * Sends a binary message to this connection alone.
   *
   * @returns false when the connection is not in the room any more
   */
  sendBytes(bytes: ArrayBuffer): bool {
    beginRequest();
    writeString(this.id);
    writeBinary(bytes);
    sendRequest();
    hostSend();
    return receiveUnlessGone();
  }

  /**
   * Closes this connection; `onLeave` follows.
   *
   * @param code a WebSocket close code: 1000, or 3000 to 4999
   * @param reason shown to the client, at most 123 bytes of UTF-8
   * @returns false when the connection is not in the room any more
   */
  close(code: i32 = 1000, reason: string = ""): bool {
    beginRequest();
    writeString(this.id);
    writeI32(code);
    writeString(reason);
    sendRequest();
    hostClose();
    return receiveUnlessGone();
  }
}

/** A text with its length in front. */
function textAt(address: usize): string {
  return decode(address + 4, load<u32>(address));
}

/** That somebody has left is no fault of the program, so it does not end the hook as other errors do. */
function receiveUnlessGone(): bool {
  const error = tryReceive();
  if (!error) return true;
  if (error.code != ErrorCode.Gone) throw new Error(error.message);
  return false;
}
