/** Checks a job's plugin config before the job is created. */
import type { JsonObject } from "@bufbuild/protobuf";
import type { CallOptions, Service } from "../types.ts";

export interface ValidationService extends Service {
  /**
   * @param config the job's whole table `pluginConfig`
   * @throws Error that says what is wrong with the config
   */
  validateConfig(config: JsonObject, options?: CallOptions): Promise<void>;
}
