package org.cloudramp.sandbox.testkit.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.store.ModuleStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every {@link ModuleStore} must do. To test a store, extend this class; make an empty place
 * for versions before each test, and declare what yours cannot do in {@link #gaps()}.
 */
public abstract class ModuleStoreContract {
  /** Something that a store may not be able to do. */
  public enum Gap {
    /** It was made before services could be listed and deleted, and refuses both. */
    LISTS_AND_DELETES_SERVICES,
    /** It was made before source maps could be kept beside versions, and refuses to. */
    KEEPS_SOURCE_MAPS
  }

  /** The service most tests work with. */
  protected static final ServiceId CHAT = new ServiceId("chat");

  private static final ServiceId OTHER = new ServiceId("chat-2");
  private static final byte[] ONE = {0, 'a', 's', 'm', 1};
  private static final byte[] TWO = {0, 'a', 's', 'm', 2};
  private static final byte[] THREE = {0, 'a', 's', 'm', 3};
  private static final byte[] MAP = "{\"version\":3}".getBytes(StandardCharsets.UTF_8);
  private static final int THREADS = 8;
  private static final int ROUNDS = 5;
  private static final int LARGE = 5 << 20;

  private final List<ModuleStore> opened = new ArrayList<>();

  /** The store under test, started, over the place of this test. */
  @SuppressWarnings("NullAway.Init")
  protected ModuleStore store;

  /**
   * A new, started store over this test's place, which is empty at first. Called several times in a
   * test to stand for several processes. The contract closes it.
   */
  protected abstract ModuleStore openStore() throws Exception;

  /** Puts other bytes in the place of a published version's, behind the store's back. */
  protected abstract void overwrite(ModuleVersion version, byte[] content) throws Exception;

  /** Takes a published version's bytes away, behind the store's back. */
  protected abstract void remove(ModuleVersion version) throws Exception;

  /** What this store cannot do. */
  protected Set<Gap> gaps() {
    return Set.of();
  }

  /** Another process: a further store over the same place. */
  protected final ModuleStore another() throws Exception {
    ModuleStore another = openStore();
    opened.add(another);
    return another;
  }

  @BeforeEach
  final void openTheStore() throws Exception {
    store = another();
  }

  @AfterEach
  final void closeTheStores() {
    opened.forEach(ModuleStore::close);
  }

  @Test
  void aNameFitsIntoTheSettings() {
    assertThat(store.name()).matches("[a-z][a-zA-Z0-9]{0,31}");
  }

  @Test
  void anUnknownServiceHasNothing() {
    assertThat(store.current(CHAT)).isEmpty();
    assertThat(store.versions(CHAT)).isEmpty();
  }

  @Test
  void whatIsPublishedIsLoadedAsItWas() {
    ModuleVersion version = store.publish(CHAT, ONE);

    assertThat(version).isEqualTo(new ModuleVersion(CHAT, Digest.of(ONE)));
    assertThat(store.load(version)).isEqualTo(ONE);
    assertThat(store.versions(CHAT)).containsExactly(version);
  }

  @Test
  void sizesFromNothingToFiveMebibytesArriveIntact() {
    byte[] large = new byte[LARGE];
    new Random(1).nextBytes(large);

    assertThat(store.load(store.publish(CHAT, new byte[0]))).isEmpty();
    assertThat(Arrays.equals(store.load(store.publish(CHAT, large)), large)).isTrue();
  }

  @Test
  void toPublishDoesNotMakeLive() {
    store.publish(CHAT, ONE);

    assertThat(store.current(CHAT)).isEmpty();

    store.activate(CHAT, Digest.of(ONE));
    store.publish(CHAT, TWO);

    assertThat(store.current(CHAT)).contains(new ModuleVersion(CHAT, Digest.of(ONE)));
  }

  @Test
  void toActivateMovesThePointerThereAndBack() {
    ModuleVersion one = store.publish(CHAT, ONE);
    ModuleVersion two = store.publish(CHAT, TWO);

    store.activate(CHAT, one.digest());
    assertThat(store.current(CHAT)).contains(one);
    store.activate(CHAT, two.digest());
    assertThat(store.current(CHAT)).contains(two);
    store.activate(CHAT, two.digest());
    assertThat(store.current(CHAT)).contains(two);
    store.activate(CHAT, one.digest());
    assertThat(store.current(CHAT)).contains(one);
  }

  @Test
  void whatWasLiveStaysPublished() {
    ModuleVersion one = store.publish(CHAT, ONE);
    store.activate(CHAT, one.digest());
    store.activate(CHAT, store.publish(CHAT, TWO).digest());

    assertThat(store.load(one)).isEqualTo(ONE);
  }

  @Test
  void versionsAreListedLastPublishedFirst() {
    ModuleVersion one = store.publish(CHAT, ONE);
    ModuleVersion two = store.publish(CHAT, TWO);
    ModuleVersion three = store.publish(CHAT, THREE);

    assertThat(store.versions(CHAT)).containsExactly(three, two, one);
  }

  @Test
  void toPublishTheSameBytesAgainChangesNothing() {
    ModuleVersion one = store.publish(CHAT, ONE);
    ModuleVersion two = store.publish(CHAT, TWO);
    store.activate(CHAT, two.digest());

    assertThat(store.publish(CHAT, ONE.clone())).isEqualTo(one);
    assertThat(store.versions(CHAT)).containsExactly(two, one);
    assertThat(store.current(CHAT)).contains(two);
  }

  @Test
  void servicesDoNotSeeEachOther() {
    ModuleVersion one = store.publish(CHAT, ONE);
    store.activate(CHAT, one.digest());

    assertThat(store.versions(OTHER)).isEmpty();
    assertThat(store.current(OTHER)).isEmpty();
    assertFails(
        ModuleException.Kind.NOT_FOUND,
        OTHER,
        () -> store.load(new ModuleVersion(OTHER, one.digest())));
    assertFails(ModuleException.Kind.NOT_FOUND, OTHER, () -> store.activate(OTHER, one.digest()));
    assertThat(store.versions(OTHER)).isEmpty();
  }

  @Test
  void twoServicesMayPublishTheSameBytes() {
    ModuleVersion here = store.publish(CHAT, ONE);
    ModuleVersion there = store.publish(OTHER, ONE);

    assertThat(store.load(here)).isEqualTo(ONE);
    assertThat(store.load(there)).isEqualTo(ONE);
    assertThat(there.service()).isEqualTo(OTHER);
  }

  @Test
  void whatIsNotPublishedIsNotFound() {
    store.activate(CHAT, store.publish(CHAT, ONE).digest());
    ModuleVersion missing = new ModuleVersion(CHAT, Digest.of(TWO));

    assertFails(ModuleException.Kind.NOT_FOUND, CHAT, () -> store.load(missing));
    assertFails(ModuleException.Kind.NOT_FOUND, CHAT, () -> store.activate(CHAT, missing.digest()));
    assertThat(store.current(CHAT)).contains(new ModuleVersion(CHAT, Digest.of(ONE)));
  }

  @Test
  void aPointerToNothingIsNotFoundWhenItIsLoaded() throws Exception {
    ModuleVersion one = store.publish(CHAT, ONE);
    store.activate(CHAT, one.digest());

    remove(one);

    assertFails(ModuleException.Kind.NOT_FOUND, CHAT, () -> store.load(one));
  }

  @Test
  void changedBytesAreRefused() throws Exception {
    ModuleVersion one = store.publish(CHAT, ONE);
    ModuleVersion two = store.publish(CHAT, TWO);

    overwrite(one, THREE);
    assertFails(ModuleException.Kind.INTEGRITY, CHAT, () -> store.load(one));
    overwrite(one, Arrays.copyOf(ONE, ONE.length - 1));
    assertFails(ModuleException.Kind.INTEGRITY, CHAT, () -> store.load(one));
    overwrite(one, new byte[0]);
    assertFails(ModuleException.Kind.INTEGRITY, CHAT, () -> store.load(one));

    assertThat(store.load(two)).isEqualTo(TWO);
  }

  @Test
  void toPublishAgainRepairs() throws Exception {
    ModuleVersion one = store.publish(CHAT, ONE);
    ModuleVersion two = store.publish(CHAT, TWO);
    overwrite(one, THREE);
    remove(two);

    store.publish(CHAT, ONE);
    store.publish(CHAT, TWO);

    assertThat(store.load(one)).isEqualTo(ONE);
    assertThat(store.load(two)).isEqualTo(TWO);
    assertThat(store.versions(CHAT)).containsExactly(two, one);
  }

  @Test
  void nobodySharesAnArrayWithTheStore() {
    byte[] mine = ONE.clone();
    ModuleVersion version = store.publish(CHAT, mine);
    mine[0] = 99;
    store.load(version)[0] = 99;

    assertThat(store.load(version)).isEqualTo(ONE);
  }

  @Test
  void anotherProcessSeesEverything() throws Exception {
    ModuleStore another = another();
    ModuleVersion one = store.publish(CHAT, ONE);
    store.activate(CHAT, one.digest());

    assertThat(another.current(CHAT)).contains(one);
    ModuleVersion two = another.publish(CHAT, TWO);
    another.activate(CHAT, two.digest());

    assertThat(store.current(CHAT)).contains(two);
    assertThat(store.versions(CHAT)).containsExactly(two, one);
    assertThat(store.load(two)).isEqualTo(TWO);
  }

  @Test
  void publishersAtTheSameTimeLoseNothing() throws Exception {
    List<ModuleStore> stores = List.of(store, another());
    List<Callable<List<ModuleVersion>>> publishers = new ArrayList<>();
    for (int p = 0; p < THREADS; p++) {
      byte publisher = (byte) p;
      publishers.add(
          () -> {
            List<ModuleVersion> mine = new ArrayList<>();
            for (byte round = 0; round < ROUNDS; round++) {
              byte[] wasm = {publisher, round};
              mine.add(stores.get(publisher % 2).publish(CHAT, wasm));
            }
            return mine;
          });
    }

    List<ModuleVersion> published = together(publishers).stream().flatMap(List::stream).toList();

    assertThat(store.versions(CHAT)).containsExactlyInAnyOrderElementsOf(published);
    assertThat(published).hasSize(THREADS * ROUNDS).allSatisfy(store::load);
  }

  @Test
  void theSameBytesPublishedAtTheSameTimeAreOneVersion() throws Exception {
    List<ModuleStore> stores = List.of(store, another());
    List<Callable<ModuleVersion>> publishers = new ArrayList<>();
    for (int p = 0; p < THREADS; p++) {
      ModuleStore publisher = stores.get(p % 2);
      publishers.add(() -> publisher.publish(CHAT, ONE));
    }

    Set<ModuleVersion> published = new HashSet<>(together(publishers));

    assertThat(store.versions(CHAT)).containsExactlyElementsOf(published);
    assertThat(store.load(published.iterator().next())).isEqualTo(ONE);
  }

  @Test
  void activatorsAndPublishersAtTheSameTimeLoseNothing() throws Exception {
    List<ModuleStore> stores = List.of(store, another());
    store.activate(CHAT, store.publish(CHAT, ONE).digest());
    List<Callable<ModuleVersion>> people = new ArrayList<>();
    for (int p = 0; p < THREADS; p++) {
      byte person = (byte) p;
      people.add(
          () -> {
            ModuleStore theirs = stores.get(person % 2);
            ModuleVersion version = theirs.publish(CHAT, new byte[] {person});
            activatePatiently(theirs, version);
            assertThat(theirs.current(CHAT)).isPresent();
            return version;
          });
    }

    List<ModuleVersion> published = together(people);

    assertThat(store.current(CHAT)).isPresent().get().isIn(published);
    assertThat(store.versions(CHAT)).hasSize(THREADS + 1).containsAll(published);
  }

  @Test
  void toRollBackMakesLiveWhatWasLiveBefore() throws Exception {
    ModuleVersion one = store.publish(CHAT, ONE);
    ModuleVersion two = store.publish(CHAT, TWO);
    store.activate(CHAT, two.digest());
    store.activate(CHAT, one.digest()); // the order of activation counts, not of publication
    store.publish(CHAT, THREE);

    assertThat(store.rollback(CHAT)).isEqualTo(two);

    assertThat(store.current(CHAT)).contains(two);
    assertThat(another().current(CHAT)).contains(two);
    assertThat(store.load(one)).isEqualTo(ONE);
  }

  @Test
  void toRollBackAgainDoesNotBringBackWhatWasRolledAway() throws Exception {
    ModuleVersion one = store.publish(CHAT, ONE);
    store.activate(CHAT, one.digest());
    store.activate(CHAT, store.publish(CHAT, TWO).digest());
    store.rollback(CHAT);

    assertFails(ModuleException.Kind.NOT_FOUND, CHAT, () -> another().rollback(CHAT));

    assertThat(store.current(CHAT)).contains(one);
    store.activate(CHAT, Digest.of(TWO));
    assertThat(store.rollback(CHAT)).isEqualTo(one);
  }

  @Test
  void whereNothingWasLiveBeforeThereIsNothingToRollBackTo() {
    assertFails(ModuleException.Kind.NOT_FOUND, CHAT, () -> store.rollback(CHAT));
    store.publish(CHAT, ONE);
    assertFails(ModuleException.Kind.NOT_FOUND, CHAT, () -> store.rollback(CHAT));
    store.activate(CHAT, Digest.of(ONE));
    assertFails(ModuleException.Kind.NOT_FOUND, CHAT, () -> store.rollback(CHAT));
    store.activate(CHAT, Digest.of(ONE)); // to activate what is live is no step
    assertFails(ModuleException.Kind.NOT_FOUND, CHAT, () -> store.rollback(CHAT));

    assertThat(store.current(CHAT)).contains(new ModuleVersion(CHAT, Digest.of(ONE)));
  }

  @Test
  void toRollBackToWhatIsGoneIsNotFoundAndChangesNothing() throws Exception {
    ModuleVersion one = store.publish(CHAT, ONE);
    ModuleVersion two = store.publish(CHAT, TWO);
    store.activate(CHAT, one.digest());
    store.activate(CHAT, two.digest());
    remove(one);

    assertFails(ModuleException.Kind.NOT_FOUND, CHAT, () -> store.rollback(CHAT));

    assertThat(store.current(CHAT)).contains(two);
  }

  @Test
  void manyWhoRollBackAtTheSameTimeGoBackOneStep() throws Exception {
    List<ModuleStore> stores = List.of(store, another());
    ModuleVersion one = store.publish(CHAT, ONE);
    ModuleVersion two = store.publish(CHAT, TWO);
    ModuleVersion three = store.publish(CHAT, THREE);
    for (ModuleVersion version : List.of(one, two, three)) {
      store.activate(CHAT, version.digest());
    }
    List<Callable<Boolean>> people = new ArrayList<>();
    for (int p = 0; p < THREADS; p++) {
      ModuleStore theirs = stores.get(p % 2);
      people.add(
          () -> {
            try {
              assertThat(theirs.rollback(CHAT)).isEqualTo(two);
              return true;
            } catch (StoreException e) {
              assertThat(e.kind()).as(e.getMessage()).isEqualTo(StoreException.Kind.CONFLICT);
              return false;
            } catch (ModuleException e) {
              assertThat(e.kind()).as(e.getMessage()).isEqualTo(ModuleException.Kind.NOT_FOUND);
              return false;
            }
          });
    }

    assertThat(together(people)).contains(true);

    assertThat(store.current(CHAT)).contains(two);
  }

  @Test
  void aStoreThatKeepsNoSourceMapsSaysSo() {
    assumeTrue(gaps().contains(Gap.KEEPS_SOURCE_MAPS), "this store does");
    ModuleVersion one = store.publish(CHAT, ONE);

    assertThatThrownBy(() -> store.keepSourceMap(one, MAP))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.REFUSED))
        .hasMessageContaining("'" + store.name() + "'");
    assertThat(store.sourceMap(one)).isEmpty();
  }

  @Test
  void aSourceMapIsKeptAsItIsBesideItsVersionAndNoOther() throws Exception {
    assumeItKeepsSourceMaps();
    ModuleVersion one = store.publish(CHAT, ONE);
    ModuleVersion two = store.publish(CHAT, TWO);
    ModuleVersion others = store.publish(OTHER, ONE);
    assertThat(store.sourceMap(one)).isEmpty();
    byte[] mine = MAP.clone();

    store.keepSourceMap(one, mine);
    mine[0] = 99;

    for (ModuleStore each : List.of(store, another())) {
      assertThat(each.sourceMap(one)).contains(MAP);
      assertThat(each.sourceMap(two)).isEmpty();
      assertThat(each.sourceMap(others)).isEmpty();
      assertThat(each.load(one)).isEqualTo(ONE);
      assertThat(each.versions(CHAT)).containsExactly(two, one);
    }
  }

  @Test
  void theLastSourceMapOfAVersionCountsAlsoWhenItsBytesArePublishedAgain() {
    assumeItKeepsSourceMaps();
    ModuleVersion one = store.publish(CHAT, ONE);
    store.keepSourceMap(one, MAP);
    byte[] longer = Arrays.copyOf(MAP, 2 * MAP.length);

    store.keepSourceMap(one, longer);
    assertThat(store.sourceMap(one)).contains(longer);
    store.publish(CHAT, ONE);
    assertThat(store.sourceMap(one)).contains(longer);
    store.keepSourceMap(one, MAP);
    assertThat(store.sourceMap(one)).contains(MAP);
  }

  @Test
  void ofWhatIsNotPublishedNoSourceMapIsKept() {
    assumeItKeepsSourceMaps();
    ModuleVersion one = store.publish(CHAT, ONE);
    ModuleVersion missing = new ModuleVersion(CHAT, Digest.of(TWO));
    ModuleVersion elsewhere = new ModuleVersion(OTHER, one.digest());

    assertFails(ModuleException.Kind.NOT_FOUND, CHAT, () -> store.keepSourceMap(missing, MAP));
    assertFails(ModuleException.Kind.NOT_FOUND, OTHER, () -> store.keepSourceMap(elsewhere, MAP));

    assertThat(store.sourceMap(missing)).isEmpty();
    assertThat(store.sourceMap(elsewhere)).isEmpty();
    assertThat(store.sourceMap(store.publish(CHAT, TWO))).isEmpty();
  }

  @Test
  void aSourceMapGoesWithItsService() throws Exception {
    assumeItKeepsSourceMaps();
    assumeItListsAndDeletes();
    ModuleVersion one = store.publish(CHAT, ONE);
    store.keepSourceMap(one, MAP);
    ModuleVersion others = store.publish(OTHER, ONE);
    store.keepSourceMap(others, MAP);

    store.delete(CHAT);

    assertThat(another().sourceMap(one)).isEmpty();
    assertThat(store.services(Optional.empty(), 10)).containsExactly(OTHER);
    assertThat(store.sourceMap(store.publish(CHAT, ONE))).isEmpty();
    assertThat(store.sourceMap(others)).contains(MAP);
  }

  @Test
  void ofAServiceThatIsDeletedMeanwhileNoSourceMapIsLeft() throws Exception {
    assumeItKeepsSourceMaps();
    assumeItListsAndDeletes();
    List<ModuleStore> stores = List.of(store, another());
    List<Callable<Boolean>> people = new ArrayList<>();
    for (int p = 0; p < THREADS; p++) {
      byte person = (byte) p;
      ModuleStore theirs = stores.get(p % 2);
      people.add(
          () -> {
            for (byte round = 0; round < ROUNDS; round++) {
              try {
                if (person < 2) {
                  theirs.delete(CHAT);
                } else {
                  theirs.keepSourceMap(theirs.publish(CHAT, new byte[] {person, round}), MAP);
                }
              } catch (StoreException e) {
                assertThat(e.kind()).as(e.getMessage()).isEqualTo(StoreException.Kind.CONFLICT);
              } catch (ModuleException e) {
                assertThat(e.kind()).as(e.getMessage()).isEqualTo(ModuleException.Kind.NOT_FOUND);
              }
            }
            return true;
          });
    }

    together(people);

    store.delete(CHAT);
    assertThat(store.services(Optional.empty(), 10)).isEmpty();
  }

  private void assumeItKeepsSourceMaps() {
    assumeFalse(gaps().contains(Gap.KEEPS_SOURCE_MAPS), "declared gap: " + Gap.KEEPS_SOURCE_MAPS);
  }

  @Test
  void aStoreThatCannotListAndDeleteSaysSo() {
    assumeTrue(gaps().contains(Gap.LISTS_AND_DELETES_SERVICES), "this store can");

    for (ThrowingCallable call :
        List.<ThrowingCallable>of(
            () -> store.services(Optional.empty(), 1), () -> store.delete(CHAT))) {
      assertThatThrownBy(call)
          .isInstanceOfSatisfying(
              StoreException.class,
              e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.REFUSED))
          .hasMessageContaining("'" + store.name() + "'");
    }
  }

  @Test
  void theServicesAreThoseOfWhichAnythingIsPublished() throws Exception {
    assumeItListsAndDeletes();
    assertThat(store.services(Optional.empty(), 10)).isEmpty();
    store.current(CHAT);
    store.versions(CHAT);
    store.publish(OTHER, ONE);

    assertThat(store.services(Optional.empty(), 10)).containsExactly(OTHER);
    assertThat(another().services(Optional.empty(), 10)).containsExactly(OTHER);
  }

  @Test
  void allServicesAreListedOnceInPiecesOfAnySize() throws Exception {
    assumeItListsAndDeletes();
    // Ids of which one begins with another, with characters before and after the separator.
    List<ServiceId> all =
        Stream.of("a", "a-", "a--b", "a-b", "a0", "aa", "b", "b-1", "b1", "z".repeat(63))
            .map(ServiceId::new)
            .toList();
    all.forEach(service -> store.publish(service, ONE));

    for (int most : List.of(1, 2, 3, 9, 10, 11, ModuleStore.MAX_SERVICES_AT_ONCE)) {
      assertThat(inPiecesOf(most)).as("in pieces of %d", most).containsExactlyElementsOf(inOrder());
    }
    assertThat(inOrder()).containsExactlyInAnyOrderElementsOf(all);
  }

  @Test
  void aPieceBeginsAfterAServiceThatIsNotThere() {
    assumeItListsAndDeletes();
    List<ServiceId> all = Stream.of("a", "c", "e").map(ServiceId::new).toList();
    all.forEach(service -> store.publish(service, ONE));

    assertThat(store.services(Optional.of(new ServiceId("b")), 1)).containsExactly(all.get(1));
    store.delete(all.get(1));
    assertThat(store.services(Optional.of(all.get(1)), 1)).containsExactly(all.get(2));
    assertThat(store.services(Optional.of(new ServiceId("f")), 1)).isEmpty();
  }

  @Test
  void aPieceIsNeitherEmptyNorEndless() {
    assumeItListsAndDeletes();
    for (int most : List.of(-1, 0, ModuleStore.MAX_SERVICES_AT_ONCE + 1)) {
      assertThatThrownBy(() -> store.services(Optional.empty(), most))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void nothingIsLeftOfADeletedService() throws Exception {
    assumeItListsAndDeletes();
    ModuleStore another = another();
    ModuleVersion one = store.publish(CHAT, ONE);
    ModuleVersion two = store.publish(CHAT, TWO);
    store.activate(CHAT, one.digest());
    store.activate(CHAT, two.digest());
    assertThat(another.current(CHAT)).contains(two);
    store.publish(OTHER, ONE);
    store.activate(OTHER, Digest.of(ONE));

    store.delete(CHAT);

    for (ModuleStore each : List.of(store, another)) {
      assertThat(each.current(CHAT)).isEmpty();
      assertThat(each.versions(CHAT)).isEmpty();
      assertFails(ModuleException.Kind.NOT_FOUND, CHAT, () -> each.load(one));
      assertFails(ModuleException.Kind.NOT_FOUND, CHAT, () -> each.load(two));
      assertFails(ModuleException.Kind.NOT_FOUND, CHAT, () -> each.activate(CHAT, one.digest()));
      assertFails(ModuleException.Kind.NOT_FOUND, CHAT, () -> each.rollback(CHAT));
      assertThat(each.services(Optional.empty(), 10)).containsExactly(OTHER);
      assertThat(each.load(each.current(OTHER).orElseThrow())).isEqualTo(ONE);
    }
  }

  @Test
  void toDeleteWhatIsNotThereDoesNothing() throws Exception {
    assumeItListsAndDeletes();
    store.delete(CHAT);
    store.publish(CHAT, ONE);
    store.delete(CHAT);

    store.delete(CHAT);
    another().delete(CHAT);

    assertThat(store.services(Optional.empty(), 10)).isEmpty();
  }

  @Test
  void aServiceThatWasDeletedBeginsAnew() {
    assumeItListsAndDeletes();
    store.activate(CHAT, store.publish(CHAT, ONE).digest());
    store.activate(CHAT, store.publish(CHAT, TWO).digest());
    store.delete(CHAT);

    ModuleVersion three = store.publish(CHAT, THREE);
    assertThat(store.current(CHAT)).isEmpty();
    store.activate(CHAT, three.digest());

    assertThat(store.versions(CHAT)).containsExactly(three);
    assertThat(store.current(CHAT)).contains(three);
    assertFails(ModuleException.Kind.NOT_FOUND, CHAT, () -> store.rollback(CHAT));
    assertThat(store.services(Optional.empty(), 10)).containsExactly(CHAT);
  }

  @Test
  void aDamagedServiceCanBeDeleted() throws Exception {
    assumeItListsAndDeletes();
    ModuleVersion one = store.publish(CHAT, ONE);
    ModuleVersion two = store.publish(CHAT, TWO);
    store.activate(CHAT, one.digest());
    overwrite(one, THREE);
    remove(two);

    store.delete(CHAT);

    assertThat(store.current(CHAT)).isEmpty();
    assertThat(store.services(Optional.empty(), 10)).isEmpty();
  }

  @Test
  void whatIsListedAndLiveIsThereHoweverManyPublishAndDelete() throws Exception {
    assumeItListsAndDeletes();
    List<ModuleStore> stores = List.of(store, another());
    List<Callable<Boolean>> people = new ArrayList<>();
    for (int p = 0; p < THREADS; p++) {
      byte person = (byte) p;
      ModuleStore theirs = stores.get(p % 2);
      people.add(
          () -> {
            for (byte round = 0; round < ROUNDS; round++) {
              try {
                if (person < 2) {
                  theirs.delete(CHAT);
                } else {
                  ModuleVersion mine = theirs.publish(CHAT, new byte[] {person, round});
                  theirs.activate(CHAT, mine.digest());
                }
              } catch (StoreException e) {
                assertThat(e.kind()).as(e.getMessage()).isEqualTo(StoreException.Kind.CONFLICT);
              } catch (ModuleException e) {
                assertThat(e.kind()).as(e.getMessage()).isEqualTo(ModuleException.Kind.NOT_FOUND);
              }
            }
            return true;
          });
    }

    together(people);

    assertThat(store.versions(CHAT)).allSatisfy(version -> store.load(version));
    store.current(CHAT).ifPresent(store::load);
    store.delete(CHAT);
    assertThat(store.services(Optional.empty(), 10)).isEmpty();
  }

  private void assumeItListsAndDeletes() {
    assumeFalse(
        gaps().contains(Gap.LISTS_AND_DELETES_SERVICES),
        "declared gap: " + Gap.LISTS_AND_DELETES_SERVICES);
  }

  private List<ServiceId> inOrder() {
    return store.services(Optional.empty(), ModuleStore.MAX_SERVICES_AT_ONCE);
  }

  private List<ServiceId> inPiecesOf(int most) {
    List<ServiceId> all = new ArrayList<>();
    Optional<ServiceId> last = Optional.empty();
    while (true) {
      List<ServiceId> piece = store.services(last, most);
      assertThat(piece).hasSizeLessThanOrEqualTo(most);
      if (piece.isEmpty()) {
        return all;
      }
      all.addAll(piece);
      last = Optional.of(piece.get(piece.size() - 1));
    }
  }

  @Test
  void toCloseTwiceDoesNoHarm() {
    store.close();

    assertThatCode(store::close).doesNotThrowAnyException();
  }

  /** A store may answer "conflict" to those who move a pointer at the same time. */
  private static void activatePatiently(ModuleStore store, ModuleVersion version) {
    while (true) {
      try {
        store.activate(version.service(), version.digest());
        return;
      } catch (StoreException e) {
        if (e.kind() != StoreException.Kind.CONFLICT) {
          throw e;
        }
      }
    }
  }

  private static void assertFails(
      ModuleException.Kind kind, ServiceId service, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            ModuleException.class, e -> assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind))
        .hasMessageContaining(service.value());
  }

  /** Runs all at once, each on a thread of its own; fails if one of them fails. */
  private static <T> List<T> together(List<Callable<T>> calls) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(calls.size());
    try {
      CyclicBarrier start = new CyclicBarrier(calls.size());
      List<Future<T>> futures = new ArrayList<>();
      for (Callable<T> call : calls) {
        futures.add(
            threads.submit(
                () -> {
                  start.await();
                  return call.call();
                }));
      }
      List<T> results = new ArrayList<>();
      for (Future<T> future : futures) {
        results.add(future.get(2, TimeUnit.MINUTES));
      }
      return results;
    } finally {
      threads.shutdownNow();
    }
  }
}
