/** Why the host did not do what it was asked. Codes from 64 on are a plugin's own. */
export const enum ErrorCode {
  /** The request could not be understood: for example a key that is too long. */
  BadRequest = 1,
  /** The service behind the function cannot be reached. The same call may succeed later. */
  Unavailable = 2,
  /** The answer took longer than the hook's time budget allows. */
  Timeout = 3,
  /** A limit of the host was reached: calls, bytes or messages per hook. */
  Limit = 4,
  /** The operator does not allow this function to this service. */
  Denied = 5,
  /** The connection has left. */
  Gone = 6,
  /** The host knows no such thing. */
  Unknown = 7,
  /** The host failed. */
  Internal = 8,
}

/** An error that a host function answered. */
export class HostError extends Error {
  constructor(
    /** What went wrong, in the host's words. */
    message: string,
    /** An {@link ErrorCode}, or a plugin's own code (64 and up). */
    readonly code: i32,
  ) {
    super(message);
  }
}
