package org.cloudramp.sandbox.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/**
 * Small guests to test with, written in WebAssembly's text format in {@code src/main/wat} of this
 * module and compiled by its build.
 *
 * <p>{@code echo}, {@code trap} and {@code refuse} speak guest ABI 1. Those whose name starts with
 * {@code engine/} speak no ABI; they are for the contract of engines.
 */
public final class Guests {
  private Guests() {}

  /**
   * The bytes of a guest.
   *
   * @param name its path below {@code src/main/wat} without {@code .wat}, such as {@code echo} or
   *     {@code engine/traps}
   * @throws IllegalArgumentException if there is none of that name
   */
  public static byte[] wasm(String name) {
    try (InputStream wasm = Guests.class.getResourceAsStream("guests/" + name + ".wasm")) {
      if (wasm == null) {
        throw new IllegalArgumentException("there is no guest named '" + name + "'");
      }
      return wasm.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
