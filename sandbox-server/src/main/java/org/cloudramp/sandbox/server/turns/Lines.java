package org.cloudramp.sandbox.server.turns;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Those who wait, in a line for each owner, and the lines in turns: who waits alone does not wait
 * behind a thousand of another owner. Within a line they keep their order.
 *
 * <p>Not thread-safe. How many wait is for the caller to bound. An owner of whom nobody waits takes
 * no memory.
 *
 * @param <K> who has a line; as a key of a map
 * @param <T> who waits
 */
public final class Lines<K, T> {
  private final Map<K, Line<K, T>> lines = new HashMap<>();

  /** Lines in which somebody waits; the first has its turn. */
  private final ArrayDeque<Line<K, T>> order = new ArrayDeque<>();

  /** One that is empty, for the next owner: most lines are short, and come and go all the time. */
  private @Nullable Line<K, T> spare;

  private int size;

  private static final class Line<K, T> {
    K owner;
    final ArrayDeque<T> waiting = new ArrayDeque<>();

    Line(K owner) {
      this.owner = owner;
    }
  }

  /** Somebody waits at the end of their owner's line. */
  public void add(K owner, T added) {
    Line<K, T> line = lines.get(owner);
    if (line == null) {
      line = newLine(owner);
      lines.put(owner, line);
      order.add(line);
    }
    line.waiting.add(added);
    size++;
  }

  private Line<K, T> newLine(K owner) {
    Line<K, T> line = spare;
    if (line == null) {
      return new Line<>(owner);
    }
    spare = null;
    line.owner = owner;
    return line;
  }

  /** The first of the line whose turn it is, which goes behind the others; null if nobody waits. */
  public @Nullable T poll() {
    Line<K, T> line = order.poll();
    if (line == null) {
      return null;
    }
    T first = line.waiting.remove();
    size--;
    if (!line.waiting.isEmpty()) {
      order.add(line);
      return first;
    }
    lines.remove(line.owner);
    spare = line;
    return first;
  }

  /** Whether nobody waits. */
  public boolean isEmpty() {
    return size == 0;
  }

  /** How many wait. */
  public int size() {
    return size;
  }

  /** How many of one owner wait. */
  public int sizeOf(K owner) {
    Line<K, T> line = lines.get(owner);
    return line == null ? 0 : line.waiting.size();
  }
}
