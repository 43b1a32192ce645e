package com.example.shop;

import com.google.inject.AbstractModule;
import com.google.inject.Scopes;
import com.google.inject.multibindings.Multibinder;
import org.cloudramp.sandbox.api.function.HostFunctionProvider;
import org.cloudramp.sandbox.api.store.ModuleStore;

/** What this application puts in the place of the sandbox's own, and beside it. */
final class ShopModule extends AbstractModule {
  @Override
  protected void configure() {
    bind(Prices.class).in(Scopes.SINGLETON);
    bind(ModuleStore.class).to(HeapStore.class).in(Scopes.SINGLETON);
    Multibinder.newSetBinder(binder(), HostFunctionProvider.class)
        .addBinding()
        .to(PriceFunctions.class);
  }
}
