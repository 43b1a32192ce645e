package org.cloudramp.sandbox.core.gate;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The sections of a module, in the order in which they must come. */
enum Section {
  CUSTOM(0),
  TYPE(1),
  IMPORT(2),
  FUNCTION(3),
  TABLE(4),
  MEMORY(5),
  TAG(13),
  GLOBAL(6),
  EXPORT(7),
  START(8),
  ELEMENT(9),
  DATA_COUNT(12),
  CODE(10),
  DATA(11);

  private final int id;

  Section(int id) {
    this.id = id;
  }

  int id() {
    return id;
  }

  static @Nullable Section withId(int id) {
    for (Section section : values()) {
      if (section.id == id) {
        return section;
      }
    }
    return null;
  }

  /** As in messages, such as {@code data count section}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ') + " section";
  }
}
