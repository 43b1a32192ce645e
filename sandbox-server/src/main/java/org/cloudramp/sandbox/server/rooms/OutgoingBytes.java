package org.cloudramp.sandbox.server.rooms;

import java.util.Comparator;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.server.observe.OncePerMinute;
import org.cloudramp.sandbox.server.websocket.OutgoingFrame;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What waits to be sent to all connections together, in bytes. When it is too much, the connection
 * that holds most is closed, of the service that holds most, and the next one, until it is not; so
 * those who do not read take nothing from those who do. Thread-safe; no lock is held while a
 * connection is closed.
 *
 * <p>A frame that waits at many counts once. What is being written when its connection is closed
 * may take long to go; if there is still too much, that connection is cut off.
 */
final class OutgoingBytes {
  private static final Logger log = LoggerFactory.getLogger(OutgoingBytes.class);

  /** What a frame takes that waits, besides its content. */
  static final int OVERHEAD = 512;

  /** Of those that hold as much, one that is closed already, and then all of one room. */
  private static final Comparator<RoomSocket> HEAVIEST =
      Comparator.comparingLong(RoomSocket::outgoingBytes)
          .thenComparing(RoomSocket::isClosing)
          .thenComparing(socket -> socket.address().room().value());

  private final SharedBudget budget;
  private final Set<RoomSocket> open;
  private final OncePerMinute closes = new OncePerMinute(log, System::nanoTime);

  /** How often somebody has asked for relief that has not been given. */
  private final AtomicInteger asked = new AtomicInteger();

  /**
   * Nothing waits yet.
   *
   * @param open the connections, at any time
   */
  OutgoingBytes(long maxBytes, Set<RoomSocket> open) {
    this.budget = new SharedBudget(maxBytes);
    this.open = open;
  }

  /** A frame waits to be sent to a connection of the service. */
  void add(ServiceId service, OutgoingFrame frame) {
    budget.take(service, OVERHEAD + (frame.hold() ? frame.payloadSize() : 0));
  }

  /** A frame that waited is sent, or will never be. */
  void remove(ServiceId service, OutgoingFrame frame) {
    budget.giveBack(service, OVERHEAD + (frame.letGo() ? frame.payloadSize() : 0));
  }

  /** Closes connections while there is too much. One thread does so for all who ask. */
  void relieve() {
    if (!budget.isOver() || asked.getAndIncrement() > 0) {
      return;
    }
    int seen = 1;
    do {
      closeWhileOver();
      seen = asked.addAndGet(-seen);
    } while (seen > 0);
  }

  private void closeWhileOver() {
    while (budget.isOver()) {
      Optional<RoomSocket> heaviest = budget.most().flatMap(this::heaviest);
      if (heaviest.isEmpty()) {
        return; // all of it is on its way out
      }
      long held = heaviest.get().outgoingBytes();
      heaviest.get().makeRoom();
      closes.warn(
          "connection {} of service '{}' was closed because more than {} KiB wait to be sent to all connections, most of it to those of this service (sandbox.server.outgoingBytes)",
          heaviest.get().id(),
          heaviest.get().address().service(),
          budget.max() >> 10);
      if (heaviest.get().outgoingBytes() == held) {
        return; // its loop has still to do it; who waits next asks again
      }
    }
  }

  private Optional<RoomSocket> heaviest(ServiceId service) {
    return open.stream()
        .filter(socket -> socket.address().service().equals(service))
        .filter(socket -> socket.outgoingBytes() > 0 && !socket.isCutOff())
        .max(HEAVIEST);
  }

  /** Bytes that wait. */
  long bytes() {
    return budget.used();
  }

  /** Bytes that may wait. */
  long maxBytes() {
    return budget.max();
  }
}
