package org.cloudramp.sandbox.hostile;

import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.ModuleException;

/** What becomes of a hostile input. */
sealed interface Outcome {
  /** The upload is refused. */
  record Refused(ModuleException.Kind kind) implements Outcome {}

  /** The upload is refused because no instance of it could be initialised. */
  record NotInitialised(GuestException.Kind kind) implements Outcome {}

  /** The upload is live; the hook fails, and nothing of it happens. */
  record Fails(GuestException.Kind kind) implements Outcome {}

  /**
   * The upload is live and the hook returns: the attack did not get what it wanted.
   *
   * @param events how many it emitted
   * @param last what the last of them begins with, at most four characters
   */
  record Completes(int events, String last) implements Outcome {}
}
