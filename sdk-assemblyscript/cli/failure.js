import { JsonTextError } from "../compiler/json-text.js";
import { UserError } from "./user-error.js";

/**
 * What the person at the terminal is told of an error. A stack is only for what is wrong with this program itself.
 *
 * @param {any} error
 * @returns {string}
 */
export function explain(error) {
  if (error instanceof UserError || error instanceof JsonTextError) return error.message;
  if (error.code?.startsWith?.("ERR_PARSE_ARGS")) return error.message;
  if (error.syscall !== undefined) return `${REASONS[error.code] ?? error.message}${error.code in REASONS && error.path ? `: ${error.path}` : ""}`;
  return `This is a fault of 'room' itself, and not of your program. Please report it with these lines:\n${error.stack}`;
}

/** What the operating system refused, in words. */
const REASONS = {
  EACCES: "The permission is missing to use",
  EPERM: "The permission is missing to use",
  EROFS: "This can only be read",
  ENOSPC: "The disk is full",
  ENOTDIR: "There is a file where a folder is needed",
  EISDIR: "There is a folder where a file is needed",
  EEXIST: "There is a file where a folder is needed",
};
