import { beginRequest, receive, sendRequest, writeString, writeU32 } from "./abi/exchange";
import { readString, readU32, skipBytes } from "./abi/reader";
import { Connection } from "./connection";
import { writeBinary, writeText } from "./data";
import { event, requireEvent } from "./event";

// @ts-ignore: decorator
@external("room", "broadcast")
declare function hostBroadcast(): void;
// @ts-ignore: decorator
@external("room", "sendTo")
declare function hostSendTo(): void;
// @ts-ignore: decorator
@external("room", "users")
declare function hostUsers(): void;
// @ts-ignore: decorator
@external("room", "members")
declare function hostMembers(): void;

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
    writeConnections(except);
    sendRequest();
    hostBroadcast();
    receive();
  }

  /** Sends a binary message to everybody in the room, once the hook has returned. */
  static broadcastBytes(bytes: ArrayBuffer, except: Connection[] | null = null): void {
    beginRequest();
    writeBinary(bytes);
    writeConnections(except);
    sendRequest();
    hostBroadcast();
    receive();
  }

  /**
   * Sends text to some connections, once the hook has returned. However many they are, that is one of the effects that a
   * hook may have.
   *
   * @param connections who gets it, each of them once; those that are not in the room any more are passed over
   */
  static sendTo(connections: Connection[], text: string): void {
    beginRequest();
    writeConnections(connections);
    writeText(text);
    sendRequest();
    hostSendTo();
    receive();
  }

  /** Sends a binary message to some connections, as {@link sendTo} sends text. */
  static sendToBytes(connections: Connection[], bytes: ArrayBuffer): void {
    beginRequest();
    writeConnections(connections);
    writeBinary(bytes);
    sendRequest();
    hostSendTo();
    receive();
  }

  /**
   * Who is in the room now, in the order in which they joined. Only their ids are asked for, which is less to read than
   * what {@link members} lists; `user` and `info` of these connections are not known.
   */
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
   * Who is in the room now with who they are, `user` and `info`, in the order in which they joined. One call reads of all
   * together as much as a host allows, 1 MiB: some thousands of users, or a thousand with the longest info.
   */
  static members(): Connection[] {
    beginRequest();
    sendRequest();
    hostMembers();
    receive();
    const members = new Array<Connection>(<i32>readU32());
    for (let i = 0; i < members.length; ++i) {
      const fields = readU32();
      const member = new Connection(readString());
      member.readIdentity();
      for (let field: u32 = 3; field < fields; ++field) skipBytes(); // of a newer host
      members[i] = member;
    }
    return members;
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

function writeConnections(connections: Connection[] | null): void {
  if (!connections) {
    writeU32(0);
    return;
  }
  writeU32(connections.length);
  for (let i = 0; i < connections.length; ++i) writeString(connections[i].id);
}
