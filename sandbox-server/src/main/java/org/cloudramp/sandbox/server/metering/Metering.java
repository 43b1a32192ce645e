package org.cloudramp.sandbox.server.metering;

import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Predicate;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookListener;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.core.ServiceObserver;
import org.cloudramp.sandbox.server.observe.FirstServices;
import org.cloudramp.sandbox.server.observe.HookOutcomeLabel;
import org.cloudramp.sandbox.server.rooms.SentBytes;

/**
 * Adds up what each service takes. Totals grow from 0 while the server runs, and are those of this
 * start alone: a start has an id that no other has. Thread-safe; hooks wait for it, so it is quick
 * and waits for nothing.
 *
 * <p>As many services have totals of their own as the setting says, those that were there first;
 * what all others have taken is one total.
 */
public final class Metering implements HookListener, ServiceObserver, SentBytes {
  private final String start = UUID.randomUUID().toString();
  private final InstantSource clock;
  private final String started;
  private final Predicate<ServiceId> isSeen;
  private final FirstServices<ServiceTotals> services;

  /**
   * Nothing has been taken yet.
   *
   * @param most services that have totals of their own
   * @param isSeen whether a service is there, and no name that a stranger has made up
   */
  public Metering(int most, Predicate<ServiceId> isSeen, InstantSource clock) {
    this.clock = clock;
    this.started = clock.instant().toString();
    this.isSeen = isSeen;
    this.services = new FirstServices<>(most, service -> new ServiceTotals(), new ServiceTotals());
  }

  @Override
  public void onEnd(HookResult result) {
    services.of(result.version().service()).add(result, HookOutcomeLabel.of(result.outcome()));
  }

  @Override
  public void onAbort(HookCall call, Throwable cause) {
    HookOutcomeLabel outcome = HookOutcomeLabel.ofAbort(cause);
    totals(call.service(), outcome.provesService()).add(outcome);
  }

  @Override
  public void sent(ServiceId service, int bytes) {
    totals(service, false).sent(bytes);
  }

  private ServiceTotals totals(ServiceId service, boolean isThere) {
    return isThere || isSeen.test(service) ? services.of(service) : services.ofUnproven(service);
  }

  /** An upload that did not pass has taken its time all the same, whoever has sent it. */
  @Override
  public void checked(ModuleVersion version, boolean passed, long cpuNanos) {
    services.of(version.service()).uploaded(cpuNanos);
  }

  @Override
  public boolean hearsLines() {
    return false;
  }

  /** The id of this start, and when it was: how its file is called. */
  String name() {
    return started.replaceAll("[-:]|\\.\\d+", "") + "-" + start;
  }

  /** All totals as they are now. */
  public MeteringReport report() {
    return report(false);
  }

  /**
   * All totals as they are now.
   *
   * @param isFinal whether nothing more comes from this start
   */
  MeteringReport report(boolean isFinal) {
    List<MeteringReport.OfService> all =
        services.all().entrySet().stream()
            .map(entry -> Map.entry(entry.getKey().value(), entry.getValue()))
            .sorted(Map.Entry.comparingByKey())
            .map(entry -> entry.getValue().report(entry.getKey()))
            .toList();
    return new MeteringReport(
        start,
        started,
        clock.instant().toString(),
        isFinal,
        all,
        services.others().report(MeteringReport.OTHERS));
  }
}
