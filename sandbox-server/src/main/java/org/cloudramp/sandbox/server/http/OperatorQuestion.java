package org.cloudramp.sandbox.server.http;

import java.util.Optional;
import java.util.function.Supplier;
import org.cloudramp.sandbox.server.access.OperatorOnly;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** One path at which the operator, and nobody else, is answered in JSON. */
public final class OperatorQuestion extends Handler.Abstract.NonBlocking {
  private final String path;
  private final Supplier<?> answer;

  /**
   * A path and what is answered there.
   *
   * @param answer a record or a map, made anew for each request; quick, and waits for nothing
   */
  public OperatorQuestion(String path, Supplier<?> answer) {
    this.path = path;
    this.answer = answer;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    if (!path.equals(request.getHttpURI().getCanonicalPath())) {
      return false;
    }
    Optional<String> refusal = OperatorOnly.refusal(request);
    if (refusal.isPresent()) {
      Answer.text(response, callback, HttpStatus.FORBIDDEN_403, refusal.get());
    } else {
      Answer.json(response, callback, HttpStatus.OK_200, answer.get());
    }
    return true;
  }
}
