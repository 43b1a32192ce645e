/** The base of a room that is a class. */

/**
 * A room that keeps its fields while somebody is in it. Extend it, export the class, and give it hooks as methods:
 * `onStart`, `onJoin`, `onMessage`, `onLeave`, `onTimer`, `onRequest`, `onError`. The host makes one object for each active room.
 *
 * The fields are a cache: when the room has been empty, when a new version of the code is deployed, after an error, and
 * when the host needs the memory, the room starts anew. `onStart(woke: bool)` is told whether that happened while somebody
 * was in it. What must last belongs into `kv`.
 */
export abstract class Room {}

/** Makes the allocator set up its tables now, as its first use would otherwise do in a hook. */
export function warmHeap(): void {
  new ArrayBuffer(0);
  // @ts-ignore: the compiler knows it, the editor does not
  __collect();
}
