package org.cloudramp.sandbox.server;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** The modules know of each other what docs and package-infos say, and no more. */
class ArchitectureTest {
  private static final String ROOT = "org.cloudramp.sandbox";

  /** Everything of this project on the class path: all modules but those of tests. */
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(ROOT);

  private static final Path PROJECT = Path.of("..");

  private static final String API = ROOT + ".api..";
  private static final String CORE = ROOT + ".core..";
  private static final String ROOMS = ROOT + ".host.rooms..";
  private static final String SERVER = ROOT + ".server..";
  private static final String TESTKIT = ROOT + ".testkit..";
  private static final String CHICORY = ROOT + ".engine.chicory..";
  private static final String FILESYSTEM = ROOT + ".store.filesystem..";

  @ParameterizedTest
  @CsvSource({API, CORE, ROOMS, SERVER, CHICORY, FILESYSTEM})
  void theTestSeesTheModule(String packages) {
    assertThat(CLASSES.that(resideInAPackage(packages))).isNotEmpty();
  }

  @Test
  void theApiKnowsTheJdkOnly() {
    classes()
        .that()
        .resideInAPackage(API)
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(API, "java..", "org.jspecify..")
        .check(CLASSES);
  }

  @ParameterizedTest
  @CsvSource({
    "org.cloudramp.sandbox.engine",
    "org.cloudramp.sandbox.store",
    "org.cloudramp.sandbox.kv",
    "org.cloudramp.sandbox.host"
  })
  void pluginsKnowTheApiAndThemselves(String kind) {
    for (JavaPackage plugin : pluginsOf(kind)) {
      noClasses()
          .that()
          .resideInAPackage(plugin.getName() + "..")
          .should()
          .dependOnClassesThat(
              resideInAPackage(ROOT + "..")
                  .and(resideOutsideOfPackages(API, plugin.getName() + "..")))
          .check(CLASSES);
    }
  }

  private static Set<JavaPackage> pluginsOf(String kind) {
    return CLASSES.containPackage(kind) ? CLASSES.getPackage(kind).getSubpackages() : Set.of();
  }

  @Test
  void theCoreKnowsTheApiOnly() {
    noClasses()
        .that()
        .resideInAPackage(CORE)
        .should()
        .dependOnClassesThat(resideInAPackage(ROOT + "..").and(resideOutsideOfPackages(API, CORE)))
        .check(CLASSES);
  }

  @Test
  void theServerKnowsTheFrontDoorOfTheCoreAndTheRooms() {
    noClasses()
        .that()
        .resideInAPackage(SERVER)
        .should()
        .dependOnClassesThat(
            resideInAPackage(ROOT + "..")
                .and(resideOutsideOfPackages(API, ROOT + ".core", ROOMS, SERVER)))
        .check(CLASSES);
  }

  @Test
  void nobodyKnowsTheServer() {
    noClasses()
        .that()
        .resideOutsideOfPackage(SERVER)
        .should()
        .dependOnClassesThat()
        .resideInAPackage(SERVER)
        .check(CLASSES);
  }

  @Test
  void nothingThatRunsKnowsTheTestkit() {
    noClasses()
        .that()
        .resideOutsideOfPackage(TESTKIT)
        .should()
        .dependOnClassesThat()
        .resideInAPackage(TESTKIT)
        .check(CLASSES);
  }

  @ParameterizedTest
  @CsvSource({
    "com.google.inject.., org.cloudramp.sandbox.core.. org.cloudramp.sandbox.server..",
    "com.dylibso.chicory.., org.cloudramp.sandbox.engine.chicory..",
    "run.endive.., org.cloudramp.sandbox.engine.endive..",
    "io.github.kawamuray.wasmtime.., org.cloudramp.sandbox.engine.wasmtime..",
    "io.lettuce.., org.cloudramp.sandbox.kv.redis.. org.cloudramp.sandbox.testkit.servers..",
    "software.amazon.., org.cloudramp.sandbox.store.s3.. org.cloudramp.sandbox.testkit.servers..",
    "org.eclipse.jetty.., org.cloudramp.sandbox.server..",
    "com.fasterxml.jackson.., org.cloudramp.sandbox.server..",
    "io.github.bucket4j.., org.cloudramp.sandbox.server.rate..",
    "com.nimbusds.., org.cloudramp.sandbox.server.jointoken..",
    "picocli.., org.cloudramp.sandbox.server..",
    "io.micrometer.., org.cloudramp.sandbox.server.metrics..",
    "io.prometheus.., org.cloudramp.sandbox.server.metrics..",
    "io.opentelemetry.., org.cloudramp.sandbox.server.tracing..",
    "ch.qos.logback.., org.cloudramp.sandbox.none.."
  })
  void aLibraryIsKnownInOnePlace(String library, String places) {
    noClasses()
        .that(resideOutsideOfPackages(places.split(" ")))
        .should()
        .dependOnClassesThat()
        .resideInAPackage(library)
        .allowEmptyShould(false)
        .check(CLASSES);
  }

  /** What the others know of the core's root package, which itself knows them all. */
  private static final Set<String> SHARED =
      Set.of(
          "Limits",
          "Submission",
          "HookTrace",
          "ServiceSet",
          "SettingValues",
          "RoomLoop",
          "SandboxObserver",
          "ServiceObserver",
          "TimerListener",
          "LoggedEntry");

  @Test
  void thePackagesOfTheCoreKnowEachOtherAsDrawn() throws IOException {
    Set<String> known = new TreeSet<>();
    for (JavaClass type : CLASSES.that(resideInAPackage(ROOT + ".core.*.."))) {
      known.add(packageOfCore(type));
      for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
        JavaClass target = dependency.getTargetClass().getBaseComponentType();
        if (resideInAPackage(ROOT + ".core.*..").test(target)
            && !packageOfCore(target).equals(packageOfCore(type))) {
          known.add(packageOfCore(type) + " --> " + packageOfCore(target));
        }
      }
    }
    known.removeIf(name -> known.stream().anyMatch(edge -> isEndOf(name, edge)));

    assertThat(known).isEqualTo(drawn("## Packages of the core"));
  }

  private static String packageOfCore(JavaClass type) {
    return type.getPackageName().substring((ROOT + ".core.").length());
  }

  private static boolean isEndOf(String name, String edge) {
    return edge.startsWith(name + " --> ") || edge.endsWith(" --> " + name);
  }

  @Test
  void ofTheCoresFrontDoorItsPackagesKnowWhatAllShare() {
    noClasses()
        .that()
        .resideInAPackage(ROOT + ".core.*..")
        .should()
        .dependOnClassesThat(
            resideInAPackage(ROOT + ".core")
                .and(
                    describe(
                        "are not what all share",
                        type -> !SHARED.contains(outermost(type).getSimpleName()))))
        .check(CLASSES);
  }

  private static JavaClass outermost(JavaClass type) {
    return type.getEnclosingClass().map(ArchitectureTest::outermost).orElse(type);
  }

  @ParameterizedTest
  @CsvSource({
    "room, run, HookRun",
    "room, module, RoomMemory",
    "room, schedule, TurnScheduler",
    "run, publish, CurrentVersions",
    "transaction, observe, ServiceLog",
    "run, kv, KvFailure",
    "transaction, kv, KvFailure",
    "writebehind, kv, KvFailure",
    "module, table, ModuleTable"
  })
  void aPackageKnowsAnotherThroughOneClass(String from, String to, String through) {
    noClasses()
        .that()
        .resideInAPackage(ROOT + ".core." + from)
        .should()
        .dependOnClassesThat(
            resideInAPackage(ROOT + ".core." + to)
                .and(
                    describe(
                        "are not part of " + through,
                        type -> !outermost(type).getSimpleName().equals(through))))
        .check(CLASSES);
  }

  @Test
  void theModulesDependOnEachOtherAsDrawn() throws Exception {
    Set<String> drawn = drawn("## Modules");
    Set<String> known = new TreeSet<>();
    for (String module : ends(drawn)) {
      for (Element dependency : dependencies(PROJECT.resolve(module).resolve("pom.xml"))) {
        String scope = text(dependency, "scope");
        if (text(dependency, "groupId").equals(ROOT) && !scope.equals("test")) {
          String arrow = scope.equals("runtime") ? " -. found by name .-> " : " --> ";
          known.add(module + arrow + text(dependency, "artifactId"));
        }
      }
    }

    assertThat(known).isEqualTo(drawn);
  }

  private static Set<String> ends(Set<String> edges) {
    Set<String> ends = new TreeSet<>();
    edges.forEach(edge -> ends.addAll(List.of(edge.split(" (-->|-[.].*[.]->) "))));
    return ends;
  }

  private static List<Element> dependencies(Path pom) throws Exception {
    NodeList found =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(pom.toFile())
            .getElementsByTagName("dependency");
    return IntStream.range(0, found.getLength()).mapToObj(i -> (Element) found.item(i)).toList();
  }

  private static String text(Element dependency, String name) {
    NodeList found = dependency.getElementsByTagName(name);
    return found.getLength() == 0 ? "" : found.item(0).getTextContent().trim();
  }

  /** The lines of the first flowchart below a heading of docs/architecture.md. */
  private static Set<String> drawn(String heading) throws IOException {
    List<String> lines = Files.readAllLines(PROJECT.resolve("docs/architecture.md"));
    Set<String> drawn =
        lines.stream()
            .dropWhile(line -> !line.equals(heading))
            .dropWhile(line -> !line.startsWith("flowchart"))
            .skip(1)
            .takeWhile(line -> !line.equals("```"))
            .map(String::trim)
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(drawn).as("what is drawn below " + heading).isNotEmpty();
    return drawn;
  }

  @Test
  void everyPackageSaysWhatItKnows() {
    Set<String> silent = new TreeSet<>();
    Set<String> packages = new TreeSet<>();
    CLASSES.forEach(type -> packages.add(type.getPackageName()));
    for (String name : packages) {
      if (!CLASSES.contain(name + ".package-info")) {
        silent.add(name);
      }
    }

    assertThat(silent).isEmpty();
  }
}
