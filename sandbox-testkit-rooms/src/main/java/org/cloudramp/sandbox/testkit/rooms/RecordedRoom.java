package org.cloudramp.sandbox.testkit.rooms;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.cloudramp.sandbox.core.RoomReplay;
import org.cloudramp.sandbox.core.recording.Recording;
import org.cloudramp.sandbox.core.replay.ReplayReport;

/**
 * What a room did on a server, to be done again in a test: what went wrong once becomes a test, and
 * a change of the room shows what it changes.
 *
 * <pre>{@code
 * RecordedRoom.load(Path.of("src/test/recordings/lobby.recording"))
 *     .replay(Files.readAllBytes(Path.of("build/chat.wasm")));
 * }</pre>
 *
 * The file comes from {@code npx room replay lobby --save lobby.recording}, or from the API of a
 * server that records the service. Immutable.
 */
public final class RecordedRoom {
  private final Recording recording;
  private final Map<String, String> settings;

  private RecordedRoom(Recording recording, Map<String, String> settings) {
    this.recording = recording;
    this.settings = Map.copyOf(settings);
  }

  /**
   * Reads a recording from a file.
   *
   * @throws UncheckedIOException if the file cannot be read
   * @throws org.cloudramp.sandbox.core.recording.RecordingException if it is no recording, or not a
   *     whole one
   */
  public static RecordedRoom load(Path file) {
    try {
      return of(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads a recording.
   *
   * @throws org.cloudramp.sandbox.core.recording.RecordingException if it is none, or not a whole
   *     one
   */
  public static RecordedRoom of(byte[] file) {
    return new RecordedRoom(Recording.read(file), Map.of());
  }

  /** Which engine of those on the class path replays it; {@code chicory} if nothing is said. */
  public RecordedRoom engine(String name) {
    return setting("engine", name);
  }

  /** A setting of the engine or the gate, such as {@code gate.moduleBytes}. */
  public RecordedRoom setting(String name, String value) {
    Map<String, String> more = new TreeMap<>(settings);
    more.put(name, value);
    return new RecordedRoom(recording, more);
  }

  /** What is in the file. */
  public Recording recording() {
    return recording;
  }

  /**
   * Replays all of it with a module, be it the one that was recorded or one that is to do the same.
   *
   * @return what has been shown of each hook: those are not held against the module that were
   *     recorded with an end that cannot be repeated, such as a deadline
   * @throws AssertionError if a hook does something else than it did; the message tells the first
   *     difference. Also if nothing could be replayed, as with another module in the middle of a
   *     room that keeps its memory
   * @throws org.cloudramp.sandbox.api.error.SandboxException if the module cannot be loaded
   */
  public ReplayReport replay(byte[] wasm) {
    ReplayReport report = report(wasm);
    Optional<?> difference = report.firstDifference();
    if (difference.isPresent() || report.same() == 0) {
      throw new AssertionError(report.summary());
    }
    return report;
  }

  /** As {@link #replay}, but differences are in the report only. */
  public ReplayReport report(byte[] wasm) {
    byte[] module = wasm.clone();
    try (RoomReplay replay = RoomReplay.of(settings)) {
      return replay.run(recording, digest -> module);
    }
  }
}
