package org.cloudramp.sandbox.api.error;

/**
 * The host or one of its engines is at fault: a defect of this framework, of an engine, or a
 * machine that is out of memory or threads. It is logged with its cause, and never counted against
 * a guest.
 */
public final class HostException extends SandboxException {
  private static final long serialVersionUID = 1;

  /** An error with a message that says what the host was doing. */
  public HostException(String message, Throwable cause) {
    super(message, cause);
  }
}
