package org.cloudramp.sandbox.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.cloudramp.sandbox.core.TestRooms.await;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.RefusedException;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookListener;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.api.store.ModuleStore;
import org.cloudramp.sandbox.core.TestRooms.Member;
import org.cloudramp.sandbox.host.rooms.Rooms;
import org.cloudramp.sandbox.store.filesystem.FilesystemModuleStore;
import org.cloudramp.sandbox.testkit.Guests;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whoever leaves while the code cannot run has left, and the code is told when it can run. */
@Timeout(120)
class DueLeavesTest {
  private static final ServiceId SERVICE = new ServiceId("demo");
  private static final ServiceId OTHER = new ServiceId("other");
  private static final RoomId LOBBY = new RoomId("lobby");

  @TempDir Path folder;
  private final Rooms rooms = new Rooms();
  private final List<String> left = new CopyOnWriteArrayList<>();
  private final AtomicInteger loads = new AtomicInteger();
  private volatile boolean away;

  @SuppressWarnings("NullAway.Init") // each test starts its own
  private Sandbox sandbox;

  @SuppressWarnings("NullAway.Init") // as above
  private TestRooms people;

  private void start(String... settings) {
    Map<String, String> all = new HashMap<>(Map.of("limits.time", "2s"));
    all.put("store.filesystem.folder", folder.toString());
    all.put("codeMemory", "0"); // a version that has lost its slot needs the store
    all.put("preload", "0"); // and nothing else asks it
    for (int i = 0; i < settings.length; i += 2) {
      all.put(settings[i], settings[i + 1]);
    }
    HookListener ends =
        new HookListener() {
          @Override
          public void onEnd(HookResult result) {
            if (result.call() instanceof HookCall.Leave leave) {
              left.add(leave.connection().value());
            }
          }
        };
    sandbox =
        Sandbox.builder()
            .settings(all)
            .extension(rooms)
            .listener(ends)
            .store(storeThatGoesAway())
            .build();
    people = new TestRooms(sandbox, rooms);
  }

  /** The store of the file system, which answers nothing while it is {@link #away}. */
  private ModuleStore storeThatGoesAway() {
    ModuleStore store = new FilesystemModuleStore();
    return (ModuleStore)
        Proxy.newProxyInstance(
            ModuleStore.class.getClassLoader(),
            new Class<?>[] {ModuleStore.class},
            (proxy, method, arguments) -> {
              boolean isRequest = List.of("current", "load").contains(method.getName());
              loads.addAndGet(method.getName().equals("load") ? 1 : 0);
              if (isRequest && away) {
                throw new StoreException(StoreException.Kind.UNAVAILABLE, "the store is away");
              }
              try {
                return method.invoke(store, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @AfterEach
  void end() {
    sandbox.close();
  }

  private void leave(RoomId room, Member member) {
    assertThatThrownBy(
            () ->
                await(
                    sandbox.dispatch(
                        new HookCall.Leave(new RoomAddress(SERVICE, room), member.id(), 1001, ""))))
        .isInstanceOf(ExecutionException.class);
  }

  /** Lets it fail in as many other rooms as it takes. */
  private void putVersionToRest() throws Exception {
    for (int fault = 0; fault < 2; fault++) {
      RoomId elsewhere = new RoomId("elsewhere-" + fault);
      people.say(SERVICE, elsewhere, people.join(SERVICE, elsewhere, "someone"), "u");
    }
  }

  private static void eventually(Runnable assertion) {
    Awaitility.await().atMost(Duration.ofSeconds(60)).untilAsserted(assertion::run);
  }

  @Test
  void aLeaveDuringARestRunsWhenTheRestIsLifted() throws Exception {
    start("quarantine.faults", "2", "quarantine.rest", "1h");
    ModuleVersion version = sandbox.publish(SERVICE, Guests.wasm("trap"));
    Member anna = people.join(SERVICE, LOBBY, "anna");
    Member ben = people.join(SERVICE, LOBBY, "ben");
    putVersionToRest();
    leave(LOBBY, ben);
    leave(LOBBY, anna);
    assertThat(rooms.connections(new RoomAddress(SERVICE, LOBBY))).isEmpty();
    assertThat(left).isEmpty();
    assertThat(sandbox.operator().dueLeaves()).isEqualTo(2);

    sandbox.operator().liftQuarantine(version);

    eventually(() -> assertThat(left).containsExactly("ben", "anna"));
    eventually(() -> assertThat(sandbox.operator().dueLeaves()).isZero());
  }

  @Test
  void aLeaveDuringTheRestOfItsRoomRunsWhenTheRestIsOver() throws Exception {
    start("quarantine.faults", "2", "quarantine.rest", "1s");
    sandbox.publish(SERVICE, Guests.wasm("trap"));
    Member anna = people.join(SERVICE, LOBBY, "anna");
    Member ben = people.join(SERVICE, LOBBY, "ben");
    people.say(SERVICE, LOBBY, anna, "u");
    people.say(SERVICE, LOBBY, ben, "u");

    leave(LOBBY, anna);

    RoomId elsewhere = new RoomId("elsewhere");
    people.join(SERVICE, elsewhere, "cara");
    eventually(() -> assertThat(left).containsExactly("anna"));
  }

  @Test
  void aLeaveDuringARestRunsWhenTheRestIsOver() throws Exception {
    start("quarantine.faults", "2", "quarantine.rest", "1s");
    sandbox.publish(SERVICE, Guests.wasm("trap"));
    Member anna = people.join(SERVICE, LOBBY, "anna");
    putVersionToRest();

    leave(LOBBY, anna);

    eventually(() -> assertThat(left).containsExactly("anna"));
  }

  @Test
  void theVersionThatComesNextIsToldOfThoseWhoLeftBefore() throws Exception {
    start("quarantine.faults", "2", "quarantine.rest", "1h");
    sandbox.publish(SERVICE, Guests.wasm("trap"));
    Member anna = people.join(SERVICE, LOBBY, "anna");
    Member ben = people.join(SERVICE, LOBBY, "ben");
    putVersionToRest();
    int heard = ben.texts().size();
    leave(LOBBY, anna);

    sandbox.publish(SERVICE, Guests.wasm("echo"));

    eventually(() -> assertThat(ben.texts().subList(heard, ben.texts().size())).contains("-anna"));
    assertThat(ben.texts().subList(heard, ben.texts().size())).containsExactly("-anna");
  }

  @Test
  void nobodyComesInBeforeThoseWhoLeftAreGoneForTheCodeToo() throws Exception {
    start("slots", "1", "refresh", "10ms");
    sandbox.publish(SERVICE, Guests.wasm("echo"));
    Member anna = people.join(SERVICE, LOBBY, "anna");
    Member ben = people.join(SERVICE, LOBBY, "ben");
    sandbox.publish(OTHER, Guests.wasm("echo"));
    people.join(OTHER, LOBBY, "someone"); // takes the only slot
    away = true;
    int heard = ben.texts().size();
    leave(LOBBY, anna);
    assertThatThrownBy(() -> people.say(SERVICE, LOBBY, ben, "too early"))
        .hasCauseInstanceOf(StoreException.class);

    away = false;
    people.join(SERVICE, LOBBY, "cara");

    assertThat(ben.texts().subList(heard, ben.texts().size())).containsExactly("-anna", "+cara");
    assertThat(left).containsExactly("anna");
  }

  @Test
  void theStoreIsNotAskedForEachOfManyRooms() throws Exception {
    start("slots", "1", "refresh", "10ms");
    sandbox.publish(SERVICE, Guests.wasm("echo"));
    Map<RoomId, Member> members = new HashMap<>();
    for (int i = 0; i < 30; i++) {
      RoomId room = new RoomId("room-" + i);
      members.put(room, people.join(SERVICE, room, "anna"));
    }
    sandbox.publish(OTHER, Guests.wasm("echo"));
    people.join(OTHER, LOBBY, "someone");
    away = true;
    members.forEach(this::leave);
    int before = loads.get();

    eventually(() -> assertThat(loads.get()).isGreaterThanOrEqualTo(before + 2));
    int whileAway = loads.get() - before;
    away = false;

    eventually(() -> assertThat(left).hasSize(30));
    assertThat(whileAway).as("tries for 30 rooms").isLessThan(30);
    assertThat(sandbox.operator().dueLeaves()).isZero();
  }

  @Test
  void aLeaveOfAServiceThatHasNoCodeIsNotKept() throws Exception {
    start();
    Member nobody = new Member(new org.cloudramp.sandbox.api.ConnectionId("nobody"));

    leave(LOBBY, nobody);

    assertThat(sandbox.operator().dueLeaves()).isZero();
  }

  @Test
  void leavesOfADeletedServiceAreDueNoLonger() throws Exception {
    start("quarantine.faults", "2", "quarantine.rest", "1h");
    sandbox.publish(SERVICE, Guests.wasm("trap"));
    Member anna = people.join(SERVICE, LOBBY, "anna");
    putVersionToRest();
    leave(LOBBY, anna);
    assertThat(sandbox.operator().dueLeaves()).isEqualTo(1);

    sandbox.operator().delete(SERVICE);

    eventually(() -> assertThat(sandbox.operator().dueLeaves()).isZero());
    assertThat(left).isEmpty();
  }

  @Test
  void aMessageWhileLeavesAreDueIsRefusedForTheirReason() throws Exception {
    start("quarantine.faults", "2", "quarantine.rest", "1h");
    sandbox.publish(SERVICE, Guests.wasm("trap"));
    Member anna = people.join(SERVICE, LOBBY, "anna");
    Member ben = people.join(SERVICE, LOBBY, "ben");
    putVersionToRest();
    leave(LOBBY, anna);

    assertThatThrownBy(() -> people.say(SERVICE, LOBBY, ben, "hello?"))
        .cause()
        .isInstanceOfSatisfying(
            RefusedException.class,
            refused -> assertThat(refused.kind()).isEqualTo(RefusedException.Kind.QUARANTINED));
  }
}
