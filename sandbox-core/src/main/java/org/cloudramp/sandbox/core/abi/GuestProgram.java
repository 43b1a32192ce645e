package org.cloudramp.sandbox.core.abi;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.IntFunction;
import org.cloudramp.sandbox.api.CloseFrame;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.engine.CompiledModule;
import org.cloudramp.sandbox.api.engine.FunctionImport;
import org.cloudramp.sandbox.api.engine.FunctionSignature;
import org.cloudramp.sandbox.api.engine.FunctionSignature.NumberType;
import org.cloudramp.sandbox.api.engine.InstanceLimits;
import org.cloudramp.sandbox.api.engine.Memory;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.InertText;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.hook.Hook;
import org.jspecify.annotations.Nullable;

/** A compiled module that is known to speak guest ABI 1. Thread-safe. */
public final class GuestProgram implements AutoCloseable {
  /** The export that tells where the mailbox is. Its name is the major version of the ABI. */
  static final String MAILBOX = "sandbox_abi_1";

  /** The export that is the guest's memory. */
  static final String MEMORY = "memory";

  /** A module that exports this, of whatever kind, keeps memory for each room. */
  static final String ROOM_MEMORY = "sandbox_room_memory";

  /** A module that exports this, of whatever kind, is told of no binary messages. */
  static final String TEXT_ONLY = "sandbox_text_only";

  /** A module that exports this, of whatever kind, is told of no texts. */
  static final String BINARY_ONLY = "sandbox_binary_only";

  static final String INITIALIZE = "_initialize";
  static final String RESERVE = "sandbox_reserve";
  static final String PLACE = "sandbox_place";
  static final String SAVE = "sandbox:save";
  static final String RESTORE = "sandbox:restore";
  static final String STORE_GLOBALS = "sandbox:store-globals";
  static final String LOAD_GLOBALS = "sandbox:load-globals";
  static final String ABORT = "sandbox.abort";
  static final String RESULT = "sandbox.result";

  private static final int UNSUPPORTED_DATA = 1003;
  private static final CloseFrame TAKES_TEXT =
      new CloseFrame(UNSUPPORTED_DATA, "this room takes text messages, and no binary ones");
  private static final CloseFrame TAKES_BINARY =
      new CloseFrame(UNSUPPORTED_DATA, "this room takes binary messages, and no text");

  private static final FunctionSignature GIVES_ADDRESS =
      new FunctionSignature(List.of(), List.of(NumberType.I32));

  private final CompiledModule compiled;
  private final List<FunctionImport> imports;
  private final Set<Hook> hooks;
  private final InstanceLimits limits;
  private final int maxRequestBytes;
  private final boolean keepsRoomMemory;
  private final OptionalInt accessibleGlobals;
  private final Map<Payload.Kind, CloseFrame> unsupported;
  private final GuestPlaces places;

  /** Made when it is first asked for, and then shared by all who keep it. */
  private volatile @Nullable List<String> importNames;

  private GuestProgram(
      CompiledModule compiled,
      Set<Hook> hooks,
      ModuleExports declared,
      IntFunction<Optional<String>> functionNames,
      InstanceLimits limits,
      int maxRequestBytes) {
    this.compiled = compiled;
    this.places = new GuestPlaces(compiled, functionNames);
    this.imports = compiled.imports();
    this.hooks = hooks;
    this.keepsRoomMemory = keepsRoomMemory(declared);
    this.accessibleGlobals = declared.accessibleGlobals();
    this.unsupported = unsupported(declared);
    this.limits = limits;
    this.maxRequestBytes = maxRequestBytes;
  }

  /**
   * Checks that the module speaks the ABI.
   *
   * @param compiled closed with the program, or by the caller if this throws
   * @param declared what the module exports besides functions
   * @param functionNames what the module calls its functions, by index, for messages about what has
   *     failed
   * @param maxRequestBytes the most bytes a guest may send with one host call
   * @throws ModuleException of kind unlinkable, naming the import or export that is missing or of a
   *     wrong type
   */
  public static GuestProgram of(
      CompiledModule compiled,
      ModuleExports declared,
      IntFunction<Optional<String>> functionNames,
      InstanceLimits limits,
      int maxRequestBytes) {
    requireMemory(declared);
    for (FunctionImport wanted : compiled.imports()) {
      if (!wanted.signature().equals(FunctionSignature.NOTHING)) {
        throw unlinkable(
            "import %s has the type %s; every import of guest ABI 1 has the type %s"
                .formatted(
                    InertText.quote(wanted.qualifiedName()),
                    wanted.signature(),
                    FunctionSignature.NOTHING));
      }
    }
    Map<String, FunctionSignature> exports = compiled.exports();
    if (!exports.containsKey(MAILBOX)) {
      throw unlinkable(
          "export '%s' is missing: the module does not speak guest ABI 1".formatted(MAILBOX));
    }
    requireType(exports, MAILBOX, GIVES_ADDRESS);
    requireType(exports, INITIALIZE, FunctionSignature.NOTHING);
    requireType(exports, RESERVE, FunctionSignature.NOTHING);
    requireType(exports, PLACE, GIVES_ADDRESS);
    Set<Hook> hooks = EnumSet.noneOf(Hook.class);
    for (Hook hook : Hook.values()) {
      requireType(exports, hook.export(), FunctionSignature.NOTHING);
      if (exports.containsKey(hook.export())) {
        hooks.add(hook);
      }
    }
    if (hooks.isEmpty()) {
      throw unlinkable("the module exports no hook; it needs at least one of " + allHooks());
    }
    return new GuestProgram(compiled, hooks, declared, functionNames, limits, maxRequestBytes);
  }

  private static Map<Payload.Kind, CloseFrame> unsupported(ModuleExports declared) {
    boolean textOnly = declared.has(TEXT_ONLY);
    boolean binaryOnly = declared.has(BINARY_ONLY);
    if (textOnly && binaryOnly) {
      throw unlinkable(
          "exports '%s' and '%s' exclude each other: the module would take no message"
              .formatted(TEXT_ONLY, BINARY_ONLY));
    }
    if (textOnly) {
      return Map.of(Payload.Kind.BINARY, TAKES_TEXT);
    }
    return binaryOnly ? Map.of(Payload.Kind.TEXT, TAKES_BINARY) : Map.of();
  }

  /**
   * Checks that there is a memory to talk through, which can be known before the module is
   * compiled.
   *
   * @throws ModuleException of kind unlinkable if there is none
   */
  public static void requireMemory(ModuleExports declared) {
    if (!declared.hasMemory(MEMORY)) {
      throw unlinkable("export '%s' is missing, or is no memory".formatted(MEMORY));
    }
  }

  private static String allHooks() {
    List<String> names = new ArrayList<>();
    for (Hook hook : Hook.values()) {
      names.add(hook.export());
    }
    return String.join(", ", names);
  }

  private static void requireType(
      Map<String, FunctionSignature> exports, String name, FunctionSignature type) {
    FunctionSignature actual = exports.get(name);
    if (actual != null && !actual.equals(type)) {
      throw unlinkable(
          "export '%s' has the type %s, but must have %s".formatted(name, actual, type));
    }
  }

  private static ModuleException unlinkable(String message) {
    return new ModuleException(ModuleException.Kind.UNLINKABLE, message);
  }

  /** The functions it imports; {@link GuestCalls} gets them by their place in this list. */
  public List<FunctionImport> imports() {
    return imports;
  }

  /** What the functions are called that it imports, such as {@code room.broadcast}. */
  public List<String> importNames() {
    List<String> names = importNames;
    if (names == null) {
      names = imports.stream().map(FunctionImport::qualifiedName).toList();
      importNames = names;
    }
    return names;
  }

  /** Whether each room has memory of its own, which {@code onStart} begins. */
  public boolean keepsRoomMemory() {
    return keepsRoomMemory;
  }

  /** Whether {@link GuestInstance#globals} and {@link GuestInstance#setGlobals} work. */
  public boolean hasReadableState() {
    // They go by way of the memory, which has a page at least: the mailbox is in it.
    return accessibleGlobals.isPresent()
        && accessibleGlobals.getAsInt()
            <= (Memory.PAGE_BYTES - Integer.BYTES) / GuestState.GLOBAL_BYTES;
  }

  /** Whether each room of a module that declares this has memory of its own. */
  public static boolean keepsRoomMemory(ModuleExports declared) {
    return declared.has(ROOM_MEMORY);
  }

  /** How many globals its state has beside the memory; empty if its state cannot be read. */
  OptionalInt accessibleGlobals() {
    return accessibleGlobals;
  }

  /** What its instances may take. */
  public InstanceLimits limits() {
    return limits;
  }

  /** The most bytes that it may send with one host call. */
  public int maxRequestBytes() {
    return maxRequestBytes;
  }

  /** What the sender of a message is told whose kind the program declares not to take. */
  public Optional<CloseFrame> unsupported(Payload.Kind kind) {
    return Optional.ofNullable(unsupported.get(kind));
  }

  /** The hooks it has. */
  public Set<Hook> hooks() {
    return hooks;
  }

  /**
   * Makes an instance and initialises it: {@code _initialize} runs, the mailbox is found, and the
   * instance is ready for its first hook.
   *
   * @param budget time for that
   * @param image the state to go back to, if an instance of this program has already told it; its
   *     memory was captured at this same point
   * @throws org.cloudramp.sandbox.api.error.GuestException if {@code _initialize} fails or the
   *     mailbox is not where it must be
   */
  public GuestInstance instantiate(Duration budget, @Nullable GuestImage image) {
    return GuestInstance.start(this, compiled, limits, maxRequestBytes, budget, image);
  }

  /** The same failure, with the place where it happened in its message, if that is known. */
  GuestException withPlace(GuestException failure) {
    return places.addTo(failure);
  }

  /** Lets go of the code; instances that are open stay good. Idempotent. */
  @Override
  public void close() {
    compiled.close();
  }
}
