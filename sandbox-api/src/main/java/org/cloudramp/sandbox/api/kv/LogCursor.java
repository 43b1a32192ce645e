package org.cloudramp.sandbox.api.kv;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.ServiceId;
import org.jspecify.annotations.Nullable;

/**
 * One who follows one room: what it has told its listener, and what it waits for. Pages that follow
 * are told; a page that does not has the log read from where the last one ended, and waits
 * meanwhile. What the log says then decides, so a page that it does not confirm is dropped; unless
 * the log has gone on so far that it does not reach back to that page any more.
 *
 * <p>Thread-safe. State changes under the lock; the listener is told, and the log is read, outside
 * of it: by one thread at a time, whichever comes.
 */
final class LogCursor implements LogSubscription {
  /** Entries of one read. */
  private static final int MAX_READ = 256;

  /** Pages that wait for one before them; more are dropped, and read in the log. */
  private static final int MAX_HELD = 256;

  /** Pages that a listener has not been told; more are dropped, and read in the log. */
  private static final int MAX_UNTOLD = 1_024;

  /** So much is told at a time; then others have their turn on the thread. */
  private static final int MAX_TOLD_IN_A_TURN = 64;

  private final RoomAddress address;
  private final LogListener listener;
  private final LogFollowers.Reader reader;
  private final LogBuffers buffers;
  private final Executor tellers;
  private final Consumer<LogCursor> closing;

  /** Behind what was told, or is about to be. */
  private LogPosition next;

  /**
   * What the listener is to be told.
   *
   * @param bytes that are taken of the buffers for it
   */
  private record Untold(LogRead read, long bytes) {}

  private final Deque<Untold> untold = new ArrayDeque<>();
  private final Deque<LogRead.Page> held = new ArrayDeque<>();

  /** How many of those held were there when the read began. */
  private int heldBeforeRead;

  /** Whether the log must be read, because there is more in it, or may be. */
  private boolean isBehind;

  /** Whether {@link #next} is a position of the log. */
  private boolean isConfirmed;

  private boolean isReading;
  private boolean isTelling;
  private boolean isClosed;

  LogCursor(
      RoomAddress address,
      LogPosition after,
      LogListener listener,
      LogFollowers.Reader reader,
      LogBuffers buffers,
      Executor tellers,
      Consumer<LogCursor> closing) {
    this.address = address;
    this.next = after;
    this.listener = listener;
    this.reader = reader;
    this.buffers = buffers;
    this.tellers = tellers;
    this.closing = closing;
  }

  RoomAddress address() {
    return address;
  }

  /**
   * Behind what was told, or is about to be; none before the log has answered, for where it began
   * may be anybody's word.
   */
  synchronized LogPosition position() {
    return isConfirmed ? next : LogPosition.none();
  }

  /** Reads what is in the log. */
  void catchUp() {
    synchronized (this) {
      isBehind = true;
    }
    goOn();
  }

  /** Entries were appended. */
  void offer(LogRead.Page page) {
    synchronized (this) {
      if (isClosed) {
        return;
      }
      if (isReading || isBehind) {
        hold(page);
      } else if (!isNext(page)) {
        isBehind |= !isTold(page);
        hold(page);
      } else if (!take(page)) {
        isBehind = true;
      }
    }
    goOn();
  }

  /** The log ended there a moment ago, when that had been heard of it. */
  void check(LogPosition heard, LogPosition end) {
    synchronized (this) {
      boolean wentBack =
          end.contradicts(next) || (end.isOfSameLogAs(heard) && end.offset() < heard.offset());
      isBehind |= wentBack || !end.isOfSameLogAs(next) || end.offset() > next.offset();
    }
    goOn();
  }

  @Override
  public void close() {
    synchronized (this) {
      if (isClosed) {
        return;
      }
      isClosed = true;
      held.forEach(page -> giveBack(page.bytes()));
      held.clear();
      untold.forEach(each -> giveBack(each.bytes()));
      untold.clear();
    }
    closing.accept(this);
  }

  private void goOn() {
    tell();
    read();
  }

  /** Whether a page, or a part of it, is what comes next, and not what comes after others. */
  private boolean isNext(LogRead.Page page) {
    return page.after().isOfSameLogAs(next)
        && page.after().offset() <= next.offset()
        && page.last().offset() > next.offset()
        && !page.behind(toldOf(page)).contradicts(next);
  }

  private boolean isTold(LogRead.Page page) {
    return page.after().isOfSameLogAs(next)
        && page.last().offset() <= next.offset()
        && !page.last().contradicts(next);
  }

  /** How many entries of a page that begins no later than the next one come before that. */
  private int toldOf(LogRead.Page page) {
    return Math.toIntExact(next.offset() - page.after().offset());
  }

  /** Keeps a page until what is before it has been read, if there is a place. */
  private void hold(LogRead.Page page) {
    if (isTold(page)) {
      return;
    }
    if (held.size() < MAX_HELD && buffers.tryTake(service(), page.bytes())) {
      held.add(page);
    } else {
      isBehind = true; // it is in the log
    }
  }

  /** Has the rest of a page told, if there is a place; one that the listener is slow to take. */
  private boolean take(LogRead.Page page) {
    LogRead.Page rest = page.from(toldOf(page));
    long bytes = rest.bytes();
    if (untold.isEmpty()) { // the first is told soon, and whatever its size
      buffers.take(service(), bytes);
    } else if (untold.size() >= MAX_UNTOLD || !buffers.tryTake(service(), bytes)) {
      return false;
    }
    untold.add(new Untold(rest, bytes));
    next = rest.last();
    return true;
  }

  private void giveBack(long bytes) {
    if (bytes > 0) {
      buffers.give(service(), bytes);
    }
  }

  private ServiceId service() {
    return address.service();
  }

  /** Tells what is next until nothing is left, unless another thread does. */
  private void tell() {
    synchronized (this) {
      if (isTelling || untold.isEmpty()) {
        return;
      }
      isTelling = true;
    }
    takeATurn();
  }

  private void takeATurn() {
    try {
      tellers.execute(this::tellAll);
    } catch (RejectedExecutionException closing) {
      synchronized (this) {
        isTelling = false; // whoever ends the tellers ends the subscriptions too
      }
    }
  }

  private void tellAll() {
    boolean givesWay = tellers != LogFollowers.ON_THE_CALLER;
    for (int told = 0; !givesWay || told < MAX_TOLD_IN_A_TURN; told++) {
      Untold first;
      synchronized (this) {
        first = untold.poll();
        if (first == null) {
          isTelling = false;
        } else {
          giveBack(first.bytes());
        }
      }
      if (first == null) {
        read(); // which waits until nothing is untold
        return;
      }
      tell(first.read());
    }
    takeATurn();
  }

  private void tell(LogRead read) {
    try {
      if (read instanceof LogRead.Page page) {
        listener.entries(address, page);
      } else if (read instanceof LogRead.Gap gap) {
        listener.gap(address, gap.resume());
      }
    } catch (Throwable e) { // a listener that fails must not keep others from their entries
      Thread thread = Thread.currentThread();
      thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
    }
  }

  /** Reads the log if there is a reason, and nothing waits for the listener. */
  private void read() {
    LogPosition after;
    synchronized (this) {
      if (!isBehind || isReading || isClosed || !untold.isEmpty()) {
        return;
      }
      isBehind = false;
      isReading = true;
      heldBeforeRead = held.size();
      after = next;
    }
    CompletionStage<LogRead> reading;
    try {
      reading = reader.read(address, after, MAX_READ);
    } catch (RuntimeException refusedAtOnce) {
      reading = CompletableFuture.failedFuture(refusedAtOnce);
    }
    var unused =
        reading.whenComplete(
            (answer, failure) -> {
              answered(answer);
              if (failure == null) {
                goOn();
              } else {
                tell();
              }
            });
  }

  /**
   * The log has answered.
   *
   * @param answer null if it could not be read; then the next page or check has it read again
   */
  private synchronized void answered(@Nullable LogRead answer) {
    isReading = false;
    if (isClosed) {
      return;
    }
    isBehind |= answer == null;
    isConfirmed |= answer != null;
    if (answer instanceof LogRead.Gap gap && isOnlyAhead(gap) && takeHeld()) {
      isBehind = true; // what the log has dropped meanwhile was heard of in time
    } else if (answer instanceof LogRead.Gap gap) {
      untold.add(new Untold(gap, 0));
      next = gap.resume();
      isBehind = true;
    } else if (answer instanceof LogRead.Page page) {
      if (isNext(page) && !take(page)) {
        isBehind = true;
      }
      isBehind |= !page.last().equals(page.end());
      releaseHeld();
    }
  }

  /** Whether it is the same log, which has gone on and dropped what is next. */
  private boolean isOnlyAhead(LogRead.Gap gap) {
    return gap.resume().isOfSameLogAs(next) && gap.resume().offset() > next.offset();
  }

  /** Takes those pages that are next, and keeps the others; false if none was. */
  private boolean takeHeld() {
    boolean any = false;
    boolean more = true;
    while (more) {
      more = false;
      for (Iterator<LogRead.Page> each = held.iterator(); each.hasNext(); ) {
        LogRead.Page page = each.next();
        if (isNext(page)) {
          each.remove();
          giveBack(page.bytes());
          more = take(page);
          any |= more;
        }
      }
    }
    return any;
  }

  /** Takes those pages that wait no longer; drops what the log, which was read later, denies. */
  private void releaseHeld() {
    List<LogRead.Page> waiting = new ArrayList<>(held);
    held.clear();
    for (int i = 0; i < waiting.size(); i++) {
      LogRead.Page page = waiting.get(i);
      giveBack(page.bytes());
      if (isNext(page)) {
        isBehind |= !take(page);
      } else if (!isTold(page)) {
        // What came while the log was read may be newer than the answer.
        isBehind |= i >= heldBeforeRead;
      }
    }
  }
}
