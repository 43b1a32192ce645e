package org.cloudramp.sandbox.api.store.layout;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.error.ModuleException;

/**
 * What was published, oldest first; one line each, the time and the digest:
 *
 * <pre>
 * 2026-11-22T10:15:30.123Z 3b1c…
 * </pre>
 *
 * The order of the lines is the order of publication. It does not rest on the times, which come
 * from the clocks of several machines, nor on what a file system or bucket says of its entries,
 * which is lost in a copy. Empty lines and lines that begin with {@code #} are skipped.
 *
 * @param publications oldest first, no digest twice
 */
public record History(List<Publication> publications) {
  private static final String HEADER =
      "# The published versions of this service, oldest first. Replaced as a whole.\n";

  /** One version that was published. */
  public record Publication(Instant time, Digest digest) {}

  /** Copies the list. */
  public History {
    publications = List.copyOf(publications);
  }

  /** The history of a service that has none. */
  public static History empty() {
    return new History(List.of());
  }

  /** Whether {@code digest} was published. */
  public boolean contains(Digest digest) {
    return publications.stream().anyMatch(publication -> publication.digest().equals(digest));
  }

  /** This history and one more publication. The time is cut to milliseconds. */
  public History plus(Digest digest, Instant now) {
    List<Publication> longer = new ArrayList<>(publications);
    longer.add(new Publication(now.truncatedTo(ChronoUnit.MILLIS), digest));
    return new History(longer);
  }

  /** What to write down, in UTF-8. */
  public byte[] encode() {
    StringBuilder text = new StringBuilder(HEADER);
    for (Publication publication : publications) {
      text.append(publication.time()).append(' ').append(publication.digest()).append('\n');
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Reads what {@link #encode} wrote.
   *
   * @param where what the error calls it
   * @throws ModuleException of kind integrity if {@code content} is no history
   */
  public static History decode(String where, byte[] content) {
    try {
      return new History(
          new String(content, StandardCharsets.UTF_8)
              .lines()
              .map(String::strip)
              .filter(line -> !line.isEmpty() && !line.startsWith("#"))
              .map(History::publication)
              .toList());
    } catch (IllegalArgumentException | DateTimeException e) {
      throw new ModuleException(
          ModuleException.Kind.INTEGRITY,
          "%s is not a list of published versions (%s); put it right or remove it"
              .formatted(where, e.getMessage()),
          e);
    }
  }

  private static Publication publication(String line) {
    int space = line.indexOf(' ');
    if (space < 0) {
      throw new IllegalArgumentException("a line is not a time and a digest");
    }
    return new Publication(
        Instant.parse(line.substring(0, space)), new Digest(line.substring(space + 1)));
  }
}
