package org.cloudramp.sandbox.host.rooms;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.function.EffectFunction;
import org.cloudramp.sandbox.api.function.HostCall;
import org.cloudramp.sandbox.api.function.HostFunction;
import org.cloudramp.sandbox.api.function.QueryFunction;
import org.cloudramp.sandbox.api.hook.Emission;
import org.cloudramp.sandbox.api.hook.Hook;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookOutcome;
import org.cloudramp.sandbox.api.hook.HookResult;

/** One room of {@link Rooms}, told of hooks and asked for functions as a sandbox does it. */
final class Stage {
  private static final Digest DIGEST = Digest.of(new byte[0]);

  final Rooms rooms;
  final ServiceId service;
  final RoomId room;

  Stage(Rooms rooms, String service, String room) {
    this.rooms = rooms;
    this.service = new ServiceId(service);
    this.room = new RoomId(room);
  }

  Line join(Line line) {
    rooms.attach(new RoomAddress(service, room), line);
    begin(joining(line));
    end(joining(line), new HookOutcome.Completed());
    return line;
  }

  Line join(String id) {
    return join(new Line(id));
  }

  void leave(Line line) {
    begin(leaving(line));
    end(leaving(line), new HookOutcome.Completed());
  }

  HookCall joining(Line line) {
    return new HookCall.Join(new RoomAddress(service, room), line.id());
  }

  HookCall leaving(Line line) {
    return new HookCall.Leave(new RoomAddress(service, room), line.id(), 1001, "");
  }

  void begin(HookCall call) {
    rooms.onBegin(call);
  }

  void end(HookCall call, HookOutcome outcome) {
    rooms.onEnd(
        new HookResult(
            call, new ModuleVersion(service, DIGEST), outcome, List.of(), Duration.ZERO));
  }

  /** What a guest gets from {@code room.users}. */
  Object users() {
    return answerOf("users");
  }

  /** What a guest gets from a query of the module {@code room} that takes nothing. */
  Object answerOf(String query) {
    try {
      Object answer = ((QueryFunction) function("room", query)).answer(call());
      return answer == null ? "nothing" : answer;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** What a query answers. */
  Object answer(String module, String query, Object... arguments) throws Exception {
    Object answer = ((QueryFunction) function(module, query)).answer(call(), arguments);
    return answer == null ? "nothing" : answer;
  }

  /** The first half of an effect: the guest calls it. */
  Emission call(String module, String name, Object... arguments) throws Exception {
    return ((EffectFunction) function(module, name)).emission(call(), arguments).orElseThrow();
  }

  /** The second half of an effect: its hook has succeeded. */
  void happen(String module, String name, Object... arguments) throws Exception {
    ((EffectFunction) function(module, name)).happen(call(), arguments);
  }

  /** Both halves. */
  Emission effect(String module, String name, Object... arguments) throws Exception {
    Emission emission = call(module, name, arguments);
    happen(module, name, arguments);
    return emission;
  }

  private HostFunction function(String module, String name) {
    return rooms.functions().stream()
        .filter(provider -> provider.name().equals(module))
        .flatMap(provider -> provider.functions().stream())
        .filter(function -> function.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private HostCall call() {
    return new Call(new ModuleVersion(service, DIGEST), new RoomAddress(service, room));
  }

  private record Call(ModuleVersion version, RoomAddress address) implements HostCall {
    @Override
    public Hook hook() {
      return Hook.ON_MESSAGE;
    }

    @Override
    public Optional<ConnectionId> connection() {
      return Optional.empty();
    }

    @Override
    public Instant time() {
      return Instant.EPOCH;
    }

    @Override
    public Duration remaining() {
      return Duration.ofMillis(50);
    }
  }
}
