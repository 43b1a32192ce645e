import { beginRequest, receive, sendRequest, writeString, writeU32 } from "./abi/exchange";
import { writeBinary, writeText } from "./data";

// @ts-ignore: decorator
@external("conn", "send")
declare function hostSend(): void;
// @ts-ignore: decorator
@external("conn", "close")
declare function hostClose(): void;

/**
 * Somebody in the room. Two objects with the same `id` mean the same connection.
 *
 * What is sent leaves when the hook has returned; a hook that fails sends nothing. To a connection that has
 * left in the meantime nothing is delivered.
 */
export class Connection {
  constructor(
    /** Chosen by the host, unique in the room. */
    readonly id: string,
  ) {}

  /** Sends text to this connection alone. */
  send(text: string): void {
    beginRequest();
    writeString(this.id);
    writeText(text);
    sendRequest();
    hostSend();
    receive();
  }

  /** Sends a binary message to this connection alone. */
  sendBytes(bytes: ArrayBuffer): void {
    beginRequest();
    writeString(this.id);
    writeBinary(bytes);
    sendRequest();
    hostSend();
    receive();
  }

  /**
   * Closes this connection; `onLeave` follows.
   *
   * @param code a WebSocket close code: 1000, or 3000 to 4999
   * @param reason shown to the client, at most 123 bytes of UTF-8
   */
  close(code: i32 = 1000, reason: string = ""): void {
    beginRequest();
    writeString(this.id);
    writeU32(code);
    writeString(reason);
    sendRequest();
    hostClose();
    receive();
  }
}
