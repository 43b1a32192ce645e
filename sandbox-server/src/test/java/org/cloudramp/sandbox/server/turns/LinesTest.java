package org.cloudramp.sandbox.server.turns;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LinesTest {
  private final Lines<String, String> lines = new Lines<>();

  private List<String> rest() {
    List<String> rest = new ArrayList<>();
    for (String next = lines.poll(); next != null; next = lines.poll()) {
      rest.add(next);
    }
    return rest;
  }

  @Test
  void whoWaitsAloneDoesNotWaitBehindAllOfAnother() {
    lines.add("many", "m1");
    lines.add("many", "m2");
    lines.add("many", "m3");
    lines.add("one", "o1");

    assertThat(rest()).containsExactly("m1", "o1", "m2", "m3");
  }

  @Test
  void aLineKeepsItsOrderAndLosesItsTurnWhenItHasHadIt() {
    lines.add("a", "a1");
    lines.add("a", "a2");
    lines.add("b", "b1");
    lines.add("b", "b2");
    assertThat(lines.poll()).isEqualTo("a1");
    lines.add("c", "c1");

    assertThat(rest()).containsExactly("b1", "a2", "c1", "b2");
  }

  @Test
  void whoComesBackWaitsBehindTheOthers() {
    lines.add("a", "a1");
    lines.add("b", "b1");
    assertThat(lines.poll()).isEqualTo("a1");
    lines.add("a", "a2");

    assertThat(rest()).containsExactly("b1", "a2");
  }

  @Test
  void howManyWaitIsKnownForEachAndForAll() {
    assertThat(lines.isEmpty()).isTrue();
    lines.add("a", "a1");
    lines.add("a", "a2");
    lines.add("b", "b1");

    assertThat(lines.size()).isEqualTo(3);
    assertThat(lines.sizeOf("a")).isEqualTo(2);
    assertThat(lines.sizeOf("c")).isZero();
    rest();
    assertThat(lines.size()).isZero();
    assertThat(lines.sizeOf("a")).isZero();
    assertThat(lines.poll()).isNull();
  }
}
