/** Unit tests for rooms, with any test runner: `import { MockRoom } from "@cloudramp/room/testing"`. */
export { ErrorCode, FailureCode, HookFailure, HostFunctionError } from "./errors.js";
export { LIMITS } from "./limits.js";
export { MockKv } from "./mock-kv.js";
export { MockRoom, MockUser } from "./mock-room.js";
export { MockTimers } from "./mock-timers.js";
export { MockResponse } from "./requests.js";
export { Reader, Writer } from "./wire.js";
