/**
 * Methods and services that do not exist. Optional ones are answered with Unimplemented, at once and by name, because the
 * other side probes for them, and the caller gets a sentence that says what is not offered.
 */
import type { DescMethod, DescService } from "@bufbuild/protobuf";
import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import { connectionOver } from "../../transports/calls/connection.ts";
import { failedReply } from "../../transports/calls/lanes.ts";
import type { Connection, Routes } from "../../transports/connection.ts";
import { prefixed } from "./errors.ts";

function unimplemented(text: string): ConnectError {
  return new ConnectError(text, Code.Unimplemented);
}

/** Whether an error says that the other side does not have a method. */
export function isUnimplemented(error: unknown): error is ConnectError {
  return error instanceof ConnectError && error.code === Code.Unimplemented;
}

/**
 * Returns `object` when it has the optional method `method`.
 * @param missing the error's text otherwise, such as `this relayer has no FinalizedHead`
 * @throws ConnectError Unimplemented when the method is missing
 */
export function offering<T extends object, K extends keyof T>(object: T, method: K, missing: string): Offering<T, K> {
  if (!isOffering(object, method)) throw unimplemented(missing);
  return object;
}

type Offering<T, K extends keyof T> = T & { readonly [Method in K]-?: NonNullable<T[Method]> };

function isOffering<T extends object, K extends keyof T>(object: T, method: K): object is Offering<T, K> {
  return object[method] !== undefined;
}

/**
 * A call of a method that the other side may not have.
 * @param refusal the error's first words then, such as `FinalizedHead is not supported by this relayer`
 * @throws ConnectError Unimplemented that begins with `refusal`; otherwise what the call throws
 */
export async function supported<T>(refusal: string, call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw isUnimplemented(error) ? prefixed(refusal, error) : error;
  }
}

/**
 * A service that can be dialled and answers every method with Unimplemented and the method's name.
 * @param reason such as `this host has no relayer set`
 */
export function unimplementedRoutes(service: DescService, reason: string): Routes {
  return (router) => void router.service(service, refusing(service, reason));
}

/** The methods of {@link unimplementedRoutes}, for a service that implements some of its methods. */
export function refusing<S extends DescService>(service: S, reason: string): Partial<ServiceImpl<S>> {
  const refuse = (method: DescMethod) => () => {
    throw unimplemented(`${service.typeName}/${method.name} is not implemented: ${reason}`);
  };
  const methods = service.methods.map((method) => [method.localName, refuse(method)]);
  return Object.fromEntries(methods) as Partial<ServiceImpl<S>>;
}

/**
 * Stands for a connection that the other side does not offer: every call is Unimplemented.
 * @param reason such as `this host offers no key-value store`
 */
export function createAbsentConnection(reason: string): Connection {
  const refused = {
    unary: async () => Promise.reject(unimplemented(reason)),
    stream: () => failedReply<never>(unimplemented(reason)),
  };
  return connectionOver({ bytes: refused, messages: refused }, async () => {});
}
