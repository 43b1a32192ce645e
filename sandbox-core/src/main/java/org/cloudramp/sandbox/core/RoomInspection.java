package org.cloudramp.sandbox.core;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.kv.HeldKeys;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.LogPosition;
import org.cloudramp.sandbox.api.kv.RoomInspector;
import org.cloudramp.sandbox.api.kv.RoomTimer;
import org.cloudramp.sandbox.core.memory.MemoryKeys;
import org.cloudramp.sandbox.core.memory.StoredMemories;

/**
 * What rooms hold, for whoever looks after them: keys, timers, and the last entries of their logs,
 * of rooms that nobody is in as well. It is what the KV store has: writes of a service with
 * write-behind that have not left yet are not in it. Nothing changes by looking. Thread-safe; no
 * method blocks, and stages complete on any thread, exceptionally with a {@link StoreException} if
 * the store cannot be asked; of kind refused if it is of an earlier make, and cannot tell.
 */
public final class RoomInspection {
  private final KvStore kv;
  private final Function<Bytes, LoggedEntry.Content> reader;

  RoomInspection(KvStore kv, Function<Bytes, LoggedEntry.Content> reader) {
    this.kv = kv;
    this.reader = reader;
  }

  /**
   * The last entries of a room's log.
   *
   * @param end where the log ends; {@link LogPosition#none} if the room has none now
   * @param entries in the order of the log, the newest last
   */
  public record LastEntries(LogPosition end, List<LoggedEntry> entries) {
    /** Copies the list. */
    public LastEntries {
      entries = List.copyOf(entries);
    }
  }

  /**
   * The first of the keys by their names, without those that the memory of the room's guest is kept
   * under.
   *
   * @param after only those that come after this one, which need not be there; empty for the first
   * @param most how many; positive
   * @param mostOfEach how many bytes of each value; not negative
   */
  public CompletionStage<HeldKeys> keys(
      RoomAddress room, Optional<String> after, int most, int mostOfEach) {
    return asked(
        inspector ->
            inspector
                .keys(room, after, most, mostOfEach)
                .thenCompose(
                    page ->
                        page.keys().stream().anyMatch(RoomInspection::isOfMemory)
                            ? withoutMemory(inspector, room, page, most, mostOfEach)
                            : CompletableFuture.completedFuture(page))
                .thenCombine(
                    StoredMemories.keysOf(kv, room),
                    (page, memory) -> {
                      long count = page.count() - memory.count();
                      return new HeldKeys(
                          page.keys(),
                          after.isEmpty() ? page.keys().size() < count : page.hasMore(),
                          count,
                          page.bytes() - memory.bytes());
                    }));
  }

  /** What comes before the memory on a page, and after it. */
  private static CompletionStage<HeldKeys> withoutMemory(
      RoomInspector inspector, RoomAddress room, HeldKeys page, int most, int mostOfEach) {
    List<HeldKeys.HeldKey> keys = new ArrayList<>(page.keys());
    boolean endsInMemory = isOfMemory(keys.get(keys.size() - 1));
    keys.removeIf(RoomInspection::isOfMemory);
    if (!endsInMemory) {
      return CompletableFuture.completedFuture(
          new HeldKeys(keys, page.hasMore(), page.count(), page.bytes()));
    }
    return inspector
        .keys(room, Optional.of(MemoryKeys.END), most - keys.size(), mostOfEach)
        .thenApply(
            behind -> {
              keys.addAll(behind.keys());
              return new HeldKeys(keys, behind.hasMore(), page.count(), page.bytes());
            });
  }

  private static boolean isOfMemory(HeldKeys.HeldKey key) {
    return MemoryKeys.isOne(key.name());
  }

  /**
   * The timers that are set, those first that are due first.
   *
   * @param most how many; positive
   */
  public CompletionStage<List<RoomTimer>> timers(RoomAddress room, int most) {
    return asked(inspector -> inspector.timers(room, most));
  }

  /**
   * The last entries of the log.
   *
   * @param most how many; positive
   * @param mostBytes how many bytes all of them may have together; fewer entries are told, and none
   *     if the last alone has more
   */
  public CompletionStage<LastEntries> lastEntries(RoomAddress room, int most, long mostBytes) {
    return asked(inspector -> inspector.lastEntries(room, most, mostBytes))
        .thenApply(
            last ->
                new LastEntries(
                    last.end(),
                    last.entries().stream()
                        .map(
                            entry ->
                                new LoggedEntry(
                                    entry.offset(), entry.time(), reader.apply(entry.content())))
                        .toList()));
  }

  private <T> CompletionStage<T> asked(Function<RoomInspector, CompletionStage<T>> question) {
    Optional<RoomInspector> inspector = kv.inspector();
    return inspector.isPresent()
        ? question.apply(inspector.get())
        : CompletableFuture.failedFuture(
            new StoreException(
                StoreException.Kind.REFUSED,
                "the KV store '%s' cannot tell what rooms hold: it has no RoomInspector"
                    .formatted(kv.name())));
  }
}
