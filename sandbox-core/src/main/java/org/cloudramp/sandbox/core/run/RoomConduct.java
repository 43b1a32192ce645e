package org.cloudramp.sandbox.core.run;

import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import org.cloudramp.sandbox.api.ConnectionId;

/**
 * What one room has done of late in one version, and each who sent something to it. Not
 * thread-safe.
 */
final class RoomConduct {
  /** Senders that are remembered at a time; the one who failed the longest ago is forgotten. */
  private static final int MAX_SENDERS = 100;

  /** When a sender's messages made a hook fail, as often as each weighs. */
  private static final class Sender {
    final ArrayDeque<Long> faults = new ArrayDeque<>();
    boolean resting;
  }

  private final Quarantine.Policy policy;

  /** By connection, the last that failed last. */
  private final Map<ConnectionId, Sender> senders = new LinkedHashMap<>();

  /** How many they are, for whoever bounds what is remembered of all rooms. */
  private volatile int remembered;

  /** Of the room, with its senders as sources. */
  final Conduct conduct;

  RoomConduct(Quarantine.Policy policy) {
    this.policy = policy;
    this.conduct = new Conduct(policy);
  }

  /** A message of that connection made its hook fail. */
  void fault(ConnectionId connection, int weight, long now) {
    Sender sender = senders.remove(connection);
    if (sender == null) {
      sender = new Sender();
    }
    senders.put(connection, sender);
    if (senders.size() > MAX_SENDERS) {
      senders.remove(senders.keySet().iterator().next());
    }
    remembered = senders.size();
    for (int i = 0; i < weight; i++) {
      sender.faults.add(now);
    }
    while (now - sender.faults.element() > policy.window().toNanos()) {
      sender.faults.remove();
    }
    if (sender.faults.size() >= policy.faults()) {
      sender.resting = true;
      sender.faults.clear();
    }
  }

  /** How much is remembered: the room, and each sender. May be asked by any thread. */
  int weight() {
    return 1 + remembered;
  }

  /** Whether messages of that connection are not run any more, for as long as it is there. */
  boolean isResting(ConnectionId connection) {
    Sender sender = senders.get(connection);
    return sender != null && sender.resting;
  }
}
