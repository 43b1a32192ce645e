package org.cloudramp.sandbox.core.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.engine.WasmEngine;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.extension.Extension;
import org.cloudramp.sandbox.api.hook.Event;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.api.kv.KvWrite;
import org.cloudramp.sandbox.api.store.ModuleStore;
import org.cloudramp.sandbox.core.Sandbox;
import org.cloudramp.sandbox.host.rooms.Rooms;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Jars that were compiled against earlier versions of {@code sandbox-api} run with this one. They
 * and their sources are in {@code src/test/frozen}; a jar is never made anew.
 */
@ParameterizedClass
@MethodSource("releases")
class FrozenPluginTest {
  private static final Path FROZEN = Path.of("src/test/frozen");
  private static final ServiceId DEMO = new ServiceId("demo");
  private static final RoomAddress LOBBY = RoomAddress.of("demo", "lobby");

  static List<Path> releases() throws Exception {
    try (Stream<Path> files = Files.list(FROZEN)) {
      List<Path> releases = files.filter(Files::isDirectory).sorted().toList();
      assertThat(releases).isNotEmpty();
      return releases;
    }
  }

  private final Path release;

  @TempDir Path plugins;

  private URLClassLoader jar;
  private Supplier<List<String>> witness;
  private Sandbox sandbox;

  FrozenPluginTest(Path release) {
    this.release = release;
  }

  @BeforeEach
  @SuppressWarnings("unchecked") // which types of the JDK the classes have, their sources say
  void startsWithTheFrozenPluginsOnly() throws Exception {
    Path folder = Files.createDirectory(plugins.resolve("any"));
    Files.copy(release.resolve("plugin.jar"), folder.resolve("plugin.jar"));
    jar =
        new URLClassLoader(
            new URL[] {release.resolve("plugin.jar").toUri().toURL()}, getClass().getClassLoader());
    witness = (Supplier<List<String>>) make("Witness");
    Function<WasmEngine, WasmEngine> engine = (Function<WasmEngine, WasmEngine>) make("Engine");
    Map<String, String> settings = new TreeMap<>();
    settings.put("plugins", plugins.toString());
    settings.put("store", "frozen");
    settings.put("kv", "frozen");
    settings.put("functions", "plugin");
    settings.put("permissions.plugin", "*");
    settings.put("functions.plugin.greeting", "hello");
    settings.put("functions.plugin.least", "2");
    settings.put("functions.plugin.pause", "50ms");
    settings.put("functions.plugin.size", "2KiB");
    settings.put("functions.plugin.large", "1024GiB");
    settings.put("functions.plugin.loud", "true");
    settings.put("limits.time", "10s");
    sandbox =
        Sandbox.builder()
            .settings(settings)
            .engine(engine.apply(ServiceLoader.load(WasmEngine.class).iterator().next()))
            .extension(new Rooms())
            .extension((Extension) witness)
            .build();
  }

  private Object make(String name) throws Exception {
    return jar.loadClass("com.example.frozen." + name).getDeclaredConstructor().newInstance();
  }

  @AfterEach
  void close() throws Exception {
    sandbox.close();
    jar.close();
  }

  @Test
  void itsFunctionsAnswerAndAct() {
    sandbox.publish(DEMO, Guests.wasm("plugin"));

    HookResult told = say("tea");
    HookResult asked = say("weather");
    HookResult refused = say("nothing");

    assertThat(told.events().get(0).type()).isEqualTo("plugin.tell");
    assertThat(told.events().get(0).payload()).isEqualTo(Payload.text("tea"));
    assertThat(answer(asked)).contains("hello weather of onMessage in demo/lobby by ann, told [");
    assertThat(refused.events().get(0).payload().bytes().toArray())
        .startsWith((byte) -64, (byte) -1);
    assertThat(witness.get())
        .contains(
            "in order",
            "begins onMessage of ann in " + LOBBY,
            "ends accepted with [plugin.tell, room.broadcast]");
  }

  @Test
  void itsKvStoreKeepsKeys() {
    sandbox.publish(DEMO, Guests.wasm("count"));

    say("one more");
    say("one more");
    HookResult last = say("one more");

    assertThat(last.outcome()).isEqualTo(new HookOutcome.Completed());
    assertThat(last.events().get(0).payload().bytes().toArray()[0]).isEqualTo((byte) 3);
  }

  @Test
  void itsKvStoreRefusesKindsOfWritesThatItDoesNotKnow() throws Exception {
    KvStore store = (KvStore) make("Keys");
    KvWrite update = new KvWrite.Update("count", Bytes.utf8("1"), Optional.empty());
    RoomAddress room = RoomAddress.of("demo", "lobby");

    assertThatThrownBy(() -> store.commit(room, new KvTransaction("id", Map.of(), List.of(update))))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("count");

    assertThat(store.read(room, List.of("count")).toCompletableFuture().join()).isEmpty();
  }

  @Test
  void itsModuleStoreKeepsVersionsAndRefusesWhatItDoesNotKnow() throws Exception {
    ModuleVersion first = sandbox.publish(DEMO, Guests.wasm("echo"));
    ModuleVersion second = sandbox.publish(DEMO, Guests.wasm("count"));
    ModuleStore store = (ModuleStore) make("Modules");

    assertThat(sandbox.versions(DEMO)).containsExactly(second, first);
    assertThat(sandbox.rollback(DEMO)).isEqualTo(first);
    assertThat(sandbox.current(DEMO)).contains(first);
    sandbox.activate(DEMO, Digest.of(Guests.wasm("count")));
    assertThat(sandbox.current(DEMO)).contains(second);
    assertThatThrownBy(() -> store.services(Optional.empty(), 10))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("'frozen'");
  }

  @Test
  void itsListenerHearsOfWhatFailsAndOfWhatDoesNotRun() {
    assertThatThrownBy(() -> say("nobody is here")).hasMessageContaining("unknown");
    sandbox.publish(DEMO, Guests.wasm("trap"));

    say("unreachable");

    assertThat(witness.get())
        .contains("did not run: ModuleException")
        .anySatisfy(line -> assertThat(line).startsWith("ends failed: GuestException"));
  }

  private HookResult say(String text) {
    return sandbox
        .dispatch(new HookCall.Message(LOBBY, new ConnectionId("ann"), Payload.text(text)))
        .toCompletableFuture()
        .join();
  }

  private static String answer(HookResult result) {
    List<Event> events = result.events();
    return new String(
        events.get(events.size() - 1).payload().bytes().toArray(), StandardCharsets.UTF_8);
  }
}
