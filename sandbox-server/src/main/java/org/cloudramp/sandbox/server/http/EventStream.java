package org.cloudramp.sandbox.server.http;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.cloudramp.sandbox.server.feed.FeedEvent;
import org.cloudramp.sandbox.server.feed.Subscription;
import org.cloudramp.sandbox.server.token.Scope;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.util.IteratingCallback;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Writes what a subscription brings to one client, as server-sent events. Holds no thread while
 * nothing comes or the client does not read: what waits for it is bounded by the subscription, and
 * a write that gets nowhere is ended by the connection's idle time-out.
 *
 * <p>Every {@value #HEARTBEAT_SECONDS} seconds it sends a comment, so that both ends and the
 * proxies between them see that it is alive, and asks whether the token still allows it. When it
 * ends by the server's doing, the last event is {@code end}, with a reason.
 */
final class EventStream extends IteratingCallback {
  static final int HEARTBEAT_SECONDS = 10;

  private static final byte[] HEARTBEAT = ": alive\n\n".getBytes(StandardCharsets.US_ASCII);

  private final ApiRequest request;
  private final Scope needed;
  private final Executor executor;
  private final Scheduler scheduler;
  private final AtomicBoolean signalled = new AtomicBoolean();
  private final AtomicBoolean heartbeatIsDue = new AtomicBoolean(true); // says that it is open

  private @Nullable Subscription subscription;
  private volatile Scheduler.@Nullable Task heartbeat;
  private volatile boolean ended;

  /** Of the thread that writes. */
  private boolean lastIsWritten;

  /**
   * @param needed what the token must allow, as long as it is open
   */
  EventStream(ApiRequest request, Scope needed) {
    this.request = request;
    this.needed = needed;
    this.executor = request.http().getComponents().getExecutor();
    this.scheduler = request.http().getComponents().getScheduler();
  }

  /**
   * Begins, if there is a subscription.
   *
   * @param subscribe makes one that runs what it is given whenever there is something to take
   */
  boolean open(Function<Runnable, Optional<Subscription>> subscribe) {
    Optional<Subscription> made = subscribe.apply(this::signal);
    if (made.isEmpty()) {
      return false;
    }
    request.response().setStatus(HttpStatus.OK_200);
    request.response().getHeaders().put(HttpHeader.CONTENT_TYPE, "text/event-stream");
    request.response().getHeaders().put(HttpHeader.CACHE_CONTROL, "no-store");
    request.response().getHeaders().put("X-Accel-Buffering", "no"); // nginx would keep it back
    synchronized (this) { // from here on others write, if something has come already
      subscription = made.get();
    }
    iterate();
    beatLater();
    return true;
  }

  /** There is something to take; whoever says so does not write. */
  private void signal() {
    if (signalled.compareAndSet(false, true)) {
      executor.execute(this::iterate);
    }
  }

  private void beatLater() {
    if (!ended) {
      heartbeat = scheduler.schedule(this::beat, HEARTBEAT_SECONDS, TimeUnit.SECONDS);
    }
  }

  private void beat() {
    if (ended) {
      return;
    }
    Subscription open = subscription();
    if (open != null && !request.caller().may(needed)) {
      open.cut("the token does not allow this any more");
    }
    heartbeatIsDue.set(true);
    iterate();
    beatLater();
  }

  private synchronized @Nullable Subscription subscription() {
    return subscription;
  }

  @Override
  protected Action process() {
    Subscription open = subscription();
    if (open == null) {
      return Action.IDLE; // it is about to be there
    }
    if (lastIsWritten) {
      return Action.SUCCEEDED;
    }
    signalled.set(false);
    StringBuilder text = new StringBuilder();
    for (FeedEvent event : open.take()) {
      append(text, event.kind().toString(), String.valueOf(event.number()), EventJson.of(event));
    }
    Optional<String> end = open.end();
    end.ifPresent(reason -> append(text, "end", null, Map.of("reason", reason)));
    boolean beats = heartbeatIsDue.getAndSet(false);
    if (text.isEmpty() && !beats) {
      return Action.IDLE;
    }
    byte[] bytes = text.isEmpty() ? HEARTBEAT : text.toString().getBytes(StandardCharsets.UTF_8);
    lastIsWritten = end.isPresent();
    request.response().write(lastIsWritten, ByteBuffer.wrap(bytes), this);
    return Action.SCHEDULED;
  }

  /** JSON of one line, so that nothing in it begins a line of its own. */
  private static void append(
      StringBuilder text, String event, @Nullable String id, Object content) {
    if (id != null) {
      text.append("id: ").append(id).append('\n');
    }
    text.append("event: ").append(event).append('\n');
    text.append("data: ").append(Answer.jsonText(content)).append("\n\n");
  }

  @Override
  protected void onCompleteSuccess() {
    end();
    request.callback().succeeded();
  }

  @Override
  protected void onCompleteFailure(Throwable cause) {
    end();
    request.callback().failed(cause);
  }

  private void end() {
    ended = true;
    Scheduler.Task waiting = heartbeat;
    if (waiting != null) {
      waiting.cancel();
    }
    Subscription open = subscription();
    if (open != null) {
      open.close();
    }
  }
}
