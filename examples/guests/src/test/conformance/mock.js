/** Runs a script of calls in the SDK's mock room. See README.md for what comes out. */
import { HookFailure, MockKv, MockRoom } from "@cloudramp/room/testing";

/**
 * @param {ReturnType<typeof import("./script.js").scriptOf>} script
 * @param {Uint8Array} wasm of its guest
 * @returns {object[]} one for each call, and one for the end
 */
export function linesOf(script, wasm) {
  const kv = new MockKv();
  // No script is about time, and a busy machine needs more of it for the long lists than a room is given.
  const limits = { time: 60_000 };
  const room = new MockRoom(wasm, { id: script.room, service: script.service, time: script.time, kv, limits });
  const present = new Map();
  const everybody = [];
  const lines = [];
  for (const [index, call] of script.calls.entries()) {
    const [eventsBefore, logBefore] = [room.events.length, room.log.length];
    const outcome = outcomeOf(() => perform(room, call, present, everybody));
    for (const [id, user] of present) if (!user.connected) present.delete(id);
    lines.push({
      index,
      call: call.call,
      ...outcome,
      events: room.events.slice(eventsBefore).map(shown),
      log: room.log.slice(logBefore).map(({ level, text }) => `${level} ${text}`),
      users: room.connections,
    });
  }
  lines.push({
    index: script.calls.length,
    call: "end",
    received: everybody.map((user) => ({ id: user.id, data: user.received.map(payload) })),
    keys: Object.fromEntries(script.keys.map((key) => [key, kv.get(key, room.time)])),
  });
  return lines;
}

function perform(room, call, present, everybody) {
  const user = present.get(call.id);
  switch (call.call) {
    case "join":
      if (user) return "absurd";
      return joined(room, call.id, present, everybody);
    case "message":
      if (!user) return "absurd";
      user.send(call.text ?? new Uint8Array(Buffer.from(call.base64, "base64")));
      return "done";
    case "leave":
      if (!user) return "absurd";
      user.leave(call.code, call.reason);
      return "done";
    case "advance":
      room.advance(call.milliseconds);
      return "done";
    case "evict":
      room.evict();
      return "done";
  }
  throw new Error(`There is no call '${call.call}'.`);
}

function joined(room, id, present, everybody) {
  const user = room.join(id);
  everybody.push(user);
  if (user.connected) present.set(id, user);
  return user.connected || user.closed ? "done" : "refused";
}

function outcomeOf(action) {
  try {
    return { outcome: action() };
  } catch (failure) {
    if (!(failure instanceof HookFailure)) throw failure;
    return { outcome: "failed", failed: failure.call, code: failure.code };
  }
}

function shown(event) {
  switch (event.type) {
    case "broadcast": return { type: "room.broadcast", ...payload(event.data), except: event.except };
    case "sendTo": return { type: "room.sendTo", to: event.connections, ...payload(event.data) };
    case "send": return { type: "conn.send", to: event.connection, ...payload(event.data) };
    case "setState": return { type: "conn.setState", of: event.connection, state: event.state };
    default: return { type: "conn.close", to: event.connection, code: event.code, reason: event.reason };
  }
}

function payload(data) {
  return typeof data === "string" ? { text: data } : { base64: Buffer.from(data).toString("base64") };
}
