/** What connections take of a server's memory while nobody says anything. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Member } from "./member.js";

const MEMBERS_OF_ROOM = 10;
/** As many join at a time: fewer than a queue of the system's for new connections takes. */
const AT_ONCE = 50;
const FIRST = 200; // what is loaded and made once is there after that
const SETTLED = 3_000; // ms

/**
 * Opens connections, ten in each room, and counts what they take.
 *
 * @param {{ name: string, pid: number, isJvm?: boolean }} server that is up and has no connections
 * @param {() => Promise<object>} beside what is done while they are there; its figures are added
 * @returns {Promise<{ resident: number, heap: number | undefined }>} bytes for each connection: of the process, by the kernel's count, and of
 *     objects that live, where a JVM tells that
 */
export async function bytesPerConnection(server, count, beside = async () => ({})) {
  const members = [];
  try {
    await join(members, server, FIRST);
    const before = await memory(server);
    await join(members, server, count);
    const after = await memory(server);
    const figures = await beside();
    const trouble = members.find((member) => member.trouble)?.trouble;
    if (trouble) throw new Error(`${server.name}, ${count} connections: ${trouble}; the server has printed:\n${server.lastLines()}`);
    const heap = server.isJvm ? (after.heap - before.heap) / count : undefined;
    return { resident: (after.resident - before.resident) / count, heap, ...figures };
  } finally {
    for (const member of members) member.leave();
  }
}

async function join(members, server, more) {
  const total = members.length + more;
  while (members.length < total) {
    const batch = Array.from({ length: Math.min(AT_ONCE, total - members.length) }, (_, i) => new Member(members.length + i, 1, server.protocol));
    await Promise.all(batch.map((member, i) => member.join(server, `room-${Math.floor((members.length + i) / MEMBERS_OF_ROOM)}`)));
    members.push(...batch);
  }
}

async function memory({ pid, isJvm }) {
  await sleep(SETTLED);
  const heap = isJvm ? liveHeap(pid) : undefined;
  const status = readFileSync(`/proc/${pid}/status`, "latin1");
  return { heap, resident: Number(status.match(/^VmRSS:\s+(\d+) kB/m)[1]) * 1024 };
}

/** Bytes of all objects that are reachable. */
function liveHeap(pid) {
  const jcmd = process.env.JAVA_HOME ? `${process.env.JAVA_HOME}/bin/jcmd` : "jcmd";
  const histogram = execFileSync(jcmd, [String(pid), "GC.class_histogram"], { encoding: "latin1", maxBuffer: 64 << 20 });
  return Number(histogram.match(/^Total\s+\d+\s+(\d+)/m)[1]);
}
