package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cloudramp.sandbox.api.function.HostFunction.query;

import com.google.inject.Guice;
import com.google.inject.Injector;
import com.google.inject.multibindings.Multibinder;
import com.google.inject.util.Modules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.function.HostFunction;
import org.cloudramp.sandbox.api.function.HostFunctionProvider;
import org.cloudramp.sandbox.api.function.ValueType;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.api.kv.CommitResult;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.core.Sandbox;
import org.cloudramp.sandbox.core.SandboxModule;
import org.cloudramp.sandbox.host.rooms.RoomConnection;
import org.cloudramp.sandbox.host.rooms.Rooms;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the README shows is what is written here, and it runs. */
class ReadmeTest {
  private static final Path PROJECT = Path.of("..");
  private static final Path README = PROJECT.resolve("README.md");
  private static final Path THIS_FILE =
      Path.of("src/test/java/org/cloudramp/sandbox/server/ReadmeTest.java");

  @TempDir Path modules;

  @Test
  void embedsASandbox() {
    String folder = modules.toString();
    byte[] wasm = Guests.wasm("echo");
    Remembering connection = new Remembering();

    // spotless:off
    // README: embedding
    Rooms rooms = new Rooms();
    try (Sandbox sandbox =
        Sandbox.builder()
            .settings(Map.of("store.filesystem.folder", folder))
            .extension(rooms)
            .build()) {
      ServiceId chat = new ServiceId("chat");
      RoomId lobby = new RoomId("lobby");
      sandbox.publish(chat, wasm);
      rooms.attach(new RoomAddress(chat, lobby), connection); // yours: a WebSocket, for instance
      sandbox.dispatch(new HookCall.Join(new RoomAddress(chat, lobby), connection.id()));
      HookCall hello = new HookCall.Message(new RoomAddress(chat, lobby), connection.id(), Payload.text("hello"));
      HookResult result = sandbox.dispatch(hello).toCompletableFuture().join();
      result.events().forEach(event -> System.out.println(event.type() + ": " + event.payload().text()));
    }
    // README: end
    // spotless:on

    assertThat(connection.texts).containsExactly("+ada", "hello");
  }

  @Test
  void embedsASandboxWithGuice() {
    String folder = modules.toString();

    // spotless:off
    // README: guice
    Injector injector =
        Guice.createInjector(
            Modules.override(new SandboxModule(Map.of("store.filesystem.folder", folder)))
                .with(
                    binder -> {
                      binder.bind(KvStore.class).to(MyKvStore.class);
                      Multibinder.newSetBinder(binder, HostFunctionProvider.class)
                          .addBinding()
                          .to(MyFunctions.class);
                    }));
    Sandbox sandbox = injector.getInstance(Sandbox.class);
    // README: end
    // spotless:on

    sandbox.close();
    assertThat(MyKvStore.closed).isTrue();
    assertThat(MyFunctions.asked).isTrue();
  }

  @Test
  void showsTheCodeThatRunsHere() throws IOException {
    Snippets here = Snippets.between(THIS_FILE, "README");

    assertThat(Snippets.inPage(README, "java"))
        .containsExactly(here.named("embedding", 4), here.named("guice", 4));
  }

  @Test
  void showsTheRoomOfTheExamples() throws IOException {
    assertThat(Snippets.inPage(README, "ts"))
        .containsExactly(
            Files.readAllLines(PROJECT.resolve("examples/guests/chat/assembly/index.ts")));
  }

  private static final class Remembering implements RoomConnection {
    private final List<String> texts = new CopyOnWriteArrayList<>();

    @Override
    public ConnectionId id() {
      return new ConnectionId("ada");
    }

    @Override
    public boolean send(Payload payload) {
      return texts.add(payload.text());
    }

    @Override
    public void close(int code, String reason) {}
  }

  static final class MyKvStore implements KvStore {
    static boolean closed;

    @Override
    public String name() {
      return "mine";
    }

    @Override
    public CompletionStage<Map<String, Bytes>> read(RoomAddress address, Collection<String> keys) {
      return CompletableFuture.completedFuture(Map.of());
    }

    @Override
    public CompletionStage<CommitResult> commit(RoomAddress address, KvTransaction transaction) {
      return CompletableFuture.completedFuture(CommitResult.committed());
    }

    @Override
    public CompletionStage<Boolean> reserve(RoomAddress address, String id, Duration time) {
      return CompletableFuture.completedFuture(true);
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  static final class MyFunctions implements HostFunctionProvider {
    static boolean asked;

    @Override
    public String name() {
      return "weather";
    }

    @Override
    public List<HostFunction> functions() {
      asked = true;
      return List.of(
          query("today").returns(ValueType.STRING).answers(call -> "sunny, for " + call.room()));
    }
  }
}
