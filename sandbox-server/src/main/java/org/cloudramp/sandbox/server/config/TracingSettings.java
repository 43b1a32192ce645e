package org.cloudramp.sandbox.server.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.plugin.PluginSettings;
import org.cloudramp.sandbox.api.plugin.Setting;

/**
 * The settings {@code sandbox.server.tracing.*}: which calls are followed, and who is told.
 *
 * @param endpoint of a collector that speaks OTLP over HTTP; empty if nothing is followed
 * @param oneIn of how many calls one is followed
 * @param service what this server is called in traces
 * @param headers that the collector is sent, by their names; secrets
 * @param spans that wait for the collector at most
 * @param every how often it is sent some, unless there are enough for a request before
 */
public record TracingSettings(
    Optional<URI> endpoint,
    int oneIn,
    String service,
    Map<String, String> headers,
    int spans,
    Duration every) {
  private static final Setting<Optional<String>> ENDPOINT =
      Setting.optionalText(
              "tracing.endpoint",
              "the URL at which a collector takes traces in OTLP, such as `http://127.0.0.1:4318/v1/traces`: [see below](#traces)")
          .otherwise("none: nothing is traced");
  private static final Setting<Integer> ONE_IN =
      Setting.integer(
          "tracing.oneIn",
          100,
          1,
          1_000_000_000,
          "of how many messages, joins, leaves, requests and timers one is traced; 1 for all");
  private static final Setting<String> SERVICE =
      Setting.text("tracing.service", "sandbox-server", "what this server is called in traces");
  private static final Setting<Optional<String>> HEADERS =
      Setting.optionalText(
              "tracing.headers",
              "headers that the collector is sent, such as `Authorization=Bearer …`, with `;` between them")
          .secret();
  private static final Setting<Integer> SPANS =
      Setting.integer(
          "tracing.spans",
          8_192,
          512,
          1_000_000,
          "spans that wait for the collector at most, of about 1 KB each; more are dropped and counted");
  private static final Setting<Duration> EVERY =
      Setting.positiveDuration(
          "tracing.every",
          Duration.ofSeconds(5),
          "how often the collector is sent some, unless there are 512 before");

  static final List<Setting<?>> DECLARED =
      List.of(ENDPOINT, ONE_IN, SERVICE, HEADERS, SPANS, EVERY);

  private static final int MAX_NAME = 100;
  private static final Pattern HEADER_NAME = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}");
  private static final Pattern HEADER_VALUE = Pattern.compile("[\\x20-\\x7e]{1,4096}");

  /** Copies the map. */
  public TracingSettings {
    headers = Map.copyOf(headers);
    if (service.isBlank() || service.length() > MAX_NAME) {
      throw new ConfigurationException(
          "sandbox.server.tracing.service is a name of up to %d characters".formatted(MAX_NAME));
    }
    if (endpoint.isEmpty() && !headers.isEmpty()) {
      throw new ConfigurationException(
          "sandbox.server.tracing.headers is set, and sandbox.server.tracing.endpoint does not say who is sent them");
    }
  }

  static TracingSettings read(PluginSettings settings) {
    return new TracingSettings(
        ENDPOINT.read(settings).map(TracingSettings::endpoint),
        ONE_IN.read(settings),
        SERVICE.read(settings),
        HEADERS.read(settings).map(TracingSettings::headers).orElse(Map.of()),
        SPANS.read(settings),
        EVERY.read(settings));
  }

  /** Whether anything is followed. */
  public boolean isOn() {
    return endpoint.isPresent();
  }

  /** Nothing of a URL that reads wrong is repeated: there may be a password in it. */
  private static URI endpoint(String text) {
    URI uri;
    try {
      uri = new URI(text.strip());
    } catch (URISyntaxException e) {
      throw wrongEndpoint("it is no URL");
    }
    String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    if ((!scheme.equals("http") && !scheme.equals("https")) || uri.getHost() == null) {
      throw wrongEndpoint("it must begin with http:// or https:// and a host");
    }
    if (uri.getRawUserInfo() != null) {
      throw wrongEndpoint("a password belongs into sandbox.server.tracing.headers");
    }
    if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
      throw wrongEndpoint("it must end with the path");
    }
    if (uri.getRawPath().length() <= 1) {
      throw wrongEndpoint("it has no path, which is /v1/traces with most collectors");
    }
    return uri;
  }

  private static ConfigurationException wrongEndpoint(String why) {
    return new ConfigurationException(
        "sandbox.server.tracing.endpoint is not where a collector takes traces: " + why);
  }

  /** Nothing of one that reads wrong is repeated: they are secrets. */
  private static Map<String, String> headers(String text) {
    Map<String, String> headers = new LinkedHashMap<>();
    for (String entry : text.split(";", -1)) {
      if (entry.isBlank()) {
        continue;
      }
      int equals = entry.indexOf('=');
      String name = equals < 0 ? "" : entry.substring(0, equals).strip();
      String value = equals < 0 ? "" : entry.substring(equals + 1).strip();
      if (!HEADER_NAME.matcher(name).matches()
          || !HEADER_VALUE.matcher(value).matches()
          || headers.put(name, value) != null) {
        throw new ConfigurationException(
            "sandbox.server.tracing.headers has an entry that reads wrong (number %d): it takes NAME=VALUE, in ASCII, with ; between them, each name once"
                .formatted(headers.size() + 1));
      }
    }
    return headers;
  }
}
