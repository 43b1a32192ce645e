package org.cloudramp.sandbox.core.function;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.cloudramp.sandbox.api.function.ValueType;

/**
 * Writes down what a host offers, for {@code npx room bindings}:
 *
 * <pre>{@code
 * {"abi":1,"modules":[{"name":"leaderboard","functions":[
 *   {"name":"add","kind":"effect","parameters":["STRING","I32"],"names":["player",null],"result":null},
 *   {"name":"of","kind":"query","parameters":["STRING"],"names":[null],"result":"I32"}]}]}
 * }</pre>
 *
 * A parameter that its author gave no name has none here. Readers ignore fields that they do not
 * know, so fields can be added.
 */
public final class FunctionsJson {
  private FunctionsJson() {}

  /** The JSON text, in one line. */
  public static String write(List<OfferedModule> modules) {
    return "{\"abi\":1,\"modules\":%s}"
        .formatted(array(modules.stream().map(FunctionsJson::module).toList()));
  }

  private static String module(OfferedModule module) {
    return "{\"name\":%s,\"functions\":%s}"
        .formatted(
            string(module.name()),
            array(module.functions().stream().map(FunctionsJson::function).toList()));
  }

  private static String function(OfferedFunction function) {
    List<OfferedFunction.Parameter> parameters = function.parameters();
    return "{\"name\":%s,\"kind\":%s,\"parameters\":%s,\"names\":%s,\"result\":%s}"
        .formatted(
            string(function.name()),
            string(function.kind().name().toLowerCase(Locale.ROOT)),
            array(parameters.stream().map(parameter -> type(parameter.layout())).toList()),
            array(parameters.stream().map(FunctionsJson::name).toList()),
            function.result().map(FunctionsJson::type).orElse("null"));
  }

  private static String name(OfferedFunction.Parameter parameter) {
    return parameter.name().map(FunctionsJson::string).orElse("null");
  }

  private static String type(ValueType.Layout layout) {
    return string(layout.name());
  }

  /** Nothing to escape: every text here is a name, of letters, digits and underscores. */
  private static String string(String name) {
    return '"' + name + '"';
  }

  private static String array(List<String> items) {
    return items.stream().collect(Collectors.joining(",", "[", "]"));
  }
}
