package org.cloudramp.sandbox.core.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.function.HostFunctionProvider;
import org.cloudramp.sandbox.core.SettingValues;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Real jars, made of sources that are compiled here. */
class PluginJarsTest {
  private static final String SERVICES =
      "META-INF/services/" + HostFunctionProvider.class.getName();

  @TempDir Path work;
  private Path plugins;
  private @Nullable PluginJars jars;

  @BeforeEach
  void makeTheFolder() throws IOException {
    plugins = Files.createDirectory(work.resolve("plugins"));
  }

  @AfterEach
  void close() {
    if (jars != null) {
      jars.close();
    }
  }

  @Test
  void findsAPluginInAFolderWhateverTheFolderIsCalled() throws Exception {
    plugin("any name", "alpha", "return \"alpha\";");

    HostFunctionProvider plugin = catalogue().choose("alpha");

    assertThat(plugin.name()).isEqualTo("alpha");
    assertThat(plugin.getClass().getClassLoader().getName()).isEqualTo("plugin any name");
  }

  @Test
  void keepsTheLibrariesOfTwoPluginsApart() throws Exception {
    plugin("one", "alpha", "return Library.VERSION.get();", library("1"));
    plugin("two", "beta", "return Library.VERSION.get();", library("2"));

    PluginCatalogue<HostFunctionProvider> catalogue = catalogue();

    assertThat(catalogue.choose("alpha").toString()).isEqualTo("1");
    assertThat(catalogue.choose("beta").toString()).isEqualTo("2");
  }

  @Test
  void prefersAPluginsOwnCopyToTheHosts() throws Exception {
    Source own =
        new Source(
            "com.google.common.collect.ImmutableList",
            "package com.google.common.collect; public class ImmutableList {"
                + " public static String own() { return \"own\"; } }");
    plugin("one", "alpha", "return com.google.common.collect.ImmutableList.own();", own);

    assertThat(catalogue().choose("alpha").toString()).isEqualTo("own");
  }

  @Test
  void hidesWhatElseTheHostHas() throws Exception {
    plugin(
        "one",
        "alpha",
        "try { return Class.forName(\"com.google.inject.Guice\").getName(); }"
            + " catch (ClassNotFoundException e) { return \"absent\"; }");
    plugin(
        "two",
        "beta",
        "return getClass().getClassLoader().loadClass(\"org.slf4j.Logger\") == org.slf4j.Logger.class"
            + " ? \"shared\" : \"copy\";");

    PluginCatalogue<HostFunctionProvider> catalogue = catalogue();

    assertThat(catalogue.choose("alpha").toString()).isEqualTo("absent");
    assertThat(catalogue.choose("beta").toString()).isEqualTo("shared");
  }

  @Test
  void startsAndClosesAPluginWithItsOwnContextClassLoader() throws Exception {
    plugin("one", "alpha", "return seen;");
    HostFunctionProvider plugin = catalogue().choose("alpha");
    ClassLoader before = Thread.currentThread().getContextClassLoader();

    try (PluginLifecycle lifecycle =
        new PluginLifecycle(SettingValues.none(), Clock.systemUTC(), Duration.ZERO)) {
      lifecycle.start("functions", plugin);
    }

    assertThat(plugin.toString()).isEqualTo("plugin one, plugin one");
    assertThat(Thread.currentThread().getContextClassLoader()).isSameAs(before);
  }

  @Test
  void usesAPluginBesideBrokenOnesAndNamesThoseWhenAnAbsentOneIsAsked() throws Exception {
    plugin("good", "alpha", "return \"\";");
    Files.write(Files.createDirectory(plugins.resolve("torn")).resolve("torn.jar"), new byte[100]);
    jar(
        "missing",
        "plugin.jar",
        Map.of(SERVICES, "com.example.Absent".getBytes(StandardCharsets.UTF_8)));
    Files.createDirectory(plugins.resolve("empty"));
    Files.write(plugins.resolve("astray.jar"), new byte[100]);
    plugin("unnamed", "not a name", "return \"\";");
    plugin(
        "failing",
        "gamma",
        "return \"\";",
        new Source(
            "Library",
            "class Library { static { if (true) throw new IllegalStateException(\"never ready\"); } }"),
        "Library.class.getName(); new Library();");

    PluginCatalogue<HostFunctionProvider> catalogue = catalogue();

    assertThat(catalogue.choose("alpha").name()).isEqualTo("alpha");
    assertThatThrownBy(() -> catalogue.choose("delta"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("setting 'functions' is 'delta'")
        .hasMessageContaining("there are: alpha; and broken ones:")
        .hasMessageContaining("torn.jar")
        .hasMessageContaining("com.example.Absent")
        .hasMessageContaining("empty holds no jar")
        .hasMessageContaining("astray.jar must be in a folder of its own")
        .hasMessageContaining("'not a name'")
        .hasMessageContaining("could not be instantiated");
  }

  @Test
  void aPluginThatThrowsInItsStartIsNamedWithItsJarAndItsLine() throws Exception {
    starting("alpha", "", "throw new IllegalStateException(\"no database\");");

    assertThatThrownBy(() -> start("alpha"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContainingAll("plugin 'alpha' (StartingPlugin in ", "alpha/plugin.jar")
        .hasMessageContaining("failed in start: java.lang.IllegalStateException: no database")
        .hasMessageContaining("(at StartingPlugin.start, StartingPlugin.java:7)");
  }

  @Test
  void aPluginThatIsTypedAboutItsFaultIsTakenByItsWord() throws Exception {
    starting("alpha", "", "context.settings().requiredText(\"password\");");

    assertThatThrownBy(() -> start("alpha"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessage("setting 'functions.alpha.password' is missing");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // what the other API had, what the plugin does with it, what is said to be missing
        "void gone();          | context.gone();                         | PluginContext.gone()",
        "Object GONE = new Object(); | Object o = PluginContext.GONE; | GONE",
        "class Gone {}         | new PluginContext.Gone();               | PluginContext$Gone",
      })
  void aPluginForAnotherApiIsRefusedWithWhatIsMissing(String member, String use, String missing)
      throws Exception {
    starting("alpha", member, use);

    assertThatThrownBy(() -> start("alpha"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContainingAll("plugin 'alpha' (StartingPlugin in ", "alpha/plugin.jar")
        .hasMessageContainingAll("was compiled against another sandbox-api", missing)
        .hasMessageContaining("compile it anew");
  }

  /**
   * A plugin whose start runs {@code use}.
   *
   * @param member of the context that it was compiled against, and that this one lacks
   */
  private void starting(String name, String member, String use) throws IOException {
    String context =
        """
        package org.cloudramp.sandbox.api.plugin;
        public interface PluginContext { %s PluginSettings settings(); }
        """
            .formatted(member);
    String plugin =
        """
        import org.cloudramp.sandbox.api.function.*;
        import org.cloudramp.sandbox.api.plugin.*;
        public class StartingPlugin implements HostFunctionProvider {
          public String name() { return "%s"; }
          public java.util.List<HostFunction> functions() { return java.util.List.of(); }
          public void start(PluginContext context) {
            %s
          }
        }
        """
            .formatted(name, use);
    Path classes = Files.createDirectories(work.resolve("starting"));
    compile(
        classes,
        List.of(
            new Source("org.cloudramp.sandbox.api.plugin.PluginContext", context),
            new Source("StartingPlugin", plugin)));
    jar(
        name,
        "plugin.jar",
        Map.of(
            "StartingPlugin.class",
            Files.readAllBytes(classes.resolve("StartingPlugin.class")),
            SERVICES,
            "StartingPlugin".getBytes(StandardCharsets.UTF_8)));
  }

  private void start(String name) {
    HostFunctionProvider plugin = catalogue().choose(name);
    try (PluginLifecycle lifecycle =
        new PluginLifecycle(SettingValues.none(), Clock.systemUTC(), Duration.ZERO)) {
      lifecycle.start("functions", plugin);
    }
  }

  @Test
  void refusesANameThatTwoPluginsHaveAndNamesTheirJars() throws Exception {
    plugin("one", "alpha", "return \"\";");
    plugin("two", "alpha", "return \"\";");

    PluginCatalogue<HostFunctionProvider> catalogue = catalogue();

    assertThatThrownBy(() -> catalogue.choose("alpha"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("one/plugin.jar")
        .hasMessageContaining("two/plugin.jar");
  }

  @Test
  void saysThatTheFolderIsNone() {
    Path absent = work.resolve("absent");

    assertThatThrownBy(() -> new PluginJars(getClass().getClassLoader(), Optional.of(absent)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("setting 'plugins'")
        .hasMessageContaining("absent");
  }

  private PluginCatalogue<HostFunctionProvider> catalogue() {
    PluginJars opened = new PluginJars(getClass().getClassLoader(), Optional.of(plugins));
    jars = opened;
    return opened.offering(HostFunctionProvider.class, "functions");
  }

  private record Source(String className, String text) {}

  /** Not a constant that a compiler would copy. */
  private static Source library(String version) {
    return new Source(
        "Library",
        "class Library { static final java.util.function.Supplier<String> VERSION = () -> \"%s\"; }"
            .formatted(version));
  }

  private void plugin(String folder, String name, String toString) throws IOException {
    compile(folder, name, toString, "", List.of());
  }

  private void plugin(String folder, String name, String toString, Source library)
      throws IOException {
    compile(folder, name, toString, "", List.of(library));
  }

  private void plugin(
      String folder, String name, String toString, Source library, String inConstructor)
      throws IOException {
    compile(folder, name, toString, inConstructor, List.of(library));
  }

  private void compile(
      String folder, String name, String toString, String inConstructor, List<Source> more)
      throws IOException {
    String text =
        """
        import org.cloudramp.sandbox.api.function.*;
        import org.cloudramp.sandbox.api.plugin.*;
        public class TestPlugin implements HostFunctionProvider {
          private String seen = "";
          public TestPlugin() { %s }
          public String name() { return "%s"; }
          public java.util.List<HostFunction> functions() { return java.util.List.of(); }
          public void start(PluginContext context) { seen += loader(); }
          public void close() { seen += ", " + loader(); }
          private static String loader() {
            return Thread.currentThread().getContextClassLoader().getName();
          }
          public String toString() { try { %s } catch (Exception e) { throw new RuntimeException(e); } }
        }
        """
            .formatted(inConstructor, name, toString);
    Path classes = Files.createDirectories(work.resolve("classes").resolve(folder));
    compile(
        classes, Stream.concat(Stream.of(new Source("TestPlugin", text)), more.stream()).toList());
    Map<String, byte[]> content = new java.util.TreeMap<>();
    try (Stream<Path> files = Files.walk(classes)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        content.put(
            classes.relativize(file).toString().replace('\\', '/'), Files.readAllBytes(file));
      }
    }
    content.put(SERVICES, "TestPlugin".getBytes(StandardCharsets.UTF_8));
    jar(folder, "plugin.jar", content);
  }

  private static void compile(Path classes, List<Source> sources) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    boolean compiled =
        compiler
            .getTask(
                null,
                null,
                null,
                List.of("-d", classes.toString(), "-cp", System.getProperty("java.class.path")),
                null,
                sources.stream().map(PluginJarsTest::file).toList())
            .call();
    assertThat(compiled).isTrue();
  }

  private void jar(String folder, String name, Map<String, byte[]> content) throws IOException {
    Path jar = Files.createDirectories(plugins.resolve(folder)).resolve(name);
    try (OutputStream file = Files.newOutputStream(jar);
        JarOutputStream out = new JarOutputStream(file)) {
      for (Map.Entry<String, byte[]> entry : content.entrySet()) {
        out.putNextEntry(new ZipEntry(entry.getKey()));
        out.write(entry.getValue());
        out.closeEntry();
      }
    }
  }

  private static JavaFileObject file(Source source) {
    return new SimpleJavaFileObject(
        URI.create("string:///" + source.className().replace('.', '/') + ".java"),
        JavaFileObject.Kind.SOURCE) {
      @Override
      public CharSequence getCharContent(boolean ignoreEncodingErrors) {
        return source.text();
      }
    };
  }
}
