package com.example.frozen;

import static org.cloudramp.sandbox.api.function.HostFunction.effect;
import static org.cloudramp.sandbox.api.function.HostFunction.query;
import static org.cloudramp.sandbox.api.function.ValueType.*;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.cloudramp.sandbox.api.Bytes;
import org.cloudramp.sandbox.api.ConnectionId;
import org.cloudramp.sandbox.api.Payload;
import org.cloudramp.sandbox.api.error.ConfigurationException;
import org.cloudramp.sandbox.api.error.HostFunctionException;
import org.cloudramp.sandbox.api.function.HostFunction;
import org.cloudramp.sandbox.api.function.HostFunctionProvider;
import org.cloudramp.sandbox.api.hook.Emission;
import org.cloudramp.sandbox.api.plugin.PluginContext;

/** Host functions with settings, of every arity and type that there is. */
public final class Phrases implements HostFunctionProvider {
  private final ConcurrentLinkedQueue<String> told = new ConcurrentLinkedQueue<>();
  private String greeting = "";
  private long started;

  @Override
  public String name() {
    return "plugin";
  }

  @Override
  public void start(PluginContext context) {
    greeting = context.settings().requiredText("greeting");
    int least = context.settings().integer("least", 1, 0, 10);
    Duration pause = context.settings().duration("pause", Duration.ofSeconds(1));
    int size = context.settings().size("size", 1024);
    long large = context.settings().largeSize("large", 1L << 40);
    boolean loud = context.settings().flag("loud", false);
    if (least != 2 || pause.toMillis() != 50 || size != 2048 || large != 1L << 40 || !loud) {
      throw new ConfigurationException("the settings were not read as they were written");
    }
    started = context.clock().millis();
  }

  @Override
  public List<HostFunction> functions() {
    return List.of(
        query("ask")
            .takes(STRING.named("about"))
            .returns(STRING)
            .answers(
                (call, about) -> {
                  if (about.equals("nothing")) {
                    throw new HostFunctionException(
                        HostFunctionException.FIRST_OF_PLUGINS, "there is nothing");
                  }
                  if (call.remaining().isZero() || call.time().toEpochMilli() < started) {
                    throw new IllegalStateException("time does not go on");
                  }
                  return "%s %s of %s in %s/%s by %s, told %s"
                      .formatted(
                          greeting,
                          about,
                          call.hook(),
                          call.service(),
                          call.address().room(),
                          call.connection().map(ConnectionId::value).orElse("nobody"),
                          told);
                }),
        effect("tell")
            .takes(STRING)
            .emits((call, text) -> Emission.of(Payload.text(text)))
            .does((call, text) -> told.add(text)),
        query("none").returns(BOOL).answers(call -> call.version().service() != null),
        query("two").takes(I32, I64).returns(F64).answers((call, a, b) -> (double) (a + b)),
        query("three")
            .takes(BYTES, DATA, LIST_OF_STRING)
            .returns(OPTIONAL_BYTES)
            .answers((call, a, b, c) -> Optional.of(Bytes.copyOf(a.toArray()))),
        query("four")
            .takes(BOOL, F64, OPTIONAL_BYTES, LIST_OF_OPTIONAL_BYTES)
            .returns(DATA)
            .answers((call, a, b, c, d) -> Payload.text("four")),
        effect("alone").does(call -> told.add("alone")),
        effect("pair")
            .takes(STRING, DATA)
            .emits((call, to, data) -> Emission.toConnection(data, new ConnectionId(to)))
            .does((call, to, data) -> told.add(to)),
        effect("triple")
            .takes(STRING, I32, BOOL)
            .emits((call, a, b, c) -> Emission.toRoom(Payload.text(a), List.of()))
            .does((call, a, b, c) -> told.add(a)),
        effect("quadruple")
            .takes(STRING, STRING, STRING, STRING)
            .does((call, a, b, c, d) -> told.add(a)));
  }
}
