package org.cloudramp.sandbox.server.access;

import java.util.function.Predicate;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Tells which connections have a request that is being answered, or have become WebSockets, and so
 * make room for nobody: see {@link ConnectionLimits}. A page may be asked for by anybody, takes the
 * server nothing, and can be asked for again; so whoever reads one makes room if it takes long.
 */
public final class RequestsUnderWay extends Handler.Wrapper {
  private final ConnectionLimits limits;
  private final Predicate<String> isPage;

  /**
   * @param handler of all requests
   * @param isPage whether a path is that of a page, or of a part of one
   */
  public RequestsUnderWay(Handler handler, ConnectionLimits limits, Predicate<String> isPage) {
    super(handler);
    this.limits = limits;
    this.isPage = isPage;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    EndPoint endPoint = request.getConnectionMetaData().getConnection().getEndPoint();
    if (isPage.test(Request.getPathInContext(request))) {
      limits.asksForPage(endPoint);
      return super.handle(request, response, callback);
    }
    limits.asks(endPoint);
    Request.addCompletionListener(
        request,
        failure -> {
          if (response.getStatus() != HttpStatus.SWITCHING_PROTOCOLS_101) {
            limits.waits(endPoint);
          }
        });
    return super.handle(request, response, callback);
  }
}
