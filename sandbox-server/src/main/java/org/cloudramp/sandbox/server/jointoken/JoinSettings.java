package org.cloudramp.sandbox.server.jointoken;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.plugin.PluginSettings;
import org.cloudramp.sandbox.api.plugin.Setting;
import org.jspecify.annotations.Nullable;

/**
 * The settings {@code sandbox.server.join.*}.
 *
 * @param keys a file or a URL; empty for none
 * @param issuer whose tokens count
 * @param audience which of them
 * @param rooms which rooms are open to whom
 */
public record JoinSettings(String keys, String issuer, String audience, JoinRules rooms) {
  private static final String PREFIX = "join.";

  private static final Setting<Optional<String>> KEYS =
      Setting.optionalText(
          PREFIX + "keys",
          "what join tokens are signed with: a file with public keys in PEM or a JWK set, read again when it changes, or an `https` URL of a JWK set: [see below](#join-tokens)");
  private static final Setting<Optional<String>> ISSUER =
      Setting.optionalText(
          PREFIX + "issuer", "the `iss` that join tokens have; must be set with `join.keys`");
  private static final Setting<Optional<String>> AUDIENCE =
      Setting.optionalText(
          PREFIX + "audience",
          "the `aud` that join tokens have, or one of them; must be set with `join.keys`");
  private static final Setting<List<String>> ROOMS =
      Setting.names(
              PREFIX + "rooms",
              "who may join: `open` for everybody, `token` with a join token only, `both` with or without; `chat/token` for the rooms of one service")
          .otherwise("`token` with `join.keys`, `open` without");

  /** All of them, named without {@code sandbox.server.}. */
  public static final List<Setting<?>> DECLARED = List.of(KEYS, ISSUER, AUDIENCE, ROOMS);

  /**
   * @throws ConfigurationException if tokens count and there are no keys for them, or nobody says
   *     whose they are
   */
  public JoinSettings {
    if (keys.isEmpty() && rooms.askForTokens()) {
      throw new ConfigurationException(
          "sandbox.server.join.rooms asks for join tokens, and sandbox.server.join.keys does not say what they are signed with");
    }
    if (!keys.isEmpty() && (issuer.isEmpty() || audience.isEmpty())) {
      throw new ConfigurationException(
          "sandbox.server.join.issuer and sandbox.server.join.audience must be set with sandbox.server.join.keys: a token that was made for somebody else must not open rooms here");
    }
  }

  /** Reads them. */
  public static JoinSettings read(PluginSettings settings) {
    String keys = KEYS.read(settings).orElse("");
    return new JoinSettings(
        keys,
        ISSUER.read(settings).orElse(""),
        AUDIENCE.read(settings).orElse(""),
        JoinRules.parse(
            ROOMS.read(settings), keys.isEmpty() ? JoinRules.Rule.OPEN : JoinRules.Rule.TOKEN));
  }

  @Nullable KeySource keySource() {
    if (keys.isEmpty()) {
      return null;
    }
    try {
      return keys.contains("://")
          ? new KeyUrl(URI.create(keys), System::nanoTime)
          : new KeyFile(Path.of(keys));
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException(
          "sandbox.server.join.keys is neither a file nor a URL: " + e.getMessage(), e);
    }
  }
}
