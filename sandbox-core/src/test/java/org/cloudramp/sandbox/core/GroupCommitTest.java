package org.cloudramp.sandbox.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.Identity;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.error.RefusedException;
import org.cloudramp.sandbox.api.error.SandboxException;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.hook.Hook;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookListener;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.api.kv.CommitResult;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.api.kv.KvWrite;
import org.cloudramp.sandbox.api.kv.RosterEntry;
import org.cloudramp.sandbox.api.kv.RosterSession;
import org.cloudramp.sandbox.api.kv.ServerLeases;
import org.cloudramp.sandbox.core.kv.MemoryKvStore;
import org.cloudramp.sandbox.core.recording.RecordedHook;
import org.cloudramp.sandbox.core.recording.Recording;
import org.cloudramp.sandbox.host.rooms.Rooms;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Hooks of one room that wait while a commit is under way, in a store whose answers this test gives
 * one by one.
 */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class GroupCommitTest {
  private static final RoomAddress ROOM = RoomAddress.of("shared", "lobby");
  private static final HookOutcome COMPLETED = new HookOutcome.Completed();

  @TempDir Path modules;
  private DistantStore kv = new DistantStore();
  private Rooms rooms = new Rooms();
  private final Turns turns = new Turns();
  private Sandbox sandbox;
  private NumberLine ann;

  @BeforeEach
  void open() throws Exception {
    begin("count");
  }

  @AfterEach
  void close() {
    kv.answerAll();
    sandbox.close();
  }

  @Test
  void hooksThatWaitAreOneCommitInWhichEachSeesTheOnesBefore() throws Exception {
    List<CompletableFuture<HookResult>> said = sayWhileOneIsUnderWay("1", "1", "1", "1", "1");

    kv.answerNext(); // the one that they wait for
    kv.awaitUnderWay();
    assertThat(ann.numbers()).containsExactly(1L);
    assertThat(said.subList(1, 6)).noneMatch(CompletableFuture::isDone);

    KvTransaction together = kv.answerNext();
    assertThat(together.appends()).hasSize(5);
    assertThat(together.reads()).isEqualTo(Map.of("n", Optional.of(Bytes.utf8("1"))));
    assertThat(together.writes()).hasSize(1);
    assertThat(outcomes(said)).containsOnly(COMPLETED);
    assertThat(counts(said)).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
    assertThat(ann.numbers()).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
  }

  @Test
  void aHookThatNobodyWaitsBehindIsCommittedAtOnce() throws Exception {
    CompletableFuture<HookResult> said = say("1");
    assertThat(kv.answerNext().appends()).hasSize(1);
    assertThat(counts(List.of(said))).containsExactly(1L);
  }

  @Test
  void afterAConflictAllOfThemRunAgainEachByItselfInTheirOrder() throws Exception {
    List<CompletableFuture<HookResult>> said = sayWhileOneIsUnderWay("1", "1", "1");
    kv.answerNext();
    kv.awaitUnderWay();
    put("n", "100"); // as another server does

    kv.answerAll();

    assertThat(outcomes(said)).containsOnly(COMPLETED);
    assertThat(counts(said)).containsExactly(1L, 101L, 102L, 103L);
    assertThat(ann.numbers()).containsExactly(1L, 101L, 102L, 103L);
    assertThat(kv.entries).containsExactly(1, 3, 1, 1, 1);
  }

  @Test
  void whenTheServerIsFencedNothingOfTheirCommitHappens() throws Exception {
    List<CompletableFuture<HookResult>> said = sayWhileOneIsUnderWay("1", "1", "1");
    kv.answerNext();
    kv.awaitUnderWay();
    String server = roster().get(0).server();
    ServerLeases leases = kv.servers().orElseThrow();
    await(leases.release(server));
    assertThat(await(leases.claim(server, Duration.ofHours(1)))).isTrue();
    await(leases.fence(server));

    kv.answerAll();

    assertThat(await(said.get(1)).outcome())
        .isInstanceOfSatisfying(
            HookOutcome.Failed.class,
            failed ->
                assertThat(failed.cause())
                    .isInstanceOf(StoreException.class)
                    .hasMessageContainingAll("shared/lobby", "lost its lease"));
    // Those behind it may find that the server has started over, as hooks that come later do.
    int happened = 1;
    for (CompletableFuture<HookResult> each : said.subList(2, 4)) {
      boolean hasRun = each.handle((result, error) -> error == null).get(30, TimeUnit.SECONDS);
      happened += hasRun && each.join().outcome().equals(COMPLETED) ? 1 : 0;
    }
    assertThat(read("n")).isEqualTo(String.valueOf(happened));
    assertThat(ann.numbers()).containsExactly(1L);
    assertThat(ann.closed).containsExactly("4012 this server starts over");
  }

  @Test
  void aHookThatFailsUndoesNothingOfTheOthersAndIsSeenByNoneOfThem() throws Exception {
    List<CompletableFuture<HookResult>> said = sayWhileOneIsUnderWay("1", "1", "x", "1", "1");

    kv.answerAll();

    assertThat(outcomes(said).get(3)).isInstanceOf(HookOutcome.Failed.class);
    said.remove(3);
    assertThat(outcomes(said)).containsOnly(COMPLETED);
    assertThat(counts(said)).containsExactly(1L, 2L, 3L, 4L, 5L);
    assertThat(ann.numbers()).containsExactly(1L, 2L, 3L, 4L, 5L);
    assertThat(kv.entries).containsExactly(1, 2, 2);
  }

  @Test
  void aHookThatFailedOnTopOfWhatDidNotHappenRunsAgain() throws Exception {
    restart("trap");
    List<CompletableFuture<HookResult>> said = sayWhileOneIsUnderWay("a", "u", "c");
    kv.answerNext();
    kv.conflictOnce();

    kv.answerAll();

    assertThat(outcomes(said).get(2)).isInstanceOf(HookOutcome.Failed.class);
    assertThat(ann.texts()).containsExactly("first", "a", "!onMessage", "c");
  }

  @Test
  void whenNobodyKnowsWhatBecameOfTheCommitEachFailsAndNoneRunsAgain() throws Exception {
    restart("count", "limits.commitTime", "300ms");
    List<CompletableFuture<HookResult>> said = sayWhileOneIsUnderWay("1", "1");
    kv.answerNext();
    kv.awaitUnderWay();
    kv.applyNextAndSayNothing();

    for (CompletableFuture<HookResult> each : said.subList(1, 3)) {
      assertThat(await(each).outcome())
          .isInstanceOfSatisfying(
              HookOutcome.Failed.class,
              failed -> assertThat(failed.cause()).hasMessageContaining("may have happened"));
    }
    assertThat(read("n")).isEqualTo("3");
    assertThat(kv.entries).containsExactly(1, 2);
  }

  @Test
  void whatTheStoreRefusesOfAllIsTriedForEach() throws Exception {
    List<CompletableFuture<HookResult>> said = sayWhileOneIsUnderWay("1", "1", "1");
    kv.answerNext();
    kv.refuseMoreThan(1);

    kv.answerAll();

    assertThat(counts(said)).containsExactly(1L, 2L, 3L, 4L);
    assertThat(ann.numbers()).containsExactly(1L, 2L, 3L, 4L);
  }

  @Test
  void theyAreRecordedInTheirOrder() throws Exception {
    restart("count", "record.shared", "on");
    List<CompletableFuture<HookResult>> said = sayWhileOneIsUnderWay("1", "1", "x", "1");

    kv.answerAll();

    assertThat(outcomes(said)).hasSize(5);
    assertThat(recorded())
        .extracting(RecordedHook::outcome)
        .containsExactly(
            RecordedHook.Outcome.COMPLETED,
            RecordedHook.Outcome.COMPLETED,
            RecordedHook.Outcome.COMPLETED,
            RecordedHook.Outcome.FAILED,
            RecordedHook.Outcome.COMPLETED);
  }

  @Test
  void whatRanOnTopOfWhatDidNotHappenIsMissingInTheRecording() throws Exception {
    restart("count", "record.shared", "on");
    List<CompletableFuture<HookResult>> said = sayWhileOneIsUnderWay("1", "1");
    kv.answerNext();
    kv.conflictOnce();

    kv.answerAll();

    assertThat(counts(said)).containsExactly(1L, 2L, 3L);
    assertThat(recorded())
        .extracting(RecordedHook::outcome)
        .containsExactly(
            RecordedHook.Outcome.COMPLETED,
            RecordedHook.Outcome.COMPLETED,
            RecordedHook.Outcome.COMPLETED);
    assertThat(recorded()).extracting(RecordedHook::missed).containsExactly(0, 2, 0);
  }

  private List<RecordedHook> recorded() {
    return Recording.read(sandbox.operator().recording(ROOM).orElseThrow().toArray())
        .hooks()
        .stream()
        .filter(hook -> hook.runs().stream().anyMatch(run -> run.hook().equals("onMessage")))
        .toList();
  }

  @Test
  void noMoreAreCommittedTogetherThanTheSettingAllows() throws Exception {
    restart("count", "limits.hooksPerCommit", "4");
    List<CompletableFuture<HookResult>> said =
        sayWhileOneIsUnderWay("1", "1", "1", "1", "1", "1", "1", "1", "1", "1");
    kv.answerAll();
    assertThat(counts(said)).isEqualTo(LongStream.rangeClosed(1, 11).boxed().toList());
    assertThat(kv.entries).containsExactly(1, 4, 4, 2);
  }

  @Test
  void withASettingOfOneEachIsCommittedByItself() throws Exception {
    restart("count", "limits.hooksPerCommit", "1");
    List<CompletableFuture<HookResult>> said = sayWhileOneIsUnderWay("1", "1");
    kv.answerAll();
    assertThat(counts(said)).containsExactly(1L, 2L, 3L);
    assertThat(kv.entries).containsExactly(1, 1, 1);
  }

  @Test
  void hooksThatSayVeryMuchAreFewerToACommit() throws Exception {
    restart("echo");
    String large = "x".repeat(200 << 10);
    List<CompletableFuture<HookResult>> said =
        sayWhileOneIsUnderWay(large, large, large, large, large);
    kv.answerAll();
    assertThat(outcomes(said)).containsOnly(COMPLETED);
    assertThat(kv.entries).containsExactly(1, 2, 2, 1);
  }

  @Test
  void whoeverComesMeanwhileComesInTheOrderOfTheRoom() throws Exception {
    restart("echo");
    List<CompletableFuture<HookResult>> said = sayWhileOneIsUnderWay("a", "b");
    NumberLine bob = new NumberLine("bob");
    rooms.attach(ROOM, bob);
    CompletableFuture<HookResult> join =
        sandbox.dispatch(new HookCall.Join(ROOM, bob.id())).toCompletableFuture();
    said.add(say("c"));
    said.add(say("d"));

    kv.answerAll();

    assertThat(outcomes(said)).containsOnly(COMPLETED);
    assertThat(await(join).accepted()).isTrue();
    assertThat(ann.texts()).containsExactly("+ann", "first", "a", "b", "+bob", "c", "d");
    assertThat(bob.texts()).containsExactly("+bob", "c", "d");
  }

  @Test
  void whatIsRememberedOfAConnectionIsKnownToTheHookBehind() throws Exception {
    restart("state");
    List<CompletableFuture<HookResult>> said =
        sayWhileOneIsUnderWay("?", "second", "?", "third", "! no", "?");
    kv.answerAll();
    assertThat(outcomes(said).get(5)).isInstanceOf(HookOutcome.Failed.class);
    assertThat(ann.texts())
        .containsExactly("new", "first", "first", "second", "second", "third", "third");
    assertThat(rooms.state(ROOM, ann.id())).contains("third");
  }

  @Test
  void memoryThatARoomKeepsIsThatOfTheHooksThatHappened() throws Exception {
    restart("keep-and-count");
    List<CompletableFuture<HookResult>> said = sayWhileOneIsUnderWay("1", "1", "1");
    kv.answerAll();
    outcomes(said);
    assertThat(ann.ints()).containsExactly(1, 2, 3, 4);

    ann.received.clear();
    said = sayWhileOneIsUnderWay("1", "1");
    kv.answerNext();
    kv.awaitUnderWay();
    put("n", "100");
    kv.answerAll();
    outcomes(said);
    // What the memory held of runs that did not happen is undone, and nothing else.
    assertThat(ann.ints()).containsExactly(5, 6, 7);
    assertThat(read("n")).isEqualTo("102");
  }

  @Test
  void numberedMessagesAreTakenOnceAlsoWhenTheyWaitTogether() throws Exception {
    kv.answerAtOnce = true;
    NumberLine zoe = joinWithSession("zoe");
    kv.answerAtOnce = false;
    kv.entries.clear();
    List<CompletableFuture<HookResult>> said = new ArrayList<>();
    for (long number : List.of(1L, 2L, 3L, 4L, 3L, 5L)) {
      if (number == 2) {
        kv.awaitUnderWay();
      }
      said.add(sayNumber(zoe, number));
    }
    kv.answerAll();

    assertThatThrownBy(() -> await(said.get(4)))
        .cause()
        .isInstanceOfSatisfying(
            RefusedException.class,
            refused -> assertThat(refused.kind()).isEqualTo(RefusedException.Kind.TAKEN_BEFORE));
    said.remove(4);
    assertThat(counts(said)).containsExactly(1L, 2L, 3L, 4L, 5L);
    assertThat(kv.entries).containsExactly(1, 3, 1);
    assertThat(roster())
        .filteredOn(entry -> entry.member().equals("zoe"))
        .extracting(entry -> entry.session().map(RosterSession::received).orElseThrow())
        .containsExactly(5L);
  }

  @Test
  void aMessageBehindOneThatCouldNotBeTakenIsNotTakenBeforeThatComesAgain() throws Exception {
    restart("count", "limits.commitTime", "300ms");
    kv.answerAtOnce = true;
    NumberLine zoe = joinWithSession("zoe");
    kv.answerAtOnce = false;
    CompletableFuture<HookResult> first = sayNumber(zoe, 1);
    kv.awaitUnderWay();
    CompletableFuture<HookResult> second = sayNumber(zoe, 2);
    kv.loseNext();
    assertThat(await(first).outcome()).isInstanceOf(HookOutcome.Failed.class);

    kv.answerAll();

    assertThatThrownBy(() -> await(second))
        .cause()
        .isInstanceOf(RefusedException.class)
        .hasMessageContainingAll("shared", "lobby", "message 2", "one before it");
    assertThat(counts(List.of(sayNumber(zoe, 1), sayNumber(zoe, 2)))).containsExactly(1L, 2L);
    assertThatThrownBy(() -> await(sayNumber(zoe, 1))).cause().hasMessageContaining("taken before");
  }

  private CompletableFuture<HookResult> sayNumber(NumberLine from, long number) {
    return sandbox
        .dispatch(
            new HookCall.Message(ROOM, from.id(), Payload.text("1"), Identity.UNKNOWN, number))
        .toCompletableFuture();
  }

  private NumberLine joinWithSession(String name) throws Exception {
    NumberLine line = new NumberLine(name);
    rooms.attach(ROOM, line);
    Optional<Bytes> key = Optional.of(Bytes.utf8("a key"));
    await(sandbox.dispatch(new HookCall.Join(ROOM, line.id(), Identity.UNKNOWN, key)));
    return line;
  }

  @Test
  void listenersHearOfOneHookAfterTheOther() throws Exception {
    turns.heard.clear();
    List<CompletableFuture<HookResult>> said = sayWhileOneIsUnderWay("1", "x", "1", "1");
    kv.answerAll();
    outcomes(said);
    assertThat(turns.heard)
        .containsExactly(
            "begin first",
            "end first",
            "begin 1",
            "end 1",
            "begin x",
            "end x",
            "begin 1",
            "end 1",
            "begin 1",
            "end 1");
  }

  @Test
  void whoeverFollowsOneOfThemHearsOfItsStepsAndOfTheCommitOfAll() throws Exception {
    Followed first = follow("1");
    kv.awaitUnderWay();
    Followed second = follow("1");
    Followed third = follow("1");

    kv.answerAll();

    for (Followed each : List.of(first, second, third)) {
      assertThat(await(each.ended).outcome()).isEqualTo(COMPLETED);
      assertThat(each.heard)
          .containsExactly(
              "begun",
              "GUEST onMessage",
              "kv.increment",
              "ok",
              "room.broadcast",
              "ok",
              "ok",
              "COMMIT onMessage",
              "ok",
              "DELIVERY onMessage",
              "ok");
    }
    assertThat(kv.entries).containsExactly(1, 2);
  }

  @Test
  void whoeverFollowsOneThatRunsAgainHearsOfBothRuns() throws Exception {
    Followed first = follow("1");
    kv.awaitUnderWay();
    Followed second = follow("1");
    Followed third = follow("1");
    kv.answerNext();
    kv.conflictOnce();

    kv.answerAll();

    assertThat(await(first.ended).outcome()).isEqualTo(COMPLETED);
    for (Followed each : List.of(second, third)) {
      assertThat(await(each.ended).outcome()).isEqualTo(COMPLETED);
      assertThat(each.heard).filteredOn(said -> said.equals("begun")).hasSize(1);
      assertThat(each.heard.stream().filter(said -> said.contains(" ")))
          .containsExactly(
              "GUEST onMessage",
              "COMMIT onMessage",
              "GUEST onMessage",
              "COMMIT onMessage",
              "DELIVERY onMessage");
      assertThat(each.heard).filteredOn(said -> said.equals("failed")).hasSize(1);
    }
  }

  @Test
  void whoeverFollowsAHookAndFailsChangesNothing() throws Exception {
    Followed failing =
        follow(
            new Followed() {
              @Override
              public void begins(Step step, Hook hook) {
                throw new IllegalStateException("a defect of whoever follows");
              }
            },
            "1");

    kv.answerAll();

    assertThat(await(failing.ended).outcome()).isEqualTo(COMPLETED);
    assertThat(ann.numbers()).containsExactly(1L);
  }

  private Followed follow(String text) {
    return follow(new Followed(), text);
  }

  private Followed follow(Followed followed, String text) {
    HookCall call = new HookCall.Message(ROOM, ann.id(), Payload.text(text));
    Submission unused = sandbox.submit(call, Duration.ZERO, followed);
    return followed;
  }

  /** One who follows a call, and writes down what it hears. */
  private static class Followed implements Submission.Listener, HookTrace {
    final List<String> heard = new CopyOnWriteArrayList<>();
    final CompletableFuture<HookResult> ended = new CompletableFuture<>();

    @Override
    public HookTrace trace() {
      return this;
    }

    @Override
    public void begun() {
      heard.add("begun");
    }

    @Override
    public void begins(Step step, Hook hook) {
      heard.add(step + " " + hook.export());
    }

    @Override
    public void ends(boolean isWell) {
      heard.add(isWell ? "ok" : "failed");
    }

    @Override
    public void calls(String function) {
      heard.add(function);
    }

    @Override
    public void answered(boolean isWell) {
      heard.add(isWell ? "ok" : "failed");
    }

    @Override
    public void ended(HookResult result) {
      ended.complete(result);
    }

    @Override
    public void notRun(SandboxException reason) {
      ended.completeExceptionally(reason);
    }
  }

  private void restart(String guest, String... settings) throws Exception {
    sandbox.close();
    begin(guest, settings);
  }

  private void begin(String guest, String... settings) throws Exception {
    kv = new DistantStore();
    rooms = new Rooms();
    Map<String, String> all = new TreeMap<>();
    all.put("store.filesystem.folder", modules.toString());
    all.put("limits.time", "1m"); // a hundredth of it is for a group, on a machine that is slow too
    for (int i = 0; i < settings.length; i += 2) {
      all.put(settings[i], settings[i + 1]);
    }
    sandbox = Sandbox.builder().settings(all).kv(kv).extension(rooms).listener(turns).build();
    sandbox.publish(ROOM.service(), Guests.wasm(guest));
    ann = new NumberLine("ann");
    rooms.attach(ROOM, ann);
    assertThat(await(sandbox.dispatch(new HookCall.Join(ROOM, ann.id()))).accepted()).isTrue();
    kv.answerAtOnce = false;
    kv.entries.clear();
  }

  /** A first hook, whose commit is under way, and those behind it, in their order. */
  private List<CompletableFuture<HookResult>> sayWhileOneIsUnderWay(String... texts)
      throws Exception {
    kv.answerAtOnce = false;
    List<CompletableFuture<HookResult>> said = new ArrayList<>();
    said.add(say("first"));
    kv.awaitUnderWay();
    for (String text : texts) {
      said.add(say(text));
    }
    return said;
  }

  private CompletableFuture<HookResult> say(String text) {
    return sandbox
        .dispatch(new HookCall.Message(ROOM, ann.id(), Payload.text(text)))
        .toCompletableFuture();
  }

  private static <T> T await(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  private static List<HookOutcome> outcomes(List<CompletableFuture<HookResult>> said)
      throws Exception {
    List<HookOutcome> outcomes = new ArrayList<>();
    for (CompletableFuture<HookResult> each : said) {
      outcomes.add(await(each).outcome());
    }
    return outcomes;
  }

  /** What each hook has broadcast, as its caller is told. */
  private static List<Long> counts(List<CompletableFuture<HookResult>> said) throws Exception {
    List<Long> counts = new ArrayList<>();
    for (CompletableFuture<HookResult> each : said) {
      byte[] event = await(each).events().get(0).payload().bytes().toArray();
      counts.add(number(event));
    }
    return counts;
  }

  private static long number(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
  }

  private List<RosterEntry> roster() throws Exception {
    return await(kv.log().orElseThrow().open(ROOM)).roster().entries();
  }

  private String read(String key) throws Exception {
    Bytes held = await(kv.store.read(ROOM, List.of(key))).get(key);
    return held == null ? "nothing" : held.utf8();
  }

  private void put(String key, String value) throws Exception {
    KvWrite write = new KvWrite.Put(key, Bytes.utf8(value), Optional.empty());
    String id = UUID.randomUUID().toString();
    assertThat(await(kv.store.commit(ROOM, new KvTransaction(id, Map.of(), List.of(write)))))
        .matches(CommitResult::isCommitted);
  }

  /** Tells who begins and ends. */
  private static final class Turns implements HookListener {
    final List<String> heard = new CopyOnWriteArrayList<>();

    @Override
    public void onBegin(HookCall call) {
      note("begin ", call);
    }

    @Override
    public void onEnd(HookResult result) {
      note("end ", result.call());
    }

    private void note(String what, HookCall call) {
      if (call instanceof HookCall.Message message) {
        heard.add(what + message.payload().text());
      }
    }
  }

  /** A store that others share, and that answers a commit when it is told to. */
  private static final class DistantStore extends ForwardingKvStore {
    private final MemoryKvStore store;

    /** How many entries each commit had. */
    private final List<Integer> entries = new CopyOnWriteArrayList<>();

    private volatile boolean answerAtOnce = true;
    private volatile boolean conflicting;
    private volatile int most = Integer.MAX_VALUE;

    // Guarded by this.
    private final ArrayDeque<UnderWay> underWay = new ArrayDeque<>();

    DistantStore() {
      this(new MemoryKvStore());
    }

    private DistantStore(MemoryKvStore store) {
      super(store);
      this.store = store;
    }

    private record UnderWay(
        KvTransaction transaction, CompletableFuture<CommitResult> answer, RoomAddress address) {}

    @Override
    public CompletionStage<CommitResult> commit(RoomAddress address, KvTransaction transaction) {
      entries.add(transaction.appends().size());
      UnderWay commit = new UnderWay(transaction, new CompletableFuture<>(), address);
      synchronized (this) {
        if (!answerAtOnce) {
          underWay.add(commit);
          return commit.answer();
        }
      }
      return answer(commit);
    }

    private CompletableFuture<CommitResult> answer(UnderWay commit) {
      CompletionStage<CommitResult> applied;
      if (commit.transaction().appends().size() > most) {
        applied =
            CompletableFuture.failedFuture(
                new StoreException(StoreException.Kind.QUOTA, "that is too much"));
      } else if (conflicting) {
        conflicting = false;
        applied = CompletableFuture.completedFuture(CommitResult.conflict());
      } else {
        applied = store.commit(commit.address(), commit.transaction());
      }
      var unused =
          applied.whenComplete(
              (result, error) -> {
                if (error == null) {
                  commit.answer().complete(result);
                } else {
                  commit.answer().completeExceptionally(error);
                }
              });
      return commit.answer();
    }

    void awaitUnderWay() {
      Awaitility.await().pollInterval(Duration.ofMillis(1)).until(this::isUnderWay);
    }

    private synchronized boolean isUnderWay() {
      return !underWay.isEmpty();
    }

    private synchronized UnderWay next() {
      return underWay.remove();
    }

    /** Answers the commit that is under way, or will be. */
    KvTransaction answerNext() {
      awaitUnderWay();
      UnderWay commit = next();
      var unused = answer(commit);
      return commit.transaction();
    }

    void loseNext() {
      UnderWay unused = next();
    }

    void applyNextAndSayNothing() {
      UnderWay commit = next();
      var unused = store.commit(commit.address(), commit.transaction());
    }

    /** Answers at once from now on, and what is under way first. */
    void answerAll() {
      List<UnderWay> waiting;
      synchronized (this) {
        answerAtOnce = true;
        waiting = List.copyOf(underWay);
        underWay.clear();
      }
      for (UnderWay commit : waiting) {
        var unused = answer(commit);
      }
    }

    void conflictOnce() {
      awaitUnderWay();
      conflicting = true;
    }

    void refuseMoreThan(int appends) {
      most = appends;
    }

    @Override
    public String name() {
      return "distant";
    }

    @Override
    public boolean isShared() {
      return true;
    }
  }

  /** A connection that reads numbers. */
  private static final class NumberLine extends Line {
    NumberLine(String name) {
      super(name);
    }

    List<Long> numbers() {
      return read(GroupCommitTest::number);
    }

    List<Integer> ints() {
      return read(bytes -> ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt());
    }

    private <T> List<T> read(Function<byte[], T> how) {
      return received.stream().map(payload -> how.apply(payload.bytes().toArray())).toList();
    }
  }
}
