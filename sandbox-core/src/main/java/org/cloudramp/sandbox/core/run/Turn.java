package org.cloudramp.sandbox.core.run;

/** The turn of a room, as the hook that has it sees it. Thread-safe. */
public interface Turn {
  /** Runs the rest of a hook that has waited, on a thread for guests. */
  void goOn(Runnable rest);

  /** The hook has ended, whatever came of it; called once, last. */
  void end();
}
