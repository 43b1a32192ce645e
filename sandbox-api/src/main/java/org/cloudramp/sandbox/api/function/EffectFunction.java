package org.cloudramp.sandbox.api.function;

import java.util.List;
import java.util.Optional;
import org.cloudramp.sandbox.api.Experimental;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.hook.Emission;
import org.jspecify.annotations.Nullable;

/** A function that takes effect only if the hook succeeds, after its writes are committed. */
public final class EffectFunction extends HostFunction {
  /** The code of an effect, with its arguments not yet told apart. */
  @FunctionalInterface
  interface Action {
    void run(HostCall call, Object[] arguments) throws Exception;
  }

  /** The code of an effect that happens on every server, with its arguments not yet told apart. */
  @FunctionalInterface
  interface Everywhere {
    void run(RoomAddress room, Object[] arguments) throws Exception;
  }

  private final @Nullable Body<Emission> emission;
  private final Action action;
  private final @Nullable Everywhere everywhere;

  EffectFunction(
      String name,
      List<ValueType<?>> parameters,
      @Nullable Body<Emission> emission,
      Action action) {
    super(name, parameters);
    this.emission = emission;
    this.action = action;
    this.everywhere = null;
  }

  /** An effect that happens on every server. */
  EffectFunction(
      String name,
      @Nullable Body<Emission> emission,
      Everywhere everywhere,
      List<ValueType<?>> parameters) {
    super(name, parameters);
    this.emission = emission;
    this.action = (call, arguments) -> everywhere.run(call.address(), arguments);
    this.everywhere = everywhere;
  }

  /** Whether it happens on every server that has connections in the room. */
  @Experimental
  public boolean happensEverywhere() {
    return everywhere != null;
  }

  /**
   * Lets it happen on this server, because the room's log says so.
   *
   * @param arguments one for each parameter, of its type
   * @throws IllegalStateException if it does not happen everywhere
   */
  @Experimental
  public void happenIn(RoomAddress room, Object... arguments) throws Exception {
    if (everywhere == null) {
      throw new IllegalStateException("the effect " + this + " happens where the hook ran");
    }
    everywhere.run(room, arguments);
  }

  /** Whether it says something of itself; {@link #emission} is empty otherwise. */
  public boolean emits() {
    return emission != null;
  }

  /**
   * What it is going to emit. Asked while the guest waits for the call, which it may refuse by
   * throwing.
   *
   * @param arguments one for each parameter, of its type
   * @return empty if the effect says nothing of itself
   */
  public Optional<Emission> emission(HostCall call, Object... arguments) throws Exception {
    return emission == null ? Optional.empty() : Optional.of(emission.run(call, arguments));
  }

  /**
   * Lets it happen, after the hook has succeeded.
   *
   * @param arguments as they were given to {@link #emission}
   */
  public void happen(HostCall call, Object... arguments) throws Exception {
    action.run(call, arguments);
  }
}
