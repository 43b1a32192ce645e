package org.cloudramp.sandbox.attack;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * What attackers do. An attack that goes on for ever does so for as long as the siege lasts, one
 * that comes to an end for three times as long at most. Waits end then, whatever they wait for: an
 * attack that a server keeps from going on is an attack that has been tried.
 */
final class Siege implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** An attack that goes on for ever ends with the siege; one that ends itself may take longer. */
  private static final int LONGER = 3;

  private final int port;
  private final long end;
  private final long limit;
  private final BooleanSupplier goesOn;
  private final Crowd crowd;
  private final ExecutorService threads = Executors.newCachedThreadPool(Siege::daemon);
  private final HttpClient http = HttpClient.newBuilder().executor(threads).build();
  private final ConcurrentMap<String, Integer> answers = new ConcurrentHashMap<>();
  private final Map<String, Double> waits = new TreeMap<>();
  private final List<String> unexpected = new ArrayList<>();

  /**
   * @param goesOn whether there is still a server to attack
   */
  Siege(int port, Duration length, BooleanSupplier goesOn) throws IOException {
    this.port = port;
    this.goesOn = goesOn;
    this.end = System.nanoTime() + length.toNanos();
    this.limit = System.nanoTime() + length.multipliedBy(LONGER).toNanos();
    this.crowd = new Crowd(port);
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "siege");
    thread.setDaemon(true);
    return thread;
  }

  int port() {
    return port;
  }

  /** Whether there is no time left, or no server. */
  private boolean isOver(long when) {
    return System.nanoTime() > when || !goesOn.getAsBoolean();
  }

  /** Waits until something is so, but no longer than an attack may take. */
  void await(BooleanSupplier condition) throws InterruptedException {
    while (!condition.getAsBoolean() && !isOver(limit)) {
      Thread.sleep(5);
    }
  }

  /** Waits until the siege is over. */
  void hold() throws InterruptedException {
    while (!isOver(end)) {
      Thread.sleep(5);
    }
  }

  /** Does something again and again until the siege is over. */
  void again(Repeated task) throws Exception {
    for (int i = 0; !isOver(end); i++) {
      task.run(i);
    }
  }

  /** Does something so many times, unless that takes longer than an attack may. */
  void times(int times, Repeated task) throws Exception {
    for (int i = 0; i < times && !isOver(limit); i++) {
      task.run(i);
    }
  }

  /**
   * So many connect at a time, are answered, and leave: again and again.
   *
   * @param opening what each of them sends, by its number
   */
  void comeAndGo(int atOnce, IntFunction<byte[]> opening) throws Exception {
    again(
        round -> {
          List<Crowd.Member> all =
              IntStream.range(atOnce * round, atOnce * (round + 1))
                  .mapToObj(i -> connect(opening.apply(i)))
                  .toList();
          awaitAnswers(all).forEach(Crowd.Member::leave);
        });
  }

  /** What is done for the time that is given as a number. */
  @FunctionalInterface
  interface Repeated {
    void run(int time) throws Exception;
  }

  // Uploads.

  /** Uploads a module; gives the status of the answer, 0 if there was none. */
  int upload(String service, byte[] wasm) {
    return uploadLater(service, wasm).join();
  }

  /** Uploads what has to be accepted for the attack to mean anything. */
  void prepare(String service, byte[] wasm) {
    int status = upload(service, wasm);
    if (status != 200) {
      throw new AssertionError(
          "the upload of '%s' was answered with %d".formatted(service, status));
    }
  }

  CompletableFuture<Integer> uploadLater(String service, byte[] wasm) {
    return ask("upload", request(services(service)).PUT(BodyPublishers.ofByteArray(wasm)));
  }

  /** Goes back to the version before. */
  int rollback(String service) {
    return ask(
            "rollback",
            request(URI.create(services(service) + "/rollback")).POST(BodyPublishers.noBody()))
        .join();
  }

  private static HttpRequest.Builder request(URI uri) {
    return HttpRequest.newBuilder(uri).header("Authorization", "Bearer " + Credentials.ADMIN);
  }

  /** Sends a request as it is; gives the status of the answer, 0 if there was none. */
  int send(String what, HttpRequest.Builder request) {
    return ask(what, request).join();
  }

  private URI services(String service) {
    return URI.create("http://localhost:" + port + "/api/services/" + service);
  }

  private CompletableFuture<Integer> ask(String what, HttpRequest.Builder request) {
    return http.sendAsync(request.timeout(PATIENCE).build(), BodyHandlers.ofString())
        .handle(
            (answer, error) -> {
              int status = error == null ? answer.statusCode() : 0;
              answers.merge(
                  what + " " + (status == 0 ? "without answer" : status), 1, Integer::sum);
              return status;
            });
  }

  // Sockets.

  /** Sends bytes as they are, on a connection of their own. */
  Crowd.Member connect(byte[] opening) {
    return crowd.connect(opening);
  }

  /** The same, and reads nothing behind the head of the first answer. */
  Crowd.Member connectWithoutReading(byte[] opening) {
    return crowd.connectWithoutReading(opening);
  }

  /** Asks for a room. */
  Crowd.Member join(String service, String room) {
    return crowd.connect(WebSocketBytes.handshake(port, service, room));
  }

  /** Asks for a room, and reads nothing of what it says. */
  Crowd.Member joinWithoutReading(String service, String room) {
    return crowd.connectWithoutReading(WebSocketBytes.handshake(port, service, room));
  }

  /** Asks for a room, and waits until the guest has said something or has not let it in. */
  Crowd.Member joinAndWait(String service, String room) throws InterruptedException {
    Crowd.Member member = join(service, room);
    await(member::isAnswered);
    return member;
  }

  /** So many join, each its own room, and are waited for. */
  List<Crowd.Member> joinRooms(String service, int rooms) throws InterruptedException {
    return awaitAnswers(
        IntStream.range(0, rooms).mapToObj(i -> join(service, "room" + i)).toList());
  }

  /** So many join one room, and are waited for. */
  List<Crowd.Member> joinOne(String service, String room, int members) throws InterruptedException {
    return awaitAnswers(IntStream.range(0, members).mapToObj(i -> join(service, room)).toList());
  }

  List<Crowd.Member> awaitAnswers(List<Crowd.Member> members) throws InterruptedException {
    await(() -> members.stream().allMatch(Crowd.Member::isAnswered));
    return members;
  }

  /** What the attackers have seen, for the report. */
  Map<String, Integer> seen() {
    Map<String, Integer> seen = new TreeMap<>(answers);
    crowd.ends().forEach((end, count) -> seen.merge("sockets " + end, count, Integer::sum));
    return seen;
  }

  /** Waits for the answer to somebody who must not wait long. */
  void mustBeAnswered(String who, Crowd.Member member) throws InterruptedException {
    long start = System.nanoTime();
    await(member::isAnswered);
    if (!member.isAnswered() || member.isClosed()) {
      complain(who + " was not let in: " + member.end());
    } else {
      synchronized (this) {
        waits.merge(who, (System.nanoTime() - start) / 1e6, Math::max);
      }
    }
    member.leave();
  }

  /** How long those who must not wait long have waited at most, in milliseconds. */
  synchronized Map<String, Double> waits() {
    return Map.copyOf(waits);
  }

  /** Notes something that must not be, besides what every attack is judged by. */
  synchronized void complain(String what) {
    unexpected.add(what);
  }

  synchronized List<String> complaints() {
    return List.copyOf(unexpected);
  }

  @Override
  public void close() {
    crowd.close();
    // Its connections end a second after their last use, and only while it has threads.
    CompletableFuture.delayedExecutor(3, TimeUnit.SECONDS).execute(threads::shutdownNow);
  }
}
