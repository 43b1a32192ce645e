package org.cloudramp.sandbox.server.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.HostException;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.error.RefusedException;
import org.cloudramp.sandbox.api.error.SandboxException;
import org.cloudramp.sandbox.api.hook.Hook;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.junit.jupiter.api.Test;
import org.slf4j.event.Level;

class FeedTest {
  private static final FeedFilter ALL =
      new FeedFilter(Optional.empty(), Optional.empty(), EnumSet.allOf(FeedEvent.Kind.class));
  private static final ServiceId CHAT = new ServiceId("chat");
  private static final RoomId LOBBY = new RoomId("lobby");

  private final AtomicLong now = new AtomicLong();
  private final AtomicInteger signals = new AtomicInteger();
  private final Feed feed =
      new Feed(
          service -> !service.value().startsWith("made-up"),
          () -> Instant.ofEpochSecond(1_700_000_000),
          now::get);

  private static ModuleVersion version(ServiceId service) {
    return new ModuleVersion(service, Digest.of(new byte[] {1}));
  }

  private static HookCall call(ServiceId service) {
    return new HookCall.Message(
        new RoomAddress(service, LOBBY), new ConnectionId("c-1"), Payload.text("x"));
  }

  private void log(String line) {
    feed.logged(version(CHAT), LOBBY, Hook.ON_MESSAGE, Level.INFO, line);
  }

  private void fault(ServiceId service, SandboxException cause) {
    feed.onEnd(
        new HookResult(
            call(service),
            version(service),
            new HookOutcome.Failed(cause),
            List.of(),
            Duration.ZERO));
  }

  private void fault(ServiceId service, String message) {
    fault(service, new GuestException(GuestException.Kind.TRAPPED, message));
  }

  private Subscription subscribe(FeedFilter filter) {
    return feed.subscribe(filter, "ann", Optional.empty(), signals::incrementAndGet).orElseThrow();
  }

  private static List<String> texts(List<FeedEvent> events) {
    return events.stream().map(FeedEvent::text).toList();
  }

  @Test
  void whoListensHearsEverythingInItsOrderAndIsCalledForIt() {
    Subscription ann = subscribe(ALL);

    log("one");
    fault(CHAT, "%s, room 'lobby', onMessage: two".formatted(version(CHAT)));
    feed.rests(version(CHAT), Optional.empty(), Duration.ofSeconds(10), "three");
    feed.lifted(version(CHAT));

    List<FeedEvent> heard = ann.take();
    assertThat(texts(heard)).startsWith("one", "two", "three");
    assertThat(heard.stream().map(FeedEvent::kind))
        .containsExactly(
            FeedEvent.Kind.LOG, FeedEvent.Kind.FAULT, FeedEvent.Kind.REST, FeedEvent.Kind.LIFT);
    assertThat(heard.stream().map(FeedEvent::number)).isSorted().doesNotHaveDuplicates();
    assertThat(signals).hasValue(4);
    assertThat(ann.take()).isEmpty();
  }

  @Test
  void whatIsNotWantedDoesNotWait() {
    Subscription ofKitchen =
        subscribe(
            new FeedFilter(
                Optional.of(CHAT),
                Optional.of(new RoomId("kitchen")),
                EnumSet.allOf(FeedEvent.Kind.class)));

    log("from the lobby");
    feed.rests(version(CHAT), Optional.empty(), Duration.ofSeconds(1), "all of it");
    feed.rests(version(new ServiceId("other")), Optional.empty(), Duration.ofSeconds(1), "other");

    assertThat(texts(ofKitchen.take())).containsExactly("all of it");
    assertThat(signals).hasValue(1);
  }

  @Test
  void whoDoesNotTakeIsCutOffAfterSoManyBytesAndHearsSoAfterThem() {
    Subscription slow = subscribe(ALL);
    Subscription quick = subscribe(ALL);

    for (int i = 0; i < 1_000; i++) {
      log("");
      quick.take();
    }

    int held = Subscription.MAX_BYTES / 512;
    assertThat(slow.end()).isEmpty();
    assertThat(slow.take()).hasSize(held);
    assertThat(slow.end()).hasValueSatisfying(why -> assertThat(why).contains("more slowly"));
    log("after");
    assertThat(slow.take()).isEmpty();
    assertThat(texts(quick.take())).containsExactly("after");
    assertThat(quick.end()).isEmpty();
  }

  @Test
  void aFewLongLinesAreTooManyAsWell() {
    Subscription slow = subscribe(ALL);

    for (int i = 0; i < 100; i++) {
      log("x".repeat(4_096));
    }

    assertThat(slow.take().stream().mapToInt(FeedEvent::bytes).sum())
        .isBetween(Subscription.MAX_BYTES / 2, Subscription.MAX_BYTES);
    assertThat(slow.end()).isPresent();
  }

  @Test
  void howManyListenIsBoundedForAllAndForOneAndWhoHasMostMakesRoom() {
    List<Subscription> open = new ArrayList<>();
    for (int i = 0; i < Feed.MAX_SUBSCRIPTIONS; i++) {
      String who = "token-" + i / Feed.MAX_SUBSCRIPTIONS_OF_ONE;
      open.add(feed.subscribe(ALL, who, Optional.empty(), () -> {}).orElseThrow());
    }

    assertThat(feed.subscribe(ALL, "token-1", Optional.empty(), () -> {}))
        .as("has as many as one may")
        .isEmpty();
    fault(CHAT, "for whoever listens");
    assertThat(feed.subscribe(ALL, "one more", Optional.empty(), () -> {})).isPresent();
    assertThat(feed.subscriptions()).isEqualTo(Feed.MAX_SUBSCRIPTIONS);
    assertThat(open.get(0).take()).as("what waited takes no memory any more").isEmpty();
    assertThat(open.get(0).end()).as("the oldest of one who has eight").isPresent();
    assertThat(open.subList(1, open.size())).allMatch(each -> each.end().isEmpty());
  }

  @Test
  void nobodyMakesRoomForOneWhoWouldHaveAsMany() {
    for (int i = 0; i < Feed.MAX_SUBSCRIPTIONS; i++) {
      assertThat(feed.subscribe(ALL, "token-" + i / 2, Optional.empty(), () -> {})).isPresent();
    }

    assertThat(feed.subscribe(ALL, "new", Optional.empty(), () -> {})).isPresent();
    assertThat(feed.subscribe(ALL, "new", Optional.empty(), () -> {}))
        .as("others have two, and it would have two as well")
        .isEmpty();
    Subscription own = feed.subscribe(ALL, "another", Optional.empty(), () -> {}).orElseThrow();
    own.close();
    own.close();
    assertThat(feed.subscriptions()).isEqualTo(Feed.MAX_SUBSCRIPTIONS - 1);
  }

  @Test
  void ofEachServiceTheLastFaultsAreKeptAndOnlyOfSoManyServices() {
    for (int i = 0; i < 80; i++) {
      fault(CHAT, "fault " + i);
    }
    assertThat(texts(feed.recent(CHAT))).hasSize(50).startsWith("fault 30").endsWith("fault 79");

    int kept = 0;
    for (int i = 0; i < 2 * Feed.MAX_SERVICES; i++) {
      fault(new ServiceId("s" + i), "x");
    }
    for (int i = 0; i < 2 * Feed.MAX_SERVICES; i++) {
      kept += feed.recent(new ServiceId("s" + i)).size();
    }
    assertThat(kept).isLessThanOrEqualTo(Feed.MAX_SERVICES);
  }

  @Test
  void whoWasAwayHearsTheFaultsSinceThenFirst() {
    fault(CHAT, "before");
    long last = feed.last();
    fault(CHAT, "meanwhile");
    fault(new ServiceId("other"), "of another");

    Subscription back =
        feed.subscribe(
                new FeedFilter(
                    Optional.of(CHAT), Optional.empty(), EnumSet.allOf(FeedEvent.Kind.class)),
                "ann",
                Optional.of(last),
                () -> {})
            .orElseThrow();
    fault(CHAT, "after");

    assertThat(texts(back.take())).containsExactly("meanwhile", "after");
  }

  @Test
  void aServiceThatFailsWithoutEndIsToldOfForAWhileAndThenAgainWithHowManyWereLeftOut() {
    Subscription ann = subscribe(ALL);
    int told = 0;
    for (int i = 0; i < 1_000; i++) {
      fault(CHAT, "x");
      told += ann.take().size();
    }
    assertThat(told).isEqualTo(RecentFaults.MAX_PER_MINUTE);

    now.addAndGet(Duration.ofMinutes(1).toNanos());
    fault(CHAT, "the next");

    assertThat(ann.take())
        .singleElement()
        .satisfies(event -> assertThat(event.omitted()).isEqualTo(400));
  }

  @Test
  void whatWentWrongInTheHostIsNotToldToStrangersNorWhatTheyMakeUp() {
    Subscription ann = subscribe(ALL);

    fault(CHAT, new HostException("java.lang.Secret at /etc/host", new IllegalStateException()));
    ServiceId madeUp = new ServiceId("made-up-7");
    feed.onAbort(
        call(madeUp),
        new ModuleException(ModuleException.Kind.NOT_FOUND, "there is no such thing"));
    feed.onAbort(call(CHAT), new RefusedException(RefusedException.Kind.QUARANTINED, "it rests"));
    feed.onAbort(
        call(CHAT), new ModuleException(ModuleException.Kind.UNLINKABLE, "it cannot be loaded"));

    List<FeedEvent> heard = ann.take();
    assertThat(texts(heard))
        .containsExactly("the host failed, and its log says why", "it cannot be loaded");
    assertThat(heard.stream().map(FeedEvent::detail)).containsExactly("host", "module");
    assertThat(feed.recent(madeUp)).isEmpty();
  }

  @Test
  void whatIsKeptOfAFaultIsCut() {
    fault(CHAT, "x".repeat(100_000));

    assertThat(feed.recent(CHAT).get(0).text().length()).isLessThan(1_100);
  }

  @Test
  void whenItEndsAllAreToldAndNobodyElseMayListen() {
    Subscription ann = subscribe(ALL);
    log("the last line");

    feed.close();

    assertThat(ann.end()).as("there is still something to take").isEmpty();
    assertThat(ann.take()).hasSize(1);
    assertThat(ann.end()).contains("the server is shutting down");
    assertThat(feed.subscribe(ALL, "ann", Optional.empty(), () -> {})).isEmpty();
  }
}
