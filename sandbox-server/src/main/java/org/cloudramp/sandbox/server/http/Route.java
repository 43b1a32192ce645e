package org.cloudramp.sandbox.server.http;

import java.util.Set;
import org.eclipse.jetty.http.HttpMethod;

/**
 * A method at a path of the API.
 *
 * @param needs what a token must allow; asked before the action
 * @param query the parameters that the query may have
 * @param action answers, once and now or later; does not wait
 */
record Route(HttpMethod method, PathTemplate path, Needs needs, Set<String> query, Action action) {
  /** What a route does. */
  @FunctionalInterface
  interface Action {
    /** Answers; what is thrown is answered as {@link Failures} says. */
    void answer(ApiRequest request);
  }

  static Route of(HttpMethod method, String path, Needs needs, Action action, String... query) {
    return new Route(method, new PathTemplate(path), needs, Set.of(query), action);
  }

  /** As in documents: {@code GET /api/services/{service}}. */
  @Override
  public String toString() {
    return method + " " + path.text();
  }
}
