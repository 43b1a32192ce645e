/** Reads JSON that a person has written. */

const BYTE_ORDER_MARK = "\ufeff";

/**
 * @param {string} text with or without a byte order mark, as some editors on Windows write it
 * @param {string} file named in the error
 * @returns {Record<string, any>}
 * @throws {JsonTextError} when it is not the text of an object; says where
 */
export function objectIn(text, file) {
  const withoutMark = text.startsWith(BYTE_ORDER_MARK) ? text.slice(BYTE_ORDER_MARK.length) : text;
  let value;
  try {
    value = JSON.parse(withoutMark);
  } catch ({ message }) {
    throw new JsonTextError(`${file} is no JSON: ${withPlace(message, withoutMark)}`);
  }
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw new JsonTextError(`${file} holds no object: it begins with '${withoutMark.trim().slice(0, 10)}'.`);
  }
  return value;
}

/** What is wrong with a file of JSON. */
export class JsonTextError extends Error {}

/** The engine's message, with line and column in the place of its count of characters. */
function withPlace(message, text) {
  const position = / at position (\d+).*$/s.exec(message);
  if (!position) return message;
  const before = text.slice(0, Number(position[1])).split("\n");
  const hint = /^Expected double-quoted property name|^Unexpected token '?[\]}]/.test(message) ? " A comma before it may be one too many." : "";
  return `${message.slice(0, position.index)} in line ${before.length}, column ${before.at(-1).length + 1}.${hint}`;
}
