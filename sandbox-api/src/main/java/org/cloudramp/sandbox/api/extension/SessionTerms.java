package org.cloudramp.sandbox.api.extension;

import java.time.Duration;
import org.cloudramp.sandbox.api.Experimental;

/**
 * What sessions can rely on.
 *
 * @param grace for how long one stays in its room without a socket; zero if there are no sessions
 * @param outliveProcess whether one can go on in another process when this one has ended
 */
@Experimental
public record SessionTerms(Duration grace, boolean outliveProcess) {
  /** There are no sessions. */
  public static final SessionTerms NONE = new SessionTerms(Duration.ZERO, false);
}
