package org.cloudramp.sandbox.server.rooms;

import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.server.config.ServerSettings;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.core.CloseStatus;
import org.eclipse.jetty.websocket.core.CoreSession;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.OpCode;
import org.eclipse.jetty.websocket.core.OutgoingEntry;

/**
 * What waits to be sent to one connection: bounded in messages and bytes, and in time, because a
 * frame that is not on its way when the patience ends breaks the connection. Thread-safe; nothing
 * here waits.
 */
final class Outbox {
  private final CoreSession session;
  private final SharedContent contents;
  private final int maxBytes;
  private final int maxMessages;
  private final Duration patience;

  private final AtomicLong bytes = new AtomicLong();
  private final AtomicInteger messages = new AtomicInteger();
  private final AtomicBoolean closed = new AtomicBoolean();

  /** When the close began, as of System.nanoTime; empty before that. */
  private volatile OptionalLong closeBegun = OptionalLong.empty();

  /** When the close frame was out, as of System.nanoTime; empty before that. */
  private volatile OptionalLong closeSent = OptionalLong.empty();

  Outbox(CoreSession session, SharedContent contents, ServerSettings settings) {
    this.session = session;
    this.contents = contents;
    this.maxBytes = settings.outgoingBytes();
    this.maxMessages = settings.outgoingMessages();
    this.patience = settings.patience();
  }

  /**
   * Takes a message, or closes the connection because it is too far behind.
   *
   * @return whether it was taken
   */
  boolean offer(Payload payload) {
    if (closed.get()) {
      return false;
    }
    int size = payload.bytes().size();
    // A message that is larger than the bound may go to a connection that is not behind at all.
    boolean full = bytes.addAndGet(size) > maxBytes && messages.get() > 0;
    if (messages.incrementAndGet() > maxMessages || full) {
      settle(size);
      close(CloseReason.tooSlow());
      return false;
    }
    byte opCode = payload.kind() == Payload.Kind.TEXT ? OpCode.TEXT : OpCode.BINARY;
    Frame frame = new Frame(opCode, true, contents.of(payload));
    send(frame, Callback.from(() -> settle(size), failure -> settle(size)));
    return true;
  }

  private void settle(int size) {
    bytes.addAndGet(-size);
    messages.decrementAndGet();
  }

  /** Asks the other end for a sign of life. */
  void ping() {
    send(new Frame(OpCode.PING), Callback.NOOP);
  }

  /** Gives the other end a sign of life, as it has asked. */
  void pong(Frame ping, Callback sent) {
    send(new Frame(OpCode.PONG, true, ping.getPayload()), sent);
  }

  /**
   * Closes the connection once; codes 1000 and 3000 up after what was taken before, others at once.
   */
  void close(CloseReason closing) {
    if (closed.compareAndSet(false, true)) {
      closeBegun = OptionalLong.of(System.nanoTime());
      send(
          new CloseStatus(closing.code(), closing.reason()).toFrame(),
          Callback.from(() -> closeSent = OptionalLong.of(System.nanoTime()), failure -> {}));
    }
  }

  /**
   * Whether the other end has not answered a close within the patience, whatever else it has said:
   * a client that goes on talking must not keep its place for that. Nor must one that reads
   * nothing, so that the close never gets out: it has the patience once more.
   */
  boolean isCloseOverdue(long now) {
    return isOver(closeSent, patience, now) || isOver(closeBegun, patience.multipliedBy(2), now);
  }

  private static boolean isOver(OptionalLong begin, Duration allowed, long now) {
    return begin.isPresent() && now - begin.getAsLong() >= allowed.toNanos();
  }

  /** The connection is closed, and there is nothing to say about it. */
  void stop() {
    closed.set(true);
  }

  boolean isClosed() {
    return closed.get();
  }

  private void send(Frame frame, Callback callback) {
    session.sendFrame(
        new OutgoingEntry.Builder(frame, callback).frameTimeout(patience.toMillis()).build());
  }
}
