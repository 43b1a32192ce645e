package org.cloudramp.sandbox.server.http;

import org.cloudramp.sandbox.server.token.Scope;
import org.jspecify.annotations.Nullable;

/** What a token must allow whoever uses a route. */
enum Needs {
  /** Any token is enough. */
  ANY_TOKEN,
  /** To read about all services. */
  READ_ALL,
  /** To read about the service in the path. */
  READ,
  /** To change the service in the path. */
  DEPLOY,
  /** Everything. */
  ADMIN;

  /** The scope for a service; null if any token is enough. */
  @Nullable Scope scope(ApiRequest request) {
    return switch (this) {
      case ANY_TOKEN -> null;
      case READ_ALL -> Scope.READ_ALL;
      case READ -> Scope.read(request.service());
      case DEPLOY -> Scope.deploy(request.service());
      case ADMIN -> Scope.ADMIN;
    };
  }

  /** As the description of the API says it: {@code read:{service}}. */
  String text() {
    return switch (this) {
      case ANY_TOKEN -> "";
      case READ_ALL -> "read:*";
      case READ -> "read:{service}";
      case DEPLOY -> "deploy:{service}";
      case ADMIN -> "admin";
    };
  }
}
