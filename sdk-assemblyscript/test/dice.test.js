/** Nothing random, and no time, is taken when a module is loaded: every hook draws its own. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compileProgram, roomOf } from "../test-support/compile-room.js";

const IMPORTS = 'import { Connection, Room, kv, log, random, room } from "@cloudramp/room";\n';
const HOOK = "export function onMessage(from: Connection, text: string): void { from.send(text); }\n";

describe("the build refuses at the top level of a file", () => {
  for (const [code, reason, column] of [
    ["const salt = Math.random();", /all hooks and rooms would get the same\. Use it in a hook/, 14],
    ["const salt = Mathf.random();", /all hooks and rooms would get the same/, 14],
    ["const salt = random.next();", /all hooks and rooms would get the same/, 14],
    ["const side = random.below(6);", /all hooks and rooms would get the same/, 14],
    ["const began = room.now;", /all hooks and rooms would get the same/, 15],
    ["const name = room.id;", /all hooks and rooms would get the same/, 14],
    ["class Dice { static salt: f64 = Math.random(); }", /all hooks and rooms would get the same/, 33],
    ["kv.set('a', 'b');", /kv\.set cannot be called before a hook runs/],
    ["log.info('loaded');", /sandbox\.log cannot be called before a hook runs/],
    ["const third = [1, 2].at(3);", /Index out of range/, 15],
    ["function forever(): i32 { while (true) {} return 0; }\nconst never = forever();", /it took longer than 1000 ms\. Is there a loop without an end\?\n/],
  ]) {
    for (const [kind, hooks] of [["functions", HOOK], ["a class", "export class A extends Room { onMessage(from: Connection): void {} }\n"]]) {
      test(`of ${kind}: ${code.split("\n").at(-1)}`, async () => {
        const { ok, report } = await compileProgram(`${IMPORTS}${code}\n${hooks}`);
        assert.equal(ok, false);
        assert.match(report, /^ERROR: At the top level of a file: /);
        assert.match(report, reason);
        if (column) assert.match(report, new RegExp(`in assembly/index\\.ts\\(2,${column}\\)`));
      });
    }
  }

  test("whatever it is that draws there, however deep", async () => {
    const { ok, report } = await compileProgram(`${IMPORTS}import { names } from "./names";\n${HOOK}const first = names[0];`, {
      files: { "assembly/names.ts": "function draw(): f64 { return Math.random(); }\nexport const names = [draw().toString()];\n" },
    });
    assert.equal(ok, false);
    assert.match(report, /in assembly\/names\.ts\(1,31\)/);
  });
});

describe("Math.random and random", () => {
  const PROGRAMS = {
    "in a program of functions": `${IMPORTS}
      export function onMessage(from: Connection, text: string): void {
        for (let i = 0; i < text.length; i++) from.send(Math.random().toString() + " " + Mathf.random().toString() + " " + random.next().toString());
      }`,
    "in a class": `${IMPORTS}
      export class A extends Room {
        private salt: f64 = Math.random();
        onMessage(from: Connection, text: string): void {
          for (let i = 0; i < text.length; i++) from.send(Math.random().toString() + " " + Mathf.random().toString() + " " + random.next().toString());
          if (text == "salt") from.send(this.salt.toString());
        }
      }`,
  };
  for (const [where, program] of Object.entries(PROGRAMS)) {
    describe(where, async () => {
      const open = await roomOf(program);
      const say = (seed, ...texts) => {
        const ann = open({ seed }).join("ann");
        return texts.map((text) => {
          ann.send(text);
          return ann.received.splice(0);
        });
      };

      test("give each hook other numbers", () => {
        const [first, second] = say(1n, "xx", "xx");
        assert.equal(new Set([...first, ...second].flatMap((each) => each.split(" "))).size, 12);
      });

      test("give each room other numbers", () => {
        assert.notDeepEqual(say(1n, "x"), say(2n, "x"));
      });

      test("give the same event the same numbers, however many were drawn in the hooks before", () => {
        assert.deepEqual(say(1n, "x", "xxx")[1], say(1n, "xxxxx", "xxx")[1]);
      });
    });
  }

  test("give onStart and the constructor other numbers than the hook after them, which may show its own", async () => {
    const open = await roomOf(`${IMPORTS}
      export class A extends Room {
        private first: f64 = Math.random();
        private second: f64 = 0;
        onStart(): void { this.second = random.next(); }
        onJoin(who: Connection): void { who.send([this.first, Math.random(), this.second, random.next()].join(" ")); }
      }`);
    const drawn = [1n, 2n].flatMap((seed) => open({ seed }).join("ann").received[0].split(" "));
    assert.equal(new Set(drawn).size, 8);
  });

  test("give the field of a class another number in each room", async () => {
    const open = await roomOf(PROGRAMS["in a class"]);
    const salts = [1n, 2n].map((seed) => {
      const ann = open({ seed }).join("ann");
      ann.send("salt");
      return ann.received.at(-1);
    });
    assert.notEqual(salts[0], salts[1]);
  });
});
