package org.cloudramp.sandbox.core;

import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.engine.WasmEngine;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.store.ModuleStore;

/**
 * What a sandbox stands on, by the names in the settings, and whether it answers. Thread-safe.
 *
 * <p>A store is asked what every store can be asked: for the live version of a service and for a
 * key of a room that nobody need have. So plugins are asked that know nothing of being asked.
 */
public final class Backends {
  private static final ServiceId SERVICE = new ServiceId("readiness");
  private static final RoomAddress ROOM = new RoomAddress(SERVICE, new RoomId("readiness"));
  private static final Set<String> KEYS = Set.of("readiness");

  private final WasmEngine engine;
  private final ModuleStore store;
  private final KvStore kv;

  Backends(WasmEngine engine, ModuleStore store, KvStore kv) {
    this.engine = engine;
    this.store = store;
    this.kv = kv;
  }

  /** The name of the engine. */
  public String engine() {
    return engine.name();
  }

  /** The name of what keeps modules. */
  public String store() {
    return store.name();
  }

  /** The name of what keeps keys. */
  public String kv() {
    return kv.name();
  }

  /**
   * Asks what keeps modules for something small. Blocks, as long as the store takes.
   *
   * @throws org.cloudramp.sandbox.api.error.StoreException if it cannot be asked
   */
  public void askStore() {
    try {
      var unused = store.current(SERVICE);
    } catch (ModuleException e) {
      return; // it has such a service, whose pointer is damaged; but it has answered
    }
  }

  /**
   * Asks what keeps keys for something small. If that is several machines, one of them is asked.
   *
   * @return completes exceptionally with a {@link org.cloudramp.sandbox.api.error.StoreException}
   *     if it cannot be asked
   */
  public CompletionStage<?> askKv() {
    return kv.read(ROOM, KEYS);
  }
}
