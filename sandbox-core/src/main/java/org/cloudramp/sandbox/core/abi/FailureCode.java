package org.cloudramp.sandbox.core.abi;

import org.cloudramp.sandbox.api.error.GuestException;
import org.cloudramp.sandbox.api.error.SandboxException;
import org.cloudramp.sandbox.api.error.StoreException;

/** How {@code onError} is told that a hook failed, as {@code docs/abi.md} lists it. */
public enum FailureCode {
  TRAPPED(1),
  DEADLINE(2),
  MEMORY(3),
  QUOTA(4),
  ABI(5),
  STORE(6),
  /** The host failed. 7 is taken and never told: a version that rests has no hook to tell. */
  HOST(8);

  private final int number;

  FailureCode(int number) {
    this.number = number;
  }

  /** On the wire. */
  public int number() {
    return number;
  }

  /** The code of a failure. */
  public static FailureCode of(SandboxException failure) {
    if (failure instanceof GuestException guest) {
      return switch (guest.kind()) {
        case TRAPPED -> TRAPPED;
        case DEADLINE -> DEADLINE;
        case MEMORY -> MEMORY;
        case QUOTA -> QUOTA;
        case ABI -> ABI;
      };
    }
    if (failure instanceof StoreException store) {
      return store.kind() == StoreException.Kind.QUOTA ? QUOTA : STORE;
    }
    return HOST;
  }
}
