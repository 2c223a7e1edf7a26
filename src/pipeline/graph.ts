/** The shape of a pipeline: what waits for what, and in which order that can be done. */
import type { DotGraph } from "./dot.ts";
import type { PipelineMistake } from "./errors.ts";

export interface GraphOrder {
  /** Names, every task after those that it waits for. */
  readonly order: readonly string[];
  /** The task that nothing waits for; the last of them in the order where there may be several. */
  readonly last: string;
}

/**
 * Orders the tasks.
 * @param dependencies what each task waits for, by its name
 * @param severalLast whether more than one task may have none that waits for it
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
        : `The tasks ${list(cycle)} wait for each other in a circle`;
    mistakes.push({ line, message });
    return undefined;
  }

  const awaited = new Set([...dependencies.values()].flatMap((names) => [...names]));
  const ends = order.filter((name) => !awaited.has(name));
  const last = ends.at(-1);
  if (last === undefined || (ends.length > 1 && !severalLast)) {
    const line = graph.nodes.get(ends[1] ?? "")?.line ?? 1;
    mistakes.push({ line, message: `Exactly one task can be the last, but nothing follows ${list(ends)}` });
    return undefined;
  }
  return { order, last };
}

/** Every task in `waiting` waits for another one in it, so going from one to the next must come back to itself. */
function findCycle(waiting: ReadonlySet<string>, dependencies: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const path: string[] = [];
  let [name = ""] = waiting;
  while (!path.includes(name)) {
    path.push(name);
    name = [...(dependencies.get(name) ?? [])].find((dependency) => waiting.has(dependency)) ?? name;
  }
  // Collected against the flow; told from the task that comes first in the text.
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
