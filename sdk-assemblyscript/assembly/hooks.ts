/**
 * What the compiled hooks are made of. The compiler writes, for each hook of a program, an export that reads
 * the event with these functions and calls the programmer's function; nobody else uses them.
 */
import { BINARY, TEXT } from "./data";
import { Connection } from "./connection";
import { HookError } from "./hook-error";
import { Message } from "./message";
import { Request, Response } from "./request";
import { readBool, readBytes, readI32, readI64, readString, readStrings, readU32, readU8, skipBytes } from "./abi/reader";

export { beginEvent } from "./event";
export { refuse } from "./abi/mailbox";

export function readWoke(): bool {
  return readBool();
}

export function readConnection(): Connection {
  return new Connection(readString());
}

/** Reads the last fields of an event. */
export function readIdentity(connection: Connection): void {
  connection.readIdentity();
}

export function readCode(): i32 {
  return readI32();
}

export function readDue(): i64 {
  return readI64();
}

export function readAttempt(): i32 {
  return readI32();
}

export function readRequest(): Request {
  const method = readString();
  const target = readString();
  const headers = new Array<string[]>(<i32>readU32());
  for (let i = 0; i < headers.length; ++i) headers[i] = readStrings();
  const body = readBytes();
  const user = readString();
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.slice(0, mark);
  return new Request(method, path, mark < 0 ? "" : target.slice(mark + 1), headers, body, user, readString());
}

export function answer(response: Response): void {
  response.send();
}

export function readText(): string {
  return readString();
}

export function readBinary(): ArrayBuffer {
  return readBytes();
}

/** Reads a message's kind; its text or bytes come next. */
export function nextIsText(): bool {
  return readU8() == TEXT;
}

/** Reads a message's kind; its text or bytes come next. */
export function nextIsBinary(): bool {
  return readU8() == BINARY;
}

export function readMessage(): Message {
  const isText = nextIsText();
  return new Message(isText, readBytes());
}

// What a program does not take it passes over, to get to the fields behind it.

export function skipMessage(): void {
  readU8();
  skipBytes();
}

export function skipCode(): void {
  readI32();
}

export function skipText(): void {
  skipBytes();
}

export function readHookError(): HookError {
  const code = readCode();
  const message = readString();
  const hook = readString();
  return new HookError(code, message, hook, readString());
}
