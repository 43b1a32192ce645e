package org.cloudramp.sandbox.api.extension;

import java.util.concurrent.CompletionStage;
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
}
