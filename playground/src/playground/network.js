/**
 * The network of one user, which can be lost: then nothing goes through, either way, and neither side is told, as when a phone has no
 * reception. What the client sees is a socket that has broken. (A page that closes a socket says so, which would be to leave.)
 */

/** For the server: after so long it has given up whoever is not heard of. */
const GIVEN_UP = 60_000;
const BROKEN = { code: 1006, reason: "the network is gone" };
const NORMAL = 1000;

export class Network {
  #Socket;
  #isUp = true;
  #sockets = new Set();
  #onClose;

  /**
   * @param {(code: number, reason: string) => void} onClose told of each socket that others have closed
   * @param {typeof WebSocket} Socket
   */
  constructor(onClose, Socket = globalThis.WebSocket) {
    this.#onClose = onClose;
    this.#Socket = Socket;
  }

  get isUp() {
    return this.#isUp;
  }

  lose() {
    this.#isUp = false;
    for (const line of this.#sockets) line.lose();
  }

  restore() {
    this.#isUp = true;
    // What a browser says when it has a network again: whoever waits to come back does so now.
    globalThis.dispatchEvent?.(new Event("online"));
  }

  /** Ends all that is open, and says so, to the lost ones as well. */
  hangUp() {
    for (const line of this.#sockets) line.close(NORMAL, "");
    this.#sockets.clear();
  }

  /** The class of sockets that go by way of this network. */
  get WebSocket() {
    const network = this;
    return class {
      constructor(url, protocols) {
        return network.#open(url, protocols);
      }
    };
  }

  #open(url, protocols) {
    if (!this.#isUp) return new Dead();
    const line = new Line(new this.#Socket(url, protocols), ({ code, reason }, isLost) => {
      this.#sockets.delete(line);
      if (!isLost) this.#onClose(code, reason);
    });
    this.#sockets.add(line);
    return line;
  }
}

/** A socket that has never come through. */
class Dead {
  protocol = "";
  readyState = 3;
  onopen = null;
  onmessage = null;
  onerror = null;
  onclose = null;

  constructor() {
    setTimeout(() => this.onclose?.(BROKEN));
  }

  send() {}

  close() {}
}

/** A socket as the client sees it, as long as there is a network. */
class Line {
  #socket;
  #isLost = false;
  #givenUp;
  onopen = null;
  onmessage = null;
  onerror = null;
  onclose = null;

  constructor(socket, ended) {
    this.#socket = socket;
    socket.onopen = (event) => this.#isLost || this.onopen?.(event);
    socket.onmessage = (event) => this.#isLost || this.onmessage?.(event);
    socket.onerror = () => {}; // a close follows
    socket.onclose = (event) => {
      clearTimeout(this.#givenUp);
      ended(event, this.#isLost);
      if (!this.#isLost) this.onclose?.(event);
    };
  }

  get protocol() {
    return this.#socket.protocol;
  }

  get readyState() {
    return this.#isLost ? 3 : this.#socket.readyState;
  }

  set binaryType(type) {
    this.#socket.binaryType = type;
  }

  send(data) {
    if (!this.#isLost) this.#socket.send(data);
  }

  close(code, reason) {
    clearTimeout(this.#givenUp);
    this.#socket.close(code, reason);
  }

  lose() {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#givenUp = setTimeout(() => this.close(NORMAL, ""), GIVEN_UP);
    this.onclose?.(BROKEN);
  }
}
