/** The monitor: what a server does, for whoever looks after it, and the few things to do about it. */
import { byId, element, short, shown } from "../shared/dom.js";
import { Happenings } from "../shared/happenings.js";
import { clear, showPart } from "../shared/holding.js";
import { every, Server } from "../shared/server.js";
import { forgetToken, keepToken, takeToken } from "../shared/token.js";
import { figures } from "./figures.js";
import { Rates, timeOf } from "../shared/rates.js";

const EVERY = 2_000;
/** Of services, rooms and members, at a time. */
const MANY = 200;
/** What people type into the close of a room. */
const GOING_AWAY = "closed by the operator";

const happenings = new Happenings(byId("happenings"));
const rates = new Rates();

let server = new Server(takeToken());
/** What is looked at; null for nothing. */
let service = null;
let room = null;
/** The names after which the list of services goes on; grows when somebody asks for more. */
let many = MANY;
let following = new AbortController();
let looking = new AbortController();

// In and out.

async function enter() {
  try {
    await server.ask("GET", "slots");
  } catch (error) {
    return refuse(error);
  }
  byId("gate").hidden = true;
  byId("monitor").hidden = false;
  byId("leave").hidden = false;
  looking = new AbortController();
  follow();
  every(EVERY, look, looking.signal);
}

function refuse(error) {
  looking.abort();
  following.abort();
  // A server that is away is no reason to forget whom it knows.
  if (error.status === 401 || error.status === 403) forgetToken();
  byId("refusal").textContent = error.status === 0 && !server.hasToken ? "" : shown(error.message);
  byId("monitor").hidden = true;
  byId("leave").hidden = true;
  byId("gate").hidden = false;
  byId("token").value = "";
  byId("token").focus();
}

byId("gate").addEventListener("submit", (event) => {
  event.preventDefault();
  const token = byId("token").value.trim();
  if (!keepToken(token)) {
    byId("refusal").textContent = "This is no token: it takes 16 to 512 of A-Z a-z 0-9 . _ ~ + / -";
    return;
  }
  server = new Server(token);
  byId("refusal").textContent = "";
  enter();
});
byId("leave").addEventListener("click", () => {
  forgetToken();
  location.reload();
});

// What is seen.

const of = (name) => `services/${encodeURIComponent(name)}`;
const roomPath = () => `${of(service)}/rooms/${encodeURIComponent(room)}`;

/** Looks at everything that is shown. One thing that cannot be had does not hide the others. */
async function look() {
  try {
    const [table, usage, hooks, services] = await Promise.all([
      server.ask("GET", "slots"), server.ask("GET", "usage"), server.ask("GET", "hooks"), servicesUpTo(many),
    ]);
    rates.take(hooks.services);
    byId("figures").replaceChildren(...figures(table, usage, rates.all()));
    showServices(services, table);
    if (service !== null) await lookAtService(service);
    say("");
  } catch (error) {
    if (error.status === 401 || error.status === 403) refuse(error);
    else say(error.message, "bad");
  }
}

async function servicesUpTo(most) {
  const names = [];
  let after = "";
  do {
    const part = await server.ask("GET", `services?limit=${MANY}${after}`);
    names.push(...part.services);
    after = part.next === undefined ? null : `&after=${encodeURIComponent(part.next)}`;
  } while (after !== null && names.length < most);
  return { names, hasMore: after !== null };
}

async function lookAtService(name) {
  const path = of(name);
  const [versions, resting, rooms] = await Promise.all([
    server.ask("GET", path), server.ask("GET", `${path}/quarantine`), server.ask("GET", `${path}/rooms?limit=${MANY}`),
  ]);
  const members = room === null ? null : await membersOf(room, rooms);
  if (name !== service) return;
  byId("service-name").textContent = name;
  byId("live-version").textContent = versions.live === undefined ? "no version is live" : `version ${short(versions.live)} is live`;
  byId("rollback").disabled = versions.live === undefined || versions.versions.length < 2;
  byId("lift").disabled = resting.resting.length === 0;
  byId("resting").hidden = resting.resting.length === 0;
  byId("resting").textContent = resting.resting.slice(0, 5).map(({ digest, room: where, seconds, lastFault }) =>
    shown(`Version ${short(digest)}${where === undefined ? "" : ` in room ${where}`} rests for ${seconds} s: ${lastFault}`, 300)).join("\n");
  showHooks(rates.of(name));
  showVersions(versions);
  showRooms(rooms);
  if (members !== null && room === members.room) showMembers(members);
  await lookAtContents();
}

/** What the room holds is asked for while somebody looks at it. */
async function lookAtContents() {
  if (room === null) return;
  const [path, asked] = [roomPath(), `${service}/${room}`];
  await Promise.all([...document.querySelectorAll("#room details[open]")].map(({ dataset }) =>
    showPart(server, path, dataset.part, byId(dataset.part), () => asked === `${service}/${room}`)));
}

/** A room that everybody has left is not there to be asked. */
async function membersOf(name, { rooms }) {
  const isThere = rooms.some((each) => each.room === name);
  return isThere ? server.ask("GET", `${roomPath()}?limit=${MANY}`) : { room: name, count: 0, members: [] };
}

/** Rows are made anew only when they have changed, so that the focus stays where it is. */
function fill(list, rows, make, whenEmpty) {
  const text = JSON.stringify([rows, service, room]);
  if (list.filledWith === text) return;
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  list.filledWith = text;
  list.replaceChildren(...(rows.length === 0 ? [element("li", { class: "empty" }, whenEmpty)] : rows.map(make)));
  if (focused !== undefined) [...list.querySelectorAll("[data-key]")].find((each) => each.dataset.key === focused)?.focus();
}

function showServices({ names, hasMore }, table) {
  byId("service-count").textContent = `${names.length}${hasMore ? " and more" : ""}`;
  byId("more").hidden = !hasMore;
  const loaded = new Set(table.modules.map((slot) => slot.service));
  const rows = names.map((name) => ({ name, isLoaded: loaded.has(name), rate: rates.of(name).reduce((sum, { perSecond }) => sum + perSecond, 0) }));
  fill(byId("services"), rows, ({ name, isLoaded, rate }) => choice(name, name === service, () => choose(name),
    rate > 0 ? `${rate.toFixed(1)}/s` : isLoaded ? "in a slot" : ""), "The store keeps no service yet.");
}

function choice(name, isChosen, onclick, note) {
  return element("li", { class: "row" },
    element("button", { type: "button", class: "choose", "aria-current": String(isChosen), "data-key": name, onclick },
      element("span", { class: "name" }, shown(name, 128)), element("span", { class: "count" }, note)));
}

function showHooks(hooks) {
  byId("hooks").tBodies[0].replaceChildren(...hooks.map(({ hook, perSecond, failed, micros, runs }) => element("tr", {},
    element("th", { scope: "row" }, shown(hook, 40)), element("td", {}, perSecond.toFixed(1)),
    element("td", { class: failed > 0 ? "bad" : "" }, failed.toLocaleString("en")), element("td", {}, timeOf(micros / runs)))));
}

function showVersions({ live, versions }) {
  fill(byId("versions"), versions.slice(0, 10).map((digest) => ({ digest, isLive: digest === live })), ({ digest, isLive }) =>
    element("li", { class: "row" }, element("code", { class: "grow", title: digest }, short(digest)),
      isLive ? element("span", { class: "live-mark" }, "live") : element("button", {
        type: "button", "data-key": digest, onclick: () => change("POST", `${of(service)}/activate/${digest}`, `version ${short(digest)} is live`),
      }, "Make live")), "None.");
}

function showRooms({ rooms, next }) {
  const rows = rooms.map(({ room: name, members }) => ({ name, members }));
  fill(byId("rooms"), rows, ({ name, members }) => choice(name, name === room, () => watch(name), String(members)), "Nobody is in a room of it here.");
  byId("rooms").title = next === undefined ? "" : `the first ${MANY}`;
}

function showMembers({ count, members }) {
  byId("room").hidden = false;
  byId("room-name").textContent = room;
  byId("member-count").textContent = count === 1 ? "one member" : `${count} members`;
  byId("close-room").disabled = count === 0;
  fill(byId("members"), members, ({ connection, user, info }) => element("li", { class: "row" },
    element("span", { class: "grow" }, user === undefined ? "" : shown(`${user} `, 130), element("code", { title: connection }, connection.slice(0, 8)),
      info === undefined ? "" : element("span", { class: "count" }, shown(` ${info}`, 200))),
    element("button", {
      type: "button", "data-key": connection, "aria-label": `Close ${connection.slice(0, 8)}`,
      onclick: () => change("DELETE", `${roomPath()}/connections/${encodeURIComponent(connection)}?reason=${encodeURIComponent(GOING_AWAY)}`, "closed"),
    }, "Close")), "Nobody is here.");
}

function choose(name) {
  service = name;
  room = null;
  byId("service").hidden = false;
  byId("room").hidden = true;
  follow();
  look();
}

function watch(name) {
  room = name;
  for (const { dataset } of document.querySelectorAll("#room details")) clear(byId(dataset.part));
  follow();
  look();
}

/** What the server tells: of all services, of one, or of one room. */
function follow() {
  following.abort();
  following = new AbortController();
  happenings.clear();
  const query = new URLSearchParams({ ...(service !== null && { service }), ...(room !== null && { room }) });
  const what = room !== null ? `room ${room}` : service ?? "all services";
  server.follow(`events?${query}`, {
    event: (event) => happenings.add(service === null ? { ...event, room: [event.service, event.room].filter((each) => each).join(" · ") } : event),
    state: (isThere, why) => {
      byId("stream").textContent = isThere ? `live, ${what}` : shown(why, 120);
      byId("stream").dataset.state = isThere ? "live" : "away";
    },
  }, following.signal);
}

// What is done.

async function change(method, path, done, content) {
  try {
    const answer = await server.ask(method, path, content);
    happenings.note("note", "done", typeof done === "function" ? done(answer) : done);
  } catch (error) {
    happenings.note("refused", "refused", error.message);
  }
  await look();
}

/** @returns {Promise<boolean>} whether somebody is sure */
function isSure(question, answer) {
  const dialog = byId("sure");
  byId("question").textContent = question;
  byId("answer").textContent = answer;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}

function say(text, kind = "") {
  byId("status").textContent = text;
  byId("status").dataset.kind = kind;
}

byId("lift").addEventListener("click", () => change("POST", `${of(service)}/lift`, ({ lifted }) => `${lifted.length} lifted`));
byId("rollback").addEventListener("click", async () => {
  if (await isSure(`Make live again what was live of '${service}' before? Everybody stays in their rooms.`, "Roll back")) {
    change("POST", `${of(service)}/rollback`, ({ digest }) => `version ${short(digest)} is live`);
  }
});
byId("close-room").addEventListener("click", async () => {
  if (await isSure(`Close the connections of everybody in room '${room}'? They may come again.`, "Close everybody")) {
    change("DELETE", `${roomPath()}/connections?reason=${encodeURIComponent(GOING_AWAY)}`, ({ closed }) => `${closed} closed`);
  }
});
byId("say").addEventListener("submit", (event) => {
  event.preventDefault();
  const body = byId("words").value;
  byId("words").value = "";
  change("POST", `${roomPath()}/messages`, ({ members }) => `said to ${members}`, { body, type: "text/plain" });
});
for (const part of document.querySelectorAll("#room details")) part.addEventListener("toggle", () => part.open && lookAtContents());
byId("more").addEventListener("click", () => {
  many += MANY;
  look();
});
byId("clear").addEventListener("click", () => happenings.clear());

if (server.hasToken) enter();
else refuse({ status: 0, message: "" });
