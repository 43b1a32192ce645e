package org.cloudramp.sandbox.core.gate;

import java.util.Optional;
import org.cloudramp.sandbox.api.error.ModuleException;

/**
 * What a module calls its functions, for messages about what has failed: the function names of its
 * custom section {@code name}, which no engine gets. They are the programmer's, may be anything or
 * missing, and decide nothing, so what of them cannot be read is not there, and no reason to refuse
 * a module. Immutable.
 *
 * <p>Kept as the bytes that they are in the module: most modules never fail.
 */
public final class FunctionNames {
  /** Of a module that names nothing. */
  public static final FunctionNames NONE = new FunctionNames(new byte[0]);

  /** Names of larger modules are not kept, so that they take little beside the code. */
  static final int MAX_BYTES = 256 << 10;

  private static final int FUNCTION_NAMES = 1;

  private final byte[] encoded;

  private FunctionNames(byte[] encoded) {
    this.encoded = encoded;
  }

  /** Reads the content of a section {@code name}, behind its name. */
  static FunctionNames read(Cursor content) {
    try {
      while (!content.atEnd()) {
        int kind = content.u8();
        Cursor part = content.sized("names");
        if (kind == FUNCTION_NAMES) {
          return part.remaining() <= MAX_BYTES ? new FunctionNames(part.rest()) : NONE;
        }
      }
    } catch (ModuleException e) {
      // Whoever wrote the section made a mistake that harms nobody.
    }
    return NONE;
  }

  /** The name of a function; empty if it has none. Looks through all of them. */
  public Optional<String> of(int function) {
    Location location = new Location();
    location.enter("name");
    try {
      Cursor names = new Cursor(encoded, location);
      if (names.atEnd()) {
        return Optional.empty();
      }
      int count = names.count("names");
      for (int i = 0; i < count; i++) {
        if (names.u32() == function) {
          return Optional.of(names.sized("a name").text());
        }
        names.skip(names.count("bytes of a name"));
      }
    } catch (ModuleException e) {
      // The names before it could be read.
    }
    return Optional.empty();
  }

  /** How many bytes they take. */
  public int bytes() {
    return encoded.length;
  }
}
