package org.cloudramp.sandbox.server;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.server.config.Settings;
import org.cloudramp.sandbox.server.token.Scope;
import org.cloudramp.sandbox.server.token.Token;
import org.cloudramp.sandbox.server.token.TokenEntries;
import org.cloudramp.sandbox.server.token.TokenHash;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets visitors into a server that nobody else knows, before the real one says that it is ready.
 *
 * <p>The JVM compiles code when it has run often enough. A server that has just begun lets the
 * first thousands in several times as slowly as those who come later, and half of that time goes to
 * the compilers. So all comes to pass once with nobody waiting: a second server of this process,
 * with the same engine and delivery, a store and keys of its own, listens at a port of the loopback
 * address that the system chooses; visitors join its one service, say something and leave.
 *
 * <p>A rehearsal that fails is logged, and the server starts all the same.
 */
final class Rehearsal {
  private static final Logger log = LoggerFactory.getLogger(Rehearsal.class);

  /** After these, those who come later are let in no faster. */
  private static final int MAX_VISITS = 4_000;

  /** At a time, so that the server has several to deal with in one round. */
  private static final int VISITORS = 8;

  private static final ServiceId SERVICE = new ServiceId("rehearsal");
  private static final String MODULE = "rehearsal/chat.wasm";

  private final Settings settings;
  private final Duration most;
  private final AtomicInteger begun = new AtomicInteger();
  private final AtomicInteger visits = new AtomicInteger();

  private Rehearsal(Settings settings, Duration most) {
    this.settings = settings;
    this.most = most;
  }

  /**
   * Rehearses, and comes back when it is over.
   *
   * @param settings of the server that is to start
   * @param most how long visitors come at most; zero for no rehearsal
   * @return how many visits came to their end
   */
  static int run(Settings settings, Duration most) {
    return most.isZero() ? 0 : new Rehearsal(settings, most).run();
  }

  private int run() {
    try (TemporaryFolder folder = TemporaryFolder.create("sandbox-rehearsal");
        SandboxServer server = SandboxServer.of(settingsWith(folder.path()))) {
      server.sandbox().publish(SERVICE, module());
      server.start();
      letIn(server);
      log.debug("rehearsed {} visits", visits);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      log.warn(
          "the rehearsal broke off after {} visits, so the first who join will wait longer (sandbox.server.rehearsal)",
          visits,
          e);
    }
    return visits.get();
  }

  /** What decides which code runs is as it will be; the rest is not rehearsed. */
  private Settings settingsWith(Path folder) {
    Map<String, String> values = new TreeMap<>();
    settings
        .sandbox()
        .forEach(
            (name, value) -> {
              if (name.equals("plugins") || name.equals("engine") || name.startsWith("engine.")) {
                values.put(name, value);
              }
            });
    values.put("store", "filesystem");
    values.put("store.filesystem.folder", folder.toString());
    values.put("kv", "memory");
    values.put("rooms.shared", areRoomsShared() ? "always" : "never");
    values.put("server.port", "0");
    values.put("server.loops", Integer.toString(settings.server().loops()));
    values.put("server.delivery", settings.server().delivery().name().toLowerCase(Locale.ROOT));
    values.put("server.shutdown", "1s");
    values.put(
        "server.tokens",
        TokenEntries.write(
            new Token("rehearsal", Set.of(Scope.ADMIN), TokenHash.of(Token.generate()), null)));
    return Settings.of(values, Map.of(), Map.of());
  }

  /** Rooms of several servers run through code of their own, with any store. */
  private boolean areRoomsShared() {
    String shared = settings.sandbox().getOrDefault("rooms.shared", "auto");
    return shared.equals("always")
        || (shared.equals("auto")
            && !settings.sandbox().getOrDefault("kv", "memory").equals("memory"));
  }

  private static byte[] module() throws IOException {
    try (InputStream in = Rehearsal.class.getResourceAsStream(MODULE)) {
      if (in == null) {
        throw new IOException("the jar lacks " + MODULE);
      }
      return in.readAllBytes();
    }
  }

  private void letIn(SandboxServer server) throws InterruptedException {
    InetSocketAddress at = new InetSocketAddress(server.uri().getHost(), server.uri().getPort());
    long end = System.nanoTime() + most.toNanos();
    List<Thread> visitors = new ArrayList<>();
    for (int i = 0; i < VISITORS; i++) {
      Visitor visitor = new Visitor(at, "/rooms/" + SERVICE.value() + "/room" + i / 2);
      Thread thread = new Thread(() -> visitAgain(visitor, end), "rehearsal-" + i);
      thread.setDaemon(true);
      thread.start();
      visitors.add(thread);
    }
    for (Thread visitor : visitors) {
      visitor.join();
    }
  }

  private void visitAgain(Visitor visitor, long end) {
    while (System.nanoTime() < end && begun.getAndIncrement() < MAX_VISITS) {
      try {
        visitor.visit();
        visits.incrementAndGet();
      } catch (IOException e) { // the first of all may well take too long
        log.debug("a visitor was not let in", e);
      }
    }
  }
}
