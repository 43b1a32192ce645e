package org.cloudramp.sandbox.core.transaction;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.CloseFrame;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.HostFunctionException;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.function.RoomMembers;
import org.cloudramp.sandbox.api.hook.Event;
import org.cloudramp.sandbox.api.hook.Hook;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HttpAnswer;
import org.cloudramp.sandbox.api.kv.CommitResult;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.api.kv.KvTransaction;
import org.cloudramp.sandbox.api.kv.KvWrite;
import org.cloudramp.sandbox.core.Limits;
import org.cloudramp.sandbox.core.abi.GuestCalls;
import org.cloudramp.sandbox.core.abi.HookInput;
import org.cloudramp.sandbox.core.abi.WireReader;
import org.cloudramp.sandbox.core.abi.WireWriter;
import org.cloudramp.sandbox.core.function.Endpoint;
import org.cloudramp.sandbox.core.function.HookScope;
import org.cloudramp.sandbox.core.function.PendingEffect;
import org.cloudramp.sandbox.core.memory.MemoryChange;
import org.cloudramp.sandbox.core.observe.ServiceLog;
import org.cloudramp.sandbox.core.shared.Attendance;
import org.cloudramp.sandbox.core.shared.Presence;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * One run of one hook, as the host functions see it: what it may still do, and what it has asked
 * for so far. All of it is forgotten if the run fails. One thread at a time.
 */
public final class HookTransaction implements HookScope, GuestCalls {
  private static final Logger log = LoggerFactory.getLogger(HookTransaction.class);

  private final ModuleVersion version;
  private final List<Endpoint> endpoints;
  private HookInput input;
  private final long time;
  private final Limits limits;
  private final KvStore store;
  private final ServiceLog serviceLog;

  /** What the run has to do with a room of many servers; null for a room of this process. */
  private final @Nullable Presence presence;

  /** What earlier hooks have changed that are committed with this one; null if there are none. */
  private final @Nullable RoomChanges before;

  /** What was appended to the room's log with the last commit. */
  private List<Bytes> appended = List.of();

  /** When the budget began, by {@link System#nanoTime}: of the guest, and then of the effects. */
  private long start;

  private Duration budget;

  /** Whether the guest has had a thread. */
  private boolean isStarted;

  /** Made when the guest first reads or writes a key, which most hooks do not. */
  private @Nullable KvOverlay keys;

  /** Made when the guest first sets or cancels a timer, or answers one. */
  private @Nullable TimerRequests timers;

  /** Grows from the second one on, which most hooks do not have. */
  private List<PendingEffect> effects = List.of();

  /** What it has made of the memory of a room of many servers; null if that is not in the store. */
  private @Nullable MemoryChange memory;

  private @Nullable CloseFrame refusal;
  private @Nullable HttpAnswer answer;
  private int hostCalls;
  private long effectBytes;
  private int logLines;

  /**
   * A transaction in which nothing has been asked for.
   *
   * @param version whose code runs
   * @param endpoints what stands behind each of its imports, in their order
   * @param input what the hook is told
   * @param time when it happens, as the guest sees it, in milliseconds since 1970
   * @param store what the hook reads and writes
   * @param presence who is in a room of many servers; null for a room of this process
   * @param before what earlier hooks have changed that are committed with this one; null if there
   *     are none
   */
  public HookTransaction(
      ModuleVersion version,
      List<Endpoint> endpoints,
      HookInput input,
      long time,
      Limits limits,
      KvStore store,
      ServiceLog serviceLog,
      @Nullable Presence presence,
      @Nullable RoomChanges before) {
    this.version = version;
    this.endpoints = endpoints;
    this.input = input;
    this.time = time;
    this.limits = limits;
    this.budget = limits.time();
    this.store = store;
    this.serviceLog = serviceLog;
    this.presence = presence;
    this.before = before;
    if (input.call() instanceof HookCall.Timer answered && input.hook() == Hook.ON_TIMER) {
      this.timers = new TimerRequests(store, Optional.of(answered.timer()), limits.timers());
    }
  }

  @Override
  public void count() {
    if (++hostCalls > limits.hostCalls()) {
      throw new GuestException(
          GuestException.Kind.QUOTA,
          "the hook called the host more than %d times (limits.hostCalls)"
              .formatted(limits.hostCalls()));
    }
  }

  @Override
  public void call(int function, WireReader request, WireWriter response) {
    endpoints.get(function).serve(this, request, response.limitTo(limits.responseBytes()));
  }

  @Override
  public ModuleVersion version() {
    return version;
  }

  @Override
  public RoomAddress address() {
    return input.address();
  }

  @Override
  public Hook hook() {
    return input.hook();
  }

  @Override
  public Optional<ConnectionId> connection() {
    return input.connection();
  }

  @Override
  public Instant time() {
    return Instant.ofEpochMilli(time);
  }

  @Override
  public Duration remaining() {
    Duration left = budget.minus(elapsed());
    return left.isNegative() ? Duration.ZERO : left;
  }

  @Override
  public Optional<RoomMembers> members() {
    return Optional.ofNullable(presence);
  }

  @Override
  public void requireSpaceForEffect(int size) {
    if (effects.size() >= limits.effects() || effectBytes + size > limits.effectBytes()) {
      throw new HostFunctionException(
          HostFunctionException.LIMIT,
          "a hook may have %d effects (limits.effects) of %d bytes in all (limits.effectBytes)"
              .formatted(limits.effects(), limits.effectBytes()));
    }
  }

  @Override
  public void record(PendingEffect effect) {
    if (effects.isEmpty()) {
      effects = List.of(effect);
    } else {
      if (effects.size() == 1) {
        effects = new ArrayList<>(effects);
      }
      effects.add(effect);
    }
    effectBytes += effect.size(); // what was refused does not count
  }

  @Override
  public int maxKeys() {
    return limits.kvOperations();
  }

  @Override
  public List<Optional<Bytes>> read(List<String> wanted) {
    return keys().read(wanted);
  }

  @Override
  public void put(String key, Bytes value, Optional<Duration> timeToLive) {
    keys().put(key, value, timeToLive);
  }

  @Override
  public void update(String key, Bytes value, Optional<Duration> timeToLive) {
    keys().update(key, value, timeToLive);
  }

  @Override
  public void delete(String key) {
    keys().delete(key);
  }

  @Override
  public void setTimer(String name, Duration delay) {
    timers().set(name, time().plus(delay));
  }

  @Override
  public void cancelTimer(String name) {
    timers().cancel(name);
  }

  @Override
  public void log(LogLevel level, String message) {
    if (++logLines > limits.logLines()) {
      return;
    }
    String line =
        message.length() <= limits.logLineLength()
            ? message
            : message.substring(0, limits.logLineLength()) + "…";
    serviceLog.write(Level.valueOf(level.name()), version, room(), hook(), connection(), line);
  }

  @Override
  public void answer(HttpAnswer said) {
    answer = said;
  }

  /** What is answered to whoever has asked the room, if it has said something. */
  public Optional<HttpAnswer> answer() {
    return Optional.ofNullable(answer);
  }

  @Override
  public void refuse(CloseFrame frame) {
    if (refusal == null) {
      refusal = frame;
    }
  }

  /** With which words the hook has refused what it was asked, if it has said any. */
  public Optional<CloseFrame> refusal() {
    return Optional.ofNullable(refusal);
  }

  /**
   * The guest is ready: its budget begins to run now.
   *
   * @param extra what it gets beyond its limit
   * @return all of it
   */
  public Duration startClock(Duration extra) {
    start = System.nanoTime();
    isStarted = true;
    budget = extra.isZero() ? limits.time() : limits.time().plus(extra);
    return budget;
  }

  /** How long the guest has had the thread since the clock was started. */
  public Duration elapsed() {
    return Duration.ofNanos(System.nanoTime() - start);
  }

  /**
   * How long the guest has had the thread and did not wait for the store, in nanoseconds; to be
   * asked when it has returned, before the effects.
   *
   * @param now by {@link System#nanoTime}
   */
  public long guestNanos(long now) {
    if (!isStarted) {
      return 0;
    }
    return Math.max(0, now - start - (keys == null ? 0 : keys.waitedNanos()));
  }

  /** How many keys the store was asked for. */
  public int keysRead() {
    return keys == null ? 0 : keys.asked();
  }

  /** How many keys the run has written. */
  public int keysWritten() {
    return keys == null ? 0 : keys.written();
  }

  /** From now on the guest answers {@code next}; what was asked for before stays asked for. */
  public void switchTo(HookInput next) {
    input = next;
  }

  private TimerRequests timers() {
    TimerRequests made = timers;
    if (made == null) {
      made = new TimerRequests(store, Optional.empty(), limits.timers());
      timers = made;
    }
    return made;
  }

  /** What the run has read and written. */
  private KvOverlay keys() {
    KvOverlay made = keys;
    if (made == null) {
      made = new KvOverlay(store, input.address(), limits, this::remaining, before);
      keys = made;
    }
    return made;
  }

  /** What the guest has left in its memory is committed as well. */
  public void keep(MemoryChange change) {
    memory = change;
  }

  /** It was committed. */
  public void committed(CommitResult.Committed how) {
    if (memory != null) {
      memory.committed(how, appended.size());
    }
  }

  /** Whether there is something to commit. */
  public boolean hasWrites() {
    return (memory != null && memory.isChange())
        || (timers != null && !timers.isEmpty())
        || (keys != null && keys.hasWrites())
        || (presence != null && (presence.isChange() || happensEverywhere()));
  }

  private boolean happensEverywhere() {
    return effects.stream().anyMatch(PendingEffect::happensEverywhere);
  }

  /**
   * What is to be committed.
   *
   * @param id of the transaction
   */
  public KvTransaction transaction(String id) {
    KvTransaction.Builder transaction = KvTransaction.builder(id).quota(limits.kvQuota());
    if (memory != null) {
      Map<String, Optional<Bytes>> reads = new HashMap<>();
      List<KvWrite> writes = new ArrayList<>();
      if (keys != null) {
        keys.addTo(reads, writes);
      }
      memory.addTo(reads, writes);
      transaction.reads(reads).writes(writes);
    } else if (keys != null) {
      keys.addTo(transaction);
    }
    if (timers != null) {
      transaction.timers(timers.changes());
    }
    if (presence != null) {
      appended = presence.entries(effects);
      transaction.appends(appended).roster(presence.update());
    }
    return transaction.build();
  }

  /** Adds what is to be committed to what is committed with it. */
  void addTo(RoomChanges all) {
    if (keys != null) {
      keys.addTo(all);
    }
    if (memory != null) {
      all.keep(memory);
    }
    if (timers != null) {
      all.addTimers(timers.changes().writes());
    }
    if (presence != null) {
      appended = presence.entries(effects);
      all.append(appended);
      presence.addToAttendance();
    }
  }

  /** What the run has seen of who is in the room; null in a room of this process. */
  @Nullable Attendance attendance() {
    return presence == null ? null : presence.attendance();
  }

  /** Whether it matters to the run who comes and goes meanwhile. */
  public boolean dependsOnRoster() {
    return presence != null && presence.dependsOnRoster();
  }

  /** What the last transaction appends to the room's log. */
  public List<Bytes> appended() {
    return appended;
  }

  /**
   * What the store, and not the guest, is to blame for if the run went wrong: it failed, or it has
   * taken most of the time that the run had.
   */
  public Optional<StoreException.Kind> storeTrouble() {
    return keys == null ? Optional.empty() : keys.storeTrouble();
  }

  /** Says how many lines of the guest's were not logged, if any were not. */
  public void closeLog() {
    if (logLines > limits.logLines()) {
      int dropped = logLines - limits.logLines();
      serviceLog.write(
          Level.WARN,
          version,
          room(),
          hook(),
          connection(),
          dropped + " more lines dropped (limits.logLines)");
    }
  }

  /**
   * Performs the effects, in order; one that fails does not stop the others. Together, those of
   * plugins may take as long as a hook: a slow plugin must not become slower with each call.
   *
   * @param now by {@link System#nanoTime}
   * @return what the hook emitted
   */
  public List<Event> performEffects(long now) {
    if (effects.isEmpty()) {
      return List.of();
    }
    start = now;
    budget = limits.time(); // what a cold guest gets is for the guest
    if (effects.size() == 1) { // as nearly always
      return List.of(perform(effects.get(0)));
    }
    Event[] events = new Event[effects.size()];
    for (int i = 0; i < events.length; i++) {
      events[i] = perform(effects.get(i));
    }
    return List.of(events);
  }

  private Event perform(PendingEffect effect) {
    try {
      if (presence == null || !effect.happensEverywhere()) { // which the log has performed
        effect.perform(this);
      }
    } catch (Throwable e) { // what comes from foreign code may be anything
      log.error("effect '{}' of {} in room '{}' failed", effect.type(), version, room(), e);
    }
    return new Event(effect.type(), version, room(), effect.emission());
  }
}
