package org.cloudramp.sandbox.server.access;

import java.util.Optional;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.http.UriCompliance.Violation;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * Refuses paths that two readers may take for two different ones, such as {@code /a%2Fb}, where the
 * answer depends on what a path means.
 *
 * <p>The library does so by itself, for all paths, and closes the connection with a status. Below
 * one prefix that is too early: who reads paths there compares them as they are, and has a better
 * answer. So the library is told to let more through ({@link #COMPLIANCE}), and what it would have
 * refused is refused here, unless it is below that prefix.
 */
public final class ProperPaths extends Handler.Wrapper {
  /**
   * What the library lets through. Not among it are dots that are encoded, with which a path leaves
   * its prefix, and what no URI may have, at which the library fails later.
   */
  public static final UriCompliance COMPLIANCE =
      UriCompliance.DEFAULT.with(
          "paths that are compared as they are",
          Violation.AMBIGUOUS_EMPTY_SEGMENT,
          Violation.AMBIGUOUS_PATH_SEPARATOR,
          Violation.AMBIGUOUS_PATH_ENCODING,
          Violation.BAD_UTF8_ENCODING,
          Violation.TRUNCATED_UTF8_ENCODING,
          Violation.SUSPICIOUS_PATH_CHARACTERS);

  private final String exempt;
  private final Refusal refusal;

  /**
   * @param exempt the prefix below which paths are compared as they are
   */
  public ProperPaths(Handler handler, String exempt, Refusal refusal) {
    super(handler);
    this.exempt = exempt;
    this.refusal = refusal;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    HttpURI uri = request.getHttpURI();
    Optional<Violation> fault = isExempt(uri) ? Optional.empty() : fault(uri);
    if (fault.isPresent()) {
      refusal.answer(
          request, response, callback, HttpStatus.BAD_REQUEST_400, fault.get().getDescription());
      return true;
    }
    return super.handle(request, response, callback);
  }

  /** What the library would have refused. */
  private static Optional<Violation> fault(HttpURI uri) {
    return uri.getViolations().stream()
        .filter(violation -> !UriCompliance.DEFAULT.allows(violation))
        .findFirst();
  }

  /** Below the prefix as it was sent, and still so when it has been tidied up. */
  private boolean isExempt(HttpURI uri) {
    return begins(uri.getPath()) && begins(uri.getCanonicalPath());
  }

  private boolean begins(@Nullable String path) {
    return path != null && path.startsWith(exempt);
  }
}
