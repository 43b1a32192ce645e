package org.cloudramp.sandbox.server.management;

import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** {@code /metrics}: what the server counts, for Prometheus. */
final class MetricsPage extends Handler.Abstract {
  private static final String PATH = "/metrics";
  private static final String TYPE = "text/plain;version=0.0.4;charset=utf-8";

  private final Supplier<String> text;

  MetricsPage(Supplier<String> text) {
    this.text = text;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    if (!PATH.equals(request.getHttpURI().getCanonicalPath())) {
      return false;
    }
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, TYPE);
    response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
    Content.Sink.write(response, true, text.get(), callback);
    return true;
  }
}
