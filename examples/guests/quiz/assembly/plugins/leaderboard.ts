// What 'room bindings' has written: it writes this file anew, with all of it.
import { Result } from "@cloudramp/room";
import { beginRequest, receive, sendRequest, tryReceive, readI32, readStrings, writeI32, writeString } from "@cloudramp/room/plugin";

// @ts-ignore: decorator
@external("leaderboard", "add")
declare function hostAdd(): void;

// @ts-ignore: decorator
@external("leaderboard", "of")
declare function hostOf(): void;

// @ts-ignore: decorator
@external("leaderboard", "top")
declare function hostTop(): void;

/** What the host's plugin 'leaderboard' offers. Each function ends the hook when the host answers an error; its
 * `try…` twin returns the error instead. */
export abstract class leaderboard {
  /** Takes effect when the hook has succeeded. */
  static add(player: string, points: i32): void {
    requestAdd(player, points);
    receive();
  }

  static tryAdd(player: string, points: i32): Result<bool> {
    requestAdd(player, points);
    const error = tryReceive();
    return new Result<bool>(error === null, error);
  }

  /** Answers at once. */
  static of(player: string): i32 {
    requestOf(player);
    receive();
    return readI32();
  }

  static tryOf(player: string): Result<i32> {
    requestOf(player);
    const error = tryReceive();
    return new Result<i32>(error ? 0 : readI32(), error);
  }

  /** Answers at once. */
  static top(count: i32): string[] {
    requestTop(count);
    receive();
    return readStrings();
  }

  static tryTop(count: i32): Result<string[]> {
    requestTop(count);
    const error = tryReceive();
    return new Result<string[]>(error ? [] : readStrings(), error);
  }

}

function requestAdd(player: string, points: i32): void {
  beginRequest();
  writeString(player);
  writeI32(points);
  sendRequest();
  hostAdd();
}

function requestOf(player: string): void {
  beginRequest();
  writeString(player);
  sendRequest();
  hostOf();
}

function requestTop(count: i32): void {
  beginRequest();
  writeI32(count);
  sendRequest();
  hostTop();
}
