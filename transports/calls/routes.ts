/** Collects what a `Routes` function registers, so that a transport of our own can find a method's implementation by its path. */
import type { DescMethod } from "@bufbuild/protobuf";
import {
  type ConnectRouter,
  createMethodImplSpec,
  createServiceImplSpec,
  type Interceptor,
  type MethodImplSpec,
} from "@connectrpc/connect";
import type { Routes } from "../connection.ts";

export interface Implementation {
  readonly spec: MethodImplSpec;
  readonly interceptors: readonly Interceptor[];
}

/** From `/package.Service/Method` to what implements it. */
export type ImplementationTable = ReadonlyMap<string, Implementation>;

/**
 * @throws RangeError when two implementations are registered for one method
 */
export function collectRoutes(routes: Routes): ImplementationTable {
  const table = new Map<string, Implementation>();
  const add = (spec: MethodImplSpec, interceptors: readonly Interceptor[] = []) => {
    const path = methodPath(spec.method);
    if (table.has(path)) throw new RangeError(`Cannot register ${path} twice`);
    table.set(path, { spec, interceptors });
  };
  const router: ConnectRouter = {
    handlers: [],
    service(service, implementation, options) {
      // Methods that are left out get an implementation that answers Unimplemented.
      for (const spec of Object.values(createServiceImplSpec(service, implementation).methods)) {
        add(spec, options?.interceptors);
      }
      return this;
    },
    rpc(method, implement, options) {
      add(createMethodImplSpec(method, implement), options?.interceptors);
      return this;
    },
  };
  routes(router);
  return table;
}

const paths = new WeakMap<DescMethod, string>();

/** `/package.Service/Method`: for each method the same string, which tables find faster than a new one. */
export function methodPath(method: DescMethod): string {
  const known = paths.get(method);
  if (known !== undefined) return known;
  const path = `/${method.parent.typeName}/${method.name}`;
  paths.set(method, path);
  return path;
}
