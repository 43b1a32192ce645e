package org.cloudramp.sandbox.testkit.rooms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.cloudramp.sandbox.api.function.HostFunction.effect;
import static org.cloudramp.sandbox.api.function.HostFunction.query;
import static org.cloudramp.sandbox.api.function.ValueType.I32;
import static org.cloudramp.sandbox.api.function.ValueType.STRING;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.function.HostFunction;
import org.cloudramp.sandbox.api.function.HostFunctionProvider;
import org.cloudramp.sandbox.core.recording.RecordedHook;
import org.cloudramp.sandbox.core.recording.Recording;
import org.cloudramp.sandbox.core.recording.RecordingException;
import org.cloudramp.sandbox.core.replay.ReplayReport;
import org.cloudramp.sandbox.core.replay.ReplayedHook.Result;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class RecordedRoomTest {
  private static final RoomAddress LOBBY =
      new RoomAddress(new ServiceId("test"), new RoomId("lobby"));
  private static final Path ROOM = Path.of("../sdk-assemblyscript/cli/room.js").toAbsolutePath();

  /** So many that the ring has let the first go: it begins with an image of the memory. */
  private static final int MESSAGES = 1_400;

  private static byte[] file;

  /** A room of a thousand hooks, from its beginning. */
  private static byte[] thousand;

  @BeforeAll
  static void record() {
    try (TestRoom room = recorded("diary", "chicory")) {
      TestUser ann = room.join("ann");
      for (int i = 0; i < MESSAGES; i++) {
        ann.send(i % 400 == 399 ? "grow" : i % 50 == 49 ? "refuse" : "message " + i);
      }
      file = recordingOf(room);
    }
    thousand = thousand("chicory");
  }

  private static byte[] thousand(String engine) {
    try (TestRoom room = recorded("diary", engine)) {
      TestUser ann = room.join("ann");
      for (int i = 0; i < 999; i++) {
        ann.send(i % 400 == 399 ? "grow" : "message " + i);
      }
      return recordingOf(room);
    }
  }

  private static TestRoom recorded(String guest, String engine) {
    return TestRoom.of(Guests.wasm(guest)).engine(engine).setting("record.test", "on").open();
  }

  private static byte[] recordingOf(TestRoom room) {
    return room.sandbox().operator().recording(LOBBY).orElseThrow().toArray();
  }

  @Test
  void aRingHoldsTheLastHooksAndBeginsWithTheMemoryBeforeTheFirst() {
    Recording recording = Recording.read(file);

    assertThat(recording.service()).hasToString("test");
    assertThat(recording.room()).hasToString("lobby");
    assertThat(recording.hooks()).hasSizeBetween(750, 1_000);
    assertThat(recording.hooks().get(0).isFresh()).isFalse();
    assertThat(recording.hooks().get(0).image()).isPresent();
    assertThat(recording.hooks()).extracting(RecordedHook::missed).containsOnly(0);
    assertThat(recording.hooks())
        .extracting(RecordedHook::outcome)
        .contains(RecordedHook.Outcome.COMPLETED, RecordedHook.Outcome.REFUSED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"chicory", "wasmtime"})
  void aThousandHooksOfARoomThatWasFollowedFromItsBeginningReplayBitForBit(String engine) {
    byte[] recorded = engine.equals("chicory") ? thousand : thousand(engine);

    for (String other : List.of("chicory", "wasmtime")) {
      ReplayReport report = RecordedRoom.of(recorded).engine(other).replay(Guests.wasm("diary"));

      assertThat(report.same()).as(other).isEqualTo(1_000);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"chicory", "wasmtime"})
  void aRoomReplaysFromTheMiddleOfItsLifeBitForBit(String engine) {
    ReplayReport report = RecordedRoom.of(file).engine(engine).replay(Guests.wasm("diary"));

    assertThat(report.same()).isEqualTo(Recording.read(file).hooks().size());
    assertThat(report.summary()).endsWith("recorded hooks did the same");
  }

  @Test
  void theMockRoomReplaysItBitForBitAsWell(@TempDir Path folder) throws Exception {
    Path wasm = Files.write(folder.resolve("diary.wasm"), Guests.wasm("diary"));
    for (byte[] each : List.of(thousand, file)) {
      Path recording = Files.write(folder.resolve("lobby.recording"), each);

      String said =
          room(folder, "replay", "--from", recording.toString(), wasm.toString(), "--quiet");

      int hooks = Recording.read(each).hooks().size();
      assertThat(said).contains(hooks + " of " + hooks + " hooks did the same");
    }
    assertThat(Recording.read(thousand).hooks()).hasSize(1_000);
  }

  @Test
  void theMockRoomTellsTheFirstDifferenceOfAnotherModule(@TempDir Path folder) throws Exception {
    byte[] young = youngRoom();
    Path recording = Files.write(folder.resolve("lobby.recording"), young);
    Path wasm = Files.write(folder.resolve("diary.wasm"), changed());

    String said = room(folder, "replay", "--from", recording.toString(), wasm.toString());

    assertThat(said).contains("differs", "room.broadcast", "2 of 7 hooks did the same");
  }

  private static String room(Path folder, String... words) throws Exception {
    List<String> command = new java.util.ArrayList<>(List.of("node", ROOM.toString()));
    command.addAll(List.of(words));
    Path output = folder.resolve("output");
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(90, TimeUnit.SECONDS)).isTrue();
      return Files.readString(output);
    } finally {
      process.destroyForcibly();
    }
  }

  /** A room of seven hooks, of which the third and the fifth trap: it begins anew after each. */
  private static byte[] youngRoom() {
    try (TestRoom room = recorded("diary", "chicory")) {
      TestUser ann = room.join("ann");
      ann.send("one");
      assertThatThrownBy(() -> ann.send("x")).isInstanceOf(GuestException.class);
      ann.send("two");
      assertThatThrownBy(() -> ann.send("x")).isInstanceOf(GuestException.class);
      ann.leave(); // it has no onLeave, and nothing is recorded of it
      room.join("bob").send("three");
      return recordingOf(room);
    }
  }

  /** The same module, but it begins to count at 101, which shows from the first message on. */
  private static byte[] changed() {
    byte[] wasm = Guests.wasm("diary");
    int[] start = {0x41, 0xe4, 0x00, 0x24}; // i32.const 100, global.set
    for (int at = 0; at < wasm.length - start.length; at++) {
      int from = at;
      if (java.util.stream.IntStream.range(0, start.length)
          .allMatch(i -> (wasm[from + i] & 0xff) == start[i])) {
        wasm[at + 1] = (byte) 0xe5;
        return wasm;
      }
    }
    throw new AssertionError("onStart does not set 100 any more");
  }

  @ParameterizedTest
  @ValueSource(strings = {"chicory", "wasmtime"})
  void anotherModuleIsToldWithTheFirstDifference(String engine) {
    RecordedRoom room = RecordedRoom.of(youngRoom()).engine(engine);

    assertThat(room.replay(Guests.wasm("diary")).hooks()).hasSize(7);
    assertThatThrownBy(() -> room.replay(changed()))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("the first that differs is hook 2: onMessage, call 2")
        .hasMessageContaining("recorded was the call room.broadcast (41 bytes: ")
        .hasMessageContaining("e\\x00\\x00\\x00\\x01");
  }

  /** Nobody is asked again: the plugin is not there when the room is replayed. */
  @Test
  void whatPluginsAnsweredIsAnsweredFromTheRecording() {
    HostFunctionProvider plugin =
        new HostFunctionProvider() {
          @Override
          public String name() {
            return "plugin";
          }

          @Override
          public List<HostFunction> functions() {
            return List.of(
                query("ask").takes(STRING).returns(I32).answers((call, text) -> text.length()),
                effect("tell").takes(STRING).does((call, text) -> {}));
          }
        };
    byte[] asked;
    try (TestRoom room =
        TestRoom.of(Guests.wasm("plugin")).functions(plugin).setting("record.test", "on").open()) {
      TestUser ann = room.join("ann");
      ann.send("what");
      ann.send("tell");
      asked = recordingOf(room);
    }

    ReplayReport report = RecordedRoom.of(asked).replay(Guests.wasm("plugin"));

    assertThat(report.same()).isEqualTo(2);
    assertThat(report.hooks().get(0).hook().runs().get(0).calls().get(0).function())
        .isEqualTo("plugin.ask");
  }

  @Test
  void anotherModuleCannotGoOnInTheMemoryOfTheFirst() {
    RecordedRoom room = RecordedRoom.of(file);

    assertThatThrownBy(() -> room.replay(changed()))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining(": 0 of ");
    assertThat(room.report(changed()).hooks().get(0).result())
        .isEqualTo(new Result.Skipped("its memory is that of another module"));
  }

  @Test
  void whatEndedByItsDeadlineIsSaidToBeUnrepeatableOrEndsSoAgain() {
    byte[] endless;
    try (TestRoom room =
        TestRoom.of(Guests.wasm("diary"))
            .setting("record.test", "on")
            .setting("limits.time", "100ms")
            .open()) {
      TestUser ann = room.join("ann");
      assertThatThrownBy(() -> ann.send("loop")).isInstanceOf(GuestException.class);
      ann.send("goes on");
      endless = recordingOf(room);
    }

    ReplayReport report = RecordedRoom.of(endless).replay(Guests.wasm("diary"));

    assertThat(report.hooks()).hasSize(3);
    assertThat(report.hooks().get(1).hook().runs().get(0).isRepeatable()).isFalse();
    assertThat(report.same()).isEqualTo(3);
  }

  @Test
  void aFileThatIsCutOrForeignIsRefused(@TempDir Path folder) throws IOException {
    for (int size = 0; size < file.length; size += 1 + file.length / 50) {
      byte[] cut = Arrays.copyOf(file, size);
      assertThatThrownBy(() -> RecordedRoom.of(cut)).isInstanceOf(RecordingException.class);
    }
    assertThatThrownBy(
            () -> RecordedRoom.of("no recording at all".getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(RecordingException.class)
        .hasMessageContaining("no recording of a room");
    byte[] later = file.clone();
    later[8] = 2;
    assertThatThrownBy(() -> RecordedRoom.of(later))
        .isInstanceOf(RecordingException.class)
        .hasMessageContaining("version 2");
    assertThatThrownBy(() -> RecordedRoom.of(Arrays.copyOf(file, file.length + 1)))
        .isInstanceOf(RecordingException.class)
        .hasMessageContaining("follows its end");
  }

  @Test
  void noFileThatWasChangedDoesMoreThanBeRefused() {
    byte[] small = youngRoom();
    java.util.Random random = new java.util.Random(7);
    for (int i = 0; i < 3_000; i++) {
      byte[] mutant = small.clone();
      for (int change = 0; change <= i % 3; change++) {
        mutant[random.nextInt(mutant.length)] = (byte) random.nextInt();
      }
      try {
        assertThat(Recording.read(mutant).hooks()).isNotEmpty();
      } catch (RecordingException e) {
        assertThat(e.getMessage()).isNotBlank();
      }
    }
  }
}
