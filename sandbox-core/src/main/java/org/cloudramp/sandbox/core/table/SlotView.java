package org.cloudramp.sandbox.core.table;

import org.cloudramp.sandbox.api.ModuleVersion;

/**
 * A slot at one moment.
 *
 * @param version what it holds
 * @param lastRequest when that was last asked for, by the table's ticker
 * @param leases how many runs use it
 */
public record SlotView(ModuleVersion version, long lastRequest, int leases) {}
