package org.cloudramp.sandbox.api.extension;

import org.cloudramp.sandbox.api.Experimental;
import org.cloudramp.sandbox.api.kv.LogPosition;

/** What became of an attempt to go on with a session. */
@Experimental
public sealed interface SessionAnswer {
  /**
   * It goes on.
   *
   * @param received the number of the last message of the client that was committed
   * @param from what comes after this is delivered as it happens; what came between the position
   *     that the client has and this one, it has missed
   */
  record Resumed(long received, LogPosition from) implements SessionAnswer {}

  /** There is no such session in the room: it never was, or it is over. */
  record Unknown() implements SessionAnswer {}

  /** There is such a session, and it is not of whoever asks. */
  record NotTheirs() implements SessionAnswer {}

  /** What the client has missed is not there any more: the session is over, and leaves its room. */
  record Lost() implements SessionAnswer {}
}
