/**
 * Puts a text together from parts. Adding to a string copies all of it each time; this copies each part once, and needs
 * about three times the memory of the text.
 */
export class StringBuilder {
  private buffer: ArrayBuffer = new ArrayBuffer(INITIAL_BYTES);
  private bytes: i32 = 0;

  /** How long the text is so far, as a string's `length`. */
  get length(): i32 {
    return this.bytes >> 1;
  }

  /** Adds a part at the end. Returns this, so that calls can follow each other. */
  append(part: string): StringBuilder {
    const size = part.length << 1;
    this.makeSpace(size);
    memory.copy(changetype<usize>(this.buffer) + this.bytes, changetype<usize>(part), size);
    this.bytes += size;
    return this;
  }

  /** Begins anew with no text. The memory is kept for the next one. */
  clear(): void {
    this.bytes = 0;
  }

  /** The text. More may be appended afterwards. */
  toString(): string {
    // @ts-ignore: the compiler knows these, the editor does not
    const text = changetype<string>(__new(this.bytes, idof<string>()));
    memory.copy(changetype<usize>(text), changetype<usize>(this.buffer), this.bytes);
    return text;
  }

  private makeSpace(size: i32): void {
    const needed = this.bytes + size;
    if (needed <= this.buffer.byteLength) return;
    const grown = max(needed, this.buffer.byteLength << 1);
    // @ts-ignore: as above
    this.buffer = changetype<ArrayBuffer>(__renew(changetype<usize>(this.buffer), grown));
  }
}

const INITIAL_BYTES: i32 = 64;
