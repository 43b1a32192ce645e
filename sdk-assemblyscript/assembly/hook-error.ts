/** What `onError` is told about a hook that failed. Nothing of that hook took effect. */
export class HookError {
  constructor(
    /** An `ErrorCode`. */
    readonly code: i32,
    /** What went wrong, in the host's words. */
    readonly message: string,
    /** The hook that failed: `onJoin`, `onMessage` or `onLeave`. */
    readonly hook: string,
    /** The id of the connection that the failed hook was about. */
    readonly connection: string,
  ) {}
}
