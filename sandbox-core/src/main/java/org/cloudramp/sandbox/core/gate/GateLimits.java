package org.cloudramp.sandbox.core.gate;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import org.cloudramp.sandbox.api.error.ModuleException;

/**
 * How much of everything a module may have. Parsers, validators and compilers cannot be
 * interrupted, so these limits are what bounds the time and the memory that a module costs before
 * it runs.
 *
 * @param values the number for each limit; those that are left out have their {@linkplain
 *     Limit#defaultValue() default}
 */
public record GateLimits(Map<Limit, Integer> values) {
  /** The most pages that a memory of any instance may have. */
  private static final int MAX_MEMORY_PAGES = 65_535;

  /**
   * Fills in the defaults.
   *
   * @throws IllegalArgumentException if a number is negative, or the memory is larger than any
   *     instance can have
   */
  public GateLimits {
    EnumMap<Limit, Integer> complete = new EnumMap<>(Limit.class);
    for (Limit limit : Limit.values()) {
      int value = values.getOrDefault(limit, limit.defaultValue);
      if (value < 0 || (limit == Limit.MEMORY_PAGES && value > MAX_MEMORY_PAGES)) {
        throw new IllegalArgumentException(value + " is out of range for the limit " + limit);
      }
      complete.put(limit, value);
    }
    values = Collections.unmodifiableMap(complete);
  }

  /** Every limit at its default. */
  public static GateLimits defaults() {
    return new GateLimits(Map.of());
  }

  /** These limits, but with {@code limit} at {@code value}. */
  public GateLimits with(Limit limit, int value) {
    EnumMap<Limit, Integer> changed = new EnumMap<>(values);
    changed.put(limit, value);
    return new GateLimits(changed);
  }

  /** The number for one limit. */
  public int of(Limit limit) {
    return values.getOrDefault(limit, limit.defaultValue);
  }

  /** Refuses a module that has {@code actual} of what {@code limit} limits, if that is too much. */
  void enforce(Limit limit, long actual, Location where) {
    if (actual > of(limit)) {
      String phrase = String.format(Locale.ROOT, limit.phrase, actual);
      throw where.refusal(
          ModuleException.Kind.LIMIT,
          String.format(Locale.ROOT, "%s is over the limit of %,d", phrase, of(limit)));
    }
  }

  /** What is limited. */
  public enum Limit {
    FILE_BYTES(4 << 20, "a size of %,d bytes", "Bytes of the upload"),
    CUSTOM_SECTIONS(64, "a count of %,d custom sections", "Custom sections, which are all dropped"),
    NAME_BYTES(
        1_024,
        "a name of %,d bytes",
        "Bytes of the name of an import, an export or a custom section"),
    TYPES(4_000, "a count of %,d types", "Function types. Engines make code for each"),
    PARAMETERS(64, "a count of %,d parameters", "Parameters of a type"),
    RESULTS(
        16,
        "a count of %,d results",
        "Results of a type. A branch may have to move that many values"),
    IMPORTS(256, "a count of %,d imports", "Imported functions"),
    FUNCTIONS(20_000, "a count of %,d functions", "Functions of the module's own"),
    TYPES_TIMES_FUNCTIONS(
        4_000_000,
        "a count of %,d pairs of a type and a function",
        "The number of types times that of functions, imports among them. Engines compare them"),
    INDIRECT_CALL_TARGETS(
        50_000,
        "a sum of functions that each type fits of %,d",
        "The functions that each type fits, added up over all types. That is each function once if no type is declared twice. Engines write a switch over these functions for each type"),
    TABLES(8, "a count of %,d tables", "Tables"),
    TABLE_ENTRIES(
        100_000,
        "a size of %,d table entries",
        "Entries of all tables together, and the maximum that each table is capped to"),
    MEMORY_PAGES(
        256,
        "an initial size of %,d memory pages",
        "Pages of 64 KiB that the memory may start with, and the maximum it is capped to"),
    GLOBALS(10_000, "a count of %,d globals", "Globals. Each costs every instance an object"),
    MUTABLE_GLOBALS(
        1_000,
        "a count of %,d mutable globals",
        "Globals that can change, each of which is copied before each hook"),
    EXPORTS(2_000, "a count of %,d exports", "Exports"),
    SEGMENTS(50_000, "a count of %,d segments", "Element and data segments together"),
    ELEMENTS(100_000, "a count of %,d elements", "Elements of all element segments together"),
    BODY_BYTES(
        128 << 10,
        "a body of %,d bytes",
        "Bytes of a function's body. Not a promise of speed: a body of more than a few thousand bytes becomes a Java method that HotSpot never compiles but only interprets"),
    LOCALS(4_096, "a count of %,d locals", "Locals of a function, its parameters among them"),
    NESTING(2_048, "nesting of %,d", "Blocks, loops and ifs inside each other"),
    BRANCH_TABLE_LABELS(4_096, "a br_table of %,d labels", "Labels of one `br_table`"),
    LOOPS_OF_FUNCTION(
        500,
        "a count of %,d loops",
        "Loops of a function. There are compilers whose time grows with the cube of that"),
    INSTRUCTIONS(
        3_000_000,
        "a count of %,d instructions so far",
        "Instructions of all functions together, each label of a `br_table` among them"),
    BRANCH_DEPTHS(
        20_000_000,
        "a sum of branch depths of %,d so far",
        "The depths of the labels that all branches name, added up. Engines walk to the label"),
    PAIRS_OF_BRANCHES(
        1_000_000_000,
        "a sum of pairs of branches of %,d so far",
        "The square of what each function has of branches, labels of `br_table`, `if`s and calls of a table's entries, and of loops, which count 16 times; added up. There are compilers whose time grows with the square of that"),
    ALL_LOCALS(
        500_000,
        "a count of %,d locals in all functions so far",
        "Locals of all functions together. Engines write code that sets each to zero"),
    LIVE_VALUES(
        12_000_000,
        "a sum of values alive at blocks and branches of %,d so far",
        "The locals, the operands on the stack and 16 more, added up over the begin of each function and wherever control can part or meet: at each block, `else`, label of a branch and `select`. Engines keep track of each value at each such place"),
    LIVE_VALUES_OF_FUNCTION(
        4_000_000,
        "a sum of values alive at blocks and branches of %,d",
        "The same sum for one function. A compiler to JVM bytecode describes all these values in one table of the method, a byte or more for each, and HotSpot ends the whole process when that table has more than 16 MiB"),
    MOVED_VALUES(
        1_000_000,
        "a sum of values moved by branches, blocks and calls of %,d so far",
        "The operands that lie above a branch's target, the parameters and results of blocks and calls, added up. Engines write code that moves or drops each");

    private final int defaultValue;
    private final String phrase;
    private final String meaning;

    Limit(int defaultValue, String phrase, String meaning) {
      this.defaultValue = defaultValue;
      this.phrase = phrase;
      this.meaning = meaning;
    }

    /** What is counted and why, in one line of Markdown. */
    public String meaning() {
      return meaning;
    }

    /** What it is unless the operator says otherwise. */
    public int defaultValue() {
      return defaultValue;
    }
  }
}
