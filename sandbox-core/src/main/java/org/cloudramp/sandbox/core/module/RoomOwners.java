package org.cloudramp.sandbox.core.module;

import java.util.concurrent.ConcurrentHashMap;
import org.cloudramp.sandbox.api.RoomId;

/**
 * Which version keeps memory for a room: never two. Without it, a room that goes to another version
 * and back would wake up with the memory it had before. Thread-safe.
 */
final class RoomOwners {
  private final ConcurrentHashMap<RoomKey, LoadedModule> owners = new ConcurrentHashMap<>();

  /** A hook of the room is going to run in {@code module}: what another one kept is forgotten. */
  void enter(RoomId room, LoadedModule module) {
    if (owners.isEmpty()) {
      return;
    }
    LoadedModule owner = owners.get(new RoomKey(module.version().service(), room));
    if (owner != null && owner != module) {
      owner.forget(room);
    }
  }

  void keeps(RoomId room, LoadedModule module) {
    owners.put(new RoomKey(module.version().service(), room), module);
  }

  void forgets(RoomId room, LoadedModule module) {
    owners.remove(new RoomKey(module.version().service(), room), module);
  }
}
