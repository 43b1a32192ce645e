package org.cloudramp.sandbox.api.function;

import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * A query in the making: say what it {@code takes}, what it {@code returns}, and how it {@code
 * answers}, at once or later. Immutable; each step gives the next.
 */
public final class QueryDeclaration {
  private final String name;

  QueryDeclaration(String name) {
    this.name = name;
  }

  /** The type of the answer, for a query without parameters. */
  public <R> Returning0<R> returns(ValueType<R> result) {
    return new Returning0<>(name, result);
  }

  /** Takes one argument. */
  public <A> Taking1<A> takes(ValueType<A> a) {
    return new Taking1<>(name, a);
  }

  /** Takes two arguments. */
  public <A, B> Taking2<A, B> takes(ValueType<A> a, ValueType<B> b) {
    return new Taking2<>(name, a, b);
  }

  /** Takes three arguments. */
  public <A, B, C> Taking3<A, B, C> takes(ValueType<A> a, ValueType<B> b, ValueType<C> c) {
    return new Taking3<>(name, a, b, c);
  }

  /** Takes four arguments. */
  public <A, B, C, D> Taking4<A, B, C, D> takes(
      ValueType<A> a, ValueType<B> b, ValueType<C> c, ValueType<D> d) {
    return new Taking4<>(name, a, b, c, d);
  }

  /** A query of no arguments that answers with an {@code R}. */
  public static final class Returning0<R> {
    private final String name;
    private final ValueType<R> result;

    Returning0(String name, ValueType<R> result) {
      this.name = name;
      this.result = result;
    }

    /** The code. */
    public HostFunction answers(HostLambda.Answer0<R> code) {
      return new QueryFunction(name, List.of(), result, (call, arguments) -> code.answer(call));
    }

    /** The code, which does not wait: see {@link QueryFunction#answersLater}. */
    public HostFunction answersLater(HostLambda.Answer0<CompletionStage<R>> code) {
      return QueryFunction.later(name, List.of(), result, (call, arguments) -> code.answer(call));
    }
  }

  /** A query of one argument. */
  public static final class Taking1<A> {
    private final String name;
    private final ValueType<A> a;

    Taking1(String name, ValueType<A> a) {
      this.name = name;
      this.a = a;
    }

    /** The type of the answer. */
    public <R> Returning1<A, R> returns(ValueType<R> result) {
      return new Returning1<>(name, a, result);
    }
  }

  /** A query of one argument that answers with an {@code R}. */
  public static final class Returning1<A, R> {
    private final String name;
    private final ValueType<A> a;
    private final ValueType<R> result;

    Returning1(String name, ValueType<A> a, ValueType<R> result) {
      this.name = name;
      this.a = a;
      this.result = result;
    }

    /** The code. */
    public HostFunction answers(HostLambda.Answer1<A, R> code) {
      return new QueryFunction(
          name, List.of(a), result, (call, arguments) -> code.answer(call, a.cast(arguments[0])));
    }

    /** The code, which does not wait: see {@link QueryFunction#answersLater}. */
    public HostFunction answersLater(HostLambda.Answer1<A, CompletionStage<R>> code) {
      return QueryFunction.later(
          name, List.of(a), result, (call, arguments) -> code.answer(call, a.cast(arguments[0])));
    }
  }

  /** A query of two arguments. */
  public static final class Taking2<A, B> {
    private final String name;
    private final ValueType<A> a;
    private final ValueType<B> b;

    Taking2(String name, ValueType<A> a, ValueType<B> b) {
      this.name = name;
      this.a = a;
      this.b = b;
    }

    /** The type of the answer. */
    public <R> Returning2<A, B, R> returns(ValueType<R> result) {
      return new Returning2<>(name, a, b, result);
    }
  }

  /** A query of two arguments that answers with an {@code R}. */
  public static final class Returning2<A, B, R> {
    private final String name;
    private final ValueType<A> a;
    private final ValueType<B> b;
    private final ValueType<R> result;

    Returning2(String name, ValueType<A> a, ValueType<B> b, ValueType<R> result) {
      this.name = name;
      this.a = a;
      this.b = b;
      this.result = result;
    }

    /** The code. */
    public HostFunction answers(HostLambda.Answer2<A, B, R> code) {
      return new QueryFunction(
          name,
          List.of(a, b),
          result,
          (call, arguments) -> code.answer(call, a.cast(arguments[0]), b.cast(arguments[1])));
    }

    /** The code, which does not wait: see {@link QueryFunction#answersLater}. */
    public HostFunction answersLater(HostLambda.Answer2<A, B, CompletionStage<R>> code) {
      return QueryFunction.later(
          name,
          List.of(a, b),
          result,
          (call, arguments) -> code.answer(call, a.cast(arguments[0]), b.cast(arguments[1])));
    }
  }

  /** A query of three arguments. */
  public static final class Taking3<A, B, C> {
    private final String name;
    private final ValueType<A> a;
    private final ValueType<B> b;
    private final ValueType<C> c;

    Taking3(String name, ValueType<A> a, ValueType<B> b, ValueType<C> c) {
      this.name = name;
      this.a = a;
      this.b = b;
      this.c = c;
    }

    /** The type of the answer. */
    public <R> Returning3<A, B, C, R> returns(ValueType<R> result) {
      return new Returning3<>(name, a, b, c, result);
    }
  }

  /** A query of three arguments that answers with an {@code R}. */
  public static final class Returning3<A, B, C, R> {
    private final String name;
    private final ValueType<A> a;
    private final ValueType<B> b;
    private final ValueType<C> c;
    private final ValueType<R> result;

    Returning3(String name, ValueType<A> a, ValueType<B> b, ValueType<C> c, ValueType<R> result) {
      this.name = name;
      this.a = a;
      this.b = b;
      this.c = c;
      this.result = result;
    }

    /** The code. */
    public HostFunction answers(HostLambda.Answer3<A, B, C, R> code) {
      return new QueryFunction(
          name,
          List.of(a, b, c),
          result,
          (call, arguments) ->
              code.answer(call, a.cast(arguments[0]), b.cast(arguments[1]), c.cast(arguments[2])));
    }

    /** The code, which does not wait: see {@link QueryFunction#answersLater}. */
    public HostFunction answersLater(HostLambda.Answer3<A, B, C, CompletionStage<R>> code) {
      return QueryFunction.later(
          name,
          List.of(a, b, c),
          result,
          (call, arguments) ->
              code.answer(call, a.cast(arguments[0]), b.cast(arguments[1]), c.cast(arguments[2])));
    }
  }

  /** A query of four arguments. */
  public static final class Taking4<A, B, C, D> {
    private final String name;
    private final ValueType<A> a;
    private final ValueType<B> b;
    private final ValueType<C> c;
    private final ValueType<D> d;

    Taking4(String name, ValueType<A> a, ValueType<B> b, ValueType<C> c, ValueType<D> d) {
      this.name = name;
      this.a = a;
      this.b = b;
      this.c = c;
      this.d = d;
    }

    /** The type of the answer. */
    public <R> Returning4<A, B, C, D, R> returns(ValueType<R> result) {
      return new Returning4<>(name, a, b, c, d, result);
    }
  }

  /** A query of four arguments that answers with an {@code R}. */
  public static final class Returning4<A, B, C, D, R> {
    private final String name;
    private final ValueType<A> a;
    private final ValueType<B> b;
    private final ValueType<C> c;
    private final ValueType<D> d;
    private final ValueType<R> result;

    Returning4(
        String name,
        ValueType<A> a,
        ValueType<B> b,
        ValueType<C> c,
        ValueType<D> d,
        ValueType<R> result) {
      this.name = name;
      this.a = a;
      this.b = b;
      this.c = c;
      this.d = d;
      this.result = result;
    }

    /** The code. */
    public HostFunction answers(HostLambda.Answer4<A, B, C, D, R> code) {
      return new QueryFunction(
          name,
          List.of(a, b, c, d),
          result,
          (call, arguments) ->
              code.answer(
                  call,
                  a.cast(arguments[0]),
                  b.cast(arguments[1]),
                  c.cast(arguments[2]),
                  d.cast(arguments[3])));
    }

    /** The code, which does not wait: see {@link QueryFunction#answersLater}. */
    public HostFunction answersLater(HostLambda.Answer4<A, B, C, D, CompletionStage<R>> code) {
      return QueryFunction.later(
          name,
          List.of(a, b, c, d),
          result,
          (call, arguments) ->
              code.answer(
                  call,
                  a.cast(arguments[0]),
                  b.cast(arguments[1]),
                  c.cast(arguments[2]),
                  d.cast(arguments[3])));
    }
  }
}
