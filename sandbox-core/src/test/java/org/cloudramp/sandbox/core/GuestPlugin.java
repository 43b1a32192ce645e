package org.cloudramp.sandbox.core;

import static org.cloudramp.sandbox.api.function.HostFunction.effect;
import static org.cloudramp.sandbox.api.function.HostFunction.query;
import static org.cloudramp.sandbox.api.function.ValueType.I32;
import static org.cloudramp.sandbox.api.function.ValueType.STRING;

import java.util.List;
import java.util.function.ToIntFunction;
import org.cloudramp.sandbox.api.function.HostCall;
import org.cloudramp.sandbox.api.function.HostFunction;
import org.cloudramp.sandbox.api.function.HostFunctionProvider;

/** The functions that the guest {@code plugin} imports. */
final class GuestPlugin implements HostFunctionProvider {
  private final ToIntFunction<HostCall> ask;
  private final Runnable tell;

  /**
   * @param ask what {@code plugin.ask} answers
   * @param tell what {@code plugin.tell} does
   */
  GuestPlugin(ToIntFunction<HostCall> ask, Runnable tell) {
    this.ask = ask;
    this.tell = tell;
  }

  @Override
  public String name() {
    return "plugin";
  }

  @Override
  public List<HostFunction> functions() {
    return List.of(
        query("ask").takes(STRING).returns(I32).answers((call, text) -> ask.applyAsInt(call)),
        effect("tell").takes(STRING).does((call, text) -> tell.run()));
  }
}
