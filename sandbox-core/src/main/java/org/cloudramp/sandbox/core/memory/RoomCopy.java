package org.cloudramp.sandbox.core.memory;

import java.time.Duration;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.kv.LogPosition;
import org.cloudramp.sandbox.core.abi.GuestInstance;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this server has of the memory of a room that is kept in the store, and what the room's
 * instance holds of it. One hook of the room at a time.
 *
 * <ol>
 *   <li>A hook runs on what was committed last, as far as this server knows, or on what those have
 *       left that are committed with it.
 *   <li>What it leaves counts when it is committed; otherwise the instance is brought back before
 *       it runs again.
 *   <li>Whoever finds that the store has another version is stale, and asks the store before the
 *       next hook.
 * </ol>
 */
public final class RoomCopy {
  private static final Logger log = LoggerFactory.getLogger(RoomCopy.class);

  /** To read or set the globals of an instance, which takes microseconds. */
  private static final Duration TIME_FOR_GLOBALS = Duration.ofSeconds(1);

  private final RoomAddress address;
  private final ModuleVersion version;
  private final MemoryTerms terms;

  /** As the store has it, as far as this server knows. */
  private StoredMemory stored;

  /** What the next hook runs on; null for a room whose memory has not begun. */
  private @Nullable MemoryState top;

  /** What the instance holds; null if nobody knows, or there is none. */
  private @Nullable MemoryState held;

  /** Up to where in the room's log nobody else has appended anything that is not known here. */
  private LogPosition knownUpTo = LogPosition.none();

  private boolean stale;

  RoomCopy(RoomAddress address, ModuleVersion version, MemoryTerms terms, StoredMemory stored) {
    this.address = address;
    this.version = version;
    this.terms = terms;
    this.stored = stored;
    this.top = stored.state();
  }

  /** Whether it is of that version, and the store is not known to have another. */
  public boolean isCurrent(ModuleVersion wanted) {
    return !stale && version.equals(wanted);
  }

  /**
   * Whether the store has another, most likely: where others have said something, they have changed
   * the memory as well.
   *
   * @param reached up to where this server has heard the room's log
   */
  public boolean isBehind(LogPosition reached) {
    return !reached.isOfSameLogAs(knownUpTo) || reached.offset() > knownUpTo.offset();
  }

  /** Which version's memory it is. */
  ModuleVersion version() {
    return version;
  }

  /** As the store has it, as far as this server knows. */
  StoredMemory stored() {
    return stored;
  }

  /**
   * The store was asked.
   *
   * @param reached up to where this server had heard the room's log before
   */
  void become(StoredMemory read, LogPosition reached) {
    stored = read;
    top = read.state();
    knownUpTo = reached;
    stale = false;
  }

  /** A hook runs that is not committed with those before it: what those have left is committed. */
  public void restart() {
    top = stored.state();
  }

  /** What hooks have left was not committed; the store is asked before the next one runs. */
  public void undo() {
    top = stored.state();
    stale = true;
  }

  /**
   * A change was committed, and is what the next hook runs on.
   *
   * @param last what was appended with it; nothing if that is none
   */
  void committed(StoredMemory written, MemoryState after, LogPosition last) {
    stored = written;
    top = after;
    if (last.isOfSameLogAs(knownUpTo)) {
      knownUpTo = last;
    }
  }

  /** Whether the room's memory begins with the next hook. */
  public boolean isNew() {
    return top == null;
  }

  /** Whether the instance that was kept for the room is as the next hook needs it. */
  public boolean isHeld() {
    return held != null && held == top;
  }

  /** No instance of this server can be brought to it: the room's memory begins anew. */
  public void giveUp() {
    log.error(
        "{}, room '{}': the memory that is kept of it is none that its guest can have here, and begins anew; are limits.memoryPages the same on all servers?",
        version,
        address.room());
    stored = StoredMemory.unusable(stored.held(), stored.index());
    top = null;
    held = null;
  }

  /** The instance that was kept for the room is gone. */
  public void lose() {
    held = null;
  }

  /**
   * Brings an instance to what the next hook runs on, for a room whose memory has begun.
   *
   * @return whether that was possible; if not, close the instance
   * @throws GuestException if that failed; close the instance
   */
  public boolean putInto(GuestInstance instance) {
    MemoryState wanted = top;
    MemoryState before = held;
    held = null; // whatever the hook makes of it
    return wanted != null
        && (wanted == before || wanted.putInto(instance, before, TIME_FOR_GLOBALS));
  }

  /**
   * A hook has returned, and what it has left is to be committed.
   *
   * @param now in milliseconds since 1970
   * @throws StoreException of kind quota if it has left more than may be kept; close the instance
   * @throws GuestException if it cannot be read; close the instance
   */
  public MemoryChange ran(GuestInstance instance, long now) {
    MemoryState after = next(instance);
    if (after == null) {
      throw new StoreException(
          StoreException.Kind.QUOTA,
          "the memory that the room keeps has more than %d bytes that are not zero, in pieces of %d; limits.roomMemoryBytes allows no more in a room that several servers share"
              .formatted(terms.maxBytes(), MemoryState.GRANULE_BYTES));
    }
    held = after;
    top = after;
    return new MemoryChange(this, stored, after, version.digest(), terms.keptFor(), now);
  }

  /**
   * A hook has refused what it was asked, so nothing of it is kept.
   *
   * @return whether the instance can be used again; if not, close it
   * @throws GuestException if it cannot be read; close it
   */
  public boolean refused(GuestInstance instance) {
    held = next(instance);
    return held != null;
  }

  private @Nullable MemoryState next(GuestInstance instance) {
    MemoryState before = top == null ? MemoryState.NOTHING : top;
    return before.next(instance, terms.maxBytes(), TIME_FOR_GLOBALS);
  }

  /** How many bytes it takes. */
  public long bytes() {
    MemoryState base = stored.state();
    long bytes = base == null ? 0 : base.bytes();
    if (top != null && top != base) {
      bytes += top.bytesBeside(base);
    }
    if (held != null && held != base && held != top) {
      bytes += held.bytesBeside(base);
    }
    return bytes;
  }
}
