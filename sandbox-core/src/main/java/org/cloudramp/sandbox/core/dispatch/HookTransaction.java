package org.cloudramp.sandbox.core.dispatch;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.HostFunctionException;
import org.cloudramp.sandbox.api.hook.Event;
import org.cloudramp.sandbox.api.hook.Hook;
import org.cloudramp.sandbox.api.kv.KvScope;
import org.cloudramp.sandbox.api.kv.KvStore;
import org.cloudramp.sandbox.core.Limits;
import org.cloudramp.sandbox.core.abi.GuestCalls;
import org.cloudramp.sandbox.core.abi.GuestEvent;
import org.cloudramp.sandbox.core.abi.WireReader;
import org.cloudramp.sandbox.core.abi.WireWriter;
import org.cloudramp.sandbox.core.function.Endpoint;
import org.cloudramp.sandbox.core.function.HookScope;
import org.cloudramp.sandbox.core.function.PendingEffect;
import org.cloudramp.sandbox.core.module.LoadedModule;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * One run of one hook, as the host functions see it: what it may still do, and what it has asked
 * for so far. All of it is forgotten if the run fails. One thread at a time.
 */
final class HookTransaction implements HookScope, GuestCalls {
  private static final Logger log = LoggerFactory.getLogger(HookTransaction.class);

  private final ModuleVersion version;
  private final List<Endpoint> endpoints;
  private GuestEvent event;
  private final Instant time;
  private final Limits limits;
  private final ServiceLog serviceLog;
  private long start = System.nanoTime();
  private final KvOverlay keys;
  private final List<PendingEffect> effects = new ArrayList<>();
  private int hostCalls;
  private long effectBytes;
  private int logLines;

  HookTransaction(
      LoadedModule module,
      GuestEvent event,
      Instant time,
      Limits limits,
      KvStore store,
      ServiceLog serviceLog) {
    this.version = module.version();
    this.endpoints = module.endpoints();
    this.event = event;
    this.time = time;
    this.limits = limits;
    this.serviceLog = serviceLog;
    this.keys =
        new KvOverlay(store, new KvScope(event.service(), event.room()), limits, this::remaining);
  }

  @Override
  public void call(int function, WireReader request, WireWriter response) {
    if (++hostCalls > limits.hostCalls()) {
      throw new GuestException(
          GuestException.Kind.QUOTA,
          "the hook called the host more than %d times (limits.hostCalls)"
              .formatted(limits.hostCalls()));
    }
    endpoints.get(function).serve(this, request, response);
    if (response.size() > limits.responseBytes()) {
      throw new HostFunctionException(
          HostFunctionException.LIMIT,
          "the response has %d bytes; limits.responseBytes allows %d"
              .formatted(response.size(), limits.responseBytes()));
    }
  }

  @Override
  public ModuleVersion version() {
    return version;
  }

  @Override
  public RoomId room() {
    return event.room();
  }

  @Override
  public Hook hook() {
    return event.hook();
  }

  @Override
  public Optional<ConnectionId> connection() {
    return event.connection();
  }

  @Override
  public Instant time() {
    return time;
  }

  @Override
  public Duration remaining() {
    Duration left = limits.time().minusNanos(System.nanoTime() - start);
    return left.isNegative() ? Duration.ZERO : left;
  }

  @Override
  public void record(PendingEffect effect) {
    if (effects.size() >= limits.effects() || effectBytes + effect.size() > limits.effectBytes()) {
      throw new HostFunctionException(
          HostFunctionException.LIMIT,
          "a hook may have %d effects (limits.effects) of %d bytes in all (limits.effectBytes)"
              .formatted(limits.effects(), limits.effectBytes()));
    }
    effects.add(effect);
    effectBytes += effect.size(); // what was refused does not count
  }

  @Override
  public List<Optional<Bytes>> read(List<String> wanted) {
    return keys.read(wanted);
  }

  @Override
  public void put(String key, Bytes value, Optional<Duration> timeToLive) {
    keys.put(key, value, timeToLive);
  }

  @Override
  public void delete(String key) {
    keys.delete(key);
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
    serviceLog.write(Level.valueOf(level.name()), version, room(), hook(), line);
  }

  /** The guest is ready: its budget begins to run now. */
  void startClock() {
    start = System.nanoTime();
  }

  /**
   * From now on it is this event that the guest answers; what was asked for before stays asked for.
   */
  void goOnWith(GuestEvent next) {
    event = next;
  }

  /** What the run has read and written. */
  KvOverlay keys() {
    return keys;
  }

  /** Says how many lines of the guest's were not logged, if any were not. */
  void closeLog() {
    if (logLines > limits.logLines()) {
      int dropped = logLines - limits.logLines();
      serviceLog.write(
          Level.WARN, version, room(), hook(), dropped + " more lines dropped (limits.logLines)");
    }
  }

  /**
   * Lets the effects happen, in order; one that fails does not stop the others. Together, those of
   * plugins may take as long as a hook: a slow plugin must not become slower with each call.
   */
  List<Event> happen() {
    List<Event> events = new ArrayList<>(effects.size());
    long begin = System.nanoTime();
    for (PendingEffect effect : effects) {
      try {
        effect.happen(this, limits.time().minusNanos(System.nanoTime() - begin));
      } catch (Throwable e) { // there is nothing that a stranger's code does not throw
        log.error("effect '{}' of {} in room '{}' failed", effect.type(), version, room(), e);
      }
      events.add(new Event(effect.type(), version, room(), effect.emission()));
    }
    return events;
  }
}
