package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.cloudramp.sandbox.api.engine.WasmEngine;
import org.cloudramp.sandbox.api.function.HostFunctionProvider;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.plugin.Plugin;
import org.cloudramp.sandbox.api.plugin.Setting;
import org.cloudramp.sandbox.api.store.ModuleStore;
import org.cloudramp.sandbox.core.SettingsSection;
import org.cloudramp.sandbox.server.config.ServerSettings;
import org.junit.jupiter.api.Test;

/** The tables of settings in docs/operations.md are those that the code declares. */
class SettingsTablesTest {
  private static final Path PAGE = Path.of("../docs/operations.md");
  private static final String WRITE = "settings.write";
  private static final String COMMAND =
      "mvn -pl sandbox-server -am -DskipNpmTests -Dtest=SettingsTablesTest"
          + " -Dsurefire.failIfNoSpecifiedTests=false -D"
          + WRITE
          + " test";

  private static final Pattern TABLE =
      Pattern.compile("(?s)<!-- settings: (\\S*) -->\n.*?<!-- end of settings -->");

  @Test
  void thePageShowsWhatIsDeclared() throws IOException {
    Map<String, String> tables = new TreeMap<>();
    sections().forEach(section -> tables.put(section.prefix(), table(section)));
    String page = Files.readString(PAGE);
    List<String> shown =
        TABLE.matcher(page).results().map(found -> found.group(1)).sorted().toList();
    assertThat(shown)
        .as("sections between '<!-- settings: PREFIX -->' and '<!-- end of settings -->'")
        .containsExactlyElementsOf(tables.keySet());

    String due = TABLE.matcher(page).replaceAll(found -> replacement(found, tables));

    if (System.getProperty(WRITE) != null) {
      Files.writeString(PAGE, due);
    }
    assertThat(Files.readString(PAGE))
        .as("the tables of %s; to write them anew: %s", PAGE, COMMAND)
        .isEqualTo(due);
  }

  private static String replacement(MatchResult found, Map<String, String> tables) {
    return Matcher.quoteReplacement(tables.getOrDefault(found.group(1), ""));
  }

  private static List<SettingsSection> sections() {
    List<SettingsSection> sections = new ArrayList<>(SettingsSection.ofTheCore());
    sections.add(ServerSettings.declared());
    sections.addAll(ofPlugins("engine", WasmEngine.class));
    sections.addAll(ofPlugins("store", ModuleStore.class));
    sections.addAll(ofPlugins("kv", KvStore.class));
    sections.addAll(ofPlugins("functions", HostFunctionProvider.class));
    return sections;
  }

  private static <P extends Plugin> List<SettingsSection> ofPlugins(String kind, Class<P> type) {
    return ServiceLoader.load(type).stream()
        .map(ServiceLoader.Provider::get)
        .filter(plugin -> !plugin.declaredSettings().isEmpty())
        .map(
            plugin ->
                new SettingsSection(
                    "%s.%s.".formatted(kind, plugin.name()), plugin.declaredSettings()))
        .toList();
  }

  private static String table(SettingsSection section) {
    StringBuilder table = new StringBuilder();
    table.append("<!-- settings: ").append(section.prefix()).append(" -->\n");
    table.append("| setting | type | default | |\n|---|---|---|---|\n");
    for (Setting<?> setting : section.settings()) {
      table.append(
          "| `%s` | %s | %s | %s |\n"
              .formatted(setting.name(), setting.type(), setting.whenAbsent(), setting.meaning()));
    }
    return table.append("<!-- end of settings -->").toString();
  }
}
