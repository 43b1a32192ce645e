package org.cloudramp.sandbox.server.rate;

import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.error.InertText;

/**
 * So much within a time, as {@code 20/s}, {@code 3000/m} or {@code 64KiB/s} says it: so much may be
 * taken at once, and what was taken comes back evenly over that time.
 *
 * @param amount 1 to {@link #MAX_AMOUNT}
 * @param period in which all of it comes back
 */
record Rate(long amount, Duration period) {
  /** One a nanosecond, which is as fast as the buckets can count. */
  static final long MAX_AMOUNT = 1_000_000_000;

  private static final Pattern SHAPE = Pattern.compile("([1-9]\\d{0,9})(KiB|MiB)?/([smh])");

  private static final Map<String, Duration> PERIODS =
      Map.of("s", Duration.ofSeconds(1), "m", Duration.ofMinutes(1), "h", Duration.ofHours(1));

  /**
   * Reads one.
   *
   * @param setting that says it, with its prefix, for messages
   * @throws ConfigurationException if the text has another shape
   */
  static Rate parse(String setting, String text) {
    Matcher matcher = SHAPE.matcher(text);
    if (matcher.matches()) {
      int shift =
          matcher.group(2) == null
              ? 0
              : matcher.group(2).equals("KiB") ? 10 : 20; // of a power of 2
      long amount = Long.parseLong(matcher.group(1)) << shift;
      Duration period = PERIODS.get(matcher.group(3));
      if (amount <= MAX_AMOUNT && period != null) {
        return new Rate(amount, period);
      }
    }
    throw new ConfigurationException(
        "setting '%s' is %s, which is no rate: write for example 20/s, 3000/m, 64KiB/s or 500/h, of at most %,d"
            .formatted(setting, InertText.quote(text), MAX_AMOUNT));
  }

  /** As it is written, without KiB. */
  @Override
  public String toString() {
    return amount + "/" + (period.toHours() > 0 ? "h" : period.toMinutes() > 0 ? "m" : "s");
  }
}
