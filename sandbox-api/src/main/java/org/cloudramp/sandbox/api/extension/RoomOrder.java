package org.cloudramp.sandbox.api.extension;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.cloudramp.sandbox.api.Experimental;
import org.cloudramp.sandbox.api.Identity;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.kv.LogPosition;

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

  /** What sessions can rely on; for rooms that are not shared there are none. */
  @Experimental
  default SessionTerms sessions() {
    return SessionTerms.NONE;
  }

  /**
   * Lets the connection of a session go on here, in the room's turn. When this has been committed
   * the followers of all servers {@linkplain RoomFollower#resumed hear of it}. If what its client
   * has missed is lost, the session leaves the room instead.
   *
   * @param whenFound told who it is, before anybody can be told that it goes on; only if it can
   * @return exceptionally as {@link #perform}
   */
  @Experimental
  default CompletionStage<SessionAnswer> resume(
      RoomAddress address, SessionProof proof, Consumer<Identity> whenFound) {
    return CompletableFuture.completedFuture(new SessionAnswer.Unknown());
  }

  /**
   * What happened everywhere in a shared room.
   *
   * @param after what comes first follows this
   * @param most entries of the log to look into
   * @return a page; empty if not all that came after the position is there. Exceptionally with a
   *     {@link org.cloudramp.sandbox.api.error.StoreException} if the store cannot be asked
   */
  @Experimental
  default CompletionStage<Optional<LoggedEffects>> happened(
      RoomAddress address, LogPosition after, int most) {
    return CompletableFuture.completedFuture(Optional.empty());
  }
}
