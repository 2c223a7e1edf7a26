/** The median kind: the plugin of the median product and its arguments. */
import type { DataSource } from "../data-source/types.ts";
import type { ErrorLog } from "../error-log/types.ts";
import type { MedianProvider } from "../median-provider/types.ts";
import type { ReportingPluginFactory } from "../reporting-plugin/types.ts";
import type { CallOptions, Service } from "../types.ts";

/** `loop.PluginMedian`: the root of a median plugin. */
export interface PluginMedian extends Service {
  newMedianFactory(args: MedianFactoryArgs, options?: CallOptions): Promise<ReportingPluginFactory>;
}

export interface MedianFactoryArgs {
  readonly provider: MedianProvider;
  /** Empty where the host does not tell it, as Chainlink's node up to 2.15. */
  readonly contractId: string;
  readonly dataSource: DataSource;
  /** Price of one whole fee coin in juels (10^-18 LINK). */
  readonly juelsPerFeeCoin: DataSource;
  /** Gas price in the fee coin's smallest unit; zero when the contract reads the gas price itself. */
  readonly gasPriceSubunits: DataSource;
  readonly errorLog: ErrorLog;
  /** JSON of a deviation function. Default: the built-in one. */
  readonly deviationFuncDefinition?: Uint8Array;
}
