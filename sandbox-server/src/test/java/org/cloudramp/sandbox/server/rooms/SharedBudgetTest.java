package org.cloudramp.sandbox.server.rooms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.cloudramp.sandbox.api.ServiceId;
import org.junit.jupiter.api.Test;

class SharedBudgetTest {
  private static final ServiceId GREEDY = new ServiceId("greedy");
  private static final ServiceId MODEST = new ServiceId("modest");

  private final SharedBudget<ServiceId> budget = new SharedBudget<>(1_000);

  @Test
  void oneServiceGetsHalfAndLeavesAHalfFree() {
    assertThat(takeAll(GREEDY)).isEqualTo(500);
    assertThat(budget.tryTake(MODEST, 250)).isTrue();
  }

  @Test
  void ofPlacesThatAllTakeOneOfEachGetsOneUntilThereAreNone() {
    SharedBudget<ServiceId> places = new SharedBudget<>(8);
    for (int i = 0; i < 8; i++) {
      assertThat(places.tryTake(new ServiceId("service-" + i), 1)).isTrue();
    }

    assertThat(places.tryTake(new ServiceId("one-more"), 1)).isFalse();
    assertThat(places.used()).isEqualTo(places.max());

    places.giveBack(new ServiceId("service-0"), 1);
    assertThat(places.tryTake(new ServiceId("one-more"), 1)).isTrue();
  }

  @Test
  void ofPlacesAServiceAloneGetsHalfAndWhoeverComesFindsOne() {
    SharedBudget<ServiceId> places = new SharedBudget<>(8);
    for (int i = 0; i < 4; i++) {
      assertThat(places.tryTake(GREEDY, 1)).isTrue();
    }
    assertThat(places.tryTake(GREEDY, 1)).isFalse();
    assertThat(places.tryTake(MODEST, 1)).isTrue();

    places.giveBack(MODEST, 1);
    places.giveBack(GREEDY, 1);
    assertThat(places.tryTake(GREEDY, 1)).isTrue();
    assertThat(places.tryTake(GREEDY, 1)).isFalse();
  }

  @Test
  void whoeverHoldsMoreThanIsFreeGetsNothingUntilOthersGiveBack() {
    takeAll(GREEDY);
    takeAll(MODEST);

    assertThat(budget.tryTake(GREEDY, 1)).isFalse();

    budget.giveBack(GREEDY, 400);
    assertThat(takeAll(MODEST)).as("what it holds more").isPositive();
    assertThat(budget.used()).isLessThanOrEqualTo(1_000);
  }

  @Test
  void whenNobodyHoldsAnythingAnySizeIsGiven() {
    assertThat(budget.tryTake(GREEDY, 5_000)).isTrue();
    assertThat(budget.tryTake(MODEST, 1)).isFalse();
    budget.giveBack(GREEDY, 5_000);
    assertThat(budget.tryTake(MODEST, 1)).isTrue();
  }

  @Test
  void whatWasNotAskedForMayBeTooMuchAndSaysWhoHasMost() {
    budget.take(MODEST, 400);
    assertThat(budget.isOver()).isFalse();
    budget.take(GREEDY, 601);

    assertThat(budget.isOver()).isTrue();
    assertThat(budget.most()).contains(GREEDY);
  }

  @Test
  void nobodyGivesBackMoreThanItHas() {
    budget.take(GREEDY, 10);

    assertThatThrownBy(() -> budget.giveBack(GREEDY, 11)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> budget.giveBack(MODEST, 1)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void itCountsAsASimpleModelDoesAndIsNeverOverdrawn() {
    Random random = new Random(5);
    List<ServiceId> services =
        IntStream.range(0, 7).mapToObj(i -> new ServiceId("service-" + i)).toList();
    Map<ServiceId, Long> model = new HashMap<>();
    for (int i = 0; i < 20_000; i++) {
      ServiceId service = services.get(random.nextInt(services.size()));
      long held = model.getOrDefault(service, 0L);
      long bytes = 1L + random.nextInt(100);
      if (random.nextBoolean()) {
        long free = 1_000 - model.values().stream().mapToLong(Long::longValue).sum();
        boolean expected = held + bytes <= free;
        assertThat(budget.tryTake(service, bytes)).isEqualTo(expected);
        if (expected) {
          model.put(service, held + bytes);
        }
      } else if (held >= bytes) {
        budget.giveBack(service, bytes);
        model.put(service, held - bytes);
      }
      assertThat(budget.heldBy(service)).isEqualTo(model.getOrDefault(service, 0L));
      assertThat(budget.used())
          .isEqualTo(model.values().stream().mapToLong(Long::longValue).sum())
          .isLessThanOrEqualTo(1_000);
    }
  }

  private long takeAll(ServiceId service) {
    long before = budget.heldBy(service);
    while (budget.tryTake(service, 1)) {
      // more
    }
    return budget.heldBy(service) - before;
  }
}
