package org.cloudramp.sandbox.server.rate;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.plugin.PluginSettings;
import org.cloudramp.sandbox.api.plugin.Setting;
import org.jspecify.annotations.Nullable;

/**
 * The settings {@code sandbox.server.rates.*}.
 *
 * @param rates what is limited; what is absent is not
 */
public record RateSettings(Map<Limit, Rate> rates) {
  private static final String PREFIX = "sandbox.server.";

  private static final Map<Limit, Setting<Optional<String>>> SETTINGS = settings();

  /** All of them, named without {@code sandbox.server.}. */
  public static final List<Setting<?>> DECLARED =
      Stream.of(Limit.values()).<Setting<?>>map(RateSettings::setting).toList();

  /** Copies the map. */
  public RateSettings {
    rates = Map.copyOf(rates);
  }

  private static Map<Limit, Setting<Optional<String>>> settings() {
    Map<Limit, Setting<Optional<String>>> all = new EnumMap<>(Limit.class);
    for (Limit limit : Limit.values()) {
      all.put(limit, Setting.optionalText(limit.setting(), meaning(limit)).otherwise("no limit"));
    }
    return all;
  }

  private static Setting<Optional<String>> setting(Limit limit) {
    Setting<Optional<String>> setting = SETTINGS.get(limit);
    if (setting == null) {
      throw new AssertionError("each limit has a setting");
    }
    return setting;
  }

  private static String meaning(Limit limit) {
    String what =
        switch (limit.what()) {
          case MESSAGES -> "messages, such as `20/s` or `600/m`,";
          case BYTES -> "bytes of messages, such as `64KiB/s`,";
          case JOINS -> "joins, such as `120/m`,";
        };
    String whose =
        switch (limit.whose()) {
          case CONNECTION -> "of one connection";
          case USER ->
              "of one user, over all its connections; only with [join tokens](#join-tokens)";
          case ADDRESS -> "from one address; those of this machine are not counted";
          case SERVICE -> "to one service, from everybody together";
        };
    return what + " " + whose + ": [see below](#rates)";
  }

  /**
   * Reads them.
   *
   * @throws ConfigurationException if one is no rate
   */
  public static RateSettings read(PluginSettings settings) {
    Map<Limit, Rate> rates = new EnumMap<>(Limit.class);
    for (Limit limit : Limit.values()) {
      setting(limit)
          .read(settings)
          .ifPresent(text -> rates.put(limit, Rate.parse(PREFIX + limit.setting(), text)));
    }
    return new RateSettings(rates);
  }

  /**
   * Fails if there is a limit that a single message would exceed.
   *
   * @throws ConfigurationException naming the first such setting
   */
  public void requireRoomFor(int messageBytes) {
    for (Limit limit : Limit.values()) {
      Rate rate = rates.get(limit);
      if (limit.what() == Limit.What.BYTES && rate != null && rate.amount() < messageBytes) {
        throw new ConfigurationException(
            "setting '%s%s' allows %s, and one message may have %d bytes (sandbox.server.messageBytes), which would never be let through; allow at least that many, over a longer time if need be, such as 600KiB/m"
                .formatted(PREFIX, limit.setting(), rate, messageBytes));
      }
    }
  }

  @Nullable Rate of(Limit limit) {
    return rates.get(limit);
  }
}
