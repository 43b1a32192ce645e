// What a room's code imports. AssemblyScript looks for a package's `index.ts` at its root.
export { Connection } from "./assembly/connection";
export { FailureCode, HookError } from "./assembly/hook-error";
export { ErrorCode, HostError } from "./assembly/host-error";
export { JsonError, JsonObject, JsonResult, json } from "./assembly/json";
export { kv } from "./assembly/kv";
export { log } from "./assembly/log";
export { Message } from "./assembly/message";
export { random } from "./assembly/random";
export { refuse } from "./assembly/refuse";
export { Request, Response } from "./assembly/request";
export { Result } from "./assembly/result";
export { room } from "./assembly/room";
export { Room } from "./assembly/room-class";
export { StringBuilder } from "./assembly/string-builder";
export { timer } from "./assembly/timer";
