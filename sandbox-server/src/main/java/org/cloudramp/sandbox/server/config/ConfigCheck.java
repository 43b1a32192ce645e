package org.cloudramp.sandbox.server.config;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.cloudramp.sandbox.api.error.SandboxException;
import org.cloudramp.sandbox.api.plugin.PluginSettings;
import org.cloudramp.sandbox.api.plugin.Setting;
import org.cloudramp.sandbox.core.SettingValues;
import org.cloudramp.sandbox.core.SettingsCheck;
import org.cloudramp.sandbox.core.SettingsSection;
import org.cloudramp.sandbox.server.token.Tokens;

/**
 * Explains a configuration without a server: what each setting is and where that comes from, what
 * was ignored and why, and all that is wrong. Secrets are not in it.
 *
 * @param settings all there are, those of the plugins in use among them
 * @param ignored what was said and does not count, with the reason, a sentence for each
 * @param wrong what keeps a server from starting, a sentence for each
 */
public record ConfigCheck(List<Line> settings, List<String> ignored, List<String> wrong) {
  private static final String MASK = "********";

  /** Of these the names are the operator's or the plugins', and the values no secrets. */
  private static final List<String> OPEN_SECTIONS = List.of("services.", "permissions.");

  /**
   * A setting.
   *
   * @param name with {@code sandbox.}
   * @param value as it was written, or what it is if nothing is
   * @param source where that was written, or {@code default}
   */
  public record Line(String name, String value, String source) {}

  /** Copies the lists. */
  public ConfigCheck {
    settings = List.copyOf(settings);
    ignored = List.copyOf(ignored);
    wrong = List.copyOf(wrong);
  }

  /** Explains what a server would be started with that has no options on its command line. */
  public static ConfigCheck of(Map<String, String> environment, SettingsFile file) {
    return new Look(environment, file).result();
  }

  /** One look. Not thread-safe. */
  private static final class Look {
    private final Map<String, String> environment;
    private final SettingsFile file;
    private final SettingValues all;

    /** Variables that are ignored, with the reason. */
    private final Map<String, String> variables;

    private final Set<String> wrong = new LinkedHashSet<>();

    Look(Map<String, String> environment, SettingsFile file) {
      this.environment = environment;
      this.file = file;
      this.all =
          Settings.withPort(
              SettingValues.none().with(file.values()).withEnvironment(environment), environment);
      this.variables = new TreeMap<>(SettingValues.ignoredVariables(environment));
    }

    ConfigCheck result() {
      readOwn();
      SettingsCheck sandbox = SettingsCheck.of(all.only(SettingsSection::isOfTheSandbox));
      wrong.addAll(sandbox.wrong());
      variables.putAll(sandbox.ignored());
      ignorePort();
      readTogether();
      List<SettingsSection> sections = new ArrayList<>(sandbox.sections());
      sections.add(ServerSettings.declared());
      return new ConfigCheck(lines(sections), ignored(), List.copyOf(wrong));
    }

    private void readOwn() {
      SettingsSection declared = ServerSettings.declared();
      PluginSettings own = all.section(declared.prefix(), Settings.PREFIX);
      for (Setting<?> setting : declared.settings()) {
        try {
          Object unused = setting.read(own);
        } catch (SandboxException e) {
          wrong.add(String.valueOf(e.getMessage()));
        }
      }
      SettingValues written = SettingValues.none().with(all.values());
      for (String name : all.names()) {
        try {
          Settings.refuseUnknown(written.only(name::equalsIgnoreCase));
        } catch (SandboxException e) {
          String message = String.valueOf(e.getMessage());
          all.variable(name)
              .ifPresentOrElse(
                  variable -> variables.put(variable, message), () -> wrong.add(message));
        }
      }
    }

    private void ignorePort() {
      String port = environment.get(Settings.PORT_VARIABLE);
      String name = ServerSettings.PREFIX + ServerSettings.PORT.name();
      if (port != null && all.variable(name).filter(Settings.PORT_VARIABLE::equals).isEmpty()) {
        variables.put(
            Settings.PORT_VARIABLE,
            all.names().contains(name) ? Settings.PREFIX + name + " is set" : "it is no port");
      }
    }

    /** What settings say together; of what is wrong by itself this says nothing new. */
    private void readTogether() {
      try {
        Settings settings = Settings.of(all.only(name -> !isIgnored(name)));
        AccessSettings access = settings.server().access();
        Tokens unused = Tokens.of(access.tokens(), access.tokenFile(), InstantSource.system());
      } catch (SandboxException e) {
        wrong.add(String.valueOf(e.getMessage()));
      }
    }

    private boolean isIgnored(String name) {
      return all.variable(name).filter(variables::containsKey).isPresent();
    }

    private List<Line> lines(List<SettingsSection> sections) {
      List<Line> lines = new ArrayList<>();
      Set<String> shown = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
      for (SettingsSection section : sections) {
        PluginSettings own = all.section(section.prefix());
        for (Setting<?> setting : section.settings()) {
          String name = section.prefix() + setting.name();
          shown.add(name);
          Optional<String> given = own.text(setting.name());
          String value = given.orElse(setting.whenAbsent().replace("`", ""));
          lines.add(
              new Line(
                  Settings.PREFIX + name,
                  given.isPresent() && setting.isSecret() ? MASK : value,
                  given.isPresent() ? source(name) : "default"));
        }
      }
      for (String name : all.names()) {
        if (!shown.contains(name) && !isIgnored(name)) {
          lines.add(new Line(Settings.PREFIX + name, openly(name), source(name)));
        }
      }
      return lines;
    }

    /** Nobody has said of it whether it is a secret. */
    private String openly(String name) {
      boolean isOpen = OPEN_SECTIONS.stream().anyMatch(open -> SettingValues.isUnder(open, name));
      return isOpen ? all.section("").text(name).orElse("") : MASK;
    }

    private String source(String name) {
      return all.variable(name)
          .map(variable -> "environment variable " + variable)
          .orElseGet(() -> inFile(name));
    }

    private String inFile(String name) {
      SettingsFile.Entry entry = file.entries().get(name);
      return entry == null
          ? "default"
          : String.format(
              Locale.ROOT,
              "%s, line %d",
              file.path().map(String::valueOf).orElse(""),
              entry.line());
    }

    private List<String> ignored() {
      List<String> ignored = new ArrayList<>();
      variables.forEach(
          (variable, why) ->
              ignored.add("the environment variable %s: %s".formatted(variable, why)));
      file.entries()
          .keySet()
          .forEach(
              name ->
                  all.variable(name)
                      .ifPresent(
                          variable ->
                              ignored.add(
                                  "%s%s in %s: the environment variable %s is set, and wins"
                                      .formatted(Settings.PREFIX, name, inFile(name), variable))));
      return ignored;
    }
  }
}
