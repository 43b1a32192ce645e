package org.cloudramp.sandbox.server.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.plugin.PluginSettings;
import org.cloudramp.sandbox.api.plugin.Setting;

/**
 * The settings {@code sandbox.server.metering.*}: what services take, for whoever bills.
 *
 * @param services how many have totals of their own; 0 if nothing is added up
 * @param folder where the totals are kept; empty if they are not
 * @param every how often
 */
public record MeteringSettings(int services, Optional<Path> folder, Duration every) {
  private static final Setting<Integer> SERVICES =
      Setting.integer(
          "metering.services",
          0,
          0,
          1_000_000,
          "services of which is added up what they take, each for itself, [for bills](#what-services-take): the first that are used; all others together, as `_other`. With 0 nothing is");
  private static final Setting<Optional<Path>> FOLDER =
      Setting.optionalPath(
              "metering.folder",
              "where the totals of each start of the server are kept, in a file of its own")
          .otherwise("they are told by the API only");
  private static final Setting<Duration> EVERY =
      Setting.positiveDuration(
          "metering.every",
          Duration.ofMinutes(1),
          "how often they are written there: so much is lost when the server dies");

  static final List<Setting<?>> DECLARED = List.of(SERVICES, FOLDER, EVERY);

  /**
   * @throws ConfigurationException if there is a folder and nothing to write there
   */
  public MeteringSettings {
    if (folder.isPresent() && services == 0) {
      throw new ConfigurationException(
          "sandbox.server.metering.folder is set, and sandbox.server.metering.services is 0, so that nothing is added up; say of how many services it is to be, or leave the folder out");
    }
  }

  static MeteringSettings read(PluginSettings settings) {
    return new MeteringSettings(
        SERVICES.read(settings), FOLDER.read(settings), EVERY.read(settings));
  }

  /** Whether anything is added up. */
  public boolean isOn() {
    return services > 0;
  }
}
