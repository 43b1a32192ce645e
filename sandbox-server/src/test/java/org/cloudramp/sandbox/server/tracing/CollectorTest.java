package org.cloudramp.sandbox.server.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.net.URI;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.RefusedException;
import org.cloudramp.sandbox.api.hook.Hook;
import org.cloudramp.sandbox.core.HookTrace.Step;
import org.cloudramp.sandbox.server.observe.SpanCounts;
import org.junit.jupiter.api.Test;

/** How much waits for a collector, and how much is told of one call. */
class CollectorTest {
  private static final URI ENDPOINT = URI.create("http://127.0.0.1:4318/v1/traces");
  private static final int MOST = 512;

  private final Slow exporter = new Slow();
  private final Collector collector = new Collector(exporter, ENDPOINT, MOST, Duration.ofHours(1));
  private final Tracer tracer =
      SdkTracerProvider.builder().addSpanProcessor(collector).build().get("test");

  /** Takes what it is given, and says that it has when it is told to. */
  private static final class Slow implements SpanExporter {
    private final List<SpanData> spans = new CopyOnWriteArrayList<>();
    private final CompletableResultCode result = new CompletableResultCode();

    @Override
    public CompletableResultCode export(Collection<SpanData> some) {
      spans.addAll(some);
      return result;
    }

    @Override
    public CompletableResultCode flush() {
      return CompletableResultCode.ofSuccess();
    }

    @Override
    public CompletableResultCode shutdown() {
      return CompletableResultCode.ofSuccess();
    }
  }

  @Test
  void whatIsMoreThanMayWaitIsDroppedAndCounted() {
    for (int i = 0; i < MOST + 100; i++) {
      tracer.spanBuilder("one").startSpan().end();
    }
    assertThat(collector.counts()).isEqualTo(new SpanCounts(0, 100, 0));

    exporter.result.succeed();
    collector.forceFlush().join(30, TimeUnit.SECONDS);

    assertThat(collector.counts()).isEqualTo(new SpanCounts(MOST, 100, 0));
    tracer.spanBuilder("again").startSpan().end();
    // More than once, for a flush that follows another at once may be given the result of that.
    Awaitility.await()
        .until(
            () ->
                collector.forceFlush().join(30, TimeUnit.SECONDS).isSuccess()
                    && collector.counts().equals(new SpanCounts(MOST + 1, 100, 0)));
  }

  @Test
  void whatTheCollectorDoesNotTakeIsLost() {
    tracer.spanBuilder("one").startSpan().end();
    exporter.result.fail();
    collector.forceFlush().join(30, TimeUnit.SECONDS);

    assertThat(collector.counts()).isEqualTo(new SpanCounts(0, 0, 1));
  }

  @Test
  void aHookWithThousandsOfHostCallsIsAHundredSpansAndANumber() {
    FollowedCall call =
        new FollowedCall(tracer, Context.root(), new ServiceId("chat"), Hook.ON_MESSAGE, 1);
    call.begun();
    call.begins(Step.GUEST, Hook.ON_MESSAGE);
    for (int i = 0; i < 10_000; i++) {
      call.calls("kv.get");
      call.answered(true);
    }
    call.ends(true);
    call.begins(Step.COMMIT, Hook.ON_MESSAGE);
    call.ends(true);
    call.notRun(new RefusedException(RefusedException.Kind.CLOSED, "closed"));
    exporter.result.succeed();
    collector.forceFlush().join(30, TimeUnit.SECONDS);

    assertThat(exporter.spans).hasSize(100);
    assertThat(exporter.spans)
        .filteredOn(span -> span.getName().equals("onMessage"))
        .singleElement()
        .satisfies(
            span -> assertThat(span.getAttributes().asMap().values()).containsExactly(10_000L));
  }

  @Test
  void soManyAreTakenWithinASecondAndTheRestInTheNext() {
    long[] now = {0};
    PerSecond rate = new PerSecond(2, () -> now[0]);

    assertThat(List.of(rate.take(), rate.take(), rate.take())).containsExactly(true, true, false);
    now[0] += Duration.ofSeconds(1).toNanos();
    assertThat(List.of(rate.take(), rate.take(), rate.take())).containsExactly(true, true, false);
  }
}
