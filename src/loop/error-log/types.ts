/** Takes a product's errors that the operator should see. */
import type { CallOptions } from "../types.ts";

export interface ErrorLog {
  saveError(message: string, options?: CallOptions): Promise<void>;
}
