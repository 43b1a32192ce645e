package org.cloudramp.sandbox.core;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.core.function.FunctionCatalogue;
import org.cloudramp.sandbox.core.module.CodeCache;
import org.cloudramp.sandbox.core.module.GuestMemory;
import org.cloudramp.sandbox.core.module.LoadedModule;
import org.cloudramp.sandbox.core.publish.CurrentVersions;
import org.cloudramp.sandbox.core.publish.Publisher;
import org.cloudramp.sandbox.core.recording.Recordings;
import org.cloudramp.sandbox.core.room.RoomScheduler;
import org.cloudramp.sandbox.core.run.Quarantine;
import org.cloudramp.sandbox.core.table.ModuleTable;
import org.cloudramp.sandbox.core.timer.DueTimers;
import org.cloudramp.sandbox.core.writebehind.WriteBehind;

/**
 * What whoever runs this server sees of it, and can do about it. It is about this server: others
 * that share its stores have their own. Thread-safe; {@link #services}, {@link #delete}, {@link
 * #upload}, {@link #keepSourceMap}, {@link #sourceMap} and {@link Backends#askStore} ask the store
 * and block, nothing else here waits.
 */
public final class Operator {
  /** How long a version may be {@linkplain #putToRest put to rest} at once. */
  public static final Duration LONGEST_REST = Duration.ofDays(7);

  private final RoomScheduler rooms;
  private final ModuleTable<LoadedModule> table;
  private final CurrentVersions versions;
  private final Publisher publisher;
  private final Quarantine quarantine;
  private final GuestMemory memory;
  private final CodeCache codes;
  private final Recordings recordings;
  private final WriteBehind behind;
  private final Backends backends;
  private final RoomInspection inspection;
  private final DueTimers timers;
  private final FunctionCatalogue functions;
  private final Function<ServiceId, Limits> limits;
  private final Clock clock;

  Operator(
      RoomScheduler rooms,
      ModuleTable<LoadedModule> table,
      CurrentVersions versions,
      Publisher publisher,
      Quarantine quarantine,
      GuestMemory memory,
      CodeCache codes,
      Recordings recordings,
      WriteBehind behind,
      Backends backends,
      RoomInspection inspection,
      DueTimers timers,
      FunctionCatalogue functions,
      Function<ServiceId, Limits> limits,
      Clock clock) {
    this.rooms = rooms;
    this.table = table;
    this.versions = versions;
    this.publisher = publisher;
    this.quarantine = quarantine;
    this.memory = memory;
    this.codes = codes;
    this.recordings = recordings;
    this.behind = behind;
    this.backends = backends;
    this.inspection = inspection;
    this.timers = timers;
    this.functions = functions;
    this.limits = limits;
    this.clock = clock;
  }

  /** What this sandbox stands on. */
  public Backends backends() {
    return backends;
  }

  /** What guests of a service may take, whether it has been uploaded or not. */
  public Limits limits(ServiceId service) {
    return limits.apply(service);
  }

  /**
   * What a service may import.
   *
   * @param open modules that every service may import from
   * @param granted functions of plugins that the settings allow this one, by both parts of their
   *     names
   */
  public record Importable(SortedSet<String> open, SortedSet<String> granted) {}

  /** What a service may import, whether it has been uploaded or not. */
  public Importable importable(ServiceId service) {
    return new Importable(functions.open(), functions.granted(service));
  }

  /** What rooms hold in the KV store: all servers that share it see the same. */
  public RoomInspection inspection() {
    return inspection;
  }

  /**
   * A slot of the module table.
   *
   * @param version what it holds
   * @param lastRequest when a hook last asked for it
   * @param leases how many hooks use it now
   */
  public record Slot(ModuleVersion version, Instant lastRequest, int leases) {}

  /**
   * The module table.
   *
   * @param slots how many there are
   * @param occupied those that hold a module, are promised to one, or wait for the last hooks of
   *     one that was evicted
   * @param hits how often a hook found its module in a slot, since the start
   * @param misses how often one did not
   */
  public record Table(int slots, int occupied, long hits, long misses) {}

  /**
   * The code of versions without a slot, which is kept so that they are not compiled when they get
   * one again.
   *
   * @param versions that are kept
   * @param bytes about how much memory they take
   * @param maxBytes how much they may take: the setting {@code codeMemory}
   * @param hits how many loads and checks found the code of their version since the start
   * @param misses how many had to compile
   * @param evictions how many versions made room, for others or for guests
   */
  public record KeptCode(
      int versions, long bytes, long maxBytes, long hits, long misses, long evictions) {}

  /**
   * A room that has something on this server.
   *
   * @param address which room
   * @param calls how many hooks run or have a place in its queue
   * @param memoryBytes what its guest keeps between hooks
   */
  public record ActiveRoom(RoomAddress address, int calls, long memoryBytes) {}

  /**
   * A version that rests after repeated faults, or one room of it.
   *
   * @param version which
   * @param room which room; empty if the version rests as a whole
   * @param remaining how much longer
   * @param lastFault the message of its last fault, or why it was {@linkplain #putToRest put to
   *     rest}
   */
  public record Resting(
      ModuleVersion version, Optional<RoomId> room, Duration remaining, String lastFault) {}

  /**
   * Some of the services of which the store keeps anything: ask again with the last one of the
   * answer until the answer is empty. Blocks.
   *
   * @param after the last service of the answer before; nothing to begin
   * @param most how many to answer at most, 1 to {@link
   *     org.cloudramp.sandbox.api.store.ModuleStore#MAX_SERVICES_AT_ONCE}
   * @throws org.cloudramp.sandbox.api.error.StoreException if the store cannot be asked; of kind
   *     refused if it is of an earlier make, and cannot tell
   */
  public List<ServiceId> services(Optional<ServiceId> after, int most) {
    return publisher.services(after, most);
  }

  /**
   * Whether this process has seen a live version of a service: what is a name that a stranger may
   * have made up, and what is not. Asks no store; not yet so of a service that nobody has used
   * here.
   */
  public boolean hasSeen(ServiceId service) {
    return versions.hasSeen(service);
  }

  /**
   * Removes all that the store keeps of a service and all that is recorded of it here, and takes
   * its versions out of their slots. Hooks that run end as usual; later ones are not run, with a
   * {@link org.cloudramp.sandbox.api.error.ModuleException} of kind not found, also the leaves that
   * are due. Other servers notice when they ask the store again (the setting {@code refresh}). Its
   * keys and values stay in the KV store. Blocks.
   *
   * @throws org.cloudramp.sandbox.api.error.StoreException if the store failed on the way: then a
   *     part may be done, and to delete again does the rest; of kind refused if the store is of an
   *     earlier make, and cannot delete
   */
  public void delete(ServiceId service) {
    publisher.delete(service);
    codes.drop(service); // first, or the code of a slot that is evicted is kept
    table.evictAll(service);
    recordings.forget(service);
    rooms.makeUpLeaves(service);
  }

  /**
   * The modules in slots now, the last requested first; never more than the setting {@code slots}.
   */
  public List<Slot> slots() {
    Instant now = clock.instant();
    long ticks = System.nanoTime();
    return table.slots().stream()
        .map(
            slot ->
                new Slot(slot.version(), now.minusNanos(ticks - slot.lastRequest()), slot.leases()))
        .toList();
  }

  /** How the module table fares. */
  public Table table() {
    return new Table(table.capacity(), table.occupied(), table.hits(), table.misses());
  }

  /** What is kept of versions without a slot. */
  public KeptCode keptCode() {
    CodeCache.Statistics now = codes.statistics();
    return new KeptCode(
        now.versions(), now.bytes(), now.maxBytes(), now.hits(), now.misses(), now.evictions());
  }

  /** The rooms that have calls that wait or run, or whose guest keeps memory, by address. */
  public List<ActiveRoom> rooms() {
    return rooms
        .states()
        .map(state -> new ActiveRoom(state.address(), state.tasks(), state.memoryBytes()))
        .toList();
  }

  /** How many rooms have calls that wait or run. */
  public int activeRooms() {
    return rooms.activeRooms();
  }

  /** How many calls wait or run, in all rooms. */
  public long pendingCalls() {
    return rooms.pendingTasks();
  }

  /**
   * Bytes of memory that guests have now, those that run counted with all they could grow to, that
   * compiled code takes, with a slot or kept without one, and that recordings take.
   */
  public long guestMemory() {
    return memory.used();
  }

  /** Bytes that {@link #guestMemory} may reach: the setting {@code guestMemory}. */
  public long guestMemoryLimit() {
    return memory.budget();
  }

  /** Whether the rooms of a service are recorded: the setting {@code record.<service>}. */
  public boolean records(ServiceId service) {
    return recordings.includes(service);
  }

  /**
   * What a room did of late on this server, as a file of the format in {@code docs/recording.md}.
   * It holds all that the room was told and has said, secrets included. It is about as large as the
   * setting {@code recording.roomBytes} allows, and a new copy for each call.
   *
   * @return empty if nothing of the room is recorded, or its service is not
   */
  public Optional<Bytes> recording(RoomAddress room) {
    return recordings.file(room);
  }

  /** Bytes that all recordings take; they are part of {@link #guestMemory}. */
  public long recordedBytes() {
    return recordings.bytes();
  }

  /** Bytes that {@link #recordedBytes} may reach: the setting {@code recording.bytes}. */
  public long recordedBytesLimit() {
    return recordings.maxBytes();
  }

  /**
   * The bytes of a version, as they were uploaded. Blocks.
   *
   * @throws org.cloudramp.sandbox.api.error.ModuleException of kind not found if it is not
   *     published
   * @throws org.cloudramp.sandbox.api.error.StoreException if the store cannot be asked
   */
  public byte[] upload(ModuleVersion version) {
    return publisher.upload(version);
  }

  /**
   * Keeps the source map of a published version beside it, for those who replay a recording. It is
   * not looked into, and no engine gets it. A service has as many a minute, and as much time for
   * them, as for modules. Blocks.
   *
   * @param sourceMap gives it, in the time of the service; not called if that is used up
   * @return how many bytes it has
   * @throws org.cloudramp.sandbox.api.error.ModuleException of kind not found if the version is not
   *     published; of kind limit if the store takes no bytes that many, or the service has sent too
   *     many source maps
   * @throws org.cloudramp.sandbox.api.error.StoreException if the store cannot be asked; of kind
   *     refused if it is of an earlier make, and keeps none
   */
  public int keepSourceMap(ModuleVersion version, Supplier<byte[]> sourceMap) {
    return publisher.keepSourceMap(version, sourceMap);
  }

  /**
   * The source map of a version, if one is kept. Blocks.
   *
   * @throws org.cloudramp.sandbox.api.error.StoreException if the store cannot be asked
   */
  public Optional<byte[]> sourceMap(ModuleVersion version) {
    return publisher.sourceMap(version);
  }

  /** Bytes of writes that the KV store gets later, of services with write-behind. */
  public long waitingWrites() {
    return behind.heldBytes();
  }

  /** The versions and rooms that rest now, the one that rests longest first. */
  public List<Resting> quarantine() {
    return quarantine.resting().stream()
        .map(rest -> new Resting(rest.version(), rest.room(), rest.remaining(), rest.lastFault()))
        .toList();
  }

  /**
   * Lets a version run again that is in quarantine after repeated faults, in all its rooms, and
   * forgets who has made it fail.
   */
  public void liftQuarantine(ModuleVersion version) {
    quarantine.lift(version);
    rooms.makeUpLeaves(version.service());
  }

  /**
   * Keeps a version from running on this server for a while, in all its rooms, whatever it does;
   * {@link #liftQuarantine} ends that before. Whoever is in its rooms stays until they say
   * something.
   *
   * @param time longer than nothing, at most {@link #LONGEST_REST}
   * @param why a few words for those who ask why it does not run
   * @throws IllegalArgumentException if the time is not possible
   * @throws org.cloudramp.sandbox.api.error.RefusedException if a thousand other versions rest so
   */
  public void putToRest(ModuleVersion version, Duration time, String why) {
    if (time.isNegative() || time.isZero() || time.compareTo(LONGEST_REST) > 0) {
      throw new IllegalArgumentException(
          "a version rests for more than nothing and at most %d hours, and not for %s"
              .formatted(LONGEST_REST.toHours(), time));
    }
    quarantine.order(version, time, why);
  }

  /**
   * How many connections have left without their {@code onLeave}, because the version rests or
   * cannot be loaded. It runs before the next hook of their rooms, or when the version runs again.
   */
  public int dueLeaves() {
    return rooms.dueLeaves();
  }

  /**
   * Takes a version out of its slot. Hooks that use it end as usual; rooms that keep memory in it
   * begin anew.
   *
   * @return whether it was in a slot
   */
  public boolean evict(ModuleVersion version) {
    return table.evict(version);
  }

  /**
   * Loads the live version of a service, so that its next hook does not wait for that.
   *
   * @return what is in a slot then; nothing if the service has no live version; exceptionally as
   *     {@link Sandbox#dispatch} if it cannot be loaded
   */
  public CompletionStage<Optional<ModuleVersion>> warm(ServiceId service) {
    return versions
        .of(service, System.nanoTime())
        .thenCompose(
            live ->
                live.isEmpty()
                    ? CompletableFuture.completedFuture(live)
                    : table
                        .load(live.get())
                        .thenApply(
                            lease -> {
                              lease.close();
                              return live;
                            }));
  }

  /**
   * Fires the timers that are due now, of all rooms, instead of a moment later. For tests, whose
   * clock stands still.
   *
   * @return completes when their hooks have ended, with the time before which no more timers come
   *     due, as far as this server knows, or empty if it knows of none; exceptionally with a {@link
   *     org.cloudramp.sandbox.api.error.StoreException} if the store cannot be asked. What follows
   *     on it must be quick, or asynchronous
   */
  public CompletionStage<Optional<Instant>> fireTimers() {
    return timers.fire();
  }
}
