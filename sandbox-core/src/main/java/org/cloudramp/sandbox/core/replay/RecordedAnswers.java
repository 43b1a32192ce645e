package org.cloudramp.sandbox.core.replay;

import java.util.List;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.HostFunctionException;
import org.cloudramp.sandbox.core.abi.GuestCalls;
import org.cloudramp.sandbox.core.abi.WireReader;
import org.cloudramp.sandbox.core.abi.WireWriter;
import org.cloudramp.sandbox.core.recording.RecordedCall;
import org.cloudramp.sandbox.core.recording.RecordedCall.Answer;
import org.cloudramp.sandbox.core.recording.RecordedRun;
import org.jspecify.annotations.Nullable;

/** Answers the calls of one run as they were answered before, as long as they are the same. */
final class RecordedAnswers implements GuestCalls {
  private final RecordedRun run;
  private final List<String> functions;
  private int next;
  private @Nullable Difference difference;
  private boolean goesOn;

  /**
   * @param functions what the module imports that is replayed
   */
  RecordedAnswers(RecordedRun run, List<String> functions) {
    this.run = run;
    this.functions = functions;
  }

  /** What was called instead of what was recorded. */
  @Nullable Difference difference() {
    return difference;
  }

  /** Whether it has called more than was recorded of a run that somebody else ended. */
  boolean goesOn() {
    return goesOn;
  }

  /** The recorded call that has not come; null if all have. */
  @Nullable RecordedCall missing() {
    return next < run.calls().size() ? run.calls().get(next) : null;
  }

  /** Where the next call is. */
  String place() {
    return "%s, call %d".formatted(run.hook(), next + 1);
  }

  @Override
  public void count() {}

  @Override
  public void call(int function, WireReader request, WireWriter response) {
    String name = functions.get(function);
    Bytes sent = request.whole();
    RecordedCall expected = missing();
    if (expected == null) {
      if (run.isRepeatable()) {
        throw differs("that it makes no more calls", Shown.call(name, sent));
      }
      goesOn = true;
      throw stop();
    }
    if (!expected.function().equals(name)) {
      throw differs(Shown.call(expected), Shown.call(name, sent));
    }
    if (!expected.request().equals(sent)) {
      throw differs(
          Shown.call(name, expected.request(), sent), Shown.call(name, sent, expected.request()));
    }
    next++;
    if (expected.answer() instanceof Answer.Response answered) {
      response.raw(answered.content());
    } else if (expected.answer() instanceof Answer.Failed failed) {
      throw new HostFunctionException(failed.code(), failed.message());
    } else {
      throw new GuestException(kindOf(run.end()), run.message());
    }
  }

  private GuestException differs(String expected, String actual) {
    difference = new Difference(place(), expected, actual);
    return stop();
  }

  /** Ends the guest; nobody reads the message. */
  private static GuestException stop() {
    return new GuestException(GuestException.Kind.ABI, "the replay ends here");
  }

  private static GuestException.Kind kindOf(RecordedRun.End end) {
    return switch (end) {
      case DEADLINE -> GuestException.Kind.DEADLINE;
      case MEMORY -> GuestException.Kind.MEMORY;
      case QUOTA -> GuestException.Kind.QUOTA;
      case ABI -> GuestException.Kind.ABI;
      case TRAPPED, HOST, RETURNED, REFUSED -> GuestException.Kind.TRAPPED;
    };
  }
}
