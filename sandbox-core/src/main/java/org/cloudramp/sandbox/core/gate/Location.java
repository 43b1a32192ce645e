package org.cloudramp.sandbox.core.gate;

import java.util.Locale;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.api.error.ModuleException.Kind;

/** Where in the module the pass is, so that every refusal can say it. */
final class Location {
  private String part = "header";
  private String kindOfItem = "";
  private int index;
  private String name = "";

  /** The pass is now in {@code part} of the file, such as {@code code section}. */
  void enter(String part) {
    this.part = part;
    kindOfItem = "";
    name = "";
  }

  /** The pass is now at one item of that part, such as {@code function 12}. */
  void item(String kind, int index) {
    kindOfItem = kind;
    this.index = index;
    name = "";
  }

  /** The item has this name. */
  void named(String quoted) {
    name = quoted;
  }

  /** A module that is not a WebAssembly module, or not one of the accepted subset. */
  ModuleException malformed(int offset, String what) {
    return new ModuleException(
        Kind.MALFORMED, String.format(Locale.ROOT, "%s, byte 0x%x: %s", this, offset, what));
  }

  /** A module that is refused for another reason. */
  ModuleException refusal(Kind kind, String why) {
    return new ModuleException(kind, this + ": " + why);
  }

  /** Such as {@code export section, export 3 "onJoin"}. */
  @Override
  public String toString() {
    String item = kindOfItem.isEmpty() ? "" : ", " + kindOfItem + " " + index;
    return part + item + (name.isEmpty() ? "" : " " + name);
  }
}
