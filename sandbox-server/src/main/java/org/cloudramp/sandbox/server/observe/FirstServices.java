package org.cloudramp.sandbox.server.observe;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.cloudramp.sandbox.api.ServiceId;

/**
 * Something for each of the services that were there first; all others share one. So whoever makes
 * up names of services makes up nothing here, and a bound holds. Lock-free once a service is known;
 * thread-safe.
 */
public final class FirstServices<T> {
  private final int most;
  private final Function<ServiceId, T> make;
  private final T others;
  private final Map<ServiceId, T> services = new ConcurrentHashMap<>();

  /** Whether there are as many as there may be. */
  private volatile boolean full;

  /**
   * None yet.
   *
   * @param most how many have one of their own
   * @param make what each gets, when it is needed first
   * @param others what all others share
   */
  public FirstServices(int most, Function<ServiceId, T> make, T others) {
    this.most = most;
    this.make = make;
    this.others = others;
    this.full = most == 0;
  }

  /** That of a service that has proved to be there: its own, if there is a place. */
  public T of(ServiceId service) {
    T known = services.get(service);
    if (known != null) {
      return known;
    }
    return full ? others : added(service);
  }

  private synchronized T added(ServiceId service) {
    T known = services.get(service);
    if (known != null || full) {
      return known == null ? others : known;
    }
    T made = make.apply(service);
    services.put(service, made);
    full = services.size() >= most;
    return made;
  }

  /** That of a service whose name a stranger may have made up: its own if it has one. */
  public T ofUnproven(ServiceId service) {
    return services.getOrDefault(service, others);
  }

  /** What all share that have none of their own. */
  public T others() {
    return others;
  }

  /** Those that have one of their own; changes while it is looked at. */
  public Map<ServiceId, T> all() {
    return services;
  }
}
