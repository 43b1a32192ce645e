package org.cloudramp.sandbox.server.rooms;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.server.config.ServerSettings;
import org.cloudramp.sandbox.server.loop.BacklogLimit;
import org.cloudramp.sandbox.server.websocket.OutgoingFrame;

/**
 * What waits to be sent to one connection, because it is behind: bounded in messages and bytes, and
 * counted among what waits for all. One thread at a time; {@link #held} may be asked by any.
 */
final class Outbox implements BacklogLimit {
  private final ServiceId service;
  private final OutgoingBytes ofAll;
  private final int maxBytes;
  private final int maxMessages;
  private final Runnable whenTooSlow;

  private final AtomicLong bytes = new AtomicLong();
  private final AtomicInteger messages = new AtomicInteger();

  /**
   * Nothing waits yet.
   *
   * @param whenTooSlow closes the connection, which is too far behind
   */
  Outbox(ServiceId service, OutgoingBytes ofAll, ServerSettings settings, Runnable whenTooSlow) {
    this.service = service;
    this.ofAll = ofAll;
    this.maxBytes = settings.outgoingBytesPerConnection();
    this.maxMessages = settings.outgoingMessagesPerConnection();
    this.whenTooSlow = whenTooSlow;
  }

  @Override
  public boolean admit(OutgoingFrame message, boolean mustWait) {
    int size = message.payloadSize();
    // A message that is larger than the bound may go to a connection that is not behind at all.
    boolean isFull = bytes.get() + size > maxBytes && messages.get() > 0;
    if (!mustWait && (isFull || messages.get() >= maxMessages)) {
      whenTooSlow.run();
      return false;
    }
    bytes.addAndGet(size);
    messages.incrementAndGet();
    ofAll.add(service, message);
    return true;
  }

  @Override
  public void release(OutgoingFrame message) {
    bytes.addAndGet(-message.payloadSize());
    messages.decrementAndGet();
    ofAll.remove(service, message);
  }

  @Override
  public void relieve() {
    ofAll.relieve();
  }

  /** What it holds of the bytes of all, if it shares them with nobody. */
  long held() {
    return bytes.get() + (long) OutgoingBytes.OVERHEAD * messages.get();
  }
}
