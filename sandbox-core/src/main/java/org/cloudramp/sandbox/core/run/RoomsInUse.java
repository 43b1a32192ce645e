package org.cloudramp.sandbox.core.run;

import java.util.Collection;
import java.util.List;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.extension.Extension;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rooms in which hooks have run for somebody who is still there. The core forgets a room that
 * has neither calls nor memory, so those who know its members are asked; what they throw is logged,
 * and they then say nothing. Thread-safe.
 */
public final class RoomsInUse {
  private static final Logger log = LoggerFactory.getLogger(RoomsInUse.class);

  private final List<Extension> extensions;

  /** Asks them in this order. */
  public RoomsInUse(Collection<Extension> extensions) {
    this.extensions = List.copyOf(extensions);
  }

  /** Whether one of them says so of a room. */
  boolean contain(RoomAddress room) {
    for (Extension extension : extensions) {
      try {
        if (extension.isInUse(room)) {
          return true;
        }
      } catch (Throwable e) { // an extension that fails must not fail the guest
        log.error("extension {} failed", extension.getClass().getName(), e);
      }
    }
    return false;
  }
}
