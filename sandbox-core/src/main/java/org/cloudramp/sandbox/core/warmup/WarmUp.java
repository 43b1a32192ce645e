package org.cloudramp.sandbox.core.warmup;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.cloudramp.sandbox.api.ModuleVersion;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.core.Limits;
import org.cloudramp.sandbox.core.abi.GuestInstance;
import org.cloudramp.sandbox.core.abi.GuestProgram;
import org.cloudramp.sandbox.core.function.Endpoint;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Warms code up. Thread-safe; blocks, on a thread that may run guests.
 *
 * <ol>
 *   <li>It ends when its rounds are done, when its time is up, or when nothing of the guest works.
 *   <li>The guest works in instances of its own, which are closed afterwards.
 *   <li>Nothing it does is seen: keys are empty and stay so, effects do not happen, no code of an
 *       extension or a plugin runs, what it logs is dropped.
 *   <li>Nothing that goes wrong here is a fault of anybody's.
 * </ol>
 */
public final class WarmUp {
  private static final Logger log = LoggerFactory.getLogger(WarmUp.class);

  /** Where the instances come from in which a guest is warmed up. */
  public interface Instances {
    /**
     * A new one, which was initialised.
     *
     * @throws org.cloudramp.sandbox.api.error.GuestException if there can be none
     */
    GuestInstance take();

    /** Closes it, in whatever state it is. */
    void discard(GuestInstance instance);
  }

  private final Function<ServiceId, Limits> limits;
  private final Duration time;
  private final Clock clock;

  /**
   * Warms up under the limits of hooks.
   *
   * @param time how long it may take; zero for not at all
   * @param clock the time that guests see
   */
  public WarmUp(Function<ServiceId, Limits> limits, Duration time, Clock clock) {
    this.limits = limits;
    this.time = time;
    this.clock = clock;
  }

  /**
   * Runs the hooks of a program. Throws nothing.
   *
   * @param endpoints what stands behind each of its imports, in their order
   * @param rounds how often each hook is run at most
   */
  public void run(
      ModuleVersion version,
      GuestProgram program,
      List<Endpoint> endpoints,
      Instances instances,
      int rounds) {
    if (time.isZero()) {
      return;
    }
    try {
      Limits ofService = limits.apply(version.service());
      MadeUpCall calls = new MadeUpCall(version, endpoints, ofService, clock.instant());
      new Rehearsal(program, instances, ofService, calls, time).run(rounds);
    } catch (Throwable e) { // what was let in goes live, whether it could be warmed up or not
      log.debug("{} is not warm", version, e);
    }
  }
}
