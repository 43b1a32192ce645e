package org.cloudramp.sandbox.core.abi;

import java.util.List;
import java.util.Optional;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.hook.Hook;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.kv.RoomTimer;

/**
 * What a hook is told: something that happened in a room, or to the room's code.
 *
 * @param hook the hook that is told
 * @param call what it is about
 * @param details writes what is particular to this hook
 */
public record HookInput(Hook hook, HookCall call, Details details) {
  /** The fields after those that all hooks get. */
  @FunctionalInterface
  public interface Details {
    /** Writes them in the order of {@code docs/abi.md}. */
    void write(HookCall call, WireWriter writer);
  }

  /** The fields of each kind of call. The compiler asks for those of a kind that is added. */
  private record CallFields(WireWriter writer) implements HookCall.Visitor<WireWriter> {
    @Override
    public WireWriter join(HookCall.Join join) {
      return identity(writer.string(join.connection().value()), join);
    }

    @Override
    public WireWriter message(HookCall.Message message) {
      return identity(writer.string(message.connection().value()).data(message.payload()), message);
    }

    @Override
    public WireWriter leave(HookCall.Leave leave) {
      return identity(
          writer.string(leave.connection().value()).i32(leave.code()).string(leave.reason()),
          leave);
    }

    @Override
    public WireWriter timer(HookCall.Timer timer) {
      RoomTimer set = timer.timer();
      return writer.string(set.name()).i64(set.due().toEpochMilli()).i32(set.attempt());
    }

    @Override
    public WireWriter request(HookCall.Request request) {
      List<List<String>> headers =
          request.headers().stream().map(header -> List.of(header.name(), header.value())).toList();
      return identity(
          writer
              .string(request.method())
              .string(request.path())
              .stringLists(headers)
              .bytes(request.body()),
          request);
    }

    /** The last fields of all that somebody does. */
    private static WireWriter identity(WireWriter writer, HookCall call) {
      return writer.string(call.identity().user()).string(call.identity().info());
    }
  }

  private static final Details OF_THE_CALL = (call, writer) -> call.accept(new CallFields(writer));

  /** Something that the host handed in. */
  public static HookInput of(HookCall call) {
    return new HookInput(call.hook(), call, OF_THE_CALL);
  }

  /** Which room of which service. */
  public RoomAddress address() {
    return call.address();
  }

  /** On whose behalf, if on anybody's: a room's memory is made for all. */
  public Optional<ConnectionId> connection() {
    return hook == Hook.ON_START ? Optional.empty() : call.onBehalfOf();
  }

  /**
   * The memory of the call's room is made.
   *
   * @param woke whether the room is not new, but has lost the memory it had
   */
  public static HookInput started(HookCall call, boolean woke) {
    return new HookInput(Hook.ON_START, call, (same, writer) -> writer.u8(woke ? 1 : 0));
  }

  /**
   * The hook of a call has failed.
   *
   * @param message what its author may read
   */
  public static HookInput failed(HookCall call, FailureCode code, String message) {
    return new HookInput(
        Hook.ON_ERROR,
        call,
        (failed, writer) ->
            writer
                .i32(code.number())
                .string(message)
                .string(failed.hook().export())
                .string(failed.onBehalfOf().map(ConnectionId::value).orElse("")));
  }

  /** Writes all of it, with what is told to every hook first. */
  public void encode(HookConditions conditions, WireWriter writer) {
    writer
        .string(call.service().value())
        .string(call.room().value())
        .i64(conditions.time())
        .i64(conditions.seed());
    details.write(call, writer);
  }
}
