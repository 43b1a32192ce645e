package org.cloudramp.sandbox.core.recording;

import java.time.Clock;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.core.abi.GuestProgram;
import org.jspecify.annotations.Nullable;

/**
 * The rings of all rooms that are recorded. Thread-safe; the lock is held for a few steps in
 * memory, never while a guest runs.
 *
 * <ol>
 *   <li>Only services are recorded that the operator has named.
 *   <li>A ring has a bound of hooks and one of bytes; the rings of a service, and all of them, have
 *       one of bytes. What is being recorded counts. At a bound the oldest hooks go: those of the
 *       room itself, or of the room of the service whose last hook is the longest ago, or of such a
 *       room of the service that holds most.
 *   <li>All of it is entered in the ledger, in which guests come first: where there is no space,
 *       recordings give way ({@link #giveWay}), and hooks are missed.
 *   <li>A ring begins with a hook whose memory is known. What a room did while there was no place
 *       is counted, and the ring goes on with the next hook whose memory is known.
 * </ol>
 */
public final class Recordings {
  /**
   * What is recorded.
   *
   * @param services those that are
   * @param hooks the most in one ring
   * @param roomBytes the most that one ring takes
   * @param serviceBytes the most that all rings of one service take
   * @param bytes the most that all rings take
   */
  public record Policy(
      Set<ServiceId> services, int hooks, int roomBytes, long serviceBytes, long bytes) {
    /** Copies the set. */
    public Policy {
      services = Set.copyOf(services);
    }
  }

  private final Policy policy;
  private final Ledger ledger;
  private final Clock clock;

  // Guarded by this.
  private final Map<ServiceId, OfService> byService = new HashMap<>();
  private long used;

  /** The rings of one service. */
  private static final class OfService {
    /** The room whose last hook is the longest ago comes first. */
    final LinkedHashMap<RoomId, RoomRing> rings = new LinkedHashMap<>(16, 0.75f, true);

    long used;
  }

  /** Nothing is recorded yet. */
  public Recordings(Policy policy, Ledger ledger, Clock clock) {
    this.policy = policy;
    this.ledger = ledger;
    this.clock = clock;
  }

  /** Whether the rooms of a service are recorded. */
  public boolean includes(ServiceId service) {
    return policy.services().contains(service);
  }

  /** How many bytes all recordings take, those in the making included. */
  public synchronized long bytes() {
    return used;
  }

  /** How many bytes they may take: the setting {@code recording.bytes}. */
  public long maxBytes() {
    return policy.bytes();
  }

  /**
   * An attempt to run a hook begins.
   *
   * @param mayTakeImage false for a hook that runs while others before it are not recorded yet: the
   *     first of those has taken the image that may be due
   * @return null if the service is not recorded
   */
  public @Nullable HookRecording begin(
      RoomAddress address, ModuleVersion version, boolean mayTakeImage) {
    return includes(address.service())
        ? new HookRecording(this, address, version, mayTakeImage, policy.roomBytes())
        : null;
  }

  /** A ring may hold several images, and hooks beside them. */
  int maxImageBytes() {
    return policy.roomBytes() / 4;
  }

  synchronized boolean needsImage(RoomAddress address) {
    RoomRing ring = ringIn(address);
    return ring == null || ring.needsImage();
  }

  /** What ran, as the file says it; kept with the ring, for it is nearly always the same. */
  RecordedModule module(RoomAddress address, ModuleVersion version, GuestProgram program) {
    synchronized (this) {
      RoomRing ring = ringIn(address);
      RecordedModule last = ring == null ? null : ring.lastModule();
      if (last != null && last.digest().equals(version.digest())) {
        return last;
      }
    }
    return new RecordedModule(
        version.digest(),
        program.limits().memoryPages(),
        program.maxRequestBytes(),
        program.keepsRoomMemory(),
        program.importNames());
  }

  private @Nullable RoomRing ringIn(RoomAddress address) {
    OfService own = byService.get(address.service());
    return own == null ? null : own.rings.get(address.room());
  }

  /**
   * Enters bytes that are going to be allocated; older hooks go for them.
   *
   * @return whether they are entered
   */
  synchronized boolean take(ServiceId service, long bytes) {
    OfService own = byService.computeIfAbsent(service, id -> new OfService());
    while (own.used + bytes > policy.serviceBytes()) {
      if (!dropOldestOf(service, own)) {
        return false;
      }
    }
    while (used + bytes > policy.bytes() || !ledger.enter(service, bytes)) {
      if (!dropOldest()) {
        return false;
      }
    }
    own.used += bytes;
    used += bytes;
    byService.put(service, own); // it may have become empty, and been removed, on the way
    return true;
  }

  /**
   * Enters bytes in the ledger that are no part of any recording.
   *
   * @return whether they are entered
   */
  boolean enterForAMoment(ServiceId service, long bytes) {
    return ledger.enter(service, bytes);
  }

  /** Takes out what {@link #enterForAMoment} has entered. */
  void leaveAfterAMoment(ServiceId service, long bytes) {
    ledger.leave(service, bytes);
  }

  /** Takes out bytes that were entered. */
  synchronized void giveBack(ServiceId service, long bytes) {
    OfService own = byService.get(service);
    if (own != null && bytes > 0) {
      leave(service, own, bytes);
    }
  }

  private void leave(ServiceId service, OfService own, long bytes) {
    own.used -= bytes;
    used -= bytes;
    ledger.leave(service, bytes);
    if (own.used == 0 && own.rings.isEmpty()) {
      byService.remove(service);
    }
  }

  private boolean dropOldest() {
    ServiceId most = null;
    OfService ofMost = null;
    for (Map.Entry<ServiceId, OfService> each : byService.entrySet()) {
      if (!each.getValue().rings.isEmpty()
          && (ofMost == null || each.getValue().used > ofMost.used)) {
        most = each.getKey();
        ofMost = each.getValue();
      }
    }
    return most != null && ofMost != null && dropOldestOf(most, ofMost);
  }

  /** A ring that has lost all its hooks goes with them. */
  private boolean dropOldestOf(ServiceId service, OfService own) {
    Iterator<RoomRing> oldestFirst = own.rings.values().iterator();
    if (!oldestFirst.hasNext()) {
      return false;
    }
    RoomRing ring = oldestFirst.next();
    long freed = ring.dropOldest();
    if (ring.size() == 0) {
      oldestFirst.remove();
      freed += RoomRing.OVERHEAD;
    }
    leave(service, own, freed);
    return true;
  }

  /**
   * A hook has ended.
   *
   * @param entry null if it could not be recorded
   * @param entered how many bytes are entered for it already
   */
  synchronized void append(RoomAddress address, @Nullable Entry entry, long entered) {
    if (entry == null || !add(address, entry)) {
      RoomRing ring = ringIn(address);
      if (ring != null) {
        ring.miss();
      }
      giveBack(address.service(), entered);
    }
  }

  private boolean add(RoomAddress address, Entry entry) {
    RoomRing ring = ringIn(address);
    boolean isNew = ring == null;
    if (isNew && !entry.isAnchor()) {
      return false;
    }
    if (!take(address.service(), Entry.OVERHEAD + (isNew ? RoomRing.OVERHEAD : 0L))) {
      return false;
    }
    long taken = Entry.OVERHEAD + (isNew ? RoomRing.OVERHEAD : 0L);
    // What was taken may have cost this very room its ring, or the beginning that the hook needs.
    ring = ringIn(address);
    if (ring == null) {
      if (!isNew || !entry.isAnchor()) {
        giveBack(address.service(), taken);
        return false;
      }
      ring = new RoomRing(policy.hooks(), policy.roomBytes());
    }
    boolean fits = ring.continuesWith(entry);
    while (fits && !ring.hasPlaceFor(entry)) {
      fits = ring.canMakePlaceFor(entry);
      if (fits) {
        giveBack(address.service(), ring.dropOldest());
      }
    }
    if (!fits) {
      giveBack(address.service(), taken);
      return false;
    }
    ring.lastModule(entry.module());
    ring.add(entry);
    byService
        .computeIfAbsent(address.service(), id -> new OfService())
        .rings
        .put(address.room(), ring);
    return true;
  }

  /**
   * Lets go of some hooks, because guests need the space.
   *
   * @return false if there is none
   */
  public synchronized boolean giveWay() {
    return dropOldest();
  }

  /** Lets go of all that is recorded of a service; what it does from now on is recorded. */
  public synchronized void forget(ServiceId service) {
    OfService own = byService.get(service);
    while (own != null && dropOldestOf(service, own)) {
      // Until nothing is left.
    }
  }

  /**
   * The recording of a room as a file, as {@code docs/recording.md} lays it out. It is about as
   * large as the ring, and is not entered in the ledger: whoever asks bounds how many there are.
   *
   * @return empty if nothing of that room is recorded
   */
  public Optional<Bytes> file(RoomAddress address) {
    List<RoomRing.Item> items;
    synchronized (this) {
      OfService own = byService.get(address.service());
      RoomRing ring = own == null ? null : own.rings.get(address.room());
      if (ring == null || ring.size() == 0) {
        return Optional.empty();
      }
      items = ring.items();
    }
    return Optional.of(RecordingWriter.write(address, clock.instant(), items));
  }
}
