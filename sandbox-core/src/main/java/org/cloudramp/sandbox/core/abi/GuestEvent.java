package org.cloudramp.sandbox.core.abi;

import java.time.Instant;
import java.util.Optional;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.hook.Hook;
import org.cloudramp.sandbox.api.hook.HookCall;

/**
 * What a hook is told: something that happened in a room, or to the room's code.
 *
 * @param hook the hook that is told
 * @param service whose code
 * @param room which room
 * @param connection on whose behalf, if on anybody's
 * @param details writes what is particular to this event
 */
public record GuestEvent(
    Hook hook, ServiceId service, RoomId room, Optional<ConnectionId> connection, Details details) {
  /** The fields after those that all events have. */
  @FunctionalInterface
  public interface Details {
    /** Writes them in the order of {@code docs/abi.md}. */
    void write(WireWriter writer);
  }

  /** Something that the host dispatched. */
  public static GuestEvent of(HookCall call) {
    return about(
        call,
        call.hook(),
        writer -> {
          writer.string(call.connection().value());
          if (call instanceof HookCall.Message message) {
            writer.data(message.payload());
          } else if (call instanceof HookCall.Leave leave) {
            writer.i32(leave.code()).string(leave.reason());
          }
        });
  }

  /** The memory of the call's room is made. */
  public static GuestEvent started(HookCall call) {
    return new GuestEvent(
        Hook.ON_START, call.service(), call.room(), Optional.empty(), writer -> {});
  }

  /**
   * The hook of a call has failed.
   *
   * @param code as {@code docs/abi.md} lists them
   * @param message what its author may read
   */
  public static GuestEvent failed(HookCall call, int code, String message) {
    return about(
        call,
        Hook.ON_ERROR,
        writer ->
            writer
                .i32(code)
                .string(message)
                .string(call.hook().export())
                .string(call.connection().value()));
  }

  private static GuestEvent about(HookCall call, Hook hook, Details details) {
    return new GuestEvent(
        hook, call.service(), call.room(), Optional.of(call.connection()), details);
  }

  /**
   * The whole event.
   *
   * @param time when it happened, as the guest is to see it
   * @param seed for the guest's random numbers
   */
  public WireWriter encode(Instant time, long seed) {
    WireWriter writer = new WireWriter();
    writer.string(service.value()).string(room.value()).i64(time.toEpochMilli()).i64(seed);
    details.write(writer);
    return writer;
  }
}
