package org.cloudramp.sandbox.api.plugin;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.cloudramp.sandbox.api.Experimental;
import org.cloudramp.sandbox.api.error.ConfigurationException;

/**
 * Settings by name, read with a type. Errors name the setting in full, with its prefix. Whether
 * letters of a name are capitals does not matter, so that a name can come from the environment,
 * where all of them are.
 *
 * <p>Remembers what was asked for, so that the host can refuse a name that nobody reads (usually a
 * typing error). Not thread-safe: read what you need in {@link Plugin#start}.
 */
public final class PluginSettings {
  private static final Pattern DURATION = Pattern.compile("(\\d{1,12})\\s*(ms|s|m|h|d)");
  private static final Pattern SIZE = Pattern.compile("(\\d{1,12})\\s*(B|KiB|MiB|GiB)?");

  /** Longer than anybody waits, and far from where numbers overflow. */
  private static final Duration MAX_DURATION = Duration.ofDays(36_500);

  private final String prefix;
  private final Map<String, String> values;
  private final Map<String, String> variables = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
  private final Set<String> read = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);

  /**
   * Settings as they stand in a file.
   *
   * @param prefix what stands before each name in the file, with its dot; for messages
   * @param values the settings without that prefix
   * @throws ConfigurationException if two names differ by capitals only
   */
  public PluginSettings(String prefix, Map<String, String> values) {
    this.prefix = prefix;
    this.values = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    values.forEach(
        (name, value) -> {
          if (this.values.put(name, value) != null) {
            throw new ConfigurationException(
                "setting '%s%s' is given twice, with other capitals; leave one of them"
                    .formatted(prefix, name));
          }
        });
  }

  /**
   * Settings of which some come from the environment.
   *
   * @param variables for each of those, the variable that it comes from; for messages
   * @throws ConfigurationException as above
   */
  @Experimental
  public PluginSettings(String prefix, Map<String, String> values, Map<String, String> variables) {
    this(prefix, values);
    this.variables.putAll(variables);
  }

  /** The text under {@code name}, if there is any that is not blank. */
  public Optional<String> text(String name) {
    read.add(name);
    return Optional.ofNullable(values.get(name)).map(String::strip).filter(v -> !v.isEmpty());
  }

  /**
   * The text under {@code name}.
   *
   * @throws ConfigurationException if there is none
   */
  public String requiredText(String name) {
    return text(name)
        .orElseThrow(
            () -> new ConfigurationException("setting '" + prefix + name + "' is missing"));
  }

  /**
   * The whole number under {@code name}.
   *
   * @throws ConfigurationException if it is no number, or not within the bounds, both included
   */
  public int integer(String name, int otherwise, int least, int most) {
    Optional<String> text = text(name);
    if (text.isEmpty()) {
      return otherwise;
    }
    try {
      int value = Integer.parseInt(text.get());
      if (value >= least && value <= most) {
        return value;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw wrong(name, text.get(), "a whole number from %d to %d".formatted(least, most));
  }

  /**
   * The duration under {@code name}, such as {@code 50ms}, {@code 2s}, {@code 5m}, {@code 1h}.
   *
   * @throws ConfigurationException if it reads otherwise
   */
  public Duration duration(String name, Duration otherwise) {
    Optional<String> text = text(name);
    if (text.isEmpty()) {
      return otherwise;
    }
    Matcher parts = DURATION.matcher(text.get());
    if (!parts.matches()) {
      throw wrong(name, text.get(), "a duration such as 50ms, 2s, 5m, 1h or 1d");
    }
    long amount = Long.parseLong(parts.group(1));
    Duration duration =
        switch (parts.group(2)) {
          case "ms" -> Duration.ofMillis(amount);
          case "s" -> Duration.ofSeconds(amount);
          case "m" -> Duration.ofMinutes(amount);
          case "h" -> Duration.ofHours(amount);
          default -> Duration.ofDays(amount);
        };
    if (duration.compareTo(MAX_DURATION) > 0) {
      throw wrong(name, text.get(), "at most " + MAX_DURATION.toDays() + "d");
    }
    return duration;
  }

  /**
   * The size in bytes under {@code name}, such as {@code 512}, {@code 64KiB} or {@code 4MiB}.
   *
   * @throws ConfigurationException if it reads otherwise or is not under 2 GiB
   */
  public int size(String name, int otherwise) {
    long size = largeSize(name, otherwise);
    if (size > Integer.MAX_VALUE) {
      throw wrong(name, requiredText(name), "under 2 GiB");
    }
    return (int) size;
  }

  /**
   * The size in bytes under {@code name}, such as {@code 512MiB} or {@code 4GiB}.
   *
   * @throws ConfigurationException if it reads otherwise
   */
  public long largeSize(String name, long otherwise) {
    Optional<String> text = text(name);
    if (text.isEmpty()) {
      return otherwise;
    }
    Matcher parts = SIZE.matcher(text.get());
    if (!parts.matches()) {
      throw wrong(name, text.get(), "a size such as 512, 64KiB, 4MiB or 1GiB");
    }
    String unit = parts.group(2) == null ? "B" : parts.group(2);
    long amount = Long.parseLong(parts.group(1));
    int shift =
        switch (unit) {
          case "KiB" -> 10;
          case "MiB" -> 20;
          case "GiB" -> 30;
          default -> 0;
        };
    if (amount > Long.MAX_VALUE >> shift) {
      throw wrong(name, text.get(), "a size that can be counted in bytes");
    }
    return amount << shift;
  }

  /**
   * {@code true} or {@code false} under {@code name}.
   *
   * @throws ConfigurationException if it reads otherwise
   */
  public boolean flag(String name, boolean otherwise) {
    Optional<String> text = text(name);
    if (text.isEmpty()) {
      return otherwise;
    }
    return switch (text.get()) {
      case "true" -> true;
      case "false" -> false;
      default -> throw wrong(name, text.get(), "true or false");
    };
  }

  /**
   * The path under {@code name}.
   *
   * @throws ConfigurationException if there is none, or it is no path
   */
  public Path requiredPath(String name) {
    String text = requiredText(name);
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw wrong(name, text, "a path");
    }
  }

  /** The names that are set and that nobody has asked for yet. */
  public Set<String> unread() {
    Set<String> unread = new TreeSet<>(values.keySet());
    unread.removeIf(read::contains); // as that set compares them
    return unread;
  }

  /** A typed error for a name that nobody reads, with the names that somebody does. */
  public ConfigurationException unknown(String name) {
    return unknown(name, read);
  }

  /**
   * A typed error for a name that is not known, with those that are and the one that was meant.
   *
   * @param known without the prefix
   */
  @Experimental
  public ConfigurationException unknown(String name, Collection<String> known) {
    return unknown(name, known, known);
  }

  /**
   * A typed error for a name that is not known, with those that are and the one that was meant.
   *
   * @param known without the prefix; the message lists them
   * @param meant without the prefix; among them is looked for what was meant
   */
  @Experimental
  public ConfigurationException unknown(
      String name, Collection<String> known, Collection<String> meant) {
    String all = known.stream().map(each -> prefix + each).collect(Collectors.joining(", "));
    String question =
        NearestName.of(name, meant)
            .map(nearest -> "; did you mean '%s%s'?".formatted(prefix, nearest))
            .orElse("");
    return new ConfigurationException(
        "%s is unknown; there are: %s%s"
            .formatted(label(name), all.isEmpty() ? "none" : all, question));
  }

  /** A typed error for a value that does not read as it must. */
  public ConfigurationException wrong(String name, String value, String expected) {
    return new ConfigurationException(
        "%s is '%s', which is not %s".formatted(label(name), value, expected));
  }

  private String label(String name) {
    String variable = variables.get(name);
    return "setting '%s%s'%s"
        .formatted(
            prefix, name, variable == null ? "" : " (the environment variable " + variable + ")");
  }
}
