import { beginRequest, receive, sendRequest, writeBytes, writeI32, writeString, writeU32 } from "./abi/exchange";
import { decode } from "./abi/text";

// @ts-ignore: decorator
@external("request", "answer")
declare function hostAnswer(): void;

/** What somebody asks the room by HTTP, without being in it. */
export class Request {
  constructor(
    /** Such as `GET` or `POST`; in capital letters. */
    readonly method: string,
    /** What of the URL comes behind the room, without the query: `/` or `/bids/7`, as it was sent. */
    readonly path: string,
    /** What comes behind the question mark, as it was sent; empty for nothing. */
    readonly query: string,
    private headers: string[][],
    /** What was sent, as bytes. */
    readonly body: ArrayBuffer,
    /** Who asks, if the host knows it: as `Connection.user`. */
    readonly user: string,
    /** What else the host says of them, as JSON: as `Connection.info`. */
    readonly info: string,
  ) {}

  /** What was sent, read as UTF-8. */
  get text(): string {
    return decode(changetype<usize>(this.body), this.body.byteLength);
  }

  /** The first header of that name, in whatever case; null when there is none. */
  header(name: string): string | null {
    const wanted = name.toLowerCase();
    for (let i = 0; i < this.headers.length; ++i) {
      if (this.headers[i][0].toLowerCase() == wanted) return this.headers[i][1];
    }
    return null;
  }
}

/**
 * What a room answers. `onRequest` returns it; it leaves when the hook has succeeded.
 *
 * ```ts
 * return new Response("no such bid", 404);
 * return Response.json(json.stringify(bid)).header("cache-control", "no-store");
 * ```
 */
export class Response {
  private names: string[] = [];
  private values: string[] = [];
  private body: ArrayBuffer;

  /**
   * Answers with a text.
   *
   * @param status 200 to 599
   */
  constructor(text: string = "", readonly status: i32 = 200) {
    this.body = utf8(text);
    if (text.length > 0) this.header("content-type", "text/plain; charset=utf-8");
  }

  /** Answers with JSON, as `json.stringify` writes it. */
  static json(text: string, status: i32 = 200): Response {
    return Response.bytes(utf8(text), "application/json", status);
  }

  /** Answers with bytes. */
  static bytes(body: ArrayBuffer, type: string = "application/octet-stream", status: i32 = 200): Response {
    const response = new Response("", status);
    response.body = body;
    return response.header("content-type", type);
  }

  /**
   * Adds a header, or replaces the one of that name: one that describes the answer, such as `etag` or `location`, or one that begins with
   * `x-`. Any other ends the hook.
   *
   * @returns this response
   */
  header(name: string, value: string): Response {
    const lower = name.toLowerCase();
    const at = this.names.indexOf(lower);
    if (at >= 0) {
      this.values[at] = value;
    } else {
      this.names.push(lower);
      this.values.push(value);
    }
    return this;
  }

  /** @internal hands it to the host */
  send(): void {
    beginRequest();
    writeI32(this.status);
    writeU32(this.names.length);
    for (let i = 0; i < this.names.length; ++i) {
      writeU32(2);
      writeString(this.names[i]);
      writeString(this.values[i]);
    }
    writeBytes(this.body);
    sendRequest();
    hostAnswer();
    receive();
  }
}

function utf8(text: string): ArrayBuffer {
  return String.UTF8.encode(text, false, String.UTF8.ErrorMode.REPLACE);
}
