package org.cloudramp.sandbox.server.observe;

import java.util.Locale;
import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.error.RefusedException;
import org.cloudramp.sandbox.api.error.StoreException;
import org.cloudramp.sandbox.api.hook.HookOutcome;

/** What became of a call, as metrics and metering name it. */
public enum HookOutcomeLabel {
  // The hook has run.
  COMPLETED,
  REFUSED,
  ABSENT,
  // It has run and failed: by the guest's doing, by a store's, by the host's.
  TRAPPED,
  DEADLINE,
  MEMORY,
  QUOTA,
  ABI,
  STORE,
  HOST,
  // It has not run.
  NO_SERVICE,
  NO_MODULE,
  RESTING,
  CLOSED;

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Of a hook that has run. */
  public static HookOutcomeLabel of(HookOutcome outcome) {
    if (outcome instanceof HookOutcome.Completed) { // as nearly always
      return COMPLETED;
    }
    if (outcome instanceof HookOutcome.Failed failed) {
      return ofFailure(failed.cause());
    }
    return outcome instanceof HookOutcome.Absent ? ABSENT : REFUSED;
  }

  private static HookOutcomeLabel ofFailure(Throwable cause) {
    if (cause instanceof GuestException guest) {
      return switch (guest.kind()) {
        case TRAPPED -> TRAPPED;
        case DEADLINE -> DEADLINE;
        case MEMORY -> MEMORY;
        case QUOTA -> QUOTA;
        case ABI -> ABI;
      };
    }
    if (cause instanceof StoreException store) {
      return store.kind() == StoreException.Kind.QUOTA ? QUOTA : STORE;
    }
    return HOST;
  }

  /** Of a call whose hook could not be run. */
  public static HookOutcomeLabel ofAbort(Throwable cause) {
    if (cause instanceof ModuleException module) {
      return module.kind() == ModuleException.Kind.NOT_FOUND ? NO_SERVICE : NO_MODULE;
    }
    if (cause instanceof GuestException) { // it could not be initialised
      return NO_MODULE;
    }
    if (cause instanceof RefusedException refused) {
      return switch (refused.kind()) {
        case CLOSED -> CLOSED;
        case TAKEN_BEFORE, TIMER_GONE -> ABSENT; // nothing was run, and nobody is to blame
        default -> RESTING;
      };
    }
    return cause instanceof StoreException ? STORE : HOST;
  }

  /** Whether a call that ends so is for a service that is there, and not one that was made up. */
  public boolean provesService() {
    return switch (this) {
      case NO_SERVICE, STORE, HOST, CLOSED -> false;
      default -> true;
    };
  }
}
