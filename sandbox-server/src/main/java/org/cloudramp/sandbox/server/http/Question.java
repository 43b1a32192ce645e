package org.cloudramp.sandbox.server.http;

import java.util.function.Supplier;
import org.cloudramp.sandbox.server.access.Caller;
import org.cloudramp.sandbox.server.token.Scope;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/** One path of the API at which whoever may know is answered in JSON. */
public final class Question extends Handler.Abstract.NonBlocking {
  private final String path;
  private final @Nullable Scope needed;
  private final Supplier<?> answer;

  private Question(String path, @Nullable Scope needed, Supplier<?> answer) {
    this.path = path;
    this.needed = needed;
    this.answer = answer;
  }

  /**
   * A path and what is answered there to everybody who has a token, whatever it allows.
   *
   * @param answer a record or a map, made anew for each request; quick, and waits for nothing
   */
  public static Question forEveryToken(String path, Supplier<?> answer) {
    return new Question(path, null, answer);
  }

  /** The same for those whose token has a scope that includes {@code needed}. */
  public static Question needing(Scope needed, String path, Supplier<?> answer) {
    return new Question(path, needed, answer);
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    if (!path.equals(request.getHttpURI().getCanonicalPath())) {
      return false;
    }
    if (needed != null && !Caller.of(request).may(needed)) {
      Answer.missing(needed, response, callback);
    } else {
      Answer.json(response, callback, HttpStatus.OK_200, answer.get());
    }
    return true;
  }
}
