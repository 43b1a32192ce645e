package org.cloudramp.sandbox.attack;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Attacks one after the other on one server, each of which must be survived as in {@link
 * SurvivalTest}, by a server that has been attacked before. With every build, because a server of
 * its own for each would take too long; whoever asks for one attack gets it there.
 */
class AttacksInTurnTest {
  private static final Duration SIEGE = Duration.ofSeconds(3);

  private static List<Attack> attacks() {
    return Stream.of(
            ImagesTest.attacks(),
            CodeTest.attacks(),
            KeysTest.attacks(),
            RoomMemoryTest.attacks(),
            BacklogsTest.attacks(),
            SlowReadersTest.attacks(),
            UnfinishedMessagesTest.attacks(),
            TextsTest.attacks(),
            UploadsTest.attacks(),
            ProxiesTest.attacks(),
            CrowdsTest.attacks(),
            InstantiationTest.attacks(),
            SlowServicesTest.attacks(),
            RequestsTest.attacks(),
            OriginsTest.attacks())
        .flatMap(Function.identity())
        .filter(attack -> attack.form() == Attack.Form.IN_TURN)
        .toList();
  }

  @Test
  void aServerSurvivesOneAttackAfterTheOther(@TempDir(cleanup = CleanupMode.ALWAYS) Path folder)
      throws Exception {
    assumeTrue(System.getProperty("attacks.only", "").isEmpty(), "one attack is asked for");
    SurvivalTest.survive(
        attacks().stream().map(attack -> new Trial(attack, SIEGE, false)).toList(),
        Map.of(),
        folder);
  }
}
