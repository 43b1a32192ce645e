package org.cloudramp.sandbox.core.recording;

import java.util.List;
import java.util.Optional;

/**
 * One attempt to run a hook, with the {@code onStart} before it if there was one.
 *
 * @param module the version it ran in
 * @param isFresh whether its instance was as it is after its initialisation
 * @param missed how many hooks before it were not recorded
 * @param image the state of its instance before it, if that is in the recording
 * @param runs of the guest, one or two
 * @param outcome what came of it
 * @param detail why, if it was not completed, else empty; perhaps cut
 */
public record RecordedHook(
    RecordedModule module,
    boolean isFresh,
    int missed,
    Optional<RecordedImage> image,
    List<RecordedRun> runs,
    Outcome outcome,
    String detail) {
  /** Copies the list. */
  public RecordedHook {
    runs = List.copyOf(runs);
  }

  /** Whether a replay can begin with it. */
  public boolean isAnchor() {
    return isFresh || image.isPresent();
  }

  /** What came of an attempt. */
  public enum Outcome {
    /** All that it did has happened. */
    COMPLETED(0),
    /** It refused, and nothing has happened. */
    REFUSED(1),
    /** It failed, and nothing has happened. */
    FAILED(2),
    /** Others had changed what it has read: it ran again, which is the next hook. */
    AGAIN(3),
    /** What it wrote could not be committed, and nothing has happened. */
    NOT_COMMITTED(4);

    private final int number;

    Outcome(int number) {
      this.number = number;
    }

    /** Its number in the file. */
    int number() {
      return number;
    }
  }
}
