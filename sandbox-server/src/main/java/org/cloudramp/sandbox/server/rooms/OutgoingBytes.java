package org.cloudramp.sandbox.server.rooms;

import java.util.Comparator;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.server.observe.OncePerMinute;
import org.cloudramp.sandbox.server.websocket.OutgoingFrame;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What waits to be sent to all connections together, in bytes: messages of rooms, and answers to
 * requests. When it is too much, the connection that holds most is closed, of the service that
 * holds most, and the next one, until it is not; so those who do not read take nothing from those
 * who do. Thread-safe; no lock is held while a connection is closed.
 *
 * <p>A frame that waits at many counts once. What is being written when its connection is closed
 * may take long to go; if there is still too much, that connection is cut off.
 */
final class OutgoingBytes {
  private static final Logger log = LoggerFactory.getLogger(OutgoingBytes.class);

  /** What a frame takes that waits, besides its content. */
  static final int OVERHEAD = 512;

  /** Of those that hold as much, one that is closed already, and then all of one room. */
  private static final Comparator<Holder> HEAVIEST =
      Comparator.comparingLong(Holder::outgoingBytes)
          .thenComparing(Holder::isClosing)
          .thenComparing(Holder::room);

  private final SharedBudget<Object> budget;
  private final Set<RoomSocket> open;

  /** The answers that are being written. */
  private final Set<Holder> answers = ConcurrentHashMap.newKeySet();

  private final OncePerMinute closes = new OncePerMinute(log, System::nanoTime);

  /** How often somebody has asked for relief that has not been given. */
  private final AtomicInteger asked = new AtomicInteger();

  /**
   * Nothing waits yet.
   *
   * @param open the connections, at any time
   */
  OutgoingBytes(long maxBytes, Set<RoomSocket> open) {
    this.budget = new SharedBudget<>(maxBytes);
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

  /** So many bytes of an answer are about to be written. */
  void add(Holder answer, int bytes) {
    answers.add(answer);
    budget.take(answer.account(), (long) OVERHEAD + bytes);
    relieve();
  }

  /** They are written, or will never be. */
  void remove(Holder answer, int bytes) {
    answers.remove(answer);
    budget.giveBack(answer.account(), (long) OVERHEAD + bytes);
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
      Optional<Holder> heaviest = budget.most().flatMap(this::heaviest);
      if (heaviest.isEmpty()) {
        return; // all of it is on its way out
      }
      Holder holder = heaviest.get();
      long held = holder.outgoingBytes();
      holder.makeRoom();
      closes.warn(
          "{} was closed because more than {} KiB wait to be sent to all connections, most of it to those of the same service (sandbox.server.outgoingBytes)",
          holder.who(),
          budget.max() >> 10);
      if (holder.outgoingBytes() == held) {
        return; // its loop has still to do it; who waits next asks again
      }
    }
  }

  private Optional<Holder> heaviest(Object account) {
    return Stream.<Holder>concat(open.stream(), answers.stream())
        .filter(holder -> holder.account().equals(account))
        .filter(holder -> holder.outgoingBytes() > 0 && !holder.isCutOff())
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
