package org.cloudramp.sandbox.server.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.cloudramp.sandbox.api.plugin.PluginSettings;
import org.cloudramp.sandbox.api.plugin.Setting;
import org.jspecify.annotations.Nullable;

/**
 * Those of the settings {@code sandbox.server.*} that say who may change something.
 *
 * @param tokens entries of tokens, with a semicolon or a new line between them; may be empty
 * @param tokenFile a file of such entries, one on each line; null for none
 */
public record AccessSettings(String tokens, @Nullable Path tokenFile) {
  private static final Setting<Optional<Path>> TOKEN_FILE =
      Setting.optionalPath(
          "tokenFile",
          "a file with the hashes of the tokens that may upload, made by `token create`: [see below](#tokens). Read again when it changes");
  private static final Setting<Optional<String>> TOKENS =
      Setting.optionalText(
          "tokens",
          "the same entries as in `tokenFile`, with `;` between them, for the environment. Without a token the server does not start");

  static final List<Setting<?>> DECLARED = List.of(TOKEN_FILE, TOKENS);

  static AccessSettings read(PluginSettings settings) {
    return new AccessSettings(
        TOKENS.read(settings).orElse(""), TOKEN_FILE.read(settings).orElse(null));
  }
}
