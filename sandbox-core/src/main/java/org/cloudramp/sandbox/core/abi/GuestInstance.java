package org.cloudramp.sandbox.core.abi;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.engine.CompiledModule;
import org.cloudramp.sandbox.api.engine.FunctionImport;
import org.cloudramp.sandbox.api.engine.GuestFunction;
import org.cloudramp.sandbox.api.engine.HostImport;
import org.cloudramp.sandbox.api.engine.Instance;
import org.cloudramp.sandbox.api.engine.InstanceLimits;
import org.cloudramp.sandbox.api.engine.Memory;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.HostFunctionException;
import org.cloudramp.sandbox.api.hook.Hook;
import org.jspecify.annotations.Nullable;

/**
 * One instance of a guest and its mailbox. One thread at a time, not always the same.
 *
 * <p>Every pointer and length in the mailbox is the guest's and may be anything: each is checked
 * before it is used, and what does not fit is a {@link GuestException} of kind abi. After any
 * exception the instance is in no known state and must be closed.
 */
public final class GuestInstance implements AutoCloseable {
  // Offsets of the mailbox's words, in bytes.
  private static final int EVENT_POINTER = 0;
  private static final int EVENT_CAPACITY = 4;
  private static final int EVENT_LENGTH = 8;
  private static final int STATUS = 12;
  private static final int REQUEST_POINTER = 16;
  private static final int REQUEST_LENGTH = 20;
  private static final int RESPONSE_POINTER = 24;
  private static final int RESPONSE_CAPACITY = 28;
  private static final int RESPONSE_LENGTH = 32;
  private static final int MAILBOX_BYTES = 36;

  private static final int STATUS_OK = 0;
  private static final int STATUS_REFUSED = 1;
  private static final byte[] NOTHING = {};
  private static final long[] NO_ARGUMENTS = {};

  /** A larger buffer outlives no hook: the ledger counts 16 KiB beside the memory. */
  private static final int MAX_KEPT_CAPACITY = 4 << 10;

  private final GuestProgram program;
  private final Instance instance;
  private final Memory memory;
  private final int maxRequestBytes;
  private final Map<Hook, GuestFunction> hooks = new EnumMap<>(Hook.class);
  private final Optional<GuestFunction> reserve;
  private final Optional<GuestFunction> restoreGlobals;
  private final int mailbox;

  /** Where the guest notes the place in its source that it has come to; 0 if it does not. */
  private final int place;

  private final GuestImage image;

  /** Looked up when they are first needed, which in most rooms is never. */
  private final Map<String, Optional<GuestFunction>> accessors = new HashMap<>(0);

  /** What the last host call could not put into the guest's buffer, or its error message. */
  private byte[] pending = NOTHING;

  // Used again for each event and host call.
  private final WireWriter encodedInput = new WireWriter();
  private final WireWriter response = new WireWriter();
  private final WireReader request = new WireReader(NOTHING);
  private byte[] requestBuffer = NOTHING;

  /** Whether the guest has ended its hook itself, which says where. */
  private boolean aborted;

  /** Who answers host calls now; null while no guest code runs. */
  private @Nullable GuestCalls calls;

  /** How a hook returned. */
  public enum Status {
    OK,
    REFUSED
  }

  private GuestInstance(
      GuestProgram program,
      CompiledModule compiled,
      InstanceLimits limits,
      int maxRequestBytes,
      Duration budget,
      @Nullable GuestImage knownImage) {
    this.program = program;
    this.maxRequestBytes = maxRequestBytes;
    List<HostImport> imports = new ArrayList<>();
    for (int i = 0; i < program.imports().size(); i++) {
      imports.add(new Import(program.imports().get(i), i));
    }
    this.instance = compiled.instantiate(imports, limits);
    try {
      this.memory = instance.memory();
      for (Hook hook : program.hooks()) {
        hooks.put(hook, function(hook.export()));
      }
      this.reserve = instance.function(GuestProgram.RESERVE);
      this.restoreGlobals = instance.function(GuestProgram.RESTORE);
      long start = System.nanoTime();
      Optional<GuestFunction> initialize = instance.function(GuestProgram.INITIALIZE);
      if (initialize.isPresent()) {
        initialize.get().call(budget);
      }
      this.mailbox = (int) function(GuestProgram.MAILBOX).call(remaining(budget, start));
      if (mailbox == 0 || Integer.toUnsignedLong(mailbox) + MAILBOX_BYTES > memoryBytes()) {
        throw broken("the mailbox at %d is not within the memory", Integer.toUnsignedLong(mailbox));
      }
      Optional<GuestFunction> notesPlace = instance.function(GuestProgram.PLACE);
      this.place =
          notesPlace.isPresent() ? (int) notesPlace.get().call(remaining(budget, start)) : 0;
      if (notesPlace.isPresent()
          && (place == 0 || Integer.toUnsignedLong(place) + NotedPlace.BYTES > memoryBytes())) {
        throw broken("the place at %d is not within the memory", Integer.toUnsignedLong(place));
      }
      Optional<GuestFunction> saveGlobals = instance.function(GuestProgram.SAVE);
      if (saveGlobals.isPresent()) {
        saveGlobals.get().call(remaining(budget, start));
      }
      this.image = knownImage != null ? knownImage : new GuestImage(memory.capture());
    } catch (GuestException e) {
      instance.close();
      throw program.withPlace(e);
    } catch (Throwable e) {
      instance.close();
      throw e;
    }
  }

  static GuestInstance start(
      GuestProgram program,
      CompiledModule compiled,
      InstanceLimits limits,
      int maxRequestBytes,
      Duration budget,
      @Nullable GuestImage image) {
    return new GuestInstance(program, compiled, limits, maxRequestBytes, budget, image);
  }

  /** The state it was in after it was initialised. */
  public GuestImage image() {
    return image;
  }

  /** How much memory it has now, in bytes. */
  public long memoryBytes() {
    return (long) memory.pages() * Memory.PAGE_BYTES;
  }

  /**
   * Puts memory and globals back to the image.
   *
   * @return whether that was possible; if not, close the instance
   */
  public boolean restore(Duration budget) {
    if (restoreGlobals.isEmpty() || !memory.restore(image.memory())) {
      return false;
    }
    try {
      restoreGlobals.get().call(budget, NO_ARGUMENTS);
      return true;
    } catch (GuestException e) {
      return false; // the guest's memory has another size than the image's
    }
  }

  /**
   * All that it remembers. Not while a hook runs.
   *
   * @param maxBytes of memory that are copied at most
   * @return empty if it has more memory, or its globals cannot be read
   * @throws GuestException if that failed; close the instance
   */
  public Optional<GuestState> state(int maxBytes, Duration budget) {
    Optional<GuestFunction> storeGlobals = accessor(GuestProgram.STORE_GLOBALS);
    if (storeGlobals.isEmpty() || memoryBytes() > maxBytes) {
      return Optional.empty();
    }
    byte[] globals = globals(storeGlobals.get(), budget);
    byte[] content = new byte[(int) memoryBytes()];
    memory.read(0, content, 0, content.length);
    return Optional.of(new GuestState(globals, content));
  }

  /**
   * The mutable globals of a program whose {@linkplain GuestProgram#hasReadableState state can be
   * read}, as {@link GuestState} has them. Not while a hook runs.
   *
   * @throws GuestException if that failed; close the instance
   */
  public byte[] globals(Duration budget) {
    return globals(accessor(GuestProgram.STORE_GLOBALS).orElseThrow(), budget);
  }

  private byte[] globals(GuestFunction storeGlobals, Duration budget) {
    byte[] before = new byte[globalBytes()];
    memory.read(0, before, 0, before.length);
    byte[] globals = new byte[before.length];
    memory.write(0, globals, 0, globals.length); // whatever a global of 32 bits leaves as it is
    storeGlobals.call(budget, NO_ARGUMENTS);
    memory.read(0, globals, 0, globals.length);
    memory.write(0, before, 0, before.length);
    return globals;
  }

  /**
   * Copies a part of the memory, with zeros for what the host puts there for each event: no hook
   * finds there what an earlier one was told, nor the place that it had come to. Not while a hook
   * runs.
   *
   * @param target as much as it is long
   */
  public void readWithoutEvent(int address, byte[] target) {
    memory.read(address, target, 0, target.length);
    clear(address, target, mailbox + EVENT_LENGTH, Integer.BYTES);
    clear(
        address,
        target,
        memory.readInt(mailbox + EVENT_POINTER),
        Integer.toUnsignedLong(memory.readInt(mailbox + EVENT_CAPACITY)));
    if (place != 0) {
      clear(address, target, place, NotedPlace.BYTES);
    }
  }

  private static void clear(int address, byte[] part, int pointer, long size) {
    long offset = Integer.toUnsignedLong(pointer) - Integer.toUnsignedLong(address);
    int from = (int) Math.min(Math.max(offset, 0), part.length);
    int to = (int) Math.min(Math.max(offset + size, from), part.length);
    java.util.Arrays.fill(part, from, to, (byte) 0);
  }

  /** Overwrites a part of the memory. Not while a hook runs. */
  public void write(int address, byte[] content) {
    memory.write(address, content, 0, content.length);
  }

  /**
   * Puts it into a state that another instance of the same module had. Not while a hook runs.
   *
   * @return whether that was possible; if not, close the instance
   * @throws GuestException if that failed; close the instance
   */
  public boolean become(GuestState state, Duration budget) {
    if (!setGlobals(state.globals(), state.pages(), budget)) {
      return false;
    }
    memory.write(0, state.memory(), 0, state.memory().length);
    return true;
  }

  /**
   * Gives it the globals, and as many pages, that another instance of the same module had; what the
   * memory holds where it begins, as far as the globals and four bytes reach, is overwritten. Not
   * while a hook runs.
   *
   * @return whether that was possible; if not, close the instance
   * @throws GuestException if that failed; close the instance
   */
  public boolean setGlobals(byte[] globals, int pages, Duration budget) {
    Optional<GuestFunction> loadGlobals = accessor(GuestProgram.LOAD_GLOBALS);
    if (loadGlobals.isEmpty() || globals.length != globalBytes() || pages < memory.pages()) {
      return false;
    }
    memory.write(0, globals, 0, globals.length);
    memory.writeInt(globals.length, pages);
    loadGlobals.get().call(budget, NO_ARGUMENTS);
    return memory.pages() == pages;
  }

  private int globalBytes() {
    return GuestState.GLOBAL_BYTES * program.accessibleGlobals().orElse(0);
  }

  /** A function that reads or sets the globals by way of the memory, which must have the space. */
  private Optional<GuestFunction> accessor(String name) {
    return program.accessibleGlobals().isPresent() && globalBytes() + Integer.BYTES <= memoryBytes()
        ? accessors.computeIfAbsent(name, instance::function)
        : Optional.empty();
  }

  /**
   * Runs a hook that the program has.
   *
   * @param input what the hook is told
   * @param calls answers its host calls
   * @param budget time for all of it; none left ends it at once
   * @throws GuestException if the guest traps, uses up its budget or breaks the ABI
   */
  public Status run(HookInput input, HookConditions conditions, GuestCalls calls, Duration budget) {
    input.encode(conditions, encodedInput.clear());
    return run(input.hook(), encodedInput.buffer(), encodedInput.size(), calls, budget);
  }

  /**
   * Runs a hook that the program has, with an event that was encoded before.
   *
   * @param event all of it, as {@code docs/abi.md} lays it out
   * @param calls answers its host calls
   * @param budget time for all of it; none left ends it at once
   * @throws GuestException if the guest traps, uses up its budget or breaks the ABI
   */
  public Status run(Hook hook, Bytes event, GuestCalls calls, Duration budget) {
    return run(hook, event.toArray(), event.size(), calls, budget);
  }

  private Status run(Hook hook, byte[] event, int size, GuestCalls calls, Duration budget) {
    GuestFunction function = hooks.get(hook);
    if (function == null) {
      throw new IllegalArgumentException("the guest has no " + hook);
    }
    this.calls = calls;
    pending = NOTHING;
    aborted = false;
    try {
      Duration left = deliver(event, size, positive(budget));
      memory.writeInt(mailbox + STATUS, STATUS_OK);
      if (place != 0) {
        memory.writeInt(place, NotedPlace.NONE);
      }
      function.call(left, NO_ARGUMENTS);
      int status = memory.readInt(mailbox + STATUS);
      return switch (status) {
        case STATUS_OK -> Status.OK;
        case STATUS_REFUSED -> Status.REFUSED;
        default -> throw broken("status %d is neither 0 nor 1", status);
      };
    } catch (GuestException e) {
      throw near(program.withPlace(e));
    } finally {
      this.calls = null;
      if (requestBuffer.length > MAX_KEPT_CAPACITY) {
        requestBuffer = NOTHING;
      }
    }
  }

  /** With the place that the guest has noted, unless it has said itself where it was. */
  private GuestException near(GuestException failure) {
    return place == 0 || aborted
        ? failure
        : NotedPlace.in(memory, place).map(failure::near).orElse(failure);
  }

  /** Returns what is left of the budget, of which only a guest that makes room takes a part. */
  private Duration deliver(byte[] event, int size, Duration budget) {
    Duration left = budget;
    memory.writeInt(mailbox + EVENT_LENGTH, size);
    if (inboxIsTooSmallFor(size) && reserve.isPresent()) {
      long start = System.nanoTime();
      reserve.get().call(budget, NO_ARGUMENTS);
      left = remaining(budget, start);
    }
    if (inboxIsTooSmallFor(size)) {
      throw broken(
          "the inbox holds %d bytes, the event has %d%s",
          Integer.toUnsignedLong(memory.readInt(mailbox + EVENT_CAPACITY)),
          size,
          reserve.isPresent()
              ? ", and " + GuestProgram.RESERVE + " did not make room"
              : "; export " + GuestProgram.RESERVE + " to make room");
    }
    write("inbox", memory.readInt(mailbox + EVENT_POINTER), event, size);
    memory.writeInt(mailbox + EVENT_LENGTH, size);
    return left;
  }

  private boolean inboxIsTooSmallFor(int size) {
    return Integer.compareUnsigned(memory.readInt(mailbox + EVENT_CAPACITY), size) < 0;
  }

  private void serve(FunctionImport target, int place) {
    GuestCalls calls = callsOf(target);
    readRequest(target);
    response.clear();
    try {
      calls.call(place, request, response);
    } catch (HostFunctionException e) {
      pending = String.valueOf(e.getMessage()).getBytes(StandardCharsets.UTF_8);
      memory.writeInt(mailbox + RESPONSE_LENGTH, -e.code());
      return;
    }
    respond(response.buffer(), response.size());
  }

  /** Gives the guest what its last host call had no room for. */
  private void repeat(FunctionImport target) {
    GuestCalls unused = callsOf(target);
    respond(pending, pending.length);
  }

  /** Who answers the call that the guest makes, which is counted. */
  private GuestCalls callsOf(FunctionImport target) {
    GuestCalls calls = this.calls;
    if (calls == null) {
      throw outsideHook(target);
    }
    calls.count();
    return calls;
  }

  private void readRequest(FunctionImport target) {
    int pointer = memory.readInt(mailbox + REQUEST_POINTER);
    int length = memory.readInt(mailbox + REQUEST_LENGTH);
    if (length == 0) {
      request.restart(NOTHING, 0);
      return;
    }
    if (Integer.compareUnsigned(length, maxRequestBytes) > 0) {
      throw new GuestException(
          GuestException.Kind.QUOTA,
          "a request to '%s' has %d bytes; limits.requestBytes allows %d"
              .formatted(target.qualifiedName(), Integer.toUnsignedLong(length), maxRequestBytes));
    }
    if (length > requestBuffer.length) {
      requestBuffer = new byte[capacityFor(length)];
    }
    try {
      memory.read(pointer, requestBuffer, 0, length);
    } catch (IndexOutOfBoundsException e) {
      throw broken(
          "the request at %d of %d bytes is not within the memory",
          Integer.toUnsignedLong(pointer), length);
    }
    request.restart(requestBuffer, length);
  }

  /** Twice as much each time, so that a hook whose requests grow makes few buffers. */
  private int capacityFor(int length) {
    long doubled = Integer.highestOneBit(length) * 2L;
    return (int) Math.max(length, Math.min(doubled, maxRequestBytes));
  }

  private void respond(byte[] content, int size) {
    int capacity = memory.readInt(mailbox + RESPONSE_CAPACITY);
    if (Integer.compareUnsigned(capacity, size) < 0) {
      pending = content == pending ? pending : java.util.Arrays.copyOf(content, size);
    } else {
      if (size > 0) {
        write("response buffer", memory.readInt(mailbox + RESPONSE_POINTER), content, size);
      }
      pending = NOTHING;
    }
    memory.writeInt(mailbox + RESPONSE_LENGTH, size);
  }

  /**
   * Writes to where the guest says, which must lie in the memory, as the memory finds out, and not
   * over the mailbox that is worked from.
   */
  private void write(String what, int pointer, byte[] content, int size) {
    long from = Integer.toUnsignedLong(pointer);
    long mailboxFrom = Integer.toUnsignedLong(mailbox);
    boolean overMailbox = from < mailboxFrom + MAILBOX_BYTES && mailboxFrom < from + size;
    try {
      if (!overMailbox) {
        memory.write(pointer, content, 0, size);
        return;
      }
    } catch (IndexOutOfBoundsException e) {
      // As for the mailbox: the guest has broken the ABI.
    }
    throw broken(
        "the %s at %d of %d bytes is not within the memory, or lies over the mailbox",
        what, from, size);
  }

  /** While the guest is initialised there is no mailbox yet, and so nothing to answer into. */
  private static GuestException outsideHook(FunctionImport target) {
    return target.qualifiedName().equals(GuestProgram.ABORT)
        ? new GuestException(
            GuestException.Kind.TRAPPED,
            "the guest aborted in %s, where it cannot say why".formatted(GuestProgram.INITIALIZE))
        : broken(
            "'%s' is called from %s or %s; host functions serve hooks only",
            target.qualifiedName(), GuestProgram.INITIALIZE, GuestProgram.MAILBOX);
  }

  private GuestFunction function(String export) {
    return instance
        .function(export)
        .orElseThrow(() -> broken("export '%s' is gone since the module was linked", export));
  }

  private static Duration remaining(Duration budget, long start) {
    return positive(budget.minusNanos(System.nanoTime() - start));
  }

  private static Duration positive(Duration budget) {
    return budget.isNegative() || budget.isZero() ? Duration.ofNanos(1) : budget;
  }

  private static GuestException broken(String message, Object... arguments) {
    return new GuestException(GuestException.Kind.ABI, message.formatted(arguments));
  }

  /** Lets go of the memory. Idempotent. */
  @Override
  public void close() {
    instance.close();
  }

  /** One import of this instance, answered from the mailbox. */
  private final class Import implements HostImport {
    private final FunctionImport target;
    private final int place;
    private final boolean isResult;
    private final boolean isAbort;

    Import(FunctionImport target, int place) {
      this.target = target;
      this.place = place;
      this.isResult = target.qualifiedName().equals(GuestProgram.RESULT);
      this.isAbort = target.qualifiedName().equals(GuestProgram.ABORT);
    }

    @Override
    public FunctionImport target() {
      return target;
    }

    @Override
    public long call(Memory memoryDuringCall, long... arguments) {
      if (isResult) {
        repeat(target);
      } else {
        aborted = isAbort;
        serve(target, place);
      }
      return 0;
    }
  }
}
