/** The generic kind: plugins with a custom product for OCR2, and what a host offers them. */
import type { OverConnection } from "../connection.ts";
import type { ErrorLog } from "../error-log/types.ts";
import type { KeyValueStore } from "../key-value-store/types.ts";
import type { PipelineRunner } from "../pipeline-runner/types.ts";
import type { PluginProvider } from "../provider/types.ts";
import type { ReportingPluginFactory } from "../reporting-plugin/types.ts";
import type { Telemetry } from "../telemetry/types.ts";
import type { CallOptions, Service } from "../types.ts";
import type { ValidationService } from "../validation/types.ts";

/** `loop.ReportingPluginService`: the root of a generic plugin. It can make several factories, one for each job. */
export interface ReportingPluginService extends Service {
  newReportingPluginFactory(args: CompleteFactoryArgs, options?: CallOptions): Promise<ReportingPluginFactory>;
  /** Makes the service that checks a job's config. Chainlink's nodes start the plugin only for that and stop it again. */
  newValidationService(options?: CallOptions): Promise<ValidationService>;
}

/** What a plugin gets for one job. Calls of what its host does not have reject with Unimplemented. */
export interface CompleteFactoryArgs {
  readonly config: ReportingPluginServiceConfig;
  /** Accesses the contract. It carries its connection, for services that {@link PluginProvider} does not have. */
  readonly provider: PluginProvider & OverConnection;
  readonly errorLog: ErrorLog;
  readonly pipelineRunner: PipelineRunner;
  readonly telemetry: Telemetry;
  readonly keyValueStore: KeyValueStore;
}

/** What a host offers. For a provider that is a client the bytes of its connection are passed through. */
export interface ReportingPluginFactoryArgs
  extends Pick<CompleteFactoryArgs, "config" | "errorLog">,
    Partial<Pick<CompleteFactoryArgs, "pipelineRunner" | "telemetry" | "keyValueStore">> {
  readonly provider: PluginProvider;
}

/** A host's view of a generic plugin. */
export interface ReportingPluginServiceClient extends ReportingPluginService {
  newReportingPluginFactory(args: ReportingPluginFactoryArgs, options?: CallOptions): Promise<ReportingPluginFactory>;
}

/** What the job says about the plugin. */
export interface ReportingPluginServiceConfig {
  /** Such as `plugin`, or `median` for products that use the median provider. */
  readonly providerType: string;
  /** The executable, as the job or `CL_<NAME>_CMD` names it. */
  readonly command: string;
  readonly pluginName: string;
  /**
   * JSON that the product defines. Chainlink's nodes wrap the job's table `pluginConfig` in an object with the keys `pipelines`
   * and `pluginConfig`.
   */
  readonly pluginConfig: string;
  readonly telemetryType: string;
}
