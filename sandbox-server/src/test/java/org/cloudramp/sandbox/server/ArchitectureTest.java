package org.cloudramp.sandbox.server;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The modules know of each other what docs and package-infos say, and no more. */
class ArchitectureTest {
  private static final String ROOT = "org.cloudramp.sandbox";

  /** Everything of this project on the class path: all modules but those of tests. */
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages(ROOT);

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
    "picocli.., org.cloudramp.sandbox.server..",
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
