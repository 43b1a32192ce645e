package org.cloudramp.sandbox.testkit.rooms;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.CloseFrame;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Identity;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.SandboxException;
import org.cloudramp.sandbox.api.hook.Event;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.api.hook.HttpAnswer;
import org.cloudramp.sandbox.api.hook.HttpHeader;
import org.cloudramp.sandbox.core.Sandbox;
import org.cloudramp.sandbox.host.rooms.Rooms;
import org.cloudramp.sandbox.testkit.kv.ManualClock;

/**
 * One room of one service, in a real sandbox, with users and time that the test decides.
 *
 * <pre>{@code
 * try (TestRoom room = TestRoom.load(Path.of("build/chat.wasm")).open()) {
 *   TestUser ann = room.join("ann");
 *   TestUser bob = room.join("bob");
 *
 *   ann.send("hello");
 *   room.advance(Duration.ofMinutes(1));
 *   bob.leave();
 *
 *   assertThat(ann.texts()).containsExactly("ann joined", "bob joined", "ann: hello", "bob left");
 *   assertThat(room.events()).hasSize(4);
 * }
 * }</pre>
 *
 * <ol>
 *   <li>Whatever is called here returns when the hook has ended and what it sent has arrived.
 *   <li>A hook that fails throws what its {@link HookOutcome.Failed} holds, after {@code onError}
 *       has run: a {@link org.cloudramp.sandbox.api.error.GuestException} if the guest is to blame.
 *       So a test does not pass over it.
 *   <li>Everything is real but the store of modules, which is memory, and the time.
 * </ol>
 *
 * For one thread, that of the test.
 */
public final class TestRoom implements AutoCloseable {
  /** A hook takes milliseconds. Whoever waits longer has found a defect of the host. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final ServiceId service;
  private final RoomId id;
  private final ManualClock clock;
  private final Rooms rooms = new Rooms();
  private final Sandbox sandbox;
  private final Map<ConnectionId, TestUser> users = new LinkedHashMap<>();
  private final List<Event> events = new ArrayList<>();
  private final FiredTimers fired = new FiredTimers();
  private ModuleVersion version;

  TestRoom(TestRoomBuilder wanted) {
    service = wanted.service;
    id = wanted.room;
    clock = wanted.clock;
    sandbox = wanted.sandbox.clock(clock).extension(rooms).listener(fired).build();
    try {
      version = sandbox.publish(service, wanted.wasm);
    } catch (Throwable e) {
      sandbox.close();
      throw e;
    }
  }

  /**
   * Begins a room with the module of a file.
   *
   * @throws UncheckedIOException if it cannot be read
   */
  public static TestRoomBuilder load(Path wasm) {
    try {
      return of(Files.readAllBytes(wasm));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Begins a room with a module. */
  public static TestRoomBuilder of(byte[] wasm) {
    return new TestRoomBuilder(wasm);
  }

  /**
   * Lets somebody in, if {@code onJoin} does.
   *
   * @param name the id of the connection, {@code [A-Za-z0-9_-]} and at most 64 characters
   * @return somebody who is {@linkplain TestUser#isInRoom not in the room} if the guest refused;
   *     {@link TestUser#refused} says with which words
   * @throws IllegalStateException if the room has a user of that name
   * @throws SandboxException if {@code onJoin} failed
   */
  public TestUser join(String name) {
    return join(name, Identity.UNKNOWN);
  }

  /**
   * Lets somebody in of whom the host knows who it is, if {@code onJoin} does; otherwise as {@link
   * #join(String)}.
   *
   * @param identity the same for every connection of one user
   */
  public TestUser join(String name, Identity identity) {
    TestUser user = new TestUser(this, new ConnectionId(name), identity);
    rooms.attach(address(), user.line());
    users.put(user.id(), user);
    HookResult result = run(new HookCall.Join(address(), user.id(), identity));
    if (result.outcome() instanceof HookOutcome.Refused refused) {
      user.turnedAway(refused.close().orElse(CloseFrame.NOT_LET_IN));
    }
    return user;
  }

  /**
   * Asks the room by HTTP, as somebody of whom nothing is known.
   *
   * @param path what of the URL comes behind the room, such as {@code /bids?from=7}
   * @return status 404 if the room has no {@code onRequest}, 403 if it refuses, 204 if it says
   *     nothing
   * @throws SandboxException if {@code onRequest} failed
   */
  public HttpAnswer request(String method, String path, Bytes body, HttpHeader... headers) {
    return request(
        new HookCall.Request(address(), method, path, List.of(headers), body, Identity.UNKNOWN));
  }

  /** Asks the room by HTTP; otherwise as {@link #request(String, String, Bytes, HttpHeader...)}. */
  public HttpAnswer request(HookCall.Request request) {
    HookResult result = run(request);
    if (result.outcome() instanceof HookOutcome.Absent) {
      return new HttpAnswer(404, List.of(), Bytes.empty());
    }
    if (result.outcome() instanceof HookOutcome.Refused) {
      return new HttpAnswer(403, List.of(), Bytes.empty());
    }
    return result.answer().orElse(HttpAnswer.NOTHING);
  }

  /**
   * Lets time pass. The guest's clock stands still otherwise. Timers fire on the way, each at its
   * time; one that fails is tried again, as on a server.
   *
   * @throws SandboxException of the first timer whose hook failed; all of the time has passed then,
   *     and all timers have been tried
   */
  public TestRoom advance(Duration time) {
    Instant end = now().plus(time);
    List<SandboxException> failures = new ArrayList<>();
    Optional<Instant> next = fire(failures);
    while (now().isBefore(end)) {
      Instant stop = next.filter(due -> due.isAfter(now()) && due.isBefore(end)).orElse(end);
      clock.advance(Duration.between(now(), stop));
      next = fire(failures);
    }
    throwFirst(failures);
    return this;
  }

  /** Fires what is due, and lets those leave who were shown out by that. */
  private Optional<Instant> fire(List<SandboxException> failures) {
    Optional<Instant> next = await(sandbox.operator().fireTimers(), "what timers were due");
    for (HookResult result : fired.take()) {
      note(result, failures);
    }
    leaveWhoWasClosed(failures);
    return next;
  }

  /** What time it is for the guest. */
  public Instant now() {
    return clock.instant();
  }

  /** Who is in the room, in the order in which they joined. */
  public List<String> connections() {
    return rooms.connections(address()).stream().map(ConnectionId::value).toList();
  }

  /** Everything that hooks have emitted, oldest first. */
  public List<Event> events() {
    return List.copyOf(events);
  }

  /**
   * Replaces the room's code, as an upload to a running server does. Who is in the room stays.
   *
   * @throws SandboxException if the module is refused; the old one stays
   */
  public void deploy(byte[] wasm) {
    version = sandbox.publish(service, wasm);
  }

  /**
   * Takes the room's memory away, as a server does when its module has to give up its slot or when
   * memory is short. Who is in the room stays: if somebody is, the next {@code onStart} is told
   * that the room woke up.
   */
  public void evict() {
    sandbox.operator().evict(version);
  }

  /** The sandbox, for what a room does not show. */
  public Sandbox sandbox() {
    return sandbox;
  }

  HookResult say(TestUser user, Payload payload) {
    requireInRoom(user);
    HookResult result = run(new HookCall.Message(address(), user.id(), payload, user.identity()));
    if (result.outcome() instanceof HookOutcome.Refused refused) {
      refused.close().ifPresent(frame -> user.line().close(frame.code(), frame.reason()));
      List<SandboxException> failures = new ArrayList<>();
      leaveWhoWasClosed(failures);
      throwFirst(failures);
    }
    return result;
  }

  HookResult leave(TestUser user, int code, String reason) {
    requireInRoom(user);
    users.remove(user.id());
    return run(new HookCall.Leave(address(), user.id(), code, reason, user.identity()));
  }

  boolean isMember(TestUser user) {
    return users.get(user.id()) == user && rooms.connections(address()).contains(user.id());
  }

  String stateOf(TestUser user) {
    return rooms.state(address(), user.id()).orElse("");
  }

  private RoomAddress address() {
    return new RoomAddress(service, id);
  }

  private void requireInRoom(TestUser user) {
    if (!isMember(user)) {
      throw new IllegalStateException("'%s' is not in the room".formatted(user.id()));
    }
  }

  private HookResult run(HookCall call) {
    List<SandboxException> failures = new ArrayList<>();
    HookResult result = runAndNote(call, failures);
    leaveWhoWasClosed(failures);
    throwFirst(failures);
    return result;
  }

  private static void throwFirst(List<SandboxException> failures) {
    if (!failures.isEmpty()) {
      throw failures.get(0);
    }
  }

  private HookResult runAndNote(HookCall call, List<SandboxException> failures) {
    HookResult result = await(sandbox.dispatch(call), call.hook().export());
    note(result, failures);
    return result;
  }

  private void note(HookResult result, List<SandboxException> failures) {
    events.addAll(result.events());
    if (result.outcome() instanceof HookOutcome.Failed failed) {
      failures.add(failed.cause());
    }
  }

  /**
   * As a server does when the socket is closed: who was shown out leaves, the first to join first.
   * A leave that fails keeps nobody else from leaving.
   */
  private void leaveWhoWasClosed(List<SandboxException> failures) {
    Optional<TestUser> shownOut = firstShownOut();
    while (shownOut.isPresent()) {
      TestUser user = shownOut.get();
      TestUser.Closed closed = user.closed().orElseThrow();
      users.remove(user.id());
      HookResult unused =
          runAndNote(
              new HookCall.Leave(
                  address(), user.id(), closed.code(), closed.reason(), user.identity()),
              failures);
      shownOut = firstShownOut();
    }
  }

  private Optional<TestUser> firstShownOut() {
    return users.values().stream()
        .filter(user -> user.closed().isPresent() && isMember(user))
        .findFirst();
  }

  private static <T> T await(CompletionStage<T> stage, String what) {
    try {
      return stage.toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof SandboxException typed) {
        throw typed;
      }
      throw new IllegalStateException(what + " did not run", e);
    } catch (TimeoutException e) {
      throw new AssertionError(what + " did not end within " + PATIENCE, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while " + what + " ran", e);
    }
  }

  /** Ends the sandbox; nobody leaves. Idempotent. */
  @Override
  public void close() {
    sandbox.close();
  }
}
