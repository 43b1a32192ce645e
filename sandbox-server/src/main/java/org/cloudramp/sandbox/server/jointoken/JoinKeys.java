package org.cloudramp.sandbox.server.jointoken;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.util.JSONObjectUtils;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.cloudramp.sandbox.api.error.ConfigurationException;

/**
 * The keys that are known at a time. A token leads to one of them at most, by its key's id and its
 * algorithm, so that checking one costs one signature. Immutable.
 */
final class JoinKeys {
  /** The most bytes of a set of keys; some hundred keys. */
  static final int MAX_BYTES = 64 << 10;

  static final JoinKeys NONE = new JoinKeys(List.of());

  private static final Pattern PEM =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\\s]+)-----END \\1-----");
  private static final String PUBLIC_KEY = "PUBLIC KEY";
  private static final List<String> KINDS = List.of("RSA", "EC", "Ed25519");

  private record Name(String id, Set<JWSAlgorithm> algorithms) {}

  private final List<JoinKey> keys;

  private JoinKeys(List<JoinKey> keys) {
    this.keys = List.copyOf(keys);
    Set<Name> names = new HashSet<>();
    for (JoinKey key : keys) {
      if (!names.add(nameOf(key))) {
        throw new ConfigurationException(
            key.id().isEmpty()
                ? "two keys of join tokens for %s have no 'kid'; give each its own, in a JWK set"
                    .formatted(key.algorithms())
                : "there are two of the %s of join tokens".formatted(key));
      }
    }
  }

  private static Name nameOf(JoinKey key) {
    return new Name(key.id(), key.algorithms());
  }

  /**
   * Keys of a file: a JWK set, a single JWK, or public keys in PEM.
   *
   * @throws ConfigurationException if it is neither, or has no key to be used
   */
  static JoinKeys ofFile(byte[] content) {
    String text = new String(content, StandardCharsets.UTF_8).strip();
    return text.startsWith("{") ? usable(keysOf(text)) : usable(ofPem(text));
  }

  /**
   * Keys that are published at a URL. A secret is none of them: whoever could read it would make
   * tokens.
   *
   * @throws ConfigurationException if it is no JWK set, or has no key to be used
   */
  static JoinKeys ofUrl(byte[] content) {
    List<JoinKey> keys = keysOf(new String(content, StandardCharsets.UTF_8));
    if (keys.stream().anyMatch(JoinKey::isSecret)) {
      throw new ConfigurationException(
          "the keys that are published for join tokens have a secret (kty 'oct'), which everybody can read there");
    }
    return usable(keys);
  }

  private static JoinKeys usable(List<JoinKey> keys) {
    if (keys.isEmpty()) {
      throw new ConfigurationException(
          "there is no key of join tokens that can be used; it takes RSA (RS256), EC on P-256 (ES256), Ed25519 (EdDSA) or, in a file, a secret (HS256)");
    }
    return new JoinKeys(keys);
  }

  private static List<JoinKey> keysOf(String json) {
    try {
      Map<String, Object> object = JSONObjectUtils.parse(json);
      JWKSet set =
          object.containsKey("keys") ? JWKSet.parse(object) : new JWKSet(JWK.parse(object));
      List<JoinKey> keys = new ArrayList<>();
      set.getKeys().forEach(key -> JoinKey.of(key).ifPresent(keys::add));
      return keys;
    } catch (ParseException | IllegalArgumentException e) {
      // The message of the library may have a part of the key.
      throw new ConfigurationException("the keys of join tokens are no JWK set that can be read");
    }
  }

  private static List<JoinKey> ofPem(String text) {
    List<JoinKey> keys = new ArrayList<>();
    Matcher block = PEM.matcher(text);
    while (block.find()) {
      if (!block.group(1).equals(PUBLIC_KEY)) {
        throw new ConfigurationException(
            "the keys of join tokens have a '%s' among them; only 'BEGIN PUBLIC KEY' is of use here, and a private key stays with who makes tokens ('openssl pkey -in KEY -pubout' shows its public part)"
                .formatted(block.group(1)));
      }
      keys.add(JoinKey.of(publicKey(block.group(2))));
    }
    return keys;
  }

  private static PublicKey publicKey(String base64) {
    byte[] encoded = Base64.getMimeDecoder().decode(base64);
    for (String kind : KINDS) {
      try {
        return KeyFactory.getInstance(kind).generatePublic(new X509EncodedKeySpec(encoded));
      } catch (GeneralSecurityException e) {
        // It is of another kind.
      }
    }
    throw new ConfigurationException(
        "a 'PUBLIC KEY' of join tokens is neither RSA nor EC nor Ed25519");
  }

  /**
   * The key for a token: the one that it names. A key without an id is for all tokens of its
   * algorithm that name none of the others; and a token that names no key is for the only one of
   * its algorithm.
   */
  Optional<JoinKey> find(JWSHeader header) {
    String id = header.getKeyID() == null ? "" : header.getKeyID();
    List<JoinKey> fitting =
        keys.stream().filter(key -> key.algorithms().contains(header.getAlgorithm())).toList();
    if (id.isEmpty() && fitting.size() == 1) {
      return Optional.of(fitting.get(0));
    }
    return fitting.stream()
        .filter(key -> key.id().equals(id))
        .findFirst()
        .or(() -> fitting.stream().filter(key -> key.id().isEmpty()).findFirst());
  }

  /** Whether the others have the same ids for the same algorithms. */
  boolean isSameAs(JoinKeys others) {
    return names().equals(others.names());
  }

  private Set<Name> names() {
    return keys.stream().map(JoinKeys::nameOf).collect(Collectors.toSet());
  }

  /** How many. */
  int size() {
    return keys.size();
  }
}
