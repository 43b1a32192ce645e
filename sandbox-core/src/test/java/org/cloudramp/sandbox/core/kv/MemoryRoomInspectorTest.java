package org.cloudramp.sandbox.core.kv;

import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.testkit.kv.RoomInspectorContract;

class MemoryRoomInspectorTest extends RoomInspectorContract {
  @Override
  protected KvStore openStore() {
    return new MemoryKvStore();
  }
}
