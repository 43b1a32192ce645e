/** What every event begins with. The hook's own part follows, and is read by `hooks.ts`. */
import { eventAddress, eventLength } from "./abi/mailbox";
import { position, readFrom, readI64, readString, skipBytes } from "./abi/reader";
import { forgetDice, forgetPlace } from "./abort";

let roomAt: usize = 0;
/** False until the first hook of an instance. What runs before that, at the top level of files, stays in the image. */
let hasBegun: bool = false;

/** The event of the running hook. */
export abstract class event {
  /** Milliseconds since 1970 UTC. */
  static time: i64 = 0;
  /** Drawn by the host, another for each event. */
  static seed: u64 = 0;

  /** The room's name. It is decoded when it is asked for, as most hooks never ask. */
  static get room(): string {
    requireEvent();
    readFrom(roomAt, <u32>(eventAddress() + eventLength() - roomAt));
    return readString();
  }
}

/**
 * Ends what runs before there is an event: at the top level of a file. It would get zeros, and every hook of every room
 * would then find what it made of them.
 */
export function requireEvent(): void {
  if (!hasBegun) throw new Error("this has no event to take from, and all hooks and rooms would get the same. Use it in a hook");
}

/** Reads the common part of the event, up to the first field of the hook's own. */
export function beginEvent(): void {
  hasBegun = true;
  forgetPlace();
  forgetDice();
  readFrom(eventAddress(), eventLength());
  skipBytes(); // the service
  roomAt = position();
  skipBytes();
  event.time = readI64();
  event.seed = <u64>readI64();
}
