package org.cloudramp.sandbox.server.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.cloudramp.sandbox.api.function.HostFunction;
import org.cloudramp.sandbox.api.function.QueryFunction;
import org.cloudramp.sandbox.api.function.ValueType;
import org.jspecify.annotations.Nullable;

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
  private static final int ABI = 1;

  private FunctionsJson() {}

  private record Description(int abi, List<Module> modules) {}

  private record Module(String name, List<Function> functions) {}

  private record Function(
      String name,
      String kind,
      List<ValueType.Layout> parameters,
      List<@Nullable String> names,
      ValueType.@Nullable Layout result) {}

  /**
   * The JSON text, in one line.
   *
   * @param modules as {@link org.cloudramp.sandbox.core.Sandbox#functions} tells them
   */
  public static String write(SortedMap<String, List<HostFunction>> modules) {
    return Answer.jsonText(describe(modules));
  }

  /** The same before it is written, as a record. */
  public static Object describe(SortedMap<String, List<HostFunction>> modules) {
    return new Description(ABI, modules.entrySet().stream().map(FunctionsJson::module).toList());
  }

  private static Module module(Map.Entry<String, List<HostFunction>> module) {
    return new Module(
        module.getKey(), module.getValue().stream().map(FunctionsJson::function).toList());
  }

  private static Function function(HostFunction function) {
    List<ValueType.Layout> parameters =
        function.parameters().stream().<ValueType.Layout>map(ValueType::layout).toList();
    List<@Nullable String> names = new ArrayList<>();
    function.parameters().forEach(type -> names.add(type.name().orElse(null)));
    return function instanceof QueryFunction query
        ? new Function(query.name(), "query", parameters, names, query.result().layout())
        : new Function(function.name(), "effect", parameters, names, null);
  }
}
