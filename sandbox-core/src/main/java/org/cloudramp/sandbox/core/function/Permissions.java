package org.cloudramp.sandbox.core.function;

import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.core.ServiceSet;

/**
 * Which services may import which functions. The modules of the guest ABI itself, {@code room},
 * {@code conn}, {@code kv} and {@code sandbox}, are open to all; whatever a plugin adds is closed
 * until the operator opens it. Permissions add up: none takes away what another gives. Immutable.
 */
public final class Permissions {
  /** Without these a guest is no room, so they need no permission and can be given none. */
  private static final Set<String> BUILT_IN = Set.of("room", "conn", "kv", "sandbox");

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
   * @throws ConfigurationException if one reads wrong, or is for a module that is built in
   */
  public static Permissions read(Map<String, String> values) {
    return new Permissions(values);
  }

  /** Whether a module is a part of the guest ABI, whoever provides it. */
  static boolean isBuiltIn(String module) {
    return BUILT_IN.contains(module);
  }

  /** Whether a service may import a function. */
  boolean allow(ServiceId service, String module, String function) {
    return isBuiltIn(module)
        || includes(module, service)
        || includes(module + "." + function, service);
  }

  private boolean includes(String name, ServiceId service) {
    ServiceSet grant = grants.get(name);
    return grant != null && grant.includes(service);
  }

  /**
   * Refuses permissions for what there is not: most are typing errors, and the service that was
   * meant would be denied.
   *
   * @param offered the names of modules and functions that there are
   */
  void requireOnly(SortedSet<String> offered) {
    for (String name : grants.keySet()) {
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
    String module = name.split("\\.", -1)[0];
    if (isBuiltIn(module)) {
      throw new ConfigurationException(
          "setting '%s%s' has no effect: %s are open to every service"
              .formatted(PREFIX, name, String.join(", ", new TreeSet<>(BUILT_IN))));
    }
    return name;
  }
}
