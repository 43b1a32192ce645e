import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/** Says things in a room, and prints what it hears until that matches: java Talk.java ws://… 'bye.*' hello … */
final class Talk {
  private Talk() {}

  public static void main(String... arguments) throws Exception {
    CompletableFuture<Void> heard = new CompletableFuture<>();
    WebSocket.Listener listener =
        new WebSocket.Listener() {
          @Override
          public CompletionStage<?> onText(WebSocket socket, CharSequence text, boolean last) {
            System.out.println(text);
            if (text.toString().matches(arguments[1])) {
              heard.complete(null);
            }
            socket.request(1);
            return null;
          }

          @Override
          public void onError(WebSocket socket, Throwable error) {
            heard.completeExceptionally(error);
          }
        };
    WebSocket socket =
        HttpClient.newHttpClient()
            .newWebSocketBuilder()
            .buildAsync(URI.create(arguments[0]), listener)
            .get(30, TimeUnit.SECONDS);
    for (int i = 2; i < arguments.length; i++) {
      socket.sendText(arguments[i], true).get(30, TimeUnit.SECONDS);
    }
    heard.get(30, TimeUnit.SECONDS);
    System.exit(0); // the client's threads would keep the process for a while
  }
}
