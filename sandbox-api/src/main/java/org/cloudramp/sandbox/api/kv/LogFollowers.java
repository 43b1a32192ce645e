package org.cloudramp.sandbox.api.kv;

import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.cloudramp.sandbox.api.Experimental;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.error.StoreException;

/**
 * All who follow rooms of one store in this process; for those who write a {@link RoomLog}. It gets
 * news from anywhere: late, twice, in any order, or not at all; and reads in the log whatever is
 * missing before anything later is told. Thread-safe; no lock is held while a listener or the store
 * works.
 *
 * <p>A store {@linkplain #offer offers} what it hears of, and, because what it does not hear of
 * leaves no sign, {@linkplain #check tells} from time to time where the log of each {@linkplain
 * #isFollowed followed} room ends. A read that fails is tried again with the next news, and the
 * next check.
 */
@Experimental
public final class LogFollowers {
  /** Whoever brings news tells listeners. */
  static final Executor ON_THE_CALLER = Runnable::run;

  /** Reads what is missing, as {@link RoomLog#read}. */
  @FunctionalInterface
  public interface Reader {
    /** What comes after a position. */
    CompletionStage<LogRead> read(RoomAddress address, LogPosition after, int most);
  }

  private final Reader reader;
  private final int mostFollowed;
  private final String setting;
  private final LogBuffers buffers;
  private final Executor tellers;
  private final ConcurrentHashMap<RoomAddress, CopyOnWriteArrayList<LogCursor>> rooms =
      new ConcurrentHashMap<>();
  private final AtomicInteger followed = new AtomicInteger();

  /**
   * Nobody follows yet; listeners are told by the threads that bring the news.
   *
   * @param mostFollowed as below
   * @param setting as below
   * @param bufferedBytes as below
   */
  public LogFollowers(Reader reader, int mostFollowed, String setting, long bufferedBytes) {
    this(reader, mostFollowed, setting, bufferedBytes, ON_THE_CALLER);
  }

  /**
   * Nobody follows yet.
   *
   * @param mostFollowed how many may, of all rooms together; what keeps a service from taking all
   *     of them are the limits of connections
   * @param setting that says so, for the error
   * @param bufferedBytes of entries that wait for others before them, or for slow listeners, of all
   *     rooms together. What finds no place is read again in the log, later. A service gets no more
   *     of them than it leaves free for others.
   * @param tellers tell listeners: other threads than those that bring the news, where these have
   *     more to do than to wait for a listener
   */
  public LogFollowers(
      Reader reader, int mostFollowed, String setting, long bufferedBytes, Executor tellers) {
    this.reader = reader;
    this.mostFollowed = mostFollowed;
    this.setting = setting;
    this.buffers = new LogBuffers(bufferedBytes);
    this.tellers = tellers;
  }

  /**
   * As {@link RoomLog#follow}; the listener hears what is there already before anything else.
   *
   * @throws StoreException of kind quota if as many follow as may
   */
  public LogSubscription follow(RoomAddress address, LogPosition after, LogListener listener) {
    if (followed.incrementAndGet() > mostFollowed) {
      followed.decrementAndGet();
      throw new StoreException(
          StoreException.Kind.QUOTA,
          "the log of the room %s cannot be followed: this server follows %d rooms, as many as %s allows; raise it, or spread the rooms over more servers"
              .formatted(address, mostFollowed, setting));
    }
    LogCursor cursor =
        new LogCursor(address, after, listener, reader, buffers, tellers, this::forget);
    rooms.compute(
        address,
        (room, present) -> {
          CopyOnWriteArrayList<LogCursor> cursors =
              present == null ? new CopyOnWriteArrayList<>() : present;
          cursors.add(cursor);
          return cursors;
        });
    cursor.catchUp();
    return cursor;
  }

  /** These entries were appended to a room's log. */
  public void offer(RoomAddress address, LogRead.Page page) {
    List<LogCursor> cursors = rooms.get(address);
    if (cursors != null) {
      cursors.forEach(cursor -> cursor.offer(page));
    }
  }

  /**
   * The log of a room ended there a moment ago. What was heard since may be further: that is no
   * reason to read the log, which may hold less by then than is about to be heard.
   *
   * @param heard what {@link #heard} gave before the log was asked
   * @param end {@link LogPosition#none} if there was no log
   */
  public void check(RoomAddress address, LogPosition heard, LogPosition end) {
    List<LogCursor> cursors = rooms.get(address);
    if (cursors != null) {
      cursors.forEach(cursor -> cursor.check(heard, end));
    }
  }

  /**
   * How far those who follow a room have got: the position of whoever is the furthest. A log that
   * ends before that has lost entries.
   *
   * @return none if nobody follows it
   */
  public LogPosition heard(RoomAddress address) {
    LogPosition furthest = LogPosition.none();
    for (LogCursor cursor : rooms.getOrDefault(address, new CopyOnWriteArrayList<>())) {
      LogPosition heard = cursor.position();
      if (!heard.isOfSameLogAs(furthest) || heard.offset() > furthest.offset()) {
        furthest = heard;
      }
    }
    return furthest;
  }

  /** Whether anybody follows a room. */
  public boolean isFollowed(RoomAddress address) {
    return rooms.containsKey(address);
  }

  /** Ends all subscriptions. */
  public void close() {
    rooms.values().forEach(cursors -> cursors.forEach(LogCursor::close));
  }

  private void forget(LogCursor cursor) {
    rooms.computeIfPresent(
        cursor.address(),
        (room, cursors) -> {
          if (cursors.remove(cursor)) {
            followed.decrementAndGet();
          }
          return cursors.isEmpty() ? null : cursors;
        });
  }
}
