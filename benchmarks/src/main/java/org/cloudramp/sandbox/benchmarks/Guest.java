package org.cloudramp.sandbox.benchmarks;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.cloudramp.sandbox.api.Payload;

/** The rooms that are measured, and what they are told. */
public enum Guest {
  /** Answers with one byte, whatever it is told. Written by hand. */
  LIGHT("by-hand/light", "."),

  /**
   * The chat of the examples, in AssemblyScript with the SDK: decodes the event, builds a string of
   * the sender's id and the text, and broadcasts it.
   */
  CHAT("chat", "a message that is sixty-four bytes long, which people rarely are"),

  /** The same chat, the same traffic, written by hand. */
  CHAT_BY_HAND("by-hand/chat", CHAT.message);

  private final String name;
  private final String message;

  Guest(String name, String message) {
    this.name = name;
    this.message = message;
  }

  byte[] wasm() {
    return wasm(name);
  }

  Payload message() {
    return Payload.text(message);
  }

  static byte[] wasm(String name) {
    try (InputStream wasm = Guest.class.getResourceAsStream("/guests/" + name + ".wasm")) {
      if (wasm == null) {
        throw new IllegalStateException("guest '" + name + "' was not built");
      }
      return wasm.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
