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
 * @param ofTheStore what the caller reads instead, if a store did not serve a guest, which then
 *     failed in its own way
 */
record Failure(SandboxException error, boolean isExcused, Optional<StoreException> ofTheStore) {
  /**
   * The failure that something thrown stands for. What no typed error says is a fault of the host
   * or of an engine, and nobody else's.
   */
  static Failure of(Throwable thrown, boolean isExcused) {
    return new Failure(typed(thrown), isExcused, Optional.empty());
  }

  /**
   * The failure of a guest that a store has not served: what it made of that is for the guest to be
   * told, and not for those who ask who is to blame.
   */
  static Failure ofTheStore(Throwable thrown, String store, StoreException.Kind kind) {
    SandboxException error = typed(thrown);
    return new Failure(
        error,
        true,
        error instanceof GuestException
            ? Optional.of(
                new StoreException(
                    kind,
                    "KV store '%s' %s, and then: %s"
                        .formatted(
                            store,
                            kind == StoreException.Kind.TIMEOUT
                                ? "was slow to answer"
                                : "could not be read",
                            error.getMessage()),
                    error))
            : Optional.empty());
  }

  private static SandboxException typed(Throwable thrown) {
    Throwable cause = KvFailure.cause(thrown);
    return cause instanceof SandboxException typed
        ? typed
        : new HostException("internal error: " + cause, cause);
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

  /** The error's message, and the place in the guest's source if that is known. */
  String message() {
    return message(error);
  }

  private static String message(SandboxException error) {
    return error instanceof GuestException guest
        ? guest.messageWithPlace()
        : String.valueOf(error.getMessage());
  }

  /** The error with the version, room and hook in its message, and the place in the source. */
  SandboxException in(String hook) {
    SandboxException told = ofTheStore.<SandboxException>map(store -> store).orElse(error);
    String message = hook + ": " + message(told);
    if (told instanceof GuestException guest) {
      return new GuestException(guest.kind(), message, guest);
    }
    if (told instanceof StoreException store) {
      return new StoreException(store.kind(), message, store);
    }
    return told instanceof HostException ? new HostException(message, told) : told;
  }
}
