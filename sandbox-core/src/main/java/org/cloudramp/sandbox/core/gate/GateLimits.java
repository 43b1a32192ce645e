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
  private static final int MOST_MEMORY_PAGES = 65_535;

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
      if (value < 0 || (limit == Limit.MEMORY_PAGES && value > MOST_MEMORY_PAGES)) {
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
    /** Bytes of the upload: 4 MiB. */
    FILE_BYTES(4 << 20, "a size of %,d bytes"),
    /** Custom sections, which are all dropped: 64. */
    CUSTOM_SECTIONS(64, "a count of %,d custom sections"),
    /** Bytes of the name of an import, an export or a custom section: 1,024. */
    NAME_BYTES(1_024, "a name of %,d bytes"),
    /** Function types: 4,000. Engines make code for each. */
    TYPES(4_000, "a count of %,d types"),
    /** Parameters of a type: 64. */
    PARAMETERS(64, "a count of %,d parameters"),
    /** Results of a type: 16. A branch may have to move that many values. */
    RESULTS(16, "a count of %,d results"),
    /** Imported functions: 256. */
    IMPORTS(256, "a count of %,d imports"),
    /** Functions of the module's own: 20,000. */
    FUNCTIONS(20_000, "a count of %,d functions"),
    /**
     * The number of types times that of functions, imports among them: 4 M. Engines compare them.
     */
    TYPES_TIMES_FUNCTIONS(4_000_000, "a count of %,d pairs of a type and a function"),
    /**
     * The functions that each type fits, added up over all types: 50,000. That is each function
     * once if no type is declared twice. Engines write a switch over these functions for each type.
     */
    INDIRECT_CALL_TARGETS(50_000, "a sum of functions that each type fits of %,d"),
    /** Tables: 8. */
    TABLES(8, "a count of %,d tables"),
    /** Entries of all tables together, and the maximum that each table is capped to: 100,000. */
    TABLE_ENTRIES(100_000, "a size of %,d table entries"),
    /** Pages of 64 KiB that the memory may start with, and the maximum it is capped to: 256. */
    MEMORY_PAGES(256, "an initial size of %,d memory pages"),
    /** Globals: 10,000. Each costs every instance an object. */
    GLOBALS(10_000, "a count of %,d globals"),
    /** Globals that can change, each of which is copied before each hook: 1,000. */
    MUTABLE_GLOBALS(1_000, "a count of %,d mutable globals"),
    /** Exports: 2,000. */
    EXPORTS(2_000, "a count of %,d exports"),
    /** Element and data segments together: 50,000. */
    SEGMENTS(50_000, "a count of %,d segments"),
    /** Elements of all element segments together: 100,000. */
    ELEMENTS(100_000, "a count of %,d elements"),
    /**
     * Bytes of a function's body: 128 KiB. Not a promise of speed: a body of more than a few
     * thousand bytes becomes a Java method that HotSpot never compiles but only interprets.
     */
    BODY_BYTES(128 << 10, "a body of %,d bytes"),
    /** Locals of a function, its parameters among them: 4,096. */
    LOCALS(4_096, "a count of %,d locals"),
    /** Blocks, loops and ifs inside each other: 2,048. */
    NESTING(2_048, "nesting of %,d"),
    /** Labels of one {@code br_table}: 4,096. */
    BRANCH_TABLE_LABELS(4_096, "a br_table of %,d labels"),
    /** Loops of a function: 500. There are compilers whose time grows with the cube of that. */
    LOOPS_OF_FUNCTION(500, "a count of %,d loops"),
    /** Instructions of all functions together, each label of a {@code br_table} among them: 3 M. */
    INSTRUCTIONS(3_000_000, "a count of %,d instructions so far"),
    /**
     * The depths of the labels that all branches name, added up: 20 M. Engines walk to the label.
     */
    BRANCH_DEPTHS(20_000_000, "a sum of branch depths of %,d so far"),
    /**
     * The square of what each function has of branches, labels of {@code br_table}, {@code if}s and
     * calls of a table's entries, and of loops, which count 16 times; added up: 1,000 M. There are
     * compilers whose time grows with the square of that.
     */
    PAIRS_OF_BRANCHES(1_000_000_000, "a sum of pairs of branches of %,d so far"),
    /** Locals of all functions together: 500,000. Engines write code that sets each to zero. */
    ALL_LOCALS(500_000, "a count of %,d locals in all functions so far"),
    /**
     * The locals, the operands on the stack and 16 more, added up over the begin of each function
     * and wherever control can part or meet: at each block, {@code else}, label of a branch and
     * {@code select}: 12 M. Engines keep track of each value at each such place.
     */
    LIVE_VALUES(12_000_000, "a sum of values alive at blocks and branches of %,d so far"),
    /**
     * The same sum for one function: 4 M. A compiler to JVM bytecode describes all these values in
     * one table of the method, a byte or more for each, and HotSpot ends the whole process when
     * that table has more than 16 MiB.
     */
    LIVE_VALUES_OF_FUNCTION(4_000_000, "a sum of values alive at blocks and branches of %,d"),
    /**
     * The operands that lie above a branch's target, the parameters and results of blocks and
     * calls, added up: 1 M. Engines write code that moves or drops each.
     */
    MOVED_VALUES(1_000_000, "a sum of values moved by branches, blocks and calls of %,d so far");

    private final int defaultValue;
    private final String phrase;

    Limit(int defaultValue, String phrase) {
      this.defaultValue = defaultValue;
      this.phrase = phrase;
    }

    /** What it is unless the operator says otherwise. */
    public int defaultValue() {
      return defaultValue;
    }
  }
}
