/** Characters that a terminal obeys, that nobody sees, or that begin a line. */
const NOT_PLAIN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;

/**
 * A stranger's text for the terminal: in one line, and with nothing in it that a terminal obeys.
 *
 * @param {unknown} text
 * @returns {string}
 */
export function inert(text) {
  return String(text).replace(NOT_PLAIN, (character) => `\\u{${character.codePointAt(0).toString(16)}}`);
}
