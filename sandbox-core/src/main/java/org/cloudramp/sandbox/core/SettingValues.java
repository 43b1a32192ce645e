package org.cloudramp.sandbox.core;

import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.plugin.PluginSettings;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Settings as they were given. Capitals inside a name do not matter.
 *
 * <p>A name that nobody knows is refused, because it is a typing error; but one from the
 * environment is only warned about, because others write there as well. Immutable.
 */
public final class SettingValues {
  private static final Logger log = LoggerFactory.getLogger(SettingValues.class);

  private final Map<String, String> values = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
  private final Map<String, String> variables = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);

  private SettingValues() {}

  /** Nothing is set. */
  public static SettingValues none() {
    return new SettingValues();
  }

  /**
   * These and more, which win.
   *
   * @param more by name, without {@code sandbox.}
   * @throws ConfigurationException if two names of {@code more} differ by capitals only
   */
  public SettingValues with(Map<String, String> more) {
    SettingValues all = only(name -> true);
    Map<String, String> added = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    more.forEach(
        (name, value) -> {
          if (added.put(name, value) != null) {
            throw new ConfigurationException(
                "setting '%s' is given twice, with other capitals; leave one of them"
                    .formatted(name));
          }
          all.put(name, value);
        });
    return all;
  }

  /** These and more, which win. */
  public SettingValues with(SettingValues more) {
    SettingValues all = only(name -> true);
    more.values.forEach(all::put);
    all.variables.putAll(more.variables);
    return all;
  }

  /** These and those among the variables of an environment, which win. */
  public SettingValues withEnvironment(Map<String, String> environment) {
    SettingValues all = this;
    for (Map.Entry<String, String> found : EnvironmentVariables.settings(environment).entrySet()) {
      String variable = found.getKey();
      all = all.withVariable(variable, found.getValue(), environment.getOrDefault(variable, ""));
    }
    return all;
  }

  /**
   * These and one more, which wins.
   *
   * @param variable of the environment from which it comes
   */
  public SettingValues withVariable(String variable, String name, String value) {
    SettingValues all = only(each -> true);
    all.put(name, value);
    all.variables.put(name, variable);
    return all;
  }

  /** The variable of the environment that a setting comes from, if it comes from one. */
  public Optional<String> variable(String name) {
    return Optional.ofNullable(variables.get(name));
  }

  /**
   * The variables of an environment that look like settings and are none, such as {@code
   * SANDBOX_PORT=tcp://…}, with the reason why they are ignored.
   */
  public static Map<String, String> ignoredVariables(Map<String, String> environment) {
    return EnvironmentVariables.ignored(environment);
  }

  private void put(String name, String value) {
    values.remove(name); // or the capitals of the name would stay as they were
    values.put(name, value);
    variables.remove(name);
  }

  /** All names. */
  public Set<String> names() {
    return Collections.unmodifiableSet(values.keySet());
  }

  /** All values by name. */
  public Map<String, String> values() {
    return Map.copyOf(values);
  }

  /** The names that begin with {@code prefix}, without it. */
  public Set<String> namesUnder(String prefix) {
    Set<String> names = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    for (String name : values.keySet()) {
      if (isUnder(prefix, name)) {
        names.add(name.substring(prefix.length()));
      }
    }
    return names;
  }

  /** The settings that begin with {@code prefix}. */
  public PluginSettings section(String prefix) {
    return section(prefix, "");
  }

  /**
   * The settings that begin with {@code prefix}.
   *
   * @param before what messages write before the prefix, such as {@code sandbox.}
   */
  public PluginSettings section(String prefix, String before) {
    Map<String, String> own = new TreeMap<>();
    Map<String, String> ownVariables = new TreeMap<>();
    for (String name : namesUnder(prefix)) {
      own.put(name, values.getOrDefault(prefix + name, ""));
      String variable = variables.get(prefix + name);
      if (variable != null) {
        ownVariables.put(name, variable);
      }
    }
    return new PluginSettings(before + prefix, own, ownVariables);
  }

  /** Those of them whose names are wanted. */
  public SettingValues only(Predicate<String> wanted) {
    SettingValues some = new SettingValues();
    values.forEach(
        (name, value) -> {
          if (wanted.test(name)) {
            some.values.put(name, value);
          }
        });
    variables.forEach(
        (name, variable) -> {
          if (wanted.test(name)) {
            some.variables.put(name, variable);
          }
        });
    return some;
  }

  /**
   * Looks for names of a section that are not known.
   *
   * @param known those that are, without the prefix
   * @throws ConfigurationException for the first that is not from the environment
   */
  public void refuseUnknown(String prefix, Collection<String> known) {
    refuseUnknown(prefix, known, known);
  }

  /**
   * Looks for names of a section that are not known.
   *
   * @param known those that are, without the prefix
   * @param others that may have been meant
   * @throws ConfigurationException for the first that is not from the environment
   */
  public void refuseUnknown(String prefix, Collection<String> known, Collection<String> others) {
    PluginSettings section = new PluginSettings(prefix, Map.of()); // for messages
    for (String name : unknownUnder(prefix, known)) {
      refuse(prefix + name, section.unknown(name, known, others));
    }
  }

  /** The names of a section, without its prefix, that are none of those that are known. */
  public Set<String> unknownUnder(String prefix, Collection<String> known) {
    Set<String> unknown = namesUnder(prefix);
    known.forEach(unknown::remove); // as that set compares them
    return unknown;
  }

  /**
   * Refuses one name for a reason; only warns if it is from the environment.
   *
   * @param name with its prefix
   */
  public void refuse(String name, ConfigurationException reason) {
    String variable = variables.get(name);
    if (variable == null) {
      throw reason;
    }
    log.warn("the environment variable {} is ignored: {}", variable, reason.getMessage());
  }

  /** Whether a name begins with a prefix, whatever the capitals. */
  public static boolean isUnder(String prefix, String name) {
    return name.regionMatches(true, 0, prefix, 0, prefix.length());
  }
}
