package org.cloudramp.sandbox.host.rooms;

import static org.cloudramp.sandbox.api.function.HostFunction.effect;
import static org.cloudramp.sandbox.api.function.HostFunction.query;
import static org.cloudramp.sandbox.api.function.ValueType.DATA;
import static org.cloudramp.sandbox.api.function.ValueType.I32;
import static org.cloudramp.sandbox.api.function.ValueType.STRING;

import java.util.List;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.CloseFrame;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.error.HostFunctionException;
import org.cloudramp.sandbox.api.function.HostCall;
import org.cloudramp.sandbox.api.function.HostFunction;
import org.cloudramp.sandbox.api.function.HostFunctionProvider;
import org.cloudramp.sandbox.api.function.RoomMembers;
import org.cloudramp.sandbox.api.hook.Emission;

/**
 * The module {@code conn}: what a guest does to one connection of the room it runs for.
 *
 * <p>A connection that is not in the room is gone, whether it has left, sits in another room or
 * never was: the guest must not learn which. The event of a {@code close} carries the code and the
 * reason as text, such as {@code 4000 game over}; that of a {@code setState} the connection and the
 * state, such as {@code ann-1 muted}.
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
            .doesEverywhere(rooms::close),
        query("state").takes(STRING).returns(STRING).answers(this::state),
        effect("setState")
            .takes(STRING, STRING)
            .emits(this::remembering)
            .does((call, of, state) -> rooms.keepState(call, of, state)));
  }

  private String state(HostCall call, String of) {
    return rooms.stateOf(call, of).orElseThrow(ConnectionFunctions::gone);
  }

  /** The hook sees it at once; all others do when it has been committed. */
  private Emission remembering(HostCall call, String of, String state) {
    int bytes = Bytes.utf8(state).size();
    if (bytes > RoomMembers.MAX_STATE_BYTES) {
      throw new HostFunctionException(
          HostFunctionException.LIMIT,
          "the state of a connection has at most %d bytes, and this has %d"
              .formatted(RoomMembers.MAX_STATE_BYTES, bytes));
    }
    rooms.noteState(call, member(call, of), state);
    return Emission.of(Payload.text(of + " " + state));
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
    return rooms.memberOf(call, id).orElseThrow(ConnectionFunctions::gone);
  }

  private static HostFunctionException gone() {
    return new HostFunctionException(
        HostFunctionException.GONE, "the connection is not in this room");
  }
}
