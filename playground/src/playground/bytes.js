/** Bytes as people write them: `01 0a00 ff`. */

/** @returns {Uint8Array | null} null if it is no hexadecimal number of whole bytes */
export function bytesOf(text) {
  const digits = text.replace(/[\s,]+|0x/gi, "");
  if (digits.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(digits)) return null;
  return Uint8Array.from({ length: digits.length / 2 }, (_, index) => parseInt(digits.slice(2 * index, 2 * index + 2), 16));
}

const SHOWN = 64;

/** @param {ArrayBuffer} buffer */
export function hexOf(buffer) {
  const bytes = new Uint8Array(buffer, 0, Math.min(SHOWN, buffer.byteLength));
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  return buffer.byteLength > SHOWN ? `${digits} … of ${buffer.byteLength} bytes` : digits;
}
