package org.cloudramp.sandbox.attack;

/** Hooks that take about as long as they are asked to, and succeed. */
final class SlowHooks {
  /** What a guest counts up to in a millisecond, once its code is compiled by the JIT. */
  private static final int COUNTS_A_MILLISECOND = 700_000;

  private static final int WARM_UPS = 40;

  private SlowHooks() {}

  /** Has the JIT see the loop, so that the first slow hook is not slower than its deadline. */
  static void warmUp(Siege siege, Crowd.Member member) throws InterruptedException {
    byte[] small = Modules.order('w', COUNTS_A_MILLISECOND, 0, 0);
    for (int i = 0; i < WARM_UPS; i++) {
      member.send(small);
    }
    long before = member.behindHead();
    member.send(Modules.order('s', 1, 1, 0));
    siege.await(() -> member.behindHead() > before);
  }

  /** Takes so many milliseconds, in a message of so many bytes. */
  static byte[] order(int milliseconds, int bytes) {
    return Modules.order('w', milliseconds * COUNTS_A_MILLISECOND, 0, 0, bytes);
  }
}
