package org.cloudramp.sandbox.core.replay;

import java.util.List;
import java.util.Optional;
import org.cloudramp.sandbox.core.recording.Recording;
import org.cloudramp.sandbox.core.replay.ReplayedHook.Result;

/**
 * What the replay of a recording has shown.
 *
 * @param recording that was replayed
 * @param hooks one for each of the recording, in its order
 */
public record ReplayReport(Recording recording, List<ReplayedHook> hooks) {
  /** Copies the list. */
  public ReplayReport {
    hooks = List.copyOf(hooks);
  }

  /** How many hooks did the same. */
  public int same() {
    return (int) hooks.stream().filter(hook -> hook.result() instanceof Result.Same).count();
  }

  /** The first hook that did something else, if one did. */
  public Optional<ReplayedHook> firstDifference() {
    return hooks.stream().filter(hook -> hook.result() instanceof Result.Differs).findFirst();
  }

  /** In a few words: how many hooks did the same, and what is the first that did not. */
  public String summary() {
    String difference =
        firstDifference()
            .map(
                hook ->
                    "; the first that differs is hook %d: %s"
                        .formatted(hook.number(), ((Result.Differs) hook.result()).difference()))
            .orElse("");
    return "service '%s', room '%s': %d of %d recorded hooks did the same%s"
        .formatted(recording.service(), recording.room(), same(), hooks.size(), difference);
  }
}
