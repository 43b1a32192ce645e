package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.cloudramp.sandbox.api.function.HostFunction.query;

import com.google.inject.Guice;
import com.google.inject.Injector;
import com.google.inject.multibindings.Multibinder;
import com.google.inject.util.Modules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.CloseFrame;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Identity;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.SandboxException;
import org.cloudramp.sandbox.api.extension.Extension;
import org.cloudramp.sandbox.api.extension.RoomOrder;
import org.cloudramp.sandbox.api.function.HostFunction;
import org.cloudramp.sandbox.api.function.HostFunctionProvider;
import org.cloudramp.sandbox.api.function.ValueType;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookListener;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.api.kv.CommitResult;
import org.cloudramp.sandbox.api.kv.KvQuota;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.api.kv.RoomInspector;
import org.cloudramp.sandbox.api.kv.RoomLog;
import org.cloudramp.sandbox.api.kv.RoomTimers;
import org.cloudramp.sandbox.api.kv.ServerLeases;
import org.cloudramp.sandbox.api.plugin.PluginContext;
import org.cloudramp.sandbox.core.Operator;
import org.cloudramp.sandbox.core.Sandbox;
import org.cloudramp.sandbox.core.SandboxModule;
import org.cloudramp.sandbox.core.Submission;
import org.cloudramp.sandbox.core.kv.MemoryKvStore;
import org.cloudramp.sandbox.host.rooms.RoomConnection;
import org.cloudramp.sandbox.host.rooms.Rooms;
import org.cloudramp.sandbox.testkit.Guests;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What docs/embedding.md shows is what is written here, and it runs. */
class EmbeddingTest {
  private static final Path PROJECT = Path.of("..");
  private static final Path PAGE = PROJECT.resolve("docs/embedding.md");
  private static final ServiceId CHAT = new ServiceId("chat");
  private static final RoomAddress LOBBY = RoomAddress.of("chat", "lobby");

  @TempDir Path modules;

  // spotless:off
  // docs: server
  /** One client in one room. */
  static final class Client implements RoomConnection {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Sandbox sandbox;
    private final Rooms rooms;
    private final RoomAddress address;
    private final ConnectionId id;
    private final Identity identity;
    private final Socket socket;
    private @Nullable Submission join; // this and the fields below are guarded by this
    private boolean joined;
    private boolean closed;

    Client(
        Sandbox sandbox,
        Rooms rooms,
        RoomAddress address,
        ConnectionId id,
        Identity identity,
        Socket socket) {
      this.sandbox = sandbox;
      this.rooms = rooms;
      this.address = address;
      this.id = id;
      this.identity = identity;
      this.socket = socket;
    }

    /** The socket is open, and reads nothing yet. */
    void onOpen() {
      rooms.attach(address, this);
      Submission submitted =
          sandbox.submit(
              new HookCall.Join(address, id, identity),
              PATIENCE,
              new Submission.Listener() {
                @Override
                public void ended(HookResult result) {
                  if (result.accepted()) {
                    onJoined();
                  } else if (result.outcome() instanceof HookOutcome.Refused refused) {
                    close(refused.close().orElse(CloseFrame.NOT_LET_IN));
                  } else {
                    socket.close(1011, "onJoin failed");
                  }
                }

                @Override
                public void notRun(SandboxException reason) {
                  rooms.detach(address, id); // the rooms hear of calls that had their turn only
                  socket.close(1013, "try again later");
                }
              });
      synchronized (this) {
        join = submitted;
      }
    }

    private void onJoined() {
      synchronized (this) {
        joined = true;
        if (!closed) {
          socket.readNext();
          return;
        }
      }
      leave(1006, ""); // closed while onJoin ran
    }

    /** The client has sent something; the socket reads on when it is asked to. */
    void onMessage(Payload payload) {
      sandbox.submit(
          new HookCall.Message(address, id, payload, identity),
          PATIENCE,
          new Submission.Listener() {
            @Override
            public void queued() {
              socket.readNext(); // until then a client that sends too fast is held back
            }

            @Override
            public void ended(HookResult result) {
              if (result.outcome() instanceof HookOutcome.Refused refused) {
                refused.close().ifPresent(Client.this::close); // it is binary, and the room takes text
              }
            }

            @Override
            public void notRun(SandboxException reason) {
              socket.close(1013, "try again later");
            }
          });
    }

    /** The socket is closed, whoever closed it. */
    void onClosed(int code, String reason) {
      Submission waiting;
      synchronized (this) {
        closed = true;
        waiting = join;
        if (!joined) {
          if (waiting != null && waiting.withdraw()) {
            rooms.detach(address, id);
          }
          return; // or onJoin runs, and onJoined finds it closed
        }
      }
      leave(code, reason);
    }

    private void leave(int code, String reason) {
      sandbox.submit(
          new HookCall.Leave(address, id, code, reason, identity),
          Submission.FOREVER,
          new Submission.Listener() {
            @Override
            public void ended(HookResult result) {}

            @Override
            public void notRun(SandboxException why) {}
          });
    }

    @Override
    public ConnectionId id() {
      return id;
    }

    @Override
    public Identity identity() {
      return identity;
    }

    @Override
    public boolean send(Payload payload) {
      return socket.offer(payload); // queues so many bytes, and then says no; never waits
    }

    @Override
    public void close(int code, String reason) {
      socket.close(code, reason);
    }

    private void close(CloseFrame frame) {
      close(frame.code(), frame.reason());
    }
  }

  /** Yours: an outgoing queue with a bound, and reading on demand. No method waits. */
  interface Socket {
    boolean offer(Payload payload);

    void close(int code, String reason);

    /** Asks for one more message; returns before it is there. */
    void readNext();
  }
  // docs: end

  // docs: extension
  /** Tells rooms how many are in the shop, and counts who comes and goes. */
  static final class FrontDoor implements Extension, HookListener {
    private final AtomicInteger inside = new AtomicInteger();
    private volatile RoomOrder order =
        (room, task) -> CompletableFuture.failedFuture(new IllegalStateException("not started"));

    @Override
    public List<HostFunctionProvider> functions() {
      return List.of(
          new HostFunctionProvider() {
            @Override
            public String name() {
              return "door";
            }

            @Override
            public List<HostFunction> functions() {
              return List.of(query("inside").returns(ValueType.I32).answers(call -> inside.get()));
            }
          });
    }

    @Override
    public Optional<HookListener> listener() {
      return Optional.of(this);
    }

    @Override
    public void start(RoomOrder roomOrder) {
      order = roomOrder;
    }

    @Override
    public void onEnd(HookResult result) {
      if (result.call() instanceof HookCall.Join && result.accepted()) {
        inside.incrementAndGet();
      } else if (result.call() instanceof HookCall.Leave) {
        inside.decrementAndGet();
      }
    }

    /** Runs after the hooks that the room has now, and before those that come later. */
    CompletionStage<Void> whenQuiet(RoomAddress room, Runnable task) {
      return order.run(room, task);
    }
  }
  // docs: end

  // docs: kv
  /** Counts what a KV store is asked; everything else is the store's. */
  static final class CountingKvStore implements KvStore {
    final LongAdder reads = new LongAdder();
    final LongAdder commits = new LongAdder();
    private final KvStore store;

    CountingKvStore(KvStore store) {
      this.store = store;
    }

    @Override
    public String name() {
      return store.name(); // so the settings kv.<name>.… are read as before
    }

    @Override
    public void start(PluginContext context) {
      store.start(context);
    }

    @Override
    public boolean mayStartAgain() {
      return store.mayStartAgain();
    }

    @Override
    public CompletionStage<Map<String, Bytes>> read(RoomAddress address, Collection<String> keys) {
      reads.increment();
      return store.read(address, keys);
    }

    @Override
    public CompletionStage<CommitResult> commit(RoomAddress address, KvTransaction transaction) {
      commits.increment();
      return store.commit(address, transaction);
    }

    @Override
    public CompletionStage<OptionalLong> headroom(RoomAddress address, KvQuota quota) {
      return store.headroom(address, quota);
    }

    @Override
    public Optional<RoomLog> log() {
      return store.log();
    }

    @Override
    public Optional<ServerLeases> servers() {
      return store.servers();
    }

    @Override
    public boolean isShared() {
      return store.isShared();
    }

    @Override
    public Optional<RoomTimers> timers() {
      return store.timers();
    }

    @Override
    public Optional<RoomInspector> inspector() {
      return store.inspector();
    }

    @Override
    public CompletionStage<Boolean> reserve(RoomAddress address, String id, Duration time) {
      return store.reserve(address, id, time);
    }

    @Override
    public void close() {
      store.close();
    }
  }
  // docs: end

  // docs: listener
  /** Numbers for a dashboard. Not by room or connection: those are without end. */
  static final class Numbers implements HookListener {
    final LongAdder completed = new LongAdder();
    final LongAdder failed = new LongAdder();
    final LongAdder refused = new LongAdder();
    final LongAdder nanos = new LongAdder();

    @Override
    public void onEnd(HookResult result) {
      nanos.add(result.elapsed().toNanos());
      (result.outcome() instanceof HookOutcome.Failed ? failed : completed).increment();
    }

    @Override
    public void onAbort(HookCall call, Throwable cause) {
      refused.increment();
    }
  }
  // docs: end
  // spotless:on

  @Test
  void aServerOfOnesOwnLetsInHoldsBackAndLetsGo() {
    Rooms rooms = new Rooms();
    Numbers numbers = new Numbers();
    FrontDoor door = new FrontDoor();
    try (Sandbox sandbox = sandboxWith(rooms, door, numbers)) {
      sandbox.publish(CHAT, Guests.wasm("echo"));
      TestSocket ann = new TestSocket();
      TestSocket ben = new TestSocket();
      Client first =
          new Client(sandbox, rooms, LOBBY, new ConnectionId("ann"), Identity.ofUser("ann"), ann);
      Client second =
          new Client(sandbox, rooms, LOBBY, new ConnectionId("ben"), Identity.ofUser("ben"), ben);

      first.onOpen();
      await().until(() -> ann.asked.get() == 1);
      second.onOpen();
      await().until(() -> ben.asked.get() == 1);
      first.onMessage(Payload.text("hello"));
      await().until(() -> ann.asked.get() == 2);
      await().until(() -> ben.texts.contains("hello"));

      assertThat(ben.texts).containsExactly("+ben", "hello");
      assertThat(door.inside).hasValue(2);

      speakFromOutside(rooms).toCompletableFuture().join();

      assertThat(ann.texts).containsSubsequence("hello", "closing in five minutes", "thank you");
      assertThat(ben.texts).doesNotContain("thank you");
      assertThat(ben.closed).containsExactly("4000 we close");

      second.onClosed(4000, "we close");
      await().until(() -> numbers.completed.sum() == 4); // two joins, a message, a leave

      assertThat(door.inside).hasValue(1);
      assertThat(rooms.connections(LOBBY)).containsExactly(new ConnectionId("ann"));
      assertThat(numbers.failed.sum() + numbers.refused.sum()).isZero();
    }
  }

  private static CompletionStage<Void> speakFromOutside(Rooms rooms) {
    RoomAddress lobby = LOBBY;
    ConnectionId ann = new ConnectionId("ann");
    ConnectionId ben = new ConnectionId("ben");

    // spotless:off
    // docs: outside
    rooms.say(lobby, Payload.text("closing in five minutes")); // to all who are in the room
    rooms.say(lobby, ann, Payload.text("thank you")); // to one
    CompletionStage<Void> done = rooms.dismiss(lobby, ben, 4000, "we close");
    // docs: end
    // spotless:on

    return done;
  }

  private Sandbox sandboxWith(Rooms rooms, FrontDoor door, Numbers numbers) {
    String folder = modules.toString();

    // spotless:off
    // docs: builder
    Sandbox sandbox =
        Sandbox.builder()
            .settings(Map.of("store.filesystem.folder", folder, "slots", "32"))
            .extension(rooms)
            .extension(door)
            .listener(numbers)
            .build();
    // docs: end
    // spotless:on

    return sandbox;
  }

  @Test
  void aThreadThatIsLentRunsTheHookAtOnce() {
    try (Sandbox sandbox = sandboxWith(new Rooms(), new FrontDoor(), new Numbers())) {
      sandbox.publish(CHAT, Guests.wasm("echo"));
      HookCall first = new HookCall.Message(LOBBY, new ConnectionId("ann"), Payload.text("1"));
      sandbox.dispatch(first).toCompletableFuture().join(); // the module is loaded
      await().until(() -> sandbox.operator().activeRooms() == 0);
      HookCall call = new HookCall.Message(LOBBY, new ConnectionId("ann"), Payload.text("2"));
      List<String> order = new CopyOnWriteArrayList<>();

      // spotless:off
      // docs: lent
      sandbox.runOrDispatch(call).thenAccept(result -> order.add("the hook has run"));
      order.add("this thread goes on");
      // docs: end
      // spotless:on

      assertThat(order).containsExactly("the hook has run", "this thread goes on");
    }
  }

  @Test
  void whoIsRefusedHearsWhatTheGuestSaysAndWhoSendsWhatItDoesNotTakeIsClosed() {
    Rooms rooms = new Rooms();
    try (Sandbox sandbox = sandboxWith(rooms, new FrontDoor(), new Numbers())) {
      sandbox.publish(CHAT, Guests.wasm("turn-away"));
      TestSocket carl = new TestSocket();
      TestSocket ann = new TestSocket();

      new Client(sandbox, rooms, LOBBY, new ConnectionId("carl"), Identity.ofUser("carl"), carl)
          .onOpen();
      Client client =
          new Client(sandbox, rooms, LOBBY, new ConnectionId("ann"), Identity.ofUser("ann"), ann);
      client.onOpen();
      client.onMessage(Payload.binary(new byte[] {1}));

      await().until(() -> !carl.closed.isEmpty() && !ann.closed.isEmpty());
      assertThat(carl.closed).containsExactly("4010 the room is full, é");
      assertThat(ann.closed)
          .containsExactly("1003 this room takes text messages, and no binary ones");
    }
  }

  @Test
  void whoIsNotLetInHearsWhyAndIsForgotten() {
    Rooms rooms = new Rooms();
    try (Sandbox sandbox = sandboxWith(rooms, new FrontDoor(), new Numbers())) {
      sandbox.publish(CHAT, Guests.wasm("refuse"));
      TestSocket ann = new TestSocket();
      TestSocket ben = new TestSocket();

      new Client(sandbox, rooms, LOBBY, new ConnectionId("xavier"), Identity.ofUser("xavier"), ann)
          .onOpen();
      new Client(
              sandbox,
              rooms,
              RoomAddress.of("nobody", "x"),
              new ConnectionId("ben"),
              Identity.UNKNOWN,
              ben)
          .onOpen();

      await().until(() -> !ann.closed.isEmpty() && !ben.closed.isEmpty());
      assertThat(ann.closed).containsExactly("4003 the room refused the connection");
      assertThat(ben.closed).containsExactly("1013 try again later");
      await().until(() -> rooms.count() == 0);
    }
  }

  @Test
  void whatTheHostDoesInARoomRunsInItsOrder() {
    FrontDoor door = new FrontDoor();
    try (Sandbox sandbox = sandboxWith(new Rooms(), door, new Numbers())) {
      List<String> told = new CopyOnWriteArrayList<>();

      door.whenQuiet(LOBBY, () -> told.add("ran")).toCompletableFuture().join();

      assertThat(told).containsExactly("ran");
      await().until(() -> sandbox.operator().activeRooms() == 0); // it ends after the task is told
    }
  }

  @Test
  void guiceBindsWhatTheBuilderTakes() {
    String folder = modules.toString();
    KvStore redis = new MemoryKvStore(); // a test needs no real one to see who is asked

    // spotless:off
    // docs: guice
    Numbers numbers = new Numbers();
    Injector injector =
        Guice.createInjector(
            Modules.override(new SandboxModule(Map.of("store.filesystem.folder", folder)))
                .with(
                    binder -> {
                      binder.bind(KvStore.class).toInstance(new CountingKvStore(redis));
                      binder.bind(Rooms.class).toInstance(new Rooms());
                      Multibinder.newSetBinder(binder, Extension.class).addBinding().to(Rooms.class);
                      Multibinder.newSetBinder(binder, HookListener.class)
                          .addBinding()
                          .toInstance(numbers);
                    }));
    Rooms rooms = injector.getInstance(Rooms.class);
    Sandbox sandbox = injector.getInstance(Sandbox.class);
    // docs: end
    // spotless:on

    try (sandbox) {
      sandbox.publish(CHAT, Guests.wasm("count"));
      TestSocket ann = new TestSocket();
      Client client =
          new Client(sandbox, rooms, LOBBY, new ConnectionId("ann"), Identity.ofUser("ann"), ann);
      client.onOpen();
      await().until(() -> ann.asked.get() == 1);
      client.onMessage(Payload.text("tea"));
      await().until(() -> ann.asked.get() == 2);
      HookResult last =
          sandbox
              .dispatch(new HookCall.Message(LOBBY, client.id(), Payload.text("coffee")))
              .toCompletableFuture()
              .join();

      assertThat(last.outcome()).isInstanceOf(HookOutcome.Completed.class);
      assertThat(numbers.completed.sum()).isEqualTo(3);
      assertThat(((CountingKvStore) injector.getInstance(KvStore.class)).commits.sum())
          .isPositive();
    }
  }

  @Test
  void theOperatorSeesAndActs() {
    try (Sandbox sandbox = sandboxWith(new Rooms(), new FrontDoor(), new Numbers())) {
      sandbox.publish(CHAT, Guests.wasm("echo"));
      ServiceId chat = CHAT;

      // spotless:off
      // docs: operator
      Operator operator = sandbox.operator();
      operator.warm(chat).toCompletableFuture().join(); // its next hook does not wait for a load
      for (Operator.Slot slot : operator.slots()) {
        System.out.println(slot.version() + " last asked for at " + slot.lastRequest());
      }
      for (Operator.Resting resting : operator.quarantine()) {
        String what = resting.room().map(room -> "room " + room).orElse("all of it");
        System.out.println(resting.version() + " rests, " + what + ": " + resting.lastFault());
        operator.liftQuarantine(resting.version());
      }
      // docs: end
      // spotless:on

      assertThat(operator.slots()).hasSize(1);
    }
  }

  @Test
  void thePageShowsTheCodeThatRunsHere() throws IOException {
    Snippets here =
        Snippets.between(
            Path.of("src/test/java/org/cloudramp/sandbox/server/EmbeddingTest.java"), "docs");

    assertThat(Snippets.inPage(PAGE, "java"))
        .containsExactly(
            here.named("builder", 4),
            here.named("server", 2),
            here.named("lent", 6),
            here.named("outside", 4),
            here.named("extension", 2),
            here.named("guice", 4),
            here.named("kv", 2),
            here.named("listener", 2),
            here.named("operator", 6));
  }

  @Test
  void thePageNamesTheCoordinatesOfTheBom() throws IOException {
    String bom = Files.readString(PROJECT.resolve("sandbox-bom/pom.xml"));
    List<String> artifacts =
        Snippets.inPage(PAGE, "xml").stream()
            .flatMap(List::stream)
            .map(String::trim)
            .filter(line -> line.startsWith("<artifactId>"))
            .toList();

    assertThat(artifacts).contains("<artifactId>sandbox-bom</artifactId>").hasSizeGreaterThan(4);
    assertThat(artifacts).allSatisfy(artifact -> assertThat(bom).contains(artifact));
    assertThat(Snippets.inPage(PAGE, "xml").get(0))
        .anySatisfy(
            line ->
                assertThat(bom).contains("<artifactId>sandbox-bom</artifactId>\n  " + line.trim()));
  }

  private static final class TestSocket implements Socket {
    final List<String> texts = new CopyOnWriteArrayList<>();
    final List<String> closed = new CopyOnWriteArrayList<>();
    final AtomicInteger asked = new AtomicInteger();

    @Override
    public boolean offer(Payload payload) {
      return texts.add(payload.text());
    }

    @Override
    public void close(int code, String reason) {
      closed.add(code + " " + reason);
    }

    @Override
    public void readNext() {
      asked.incrementAndGet();
    }
  }
}
