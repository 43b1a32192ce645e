package org.cloudramp.sandbox.server.tracing;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporterBuilder;
import io.opentelemetry.sdk.common.export.RetryPolicy;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.logging.Level;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.hook.Hook;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.core.Submission;
import org.cloudramp.sandbox.core.TimerListener;
import org.cloudramp.sandbox.server.config.TracingSettings;
import org.cloudramp.sandbox.server.observe.SpanCounts;
import org.cloudramp.sandbox.server.rooms.CallTrace;
import org.cloudramp.sandbox.server.rooms.CallTracer;
import org.jspecify.annotations.Nullable;

/**
 * Follows one in so many calls, and the requests whose askers follow them, and tells a collector.
 * Thread-safe.
 *
 * <ol>
 *   <li>Whether a call is followed is decided where it comes in, or where a timer is due; one that
 *       is not costs a random number.
 *   <li>A request with a {@code traceparent} becomes a part of that trace if its asker says that it
 *       is recorded, and is not followed if not. Anybody may ask for that, so no more than {@value
 *       #ASKED_PER_SECOND} of these are followed within a second.
 *   <li>Nobody waits for the collector.
 * </ol>
 */
public final class Tracing implements CallTracer, TimerListener, AutoCloseable {
  private static final int ASKED_PER_SECOND = 100;

  /** For one request to the collector. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** For what is on its way when the server ends. */
  private static final Duration LAST = Duration.ofSeconds(2);

  /** Those that wait behind are lost otherwise while the collector is away. */
  private static final RetryPolicy ONCE_MORE =
      RetryPolicy.builder()
          .setMaxAttempts(2)
          .setInitialBackoff(Duration.ofMillis(500))
          .setMaxBackoff(Duration.ofMillis(500))
          .build();

  private static final String TRACEPARENT = "traceparent";

  /**
   * OpenTelemetry says by way of the JDK's log what is said in ours, once a minute. The JDK forgets
   * what was set of a logger that nobody holds.
   */
  private static final java.util.logging.Logger ITS_OWN =
      java.util.logging.Logger.getLogger("io.opentelemetry");

  private final int oneIn;
  private final Predicate<ServiceId> isSeen;
  private final PerSecond asked = new PerSecond(ASKED_PER_SECOND, System::nanoTime);
  private final Collector collector;
  private final SdkTracerProvider provider;
  private final Tracer tracer;

  /**
   * Begins. The collector need not be there yet.
   *
   * @param isSeen whether a service is there, and no name that a stranger has made up
   */
  public Tracing(TracingSettings settings, Predicate<ServiceId> isSeen) {
    ITS_OWN.setLevel(Level.OFF);
    URI endpoint =
        settings
            .endpoint()
            .orElseThrow(
                () -> new ConfigurationException("sandbox.server.tracing.endpoint is not set"));
    OtlpHttpSpanExporterBuilder exporter =
        OtlpHttpSpanExporter.builder()
            .setEndpoint(endpoint.toString())
            .setTimeout(PATIENCE)
            .setRetryPolicy(ONCE_MORE);
    settings.headers().forEach(exporter::addHeader);
    this.oneIn = settings.oneIn();
    this.isSeen = isSeen;
    this.collector = new Collector(exporter.build(), endpoint, settings.spans(), settings.every());
    this.provider =
        SdkTracerProvider.builder()
            .setResource(
                Resource.getDefault()
                    .merge(
                        Resource.create(
                            Attributes.builder()
                                .put("service.name", settings.service())
                                .put("service.instance.id", UUID.randomUUID().toString())
                                .build())))
            .setSampler(Sampler.alwaysOn()) // who gets a span has been chosen
            .addSpanProcessor(collector)
            .build();
    this.tracer = provider.get("org.cloudramp.sandbox");
  }

  @Override
  public @Nullable CallTrace came(ServiceId service, Hook hook, int bytes) {
    return isChosen() ? follow(Context.root(), service, hook, bytes) : null;
  }

  @Override
  public @Nullable CallTrace asked(ServiceId service, int bytes, @Nullable String traceparent) {
    Context parent = traceparent == null ? Context.root() : parent(traceparent);
    SpanContext asker = Span.fromContext(parent).getSpanContext();
    boolean isChosen = asker.isValid() ? asker.isSampled() && asked.take() : isChosen();
    return isChosen ? follow(parent, service, Hook.ON_REQUEST, bytes) : null;
  }

  /** What the store knows a timer of is a service, and no name that a stranger has made up. */
  @Override
  public Submission.@Nullable Listener fires(HookCall.Timer call) {
    return isChosen()
        ? new FollowedTimer(
            new FollowedCall(tracer, Context.root(), call.service(), Hook.ON_TIMER, 0))
        : null;
  }

  private boolean isChosen() {
    return oneIn == 1 || ThreadLocalRandom.current().nextInt(oneIn) == 0;
  }

  private CallTrace follow(Context parent, ServiceId service, Hook hook, int bytes) {
    return new FollowedCall(tracer, parent, isSeen.test(service) ? service : null, hook, bytes);
  }

  /** What the asker says of its trace; nothing if that reads wrong. */
  private static Context parent(String traceparent) {
    return W3CTraceContextPropagator.getInstance()
        .extract(Context.root(), traceparent, OnlyTraceparent.GETTER);
  }

  /** What has become of the spans so far. */
  public SpanCounts counts() {
    return collector.counts();
  }

  /** Brings what waits to the collector, if that does not take long, and ends. Idempotent. */
  @Override
  public void close() {
    var unused = provider.shutdown().join(LAST.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Of all headers that say something of traces, this one: the others are texts of strangers. */
  private enum OnlyTraceparent implements TextMapGetter<String> {
    GETTER;

    @Override
    @SuppressWarnings("deprecation") // and has to be there all the same
    public Iterable<String> keys(String traceparent) {
      return List.of(TRACEPARENT);
    }

    @Override
    public @Nullable String get(@Nullable String traceparent, String key) {
      return key.equals(TRACEPARENT) ? traceparent : null;
    }
  }
}
