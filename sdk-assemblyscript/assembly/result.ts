import { HostError } from "./host-error";

/** What a `try…` function gives: the value, or the error that the host answered. */
export class Result<T> {
  constructor(
    private readonly answer: T,
    /** Why there is no value; null when there is one. */
    readonly error: HostError | null,
  ) {}

  /** Whether there is a value. */
  get ok(): bool {
    return this.error === null;
  }

  /** The value. Without one this ends the hook with the host's error message. */
  get value(): T {
    const error = this.error;
    if (error) throw new Error(error.message);
    return this.answer;
  }
}
