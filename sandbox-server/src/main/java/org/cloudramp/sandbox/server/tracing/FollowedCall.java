package org.cloudramp.sandbox.server.tracing;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.SandboxException;
import org.cloudramp.sandbox.api.hook.Hook;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.server.observe.HookOutcomeLabel;
import org.cloudramp.sandbox.server.rooms.CallTrace;
import org.jspecify.annotations.Nullable;

/**
 * The trace of one call: a span from where it came in to its end, and in it one for the wait for
 * its turn, and one for each step; host calls are in the step of the guest. One thread at a time.
 *
 * <p>No more than {@value #MAX_SPANS} spans; what comes after that is not told, but counted as far
 * as it is host calls. Attributes are names and numbers of the host's.
 */
final class FollowedCall implements CallTrace {
  private static final int MAX_SPANS = 100;

  private static final AttributeKey<String> SERVICE = AttributeKey.stringKey("sandbox.service");
  private static final AttributeKey<String> VERSION = AttributeKey.stringKey("sandbox.version");
  private static final AttributeKey<String> CONNECTION =
      AttributeKey.stringKey("sandbox.connection");
  private static final AttributeKey<String> OUTCOME = AttributeKey.stringKey("sandbox.outcome");
  private static final AttributeKey<Long> BYTES = AttributeKey.longKey("sandbox.bytes");
  private static final AttributeKey<Long> HOST_CALLS = AttributeKey.longKey("sandbox.host_calls");

  private final Tracer tracer;
  private final Span call;
  private final Context inCall;
  private final Span queue;
  private @Nullable Span step;
  private @Nullable Span hostCall;
  private int spans = 2;
  private long hostCalls;

  /**
   * It begins, and waits for its turn.
   *
   * @param service whose room; null if that is not known to be there
   */
  FollowedCall(Tracer tracer, Context parent, @Nullable ServiceId service, Hook hook, int bytes) {
    this.tracer = tracer;
    this.call =
        tracer
            .spanBuilder(nameOf(hook))
            .setParent(parent)
            .setSpanKind(SpanKind.SERVER)
            .setAttribute(SERVICE, service == null ? "_other" : service.value())
            .setAttribute(BYTES, (long) bytes)
            .startSpan();
    this.inCall = Context.root().with(call);
    this.queue = tracer.spanBuilder("queue").setParent(inCall).startSpan();
  }

  private static String nameOf(Hook hook) {
    return switch (hook) {
      case ON_JOIN -> "join";
      case ON_LEAVE -> "leave";
      case ON_REQUEST -> "request";
      case ON_TIMER -> "timer";
      default -> "message";
    };
  }

  @Override
  public void begun() {
    queue.end();
  }

  @Override
  public void begins(Step kind, Hook hook) {
    step =
        begin(
            switch (kind) {
              case LOAD -> "load";
              case GUEST -> hook.export();
              case COMMIT -> "commit";
              case DELIVERY -> "delivery";
            },
            inCall);
    hostCalls = 0;
  }

  @Override
  public void ends(boolean isWell) {
    Span ended = step;
    step = null;
    if (ended != null && hostCalls > 0) {
      ended.setAttribute(HOST_CALLS, hostCalls);
    }
    hostCalls = 0;
    end(ended, isWell);
  }

  @Override
  public void calls(String function) {
    hostCalls++;
    Span within = step;
    hostCall = within == null ? null : begin(function, inCall.with(within));
  }

  @Override
  public void answered(boolean isWell) {
    Span ended = hostCall;
    hostCall = null;
    end(ended, isWell);
  }

  private @Nullable Span begin(String name, Context parent) {
    return spans++ < MAX_SPANS ? tracer.spanBuilder(name).setParent(parent).startSpan() : null;
  }

  private static void end(@Nullable Span span, boolean isWell) {
    if (span != null) {
      if (!isWell) {
        span.setStatus(StatusCode.ERROR);
      }
      span.end();
    }
  }

  @Override
  public void ended(HookResult result) {
    call.setAttribute(VERSION, result.version().digest().hex());
    result.call().onBehalfOf().ifPresent(who -> call.setAttribute(CONNECTION, who.value()));
    end(HookOutcomeLabel.of(result.outcome()), !(result.outcome() instanceof HookOutcome.Failed));
  }

  @Override
  public void notRun(SandboxException reason) {
    HookOutcomeLabel outcome = HookOutcomeLabel.ofAbort(reason);
    end(outcome, outcome == HookOutcomeLabel.ABSENT);
  }

  private void end(HookOutcomeLabel outcome, boolean isWell) {
    answered(isWell);
    ends(isWell);
    queue.end(); // as often as one likes: the first counts
    call.setAttribute(OUTCOME, outcome.toString());
    end(call, isWell);
  }
}
