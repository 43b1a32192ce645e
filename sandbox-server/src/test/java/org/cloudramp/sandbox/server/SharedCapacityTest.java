package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.core.Sandbox;
import org.cloudramp.sandbox.host.rooms.RoomConnection;
import org.cloudramp.sandbox.host.rooms.Rooms;
import org.cloudramp.sandbox.testkit.Guests;
import org.cloudramp.sandbox.testkit.servers.RedisProcess;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A room that counts in {@code onJoin} is never fuller than it wants to be, by whichever server.
 */
@Timeout(300)
class SharedCapacityTest {
  private static final RoomAddress ADDRESS = RoomAddress.of("full", "lobby");

  @TempDir Path folder;

  @Test
  void ofFifteenHundredWhoJoinByTwoServersOnOneRedisAThousandGetIn() throws Exception {
    Rooms here = new Rooms();
    Rooms there = new Rooms();
    try (RedisProcess redis = RedisProcess.start();
        Sandbox one = sandbox(redis, here);
        Sandbox two = sandbox(redis, there)) {
      one.publish(ADDRESS.service(), Guests.wasm("thousand"));
      List<CompletionStage<HookResult>> joins = new ArrayList<>();

      for (int i = 0; i < 1_500; i++) {
        ConnectionId connection = new ConnectionId("c" + i);
        (i % 2 == 0 ? here : there).attach(ADDRESS, new Silent(connection));
        HookCall join = new HookCall.Join(ADDRESS, connection);
        joins.add((i % 2 == 0 ? one : two).dispatch(join));
      }
      int accepted = 0;
      for (CompletionStage<HookResult> each : joins) {
        HookResult result = each.toCompletableFuture().get(200, TimeUnit.SECONDS);
        accepted += result.accepted() ? 1 : 0;
      }

      assertThat(accepted).isEqualTo(1_000);
      assertThat(here.connections(ADDRESS).size() + there.connections(ADDRESS).size())
          .isEqualTo(1_000);
    }
  }

  private Sandbox sandbox(RedisProcess redis, Rooms rooms) {
    Map<String, String> settings =
        Map.of(
            "store.filesystem.folder",
            folder.toString(),
            "kv",
            "redis",
            "kv.redis.uri",
            redis.uri(),
            "limits.time",
            "5s");
    return Sandbox.builder().settings(settings).extension(rooms).build();
  }

  private record Silent(ConnectionId id) implements RoomConnection {
    @Override
    public boolean send(Payload payload) {
      return true;
    }

    @Override
    public void close(int code, String reason) {}
  }
}
