package org.cloudramp.sandbox.core.abi;

import java.util.Optional;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.hook.Hook;
import org.cloudramp.sandbox.api.hook.HookCall;

/**
 * What a hook is told: something that happened in a room, or to the room's code.
 *
 * @param hook the hook that is told
 * @param address which room of which service
 * @param connection on whose behalf, if on anybody's
 * @param details writes what is particular to this hook
 */
public record HookInput(
    Hook hook, RoomAddress address, Optional<ConnectionId> connection, Details details) {
  /** The fields after those that all hooks get. */
  @FunctionalInterface
  public interface Details {
    /** Writes them in the order of {@code docs/abi.md}. */
    void write(WireWriter writer);
  }

  /** The fields of each kind of call. The compiler asks for those of a kind that is added. */
  private static final HookCall.Visitor<Details> DETAILS =
      new HookCall.Visitor<>() {
        @Override
        public Details join(HookCall.Join join) {
          return writer -> writer.string(join.connection().value());
        }

        @Override
        public Details message(HookCall.Message message) {
          return writer -> writer.string(message.connection().value()).data(message.payload());
        }

        @Override
        public Details leave(HookCall.Leave leave) {
          return writer ->
              writer.string(leave.connection().value()).i32(leave.code()).string(leave.reason());
        }
      };

  /** Something that the host handed in. */
  public static HookInput of(HookCall call) {
    return new HookInput(call.hook(), call.address(), call.onBehalfOf(), call.accept(DETAILS));
  }

  /**
   * The memory of the call's room is made.
   *
   * @param woke whether the room is not new, but has lost the memory it had
   */
  public static HookInput started(HookCall call, boolean woke) {
    return new HookInput(
        Hook.ON_START, call.address(), Optional.empty(), writer -> writer.u8(woke ? 1 : 0));
  }

  /**
   * The hook of a call has failed.
   *
   * @param message what its author may read
   */
  public static HookInput failed(HookCall call, FailureCode code, String message) {
    return new HookInput(
        Hook.ON_ERROR,
        call.address(),
        call.onBehalfOf(),
        writer ->
            writer
                .i32(code.number())
                .string(message)
                .string(call.hook().export())
                .string(call.onBehalfOf().map(ConnectionId::value).orElse("")));
  }

  /** Writes all of it, with what is told to every hook first. */
  public void encode(HookConditions conditions, WireWriter writer) {
    writer
        .string(address.service().value())
        .string(address.room().value())
        .i64(conditions.time().toEpochMilli())
        .i64(conditions.seed());
    details.write(writer);
  }
}
