package org.cloudramp.sandbox.core.publish;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.cloudramp.sandbox.api.plugin.PluginSettings;
import org.cloudramp.sandbox.store.filesystem.FilesystemModuleStore;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CurrentVersionsTest {
  private static final ServiceId KNOWN = new ServiceId("known");

  /** So that the store is asked each time. */
  private static final Duration TOO_OLD_AT_ONCE = Duration.ofNanos(1);

  @TempDir Path folder;

  @Test
  void whoAsksForServicesThatThereAreNotKeepsNobodyWaitingWhoAsksForOneThatThereIs()
      throws Exception {
    try (FilesystemModuleStore store = new FilesystemModuleStore()) {
      ModuleVersion live = publishIn(store);
      List<Runnable> strangers = new ArrayList<>(); // whom the store never answers
      CurrentVersions versions =
          new CurrentVersions(store, TOO_OLD_AT_ONCE, Runnable::run, strangers::add, changed -> {});
      versions.changed(live);

      for (int i = 0; i < 1_000; i++) {
        assertThat(versions.of(new ServiceId("unknown-" + i), System.nanoTime())).isNotDone();
      }
      assertThat(versions.of(KNOWN, System.nanoTime()))
          .isCompletedWithValueMatching(found -> found.get().equals(live));
      assertThat(strangers).hasSize(1_000);
    }
  }

  @Test
  void whatStrangersAskForIsFoundWhenItIsTheirTurn() throws Exception {
    try (FilesystemModuleStore store = new FilesystemModuleStore()) {
      ModuleVersion live = publishIn(store);
      List<Runnable> strangers = new ArrayList<>();
      CurrentVersions versions =
          new CurrentVersions(
              store, Duration.ofHours(1), Runnable::run, strangers::add, changed -> {});

      var found = versions.of(KNOWN, System.nanoTime());
      assertThat(found).isNotDone();
      strangers.forEach(Runnable::run);

      assertThat(found).isCompletedWithValueMatching(version -> version.get().equals(live));
      assertThat(versions.hasSeen(KNOWN)).isTrue();
    }
  }

  /** Starts a store in which one service is known. */
  private ModuleVersion publishIn(FilesystemModuleStore store) throws Exception {
    store.start(
        PluginContext.of(
            new PluginSettings("store.filesystem.", Map.of("folder", folder.toString())),
            Clock.systemUTC()));
    ModuleVersion live = store.publish(KNOWN, Guests.wasm("echo"));
    store.activate(KNOWN, live.digest());
    return live;
  }
}
