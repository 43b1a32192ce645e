package org.cloudramp.sandbox.api.extension;

import java.util.List;
import org.cloudramp.sandbox.api.Experimental;
import org.cloudramp.sandbox.api.kv.LogPosition;

/**
 * What happened everywhere in a room, in order.
 *
 * @param effects each with its position; entries of other kinds are left out
 * @param last the position behind the last entry that was looked into
 */
@Experimental
public record LoggedEffects(List<LoggedEffect> effects, LogPosition last) {
  /** Copies the list. */
  public LoggedEffects {
    effects = List.copyOf(effects);
  }

  /**
   * One effect.
   *
   * @param position of its entry
   * @param function both parts of its name, such as {@code room.broadcast}
   * @param arguments one for each of its parameters, of its type
   */
  public record LoggedEffect(LogPosition position, String function, List<Object> arguments) {
    /** Copies the list. */
    public LoggedEffect {
      arguments = List.copyOf(arguments);
    }
  }
}
