package org.cloudramp.sandbox.core.function;

import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.core.ServiceSet;

/**
 * Which services may import which functions of plugins. What the core and the host's extensions
 * offer is open to all; whatever a plugin adds is closed until the operator opens it. Permissions
 * add up: none takes away what another gives. Immutable.
 */
public final class Permissions {
  private static final String PREFIX = "permissions.";
  private static final Pattern NAME =
      Pattern.compile("[a-z][a-zA-Z0-9]{0,31}(\\.[a-z][a-zA-Z0-9]{0,63})?");

  private final Map<String, ServiceSet> grants = new TreeMap<>();

  private Permissions(Map<String, String> values) {
    values.forEach(
        (name, services) -> grants.put(checked(name), ServiceSet.read(PREFIX + name, services)));
  }

  /** Nothing but what is built in. */
  public static Permissions none() {
    return new Permissions(Map.of());
  }

  /**
   * Reads the settings {@code permissions.*}: the name of a module such as {@code leaderboard}, or
   * of one function such as {@code leaderboard.add}, and the services that may use it, separated by
   * commas, or {@code *} for all.
   *
   * @param values named without {@code permissions.}
   * @throws ConfigurationException if one reads wrong
   */
  public static Permissions read(Map<String, String> values) {
    return new Permissions(values);
  }

  /** Whether a service may import a function that a plugin adds. */
  boolean allow(ServiceId service, String module, String function) {
    return includes(module, service) || includes(module + "." + function, service);
  }

  private boolean includes(String name, ServiceId service) {
    ServiceSet grant = grants.get(name);
    return grant != null && grant.includes(service);
  }

  /**
   * Refuses permissions that mean nothing: most are typing errors, and the service that was meant
   * would be denied.
   *
   * @param builtIn the modules that are open to every service
   * @param offered the names of plugins' modules and functions
   */
  void requireOnly(SortedSet<String> builtIn, SortedSet<String> offered) {
    for (String name : grants.keySet()) {
      if (builtIn.contains(name.split("\\.", -1)[0])) {
        throw new ConfigurationException(
            "setting '%s%s' has no effect: %s are open to every service"
                .formatted(PREFIX, name, String.join(", ", builtIn)));
      }
      if (!offered.contains(name)) {
        throw new ConfigurationException(
            "setting '%s%s' names no host function; there are: %s"
                .formatted(PREFIX, name, offered.isEmpty() ? "none" : String.join(", ", offered)));
      }
    }
  }

  private static String checked(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new ConfigurationException(
          "setting '%s%s' is not named after a module such as 'leaderboard' or a function such as 'leaderboard.add'"
              .formatted(PREFIX, name));
    }
    return name;
  }
}
