package org.cloudramp.sandbox.core.function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.hook.HttpAnswer;
import org.cloudramp.sandbox.api.hook.HttpHeader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What of an answer a room may say to browsers that know this host. */
class RequestFunctionsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Set-Cookie",
        "content-security-policy",
        "Access-Control-Allow-Origin",
        "Clear-Site-Data",
        "Strict-Transport-Security",
        "Service-Worker-Allowed",
        "Content-Length",
        "Transfer-Encoding",
        "X-Frame-Options",
        "X-Content-Type-Options",
        "X-Accel-Redirect",
        "X-Sendfile",
        "X-Anything",
        "a b",
        ""
      })
  void headersThatABrowserOrAProxyObeysBeyondTheAnswerAreRefused(String name) {
    assertThatThrownBy(() -> RequestFunctions.header(List.of(name, "x")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"Content-Type", "etag", "Location", "X-Room-Anything", "cache-control"})
  void headersThatDescribeTheAnswerAreTaken(String name) {
    assertThat(RequestFunctions.header(List.of(name, "x"))).isEqualTo(new HttpHeader(name, "x"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\r\nSet-Cookie: b", "a\n", "\u0000", "é", "\u007f"})
  void noValueEndsItsLine(String value) {
    assertThatThrownBy(() -> RequestFunctions.header(List.of("x-room-a", value)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void anAnswerHasABoundedHead() {
    HttpHeader large = new HttpHeader("x-a", "x".repeat(16 << 10));

    assertThatThrownBy(() -> new HttpAnswer(200, List.of(large), Bytes.empty()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new HttpAnswer(101, List.of(), Bytes.empty()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new HttpAnswer(600, List.of(), Bytes.empty()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
