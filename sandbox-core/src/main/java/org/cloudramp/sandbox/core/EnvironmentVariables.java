package org.cloudramp.sandbox.core;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which environment variables are settings, and of what name. */
final class EnvironmentVariables {
  private static final String PREFIX = "SANDBOX_";

  /** What switches of this project's own tests begin with, which only look like settings. */
  private static final String NO_SETTING = "SANDBOX_REQUIRE_";

  /**
   * What Kubernetes puts into every container for a service of its own, here one whose name begins
   * with "sandbox".
   */
  private static final Pattern OF_KUBERNETES =
      Pattern.compile(
          "SANDBOX(_[A-Z0-9]+)*_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?"
              + "|PORT_\\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)");

  private static final Pattern ADDRESS_OF_KUBERNETES = Pattern.compile("(tcp|udp|sctp)://.*");

  /** A service's id has no dots, and may have dashes, which no variable can have. */
  private static final Pattern OF_A_SERVICE = Pattern.compile("services\\.(.+)\\.limits\\.([^.]+)");

  private static final Pattern OF_A_RECORD = Pattern.compile("record\\.(.+)");

  private EnvironmentVariables() {}

  /** The names of the settings, without {@code sandbox.}, by variable. */
  static Map<String, String> settings(Map<String, String> environment) {
    Map<String, String> names = new TreeMap<>();
    environment.forEach(
        (variable, value) -> {
          if (variable.startsWith(PREFIX)
              && !variable.startsWith(NO_SETTING)
              && !isOfKubernetes(variable, value)) {
            names.put(variable, name(variable));
          }
        });
    return names;
  }

  /**
   * Those that look like settings and are none, with the reason why. Others are settings, known or
   * not.
   */
  static Map<String, String> ignored(Map<String, String> environment) {
    Map<String, String> ignored = new TreeMap<>();
    environment.forEach(
        (variable, value) -> {
          if (variable.startsWith(NO_SETTING)) {
            ignored.put(variable, "it is a switch of this project's own tests");
          } else if (variable.startsWith(PREFIX) && isOfKubernetes(variable, value)) {
            ignored.put(
                variable,
                "Kubernetes sets it for a service of its own whose name begins with 'sandbox'");
          }
        });
    return ignored;
  }

  private static boolean isOfKubernetes(String variable, String value) {
    return OF_KUBERNETES.matcher(variable).matches()
        || (variable.endsWith("_PORT") && ADDRESS_OF_KUBERNETES.matcher(value).matches());
  }

  private static String name(String variable) {
    String name = variable.substring(PREFIX.length()).toLowerCase(Locale.ROOT).replace('_', '.');
    Matcher recorded = OF_A_RECORD.matcher(name);
    if (recorded.matches()) {
      return "record." + recorded.group(1).replace('.', '-');
    }
    Matcher service = OF_A_SERVICE.matcher(name);
    return service.matches()
        ? "services.%s.limits.%s".formatted(service.group(1).replace('.', '-'), service.group(2))
        : name;
  }
}
