package org.cloudramp.sandbox.core.run;

import java.time.Duration;
import java.util.OptionalInt;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.hook.Hook;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.core.abi.GuestCalls;
import org.cloudramp.sandbox.core.abi.GuestInstance;
import org.cloudramp.sandbox.core.abi.GuestInstance.Status;
import org.cloudramp.sandbox.core.abi.HookConditions;
import org.cloudramp.sandbox.core.abi.HookInput;
import org.cloudramp.sandbox.core.memory.RoomCopy;
import org.cloudramp.sandbox.core.module.LoadedModule;
import org.cloudramp.sandbox.core.module.RoomMemory;
import org.cloudramp.sandbox.core.recording.HookRecording;
import org.cloudramp.sandbox.core.transaction.HookTransaction;
import org.jspecify.annotations.Nullable;

/**
 * One run of a guest: an instance on loan, {@code onStart} if the room's memory begins with this
 * hook, the hook, and the instance back. An instance that did not return from its hook is in no
 * known state and is closed.
 */
final class GuestInvocation {
  private final LoadedModule module;
  private final RoomMemory memory;
  private final @Nullable RoomCopy copy;
  private final HookConditions conditions;
  private final HookTransaction transaction;
  private final RoomsInUse roomsInUse;
  private final @Nullable HookRecording recording;
  private final Steps steps;

  /**
   * @param copy of the room's memory, where that is in the store; null otherwise
   * @param recording what is told of it; null if it is not recorded
   * @param steps told of its host calls
   */
  GuestInvocation(
      LoadedModule module,
      RoomMemory memory,
      @Nullable RoomCopy copy,
      HookConditions conditions,
      HookTransaction transaction,
      RoomsInUse roomsInUse,
      @Nullable HookRecording recording,
      Steps steps) {
    this.module = module;
    this.memory = memory;
    this.copy = copy;
    this.conditions = conditions;
    this.transaction = transaction;
    this.roomsInUse = roomsInUse;
    this.recording = recording;
    this.steps = steps;
  }

  /**
   * Runs the hook.
   *
   * @param call whose room it is
   * @param input what the hook is told
   * @throws org.cloudramp.sandbox.api.error.GuestException if the guest fails
   */
  Status run(HookCall call, HookInput input) {
    LoadedModule.Loan loan = module.take(memory, copy);
    GuestInstance instance = loan.instance();
    OptionalInt cold = module.countIfCold();
    Duration extra = cold.isPresent() ? module.extraTimeWhileCold() : Duration.ZERO;
    try {
      if (recording != null) {
        recording.begins(module.program(), instance, loan.initial(), loan.replaced());
      }
      Duration budget = transaction.startClock(extra);
      if (beginsRoom(loan)) {
        if (start(instance, call, budget) == Status.REFUSED) {
          // The room has no memory: it begins anew with its next hook.
          module.giveBackToAll(loan);
          return Status.REFUSED;
        }
        budget = transaction.remaining();
      }
      Status status = answer(instance, input, conditions, budget);
      if (copy != null && !leaves(copy, instance, status)) {
        module.discard(instance);
      } else {
        module.giveBack(memory, loan, copy);
      }
      return status;
    } catch (GuestException e) {
      module.discard(instance);
      throw e.kind() == GuestException.Kind.DEADLINE ? deadline(e, cold) : e;
    } catch (Throwable e) {
      module.discard(instance);
      throw e;
    } finally {
      if (cold.isPresent()) {
        module.tookWhileCold(extra, transaction.elapsed());
      }
      transaction.closeLog();
    }
  }

  /**
   * Names the setting. The same hook may be fast enough later: whoever looks for the cause has to
   * know.
   */
  private static GuestException deadline(GuestException e, OptionalInt cold) {
    String ofCold =
        cold.isEmpty()
            ? ""
            : "; the code was cold: this was hook %d since the module was compiled here, and the first hooks are the slowest"
                .formatted(cold.getAsInt());
    return new GuestException(e.kind(), "%s (limits.time)%s".formatted(e.getMessage(), ofCold), e);
  }

  /** Takes what the hook has left in the memory; false if the instance cannot be used again. */
  private boolean leaves(RoomCopy copied, GuestInstance instance, Status status) {
    if (status == Status.REFUSED || transaction.refusal().isPresent()) {
      return copied.refused(instance);
    }
    transaction.keep(copied.ran(instance, conditions.time()));
    return true;
  }

  private Status start(GuestInstance instance, HookCall call, Duration budget) {
    HookInput input = HookInput.started(call, roomsInUse.contain(call.address()));
    return answer(instance, input, conditions.ofStart(), budget);
  }

  private Status answer(
      GuestInstance instance, HookInput input, HookConditions told, Duration budget) {
    transaction.switchTo(input);
    GuestCalls calls = steps.follow(transaction, module.program());
    if (recording == null) {
      return instance.run(input, told, calls, budget);
    }
    Status status = instance.run(input, told, recording.run(input, told, calls), budget);
    recording.returned(status);
    return status;
  }

  /** A room that keeps memory begins with onStart, in the transaction of its first hook. */
  private boolean beginsRoom(LoadedModule.Loan loan) {
    return loan.initial()
        && module.program().keepsRoomMemory()
        && module.program().hooks().contains(Hook.ON_START);
  }
}
