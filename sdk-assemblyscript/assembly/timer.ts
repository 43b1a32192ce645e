import { beginRequest, receive, sendRequest, tryReceive, writeI64, writeString } from "./abi/exchange";
import { HostError } from "./host-error";
import { Result } from "./result";

// @ts-ignore: decorator
@external("timer", "set")
declare function hostSet(): void;
// @ts-ignore: decorator
@external("timer", "cancel")
declare function hostCancel(): void;

/**
 * What a room does later, also when nobody is in it: `onTimer` is called with the name of a timer when it is due.
 *
 * ```ts
 * export function onJoin(who: Connection): void {
 *   timer.set("close", 60_000);
 * }
 * export function onTimer(name: string): void {
 *   if (name == "close") room.broadcast("too late");
 * }
 * ```
 *
 * Timers are set and cancelled when the hook has succeeded, and outlive servers. A room may have 32. A name has 1 to 128 bytes
 * of UTF-8. Each function ends the hook when the host answers an error; its `try…` twin returns the error instead.
 */
export abstract class timer {
  /**
   * Sets a timer; one that has the name already is set anew.
   *
   * @param delay milliseconds from `room.now` on; less than 50 counts as 50
   */
  static set(name: string, delay: i64): void {
    requestSet(name, delay);
    receive();
  }

  static trySet(name: string, delay: i64): Result<bool> {
    requestSet(name, delay);
    return done(tryReceive());
  }

  /** Cancels a timer; nothing happens when there is none of that name. */
  static cancel(name: string): void {
    requestCancel(name);
    receive();
  }

  static tryCancel(name: string): Result<bool> {
    requestCancel(name);
    return done(tryReceive());
  }
}

function requestSet(name: string, delay: i64): void {
  beginRequest();
  writeString(name);
  writeI64(delay);
  sendRequest();
  hostSet();
}

function requestCancel(name: string): void {
  beginRequest();
  writeString(name);
  sendRequest();
  hostCancel();
}

function done(error: HostError | null): Result<bool> {
  return new Result<bool>(error === null, error);
}
