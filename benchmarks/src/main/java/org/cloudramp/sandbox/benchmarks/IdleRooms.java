package org.cloudramp.sandbox.benchmarks;

import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.concurrent.Semaphore;
import javax.management.JMException;
import javax.management.ObjectName;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.api.hook.HookCall;
import org.cloudramp.sandbox.core.Sandbox;
import org.cloudramp.sandbox.host.rooms.RoomConnection;
import org.cloudramp.sandbox.host.rooms.Rooms;

/**
 * What rooms take in which people are and nobody says anything: joins one or several connections to
 * each of many rooms of one service, and prints the bytes of heap for a room and the classes that
 * they are made of. The ids of rooms and connections count; the connections are the embedder's and
 * are as small as they can be.
 */
public final class IdleRooms {
  private static final ServiceId SERVICE = new ServiceId("chat");
  private static final int CLASSES = 25;

  /** Well below what may wait. */
  private static final int UNDER_WAY = 1_000;

  private static final Semaphore PERMITS = new Semaphore(UNDER_WAY);

  private IdleRooms() {}

  /** Takes the number of rooms, and of members of each. */
  public static void main(String[] arguments) throws InterruptedException, JMException {
    int count = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 100_000;
    int members = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 1;
    Rooms rooms = new Rooms();
    try (TemporaryFolder folder = new TemporaryFolder();
        Sandbox sandbox =
            Sandbox.builder()
                .settings(
                    Map.of("store.filesystem.folder", folder.toString(), "limits.time", "10s"))
                .extension(rooms)
                .build()) {
      sandbox.publish(SERVICE, Guest.CHAT.wasm());
      join(sandbox, rooms, "before", 1);
      long before = heap();
      for (int i = 0; i < count; i++) {
        join(sandbox, rooms, "room-number-" + i, members);
      }
      PERMITS.acquire(UNDER_WAY); // all have joined
      long after = heap();
      System.out.printf(
          "%d rooms with %d members each: %d bytes of heap for a room%n",
          rooms.count() - 1, members, (after - before) / count);
      printClasses(System.out);
    }
  }

  private static void join(Sandbox sandbox, Rooms rooms, String name, int members)
      throws InterruptedException {
    RoomAddress address = new RoomAddress(SERVICE, new RoomId(name));
    for (int i = 0; i < members; i++) {
      Idler idler = new Idler(new ConnectionId(name + "-" + i));
      rooms.attach(address, idler);
      PERMITS.acquire();
      var unused =
          sandbox
              .dispatch(new HookCall.Join(address, idler.id()))
              .whenComplete((result, error) -> PERMITS.release());
    }
  }

  private static long heap() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private static void printClasses(PrintStream out) throws JMException {
    Object histogram =
        ManagementFactory.getPlatformMBeanServer()
            .invoke(
                new ObjectName("com.sun.management:type=DiagnosticCommand"),
                "gcClassHistogram",
                new Object[] {new String[0]},
                new String[] {String[].class.getName()});
    histogram.toString().lines().limit(CLASSES).forEach(out::println);
  }

  private record Idler(ConnectionId id) implements RoomConnection {
    @Override
    public boolean send(Payload payload) {
      return true;
    }

    @Override
    public void close(int code, String reason) {}
  }
}
