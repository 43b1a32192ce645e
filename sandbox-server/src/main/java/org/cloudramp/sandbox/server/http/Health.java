package org.cloudramp.sandbox.server.http;

import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** {@code /healthz}: says that the server is there to answer. */
public final class Health extends Handler.Abstract.NonBlocking {
  private static final String PATH = "/healthz";

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    if (!PATH.equals(request.getHttpURI().getCanonicalPath())) {
      return false;
    }
    Answer.text(response, callback, HttpStatus.OK_200, "ok");
    return true;
  }
}
