package org.cloudramp.sandbox.api.function;

import java.util.List;
import org.cloudramp.sandbox.api.Experimental;
import org.cloudramp.sandbox.api.hook.Emission;
import org.jspecify.annotations.Nullable;

/**
 * An effect in the making: say what it {@code takes} and what it {@code does}; optionally what it
 * {@code emits}. Immutable; each step gives the next.
 *
 * <p>{@code emits} runs while the guest waits for the call, and may refuse it by throwing {@link
 * org.cloudramp.sandbox.api.error.HostFunctionException}. {@code does} runs after the hook has
 * succeeded and its writes are committed, in the order of the calls; by then the guest is gone, so
 * what it throws is logged and changes nothing.
 */
public final class EffectDeclaration {
  private final String name;

  EffectDeclaration(String name) {
    this.name = name;
  }

  /** The code, for an effect without parameters that says nothing of itself. */
  public HostFunction does(HostLambda.Action0 code) {
    return new Taking0(name, null).does(code);
  }

  /**
   * The code, for an effect without parameters that concerns the room's connections: see {@link
   * Taking0#doesEverywhere}.
   */
  @Experimental
  public HostFunction doesEverywhere(HostLambda.Everywhere0 code) {
    return new Taking0(name, null).doesEverywhere(code);
  }

  /** What the hook's events say of an effect without parameters. */
  public Taking0 emits(HostLambda.Answer0<Emission> code) {
    return new Taking0(name, null).emits(code);
  }

  /** Takes one argument. */
  public <A> Taking1<A> takes(ValueType<A> a) {
    return new Taking1<>(name, a, null);
  }

  /** Takes two arguments. */
  public <A, B> Taking2<A, B> takes(ValueType<A> a, ValueType<B> b) {
    return new Taking2<>(name, a, b, null);
  }

  /** Takes three arguments. */
  public <A, B, C> Taking3<A, B, C> takes(ValueType<A> a, ValueType<B> b, ValueType<C> c) {
    return new Taking3<>(name, a, b, c, null);
  }

  /** Takes four arguments. */
  public <A, B, C, D> Taking4<A, B, C, D> takes(
      ValueType<A> a, ValueType<B> b, ValueType<C> c, ValueType<D> d) {
    return new Taking4<>(name, a, b, c, d, null);
  }

  /** An effect of no arguments. */
  public static final class Taking0 {
    private final String name;
    private final HostFunction.@Nullable Body<Emission> emission;

    Taking0(String name, HostFunction.@Nullable Body<Emission> emission) {
      this.name = name;
      this.emission = emission;
    }

    /** What the hook's events say of this effect; without it, the request as it came. */
    public Taking0 emits(HostLambda.Answer0<Emission> code) {
      return new Taking0(name, (call, arguments) -> code.answer(call));
    }

    /** The code. */
    public HostFunction does(HostLambda.Action0 code) {
      return new EffectFunction(name, List.of(), emission, (call, arguments) -> code.run(call));
    }

    /**
     * The code of an effect that concerns the room's connections. In a room of one process it runs
     * as that of {@link #does}; in a room of many servers it is part of the commit, and runs in the
     * order of the room's log on every server that has connections in the room, the one of the hook
     * among them. For {@linkplain org.cloudramp.sandbox.api.extension.Extension extensions} only.
     */
    @Experimental
    public HostFunction doesEverywhere(HostLambda.Everywhere0 code) {
      return new EffectFunction(name, emission, (room, arguments) -> code.run(room), List.of());
    }
  }

  /** An effect of one argument. */
  public static final class Taking1<A> {
    private final String name;
    private final ValueType<A> a;
    private final HostFunction.@Nullable Body<Emission> emission;

    Taking1(String name, ValueType<A> a, HostFunction.@Nullable Body<Emission> emission) {
      this.name = name;
      this.a = a;
      this.emission = emission;
    }

    /** What the hook's events say of this effect; without it, the request as it came. */
    public Taking1<A> emits(HostLambda.Answer1<A, Emission> code) {
      return new Taking1<>(name, a, (call, arguments) -> code.answer(call, a.cast(arguments[0])));
    }

    /** The code. */
    public HostFunction does(HostLambda.Action1<A> code) {
      return new EffectFunction(
          name, List.of(a), emission, (call, arguments) -> code.run(call, a.cast(arguments[0])));
    }

    /**
     * The code of an effect that concerns the room's connections. In a room of one process it runs
     * as that of {@link #does}; in a room of many servers it is part of the commit, and runs in the
     * order of the room's log on every server that has connections in the room, the one of the hook
     * among them. For {@linkplain org.cloudramp.sandbox.api.extension.Extension extensions} only.
     */
    @Experimental
    public HostFunction doesEverywhere(HostLambda.Everywhere1<A> code) {
      return new EffectFunction(
          name, emission, (room, arguments) -> code.run(room, a.cast(arguments[0])), List.of(a));
    }
  }

  /** An effect of two arguments. */
  public static final class Taking2<A, B> {
    private final String name;
    private final ValueType<A> a;
    private final ValueType<B> b;
    private final HostFunction.@Nullable Body<Emission> emission;

    Taking2(
        String name,
        ValueType<A> a,
        ValueType<B> b,
        HostFunction.@Nullable Body<Emission> emission) {
      this.name = name;
      this.a = a;
      this.b = b;
      this.emission = emission;
    }

    /** What the hook's events say of this effect; without it, the request as it came. */
    public Taking2<A, B> emits(HostLambda.Answer2<A, B, Emission> code) {
      return new Taking2<>(
          name,
          a,
          b,
          (call, arguments) -> code.answer(call, a.cast(arguments[0]), b.cast(arguments[1])));
    }

    /** The code. */
    public HostFunction does(HostLambda.Action2<A, B> code) {
      return new EffectFunction(
          name,
          List.of(a, b),
          emission,
          (call, arguments) -> code.run(call, a.cast(arguments[0]), b.cast(arguments[1])));
    }

    /**
     * The code of an effect that concerns the room's connections. In a room of one process it runs
     * as that of {@link #does}; in a room of many servers it is part of the commit, and runs in the
     * order of the room's log on every server that has connections in the room, the one of the hook
     * among them. For {@linkplain org.cloudramp.sandbox.api.extension.Extension extensions} only.
     */
    @Experimental
    public HostFunction doesEverywhere(HostLambda.Everywhere2<A, B> code) {
      return new EffectFunction(
          name,
          emission,
          (room, arguments) -> code.run(room, a.cast(arguments[0]), b.cast(arguments[1])),
          List.of(a, b));
    }
  }

  /** An effect of three arguments. */
  public static final class Taking3<A, B, C> {
    private final String name;
    private final ValueType<A> a;
    private final ValueType<B> b;
    private final ValueType<C> c;
    private final HostFunction.@Nullable Body<Emission> emission;

    Taking3(
        String name,
        ValueType<A> a,
        ValueType<B> b,
        ValueType<C> c,
        HostFunction.@Nullable Body<Emission> emission) {
      this.name = name;
      this.a = a;
      this.b = b;
      this.c = c;
      this.emission = emission;
    }

    /** What the hook's events say of this effect; without it, the request as it came. */
    public Taking3<A, B, C> emits(HostLambda.Answer3<A, B, C, Emission> code) {
      return new Taking3<>(
          name,
          a,
          b,
          c,
          (call, arguments) ->
              code.answer(call, a.cast(arguments[0]), b.cast(arguments[1]), c.cast(arguments[2])));
    }

    /** The code. */
    public HostFunction does(HostLambda.Action3<A, B, C> code) {
      return new EffectFunction(
          name,
          List.of(a, b, c),
          emission,
          (call, arguments) ->
              code.run(call, a.cast(arguments[0]), b.cast(arguments[1]), c.cast(arguments[2])));
    }

    /**
     * The code of an effect that concerns the room's connections. In a room of one process it runs
     * as that of {@link #does}; in a room of many servers it is part of the commit, and runs in the
     * order of the room's log on every server that has connections in the room, the one of the hook
     * among them. For {@linkplain org.cloudramp.sandbox.api.extension.Extension extensions} only.
     */
    @Experimental
    public HostFunction doesEverywhere(HostLambda.Everywhere3<A, B, C> code) {
      return new EffectFunction(
          name,
          emission,
          (room, arguments) ->
              code.run(room, a.cast(arguments[0]), b.cast(arguments[1]), c.cast(arguments[2])),
          List.of(a, b, c));
    }
  }

  /** An effect of four arguments. */
  public static final class Taking4<A, B, C, D> {
    private final String name;
    private final ValueType<A> a;
    private final ValueType<B> b;
    private final ValueType<C> c;
    private final ValueType<D> d;
    private final HostFunction.@Nullable Body<Emission> emission;

    Taking4(
        String name,
        ValueType<A> a,
        ValueType<B> b,
        ValueType<C> c,
        ValueType<D> d,
        HostFunction.@Nullable Body<Emission> emission) {
      this.name = name;
      this.a = a;
      this.b = b;
      this.c = c;
      this.d = d;
      this.emission = emission;
    }

    /** What the hook's events say of this effect; without it, the request as it came. */
    public Taking4<A, B, C, D> emits(HostLambda.Answer4<A, B, C, D, Emission> code) {
      return new Taking4<>(
          name,
          a,
          b,
          c,
          d,
          (call, arguments) ->
              code.answer(
                  call,
                  a.cast(arguments[0]),
                  b.cast(arguments[1]),
                  c.cast(arguments[2]),
                  d.cast(arguments[3])));
    }

    /** The code. */
    public HostFunction does(HostLambda.Action4<A, B, C, D> code) {
      return new EffectFunction(
          name,
          List.of(a, b, c, d),
          emission,
          (call, arguments) ->
              code.run(
                  call,
                  a.cast(arguments[0]),
                  b.cast(arguments[1]),
                  c.cast(arguments[2]),
                  d.cast(arguments[3])));
    }

    /**
     * The code of an effect that concerns the room's connections. In a room of one process it runs
     * as that of {@link #does}; in a room of many servers it is part of the commit, and runs in the
     * order of the room's log on every server that has connections in the room, the one of the hook
     * among them. For {@linkplain org.cloudramp.sandbox.api.extension.Extension extensions} only.
     */
    @Experimental
    public HostFunction doesEverywhere(HostLambda.Everywhere4<A, B, C, D> code) {
      return new EffectFunction(
          name,
          emission,
          (room, arguments) ->
              code.run(
                  room,
                  a.cast(arguments[0]),
                  b.cast(arguments[1]),
                  c.cast(arguments[2]),
                  d.cast(arguments[3])),
          List.of(a, b, c, d));
    }
  }
}
