/** A user of a room: a client of it, and the card in which somebody sees what this user sees and sends what this user says. */
import { connect } from "@cloudramp/client";
import { byId, element, RunningList, short, shown } from "../shared/dom.js";
import { bytesOf, hexOf } from "./bytes.js";
import { Network } from "./network.js";

const MAX_LINES = 200;
/** The server closes with 1009 who sends more. */
const MAX_TEXT = 60_000;
/** Ids of connections, as the host makes them. */
const ID = /(?<![\w-])[\w-]{22}(?![\w-])/g;
const NORMAL = 1000;
const NO_VALID_TOKEN = 4001;
/** Why a session could not go on, as the client says it. */
const ANEW = { over: "the session was over", missed: "too much was missed" };

export class User {
  #root;
  #log;
  #text;
  #room = null;
  #place = "";
  #network = null;
  #kind = "text";
  #on;
  /** What was said and has not been taken by the room, the first said first. */
  #said = [];
  #lastWhy = "";
  /** With which this user joins, where a room wants one. It is in this page's memory only. */
  #token = "";

  /** The id of the connection, once it is known. */
  id = null;

  /**
   * @param {string} name what the page calls the user; the room does not know it
   * @param {object} on
   * @param {(user: User) => void} on.toggle
   * @param {(user: User) => void} on.remove
   * @param {(id: string) => string | undefined} on.nameOf
   * @param {(user: User, id: string) => void} on.identified the room has said which connection this is
   * @param {() => void} on.change
   */
  constructor(name, on) {
    this.name = name;
    this.#on = on;
    this.#root = byId("user").content.firstElementChild.cloneNode(true);
    this.#root.dataset.name = name;
    this.#part(".avatar").textContent = name[0];
    this.#part(".name").textContent = name;
    this.#root.setAttribute("aria-label", `The user ${name}`);
    this.#part(".log").setAttribute("aria-label", `What ${name} sees`);
    this.#log = new RunningList(this.#part(".log"), MAX_LINES);
    this.#text = this.#part(".text");
    this.#text.maxLength = MAX_TEXT;
    this.#text.setAttribute("aria-label", `What ${name} says`);
    this.#part(".remove").setAttribute("aria-label", `Remove ${name}`);
    this.#part(".say").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#say();
    });
    this.#part(".toggle").addEventListener("click", () => on.toggle(this));
    const token = this.#part(".token");
    token.setAttribute("aria-label", `The join token of ${name}`);
    this.#part(".join-token").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#token = token.value.trim();
      this.#part(".join-token").hidden = true;
      if (this.isConnected) this.leave();
      on.toggle(this);
    });
    this.#part(".network").addEventListener("click", () => (this.#network.isUp ? this.loseNetwork() : this.regainNetwork()));
    this.#part(".remove").addEventListener("click", () => on.remove(this));
    this.#part(".as").addEventListener("click", () => this.takeKind(this.#kind === "text" ? "bytes" : "text"));
    this.takeKind("text");
    this.#show("closed", "not connected");
  }

  get root() {
    return this.#root;
  }

  /** Whether it is in the room, with a network or without. */
  get isOpen() {
    return this.#room?.state === "live" || this.#room?.state === "away";
  }

  get isConnected() {
    return this.#room !== null;
  }

  /**
   * Joins a room, after leaving the one before.
   *
   * @returns {Promise<boolean>} whether the room was entered, at the first attempt
   */
  join({ service, room: name }) {
    this.leave();
    const url = new URL(`/rooms/${encodeURIComponent(service)}/${encodeURIComponent(name)}`, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    this.id = null;
    this.#place = name;
    this.#lastWhy = "";
    this.#show("connecting", "connecting …");
    return new Promise((resolve) => {
      const network = new Network((code, reason) => {
        resolve(false);
        if (this.#network === network) this.#wasClosed(code, reason);
      });
      this.#network = network;
      const room = connect(url.href, { WebSocket: network.WebSocket, token: () => this.#token });
      this.#room = room;
      room.on("state", (change, detail) => {
        if (this.#room !== room) return;
        this.#become(change, detail);
        if (change === "live") resolve(true);
      });
      room.on("message", (data) => this.#room === room && this.#receive(data));
      room.on("failed", (data, why) => this.#room === room && this.#failed(data, why));
    });
  }

  /** Leaves the room, which hears of it. */
  leave() {
    const room = this.#room;
    if (room === null) return;
    this.#room = null;
    room.close(NORMAL);
    this.note("disconnected");
    this.#over();
  }

  /** Nobody is told: for the room the user is there, and for the user the room is silent. */
  loseNetwork() {
    if (this.#room === null) return;
    this.note("no network from here");
    this.#network.lose();
    this.#show(this.#root.dataset.state, this.#part(".state").textContent);
  }

  regainNetwork() {
    if (this.#room === null) return;
    this.#network.restore();
    this.#show(this.#root.dataset.state, "coming back …");
  }

  /** Sends what an example suggests. */
  send(attempt) {
    if (!this.isOpen) return;
    if (attempt.hex === undefined) this.#sendText(attempt.text);
    else this.#sendBytes(bytesOf(attempt.hex));
  }

  /** Offers what an example suggests to say, one click each. */
  offer(attempts) {
    const buttons = attempts.map((attempt) => element("button", {
      type: "button", class: "try", title: attempt.text ?? attempt.hex, onclick: () => this.send(attempt),
    }, attempt.label));
    this.#part(".tries").replaceChildren(...buttons);
    this.takeKind(attempts.some(({ hex }) => hex !== undefined) ? "bytes" : "text");
    this.#show(this.#root.dataset.state, this.#part(".state").textContent);
  }

  /** @param {"text" | "bytes"} kind of what is typed */
  takeKind(kind) {
    this.#kind = kind;
    const isText = kind === "text";
    this.#text.placeholder = isText ? "Write a message" : "Bytes, such as 01 0a ff";
    this.#text.classList.toggle("mono", !isText);
    const as = this.#part(".as");
    as.textContent = isText ? "Aa" : "0x";
    as.title = isText ? "Text; press to write bytes" : "Bytes; press to write text";
    as.setAttribute("aria-label", as.title);
  }

  /** A line about the connection. @param {string} kind `bad` for what went wrong */
  note(text, kind = "") {
    this.#log.add(element("li", { class: `notice ${kind}` }, shown(text, 300)));
  }

  /** The host has said which connection this is. */
  identify(id) {
    this.id = id;
    this.#part(".id").textContent = short(id).slice(0, 4);
    this.#part(".id").title = id;
  }

  /** Names have become known: says them where ids were. */
  nameAgain() {
    for (const line of this.#part(".log").querySelectorAll(".received .what")) {
      if (line.raw !== undefined) line.replaceChildren(...this.#named(line.raw));
    }
  }

  #part(selector) {
    return this.#root.querySelector(selector);
  }

  /** What the client says has become of the connection. */
  #become(change, { code, reason, lost }) {
    if (change === "closed") {
      this.#room = null;
      return this.#over();
    }
    if (change === "away") {
      this.#show("away", this.#network.isUp ? "away" : "away, no network");
    } else {
      this.#part(".join-token").hidden = true;
      this.#show("open", `in ${this.#place}`);
      this.#lastWhy = "";
      if (change === "resumed") this.note("resumed: back without a gap", "good");
      if (change === "anew") {
        const gone = lost > 0 ? `; of ${lost} message${lost === 1 ? "" : "s"} nobody knows whether the room has them` : "";
        this.note(`started anew: ${ANEW[reason] ?? "the room knows nobody from before"}${gone}`, "bad");
      }
      if (this.#room.connectionId !== null) this.#on.identified(this, this.#room.connectionId);
    }
    this.#on.change();
  }

  /** A socket was closed, by the room or the way to it; the client may come again by itself. */
  #wasClosed(code, reason) {
    const isIn = this.isOpen || this.#root.dataset.state === "open";
    const why = reason || (code === NORMAL ? "" : isIn ? "the connection broke" : "no connection; are the names right?");
    const line = `Closed by the room: ${why ? `${why} ` : ""}(${code})`;
    // Who tries again and again is told the same once.
    if (line !== this.#lastWhy) this.note(line, code === NORMAL ? "" : "bad");
    this.#lastWhy = line;
    if (code === NO_VALID_TOKEN) this.#part(".join-token").hidden = false;
  }

  #over() {
    const network = this.#network;
    this.#network = null; // of what it hears now nothing is said
    network.hangUp();
    this.#said = [];
    this.#show("closed", "not connected");
    this.#on.change();
  }

  #say() {
    if (!this.isOpen) return;
    const typed = this.#text.value;
    if (this.#kind === "text") {
      if (typed === "") return;
      this.#sendText(typed);
    } else {
      const bytes = bytesOf(typed);
      if (bytes === null) return this.note("These are no bytes: write each with two of 0-9 and a-f.", "bad");
      this.#sendBytes(bytes);
    }
    this.#text.value = "";
  }

  #sendText(text) {
    this.#hand(text, () => this.#message("sent", [shown(text)], text));
  }

  #sendBytes(bytes) {
    this.#hand(bytes, () => this.#message("sent binary", [bytes.byteLength === 0 ? "no bytes" : hexOf(bytes.buffer)], ""));
  }

  /** Gives the client something to send; while there is no network it waits. */
  #hand(data, show) {
    try {
      this.#room.send(data);
    } catch (error) {
      return this.note(`Not sent: ${error.message}`, "bad");
    }
    const line = show();
    this.#said.push({ line, data });
    this.#showWaiting();
  }

  /** The room has taken all but the last ones of what was said. */
  #showWaiting() {
    const waiting = this.#room?.queued ?? 0;
    const isAway = this.#room?.state === "away";
    this.#said.forEach(({ line }, index) => line.classList.toggle("waiting", isAway && index >= this.#said.length - waiting));
    // A little more than what waits is kept, for what the room says of it later.
    if (this.#said.length > MAX_LINES) this.#said.splice(0, this.#said.length - MAX_LINES);
  }

  /** The room's code has failed with it, or has refused it. */
  #failed(data, why) {
    const said = this.#said.find((each) => !each.hasFailed && isSame(each.data, data));
    if (said === undefined) return;
    said.hasFailed = true;
    said.line.append(element("span", { class: "why" }, `had no effect: ${shown(why, 40)}`));
  }

  #receive(data) {
    if (typeof data !== "string") return this.#message("received binary", [data.byteLength === 0 ? "no bytes" : hexOf(data.buffer)], "");
    const text = shown(data);
    this.#message("received", this.#named(text), text);
  }

  #message(kinds, content, raw) {
    const isData = /^[[{]/.test(raw);
    const what = element("span", { class: isData ? "what mono" : "what" }, ...content);
    what.raw = raw;
    const line = element("li", { class: `message ${kinds}` }, what);
    this.#log.add(line);
    return line;
  }

  /** A text in which the ids of this page's users are their names. */
  #named(text) {
    const parts = [];
    let end = 0;
    for (const { 0: id, index } of text.matchAll(ID)) {
      const name = this.#on.nameOf(id);
      if (name === undefined) continue;
      parts.push(text.slice(end, index), element("b", { class: "person", title: id, "data-name": name }, name));
      end = index + id.length;
    }
    parts.push(text.slice(end));
    return parts;
  }

  /** @param {"closed" | "connecting" | "open" | "away"} state */
  #show(state, text) {
    this.#root.dataset.state = state;
    this.#part(".state").textContent = text;
    this.#part(".toggle").textContent = state === "closed" ? "Join" : "Leave";
    if (state === "closed" || state === "connecting") this.#part(".id").textContent = "";
    const isIn = state === "open" || state === "away";
    for (const control of this.#root.querySelectorAll(".say .send, .try")) control.disabled = !isIn;
    const network = this.#part(".network");
    const isUp = this.#network?.isUp ?? true;
    network.hidden = !isIn;
    network.setAttribute("aria-pressed", String(!isUp));
    network.querySelector(".label").textContent = isUp ? "Lose network" : "Back online";
    network.title = isUp ? "As if this user had no reception: what is said meanwhile comes later" : "There is a network again";
    network.setAttribute("aria-label", `${isUp ? "Take the network from" : "Give a network back to"} ${this.name}`);
    this.#showWaiting();
  }
}

/** Whether two messages say the same; the client gives a copy of what it was given. */
function isSame(one, other) {
  if (typeof one === "string" || typeof other === "string") return one === other;
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
