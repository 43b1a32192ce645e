package org.cloudramp.sandbox.core.replay;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.cloudramp.sandbox.api.Digest;
import org.cloudramp.sandbox.api.engine.Memory;
import org.cloudramp.sandbox.api.engine.WasmEngine;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.hook.Hook;
import org.cloudramp.sandbox.core.abi.GuestInstance;
import org.cloudramp.sandbox.core.abi.GuestInstance.Status;
import org.cloudramp.sandbox.core.abi.GuestState;
import org.cloudramp.sandbox.core.gate.ModuleGate;
import org.cloudramp.sandbox.core.recording.RecordedCall;
import org.cloudramp.sandbox.core.recording.RecordedHook;
import org.cloudramp.sandbox.core.recording.RecordedImage;
import org.cloudramp.sandbox.core.recording.RecordedModule;
import org.cloudramp.sandbox.core.recording.RecordedRun;
import org.cloudramp.sandbox.core.recording.RecordedRun.End;
import org.cloudramp.sandbox.core.recording.Recording;
import org.cloudramp.sandbox.core.replay.ReplayedHook.Result;
import org.jspecify.annotations.Nullable;

/**
 * Replays recordings on one engine, hook by hook, with all host calls answered from the recording.
 * Nothing happens anywhere else. On threads that can run guests, one at a time.
 *
 * <p>A hook does the same if it makes the same calls with the same bytes in the same order, ends in
 * the same way, and leaves the memory that the recording tells, where it does. After a hook that
 * differs the memory is not the recorded one any more: the replay goes on with the next hook that
 * begins in a memory that is known.
 */
public final class Replay {
  /** Much more than on a server: what is slow here is the machine, or a module that has changed. */
  private static final Duration TIME = Duration.ofSeconds(10);

  /** Of what had no time left on its server, and would have none here. */
  private static final Duration TIME_FOR_ENDLESS = Duration.ofMillis(250);

  private final WasmEngine engine;
  private final ModuleGate gate;

  /** A replay on an engine that has started. */
  public Replay(WasmEngine engine, ModuleGate gate) {
    this.engine = engine;
    this.gate = gate;
  }

  /**
   * Replays a recording.
   *
   * @param modules gives the bytes that take the place of a recorded module, each once
   * @throws org.cloudramp.sandbox.api.error.SandboxException if a module cannot be loaded
   * @throws org.cloudramp.sandbox.core.recording.RecordingException if an image cannot be read
   */
  public ReplayReport run(Recording recording, Function<Digest, byte[]> modules) {
    try (Pass pass = new Pass(modules)) {
      List<ReplayedHook> replayed = new ArrayList<>();
      for (RecordedHook hook : recording.hooks()) {
        replayed.add(new ReplayedHook(replayed.size() + 1, hook, pass.replay(hook)));
      }
      return new ReplayReport(recording, replayed);
    }
  }

  /** One replay of one recording. */
  private final class Pass implements AutoCloseable {
    private final Function<Digest, byte[]> wasm;
    private final Map<RecordedModule, ReplayedModule> modules = new HashMap<>();

    Pass(Function<Digest, byte[]> wasm) {
      this.wasm = wasm;
    }

    Result replay(RecordedHook hook) {
      ReplayedModule module =
          modules.computeIfAbsent(
              hook.module(),
              recorded ->
                  new ReplayedModule(engine, gate, recorded, wasm.apply(recorded.digest())));
      Optional<Difference> ofMemory = compareMemory(module, hook);
      if (ofMemory.isPresent()) {
        module.forget();
        return new Result.Differs(ofMemory.get());
      }
      GuestInstance instance = instanceFor(module, hook);
      if (instance == null) {
        return new Result.Skipped(
            module.isTheRecordedOne()
                ? "its memory is not known after what is before it"
                : "its memory is that of another module");
      }
      Result result = run(module, instance, hook);
      if (!(result instanceof Result.Same)
          || hook.outcome() == RecordedHook.Outcome.FAILED
          || hook.outcome() == RecordedHook.Outcome.AGAIN
          || hook.outcome() == RecordedHook.Outcome.NOT_COMMITTED) {
        module.forget();
      }
      return result;
    }

    /** What the memory is before a hook can be compared where the recording tells it. */
    private Optional<Difference> compareMemory(ReplayedModule module, RecordedHook hook) {
      GuestInstance instance = module.instance();
      if (hook.isFresh()
          || hook.missed() > 0
          || hook.image().isEmpty()
          || instance == null
          || !module.isTheRecordedOne()) {
        return Optional.empty();
      }
      GuestState expected = hook.image().get().state();
      Optional<GuestState> actual =
          instance.state(RecordedImage.MAX_PAGES * Memory.PAGE_BYTES, TIME);
      return actual.isEmpty() ? Optional.empty() : difference(expected, actual.get());
    }

    private Optional<Difference> difference(GuestState expected, GuestState actual) {
      if (expected.pages() != actual.pages()) {
        return Optional.of(
            new Difference(
                "the memory before it",
                "%d pages".formatted(expected.pages()),
                "%d pages".formatted(actual.pages())));
      }
      int global = Arrays.mismatch(expected.globals(), actual.globals());
      if (global >= 0) {
        return Optional.of(
            new Difference(
                "the memory before it",
                "other globals",
                "mutable global %d differs".formatted(global / GuestState.GLOBAL_BYTES)));
      }
      int address = Arrays.mismatch(expected.memory(), actual.memory());
      return address < 0
          ? Optional.empty()
          : Optional.of(
              new Difference(
                  "the memory before it",
                  "%d at address %d".formatted(expected.memory()[address] & 0xff, address),
                  "%d".formatted(actual.memory()[address] & 0xff)));
    }

    private @Nullable GuestInstance instanceFor(ReplayedModule module, RecordedHook hook) {
      if (hook.isFresh()) {
        return module.fresh();
      }
      if (hook.missed() > 0) {
        module.forget();
      }
      GuestInstance before = module.instance();
      if (before != null) {
        return before;
      }
      return hook.image().isPresent() && module.isTheRecordedOne()
          ? module.in(hook.image().get().state())
          : null;
    }

    private Result run(ReplayedModule module, GuestInstance instance, RecordedHook hook) {
      Result result = new Result.Same();
      for (RecordedRun run : hook.runs()) {
        result = run(module, instance, run);
        if (!(result instanceof Result.Same)) {
          return result;
        }
      }
      return result;
    }

    private Result run(ReplayedModule module, GuestInstance instance, RecordedRun run) {
      Optional<Hook> hook =
          Arrays.stream(Hook.values())
              .filter(each -> each.export().equals(run.hook()))
              .filter(module.program().hooks()::contains)
              .findFirst();
      if (hook.isEmpty()) {
        return differs(run, "a run of it", "the module does not export it");
      }
      RecordedAnswers answers = new RecordedAnswers(run, module.program().importNames());
      Status status;
      try {
        status =
            instance.run(
                hook.get(), run.event(), answers, run.isRepeatable() ? TIME : TIME_FOR_ENDLESS);
      } catch (GuestException e) {
        return ended(run, answers, End.of(e.kind()), String.valueOf(e.getMessage()));
      }
      return ended(run, answers, status == Status.OK ? End.RETURNED : End.REFUSED, "");
    }

    private Result ended(RecordedRun run, RecordedAnswers answers, End end, String message) {
      Difference called = answers.difference();
      if (called != null) {
        return new Result.Differs(called);
      }
      RecordedCall missing = answers.missing();
      if (missing != null) {
        return new Result.Differs(
            new Difference(answers.place(), Shown.call(missing), words(end, message)));
      }
      if (answers.goesOn() || (!run.isRepeatable() && end != run.end())) {
        return new Result.Unrepeatable(
            "%s was %s, which cannot be repeated; all before that is the same"
                .formatted(run.hook(), words(run.end(), run.message())));
      }
      // Where the host has ended it in a call, the same call has ended it now.
      return end == run.end() || run.endsInCall()
          ? new Result.Same()
          : differs(run, words(run.end(), run.message()), words(end, message));
    }

    private Result differs(RecordedRun run, String expected, String actual) {
      return new Result.Differs(new Difference(run.hook(), expected, actual));
    }

    @Override
    public void close() {
      modules.values().forEach(ReplayedModule::close);
    }
  }

  private static String words(End end, String message) {
    String word =
        switch (end) {
          case RETURNED -> "an end without a fault";
          case REFUSED -> "a refusal";
          case TRAPPED -> "a trap";
          case DEADLINE -> "the end of its time";
          case MEMORY -> "a lack of memory";
          case QUOTA -> "the end of a quota";
          case ABI -> "a breach of the ABI";
          case HOST -> "a failure of the host";
        };
    return message.isEmpty() ? word : "%s (%s)".formatted(word, message);
  }
}
