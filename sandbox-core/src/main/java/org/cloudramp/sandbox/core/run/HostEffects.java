package org.cloudramp.sandbox.core.run;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.core.shared.SharedRooms;

/** What the host itself does in rooms of many servers: a commit of one entry each. Thread-safe. */
public final class HostEffects {
  private final SharedRooms shared;
  private final HostCommits commits;

  /** Effects that are committed by way of {@code commits}. */
  public HostEffects(SharedRooms shared, HostCommits commits) {
    this.shared = shared;
    this.commits = commits;
  }

  /**
   * Commits an effect; does not wait.
   *
   * @param function both parts of its name
   * @return completes when it is committed and has happened here; exceptionally with a typed error
   * @throws IllegalArgumentException if there is no such effect, or it does not happen everywhere
   */
  public CompletableFuture<Void> perform(
      RoomAddress address, String function, Object... arguments) {
    List<Bytes> entries = List.of(shared.entry(function, arguments));
    return commits.in(address, room -> commit(room, entries));
  }

  private static CompletableFuture<Void> commit(HostCommits.InRoom room, List<Bytes> entries) {
    return room.commit(entries, room.visit().bystander().update())
        .thenCompose(
            committed ->
                committed.isPresent()
                    ? CompletableFuture.completedFuture(null)
                    : commit(room, entries));
  }
}
