package org.cloudramp.sandbox.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.Identity;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.error.HostException;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.function.HostFunction;
import org.cloudramp.sandbox.api.function.HostFunctionProvider;
import org.cloudramp.sandbox.api.function.RoomMembers;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.api.kv.CommitResult;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.api.kv.LogListener;
import org.cloudramp.sandbox.api.kv.LogPosition;
import org.cloudramp.sandbox.api.kv.LogRead;
import org.cloudramp.sandbox.api.kv.LogSubscription;
import org.cloudramp.sandbox.api.kv.OpenedRoom;
import org.cloudramp.sandbox.api.kv.RoomLog;
import org.cloudramp.sandbox.api.kv.RosterChange;
import org.cloudramp.sandbox.api.kv.RosterEntry;
import org.cloudramp.sandbox.api.kv.RosterSession;
import org.cloudramp.sandbox.api.kv.RosterUpdate;
import org.cloudramp.sandbox.api.kv.ServerLeases;
import org.cloudramp.sandbox.core.abi.WireReader;
import org.cloudramp.sandbox.core.abi.WireWriter;
import org.cloudramp.sandbox.core.kv.MemoryKvStore;
import org.cloudramp.sandbox.host.rooms.Rooms;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One room over two sandboxes, which share a store in memory as two servers share a Redis. */
class SharedRoomsTest {
  private static final RoomAddress ROOM = RoomAddress.of("shared", "lobby");
  private static final RoomAddress ATTIC = RoomAddress.of("shared", "attic");

  @TempDir Path modules;
  private final MemoryKvStore kv = new MemoryKvStore();
  private final List<Server> servers = new ArrayList<>();

  @AfterEach
  void end() {
    servers.forEach(Server::close);
  }

  @Test
  void hooksOfEachServerSeeTheUsersOfAllFromTheirJoinOnAndUntilTheirLeave() throws Exception {
    Server a = start("who");
    Server b = start("who");

    ListLine ann = a.join("ann");
    ListLine bob = b.join("bob");
    assertThat(ann.users()).containsExactly(List.of("ann"), List.of("ann", "bob"));
    assertThat(bob.users()).containsExactly(List.of("ann", "bob"));

    a.say(ann);
    b.leave(bob);
    a.say(ann);
    assertThat(ann.users())
        .containsExactly(
            List.of("ann"),
            List.of("ann", "bob"),
            List.of("ann", "bob"),
            List.of("ann"),
            List.of("ann"));
    assertThat(bob.users()).hasSize(2);
  }

  @Test
  void everybodyHearsTheMessagesOfBothServersInOneOrder() throws Exception {
    Server a = start("echo");
    Server b = start("echo");
    ListLine ann = a.join("ann");
    ListLine bob = b.join("bob");
    List<CompletionStage<HookResult>> said = new ArrayList<>();

    for (int i = 0; i < 200; i++) {
      said.add(a.submit(ann, "a" + i));
      said.add(b.submit(bob, "b" + i));
    }
    for (CompletionStage<HookResult> each : said) {
      await(each);
    }

    Awaitility.await().until(() -> ann.texts().size() == 402 && bob.texts().size() == 401);
    assertThat(ann.texts().subList(1, 402)).isEqualTo(bob.texts());
    assertThat(ann.texts().stream().filter(text -> text.startsWith("a")))
        .containsExactlyElementsOf(IntStream.range(0, 200).mapToObj(i -> "a" + i).toList());
  }

  @Test
  void whatAHookHasSaidIsThereWhenItEnds() throws Exception {
    Server a = start("echo");
    ListLine ann = a.join("ann");
    for (int i = 0; i < 50; i++) {
      a.say(ann, "m" + i);
      assertThat(ann.texts()).last().isEqualTo("m" + i);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"c", "f"}) // is refused; is refused, and then the hook fails
  void whoIsTurnedAwayIsOnNoServersList(String id) throws Exception {
    Server a = start("turn-away");
    Server b = start("turn-away");
    ListLine ann = new ListLine(id);
    a.rooms.attach(ROOM, ann);

    HookResult result = await(a.sandbox.dispatch(new HookCall.Join(ROOM, ann.id())));

    assertThat(result.accepted()).isFalse();
    assertThat(roster()).isEmpty();
    assertThat(a.rooms.connections(ROOM)).isEmpty();
    assertThat(b.rooms.connections(ROOM)).isEmpty();
  }

  @Test
  void aGuestWithoutOnJoinAndOnLeaveHasMembersAllTheSame() throws Exception {
    Server a = start("count");
    Server b = start("count");
    ListLine ann = a.join("ann");
    ListLine bob = b.join("bob");
    assertThat(roster()).extracting(RosterEntry::member).containsExactly("ann", "bob");

    a.say(ann);
    b.leave(bob);

    assertThat(bob.received).hasSize(1);
    assertThat(ann.received).hasSize(1);
    assertThat(roster()).extracting(RosterEntry::member).containsExactly("ann");
  }

  @Test
  void whatTheHostSaysReachesAllServersAndWhomItDismissesIsClosedWhereItIs() throws Exception {
    Server a = start("echo");
    Server b = start("echo");
    ListLine ann = a.join("ann");
    ListLine bob = b.join("bob");

    await(a.rooms.say(ROOM, Payload.text("to all")));
    await(a.rooms.say(ROOM, bob.id(), Payload.text("to bob")));
    await(a.rooms.dismiss(ROOM, bob.id(), 4000, "enough"));

    Awaitility.await().until(() -> !bob.closed.isEmpty());
    assertThat(bob.texts()).endsWith("to all", "to bob");
    assertThat(ann.texts()).last().isEqualTo("to all");
    assertThat(bob.closed).containsExactly("4000 enough");
    assertThat(ann.closed).isEmpty();
  }

  @Test
  void whatIsRememberedOfAConnectionIsKnownOnAllServersUntilItHasLeft() throws Exception {
    Server a = start("state");
    ListLine ann = a.join("ann");
    assertThat(ann.texts()).containsExactly("new");
    a.say(ann, "é 😀");
    Server b = start("state"); // reads it from the store
    ListLine bob = b.join("bob");
    b.say(bob, "+ann"); // and follows the log
    a.say(ann, "?");
    assertThat(ann.texts()).containsExactly("new", "é 😀", "new", "é 😀x", "é 😀x");
    assertThat(a.rooms.state(ROOM, ann.id())).contains("é 😀x");
    assertThat(a.rooms.state(ROOM, bob.id())).isEmpty();

    a.leave(ann);

    Awaitility.await().until(() -> bob.texts().size() == 4);
    assertThat(bob.texts()).containsExactly("new", "é 😀x", "é 😀x", "é 😀x");
    assertThat(await(kv.log().orElseThrow().open(ROOM)).roster().states())
        .isEqualTo(Map.of("bob", Bytes.utf8("new")));
    assertThat(b.say(bob, "+ann").outcome()).isInstanceOf(HookOutcome.Failed.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"always", "never"})
  void whatIsRememberedOfOneWhoLeavesIsToldOnceMore(String shared) throws Exception {
    Server a = start("state", "rooms.shared", shared);
    ListLine ann = a.join("ann");
    ListLine bob = a.join("bob");
    a.say(ann, "the last of ann");
    a.say(ann, "?");

    a.leave(ann);
    Awaitility.await().until(() -> bob.texts().size() == 4);
    assertThat(bob.texts())
        .containsExactly("new", "the last of ann", "the last of ann", "the last of ann");
    assertThat(a.say(bob, "+ann").outcome()).isInstanceOf(HookOutcome.Failed.class);
    a.join("ann");
    assertThat(bob.texts()).last().isEqualTo("new");
    assertThat(a.rooms.state(ROOM, bob.id())).contains("new");
  }

  @ParameterizedTest
  @ValueSource(strings = {"always", "never"})
  void aHookThatFailsChangesNothingThatIsRemembered(String shared) throws Exception {
    Server a = start("state", "rooms.shared", shared);
    ListLine ann = a.join("ann");

    assertThat(a.say(ann, "! no").outcome()).isInstanceOf(HookOutcome.Failed.class);
    String tooLong = "x".repeat(RoomMembers.MAX_STATE_BYTES + 1);
    assertThat(a.say(ann, tooLong).outcome()).isInstanceOf(HookOutcome.Failed.class);
    a.say(ann, "?");
    a.say(ann, tooLong.substring(1));

    assertThat(ann.texts()).containsExactly("new", "new", tooLong.substring(1));
  }

  @Test
  void serversThatAddToWhatIsRememberedLoseNothingOfIt() throws Exception {
    Server a = start("state");
    Server b = start("state");
    ListLine ann = a.join("ann");
    ListLine bob = b.join("bob");
    List<CompletionStage<HookResult>> said = new ArrayList<>();

    for (int i = 0; i < 100; i++) {
      said.add(a.submit(ann, "+ann"));
      said.add(b.submit(bob, "+ann"));
    }
    for (CompletionStage<HookResult> each : said) {
      assertThat(await(each).outcome()).isEqualTo(new HookOutcome.Completed());
    }

    assertThat(a.rooms.state(ROOM, ann.id())).contains("new" + "x".repeat(200));
  }

  @Test
  void aRoomForAThousandLetsInAThousandOfFifteenHundredWhoComeByTwoServersAtOnce()
      throws Exception {
    List<Server> both = List.of(start("thousand"), start("thousand"));
    List<CompletionStage<HookResult>> joins = new ArrayList<>();

    for (int i = 0; i < 1_500; i++) {
      Server server = both.get(i % 2);
      ListLine line = new ListLine("c" + i);
      server.rooms.attach(ROOM, line);
      joins.add(server.sandbox.dispatch(new HookCall.Join(ROOM, line.id())));
    }
    int accepted = 0;
    for (CompletionStage<HookResult> each : joins) {
      accepted += await(each).accepted() ? 1 : 0;
    }

    assertThat(accepted).isEqualTo(1_000);
    assertThat(roster()).hasSize(1_000);
    assertThat(both.stream().mapToInt(server -> server.rooms.connections(ROOM).size()).sum())
        .isEqualTo(1_000);
  }

  @Test
  void aServerThatIsFencedCommitsNothingClosesItsConnectionsAndStartsOver() throws Exception {
    Server a = start("echo");
    Server b = start("echo");
    ListLine ann = a.join("ann");
    ListLine bob = b.join("bob");
    String nameOfA = roster().get(0).server();

    ServerLeases leases = kv.servers().orElseThrow();
    await(leases.release(nameOfA));
    assertThat(await(leases.claim(nameOfA, Duration.ofHours(1)))).isTrue();
    await(leases.fence(nameOfA));
    HookResult refused = a.say(ann, "too late");

    assertThat(refused.outcome())
        .isInstanceOfSatisfying(
            HookOutcome.Failed.class,
            failed ->
                assertThat(failed.cause())
                    .isInstanceOf(StoreException.class)
                    .hasMessageContainingAll("shared/lobby", "lost its lease", "rooms.lease"));
    assertThat(ann.closed).containsExactly("4012 this server starts over");
    a.leave(ann); // as a server does when the connection is closed
    ListLine again = a.join("again");
    a.say(again, "here I am");
    assertThat(roster()).extracting(RosterEntry::member).containsExactly("bob", "again");
    assertThat(roster().get(1).server()).isNotEqualTo(nameOfA);
    Awaitility.await().until(() -> bob.texts().contains("here I am"));
    assertThat(bob.texts()).contains("-ann").doesNotContain("too late");
  }

  @Test
  void aServerThatIsGoneHasItsUsersLeaveOnceByWayOfAnother() throws Exception {
    Server b = start("echo", "rooms.lease", "1s", "rooms.renew", "200ms");
    ListLine bob = b.join("bob");
    await(kv.servers().orElseThrow().take("gone", "gone.1", Duration.ofMillis(1)));
    for (String name : List.of("x", "y", "z")) {
      RosterEntry entry =
          new RosterEntry(
              name, "gone.1", Bytes.adopt(new WireWriter().string("").string("").toArray()));
      await(
          kv.commit(
              ROOM,
              KvTransaction.builder(UUID.randomUUID().toString())
                  .appends(List.of(joined(name, "gone.1")))
                  .roster(
                      new RosterUpdate(
                          "gone.1", OptionalLong.empty(), List.of(new RosterChange.Enter(entry))))
                  .build()));
    }

    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> bob.texts().containsAll(List.of("-x", "-y", "-z")));

    assertThat(bob.texts()).doesNotHaveDuplicates();
    assertThat(roster()).extracting(RosterEntry::member).containsExactly("bob");
  }

  @Test
  void whoIsInARoomByWayOfAServerThatDoesNotKnowThemLeavesWhenThatServerOpensIt() throws Exception {
    Server a = start("echo", "rooms.grace", "10m");
    Server b = start("echo");
    String nameOfA = nameOf(a);
    enter(ATTIC, session("s", nameOfA)); // their leaves are lost
    enter(ATTIC, plain("p", nameOfA));
    ListLine bob = b.join(ATTIC, "bob");

    ListLine ann = a.join(ATTIC, "ann");

    Awaitility.await().until(() -> bob.texts().contains("-p"));
    a.say(ATTIC, ann, "last");
    Awaitility.await().until(() -> bob.texts().contains("last"));
    assertThat(bob.texts()).containsOnlyOnce("-p").doesNotContain("-s");
    assertThat(roster(ATTIC)).as("a session may still come back").contains("s").doesNotContain("p");
  }

  @Test
  void aSessionThatNobodyKnowsLeavesWhenItsGraceIsOver() throws Exception {
    Server a = start("echo", "rooms.grace", "200ms");
    Server b = start("echo");
    enter(ATTIC, session("s", nameOf(a)));
    ListLine bob = b.join(ATTIC, "bob");

    a.join(ATTIC, "ann");

    Awaitility.await().until(() -> bob.texts().contains("-s"));
    assertThat(bob.texts()).containsOnlyOnce("-s");
    assertThat(roster(ATTIC)).containsExactly("bob", "ann");
  }

  @Test
  void whoHadLeftLeavesAgainWhenTheStoreHasLostThatThoughNoHookRunsThere() throws Exception {
    AtomicReference<LogListener> following = new AtomicReference<>();
    Server a = new Server(new Followed(kv, following, new AtomicBoolean()), "echo");
    servers.add(a);
    ListLine ann = a.join("ann");
    ListLine cid = a.join("cid"); // so that the room is followed on
    Server b = start("echo");
    ListLine bob = b.join("bob");
    RosterEntry before = entries(ROOM).get(0);
    a.leave(ann);

    enter(ROOM, before);
    LogPosition end = await(kv.log().orElseThrow().open(ROOM)).position();
    Objects.requireNonNull(following.get()).gap(ROOM, end);

    Awaitility.await().until(() -> !roster(ROOM).contains("ann"));
    assertThat(cid.closed).containsExactly("4012 messages of this room are lost");
    assertThat(roster(ROOM)).as("who is known is left alone").containsExactly("cid", "bob");
    Awaitility.await().until(() -> bob.texts().stream().filter("-ann"::equals).count() == 2);
  }

  @Test
  void whoHasHeardSomethingElseThanTheLogHasThereIsClosedWhenAHookFindsOut() throws Exception {
    AtomicBoolean isAnother = new AtomicBoolean();
    Server a = new Server(new Followed(kv, new AtomicReference<>(), isAnother), "who");
    servers.add(a);
    ListLine ann = a.join("ann");

    isAnother.set(true);
    enter(ROOM, plain("p", "elsewhere.1")); // so that the next hook has read another roster
    a.say(ann);

    assertThat(ann.closed).containsExactly("4012 messages of this room are lost");
  }

  private String nameOf(Server server) throws Exception {
    ListLine somebody = server.join("somebody");
    String name = entries(ROOM).get(0).server();
    server.leave(somebody);
    return name;
  }

  private static RosterEntry plain(String member, String server) {
    return new RosterEntry(
        member, server, Bytes.adopt(new WireWriter().string("").string("").toArray()));
  }

  private static RosterEntry session(String member, String server) {
    return new RosterEntry(
        member,
        server,
        plain(member, server).description(),
        Optional.of(new RosterSession(Bytes.utf8("a key"), 0)));
  }

  /** Somebody is on the roster of a room, and no entry of its log says so. */
  private void enter(RoomAddress room, RosterEntry entry) throws Exception {
    await(
        kv.commit(
            room,
            KvTransaction.builder(UUID.randomUUID().toString())
                .roster(
                    new RosterUpdate(
                        entry.server(),
                        OptionalLong.empty(),
                        List.of(new RosterChange.Enter(entry))))
                .build()));
  }

  @Test
  void aJoinThatWasCommittedThoughNobodySaidSoIsFollowedByItsLeave() throws Exception {
    Server a = start("echo");
    ListLine ann = a.join("ann");
    Server b = new Server(new Forgetful(kv), "echo", "limits.commitTime", "300ms");
    servers.add(b);
    ListLine bob = new ListLine("bob");
    b.rooms.attach(ROOM, bob);

    HookResult result = await(b.sandbox.dispatch(new HookCall.Join(ROOM, bob.id())));

    assertThat(result.outcome()).isInstanceOf(HookOutcome.Failed.class);
    Awaitility.await().until(() -> ann.texts().contains("-bob"));
    assertThat(ann.texts()).containsExactly("+ann", "+bob", "-bob");
    assertThat(roster()).extracting(RosterEntry::member).containsExactly("ann");
    assertThat(b.rooms.count()).isZero();
  }

  @Test
  void twoServersOfOneNameAreRefused() throws Exception {
    String[] named = {"rooms.server", "one", "rooms.lease", "400ms", "rooms.renew", "100ms"};
    Server a = start("echo", named);
    a.join("ann");

    assertThatThrownBy(() -> start("echo", named))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContainingAll("rooms.server", "one");
  }

  @Test
  void twoConnectionsOfOneIdAreRefusedByName() throws Exception {
    Server a = start("echo");
    Server b = start("echo");
    a.join("ann");
    ListLine double1 = new ListLine("ann");
    b.rooms.attach(ROOM, double1);

    assertThatThrownBy(() -> await(b.sandbox.dispatch(new HookCall.Join(ROOM, double1.id()))))
        .cause()
        .isInstanceOf(HostException.class)
        .hasMessageContainingAll("'ann'", "shared/lobby", "unique");
    assertThat(roster()).hasSize(1);
  }

  @Test
  void junkInALogIsPassedOver() throws Exception {
    Server a = start("echo");
    ListLine ann = a.join("ann");
    for (byte[] junk :
        List.of(
            new byte[0],
            new byte[] {9, 9, 9},
            new byte[] {1, 99},
            new byte[] {1, 1, -1, -1, -1, 127},
            new byte[] {1, 2, 1, 0, 0, 0, ' '},
            new byte[] {1, 3},
            new byte[] {1, 1, 3, 0, 0, 0, 'a', '.', 'b'})) {
      await(
          kv.commit(
              ROOM,
              KvTransaction.builder(UUID.randomUUID().toString())
                  .appends(List.of(Bytes.copyOf(junk)))
                  .build()));
    }

    a.say(ann, "still here");

    assertThat(ann.texts()).containsExactly("+ann", "still here");
  }

  @Test
  void anEffectOfAPluginThatHappensEverywhereIsRefused() {
    HostFunctionProvider plugin =
        new HostFunctionProvider() {
          @Override
          public String name() {
            return "shout";
          }

          @Override
          public List<HostFunction> functions() {
            return List.of(HostFunction.effect("all").doesEverywhere(room -> {}));
          }
        };

    assertThatThrownBy(
            () ->
                Sandbox.builder()
                    .settings(Map.of("store.filesystem.folder", modules.toString()))
                    .functions(plugin)
                    .build()
                    .close())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContainingAll("shout.all", "extensions");
  }

  private List<RosterEntry> roster() throws Exception {
    return entries(ROOM);
  }

  private List<RosterEntry> entries(RoomAddress room) throws Exception {
    return await(kv.log().orElseThrow().open(room)).roster().entries();
  }

  private List<String> roster(RoomAddress room) throws Exception {
    return entries(room).stream().map(RosterEntry::member).toList();
  }

  private Server start(String guest, String... settings) {
    Server started = new Server(guest, settings);
    servers.add(started);
    return started;
  }

  private static <T> T await(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  private static Bytes joined(String member, String server) {
    return Bytes.adopt(
        new WireWriter().u8(1).u8(2).string(member).string(server).string("").string("").toArray());
  }

  private final class Server implements AutoCloseable {
    final Rooms rooms = new Rooms();
    final Sandbox sandbox;

    Server(String guest, String... settings) {
      this(kv, guest, settings);
    }

    Server(KvStore store, String guest, String... settings) {
      Map<String, String> all = new TreeMap<>();
      all.put("store.filesystem.folder", modules.toString());
      all.put("rooms.shared", "always");
      for (int i = 0; i < settings.length; i += 2) {
        all.put(settings[i], settings[i + 1]);
      }
      sandbox = Sandbox.builder().settings(all).kv(store).extension(rooms).build();
      sandbox.publish(new ServiceId("shared"), Guests.wasm(guest));
    }

    ListLine join(String name) throws Exception {
      return join(ROOM, name);
    }

    ListLine join(RoomAddress room, String name) throws Exception {
      ListLine line = new ListLine(name);
      rooms.attach(room, line);
      HookResult result =
          SharedRoomsTest.await(
              sandbox.dispatch(new HookCall.Join(room, line.id(), Identity.UNKNOWN)));
      assertThat(result.accepted()).isTrue();
      return line;
    }

    CompletionStage<HookResult> submit(ListLine from, String text) {
      return sandbox.dispatch(new HookCall.Message(ROOM, from.id(), Payload.text(text)));
    }

    HookResult say(ListLine from, String text) throws Exception {
      return SharedRoomsTest.await(submit(from, text));
    }

    void say(RoomAddress room, ListLine from, String text) throws Exception {
      HookResult result =
          SharedRoomsTest.await(
              sandbox.dispatch(new HookCall.Message(room, from.id(), Payload.text(text))));
      assertThat(result.outcome()).isEqualTo(new HookOutcome.Completed());
    }

    void say(ListLine from) throws Exception {
      assertThat(say(from, "1").outcome()).isEqualTo(new HookOutcome.Completed());
    }

    void leave(ListLine line) {
      // What cannot run yet is made up: as servers do, nobody waits for it.
      var unused = sandbox.dispatch(new HookCall.Leave(ROOM, line.id(), 1000, ""));
      Awaitility.await()
          .until(
              () -> roster().stream().noneMatch(each -> each.member().equals(line.id().value())));
    }

    @Override
    public void close() {
      sandbox.close();
    }
  }

  /** A store that commits the first who enters, and never says so. */
  private static final class Forgetful extends ForwardingKvStore {
    private final AtomicBoolean hasForgotten = new AtomicBoolean();

    Forgetful(KvStore store) {
      super(store);
    }

    @Override
    public CompletionStage<CommitResult> commit(RoomAddress address, KvTransaction transaction) {
      CompletionStage<CommitResult> answer = super.commit(address, transaction);
      boolean enters = transaction.roster().stream().anyMatch(r -> !r.changes().isEmpty());
      return enters && hasForgotten.compareAndSet(false, true) ? new CompletableFuture<>() : answer;
    }
  }

  /** A store that shows who follows its logs. */
  private static final class Followed extends ForwardingKvStore {
    private final AtomicReference<LogListener> following;
    private final AtomicBoolean isAnother;

    /**
     * @param isAnother whether a log that is opened once ends with something else than it did
     */
    Followed(KvStore store, AtomicReference<LogListener> following, AtomicBoolean isAnother) {
      super(store);
      this.following = following;
      this.isAnother = isAnother;
    }

    @Override
    public Optional<RoomLog> log() {
      RoomLog log = super.log().orElseThrow();
      return Optional.of(
          new RoomLog() {
            @Override
            public CompletionStage<OpenedRoom> open(RoomAddress address) {
              return log.open(address)
                  .thenApply(room -> isAnother.getAndSet(false) ? another(room) : room);
            }

            @Override
            public CompletionStage<LogRead> read(RoomAddress address, LogPosition after, int most) {
              return log.read(address, after, most);
            }

            @Override
            public LogSubscription follow(
                RoomAddress address, LogPosition after, LogListener listener) {
              following.set(listener);
              return log.follow(address, after, listener);
            }
          });
    }
  }

  private static OpenedRoom another(OpenedRoom room) {
    LogPosition end = room.position();
    return new OpenedRoom(
        new LogPosition(end.epoch(), end.offset(), end.stamp() ^ 2), room.roster());
  }

  /** A connection that reads lists. */
  private static final class ListLine extends Line {
    ListLine(String name) {
      super(name);
    }

    List<List<String>> users() {
      return received.stream()
          .map(payload -> new WireReader(payload.bytes().toArray()).strings())
          .toList();
    }
  }
}
