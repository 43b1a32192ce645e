import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/** Says some things in a room, and prints what it hears first: java Talk.java ws://… hello … */
final class Talk {
  private Talk() {}

  public static void main(String... arguments) throws Exception {
    CompletableFuture<CharSequence> answer = new CompletableFuture<>();
    WebSocket.Listener listener =
        new WebSocket.Listener() {
          @Override
          public CompletionStage<?> onText(WebSocket socket, CharSequence text, boolean last) {
            answer.complete(text.toString());
            return null;
          }

          @Override
          public void onError(WebSocket socket, Throwable error) {
            answer.completeExceptionally(error);
          }
        };
    WebSocket socket =
        HttpClient.newHttpClient()
            .newWebSocketBuilder()
            .buildAsync(URI.create(arguments[0]), listener)
            .get(30, TimeUnit.SECONDS);
    for (int i = 1; i < arguments.length; i++) {
      socket.sendText(arguments[i], true).get(30, TimeUnit.SECONDS);
    }
    System.out.println(answer.get(30, TimeUnit.SECONDS));
    System.exit(0); // the client's threads would keep the process for a while
  }
}
