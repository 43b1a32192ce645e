import { beginRequest, receive, sendRequest, writeI32, writeString } from "./abi/exchange";

// @ts-ignore: decorator
@external("sandbox", "refuse")
declare function hostRefuse(): void;

/**
 * Refuses who wants to join, with what they are told; in `onJoin` only. The hook has no effect then, whatever it returns:
 *
 * ```ts
 * export function onJoin(who: Connection): bool {
 *   if (room.connections().length > 10) return refuse(4010, "the room is full");
 *   return true;
 * }
 * ```
 *
 * @param code the close code of the client's WebSocket: 3000 to 4999, or 1000
 * @param reason what the client reads; of more than 123 bytes of UTF-8 the rest is cut off
 * @returns false
 */
export function refuse(code: i32, reason: string = ""): bool {
  beginRequest();
  writeI32(code);
  writeString(reason);
  sendRequest();
  hostRefuse();
  receive();
  return false;
}
