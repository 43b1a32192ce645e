package org.cloudramp.sandbox.server.http;

import java.util.Optional;
import org.cloudramp.sandbox.core.Sandbox;
import org.cloudramp.sandbox.server.access.OperatorOnly;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * {@code /api/functions}: what rooms can import, in the JSON that {@code npx room bindings} reads.
 * For the operator only.
 */
public final class FunctionsApi extends Handler.Abstract.NonBlocking {
  private static final String PATH = "/api/functions";

  private final Sandbox sandbox;

  /** Tells what this sandbox offers. */
  public FunctionsApi(Sandbox sandbox) {
    this.sandbox = sandbox;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    if (!PATH.equals(request.getHttpURI().getCanonicalPath())) {
      return false;
    }
    Optional<String> refusal = OperatorOnly.refusal(request);
    if (refusal.isPresent()) {
      Answer.text(response, callback, HttpStatus.FORBIDDEN_403, refusal.get());
    } else {
      Answer.jsonText(response, callback, FunctionsJson.write(sandbox.functions()));
    }
    return true;
  }
}
