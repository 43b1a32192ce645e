/** The token of whoever looks at the page: it stays with the tab, goes out in a header only, and never in a URL. */

const KEY = "token";

/** What a token may be made of, as the server says. */
const WELL_FORMED = /^[A-Za-z0-9._~+/-]{16,512}$/;

/**
 * The token of this tab, or null. The demo's URL has one behind the #, which browsers send nowhere; then it leaves the address bar.
 */
export function takeToken() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given !== null) {
    keepToken(given);
    history.replaceState(null, "", location.pathname + location.search);
  }
  return sessionStorage.getItem(KEY);
}

/** @returns {boolean} whether it could be one */
export function keepToken(token) {
  if (!WELL_FORMED.test(token)) return false;
  sessionStorage.setItem(KEY, token);
  return true;
}

export function forgetToken() {
  sessionStorage.removeItem(KEY);
}
