package org.cloudramp.sandbox.core.replay;

import org.cloudramp.sandbox.core.recording.RecordedHook;

/**
 * A hook of a recording, and what its replay has shown.
 *
 * @param number its place in the recording, from 1
 * @param hook as it was recorded
 * @param result what came of its replay
 */
public record ReplayedHook(int number, RecordedHook hook, Result result) {
  /** What a replay shows of a hook. */
  public sealed interface Result {
    /** It did the same. */
    record Same() implements Result {}

    /**
     * It did something else.
     *
     * @param difference the first there is
     */
    record Differs(Difference difference) implements Result {}

    /**
     * It did the same as far as can be known: it ended by something that was not the guest's doing.
     *
     * @param why such as its deadline
     */
    record Unrepeatable(String why) implements Result {}

    /**
     * It was not run, because its memory is not known.
     *
     * @param why what is missing
     */
    record Skipped(String why) implements Result {}
  }
}
