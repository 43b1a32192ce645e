package org.cloudramp.sandbox.attack;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * The process of {@link Bystanders}: says a number twenty times a second and hears it again, has a
 * new member join once a second, and notes when the machine let a thread of its own wait that had
 * nothing to do but to wake up. Prints each as a line; times are nanoseconds of the machine's
 * monotonic clock, which all processes share.
 *
 * <p>Ends when its input does.
 */
final class BystandersProcess {
  static final Duration BETWEEN_MESSAGES = Duration.ofMillis(50);
  private static final Duration BETWEEN_JOINS = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofSeconds(15);
  private static final long TICK = Duration.ofMillis(1).toNanos();

  /** Less than this is how exact the clocks of processes are, and no stall. */
  private static final long MIN_STALL = Duration.ofMillis(3).toNanos();

  private final int port;
  private final String service;
  private final String room;
  private final AtomicLong said = new AtomicLong();
  private volatile boolean over;

  private BystandersProcess(int port, String service, String room) {
    this.port = port;
    this.service = service;
    this.room = room;
  }

  /** Is given the port, the service and the room. */
  public static void main(String... arguments) throws Exception {
    new BystandersProcess(Integer.parseInt(arguments[0]), arguments[1], arguments[2]).run();
  }

  private void run() throws Exception {
    start("stalls", this::noteStalls);
    try (PlainWebSocket self = new PlainWebSocket(port, service, room, PATIENCE)) {
      String welcome = self.next(); // "<id> joined"
      print("ready");
      String name = welcome.substring(0, welcome.indexOf(' '));
      start("listener", () -> listen(self, name + ": "));
      start("newcomers", this::letOthersIn);
      start("speaker", () -> speak(self));
      while (System.in.read() >= 0) {
        // Nothing is said to this process; it goes on until nobody can say anything any more.
      }
      over = true;
      print("said " + said.get());
      // The listener prints what comes late, until this process is ended.
      Thread.sleep(PATIENCE.toMillis());
    }
  }

  private void speak(PlainWebSocket self) {
    long next = System.nanoTime();
    try {
      while (!over) {
        self.say(said.incrementAndGet() + " " + System.nanoTime());
        next += BETWEEN_MESSAGES.toNanos();
        LockSupport.parkNanos(next - System.nanoTime());
      }
    } catch (IOException e) {
      print("trouble the sender cannot send: " + e.getMessage());
    }
  }

  private void listen(PlainWebSocket self, String prefix) {
    long heard = 0;
    try {
      while (true) {
        String text = self.next();
        if (!text.startsWith(prefix)) {
          continue; // somebody has come or gone
        }
        long now = System.nanoTime();
        String[] numberAndTime = text.substring(prefix.length()).split(" ", 2);
        heard++;
        if (Long.parseLong(numberAndTime[0]) != heard) {
          print("trouble heard " + numberAndTime[0] + " where " + heard + " was to come");
          return;
        }
        print("heard " + numberAndTime[1] + " " + now);
      }
    } catch (IOException e) {
      print("trouble the sender hears nothing more: " + e.getMessage());
    }
  }

  private void letOthersIn() {
    while (!over) {
      long start = System.nanoTime();
      try (PlainWebSocket newcomer = new PlainWebSocket(port, service, room, PATIENCE)) {
        while (!newcomer.next().endsWith(" joined")) {
          // what the others say does not answer the newcomer
        }
        print("joined " + start + " " + System.nanoTime());
      } catch (IOException e) {
        print("refused " + start + " " + System.nanoTime() + " " + e);
      }
      LockSupport.parkNanos(start + BETWEEN_JOINS.toNanos() - System.nanoTime());
    }
  }

  private void noteStalls() {
    while (true) {
      long before = System.nanoTime();
      LockSupport.parkNanos(TICK);
      long now = System.nanoTime();
      if (now - before - TICK > MIN_STALL) {
        print("stall " + (before + TICK) + " " + now);
      }
    }
  }

  private static void start(String name, Runnable task) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    thread.start();
  }

  private static synchronized void print(String line) {
    System.out.println(line);
    System.out.flush();
  }
}
