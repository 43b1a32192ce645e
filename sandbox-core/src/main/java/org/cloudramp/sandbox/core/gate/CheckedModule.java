package org.cloudramp.sandbox.core.gate;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.engine.FunctionImport;
import org.cloudramp.sandbox.api.engine.FunctionSignature;

/**
 * A module that the gate let in.
 *
 * @param wasm the capped module, which is what engines get
 * @param imports the functions it wants, in its order, perhaps one several times; their names are
 *     the programmer's, so quote them before you log them
 * @param exports what it exports, by name, in its order; without those that the gate has added
 * @param initialMemoryPages how many pages of 64 KiB an instance starts with; 0 if it has no memory
 * @param maximumMemoryPages how many pages an instance can have at most, never more than the limit
 * @param tableEntries of all its tables together; they do not grow
 * @param globals how many it has
 * @param accessibleGlobals how many of them {@link #STORE_GLOBALS} copies; empty if there is no
 *     such function
 * @param names what it calls its functions; they are the programmer's, so quote them before you log
 *     them
 */
public record CheckedModule(
    Bytes wasm,
    List<FunctionImport> imports,
    Map<String, Export> exports,
    int initialMemoryPages,
    int maximumMemoryPages,
    int tableEntries,
    int globals,
    OptionalInt accessibleGlobals,
    FunctionNames names) {

  /**
   * The function of the capped module that keeps the value of every mutable global, and the size of
   * the memory. Takes nothing and gives nothing.
   */
  public static final String SAVE = "sandbox:save";

  /**
   * The function of the capped module that gives every mutable global the value it had when {@link
   * #SAVE} was called last. It traps, and changes nothing, if the size of the memory is another one
   * than it was then. Can be called any number of times.
   */
  public static final String RESTORE = "sandbox:restore";

  /**
   * The function of the capped module that copies every mutable global into memory, in their order,
   * from address 0 on, {@value #GLOBAL_SLOT_BYTES} bytes for each, of which one of 32 bits sets the
   * first four. There is none unless the gate was {@linkplain ModuleGate#withStateAccess asked for
   * it}, the module has a memory, and none of the globals is a reference. Takes nothing and gives
   * nothing; traps if the memory is too small.
   */
  public static final String STORE_GLOBALS = "sandbox:store-globals";

  /**
   * The way back of {@link #STORE_GLOBALS}. Before that, it lets the memory grow to as many pages
   * as the word behind the last global says, if it can.
   */
  public static final String LOAD_GLOBALS = "sandbox:load-globals";

  /** How far apart in memory the globals are. */
  public static final int GLOBAL_SLOT_BYTES = 8;

  /** What the names of exports may not begin with. */
  static final String RESERVED_PREFIX = "sandbox:";

  /** Copies the collections. */
  public CheckedModule {
    imports = List.copyOf(imports);
    exports = Collections.unmodifiableMap(new LinkedHashMap<>(exports));
  }

  /** The signature of the function that is exported as {@code name}, if there is one. */
  public Optional<FunctionSignature> exportedFunction(String name) {
    return exports.get(name) instanceof Export.Function function
        ? Optional.of(function.signature())
        : Optional.empty();
  }

  /** Whether its memory is exported as {@code name}. */
  public boolean exportsMemory(String name) {
    return exports.get(name) instanceof Export.Memory;
  }

  /** Whether something of any kind is exported as {@code name}. */
  public boolean exports(String name) {
    return exports.containsKey(name);
  }

  /** Sizes and counts only: the names are a stranger's and stay out of logs. */
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "module of %,d bytes, %,d imports, %,d exports, %,d to %,d memory pages",
        wasm.size(),
        imports.size(),
        exports.size(),
        initialMemoryPages,
        maximumMemoryPages);
  }

  /** Something that a module exports. */
  public sealed interface Export {
    /**
     * A function.
     *
     * @param signature its type
     */
    record Function(FunctionSignature signature) implements Export {}

    /** A table. */
    record Table() implements Export {}

    /** The memory. */
    record Memory() implements Export {}

    /** A global. */
    record Global() implements Export {}
  }
}
