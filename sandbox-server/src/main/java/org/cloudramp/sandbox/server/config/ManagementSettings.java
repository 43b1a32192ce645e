package org.cloudramp.sandbox.server.config;

import java.util.List;
import org.cloudramp.sandbox.api.plugin.PluginSettings;
import org.cloudramp.sandbox.api.plugin.Setting;

/**
 * The settings {@code sandbox.server.management.*}: where whoever looks after the server asks how
 * it is.
 *
 * @param host the address to listen at
 * @param port to listen at; 0 for any that is free, {@link #OFF} for none
 * @param services how many have numbers of their own among the metrics
 */
public record ManagementSettings(String host, int port, int services) {
  /** The port of a server that is asked nothing. */
  public static final int OFF = -1;

  private static final Setting<String> HOST =
      Setting.text(
          "management.host",
          "127.0.0.1",
          "the address at which `management.port` listens; the default is reached from this machine only");
  private static final Setting<Integer> PORT =
      Setting.integer(
              "management.port",
              OFF,
              0,
              65_535,
              "where `/livez`, `/readyz` and `/metrics` are; 0 for any that is free: [see below](#how-it-is)")
          .otherwise("none: they are not there");

  private static final Setting<Integer> SERVICES =
      Setting.integer(
          "management.services",
          100,
          0,
          10_000,
          "services whose hooks are counted one by one in `/metrics`: the first that run; all others are counted together, as `_other`");

  static final List<Setting<?>> DECLARED = List.of(HOST, PORT, SERVICES);

  static ManagementSettings read(PluginSettings settings) {
    return new ManagementSettings(
        HOST.read(settings), PORT.readOr(settings, OFF), SERVICES.read(settings));
  }

  /** Whether there is such a port. */
  public boolean isOn() {
    return port != OFF;
  }
}
