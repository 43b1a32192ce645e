package org.cloudramp.sandbox.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.cloudramp.sandbox.api.Payload;

/**
 * Sessions in one room that come back whenever a server sends them away, and what they say: {@code
 * m0}, {@code m1}, …, each in turn. One thread.
 */
final class SessionCrowd implements AutoCloseable {
  private final ServersOnRedis servers;
  private final Map<SessionClient, ServerProcess> homes = new LinkedHashMap<>();
  private final List<String> said = new ArrayList<>();

  /** Nobody yet. */
  SessionCrowd(ServersOnRedis servers) {
    this.servers = servers;
  }

  /** So many more join on this server. */
  List<SessionClient> join(ServerProcess server, int number) {
    List<SessionClient> joined = new ArrayList<>();
    for (int i = 0; i < number; i++) {
      SessionClient client = SessionClient.join(servers.offer(server, "echo", "hall"));
      homes.put(client, server);
      client.await("+" + client.id());
      joined.add(client);
    }
    return joined;
  }

  /**
   * A session goes on by way of another server, when that lets it in, and comes back to that one
   * from now on. The socket that it has is not closed.
   */
  void move(SessionClient client, ServerProcess server) {
    homes.put(client, server);
    ServersOnRedis.patiently().until(() -> client.tryResume(servers.offer(server, "echo", "hall")));
  }

  /** All come back to this server from now on, whenever they are sent away. */
  void comeBackTo(ServerProcess server) {
    homes.replaceAll((client, before) -> server);
  }

  List<SessionClient> all() {
    return List.copyOf(homes.keySet());
  }

  /** The next one says so many more. */
  void say(int messages) {
    List<SessionClient> all = all();
    for (int i = 0; i < messages; i++) {
      String message = "m" + said.size();
      all.get(said.size() % all.size()).say(message);
      said.add(message);
    }
  }

  int said() {
    return said.size();
  }

  /** All take what has come, and come back where they were sent away. */
  void goOn() {
    homes.forEach(
        (client, home) -> {
          client.drain();
          if (client.socket().isClosed()) {
            boolean unused = client.tryResume(servers.offer(home, "echo", "hall"));
          }
        });
  }

  /** Waits until all have heard so many messages. */
  void awaitHeard(int messages) {
    ServersOnRedis.patiently()
        .until(
            () -> {
              goOn();
              return homes.keySet().stream().allMatch(each -> heard(each).size() >= messages);
            });
  }

  /** What a session has heard of what was said. */
  static List<String> heard(SessionClient client) {
    return client.heard().stream().filter(SessionCrowd::isSaid).toList();
  }

  /** What a plain connection has heard of what was said. */
  static List<String> heard(Client client) {
    return texts(client).stream().filter(SessionCrowd::isSaid).toList();
  }

  /** Who a plain connection has heard leave. */
  static List<String> leaves(Client client) {
    return texts(client).stream().filter(text -> text.startsWith("-")).toList();
  }

  /** What a plain connection has heard. */
  static List<String> texts(Client client) {
    return client.rest().stream().map(Payload::text).toList();
  }

  private static boolean isSaid(String text) {
    return text.matches("m\\d+");
  }

  /**
   * That all have heard all that was said, once, in one order, which for each is that in which it
   * has spoken; and that nobody has begun anew, or left.
   *
   * @return that order
   */
  List<String> assertThatNothingIsLostDoubledOrOutOfOrder() {
    List<SessionClient> all = all();
    List<String> sequence = heard(all.get(0));
    assertThat(sequence).containsExactlyInAnyOrderElementsOf(said);
    for (int c = 0; c < all.size(); c++) {
      SessionClient client = all.get(c);
      int own = c;
      assertThat(client.beginning()).as("how session %d has begun last", c).isLessThan(1);
      assertThat(heard(client)).as("what session %d has heard", c).isEqualTo(sequence);
      assertThat(sequence.stream().map(SessionCrowd::number).filter(n -> n % all.size() == own))
          .as("what session %d has said, in its order", c)
          .isSorted();
      assertThat(client.heard()).noneMatch(text -> isLeaveOf(text, all));
    }
    return sequence;
  }

  private static boolean isLeaveOf(String text, List<SessionClient> clients) {
    return clients.stream().anyMatch(each -> text.equals("-" + each.id()));
  }

  private static int number(String message) {
    return Integer.parseInt(message.substring(1));
  }

  @Override
  public void close() {
    homes.keySet().forEach(SessionClient::close);
  }
}
