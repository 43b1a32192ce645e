package org.cloudramp.sandbox.host.rooms;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.cloudramp.sandbox.api.CloseFrame;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.extension.LoggedEffects;
import org.cloudramp.sandbox.api.extension.LoggedEffects.LoggedEffect;
import org.cloudramp.sandbox.api.kv.LogPosition;

/**
 * What one connection would have been sent, in order, had it been there: what others were sent is
 * not among it.
 *
 * @param messages up to where it was closed, if it was
 * @param close with what it was closed; empty if it was not
 * @param last the position behind the last entry that was looked into
 */
public record Missed(List<Message> messages, Optional<CloseFrame> close, LogPosition last) {
  /**
   * One message.
   *
   * @param position in the room's log
   */
  public record Message(Payload payload, LogPosition position) {}

  /** Copies the list. */
  public Missed {
    messages = List.copyOf(messages);
  }

  static Missed of(LoggedEffects page, ConnectionId connection) {
    List<Message> messages = new ArrayList<>();
    for (LoggedEffect effect : page.effects()) {
      List<Object> arguments = effect.arguments();
      switch (effect.function()) {
        case "room.broadcast" -> {
          if (!names(arguments.get(1), connection)) {
            messages.add(new Message((Payload) arguments.get(0), effect.position()));
          }
        }
        case "room.sendTo" -> {
          if (names(arguments.get(0), connection)) {
            messages.add(new Message((Payload) arguments.get(1), effect.position()));
          }
        }
        case "conn.send" -> {
          if (arguments.get(0).equals(connection.value())) {
            messages.add(new Message((Payload) arguments.get(1), effect.position()));
          }
        }
        case "conn.close" -> {
          if (arguments.get(0).equals(connection.value())) {
            CloseFrame close =
                CloseFrame.ofApplication((Integer) arguments.get(1), (String) arguments.get(2));
            return new Missed(messages, Optional.of(close), page.last());
          }
        }
        default -> {} // of a plugin: it says nothing to connections
      }
    }
    return new Missed(messages, Optional.empty(), page.last());
  }

  private static boolean names(Object list, ConnectionId connection) {
    return ((List<?>) list).contains(connection.value());
  }
}
