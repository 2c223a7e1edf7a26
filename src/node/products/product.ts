/** What the node knows about a product: the provider that it needs, and how its plugin makes the factory of its reporting plugins. */
import type { Connection } from "../../../transports/connection.ts";
import type { Logger } from "../../../transports/plugin.ts";
import type { Job } from "../../jobs/types.ts";
import type { ErrorLog } from "../../loop/error-log/types.ts";
import type { PluginProvider } from "../../loop/provider/types.ts";
import type { Relayer } from "../../loop/relayer/types.ts";
import type { ReportingPluginFactory } from "../../loop/reporting-plugin/types.ts";
import type { CallOptions } from "../../loop/types.ts";
import type { PipelineRun } from "../../pipeline/run.ts";
import type { Pipeline } from "../../pipeline/types.ts";
import type { InstanceContext } from "../../runtime/resources.ts";
import type { NodeConfig } from "../config/types.ts";

/** What a pipeline is for: the last is for those that a product's plugin has run. */
export type PipelineUse = "observation" | "fee-coin-price" | "gas-price" | "product";

/** One job's product. */
export interface Product extends AsyncDisposable {
  /** What Chainlink's hosts call the product's plugin and its client in health reports. */
  readonly names: { readonly service: string; readonly client: string };
  /** The job's pipelines that the node runs, by what they are for. */
  readonly pipelines: { readonly [Use in PipelineUse]?: Pipeline };
  /** Over the connection that the product was made with. */
  readonly provider: PluginProvider;
  /** Has a relayer make the provider that this product needs. */
  createProvider(relayer: Relayer, options: CallOptions): Promise<PluginProvider>;
  /** Has the plugin make a factory. It ends with that instance of the plugin. */
  createFactory(instance: InstanceContext, options: CallOptions): Promise<ReportingPluginFactory>;
  /**
   * The longest time from one report to the next, in milliseconds. Absent where the product has none.
   * @param reportingPluginConfig the product's part of the contract's config
   * @returns undefined when it cannot be read
   */
  heartbeatMs?(reportingPluginConfig: Uint8Array): number | undefined;
  /** The contract's latest answer. Absent where the provider cannot read it. */
  latestAnswer?(options: CallOptions): Promise<bigint>;
}

export interface ProductOptions<J extends Job> {
  readonly job: J;
  readonly config: NodeConfig;
  readonly log: Logger;
  /** Always leads to the current provider: see {@link Product.createProvider}. */
  readonly connection: Connection;
  /** What the plugin reports its errors to. */
  readonly errorLog: ErrorLog;
  /** Called after every run of one of the job's pipelines. */
  readonly onRun: (use: PipelineUse, run: PipelineRun) => void;
}
