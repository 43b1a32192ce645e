/**
 * A script of calls that a seed decides: the same seed gives the same script, on every machine and for ever, as it is made of
 * whole numbers only. See README.md for what is in it.
 */

const PEOPLE = ["ann", "bob", "cat", "dan"];
const KEYS = ["a", "b", "count", "onJoin", "onLeave", "onStart"];
const LONGEST = 40;

/**
 * @param {number} seed
 * @returns {{seed: number, guest: string, service: string, room: string, time: number, keys: string[], calls: object[]}}
 */
export function scriptOf(seed) {
  const dice = new Dice(seed);
  const calls = [];
  const length = 8 + dice.below(LONGEST - 8);
  const people = () => dice.one(PEOPLE);
  // Somebody has to be there for anything to happen.
  calls.push({ call: "join", id: "ann" });
  while (calls.length < length) {
    switch (dice.below(8)) {
      case 0:
        calls.push({ call: "join", id: people() });
        break;
      case 1:
        calls.push({ call: "leave", id: people(), code: dice.one([1000, 1001, 1006, 4001]), reason: dice.one(["", "bye", "tschüß 👋"]) });
        break;
      case 2:
        calls.push({ call: "advance", milliseconds: dice.one([1, 499, 500, 60_000]) });
        break;
      case 3:
        calls.push(dice.below(3) === 0
          ? { call: "message", id: people(), base64: Buffer.from(dice.one(["", "raw", "ünï"])).toString("base64") }
          : { call: "message", id: people(), text: instructions(dice, people) });
        break;
      default:
        if (dice.below(16) === 0) calls.push({ call: "evict" });
        calls.push({ call: "message", id: people(), text: instructions(dice, people) });
    }
  }
  return {
    seed, guest: dice.one(["functions", "class"]), service: "conformance", room: "lobby", time: 1_700_000_000_000, keys: KEYS, calls,
  };
}

/** One to five instructions; now and then ones that are kept for a later hook. */
function instructions(dice, people) {
  const several = Array.from({ length: 1 + dice.below(5) }, () => instruction(dice, people));
  if (dice.below(6) === 0) {
    // Of instructions within instructions the separators would be taken for their own, so there is one, of one part.
    several.push(`set:${dice.one(["onJoin", "onLeave", "onStart"])}:${dice.one(["users", "refuse", "index", "throw", "now", "state"])}`);
  }
  if (dice.below(5) === 0) several.push(`delete:${dice.one(["onJoin", "onLeave", "onStart"])}`);
  return several.join(";");
}

function instruction(dice, people) {
  const key = () => dice.one(["a", "b", "count"]);
  switch (dice.below(31)) {
    case 0: case 1: return `say:${dice.one(["hello", "ünï", "🎉", ""])}`;
    case 2: return "others:psst";
    case 3: return `bytes:${dice.one(["", "x", "ü"])}`;
    case 4: case 5: return `tell:${dice.one([people(), people(), "nobody"])}:you`;
    case 6: case 7: return `close:${people()}:${dice.one([1000, 4000, 4999])}:${dice.one(["", "enough"])}`;
    case 8: return `set:${key()}:${dice.one(["", "seven", "7", "+7", "-9223372036854775808", "9223372036854775807", "99999999999999999999", "007", "-0", " 7",
      "1e3", "٣", "-"])}`;
    case 9: return `set:${key()}:5:${dice.one(["1", "500", "60000", "9223372036854775807"])}`;
    case 10: return `trySet:${dice.one(["", key(), "k".repeat(513), "ü".repeat(257), "🎉"])}:v:${dice.one(["0", "-1", "500"])}`;
    case 11: return `get:${key()}`;
    case 12: return "getMany:a,nothing,b,a";
    case 13: return `delete:${key()}`;
    case 14: return `add:count:${dice.one([1, -1, 1_000_000])}`;
    case 15: return `tryAdd:${dice.one(["", "a", "b", "count"])}:${dice.one([1, -1])}`;
    case 16: case 17: return "users";
    case 18: return "now";
    case 19: return "log:noted";
    case 20: return dice.below(2) === 0 ? "throw:on purpose" : "index";
    case 21: return dice.below(3) === 0 ? `close:${people()}:${dice.one([999, 1001, 5000])}:` : `close:${people()}:4001:${"é".repeat(61)}`;
    case 22: return `close:${people()}:4002:${dice.below(4) === 0 ? "é".repeat(62) : "in order"};say:after`;
    case 23: case 24: return `${dice.one(["some", "someBytes"])}:${people()},nobody,${people()},${people()}:${dice.one(["psst", "", "ü"])}`;
    case 25: return dice.one(["long", "half"]);
    case 26: return `repeat:${dice.one(["3:say", "3:log", "101:log", "3:users", "10001:users", "3:key", "129:key", "4:list", "5:list"])}`;
    case 27: return dice.below(3) === 0 ? "repeat:1001:say" : `large:${key()}:${dice.one([10, 65_537])}`;
    case 28: return `state:${dice.one(["", people(), people(), "nobody"])}:${dice.one(["away", "ünï 🎉", "none", "long", "a b"])}`;
    case 29: return `state:${people()}`;
    default: return `${dice.one(["add", "addWithin"])}:${key()}:1:${dice.one([0, 500])}`;
  }
}

/** Whole numbers by a linear congruential generator of 32 bits, of which the upper 16 are used. */
class Dice {
  #state;

  constructor(seed) {
    this.#state = (seed * 2_654_435_761 + 1) >>> 0;
  }

  below(bound) {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return (this.#state >>> 16) % bound;
  }

  one(choices) {
    return choices[this.below(choices.length)];
  }
}
