package org.cloudramp.sandbox.core.table;

import java.time.Duration;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.core.SandboxObserver.Eviction;

/** Told what happens in the table. Called with the table's lock held: be quick, do not throw. */
public interface TableListener {
  /** A module was loaded and is in a slot now. */
  default void loaded(ModuleVersion version, Duration elapsed) {}

  /** A module could not be loaded. */
  default void notLoaded(ModuleVersion version, Duration elapsed) {}

  /**
   * A module gave up its slot. It is closed as soon as its last lease is back. Not told of what a
   * table that is closed lets go of.
   */
  default void evicted(SlotView victim, Eviction why) {}
}
