package org.cloudramp.sandbox.api;

/**
 * What a message carries: text or binary, as in a WebSocket frame.
 *
 * @param kind how the receiver is to read the bytes
 * @param bytes the content; UTF-8 for text
 */
public record Payload(Kind kind, Bytes bytes) {
  /** How to read a payload. */
  public enum Kind {
    TEXT,
    BINARY
  }

  /** A text. */
  public static Payload text(String text) {
    return new Payload(Kind.TEXT, Bytes.utf8(text));
  }

  /** A copy of {@code content}, as binary. */
  public static Payload binary(byte[] content) {
    return new Payload(Kind.BINARY, Bytes.copyOf(content));
  }

  /** The content as text, whatever the kind; malformed UTF-8 becomes U+FFFD. */
  public String text() {
    return bytes.utf8();
  }
}
