package org.cloudramp.sandbox.server.http;

import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * Answers where the library would show a page of its own: requests that it cannot read, or refuses
 * before any handler sees them, those that no handler answers, and those at which one fails. The
 * answer has the shape of all errors of the API, whatever the request asked for: a path that cannot
 * be read is below none. Nothing of the failure is in it; the library logs that.
 */
public final class LibraryErrors extends ErrorHandler {
  /** A reason may quote what was sent. */
  private static final int MAX_REASON = 200;

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    SecurityHeaders.addTo(response);
    int status = response.getStatus();
    String reason = null;
    if (request.getAttribute(ERROR_EXCEPTION) instanceof HttpException refused) {
      status = refused.getCode();
      reason = refused.getReason();
    }
    if (status == HttpStatus.NOT_FOUND_404) {
      Answer.failure(response, callback, status, "not_found", "there is nothing at this path");
    } else if (status < 500 || reason != null) {
      Answer.failure(response, callback, status, Answer.kindOf(status), sentence(status, reason));
    } else {
      Answer.failure(response, callback, status, "internal", "the server failed; its log says why");
    }
    return true;
  }

  private static String sentence(int status, @Nullable String reason) {
    String sentence = reason == null ? HttpStatus.getMessage(status) : reason;
    return sentence.length() <= MAX_REASON ? sentence : sentence.substring(0, MAX_REASON) + "…";
  }
}
