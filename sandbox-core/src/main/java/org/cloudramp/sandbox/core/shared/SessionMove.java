package org.cloudramp.sandbox.core.shared;

import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.Identity;
import org.cloudramp.sandbox.api.extension.SessionAnswer;
import org.cloudramp.sandbox.api.extension.SessionProof;
import org.cloudramp.sandbox.api.kv.LogRead;
import org.cloudramp.sandbox.api.kv.RosterChange;
import org.cloudramp.sandbox.api.kv.RosterEntry;
import org.cloudramp.sandbox.api.kv.RosterSession;
import org.cloudramp.sandbox.api.kv.RosterUpdate;

/**
 * What has to be committed so that a session goes on here, as the store had it when that was looked
 * at.
 *
 * @param identity who it is
 * @param isLost whether what the client has missed is not in the log any more
 * @param update of the roster; a conflict if anything has changed meanwhile
 * @param entries of the log
 */
public record SessionMove(
    Identity identity, boolean isLost, RosterUpdate update, List<Bytes> entries) {

  /** What was found: a move, or why there is none. */
  public sealed interface Found {}

  /** The session may go on. */
  public record Possible(SessionMove move) implements Found {}

  /** It may not. */
  public record Impossible(SessionAnswer why) implements Found {}

  /** Copies the list. */
  public SessionMove {
    entries = List.copyOf(entries);
  }

  /** Asks the store whose the session is, and whether what its client has missed is there. */
  public static CompletionStage<Found> find(RoomVisit visit, SessionProof proof) {
    return visit.member(proof.connection()).thenCompose(member -> find(visit, proof, member));
  }

  private static CompletionStage<Found> find(
      RoomVisit visit, SessionProof proof, Optional<RosterEntry> member) {
    Optional<RosterSession> session = member.flatMap(RosterEntry::session);
    if (session.isEmpty()) {
      return CompletableFuture.completedFuture(new Impossible(new SessionAnswer.Unknown()));
    }
    RosterEntry entry = member.orElseThrow();
    Identity identity = Roll.identity(entry.description());
    if (!isTheirs(session.get().key(), proof) || !identity.user().equals(proof.user())) {
      return CompletableFuture.completedFuture(new Impossible(new SessionAnswer.NotTheirs()));
    }
    RosterUpdate update =
        new RosterUpdate(
            visit.server(),
            OptionalLong.empty(),
            List.of(
                new RosterChange.Resume(
                    entry.member(),
                    entry.server(),
                    session.get().key(),
                    visit.server(),
                    proof.nextKey())));
    List<Bytes> entries = List.of(RoomEntry.resumed(proof.connection(), visit.server()));
    return visit
        .read(proof.after(), 1)
        .thenApply(
            read ->
                new Possible(
                    new SessionMove(identity, read instanceof LogRead.Gap, update, entries)));
  }

  /** Takes as long for a key that is nearly right as for any other. */
  private static boolean isTheirs(Bytes key, SessionProof proof) {
    byte[] held = key.toArray();
    boolean isKey = MessageDigest.isEqual(held, proof.key().toArray());
    boolean isNextKey = MessageDigest.isEqual(held, proof.nextKey().toArray());
    return isKey || isNextKey;
  }

  /**
   * What is answered after the commit: with the number of the last message that was taken before
   * it, after which none is by way of another server.
   */
  public CompletionStage<SessionAnswer> answer(
      RoomVisit visit, SessionProof proof, SessionAnswer.Resumed unnumbered) {
    if (isLost) {
      return CompletableFuture.completedFuture(new SessionAnswer.Lost());
    }
    return visit
        .member(proof.connection())
        .thenApply(
            member -> {
              Optional<RosterSession> session = member.flatMap(RosterEntry::session);
              if (session.isEmpty()) {
                return new SessionAnswer.Unknown(); // it was let go meanwhile
              }
              long received = session.get().received();
              visit.received(proof.connection(), received);
              return new SessionAnswer.Resumed(received, unnumbered.from());
            });
  }
}
