import assert from "node:assert/strict";
import { test } from "node:test";
import { HostFunctionError } from "../testing/index.js";
import { roomOf } from "../test-support/compile-room.js";

const PROGRAM = `
  import { Connection } from "@cloudramp/room";
  import * as call from "@cloudramp/room/plugin";

  @external("mirror", "all") declare function hostAll(): void;

  export function onMessage(from: Connection, text: string): void {
    call.beginRequest();
    call.writeBool(true);
    call.writeI32(-2);
    call.writeI64(i64.MIN_VALUE);
    call.writeF64(-0.5);
    call.writeString("ü🎉");
    call.writeBytes(String.UTF8.encode(text));
    call.writeStrings(["a", "", "b"]);
    call.sendRequest();
    hostAll();
    const error = call.tryReceive();
    if (error) from.send(error.code.toString() + " " + error.message);
    else from.send([
      call.readBool().toString(), call.readI32().toString(), call.readI64().toString(), call.readF64().toString(),
      call.readString(), String.UTF8.decode(call.readBytes()), call.readStrings().join("+"),
      call.readI32().toString() + call.readString() + "nothing more",
    ].join(" "));
  }
`;

test("every type that a host function can have goes there and back", async () => {
  const open = await roomOf(PROGRAM);
  const all = (request, response) => {
    const [bool, i32, i64, f64] = [request.u8(), request.i32(), request.i64(), request.f64()];
    const [string, bytes, list] = [request.string(), request.bytes(), request.list((each) => each.string())];
    response.u8(bool).i32(i32).i64(i64).f64(f64).string(string).bytes(bytes).list(list, (to, each) => to.string(each));
  };
  const ann = open({ functions: { "mirror.all": all } }).join("ann");
  ann.send("text");
  assert.deepEqual(ann.received, ["true -2 -9223372036854775808 -0.5 ü🎉 text a++b 0nothing more"]);
});

test("a host function's own error code reaches the program", async () => {
  const open = await roomOf(PROGRAM);
  const all = () => {
    throw new HostFunctionError(64, "no such mirror");
  };
  const ann = open({ functions: { "mirror.all": all } }).join("ann");
  ann.send("text");
  assert.deepEqual(ann.received, ["64 no such mirror"]);
});

test("a room that calls what the host does not have is not opened", async () => {
  const open = await roomOf(PROGRAM);
  assert.throws(() => open(), /imports the function 'mirror\.all', which this host does not have/);
});
