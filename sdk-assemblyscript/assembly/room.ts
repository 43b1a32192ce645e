import { beginRequest, receive, sendRequest, writeString, writeU32 } from "./abi/exchange";
import { readString, readU32 } from "./abi/reader";
import { Connection } from "./connection";
import { writeBinary, writeText } from "./data";
import { event, requireEvent } from "./event";

// @ts-ignore: decorator
@external("room", "broadcast")
declare function hostBroadcast(): void;
// @ts-ignore: decorator
@external("room", "users")
declare function hostUsers(): void;

/** The room that the running hook is about. */
export abstract class room {
  /** The room's name, unique within the service. */
  static get id(): string {
    return event.room;
  }

  /** When this hook's event happened, in milliseconds since 1970 UTC. It does not advance while the hook runs. */
  static get now(): i64 {
    requireEvent();
    return event.time;
  }

  /**
   * Sends text to everybody in the room, once the hook has returned.
   *
   * @param except those who shall not get it
   */
  static broadcast(text: string, except: Connection[] | null = null): void {
    beginRequest();
    writeText(text);
    writeExcept(except);
    sendRequest();
    hostBroadcast();
    receive();
  }

  /** Sends a binary message to everybody in the room, once the hook has returned. */
  static broadcastBytes(bytes: ArrayBuffer, except: Connection[] | null = null): void {
    beginRequest();
    writeBinary(bytes);
    writeExcept(except);
    sendRequest();
    hostBroadcast();
    receive();
  }

  /** Who is in the room now, in the order in which they joined. */
  static connections(): Connection[] {
    beginRequest();
    sendRequest();
    hostUsers();
    receive();
    const count = <i32>readU32();
    const connections = new Array<Connection>(count);
    for (let i = 0; i < count; ++i) connections[i] = new Connection(readString());
    return connections;
  }

  /**
   * The former name of {@link connections}: one user may have several connections.
   *
   * @deprecated Use {@link connections}.
   */
  static users(): Connection[] {
    return room.connections();
  }
}

function writeExcept(except: Connection[] | null): void {
  if (!except) {
    writeU32(0);
    return;
  }
  writeU32(except.length);
  for (let i = 0; i < except.length; ++i) writeString(except[i].id);
}
