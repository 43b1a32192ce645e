package org.cloudramp.sandbox.server;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.cloudramp.sandbox.server.ServersOnRedis.patiently;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.Payload;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Timers of rooms on two servers, each the command that users run, on one Redis, while one of them
 * fails: each is heard once. docs/operations.md has a table of these drills.
 */
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class TimerDrillsTest {
  private static final int ROOMS = ServersOnRedis.LARGE ? 100 : 10;
  private static final int TIMERS_OF_ROOM = 25;
  private static final long FIRST_MILLIS = 1_500;
  private static final long LAST_MILLIS = 6_000;

  /** Later than a timer that was claimed by a server that is gone is claimed by another. */
  private static final long LONG_AFTER_MILLIS = 8_000;

  /** One without a name: the room is told that it is refused. */
  private static final byte[] IMPOSSIBLE = set("", 0);

  @TempDir Path folder;
  private ServersOnRedis servers;
  private ServerProcess fires;
  private final List<Client> setters = new ArrayList<>();
  private final List<Client> witnesses = new ArrayList<>();

  /** Of each room one on the server that is about to fail, who sets timers, and a witness. */
  @BeforeEach
  void begin() throws Exception {
    servers = new ServersOnRedis(folder);
    Map<String, String> settings =
        Map.of(
            "SANDBOX_ROOMS_LEASE",
            "3s",
            "SANDBOX_ROOMS_RENEW",
            "1s",
            "SANDBOX_KV_REDIS_TIMEOUT", // for the first joins of a process, beside other tests
            "2500ms");
    fires = servers.start(settings);
    servers.publish("timer", "timer");
    ServerProcess other = servers.start(settings);
    for (int room = 0; room < ROOMS; room++) {
      setters.add(fires.connect(servers.http(), "timer", "room" + room));
      witnesses.add(other.connect(servers.http(), "timer", "room" + room));
    }
    awaitTheirRooms(setters);
    awaitTheirRooms(witnesses);
  }

  @AfterEach
  void end() {
    Stream.concat(setters.stream(), witnesses.stream()).forEach(Client::close);
    if (servers != null) {
      servers.close();
    }
  }

  @Test
  void timersOfAServerThatIsKilledFireOnceEach() throws Exception {
    setTimers();
    awaitSomeFired();

    fires.kill();

    assertThatEachFiresOnce();
  }

  @Test
  void timersOfAServerThatStandsStillFireOnceEachAlsoWhenItGoesOn() throws Exception {
    setTimers();
    awaitSomeFired();

    fires.freeze();
    awaitAllFired();
    fires.thaw();

    assertThatEachFiresOnce();
  }

  @Test
  void timersFireOnceEachWhileRedisIsKilledAndRestarts() throws Exception {
    servers.redis().ask(redis -> redis.configSet("appendfsync", "always")); // it loses nothing
    setTimers();
    awaitSomeFired();

    servers.redis().kill();
    servers.redis().restart();

    assertThatEachFiresOnce();
  }

  /**
   * Waits until each is in its room: a connection is open before it has joined, and on another
   * server a message may come first; but whoever hears the answer to a message of its own has
   * joined.
   */
  private static void awaitTheirRooms(List<Client> clients) {
    clients.forEach(client -> client.say(IMPOSSIBLE));
    clients.forEach(client -> awaitRefusals(client, 1));
  }

  /** Sets them, spread over some seconds, and waits until that is certain. */
  private void setTimers() {
    for (int room = 0; room < ROOMS; room++) {
      for (int timer = 0; timer < TIMERS_OF_ROOM; timer++) {
        long spread = (LAST_MILLIS - FIRST_MILLIS) * timer / (TIMERS_OF_ROOM - 1);
        setters.get(room).say(set("t" + timer, FIRST_MILLIS + spread));
      }
      setters.get(room).say(IMPOSSIBLE);
    }
    setters.forEach(setter -> awaitRefusals(setter, 3)); // so those before are set
  }

  /** Those that are still due would be, by now. */
  private void awaitSomeFired() {
    patiently()
        .until(
            () ->
                witnesses.stream().mapToInt(each -> fired(each).size()).sum()
                    > ROOMS * TIMERS_OF_ROOM / 4);
  }

  private void awaitAllFired() {
    for (Client witness : witnesses) {
      patiently().until(() -> fired(witness).stream().distinct().count() == TIMERS_OF_ROOM);
    }
  }

  private void assertThatEachFiresOnce() {
    awaitAllFired();
    witnesses.forEach(witness -> witness.say(set("last", LONG_AFTER_MILLIS)));
    for (Client witness : witnesses) {
      patiently().until(() -> fired(witness).contains("last"));
    }
    List<String> all = new ArrayList<>();
    for (int timer = 0; timer < TIMERS_OF_ROOM; timer++) {
      all.add("t" + timer);
    }
    all.add("last");
    for (int room = 0; room < ROOMS; room++) {
      Client witness = witnesses.get(room);
      assertThat(fired(witness))
          .as("what has fired in room %d", room)
          .containsExactlyInAnyOrderElementsOf(all);
      assertThat(witness.isClosed()).isFalse();
    }
  }

  /** What has fired, as somebody has heard it. */
  private static List<String> fired(Client client) {
    return client.rest().stream()
        .filter(message -> !isRefusal(message))
        .map(TimerDrillsTest::name)
        .toList();
  }

  private static String name(Payload message) {
    ByteBuffer in = ByteBuffer.wrap(message.bytes().toArray()).order(LITTLE_ENDIAN);
    byte[] name = new byte[in.getInt()];
    in.get(name);
    return new String(name, StandardCharsets.UTF_8);
  }

  /** Waits until a client has heard of so many timers that cannot be. */
  private static void awaitRefusals(Client client, int number) {
    patiently()
        .untilAsserted(
            () ->
                assertThat(client.rest().stream().filter(TimerDrillsTest::isRefusal).count())
                    .as("refusals heard by a client that is closed: %s", client.isClosed())
                    .isGreaterThanOrEqualTo(number));
  }

  private static boolean isRefusal(Payload message) {
    return message.bytes().size() == Integer.BYTES;
  }

  private static byte[] set(String name, long delay) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(4 + bytes.length + 8)
        .order(LITTLE_ENDIAN)
        .putInt(bytes.length)
        .put(bytes)
        .putLong(delay)
        .array();
  }
}
