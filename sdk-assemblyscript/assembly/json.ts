/**
 * JSON for typed classes, read without trust: nothing that somebody sends ends the hook.
 *
 * A class that extends {@link JsonObject} gets its two methods from the compiler (compiler/json-classes.js).
 */
import { StringBuilder } from "./string-builder";

/** How deep objects and arrays may be within each other. */
const MAX_DEPTH: i32 = 32;
/** In characters, unless the program says otherwise. */
const MAX_LENGTH: i32 = 65_536;
/** Up to here every whole number is an f64. */
const LAST_EXACT: f64 = 9007199254740991;

/** Why a text is not the JSON that was expected. */
export class JsonError extends Error {
  constructor(
    /** What is wrong, and where: `$.bids[2].amount: 4000000000 does not fit an i32, at character 31`. */
    message: string,
    /** The place in the text, in characters from its beginning. */
    readonly position: i32,
  ) {
    super(message);
  }
}

/** What {@link json.tryParse} gives: the value, or what is wrong with the text. */
export class JsonResult<T> {
  constructor(
    private readonly answer: T,
    /** Why there is no value; null when there is one. */
    readonly error: JsonError | null,
  ) {}

  /** Whether there is a value. */
  get ok(): bool {
    return this.error === null;
  }

  /** The value. Without one this ends the hook with the error's message. */
  get value(): T {
    const error = this.error;
    if (error) throw new Error(error.message);
    return this.answer;
  }
}

/**
 * The base of classes that are read from JSON and written as JSON. Their public fields are the object's: numbers, `bool`,
 * `string`, other such classes, arrays of all these, and `| null` where null may stand.
 */
export abstract class JsonObject {
  /** @internal Reads the field of that name; false if there is none. The compiler writes it for each class. */
  __readField(name: string, reader: JsonReader): bool {
    return false;
  }

  /** @internal Writes all fields. As above. */
  __writeFields(writer: JsonWriter): void {}
}

/** Reads and writes JSON. */
export abstract class json {
  /**
   * Reads a text that somebody has sent. A field that the class does not have is passed over, one that is missing keeps the value
   * that the class gives it, and of one that is there twice the last counts.
   *
   * @param maxLength how long the text may be, in characters
   * @returns the value, or what is wrong: no JSON, another type, a number that does not fit, too long, deeper than 32
   */
  static tryParse<T>(text: string, maxLength: i32 = MAX_LENGTH): JsonResult<T> {
    const reader = new JsonReader(text, maxLength);
    const value = reader.value<T>();
    reader.end();
    return new JsonResult<T>(value, reader.error());
  }

  /** Writes a value. Fields come in the order in which the class has them; what is no number is null. */
  static stringify<T>(value: T): string {
    const writer = new JsonWriter();
    writer.value<T>(value);
    return writer.toString();
  }
}

/** Reads one text. After the first error it reads nothing more, and all values are empty. */
export class JsonReader {
  private at: i32 = 0;
  private depth: i32 = 0;
  private readonly length: i32;
  private failure: string | null = null;
  private failedAt: i32 = 0;
  /** Where in the value it failed; put together on the way out. */
  private path: string = "";

  constructor(private readonly text: string, maxLength: i32) {
    this.length = text.length;
    if (text.length > maxLength) this.fail(`the text has ${text.length} characters; ${maxLength} are allowed`);
  }

  error(): JsonError | null {
    const failure = this.failure;
    if (failure === null) return null;
    return new JsonError(`$${this.path}: ${failure}, at character ${this.failedAt}`, this.failedAt);
  }

  /** Nothing may follow the value. */
  end(): void {
    if (this.failure === null && this.peek() != -1) this.fail(`there is more after the end: ${this.shown()}`);
  }

  value<T>(): T {
    if (isBoolean<T>()) {
      return <T>this.bool();
    } else if (isInteger<T>()) {
      return this.integer<T>();
    } else if (isFloat<T>()) {
      return <T>this.float<T>();
    } else if (isNullable<T>()) {
      if (this.failure !== null || this.word("null")) return changetype<T>(0);
      return changetype<T>(this.value<NonNullable<T>>());
    } else if (isString<T>()) {
      return changetype<T>(this.string());
    } else if (isArray<T>()) {
      return this.array<T>();
    } else {
      const object = instantiate<T>();
      this.object(object as JsonObject);
      return object;
    }
  }

  private object(object: JsonObject): void {
    if (!this.open(0x7b, "an object")) return;
    if (!this.next(0x7d)) {
      do {
        const name = this.string();
        if (!this.expect(0x3a, "':'")) return;
        if (!object.__readField(name, this)) this.skip();
        if (this.failure !== null) {
          this.path = `.${name}${this.path}`;
          return;
        }
      } while (this.next(0x2c));
      if (!this.expect(0x7d, "',' or '}'")) return;
    }
    --this.depth;
  }

  private array<T>(): T {
    const items = instantiate<T>();
    if (!this.open(0x5b, "a list")) return items;
    if (!this.next(0x5d)) {
      do {
        // @ts-ignore: the compiler knows what the type is here, the editor does not
        const item = this.value<valueof<T>>();
        if (this.failure !== null) {
          // @ts-ignore: the compiler knows what the type is here, the editor does not
          this.path = `[${items.length}]${this.path}`;
          return items;
        }
        // @ts-ignore: the compiler knows what the type is here, the editor does not
        items.push(item);
      } while (this.next(0x2c));
      if (!this.expect(0x5d, "',' or ']'")) return items;
    }
    --this.depth;
    return items;
  }

  private bool(): bool {
    if (this.word("true")) return true;
    if (!this.word("false")) this.fail(`true or false is expected, and not ${this.shown()}`);
    return false;
  }

  private integer<T>(): T {
    const start = this.number();
    if (this.failure !== null) return <T>0;
    const digits = this.text.substring(start, this.at);
    const isNegative = digits.charCodeAt(0) == 0x2d;
    let magnitude: u64 = 0;
    for (let i = isNegative ? 1 : 0; i < digits.length; ++i) {
      const digit = <u64>(digits.charCodeAt(i) - 0x30);
      if (digit > 9) return this.wholeNumber<T>(digits, start); // a fraction or an exponent
      if (magnitude > (u64.MAX_VALUE - digit) / 10) return this.outOfRange<T>(digits, start);
      magnitude = magnitude * 10 + digit;
    }
    return this.fitting<T>(magnitude, isNegative, digits, start);
  }

  /** `1e3` and `2.0` are whole numbers as well. */
  private wholeNumber<T>(digits: string, start: i32): T {
    const value = parseFloat(digits);
    if (value != Math.trunc(value)) {
      this.failAt(start, `${digits} is no whole number`);
      return <T>0;
    }
    if (!(Math.abs(value) <= LAST_EXACT)) return this.outOfRange<T>(digits, start);
    return this.fitting<T>(<u64>Math.abs(value), value < 0, digits, start);
  }

  private fitting<T>(magnitude: u64, isNegative: bool, digits: string, start: i32): T {
    const bits: u64 = sizeof<T>() * 8;
    const one: u64 = 1;
    if (isSigned<T>()) {
      // The smallest number has no counterpart above 0.
      const most = (one << (bits - 1)) - (isNegative ? 0 : 1);
      if (magnitude > most) return this.outOfRange<T>(digits, start);
      return <T>(isNegative ? 0 - magnitude : magnitude);
    }
    const most = bits == 64 ? u64.MAX_VALUE : (one << bits) - 1;
    if (magnitude > most || (isNegative && magnitude != 0)) return this.outOfRange<T>(digits, start);
    return <T>magnitude;
  }

  private outOfRange<T>(digits: string, start: i32): T {
    this.failAt(start, `${digits} does not fit ${nameof<T>()}`);
    return <T>0;
  }

  private float<T>(): f64 {
    const start = this.number();
    if (this.failure !== null) return 0;
    const digits = this.text.substring(start, this.at);
    const value = parseFloat(digits);
    // @ts-ignore: the compiler knows what the type is here, the editor does not
    if (isFinite(value) && isFinite(<T>value)) return value;
    this.failAt(start, `${digits} does not fit ${nameof<T>()}`);
    return 0;
  }

  /** Passes over a number, and returns where it begins. */
  private number(): i32 {
    this.peek();
    const start = this.at;
    if (this.code() == 0x2d) ++this.at;
    const leading = this.code();
    let isNumber = this.digits();
    // The grammar knows no 007.
    if (leading == 0x30 && this.at > start + (this.unit(start) == 0x2d ? 2 : 1)) isNumber = false;
    if (isNumber && this.code() == 0x2e) {
      ++this.at;
      isNumber = this.digits();
    }
    if (isNumber && (this.code() | 0x20) == 0x65) {
      ++this.at;
      if (this.code() == 0x2b || this.code() == 0x2d) ++this.at;
      isNumber = this.digits();
    }
    if (!isNumber) {
      this.at = start;
      this.fail(`a number is expected, and not ${this.shown()}`);
    }
    return start;
  }

  private digits(): bool {
    const start = this.at;
    while (this.code() >= 0x30 && this.code() <= 0x39) ++this.at;
    return this.at > start;
  }

  private string(): string {
    if (this.peek() != 0x22) {
      this.fail(`a text is expected, and not ${this.shown()}`);
      return "";
    }
    let from = ++this.at;
    let parts: StringBuilder | null = null;
    while (true) {
      const code = this.code();
      if (code == 0x22) break;
      if (code < 0x20) {
        this.fail(code < 0 ? "a text has no end" : "a text has a control character, which is written as \\u and four digits");
        return "";
      }
      if (code != 0x5c) {
        ++this.at;
        continue;
      }
      if (parts === null) parts = new StringBuilder();
      parts.append(this.text.substring(from, this.at));
      ++this.at;
      const escaped = this.escaped();
      if (escaped < 0) {
        this.fail("a text has a '\\' before what it cannot stand before");
        return "";
      }
      parts.append(String.fromCharCode(escaped));
      from = this.at;
    }
    const rest = this.text.substring(from, this.at++);
    return parts === null ? rest : parts.append(rest).toString();
  }

  /** What follows a backslash stands for; -1 for what must not follow one. */
  private escaped(): i32 {
    const code = this.code();
    ++this.at;
    switch (code) {
      case 0x22: case 0x5c: case 0x2f: return code;
      case 0x62: return 0x08;
      case 0x66: return 0x0c;
      case 0x6e: return 0x0a;
      case 0x72: return 0x0d;
      case 0x74: return 0x09;
      case 0x75: return this.fourDigits();
    }
    --this.at;
    return -1;
  }

  private fourDigits(): i32 {
    let value = 0;
    for (let i = 0; i < 4; ++i) {
      const code = this.code();
      const letter = code | 0x20;
      const digit = code >= 0x30 && code <= 0x39 ? code - 0x30 : letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
      if (digit < 0) return -1;
      value = (value << 4) | digit;
      ++this.at;
    }
    return value;
  }

  /** Passes over a value that nobody asked for, which has to be JSON all the same. */
  private skip(): void {
    const code = this.peek();
    if (code == 0x22) {
      this.string();
    } else if (code == 0x7b || code == 0x5b) {
      this.skipInside(code);
    } else if (code == 0x2d || (code >= 0x30 && code <= 0x39)) {
      this.number();
    } else if (!this.word("null") && !this.word("true") && !this.word("false")) {
      this.fail(`a value is expected, and not ${this.shown()}`);
    }
  }

  private skipInside(opening: i32): void {
    const closing = opening + 2; // as it is of both kinds of brackets
    if (!this.open(opening, "a value")) return;
    if (!this.next(closing)) {
      do {
        if (opening == 0x7b) {
          this.string();
          if (!this.expect(0x3a, "':'")) return;
        }
        this.skip();
        if (this.failure !== null) return;
      } while (this.next(0x2c));
      if (!this.expect(closing, opening == 0x7b ? "',' or '}'" : "',' or ']'")) return;
    }
    --this.depth;
  }

  private open(bracket: i32, what: string): bool {
    if (!this.next(bracket)) {
      this.fail(`${what} is expected, and not ${this.shown()}`);
      return false;
    }
    if (++this.depth > MAX_DEPTH) this.fail(`it is deeper than ${MAX_DEPTH}`);
    return this.failure === null;
  }

  private expect(wanted: i32, what: string): bool {
    if (this.next(wanted)) return true;
    this.fail(`${what} is expected, and not ${this.shown()}`);
    return false;
  }

  /** Passes over a character if it is the next. */
  private next(wanted: i32): bool {
    if (this.peek() != wanted) return false;
    ++this.at;
    return true;
  }

  private word(word: string): bool {
    this.peek();
    // @ts-ignore: the compiler knows what the type is here, the editor does not
    if (this.failure !== null || !this.text.startsWith(word, this.at)) return false;
    this.at += word.length;
    return true;
  }

  /** The next character that is no white space; -1 at the end, and after an error. */
  private peek(): i32 {
    while (true) {
      const code = this.code();
      if (code != 0x20 && code != 0x0a && code != 0x0d && code != 0x09) return code;
      ++this.at;
    }
  }

  private code(): i32 {
    return this.failure === null && this.at < this.length ? this.unit(this.at) : -1;
  }

  private unit(index: i32): i32 {
    return this.text.charCodeAt(index);
  }

  /** The beginning of what is next, to show what is wrong. */
  private shown(): string {
    if (this.at >= this.length) return "the end";
    const end = min(this.at + 12, this.length);
    return `'${this.text.substring(this.at, end)}${end < this.length ? "…" : ""}'`;
  }

  private fail(failure: string): void {
    this.failAt(this.at, failure);
  }

  private failAt(position: i32, failure: string): void {
    if (this.failure !== null) return;
    this.failure = failure;
    this.failedAt = position;
  }
}

/** Writes one value. */
export class JsonWriter {
  private readonly out: StringBuilder = new StringBuilder();
  private depth: i32 = 0;
  private isFirst: bool = true;

  toString(): string {
    return this.out.toString();
  }

  /** Writes a field of an object. */
  field<T>(name: string, value: T): void {
    if (!this.isFirst) this.out.append(",");
    this.isFirst = false;
    this.string(name);
    this.out.append(":");
    this.value<T>(value);
  }

  value<T>(value: T): void {
    if (isNullable<T>()) {
      if (changetype<usize>(value) == 0) this.out.append("null");
      else this.value<NonNullable<T>>(changetype<NonNullable<T>>(changetype<usize>(value)));
    } else if (isBoolean<T>()) {
      this.out.append(value ? "true" : "false");
    } else if (isFloat<T>()) {
      // @ts-ignore: the compiler knows what the type is here, the editor does not
      this.float(<f64>value, value.toString());
    } else if (isInteger<T>()) {
      // @ts-ignore: the compiler knows what the type is here, the editor does not
      this.out.append(value.toString());
    } else if (isString<T>()) {
      this.string(changetype<string>(value));
    } else if (isArray<T>()) {
      this.open("[");
      // @ts-ignore: the compiler knows what the type is here, the editor does not
      for (let i = 0; i < value.length; ++i) {
        if (i > 0) this.out.append(",");
        // @ts-ignore: the compiler knows what the type is here, the editor does not
        this.value<valueof<T>>(value[i]);
      }
      this.close("]");
    } else {
      this.open("{");
      this.isFirst = true;
      (value as JsonObject).__writeFields(this);
      this.isFirst = false;
      this.close("}");
    }
  }

  private open(bracket: string): void {
    if (++this.depth > MAX_DEPTH) throw new Error("json.stringify: deeper than 32; does something contain itself?");
    this.out.append(bracket);
  }

  private close(bracket: string): void {
    --this.depth;
    this.out.append(bracket);
  }

  private float(value: f64, text: string): void {
    if (!isFinite(value)) this.out.append("null");
    else this.out.append(text.endsWith(".0") ? text.substring(0, text.length - 2) : text);
  }

  private string(text: string): void {
    this.out.append('"');
    let from = 0;
    for (let i = 0; i < text.length; ++i) {
      const code = text.charCodeAt(i);
      if (code >= 0x20 && code != 0x22 && code != 0x5c) continue;
      this.out.append(text.substring(from, i)).append(escapeOf(code));
      from = i + 1;
    }
    this.out.append(text.substring(from)).append('"');
  }
}

function escapeOf(code: i32): string {
  switch (code) {
    case 0x22: return '\\"';
    case 0x5c: return "\\\\";
    case 0x0a: return "\\n";
    case 0x0d: return "\\r";
    case 0x09: return "\\t";
  }
  return `\\u00${code < 0x10 ? "0" : ""}${code.toString(16)}`;
}
