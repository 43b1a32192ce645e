package org.cloudramp.sandbox.core.abi;

import java.util.Optional;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.hook.Hook;
import org.cloudramp.sandbox.api.hook.HookCall;

/** What a hook is told: something that happened in a room, or to the room's code. */
public sealed interface GuestEvent {
  /** The hook that is told. */
  Hook hook();

  /** Whose code. */
  ServiceId service();

  /** Which room. */
  RoomId room();

  /** On whose behalf, if on anybody's. */
  Optional<ConnectionId> connection();

  /** Writes what is particular to this event, after the fields that all events have. */
  void write(WireWriter writer);

  /** Something that the host dispatched. */
  record Called(HookCall call) implements GuestEvent {
    @Override
    public Hook hook() {
      return call.hook();
    }

    @Override
    public ServiceId service() {
      return call.service();
    }

    @Override
    public RoomId room() {
      return call.room();
    }

    @Override
    public Optional<ConnectionId> connection() {
      return Optional.of(call.connection());
    }

    @Override
    public void write(WireWriter writer) {
      writer.string(call.connection().value());
      if (call instanceof HookCall.Message message) {
        writer.data(message.payload());
      } else if (call instanceof HookCall.Leave leave) {
        writer.i32(leave.code()).string(leave.reason());
      }
    }
  }

  /** The room's memory is made. */
  record Started(ServiceId service, RoomId room) implements GuestEvent {
    @Override
    public Hook hook() {
      return Hook.ON_START;
    }

    @Override
    public Optional<ConnectionId> connection() {
      return Optional.empty();
    }

    @Override
    public void write(WireWriter writer) {}
  }

  /**
   * A hook has failed.
   *
   * @param call what it was to answer
   * @param code as {@code docs/abi.md} lists them
   * @param message what its author may read
   */
  record Failed(HookCall call, int code, String message) implements GuestEvent {
    @Override
    public Hook hook() {
      return Hook.ON_ERROR;
    }

    @Override
    public ServiceId service() {
      return call.service();
    }

    @Override
    public RoomId room() {
      return call.room();
    }

    @Override
    public Optional<ConnectionId> connection() {
      return Optional.of(call.connection());
    }

    @Override
    public void write(WireWriter writer) {
      writer
          .i32(code)
          .string(message)
          .string(call.hook().export())
          .string(call.connection().value());
    }
  }
}
