package org.cloudramp.sandbox.server.access;

import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** How somebody is told that a request is not answered here. */
@FunctionalInterface
public interface Refusal {
  /** Answers with a status and a sentence. */
  void answer(Request request, Response response, Callback callback, int status, String text);
}
