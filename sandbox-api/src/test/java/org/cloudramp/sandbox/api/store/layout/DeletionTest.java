package org.cloudramp.sandbox.api.store.layout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.Serial;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.error.StoreException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is left when a deletion ends anywhere, or others do anything at any moment of it. */
class DeletionTest {
  private static final ServiceId CHAT = new ServiceId("chat");
  private static final byte[] ONE = {1};
  private static final byte[] TWO = {2};

  /** More than any of the calls here takes. */
  private static final int STEPS = 40;

  private final HeapEntries entries = new HeapEntries();
  private final StoredVersions store = over(entries);

  private static final class Crash extends RuntimeException {
    @Serial private static final long serialVersionUID = 1;
  }

  @ParameterizedTest
  @MethodSource("steps")
  void aCrashLeavesNothingLiveOrListedWithoutItsBytes(int last) {
    store.activate(CHAT, store.publish(CHAT, ONE).digest());
    store.activate(CHAT, store.publish(CHAT, TWO).digest());
    StoredVersions crashing =
        over(
            entries.disturbed(
                step -> {
                  if (step == last) {
                    throw new Crash();
                  }
                }));
    int before = entries.names().size();

    try {
      crashing.delete(CHAT);
    } catch (Crash expected) {
      assertThat(last).isLessThan(STEPS);
    }

    assertThatAllIsThere();
    if (entries.names().size() < before) {
      assertThat(store.current(CHAT)).as("the pointer goes first").isEmpty();
    }
    store.delete(CHAT);
    assertThat(entries.names()).isEmpty();
  }

  @Test
  void theCrashesAreSpreadOverAllOfADeletion() {
    store.activate(CHAT, store.publish(CHAT, ONE).digest());
    int[] steps = {0};

    over(entries.disturbed(step -> steps[0] = step)).delete(CHAT);

    assertThat(steps[0]).isBetween(5, STEPS - 1);
  }

  static IntStream steps() {
    return IntStream.range(0, STEPS);
  }

  private enum Work {
    PUBLISH,
    PUBLISH_AGAIN,
    ACTIVATE,
    PUBLISH_AND_ACTIVATE,
    ROLL_BACK,
    DELETE;

    /** Works, and may be told that the service is gone, or that somebody else was faster. */
    private void on(StoredVersions store) {
      try {
        switch (this) {
          case PUBLISH -> store.publish(CHAT, TWO);
          case PUBLISH_AGAIN -> store.publish(CHAT, ONE);
          case ACTIVATE -> store.activate(CHAT, Digest.of(ONE));
          case PUBLISH_AND_ACTIVATE -> store.activate(CHAT, store.publish(CHAT, TWO).digest());
          case ROLL_BACK -> store.rollback(CHAT);
          case DELETE -> store.delete(CHAT);
        }
      } catch (ModuleException e) {
        assertThat(e.kind()).as(e.getMessage()).isEqualTo(ModuleException.Kind.NOT_FOUND);
      } catch (StoreException e) {
        assertThat(e.kind()).as(e.getMessage()).isEqualTo(StoreException.Kind.CONFLICT);
      }
    }
  }

  static Stream<Arguments> pairs() {
    return Stream.of(Work.values())
        .flatMap(one -> Stream.of(Work.values()).map(other -> Arguments.of(one, other)))
        .filter(pair -> List.of(pair.get()).contains(Work.DELETE));
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void whateverHappensAtAnyMomentNothingIsLiveOrListedWithoutItsBytes(Work work, Work meanwhile) {
    for (int when = 0; when < STEPS; when++) {
      int moment = when;
      over(entries).delete(CHAT);
      store.publish(CHAT, ONE);
      store.activate(CHAT, Digest.of(ONE));
      store.activate(CHAT, store.publish(CHAT, new byte[] {3}).digest());
      StoredVersions disturbed =
          over(
              entries.disturbed(
                  step -> {
                    if (step == moment) {
                      meanwhile.on(store);
                    }
                  }));

      work.on(disturbed);

      assertThatAllIsThere();
    }
  }

  @Test
  void aPublisherWhoseBytesAreDeletedBeforeTheyAreListedWritesThemAgain() {
    boolean[] deleted = {false};
    StoredVersions disturbed =
        over(
            entries.disturbed(
                step -> {
                  if (!deleted[0] && entries.names().contains(EntryNames.binary(version(ONE)))) {
                    deleted[0] = true;
                    store.delete(CHAT);
                  }
                }));

    disturbed.publish(CHAT, ONE);

    assertThat(deleted[0]).isTrue();
    assertThat(store.versions(CHAT)).containsExactly(version(ONE));
    assertThat(store.load(version(ONE))).isEqualTo(ONE);
  }

  @Test
  void whoeverIsDisturbedAgainAndAgainIsTold() {
    StoredVersions deleter =
        over(
            entries.disturbed(
                step -> {
                  if (step % 3 == 0) {
                    store.publish(CHAT, ONE);
                  }
                }));
    StoredVersions publisher = over(entries.disturbed(step -> store.delete(CHAT)));

    for (Runnable call :
        List.<Runnable>of(() -> deleter.delete(CHAT), () -> publisher.publish(CHAT, ONE))) {
      assertThatThrownBy(call::run)
          .isInstanceOfSatisfying(
              StoreException.class,
              e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.CONFLICT))
          .hasMessageContaining("store 'heap'")
          .hasMessageContaining("chat");
    }
  }

  @Test
  void whoeverGivesUpDeletingLeavesNothingLiveOrListedWithoutItsBytes() {
    StoredVersions deleter =
        over(
            entries.disturbed(
                step -> {
                  if (!entries.names().contains(EntryNames.history(CHAT))) {
                    store.activate(CHAT, store.publish(CHAT, ONE).digest());
                  }
                }));

    assertThatThrownBy(() -> deleter.delete(CHAT)).isInstanceOf(StoreException.class);

    assertThatAllIsThere();
  }

  @Test
  void placesThatWereMadeBeforeRefuseByTheirDescription() {
    Entries old = new EntriesOfBefore();

    assertThatThrownBy(() -> over(old).delete(CHAT))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.REFUSED))
        .hasMessageContaining("old:chat/current");
    assertThatThrownBy(() -> over(old).services(Optional.empty(), 1))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(StoreException.Kind.REFUSED))
        .hasMessageContaining("old:");
  }

  private void assertThatAllIsThere() {
    assertThat(store.versions(CHAT)).allSatisfy(version -> store.load(version));
    store.current(CHAT).ifPresent(store::load);
  }

  private static StoredVersions over(Entries entries) {
    return new StoredVersions("heap", entries, Clock.systemUTC());
  }

  private static ModuleVersion version(byte[] wasm) {
    return new ModuleVersion(CHAT, Digest.of(wasm));
  }

  /** What an implementation looks like that knows nothing of listing and deleting. */
  private static final class EntriesOfBefore implements Entries {
    @Override
    public int longest() {
      return 1;
    }

    @Override
    public String describe(String name) {
      return "old:" + name;
    }

    @Override
    public Optional<byte[]> read(String name) {
      return Optional.empty();
    }

    @Override
    public boolean has(String name) {
      return false;
    }

    @Override
    public void write(ServiceId service, String name, byte[] content) {}

    @Override
    public void update(
        ServiceId service,
        String name,
        java.util.function.UnaryOperator<Optional<byte[]>> change) {}
  }
}
