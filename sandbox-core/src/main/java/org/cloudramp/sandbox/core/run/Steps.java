package org.cloudramp.sandbox.core.run;

import java.util.List;
import org.cloudramp.sandbox.api.hook.Hook;
import org.cloudramp.sandbox.core.HookTrace;
import org.cloudramp.sandbox.core.HookTrace.Step;
import org.cloudramp.sandbox.core.Submission;
import org.cloudramp.sandbox.core.abi.GuestCalls;
import org.cloudramp.sandbox.core.abi.GuestProgram;
import org.cloudramp.sandbox.core.abi.WireReader;
import org.cloudramp.sandbox.core.abi.WireWriter;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The steps of one call, told to whoever follows it; what that throws is kept from the room. A call
 * that nobody follows has the same as all others, which tells nobody. One thread at a time.
 */
final class Steps {
  private static final Logger log = LoggerFactory.getLogger(Steps.class);
  private static final Steps UNTOLD = new Steps(null);

  private final @Nullable HookTrace trace;
  private boolean begun;
  private @Nullable Step open;

  private Steps(@Nullable HookTrace trace) {
    this.trace = trace;
  }

  /** Those of a call, for whoever its caller says. */
  static Steps of(Submission.Listener caller) {
    HookTrace wanted = null;
    try {
      wanted = caller.trace();
    } catch (Throwable e) {
      failed(e);
    }
    return wanted == null ? UNTOLD : new Steps(wanted);
  }

  /** The call has its turn, if nobody has said so before. */
  void begin() {
    if (trace != null && !begun) {
      begun = true;
      tell(HookTrace::begun);
    }
  }

  /** A step begins, unless it is under way. */
  void begin(Step step, Hook hook) {
    if (trace != null && open != step) {
      begin();
      end(true);
      open = step;
      tell(told -> told.begins(step, hook));
    }
  }

  /** The step that is under way is over, if one is. */
  void end(boolean isWell) {
    if (trace != null && open != null) {
      open = null;
      tell(told -> told.ends(isWell));
    }
  }

  /**
   * The guest is going to run.
   *
   * @param answers what it calls
   * @param program whose imports have names
   * @return answers as they do, and tells of it
   */
  GuestCalls follow(GuestCalls answers, GuestProgram program) {
    return trace == null ? answers : new Followed(answers, program.importNames());
  }

  private void tell(News news) {
    try {
      if (trace != null) {
        news.tell(trace);
      }
    } catch (Throwable e) {
      failed(e);
    }
  }

  private static void failed(Throwable e) {
    log.error("whoever follows a call failed", e);
  }

  /** One thing to be told. */
  @FunctionalInterface
  private interface News {
    void tell(HookTrace trace);
  }

  /** Tells of each host call. */
  private final class Followed implements GuestCalls {
    private final GuestCalls answers;
    private final List<String> names;

    Followed(GuestCalls answers, List<String> names) {
      this.answers = answers;
      this.names = names;
    }

    @Override
    public void count() {
      answers.count();
    }

    @Override
    public void call(int function, WireReader request, WireWriter response) {
      boolean isWell = false;
      tell(told -> told.calls(names.get(function)));
      try {
        answers.call(function, request, response);
        isWell = true;
      } finally {
        boolean answered = isWell;
        tell(told -> told.answered(answered));
      }
    }
  }
}
