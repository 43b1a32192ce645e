package org.cloudramp.sandbox.api.error;

/** An uploaded module cannot be used. Nothing of it has run. */
public final class ModuleException extends SandboxException {
  private static final long serialVersionUID = 1;

  /** Why a module cannot be used. */
  public enum Kind {
    /** The service has no such version, or none at all. */
    NOT_FOUND,
    /** The bytes are not a WebAssembly module of the accepted subset. */
    MALFORMED,
    /** A count or a size in the module is over a limit. */
    LIMIT,
    /**
     * An import is unknown or denied, or an export of the guest ABI is missing or has a wrong type.
     */
    UNLINKABLE,
    /** The bytes are not those that the digest names. */
    INTEGRITY
  }

  private final Kind kind;

  /** An error with a message that names the section, import, export or limit. */
  public ModuleException(Kind kind, String message) {
    super(message, null);
    this.kind = kind;
  }

  /** As above, with what led to it. */
  public ModuleException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /** Why the module cannot be used. */
  public Kind kind() {
    return kind;
  }
}
