package org.cloudramp.sandbox.core.run;

import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.cloudramp.sandbox.api.Identity;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.extension.SessionAnswer;
import org.cloudramp.sandbox.api.extension.SessionProof;
import org.cloudramp.sandbox.api.kv.CommitResult;
import org.cloudramp.sandbox.api.kv.LogPosition;
import org.cloudramp.sandbox.core.shared.SessionMove;
import org.cloudramp.sandbox.core.shared.SharedRooms;

/**
 * Lets sessions go on here: one commit, which one of all who try at a time wins. For a turn of the
 * room, so that no hook of the session runs on this server meanwhile. Thread-safe.
 */
public final class SessionResumes {
  private final SharedRooms shared;
  private final HostCommits commits;

  /** Sessions of the members that rosters name. */
  public SessionResumes(SharedRooms shared, HostCommits commits) {
    this.shared = shared;
    this.commits = commits;
  }

  /**
   * Tries it; does not wait.
   *
   * @param whenFound told who it is, before the commit; may be told again after a conflict
   * @return completes when it is known here; exceptionally with a typed error
   */
  public CompletableFuture<SessionAnswer> resume(
      RoomAddress address, SessionProof proof, Consumer<Identity> whenFound) {
    // Anybody can ask for a room of any name: only one that has the session is entered for it.
    return shared
        .member(address, proof.connection())
        .toCompletableFuture()
        .thenCompose(
            member ->
                member.isEmpty()
                    ? CompletableFuture.completedFuture(new SessionAnswer.Unknown())
                    : commits.in(address, room -> attempt(room, proof, whenFound)));
  }

  private static CompletableFuture<SessionAnswer> attempt(
      HostCommits.InRoom room, SessionProof proof, Consumer<Identity> whenFound) {
    return SessionMove.find(room.visit(), proof)
        .thenCompose(
            found ->
                found instanceof SessionMove.Possible possible
                    ? commit(room, possible.move(), proof, whenFound)
                    : CompletableFuture.completedFuture(((SessionMove.Impossible) found).why()))
        .toCompletableFuture();
  }

  private static CompletableFuture<SessionAnswer> commit(
      HostCommits.InRoom room, SessionMove move, SessionProof proof, Consumer<Identity> whenFound) {
    if (!move.isLost()) {
      whenFound.accept(move.identity());
    }
    return room.commit(move.entries(), move.update())
        .thenCompose(
            committed -> {
              if (committed.isEmpty()) {
                return attempt(room, proof, whenFound);
              }
              LogPosition from =
                  committed.flatMap(CommitResult.Committed::first).orElse(LogPosition.none());
              return move.answer(room.visit(), proof, new SessionAnswer.Resumed(0, from));
            });
  }
}
