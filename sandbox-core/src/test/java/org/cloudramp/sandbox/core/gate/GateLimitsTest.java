package org.cloudramp.sandbox.core.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.cloudramp.sandbox.core.gate.GateLimits.Limit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GateLimitsTest {
  @ParameterizedTest
  @EnumSource
  void hasADefaultForEachLimit(Limit limit) {
    assertThat(GateLimits.defaults().of(limit)).isEqualTo(limit.defaultValue()).isPositive();
  }

  @Test
  void changesOneLimitAndLeavesTheOthers() {
    GateLimits changed = GateLimits.defaults().with(Limit.TYPES, 7);

    assertThat(changed).isEqualTo(new GateLimits(Map.of(Limit.TYPES, 7)));
    assertThat(changed.of(Limit.TYPES)).isEqualTo(7);
    assertThat(changed.of(Limit.EXPORTS)).isEqualTo(Limit.EXPORTS.defaultValue());
    assertThat(GateLimits.defaults().of(Limit.TYPES)).isEqualTo(4_000);
  }

  @Test
  void refusesANumberThatNoModuleCouldMeetOrNoInstanceCouldHave() {
    assertThatThrownBy(() -> GateLimits.defaults().with(Limit.TYPES, -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("TYPES");
    assertThatThrownBy(() -> GateLimits.defaults().with(Limit.MEMORY_PAGES, 65_536))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("MEMORY_PAGES");
  }
}
