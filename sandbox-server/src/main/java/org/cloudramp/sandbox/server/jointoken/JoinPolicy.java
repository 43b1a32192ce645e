package org.cloudramp.sandbox.server.jointoken;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.nimbusds.jwt.proc.BadJWTException;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.ExpiredJWTException;
import java.text.ParseException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.cloudramp.sandbox.api.Identity;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.error.InertText;
import org.cloudramp.sandbox.server.observe.OncePerMinute;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who may join which rooms, and who they are. Thread-safe; does not wait, and takes as long as a
 * signature.
 *
 * <p>A token is worth something if
 *
 * <ol>
 *   <li>it is a signed JWT of at most {@value #MAX_TOKEN_LENGTH} characters, and its header asks
 *       for nothing that is not known here;
 *   <li>it names one of the operator's keys, and the one algorithm that this key is for;
 *   <li>the signature is that key's;
 *   <li>issuer and audience are those of the settings, and it has not expired;
 *   <li>it is for the service, and for the room or a beginning of its name;
 *   <li>it says who its bearer is, as {@link Identity} takes it.
 * </ol>
 *
 * <p>What it says is read after its signature was checked. What is wrong with it is told to its
 * bearer in a sentence, and once a minute to the log, without the token.
 */
public final class JoinPolicy implements AutoCloseable {
  /** The longest token that is looked at. */
  public static final int MAX_TOKEN_LENGTH = 4096;

  /** How far the clock of who makes tokens may be off. */
  static final Duration CLOCK_SKEW = Duration.ofSeconds(60);

  private static final Logger log = LoggerFactory.getLogger(JoinPolicy.class);

  /** Three parts in base64url, none of them empty: a JWS in its compact form, and nothing else. */
  private static final Pattern SHAPE =
      Pattern.compile("[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+");

  private static final String SERVICE = "service";
  private static final String ROOM = "room";
  private static final String ANY_REST = "*";

  private static final JoinDecision UNKNOWN = new JoinDecision.Admitted(Identity.UNKNOWN);
  private static final JoinDecision NO_TOKEN =
      new JoinDecision.Refused("this room needs a join token");
  private static final JoinDecision SEVERAL =
      new JoinDecision.Refused("there is more than one join token");
  private static final JoinDecision NO_KEYS =
      new JoinDecision.Undecided("join tokens cannot be checked now");

  /** Why a token is worth nothing. */
  private static final class WorthlessTokenException extends Exception {
    private static final long serialVersionUID = 1L;

    /**
     * @param reason for its bearer
     */
    WorthlessTokenException(String reason, @Nullable Throwable cause) {
      super(reason, cause, false, false);
    }

    WorthlessTokenException(String reason) {
      this(reason, null);
    }
  }

  private final JoinRules rules;
  private final @Nullable KeySource keys;
  private final DefaultJWTClaimsVerifier<SecurityContext> claimsVerifier;
  private final OncePerMinute refused = new OncePerMinute(log, System::nanoTime);

  /**
   * A policy.
   *
   * @param keys null if no rule asks for tokens
   * @param issuer of tokens: their {@code iss}
   * @param audience that tokens are for: one of their {@code aud}
   */
  JoinPolicy(
      JoinRules rules,
      @Nullable KeySource keys,
      String issuer,
      String audience,
      InstantSource clock) {
    this.rules = rules;
    this.keys = keys;
    this.claimsVerifier =
        new DefaultJWTClaimsVerifier<>(
            audience,
            new JWTClaimsSet.Builder().issuer(issuer).build(),
            Set.of("sub", "exp", SERVICE, ROOM)) {
          @Override
          protected Date currentTime() {
            return Date.from(clock.instant());
          }
        };
    claimsVerifier.setMaxClockSkew((int) CLOCK_SKEW.toSeconds());
  }

  /**
   * The policy of a server.
   *
   * @throws org.cloudramp.sandbox.api.error.ConfigurationException if there are to be keys and
   *     there are none
   */
  public static JoinPolicy of(JoinSettings settings) {
    return new JoinPolicy(
        settings.rooms(),
        settings.keySource(),
        settings.issuer(),
        settings.audience(),
        InstantSource.system());
  }

  /**
   * Whether somebody may ask a room to be let in, and who that is.
   *
   * @param tokens all that the request has brought, as they are
   */
  public JoinDecision decide(RoomAddress room, List<String> tokens) {
    JoinRules.Rule rule = rules.of(room.service());
    KeySource source = keys;
    if (source == null || rule == JoinRules.Rule.OPEN) {
      return UNKNOWN;
    }
    if (tokens.isEmpty()) {
      return rule == JoinRules.Rule.BOTH ? UNKNOWN : NO_TOKEN;
    }
    if (tokens.size() > 1) {
      return SEVERAL;
    }
    try {
      SignedJWT token = parse(tokens.get(0));
      Optional<JoinKey> key = source.current().find(token.getHeader());
      if (key.isEmpty() && source.lookAgain()) {
        return NO_KEYS;
      }
      return new JoinDecision.Admitted(
          identity(claims(token, key.orElseThrow(JoinPolicy::noSuchKey)), room));
    } catch (WorthlessTokenException e) {
      String reason = String.valueOf(e.getMessage());
      refused.warn(
          "a join of {} was refused: {}{}",
          room,
          reason,
          e.getCause() == null
              ? ""
              : " (" + InertText.escape(InertText.cut(String.valueOf(e.getCause()), 300)) + ")");
      return new JoinDecision.Refused(reason);
    }
  }

  private static WorthlessTokenException noSuchKey() {
    return new WorthlessTokenException("the join token is signed by no key that is known here");
  }

  private static SignedJWT parse(String text) throws WorthlessTokenException {
    if (text.length() > MAX_TOKEN_LENGTH) {
      throw new WorthlessTokenException(
          "the join token is longer than %d characters".formatted(MAX_TOKEN_LENGTH));
    }
    if (!SHAPE.matcher(text).matches()) {
      throw noJwt(null);
    }
    SignedJWT token;
    try {
      token = SignedJWT.parse(text);
    } catch (ParseException | RuntimeException | StackOverflowError e) { // it is a stranger's
      throw noJwt(e);
    }
    JWSHeader header = token.getHeader();
    boolean isJwt = header.getType() == null || header.getType().equals(JOSEObjectType.JWT);
    boolean asksForMore =
        header.getCriticalParams() != null && !header.getCriticalParams().isEmpty();
    if (!isJwt || asksForMore || !header.isBase64URLEncodePayload()) {
      throw new WorthlessTokenException("the join token is of a kind that is not for this");
    }
    return token;
  }

  private static WorthlessTokenException noJwt(@Nullable Throwable cause) {
    return new WorthlessTokenException("the join token is no signed JWT", cause);
  }

  private JWTClaimsSet claims(SignedJWT token, JoinKey key) throws WorthlessTokenException {
    try {
      if (!token.verify(key.verifier())) {
        throw new WorthlessTokenException("the signature of the join token is not right");
      }
    } catch (JOSEException | RuntimeException e) {
      throw new WorthlessTokenException("the signature of the join token is not right", e);
    }
    try {
      JWTClaimsSet claims = token.getJWTClaimsSet();
      claimsVerifier.verify(claims, null);
      if (claims.getExpirationTime()
          == null) { // the library looks whether it is there, and not at null
        throw new WorthlessTokenException("the join token is not for this server");
      }
      return claims;
    } catch (ExpiredJWTException e) {
      throw new WorthlessTokenException("the join token has expired", e);
    } catch (BadJWTException e) {
      throw new WorthlessTokenException("the join token is not for this server", e);
    } catch (ParseException | RuntimeException | StackOverflowError e) {
      throw new WorthlessTokenException("the claims of the join token cannot be read", e);
    }
  }

  private static Identity identity(JWTClaimsSet claims, RoomAddress room)
      throws WorthlessTokenException {
    try {
      String of = required(claims.getStringClaim(ROOM));
      boolean isForRoom =
          of.endsWith(ANY_REST)
              ? room.room().value().startsWith(of.substring(0, of.length() - 1))
              : room.room().value().equals(of);
      if (!isForRoom || !room.service().value().equals(claims.getStringClaim(SERVICE))) {
        throw new WorthlessTokenException("the join token is for another room");
      }
      return new Identity(required(claims.getSubject()), InfoClaim.of(claims));
    } catch (ParseException | IllegalArgumentException e) {
      throw new WorthlessTokenException("a claim of the join token is not what it has to be", e);
    }
  }

  /** A claim may be there, and be null. */
  private static String required(@Nullable String claim) {
    if (claim == null || claim.isEmpty()) {
      throw new IllegalArgumentException("it is empty");
    }
    return claim;
  }

  /** Looks whether the keys have changed. To be called by one thread, every second or so. */
  public void readAgain() {
    if (keys != null) {
      keys.readAgain();
    }
  }

  /** Looks for no keys any more. Idempotent. */
  @Override
  public void close() {
    if (keys != null) {
      keys.close();
    }
  }
}
