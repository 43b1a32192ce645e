package org.cloudramp.sandbox.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Identity;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.api.kv.CommitResult;
import org.cloudramp.sandbox.api.kv.HeldKeys;
import org.cloudramp.sandbox.api.kv.KvQuota;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.api.kv.KvWrite;
import org.cloudramp.sandbox.api.kv.RoomInspector;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.cloudramp.sandbox.api.plugin.Setting;
import org.cloudramp.sandbox.core.kv.MemoryKvStore;
import org.cloudramp.sandbox.core.recording.RecordedHook;
import org.cloudramp.sandbox.core.recording.Recording;
import org.cloudramp.sandbox.host.rooms.Rooms;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The memory of one room over two sandboxes, which share a store in memory as two servers share a
 * Redis.
 */
@Timeout(120)
class SharedMemoryTest {
  private static final ServiceId SERVICE = new ServiceId("shared");
  private static final RoomAddress ROOM = RoomAddress.of("shared", "lobby");
  private static final HookOutcome COMPLETED = new HookOutcome.Completed();

  @TempDir Path modules;
  private final Hands clock = new Hands();
  private final Watched kv = new Watched(new MemoryKvStore());
  private final List<Server> servers = new ArrayList<>();

  @AfterEach
  void end() {
    servers.forEach(Server::close);
  }

  @Test
  void serversThatTakeTurnsGoOnWithOneMemoryThatHasBegunOnce() throws Exception {
    Server a = start();
    Server b = start();
    Line ann = a.join("ann");
    b.join("bob");

    assertThat(number(a.say("1"))).isEqualTo(101);
    assertThat(number(b.say("1"))).isEqualTo(102);
    assertThat(number(b.say("1"))).isEqualTo(103);
    assertThat(number(a.say("1"))).isEqualTo(104);
    assertThat(number(b.say("1"))).isEqualTo(105);

    Awaitility.await().until(() -> ann.received.size() == 6);
    assertThat(numbers(ann)).containsExactly(0, 101, 102, 103, 104, 105);
  }

  @Test
  void whatAnotherServerHasChangedWithoutAWordIsSeenByAHookThatFailsOrRefusesAsWell()
      throws Exception {
    Server a = start();
    Server b = start();
    a.say("1");
    b.say("s");
    kv.read.clear();

    assertThat(a.say("r").outcome()).isInstanceOf(HookOutcome.Refused.class);

    assertThat(kv.read).as("it has run again on what was fetched").hasSizeGreaterThan(1);
    assertThat(number(a.say("1"))).isEqualTo(103);
  }

  @Test
  void whatBothServersCountAtOnceIsCountedOnceEach() throws Exception {
    countAtOnce(start(), start());
  }

  @Test
  void whatIsCommittedTogetherIsOneChangeOfTheMemory() throws Exception {
    kv.isShared = true;
    Server a = start();
    countAtOnce(a, start());

    int commits = kv.commits.size();
    List<CompletionStage<HookResult>> said = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      said.add(a.submit(i % 20 == 7 ? "x" : i % 20 == 13 ? "r" : "1"));
    }
    List<Integer> counted = new ArrayList<>();
    for (CompletionStage<HookResult> each : said) {
      HookResult result = await(each);
      if (result.outcome().equals(COMPLETED)) {
        counted.add(number(result));
      }
    }

    assertThat(counted).containsExactlyElementsOf(IntStream.rangeClosed(301, 354).boxed().toList());
    assertThat(kv.commits.size() - commits).isLessThan(50);
    assertThat(number(start().say("1"))).isEqualTo(355);
  }

  private static void countAtOnce(Server a, Server b) throws Exception {
    Line ann = a.join("ann");
    b.join("bob");
    List<CompletionStage<HookResult>> said = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      said.add(a.submit("1"));
      said.add(b.submit("1"));
    }
    List<Integer> counted = new ArrayList<>();
    for (CompletionStage<HookResult> each : said) {
      counted.add(number(await(each)));
    }

    List<Integer> all = IntStream.rangeClosed(101, 300).boxed().toList();
    assertThat(counted).containsExactlyInAnyOrderElementsOf(all);
    Awaitility.await().until(() -> ann.received.size() == 201);
    assertThat(numbers(ann)).startsWith(0).endsWith(300).isSorted();
  }

  @Test
  void aServerThatStartsGoesOnWithWhatThoseBeforeItHaveLeft() throws Exception {
    try (Server first = new Server(Map.of())) {
      assertThat(number(first.say("1"))).isEqualTo(101);
      assertThat(number(first.say("g"))).isEqualTo(102);
    }

    assertThat(number(start().say("1"))).isEqualTo(103);
  }

  @Test
  void aHookThatFailsOrRefusesChangesNothingOfIt() throws Exception {
    Server a = start();
    Server b = start();
    a.say("1");

    assertThat(a.say("x").outcome()).isInstanceOf(HookOutcome.Failed.class);
    assertThat(number(a.say("1"))).isEqualTo(102);
    assertThat(a.say("r").outcome()).isInstanceOf(HookOutcome.Refused.class);
    assertThat(number(a.say("1"))).isEqualTo(103);
    assertThat(b.say("x").outcome()).isInstanceOf(HookOutcome.Failed.class);
    assertThat(b.say("r").outcome()).isInstanceOf(HookOutcome.Refused.class);
    assertThat(number(b.say("1"))).isEqualTo(104);
  }

  @Test
  void aRoomWhoseFirstHookFailsBeginsWithTheNext() throws Exception {
    Server a = start();

    assertThat(a.say("x").outcome()).isInstanceOf(HookOutcome.Failed.class);
    assertThat(a.say("r").outcome()).isInstanceOf(HookOutcome.Refused.class);

    assertThat(number(a.say("1"))).isEqualTo(101);
  }

  @Test
  void anotherVersionBeginsAnewAndSoDoesTheOneBeforeItWhenItComesBack() throws Exception {
    Server a = start("refresh", "1ms");
    Server b = start("refresh", "1ms");
    ModuleVersion tally = a.sandbox.publish(SERVICE, Guests.wasm("tally"));
    a.say("g");
    b.say("1");

    ModuleVersion next = a.sandbox.publish(SERVICE, withCustomSection(Guests.wasm("tally")));
    assertThat(number(a.say("1"))).isEqualTo(101);
    Awaitility.await().until(() -> b.say("1").version().equals(next));
    int counted = number(a.say("1"));
    assertThat(number(b.say("1"))).isEqualTo(counted + 1);
    assertThat(memoryKeys()).as("an index, two granules, and nothing of before").isEqualTo(3);
    a.sandbox.activate(SERVICE, tally.digest());

    assertThat(number(a.say("1"))).isEqualTo(101);
  }

  @Test
  void aRoomGoesOnWhenItsModuleHadToGiveUpItsSlot() throws Exception {
    Server a = start("slots", "1");
    ServiceId other = new ServiceId("other");
    a.sandbox.publish(other, Guests.wasm("echo"));
    a.say("1");

    RoomAddress elsewhere = RoomAddress.of("other", "lobby");
    await(
        a.sandbox.dispatch(
            new HookCall.Message(elsewhere, new ConnectionId("zoe"), Payload.text("a"))));

    assertThat(number(a.say("1"))).isEqualTo(102);
  }

  @Test
  void memoryGrowsAndWhatBecomesZeroTakesNoSpace() throws Exception {
    Server a = start();
    Server b = start();
    a.say("1");
    long before = memoryKeys();

    assertThat(number(a.say("g"))).isEqualTo(102);
    assertThat(memoryKeys()).isEqualTo(before + 16);
    assertThat(number(b.say("1"))).isEqualTo(103);
    assertThat(number(b.say("z"))).isEqualTo(104);

    assertThat(memoryKeys()).as("only the count is left of the page").isEqualTo(before + 1);
    assertThat(number(a.say("1"))).isEqualTo(105);
  }

  @Test
  void aServerFetchesOnlyWhatItLacks() throws Exception {
    Server a = start();
    Server b = start();
    for (int i = 0; i < 8; i++) {
      a.say("g");
    }
    b.say("1");
    a.say("1");
    kv.read.clear();

    assertThat(number(b.say("1"))).isEqualTo(111);

    assertThat(kv.read).as("the index, and the granules of two counts").hasSizeLessThanOrEqualTo(5);
  }

  @Test
  void memoryThatChangesWhileItIsFetchedIsFetchedAsItIsThen() throws Exception {
    Server a = start();
    Server b = start();
    a.say("g");
    kv.afterIndex.set(
        () -> {
          try {
            a.say("g"); // pages that are not in the index which was just read
          } catch (Exception e) {
            throw new AssertionError(e);
          }
        });

    assertThat(number(b.say("1"))).isEqualTo(103);
    assertThat(number(a.say("1"))).isEqualTo(104);
  }

  @Test
  void aHookThatLeavesMoreThanMayBeKeptFailsAndNamesTheSetting() throws Exception {
    Server a = start("limits.roomMemoryBytes", "128KiB");
    a.say("g"); // two granules of before, and sixteen

    assertThat(a.say("g").outcome())
        .isInstanceOfSatisfying(
            HookOutcome.Failed.class,
            failed ->
                assertThat(failed.cause())
                    .isInstanceOfSatisfying(
                        StoreException.class,
                        store -> assertThat(store.kind()).isEqualTo(StoreException.Kind.QUOTA))
                    .hasMessageContainingAll(
                        "shared", "lobby", "131072", "limits.roomMemoryBytes"));
    assertThat(number(a.say("1"))).isEqualTo(102);
  }

  @Test
  void aRoomThatHasMoreThanItMayMayStillChangeWhatItHas() throws Exception {
    try (Server first = new Server(Map.of())) {
      first.say("g");
    }

    Server lowered = start("limits.roomMemoryBytes", "4KiB");

    assertThat(number(lowered.say("1"))).isEqualTo(102);
    assertThat(lowered.say("g").outcome()).isInstanceOf(HookOutcome.Failed.class);
  }

  @Test
  void memoryThatIsTooLargeForAServerBeginsAnewThere() throws Exception {
    try (Server first = new Server(Map.of())) {
      first.say("g");
      first.say("g");
    }

    Server small = start("limits.memoryPages", "3");

    assertThat(number(small.say("1"))).isEqualTo(101);
    assertThat(number(start().say("1"))).isEqualTo(102);
    assertThat(memoryKeys()).isEqualTo(3);
  }

  @Test
  void switchedOffEachServerHasAMemoryOfItsOwn() throws Exception {
    Server a = start("limits.roomMemoryBytes", "0");
    Server b = start("limits.roomMemoryBytes", "0");
    a.join("ann");
    b.join("bob");

    assertThat(number(a.say("1"))).isEqualTo(101);
    assertThat(number(b.say("1"))).isEqualTo(101);
    assertThat(memoryKeys()).isZero();
  }

  @Test
  void aHookThatChangesNothingIsNotCommittedAndSeesWhatOtherServersHaveLeft() throws Exception {
    Server a = start();
    Server b = start();
    a.say("1");
    assertThat(a.ask()).isEqualTo(101);
    b.say("1");
    kv.commits.clear();

    assertThat(a.ask()).isEqualTo(102);
    assertThat(a.ask()).isEqualTo(102);

    assertThat(kv.commits).isEmpty();
    b.say("s"); // of which nobody hears
    assertThat(a.ask()).isEqualTo(103);
  }

  @Test
  void whenNobodyKnowsWhatBecameOfACommitTheStoreIsAsked() throws Exception {
    Server a = start("limits.commitTime", "300ms");
    a.say("1");

    kv.silent = true;
    assertThat(a.say("1").outcome()).isInstanceOf(HookOutcome.Failed.class);
    kv.silent = false;

    assertThat(number(a.say("1"))).as("it was committed").isEqualTo(103);
  }

  @Test
  void memoryThatIsUsedStaysAndGoesWhenNobodyHasChangedItForLong() throws Exception {
    Server a = start("rooms.memoryKept", "1m");
    assertThat(number(a.say("g"))).isEqualTo(101); // granules that nobody changes again
    for (int i = 1; i <= 6; i++) {
      clock.pass(Duration.ofSeconds(50));
      assertThat(number(a.say("1"))).isEqualTo(101 + i);
    }
    assertThat(number(start("rooms.memoryKept", "1m").say("1"))).isEqualTo(108);

    clock.pass(Duration.ofSeconds(61));

    assertThat(number(a.say("1"))).isEqualTo(101);
    clock.pass(Duration.ofMinutes(3));
    assertThat(memoryKeys()).isZero();
  }

  @Test
  void whoLooksAtTheKeysOfARoomSeesThoseOfTheGuestOnly() throws Exception {
    Server a = new Server(Map.of(), "keep-and-count");
    servers.add(a);
    a.say("1");
    await(kv.commit(ROOM, put("a", "1")));
    await(kv.commit(ROOM, put("\uE000", "2"))); // behind those of the memory
    await(kv.commit(ROOM, put("\uD83D\uDE00", "3")));
    RoomInspection inspection = a.sandbox.operator().inspection();

    HeldKeys all = await(inspection.keys(ROOM, Optional.empty(), 10, 100));
    assertThat(all.keys().stream().map(HeldKeys.HeldKey::name))
        .containsExactly("a", "n", "\uD83D\uDE00", "\uE000");
    assertThat(all.count()).isEqualTo(4);
    assertThat(all.bytes())
        .isEqualTo(
            all.keys().stream()
                .mapToLong(key -> KvQuota.bytesOf(key.name(), key.beginning()))
                .sum());
    assertThat(all.hasMore()).isFalse();
    HeldKeys first = await(inspection.keys(ROOM, Optional.empty(), 3, 100));
    assertThat(first.keys().stream().map(HeldKeys.HeldKey::name))
        .containsExactly("a", "n", "\uD83D\uDE00");
    assertThat(first.hasMore()).isTrue();
  }

  @Test
  void whatCameFromTheStoreIsToldAsMissedAndWithTheMemoryAsItWasThen() throws Exception {
    Server a = start("record.shared", "on");
    Server b = start();
    a.say("1");
    a.say("1");
    b.say("1");
    a.say("1");

    Optional<Bytes> file = a.sandbox.operator().recording(ROOM);
    List<RecordedHook> hooks = Recording.read(file.orElseThrow().toArray()).hooks();

    RecordedHook last = hooks.get(hooks.size() - 1);
    assertThat(last.outcome()).isEqualTo(RecordedHook.Outcome.COMPLETED);
    assertThat(last.isFresh()).isFalse();
    assertThat(last.missed()).isPositive();
    byte[] memory = last.image().orElseThrow().state().memory();
    assertThat(ByteBuffer.wrap(memory).order(ByteOrder.LITTLE_ENDIAN).getInt(512)).isEqualTo(103);
  }

  /** The same module for all that it does, and another by its digest. */
  private static byte[] withCustomSection(byte[] wasm) {
    byte[] other = Arrays.copyOf(wasm, wasm.length + 4);
    System.arraycopy(new byte[] {0, 2, 1, 'v'}, 0, other, wasm.length, 4);
    return other;
  }

  private static KvTransaction put(String key, String value) {
    return new KvTransaction(
        "put " + key, Map.of(), List.of(new KvWrite.Put(key, Bytes.utf8(value), Optional.empty())));
  }

  /** How many keys the memory of the room takes. */
  private long memoryKeys() throws Exception {
    HeldKeys keys =
        await(kv.store.inspector().orElseThrow().keys(ROOM, Optional.empty(), 1_000, 0));
    return keys.keys().stream().filter(key -> key.name().startsWith("\uD800")).count();
  }

  private Server start(String... settings) {
    Map<String, String> more = new TreeMap<>();
    for (int i = 0; i < settings.length; i += 2) {
      more.put(settings[i], settings[i + 1]);
    }
    Server started = new Server(more);
    servers.add(started);
    return started;
  }

  private static <T> T await(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(60, TimeUnit.SECONDS);
  }

  private static int number(HookResult result) {
    assertThat(result.outcome()).isEqualTo(COMPLETED);
    return number(result.events().get(result.events().size() - 1).payload().bytes());
  }

  private static int number(Bytes bytes) {
    return ByteBuffer.wrap(bytes.toArray()).order(ByteOrder.LITTLE_ENDIAN).getInt();
  }

  private static List<Integer> numbers(Line line) {
    return line.received.stream().map(payload -> number(payload.bytes())).toList();
  }

  private final class Server implements AutoCloseable {
    final Rooms rooms = new Rooms();
    final Sandbox sandbox;

    Server(Map<String, String> more) {
      this(more, "tally");
    }

    Server(Map<String, String> more, String guest) {
      Map<String, String> all = new TreeMap<>(more);
      all.put("store.filesystem.folder", modules.toString());
      all.put("rooms.shared", "always");
      all.put("limits.time", "5s");
      sandbox = Sandbox.builder().settings(all).kv(kv).clock(clock).extension(rooms).build();
      sandbox.publish(SERVICE, Guests.wasm(guest));
    }

    Line join(String name) throws Exception {
      Line line = new Line(name);
      rooms.attach(ROOM, line);
      await(sandbox.dispatch(new HookCall.Join(ROOM, line.id(), Identity.UNKNOWN)));
      return line;
    }

    CompletionStage<HookResult> submit(String text) {
      return sandbox.dispatch(
          new HookCall.Message(ROOM, new ConnectionId("somebody"), Payload.text(text)));
    }

    HookResult say(String text) throws Exception {
      return await(submit(text));
    }

    /** Asks the room by HTTP. */
    int ask() throws Exception {
      HookResult result =
          await(
              sandbox.dispatch(
                  new HookCall.Request(
                      ROOM, "GET", "/", List.of(), Bytes.empty(), Identity.UNKNOWN)));
      assertThat(result.outcome()).isEqualTo(COMPLETED);
      return number(result.answer().orElseThrow().body());
    }

    @Override
    public void close() {
      sandbox.close();
    }
  }

  /** A clock that somebody moves. */
  private static final class Hands extends Clock {
    private volatile Instant now = Instant.parse("2026-01-01T00:00:00Z");

    void pass(Duration time) {
      now = now.plus(time);
    }

    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneOffset getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }

  /** A store that notes what is asked, and that may be one to which there is a way. */
  private static final class Watched extends ForwardingKvStore {
    private final MemoryKvStore store;
    private final List<String> read = new CopyOnWriteArrayList<>();
    private final List<KvTransaction> commits = new CopyOnWriteArrayList<>();
    private final AtomicReference<Runnable> afterIndex = new AtomicReference<>();
    private volatile boolean isShared;
    private volatile boolean silent;

    Watched(MemoryKvStore store) {
      super(store);
      this.store = store;
    }

    @Override
    public void start(PluginContext context) {
      store.start(context);
    }

    @Override
    public List<Setting<?>> declaredSettings() {
      return store.declaredSettings();
    }

    @Override
    public CompletionStage<Map<String, Bytes>> read(RoomAddress address, Collection<String> keys) {
      read.addAll(keys);
      CompletionStage<Map<String, Bytes>> answer = super.read(address, keys);
      Runnable next = keys.size() == 1 ? afterIndex.getAndSet(null) : null;
      if (next != null) {
        next.run();
      }
      return answer;
    }

    @Override
    public CompletionStage<CommitResult> commit(RoomAddress address, KvTransaction transaction) {
      commits.add(transaction);
      CompletionStage<CommitResult> answer = super.commit(address, transaction);
      if (silent) {
        return new CompletableFuture<>();
      }
      return isShared
          ? answer.thenApplyAsync(
              result -> result, CompletableFuture.delayedExecutor(1, TimeUnit.MILLISECONDS))
          : answer;
    }

    @Override
    public Optional<RoomInspector> inspector() {
      return store.inspector();
    }

    @Override
    public boolean isShared() {
      return isShared;
    }
  }
}
