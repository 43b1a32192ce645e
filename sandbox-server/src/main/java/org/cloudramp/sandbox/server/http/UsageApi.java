package org.cloudramp.sandbox.server.http;

import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.cloudramp.sandbox.server.access.OperatorOnly;
import org.cloudramp.sandbox.server.observe.Usage;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * {@code /api/usage}: how much is in use of what all connections share, by the name of the setting
 * that limits it. For the operator only.
 */
public final class UsageApi extends Handler.Abstract.NonBlocking {
  private static final String PATH = "/api/usage";

  private final Supplier<Map<String, Usage>> usage;

  /** Tells what is in use at the time. */
  public UsageApi(Supplier<Map<String, Usage>> usage) {
    this.usage = usage;
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
      Answer.json(response, callback, HttpStatus.OK_200, usage.get());
    }
    return true;
  }
}
