package org.cloudramp.sandbox.server.http;

import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Tells browsers, with every answer, to run only what this server serves, and not inside others.
 */
public final class SecurityHeaders extends Handler.Wrapper {
  /** The header that says what a page, or a worker, may run and reach. */
  static final String POLICY = "Content-Security-Policy";

  private static final HttpFields HEADERS =
      HttpFields.build()
          .add(
              POLICY,
              "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
                  + " connect-src 'self'; base-uri 'none'; form-action 'none';"
                  + " frame-ancestors 'none'")
          .add("X-Content-Type-Options", "nosniff")
          .add("X-Frame-Options", "DENY")
          .add("Referrer-Policy", "no-referrer")
          .add("Cross-Origin-Opener-Policy", "same-origin")
          .add("Cross-Origin-Resource-Policy", "same-origin")
          .asImmutable();

  /** Adds headers to what {@code handler} answers. */
  public SecurityHeaders(Handler handler) {
    super(handler);
  }

  /** Adds them to an answer; once, however often. */
  static void addTo(Response response) {
    HEADERS.forEach(header -> response.getHeaders().put(header));
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    addTo(response);
    return super.handle(request, response, callback);
  }
}
