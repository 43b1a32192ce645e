package org.cloudramp.sandbox.core.run;

import java.util.concurrent.CompletableFuture;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.core.Limits;
import org.cloudramp.sandbox.core.memory.RoomCopy;
import org.cloudramp.sandbox.core.memory.StoredMemories;
import org.cloudramp.sandbox.core.module.LoadedModule;
import org.cloudramp.sandbox.core.module.RoomMemory;
import org.cloudramp.sandbox.core.observe.ServiceLog;
import org.cloudramp.sandbox.core.shared.RoomVisit;
import org.jspecify.annotations.Nullable;

/**
 * The memory that one run finds in its room, and leaves there, where that is kept in the store. One
 * step at a time, as its run.
 */
final class HookMemory {
  private final HookCall call;
  private final RoomMemory memory;
  private final StoredMemories memories;
  private final KvStore store;
  private final Limits limits;
  private final ServiceLog serviceLog;

  /** What the attempt runs on; null if the room's memory is not in the store. */
  private @Nullable RoomCopy copy;

  /** Whether the store was asked for this attempt: what it runs on was current meanwhile. */
  private boolean isFresh;

  HookMemory(
      HookCall call,
      RoomMemory memory,
      HookRun.Environment environment,
      KvStore store,
      Limits limits) {
    this.call = call;
    this.memory = memory;
    this.memories = environment.memories();
    this.store = store;
    this.limits = limits;
    this.serviceLog = environment.serviceLog();
  }

  /**
   * An attempt is going to run a guest.
   *
   * @param isOnTop whether it runs on what hooks before it have left that are not committed yet
   * @return whether the store has to be asked first
   */
  boolean mustAsk(LoadedModule module, RoomVisit visit, boolean isOnTop) {
    if (!module.program().keepsRoomMemory()) {
      copy = null;
      return false;
    }
    if (!module.storesRoomMemory()) {
      copy = null;
      tellOfOthers(module.version(), visit);
      return false;
    }
    RoomCopy here = memory.copy();
    if (here != null) {
      copy = here;
    }
    RoomCopy known = copy;
    if (known == null || isOld(known, module, visit, isOnTop)) {
      return true;
    }
    if (!isOnTop) {
      known.restart();
    }
    return false;
  }

  /**
   * Others may say something again and again: once the store was asked, the commit finds out. And
   * what runs on top of hooks that are not committed yet stands and falls with them.
   */
  private boolean isOld(RoomCopy known, LoadedModule module, RoomVisit visit, boolean isOnTop) {
    return !known.isCurrent(module.version())
        || (!isOnTop && !isFresh && known.isBehind(visit.reached()));
  }

  /** Asks the store; the next attempt runs on what it says. */
  CompletableFuture<Void> ask(ModuleVersion version, RoomVisit visit) {
    return memories
        .fetch(store, call.address(), version, limits, visit.reached(), copy)
        .thenAccept(
            fetched -> {
              copy = fetched;
              isFresh = true;
            });
  }

  /** What the attempt runs on; null if the room's memory is not in the store. */
  @Nullable RoomCopy copy() {
    return copy;
  }

  /**
   * Whether what the attempt has run on may have been another version's by then: it has nothing to
   * commit, and so nothing else finds out.
   */
  boolean mayHaveBeenStale() {
    return copy != null && !isFresh;
  }

  /** Whether the store still has what the attempt has run on. */
  CompletableFuture<Boolean> isCurrent() {
    RoomCopy ran = copy;
    return ran == null
        ? CompletableFuture.completedFuture(true)
        : memories.isCurrent(store, call.address(), limits, ran);
  }

  /** What the attempt has left does not count, or nobody knows whether it does. */
  void undo(LoadedModule module) {
    isFresh = false;
    if (copy == null) {
      module.forget(memory);
    } else {
      copy.undo();
    }
  }

  /** The operator, or the module, has it so that memory is not shared: somebody may notice. */
  private void tellOfOthers(ModuleVersion version, RoomVisit visit) {
    if (visit.hasMembersElsewhere() && memory.isFirstToldOfOthers()) {
      serviceLog.warn(
          call.service(),
          call.onBehalfOf(),
          "{}, room '{}': has users on several servers, and keeps its memory on each of them by itself, because {}",
          version,
          call.room(),
          limits.roomMemoryBytes() == 0
              ? "limits.roomMemoryBytes is 0"
              : "its module has globals that are references, or too many, to be kept in the store");
    }
  }
}
