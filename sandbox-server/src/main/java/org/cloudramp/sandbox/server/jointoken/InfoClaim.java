package org.cloudramp.sandbox.server.jointoken;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.nimbusds.jwt.JWTClaimsSet;

/** What a token says of its bearer besides who it is, in the claim {@code info}: any JSON. */
final class InfoClaim {
  private static final String NAME = "info";
  private static final ObjectMapper JSON = new ObjectMapper();

  private InfoClaim() {}

  /** The claim as JSON without blanks; empty if there is none. */
  static String of(JWTClaimsSet claims) {
    if (!claims.getClaims().containsKey(NAME)) {
      return "";
    }
    try {
      return JSON.writeValueAsString(claims.getClaim(NAME));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("the claim 'info' cannot be written", e);
    }
  }
}
