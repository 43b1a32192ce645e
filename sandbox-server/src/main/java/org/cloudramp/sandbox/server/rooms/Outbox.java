package org.cloudramp.sandbox.server.rooms;

import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.ServiceId;
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
  private final ServiceId service;
  private final SharedContent contents;
  private final OutgoingBytes ofAll;
  private final int maxBytes;
  private final int maxMessages;
  private final Duration patience;

  private final AtomicLong bytes = new AtomicLong();
  private final AtomicInteger messages = new AtomicInteger();
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * When the connection was closed, and then when the close frame was out, as of System.nanoTime;
   * empty before that.
   */
  private volatile OptionalLong closing = OptionalLong.empty();

  /** Whether a ping waits to be sent; a second one would say nothing more. */
  private final AtomicBoolean pinging = new AtomicBoolean();

  Outbox(
      CoreSession session,
      ServiceId service,
      SharedContent contents,
      OutgoingBytes ofAll,
      ServerSettings settings) {
    this.session = session;
    this.service = service;
    this.contents = contents;
    this.ofAll = ofAll;
    this.maxBytes = settings.outgoingBytesPerConnection();
    this.maxMessages = settings.outgoingMessagesPerConnection();
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
    SharedContent.Content content = contents.of(payload, service);
    ofAll.add(service, content);
    send(
        new Frame(opCode, true, content.buffer()),
        Callback.from(() -> settle(content), failure -> settle(content)));
    ofAll.relieve(); // after what is not behind has gone out
    return true;
  }

  private void settle(SharedContent.Content content) {
    settle(content.size());
    ofAll.remove(service, content);
  }

  private void settle(int size) {
    bytes.addAndGet(-size);
    messages.decrementAndGet();
  }

  /** What it holds of the bytes of all, if it shares them with nobody. */
  long held() {
    return bytes.get() + (long) OutgoingBytes.OVERHEAD * messages.get();
  }

  /** Asks the other end for a sign of life. */
  void ping() {
    if (pinging.compareAndSet(false, true)) {
      Runnable sent = () -> pinging.set(false);
      send(new Frame(OpCode.PING), Callback.from(sent, failure -> sent.run()));
    }
  }

  /** Gives the other end a sign of life, as it has asked. */
  void pong(Frame ping, Callback sent) {
    send(new Frame(OpCode.PONG, true, ping.getPayload()), sent);
  }

  /**
   * Closes the connection once; codes 1000 and 3000 up after what was taken before, others at once.
   */
  void close(CloseReason reason) {
    if (closed.compareAndSet(false, true)) {
      closing = OptionalLong.of(System.nanoTime());
      send(
          new CloseStatus(reason.code(), reason.reason()).toFrame(),
          Callback.from(() -> closing = OptionalLong.of(System.nanoTime()), failure -> {}));
    }
  }

  /**
   * Whether a close was not out within the patience, because the frame before it is stuck, or the
   * other end has not answered it within as long, whatever else it has said: a client that goes on
   * talking must not keep its place for that.
   */
  boolean isCloseOverdue(long now) {
    OptionalLong since = closing;
    return since.isPresent() && now - since.getAsLong() >= patience.toNanos();
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
