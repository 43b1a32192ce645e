package org.cloudramp.sandbox.server.access;

import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** How somebody is told that a request is not answered here. */
@FunctionalInterface
public interface Refusal {
  /** Answers with a status and a sentence. */
  void answer(Response response, Callback callback, int status, String text);
}
