package org.cloudramp.sandbox.server.http;

import java.util.List;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.server.feed.HookCounts;
import org.eclipse.jetty.http.HttpMethod;

/** How often hooks run and how long they take, while somebody asks. */
public final class HooksApi {
  private final HookCounts counts;

  /**
   * @param counts hears of every hook
   */
  public HooksApi(HookCounts counts) {
    this.counts = counts;
  }

  List<Route> routes() {
    return List.of(
        Route.of(
            HttpMethod.GET,
            Answer.API + "services/{service}/hooks",
            Needs.READ,
            request -> request.ok(OfService.of(request.service(), counts.of(request.service())))),
        Route.of(
            HttpMethod.GET,
            Answer.API + "hooks",
            Needs.READ_ALL,
            request ->
                request.ok(
                    new All(
                        counts.ofAll().entrySet().stream()
                            .map(entry -> OfService.of(entry.getKey(), entry.getValue()))
                            .toList()))));
  }

  /**
   * @param services by their names, as many as {@link HookCounts} counts
   */
  record All(List<OfService> services) {}

  record OfService(String service, List<OfHook> hooks) {
    static OfService of(ServiceId service, List<HookCounts.Count> counts) {
      return new OfService(service.value(), counts.stream().map(OfHook::of).toList());
    }
  }

  /**
   * @param micros that all runs took together
   */
  record OfHook(String hook, long runs, long failed, long micros) {
    static OfHook of(HookCounts.Count count) {
      return new OfHook(count.hook().export(), count.runs(), count.failed(), count.nanos() / 1_000);
    }
  }
}
