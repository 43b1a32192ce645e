package org.cloudramp.sandbox.server.websocket;

import java.nio.ByteBuffer;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One conversation over a WebSocket, after its handshake.
 *
 * <ol>
 *   <li>Messages are taken one piece at a time, when they are {@linkplain #demand asked for};
 *       control frames are answered in between.
 *   <li>Pings are answered, but no more of them are read while the answers are not taken.
 *   <li>A close is answered, or waits for its answer, and then the connection ends. A mistake of
 *       the client is answered with a close, and nothing more is read.
 *   <li>A close for an ordinary reason comes after all that was sent before; any other comes before
 *       what waits.
 * </ol>
 *
 * What the owner does ({@link #send}, {@link #inOrder}, {@link #ping}, {@link #close}, {@link
 * #demand}, {@link #abort}) is thread-safe. What the transport tells comes in the session's strand.
 */
public final class WebSocketSession {
  private static final Logger log = LoggerFactory.getLogger(WebSocketSession.class);

  private static final CloseStatus BROKEN = new CloseStatus(CloseStatus.ABNORMAL, "");

  private final Transport transport;
  private final WebSocketListener listener;
  private final FrameDecoder decoder;

  /**
   * Since when a close waits for being sent, or sent for its answer, as of System.nanoTime; empty
   * before that. Written in the strand.
   */
  private volatile OptionalLong closing = OptionalLong.empty();

  // All below belongs to the strand.
  private boolean demanded;
  private boolean decoding;
  private boolean pinging;

  /** Whether an answer to a ping may wait. */
  private boolean answering;

  /** The close that was sent, if one was. */
  private @Nullable CloseStatus sent;

  /** Whether the last frame that is to be read has been. */
  private boolean readAll;

  private boolean over;

  /**
   * A conversation that has not begun.
   *
   * @param maxMessageBytes of one message that comes in
   */
  public WebSocketSession(Transport transport, WebSocketListener listener, int maxMessageBytes) {
    this.transport = transport;
    this.listener = listener;
    this.decoder = new FrameDecoder(maxMessageBytes);
  }

  // The owner.

  /** Sends a message. What is sent after a close is dropped. */
  public void send(OutgoingFrame message) {
    transport.execute(() -> write(message), message.payloadSize());
  }

  /** Runs a task in the session's strand, after what was sent before from the same thread. */
  public void inOrder(Runnable task) {
    transport.execute(task);
  }

  /** Asks the other end for a sign of life, unless that is being asked. */
  public void ping() {
    transport.execute(
        () -> {
          if (!pinging || !transport.isBehind()) {
            pinging = true;
            write(OutgoingFrame.ping());
          }
        });
  }

  /** Closes, if that has not been done. */
  public void close(CloseStatus status) {
    transport.execute(
        () -> {
          if (sent == null && !over) {
            sendClose(status);
            transport.resume(); // for the answer
          }
        });
  }

  /** Asks for the next piece of a message. */
  public void demand() {
    transport.execute(
        () -> {
          demanded = true;
          if (!decoding) {
            transport.resume();
          }
        });
  }

  /** Ends the conversation without a word. */
  public void abort() {
    transport.execute(
        () -> {
          transport.abort();
          end(sent == null ? BROKEN : sent);
        });
  }

  /**
   * Whether a close has not been out for that long, or has not been answered: for that, a client
   * that goes on talking must not keep its place.
   */
  public boolean isCloseOverdue(long now, long patienceNanos) {
    OptionalLong since = closing;
    return since.isPresent() && now - since.getAsLong() >= patienceNanos;
  }

  /** Whether the other end has not taken a frame for that long. */
  public boolean isStuck(long now, long patienceNanos) {
    return transport.isStuck(now, patienceNanos);
  }

  /** Whether the other end has said more than was read for that long. */
  public boolean hasMore(long now, long nanos) {
    return transport.hasMore(now, nanos);
  }

  private void write(OutgoingFrame frame) {
    if (sent == null && !over) {
      transport.write(frame);
    }
  }

  private void sendClose(CloseStatus status) {
    if (!status.isOrdinary()) {
      transport.dropWaiting();
    }
    sent = status;
    closing = OptionalLong.of(System.nanoTime());
    transport.write(OutgoingFrame.close(status));
  }

  // The transport.

  /** Begins. */
  public void open() {
    listener.onOpen(this);
  }

  /** Whether bytes would be taken now. */
  public boolean wants() {
    if (over || readAll) {
      return false;
    }
    return sent != null || (demanded && !(answering && transport.isBehind()));
  }

  /** Takes as much of what was read as is wanted now. */
  public void received(ByteBuffer bytes) {
    decoding = true;
    try {
      while (wants() && bytes.hasRemaining()) {
        take(decoder.next(bytes));
      }
    } catch (ProtocolException e) {
      endWith(e.status());
    } finally {
      decoding = false;
    }
  }

  private void take(FrameDecoder.Event event) throws ProtocolException {
    if (event == FrameDecoder.Event.NOTHING) {
      return;
    }
    listener.onHeard();
    switch (event) {
      case DATA -> {
        if (sent == null) {
          demanded = false;
          listener.onMessage(decoder.kind(), decoder.piece(), decoder.endsMessage());
        }
      }
      case PING -> {
        answering = true;
        write(OutgoingFrame.pong(decoder.piece()));
      }
      case CLOSE -> endWith(decoder.closeStatus());
      default -> {} // a pong: it was heard
    }
  }

  /** Nothing more is read: says the last word, if it has not been said, and ends. */
  private void endWith(CloseStatus status) {
    readAll = true;
    CloseStatus first = sent;
    if (first == null) {
      first = status;
      sendClose(status);
    }
    transport.finish();
    end(first);
  }

  /** All that waited is out. */
  public void caughtUp() {
    pinging = false;
    if (answering) {
      answering = false;
      transport.resume();
    }
    if (closing.isPresent()) {
      closing = OptionalLong.of(System.nanoTime());
    }
  }

  /** The connection has ended. Nothing may be told after this. */
  public void ended() {
    end(sent == null ? BROKEN : sent);
  }

  private void end(CloseStatus status) {
    if (over) {
      return;
    }
    over = true;
    try {
      listener.onClosed(status);
    } catch (RuntimeException e) { // of the owner: the connection ends all the same
      log.error("the end of a connection could not be told", e);
    }
  }
}
