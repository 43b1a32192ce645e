package org.cloudramp.sandbox.server.feed;

import java.time.Instant;
import java.util.Locale;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.hook.Hook;
import org.jspecify.annotations.Nullable;

/**
 * Something that a service has said, or that has become of it.
 *
 * @param number grows from event to event of one server
 * @param version null if none was found
 * @param room null if it is about no room in particular
 * @param hook null if it is about none
 * @param detail of a line its level ({@code INFO}), of a fault its kind ({@code trapped}); null for
 *     others
 * @param connection on whose behalf the hook ran; null if there is none, or it does not matter
 * @param seconds how long a rest is; null for others
 * @param text what was said or is wrong, as it is: it may hold anything
 * @param omitted how many faults were left out before this one
 */
public record FeedEvent(
    long number,
    Instant time,
    Kind kind,
    ServiceId service,
    @Nullable Digest version,
    @Nullable RoomId room,
    @Nullable Hook hook,
    @Nullable String detail,
    @Nullable String connection,
    @Nullable Long seconds,
    String text,
    long omitted) {
  /** What an event takes besides its text, roughly. */
  private static final int OVERHEAD = 512;

  /** Of what kind. */
  public enum Kind {
    /** A guest has logged a line. */
    LOG,
    /** A hook has failed, or could not be run. */
    FAULT,
    /** A version or a room rests. */
    REST,
    /** A rest was ended, and faults are forgotten. */
    LIFT;

    /** As on the wire. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** About how much memory it takes. */
  int bytes() {
    return OVERHEAD + 2 * text.length();
  }
}
