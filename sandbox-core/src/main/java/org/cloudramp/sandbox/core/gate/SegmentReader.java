package org.cloudramp.sandbox.core.gate;

import java.util.Locale;
import org.cloudramp.sandbox.api.error.ModuleException;
import org.cloudramp.sandbox.core.gate.GateLimits.Limit;
import org.cloudramp.sandbox.core.gate.IndexSpaces.Table;

/**
 * Reads the element and data sections, and the count of the latter that comes before the code. An
 * active segment must fit its table or its memory: its place is a constant, so there is no need to
 * wait for an instance to find that out.
 */
final class SegmentReader {
  /** Flags of an element segment. */
  private static final int NOT_ACTIVE = 1;

  private static final int EXPLICIT = 2;
  private static final int EXPRESSIONS = 4;
  private static final int MAX_FLAGS = 7;

  /** Kinds of a data segment. */
  private static final int ACTIVE = 0;

  private static final int PASSIVE = 1;
  private static final int ACTIVE_IN_MEMORY = 2;

  private static final long PAGE_BYTES = 65_536;
  private static final long UNSIGNED_32 = 0xffff_ffffL;

  private final IndexSpaces spaces;
  private final GateLimits limits;
  private final Location location;
  private boolean dataCountKnown;
  private long elementsSoFar;

  SegmentReader(IndexSpaces spaces, GateLimits limits, Location location) {
    this.spaces = spaces;
    this.limits = limits;
    this.location = location;
  }

  void elements(Cursor cursor, int count) {
    limits.enforce(Limit.SEGMENTS, count, location);
    spaces.elementSegments = count;
    for (int i = 0; i < count; i++) {
      location.item("segment", i);
      elementSegment(cursor);
    }
  }

  private void elementSegment(Cursor cursor) {
    long flags = cursor.u32();
    if (flags > MAX_FLAGS) {
      throw cursor.malformed("element segment flags " + flags + " are not known");
    }
    boolean active = (flags & NOT_ACTIVE) == 0;
    boolean explicit = (flags & EXPLICIT) != 0;
    boolean expressions = (flags & EXPRESSIONS) != 0;

    int table = 0;
    long offset = 0;
    if (active) {
      table = explicit ? cursor.index("table", spaces.tables.size()) : firstTable(cursor);
      offset = ConstantExpression.read(cursor, WasmType.I32, spaces) & UNSIGNED_32;
    }
    WasmType type = WasmType.FUNCREF;
    if (!active || explicit) {
      if (expressions) {
        type = WasmType.readReference(cursor);
      } else {
        cursor.zero("the kind of elements");
      }
    }
    int count = cursor.count("elements");
    elementsSoFar += count;
    limits.enforce(Limit.ELEMENTS, elementsSoFar, location);
    if (active) {
      fitsTable(cursor, spaces.tables.get(table), type, offset, count);
    }
    for (int i = 0; i < count; i++) {
      if (expressions) {
        ConstantExpression.read(cursor, type, spaces);
      } else {
        cursor.index("function", spaces.functions.size());
      }
    }
  }

  private int firstTable(Cursor cursor) {
    if (spaces.tables.isEmpty()) {
      throw cursor.malformed("there is no table");
    }
    return 0;
  }

  private static void fitsTable(Cursor cursor, Table table, WasmType type, long offset, int count) {
    if (table.type() != type) {
      throw cursor.malformed("elements of type " + type + " for a table of " + table.type());
    }
    if (offset + count > table.minimum()) {
      throw cursor.malformed(
          String.format(
              Locale.ROOT,
              "%,d elements at %,d do not fit a table of %,d",
              count,
              offset,
              table.minimum()));
    }
  }

  void dataCount(Cursor cursor) {
    long count = cursor.u32();
    limits.enforce(Limit.SEGMENTS, spaces.elementSegments + count, location);
    spaces.dataSegments = (int) count;
    dataCountKnown = true;
  }

  void data(Cursor cursor, int count) {
    limits.enforce(Limit.SEGMENTS, (long) spaces.elementSegments + count, location);
    if (dataCountKnown && count != spaces.dataSegments) {
      throw location.refusal(
          ModuleException.Kind.MALFORMED,
          String.format(
              Locale.ROOT,
              "%,d segments, but the data count section says %,d",
              count,
              spaces.dataSegments));
    }
    for (int i = 0; i < count; i++) {
      location.item("segment", i);
      dataSegment(cursor);
    }
  }

  private void dataSegment(Cursor cursor) {
    long kind = cursor.u32();
    if (kind > ACTIVE_IN_MEMORY) {
      throw cursor.malformed("data segment kind " + kind + " is not known");
    }
    if (kind == PASSIVE) {
      cursor.sized("the segment");
      return;
    }
    if (kind == ACTIVE) {
      if (spaces.memories.isEmpty()) {
        throw cursor.malformed("there is no memory");
      }
    } else {
      cursor.index("memory", spaces.memories.size());
    }
    long offset = ConstantExpression.read(cursor, WasmType.I32, spaces) & UNSIGNED_32;
    int length = cursor.sized("the segment").remaining();
    long memory = spaces.memories.get(0).minimum() * PAGE_BYTES;
    if (offset + length > memory) {
      throw cursor.malformed(
          String.format(
              Locale.ROOT,
              "%,d bytes at %,d do not fit a memory that starts with %,d bytes",
              length,
              offset,
              memory));
    }
  }
}
