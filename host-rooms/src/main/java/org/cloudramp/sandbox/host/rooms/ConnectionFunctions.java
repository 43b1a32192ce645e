package org.cloudramp.sandbox.host.rooms;

import static org.cloudramp.sandbox.api.function.HostFunction.effect;
import static org.cloudramp.sandbox.api.function.ValueType.DATA;
import static org.cloudramp.sandbox.api.function.ValueType.I32;
import static org.cloudramp.sandbox.api.function.ValueType.STRING;

import java.util.List;
import org.cloudramp.sandbox.api.CloseFrame;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.error.HostFunctionException;
import org.cloudramp.sandbox.api.function.HostCall;
import org.cloudramp.sandbox.api.function.HostFunction;
import org.cloudramp.sandbox.api.function.HostFunctionProvider;
import org.cloudramp.sandbox.api.hook.Emission;

/**
 * The module {@code conn}: what a guest does to one connection of the room it runs for.
 *
 * <p>A connection that is not in the room is gone, whether it has left, sits in another room or
 * never was: the guest must not learn which. The event of a {@code close} carries the code and the
 * reason as text, such as {@code 4000 game over}.
 */
final class ConnectionFunctions implements HostFunctionProvider {
  private final Rooms rooms;

  ConnectionFunctions(Rooms rooms) {
    this.rooms = rooms;
  }

  @Override
  public String name() {
    return "conn";
  }

  @Override
  public List<HostFunction> functions() {
    return List.of(
        effect("send")
            .takes(STRING, DATA)
            .emits((call, to, payload) -> Emission.toConnection(payload, member(call, to)))
            .doesEverywhere(rooms::send),
        effect("close")
            .takes(STRING, I32, STRING)
            .emits(this::closing)
            .doesEverywhere(rooms::close));
  }

  private Emission closing(HostCall call, String to, int code, String reason) {
    try {
      CloseFrame unused = CloseFrame.ofApplication(code, reason);
    } catch (IllegalArgumentException e) {
      throw new HostFunctionException(
          HostFunctionException.BAD_REQUEST, String.valueOf(e.getMessage()), e);
    }
    return Emission.toConnection(Payload.text(code + " " + reason), member(call, to));
  }

  private ConnectionId member(HostCall call, String id) {
    return rooms
        .memberOf(call, id)
        .orElseThrow(
            () ->
                new HostFunctionException(
                    HostFunctionException.GONE, "the connection is not in this room"));
  }
}
