/** What a host does with a module's memory before it runs it. */

const HEADER_BYTES = 8;
const MEMORY_SECTION = 5;
const HAS_MAXIMUM = 1;

export const PAGE_BYTES = 65_536;

/**
 * A module whose memory cannot grow beyond so many pages of 64 KiB.
 *
 * @param {Uint8Array} wasm
 * @param {number} pages
 * @returns {{wasm: Uint8Array, shift: number}} the module, and by how many bytes its code lies further back than before
 * @throws {Error} when it wants more to begin with
 */
export function withCappedMemory(wasm, pages) {
  for (let at = HEADER_BYTES; at < wasm.length;) {
    const section = wasm[at];
    const size = readNumber(wasm, at + 1);
    const end = size.next + size.value;
    if (section !== MEMORY_SECTION) {
      at = end;
      continue;
    }
    const count = readNumber(wasm, size.next);
    const flags = wasm[count.next];
    const least = readNumber(wasm, count.next + 1);
    if (least.value > pages) {
      throw new Error(`The module starts with ${least.value} pages of memory; a host allows ${pages}.`);
    }
    const most = flags & HAS_MAXIMUM ? Math.min(readNumber(wasm, least.next).value, pages) : pages;
    const body = [...number(count.value), flags | HAS_MAXIMUM, ...number(least.value), ...number(most)];
    const capped = Uint8Array.from([...wasm.subarray(0, at), section, ...number(body.length), ...body, ...wasm.subarray(end)]);
    return { wasm: capped, shift: capped.length - wasm.length };
  }
  return { wasm, shift: 0 };
}

/** An unsigned LEB128 number, and where what follows it begins. */
export function readNumber(bytes, at) {
  let value = 0;
  let next = at;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[next++];
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return { value, next };
  }
}

/** The bytes of an unsigned LEB128 number. */
export function number(value) {
  const bytes = [];
  let rest = value;
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return [...bytes, rest];
}
