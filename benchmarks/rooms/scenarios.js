/** What is done to each server, and what is read off it: processor time, messages, how long a member waits for his own words. */
import { setTimeout as sleep } from "node:timers/promises";
import { Member } from "./member.js";

/** Everybody says as much as the server takes, a few messages under way each. */
const busy = (members, rooms, underWay = 2) => ({
  name: `rooms of ${members}`,
  about: `${rooms === 1 ? "one room" : `${rooms} rooms`} of ${members}, ${underWay} messages of each member under way`,
  members,
  rooms,
  underWay,
});

export const SCENARIOS = [
  busy(2, 10),
  busy(10, 4),
  busy(50, 1),
  {
    name: "paced",
    about: "20 rooms of 10, 4,000 messages a second in all, evenly spread",
    members: 10,
    rooms: 20,
    underWay: 64,
    perSecond: 4_000,
  },
  {
    name: "idle",
    about: "one room of 2, in which one says something fifty times a second",
    members: 2,
    rooms: 1,
    underWay: 64,
    perSecond: 50,
    speakers: 1,
  },
];

/** Rooms of ten in which each says something five times a second. */
export const active = (count) => ({
  name: `${count} active`,
  about: `${count} in rooms of 10, each of whom says something five times a second`,
  members: 10,
  rooms: Math.ceil(count / 10),
  underWay: 64,
  perSecond: 5 * count,
});

const TICK = 5; // ms

/**
 * Runs one scenario against a server that is up.
 *
 * @param {{ port: number, path: string, protocol: object, cpuMicros: () => number, lastLines: () => string }} server
 * @param {{ warmUp: number, measured: number }} times in milliseconds
 * @returns {Promise<{ cpuPerMessage: number, perSecond: number, p50: number, p99: number, deliveredOf: number }>} microseconds of processor time for
 *     each message that came in; messages a second; milliseconds; and what part of the deliveries that were due has come
 */
export async function run(scenario, server, { warmUp, measured }) {
  const members = [];
  try {
    for (let room = 0; room < scenario.rooms; room++) {
      for (let i = 0; i < scenario.members; i++) {
        const member = new Member(members.length, scenario.underWay, server.protocol);
        await member.join(server, `${scenario.name.replaceAll(" ", "-")}-${room}`);
        members.push(member);
      }
    }
    const speakers = members.slice(0, scenario.speakers ?? members.length);
    const talk = scenario.perSecond ? pace(speakers, scenario.perSecond) : fill(speakers);
    await sleep(warmUp);
    const waits = [];
    const count = () => speakers.reduce((sum, member) => sum + member.echoes, 0);
    talk.listen((elapsed) => waits.push(elapsed));
    const [messages, cpu, begin] = [count(), server.cpuMicros(), performance.now()];
    await sleep(measured);
    const [messagesThen, cpuThen, end] = [count(), server.cpuMicros(), performance.now()];
    talk.listen(() => {});
    await talk.stop();
    const said = count();
    const heard = members.reduce((sum, member) => sum + member.heardOfAll, 0);
    const trouble = members.find((member) => member.trouble)?.trouble;
    if (trouble) throw new Error(`${server.name}, ${scenario.name}: ${trouble}; the server has printed:\n${server.lastLines()}`);
    waits.sort((a, b) => a - b);
    return {
      cpuPerMessage: (cpuThen - cpu) / (messagesThen - messages),
      perSecond: ((messagesThen - messages) / (end - begin)) * 1_000,
      p50: waits[Math.floor(waits.length * 0.5)],
      p99: waits[Math.floor(waits.length * 0.99)],
      deliveredOf: heard / (said * scenario.members),
    };
  } finally {
    for (const member of members) member.leave();
    await sleep(200); // the server gets to know of it
  }
}

/** Keeps as many messages of each under way as may be. */
function fill(speakers) {
  let goesOn = true;
  let note = () => {};
  for (const speaker of speakers) {
    speaker.onEcho = (elapsed) => {
      note(elapsed);
      if (goesOn && speaker.hasPlace) speaker.say();
    };
    while (speaker.hasPlace) speaker.say();
  }
  return {
    listen: (listener) => void (note = listener),
    stop: async () => {
      goesOn = false;
      await settle(speakers);
    },
  };
}

/** Lets them speak in turn, so many times a second together. Who has no answer for long says nothing more. */
function pace(speakers, perSecond) {
  let note = () => {};
  for (const speaker of speakers) speaker.onEcho = (elapsed) => note(elapsed);
  const start = performance.now();
  let said = 0;
  const timer = setInterval(() => {
    for (const due = ((performance.now() - start) / 1_000) * perSecond; said < due; said++) {
      const speaker = speakers[said % speakers.length];
      if (speaker.hasPlace) speaker.say();
    }
  }, TICK);
  return {
    listen: (listener) => void (note = listener),
    stop: async () => {
      clearInterval(timer);
      await settle(speakers);
    },
  };
}

/** Waits until what was said has been heard, for a few seconds at most, and a moment more for the others to hear it. */
async function settle(speakers) {
  for (let i = 0; i < 500 && speakers.some((member) => member.underWay > 0 && !member.trouble); i++) await sleep(10);
  await sleep(100);
}
