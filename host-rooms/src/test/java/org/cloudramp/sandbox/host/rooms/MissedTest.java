package org.cloudramp.sandbox.host.rooms;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.cloudramp.sandbox.api.CloseFrame;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.extension.LoggedEffects;
import org.cloudramp.sandbox.api.extension.LoggedEffects.LoggedEffect;
import org.cloudramp.sandbox.api.kv.LogPosition;
import org.junit.jupiter.api.Test;

class MissedTest {
  private static final ConnectionId ANN = new ConnectionId("ann");

  private final List<LoggedEffect> effects = new ArrayList<>();

  @Test
  void isWhatWasSaidToAllAndToItAndNotWhatWasSaidToOthers() {
    happened("room.broadcast", Payload.text("to all"), List.of());
    happened("room.broadcast", Payload.text("to all but ann"), List.of("bob", "ann"));
    happened("room.broadcast", Payload.text("to all but bob"), List.of("bob"));
    happened("room.sendTo", List.of("bob"), Payload.text("to bob"));
    happened("room.sendTo", List.of("bob", "ann"), Payload.text("to both"));
    happened("conn.send", "ann", Payload.text("to ann"));
    happened("conn.send", "an", Payload.text("to an"));
    happened("leaderboard.add", "ann", 5);
    happened("conn.close", "bob", 4000, "bob goes");

    Missed missed = Missed.of(page(), ANN);

    assertThat(missed.messages())
        .extracting(message -> message.payload().text())
        .containsExactly("to all", "to all but bob", "to both", "to ann");
    assertThat(missed.messages())
        .extracting(message -> message.position().offset())
        .containsExactly(1L, 3L, 5L, 6L);
    assertThat(missed.close()).isEmpty();
  }

  @Test
  void endsWithTheCloseOfTheConnection() {
    happened("conn.send", "ann", Payload.text("before"));
    happened("conn.close", "ann", 4000, "game over");
    happened("conn.send", "ann", Payload.text("after"));

    Missed missed = Missed.of(page(), ANN);

    assertThat(missed.messages()).hasSize(1);
    assertThat(missed.close()).contains(CloseFrame.ofApplication(4000, "game over"));
  }

  private void happened(String function, Object... arguments) {
    LogPosition position = new LogPosition("e", effects.size() + 1);
    effects.add(new LoggedEffect(position, function, List.of(arguments)));
  }

  private LoggedEffects page() {
    return new LoggedEffects(effects, new LogPosition("e", effects.size()));
  }
}
