package org.cloudramp.sandbox.server.tracing;

import org.cloudramp.sandbox.api.error.SandboxException;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.core.HookTrace;
import org.cloudramp.sandbox.core.Submission;

/** A timer that is followed, from where it was due to the end of its hook. */
record FollowedTimer(FollowedCall call) implements Submission.Listener {
  @Override
  public HookTrace trace() {
    return call;
  }

  @Override
  public void ended(HookResult result) {
    call.ended(result);
  }

  @Override
  public void notRun(SandboxException reason) {
    call.notRun(reason);
  }
}
