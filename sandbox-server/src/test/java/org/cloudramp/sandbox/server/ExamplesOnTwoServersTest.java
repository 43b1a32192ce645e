package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.server.Client.Closed;
import org.cloudramp.sandbox.server.jointoken.Issuer;
import org.cloudramp.sandbox.server.jointoken.Issuer.Algorithm;
import org.cloudramp.sandbox.testkit.servers.RedisProcess;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Examples that know users or remember something, each room over two servers on one Redis. */
@Timeout(300)
class ExamplesOnTwoServersTest {
  private static final Issuer ISSUER = new Issuer();
  private static final Pattern HAND = Pattern.compile("\"hand\":(\\[\"[^]]+])");
  private static final Closed SHOWN_OUT = new Closed(4012, "the owner has shown you out");

  @TempDir Path folder;
  private final List<AutoCloseable> opened = new ArrayList<>();
  private final RedisProcess redis = RedisProcess.start();

  @SuppressWarnings("NullAway.Init")
  private TestServer first;

  @SuppressWarnings("NullAway.Init")
  private TestServer second;

  @BeforeEach
  void startTwoServers() throws Exception {
    Files.writeString(folder.resolve("keys"), ISSUER.jwks(Algorithm.EdDSA));
    first = start();
    for (String example : List.of("auction", "cards", "pad", "presence")) {
      first.publish(example, TestServer.example(example));
    }
    second = start();
  }

  @AfterEach
  void end() throws Exception {
    for (AutoCloseable each : opened) {
      each.close();
    }
    redis.close();
  }

  @Test
  void whoeverComesBackByAnotherServerHoldsTheSameHandAndWhoWatchesSeesNone() {
    Client ann = join(first, "cards", "ann");
    Client bob = join(second, "cards", "bob");
    say(ann, "sit");
    hear(bob, "\"user\":\"ann\"");
    say(bob, "sit");
    hear(ann, "\"user\":\"bob\"");
    say(ann, "deal");
    String hand = hand(next(ann, text -> HAND.matcher(text).find()));
    String handOfBob = hand(next(bob, text -> HAND.matcher(text).find()));
    assertThat(hand).isNotEqualTo(handOfBob);

    ann.vanish();
    Client again = join(second, "cards", "ann");
    Client zoe = join(first, "cards", "zoe");

    assertThat(hand(next(again, text -> true))).isEqualTo(hand);
    assertThat(next(zoe, text -> true)).contains("ann", "bob").doesNotContainPattern(HAND);
    say(zoe, "draw");
    hear(zoe, "you are watching");
  }

  @Test
  void theOwnerOfAPadShowsAUserOutOfBothServersAndAllSeeOneText() {
    Client ann = join(first, "pad", "ann");
    assertThat(ann.next().bytes().toArray()).isEqualTo(packet(0, 0)); // and so it is ann's
    Client bob = join(second, "pad", "bob");
    Client tab = join(first, "pad", "bob");
    Client zoe = join(second, "pad", "zoe");
    for (Client each : List.of(bob, tab, zoe)) {
      assertThat(each.next().bytes().toArray()).isEqualTo(packet(0, 0));
    }
    zoe.say(packet(4, 3)); // where zoe writes
    byte[] where = ann.next().bytes().toArray();
    assertThat(where).startsWith(packet(4, 3)).endsWith('z', 'o', 'e');
    zoe.say(packet(1, 0, 0, "hello"));
    assertThat(ann.next().bytes().toArray()).isEqualTo(packet(1, 1, 0, "hello"));

    ann.say(packet(3, "bob"));

    assertThat(bob.closed()).isEqualTo(SHOWN_OUT);
    assertThat(tab.closed()).isEqualTo(SHOWN_OUT);
    assertThat(join(first, "pad", "bob").closed()).isEqualTo(SHOWN_OUT);
    Client late = join(first, "pad", "late");
    assertThat(late.next().bytes().toArray()).isEqualTo(packet(0, 1, "hello"));
    assertThat(late.next().bytes().toArray()).as("what is remembered of zoe").isEqualTo(where);
    assertThat(zoe.isClosed()).isFalse();
  }

  @Test
  void whatAClassRemembersOfItsUsersIsToldByEitherServer() {
    Client ann = join(first, "presence", "ann");
    hear(ann, " here");
    ann.say("typing");
    hear(ann, " typing");

    Client bob = join(second, "presence", "bob");
    hear(bob, " typing");
    bob.say("away");
    hear(ann, " away");

    Client zoe = join(first, "presence", "zoe");
    assertThat(next(zoe, text -> true)).contains(" typing\n", " away\n", " here");
  }

  @Test
  void anAuctionClosesItselfForThoseOnBothServersAndWhoComesLateHearsAllOfIt() {
    Client ann = join(first, "auction", "ann");
    Client bob = join(second, "auction", "bob");
    ann.say("{\"type\":\"open\",\"item\":\"a vase\",\"price\":100,\"seconds\":15}");
    hear(bob, "\"closed\":false");
    bob.say("{\"type\":\"bid\",\"price\":120}");
    hear(ann, "\"bidder\":\"bob\",\"price\":120");
    String late = next(join(first, "auction", "zoe"), text -> true);
    ann.vanish(); // whose server has set the timer

    hear(bob, "\"closed\":true,\"winner\":\"bob\"");

    assertThat(late).contains("a vase", "\"closed\":false", "\"bidder\":\"bob\",\"price\":120");
    assertThat(next(join(second, "auction", "later"), text -> true))
        .contains("\"closed\":true,\"winner\":\"bob\"", "\"bidder\":\"bob\",\"price\":120");
  }

  @ParameterizedTest
  @ValueSource(strings = {"auction", "cards", "pad"})
  void aHostileClientClosesNobodyElseAndTheRoomGoesOn(String example) {
    Client ann = join(first, example, "ann");
    Client bob = join(second, example, "bob");
    open(example, ann, bob);
    List<Client> hostile = new ArrayList<>();

    for (int i = 0; i < 4; i++) {
      Client mallory = join(i % 2 == 0 ? first : second, example, "mallory");
      hostile.add(mallory);
      for (String garbage :
          List.of("", "{", "null", "[]", "{\"type\":7}", "\0", "[".repeat(9_999))) {
        mallory.say(garbage);
      }
      for (String type : List.of("open", "bid", "close", "sit", "deal", "draw", "play")) {
        mallory.say(
            "{\"type\":\"%s\",\"price\":-1,\"seconds\":-1,\"card\":\"AS\"}".formatted(type));
      }
    }
    for (int i = 0; i < 4; i++) {
      Client mallory = join(i % 2 == 0 ? first : second, example, "mallory");
      hostile.add(mallory);
      mallory.say(new byte[0]);
      mallory.say(packet(1, -1, -1, "x"));
      mallory.say(packet(2, 1, 0, -1));
      mallory.say(packet(3, "ann"));
      mallory.say(new byte[] {1, 1, 0, 0, 0, 0, 0, 0, 0, (byte) 0xff});
      mallory.say(packet(1, 1, 0, "x".repeat(100_000)));
    }
    Client tooLong = join(first, example, "mallory");
    tooLong.say("x".repeat(200_000));
    assertThat(tooLong.closed().code()).isEqualTo(1009);
    Client flood = join(first, example, "mallory");
    flood.say("x".repeat(2 << 20)); // of this more is left than a server that has closed reads away
    Awaitility.await().atMost(TestServer.PATIENCE).until(flood::isClosed);
    hostile.forEach(Client::vanish);

    goOn(example, ann, bob);
    assertThat(ann.isClosed()).isFalse();
    assertThat(bob.isClosed()).isFalse();
  }

  private static void open(String example, Client ann, Client bob) {
    switch (example) {
      case "auction" -> {
        ann.say("{\"type\":\"open\",\"item\":\"a vase\",\"price\":100,\"seconds\":3600}");
        hear(bob, "a vase");
      }
      case "cards" -> {
        say(ann, "sit");
        hear(bob, "\"user\":\"ann\"");
        say(bob, "sit");
        hear(ann, "\"user\":\"bob\"");
        say(ann, "deal");
        assertThat(next(bob, text -> HAND.matcher(text).find())).contains("\"turn\":\"ann\"");
      }
      default -> {
        await(bob, packet(0, 0)); // bob is in the room
        ann.say(packet(1, 0, 0, "hello"));
        await(bob, packet(1, 1, 0, "hello"));
      }
    }
  }

  /** What those who play by the rules do next, by either server. */
  private static void goOn(String example, Client ann, Client bob) {
    switch (example) {
      case "auction" -> {
        bob.say("{\"type\":\"bid\",\"price\":120}");
        hear(ann, "\"bidder\":\"bob\",\"price\":120");
      }
      case "cards" -> {
        say(ann, "draw"); // or it is bob's turn already, because that took so long
        say(bob, "draw");
        next(ann, text -> text.contains("\"cards\":6"));
        next(bob, text -> text.contains("\"cards\":6"));
      }
      default -> {
        bob.say(packet(1, 1, 5, "!"));
        await(ann, packet(1, 2, 5, "!"));
      }
    }
  }

  private TestServer start() {
    TestServer server =
        TestServer.start(
            folder.resolve("store"),
            "kv",
            "redis",
            "kv.redis.uri",
            redis.uri(),
            "server.join.keys",
            folder.resolve("keys").toString(),
            "server.join.issuer",
            Issuer.NAME,
            "server.join.audience",
            Issuer.AUDIENCE,
            "server.join.rooms",
            "token");
    opened.add(0, server);
    return server;
  }

  private Client join(TestServer server, String service, String user) {
    Map<String, String> claims = Issuer.claims(Instant.now().getEpochSecond());
    claims.put("sub", Issuer.quoted(user));
    claims.put("service", Issuer.quoted(service));
    String token = ISSUER.token(Algorithm.EdDSA, claims);
    Client client = server.connect(service, "lobby", "Authorization", "Bearer " + token);
    opened.add(0, client);
    return client;
  }

  private static void say(Client client, String type) {
    client.say("{\"type\":\"%s\"}".formatted(type));
  }

  private static void hear(Client client, String part) {
    assertThat(next(client, text -> text.contains(part))).contains(part);
  }

  /** The next text of a kind; leaves out what comes before it. */
  private static String next(Client client, Predicate<String> wanted) {
    while (true) {
      Payload heard = client.next();
      if (heard.kind() == Payload.Kind.TEXT && wanted.test(heard.text())) {
        return heard.text();
      }
    }
  }

  private static void await(Client client, byte[] message) {
    while (!client.next().equals(Payload.binary(message))) {
      // not yet
    }
  }

  private static String hand(String view) {
    Matcher hand = HAND.matcher(view);
    assertThat(hand.find()).as(view).isTrue();
    return hand.group(1);
  }

  /** An op of the pad, and behind it numbers of 32 bits and texts. */
  private static byte[] packet(int op, Object... parts) {
    ByteBuffer packet = ByteBuffer.allocate(1 << 17).order(ByteOrder.LITTLE_ENDIAN).put((byte) op);
    for (Object part : parts) {
      if (part instanceof Integer number) {
        packet.putInt(number);
      } else {
        packet.put(part.toString().getBytes(StandardCharsets.UTF_8));
      }
    }
    byte[] written = new byte[packet.position()];
    packet.flip().get(written);
    return written;
  }
}
