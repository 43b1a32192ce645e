package org.cloudramp.sandbox.server.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A source map of version 3, as a compiler writes it beside a module: of what a stranger has sent,
 * that which positions need, and nothing else. What the files hold is not among it.
 */
final class SourceMap {
  private static final int VERSION = 3;

  /** A map is flat: a list in an object. */
  private static final int MAX_DEPTH = 4;

  private static final int MAX_SOURCES = 10_000;
  private static final int MAX_SOURCE_CHARACTERS = 1_024;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNumberLength(20)
                  .build())
          .build();

  private final List<String> sources;
  private final String mappings;

  private SourceMap(List<String> sources, String mappings) {
    this.sources = sources;
    this.mappings = mappings;
  }

  /**
   * Reads what somebody has sent.
   *
   * @throws BadRequestException if it is no source map, with what is wrong
   */
  static SourceMap read(byte[] json) {
    try (JsonParser parser = JSON.createParser(json)) {
      return read(parser);
    } catch (StreamConstraintsException e) {
      throw refused("it is deeper than %d, or has a name that is too long".formatted(MAX_DEPTH));
    } catch (JsonProcessingException e) {
      throw refused("it is no JSON");
    } catch (IOException e) {
      throw new UncheckedIOException("nothing is read but memory", e);
    }
  }

  private static SourceMap read(JsonParser parser) throws IOException {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw refused("it is no JSON object");
    }
    boolean hasVersion = false;
    @Nullable List<String> sources = null;
    @Nullable String mappings = null;
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      JsonToken value = parser.nextToken();
      switch (name) {
        case "version" -> {
          hasVersion = value == JsonToken.VALUE_NUMBER_INT && parser.getText().equals("" + VERSION);
        }
        case "sources" -> sources = sources(parser, value);
        case "mappings" -> mappings = mappings(parser, value);
        case "sections" -> throw refused("it is a map of maps ('sections')");
        default -> parser.skipChildren();
      }
    }
    if (parser.nextToken() != null) {
      throw refused("there is more behind its end");
    }
    if (!hasVersion) {
      throw refused("'version' is not %d".formatted(VERSION));
    }
    if (sources == null || mappings == null) {
      throw refused("'%s' is missing".formatted(sources == null ? "sources" : "mappings"));
    }
    return new SourceMap(sources, mappings);
  }

  private static List<String> sources(JsonParser parser, JsonToken value) throws IOException {
    if (value != JsonToken.START_ARRAY) {
      throw refused("'sources' is no list");
    }
    List<String> sources = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (parser.currentToken() != JsonToken.VALUE_STRING
          || parser.getTextLength() > MAX_SOURCE_CHARACTERS
          || sources.size() == MAX_SOURCES) {
        throw refused(
            "'sources' is not a list of at most %d names of at most %d characters each"
                .formatted(MAX_SOURCES, MAX_SOURCE_CHARACTERS));
      }
      sources.add(parser.getText());
    }
    return sources;
  }

  private static String mappings(JsonParser parser, JsonToken value) throws IOException {
    String mappings = value == JsonToken.VALUE_STRING ? parser.getText() : "?";
    if (!mappings.chars().allMatch(SourceMap::isOfMappings)) {
      throw refused("'mappings' is not what a source map has there");
    }
    return mappings;
  }

  private static boolean isOfMappings(int character) {
    return (character >= 'A' && character <= 'Z')
        || (character >= 'a' && character <= 'z')
        || (character >= '0' && character <= '9')
        || "+/,;".indexOf(character) >= 0;
  }

  private static BadRequestException refused(String why) {
    return new BadRequestException(
        "this is no source map of version %d: %s".formatted(VERSION, why));
  }

  /** As JSON, in UTF-8. */
  byte[] toJson() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      json.writeNumberField("version", VERSION);
      json.writeArrayFieldStart("sources");
      for (String source : sources) {
        json.writeString(source);
      }
      json.writeEndArray();
      json.writeArrayFieldStart("names");
      json.writeEndArray();
      json.writeStringField("mappings", mappings);
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("nothing is written but memory", e);
    }
    return bytes.toByteArray();
  }
}
