package org.cloudramp.sandbox.server.jointoken;

import org.cloudramp.sandbox.api.Identity;

/** What becomes of somebody who wants to join, before the room itself is asked. */
public sealed interface JoinDecision {
  /**
   * The room may be asked.
   *
   * @param identity who it is; unknown without a token
   */
  record Admitted(Identity identity) implements JoinDecision {}

  /**
   * Not with this token, or not without one.
   *
   * @param reason for the one who has brought it, at most 123 bytes
   */
  record Refused(String reason) implements JoinDecision {}

  /**
   * It cannot be said now, and may be in a moment.
   *
   * @param reason as above
   */
  record Undecided(String reason) implements JoinDecision {}
}
