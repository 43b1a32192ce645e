package org.cloudramp.sandbox.core;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.ConfigurationException;

/**
 * The services that a setting lists.
 *
 * @param everybody whether it is all of them, also those to come
 * @param services those that are listed by name
 */
public record ServiceSet(boolean everybody, Set<ServiceId> services) {
  private static final String EVERYBODY = "*";

  /** Copies the set. */
  public ServiceSet {
    services = Set.copyOf(services);
  }

  /**
   * Reads ids separated by commas, or {@code *} for all.
   *
   * @param setting what the error calls it
   * @throws ConfigurationException if one is no id of a service
   */
  public static ServiceSet read(String setting, String value) {
    List<String> names =
        Arrays.stream(value.split(",", -1)).map(String::strip).filter(n -> !n.isEmpty()).toList();
    Set<ServiceId> services = new HashSet<>();
    for (String name : names) {
      if (!name.equals(EVERYBODY)) {
        services.add(service(setting, name));
      }
    }
    return new ServiceSet(names.contains(EVERYBODY), services);
  }

  /** Whether a service is one of them. */
  public boolean includes(ServiceId service) {
    return everybody || services.contains(service);
  }

  private static ServiceId service(String setting, String name) {
    try {
      return new ServiceId(name);
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException(
          "setting '%s' holds '%s', which is no id of a service; list ids separated by commas, or write * for all"
              .formatted(setting, name),
          e);
    }
  }
}
