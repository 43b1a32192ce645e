package org.cloudramp.sandbox.core.recording;

import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The last hooks of one room. The first of them is always one with which a replay can begin, so the
 * oldest go together with those that cannot be told without them. Not thread-safe.
 */
final class RoomRing {
  /** Of what a ring takes without entries. */
  static final int OVERHEAD = 768;

  /** So many times in a full ring a replay can begin anew, so that no more goes at once. */
  private static final int PARTS = 4;

  private final int maxHooks;
  private final long maxBytes;
  private final ArrayDeque<Item> items = new ArrayDeque<>();
  private @Nullable RecordedModule lastModule;
  private int anchors;
  private long bytes;
  private int hooksSinceAnchor;
  private long bytesSinceAnchor;
  private int missed;

  /**
   * An entry with how many hooks were missed before it.
   *
   * @param entry the hook
   * @param missed how many
   */
  record Item(Entry entry, int missed) {}

  RoomRing(int maxHooks, long maxBytes) {
    this.maxHooks = maxHooks;
    this.maxBytes = maxBytes;
  }

  /** Whether the next hook has to come with the state before it, if it can. */
  boolean needsImage() {
    return items.isEmpty()
        || missed > 0
        || hooksSinceAnchor >= Math.max(1, maxHooks / PARTS)
        || bytesSinceAnchor >= maxBytes / PARTS;
  }

  /** How many hooks there are. */
  int size() {
    return items.size();
  }

  /** The module that ran last; the same object as long as it is the same. */
  @Nullable RecordedModule lastModule() {
    return lastModule;
  }

  void lastModule(RecordedModule module) {
    lastModule = module;
  }

  /** What all entries take. */
  long bytes() {
    return bytes;
  }

  /** A hook has run and is not here. */
  void miss() {
    missed++;
  }

  /** Whether a hook could be told as the next one, if there were place. */
  boolean continuesWith(Entry entry) {
    return entry.isAnchor() || (!items.isEmpty() && missed == 0);
  }

  /** Whether there is place without anything having to go. */
  boolean hasPlaceFor(Entry entry) {
    return items.size() < maxHooks && bytes + entry.bytes() <= maxBytes;
  }

  /**
   * Whether something can go, and the entry still be told: an entry without a beginning of its own
   * needs one that stays.
   */
  boolean canMakePlaceFor(Entry entry) {
    return entry.bytes() <= maxBytes && (entry.isAnchor() ? !items.isEmpty() : anchors > 1);
  }

  void add(Entry entry) {
    items.add(new Item(entry, missed));
    missed = 0;
    bytes += entry.bytes();
    if (entry.isAnchor()) {
      anchors++;
      hooksSinceAnchor = 0;
      bytesSinceAnchor = 0;
    }
    hooksSinceAnchor++;
    bytesSinceAnchor += entry.bytes();
  }

  /**
   * Lets the oldest hook go, and those behind it that cannot be told without it.
   *
   * @return how many bytes are free by that; 0 if there was none
   */
  long dropOldest() {
    long freed = 0;
    Item first = items.peek();
    boolean isFirst = true;
    while (first != null && (isFirst || !first.entry().isAnchor())) {
      items.remove();
      freed += first.entry().bytes();
      anchors -= first.entry().isAnchor() ? 1 : 0;
      isFirst = false;
      first = items.peek();
    }
    bytes -= freed;
    return freed;
  }

  /** All of them, the oldest first. */
  List<Item> items() {
    return List.copyOf(items);
  }
}
