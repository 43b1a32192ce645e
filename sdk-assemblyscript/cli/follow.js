import { setTimeout as pause } from "node:timers/promises";
import { eventsIn } from "./event-stream.js";
import { inert } from "./inert.js";
import { UserError } from "./user-error.js";

/** How long until a server that was lost is tried again, in milliseconds: twice as long each time. */
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30_000;

/** A server says something every ten seconds. */
const LONGEST_SILENCE = 35_000;

/**
 * Writes what becomes of a service, line by line, until somebody ends it. A server that is lost is tried again; only
 * one that never was there, or that refuses, ends it.
 *
 * @param {import("./server.js").Server} server
 * @param {{kinds: string, room?: string, last?: string}} wanted `last` is the id of the last event that is known
 */
export async function follow(server, { kinds, room, last }) {
  const query = new URLSearchParams({ kinds, ...(room !== undefined && { room }) });
  let wasThere = false;
  let delay = FIRST_PAUSE;
  for (;;) {
    const silence = new AbortController();
    let timer = setTimeout(() => silence.abort(), LONGEST_SILENCE);
    let why = "the connection has ended";
    try {
      const response = await server.open(`/events?${query}`, { last, signal: silence.signal });
      if (response === undefined) {
        why = "too many listen, or it is busy";
      } else {
        if (wasThere) process.stderr.write("[there again; lines of the time between may be missing]\n");
        wasThere = true;
        for await (const event of eventsIn(response.body)) {
          clearTimeout(timer);
          timer = setTimeout(() => silence.abort(), LONGEST_SILENCE);
          delay = FIRST_PAUSE;
          if (event === null) continue;
          if (event.type === "end") {
            why = String(parsed(event.data)?.reason ?? why);
            continue;
          }
          if (event.id !== "") last = event.id;
          const content = parsed(event.data);
          if (content !== undefined) process.stdout.write(`${lineOf(content)}\n`);
        }
      }
    } catch (error) {
      if (error instanceof UserError || !isOfTheNetwork(error)) throw error;
      why = silence.signal.aborted ? "it has been silent for too long" : error.cause?.message || error.cause?.code || error.message;
      if (!wasThere) throw new UserError(`No answer from ${server.address}: ${inert(why)}`);
    } finally {
      clearTimeout(timer);
      silence.abort();
    }
    const wait = delay * (0.75 + Math.random() / 2); // so that many do not come back at once
    process.stderr.write(`[${server.address}: ${inert(why)}; trying again in ${Math.max(1, Math.round(wait / 1000))} s]\n`);
    await pause(wait);
    delay = Math.min(2 * delay, LONGEST_PAUSE);
  }
}

/** What goes wrong on the way, and not in this program. */
function isOfTheNetwork(error) {
  return error.name === "AbortError" || error.cause !== undefined || error.message === "terminated" || /without an end/.test(error.message);
}

function parsed(data) {
  try {
    const content = JSON.parse(data);
    return content !== null && typeof content === "object" ? content : undefined;
  } catch {
    return undefined;
  }
}

/**
 * An event as one line. Everything in it is a stranger's.
 *
 * @param {Record<string, any>} event
 * @returns {string}
 */
export function lineOf(event) {
  const { time, kind, room, hook, detail, connection, seconds, text, omitted } = event;
  const what = {
    log: () => `${detail ?? "INFO"} ${text}`,
    fault: () => `FAULT ${detail === undefined ? "" : `${detail}: `}${text}${connection === undefined ? "" : ` (connection ${connection})`}`,
    rest: () => `REST for ${seconds} s: ${text}`,
    lift: () => `LIFT ${text}`,
  }[kind];
  const where = [room, hook].filter((each) => each !== undefined).join(" ");
  const more = omitted === undefined ? "" : ` [${omitted} faults before it were left out]`;
  return inert([time, where, what === undefined ? `${kind} ${text}` : what()].filter((each) => each).join(" ") + more);
}
