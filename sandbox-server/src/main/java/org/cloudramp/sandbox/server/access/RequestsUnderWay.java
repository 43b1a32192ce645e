package org.cloudramp.sandbox.server.access;

import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Tells which connections have a request that is being answered, or have become WebSockets, and so
 * make room for nobody: see {@link ConnectionLimits}.
 */
public final class RequestsUnderWay extends Handler.Wrapper {
  private final ConnectionLimits limits;

  /**
   * @param handler of all requests
   */
  public RequestsUnderWay(Handler handler, ConnectionLimits limits) {
    super(handler);
    this.limits = limits;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    EndPoint endPoint = request.getConnectionMetaData().getConnection().getEndPoint();
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
