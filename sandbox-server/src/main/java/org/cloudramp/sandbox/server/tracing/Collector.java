package org.cloudramp.sandbox.server.tracing;

import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.net.URI;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.cloudramp.sandbox.api.error.InertText;
import org.cloudramp.sandbox.server.observe.OncePerMinute;
import org.cloudramp.sandbox.server.observe.SpanCounts;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings spans that have ended to the collector, from a thread of its own, and counts them.
 * Thread-safe; whoever ends a span waits for nothing.
 *
 * <p>Bounded: so many wait or are on their way, and what would be more is dropped. A collector that
 * is away costs a line a minute.
 */
final class Collector implements SpanProcessor {
  private static final Logger log = LoggerFactory.getLogger(Collector.class);

  private final SpanExporter exporter;
  private final BatchSpanProcessor batches;
  private final URI endpoint;
  private final int most;
  private final OncePerMinute troubles = new OncePerMinute(log, System::nanoTime);

  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicLong sent = new AtomicLong();
  private final AtomicLong dropped = new AtomicLong();
  private final AtomicLong lost = new AtomicLong();

  /**
   * @param exporter the way to the collector
   * @param endpoint where that is, for the log
   * @param most spans that wait or are on their way
   * @param every how often some are sent
   */
  Collector(SpanExporter exporter, URI endpoint, int most, Duration every) {
    this.exporter = exporter;
    this.endpoint = endpoint;
    this.most = most;
    this.batches =
        BatchSpanProcessor.builder(new Counted())
            .setMaxQueueSize(most)
            .setScheduleDelay(every)
            .build();
  }

  @Override
  public void onStart(Context parent, ReadWriteSpan span) {}

  @Override
  public boolean isStartRequired() {
    return false;
  }

  @Override
  public void onEnd(ReadableSpan span) {
    if (waiting.incrementAndGet() > most) {
      waiting.decrementAndGet();
      dropped.incrementAndGet();
    } else {
      batches.onEnd(span);
    }
  }

  @Override
  public boolean isEndRequired() {
    return true;
  }

  @Override
  public CompletableResultCode shutdown() {
    return batches.shutdown();
  }

  @Override
  public CompletableResultCode forceFlush() {
    return batches.forceFlush();
  }

  SpanCounts counts() {
    return new SpanCounts(sent.get(), dropped.get(), lost.get());
  }

  private void wereSent(int spans) {
    waiting.addAndGet(-spans);
    sent.addAndGet(spans);
  }

  private void wereLost(int spans, @Nullable Throwable why) {
    waiting.addAndGet(-spans);
    lost.addAndGet(spans);
    troubles.warn(
        "{} spans could not be brought to {} (sandbox.server.tracing.endpoint): {}",
        spans,
        endpoint,
        reason(why));
  }

  /** What the collector, or the way to it, says: a stranger's words. */
  private static String reason(@Nullable Throwable why) {
    Throwable cause = why == null ? null : why.getCause();
    return cause == null
        ? "it has refused them; look at the path and the headers"
        : InertText.quote(cause.toString());
  }

  /** The way to the collector, with what has become of each batch. */
  private final class Counted implements SpanExporter {
    @Override
    public CompletableResultCode export(Collection<SpanData> spans) {
      int size = spans.size();
      CompletableResultCode result;
      try {
        result = exporter.export(spans);
      } catch (Throwable e) { // what it does not expect must not end the thread
        wereLost(size, e);
        return CompletableResultCode.ofFailure();
      }
      return result.whenComplete(
          () -> {
            if (result.isSuccess()) {
              wereSent(size);
            } else {
              wereLost(size, result.getFailureThrowable());
            }
          });
    }

    @Override
    public CompletableResultCode flush() {
      return exporter.flush();
    }

    @Override
    public CompletableResultCode shutdown() {
      return exporter.shutdown();
    }
  }
}
