package org.cloudramp.sandbox.server.jointoken;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Makes join tokens, by the JDK alone, so that what checks them is compared with something else
 * than itself. A key of each algorithm, made anew for each issuer.
 */
public final class Issuer {
  public static final String NAME = "https://id.example.org";
  public static final String AUDIENCE = "rooms";

  /** An algorithm, with the name that tokens have for it. */
  public enum Algorithm {
    HS256,
    RS256,
    ES256,
    EdDSA
  }

  private final byte[] secret = "a secret of thirty-two bytes or more".getBytes(UTF_8);
  private final KeyPair rsa = pair("RSA", 2048);
  private final KeyPair ec = ec("secp256r1");
  private final KeyPair ed = pair("Ed25519", 0);

  private static KeyPair pair(String algorithm, int bits) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
      if (bits > 0) {
        generator.initialize(bits);
      }
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  static KeyPair ec(String curve) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec(curve));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  static KeyPair rsa(int bits) {
    return pair("RSA", bits);
  }

  /** The claims of a token that is good for {@code chat/lobby} until an hour from now. */
  public static Map<String, String> claims(long now) {
    Map<String, String> claims = new LinkedHashMap<>();
    claims.put("iss", quoted(NAME));
    claims.put("aud", quoted(AUDIENCE));
    claims.put("sub", quoted("ann"));
    claims.put("exp", String.valueOf(now + 3600));
    claims.put("service", quoted("chat"));
    claims.put("room", quoted("lobby"));
    claims.put("info", "{\"name\":\"Ann\"}");
    return claims;
  }

  public static String quoted(String text) {
    return "\"" + text + "\"";
  }

  /** A token that names the key of its algorithm. */
  public String token(Algorithm algorithm, Map<String, String> claims) {
    return token(algorithm, header(algorithm), claims);
  }

  static String header(Algorithm algorithm) {
    return "{\"typ\":\"JWT\",\"alg\":\"%s\",\"kid\":\"key of %s\"}".formatted(algorithm, algorithm);
  }

  /** A token with any header, signed with the key of an algorithm. */
  String token(Algorithm algorithm, String header, Map<String, String> claims) {
    return signed(algorithm, header, json(claims));
  }

  static String json(Map<String, String> claims) {
    return claims.entrySet().stream()
        .map(claim -> quoted(claim.getKey()) + ":" + claim.getValue())
        .collect(Collectors.joining(",", "{", "}"));
  }

  /** Any header and any content, signed with the key of an algorithm. */
  String signed(Algorithm algorithm, String header, String content) {
    String input = base64(header.getBytes(UTF_8)) + "." + base64(content.getBytes(UTF_8));
    return input + "." + base64(signature(algorithm, input.getBytes(UTF_8)));
  }

  private byte[] signature(Algorithm algorithm, byte[] input) {
    return switch (algorithm) {
      case HS256 -> mac(secret, input);
      case RS256 -> signature("SHA256withRSA", rsa.getPrivate(), input);
      case ES256 -> signature("SHA256withECDSAinP1363Format", ec.getPrivate(), input);
      case EdDSA -> signature("Ed25519", ed.getPrivate(), input);
    };
  }

  private static byte[] signature(String algorithm, PrivateKey key, byte[] input) {
    try {
      Signature signature = Signature.getInstance(algorithm);
      signature.initSign(key);
      signature.update(input);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  /** A token whose signature is an HMAC with something that everybody can have. */
  static String withSecret(byte[] secret, String header, Map<String, String> claims) {
    String input = base64(header.getBytes(UTF_8)) + "." + base64(json(claims).getBytes(UTF_8));
    return input + "." + base64(mac(secret, input.getBytes(UTF_8)));
  }

  private static byte[] mac(byte[] secret, byte[] input) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret, "HmacSHA256"));
      return mac.doFinal(input);
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  PublicKey publicKey(Algorithm algorithm) {
    return switch (algorithm) {
      case RS256 -> rsa.getPublic();
      case ES256 -> ec.getPublic();
      case EdDSA -> ed.getPublic();
      case HS256 -> throw new IllegalArgumentException("a secret has no public part");
    };
  }

  public String pem(Algorithm algorithm) {
    return pem("PUBLIC KEY", publicKey(algorithm).getEncoded());
  }

  PrivateKey privateKeyOfRsa() {
    return rsa.getPrivate();
  }

  static String pem(String label, byte[] content) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(label, Base64.getMimeEncoder().encodeToString(content), label);
  }

  /** A JWK set with the keys of some algorithms. */
  public String jwks(Algorithm... algorithms) {
    return Arrays.stream(algorithms)
        .map(this::jwk)
        .collect(Collectors.joining(",", "{\"keys\":[", "]}"));
  }

  String jwk(Algorithm algorithm) {
    String own =
        switch (algorithm) {
          case HS256 -> "\"kty\":\"oct\",\"k\":\"%s\"".formatted(base64(secret));
          case RS256 -> {
            RSAPublicKey key = (RSAPublicKey) rsa.getPublic();
            yield "\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\""
                .formatted(
                    base64(key.getModulus().toByteArray()),
                    base64(key.getPublicExponent().toByteArray()));
          }
          case ES256 -> {
            ECPublicKey key = (ECPublicKey) ec.getPublic();
            yield "\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"%s\",\"y\":\"%s\""
                .formatted(
                    base64(fixed(key.getW().getAffineX().toByteArray())),
                    base64(fixed(key.getW().getAffineY().toByteArray())));
          }
          case EdDSA -> {
            byte[] encoded = ed.getPublic().getEncoded();
            yield "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"%s\""
                .formatted(
                    base64(Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length)));
          }
        };
    return "{\"kid\":\"key of %s\",%s}".formatted(algorithm, own);
  }

  /** In 32 bytes, without a sign. */
  private static byte[] fixed(byte[] number) {
    byte[] fixed = new byte[32];
    int size = Math.min(32, number.length);
    System.arraycopy(number, number.length - size, fixed, 32 - size, size);
    return fixed;
  }

  static String base64(byte[] content) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(content);
  }
}
