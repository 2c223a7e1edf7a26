/** What the engine asks of whoever has the product's plugin: a factory that is replaced whenever the plugin is. */
import type { ReportingPluginFactory } from "../../loop/reporting-plugin/types.ts";

/** The factory of a plugin that may crash, and may be replaced by another instance at any time. Each instance has its own. */
export interface ReplaceableFactory {
  /** Something that is made with the factory, and made again with each that takes its place. */
  resource<T>(options: FactoryResourceOptions<T>): FactoryResource<T>;
}

export interface FactoryResourceOptions<T> {
  /** Makes it when somebody asks; in a planned replacement with the next factory, before the present one is given up. */
  create(factory: ReportingPluginFactory): Promise<T>;
  /** Takes it away when another has its place, or nobody wants it any more; not after a crash. The plugin waits for it, though not for long. */
  dispose(value: T): Promise<void>;
}

export interface FactoryResource<T> extends AsyncDisposable {
  /**
   * Waits for the plugin, and for the making.
   * @throws ConnectError Unavailable when there is no plugin to come, the signal's reason, and whatever `create` throws
   */
  get(options: { readonly signal: AbortSignal }): Promise<T>;
}
