package org.cloudramp.sandbox.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.host.rooms.Rooms;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OperatorTest {
  private static final ServiceId CHAT = new ServiceId("chat");
  private static final ServiceId OTHER = new ServiceId("other");

  private Sandbox sandbox;

  @BeforeEach
  void start(@TempDir Path folder) {
    sandbox =
        Sandbox.builder()
            .settings(Map.of("store.filesystem.folder", folder.toString()))
            .extension(new Rooms())
            .build();
  }

  @AfterEach
  void end() {
    sandbox.close();
  }

  private HookResult say(ServiceId service) throws Exception {
    return sandbox
        .dispatch(
            new HookCall.Message(
                new RoomAddress(service, new RoomId("lobby")),
                new ConnectionId("ann"),
                Payload.text("hello")))
        .toCompletableFuture()
        .get(30, TimeUnit.SECONDS);
  }

  @Test
  void listsTheServicesOfTheStoreAPageAtATime() {
    sandbox.publish(CHAT, Guests.wasm("echo"));
    sandbox.publish(OTHER, Guests.wasm("echo"));

    List<ServiceId> first = sandbox.operator().services(Optional.empty(), 1);
    List<ServiceId> second = sandbox.operator().services(Optional.of(first.get(0)), 1);

    assertThat(first).hasSize(1);
    assertThat(second).hasSize(1).doesNotContainAnyElementsOf(first);
    assertThat(sandbox.operator().services(Optional.of(second.get(0)), 1)).isEmpty();
  }

  @Test
  void aDeletedServiceRunsNoMoreAndTakesNoSlot() throws Exception {
    sandbox.publish(CHAT, Guests.wasm("echo"));
    ModuleVersion other = sandbox.publish(OTHER, Guests.wasm("echo"));
    say(CHAT);
    say(OTHER);

    sandbox.operator().delete(CHAT);

    assertThatThrownBy(() -> say(CHAT))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOf(ModuleException.class)
        .hasMessageContaining("service 'chat' is unknown");
    assertThat(sandbox.versions(CHAT)).isEmpty();
    assertThat(sandbox.operator().services(Optional.empty(), 10)).containsExactly(OTHER);
    assertThat(sandbox.operator().slots())
        .extracting(Operator.Slot::version)
        .containsExactly(other);
    assertThat(say(OTHER).events()).hasSize(1);
  }

  @Test
  void aServiceThatIsPublishedAgainAfterItsDeletionRunsAgain() throws Exception {
    sandbox.publish(CHAT, Guests.wasm("echo"));
    say(CHAT);
    sandbox.operator().delete(CHAT);

    sandbox.publish(CHAT, Guests.wasm("echo"));

    assertThat(say(CHAT).events()).hasSize(1);
  }
}
