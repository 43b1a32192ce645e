/**
 * Strings to UTF-8 and back. The standard library can do it, one character at a time; most text is ASCII, and four
 * of its characters take hardly longer than one. That counts where it is slow: in a module's first hooks, which the
 * host's engine has not optimised yet.
 */

const REPLACEMENT: u32 = 0xfffd;

/** The most bytes that a UTF-16 unit takes in UTF-8. */
export const MAX_BYTES_PER_UNIT: usize = 3;

/** Reads `length` bytes of UTF-8. What is not UTF-8 gives some text, and never reads beyond those bytes. */
export function decode(from: usize, length: usize): string {
  const end = from + length;
  // @ts-ignore: the compiler knows these, the editor does not
  const text = __new(length << 1, idof<string>());
  let to: usize = text;
  while (from < end) {
    if (end - from >= 4) {
      let four = <u64>load<u32>(from);
      if (!(four & 0x80808080)) {
        four = (four | (four << 16)) & 0x0000ffff0000ffff;
        four = (four | (four << 8)) & 0x00ff00ff00ff00ff;
        store<u64>(to, four);
        from += 4;
        to += 8;
        continue;
      }
    }
    const lead = <u32>load<u8>(from);
    let code = REPLACEMENT;
    let size: usize = 1;
    if (lead < 0x80) {
      code = lead;
    } else if (lead < 0xe0) {
      if (end - from >= 2) {
        code = ((lead & 0x1f) << 6) | rest(from, 1);
        size = 2;
      }
    } else if (lead < 0xf0) {
      if (end - from >= 3) {
        code = ((lead & 0x0f) << 12) | (rest(from, 1) << 6) | rest(from, 2);
        size = 3;
      }
    } else if (end - from >= 4) {
      code = ((lead & 0x07) << 18) | (rest(from, 1) << 12) | (rest(from, 2) << 6) | rest(from, 3);
      size = 4;
    }
    from += size;
    if (code < 0x10000) {
      store<u16>(to, code);
      to += 2;
    } else {
      code -= 0x10000;
      store<u16>(to, 0xd800 | (code >> 10));
      store<u16>(to, 0xdc00 | (code & 0x3ff), 2);
      to += 4;
    }
  }
  // @ts-ignore: as above
  return changetype<string>(__renew(text, to - text));
}

/**
 * Writes `units` UTF-16 units as UTF-8; a surrogate without its partner becomes U+FFFD.
 *
 * @param to where there is space for {@link MAX_BYTES_PER_UNIT} bytes a unit
 * @returns how many bytes were written
 */
export function encode(from: usize, units: i32, to: usize): usize {
  const start = to;
  const end = from + (<usize>units << 1);
  while (from < end) {
    if (end - from >= 8) {
      let four = load<u64>(from);
      if (!(four & 0xff80ff80ff80ff80)) {
        four |= four >> 8;
        store<u32>(to, <u32>((four & 0xffff) | ((four >> 16) & 0xffff0000)));
        from += 8;
        to += 4;
        continue;
      }
    }
    let code = <u32>load<u16>(from);
    from += 2;
    if (code < 0x80) {
      store<u8>(to, code);
      to += 1;
      continue;
    }
    if (code < 0x800) {
      store<u8>(to, 0xc0 | (code >> 6));
      store<u8>(to, continuation(code), 1);
      to += 2;
      continue;
    }
    if ((code & 0xf800) == 0xd800) {
      const next = from < end ? <u32>load<u16>(from) : 0;
      if (code < 0xdc00 && (next & 0xfc00) == 0xdc00) {
        from += 2;
        code = 0x10000 + (((code & 0x3ff) << 10) | (next & 0x3ff));
        store<u8>(to, 0xf0 | (code >> 18));
        store<u8>(to, continuation(code >> 12), 1);
        store<u8>(to, continuation(code >> 6), 2);
        store<u8>(to, continuation(code), 3);
        to += 4;
        continue;
      }
      code = REPLACEMENT;
    }
    store<u8>(to, 0xe0 | (code >> 12));
    store<u8>(to, continuation(code >> 6), 1);
    store<u8>(to, continuation(code), 2);
    to += 3;
  }
  return to - start;
}

/** A continuation byte with the six lowest bits of `bits`. */
// @ts-ignore: decorator
@inline
function continuation(bits: u32): u32 {
  return 0x80 | (bits & 0x3f);
}

/** The six bits of a continuation byte. */
// @ts-ignore: decorator
@inline
function rest(from: usize, offset: usize): u32 {
  return <u32>load<u8>(from + offset) & 0x3f;
}
