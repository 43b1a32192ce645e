package org.cloudramp.sandbox.testkit.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.kv.CommitResult;
import org.cloudramp.sandbox.api.kv.KvQuota;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.api.kv.KvWrite;
import org.cloudramp.sandbox.api.kv.OpenedRoom;
import org.cloudramp.sandbox.api.kv.Roster;
import org.cloudramp.sandbox.api.kv.RosterChange;
import org.cloudramp.sandbox.api.kv.RosterEntry;
import org.cloudramp.sandbox.api.kv.RosterSession;
import org.cloudramp.sandbox.api.kv.RosterUpdate;
import org.cloudramp.sandbox.api.kv.ServerLeases;
import org.cloudramp.sandbox.api.kv.ServerLeases.LeaseRenewal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every store must do that keeps rosters and the leases of servers. To test one, extend this
 * class beside {@link RoomLogContract}; make an empty place before each test.
 */
public abstract class RosterContract {
  private static final RoomAddress LOBBY = RoomAddress.of("chat", "lobby");
  private static final RoomAddress GARDEN = RoomAddress.of("chat", "garden");
  private static final String A = "a.1";
  private static final String B = "b.1";

  /** So long that no sound store is late, and short enough to wait for. */
  private static final Duration SHORT = Duration.ofSeconds(2);

  private static final Duration LONG = Duration.ofHours(1);

  private final List<KvStore> opened = new ArrayList<>();

  /** The store under test, started, over the place of this test. */
  @SuppressWarnings("NullAway.Init")
  protected KvStore store;

  /** Another process of the same place. */
  @SuppressWarnings("NullAway.Init")
  protected KvStore other;

  /**
   * A new, started store over this test's place. Called twice in a test to stand for two processes;
   * one that is not shared is given again. The contract closes it.
   */
  protected abstract KvStore openStore() throws Exception;

  /** Lets time go by for the store: moves its clock, or waits if it goes by a real one. */
  protected abstract void passTime(Duration duration) throws Exception;

  @BeforeEach
  final void openTheStores() throws Exception {
    store = openStore();
    opened.add(store);
    other = openStore();
    opened.add(other);
  }

  @AfterEach
  final void closeTheStores() {
    opened.forEach(KvStore::close);
  }

  @Test
  void whoHasComeIsThereOnAllServersInTheOrderOfComing() throws Exception {
    enter(store, LOBBY, A, "zoe", "1");
    enter(other, LOBBY, B, "ann", "2");
    enter(store, GARDEN, A, "bob", "3");

    assertThat(open(store, LOBBY).roster().entries())
        .containsExactly(entry("zoe", A, "1"), entry("ann", B, "2"));
    assertThat(open(other, LOBBY)).isEqualTo(open(store, LOBBY));
    assertThat(members(other, GARDEN)).containsExactly("bob");
  }

  @Test
  void descriptionsAreAnyBytes() throws Exception {
    byte[] all = new byte[256];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) i;
    }
    for (Bytes description : List.of(Bytes.copyOf(all), Bytes.copyOf(new byte[] {0, 1}))) {
      RosterEntry entry = new RosterEntry("m" + description.size(), A, description);
      assertThat(commit(store, LOBBY, update(A, new RosterChange.Enter(entry))).isCommitted())
          .isTrue();
      assertThat(open(other, LOBBY).roster().entries()).contains(entry);
    }
  }

  @Test
  void aSessionIsKeptWithItsMemberAndAnyBytesAreAKey() throws Exception {
    Bytes key = Bytes.copyOf(new byte[] {0, 10, ' ', -1, '%', 0});
    RosterEntry ann =
        new RosterEntry("ann", A, Bytes.utf8("1"), Optional.of(new RosterSession(key, 0)));
    enter(store, LOBBY, A, "zoe", "2");
    assertThat(commit(store, LOBBY, update(A, new RosterChange.Enter(ann))).isCommitted()).isTrue();

    assertThat(open(other, LOBBY).roster().entries()).containsExactly(entry("zoe", A, "2"), ann);
    assertThat(member(other, "ann")).contains(ann);
    assertThat(member(other, "zoe")).contains(entry("zoe", A, "2"));
    assertThat(member(other, "nobody")).isEmpty();
    assertThat(member(other, "no name at all")).isEmpty();
    commit(store, LOBBY, update(A, new RosterChange.Leave("ann", A)));
    assertThat(member(other, "ann")).isEmpty();
    assertThat(members(other, LOBBY)).containsExactly("zoe");
  }

  @Test
  void aMessageIsTakenOnceAndByTheServerOfItsSenderOnly() throws Exception {
    enterWithSession(A, "ann", "key");
    enter(store, LOBBY, A, "zoe", "");
    long version = open(store, LOBBY).roster().version();

    assertThat(take(store, A, "ann", 1).isCommitted()).isTrue();
    assertThat(take(other, A, "ann", 1)).isEqualTo(CommitResult.conflict());
    assertThat(take(other, A, "ann", 7).isCommitted()).isTrue();
    assertThat(take(store, A, "ann", 6)).isEqualTo(CommitResult.conflict());
    assertThat(take(store, B, "ann", 8)).isEqualTo(CommitResult.conflict());
    assertThat(take(store, A, "zoe", 1)).isEqualTo(CommitResult.conflict());
    assertThat(take(store, A, "bob", 1)).isEqualTo(CommitResult.conflict());

    assertThat(received("ann")).isEqualTo(7);
    assertThat(open(store, LOBBY).roster().version()).isEqualTo(version);
  }

  @Test
  void severalMessagesAreTakenTogetherIfNoneOfThemWasTakenBefore() throws Exception {
    enterWithSession(A, "ann", "key");

    assertThat(take(store, A, "ann", 1, 3).isCommitted()).isTrue();
    assertThat(received("ann")).isEqualTo(3);
    assertThat(take(other, A, "ann", 3, 5)).isEqualTo(CommitResult.conflict());
    assertThat(take(other, A, "ann", 2, 9)).isEqualTo(CommitResult.conflict());
    assertThat(received("ann")).isEqualTo(3);
    assertThat(take(other, A, "ann", 4, 5).isCommitted()).isTrue();
    assertThat(received("ann")).isEqualTo(5);
  }

  @Test
  void aSessionGoesOnElsewhereForWhoHasSeenItsKeyAndOfTwoForOne() throws Exception {
    enterWithSession(A, "ann", "first");
    enter(store, LOBBY, B, "zoe", "");
    take(store, A, "ann", 3);
    OpenedRoom before = open(store, LOBBY);

    assertThat(resume(other, "ann", A, "wrong", B, "second")).isEqualTo(CommitResult.conflict());
    assertThat(resume(other, "zoe", B, "first", B, "second")).isEqualTo(CommitResult.conflict());
    assertThat(resume(other, "ann", A, "first", B, "second").isCommitted()).isTrue();
    assertThat(resume(store, "ann", A, "first", B, "other")).isEqualTo(CommitResult.conflict());

    RosterEntry after =
        new RosterEntry(
            "ann",
            B,
            Bytes.utf8("is ann"),
            Optional.of(new RosterSession(Bytes.utf8("second"), 3)));
    assertThat(member(store, "ann")).contains(after);
    assertThat(open(store, LOBBY).roster().version()).isEqualTo(before.roster().version());
    assertThat(open(store, LOBBY).roster().entries()).containsExactly(after, entry("zoe", B, ""));
    assertThat(take(store, A, "ann", 4)).isEqualTo(CommitResult.conflict());
    assertThat(commit(store, LOBBY, update(A, new RosterChange.Leave("ann", A))))
        .isEqualTo(CommitResult.conflict());
    assertThat(commit(store, LOBBY, update(A, new RosterChange.Leave("ann", B))).isCommitted())
        .isTrue();
  }

  @Test
  void aServerThatSessionsHaveGoneFromHasNoRoomsAnyMore() throws Exception {
    ServerLeases servers = store.servers().orElseThrow();
    assertThat(await(servers.take("a", A, SHORT))).isTrue();
    enterWithSession(A, "ann", "first");
    resume(
        store, "ann", A, "first", A, "second"); // to the same server, and nothing is counted twice
    resume(store, "ann", A, "second", B, "third");
    passTime(SHORT.plusSeconds(1));

    assertThat(await(servers.claim(A, LONG))).isTrue();
    assertThat(await(servers.fence(A))).isEmpty();
  }

  private void enterWithSession(String server, String member, String key) throws Exception {
    RosterEntry entry =
        new RosterEntry(
            member,
            server,
            Bytes.utf8("is " + member),
            Optional.of(new RosterSession(Bytes.utf8(key), 0)));
    assertThat(commit(store, LOBBY, update(server, new RosterChange.Enter(entry))).isCommitted())
        .isTrue();
  }

  private static CommitResult take(KvStore by, String server, String member, long number)
      throws Exception {
    return take(by, server, member, number, number);
  }

  private static CommitResult take(KvStore by, String server, String member, long first, long last)
      throws Exception {
    return commit(by, LOBBY, update(server, new RosterChange.Receive(member, server, first, last)));
  }

  private static CommitResult resume(
      KvStore by, String member, String server, String seen, String nextServer, String nextKey)
      throws Exception {
    return commit(
        by,
        LOBBY,
        update(
            nextServer,
            new RosterChange.Resume(
                member, server, Bytes.utf8(seen), nextServer, Bytes.utf8(nextKey))));
  }

  private static Optional<RosterEntry> member(KvStore of, String member) throws Exception {
    return await(of.log().orElseThrow().member(LOBBY, member));
  }

  private long received(String member) throws Exception {
    return member(store, member).flatMap(RosterEntry::session).orElseThrow().received();
  }

  @Test
  void aChangeHappensWithTheWritesAndEntriesOfItsTransactionOrNotAtAll() throws Exception {
    OpenedRoom before = open(store, LOBBY);
    KvTransaction both =
        transaction()
            .writes(List.of(new KvWrite.Put("k", Bytes.utf8("1"), Optional.empty())))
            .appends(List.of(Bytes.utf8("ann has come")))
            .roster(update(A, new RosterChange.Enter(entry("ann", A, ""))))
            .build();

    CommitResult first = await(store.commit(LOBBY, both));
    assertThat(first).isEqualTo(CommitResult.committed(before.position().plus(1)));
    assertThat(await(store.commit(LOBBY, both))).isEqualTo(first);
    KvTransaction late =
        transaction()
            .reads(Map.of("k", Optional.empty()))
            .appends(List.of(Bytes.utf8("bob has come")))
            .roster(update(A, new RosterChange.Enter(entry("bob", A, ""))))
            .build();
    assertThat(await(store.commit(LOBBY, late))).isEqualTo(CommitResult.conflict());

    assertThat(members(other, LOBBY)).containsExactly("ann");
    assertThat(open(other, LOBBY).position()).isEqualTo(before.position().plus(1));
  }

  @Test
  void theVersionGrowsByTheStepOfWhoComesOrGoesAndByNothingElse() throws Exception {
    long version = open(store, LOBBY).roster().version();
    enter(store, LOBBY, A, "ann", "");
    version += Roster.step("ann");
    assertThat(open(other, LOBBY).roster().version()).isEqualTo(version);

    commit(
        store,
        LOBBY,
        update(A, new RosterChange.Leave("ann", A), new RosterChange.Enter(entry("bob", A, ""))));
    await(
        store.commit(LOBBY, transaction().appends(List.of(Bytes.utf8("nobody has come"))).build()));

    version += Roster.step("ann") + Roster.step("bob");
    assertThat(open(other, LOBBY).roster().version()).isEqualTo(version);
  }

  @Test
  void whoHasSeenARosterThatHasChangedSinceIsInConflict() throws Exception {
    Roster seen = open(store, LOBBY).roster();
    RosterUpdate looked = new RosterUpdate(B, OptionalLong.of(seen.version()), List.of());
    assertThat(commit(other, LOBBY, looked).isCommitted()).isTrue();

    enter(store, LOBBY, A, "ann", "");

    assertThat(commit(other, LOBBY, looked)).isEqualTo(CommitResult.conflict());
    long now = open(other, LOBBY).roster().version();
    assertThat(commit(other, LOBBY, new RosterUpdate(B, OptionalLong.of(now), List.of())))
        .matches(CommitResult::isCommitted);
  }

  @Test
  void aRosterThatIsEmptyAgainIsNotTheOneThatWasEmptyBefore() throws Exception {
    Roster seen = open(store, LOBBY).roster();
    enter(store, LOBBY, A, "ann", "");
    leave(store, LOBBY, A, "ann");

    assertThat(members(store, LOBBY)).isEmpty();
    assertThat(
            commit(store, LOBBY, new RosterUpdate(A, OptionalLong.of(seen.version()), List.of())))
        .isEqualTo(CommitResult.conflict());
  }

  @Test
  void nobodyComesTwiceOrGoesTwiceOrIsLetGoUnderAnotherServersName() throws Exception {
    enter(store, LOBBY, A, "ann", "");

    assertThat(commit(other, LOBBY, update(B, new RosterChange.Enter(entry("ann", B, "")))))
        .isEqualTo(CommitResult.conflict());
    assertThat(commit(other, LOBBY, update(B, new RosterChange.Leave("ann", B))))
        .isEqualTo(CommitResult.conflict());
    leave(other, LOBBY, A, "ann");
    assertThat(commit(store, LOBBY, update(A, new RosterChange.Leave("ann", A))))
        .isEqualTo(CommitResult.conflict());
    assertThat(members(other, LOBBY)).isEmpty();
  }

  @Test
  void whatIsRememberedOfAMemberIsThereOnAllServersAndGoesWithIt() throws Exception {
    enter(store, LOBBY, A, "ann", "1");
    assertThat(open(store, LOBBY).roster().states()).isEmpty();
    Bytes any = Bytes.copyOf(new byte[] {0, ' ', (byte) 0xff});

    assertThat(remember(other, LOBBY, Map.of("ann", any)).isCommitted()).isTrue();
    assertThat(open(store, LOBBY).roster().states()).isEqualTo(Map.of("ann", any));
    assertThat(open(store, LOBBY).roster().entries()).containsExactly(entry("ann", A, "1"));

    assertThat(remember(store, LOBBY, Map.of("ann", Bytes.utf8("2"))).isCommitted()).isTrue();
    assertThat(open(other, LOBBY).roster().states()).isEqualTo(Map.of("ann", Bytes.utf8("2")));
    assertThat(remember(store, LOBBY, Map.of("ann", Bytes.empty())).isCommitted()).isTrue();
    assertThat(open(other, LOBBY).roster().states()).isEmpty();

    remember(store, LOBBY, Map.of("ann", any));
    leave(other, LOBBY, A, "ann");
    enter(store, LOBBY, A, "ann", "1");
    assertThat(open(other, LOBBY).roster().states()).isEmpty();
  }

  @Test
  void whoeverComesBringsAStateAndTheVersionCountsComingOnly() throws Exception {
    long version = open(store, LOBBY).roster().version();
    RosterUpdate both =
        new RosterUpdate(
            A,
            OptionalLong.empty(),
            List.of(new RosterChange.Enter(entry("ann", A, ""))),
            Map.of(),
            Map.of("ann", Bytes.utf8("new")));

    assertThat(commit(store, LOBBY, both).isCommitted()).isTrue();
    remember(store, LOBBY, Map.of("ann", Bytes.utf8("old")));

    Roster roster = open(other, LOBBY).roster();
    assertThat(roster.states()).isEqualTo(Map.of("ann", Bytes.utf8("old")));
    assertThat(roster.version()).isEqualTo(version + Roster.step("ann"));
  }

  @Test
  void nothingIsRememberedOfWhoeverIsNotThere() throws Exception {
    enter(store, LOBBY, A, "ann", "");
    Map<String, Bytes> ofBob = Map.of("ann", Bytes.utf8("1"), "bob", Bytes.utf8("2"));
    RosterUpdate leaving =
        new RosterUpdate(
            A,
            OptionalLong.empty(),
            List.of(new RosterChange.Leave("ann", A)),
            Map.of(),
            Map.of("ann", Bytes.utf8("1")));

    assertThat(remember(other, LOBBY, ofBob)).isEqualTo(CommitResult.conflict());
    assertThat(commit(store, LOBBY, leaving)).isEqualTo(CommitResult.conflict());

    assertThat(open(store, LOBBY).roster().states()).isEmpty();
    assertThat(members(store, LOBBY)).containsExactly("ann");
  }

  @Test
  void whoHasReadAStateThatHasChangedSinceIsInConflict() throws Exception {
    enter(store, LOBBY, A, "ann", "");
    enter(store, LOBBY, A, "bob", "");
    remember(store, LOBBY, Map.of("ann", Bytes.utf8("1")));
    RosterUpdate looked = looked(Map.of("ann", Bytes.utf8("1"), "bob", Bytes.empty()));
    assertThat(commit(other, LOBBY, looked).isCommitted()).isTrue();

    enter(store, LOBBY, A, "zoe", "");
    assertThat(commit(other, LOBBY, looked).isCommitted()).isTrue();

    remember(store, LOBBY, Map.of("ann", Bytes.utf8("2")));
    assertThat(commit(other, LOBBY, looked)).isEqualTo(CommitResult.conflict());
    RosterUpdate ofBob = looked(Map.of("bob", Bytes.empty()));
    assertThat(commit(other, LOBBY, ofBob).isCommitted()).isTrue();
    leave(store, LOBBY, A, "bob");
    assertThat(commit(other, LOBBY, ofBob)).isEqualTo(CommitResult.conflict());
  }

  @Test
  void statesCountTowardsTheBytesOfTheirService() throws Exception {
    KvQuota one = new KvQuota(Long.MAX_VALUE, Roster.STATE_BYTES + 10);
    enter(store, LOBBY, A, "ann", "");
    enter(store, LOBBY, A, "bob", "");
    Map<String, Bytes> ofAnn = Map.of("ann", Bytes.utf8("ten bytes!"));
    Map<String, Bytes> ofBob = Map.of("bob", Bytes.utf8("1"));
    await(store.commit(LOBBY, transaction().quota(one).roster(update(ofAnn)).build()));

    assertThatThrownBy(
            () ->
                await(store.commit(LOBBY, transaction().quota(one).roster(update(ofBob)).build())))
        .cause()
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.QUOTA));
    assertThat(open(store, LOBBY).roster().states()).isEqualTo(ofAnn);

    RosterUpdate leaving = update(A, new RosterChange.Leave("ann", A));
    await(store.commit(LOBBY, transaction().quota(one).roster(leaving).build()));
    assertThat(
            await(store.commit(LOBBY, transaction().quota(one).roster(update(ofBob)).build()))
                .isCommitted())
        .isTrue();
  }

  @Test
  void aServerThatIsFencedCommitsNothingInAnyRoomAndWhatItHasDoneStays() throws Exception {
    enter(store, LOBBY, A, "ann", "");
    enter(store, GARDEN, A, "bob", "");
    enter(store, RoomAddress.of("chat", "left"), A, "eve", "");
    leave(store, RoomAddress.of("chat", "left"), A, "eve");
    enter(other, RoomAddress.of("chat", "others"), B, "zoe", "");

    assertThat(await(servers(other).fence(A))).containsExactlyInAnyOrder(LOBBY, GARDEN);

    for (RoomAddress room : List.of(LOBBY, RoomAddress.of("chat", "new"))) {
      assertThat(commit(store, room, new RosterUpdate(A, OptionalLong.empty(), List.of())))
          .isEqualTo(CommitResult.fenced());
    }
    assertThat(members(store, LOBBY)).containsExactly("ann");
    assertThat(commit(other, LOBBY, update(B, new RosterChange.Leave("ann", A))).isCommitted())
        .isTrue();
    assertThat(await(servers(other).fence(A))).containsExactly(GARDEN);
  }

  @Test
  void whatAFencedServerHadCommittedIsStillAnsweredAsCommitted() throws Exception {
    KvTransaction entered =
        transaction().roster(update(A, new RosterChange.Enter(entry("ann", A, "")))).build();
    CommitResult first = await(store.commit(LOBBY, entered));
    await(servers(other).fence(A));

    assertThat(await(store.commit(LOBBY, entered))).isEqualTo(first);
  }

  @Test
  void twoServersOfOneNameDoNotLiveAtOnce() throws Exception {
    assertThat(await(servers(store).take("a", "a.1", LONG))).isTrue();

    assertThat(await(servers(other).take("a", "a.2", LONG))).isFalse();
    assertThat(await(servers(other).take("aa", "aa.1", LONG))).isTrue();
    await(servers(store).release("a.1"));
    assertThat(await(servers(other).take("a", "a.2", LONG))).isTrue();
  }

  @Test
  void aLeaseThatIsOverHoldsAgainWhenItIsRenewedBeforeSomebodyClaimsIt() throws Exception {
    await(servers(store).take("a", A, SHORT));
    await(servers(other).take("b", B, LONG));
    assertThat(await(servers(other).claim(A, LONG))).isFalse();
    passTime(SHORT);

    assertThat(await(servers(other).renew(B, LONG))).isEqualTo(new LeaseRenewal(true, List.of(A)));
    assertThat(await(servers(store).renew(A, LONG)).isHeld()).isTrue();

    assertThat(await(servers(other).claim(A, LONG))).isFalse();
    assertThat(await(servers(other).renew(B, LONG))).isEqualTo(new LeaseRenewal(true, List.of()));
  }

  @Test
  void aServerThatIsGoneIsClaimedOnceAndNeverHoldsALeaseAgain() throws Exception {
    await(servers(store).take("a", A, SHORT));
    await(servers(other).take("b", B, LONG));
    await(servers(other).take("c", "c.1", LONG));
    passTime(SHORT);

    assertThat(await(servers(other).claim(A, SHORT))).isTrue();
    assertThat(await(servers(other).claim(A, SHORT))).isFalse();
    assertThat(await(servers(store).renew(A, LONG)).isHeld()).isFalse();
    assertThat(await(servers(other).renew(B, LONG)).ended()).isEmpty();

    passTime(SHORT); // whoever has claimed it has not kept its word
    assertThat(await(servers(other).renew("c.1", LONG)).ended()).containsExactly(A);
    assertThat(await(servers(other).claim(A, SHORT))).isTrue();
    await(servers(other).forget(A));
    passTime(SHORT);
    assertThat(await(servers(other).renew(B, LONG)).ended()).isEmpty();
    assertThat(await(servers(other).claim(A, LONG))).isFalse();
    assertThat(await(servers(store).renew(A, LONG)).isHeld()).isFalse();
  }

  @Test
  void aServerThatNobodyKnowsHoldsNoLease() throws Exception {
    assertThat(await(servers(store).renew(A, LONG))).isEqualTo(new LeaseRenewal(false, List.of()));
    assertThat(await(servers(store).claim(A, LONG))).isFalse();
    assertThat(await(servers(store).fence(A))).isEmpty();
  }

  private static ServerLeases servers(KvStore of) {
    return of.servers().orElseThrow();
  }

  private static OpenedRoom open(KvStore from, RoomAddress address) throws Exception {
    return await(from.log().orElseThrow().open(address));
  }

  private static List<String> members(KvStore from, RoomAddress address) throws Exception {
    return open(from, address).roster().entries().stream().map(RosterEntry::member).toList();
  }

  private static void enter(
      KvStore to, RoomAddress address, String server, String member, String description)
      throws Exception {
    RosterEntry entry = entry(member, server, description);
    assertThat(commit(to, address, update(server, new RosterChange.Enter(entry))).isCommitted())
        .isTrue();
  }

  private static void leave(KvStore to, RoomAddress address, String server, String member)
      throws Exception {
    RosterChange leave = new RosterChange.Leave(member, server);
    assertThat(commit(to, address, update("x.1", leave)).isCommitted()).isTrue();
  }

  private static RosterEntry entry(String member, String server, String description) {
    return new RosterEntry(member, server, Bytes.utf8(description));
  }

  private static RosterUpdate update(String server, RosterChange... changes) {
    return new RosterUpdate(server, OptionalLong.empty(), List.of(changes));
  }

  private static RosterUpdate update(Map<String, Bytes> states) {
    return new RosterUpdate(A, OptionalLong.empty(), List.of(), Map.of(), states);
  }

  private static RosterUpdate looked(Map<String, Bytes> states) {
    return new RosterUpdate(B, OptionalLong.empty(), List.of(), states, Map.of());
  }

  private static CommitResult remember(KvStore to, RoomAddress address, Map<String, Bytes> states)
      throws Exception {
    return commit(to, address, update(states));
  }

  private static CommitResult commit(KvStore to, RoomAddress address, RosterUpdate update)
      throws Exception {
    return await(to.commit(address, transaction().roster(update).build()));
  }

  private static KvTransaction.Builder transaction() {
    return KvTransaction.builder(UUID.randomUUID().toString());
  }

  /** What a stage becomes, within a time that no sound store needs. */
  private static <T> T await(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(1, TimeUnit.MINUTES);
  }
}
