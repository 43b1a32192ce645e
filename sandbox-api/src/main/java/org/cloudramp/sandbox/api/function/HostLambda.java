package org.cloudramp.sandbox.api.function;

import org.cloudramp.sandbox.api.Experimental;
import org.cloudramp.sandbox.api.RoomAddress;

/**
 * The shapes of the lambdas that declare host functions, one for each number of arguments. They may
 * throw {@link org.cloudramp.sandbox.api.error.HostFunctionException} to give the guest an error
 * code of their choice; anything else they throw reaches the guest as an internal error, and the
 * log with the function's name.
 */
public final class HostLambda {
  private HostLambda() {}

  /** Of no arguments, gives an {@code R}. */
  @FunctionalInterface
  public interface Answer0<R> {
    /** Runs while the guest waits; may itself wait, but not beyond {@link HostCall#remaining()}. */
    R answer(HostCall call) throws Exception;
  }

  /** Of no arguments, gives nothing. */
  @FunctionalInterface
  public interface Action0 {
    /** Runs after the hook has succeeded. */
    void run(HostCall call) throws Exception;
  }

  /** Of one argument, gives an {@code R}. */
  @FunctionalInterface
  public interface Answer1<A, R> {
    /** Runs while the guest waits; may itself wait, but not beyond {@link HostCall#remaining()}. */
    R answer(HostCall call, A a) throws Exception;
  }

  /** Of one argument, gives nothing. */
  @FunctionalInterface
  public interface Action1<A> {
    /** Runs after the hook has succeeded. */
    void run(HostCall call, A a) throws Exception;
  }

  /** Of two arguments, gives an {@code R}. */
  @FunctionalInterface
  public interface Answer2<A, B, R> {
    /** Runs while the guest waits; may itself wait, but not beyond {@link HostCall#remaining()}. */
    R answer(HostCall call, A a, B b) throws Exception;
  }

  /** Of two arguments, gives nothing. */
  @FunctionalInterface
  public interface Action2<A, B> {
    /** Runs after the hook has succeeded. */
    void run(HostCall call, A a, B b) throws Exception;
  }

  /** Of three arguments, gives an {@code R}. */
  @FunctionalInterface
  public interface Answer3<A, B, C, R> {
    /** Runs while the guest waits; may itself wait, but not beyond {@link HostCall#remaining()}. */
    R answer(HostCall call, A a, B b, C c) throws Exception;
  }

  /** Of three arguments, gives nothing. */
  @FunctionalInterface
  public interface Action3<A, B, C> {
    /** Runs after the hook has succeeded. */
    void run(HostCall call, A a, B b, C c) throws Exception;
  }

  /** Of four arguments, gives an {@code R}. */
  @FunctionalInterface
  public interface Answer4<A, B, C, D, R> {
    /** Runs while the guest waits; may itself wait, but not beyond {@link HostCall#remaining()}. */
    R answer(HostCall call, A a, B b, C c, D d) throws Exception;
  }

  /** Of four arguments, gives nothing. */
  @FunctionalInterface
  public interface Action4<A, B, C, D> {
    /** Runs after the hook has succeeded. */
    void run(HostCall call, A a, B b, C c, D d) throws Exception;
  }

  /** Of no arguments, happens on every server. */
  @Experimental
  @FunctionalInterface
  public interface Everywhere0 {
    /** Runs after the commit; the hook may have run on another server, so nothing else is known. */
    void run(RoomAddress room) throws Exception;
  }

  /** Of one argument, happens on every server. */
  @Experimental
  @FunctionalInterface
  public interface Everywhere1<A> {
    /** Runs after the commit; the hook may have run on another server, so nothing else is known. */
    void run(RoomAddress room, A a) throws Exception;
  }

  /** Of two arguments, happens on every server. */
  @Experimental
  @FunctionalInterface
  public interface Everywhere2<A, B> {
    /** Runs after the commit; the hook may have run on another server, so nothing else is known. */
    void run(RoomAddress room, A a, B b) throws Exception;
  }

  /** Of three arguments, happens on every server. */
  @Experimental
  @FunctionalInterface
  public interface Everywhere3<A, B, C> {
    /** Runs after the commit; the hook may have run on another server, so nothing else is known. */
    void run(RoomAddress room, A a, B b, C c) throws Exception;
  }

  /** Of four arguments, happens on every server. */
  @Experimental
  @FunctionalInterface
  public interface Everywhere4<A, B, C, D> {
    /** Runs after the commit; the hook may have run on another server, so nothing else is known. */
    void run(RoomAddress room, A a, B b, C c, D d) throws Exception;
  }
}
