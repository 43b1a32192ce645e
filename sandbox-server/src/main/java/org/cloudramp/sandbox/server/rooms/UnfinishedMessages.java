package org.cloudramp.sandbox.server.rooms;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.cloudramp.sandbox.api.ServiceId;

/**
 * What all connections together hold of messages that have not ended yet, or have ended and wait
 * for a place among the {@link QueuedMessages}: bounded in bytes, and each in time. When there are
 * too many bytes, the service that has most of them loses the message that was begun first, whoever
 * asks for more; so many connections of one service take nothing from another. Thread-safe.
 */
final class UnfinishedMessages {
  private static final long MILLIS_BETWEEN_LOOKS = 1_000;

  /**
   * So many are given up at once, and others a moment later: to close a connection takes some 50 µs
   * of a loop, and thousands may have begun together.
   */
  private static final int AT_ONCE = 50;

  private static final long MILLIS_BETWEEN_SOME = 10;

  private final SharedBudget<ServiceId> budget;
  private final Duration patience;

  // Guarded by this. In the order in which they were begun, or have ended.
  private final Set<Message> messages = new LinkedHashSet<>();
  private boolean looking;

  /**
   * @param maxBytes of all of them
   * @param patience how long one may take
   */
  UnfinishedMessages(long maxBytes, Duration patience) {
    this.budget = new SharedBudget<>(maxBytes);
    this.patience = patience;
  }

  /** A message of which a part is here. */
  final class Message {
    private final ServiceId service;
    private final Consumer<CloseReason> giveUp;

    // Guarded by the messages.
    private long since = System.nanoTime();
    private long size;
    private boolean isWhole;

    private Message(ServiceId service, Consumer<CloseReason> giveUp) {
      this.service = service;
      this.giveUp = giveUp;
    }

    /**
     * Asks for more bytes, before they are allocated.
     *
     * @return whether it may have them; if not, it has been given up
     */
    boolean grow(int more) {
      return UnfinishedMessages.this.grow(this, more);
    }

    /** Has ended with so many bytes, and waits; its time begins anew. */
    void becomeWhole(int bytes) {
      UnfinishedMessages.this.becomeWhole(this, bytes);
    }

    /** Needs no place any more. Idempotent. */
    void end() {
      remove(this);
    }

    private CloseReason whyLate() {
      return isWhole ? CloseReason.tooManyQueued(patience) : CloseReason.unfinished(patience);
    }

    private boolean isLate(long now) {
      return now - since > patience.toNanos();
    }
  }

  /**
   * Notes that a message has begun.
   *
   * @param giveUp is told when it is not to be finished, and why; at most once, by any thread
   */
  Message begin(ServiceId service, Consumer<CloseReason> giveUp) {
    Message message = new Message(service, giveUp);
    synchronized (this) {
      messages.add(message);
      if (!looking) {
        looking = true;
        lookLater(MILLIS_BETWEEN_LOOKS);
      }
    }
    return message;
  }

  private boolean grow(Message message, int more) {
    List<Message> givenUp = new ArrayList<>();
    boolean granted;
    synchronized (this) {
      while (messages.contains(message) && budget.used() + more > budget.max()) {
        // There is one: at the latest the message that asks.
        Message victim = budget.most().flatMap(this::firstOf).orElse(message);
        remove(victim);
        givenUp.add(victim);
      }
      granted = messages.contains(message);
      if (granted) {
        message.size += more;
        budget.take(message.service, more);
      }
    }
    givenUp.forEach(victim -> victim.giveUp.accept(CloseReason.tooManyUnfinished()));
    return granted;
  }

  private synchronized void becomeWhole(Message message, int bytes) {
    if (messages.remove(message)) {
      budget.take(message.service, bytes);
      budget.giveBack(message.service, message.size);
      message.size = bytes;
      message.since = System.nanoTime();
      message.isWhole = true;
      messages.add(message); // behind those whose time began before
    }
  }

  private Optional<Message> firstOf(ServiceId service) {
    return messages.stream().filter(message -> message.service.equals(service)).findFirst();
  }

  private synchronized void remove(Message message) {
    if (messages.remove(message)) {
      budget.giveBack(message.service, message.size);
    }
  }

  private void lookLater(long millis) {
    CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS).execute(this::look);
  }

  private void look() {
    List<Message> late = new ArrayList<>();
    boolean goesOn;
    synchronized (this) {
      long now = System.nanoTime();
      for (Message message : messages) {
        if (!message.isLate(now) || late.size() == AT_ONCE) {
          break;
        }
        late.add(message);
      }
      late.forEach(this::remove);
      goesOn = !messages.isEmpty();
      looking = goesOn;
    }
    try {
      late.forEach(message -> message.giveUp.accept(message.whyLate()));
    } finally {
      if (goesOn) {
        lookLater(late.size() == AT_ONCE ? MILLIS_BETWEEN_SOME : MILLIS_BETWEEN_LOOKS);
      }
    }
  }

  /** Bytes of all of them. */
  long bytes() {
    return budget.used();
  }

  /** Bytes that there is place for. */
  long maxBytes() {
    return budget.max();
  }
}
