package org.cloudramp.sandbox.server.rooms;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.cloudramp.sandbox.api.ServiceId;
import org.junit.jupiter.api.Test;

/** Who is let in when more want to than can be at a time. */
class EntrancesTest {
  private static final ServiceId CROWDED = new ServiceId("crowded");
  private static final ServiceId QUIET = new ServiceId("quiet");

  private final Entrances entrances =
      new Entrances(service -> service.equals(CROWDED) || service.equals(QUIET));
  private final List<String> begun = new ArrayList<>();
  private final ArrayDeque<Runnable> entering = new ArrayDeque<>();

  private void enter(Optional<ServiceId> service, String name) {
    enter(service, name, Runnable::run);
  }

  private void enter(Optional<ServiceId> service, String name, Executor executor) {
    entrances.enter(
        service,
        whenIn -> {
          begun.add(name);
          entering.add(whenIn);
        },
        executor);
  }

  private void fill() {
    for (int i = 0; i < Entrances.AT_ONCE; i++) {
      enter(Optional.of(CROWDED), "first");
    }
    begun.clear();
  }

  private void oneIsIn() {
    entering.remove().run();
  }

  @Test
  void asManyAsCanBeEnterAtOnceAndOthersWhenOneOfThemIsIn() {
    fill();
    enter(Optional.of(CROWDED), "next");
    assertThat(begun).isEmpty();
    assertThat(entrances.waiting()).isEqualTo(1);

    oneIsIn();

    assertThat(begun).containsExactly("next");
    assertThat(entrances.waiting()).isZero();
  }

  @Test
  void whoeverWantsToAnotherServiceIsNextAfterOneOfTheCrowd() {
    fill();
    for (int i = 0; i < 100; i++) {
      enter(Optional.of(CROWDED), "crowd");
    }
    enter(Optional.of(QUIET), "newcomer");

    oneIsIn();
    oneIsIn();
    oneIsIn();

    assertThat(begun).containsExactly("crowd", "newcomer", "crowd");
  }

  @Test
  void servicesThatMayBeMadeUpHaveOneTurnTogether() {
    fill();
    for (int i = 0; i < 100; i++) {
      enter(Optional.of(new ServiceId("made-up-" + i)), "stranger");
    }
    enter(Optional.empty(), "stranger");
    enter(Optional.of(QUIET), "newcomer");

    oneIsIn();
    oneIsIn();

    assertThat(begun).containsExactly("stranger", "newcomer");
  }

  @Test
  void whoeverIsInTwiceMakesRoomOnce() {
    fill();
    enter(Optional.of(CROWDED), "one");
    enter(Optional.of(CROWDED), "two");
    Runnable whenIn = entering.remove();

    whenIn.run();
    whenIn.run();

    assertThat(begun).containsExactly("one");
  }

  @Test
  void whoeverCannotBeBegunAnyMoreDoesNotKeepOthersOut() {
    fill();
    enter(
        Optional.of(CROWDED),
        "never",
        task -> {
          throw new RejectedExecutionException();
        });
    enter(Optional.of(CROWDED), "next");

    oneIsIn();

    assertThat(begun).containsExactly("next");
    for (int i = 0; i < Entrances.AT_ONCE; i++) {
      oneIsIn();
    }
    enter(Optional.of(QUIET), "later");
    assertThat(begun).containsExactly("next", "later");
  }
}
