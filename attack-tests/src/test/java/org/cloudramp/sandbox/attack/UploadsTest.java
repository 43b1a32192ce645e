package org.cloudramp.sandbox.attack;

import static org.cloudramp.sandbox.attack.Attack.onMemory;
import static org.cloudramp.sandbox.attack.Attack.onTime;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Uploads at once, and uploads that take their time. */
class UploadsTest extends SurvivalTest {
  static Stream<Attack> attacks() {
    return Stream.of(
        onTime(
                "9a",
                "220 uploads of different services at once",
                "all of the server's threads held; nobody else gets an answer",
                siege -> upload(siege, 220, 10_000))
            .alwaysInTurn(),
        onMemory("9b", "220 uploads of 3 MB at once", "", siege -> upload(siege, 220, 3_000_000))
            .mayKeep(80), // codeMemory, a quarter of guestMemory: code of what is live
        onTime(
            "9c",
            "220 uploads at once that are refused, again and again",
            "",
            siege -> {
              byte[] noModule = new byte[100_000];
              siege.again(
                  time -> {
                    List<CompletableFuture<Integer>> all =
                        IntStream.range(0, 220)
                            .mapToObj(i -> siege.uploadLater("refused" + i, noModule))
                            .toList();
                    siege.await(() -> all.stream().allMatch(CompletableFuture::isDone));
                  });
            }),
        onTime(
            "9d",
            "220 questions for all versions at once, again and again, while 20 upload",
            "",
            siege -> {
              upload(siege, 20, 10_000);
              byte[] question =
                  ("GET /api/services/upload0 HTTP/1.1\r\nHost: localhost:"
                          + siege.port()
                          + "\r\n"
                          + Credentials.header(Credentials.ADMIN)
                          + "\r\nConnection: close\r\n\r\n")
                      .getBytes(StandardCharsets.ISO_8859_1);
              siege.again(
                  time -> {
                    List<Crowd.Member> all =
                        IntStream.range(0, 220).mapToObj(i -> siege.connect(question)).toList();
                    siege.awaitAnswers(all);
                  });
            }),
        onTime(
                "10a",
                "210 uploads that send a byte a second",
                "all of the server's threads held; nobody else gets an answer",
                siege -> trickle(siege, "Content-Length: 100000", "x"))
            .alwaysInTurn(),
        onTime(
            "10b",
            "210 uploads that send nothing behind their head",
            "",
            siege -> trickle(siege, "Content-Length: 100000", "")),
        onTime(
            "10c",
            "210 uploads in chunks of a byte, one a second",
            "",
            siege -> trickle(siege, "Transfer-Encoding: chunked", "1\r\nx\r\n")),
        onTime(
            "10d",
            "210 uploads that are refused at once and go on with their body",
            "",
            siege -> trickle(siege, "Content-Length: 5000000", "x".repeat(1_000))));
  }

  private static void upload(Siege siege, int count, int data) throws InterruptedException {
    int pages = 2 + data / 65_536;
    List<CompletableFuture<Integer>> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add(siege.uploadLater("upload" + i, Modules.module(i).pages(pages).data(data).build()));
    }
    siege.await(() -> all.stream().allMatch(CompletableFuture::isDone));
  }

  private static void trickle(Siege siege, String length, String part) throws Exception {
    List<Crowd.Member> all = new ArrayList<>();
    for (int i = 0; i < 210; i++) {
      all.add(
          siege.connect(
              "PUT /api/services/trickle%d HTTP/1.1\r\nHost: localhost:%d\r\n%s\r\n%s\r\n\r\n"
                  .formatted(i, siege.port(), Credentials.header(Credentials.ADMIN), length)
                  .getBytes(StandardCharsets.ISO_8859_1)));
    }
    byte[] bytes = part.getBytes(StandardCharsets.ISO_8859_1);
    siege.again(
        time -> {
          if (bytes.length > 0) {
            all.forEach(upload -> upload.send(bytes));
          }
          Thread.sleep(1_000);
        });
  }
}
