package org.cloudramp.sandbox.api.plugin;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.cloudramp.sandbox.api.Experimental;

/**
 * A setting, declared: what it is called, what may be written, what it is if nothing is, and what
 * it means. The declaration reads the value as well, so that documentation, checks and code cannot
 * disagree. Immutable.
 *
 * <pre>{@code
 * private static final Setting<Duration> TIMEOUT =
 *     Setting.positiveDuration("timeout", Duration.ofSeconds(1), "how long to wait for an answer");
 *
 * public List<Setting<?>> declaredSettings() {
 *   return List.of(TIMEOUT);
 * }
 *
 * public void start(PluginContext context) {
 *   Duration timeout = TIMEOUT.read(context.settings());
 * }
 * }</pre>
 *
 * @param <T> of the value
 */
@Experimental
public final class Setting<T> {
  private static final Pattern NAME = Pattern.compile("[a-z][a-zA-Z0-9]*(\\.[a-z][a-zA-Z0-9]*)*");

  private interface Reader<T> {
    T read(PluginSettings settings, T otherwise);
  }

  private final String name;
  private final String type;
  private final String whenAbsent;
  private final String meaning;
  private final T otherwise;
  private final Reader<T> reader;
  private final boolean isSecret;

  private Setting(
      String name, String type, String whenAbsent, String meaning, T otherwise, Reader<T> reader) {
    this(name, type, whenAbsent, meaning, otherwise, reader, false);
  }

  private Setting(
      String name,
      String type,
      String whenAbsent,
      String meaning,
      T otherwise,
      Reader<T> reader,
      boolean isSecret) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("'%s' does not match %s".formatted(name, NAME.pattern()));
    }
    if (meaning.isBlank() || meaning.indexOf('\n') >= 0) {
      throw new IllegalArgumentException("the meaning of '%s' is not one line".formatted(name));
    }
    this.name = name;
    this.type = type;
    this.whenAbsent = whenAbsent;
    this.meaning = meaning;
    this.otherwise = otherwise;
    this.reader = reader;
    this.isSecret = isSecret;
  }

  /** A text that must be given. */
  public static Setting<String> requiredText(String name, String meaning) {
    return new Setting<>(
        name, "text", "must be set", meaning, "", (s, otherwise) -> s.requiredText(name));
  }

  /** A path that must be given. */
  public static Setting<Path> requiredPath(String name, String meaning) {
    return new Setting<>(
        name, "path", "must be set", meaning, Path.of(""), (s, otherwise) -> s.requiredPath(name));
  }

  /** A text. */
  public static Setting<String> text(String name, String otherwise, String meaning) {
    String whenAbsent = otherwise.isEmpty() ? "none" : code(otherwise);
    return new Setting<>(
        name, "text", whenAbsent, meaning, otherwise, (s, other) -> s.text(name).orElse(other));
  }

  /** A text that may be absent. */
  public static Setting<Optional<String>> optionalText(String name, String meaning) {
    return new Setting<>(
        name,
        "text",
        "none",
        meaning,
        Optional.empty(),
        (s, otherwise) -> s.text(name).or(() -> otherwise));
  }

  /** A path that may be absent. */
  public static Setting<Optional<Path>> optionalPath(String name, String meaning) {
    return new Setting<>(
        name,
        "path",
        "none",
        meaning,
        Optional.empty(),
        (s, otherwise) -> s.text(name).isPresent() ? Optional.of(s.requiredPath(name)) : otherwise);
  }

  /** Names with commas between them; blanks around them do not count. */
  public static Setting<List<String>> names(String name, String meaning) {
    return new Setting<>(
        name,
        "names",
        "none",
        meaning,
        List.of(),
        (s, otherwise) -> s.text(name).map(Setting::split).orElse(otherwise));
  }

  /**
   * One of several words.
   *
   * @param words the first is what it is if nothing is given
   */
  public static Setting<String> choice(String name, List<String> words, String meaning) {
    String type = list(words.stream().map(Setting::code).toList());
    String expected = list(words);
    return new Setting<>(
        name,
        type,
        code(words.get(0)),
        meaning,
        words.get(0),
        (s, otherwise) -> {
          String word = s.text(name).orElse(otherwise);
          if (!words.contains(word)) {
            throw s.wrong(name, word, expected);
          }
          return word;
        });
  }

  /** A whole number within bounds, both included. */
  public static Setting<Integer> integer(
      String name, int otherwise, int least, int most, String meaning) {
    return new Setting<>(
        name,
        "number",
        number(otherwise),
        meaning,
        otherwise,
        (s, other) -> s.integer(name, other, least, most));
  }

  /** A size in bytes, under 2 GiB. */
  public static Setting<Integer> size(String name, int otherwise, String meaning) {
    return new Setting<>(
        name, "size", bytes(otherwise), meaning, otherwise, (s, other) -> s.size(name, other));
  }

  /** A size in bytes. */
  public static Setting<Long> largeSize(String name, long otherwise, String meaning) {
    return new Setting<>(
        name, "size", bytes(otherwise), meaning, otherwise, (s, other) -> s.largeSize(name, other));
  }

  /** A duration; it may be nothing. */
  public static Setting<Duration> duration(String name, Duration otherwise, String meaning) {
    return new Setting<>(
        name,
        "duration",
        time(otherwise),
        meaning,
        otherwise,
        (s, other) -> s.duration(name, other));
  }

  /** A duration that is longer than nothing. */
  public static Setting<Duration> positiveDuration(
      String name, Duration otherwise, String meaning) {
    return new Setting<>(
        name,
        "duration",
        time(otherwise),
        meaning,
        otherwise,
        (s, other) -> {
          Duration value = s.duration(name, other);
          if (value.isZero()) {
            throw s.wrong(name, s.requiredText(name), "a duration longer than nothing");
          }
          return value;
        });
  }

  /** {@code true} or {@code false}. */
  public static Setting<Boolean> flag(String name, boolean otherwise, String meaning) {
    return new Setting<>(
        name,
        "`true` or `false`",
        code(String.valueOf(otherwise)),
        meaning,
        otherwise,
        (s, other) -> s.flag(name, other));
  }

  /**
   * The same setting, with words for what it is if nothing is given, because that depends on
   * something; {@link #readOr} is then told.
   */
  public Setting<T> otherwise(String words) {
    return new Setting<>(name, type, words, meaning, otherwise, reader, isSecret);
  }

  /** The same setting, whose value holds a secret, such as a password: it is shown to nobody. */
  public Setting<T> secret() {
    return new Setting<>(name, type, whenAbsent, meaning, otherwise, reader, true);
  }

  /** Whether its value is to be shown to nobody. */
  public boolean isSecret() {
    return isSecret;
  }

  /** As it stands in the settings of whoever reads it, without a prefix. */
  public String name() {
    return name;
  }

  /** What may be written, in words, as Markdown. */
  public String type() {
    return type;
  }

  /** What it is if nothing is given, as Markdown: {@code `250ms`}, {@code 10,000}, {@code none}. */
  public String whenAbsent() {
    return whenAbsent;
  }

  /** One line on what it means, as Markdown. */
  public String meaning() {
    return meaning;
  }

  /**
   * The value.
   *
   * @throws org.cloudramp.sandbox.api.error.ConfigurationException if it reads wrong, or must be
   *     given and is not
   */
  public T read(PluginSettings settings) {
    return reader.read(settings, otherwise);
  }

  /**
   * The value, or {@code other} if nothing is given.
   *
   * @throws org.cloudramp.sandbox.api.error.ConfigurationException as {@link #read}
   */
  public T readOr(PluginSettings settings, T other) {
    return reader.read(settings, other);
  }

  @Override
  public String toString() {
    return name;
  }

  private static List<String> split(String list) {
    return Arrays.stream(list.split(",", -1))
        .map(String::strip)
        .filter(each -> !each.isEmpty())
        .toList();
  }

  private static String list(List<String> words) {
    int last = words.size() - 1;
    return last == 0
        ? words.get(0)
        : String.join(", ", words.subList(0, last)) + " or " + words.get(last);
  }

  private static String code(String text) {
    return "`" + text + "`";
  }

  private static String number(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  private static String bytes(long value) {
    String[] units = {"", "KiB", "MiB", "GiB"};
    int unit = 0;
    long amount = value;
    while (unit < units.length - 1 && amount > 0 && amount % 1024 == 0) {
      amount /= 1024;
      unit++;
    }
    return code(amount + units[unit]);
  }

  private static String time(Duration value) {
    long millis = value.toMillis();
    if (millis % 1_000 != 0) {
      return code(millis + "ms");
    }
    long seconds = millis / 1_000;
    return code(seconds >= 120 && seconds % 60 == 0 ? seconds / 60 + "m" : seconds + "s");
  }
}
