package org.cloudramp.sandbox.api.engine;

/**
 * What one instance may take.
 *
 * @param memoryPages the most pages of 64 KiB its memory may grow to, 1 to 65,535
 */
public record InstanceLimits(int memoryPages) {
  /**
   * @throws IllegalArgumentException if a number is out of its range
   */
  public InstanceLimits {
    if (memoryPages < 1 || memoryPages > 65_535) {
      throw new IllegalArgumentException(memoryPages + " memory pages are not within 1 to 65535");
    }
  }
}
