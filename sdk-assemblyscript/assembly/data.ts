/** A message on its way in or out: one byte that tells text from binary, then the bytes. */
import { writeBytes, writeString, writeU8 } from "./abi/exchange";

export const TEXT: u32 = 0;
export const BINARY: u32 = 1;

export function writeText(text: string): void {
  writeU8(TEXT);
  writeString(text);
}

export function writeBinary(bytes: ArrayBuffer): void {
  writeU8(BINARY);
  writeBytes(bytes);
}
