package com.example.frozen;

import static org.cloudramp.sandbox.api.function.HostFunction.query;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.error.RefusedException;
import org.cloudramp.sandbox.api.extension.Extension;
import org.cloudramp.sandbox.api.extension.RoomOrder;
import org.cloudramp.sandbox.api.function.HostFunction;
import org.cloudramp.sandbox.api.function.HostFunctionProvider;
import org.cloudramp.sandbox.api.function.ValueType;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookListener;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;

/** An extension with a function and a listener, which an embedder would write. Tells what it saw. */
public final class Witness implements Extension, HookListener, Supplier<List<String>> {
  private final ConcurrentLinkedQueue<String> seen = new ConcurrentLinkedQueue<>();

  @Override
  public List<HostFunctionProvider> functions() {
    return List.of(
        new HostFunctionProvider() {
          @Override
          public String name() {
            return "witness";
          }

          @Override
          public List<HostFunction> functions() {
            return List.of(query("count").returns(ValueType.I32).answers(call -> seen.size()));
          }
        });
  }

  @Override
  public Optional<HookListener> listener() {
    return Optional.of(this);
  }

  @Override
  public void start(RoomOrder order) {
    order.run(RoomAddress.of("demo", "lobby"), () -> seen.add("in order"));
  }

  @Override
  public void onBegin(HookCall call) {
    String who = call.onBehalfOf().map(ConnectionId::value).orElse("nobody");
    seen.add("begins " + call.hook().export() + " of " + who + " in " + call.address());
  }

  @Override
  public void onEnd(HookResult result) {
    String how =
        result.outcome() instanceof HookOutcome.Failed failed
            ? "failed: " + failed.cause().getClass().getSimpleName()
            : result.accepted() ? "accepted" : "refused";
    seen.add("ends " + how + " with " + result.events().stream().map(e -> e.type()).toList());
  }

  @Override
  public void onAbort(HookCall call, Throwable cause) {
    String kind = cause instanceof RefusedException refused ? refused.kind().name() : "";
    seen.add("did not run: " + cause.getClass().getSimpleName() + kind);
  }

  @Override
  public List<String> get() {
    return List.copyOf(seen);
  }
}
