package org.cloudramp.sandbox.core.recording;

import java.time.Duration;
import java.util.Optional;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.engine.Memory;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.HostFunctionException;
import org.cloudramp.sandbox.core.abi.GuestCalls;
import org.cloudramp.sandbox.core.abi.GuestInstance;
import org.cloudramp.sandbox.core.abi.GuestInstance.Status;
import org.cloudramp.sandbox.core.abi.GuestProgram;
import org.cloudramp.sandbox.core.abi.GuestState;
import org.cloudramp.sandbox.core.abi.HookConditions;
import org.cloudramp.sandbox.core.abi.HookInput;
import org.cloudramp.sandbox.core.abi.WireReader;
import org.cloudramp.sandbox.core.abi.WireWriter;
import org.cloudramp.sandbox.core.recording.RecordedHook.Outcome;
import org.cloudramp.sandbox.core.recording.RecordedRun.End;
import org.jspecify.annotations.Nullable;

/**
 * One attempt to run a hook, while it is recorded. What it collects is entered in the ledger; end
 * or drop it, however the attempt ends. One thread at a time, not always the same.
 *
 * <p>Nothing here changes what the hook does: what does not fit is not recorded, and the room's
 * recording says so.
 */
public final class HookRecording {
  /** To read the globals of an instance, which takes microseconds. */
  private static final Duration TIME_FOR_STATE = Duration.ofSeconds(1);

  private static final int MAX_TEXT = 1_000;

  private final Recordings recordings;
  private final RoomAddress address;
  private final ModuleVersion version;
  private final boolean mayTakeImage;
  private final EntryBuffer entry;

  private @Nullable RecordedModule module;
  private @Nullable RecordedImage image;
  private boolean fresh;
  private int runsPlace;
  private int runs;
  private int callsPlace;
  private int calls;
  private String failure = "";
  private boolean running;
  private boolean over;

  HookRecording(
      Recordings recordings,
      RoomAddress address,
      ModuleVersion version,
      boolean mayTakeImage,
      int limit) {
    this.recordings = recordings;
    this.address = address;
    this.version = version;
    this.mayTakeImage = mayTakeImage;
    this.entry = new EntryBuffer(limit, more -> recordings.take(address.service(), more));
  }

  /**
   * The attempt has an instance.
   *
   * @param initial whether that is as it is after its initialisation
   * @param replaced whether it has other memory than the hook before it has left: what came between
   *     is not recorded here
   */
  public void begins(
      GuestProgram program, GuestInstance instance, boolean initial, boolean replaced) {
    fresh = initial;
    if (replaced) {
      recordings.append(address, null, 0);
    }
    module = recordings.module(address, version, program);
    if (!initial && mayTakeImage && recordings.needsImage(address)) {
      image = imageOf(instance);
    }
    entry.u8(initial ? 1 : 0);
    runsPlace = entry.place();
  }

  /**
   * While it is made, the memory is there twice. That is in the ledger as well, but in no bound of
   * recordings: no hook goes for what is gone in a moment.
   */
  private @Nullable RecordedImage imageOf(GuestInstance instance) {
    int maxBytes = RecordedImage.MAX_PAGES * Memory.PAGE_BYTES;
    long meanwhile = 2 * instance.memoryBytes();
    if (instance.memoryBytes() > maxBytes
        || !recordings.enterForAMoment(address.service(), meanwhile)) {
      return null;
    }
    try {
      Optional<GuestState> state = instance.state(maxBytes, TIME_FOR_STATE);
      if (state.isEmpty()) {
        return null;
      }
      RecordedImage made = RecordedImage.of(state.get());
      return made.bytes() <= recordings.maxImageBytes()
              && recordings.take(address.service(), made.bytes())
          ? made
          : null;
    } finally {
      recordings.leaveAfterAMoment(address.service(), meanwhile);
    }
  }

  /**
   * An export is going to be called.
   *
   * @param answers those that the guest gets
   * @return answers as they do, and keeps what they say
   */
  public GuestCalls run(HookInput input, HookConditions told, GuestCalls answers) {
    runs++;
    calls = 0;
    running = true;
    WireWriter event = new WireWriter();
    input.encode(told, event);
    entry.string(input.hook().export()).bytes(event.toArray());
    callsPlace = entry.place();
    return new Recorded(answers);
  }

  /** The export has returned. */
  public void returned(Status status) {
    endRun(status == Status.OK ? End.RETURNED : End.REFUSED, "");
  }

  /** The export, if one was called, has not returned. */
  public void failed(Throwable thrown) {
    failure = String.valueOf(thrown.getMessage());
    if (running) {
      endRun(endOf(thrown), String.valueOf(thrown.getMessage()));
    }
  }

  private static End endOf(Throwable thrown) {
    return thrown instanceof GuestException guest ? End.of(guest.kind()) : End.HOST;
  }

  private void endRun(End end, String message) {
    running = false;
    entry.set(callsPlace, calls);
    entry.u8(end.number()).string(cut(message));
  }

  /**
   * What came of the attempt is known. Once; what is said later counts no more.
   *
   * @param detail why it was not completed, if it was not
   */
  public void end(Outcome outcome, String detail) {
    RecordedModule ran = module;
    if (over || ran == null || runs == 0) {
      drop();
      return;
    }
    over = true;
    entry.set(runsPlace, runs);
    entry.u8(outcome.number()).string(cut(detail));
    RecordedImage kept = image;
    boolean isWhole = !entry.isFull();
    byte[] content =
        isWhole && recordings.take(address.service(), entry.size()) ? entry.toArray() : null;
    recordings.giveBack(address.service(), entry.capacity());
    long entered = (content == null ? 0 : content.length) + (kept == null ? 0L : kept.bytes());
    recordings.append(
        address,
        content == null ? null : new Entry(ran, fresh, kept, Bytes.adopt(content)),
        entered);
  }

  /** The attempt has {@linkplain #failed failed}, and that is what comes of it. */
  public void endFailed() {
    end(Outcome.FAILED, failure);
  }

  /** The attempt has come to nothing that could be recorded. Idempotent. */
  public void drop() {
    if (!over) {
      over = true;
      RecordedImage made = image;
      recordings.giveBack(address.service(), entry.capacity() + (made == null ? 0L : made.bytes()));
      if (runs > 0) {
        recordings.append(address, null, 0);
      }
    }
  }

  private static String cut(String text) {
    return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT) + "…";
  }

  /** Keeps what is asked and answered. */
  private final class Recorded implements GuestCalls {
    private final GuestCalls answers;

    Recorded(GuestCalls answers) {
      this.answers = answers;
    }

    @Override
    public void count() {
      answers.count();
    }

    @Override
    public void call(int function, WireReader request, WireWriter response) {
      calls++;
      entry.i32(function).bytes(request.whole());
      try {
        answers.call(function, request, response);
      } catch (HostFunctionException e) {
        entry
            .u8(RecordingFormat.FAILED)
            .i32(e.code())
            .string(String.valueOf(e.getMessage())); // all of it: the guest may read it
        throw e;
      } catch (Throwable e) {
        entry.u8(RecordingFormat.ENDED);
        throw e;
      }
      entry.u8(RecordingFormat.RESPONSE).bytes(response.toArray());
    }
  }
}
