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
 * @param inShortForm whether it runs with every build
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
    boolean inShortForm,
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

  /** Attacks, and comes back when all has been tried or the siege is over. */
  @FunctionalInterface
  interface Action {
    void run(Siege siege) throws Exception;
  }

  /** Makes a map that cannot change. */
  Attack {
    settings = Map.copyOf(settings);
  }

  static Attack onMemory(String id, String title, String unguarded, Action action) {
    return attack(id, title, unguarded, Wears.MEMORY, action);
  }

  static Attack onTime(String id, String title, String unguarded, Action action) {
    return attack(id, title, unguarded, Wears.TIME, action);
  }

  private static Attack attack(
      String id, String title, String unguarded, Wears wears, Action action) {
    return new Attack(id, title, unguarded, wears, action, Map.of(), 48 * MEBIBYTE, false, true);
  }

  /** The same, with every build. */
  Attack always() {
    return new Attack(id, title, unguarded, wears, action, settings, mayKeep, true, isSurvived);
  }

  /** The same, but not survived yet. */
  Attack notYet() {
    return new Attack(id, title, unguarded, wears, action, settings, mayKeep, inShortForm, false);
  }

  /** The same, after which attackers may hold on to more. */
  Attack mayKeep(int mebibytes) {
    return new Attack(
        id,
        title,
        unguarded,
        wears,
        action,
        settings,
        mebibytes * MEBIBYTE,
        inShortForm,
        isSurvived);
  }

  /** The same, against a server with this setting, named without {@code sandbox.}. */
  Attack with(String name, String value) {
    Map<String, String> all = new TreeMap<>(settings);
    all.put(name, value);
    return new Attack(id, title, unguarded, wears, action, all, mayKeep, inShortForm, isSurvived);
  }

  @Override
  public String toString() {
    return id + " " + title + " (unguarded: " + unguarded + ")";
  }
}
