package com.example.shop;

import static org.cloudramp.sandbox.api.function.HostFunction.query;
import static org.cloudramp.sandbox.api.function.ValueType.I32;
import static org.cloudramp.sandbox.api.function.ValueType.STRING;

import com.google.inject.Inject;
import java.util.List;
import org.cloudramp.sandbox.api.error.HostFunctionException;
import org.cloudramp.sandbox.api.function.HostFunction;
import org.cloudramp.sandbox.api.function.HostFunctionProvider;

/** The module {@code prices}: a handler without a jar, which uses objects of the application. */
final class PriceFunctions implements HostFunctionProvider {
  private final Prices prices;

  @Inject
  PriceFunctions(Prices prices) {
    this.prices = prices;
  }

  @Override
  public String name() {
    return "prices";
  }

  @Override
  public List<HostFunction> functions() {
    return List.of(
        query("of")
            .takes(STRING)
            .returns(I32)
            .answers(
                (call, article) ->
                    prices
                        .of(article)
                        .orElseThrow(
                            () ->
                                new HostFunctionException(
                                    HostFunctionException.UNKNOWN, "we do not have that"))));
  }
}
