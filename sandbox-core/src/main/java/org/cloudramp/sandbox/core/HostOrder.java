package org.cloudramp.sandbox.core;

import java.util.concurrent.CompletionStage;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.extension.RoomOrder;
import org.cloudramp.sandbox.core.room.RoomScheduler;
import org.cloudramp.sandbox.core.run.HostEffects;
import org.cloudramp.sandbox.core.shared.SharedRooms;
import org.jspecify.annotations.Nullable;

/** The order of rooms, as the host's extensions have it. Thread-safe. */
final class HostOrder implements RoomOrder {
  private final RoomScheduler rooms;
  private final @Nullable SharedRooms shared;
  private final @Nullable HostEffects effects;

  /**
   * @param shared the rooms of many servers; null, as {@code effects}, if there are none
   */
  HostOrder(RoomScheduler rooms, @Nullable SharedRooms shared, @Nullable HostEffects effects) {
    this.rooms = rooms;
    this.shared = shared;
    this.effects = effects;
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
}
