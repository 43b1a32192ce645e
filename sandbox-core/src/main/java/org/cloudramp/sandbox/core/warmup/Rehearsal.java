package org.cloudramp.sandbox.core.warmup;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.hook.Hook;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.core.Limits;
import org.cloudramp.sandbox.core.abi.GuestInstance;
import org.cloudramp.sandbox.core.abi.GuestProgram;
import org.cloudramp.sandbox.core.abi.HookConditions;
import org.cloudramp.sandbox.core.abi.HookInput;
import org.jspecify.annotations.Nullable;

/** One warm-up: somebody joins, says something, and leaves, again and again. One thread. */
final class Rehearsal {
  /** After so many failures a hook is left alone: each costs an instance. */
  private static final int MAX_FAILURES = 3;

  private static final ConnectionId SOMEBODY = new ConnectionId("warm-up");

  /** What both a chat and whoever reads JSON can make something of. */
  private static final String MESSAGE = "{}";

  /** A hook with what it is told. */
  private static final class Scene {
    final HookInput input;
    int failures;

    Scene(HookInput input) {
      this.input = input;
    }
  }

  private final GuestProgram program;
  private final WarmUp.Instances instances;
  private final Limits limits;
  private final MadeUpCall calls;
  private final long start = System.nanoTime();
  private final Duration time;
  private final List<Scene> scenes = new ArrayList<>();

  private @Nullable GuestInstance instance;

  /** Whether no hook has run in the instance since it was made, or put back to its image. */
  private boolean isInitial;

  Rehearsal(
      GuestProgram program,
      WarmUp.Instances instances,
      Limits limits,
      MadeUpCall calls,
      Duration time) {
    this.program = program;
    this.instances = instances;
    this.limits = limits;
    this.calls = calls;
    this.time = time;
    RoomAddress room = calls.address();
    add(HookInput.of(new HookCall.Join(room, SOMEBODY)));
    add(HookInput.of(new HookCall.Message(room, SOMEBODY, message(program))));
    add(HookInput.of(new HookCall.Leave(room, SOMEBODY, 1000, "")));
  }

  private static Payload message(GuestProgram program) {
    Payload text = Payload.text(MESSAGE);
    return program.unsupported(Payload.Kind.TEXT).isEmpty()
        ? text
        : new Payload(Payload.Kind.BINARY, text.bytes());
  }

  private void add(HookInput input) {
    if (program.hooks().contains(input.hook())) {
      scenes.add(new Scene(input));
    }
  }

  /** Runs each hook so many times, or until the time is up. */
  void run(int rounds) {
    try {
      for (int round = 0; round < rounds && !scenes.isEmpty(); round++) {
        for (Scene scene : List.copyOf(scenes)) {
          if (remaining().isZero()) {
            return;
          }
          play(scene);
        }
      }
    } finally {
      discard();
    }
  }

  private void play(Scene scene) {
    GuestInstance stage = stage();
    try {
      if (isInitial && program.keepsRoomMemory() && program.hooks().contains(Hook.ON_START)) {
        play(stage, HookInput.started(new HookCall.Join(calls.address(), SOMEBODY), false));
      }
      isInitial = false;
      play(stage, scene.input);
    } catch (GuestException e) {
      discard();
      scene.failures++;
      if (scene.failures == MAX_FAILURES) {
        scenes.remove(scene);
      }
    }
  }

  private void play(GuestInstance stage, HookInput input) {
    Duration budget = calls.begin(input, shorter(limits.time(), remaining()));
    GuestInstance.Status unused = stage.run(input, conditions(), calls, budget);
  }

  /** The instance to go on in: as new, unless its module keeps memory for a room. */
  private GuestInstance stage() {
    GuestInstance present = instance;
    if (present != null
        && (program.keepsRoomMemory() || present.restore(limits.initializeTime()))) {
      return present;
    }
    discard();
    GuestInstance made = instances.take();
    instance = made;
    isInitial = true;
    return made;
  }

  private void discard() {
    GuestInstance present = instance;
    instance = null;
    if (present != null) {
      instances.discard(present);
    }
  }

  /** Seeds that no real hook gets to see: none of its dice are foretold. */
  private HookConditions conditions() {
    return new HookConditions(calls.time().toEpochMilli(), 1, 2);
  }

  private Duration remaining() {
    Duration left = time.minusNanos(System.nanoTime() - start);
    return left.isNegative() ? Duration.ZERO : left;
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }
}
