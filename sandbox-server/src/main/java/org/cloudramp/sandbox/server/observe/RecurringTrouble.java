package org.cloudramp.sandbox.server.observe;

import org.slf4j.Logger;

/**
 * What is wrong with something that is looked at again and again, such as a file: logged when it is
 * another trouble than at the last look. For one thread.
 */
public final class RecurringTrouble {
  private final Logger log;
  private final String format;
  private String last = "";

  /**
   * Nothing is wrong yet.
   *
   * @param format as of the logger; what is wrong stands for its {@code {}}
   */
  public RecurringTrouble(Logger log, String format) {
    this.log = log;
    this.format = format;
  }

  /** This is wrong now. */
  public void is(String trouble) {
    if (!trouble.equals(last)) {
      last = trouble;
      log.error(format, trouble);
    }
  }

  /** Nothing is wrong any more. */
  public void isOver() {
    last = "";
  }
}
