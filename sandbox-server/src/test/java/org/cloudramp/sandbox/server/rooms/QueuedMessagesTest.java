package org.cloudramp.sandbox.server.rooms;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.cloudramp.sandbox.api.ServiceId;
import org.junit.jupiter.api.Test;

class QueuedMessagesTest {
  private static final ServiceId BUSY = new ServiceId("busy");
  private static final ServiceId CALM = new ServiceId("calm");
  private static final int SIZE = 1_000 - QueuedMessages.OVERHEAD;

  /** Has place for five messages of one service that want it all. */
  private final QueuedMessages messages = new QueuedMessages(10_000);

  private final List<String> told = new ArrayList<>();

  @Test
  void aServiceThatHasItsShareWaitsAndAnotherDoesNot() {
    List<QueuedMessages.Place> held = fill(BUSY);
    QueuedMessages.Place waiting = place(BUSY, "waits");

    assertThat(waiting.tryTake()).isFalse();
    assertThat(waiting.await()).isTrue();
    assertThat(place(CALM, "calm").tryTake()).isTrue();
    assertThat(told).isEmpty();

    held.get(0).giveBack();
    held.get(1).giveBack();
    assertThat(told).containsExactly("waits");
  }

  @Test
  void messagesOfOneServiceGetTheirPlacesInTheOrderInWhichTheyCame() {
    List<QueuedMessages.Place> held = fill(BUSY);
    for (String name : List.of("a", "b", "c")) {
      waiting(BUSY, name);
    }

    held.get(0).giveBack();
    assertThat(told).containsExactly("a");
    assertThat(place(BUSY, "small").tryTake()).as("nobody overtakes").isFalse();
    held.get(1).giveBack();
    held.get(2).giveBack();
    assertThat(told).containsExactly("a", "b", "c");
  }

  @Test
  void theServiceThatHasLeastIsFirst() {
    fill(BUSY);
    assertThat(place(CALM, "").tryTake()).isTrue();
    assertThat(place(CALM, "").tryTake()).isTrue();
    List<QueuedMessages.Place> ofAnother = fill(new ServiceId("another"));
    waiting(BUSY, "busy");
    waiting(CALM, "calm");
    assertThat(told).isEmpty();

    ofAnother.forEach(QueuedMessages.Place::giveBack);

    assertThat(told).containsExactly("calm");
  }

  @Test
  void whoeverIsWithdrawnIsNotToldAndTakesNoPlace() {
    List<QueuedMessages.Place> held = fill(BUSY);
    QueuedMessages.Place gone = waiting(BUSY, "gone");
    waiting(BUSY, "stays");

    assertThat(gone.withdraw()).isTrue();
    held.get(0).giveBack();

    assertThat(told).containsExactly("stays");
    assertThat(gone.withdraw()).isFalse();
    assertThat(held.get(1).withdraw()).as("one that has its place").isFalse();
    QueuedMessages.Place never = place(BUSY, "never");
    never.withdraw();
    assertThat(never.tryTake()).isFalse();
    assertThat(never.await()).isFalse();
  }

  @Test
  void aPlaceIsGivenBackOnce() {
    QueuedMessages.Place place = place(BUSY, "");
    assertThat(place.tryTake()).isTrue();
    place.giveBack();
    place.giveBack();

    assertThat(messages.bytes()).isZero();
  }

  @Test
  void thousandsWhoGiveTheirPlaceBackAsSoonAsTheyHaveItNeedNoDeepStack() {
    List<QueuedMessages.Place> held = fill(BUSY);
    List<QueuedMessages.Place> all = new ArrayList<>();
    for (int i = 0; i < 50_000; i++) {
      int index = i;
      QueuedMessages.Place place = messages.place(BUSY, SIZE, () -> all.get(index).giveBack());
      all.add(place);
      place.await();
    }

    held.forEach(QueuedMessages.Place::giveBack);

    assertThat(messages.bytes()).isZero();
  }

  @Test
  void afterThreadsHaveTakenAndGivenBackNothingIsHeldAndEachHadItsPlace() throws Exception {
    int threads = 4;
    int each = 5_000;
    CountDownLatch done = new CountDownLatch(threads * each);
    List<Thread> running =
        IntStream.range(0, threads)
            .mapToObj(number -> new Thread(() -> takeAndGiveBack(number, each, done)))
            .toList();
    running.forEach(Thread::start);
    for (Thread thread : running) {
      thread.join();
    }

    assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
    assertThat(messages.bytes()).isZero();
  }

  /**
   * A place, and whether it has been counted: when it was had, or given back before it was told.
   */
  private final class Counted {
    final AtomicBoolean isCounted = new AtomicBoolean();
    final CountDownLatch done;
    final QueuedMessages.Place place;

    Counted(ServiceId service, int size, CountDownLatch done) {
      this.done = done;
      this.place = messages.place(service, size, this::count);
    }

    void count() {
      if (isCounted.compareAndSet(false, true)) {
        done.countDown();
      }
    }

    void giveBack() {
      place.giveBack();
      count();
    }
  }

  private void takeAndGiveBack(int number, int times, CountDownLatch done) {
    Random random = new Random(number);
    Deque<Counted> mine = new ArrayDeque<>();
    for (int i = 0; i < times; i++) {
      ServiceId service = new ServiceId("service-" + random.nextInt(3));
      Counted counted = new Counted(service, random.nextInt(3_000), done);
      if (counted.place.tryTake()) {
        assertThat(messages.bytes()).isLessThanOrEqualTo(10_000);
        counted.count();
      } else {
        counted.place.await();
      }
      mine.add(counted);
      if (random.nextInt(3) > 0) {
        giveBackWhatIsHeld(mine);
      }
    }
    mine.forEach(Counted::giveBack);
  }

  private static void giveBackWhatIsHeld(Deque<Counted> places) {
    Counted first = places.poll();
    if (first != null) {
      if (first.place.isHeld()) {
        first.giveBack();
      } else {
        places.add(first);
      }
    }
  }

  private List<QueuedMessages.Place> fill(ServiceId service) {
    List<QueuedMessages.Place> held = new ArrayList<>();
    QueuedMessages.Place next = place(service, "");
    while (next.tryTake()) {
      held.add(next);
      next = place(service, "");
    }
    return held;
  }

  private QueuedMessages.Place waiting(ServiceId service, String name) {
    QueuedMessages.Place place = place(service, name);
    place.await();
    return place;
  }

  private QueuedMessages.Place place(ServiceId service, String name) {
    return messages.place(service, SIZE, () -> told.add(name));
  }
}
