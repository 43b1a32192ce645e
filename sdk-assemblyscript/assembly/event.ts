/** What every event begins with. The hook's own part follows, and is read by `hooks.ts`. */
import { eventAddress, eventLength } from "./abi/mailbox";
import { position, readFrom, readI64, readString, skipBytes } from "./abi/reader";
import { forgetCaller } from "./abort";

let roomAt: usize = 0;

/** The event of the running hook. */
export abstract class event {
  /** Milliseconds since 1970 UTC. */
  static time: i64 = 0;
  /** Drawn by the host, another for each event. */
  static seed: u64 = 0;

  /** The room's name. It is decoded when it is asked for, as most hooks never ask. */
  static get room(): string {
    readFrom(roomAt, <u32>(eventAddress() + eventLength() - roomAt));
    return readString();
  }
}

/** Reads the common part of the event, up to the first field of the hook's own. */
export function beginEvent(): void {
  forgetCaller();
  readFrom(eventAddress(), eventLength());
  skipBytes(); // the service
  roomAt = position();
  skipBytes();
  event.time = readI64();
  event.seed = <u64>readI64();
}
