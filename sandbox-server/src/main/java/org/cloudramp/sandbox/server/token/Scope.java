package org.cloudramp.sandbox.server.token;

import java.util.Locale;
import org.cloudramp.sandbox.api.ServiceId;

/**
 * What a token allows, or what a request needs: {@code admin}, {@code deploy:chat}, {@code
 * read:chat}. In the place of the service a {@code *} is any service.
 *
 * @param service a service's name or {@code *}; always {@code *} for {@link Kind#ADMIN}
 */
public record Scope(Kind kind, String service) {
  private static final String ANY = "*";

  /** Everything. */
  public static final Scope ADMIN = new Scope(Kind.ADMIN, ANY);

  /** To be told about all services. */
  public static final Scope READ_ALL = new Scope(Kind.READ, ANY);

  /** What may be done. */
  public enum Kind {
    /** Whatever there is to do. */
    ADMIN,
    /** To change which code of a service is live, and to be told about the service. */
    DEPLOY,
    /** To be told about a service. */
    READ
  }

  /** To change which code of a service is live. */
  public static Scope deploy(ServiceId service) {
    return new Scope(Kind.DEPLOY, service.value());
  }

  /** To be told about a service. */
  public static Scope read(ServiceId service) {
    return new Scope(Kind.READ, service.value());
  }

  /**
   * Reads what {@link #toString} writes.
   *
   * @throws IllegalArgumentException if it is no scope; the message does not repeat the text, which
   *     may be a token in the wrong place
   */
  public static Scope parse(String text) {
    int colon = text.indexOf(':');
    String service = text.substring(colon + 1);
    Scope scope =
        switch (colon < 0 ? text : text.substring(0, colon)) {
          case "admin" -> ADMIN;
          case "deploy" -> new Scope(Kind.DEPLOY, service);
          case "read" -> new Scope(Kind.READ, service);
          default -> throw noScope();
        };
    if (!scope.toString().equals(text) || !isService(scope.service)) {
      throw noScope();
    }
    return scope;
  }

  private static IllegalArgumentException noScope() {
    return new IllegalArgumentException(
        "a scope is 'admin', 'deploy:SERVICE' or 'read:SERVICE', where SERVICE is a service's name, or * for all");
  }

  private static boolean isService(String text) {
    try {
      return text.equals(ANY) || text.equals(new ServiceId(text).value());
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** Whether whoever has this may do what needs {@code needed}. */
  public boolean includes(Scope needed) {
    boolean sameService = service.equals(ANY) || service.equals(needed.service);
    return switch (kind) {
      case ADMIN -> true;
      case DEPLOY -> sameService && needed.kind != Kind.ADMIN;
      case READ -> sameService && needed.kind == Kind.READ;
    };
  }

  /** As it is written down. */
  @Override
  public String toString() {
    return kind == Kind.ADMIN ? "admin" : kind.name().toLowerCase(Locale.ROOT) + ":" + service;
  }
}
