package org.cloudramp.sandbox.server.rate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.cloudramp.sandbox.api.Identity;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.plugin.PluginSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RateLimitsTest {
  private static final ServiceId CHAT = new ServiceId("chat");
  private static final ServiceId QUIZ = new ServiceId("quiz");

  private final AtomicLong now = new AtomicLong(System.nanoTime());

  private RateLimits limits(String... settings) {
    return new RateLimits(settings(settings), now::get);
  }

  private static RateSettings settings(String... settings) {
    Map<String, String> all = new HashMap<>();
    for (int i = 0; i < settings.length; i += 2) {
      all.put(settings[i], settings[i + 1]);
    }
    return RateSettings.read(new PluginSettings("sandbox.server.", all));
  }

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  private static boolean says(Allowance allowance, int bytes) {
    return allowance.take(bytes, true).isEmpty();
  }

  @Test
  void whatIsTakenComesBackEvenlyOverTheTimeOfTheRate() {
    Allowance ann =
        limits("rates.messagesPerConnection", "4/s").allowance(null, CHAT, Identity.UNKNOWN);
    for (int i = 0; i < 4; i++) {
      assertThat(says(ann, 10)).isTrue();
    }

    Optional<Excess> excess = ann.take(10, true);
    pass(Duration.ofMillis(250));

    assertThat(excess)
        .hasToString(
            "Optional[too many messages of this connection: 4/s are allowed (sandbox.server.rates.messagesPerConnection)]");
    assertThat(says(ann, 10)).isTrue();
    assertThat(says(ann, 10)).isFalse();
  }

  @Test
  void bytesCountWithEachPieceAndAMessageWithItsLast() {
    Allowance ann =
        limits("rates.messagesPerConnection", "1/m", "rates.bytesPerConnection", "1KiB/m")
            .allowance(null, CHAT, Identity.UNKNOWN);

    assertThat(ann.take(500, false)).isEmpty();
    assertThat(ann.take(500, false)).isEmpty();
    assertThat(ann.take(0, true)).isEmpty();
    assertThat(ann.take(25, false).map(Excess::limit)).contains(Limit.BYTES_PER_CONNECTION);
    assertThat(ann.take(24, true).map(Excess::limit)).contains(Limit.MESSAGES_PER_CONNECTION);
  }

  @Test
  void connectionsOfOneUserShareWhatTheUserHasAndOthersHaveTheirs() {
    RateLimits limits = limits("rates.messagesPerUser", "2/m");
    Allowance desk = limits.allowance("a", CHAT, Identity.ofUser("ann"));
    Allowance phone = limits.allowance("b", QUIZ, Identity.ofUser("ann"));
    assertThat(says(desk, 1)).isTrue();
    assertThat(says(phone, 1)).isTrue();

    assertThat(desk.take(1, true).map(Excess::limit)).contains(Limit.MESSAGES_PER_USER);
    assertThat(says(limits.allowance("a", CHAT, Identity.ofUser("ben")), 1)).isTrue();
    assertThat(limits.allowance("a", CHAT, Identity.UNKNOWN)).isSameAs(Allowance.UNLIMITED);
  }

  @Test
  void connectionsFromOneAddressShareWhatItHasAndThisMachineIsNotCounted() {
    RateLimits limits = limits("rates.messagesPerAddress", "1/m");
    assertThat(says(limits.allowance("a", CHAT, Identity.UNKNOWN), 1)).isTrue();

    assertThat(says(limits.allowance("a", CHAT, Identity.UNKNOWN), 1)).isFalse();
    assertThat(says(limits.allowance("b", CHAT, Identity.UNKNOWN), 1)).isTrue();
    assertThat(limits.allowance(null, CHAT, Identity.UNKNOWN)).isSameAs(Allowance.UNLIMITED);
  }

  @Test
  void everybodyOfAServiceSharesWhatItHas() {
    RateLimits limits = limits("rates.bytesPerService", "1KiB/s");
    assertThat(says(limits.allowance("a", CHAT, Identity.UNKNOWN), 1_000)).isTrue();

    assertThat(says(limits.allowance("b", CHAT, Identity.UNKNOWN), 100)).isFalse();
    assertThat(says(limits.allowance("b", QUIZ, Identity.UNKNOWN), 100)).isTrue();
  }

  @Test
  void joinsAreCountedByAddressServiceAndUser() {
    RateLimits limits =
        limits(
            "rates.joinsPerAddress", "2/m",
            "rates.joinsPerService", "3/m",
            "rates.joinsPerUser", "1/m");
    assertThat(limits.takeJoin("a")).isEmpty();
    assertThat(limits.takeJoin("a")).isEmpty();
    assertThat(limits.takeJoin("a").map(Excess::limit)).contains(Limit.JOINS_PER_ADDRESS);
    assertThat(limits.takeJoin("b")).isEmpty();
    assertThat(limits.takeJoin((Object) null)).isEmpty();
    assertThat(limits.takeJoin(CHAT, Identity.ofUser("ann"))).isEmpty();
    assertThat(limits.takeJoin(CHAT, Identity.UNKNOWN)).isEmpty();
    assertThat(limits.takeJoin(CHAT, Identity.UNKNOWN)).isEmpty();
    assertThat(limits.takeJoin(CHAT, Identity.UNKNOWN).map(Excess::limit))
        .contains(Limit.JOINS_PER_SERVICE);
    assertThat(limits.takeJoin(QUIZ, Identity.UNKNOWN)).isEmpty();
    pass(Duration.ofMinutes(1));
    assertThat(limits.takeJoin("a")).isEmpty();
  }

  @Test
  void whoIsTurnedAwayTakesNothingOfWhatTheServiceHas() {
    RateLimits limits = limits("rates.joinsPerUser", "1/m", "rates.joinsPerService", "2/m");
    assertThat(limits.takeJoin(CHAT, Identity.ofUser("ann"))).isEmpty();
    for (int i = 0; i < 10; i++) {
      assertThat(limits.takeJoin("of somebody whose token is refused")).isEmpty();
      assertThat(limits.takeJoin(CHAT, Identity.ofUser("ann")).map(Excess::limit))
          .contains(Limit.JOINS_PER_USER);
    }

    assertThat(limits.takeJoin(CHAT, Identity.ofUser("bob"))).isEmpty();
  }

  @Test
  void whoComesBackFindsWhatTheyHadLeftHoweverLongTheyWereThere() {
    RateLimits limits = limits("rates.messagesPerUser", "2/m");
    Allowance first = limits.allowance(null, CHAT, Identity.ofUser("ann"));
    pass(Duration.ofHours(1)); // as if she had not been here, if the connection did not hold it
    assertThat(says(first, 1)).isTrue();
    assertThat(says(first, 1)).isTrue();
    first.release();

    Allowance second = limits.allowance(null, CHAT, Identity.ofUser("ann"));

    assertThat(says(second, 1)).isFalse();
  }

  @Test
  void howManyAreRememberedIsBoundedAndTheyAreForgottenWhenTheirShareIsFullAgain() {
    Ticking time = new Ticking(now);
    Shares<Integer> shares =
        Shares.<Integer>of(Limit.Whose.ADDRESS, settings("rates.joinsPerAddress", "1/m"), time)
            .orElseThrow();
    for (int i = 0; i < 2 * Shares.MAX_REMEMBERED; i++) {
      shares.of(i).takeJoin();
    }

    assertThat(shares.remembered()).isEqualTo(Shares.MAX_REMEMBERED);
    pass(Duration.ofMinutes(1));
    await().until(() -> shares.remembered() == 0); // a part with each look
  }

  private record Ticking(AtomicLong now) implements io.github.bucket4j.TimeMeter {
    @Override
    public long currentTimeNanos() {
      return now.get();
    }

    @Override
    public boolean isWallClockBased() {
      return false;
    }
  }

  @ParameterizedTest
  @CsvSource({
    "20/s, 20/s",
    "3000/m, 3000/m",
    "64KiB/s, 65536/s",
    "500/h, 500/h",
    "1000000000/s, 1000000000/s"
  })
  void aRateIsANumberWithinATime(String written, String read) {
    assertThat(Rate.parse("rates.x", written)).hasToString(read);
    assertThat(
            says(
                limits("rates.bytesPerConnection", written).allowance(null, CHAT, Identity.UNKNOWN),
                20))
        .isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "20", "0/s", "-1/s", "20/d", "1.5/s", "20 / s", "2000MiB/s", "9999999999/s"})
  void whatIsNoRateIsRefusedWithTheSettingsName(String written) {
    assertThatThrownBy(() -> Rate.parse("sandbox.server.rates.joinsPerUser", written))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("sandbox.server.rates.joinsPerUser")
        .hasMessageContaining("3000/m");
  }

  @Test
  void aLimitOfBytesThatNoMessageFitsIntoIsRefused() {
    RateSettings settings = settings("rates.bytesPerUser", "64KiB/m");

    assertThatThrownBy(() -> settings.requireRoomFor(65 << 10))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("sandbox.server.rates.bytesPerUser")
        .hasMessageContaining("sandbox.server.messageBytes");
    assertThatCode(() -> settings.requireRoomFor(64 << 10)).doesNotThrowAnyException();
  }

  @Test
  void whatIsSaidFitsIntoTheReasonOfAClose() {
    for (Limit limit : Limit.values()) {
      assertThat(new Excess(limit, "1000000000/s").toString().length()).isLessThanOrEqualTo(123);
    }
  }
}
