package org.cloudramp.sandbox.server.rooms;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.server.config.ServerSettings;
import org.cloudramp.sandbox.server.session.ServerFrames;
import org.cloudramp.sandbox.server.session.ServerFrames.Beginning;
import org.cloudramp.sandbox.server.session.SessionSecret;
import org.cloudramp.sandbox.server.websocket.OutgoingFrame;
import org.jspecify.annotations.Nullable;

/**
 * What a socket that speaks {@code sandbox.v1} knows besides: how far its client has been told of
 * its messages, and what waits while it is told what it has missed.
 *
 * <p>What is held is bounded as what may wait to be sent to one connection, and counts among what
 * waits for all. Thread-safe.
 */
final class SessionLine {
  /** How many messages are taken before their sender is told so, while further ones wait. */
  static final int TAKEN_AT_ONCE = 16;

  private final int maxBytes;
  private final int maxMessages;
  private final ServiceId service;
  private final OutgoingBytes ofAll;

  // Guarded by this.
  private final Deque<OutgoingFrame> held = new ArrayDeque<>();
  private boolean holds;
  private boolean hasEnded;
  private boolean hasBegun;
  private boolean isConfirmed;
  private boolean tellsFailures;
  private Beginning why = Beginning.FIRST;
  private @Nullable SessionSecret secret;
  private int heldBytes;
  private long last;
  private long taken;
  private long told;

  /**
   * Nothing is held yet.
   *
   * @param ofAll where counts what is held
   */
  SessionLine(ServerSettings settings, ServiceId service, OutgoingBytes ofAll) {
    this.service = service;
    this.ofAll = ofAll;
    this.maxBytes = settings.outgoingBytesPerConnection();
    this.maxMessages = settings.outgoingMessagesPerConnection();
  }

  /** The client has said how it begins; false if it had done so before. */
  synchronized boolean begin() {
    boolean isFirst = !hasBegun;
    hasBegun = true;
    return isFirst;
  }

  /** Whether the client has said how it begins. */
  synchronized boolean hasBegun() {
    return hasBegun;
  }

  /** A session of its own begins, with this secret. */
  synchronized void joinsWith(SessionSecret made, Beginning reason) {
    secret = made;
    why = reason;
  }

  /** The secret that the client is told in its welcome; null if it has told its own. */
  synchronized @Nullable SessionSecret secret() {
    return secret;
  }

  synchronized Beginning why() {
    return why;
  }

  /** The client has shown that it knows its session: without that it can never come back. */
  synchronized void confirm() {
    isConfirmed = true;
  }

  synchronized boolean isConfirmed() {
    return isConfirmed;
  }

  /** The client wants to know which of its messages fail. */
  synchronized void tellFailures() {
    tellsFailures = true;
  }

  synchronized boolean tellsFailures() {
    return tellsFailures;
  }

  // Messages of the client.

  /** Messages up to this one were taken before. */
  synchronized void resumeAfter(long received) {
    last = received;
    taken = received;
    told = received;
    isConfirmed = true;
  }

  /** A message has come; whether it is a new one. */
  synchronized boolean isNew(long number) {
    if (number <= last) {
      return false;
    }
    last = number;
    return true;
  }

  /**
   * A message was taken.
   *
   * @param isLast whether none waits behind it
   * @return the number to tell the client of; 0 for none now
   */
  synchronized long take(long number, boolean isLast) {
    taken = Math.max(taken, number);
    if (taken > told && (isLast || taken - told >= TAKEN_AT_ONCE)) {
      told = taken;
      return taken;
    }
    return 0;
  }

  // Messages to the client.

  /** From now on what is sent waits. */
  synchronized void hold() {
    holds = !hasEnded;
  }

  /**
   * Keeps a frame, if frames wait now.
   *
   * @return whether it is to be sent at once
   * @throws IllegalStateException if more waits than may
   */
  synchronized boolean passes(OutgoingFrame frame) {
    if (!holds) {
      return true;
    }
    if (held.size() >= maxMessages || heldBytes + frame.payloadSize() > maxBytes) {
      clear();
      throw new IllegalStateException("more waits for this connection than may");
    }
    held.add(frame);
    heldBytes += frame.payloadSize();
    ofAll.add(service, frame);
    return false;
  }

  private void clear() {
    held.forEach(frame -> ofAll.remove(service, frame));
    held.clear();
    heldBytes = 0;
  }

  /** What it holds of the bytes of all. */
  synchronized long held() {
    return heldBytes + (long) OutgoingBytes.OVERHEAD * held.size();
  }

  /** Takes what waits; when nothing does, nothing waits from now on, and the list is empty. */
  synchronized List<OutgoingFrame> release() {
    List<OutgoingFrame> released = new ArrayList<>(held);
    clear();
    holds = !released.isEmpty();
    return released;
  }

  /** What waits is dropped, and nothing waits from now on. */
  synchronized void drop() {
    clear();
    holds = false;
  }

  /** The socket is closed: what waits is dropped, and nothing waits ever again. */
  synchronized void end() {
    drop();
    hasEnded = true;
  }

  /** The subprotocol, for logs. */
  @Override
  public String toString() {
    return ServerFrames.SUBPROTOCOL;
  }
}
