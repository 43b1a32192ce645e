// The guest of the scripts that keeps its memory, and says in each hook what it still knows.
import { Connection, HookError, Room, log, room } from "@cloudramp/room";
import { left, perform, report } from "./instructions";

export class Remembering extends Room {
  private hooks: i32 = 0;

  onStart(woke: bool): void {
    const what = woke ? "woke" : "new";
    log.info(what); // which is there also if this fails
    perform(what, left("onStart"));
  }

  onJoin(who: Connection): bool {
    this.count();
    return perform(who.id, left("onJoin"));
  }

  onMessage(from: Connection, text: string): void {
    this.count();
    perform(from.id, text);
  }

  onLeave(who: Connection, code: i32, reason: string): void {
    this.count();
    perform(who.id, `say:left ${code} ${reason};state;${left("onLeave")}`);
  }

  onError(error: HookError): void {
    this.count();
    report(error);
  }

  private count(): void {
    this.hooks += 1;
    room.broadcast(`hook ${this.hooks}`);
  }
}
