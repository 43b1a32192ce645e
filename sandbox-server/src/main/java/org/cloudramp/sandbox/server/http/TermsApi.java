package org.cloudramp.sandbox.server.http;

import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.core.Limits;
import org.cloudramp.sandbox.core.Operator;
import org.eclipse.jetty.http.HttpMethod;

/**
 * What a service may take and what it may import: what the settings say, put together. To change it
 * is the settings' matter, so that all of it stands in one place.
 */
public final class TermsApi {
  private static final String SERVICE = Answer.API + "services/{service}";

  private final Operator operator;

  /** Asks what the sandbox works with. */
  public TermsApi(Operator operator) {
    this.operator = operator;
  }

  List<Route> routes() {
    return List.of(
        Route.of(HttpMethod.GET, SERVICE + "/limits", Needs.READ, this::limits),
        Route.of(HttpMethod.GET, SERVICE + "/permissions", Needs.READ, this::permissions));
  }

  record Allowed(String service, Map<String, Long> limits) {}

  /**
   * @param open modules that every service may import from
   * @param granted functions of plugins
   */
  record Permitted(String service, Collection<String> open, Collection<String> granted) {}

  private void limits(ApiRequest request) {
    ServiceId service = request.service();
    request.ok(new Allowed(service.value(), byName(operator.limits(service))));
  }

  private void permissions(ApiRequest request) {
    ServiceId service = request.service();
    Operator.Importable importable = operator.importable(service);
    request.ok(new Permitted(service.value(), importable.open(), importable.granted()));
  }

  /** By their names as settings, in the order of the page; durations in milliseconds. */
  private static Map<String, Long> byName(Limits limits) {
    Map<String, Long> byName = new LinkedHashMap<>();
    for (RecordComponent limit : Limits.class.getRecordComponents()) {
      try {
        Object value = limit.getAccessor().invoke(limits);
        byName.put(
            limit.getName(),
            value instanceof Duration duration
                ? duration.toMillis()
                : ((Number) value).longValue());
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("a public record can be read", e);
      }
    }
    return byName;
  }
}
