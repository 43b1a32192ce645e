package org.cloudramp.sandbox.hostile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.cloudramp.sandbox.api.function.HostFunction.query;
import static org.cloudramp.sandbox.api.function.ValueType.BOOL;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.function.HostFunction;
import org.cloudramp.sandbox.api.function.HostFunctionProvider;
import org.cloudramp.sandbox.api.hook.Event;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.core.Sandbox;
import org.cloudramp.sandbox.host.rooms.Rooms;
import org.cloudramp.sandbox.testkit.Guests;

/**
 * A sandbox on which somebody attacks his own service, while the room of another goes on. It has no
 * quarantine and no quota of uploads, so that every attack gets its chance.
 */
final class AttackedServer implements AutoCloseable {
  static final Duration TIME = Duration.ofMillis(500);

  private static final ServiceId ATTACKED = new ServiceId("attacked");
  private static final RoomId ROOM = new RoomId("room");
  private static final ConnectionId ATTACKER = new ConnectionId("attacker");
  private static final int FAR_TOO_LONG = 120;

  private final String engine;
  private final Path folder;
  private final Set<Thread> threadsBefore;
  private final Rooms rooms = new Rooms();
  private final List<CompletableFuture<HookResult>> entered = new ArrayList<>();
  private final Sandbox sandbox;
  private final Victim victim;

  private AttackedServer(String engine, Map<String, String> settings) {
    this.engine = engine;
    this.threadsBefore = threads();
    try {
      this.folder = Files.createTempDirectory("attacked");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Map<String, String> all = new HashMap<>();
    all.put("engine", engine);
    all.put("store.filesystem.folder", folder.toString());
    all.put("limits.time", TIME.toMillis() + "ms");
    all.put("limits.memoryPages", "256");
    all.put("guestMemory", "128MiB");
    all.put("uploadsPerMinute", "1000000");
    all.put("uploadTimePerMinute", "1h");
    all.put("quarantine.faults", "0");
    all.put("permissions.test", "attacked");
    all.putAll(settings);
    this.sandbox =
        Sandbox.builder().settings(all).extension(rooms).functions(new TestFunctions()).build();
    this.victim = new Victim(sandbox, rooms);
  }

  static AttackedServer open(String engine, Map<String, String> settings) {
    return new AttackedServer(engine, settings);
  }

  /** One for each engine, for tests that are run once for each. */
  static Stream<AttackedServer> onEachEngine() {
    return Engines.NAMES.stream().map(engine -> open(engine, Map.of()));
  }

  String engine() {
    return engine;
  }

  Sandbox sandbox() {
    return sandbox;
  }

  Victim victim() {
    return victim;
  }

  /**
   * Uploads the input and, if it gets in, says its message. Asserts what became of it, that the
   * service is well afterwards, and that the victim has noticed nothing.
   */
  void survive(HostileInput input) throws Exception {
    publishEcho();

    Outcome outcome = attack(input);

    assertThat(outcome).as(input + " on " + engine).isEqualTo(input.expected());
    assertThatTheNextEventRunsOnAFreshInstance(input, outcome);
    victim.assertGoesOn();
  }

  /** What becomes of an input, without an assertion. */
  Outcome attack(HostileInput input) throws Exception {
    try {
      sandbox.publish(ATTACKED, input.upload().get());
    } catch (ModuleException e) {
      return new Outcome.Refused(e.kind());
    } catch (GuestException e) {
      return new Outcome.NotInitialised(e.kind());
    }
    HookResult result = say(input.message());
    if (result.outcome() instanceof HookOutcome.Failed failed) {
      assertThat(result.events()).as("events of a failed hook").isEmpty();
      return failed.cause() instanceof GuestException cause
          ? new Outcome.Fails(cause.kind())
          : failOn(failed);
    }
    assertThat(result.outcome()).isEqualTo(new HookOutcome.Completed());
    List<Event> events = result.events();
    String last = events.isEmpty() ? "" : events.get(events.size() - 1).payload().text();
    return new Outcome.Completes(events.size(), last.substring(0, Math.min(4, last.length())));
  }

  private static Outcome failOn(HookOutcome.Failed failed) {
    throw new AssertionError("not the guest's fault", failed.cause());
  }

  /** What the hooks did that the host dispatched while a hook ran. */
  List<HookResult> entered() {
    return entered.stream().map(CompletableFuture::join).toList();
  }

  private void assertThatTheNextEventRunsOnAFreshInstance(HostileInput input, Outcome outcome)
      throws Exception {
    boolean live = outcome instanceof Outcome.Fails || outcome instanceof Outcome.Completes;
    if (live && input.answers()) {
      assertThat(say("fine").events())
          .singleElement()
          .satisfies(answer -> assertThat(answer.payload().text()).startsWith("001"));
      return;
    }
    if (live) {
      publishEcho();
    }
    assertThat(say("fine").events())
        .singleElement()
        .satisfies(answer -> assertThat(answer.payload().text()).isEqualTo("fine"));
  }

  ModuleVersion publishEcho() {
    return sandbox.publish(ATTACKED, Guests.wasm("echo"));
  }

  ModuleVersion publish(byte[] wasm) {
    return sandbox.publish(ATTACKED, wasm);
  }

  HookResult say(String text) throws Exception {
    return dispatch(text).get(FAR_TOO_LONG, TimeUnit.SECONDS);
  }

  CompletableFuture<HookResult> dispatch(String text) {
    return sandbox
        .dispatch(
            new HookCall.Message(new RoomAddress(ATTACKED, ROOM), ATTACKER, Payload.text(text)))
        .toCompletableFuture();
  }

  /** Closes the sandbox; fails if it leaves a thread behind. */
  @Override
  public void close() throws IOException {
    victim.close();
    sandbox.close();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
    Awaitility.await()
        .untilAsserted(() -> assertThat(leftBehind()).as("threads left behind").isEmpty());
  }

  private Set<String> leftBehind() {
    return threads().stream()
        .filter(thread -> !threadsBefore.contains(thread))
        .map(Thread::getName)
        // Of the JVM, and of libraries that serve the whole of it.
        .filter(
            name ->
                !name.matches("ForkJoinPool.*|Common-Cleaner|junit.*|awaitility.*|.*[Dd]elay.*"))
        .collect(Collectors.toSet());
  }

  private static Set<Thread> threads() {
    return Thread.getAllStackTraces().keySet();
  }

  @Override
  public String toString() {
    return engine;
  }

  /** Host functions that a guest may abuse. */
  private final class TestFunctions implements HostFunctionProvider {
    @Override
    public String name() {
      return "test";
    }

    @Override
    public List<HostFunction> functions() {
      return List.of(
          query("wait")
              .returns(BOOL)
              .answers(
                  call -> {
                    waitBeyondTheDeadline();
                    return true;
                  }),
          query("enter").returns(BOOL).answers(call -> entered.add(dispatch("fine"))));
    }

    /** Whoever gives it up interrupts it; far longer than the process itself may stand still. */
    private void waitBeyondTheDeadline() {
      try {
        new CompletableFuture<Void>().get(FAR_TOO_LONG, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (java.util.concurrent.ExecutionException e) {
        throw new CompletionException(e);
      } catch (java.util.concurrent.TimeoutException e) {
        // That is what it was to wait for.
      }
    }
  }
}
