package org.cloudramp.sandbox.core.run;

import java.util.Optional;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.HostException;
import org.cloudramp.sandbox.api.error.SandboxException;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.core.abi.FailureCode;
import org.cloudramp.sandbox.core.kv.KvFailure;

/**
 * What it means that a step of a run failed: who is to blame, what the guest is told, and what the
 * caller reads.
 *
 * @param error typed
 * @param isExcused whether the store, or a pause of the process, made the run fail, whatever the
 *     error says
 */
record Failure(SandboxException error, boolean isExcused) {
  /**
   * The failure that something thrown stands for. What no typed error says is a fault of the host
   * or of an engine, and nobody else's.
   */
  static Failure of(Throwable thrown, boolean isExcused) {
    Throwable cause = KvFailure.cause(thrown);
    return new Failure(
        cause instanceof SandboxException typed
            ? typed
            : new HostException("internal error: " + cause, cause),
        isExcused);
  }

  /** Whether somebody who keeps this host has to look at it. */
  boolean isOfTheHost() {
    return error instanceof HostException;
  }

  /** What counts towards the quarantine of the version, if anything does. */
  Optional<GuestException> fault() {
    // Memory may be short because of others; everything else is the guest's own doing.
    return error instanceof GuestException guest
            && guest.kind() != GuestException.Kind.MEMORY
            && !isExcused
        ? Optional.of(guest)
        : Optional.empty();
  }

  /** What {@code onError} is told. */
  FailureCode code() {
    return FailureCode.of(error);
  }

  /** The error with the version, room and hook in its message. */
  SandboxException in(String hook) {
    String message = hook + ": " + error.getMessage();
    if (error instanceof GuestException guest) {
      return new GuestException(guest.kind(), message, guest);
    }
    if (error instanceof StoreException store) {
      return new StoreException(store.kind(), message, store);
    }
    return error instanceof HostException ? new HostException(message, error) : error;
  }
}
