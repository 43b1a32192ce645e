package org.cloudramp.sandbox.server.rooms;

import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.error.SandboxException;
import org.cloudramp.sandbox.api.hook.Hook;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.api.hook.HookResult;
import org.cloudramp.sandbox.core.Submission;
import org.jspecify.annotations.Nullable;

/**
 * What one connection has said that has not run yet, in the order in which it came. While a message
 * waits for a place, among all that wait in rooms or in the queue of its own, or too many have not
 * run, nothing is read from the connection.
 *
 * <p>One thread at a time brings messages; the ends of hooks come from any. Thread-safe; no lock is
 * held while the owner is told.
 */
final class Backlog {
  /** Whose messages they are. */
  interface Owner {
    /** What runs for a message. */
    HookCall.Message call(Payload payload, long number);

    /** Whether it is on its way out: no more of its messages are wanted. */
    boolean isClosing();

    /**
     * A message has run.
     *
     * @param isLast whether none waits behind it
     */
    void ended(HookCall.Message call, HookResult result, boolean isLast);

    /**
     * A message could not be run.
     *
     * @param isLast whether none waits behind it
     */
    void notRun(HookCall.Message call, SandboxException reason, boolean isLast);

    /** The next message may be read. */
    void readOn();

    /** The message that was being handed in at the {@linkplain #end end} is. */
    void handedIn();
  }

  private final Owner owner;
  private final ServiceId service;
  private final RoomSocket.Environment environment;
  private final MessageAssembler assembler;

  // Guarded by this.
  private @Nullable Submission last;

  /** The place of the last message; it may wait for it, or have given it back. */
  private QueuedMessages.@Nullable Place place;

  /** Since when there have been messages that have not run; as of System.nanoTime. */
  private long since;

  /** Messages that have not run yet. */
  private int inFlight;

  /** Whether the last of them waits for a place, among all or in the queue of the room. */
  private boolean held;

  /** Whether nothing is read for now; who ends that asks for the next frame. */
  private boolean paused;

  /** Whether a message is being handed in; whoever does so tells the owner of it at the end. */
  private boolean handingIn;

  private boolean hasEnded;

  /**
   * @param assembler whose last message counts there until it has a place
   */
  Backlog(
      Owner owner,
      ServiceId service,
      RoomSocket.Environment environment,
      MessageAssembler assembler) {
    this.owner = owner;
    this.service = service;
    this.environment = environment;
    this.assembler = assembler;
  }

  /**
   * A message has come. It is handed in when it has a place among all that wait in rooms.
   *
   * @param number that its sender has given it; 0 for none
   */
  void take(Payload payload, long number) {
    Arrival arrival = new Arrival(payload, number);
    synchronized (this) {
      if (inFlight == 0) {
        since = System.nanoTime();
      }
      inFlight++;
      held = true;
      paused = true;
      place = arrival.place;
    }
    if (arrival.place.tryTake()) {
      arrival.handIn();
    } else {
      assembler.keep(payload.bytes().size());
      if (!arrival.place.await()) {
        assembler.handOn(); // it was dropped meanwhile
      }
    }
  }

  /** Whether nothing is read because of what waits. */
  synchronized boolean isPaused() {
    return paused;
  }

  /** Since when there have been messages that have not run; as of System.nanoTime. */
  synchronized long since() {
    return since;
  }

  /** Gives up the message that has no place yet, if there is one. */
  void dropWaiting() {
    QueuedMessages.Place waiting;
    synchronized (this) {
      waiting = place;
    }
    if (waiting != null && waiting.withdraw()) {
      assembler.handOn();
      dropped();
    }
  }

  /** Gives up the last message if it is in no queue yet: after its sender has left it has none. */
  void withdrawLast() {
    Submission submission;
    QueuedMessages.Place placeOfLast;
    synchronized (this) {
      submission = last;
      placeOfLast = place;
    }
    if (submission != null && placeOfLast != null && submission.withdraw()) {
      placeOfLast.giveBack();
    }
  }

  /**
   * No message is handed in from now on.
   *
   * @return false if one is being handed in now: the owner is {@linkplain Owner#handedIn told} when
   *     that is done
   */
  synchronized boolean end() {
    hasEnded = true;
    return !handingIn;
  }

  private void dropped() {
    synchronized (this) {
      inFlight--;
      held = false;
    }
    readOn();
  }

  private void queued() {
    synchronized (this) {
      held = false;
    }
    readOn();
  }

  /** A message waits no more; says whether none does. */
  private synchronized boolean over() {
    inFlight--;
    if (inFlight == 0) {
      last = null; // it may hold what was said
      place = null;
    }
    return inFlight == 0;
  }

  private void readOn() {
    synchronized (this) {
      if (!paused || held || inFlight >= environment.settings().inFlight()) {
        return;
      }
      paused = false;
    }
    owner.readOn();
  }

  /** A message that is here. */
  private final class Arrival {
    private final Payload payload;
    private final long number;
    private final QueuedMessages.Place place;
    private final long came = environment.listener().messageCame();
    private final @Nullable CallTrace trace;

    private Arrival(Payload payload, long number) {
      this.trace = environment.tracer().came(service, Hook.ON_MESSAGE, payload.bytes().size());
      this.payload = payload;
      this.number = number;
      this.place =
          environment.queued().place(service, payload.bytes().size(), Arrival.this::handIn);
    }

    private void handIn() {
      assembler.handOn();
      boolean isWanted;
      synchronized (Backlog.this) {
        isWanted = !hasEnded && !owner.isClosing();
        handingIn = isWanted;
      }
      if (!isWanted) {
        place.giveBack();
        dropped();
        return;
      }
      HookCall.Message call = owner.call(payload, number);
      Submission submission =
          environment
              .sandbox()
              .submit(
                  call,
                  environment.settings().patience(),
                  new End(Backlog.this, call, place, came, trace));
      boolean endedMeanwhile;
      synchronized (Backlog.this) {
        last = inFlight == 0 ? null : submission; // it may have run already
        handingIn = false;
        endedMeanwhile = hasEnded;
      }
      if (endedMeanwhile) {
        owner.handedIn();
      }
    }
  }

  /** What follows on a message. */
  private record End(
      Backlog backlog,
      HookCall.Message call,
      QueuedMessages.Place place,
      long came,
      @Nullable CallTrace trace)
      implements Submission.Listener {
    @Override
    public void queued() {
      backlog.queued();
    }

    @Override
    public void ended(HookResult result) {
      place.giveBack();
      if (trace != null) {
        trace.ended(result);
      }
      backlog.environment.listener().messageEnded(came);
      backlog.owner.ended(call, result, backlog.over());
      backlog.readOn();
    }

    @Override
    public void notRun(SandboxException reason) {
      place.giveBack();
      if (trace != null) {
        trace.notRun(reason);
      }
      backlog.owner.notRun(call, reason, backlog.over());
      backlog.readOn();
    }
  }
}
