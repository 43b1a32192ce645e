package org.cloudramp.sandbox.server.config;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.core.SettingValues;
import org.jspecify.annotations.Nullable;

/**
 * A properties file in UTF-8, with the lines in which its settings are. Immutable.
 *
 * @param path where it is; empty if there is none, and then it has no settings
 * @param entries by name, without {@code sandbox.}; capitals do not matter
 */
public record SettingsFile(Optional<Path> path, Map<String, Entry> entries) {
  private static final Pattern COMMENT = Pattern.compile("\\s*[#!]");
  private static final Path DEFAULT = Path.of("sandbox.properties");

  /** What some editors put at the beginning of a file; it belongs to no name. */
  private static final String BYTE_ORDER_MARK = "\uFEFF";

  /**
   * A setting in a file.
   *
   * @param line in which it begins, from 1
   */
  public record Entry(String value, int line) {}

  /** Copies the map. */
  public SettingsFile {
    Map<String, Entry> copy = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    copy.putAll(entries);
    entries = Collections.unmodifiableMap(copy);
  }

  /**
   * A file, or if none is named {@code sandbox.properties} of this folder, if there is one.
   *
   * @throws ConfigurationException as {@link #read}
   */
  public static SettingsFile named(@Nullable Path named) {
    if (named != null) {
      return read(named);
    }
    return Files.exists(DEFAULT) ? read(DEFAULT) : new SettingsFile(Optional.empty(), Map.of());
  }

  /**
   * Reads a file.
   *
   * @throws ConfigurationException if it cannot be read, has a name without {@code sandbox.}, or
   *     has one twice
   */
  public static SettingsFile read(Path file) {
    Map<String, Entry> entries = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    try {
      String text = Files.readString(file, StandardCharsets.UTF_8);
      String[] lines =
          (text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text).split("\r\n|\r|\n", -1);
      for (int i = 0; i < lines.length; ) {
        int first = i + 1;
        StringBuilder logical = new StringBuilder(lines[i]).append('\n');
        boolean isComment = COMMENT.matcher(lines[i]).lookingAt();
        while (!isComment && goesOn(lines[i]) && i + 1 < lines.length) {
          i++;
          logical.append(lines[i]).append('\n');
        }
        i++;
        add(logical.toString(), first, file, entries);
      }
    } catch (NoSuchFileException e) {
      throw new ConfigurationException("there is no settings file '%s'".formatted(file), e);
    } catch (IOException | IllegalArgumentException e) {
      throw new ConfigurationException(
          "settings file '%s' cannot be read: %s".formatted(file, e), e);
    }
    return new SettingsFile(Optional.of(file), entries);
  }

  /** Whether a line ends in a backslash that is not the second of two. */
  private static boolean goesOn(String line) {
    int backslashes = 0;
    while (backslashes < line.length() && line.charAt(line.length() - 1 - backslashes) == '\\') {
      backslashes++;
    }
    return backslashes % 2 == 1;
  }

  private static void add(String logical, int line, Path file, Map<String, Entry> entries)
      throws IOException {
    Properties properties = new Properties();
    properties.load(new StringReader(logical));
    for (String name : properties.stringPropertyNames()) {
      if (!SettingValues.isUnder(Settings.PREFIX, name)) {
        throw new ConfigurationException(
            "unknown setting '%s' in '%s', line %d: all names start with '%s'"
                .formatted(name, file, line, Settings.PREFIX));
      }
      Entry before =
          entries.put(
              name.substring(Settings.PREFIX.length()),
              new Entry(properties.getProperty(name), line));
      if (before != null) {
        throw new ConfigurationException(
            "setting '%s' is in '%s' twice, in lines %d and %d; leave one of them"
                .formatted(name, file, before.line(), line));
      }
    }
  }

  /** The values by name. */
  public Map<String, String> values() {
    Map<String, String> values = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    entries.forEach((name, entry) -> values.put(name, entry.value()));
    return values;
  }
}
