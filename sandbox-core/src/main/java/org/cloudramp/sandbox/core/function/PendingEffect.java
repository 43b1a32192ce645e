package org.cloudramp.sandbox.core.function;

import java.util.List;
import org.cloudramp.sandbox.api.function.EffectFunction;
import org.cloudramp.sandbox.api.function.HostCall;
import org.cloudramp.sandbox.api.hook.Emission;

/**
 * An effect that a hook has asked for and that has not happened yet.
 *
 * @param type both parts of the function's name, such as {@code room.broadcast}
 * @param function what is to happen
 * @param arguments with what
 * @param emission what the hook's events will say of it
 * @param size of the request, in bytes
 */
public record PendingEffect(
    String type, EffectFunction function, List<Object> arguments, Emission emission, int size) {
  /** Copies the list. */
  public PendingEffect {
    arguments = List.copyOf(arguments);
  }

  /** Lets it happen. */
  public void happen(HostCall call) throws Exception {
    function.happen(call, arguments.toArray());
  }
}
