/** What the node knows of a product: how its plugin makes the factory of a job's reporting plugins. */
import type { Logger } from "../../../transports/plugin.ts";
import type { Job } from "../../jobs/types.ts";
import type { PluginProvider } from "../../loop/provider/types.ts";
import type { ReportingPluginFactory } from "../../loop/reporting-plugin/types.ts";
import type { CallOptions } from "../../loop/types.ts";
import type { PipelineRun } from "../../pipeline/run.ts";
import type { LifeContext } from "../../runtime/resources.ts";
import type { NodeConfig } from "../config/types.ts";

export interface Product extends AsyncDisposable {
  /** What Chainlink's hosts call the product's plugin and its client in health reports. */
  readonly names: { readonly service: string; readonly client: string };
  /** Has the plugin make a factory, which lives as long as the plugin's life. */
  createFactory(life: LifeContext, provider: PluginProvider, options: CallOptions): Promise<ReportingPluginFactory>;
}

export interface ProductOptions<J extends Job> {
  readonly job: J;
  readonly config: NodeConfig;
  readonly log: Logger;
  /** Hears of every run of the job's observation source, where it has one. */
  readonly onObservation?: (run: PipelineRun) => void;
}
