package org.cloudramp.sandbox.server.metering;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.api.hook.HookUsage;
import org.cloudramp.sandbox.server.observe.HookOutcomeLabel;

/**
 * What one service has taken, or all others. Thread-safe: each number grows by itself, so a report
 * may have one half of what is being added.
 */
final class ServiceTotals {
  private final Map<HookOutcomeLabel, LongAdder> hooks =
      new EnumMap<>(HookOutcomeLabel.class); // changed by nobody

  private final LongAdder guestNanos = new LongAdder();
  private final LongAdder keysRead = new LongAdder();
  private final LongAdder keysWritten = new LongAdder();
  private final LongAdder bytesIn = new LongAdder();
  private final LongAdder bytesOut = new LongAdder();
  private final LongAdder messagesOut = new LongAdder();
  private final LongAdder uploads = new LongAdder();
  private final LongAdder uploadNanos = new LongAdder();

  ServiceTotals() {
    for (HookOutcomeLabel outcome : HookOutcomeLabel.values()) {
      hooks.put(outcome, new LongAdder());
    }
  }

  void add(HookOutcomeLabel outcome) {
    Objects.requireNonNull(hooks.get(outcome)).increment();
  }

  void add(HookResult result, HookOutcomeLabel outcome) {
    HookUsage usage = result.usage();
    guestNanos.add(usage.guestNanos());
    if (usage.keysRead() > 0) {
      keysRead.add(usage.keysRead());
    }
    if (usage.keysWritten() > 0) {
      keysWritten.add(usage.keysWritten());
    }
    if (result.call() instanceof HookCall.Message message) {
      bytesIn.add(message.payload().bytes().size());
    } else if (result.call() instanceof HookCall.Request request) {
      bytesIn.add(request.body().size());
      result.answer().ifPresent(answer -> bytesOut.add(answer.body().size()));
    }
    add(outcome); // last: what a call that is counted has taken is in the totals
  }

  void sent(int bytes) {
    bytesOut.add(bytes);
    messagesOut.increment();
  }

  void uploaded(long cpuNanos) {
    uploads.increment();
    uploadNanos.add(cpuNanos);
  }

  MeteringReport.OfService report(String service) {
    SortedMap<String, Long> byOutcome = new TreeMap<>();
    hooks.forEach(
        (outcome, count) -> {
          long sum = count.sum();
          if (sum > 0) {
            byOutcome.put(outcome.toString(), sum);
          }
        });
    return new MeteringReport.OfService(
        service,
        byOutcome,
        guestNanos.sum() / 1_000,
        keysRead.sum(),
        keysWritten.sum(),
        bytesIn.sum(),
        bytesOut.sum(),
        messagesOut.sum(),
        uploads.sum(),
        uploadNanos.sum() / 1_000);
  }
}
