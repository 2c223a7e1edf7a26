/** Reads and checks a pipeline once, when its job is loaded. */
import { shorten } from "../values/text.ts";
import { findAttribute, type ReadAttributes, readAttributes } from "./attributes.ts";
import { type DotGraph, type DotNode, parseDot } from "./dot.ts";
import { PipelineError, type PipelineMistake } from "./errors.ts";
import { orderTasks } from "./graph.ts";
import { readSharedAttributes, sharedAttributes } from "./shared-attributes.ts";
import type { TaskDefinition } from "./tasks/definition.ts";
import { absentTasks, taskDefinitions } from "./tasks/index.ts";
import type { Pipeline, SharedAttributes, Task, TaskWork } from "./types.ts";
import { jobVariables } from "./variables.ts";

/** Names that tasks cannot have, because they are reserved for variables. */
const reservedNames = [...jobVariables, "input"];

/** Every attribute of a task. One that is another task's is read over, as in Chainlink; one that no task knows is a mistake. */
const attributesOfTasks = new Set(
  [...sharedAttributes, ...[...taskDefinitions.values()].flatMap(({ attributes }) => attributes)].map((name) =>
    name.toLowerCase(),
  ),
);

/** A task before its inputs and dependencies are known. */
interface Draft {
  readonly definition: TaskDefinition;
  readonly shared: SharedAttributes;
  readonly work: TaskWork;
  readonly attributes: ReadAttributes;
}

export interface PipelineForm {
  /** Names that `$(name)` may have in addition to tasks, `jb` and `jobRun`. Default: none. */
  readonly variables?: readonly string[] | "any";
  /** Whether a run may have several results: more than one task that is no input of another. Default false. */
  readonly severalLast?: boolean;
}

/**
 * Reads the text of an `observationSource` or another pipeline of a job.
 * @throws PipelineError with every mistake that was found; only the first one when the text is not DOT
 */
export function parsePipeline(source: string, { variables = [], severalLast = false }: PipelineForm = {}): Pipeline {
  const graph = parseDot(source);
  const mistakes: PipelineMistake[] = [];
  const drafts = new Map<string, Draft>();
  for (const node of graph.nodes.values()) {
    const draft = readTask(node, mistakes);
    if (draft !== undefined) drafts.set(node.name, draft);
  }
  const inputs = findInputs(graph, drafts, mistakes);
  const dependencies = findDependencies(graph, drafts, inputs, variables, mistakes);
  const found = orderTasks(graph, dependencies, mistakes, severalLast);
  if (mistakes.length > 0 || found === undefined) throw new PipelineError(mistakes);

  const tasks = found.order.map((name): Task => {
    const { definition, shared, work } = drafts.get(name)!;
    return {
      name,
      type: definition.type,
      line: graph.nodes.get(name)!.line,
      inputs: inputs.get(name)!,
      dependencies: [...dependencies.get(name)!],
      shared,
      requests: definition.requests,
      work,
    };
  });
  return { source, tasks, last: tasks.find(({ name }) => name === found.last)! };
}

function readTask(node: DotNode, mistakes: PipelineMistake[]): Draft | undefined {
  const fail = (line: number, message: string) => {
    mistakes.push({ line, message });
    return undefined;
  };
  if (reservedNames.includes(node.name)) {
    return fail(node.line, `A task cannot be named "${node.name}": the name is reserved for variables`);
  }
  const type = findAttribute(node, "type");
  const types = [...taskDefinitions.keys()].join(", ");
  if (type === undefined) {
    return fail(node.line, `Task "${node.name}" has no type: write ${node.name} [type=...] with one of ${types}`);
  }
  const definition = taskDefinitions.get(type.value.toLowerCase());
  if (definition === undefined) {
    const absent = absentTasks.get(type.value.toLowerCase());
    const reason =
      absent === undefined ? `there is no task type "${shorten(type.value)}"` : `${type.value} is not here: ${absent}`;
    return fail(type.line, `Task "${node.name}", type: ${reason}, only ${types}`);
  }
  for (const [key, { line }] of node.attributes) {
    if (!attributesOfTasks.has(key.toLowerCase())) {
      const known = [...definition.attributes, ...sharedAttributes.slice(1)].join(", ");
      fail(
        line,
        `Task "${node.name}", ${shorten(key)}: a ${definition.type} task has no such attribute, only ${known}`,
      );
    }
  }
  const attributes = readAttributes(node, mistakes);
  const shared = readSharedAttributes(attributes);
  return { definition, shared, work: definition.compile(attributes), attributes };
}

/** The inputs of each task, sorted by the `index` of the input tasks, then by their order in the text. */
function findInputs(
  graph: DotGraph,
  drafts: ReadonlyMap<string, Draft>,
  mistakes: PipelineMistake[],
): Map<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  const position = new Map([...graph.nodes.keys()].map((name, index) => [name, index]));
  const edges = Map.groupBy(graph.edges, ({ to }) => to);
  for (const [name, node] of graph.nodes) {
    const names = new Set(edges.get(name)?.map(({ from }) => from));
    const index = (input: string) => drafts.get(input)?.shared.index ?? 0;
    found.set(
      name,
      [...names].sort((a, b) => index(a) - index(b) || position.get(a)! - position.get(b)!),
    );
    const most = drafts.get(name)?.definition.maxInputs;
    if (most !== undefined && names.size > most) {
      const type = drafts.get(name)?.definition.type;
      mistakes.push({
        line: node.line,
        message: `Task "${name}" has ${names.size} inputs: a ${type} task takes at most ${most}`,
      });
    }
  }
  return found;
}

/** The tasks that each task waits for: its inputs, and the tasks that its attributes refer to. */
function findDependencies(
  graph: DotGraph,
  drafts: ReadonlyMap<string, Draft>,
  inputs: ReadonlyMap<string, readonly string[]>,
  known: NonNullable<PipelineForm["variables"]>,
  mistakes: PipelineMistake[],
): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const name of graph.nodes.keys()) {
    const names = new Set(inputs.get(name));
    for (const { variable, key, line } of drafts.get(name)?.attributes.variables ?? []) {
      if (jobVariables.includes(variable.name)) continue;
      if (graph.nodes.has(variable.name)) names.add(variable.name);
      else if (known !== "any" && !known.includes(variable.name)) {
        mistakes.push({
          line,
          message: `Task "${name}", ${key}: $(${variable.text}) refers to neither a task nor ${jobVariables.join(" or ")}`,
        });
      }
    }
    found.set(name, names);
  }
  return found;
}
