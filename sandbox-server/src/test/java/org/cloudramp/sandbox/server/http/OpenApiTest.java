package org.cloudramp.sandbox.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.cloudramp.sandbox.api.CloseFrame;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.RoomAddress;
import org.cloudramp.sandbox.api.RoomId;
import org.cloudramp.sandbox.api.ServiceId;
import org.cloudramp.sandbox.core.Sandbox;
import org.cloudramp.sandbox.server.feed.Feed;
import org.cloudramp.sandbox.server.feed.HookCounts;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The description of the API against its routes, both ways. */
class OpenApiTest {
  private static final Set<String> METHODS = Set.of("get", "put", "post", "delete", "patch");
  private static final Pattern IN_BRACES = Pattern.compile("\\{(\\w+)}");

  @TempDir Path store;
  private Sandbox sandbox;
  private Api api;
  private JsonNode description;

  @BeforeEach
  void make() throws Exception {
    sandbox =
        Sandbox.builder().settings(Map.of("store.filesystem.folder", store.toString())).build();
    api =
        Api.of(
            new ServicesApi(sandbox, 1, Duration.ofSeconds(1)),
            new RoomsApi(new NoRooms(), 1, Duration.ofSeconds(1)),
            new RoomContentsApi(sandbox.operator().inspection()),
            new RecordingsApi(sandbox),
            new TermsApi(sandbox.operator()),
            new SourceMapsApi(sandbox, 1, Duration.ofSeconds(1)),
            new EventsApi(new Feed(service -> true)),
            new HooksApi(new HookCounts()),
            new ServerApi(sandbox, Map::of, List::of, Optional::empty));
    description = new ObjectMapper().readTree(ServerApi.description());
  }

  @AfterEach
  void end() throws Exception {
    api.doStop();
    sandbox.close();
  }

  private static final class NoRooms implements ConnectedRooms {
    @Override
    public List<Occupied> rooms(ServiceId service, Optional<RoomId> after, int most) {
      return List.of();
    }

    @Override
    public List<Member> members(RoomAddress room, Optional<ConnectionId> after, int most) {
      return List.of();
    }

    @Override
    public int count(RoomAddress room) {
      return 0;
    }

    @Override
    public CompletionStage<Void> say(RoomAddress room, Payload payload) {
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public int close(RoomAddress room, Optional<ConnectionId> which, CloseFrame frame) {
      return 0;
    }
  }

  /** Each operation of the document, by its method and path. */
  private Map<String, JsonNode> operations() {
    Map<String, JsonNode> operations = new TreeMap<>();
    description
        .get("paths")
        .properties()
        .forEach(
            path ->
                path.getValue()
                    .properties()
                    .forEach(
                        entry -> {
                          if (METHODS.contains(entry.getKey())) {
                            operations.put(
                                entry.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey(),
                                entry.getValue());
                          }
                        }));
    return operations;
  }

  private static String scopeOf(JsonNode operation) {
    return operation.at("/security/0/token/0").asText("");
  }

  private Set<String> parameters(JsonNode holder, String in) {
    Set<String> names = new TreeSet<>();
    holder
        .path("parameters")
        .forEach(
            each -> {
              JsonNode parameter = resolved(each);
              if (parameter.get("in").asText().equals(in)) {
                names.add(parameter.get("name").asText());
              }
            });
    return names;
  }

  private JsonNode resolved(JsonNode node) {
    String reference = node.path("$ref").asText("");
    if (reference.isEmpty()) {
      return node;
    }
    JsonNode found = description.at(reference.substring(1));
    assertThat(found.isMissingNode()).as(reference).isFalse();
    return found;
  }

  @Test
  void everyRouteIsDescribedWithTheScopeItNeedsAndNoOtherIs() {
    Map<String, String> described = new TreeMap<>();
    operations().forEach((route, operation) -> described.put(route, scopeOf(operation)));

    assertThat(described)
        .isEqualTo(
            new TreeMap<>(
                api.routes().stream()
                    .collect(Collectors.toMap(Route::toString, route -> route.needs().text()))));
  }

  @Test
  void everyParameterOfARouteIsDescribedAndNoOtherIs() {
    for (Route route : api.routes()) {
      JsonNode path = description.get("paths").get(route.path().text());
      JsonNode operation = Objects.requireNonNull(operations().get(route.toString()));

      assertThat(parameters(path, "path"))
          .as(route.toString())
          .isEqualTo(
              IN_BRACES
                  .matcher(route.path().text())
                  .results()
                  .map((MatchResult match) -> match.group(1))
                  .collect(Collectors.toCollection(TreeSet::new)));
      assertThat(parameters(operation, "query"))
          .as(route.toString())
          .isEqualTo(new TreeSet<>(route.query()));
    }
  }

  @Test
  void everyOperationSaysHowItIsRefusedAndEveryReferenceLeadsSomewhere() {
    operations()
        .forEach(
            (route, operation) -> {
              assertThat(operation.get("responses").has("200")).as(route).isTrue();
              assertThat(operation.get("responses").has("401")).as(route).isTrue();
              assertThat(operation.get("responses").has("403")).as(route).isTrue();
              assertThat(operation.path("operationId").asText()).as(route).isNotEmpty();
            });
    description
        .findValuesAsText("$ref")
        .forEach(
            reference ->
                assertThat(description.at(reference.substring(1)).isMissingNode())
                    .as(reference)
                    .isFalse());
  }

  /** So that no program takes two for one. */
  @Test
  void noPathLeadsToTwoRoutes() {
    for (Route route : api.routes()) {
      String path = IN_BRACES.matcher(route.path().text()).replaceAll("x");
      assertThat(
              api.routes().stream()
                  .filter(other -> other.method() == route.method())
                  .filter(other -> other.path().match(path).isPresent()))
          .as(route.toString())
          .hasSize(1);
    }
  }
}
