package org.cloudramp.sandbox.api.store.layout;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.error.ModuleException;

/**
 * Which version of a service is live, as a short text that a person can read:
 *
 * <pre>
 * digest: 3b1c…
 * previous: 90aa…
 * activated: 2026-11-22T10:15:30.123Z
 * </pre>
 *
 * Lines with other names, and lines that begin with {@code #}, are left for later versions of this
 * format: readers skip them.
 *
 * @param digest the live version
 * @param previous what a rollback goes back to: what was live before, if anything was, and if this
 *     is not the outcome of a rollback
 * @param activated since when {@code digest} is live, by the clock of whoever activated it
 */
public record Pointer(Digest digest, Optional<Digest> previous, Instant activated) {
  private static final String HEADER = "# The live version of this service. Replaced as a whole.\n";

  /** A pointer from which there is no way back. The time is cut to milliseconds. */
  public static Pointer first(Digest digest, Instant now) {
    return new Pointer(digest, Optional.empty(), now.truncatedTo(ChronoUnit.MILLIS));
  }

  /** The pointer after this one. The time is cut to milliseconds. */
  public Pointer moveTo(Digest next, Instant now) {
    return new Pointer(next, Optional.of(digest), now.truncatedTo(ChronoUnit.MILLIS));
  }

  /** What to write down, in UTF-8. */
  public byte[] encode() {
    StringBuilder text = new StringBuilder(HEADER).append("digest: ").append(digest).append('\n');
    previous.ifPresent(before -> text.append("previous: ").append(before).append('\n'));
    text.append("activated: ").append(activated).append('\n');
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Reads what {@link #encode} wrote.
   *
   * @param where what the error calls it
   * @throws ModuleException of kind integrity if {@code content} is no pointer
   */
  public static Pointer decode(String where, byte[] content) {
    Map<String, String> fields = new HashMap<>();
    new String(content, StandardCharsets.UTF_8)
        .lines()
        .map(String::strip)
        .filter(line -> !line.startsWith("#"))
        .forEach(
            line -> {
              int colon = line.indexOf(':');
              if (colon > 0) {
                fields.put(line.substring(0, colon), line.substring(colon + 1).strip());
              }
            });
    try {
      return new Pointer(
          new Digest(required(fields, "digest")),
          Optional.ofNullable(fields.get("previous")).map(Digest::new),
          Instant.parse(required(fields, "activated")));
    } catch (IllegalArgumentException | DateTimeException e) {
      throw new ModuleException(
          ModuleException.Kind.INTEGRITY,
          "%s is not a pointer to a version (%s); activate a version to replace it"
              .formatted(where, e.getMessage()),
          e);
    }
  }

  private static String required(Map<String, String> fields, String name) {
    String value = fields.get(name);
    if (value == null) {
      throw new IllegalArgumentException("it has no line '" + name + ": …'");
    }
    return value;
  }
}
