package org.cloudramp.sandbox.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cloudramp.sandbox.api.function.HostFunction.effect;
import static org.cloudramp.sandbox.api.function.HostFunction.query;
import static org.cloudramp.sandbox.api.function.ValueType.I32;
import static org.cloudramp.sandbox.api.function.ValueType.STRING;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.cloudramp.sandbox.api.function.HostFunction;
import org.junit.jupiter.api.Test;

class FunctionsJsonTest {
  @Test
  void namesEachFunctionWithItsKindItsParametersAndItsResult() {
    List<HostFunction> leaderboard =
        List.of(
            effect("add")
                .takes(STRING.named("player"), I32.named("points"))
                .does((call, player, points) -> {}),
            query("of").takes(STRING).returns(I32).answers((call, player) -> 1));

    assertThat(FunctionsJson.write(new TreeMap<>(Map.of("leaderboard", leaderboard))))
        .isEqualTo(
            "{\"abi\":1,\"modules\":[{\"name\":\"leaderboard\",\"functions\":["
                + "{\"name\":\"add\",\"kind\":\"effect\",\"parameters\":[\"STRING\",\"I32\"],"
                + "\"names\":[\"player\",\"points\"],\"result\":null},"
                + "{\"name\":\"of\",\"kind\":\"query\",\"parameters\":[\"STRING\"],\"names\":[null],\"result\":\"I32\"}]}]}");
  }
}
