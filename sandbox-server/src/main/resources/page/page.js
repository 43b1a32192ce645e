// A page to try rooms with: two connections to the same room, side by side.
//
// The server knows nothing of names, and the room's code decides what is said. The page only sends text and shows the
// text that comes, with two courtesies for rooms such as the example `chat`, which speak of connections by their ids:
// an id is shown as the name that its owner writes in front of messages ("Ada: hello"), or else by its first letters.
// Whatever comes is shown as text, never as markup.

const ID = /[A-Za-z0-9_-]{22}/;
const FROM = new RegExp(`^(${ID.source}): ([\\s\\S]*)$`);
const NAMED = /^([^:\n]{1,24}): ([\s\S]*)$/;
const NOTICE = new RegExp(`^(${ID.source}) (joined|left)$`);
const MAX_LINES = 500;

/** Names by id, as far as they are known: of the people of this page, and of those who have said something. */
const names = new Map();

const call = (id, name) => {
  if (name !== "" && names.get(id) !== name) {
    names.set(id, name);
    for (const person of document.querySelectorAll(".person")) {
      if (person.dataset.id === id) {
        person.querySelector("b").textContent = name;
      }
    }
  }
};

const byId = (id) => document.getElementById(id);
const element = (tag, className, text = "") => {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
};

class Pane {
  #root;
  #log;
  #text;
  #name;
  #socket = null;
  #ownId = null;
  #sent = [];

  constructor(parent, name) {
    this.#root = byId("pane").content.firstElementChild.cloneNode(true);
    this.#log = this.#root.querySelector(".log");
    this.#text = this.#root.querySelector(".text");
    this.#name = this.#root.querySelector(".name");
    this.#name.value = name;
    this.#root.querySelector(".say").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#say();
    });
    this.#root.querySelector(".toggle").addEventListener("click", () => (this.#socket ? this.leave() : this.join()));
    parent.append(this.#root);
    this.#show("closed", "not connected");
  }

  join() {
    this.leave();
    const { service, room } = place();
    const url = new URL(`/rooms/${encodeURIComponent(service)}/${encodeURIComponent(room)}`, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    this.#ownId = null;
    this.#sent = [];
    this.#show("connecting", "connecting …");
    socket.addEventListener("open", () => this.#show("open", `${service} / ${room}`));
    socket.addEventListener("message", ({ data }) => this.#receive(data));
    socket.addEventListener("close", ({ code, reason }) => this.#closed(socket, code, reason));
  }

  leave() {
    this.#socket?.close(1000);
  }

  #closed(socket, code, reason) {
    if (this.#socket !== socket) {
      return; // replaced by a newer one
    }
    const opened = this.#root.dataset.state === "open";
    this.#socket = null;
    this.#show("closed", "not connected");
    if (code !== 1000 && code !== 1005) {
      const why = reason || (opened ? "the connection broke" : "no connection; are the names right?");
      this.#notice(`Closed: ${why} (${code})`).classList.add("bad");
    } else if (reason) {
      this.#notice(`Closed: ${reason}`);
    }
  }

  #say() {
    const text = this.#text.value;
    if (text === "" || this.#socket?.readyState !== WebSocket.OPEN) {
      return;
    }
    const name = this.#name.value.trim();
    const line = name ? `${name}: ${text}` : text;
    this.#socket.send(line);
    this.#sent.push(line);
    this.#text.value = "";
  }

  #receive(data) {
    if (typeof data !== "string") {
      this.#notice(`${data.byteLength} bytes of binary data`);
      return;
    }
    const notice = NOTICE.exec(data);
    if (notice) {
      if (this.#ownId === null && notice[2] === "joined") {
        this.#ownId = notice[1]; // the first to be heard of in a room is oneself
        call(notice[1], this.#name.value.trim());
      }
      this.#notice("", this.#person(notice[1]), ` ${notice[2]}`);
      return;
    }
    const from = FROM.exec(data);
    if (!from) {
      this.#message(null, data);
      return;
    }
    const [, id, said] = from;
    if (this.#sent[0] === said && (this.#ownId ?? id) === id) {
      this.#ownId = id;
      this.#sent.shift();
    }
    const named = NAMED.exec(said);
    if (named) {
      call(id, named[1]);
    }
    this.#message(id, named ? named[2] : said);
  }

  #message(id, text) {
    const line = element("li", id !== null && id === this.#ownId ? "message mine" : "message");
    if (id !== null) {
      const who = element("span", "who");
      who.append(this.#person(id));
      line.append(who);
    }
    line.append(element("span", "what", text));
    this.#add(line);
  }

  #notice(text, ...more) {
    const line = element("li", "notice", text);
    line.append(...more);
    this.#add(line);
    return line;
  }

  /** An id for people: a name, once it is known, and always a few letters of the id, which nobody can choose. */
  #person(id) {
    const person = element("span", "person");
    person.dataset.id = id;
    person.title = id;
    person.append(element("b", "", names.get(id) ?? "somebody"), " ", element("code", "", id.slice(0, 4)));
    return person;
  }

  #add(line) {
    const atEnd = this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight < 40;
    this.#log.append(line);
    while (this.#log.childElementCount > MAX_LINES) {
      this.#log.firstElementChild.remove();
    }
    if (atEnd) {
      this.#log.scrollTop = this.#log.scrollHeight;
    }
  }

  #show(state, text) {
    this.#root.dataset.state = state;
    this.#root.querySelector(".state").textContent = text;
    this.#root.querySelector(".toggle").textContent = state === "closed" ? "Join" : "Leave";
    this.#root.querySelector(".say button").disabled = state !== "open";
  }
}

const place = () => ({ service: byId("service").value.trim(), room: byId("room").value.trim() });

/**
 * The token of whoever may upload. The demo's URL has it behind the #, which browsers send nowhere; then it leaves the address bar
 * and stays with this tab.
 */
const takeToken = () => {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given) {
    sessionStorage.setItem("token", given);
  }
  return sessionStorage.getItem("token");
};

const token = takeToken();

/** For whoever has a token: which version of the service is live. */
const showVersion = async () => {
  if (token === null) {
    return;
  }
  const { service } = place();
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`/api/services/${encodeURIComponent(service)}`, { headers }).then(
    (response) => response.json(),
    () => ({ error: { message: "the server does not answer" } }),
  );
  if (service !== place().service) {
    return; // somebody types faster than it answers
  }
  const { live, versions, error } = answer;
  byId("version").textContent = error?.message ?? `${service}: version ${live.slice(0, 12)} is live, of ${versions.length}`;
};

const showPlace = () => {
  const address = new URL(location.href);
  address.hash = "";
  address.search = new URLSearchParams(place());
  history.replaceState(null, "", address);
  byId("again").href = address.href;
};

const asked = new URLSearchParams(location.search);
byId("service").value = asked.get("service") ?? "chat";
byId("room").value = asked.get("room") ?? "lobby";
showPlace();

const panes = ["Ada", "Ben"].map((name) => new Pane(byId("panes"), name));
byId("place").addEventListener("input", showPlace);
byId("place").addEventListener("submit", (event) => {
  event.preventDefault();
  showPlace();
  showVersion();
  panes.forEach((pane) => pane.join());
});
showVersion();
panes.forEach((pane) => pane.join());
