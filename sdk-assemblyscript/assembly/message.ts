import { decode } from "./abi/text";

/** What somebody sent: text or bytes, as the sender chose. */
export class Message {
  constructor(
    /** Whether it was sent as text. */
    readonly isText: bool,
    /** The bytes as they were sent; for text its UTF-8. */
    readonly bytes: ArrayBuffer,
  ) {}

  /** The text. Of a binary message, its bytes read as UTF-8. */
  get text(): string {
    return decode(changetype<usize>(this.bytes), this.bytes.byteLength);
  }
}
