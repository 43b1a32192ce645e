/** The playground: write a room, publish it, and be everybody in it. */
import examples from "examples";
import { byId, element, short, shown } from "../shared/dom.js";
import { Happenings } from "../shared/happenings.js";
import { clear, showPart } from "../shared/holding.js";
import { every, Server } from "../shared/server.js";
import { keepToken, takeToken } from "../shared/token.js";
import { Compiler } from "./compiler.js";
import { Editor } from "./editor.js";
import { HookTable } from "./hook-table.js";
import { placeOf, placeOfFunction } from "./places.js";
import { Problems } from "./problems.js";
import { Project } from "./project.js";
import { Users } from "./users.js";

const AFTER_TYPING = 350;
const BETWEEN_COUNTS = 2_000;
const SCRATCH = "scratch";
const PUBLISHED = "published";

const server = new Server(takeToken());
const project = new Project(examples);
const compiler = new Compiler();
const editor = new Editor(byId("editor"), { change: written, publish });
const problems = new Problems(byId("verdict"), byId("problem-list"), goTo);
const happenings = new Happenings(byId("happenings"), {
  place: (file, line, column) => {
    const text = project.files[file];
    return text === undefined ? null : () => goTo({ file, ...placeOf(text, line, column) });
  },
  named: (name) => {
    const found = placeOfFunction(project.files, name);
    return found && (() => goTo(found));
  },
});
const hookTable = new HookTable(byId("hooks"));
/** What is looked at: `events`, or a part of what the room holds. */
let view = "events";
const users = new Users(byId("users"), () => place, server, { change: showUsers });

/** Where the users are. Only what is published here has a service of its own, which nobody else uses. */
const place = placeOfAddress();
let file = "";
let typing;
let publishing = false;
let following = new AbortController();

function placeOfAddress() {
  const asked = new URLSearchParams(location.search);
  return { service: asked.get("service") ?? scratchService(), room: asked.get("room") ?? "lobby" };
}

/** The name of this tab's own service. */
function scratchService() {
  const kept = sessionStorage.getItem(SCRATCH);
  if (kept !== null) return kept;
  const random = crypto.getRandomValues(new Uint8Array(5));
  const made = `${SCRATCH}-${Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  sessionStorage.setItem(SCRATCH, made);
  return made;
}

// Writing.

function showExample() {
  const { name, how, tries } = project.example;
  byId("example").value = name;
  byId("how").textContent = how;
  byId("requests").replaceChildren(...tries.filter(({ request }) => request).map(({ label, request }) =>
    element("button", { type: "button", class: "try", onclick: () => ask(request) }, label)));
  users.offer(tries.filter(({ request }) => !request));
  editor.clear();
  problems.clear();
  byId("files").replaceChildren(...Object.keys(project.files).map((each) =>
    element("button", { type: "button", role: "tab", "data-file": each, onclick: () => openFile(each) }, each.replace(/^assembly\//, ""))));
  byId("files").hidden = Object.keys(project.files).length < 2;
  openFile(Object.keys(project.files)[0]);
  byId("reset").hidden = !project.isChanged;
  check();
}

function openFile(name) {
  file = name;
  editor.open(name, project.files[name]);
  for (const tab of byId("files").children) tab.setAttribute("aria-selected", String(tab.dataset.file === name));
}

function goTo({ file: name, from, to }) {
  if (project.files[name] === undefined) return;
  if (name !== file) openFile(name);
  editor.goTo(from, to);
}

function written(name, text) {
  project.write(name, text);
  byId("reset").hidden = !project.isChanged;
  clearTimeout(typing);
  typing = setTimeout(check, AFTER_TYPING);
}

async function check() {
  problems.wait("Checking …");
  const { files } = project;
  const compiled = await compiler.compile(files, { quick: true });
  // Of what has changed meanwhile nothing is said: its own check is on its way.
  if (compiled !== null && files === project.files) showProblems(compiled);
}

function showProblems(compiled) {
  problems.show(compiled, project.files);
  editor.show(compiled.problems);
}

// Publishing.

async function publish() {
  if (publishing) return;
  if (!server.hasToken) {
    byId("token-form").hidden = false;
    byId("token").focus();
    return;
  }
  publishing = true;
  byId("publish").disabled = true;
  clearTimeout(typing);
  try {
    await publishNow();
  } finally {
    publishing = false;
    byId("publish").disabled = false;
  }
}

async function publishNow() {
  const begun = performance.now();
  const { files } = project;
  say("Compiling …");
  const compiled = await compiler.compile(files, { quick: false });
  if (files === project.files) showProblems(compiled);
  if (!compiled.ok) {
    say("Not published: it does not compile.", "bad");
    problems.goToFirst();
    return;
  }
  say("Publishing …");
  const service = scratchService();
  let live;
  try {
    live = await server.ask("PUT", `services/${service}`, { body: compiled.wasm, type: "application/wasm" });
  } catch (error) {
    say("Not published.", "bad");
    happenings.note("refused", "refused", error.message);
    return;
  }
  sessionStorage.setItem(PUBLISHED, service);
  const seconds = ((performance.now() - begun) / 1_000).toFixed(1);
  say(`Live as ${short(live.digest)} after ${seconds} s`, "good");
  happenings.note("publish", "live", `version ${short(live.digest)} of ${service}, ${compiled.wasm.length.toLocaleString("en")} bytes`);
  if (live.resting) happenings.note("refused", "rests", live.resting.message);
  if (place.service === service) {
    users.noteAll(`version ${short(live.digest)} is live`);
    if (!following.isFollowed) follow();
    if (users.connected === 0) users.joinAll({ anew: false });
  } else {
    goToPlace({ service, room: place.room });
  }
}

function say(text, kind = "") {
  const status = byId("status");
  status.textContent = text;
  status.dataset.kind = kind;
}

// Being there.

function goToPlace({ service, room }) {
  place.service = service;
  place.room = room;
  showPlace();
  follow();
  users.joinAll({ anew: true });
}

function showPlace() {
  byId("service").value = place.service;
  byId("room").value = place.room;
  history.replaceState(null, "", `/?${new URLSearchParams(place)}`);
}

function showUsers() {
  byId("add").disabled = users?.isFull ?? false;
}

/** What the server tells of the service, from now on. */
function follow() {
  following.abort();
  following = new AbortController();
  hookTable.clear();
  if (!server.hasToken) return;
  const { service, room } = place;
  const { signal } = following;
  following.isFollowed = true;
  const path = `services/${encodeURIComponent(service)}`;
  const followed = following;
  server.follow(`${path}/events?room=${encodeURIComponent(room)}`, {
    event: heard,
    state: (isThere, why) => {
      byId("stream").textContent = isThere ? "live" : shown(why, 120);
      byId("stream").dataset.state = isThere ? "live" : "away";
    },
  }, signal).then(() => {
    followed.isFollowed = false;
  });
  every(BETWEEN_COUNTS, () => server.ask("GET", `${path}/hooks`).then((answer) => {
    if (!signal.aborted) hookTable.show(answer.hooks);
  }, () => {}), signal);
  every(BETWEEN_COUNTS, lookIntoRoom, signal);
}

/** Keys and timers are asked for while somebody looks at them. */
async function lookIntoRoom() {
  const [asked, { service, room }] = [view, place];
  if (asked === "events") return;
  if (!server.hasToken) {
    byId("held").replaceChildren(element("li", { class: "empty" }, "To see what the room holds, this page needs a token."));
    return;
  }
  await showPart(server, `services/${encodeURIComponent(service)}/rooms/${encodeURIComponent(room)}`, asked, byId("held"),
    () => view === asked && place.service === service && place.room === room);
}

function lookAt(wanted) {
  view = wanted;
  for (const tab of byId("views").children) tab.setAttribute("aria-selected", String(tab.dataset.view === view));
  byId("live").dataset.view = view === "events" ? "events" : "held";
  byId("held").hidden = view === "events";
  clear(byId("held"));
  lookIntoRoom();
}

function heard(event) {
  happenings.add(event);
  if (event.kind !== "fault" || event.connection === undefined) return;
  users.byConnection(event.connection)?.note(`${event.hook ?? "A hook"} failed: ${event.text}`, "bad");
}

/** Asks the room by HTTP, as somebody outside would. */
async function ask({ method, path, body }) {
  const url = `/rooms/${encodeURIComponent(place.service)}/${encodeURIComponent(place.room)}${path}`;
  try {
    const answer = await fetch(url, { method, body, headers: body === undefined ? {} : { "content-type": "application/json" } });
    happenings.note("request", `${method} ${answer.status}`, `${path}: ${await answer.text()}`);
  } catch {
    happenings.note("refused", method, `${path}: the server does not answer`);
  }
}

// The page.

byId("example").replaceChildren(...examples.map(({ name, title }) => element("option", { value: name }, title)));
byId("example").addEventListener("change", ({ target }) => {
  project.choose(target.value);
  showExample();
});
byId("reset").addEventListener("click", () => {
  project.startOver();
  showExample();
});
byId("publish").addEventListener("click", publish);
byId("clear").addEventListener("click", () => happenings.clear());
byId("views").addEventListener("click", ({ target }) => target.dataset.view && lookAt(target.dataset.view));
byId("add").addEventListener("click", () => {
  const user = users.add();
  showUsers();
  if (users.connected > 0) users.join(user);
});
byId("place").addEventListener("submit", (event) => {
  event.preventDefault();
  goToPlace({ service: byId("service").value.trim(), room: byId("room").value.trim() });
});
byId("token-form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (keepToken(byId("token").value.trim())) location.reload();
  else byId("token").setCustomValidity("This is no token.");
  byId("token").reportValidity();
});
byId("token").addEventListener("input", () => byId("token").setCustomValidity(""));

byId("token-form").hidden = server.hasToken;
showPlace();
showExample();
// What was published here before a reload is still there.
if (place.service !== scratchService() || sessionStorage.getItem(PUBLISHED) === place.service) goToPlace(place);
else say(server.hasToken ? "Publish, and the users join" : "");
