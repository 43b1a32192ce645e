package org.cloudramp.sandbox.core;

import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.cloudramp.sandbox.api.Identity;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.extension.LoggedEffects;
import org.cloudramp.sandbox.api.extension.RoomOrder;
import org.cloudramp.sandbox.api.extension.SessionAnswer;
import org.cloudramp.sandbox.api.extension.SessionProof;
import org.cloudramp.sandbox.api.extension.SessionTerms;
import org.cloudramp.sandbox.api.kv.LogPosition;
import org.cloudramp.sandbox.core.room.RoomScheduler;
import org.cloudramp.sandbox.core.run.HostEffects;
import org.cloudramp.sandbox.core.run.SessionResumes;
import org.cloudramp.sandbox.core.shared.SharedRooms;
import org.jspecify.annotations.Nullable;

/** The order of rooms, as the host's extensions have it. Thread-safe. */
final class HostOrder implements RoomOrder {
  private final RoomScheduler rooms;
  private final @Nullable SharedRooms shared;
  private final @Nullable HostEffects effects;
  private final @Nullable SessionResumes sessions;
  private final SessionTerms terms;

  /**
   * @param shared the rooms of many servers; null, as {@code effects} and {@code sessions}, if
   *     there are none
   */
  HostOrder(
      RoomScheduler rooms,
      @Nullable SharedRooms shared,
      @Nullable HostEffects effects,
      @Nullable SessionResumes sessions,
      SessionTerms terms) {
    this.rooms = rooms;
    this.shared = shared;
    this.effects = effects;
    this.sessions = sessions;
    this.terms = terms;
  }

  @Override
  public CompletionStage<Void> run(RoomAddress address, Runnable task) {
    return rooms.run(address, task);
  }

  @Override
  public boolean isShared(RoomAddress address) {
    return shared != null && shared.includes(address.service());
  }

  @Override
  public CompletionStage<Void> perform(RoomAddress address, String function, Object... arguments) {
    HostEffects performed = effects;
    if (performed == null || !isShared(address)) {
      return RoomOrder.super.perform(address, function, arguments);
    }
    return rooms.runToItsEnd(address, () -> performed.perform(address, function, arguments));
  }

  @Override
  public SessionTerms sessions() {
    return terms;
  }

  @Override
  public CompletionStage<SessionAnswer> resume(
      RoomAddress address, SessionProof proof, Consumer<Identity> whenFound) {
    SessionResumes resumes = sessions;
    if (resumes == null || !isShared(address)) {
      return RoomOrder.super.resume(address, proof, whenFound);
    }
    return rooms.runToItsEnd(address, () -> resumes.resume(address, proof, whenFound));
  }

  @Override
  public CompletionStage<Optional<LoggedEffects>> happened(
      RoomAddress address, LogPosition after, int most) {
    SharedRooms all = shared;
    return all == null || !isShared(address)
        ? RoomOrder.super.happened(address, after, most)
        : all.happened(address, after, most);
  }
}
