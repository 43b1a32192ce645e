/**
 * For functions that a host adds by a plugin: what their AssemblyScript stubs are made of. One call is a request, the
 * import, and a response:
 *
 * ```ts
 * @external("leaderboard", "add") declare function hostAdd(): void;
 *
 * export function add(player: string, points: i32): void {
 *   beginRequest();
 *   writeString(player);
 *   writeI32(points);
 *   sendRequest();
 *   hostAdd();
 *   receive();
 * }
 * ```
 */
export {
  beginRequest, receive, sendRequest, tryReceive, writeBool, writeBytes, writeF64, writeI32, writeI64, writeString,
  writeStrings,
} from "./assembly/abi/exchange";
export { readBool, readBytes, readF64, readI32, readI64, readString, readStrings } from "./assembly/abi/reader";
