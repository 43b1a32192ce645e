// The guest of the scripts whose memory is put back before each hook.
import { Connection, HookError, Message } from "@cloudramp/room";
import { left, perform, report } from "./instructions";

export function onJoin(who: Connection): bool {
  return perform(who.id, left("onJoin"));
}

export function onMessage(from: Connection, message: Message): void {
  perform(from.id, message.isText ? message.text : `bytes:${message.text}`);
}

export function onLeave(who: Connection, code: i32, reason: string): void {
  perform(who.id, `say:left ${code} ${reason};state;${left("onLeave")}`);
}

export function onError(error: HookError): void {
  report(error);
}
