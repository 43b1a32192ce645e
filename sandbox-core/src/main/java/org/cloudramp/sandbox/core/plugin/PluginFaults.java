package org.cloudramp.sandbox.core.plugin;

import java.net.URL;
import java.security.CodeSource;
import java.util.Arrays;
import java.util.function.Supplier;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.error.SandboxException;
import org.cloudramp.sandbox.api.plugin.Plugin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns whatever a plugin throws while a sandbox starts into one sentence: which plugin, of which
 * jar, and what to do. The stack is logged for its author, at level debug.
 */
public final class PluginFaults {
  private static final Logger log = LoggerFactory.getLogger(PluginFaults.class);

  private static final String API = "org.cloudramp.sandbox.api.";
  private static final String FOR_THIS_API =
      "take the plugin's version for this one, or compile it anew";

  private PluginFaults() {}

  /**
   * Lets a plugin take a step.
   *
   * @param step the method that is called
   * @throws SandboxException as the plugin threw it
   * @throws ConfigurationException for anything else that it threw
   */
  public static <T> T guard(Plugin plugin, String step, Supplier<T> call) {
    try {
      return call.get();
    } catch (SandboxException | VirtualMachineError e) {
      throw e;
    } catch (Throwable e) {
      log.debug("plugin {} failed in {}", origin(plugin), step, e);
      throw new ConfigurationException(
          "plugin '%s' (%s) %s".formatted(plugin.name(), origin(plugin), sentence(plugin, step, e)),
          e);
    }
  }

  /** The class of a plugin and its jar. */
  static String origin(Plugin plugin) {
    CodeSource source = plugin.getClass().getProtectionDomain().getCodeSource();
    URL jar = source == null ? null : source.getLocation();
    return plugin.getClass().getName() + (jar == null ? "" : " in " + jar);
  }

  private static String sentence(Plugin plugin, String step, Throwable fault) {
    if (isMissing(fault)) {
      String missing = String.valueOf(fault.getMessage()).replace('/', '.');
      String kind = fault.getClass().getSimpleName();
      if (missing.contains(API)) {
        return "was compiled against another sandbox-api: %s (%s); %s"
            .formatted(missing, kind, FOR_THIS_API);
      }
      // Of a field, some JVMs say the name only.
      return missing.contains(".")
          ? "misses something of a library: %s (%s); put that library's right version into the plugin's folder"
              .formatted(missing, kind)
          : "was compiled against another sandbox-api, or another version of a library: %s (%s); %s"
              .formatted(missing, kind, FOR_THIS_API);
    }
    return "failed in %s: %s%s".formatted(step, fault, place(plugin, fault));
  }

  /** Whether a class, method or field is not there that was there when the plugin was compiled. */
  private static boolean isMissing(Throwable fault) {
    return fault instanceof IncompatibleClassChangeError
        || (fault instanceof NoClassDefFoundError
            && !String.valueOf(fault.getMessage()).startsWith("Could not initialize"));
  }

  /** The line of the plugin's own class, if the stack has one. */
  private static String place(Plugin plugin, Throwable fault) {
    String name = plugin.getClass().getName();
    return Arrays.stream(fault.getStackTrace())
        .filter(frame -> frame.getClassName().equals(name))
        .findFirst()
        .map(
            frame ->
                " (at %s.%s, %s:%d)"
                    .formatted(
                        name, frame.getMethodName(), frame.getFileName(), frame.getLineNumber()))
        .orElse("");
  }
}
