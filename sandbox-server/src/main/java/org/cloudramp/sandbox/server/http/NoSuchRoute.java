package org.cloudramp.sandbox.server.http;

import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** Answers what no other part of the API has, in the shape of the API. */
public final class NoSuchRoute extends Handler.Abstract.NonBlocking {
  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    Answer.failure(
        response, callback, HttpStatus.NOT_FOUND_404, "not_found", "the API has no such path");
    return true;
  }
}
