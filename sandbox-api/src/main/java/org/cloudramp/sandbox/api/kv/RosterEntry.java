package org.cloudramp.sandbox.api.kv;

import java.util.Optional;
import java.util.regex.Pattern;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.Experimental;

/**
 * One who is in a room.
 *
 * @param member a name that is unique in the room; matches {@code [A-Za-z0-9_-]{1,64}}
 * @param server whose connection it is, as that server {@linkplain ServerLeases#take named} itself;
 *     matches {@code [A-Za-z0-9_.-]{1,128}}
 * @param description what else is known of it; its bytes mean nothing to the store
 * @param session of a member whose connection outlives its socket; empty for any other
 */
@Experimental
public record RosterEntry(
    String member, String server, Bytes description, Optional<RosterSession> session) {
  private static final Pattern MEMBER = Pattern.compile("[A-Za-z0-9_-]{1,64}");
  private static final Pattern SERVER = Pattern.compile("[A-Za-z0-9_.-]{1,128}");

  /**
   * @throws IllegalArgumentException if a name has another shape
   */
  public RosterEntry {
    requireMember(member);
    requireServer(server);
  }

  /** A member whose connection ends with its socket. */
  public RosterEntry(String member, String server, Bytes description) {
    this(member, server, description, Optional.empty());
  }

  /** Whether somebody in a room can be called so. */
  public static boolean isMember(String name) {
    return MEMBER.matcher(name).matches();
  }

  static void requireMember(String member) {
    if (!isMember(member)) {
      throw new IllegalArgumentException("a member's name must match " + MEMBER.pattern());
    }
  }

  static void requireServer(String server) {
    if (!SERVER.matcher(server).matches()) {
      throw new IllegalArgumentException("a server's name must match " + SERVER.pattern());
    }
  }
}
