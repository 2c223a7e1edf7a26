/** The products that the node runs, by the `pluginType` of a job. */
import type { JobSpec, MedianJob, ProductJob } from "../../jobs/types.ts";
import { createGenericProduct } from "./generic.ts";
import { createMedianProduct } from "./median.ts";
import type { Product, ProductOptions } from "./product.ts";

interface Jobs {
  readonly median: MedianJob;
  readonly plugin: ProductJob;
}

const products: { readonly [Type in keyof Jobs]: (options: ProductOptions<Jobs[Type]>) => Product } = {
  median: createMedianProduct,
  plugin: createGenericProduct,
};

export function createProduct(options: ProductOptions<JobSpec>): Product {
  return create(options.job.pluginType, options);
}

function create<Type extends keyof Jobs>(type: Type, options: ProductOptions<Jobs[Type]>): Product {
  return products[type](options);
}
