package org.cloudramp.sandbox.server.jointoken;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.cloudramp.sandbox.server.jointoken.Issuer.quoted;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.cloudramp.sandbox.api.Identity;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.server.jointoken.Issuer.Algorithm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class JoinPolicyTest {
  private static final long NOW = 1_800_000_000;
  private static final Issuer ISSUER = new Issuer();
  private static final RoomAddress LOBBY = room("chat", "lobby");
  private static final Identity ANN = new Identity("ann", "{\"name\":\"Ann\"}");

  private final JoinPolicy policy = policy("token", JoinKeys.ofFile(jwks(Algorithm.values())));

  private static byte[] jwks(Algorithm... algorithms) {
    return ISSUER.jwks(algorithms).getBytes(UTF_8);
  }

  private static JoinPolicy policy(String rooms, JoinKeys keys) {
    return new JoinPolicy(
        JoinRules.parse(List.of(rooms.split(" ")), JoinRules.Rule.TOKEN),
        new FixedKeys(keys),
        Issuer.NAME,
        Issuer.AUDIENCE,
        InstantSource.fixed(Instant.ofEpochSecond(NOW)));
  }

  /** Keys that never change. */
  private record FixedKeys(JoinKeys current) implements KeySource {
    @Override
    public boolean lookAgain() {
      return false;
    }

    @Override
    public void readAgain() {}

    @Override
    public void close() {}
  }

  private static RoomAddress room(String service, String room) {
    return new RoomAddress(new ServiceId(service), new RoomId(room));
  }

  private JoinDecision decide(String token) {
    return policy.decide(LOBBY, List.of(token));
  }

  private JoinDecision withClaim(String name, String json) {
    Map<String, String> claims = Issuer.claims(NOW);
    claims.put(name, json);
    return decide(ISSUER.token(Algorithm.ES256, claims));
  }

  private JoinDecision withHeader(Algorithm signedWith, String header) {
    return decide(ISSUER.token(signedWith, header, Issuer.claims(NOW)));
  }

  private static void assertAdmits(JoinDecision decision, Identity who) {
    assertThat(decision).isEqualTo(new JoinDecision.Admitted(who));
  }

  private static void assertRefuses(JoinDecision decision, String why) {
    assertThat(decision)
        .isInstanceOfSatisfying(
            JoinDecision.Refused.class,
            refused -> {
              assertThat(refused.reason()).contains(why);
              assertThat(refused.reason().getBytes(UTF_8)).hasSizeLessThanOrEqualTo(123);
            });
  }

  @ParameterizedTest
  @EnumSource
  void admitsWithATokenOfEachAlgorithm(Algorithm algorithm) {
    assertAdmits(decide(ISSUER.token(algorithm, Issuer.claims(NOW))), ANN);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "HS256")
  void admitsByAPublicKeyInPemWhateverTheTokenCallsIt(Algorithm algorithm) {
    JoinPolicy pem =
        policy("token", JoinKeys.ofFile(("a comment\n" + ISSUER.pem(algorithm)).getBytes(UTF_8)));

    assertAdmits(pem.decide(LOBBY, List.of(ISSUER.token(algorithm, Issuer.claims(NOW)))), ANN);
  }

  @Test
  void admitsByTheOtherNameOfEdDsa() {
    assertAdmits(
        withHeader(Algorithm.EdDSA, "{\"alg\":\"Ed25519\",\"kid\":\"key of EdDSA\"}"), ANN);
  }

  @Test
  void admitsWithATokenThatNamesNoKeyIfThereIsOneOfItsAlgorithm() {
    assertAdmits(withHeader(Algorithm.RS256, "{\"alg\":\"RS256\"}"), ANN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "None", "NONE", "nOnE", ""})
  void refusesATokenThatIsNotSignedHoweverItSaysSo(String none) {
    String header = "{\"alg\":\"%s\",\"kid\":\"key of RS256\"}".formatted(none);
    String signed = ISSUER.token(Algorithm.RS256, header, Issuer.claims(NOW));
    String unsigned = signed.substring(0, signed.lastIndexOf('.') + 1);

    for (String token : List.of(signed, unsigned, unsigned + "AA")) {
      assertThat(decide(token)).isInstanceOf(JoinDecision.Refused.class);
    }
  }

  @Test
  void refusesAnHmacWithWhatIsPublicOfAKey() {
    for (Algorithm algorithm : List.of(Algorithm.RS256, Algorithm.ES256, Algorithm.EdDSA)) {
      byte[] encoded = ISSUER.publicKey(algorithm).getEncoded();
      for (byte[] secret :
          List.of(encoded, ISSUER.pem(algorithm).getBytes(UTF_8), jwks(algorithm))) {
        for (String id : List.of(",\"kid\":\"key of " + algorithm + "\"", "")) {
          String header = "{\"alg\":\"HS256\"" + id + "}";
          JoinPolicy withoutSecret = policy("token", JoinKeys.ofFile(jwks(algorithm)));

          String forged = Issuer.withSecret(secret, header, Issuer.claims(NOW));

          assertRefuses(withoutSecret.decide(LOBBY, List.of(forged)), "no key");
          assertThat(decide(forged)).isInstanceOf(JoinDecision.Refused.class);
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "RS256, RS512",
    "RS256, PS256",
    "RS256, ES256",
    "ES256, RS256",
    "ES256, ES384",
    "EdDSA, ES256",
    "HS256, HS512",
    "HS256, RS256",
    "RS256, RSA-OAEP"
  })
  void refusesAnAlgorithmThatTheKeyIsNotFor(Algorithm key, String claimed) {
    assertRefuses(
        withHeader(
            key, "{\"typ\":\"JWT\",\"alg\":\"%s\",\"kid\":\"key of %s\"}".formatted(claimed, key)),
        "");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"kid\":\"another\"",
        "\"kid\":\"key of ES256\"",
        "\"kid\":\"../../etc/passwd\"",
        "\"kid\":\"key of RS256' OR 1=1\"",
        "\"kid\":7",
        "\"kid\":null,\"typ\":\"JOSE\"",
        "\"kid\":\"key of RS256\",\"typ\":\"at+jwt\"",
        "\"kid\":\"key of RS256\",\"typ\":7",
        "\"kid\":\"key of RS256\",\"crit\":[\"exp\"]",
        "\"kid\":\"key of RS256\",\"crit\":[\"b64\"],\"b64\":false",
        "\"kid\":\"key of RS256\",\"kid\":\"key of ES256\""
      })
  void refusesAHeaderThatNamesAnotherKeyOrAsksForMore(String fields) {
    assertThat(withHeader(Algorithm.RS256, "{\"alg\":\"RS256\"," + fields + "}"))
        .isInstanceOf(JoinDecision.Refused.class);
  }

  @Test
  void takesNoKeyThatATokenBringsAlong() {
    Issuer forger = new Issuer();
    String jwk = forger.jwk(Algorithm.ES256);
    for (String key :
        List.of(
            "\"jwk\":" + jwk,
            "\"jku\":\"https://forger.example/keys\"",
            "\"x5u\":\"https://forger.example/cert\"")) {
      String header = "{\"alg\":\"ES256\",\"kid\":\"key of ES256\"," + key + "}";

      assertThat(decide(forger.token(Algorithm.ES256, header, Issuer.claims(NOW))))
          .isInstanceOf(JoinDecision.Refused.class);
    }
  }

  @ParameterizedTest
  @EnumSource
  void refusesTheTokenOfAForgerAndOneThatWasChanged(Algorithm algorithm) {
    String good = ISSUER.token(algorithm, Issuer.claims(NOW));
    Map<String, String> others = Issuer.claims(NOW);
    others.put("sub", quoted("bob"));
    String[] parts = good.split("\\.", -1);
    String[] ofBob = ISSUER.token(algorithm, others).split("\\.", -1);

    assertThat(decide(parts[0] + "." + ofBob[1] + "." + parts[2]))
        .isInstanceOf(JoinDecision.Refused.class);
    if (algorithm != Algorithm.HS256) { // whose secret is the same for all issuers of this test
      assertRefuses(decide(new Issuer().token(algorithm, Issuer.claims(NOW))), "signature");
    }
  }

  @Test
  void refusesSignaturesOfNothingButZeros() {
    String good = ISSUER.token(Algorithm.ES256, Issuer.claims(NOW));
    for (int size : new int[] {1, 63, 64, 65}) {
      String zeros = good.substring(0, good.lastIndexOf('.') + 1) + Issuer.base64(new byte[size]);

      assertRefuses(decide(zeros), "signature");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "..",
        "a",
        "a.b",
        "a.b.c",
        "a.b.c.d.e",
        "e30.e30.e30",
        " ",
        "\n",
        "é.é.é",
        "{\"payload\":\"\"}",
        "AAAA.AAAA.AAAA"
      })
  void refusesWhatIsNoToken(String token) {
    assertRefuses(decide(token), "no signed JWT");
  }

  @Test
  void refusesATokenThatIsTooLongBeforeItLooksIntoIt() {
    assertRefuses(withClaim("padding", quoted("x".repeat(5_000))), "longer than 4096");
  }

  @Test
  void refusesClaimsAndHeadersThatAreNestedWithoutAnEnd() {
    String deep = "[".repeat(1_400);
    assertThat(decide(ISSUER.signed(Algorithm.ES256, Issuer.header(Algorithm.ES256), deep)))
        .isInstanceOf(JoinDecision.Refused.class);
    assertThat(decide(ISSUER.signed(Algorithm.ES256, "{\"alg\":" + deep, "{}")))
        .isInstanceOf(JoinDecision.Refused.class);
    assertThat(withClaim("info", deep + "]".repeat(1_400)))
        .isInstanceOf(JoinDecision.Refused.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "7", "null", "\"text\"", "{", "{\"sub\":\"ann\"}}", "\u0000"})
  void refusesContentThatIsNoObject(String content) {
    assertThat(decide(ISSUER.signed(Algorithm.ES256, Issuer.header(Algorithm.ES256), content)))
        .isInstanceOf(JoinDecision.Refused.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"iss", "aud", "sub", "exp", "service", "room"})
  void refusesATokenThatLacksAClaim(String name) {
    Map<String, String> claims = Issuer.claims(NOW);
    claims.remove(name);

    assertRefuses(decide(ISSUER.token(Algorithm.ES256, claims)), "not for this server");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "iss | \"https://id.example.org/\"",
        "iss | [\"https://id.example.org\"]",
        "aud | \"other\"",
        "aud | []",
        "aud | [\"other\", \"more\"]",
        "sub | null",
        "sub | {}",
        "sub | \"\"",
        "sub | \" \"",
        "sub | \"a\\nb\"",
        "sub | \"\\u202eb\"",
        "exp | \"1900000000\"",
        "exp | {}",
        "exp | null",
        "iss | null",
        "aud | null",
        "service | null",
        "service | \"quiz\"",
        "service | \"*\"",
        "service | \"cha*\"",
        "service | [\"chat\"]",
        "room | \"\"",
        "room | \"lobb\"",
        "room | \"lobby2\"",
        "room | \"kitchen*\"",
        "room | \"*lobby\"",
        "room | \"Lobby\"",
        "room | [\"lobby\"]",
        "room | null"
      })
  void refusesAClaimThatIsWrong(String name, String json) {
    assertThat(withClaim(name, json)).isInstanceOf(JoinDecision.Refused.class);
  }

  @Test
  void admitsWithSeveralAudiencesOfWhichOneIsIt() {
    assertAdmits(withClaim("aud", "[\"other\",\"rooms\"]"), ANN);
  }

  @Test
  void refusesATokenThatHasExpiredAndAllowsForAClockThatIsAMinuteOff() {
    assertAdmits(withClaim("exp", String.valueOf(NOW - 59)), ANN);
    assertRefuses(withClaim("exp", String.valueOf(NOW - 61)), "has expired");
    assertRefuses(withClaim("exp", "0"), "has expired");
    assertRefuses(withClaim("exp", "-1"), "has expired");
    assertAdmits(withClaim("nbf", String.valueOf(NOW + 59)), ANN);
    assertRefuses(withClaim("nbf", String.valueOf(NOW + 61)), "not for this server");
  }

  @Test
  void aClaimThatIsNullIsNoTextThatSaysSo() {
    Map<String, String> claims = Issuer.claims(NOW);
    claims.put("room", "null");
    claims.put("service", "null");

    assertRefuses(
        policy.decide(room("null", "null"), List.of(ISSUER.token(Algorithm.ES256, claims))),
        "a claim");
  }

  @ParameterizedTest
  @ValueSource(strings = {"lobby", "*", "l*", "lobby*"})
  void admitsToARoomByItsNameOrABeginning(String pattern) {
    assertAdmits(withClaim("room", quoted(pattern)), ANN);
  }

  @Test
  void admitsToNoRoomOfAnotherService() {
    String token = ISSUER.token(Algorithm.ES256, Issuer.claims(NOW));

    assertRefuses(policy.decide(room("quiz", "lobby"), List.of(token)), "another room");
    assertRefuses(policy.decide(room("chat", "kitchen"), List.of(token)), "another room");
  }

  @Test
  void takesAUserOf128CharactersAndAnInfoOfAKibibyteAndNoMore() {
    assertAdmits(
        withClaim("sub", quoted("u".repeat(128))),
        new Identity("u".repeat(128), "{\"name\":\"Ann\"}"));
    assertRefuses(withClaim("sub", quoted("u".repeat(129))), "a claim");
    assertAdmits(
        withClaim("info", quoted("i".repeat(1_022))),
        new Identity("ann", quoted("i".repeat(1_022))));
    assertRefuses(withClaim("info", quoted("i".repeat(1_023))), "a claim");
    assertRefuses(withClaim("info", quoted("é".repeat(600))), "a claim");
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "true", "7", "-1.5", "[1,[2,{\"a\":null}]]", "{}", "\"a\\\"b\""})
  void handsOnAnInfoOfAnyKind(String json) {
    assertAdmits(withClaim("info", json), new Identity("ann", json));
  }

  @Test
  void saysNothingOfWhomATokenSaysNothing() {
    Map<String, String> claims = Issuer.claims(NOW);
    claims.remove("info");

    assertAdmits(decide(ISSUER.token(Algorithm.HS256, claims)), Identity.ofUser("ann"));
  }

  @Test
  void aRoomIsOpenWithATokenOnlyOrBothAsItsServiceHasIt() {
    JoinPolicy mixed = policy("both chat/token old/open", JoinKeys.ofFile(jwks(Algorithm.ES256)));
    Map<String, String> claims = Issuer.claims(NOW);
    claims.put("service", quoted("quiz"));
    String forQuiz = ISSUER.token(Algorithm.ES256, claims);
    List<String> nothing = List.of();

    assertRefuses(mixed.decide(LOBBY, nothing), "needs a join token");
    assertAdmits(mixed.decide(room("quiz", "lobby"), nothing), Identity.UNKNOWN);
    assertAdmits(mixed.decide(room("quiz", "lobby"), List.of(forQuiz)), ANN);
    assertRefuses(mixed.decide(room("quiz", "lobby"), List.of("a.b.c")), "no signed JWT");
    assertAdmits(mixed.decide(room("old", "lobby"), List.of(forQuiz)), Identity.UNKNOWN);
    assertAdmits(mixed.decide(room("old", "lobby"), List.of("a.b.c")), Identity.UNKNOWN);
  }

  @Test
  void refusesTwoTokensThoughEitherWouldDo() {
    String token = ISSUER.token(Algorithm.ES256, Issuer.claims(NOW));

    assertRefuses(policy.decide(LOBBY, List.of(token, token)), "more than one");
  }

  @Test
  void takesNoKeyThatIsWeakPrivateOrOfNoUse() {
    String weak = Issuer.pem("PUBLIC KEY", Issuer.rsa(1024).getPublic().getEncoded());
    String otherCurve = Issuer.pem("PUBLIC KEY", Issuer.ec("secp384r1").getPublic().getEncoded());
    String secretInUse = Issuer.pem("PRIVATE KEY", ISSUER.privateKeyOfRsa().getEncoded());
    String twice =
        ISSUER.pem(Algorithm.ES256)
            + Issuer.pem("PUBLIC KEY", Issuer.ec("secp256r1").getPublic().getEncoded());

    assertFileIsRefused(weak, "1024 bits");
    assertFileIsRefused(otherCurve, "P-256");
    assertFileIsRefused(secretInUse, "PRIVATE KEY");
    assertFileIsRefused(twice, "have no 'kid'");
    assertFileIsRefused("", "no key");
    assertFileIsRefused("{}", "no JWK set");
    assertFileIsRefused("{\"keys\":[]}", "no key");
    assertFileIsRefused("{\"keys\":[{\"kty\":\"oct\",\"k\":\"c2hvcnQ\"}]}", "256 bits");
    assertFileIsRefused(
        "{\"keys\":[" + ISSUER.jwk(Algorithm.ES256) + "," + ISSUER.jwk(Algorithm.ES256) + "]}",
        "two of the");
    assertFileIsRefused(
        ISSUER.jwks(Algorithm.ES256).replace("\"kty\":\"EC\"", "\"kty\":\"EC\",\"d\":\"AQAB\""),
        "private part");
    assertFileIsRefused(
        ISSUER.jwks(Algorithm.RS256).replace("\"kty\"", "\"use\":\"enc\",\"kty\""), "no key");
    assertFileIsRefused(
        ISSUER.jwks(Algorithm.RS256).replace("\"kty\"", "\"alg\":\"RS512\",\"kty\""), "no key");
  }

  private static void assertFileIsRefused(String content, String why) {
    assertThatThrownBy(() -> JoinKeys.ofFile(content.getBytes(UTF_8)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(why);
  }

  @Test
  void takesNoSecretFromAUrl() {
    assertThatThrownBy(() -> JoinKeys.ofUrl(jwks(Algorithm.ES256, Algorithm.HS256)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("secret");
  }

  @Test
  void saysNothingOfASecretThatCannotBeRead() {
    String secret = Base64.getUrlEncoder().encodeToString("do not tell anybody".getBytes(UTF_8));

    assertThatThrownBy(
            () -> JoinKeys.ofFile(("{\"kty\":\"oct\",\"k\":[\"" + secret + "\"]").getBytes(UTF_8)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageNotContaining(secret)
        .hasNoCause();
  }

  @ParameterizedTest
  @ValueSource(strings = {"closed", "chat/", "/token", "Chat/token", "chat/token/x", "TOKEN"})
  void takesNoRuleOfAnotherShape(String entry) {
    assertThatThrownBy(() -> JoinRules.parse(List.of(entry), JoinRules.Rule.OPEN))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("join.rooms");
  }

  @Test
  void takesNoTwoRulesForTheSame() {
    assertThatThrownBy(
            () -> JoinRules.parse(List.of("chat/token", "chat/open"), JoinRules.Rule.OPEN))
        .hasMessageContaining("service 'chat'");
    assertThatThrownBy(() -> JoinRules.parse(List.of("both", "open"), JoinRules.Rule.OPEN))
        .hasMessageContaining("all services");
  }
}
