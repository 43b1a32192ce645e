package org.cloudramp.sandbox.server.rooms;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SilenceWatchTest {
  private final List<String> order = new ArrayList<>();

  private Set<Watched> sockets(int number, boolean act) {
    Set<Watched> all = new LinkedHashSet<>();
    for (int i = 0; i < number; i++) {
      all.add(
          new Watched() { // each is another
            @Override
            public boolean look(long now) {
              order.add("look");
              return act;
            }
          });
    }
    return all;
  }

  @Test
  void loopsRestWhileManyAreLetGo() {
    SilenceWatch.look(sockets(3 * SilenceWatch.AT_ONCE + 1, true), () -> order.add("rest"));

    List<String> some = new ArrayList<>();
    for (int i = 0; i < SilenceWatch.AT_ONCE; i++) {
      some.add("look");
    }
    some.add("rest");
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      expected.addAll(some);
    }
    expected.add("look");
    assertThat(order).isEqualTo(expected);
  }

  @Test
  void nobodyRestsForThoseWhoAreOnlyLookedAt() {
    SilenceWatch.look(sockets(100, false), () -> order.add("rest"));

    assertThat(order).hasSize(100).doesNotContain("rest");
  }

  @Test
  void oneThatFailsKeepsNobodyElseFromBeingLookedAt() {
    Set<Watched> all = new LinkedHashSet<>();
    all.add(
        now -> {
          throw new IllegalStateException("for a test");
        });
    all.addAll(sockets(1, true));

    SilenceWatch.look(all, () -> order.add("rest"));

    assertThat(order).containsExactly("look");
  }
}
