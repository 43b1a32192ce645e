package org.cloudramp.sandbox.server.rate;

/**
 * Somebody has asked for more than a limit allows.
 *
 * @param limit which
 * @param allowed how much it allows, such as {@code 20/s}
 */
public record Excess(Limit limit, String allowed) {
  /** For whoever asked, and for the log: at most 123 bytes. */
  @Override
  public String toString() {
    String who =
        switch (limit.whose()) {
          case CONNECTION -> "of this connection";
          case USER -> "of this user";
          case ADDRESS -> "from this address";
          case SERVICE -> "for this service";
        };
    return "too many %s %s: %s are allowed (sandbox.server.%s)"
        .formatted(limit.what(), who, allowed, limit.setting());
  }
}
