/** Puts the tasks of a pipeline into an order in which each can wait for the ones before it. */
import type { DotGraph } from "./dot.ts";
import type { PipelineMistake } from "./errors.ts";

export interface GraphOrder {
  /** Names; every task is after the tasks that it waits for. */
  readonly order: readonly string[];
  /** The task that nothing waits for; if there are several, the last of them in the order. */
  readonly last: string;
}

/**
 * Orders the tasks.
 * @param dependencies the tasks that each task waits for, by its name
 * @param severalLast whether there may be more than one task that no other task waits for
 * @returns undefined, with the reasons in `mistakes`, when there is a cycle or not exactly one last task
 */
export function orderTasks(
  graph: DotGraph,
  dependencies: ReadonlyMap<string, ReadonlySet<string>>,
  mistakes: PipelineMistake[],
  severalLast = false,
): GraphOrder | undefined {
  if (graph.nodes.size === 0) {
    mistakes.push({ line: 1, message: "The pipeline has no tasks" });
    return undefined;
  }
  const order: string[] = [];
  const done = new Set<string>();
  const waiting = new Set(graph.nodes.keys());
  for (let found = true; found; ) {
    found = false;
    for (const name of waiting) {
      if (![...(dependencies.get(name) ?? [])].every((dependency) => done.has(dependency))) continue;
      order.push(name);
      done.add(name);
      waiting.delete(name);
      found = true;
    }
  }
  if (waiting.size > 0) {
    const cycle = findCycle(waiting, dependencies);
    const line = graph.nodes.get(cycle[0] ?? "")?.line ?? 1;
    const message =
      cycle.length === 1
        ? `Task ${list(cycle)} waits for itself`
        : `The tasks ${list(cycle)} wait for each other in a cycle`;
    mistakes.push({ line, message });
    return undefined;
  }

  const awaited = new Set([...dependencies.values()].flatMap((names) => [...names]));
  const ends = order.filter((name) => !awaited.has(name));
  const last = ends.at(-1);
  if (last === undefined || (ends.length > 1 && !severalLast)) {
    const line = graph.nodes.get(ends[1] ?? "")?.line ?? 1;
    mistakes.push({ line, message: `A pipeline must have exactly one last task, but nothing follows ${list(ends)}` });
    return undefined;
  }
  return { order, last };
}

/** Every task in `waiting` waits for another task in it, so following them must lead to a task that was seen before. */
function findCycle(waiting: ReadonlySet<string>, dependencies: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const path: string[] = [];
  let [name = ""] = waiting;
  while (!path.includes(name)) {
    path.push(name);
    name = [...(dependencies.get(name) ?? [])].find((dependency) => waiting.has(dependency)) ?? name;
  }
  // Collected against the direction of edges; listed from the task that is first in the text.
  const cycle = new Set(path.slice(path.indexOf(name)).reverse());
  const first = [...waiting].find((one) => cycle.has(one)) ?? name;
  const names = [...cycle];
  return [...names.slice(names.indexOf(first)), ...names.slice(0, names.indexOf(first))];
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 10).map((name) => `"${name}"`);
  const more = names.length > shown.length ? [`${names.length - shown.length} more`] : [];
  return [...shown, ...more].join(", ").replace(/, ([^,]*)$/, " and $1");
}
