/** A WebSocket client that costs little: it knows the frames that the servers here send, and hands out payloads as they lie in the buffer. */
import { randomBytes } from "node:crypto";
import { connect } from "node:net";

const TEXT = 0x1;
const BINARY = 0x2;
const CLOSE = 0x8;
const PING = 0x9;
const PONG = 0xa;

/** The same for all frames: masks hide nothing from the server, and what is sent can be prepared. */
const MASK = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);
const HEAD = 6;
const LONGEST_SHORT = 125;
const END_OF_HEAD = Buffer.from("\r\n\r\n");

/** A frame of up to 125 bytes of payload, masked. */
export function frame(opcode, payload) {
  if (payload.length > LONGEST_SHORT) throw new Error(`a frame of ${payload.length} bytes is too long for this client`);
  const bytes = Buffer.allocUnsafe(HEAD + payload.length);
  bytes[0] = 0x80 | opcode;
  bytes[1] = 0x80 | payload.length;
  MASK.copy(bytes, 2);
  for (let i = 0; i < payload.length; i++) bytes[HEAD + i] = payload[i] ^ MASK[i & 3];
  return bytes;
}

export const textFrame = (payload) => frame(TEXT, payload);
export const binaryFrame = (payload) => frame(BINARY, payload);

/** Writes digits into a frame that was made before, at a place in its payload. */
export function writeDigits(bytes, at, count, number) {
  for (let i = at + count - 1, rest = number; i >= at; i--) {
    bytes[HEAD + i] = (0x30 + (rest % 10)) ^ MASK[i & 3];
    rest = Math.floor(rest / 10);
  }
}

/**
 * Opens a WebSocket.
 *
 * @param {string} url
 * @param {(buffer: Buffer, from: number, to: number) => void} onMessage told where a message lies, which is valid only until it returns
 * @param {(why: string) => void} onEnd told when it has ended, and was not closed here
 * @returns {Promise<{ send(frames: Buffer): void, close(): void }>} when it is open
 */
export function open(url, onMessage, onEnd) {
  const { hostname, port, pathname, search } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    let rest = Buffer.alloc(0);
    let isOpen = false;
    let isClosed = false;
    const end = (why) => {
      if (isClosed) return;
      isClosed = true;
      socket.destroy();
      if (isOpen) onEnd(why);
      else reject(new Error(`${url}: ${why}`));
    };
    const session = {
      send: (frames) => void socket.write(frames),
      close: () => {
        isClosed = true;
        socket.destroy();
      },
    };
    socket.on("connect", () => {
      const key = randomBytes(16).toString("base64");
      socket.write(
        `GET ${pathname}${search} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
          `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
      );
    });
    socket.on("error", (error) => end(error.message));
    socket.on("close", () => end("the server has ended the connection"));
    socket.on("data", (chunk) => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      if (!isOpen) {
        const length = rest.indexOf(END_OF_HEAD);
        if (length < 0) return;
        const status = rest.toString("latin1", 0, rest.indexOf("\r\n"));
        if (!status.includes(" 101 ")) return end(`the server answered "${status}"`);
        rest = rest.subarray(length + END_OF_HEAD.length);
        isOpen = true;
        resolve(session);
      }
      rest = rest.subarray(readFrames(rest, socket, onMessage, end));
    });
  });
}

/** Reads the frames that are there in full; gives where the rest begins. */
function readFrames(bytes, socket, onMessage, end) {
  let at = 0;
  while (bytes.length - at >= 2) {
    let length = bytes[at + 1];
    let head = 2;
    if (length === 126) {
      if (bytes.length - at < 4) break;
      length = bytes.readUInt16BE(at + 2);
      head = 4;
    } else if (length === 127) {
      if (bytes.length - at < 10) break;
      length = Number(bytes.readBigUInt64BE(at + 2));
      head = 10;
    }
    const from = at + head;
    const to = from + length;
    if (to > bytes.length) break;
    const opcode = bytes[at] & 0x0f;
    at = to;
    if (opcode === TEXT || opcode === BINARY) onMessage(bytes, from, to);
    else if (opcode === PING) socket.write(frame(PONG, bytes.subarray(from, to)));
    else if (opcode === CLOSE) {
      const code = length >= 2 ? bytes.readUInt16BE(from) : 1005;
      end(`the server has closed it with ${code} ${bytes.toString("utf8", from + 2, to)}`);
      return bytes.length;
    }
  }
  return at;
}
