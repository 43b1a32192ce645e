package org.cloudramp.sandbox.server.loop;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * A thread that drives a loop, until a turn keeps it for too long. Made before it is needed: when a
 * loop has to be taken over there may be no memory for a thread.
 */
final class LoopThread extends Thread {
  /** What the engines' own stack limits are made for. */
  private static final long STACK_BYTES = 2L << 20;

  /** A hook may have a thousand effects, and a room thousands of members. */
  private static final int MUCH = 4_096;

  private final BlockingQueue<EventLoop> assignment = new ArrayBlockingQueue<>(1);

  // For the thread itself only.
  private @Nullable EventLoop loop;
  private boolean inTurn;
  private long relay;

  /** What the turn that runs has asked of the loop; done when the turn has returned. */
  private List<Runnable> asked = new ArrayList<>();

  LoopThread(String name) {
    super(null, null, name, STACK_BYTES);
    setDaemon(true);
  }

  /** Lets it drive a loop, which nobody else does. Once. */
  void drive(EventLoop driven) {
    assignment.add(driven);
  }

  @Override
  public void run() {
    try {
      EventLoop driven = assignment.take();
      loop = driven;
      driven.drive(this);
    } catch (InterruptedException e) {
      // it was not needed
    }
  }

  /** The current thread, if it drives that loop, or did when its turn began. */
  static @Nullable LoopThread of(EventLoop driven) {
    return Thread.currentThread() instanceof LoopThread current && current.loop == driven
        ? current
        : null;
  }

  boolean isInTurn() {
    return inTurn;
  }

  /**
   * A turn begins, or goes on.
   *
   * @param odd what the relay of its loop is while this thread drives
   */
  void beginTurn(long odd) {
    relay = odd;
    inTurn = true;
  }

  long relay() {
    return relay;
  }

  void endTurn() {
    inTurn = false;
  }

  /** The turn asks for something. */
  void ask(Runnable task) {
    asked.add(task);
  }

  boolean hasAskedMuch() {
    return asked.size() >= MUCH;
  }

  /** What was asked for in the turn, in order; the next turn begins with nothing. */
  List<Runnable> takeAsked() {
    if (asked.isEmpty()) {
      return List.of();
    }
    List<Runnable> taken = asked;
    asked = new ArrayList<>();
    return taken;
  }
}
