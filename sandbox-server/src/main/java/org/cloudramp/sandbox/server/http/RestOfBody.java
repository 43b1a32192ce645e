package org.cloudramp.sandbox.server.http;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Reads what is left of a request's body when the request has been answered, and drops it. A
 * connection that is closed while its client still sends is reset, and the client may never see the
 * answer, which says why its upload was refused (RFC 9112, 9.6).
 *
 * <p>Bounded in bytes and time for each request, and in how many are read so at a time. What goes
 * beyond is closed at once. No thread waits for it.
 */
public final class RestOfBody extends Handler.Wrapper {
  private static final long MAX_BYTES = 16 << 20;
  private static final int MAX_SECONDS = 5;
  private static final int MAX_AT_ONCE = 256;

  private final AtomicInteger atOnce = new AtomicInteger();

  /**
   * @param handler of all requests
   */
  public RestOfBody(Handler handler) {
    super(handler);
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    return super.handle(
        request, response, mayHaveMore(request) ? after(request, callback) : callback);
  }

  /** Whoever asks whether to send the body does not send it when it is refused. */
  private static boolean mayHaveMore(Request request) {
    return !HttpMethod.GET.is(request.getMethod())
        && !HttpMethod.HEAD.is(request.getMethod())
        && request.getLength() != 0
        && !request.getHeaders().contains(HttpHeader.EXPECT, HttpHeaderValue.CONTINUE.asString());
  }

  private Callback after(Request request, Callback callback) {
    return new Callback.Nested(callback) {
      @Override
      public void succeeded() {
        if (atOnce.incrementAndGet() > MAX_AT_ONCE) {
          atOnce.decrementAndGet();
          super.succeeded();
        } else {
          new Rest(request, callback).begin();
        }
      }
    };
  }

  /** What is left of one body. */
  private final class Rest {
    private final Request request;
    private final Callback callback;
    private final AtomicBoolean over = new AtomicBoolean();

    /** One thread reads at a time. */
    private long left = MAX_BYTES;

    private volatile Scheduler.@Nullable Task timeout;

    Rest(Request request, Callback callback) {
      this.request = request;
      this.callback = callback;
    }

    void begin() {
      read();
      if (!over.get()) {
        timeout =
            request
                .getComponents()
                .getScheduler()
                .schedule(this::end, MAX_SECONDS, TimeUnit.SECONDS);
      }
    }

    private void read() {
      while (!over.get()) {
        Content.Chunk chunk = request.read();
        if (chunk == null) {
          request.demand(this::read);
          return;
        }
        left -= chunk.remaining();
        boolean isLast = chunk.isLast() || Content.Chunk.isFailure(chunk);
        chunk.release();
        if (isLast || left < 0) {
          end();
        }
      }
    }

    private void end() {
      if (over.compareAndSet(false, true)) {
        atOnce.decrementAndGet();
        Scheduler.Task waiting = timeout;
        if (waiting != null) {
          waiting.cancel();
        }
        callback.succeeded();
      }
    }
  }
}
