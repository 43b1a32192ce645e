package org.cloudramp.sandbox.core.warmup;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.CloseFrame;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.hook.Hook;
import org.cloudramp.sandbox.api.hook.HttpAnswer;
import org.cloudramp.sandbox.core.Limits;
import org.cloudramp.sandbox.core.abi.GuestCalls;
import org.cloudramp.sandbox.core.abi.HookInput;
import org.cloudramp.sandbox.core.abi.WireReader;
import org.cloudramp.sandbox.core.abi.WireWriter;
import org.cloudramp.sandbox.core.function.Endpoint;
import org.cloudramp.sandbox.core.function.HookScope;
import org.cloudramp.sandbox.core.function.PendingEffect;

/**
 * What host functions see of a hook that is only rehearsed: an empty room without keys, in which
 * nothing that is asked for happens. One thread at a time.
 */
final class MadeUpCall implements HookScope, GuestCalls {
  private static final RoomId ROOM = new RoomId("warm-up");

  private final ModuleVersion version;
  private final List<Endpoint> endpoints;
  private final Limits limits;
  private final Instant time;
  private final RoomAddress address;

  private Hook hook = Hook.ON_JOIN;
  private Optional<ConnectionId> connection = Optional.empty();
  private long deadline;
  private int hostCalls;

  MadeUpCall(ModuleVersion version, List<Endpoint> endpoints, Limits limits, Instant time) {
    this.version = version;
    this.endpoints = endpoints;
    this.limits = limits;
    this.time = time;
    this.address = new RoomAddress(version.service(), ROOM);
  }

  /** The next hook begins, and has this budget, which is given back. */
  Duration begin(HookInput input, Duration budget) {
    hook = input.hook();
    connection = input.connection();
    deadline = System.nanoTime() + budget.toNanos();
    hostCalls = 0;
    return budget;
  }

  @Override
  public void count() {
    hostCalls++;
    if (hostCalls > limits.hostCalls()) {
      throw new GuestException(GuestException.Kind.QUOTA, "too many host calls in a warm-up");
    }
  }

  @Override
  public void call(int function, WireReader request, WireWriter response) {
    endpoints.get(function).rehearse(this, request, response);
  }

  @Override
  public ModuleVersion version() {
    return version;
  }

  @Override
  public RoomAddress address() {
    return address;
  }

  @Override
  public Hook hook() {
    return hook;
  }

  @Override
  public Optional<ConnectionId> connection() {
    return connection;
  }

  @Override
  public Instant time() {
    return time;
  }

  @Override
  public Duration remaining() {
    return Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
  }

  @Override
  public void requireSpaceForEffect(int size) {
    // It does not happen.
  }

  @Override
  public void record(PendingEffect effect) {
    // It does not happen.
  }

  @Override
  public int maxKeys() {
    return limits.kvOperations();
  }

  @Override
  public List<Optional<Bytes>> read(List<String> keys) {
    return Collections.nCopies(keys.size(), Optional.empty());
  }

  @Override
  public void put(String key, Bytes value, Optional<Duration> timeToLive) {
    // It is not written.
  }

  @Override
  public void update(String key, Bytes value, Optional<Duration> timeToLive) {
    // It is not written.
  }

  @Override
  public void delete(String key) {
    // There is none.
  }

  @Override
  public void setTimer(String name, Duration delay) {
    // It is not set.
  }

  @Override
  public void cancelTimer(String name) {
    // There is none.
  }

  @Override
  public void log(LogLevel level, String message) {
    // Nobody has asked the guest anything, so nobody is told what it says.
  }

  @Override
  public void answer(HttpAnswer answer) {
    // Nobody has asked.
  }

  @Override
  public void refuse(CloseFrame frame) {
    // Nobody is there to be turned away.
  }
}
