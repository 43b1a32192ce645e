package org.cloudramp.sandbox.core.gate;

import java.util.List;
import java.util.Map;
import org.cloudramp.sandbox.api.engine.FunctionImport;

/**
 * A module that has been read from front to back and found good.
 *
 * @param spaces what its indices mean
 * @param imports in its order
 * @param exports in its order
 * @param sections where its sections' items lie; none of custom sections
 * @param bulkOperations where its bulk operations are
 * @param names of its functions
 */
record ParsedModule(
    IndexSpaces spaces,
    List<FunctionImport> imports,
    Map<String, CheckedModule.Export> exports,
    Map<Section, Items> sections,
    BulkOperations bulkOperations,
    FunctionNames names) {

  /**
   * The items of a section, which lie in the original bytes behind their count.
   *
   * @param count how many
   * @param start the offset of the first
   * @param end the offset behind the last
   */
  record Items(int count, int start, int end) {
    static final Items NONE = new Items(0, 0, 0);
  }

  /** The items of {@code section}, none if it is absent. */
  Items items(Section section) {
    return sections.getOrDefault(section, Items.NONE);
  }
}
