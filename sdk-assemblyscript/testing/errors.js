/** What a host function answers when it does not do what it was asked. The codes are those of guest ABI 1. */
export const ErrorCode = Object.freeze({
  badRequest: 1,
  unavailable: 2,
  timeout: 3,
  limit: 4,
  denied: 5,
  gone: 6,
  unknown: 7,
  internal: 8,
});

/** Thrown by a host function: the guest gets the code and the message. */
export class HostFunctionError extends Error {
  /**
   * @param {number} code one of {@link ErrorCode}, or a plugin's own (64 and up)
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.name = "HostFunctionError";
    this.code = code;
  }
}

/** How a hook failed, as `onError` is told. The codes are those of guest ABI 1. */
export const FailureCode = Object.freeze({ trapped: 1, deadline: 2, memory: 3, quota: 4, abi: 5, store: 6 });

/** Ends the hook that runs, for another reason than that it trapped. */
export class HookEnd extends Error {
  /**
   * @param {number} code one of {@link FailureCode}
   * @param {string} message
   */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** A hook that failed. Nothing that it did took effect. */
export class HookFailure extends Error {
  /**
   * @param {string} hook
   * @param {string} reason what the program said when it ended
   * @param {{file: string, line: number, column: number} | null} position where, if the program said so
   * @param {number} code one of {@link FailureCode}
   * @param {string} told what `onError` is told
   */
  constructor(hook, reason, position, code, told, options) {
    const description = position ? `${reason} (${position.file}:${position.line}:${position.column})` : reason;
    super(`${hook}: ${description}`, options);
    this.name = "HookFailure";
    this.hook = hook;
    /** What was called: the same, or the hook that `onStart` began. `onError` is told of it. */
    this.call = hook;
    this.reason = reason;
    this.position = position;
    this.code = code;
    /** The reason and the position. */
    this.description = description;
    /** What `onError` is told: in the words of a server, which knows no more of the place than the program says. */
    this.told = told;
  }
}
