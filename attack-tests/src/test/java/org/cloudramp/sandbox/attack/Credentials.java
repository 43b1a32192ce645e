package org.cloudramp.sandbox.attack;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** The tokens that the attacked server knows: attackers may upload, unless they try without. */
final class Credentials {
  /** Allows everything. */
  static final String ADMIN = "of-the-attackers-who-may-do-everything";

  /** Allows to upload the service {@code visited}, and nothing else. */
  static final String DEPLOYS_VISITED = "of-somebody-who-has-the-service-visited";

  private Credentials() {}

  /**
   * The value of {@code SANDBOX_SERVER_TOKENS}, which a server of before there were tokens ignores.
   */
  static String entries() {
    return "attackers admin %s; visited deploy:visited %s"
        .formatted(hash(ADMIN), hash(DEPLOYS_VISITED));
  }

  /** The header in which a token is sent. */
  static String header(String token) {
    return "Authorization: Bearer " + token;
  }

  private static String hash(String token) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.US_ASCII));
      return "sha256:" + HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
  }
}
