package org.cloudramp.sandbox.core.function;

import java.util.List;
import org.cloudramp.sandbox.api.function.EffectFunction;
import org.cloudramp.sandbox.api.function.HostCall;
import org.cloudramp.sandbox.api.function.ValueType;
import org.cloudramp.sandbox.api.hook.Emission;

/** An effect that a hook has asked for and that has not happened yet. */
public final class PendingEffect {
  private final ProvidedFunction function;
  private final EffectFunction effect;
  private final Object[] arguments;
  private final Emission emission;
  private final int size;

  PendingEffect(
      ProvidedFunction function,
      EffectFunction effect,
      Object[] arguments,
      Emission emission,
      int size) {
    this.function = function;
    this.effect = effect;
    this.arguments = arguments;
    this.emission = emission;
    this.size = size;
  }

  /** Both parts of the function's name, such as {@code room.broadcast}. */
  public String type() {
    return function.qualifiedName();
  }

  /** Whether it happens on every server that has connections in the room. */
  public boolean happensEverywhere() {
    return effect.happensEverywhere();
  }

  /** The types of its arguments. */
  public List<ValueType<?>> types() {
    return effect.parameters();
  }

  /** Its arguments. Whoever gets them changes nothing. */
  public Object[] arguments() {
    return arguments;
  }

  /** What the hook's events will say of it. */
  public Emission emission() {
    return emission;
  }

  /** The size of the request, in bytes. */
  public int size() {
    return size;
  }

  /**
   * Performs it.
   *
   * @param call says how long a plugin's code is waited for
   */
  public void perform(HostCall call) throws Exception {
    function.perform(effect, call, arguments);
  }
}
