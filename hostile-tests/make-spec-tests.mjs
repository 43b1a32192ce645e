// Turns the scripts of the specification's tests into lines, one for each command, fields separated by tabs:
//
//   module     line, wasm in base64                            an instance of it is what the next lines talk to
//   nomodule   line, reason                                    as module, but it cannot be converted
//   return     line, export, arguments, results                numbers as type:bits, or nan:canonical, nan:arithmetic
//   trap       line, export, arguments, message                exhaustion likewise
//   invoke     line, export, arguments
//   malformed  line, wasm in base64, message                   invalid likewise
//   skip       line, reason
//
// Names of exports are in hexadecimal UTF-8.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import loadCompiler from "wabt";

const features = { mutable_globals: true, sat_float_to_int: true, sign_extension: true, multi_value: true,
  bulk_memory: true, reference_types: true, extended_const: true };

export async function convertScripts(sources, target) {
  const compiler = await loadCompiler();
  mkdirSync(target, { recursive: true });
  const names = readdirSync(sources).filter((name) => name.endsWith(".wast"));
  for (const name of names) {
    const script = new Script(compiler, readFileSync(join(sources, name), "utf8"));
    writeFileSync(join(target, name.replace(/\.wast$/, ".txt")), script.lines().join("\n") + "\n");
  }
  writeFileSync(join(target, "index.txt"), names.map((name) => name.replace(/\.wast$/, "")).sort().join("\n") + "\n");
}

class Script {
  constructor(compiler, text) {
    this.compiler = compiler;
    this.text = text;
    this.constants = new Map();
  }

  lines() {
    const commands = parse(this.text).map((form) => this.command(form));
    const bits = this.evaluateConstants();
    return commands.map((fields) => fields.map((field) => (Array.isArray(field) ? field.map((c) => c.literal ?? bits.get(c.key)).join(",") : field)).join("\t"));
  }

  command(form) {
    const line = this.text.slice(0, form.from).split("\n").length;
    const skip = (reason) => ["skip", line, reason];
    try {
      switch (head(form)) {
        case "module": {
          if (form.items[1]?.atom?.startsWith("$")) {
            this.named = form.items[1].atom;
          }
          return ["module", line, this.binary(form, true)];
        }
        case "assert_return": return this.action("return", line, form, this.values(form.items.slice(2)));
        case "assert_return_canonical_nan": return this.action("return", line, form, "nan:canonical");
        case "assert_return_arithmetic_nan": return this.action("return", line, form, "nan:arithmetic");
        case "assert_trap":
          return head(form.items[1]) === "module" ? skip("a module that traps while it is made")
            : this.action("trap", line, form, text(form.items[2]));
        case "assert_exhaustion": return this.action("exhaustion", line, form, text(form.items[2]));
        case "invoke": return this.action("invoke", line, { items: [null, form] });
        case "assert_invalid": return ["invalid", line, this.binary(form.items[1], false), text(form.items[2])];
        case "assert_malformed":
          return form.items[1].items[1]?.atom === "quote" ? skip("text format") : ["malformed", line, this.binary(form.items[1], false), text(form.items[2])];
        default: return skip(head(form));
      }
    } catch (error) {
      const reason = String(error.message).split("\n")[0];
      return head(form) === "module" ? ["nomodule", line, reason] : skip(reason);
    }
  }

  action(kind, line, form, last) {
    const invoke = form.items[1];
    if (head(invoke) !== "invoke") {
      return ["skip", line, head(invoke) + " of an export that is no function"];
    }
    let at = 1;
    if (invoke.items[at].atom?.startsWith("$")) {
      if (invoke.items[at].atom !== this.named) {
        return ["skip", line, "another module than the last"];
      }
      at++;
    }
    const name = Buffer.from(bytes(invoke.items[at])).toString("hex");
    const fields = [kind, line, name, this.values(invoke.items.slice(at + 1))];
    return last === undefined ? fields : [...fields, last];
  }

  values(forms) {
    return forms.map((form) => {
      const [type, word] = head(form).split(".");
      const literal = form.items[1]?.atom;
      if (word !== "const") {
        throw new Error("values that are no numbers");
      }
      if (literal.startsWith("nan:canonical") || literal.startsWith("nan:arithmetic")) {
        return { literal };
      }
      const key = `${type} ${literal}`;
      this.constants.set(key, { type, source: this.text.slice(form.from, form.to) });
      return { key };
    });
  }

  /** Lets the JavaScript engine read all numbers: the text format's are not JavaScript's. */
  evaluateConstants() {
    const all = [...this.constants];
    const asI64 = { i32: "i64.extend_i32_u", i64: "", f32: "i64.extend_i32_u", f64: "i64.reinterpret_f64" };
    const source = all.map(([, { type, source }], i) => {
      const number = type === "f32" ? `(i32.reinterpret_f32 ${source})` : source;
      return `(func (export "${i}") (result i64) ${asI64[type] ? `(${asI64[type]} ${number})` : number})`;
    });
    const wasm = this.compiler.parseWat("constants", `(module ${source.join("\n")})`, features).toBinary({}).buffer;
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(wasm));
    return new Map(all.map(([key, { type }], i) => [key, `${type}:${exports[i]()}`]));
  }

  binary(form, valid) {
    if (form.items.some((item) => item.atom === "quote")) {
      throw new Error("text format");
    }
    const kind = form.items.findIndex((item) => item.atom === "binary");
    if (kind > 0) {
      return Buffer.concat(form.items.slice(kind + 1).map((item) => Buffer.from(bytes(item)))).toString("base64");
    }
    const module = this.compiler.parseWat("script", this.text.slice(form.from, form.to), features);
    try {
      module.resolveNames();
      if (valid) {
        module.validate();
      }
      return Buffer.from(module.toBinary({}).buffer).toString("base64");
    } finally {
      module.destroy();
    }
  }
}

function head(form) {
  return form?.items?.[0]?.atom;
}

function text(form) {
  return Buffer.from(bytes(form)).toString("utf8").replace(/[\t\n]/g, " ");
}

/** The bytes of a string of the text format. */
function bytes(form) {
  const content = Buffer.from(form.string, "utf8");
  const escapes = { t: 9, n: 10, r: 13, '"': 34, "'": 39, "\\": 92 };
  const out = [];
  for (let i = 0; i < content.length; i++) {
    const next = String.fromCharCode(content[i + 1]);
    if (content[i] !== 92) {
      out.push(content[i]);
    } else if (next in escapes) {
      out.push(escapes[next]);
      i++;
    } else if (next === "u") {
      const end = content.indexOf("}", i);
      out.push(...Buffer.from(String.fromCodePoint(parseInt(content.toString("latin1", i + 3, end), 16))));
      i = end;
    } else {
      out.push(parseInt(content.toString("latin1", i + 1, i + 3), 16));
      i += 2;
    }
  }
  return out;
}

/** Reads s-expressions: lists have items, the others are an atom or a string; all know where they are. */
function parse(source) {
  const top = { items: [] };
  const stack = [top];
  const token = /\s+|;;[^\n]*|\(;|\(|\)|"((?:[^"\\]|\\.)*)"|[^\s()";]+/gy;
  for (let match = token.exec(source); match; match = token.exec(source)) {
    const [word, string] = match;
    const list = stack[stack.length - 1];
    if (word === "(;") {
      token.lastIndex = endOfComment(source, token.lastIndex);
    } else if (word === "(") {
      const form = { items: [], from: match.index };
      list.items.push(form);
      stack.push(form);
    } else if (word === ")") {
      stack.pop().to = token.lastIndex;
    } else if (string !== undefined) {
      list.items.push({ string, from: match.index, to: token.lastIndex });
    } else if (!/^\s|^;;/.test(word)) {
      list.items.push({ atom: word, from: match.index, to: token.lastIndex });
    }
  }
  return top.items;
}

function endOfComment(source, from) {
  let depth = 1;
  let at = from;
  while (depth > 0) {
    const open = source.indexOf("(;", at);
    const close = source.indexOf(";)", at);
    if (open >= 0 && open < close) {
      depth++;
      at = open + 2;
    } else {
      depth--;
      at = close + 2;
    }
  }
  return at;
}
