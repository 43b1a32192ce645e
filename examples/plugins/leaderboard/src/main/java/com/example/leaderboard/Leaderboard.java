package com.example.leaderboard;

import static org.cloudramp.sandbox.api.function.HostFunction.*;
import static org.cloudramp.sandbox.api.function.ValueType.*;
import java.util.List;
import org.cloudramp.sandbox.api.function.*;
import org.cloudramp.sandbox.api.plugin.PluginContext;

public final class Leaderboard implements HostFunctionProvider {
  private Scores scores;
  @Override public String name() { return "leaderboard"; }
  @Override public void start(PluginContext context) { scores = new Scores(context.settings()); }
  @Override public List<HostFunction> functions() { return List.of(
      effect("add").takes(STRING.named("player"), I32.named("points"))
          .emits((call, player, n) -> scores.accept(player, n)).does((call, player, n) -> scores.add(call.service(), player, n)),
      query("of").takes(STRING.named("player")).returns(I32).answers((call, player) -> scores.of(call.service(), player)),
      query("top").takes(I32.named("count")).returns(LIST_OF_STRING).answers((call, n) -> scores.top(call.service(), n)));
  }
}
