package org.cloudramp.sandbox.api.extension;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.cloudramp.sandbox.api.Experimental;
import org.cloudramp.sandbox.api.RoomAddress;

/** The order of a room's hooks, for a host that has something to do between two of them. */
@FunctionalInterface
public interface RoomOrder {
  /**
   * Runs a task in the room's order: after the hooks that were queued before, and before those that
   * come later. It runs on a thread that runs guests, so it must be quick and must not wait.
   *
   * @return completes when the task has run; exceptionally with what it threw, or with a {@link
   *     org.cloudramp.sandbox.api.error.RefusedException} if the queue of the room is full or the
   *     sandbox is closed
   */
  CompletionStage<Void> run(RoomAddress address, Runnable task);

  /** Whether the connections of a room may be on several servers. */
  @Experimental
  default boolean isShared(RoomAddress address) {
    return false;
  }

  /**
   * Lets an effect happen in a shared room, on all servers, as if a hook had asked for it when the
   * room's turn came to this.
   *
   * @param function both parts of its name, such as {@code room.broadcast}; one that happens
   *     everywhere
   * @param arguments one for each of its parameters, of its type
   * @return completes when it is committed and has happened here; exceptionally as {@link #run}, or
   *     with a {@link org.cloudramp.sandbox.api.error.StoreException} if it was not committed
   */
  @Experimental
  default CompletionStage<Void> perform(RoomAddress address, String function, Object... arguments) {
    return CompletableFuture.failedFuture(
        new UnsupportedOperationException("the room " + address + " is not shared"));
  }
}
