package org.cloudramp.sandbox.attack;

import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/**
 * One way to hurt others on the same server.
 *
 * @param id the line of the table in docs/security.md, and which of its variants
 * @param title what is done
 * @param unguarded what it did to the server before there was anything against it
 * @param wears what it wears out, which says how long the bystanders may wait
 * @param action does it
 * @param settings of the server, where the defaults would keep it from being tried at all
 * @param mayKeep the bytes that attackers rightly hold on to when they have gone: modules that are
 *     live, keys that were written
 * @param form when it runs
 * @param isSurvived whether the server survives it yet; if not, it runs only when asked for
 */
record Attack(
    String id,
    String title,
    String unguarded,
    Wears wears,
    Action action,
    Map<String, String> settings,
    long mayKeep,
    Form form,
    boolean isSurvived) {

  private static final long MEBIBYTE = 1 << 20;

  /** What an attack wears out. */
  enum Wears {
    /** Memory, descriptors, threads, disk. */
    MEMORY(Duration.ofMillis(50)),
    /** Processors and locks. */
    TIME(Duration.ofMillis(100));

    private final Duration p99;

    Wears(Duration p99) {
      this.p99 = p99;
    }

    /** The 99th percentile of the bystanders' round trips must stay below this. */
    Duration p99() {
      return p99;
    }
  }

  /** When an attack runs. */
  enum Form {
    /** When all are asked for. */
    ASKED_FOR,
    /** Then, and with every build after others on the same server: {@link AttacksInTurnTest}. */
    IN_TURN,
    /** With every build, on a server of its own. */
    ALONE
  }

  /** Attacks, and comes back when all has been tried or the siege is over. */
  @FunctionalInterface
  interface Action {
    void run(Siege siege) throws Exception;
  }

  /** Makes a map that cannot change. Attacks in turn have one server, and no settings of theirs. */
  Attack {
    settings = Map.copyOf(settings);
    if (form == Form.IN_TURN && !settings.isEmpty()) {
      throw new IllegalArgumentException(id + " has settings, and cannot run in turn");
    }
  }

  static Attack onMemory(String id, String title, String unguarded, Action action) {
    return attack(id, title, unguarded, Wears.MEMORY, action);
  }

  static Attack onTime(String id, String title, String unguarded, Action action) {
    return attack(id, title, unguarded, Wears.TIME, action);
  }

  private static Attack attack(
      String id, String title, String unguarded, Wears wears, Action action) {
    return new Attack(
        id, title, unguarded, wears, action, Map.of(), 48 * MEBIBYTE, Form.ASKED_FOR, true);
  }

  /** The same, with every build. */
  Attack always() {
    return in(Form.ALONE);
  }

  /** The same, with every build after others on the same server. */
  Attack alwaysInTurn() {
    return in(Form.IN_TURN);
  }

  private Attack in(Form when) {
    return new Attack(id, title, unguarded, wears, action, settings, mayKeep, when, isSurvived);
  }

  /** The same, but not survived yet. */
  Attack notYet() {
    return new Attack(id, title, unguarded, wears, action, settings, mayKeep, form, false);
  }

  /** The same, after which attackers may hold on to more. */
  Attack mayKeep(int mebibytes) {
    return new Attack(
        id, title, unguarded, wears, action, settings, mebibytes * MEBIBYTE, form, isSurvived);
  }

  /** The same, against a server with this setting, named without {@code sandbox.}. */
  Attack with(String name, String value) {
    Map<String, String> all = new TreeMap<>(settings);
    all.put(name, value);
    return new Attack(id, title, unguarded, wears, action, all, mayKeep, form, isSurvived);
  }

  @Override
  public String toString() {
    return id + " " + title + " (unguarded: " + unguarded + ")";
  }
}
