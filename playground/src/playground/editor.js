/**
 * The editor. It lives in a shadow root: there CodeMirror hands its styles to the browser as objects, which the page's policy allows,
 * and not as elements, which it does not.
 */
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { javascript } from "@codemirror/lang-javascript";
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import {
  drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, keymap, lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";

/** Nobody types as much; what is pasted may be longer. */
const MAX_LENGTH = 256 << 10;

const THEME = EditorView.theme({
  "&": { height: "100%", color: "var(--ink)", backgroundColor: "var(--card)", fontSize: "13.5px" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.6", overflow: "auto" },
  ".cm-content": { caretColor: "var(--accent)", padding: "10px 0" },
  ".cm-cursor": { borderLeftColor: "var(--accent)", borderLeftWidth: "2px" },
  ".cm-gutters": { backgroundColor: "var(--card)", color: "var(--faint)", border: "none" },
  ".cm-lineNumbers .cm-gutterElement": { padding: "0 6px 0 12px" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--line)" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--selection) !important" },
  ".cm-tooltip": { backgroundColor: "var(--card)", color: "var(--ink)", border: "1px solid var(--edge)", borderRadius: "8px", maxWidth: "34rem" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--accent)", color: "var(--accent-ink)" },
  ".cm-diagnostic": { padding: "6px 10px", whiteSpace: "pre-wrap" },
  // In the place of pictures that the editor would make of data, which the page's policy does not allow.
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--bad)", textUnderlineOffset: "3px" },
  ".cm-lintRange-warning": { backgroundImage: "none", textDecoration: "underline wavy var(--wait)", textUnderlineOffset: "3px" },
  ".cm-lint-marker-error, .cm-lint-marker-warning": { content: "normal", width: "0.6em", height: "0.6em", margin: "0.45em 0 0 0.2em", borderRadius: "50%" },
  ".cm-lint-marker-error": { backgroundColor: "var(--bad)" },
  ".cm-lint-marker-warning": { backgroundColor: "var(--wait)" },
  ".cm-panels": { backgroundColor: "var(--ground)", color: "var(--ink)" },
});

const COLORS = HighlightStyle.define([
  { tag: [tags.keyword, tags.modifier, tags.operatorKeyword], color: "var(--code-keyword)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--code-string)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--code-number)" },
  { tag: [tags.typeName, tags.className], color: "var(--code-type)" },
  { tag: [tags.function(tags.variableName), tags.function(tags.propertyName)], color: "var(--code-function)" },
  { tag: tags.comment, color: "var(--faint)", fontStyle: "italic" },
]);

export class Editor {
  #view;
  #states = new Map();
  #file = "";
  #problems = [];
  #on;

  /**
   * @param {HTMLElement} host
   * @param {{change: (file: string, text: string) => void, publish: () => void}} on
   */
  constructor(host, on) {
    this.#on = on;
    const root = host.attachShadow({ mode: "open" });
    this.#view = new EditorView({ root, parent: root, state: this.#stateOf("") });
  }

  /** Shows one of a project's files; what was typed there before can still be undone. */
  open(file, text) {
    if (this.#file !== "") this.#states.set(this.#file, this.#view.state);
    this.#file = file;
    const before = this.#states.get(file);
    this.#view.setState(before?.doc.toString() === text ? before : this.#stateOf(text));
    this.#mark();
  }

  /** Forgets the files of another project. */
  clear() {
    this.#states.clear();
    this.#file = "";
    this.#problems = [];
  }

  /** @param {{file: string, from: number, to: number, severity: string, message: string, advice: string | null}[]} problems */
  show(problems) {
    this.#problems = problems;
    this.#mark();
  }

  /** Puts the cursor at a place, and looks at it. */
  goTo(from, to = from) {
    const end = this.#view.state.doc.length;
    const anchor = Math.min(from, end);
    this.#view.dispatch({ selection: { anchor, head: Math.min(to, end) }, effects: EditorView.scrollIntoView(anchor, { y: "center" }) });
    this.#view.focus();
  }

  focus() {
    this.#view.focus();
  }

  #mark() {
    const { doc } = this.#view.state;
    const own = this.#problems.filter(({ file }) => file === this.#file).map(({ from, to, severity, message, advice }) => {
      const start = Math.min(from, doc.length);
      return { from: start, to: Math.max(start, Math.min(to, doc.length)), severity, message: advice ? `${message}\n${advice}` : message };
    });
    this.#view.dispatch(setDiagnostics(this.#view.state, own));
  }

  #stateOf(text) {
    return EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(), highlightActiveLineGutter(), highlightSpecialChars(), history(), drawSelection(), indentOnInput(), bracketMatching(),
        closeBrackets(), autocompletion(), highlightActiveLine(), highlightSelectionMatches(), lintGutter(),
        javascript({ typescript: true }), syntaxHighlighting(COLORS), THEME, EditorState.tabSize.of(2), EditorView.lineWrapping,
        // Tab goes on to what is next, so that nobody who uses the keyboard is held here.
        keymap.of([
          { key: "Mod-s", preventDefault: true, run: () => this.#publish() },
          { key: "Mod-Enter", preventDefault: true, run: () => this.#publish() },
          ...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...completionKeymap,
        ]),
        EditorState.changeFilter.of((change) => change.newDoc.length <= MAX_LENGTH),
        EditorView.contentAttributes.of({ "aria-label": "The room's program, in AssemblyScript", spellcheck: "false", autocorrect: "off", autocapitalize: "off" }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) this.#on.change(this.#file, update.state.doc.toString());
        }),
      ],
    });
  }

  #publish() {
    this.#on.publish();
    return true;
  }
}
