package org.cloudramp.sandbox.server.access;

import java.nio.channels.SelectableChannel;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Counts a connection of a named proxy for the client whose request it carries: while that is
 * answered, and if it becomes a WebSocket until that is closed. One too many is answered with 429.
 */
public final class ForwardedLimits extends Handler.Wrapper {
  private final ConnectionLimits limits;
  private final Refusal refusal;

  /**
   * @param handler of what is not too much
   */
  public ForwardedLimits(Handler handler, ConnectionLimits limits, Refusal refusal) {
    super(handler);
    this.limits = limits;
    this.refusal = refusal;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    SelectableChannel channel =
        ForwardedRequests.isForwarded(request)
            ? ConnectionLimits.channelOf(
                request.getConnectionMetaData().getConnection().getEndPoint())
            : null;
    if (channel == null) {
      return super.handle(request, response, callback);
    }
    if (!limits.countFor(channel, Addresses.client(request))) {
      response.getHeaders().put(HttpHeader.RETRY_AFTER, "1");
      refusal.answer(
          request,
          response,
          callback,
          HttpStatus.TOO_MANY_REQUESTS_429,
          "too many connections from your address are open (sandbox.server.connectionsPerAddress)");
      return true;
    }
    Request.addCompletionListener(
        request,
        failure -> {
          if (response.getStatus() != HttpStatus.SWITCHING_PROTOCOLS_101) {
            limits.countForNobody(channel);
          }
        });
    return super.handle(request, response, callback);
  }
}
