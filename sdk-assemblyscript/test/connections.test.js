import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { roomOf } from "../test-support/compile-room.js";

const open = await roomOf(`
  import { Connection, room } from "@cloudramp/room";
  export function onMessage(from: Connection, text: string): void {
    const users = room.connections();
    from.send(users.length.toString() + " " + users[0].id + " " + users[users.length - 1].id);
    room.broadcast(text, users);
  }
`);

test("room.connections names everybody in the order in which they joined", () => {
  const room = open();
  const ann = room.join("ann");
  room.join("bob").leave();
  room.join("zoe");
  ann.send("hello");
  assert.deepEqual(ann.received, ["2 ann zoe"]);
});

test("room.connections holds 10,000 people, more than fit into the first answer, and all can be excepted", () => {
  const room = open();
  const first = room.join("person-1");
  for (let i = 2; i <= 10_000; ++i) room.join(`person-${i}`);
  first.send("nobody hears this");
  assert.deepEqual(first.received, ["10000 person-1 person-10000"]);
  assert.equal(room.events.at(-1).except.length, 10_000);
});

describe("room.sendTo", async () => {
  const open = await roomOf(`
    import { Connection, kv, room } from "@cloudramp/room";
    export function onMessage(from: Connection, text: string): void {
      if (text == "all") return room.sendTo(room.connections(), "to all");
      const to = new Array<Connection>();
      const ids = text.split(",");
      for (let i = 0; i < ids.length; i++) to.push(new Connection(ids[i]));
      room.sendTo(to, "text");
      room.sendToBytes(to, String.UTF8.encode("b"));
    }
  `);

  test("reaches each of a list once, and nobody else", () => {
    const room = open();
    const [ann, bob, zoe] = ["ann", "bob", "zoe"].map((id) => room.join(id));
    ann.send("zoe,gone,ann,zoe");
    for (const user of [ann, zoe]) assert.deepEqual(user.received, ["text", new Uint8Array([98])]);
    assert.deepEqual(bob.received, []);
    assert.deepEqual(room.events.map(({ type, connections }) => [type, ...connections]), [["sendTo", "zoe", "ann"], ["sendTo", "zoe", "ann"]]);
  });

  test("reaches more than a hook may have effects, as one of them", () => {
    const room = open({ limits: { effects: 1 } });
    const users = Array.from({ length: 1_100 }, (_, i) => room.join(`person-${i}`));
    users[0].send("all");
    for (const user of users) assert.deepEqual(user.received, ["to all"]);
  });

  test("to nobody is no error", () => {
    const room = open();
    const ann = room.join("ann");
    ann.send("gone");
    assert.deepEqual(ann.received, []);
  });
});

test("two connections of one id are equal, and null is not one", async () => {
  const open = await roomOf(`
    import { Connection, room } from "@cloudramp/room";
    function found(id: string): Connection | null { return id == "" ? null : new Connection(id); }
    export function onMessage(from: Connection, text: string): void {
      const users = room.connections();
      const other = found(text);
      const answers = [
        users[0] == from, users[0] != from, users[1] == from, users.includes(from), other == null, other != null,
        other == from, from != other, users[0] === from,
      ];
      from.send(answers.map<string>((answer) => (answer ? "1" : "0")).join("") + users.indexOf(new Connection("bob")).toString());
      if (other != null) from.send(other.id);
      if (other == null) return;
      from.send(other.id.length.toString());
    }
  `);
  const room = open();
  const ann = room.join("ann");
  room.join("bob");
  for (const text of ["", "ann", "bob"]) ann.send(text);
  assert.deepEqual(ann.received, ["1001100111", "1001011011", "ann", "3", "1001010111", "bob", "3"]);
});
