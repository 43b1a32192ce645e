package org.cloudramp.sandbox.core.recording;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.core.abi.GuestState;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RecordingsTest {
  private static final ServiceId CHAT = new ServiceId("chat");
  private static final ServiceId GAME = new ServiceId("game");
  private static final RoomAddress LOBBY = new RoomAddress(CHAT, new RoomId("lobby"));
  private static final int ROOM_BYTES = 16 << 10;

  private static final RecordedModule MODULE =
      new RecordedModule(Digest.of(new byte[] {1}), 1, 1_024, true, List.of("room.broadcast"));

  /** A ledger with so many bytes. */
  private static final class Space implements Ledger {
    private final long size;
    private long used;

    Space(long size) {
      this.size = size;
    }

    @Override
    public boolean enter(ServiceId service, long bytes) {
      boolean fits = used + bytes <= size;
      used += fits ? bytes : 0;
      return fits;
    }

    @Override
    public void leave(ServiceId service, long bytes) {
      used -= bytes;
      assertThat(used).isNotNegative();
    }
  }

  private static Recordings recordings(int hooks, long serviceBytes, long bytes, Ledger ledger) {
    return new Recordings(
        new Recordings.Policy(Set.of(CHAT, GAME), hooks, ROOM_BYTES, serviceBytes, bytes),
        ledger,
        Clock.systemUTC());
  }

  /** A hook whose event has so many bytes, as a recording in the making hands it in. */
  private static void hook(Recordings recordings, RoomAddress room, boolean fresh, int size) {
    hook(recordings, room, fresh, null, size);
  }

  private static void hook(
      Recordings recordings,
      RoomAddress room,
      boolean fresh,
      @Nullable RecordedImage image,
      int size) {
    byte[] content =
        new EntryBuffer(Integer.MAX_VALUE, more -> true)
            .u8(fresh ? 1 : 0)
            .i32(1)
            .string("onMessage")
            .bytes(new byte[size])
            .i32(0)
            .u8(RecordedRun.End.RETURNED.number())
            .string("")
            .u8(RecordedHook.Outcome.COMPLETED.number())
            .string("")
            .toArray();
    long entered = content.length + (image == null ? 0L : image.bytes());
    if (recordings.take(room.service(), entered)) {
      recordings.append(room, new Entry(MODULE, fresh, image, Bytes.adopt(content)), entered);
    } else {
      recordings.append(room, null, 0);
    }
  }

  private static List<RecordedHook> hooks(Recordings recordings, RoomAddress room) {
    return recordings
        .file(room)
        .map(file -> Recording.read(file.toArray()).hooks())
        .orElse(List.of());
  }

  @Test
  void onlyServicesAreRecordedThatAreNamed() {
    Recordings recordings = recordings(10, 1 << 20, 1 << 20, new Space(1 << 20));
    RoomAddress other = new RoomAddress(new ServiceId("other"), new RoomId("lobby"));

    assertThat(recordings.begin(other, new ModuleVersion(other.service(), MODULE.digest()), true))
        .isNull();
    assertThat(recordings.begin(LOBBY, new ModuleVersion(CHAT, MODULE.digest()), true)).isNotNull();
    assertThat(recordings.bytes()).isZero();
  }

  @Test
  void theOldestHooksGoTogetherWithThoseThatNeedThem() {
    Recordings recordings = recordings(6, 1 << 20, 1 << 20, new Space(1 << 20));
    for (int i = 0; i < 9; i++) {
      hook(recordings, LOBBY, i % 3 == 0, 100 + i);
    }

    assertThat(hooks(recordings, LOBBY))
        .extracting(hook -> hook.runs().get(0).event().size())
        .containsExactly(103, 104, 105, 106, 107, 108);
    hook(recordings, LOBBY, true, 109);
    assertThat(hooks(recordings, LOBBY))
        .extracting(hook -> hook.runs().get(0).event().size())
        .containsExactly(106, 107, 108, 109);
  }

  @Test
  void aRoomWithoutAnotherBeginningKeepsItsFirstHooksAndCountsTheRest() {
    Recordings recordings = recordings(4, 1 << 20, 1 << 20, new Space(1 << 20));
    hook(recordings, LOBBY, true, 1);
    for (int i = 0; i < 10; i++) {
      hook(recordings, LOBBY, false, 2);
    }

    assertThat(hooks(recordings, LOBBY)).hasSize(4);
    hook(recordings, LOBBY, true, 3);
    assertThat(hooks(recordings, LOBBY)).hasSize(1).first().extracting("missed").isEqualTo(7);
  }

  @Test
  void nothingIsKeptOfARoomBeforeItsMemoryIsKnown() {
    Recordings recordings = recordings(4, 1 << 20, 1 << 20, new Space(1 << 20));
    hook(recordings, LOBBY, false, 1);

    assertThat(recordings.file(LOBBY)).isEmpty();
    assertThat(recordings.bytes()).isZero();
    assertThat(recordings.needsImage(LOBBY)).isTrue();

    byte[] memory = new byte[65_536];
    memory[7] = 7;
    hook(recordings, LOBBY, false, RecordedImage.of(new GuestState(new byte[16], memory)), 1);
    GuestState state = hooks(recordings, LOBBY).get(0).image().orElseThrow().state();
    assertThat(state.memory()).isEqualTo(memory);
    assertThat(state.globals()).hasSize(16);
    assertThat(recordings.needsImage(LOBBY)).isTrue(); // a quarter of four hooks has passed
  }

  @Test
  void aHookLargerThanARingIsMissed() {
    Recordings recordings = recordings(10, 1 << 20, 1 << 20, new Space(1 << 20));
    hook(recordings, LOBBY, true, 10);
    hook(recordings, LOBBY, true, ROOM_BYTES);
    hook(recordings, LOBBY, true, 10);

    assertThat(hooks(recordings, LOBBY)).extracting(RecordedHook::missed).containsExactly(0, 1);
  }

  @Test
  void atTheBoundOfAServiceTheRoomGoesWhoseLastHookIsTheLongestAgo() {
    Recordings recordings = recordings(100, 20_000, 1 << 20, new Space(1 << 20));
    RoomAddress kitchen = new RoomAddress(CHAT, new RoomId("kitchen"));
    RoomAddress cellar = new RoomAddress(CHAT, new RoomId("cellar"));
    hook(recordings, kitchen, true, 6_000);
    hook(recordings, LOBBY, true, 6_000);
    hook(recordings, kitchen, true, 100);
    hook(recordings, cellar, true, 8_000);

    assertThat(recordings.file(LOBBY)).isEmpty();
    assertThat(hooks(recordings, kitchen)).hasSize(2);
    assertThat(hooks(recordings, cellar)).hasSize(1);
  }

  @Test
  void atTheBoundOfAllTheServiceThatHoldsMostGivesWay() {
    Recordings recordings = recordings(100, 1 << 20, 30_000, new Space(1 << 20));
    RoomAddress game = new RoomAddress(GAME, new RoomId("lobby"));
    hook(recordings, game, true, 4_000);
    hook(recordings, LOBBY, true, 10_000);
    hook(recordings, new RoomAddress(CHAT, new RoomId("kitchen")), true, 10_000);
    hook(recordings, new RoomAddress(GAME, new RoomId("kitchen")), true, 8_000);

    assertThat(recordings.file(LOBBY)).isEmpty();
    assertThat(hooks(recordings, game)).hasSize(1);
  }

  @Test
  void recordingsGiveWayUntilNothingIsLeft() {
    Space space = new Space(1 << 20);
    Recordings recordings = recordings(100, 1 << 20, 1 << 20, space);
    for (int i = 0; i < 5; i++) {
      hook(recordings, new RoomAddress(CHAT, new RoomId("room-" + i)), true, 1_000);
    }
    assertThat(space.used).isEqualTo(recordings.bytes()).isGreaterThan(5_000);

    int given = 0;
    while (recordings.giveWay()) {
      given++;
    }

    assertThat(given).isEqualTo(5);
    assertThat(space.used).isZero();
    assertThat(recordings.bytes()).isZero();
  }

  @Test
  void whatIsRecordedOfAServiceIsForgottenWithoutTheOthers() {
    Space space = new Space(1 << 20);
    Recordings recordings = recordings(100, 1 << 20, 1 << 20, space);
    RoomAddress game = new RoomAddress(GAME, new RoomId("lobby"));
    hook(recordings, LOBBY, true, 10);
    hook(recordings, new RoomAddress(CHAT, new RoomId("kitchen")), true, 10);
    hook(recordings, game, true, 10);

    recordings.forget(CHAT);

    assertThat(recordings.file(LOBBY)).isEmpty();
    assertThat(recordings.file(game)).isPresent();
    recordings.forget(GAME);
    assertThat(space.used).isZero();
  }

  @Test
  void whateverComesNoBoundIsOverrunAndNothingIsEnteredThatIsNotThere() {
    Random random = new Random(3);
    Space space = new Space(60_000);
    Recordings recordings = recordings(20, 40_000, 70_000, space);
    for (int i = 0; i < 5_000; i++) {
      ServiceId service = random.nextBoolean() ? CHAT : GAME;
      RoomAddress room = new RoomAddress(service, new RoomId("r" + random.nextInt(6)));
      hook(
          recordings,
          room,
          random.nextInt(4) == 0,
          random.nextInt(random.nextInt(9) == 0 ? 20_000 : 900));

      assertThat(recordings.bytes()).isEqualTo(space.used).isLessThanOrEqualTo(60_000);
      Optional<Bytes> file = recordings.file(room);
      if (file.isPresent()) {
        List<RecordedHook> kept = Recording.read(file.get().toArray()).hooks();
        assertThat(kept.size()).isLessThanOrEqualTo(20);
        assertThat(kept.get(0).isAnchor()).isTrue();
        assertThat(file.get().size()).isLessThanOrEqualTo(ROOM_BYTES + 1_000);
      }
    }
    while (recordings.giveWay()) {
      // Until nothing is left.
    }
    assertThat(space.used).isZero();
  }

  @Test
  void anImageThatIsNotWhatItSaysIsRefused() {
    RecordedImage image = RecordedImage.of(new GuestState(new byte[0], new byte[65_536]));

    assertThatThrownBy(() -> new RecordedImage(image.globals(), 2, image.memory()).state())
        .isInstanceOf(RecordingException.class);
    assertThatThrownBy(() -> new RecordedImage(image.globals(), 1, Bytes.utf8("nonsense")).state())
        .isInstanceOf(RecordingException.class);
    assertThat(image.state().pages()).isEqualTo(1);
  }
}
