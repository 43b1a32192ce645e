package org.cloudramp.sandbox.server.feed;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.HostException;
import org.cloudramp.sandbox.api.error.InertText;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.error.RefusedException;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.hook.Hook;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookListener;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.core.ServiceObserver;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * Hears what becomes of hooks and what guests say, keeps the last faults of each service, and
 * passes all of it on. Thread-safe; whoever tells does not wait for those who listen, and where
 * nobody listens a line costs a look.
 */
public final class Feed implements HookListener, ServiceObserver, AutoCloseable {
  /** Of all who listen. */
  public static final int MAX_SUBSCRIPTIONS = 64;

  /** Of one who listens. */
  public static final int MAX_SUBSCRIPTIONS_OF_ONE = 8;

  /** Whose faults are kept; the one whose last fault is the longest ago makes room. */
  static final int MAX_SERVICES = 200;

  private static final int MAX_TEXT = 1_000;
  private static final Duration LAST_WORDS = Duration.ofSeconds(1);

  private static final String OF_THE_HOST = "the host failed, and its log says why";

  private final Predicate<ServiceId> isSeen;
  private final InstantSource clock;
  private final LongSupplier ticker;
  private final CopyOnWriteArrayList<Subscription> subscriptions = new CopyOnWriteArrayList<>();

  // Guarded by this. What is published has a number, and is kept, before the next one has.
  private final Cache<ServiceId, RecentFaults> recent =
      Caffeine.newBuilder().maximumSize(MAX_SERVICES).executor(Runnable::run).build();
  private long last;
  private boolean closed;

  /**
   * Nothing has been heard yet.
   *
   * @param isSeen whether a service is known to exist; quick. Of others nothing is kept: strangers
   *     make up as many as they like
   */
  public Feed(Predicate<ServiceId> isSeen) {
    this(isSeen, InstantSource.system(), System::nanoTime);
  }

  Feed(Predicate<ServiceId> isSeen, InstantSource clock, LongSupplier ticker) {
    this.isSeen = isSeen;
    this.clock = clock;
    this.ticker = ticker;
    // So that a client of an earlier run of the server does not take its numbers for this one's.
    this.last = clock.millis() * 1_000;
  }

  // What is heard.

  @Override
  public void logged(ModuleVersion version, RoomId room, Hook hook, Level level, String line) {
    if (isWanted(version.service(), room)) {
      publish(
          FeedEvent.Kind.LOG,
          version.service(),
          new About(version.digest(), room, hook, null),
          level.name(),
          null,
          line);
    }
  }

  /** Whether anybody listens: what a guest logs is for nobody else here. */
  @Override
  public boolean hearsLines() {
    return !subscriptions.isEmpty();
  }

  /** Whether anybody wants the lines of a room; lines of others take no lock. */
  private boolean isWanted(ServiceId service, RoomId room) {
    for (Subscription subscription : subscriptions) {
      if (subscription.filter().admits(FeedEvent.Kind.LOG, service, room)) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void onEnd(HookResult result) {
    if (result.outcome() instanceof HookOutcome.Failed failed) {
      HookCall call = result.call();
      ModuleVersion version = result.version();
      String prefix = "%s, room '%s', %s: ".formatted(version, call.room(), call.hook());
      fault(call, version.digest(), failed.cause(), prefix);
    }
  }

  @Override
  public void onAbort(HookCall call, Throwable cause) {
    boolean wasTold = cause instanceof RefusedException; // when its reason began
    if (!wasTold && isSeen.test(call.service())) {
      fault(call, null, cause, "");
    }
  }

  private void fault(HookCall call, @Nullable Digest version, Throwable cause, String prefix) {
    String message =
        cause instanceof HostException ? OF_THE_HOST : String.valueOf(cause.getMessage());
    String text = message.startsWith(prefix) ? message.substring(prefix.length()) : message;
    publish(
        FeedEvent.Kind.FAULT,
        call.service(),
        new About(
            version,
            call.room(),
            call.hook(),
            call.onBehalfOf().map(Object::toString).orElse(null)),
        kind(cause),
        null,
        InertText.cut(text, MAX_TEXT));
  }

  private static String kind(Throwable cause) {
    if (cause instanceof GuestException guest) {
      return guest.kind().name().toLowerCase(Locale.ROOT);
    }
    if (cause instanceof StoreException) {
      return "store";
    }
    return cause instanceof ModuleException ? "module" : "host";
  }

  @Override
  public void rests(ModuleVersion version, Optional<RoomId> room, Duration time, String why) {
    publish(
        FeedEvent.Kind.REST,
        version.service(),
        new About(version.digest(), room.orElse(null), null, null),
        null,
        time.toSeconds(),
        InertText.cut(why, MAX_TEXT));
  }

  @Override
  public void lifted(ModuleVersion version) {
    publish(
        FeedEvent.Kind.LIFT,
        version.service(),
        new About(version.digest(), null, null, null),
        null,
        null,
        "quarantine and faults are lifted");
  }

  /** What an event is about. */
  private record About(
      @Nullable Digest version,
      @Nullable RoomId room,
      @Nullable Hook hook,
      @Nullable String connection) {}

  private synchronized void publish(
      FeedEvent.Kind kind,
      ServiceId service,
      About about,
      @Nullable String detail,
      @Nullable Long seconds,
      String text) {
    long omitted = 0;
    RecentFaults faults = null;
    if (kind != FeedEvent.Kind.LOG) {
      faults = recent.get(service, id -> new RecentFaults(ticker));
      if (kind == FeedEvent.Kind.FAULT && !faults.admits()) {
        return;
      }
      omitted = faults.takeOmitted();
    }
    FeedEvent event =
        new FeedEvent(
            ++last,
            clock.instant(),
            kind,
            service,
            about.version(),
            about.room(),
            about.hook(),
            detail,
            about.connection(),
            seconds,
            text,
            omitted);
    if (faults != null) {
      faults.add(event);
    }
    for (Subscription subscription : subscriptions) {
      subscription.offer(event);
    }
  }

  // What is passed on.

  /** The last faults, rests and ends of rests of a service, the oldest first. */
  public synchronized List<FeedEvent> recent(ServiceId service) {
    RecentFaults faults = recent.getIfPresent(service);
    return faults == null ? List.of() : faults.all();
  }

  /** The number of the last event there was. */
  public synchronized long last() {
    return last;
  }

  /**
   * Listens from now on; and from after the event with the number {@code after} to what is still
   * kept, if one is given, so that whoever was away for a while has missed no fault.
   *
   * <p>When all places are taken, the oldest subscription of whoever has most of them makes room
   * for one who then still has fewer. So a few keep nobody out, and nobody is cut off by one who
   * has as many.
   *
   * @param subscriber who listens, by the name of their token
   * @param signal run whenever there is something to take; quick, does not wait and does not throw
   * @return empty if too many listen, of all or of that subscriber, or the server stops
   */
  public synchronized Optional<Subscription> subscribe(
      FeedFilter filter, String subscriber, Optional<Long> after, Runnable signal) {
    long ofSubscriber = subscriptionsOf(subscriber);
    if (closed || ofSubscriber >= MAX_SUBSCRIPTIONS_OF_ONE) {
      return Optional.empty();
    }
    if (subscriptions.size() >= MAX_SUBSCRIPTIONS && !makeRoom(ofSubscriber)) {
      return Optional.empty();
    }
    Subscription subscription = new Subscription(filter, subscriber, signal, this);
    after.ifPresent(number -> missed(filter, number).forEach(subscription::offer));
    subscriptions.add(subscription);
    return Optional.of(subscription);
  }

  private long subscriptionsOf(String subscriber) {
    return subscriptions.stream().filter(each -> each.subscriber().equals(subscriber)).count();
  }

  /** For one who has so many: of two more than that, one can go. */
  private boolean makeRoom(long held) {
    Subscription oldestOfMost = null;
    long most = held + 1;
    for (Subscription each : subscriptions) { // the oldest first
      long has = subscriptionsOf(each.subscriber());
      if (has > most) {
        most = has;
        oldestOfMost = each;
      }
    }
    if (oldestOfMost == null) {
      return false;
    }
    subscriptions.remove(oldestOfMost); // at once: whoever reads slowly has its end still to come
    oldestOfMost.giveWay("others want to listen, and you listen most; you may ask again");
    return true;
  }

  private Stream<FeedEvent> missed(FeedFilter filter, long after) {
    return recent.asMap().entrySet().stream()
        .filter(each -> filter.service().isEmpty() || filter.service().get().equals(each.getKey()))
        .flatMap(each -> each.getValue().all().stream())
        .filter(event -> event.number() > after)
        .sorted(Comparator.comparingLong(FeedEvent::number));
  }

  synchronized void remove(Subscription subscription) {
    subscriptions.remove(subscription);
    notifyAll();
  }

  /** How many listen. */
  public int subscriptions() {
    return subscriptions.size();
  }

  /**
   * Tells all who listen that the server stops, and lets nobody listen any more. Waits until they
   * have been told, but no longer than a second. Idempotent.
   */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    subscriptions.forEach(each -> each.cut("the server is shutting down"));
    long deadline = System.nanoTime() + LAST_WORDS.toNanos();
    synchronized (this) {
      long left = LAST_WORDS.toMillis();
      while (!subscriptions.isEmpty() && left > 0) {
        try {
          wait(left);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return;
        }
        left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      }
    }
  }
}
