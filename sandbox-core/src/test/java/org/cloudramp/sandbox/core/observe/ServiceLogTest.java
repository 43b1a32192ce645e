package org.cloudramp.sandbox.core.observe;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.hook.Hook;
import org.cloudramp.sandbox.core.ServiceObserver;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;

class ServiceLogTest {
  private final AtomicLong nanoTime = new AtomicLong(Long.MAX_VALUE - 1_000);
  private final Written written = new Written();
  private final Written ofHooks = new Written();
  private final List<String> heard = new ArrayList<>();
  private final ServiceLog log = log(List.of());

  private ServiceLog log(List<ServiceObserver> observers) {
    return new ServiceLog(
        service -> 3, nanoTime::get, new GuardedServiceObserver(observers), written, ofHooks);
  }

  private final ServiceObserver hearer =
      new ServiceObserver() {
        @Override
        public void logged(
            ModuleVersion version, RoomId room, Hook hook, Level level, String line) {
          heard.add("%s %s %s %s".formatted(level, room, hook, line));
        }
      };

  @Test
  void whoListensHearsALineAsItWasSaidAndNoMoreThanTheLimitLets() {
    ServiceLog told =
        log(
            List.of(
                new ServiceObserver() {
                  @Override
                  public void logged(
                      ModuleVersion version, RoomId room, Hook hook, Level level, String line) {
                    throw new IllegalStateException("a test");
                  }
                },
                hearer));

    ModuleVersion version = new ModuleVersion(new ServiceId("chatty"), Digest.of(new byte[0]));
    for (int i = 0; i < 5; i++) {
      told.write(
          Level.WARN,
          version,
          new RoomId("lobby"),
          Hook.ON_MESSAGE,
          Optional.of(new ConnectionId("ann")),
          "\u001b[1m");
    }

    assertThat(heard).hasSize(3).containsOnly("WARN lobby onMessage \u001b[1m");
    assertThat(written.lines).hasSize(4);
    assertThat(written.lines.get(0)).contains("\\u{1b}");
  }

  @Test
  void aServiceLogsSoManyLinesAMinuteAndOneThatSaysSo() {
    for (int i = 0; i < 1_000; i++) {
      log("chatty", Level.INFO, "line " + i);
    }

    assertThat(written.lines).hasSize(4);
    assertThat(written.lines.subList(0, 3))
        .allSatisfy(
            line -> assertThat(line).startsWith("INFO chatty@").contains("onMessage: line"));
    assertThat(written.lines.get(3))
        .startsWith("WARN service 'chatty' has more than 3 lines a minute")
        .contains("limits.logLinesPerMinute");
  }

  @Test
  void afterTheMinuteItLogsAgainAndTheDroppedAreCounted() {
    for (int i = 0; i < 10; i++) {
      log("chatty", Level.INFO, "first");
    }
    nanoTime.addAndGet(Duration.ofMinutes(1).toNanos());

    for (int i = 0; i < 10; i++) {
      log("chatty", Level.INFO, "second");
    }

    assertThat(written.lines).hasSize(8);
    assertThat(written.lines.get(4)).endsWith("second");
    assertThat(written.lines.get(7)).contains("; 7 lines were dropped since");
  }

  @Test
  void oneServiceDoesNotUseUpTheLinesOfAnother() {
    for (int i = 0; i < 10; i++) {
      log("chatty", Level.INFO, "much");
    }

    log("quiet", Level.INFO, "one");

    assertThat(written.lines).last().asString().startsWith("INFO quiet@").endsWith("one");
  }

  @Test
  void linesOfALevelThatIsOffDoNotCount() {
    for (int i = 0; i < 10; i++) {
      log("chatty", Level.DEBUG, "detail");
    }

    log("chatty", Level.ERROR, "this");

    assertThat(written.lines).singleElement().asString().endsWith("this");
  }

  @Test
  void failedHooksDoNotFillTheLogNorTakeTheLinesOfTheGuest() {
    for (int i = 0; i < 1_000; i++) {
      log.warn(new ServiceId("chatty"), Optional.empty(), "hook {} failed", i);
    }

    log("chatty", Level.INFO, "still here");

    assertThat(ofHooks.lines).hasSize(4);
    assertThat(ofHooks.lines.get(0)).isEqualTo("WARN hook 0 failed");
    assertThat(ofHooks.lines.get(3)).contains("limits.logLinesPerMinute");
    assertThat(written.lines).singleElement().asString().endsWith("still here");
  }

  private void log(String service, Level level, String line) {
    ModuleVersion version = new ModuleVersion(new ServiceId(service), Digest.of(new byte[0]));
    log.write(level, version, new RoomId("room"), Hook.ON_MESSAGE, Optional.empty(), line);
  }

  /** Keeps what is logged from INFO on. */
  private static final class Written extends LegacyAbstractLogger {
    private static final long serialVersionUID = 1;

    private final transient List<String> lines = new ArrayList<>();

    @Override
    protected void handleNormalizedLoggingCall(
        Level level,
        @Nullable Marker marker,
        String pattern,
        Object @Nullable [] arguments,
        @Nullable Throwable thrown) {
      lines.add(level + " " + MessageFormatter.basicArrayFormat(pattern, arguments));
    }

    @Override
    protected String getFullyQualifiedCallerName() {
      return Written.class.getName();
    }

    @Override
    public boolean isTraceEnabled() {
      return false;
    }

    @Override
    public boolean isDebugEnabled() {
      return false;
    }

    @Override
    public boolean isInfoEnabled() {
      return true;
    }

    @Override
    public boolean isWarnEnabled() {
      return true;
    }

    @Override
    public boolean isErrorEnabled() {
      return true;
    }
  }
}
