package org.cloudramp.sandbox.server.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.plugin.PluginSettings;
import org.cloudramp.sandbox.api.plugin.Setting;
import org.cloudramp.sandbox.server.access.Proxies;
import org.cloudramp.sandbox.server.jointoken.JoinSettings;
import org.jspecify.annotations.Nullable;

/**
 * Those of the settings {@code sandbox.server.*} that say who may change something, who may join
 * rooms, and who is believed.
 *
 * @param tokens entries of tokens, with a semicolon or a new line between them; may be empty
 * @param tokenFile a file of such entries, one on each line; null for none
 * @param proxies whose word is taken for where a request comes from
 * @param tlsCertificate a file in PEM with which the server speaks TLS; null for none
 * @param tlsKey the file with its key; null if and only if there is no certificate
 * @param join who may join rooms
 */
public record AccessSettings(
    String tokens,
    @Nullable Path tokenFile,
    Proxies proxies,
    @Nullable Path tlsCertificate,
    @Nullable Path tlsKey,
    JoinSettings join) {
  private static final Setting<Optional<Path>> TOKEN_FILE =
      Setting.optionalPath(
          "tokenFile",
          "a file with the hashes of the tokens that may upload, made by `token create`: [see below](#tokens). Read again when it changes");
  private static final Setting<Optional<String>> TOKENS =
      Setting.optionalText(
              "tokens",
              "the same entries as in `tokenFile`, with `;` between them, for the environment. Without a token the server does not start")
          .secret();
  private static final Setting<List<String>> PROXIES =
      Setting.names(
          "proxies",
          "addresses and networks of proxies, such as `127.0.0.1, 10.0.0.0/8`, whose header `X-Forwarded-For` says where a request comes from: [see below](#behind-a-proxy)");

  private static final Setting<Optional<Path>> TLS_CERTIFICATE =
      Setting.optionalPath(
          "tls.certificate",
          "a file in PEM with the certificate of the server, and behind it those that vouch for it; with it the server speaks TLS only. Read again when it changes: [see below](#tls)");
  private static final Setting<Optional<Path>> TLS_KEY =
      Setting.optionalPath(
          "tls.key",
          "a file in PEM with the key of that certificate, in PKCS#8 without a password");

  private static final List<Setting<?>> OWN =
      List.of(TOKEN_FILE, TOKENS, PROXIES, TLS_CERTIFICATE, TLS_KEY);

  static final List<Setting<?>> DECLARED =
      Stream.concat(OWN.stream(), JoinSettings.DECLARED.stream()).toList();

  /**
   * @throws ConfigurationException if there is a certificate without a key, or a key without one
   */
  public AccessSettings {
    if ((tlsCertificate == null) != (tlsKey == null)) {
      throw new ConfigurationException(
          "sandbox.server.tls.certificate and sandbox.server.tls.key are set together, or neither is");
    }
  }

  static AccessSettings read(PluginSettings settings) {
    return new AccessSettings(
        TOKENS.read(settings).orElse(""),
        TOKEN_FILE.read(settings).orElse(null),
        Proxies.of(PROXIES.read(settings)),
        TLS_CERTIFICATE.read(settings).orElse(null),
        TLS_KEY.read(settings).orElse(null),
        JoinSettings.read(settings));
  }
}
