/** How a hook failed. A newer host may have more codes. */
export const enum FailureCode {
  /** The program ended it: a `throw`, a failed `assert`, an index out of range, a stack that is too deep. */
  Trapped = 1,
  /** It took longer than its time budget. */
  Deadline = 2,
  /** It needed more memory than it may have. */
  Memory = 3,
  /** It used up a quota, such as the number of its host calls. */
  Quota = 4,
  /** Its module broke the guest ABI. */
  Abi = 5,
  /** What it wrote to `kv` could not be kept: the store failed, or others kept changing the same keys. */
  Store = 6,
  /** The host itself failed; it is not held against the program. */
  Host = 8,
}

/** What `onError` is told about a hook that failed. Nothing of that hook took effect. */
export class HookError {
  constructor(
    /** A {@link FailureCode}. */
    readonly code: i32,
    /** What went wrong, in the host's words. */
    readonly message: string,
    /** The hook that failed: `onJoin`, `onMessage`, `onLeave`, `onTimer` or `onRequest`. */
    readonly hook: string,
    /** The id of the connection that the failed hook was about; empty if it was about none. */
    readonly connection: string,
  ) {}
}
