package org.cloudramp.sandbox.core.function;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.cloudramp.sandbox.api.error.HostFunctionException;
import org.cloudramp.sandbox.api.error.InertText;
import org.cloudramp.sandbox.api.hook.Hook;
import org.cloudramp.sandbox.api.hook.HttpAnswer;
import org.cloudramp.sandbox.api.hook.HttpHeader;
import org.cloudramp.sandbox.core.abi.WireReader;
import org.cloudramp.sandbox.core.abi.WireWriter;

/** The module {@code request}: what a room answers to whoever has asked it by HTTP. */
final class RequestFunctions {
  /**
   * What a stranger's code may say to a browser that knows this host, and to the proxies between
   * them: what describes its answer, and nothing that is obeyed beyond it, such as cookies, the
   * policies of an origin, or the file that a proxy is to send instead ({@code X-Accel-Redirect}).
   */
  private static final Set<String> HEADERS =
      Set.of(
          "allow",
          "cache-control",
          "content-disposition",
          "content-language",
          "content-type",
          "etag",
          "expires",
          "last-modified",
          "link",
          "location",
          "retry-after",
          "vary",
          "www-authenticate");

  /** Others that begin with {@code x-} may mean anything to whoever is in between. */
  private static final String OF_ITS_OWN = "x-room-";

  private RequestFunctions() {}

  static Map<String, Endpoint> endpoints() {
    return Map.of("answer", RequestFunctions::answer);
  }

  private static void answer(HookScope scope, WireReader request, WireWriter response) {
    int status = request.i32();
    List<List<String>> pairs = request.stringLists();
    if (scope.hook() != Hook.ON_REQUEST) {
      throw new HostFunctionException(
          HostFunctionException.DENIED,
          "request.answer is for onRequest, and this is %s".formatted(scope.hook()));
    }
    try {
      List<HttpHeader> headers = new ArrayList<>();
      for (List<String> pair : pairs) {
        headers.add(header(pair));
      }
      scope.answer(new HttpAnswer(status, headers, request.bytes()));
    } catch (IllegalArgumentException e) {
      throw new HostFunctionException(
          HostFunctionException.BAD_REQUEST, String.valueOf(e.getMessage()), e);
    }
  }

  static HttpHeader header(List<String> pair) {
    if (pair.size() != 2) {
      throw new IllegalArgumentException("a header is a name and a value");
    }
    HttpHeader header = new HttpHeader(pair.get(0), pair.get(1));
    String name = header.name().toLowerCase(Locale.ROOT);
    if (!HEADERS.contains(name) && !name.startsWith(OF_ITS_OWN)) {
      throw new IllegalArgumentException(
          "a room may not answer with the header %s; it may with those that begin with 'x-room-', and with %s"
              .formatted(
                  InertText.quote(header.name()),
                  String.join(", ", HEADERS.stream().sorted().toList())));
    }
    return header;
  }
}
