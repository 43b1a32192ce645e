package org.cloudramp.sandbox.server.rooms;

import org.cloudramp.sandbox.api.error.SandboxException;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.core.HookTrace;

/**
 * One call that is followed, from where it came in to its end. One thread at a time; does not
 * throw. A call that is given up before it has a place in its room's queue has no end, and nothing
 * is told of it.
 */
public interface CallTrace extends HookTrace {
  /** The hook has run, and what it has sent is with the connections that it is for. */
  void ended(HookResult result);

  /** The hook did not run. */
  void notRun(SandboxException reason);
}
