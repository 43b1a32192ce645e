/** A user of a room: a WebSocket, and the card in which somebody sees what this user sees and sends what this user says. */
import { byId, element, RunningList, short, shown } from "../shared/dom.js";
import { bytesOf, hexOf } from "./bytes.js";

const MAX_LINES = 200;
/** The server closes with 1009 who sends more. */
const MAX_TEXT = 60_000;
/** Ids of connections, as the host makes them. */
const ID = /(?<![\w-])[\w-]{22}(?![\w-])/g;
const NORMAL = 1000;

export class User {
  #root;
  #log;
  #text;
  #socket = null;
  #kind = "text";
  #on;

  /** The id of the connection, once it is known. */
  id = null;

  /**
   * @param {string} name what the page calls the user; the room does not know it
   * @param {object} on
   * @param {(user: User) => void} on.toggle
   * @param {(user: User) => void} on.remove
   * @param {(id: string) => string | undefined} on.nameOf
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
    this.#part(".remove").addEventListener("click", () => on.remove(this));
    this.#part(".as").addEventListener("click", () => this.takeKind(this.#kind === "text" ? "bytes" : "text"));
    this.takeKind("text");
    this.#show("closed", "not connected");
  }

  get root() {
    return this.#root;
  }

  get isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  get isConnected() {
    return this.#socket !== null;
  }

  /**
   * Joins a room, after leaving the one before.
   *
   * @returns {Promise<boolean>} whether the room was entered
   */
  join({ service, room }) {
    this.leave();
    const url = new URL(`/rooms/${encodeURIComponent(service)}/${encodeURIComponent(room)}`, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    this.id = null;
    this.#show("connecting", "connecting …");
    return new Promise((resolve) => {
      socket.addEventListener("open", () => {
        if (this.#socket !== socket) return;
        this.#show("open", `in ${room}`);
        this.#on.change();
        resolve(true);
      });
      socket.addEventListener("message", ({ data }) => {
        if (this.#socket === socket) this.#receive(data);
      });
      socket.addEventListener("close", ({ code, reason }) => {
        resolve(false);
        if (this.#socket === socket) this.#closed(code, reason);
      });
    });
  }

  /** As if the network were gone, for the room: it hears of a connection that is no more. */
  leave() {
    const socket = this.#socket;
    if (socket === null) return;
    this.#socket = null;
    socket.close(NORMAL);
    this.note("disconnected");
    this.#show("closed", "not connected");
    this.#on.change();
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

  #closed(code, reason) {
    const opened = this.#root.dataset.state === "open";
    this.#socket = null;
    this.#show("closed", "not connected");
    const why = reason || (code === NORMAL ? "" : opened ? "the connection broke" : "no connection; are the names right?");
    this.note(`Closed by the room: ${why ? `${why} ` : ""}(${code})`, code === NORMAL ? "" : "bad");
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
    this.#socket.send(text);
    this.#message("sent", [shown(text)], text);
  }

  #sendBytes(bytes) {
    this.#socket.send(bytes);
    this.#message("sent binary", [bytes.byteLength === 0 ? "no bytes" : hexOf(bytes.buffer)], "");
  }

  #receive(data) {
    if (typeof data !== "string") return this.#message("received binary", [data.byteLength === 0 ? "no bytes" : hexOf(data)], "");
    const text = shown(data);
    this.#message("received", this.#named(text), text);
  }

  #message(kinds, content, raw) {
    const isData = /^[[{]/.test(raw);
    const what = element("span", { class: isData ? "what mono" : "what" }, ...content);
    what.raw = raw;
    this.#log.add(element("li", { class: `message ${kinds}` }, what));
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

  #show(state, text) {
    this.#root.dataset.state = state;
    this.#part(".state").textContent = text;
    this.#part(".toggle").textContent = state === "closed" ? "Join" : "Disconnect";
    if (state !== "open") this.#part(".id").textContent = "";
    for (const control of this.#root.querySelectorAll(".say .send, .try")) control.disabled = state !== "open";
  }
}
