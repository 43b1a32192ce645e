package com.example.shop;

import java.util.Map;
import java.util.OptionalInt;

/** What this application is about, and what rooms may ask it. Immutable. */
public final class Prices {
  private final Map<String, Integer> cents = Map.of("tea", 250, "coffee", 320);

  /** What an article costs, in cents; empty for one that the shop does not have. */
  public OptionalInt of(String article) {
    Integer price = cents.get(article);
    return price == null ? OptionalInt.empty() : OptionalInt.of(price);
  }
}
