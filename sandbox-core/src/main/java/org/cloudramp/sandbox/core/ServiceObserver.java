package org.cloudramp.sandbox.core;

import java.time.Duration;
import java.util.Optional;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.hook.Hook;
import org.slf4j.event.Level;

/**
 * Told what those who write the code of services want to hear, besides what becomes of each hook,
 * of which {@linkplain org.cloudramp.sandbox.api.hook.HookListener others} are told: see {@link
 * SandboxBuilder#serviceObserver}.
 *
 * <p>Called by many threads at once, some of which hold a lock and all of which somebody waits for:
 * be quick, ask nothing of the sandbox, and do not wait. What is thrown is logged and changes
 * nothing.
 */
public interface ServiceObserver {
  /**
   * Whether it wants to hear the lines of guests now. Asked for each line: while nobody does, lines
   * that the logger does not write cost nothing, and use up nothing of what their service may log.
   */
  default boolean hearsLines() {
    return true;
  }

  /**
   * A guest has logged a line, within the limits of its service ({@code limits.logLines}, {@code
   * limits.logLinesPerMinute}): all from {@link Level#INFO} on, and those below that the logger
   * writes.
   *
   * @param line as the guest has said it, so that it may hold anything; at most {@code
   *     limits.logLineLength} characters and a mark that it was cut
   */
  default void logged(ModuleVersion version, RoomId room, Hook hook, Level level, String line) {}

  /**
   * A version, or one room of it, is not run for a while from now on.
   *
   * @param room empty if it is the version as a whole
   * @param time how long
   * @param why the message of its last fault, or what the operator has said
   */
  default void rests(ModuleVersion version, Optional<RoomId> room, Duration time, String why) {}

  /**
   * An upload has been checked: validated, compiled, and tried. Told before it is made live.
   *
   * @param passed whether it may be made live
   * @param cpuNanos of the thread that has checked it, in nanoseconds; 0 if the JVM cannot tell
   */
  default void checked(ModuleVersion version, boolean passed, long cpuNanos) {}

  /** What a version has done is forgotten: it runs again, and so do its rooms. */
  default void lifted(ModuleVersion version) {}
}
