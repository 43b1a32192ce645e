/** The users of the page, two to six, in one room. */
import { User } from "./user.js";

export const NAMES = ["Ada", "Ben", "Cleo", "Dora", "Emil", "Fay"];
const FIRST = 2;
/** Ids of connections that are no more; their names are still in what was said. */
const MAX_NAMES = 200;
const LOOKS = 10;
const BETWEEN_LOOKS = 100;

export class Users {
  #list;
  #place;
  #server;
  #on;
  #users = [];
  #attempts = [];
  #names = new Map();
  /** One joins at a time, so that the host's list of members says which connection is whose. */
  #joining = Promise.resolve();

  /**
   * @param {HTMLElement} list
   * @param {() => {service: string, room: string}} place where they are to be
   * @param {import("../shared/server.js").Server} server
   * @param {{change: () => void}} on
   */
  constructor(list, place, server, on) {
    this.#list = list;
    this.#place = place;
    this.#server = server;
    this.#on = on;
    while (this.#users.length < FIRST) this.#make();
  }

  get count() {
    return this.#users.length;
  }

  get connected() {
    return this.#users.filter((user) => user.isConnected).length;
  }

  get isFull() {
    return this.#users.length === NAMES.length;
  }

  /** One more. @returns {User} */
  add() {
    const user = this.#make();
    user.offer(this.#attempts);
    return user;
  }

  /** Joins everybody who is not there, or everybody anew. */
  joinAll({ anew }) {
    for (const user of this.#users) {
      if (anew || !user.isConnected) this.join(user);
    }
  }

  join(user) {
    this.#joining = this.#joining.then(() => this.#join(user)).catch(() => {});
  }

  offer(attempts) {
    this.#attempts = attempts;
    for (const user of this.#users) user.offer(attempts);
  }

  noteAll(text) {
    for (const user of this.#users) if (user.isOpen) user.note(text);
  }

  /** @returns {User | undefined} whose connection this is */
  byConnection(id) {
    return this.#users.find((user) => user.id !== null && user.id === id);
  }

  #make() {
    const name = NAMES.find((each) => !this.#users.some((user) => user.name === each));
    const user = new User(name, {
      toggle: (each) => (each.isConnected ? each.leave() : this.join(each)),
      remove: (each) => this.#remove(each),
      nameOf: (id) => this.#names.get(id),
      identified: (each, id) => this.#identify(each, id),
      change: this.#on.change,
    });
    this.#users.push(user);
    this.#list.append(user.root);
    this.#showRemovable();
    return user;
  }

  #remove(user) {
    if (this.#users.length === FIRST) return;
    this.#users = this.#users.filter((each) => each !== user);
    user.leave();
    user.root.remove();
    this.#showRemovable();
    this.#on.change();
  }

  #showRemovable() {
    for (const user of this.#users) user.root.querySelector(".remove").hidden = this.#users.length <= FIRST;
  }

  async #join(user) {
    if (!this.#users.includes(user)) return;
    const place = this.#place();
    const before = new Set(await this.#members(place));
    if (!(await user.join(place)) || user.id !== null || !this.#server.hasToken) return;
    // A room without sessions does not say which connection this is. onJoin runs after the socket is open, and the list tells of whom it has let in.
    for (let look = 0; look < LOOKS && user.isOpen; ++look) {
      const more = (await this.#members(place)).filter((id) => !before.has(id));
      if (more.length === 1) return this.#identify(user, more[0]);
      if (more.length > 1) return; // somebody else came at the same moment
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_LOOKS));
    }
  }

  #identify(user, id) {
    user.identify(id);
    this.#names.set(id, user.name);
    if (this.#names.size > MAX_NAMES) this.#names.delete(this.#names.keys().next().value);
    for (const each of this.#users) each.nameAgain();
    this.#on.change();
  }

  async #members({ service, room }) {
    if (!this.#server.hasToken) return [];
    const path = `services/${encodeURIComponent(service)}/rooms`;
    try {
      const { rooms } = await this.#server.ask("GET", `${path}?limit=1000`);
      // A room in which nobody is, is not there to be asked.
      if (!rooms.some((each) => each.room === room)) return [];
      const { members } = await this.#server.ask("GET", `${path}/${encodeURIComponent(room)}?limit=1000`);
      return members.map(({ connection }) => connection);
    } catch {
      return [];
    }
  }
}
