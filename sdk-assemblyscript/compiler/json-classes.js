/**
 * Gives each class that extends `JsonObject` the two methods that read and write its fields. They are written as source, and
 * what they use is imported under names that nobody else has, so that nothing of the program's can come between.
 */
import { CommonFlags, NodeKind, Parser } from "assemblyscript";

const PACKAGE = "@cloudramp/room";
const BASE = "JsonObject";
const READER = "__sandboxJsonReader";
const WRITER = "__sandboxJsonWriter";
const IMPORT = `import { JsonReader as ${READER}, JsonWriter as ${WRITER} } from "@cloudramp/room/assembly/json";\n`;

/** What no JSON is made of, though it is in the library. */
const WITHOUT_JSON = new Set(("Map Set StaticArray ArrayBuffer DataView Date Function Int8Array Uint8Array Uint8ClampedArray Int16Array " +
  "Uint16Array Int32Array Uint32Array Int64Array Uint64Array Float32Array Float64Array").split(" "));

/**
 * @param {object[]} sources that the programmer has written
 * @param {(node: object, message: string) => void} error
 */
export function addJsonMethods(sources, error) {
  const classes = new Classes(sources);
  for (const { source, declaration } of classes.ofJson) {
    const fields = fieldsOf(declaration);
    for (const field of fields) {
      const wrong = typesIn(field.type).find((type) => classes.haveNoJson(source, type));
      if (wrong) {
        error(field, `'${field.name.text}' of '${declaration.name.text}' is of type '${textOf(field.type)}', which JSON objects of a room ` +
          "cannot have. Take numbers, bool, string, arrays of these, and classes that extend JsonObject; or make the field private.");
      }
    }
    const [, made] = parsed(`${IMPORT}class Made { ${methodsFor(fields)} }`, source);
    for (const member of made.members) declaration.members.push(member);
  }
  for (const source of new Set(classes.ofJson.map((each) => each.source))) source.statements.unshift(parsed(IMPORT, source)[0]);
}

/** The classes of a program, and which of them extend `JsonObject`, if by way of others. */
class Classes {
  /** @type {{source: object, declaration: object}[]} */
  ofJson = [];
  #all;
  /** By source: what each name that it imports is called where it comes from, and whether that is the SDK. */
  #imports = new Map();

  constructor(sources) {
    this.#all = sources.flatMap((source) => source.statements.map(declarationIn)
      .filter(({ kind }) => kind === NodeKind.ClassDeclaration).map((declaration) => ({ source, declaration })));
    for (const source of sources) this.#imports.set(source, importedNames(source));
    for (let before = -1; before < this.ofJson.length;) {
      before = this.ofJson.length;
      this.ofJson = this.#all.filter(({ source, declaration }) =>
        declaration.extendsType && this.#extendsJson(source, declaration.extendsType));
    }
  }

  /** Whether a type is known to be none that JSON can have. */
  haveNoJson(source, type) {
    if (type.kind !== NodeKind.NamedType) return true;
    const declared = this.#declarationOf(source, lastPart(type.name));
    return declared ? !this.ofJson.includes(declared) : WITHOUT_JSON.has(lastPart(type.name));
  }

  #extendsJson(source, { name }) {
    const base = lastPart(name);
    const declared = name.next ? undefined : this.#declarationOf(source, base);
    if (declared) return this.ofJson.includes(declared);
    const imported = this.#imports.get(source).get(base);
    return name.next ? base === BASE : imported?.isOurs === true && imported.name === BASE;
  }

  /** The class of that name in the same file, or else in the one that it is imported from. */
  #declarationOf(source, name) {
    const own = this.#all.find((each) => each.source === source && each.declaration.name.text === name);
    const imported = this.#imports.get(source).get(name);
    if (own || !imported || imported.isOurs) return own;
    return this.#all.find((each) => each.source !== source && each.declaration.name.text === imported.name);
  }
}

function importedNames(source) {
  const names = new Map();
  for (const { kind, path, declarations } of source.statements) {
    if (kind !== NodeKind.Import) continue;
    for (const { name, foreignName } of declarations ?? []) names.set(name.text, { name: foreignName.text, isOurs: path.value === PACKAGE });
  }
  return names;
}

/** The public fields of objects. */
function fieldsOf({ members }) {
  return members.filter((member) => member.kind === NodeKind.FieldDeclaration && member.type !== null &&
    !member.isAny(CommonFlags.Static | CommonFlags.Private | CommonFlags.Protected));
}

/** A type, or what arrays of it are made of. */
function typesIn(type) {
  const isArray = type.kind === NodeKind.NamedType && lastPart(type.name) === "Array" && type.typeArguments?.length === 1;
  return isArray ? typesIn(type.typeArguments[0]) : [type];
}

function methodsFor(fields) {
  const read = fields.filter((field) => !field.is(CommonFlags.Readonly)).map(({ name, type }) =>
    `if (name == ${JSON.stringify(name.text)}) { this.${name.text} = reader.value<${textOf(type)}>(); return true; }`);
  const written = fields.map(({ name, type }) => `writer.field<${textOf(type)}>(${JSON.stringify(name.text)}, this.${name.text});`);
  return `
    __readField(name: string, reader: ${READER}): bool { ${read.join("\n")} return super.__readField(name, reader); }
    __writeFields(writer: ${WRITER}): void { super.__writeFields(writer); ${written.join("\n")} }`;
}

/** The statements of a text, as if they stood in the file of `source`. */
function parsed(text, source) {
  const parser = new Parser();
  parser.parseFile(text, source.normalizedPath, false);
  const [{ statements }] = parser.sources;
  return statements;
}

function lastPart(name) {
  return name.next ? lastPart(name.next) : name.identifier.text;
}

function declarationIn(statement) {
  return statement.kind === NodeKind.ExportDefault ? statement.declaration : statement;
}

function textOf({ range }) {
  return range.source.text.slice(range.start, range.end);
}
