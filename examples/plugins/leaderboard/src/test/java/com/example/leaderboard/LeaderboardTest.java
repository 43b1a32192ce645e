package com.example.leaderboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.testkit.rooms.TestRoom;
import org.cloudramp.sandbox.testkit.rooms.TestRoomBuilder;
import org.cloudramp.sandbox.testkit.rooms.TestUser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The plugin, called by a room: {@code room/assembly/index.ts}, compiled. */
class LeaderboardTest {
  private static TestRoomBuilder points() {
    return TestRoom.load(Path.of("room/build/points.wasm"))
        .functions(new Leaderboard())
        .setting("functions.leaderboard.points", "50");
  }

  @ParameterizedTest
  @ValueSource(strings = {"chicory", "wasmtime"})
  void countsPointsOnEitherEngine(String engine) {
    try (TestRoom room = points().engine(engine).open()) {
      TestUser ann = room.join("ann");
      TestUser bob = room.join("bob");

      ann.send("add 5");
      bob.send("add 7");
      ann.send("add 4");
      bob.send("points");
      ann.send("top");

      assertEquals(List.of("7"), bob.texts());
      assertEquals(List.of("ann 9, bob 7"), ann.texts());
    }
  }

  @Test
  void tellsItsHost() {
    try (TestRoom room = points().open()) {
      var events = room.join("ann").send("add 5").events();

      assertEquals("leaderboard.add", events.get(0).type());
      assertEquals("ann +5", events.get(0).payload().text());
    }
  }

  @Test
  void addsNothingWhenTheHookFails() {
    try (TestRoom room = points().open()) {
      TestUser ann = room.join("ann");

      assertThrows(GuestException.class, () -> ann.send("add 5 and fail"));
      ann.send("points");

      assertEquals(List.of("0"), ann.texts());
    }
  }

  @Test
  void refusesMorePointsThanItsSettingAllows() {
    try (TestRoom room = points().open()) {
      TestUser ann = room.join("ann");

      ann.send("add 51");

      assertEquals(List.of("64: 51 points cannot be added; 1 to 50 can"), ann.texts());
    }
  }

  @Test
  void knowsItsSettingsAndNoOthers() {
    var wrong = points().setting("functions.leaderboard.point", "5");

    String message = assertThrows(ConfigurationException.class, wrong::open).getMessage();

    assertTrue(message.contains("functions.leaderboard.point"), message);
  }
}
