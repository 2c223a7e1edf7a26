/** The factory that an engine is given: it is replaced whenever the product's plugin is. */
import type { ReportingPluginFactory } from "../../loop/reporting-plugin/types.ts";

/** The factory of a plugin that may crash, and may be replaced by another instance at any time. Each instance has its own. */
export interface ReplaceableFactory {
  /** A value that is made with the factory, and made again with each new factory. */
  resource<T>(options: FactoryResourceOptions<T>): FactoryResource<T>;
}

export interface FactoryResourceOptions<T> {
  /** Makes the value when it is needed; in a planned replacement with the next factory, before the present one is given up. */
  create(factory: ReportingPluginFactory): Promise<T>;
  /** Disposes of the value when it is replaced or no longer needed; not after a crash. The plugin waits a limited time for it. */
  dispose(value: T): Promise<void>;
}

export interface FactoryResource<T> extends AsyncDisposable {
  /**
   * Waits for the plugin, and until the value is made.
   * @throws ConnectError Unavailable when there is no plugin to come, the signal's reason, and whatever `create` throws
   */
  get(options: { readonly signal: AbortSignal }): Promise<T>;
}
