package org.cloudramp.sandbox.testkit.kv;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.kv.LogListener;
import org.cloudramp.sandbox.api.kv.LogPosition;
import org.cloudramp.sandbox.api.kv.LogRead;

/**
 * Writes down what it hears of one room's log, and what no store may do: a hole, an entry twice, an
 * entry of another room, two calls at a time. Thread-safe.
 */
public final class HeardLog implements LogListener {
  private static final long PATIENCE_SECONDS = 60;

  private final RoomAddress address;
  private final List<String> entries = new ArrayList<>();
  private final List<LogPosition> gaps = new ArrayList<>();
  private final List<String> wrongs = new ArrayList<>();
  private LogPosition next;
  private boolean isCalled;

  /** Will follow a room from a position on. */
  public HeardLog(RoomAddress address, LogPosition after) {
    this.address = address;
    this.next = after;
  }

  @Override
  public void entries(RoomAddress room, LogRead.Page page) {
    enter(room);
    synchronized (this) {
      if (!page.after().equals(next)) {
        wrongs.add("after %s came %s".formatted(next, page.after()));
      }
      if (page.entries().isEmpty()) {
        wrongs.add("a call without entries");
      }
      page.entries().stream().map(Bytes::utf8).forEach(entries::add);
      next = page.last();
      notifyAll();
    }
    leave();
  }

  @Override
  public void gap(RoomAddress room, LogPosition resume) {
    enter(room);
    synchronized (this) {
      gaps.add(resume);
      next = resume;
      notifyAll();
    }
    leave();
  }

  /** Waits until so many entries have come, and gives all; fails if something was wrong. */
  public synchronized List<String> await(int count) throws InterruptedException {
    awaitThat(() -> entries.size() >= count, count + " entries");
    return List.copyOf(entries);
  }

  /** Waits until it has been told of so many gaps, and gives where the entries went on. */
  public synchronized List<LogPosition> awaitGaps(int count) throws InterruptedException {
    awaitThat(() -> gaps.size() >= count, count + " gaps");
    return List.copyOf(gaps);
  }

  /** What has come so far. */
  public synchronized List<String> entries() {
    assertThat(wrongs).isEmpty();
    return List.copyOf(entries);
  }

  /** The gaps that it has been told of so far. */
  public synchronized List<LogPosition> gaps() {
    return List.copyOf(gaps);
  }

  private interface Condition {
    boolean holds();
  }

  private synchronized void awaitThat(Condition condition, String what)
      throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!condition.holds()) {
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      assertThat(left)
          .as("%s of %s; heard %d entries, %s", what, address, entries.size(), gaps)
          .isPositive();
      wait(left);
    }
    assertThat(wrongs).isEmpty();
  }

  private synchronized void enter(RoomAddress room) {
    if (!room.equals(address)) {
      wrongs.add("entries of " + room);
    }
    if (isCalled) {
      wrongs.add("two calls at a time");
    }
    isCalled = true;
  }

  private synchronized void leave() {
    isCalled = false;
  }
}
