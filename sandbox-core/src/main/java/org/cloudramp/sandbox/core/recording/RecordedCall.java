package org.cloudramp.sandbox.core.recording;

import org.cloudramp.sandbox.api.Bytes;

/**
 * A call of the guest to its host.
 *
 * @param function such as {@code kv.get}
 * @param request as the guest sent it
 * @param answer what the guest got
 */
public record RecordedCall(String function, Bytes request, Answer answer) {
  /** What came of a call. */
  public sealed interface Answer {
    /**
     * It was answered.
     *
     * @param content the response, empty for an effect
     */
    record Response(Bytes content) implements Answer {}

    /**
     * The guest got an error, and went on.
     *
     * @param code as in {@code docs/abi.md}
     * @param message for the guest
     */
    record Failed(int code, String message) implements Answer {}

    /** The hook ended in the call, such as one of {@code sandbox.abort}. */
    record Ended() implements Answer {}
  }
}
