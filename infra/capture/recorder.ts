// The monitor that a program under mocks talks to, with a record of what it was told. Pulumi's mocks
// are handed types and inputs only; options (protect, ignoreChanges, ...) are in the request, so the
// record is taken there. URNs are made as the engine makes them, which the mocks do not.

import * as pulumi from "@pulumi/pulumi";
import { type Invention, inventResource } from "./invented.ts";
import { isRecord, stringifiedOutputs, toPlain } from "./property-values.ts";

export interface CapturedOptions {
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly deleteBeforeReplace: boolean;
  readonly ignoreChanges: readonly string[];
  readonly replaceOnChanges: readonly string[];
  /** URNs of all that must be there first, named in `dependsOn` or used by an input. */
  readonly dependencies: readonly string[];
  /** Those that no input uses: named in `dependsOn` only. */
  readonly dependsOn: readonly string[];
  /** By input, the URNs it was computed from. */
  readonly inputSources: Readonly<Record<string, readonly string[]>>;
  /** Full URNs, or names that were given up. */
  readonly aliases: readonly string[];
  /** `urn::id` of an explicit provider. */
  readonly provider?: string;
  readonly importId?: string;
  /** Times after which creating, updating or deleting is given up, as `30m`. */
  readonly timeouts?: Readonly<Record<"create" | "update" | "delete", string>>;
}

export interface CapturedResource {
  readonly type: string;
  /** Logical name. */
  readonly name: string;
  readonly urn: string;
  /** `existing` was looked up, not made: `get` and stack references. */
  readonly kind: "custom" | "component" | "remote" | "existing";
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Its inputs, and what AWS would add: ARN, endpoints. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Places of secrets within the inputs. */
  readonly secretPaths: readonly string[];
  readonly parentUrn?: string;
  /** Where it lies: its own region, its provider's, or the stack's. */
  readonly region: string;
  readonly id?: string;
  readonly options: CapturedOptions;
  /** What a component registered; absent when it forgot to. */
  readonly registeredOutputs?: Readonly<Record<string, unknown>>;
}

export interface Violation {
  readonly kind: "outputInString" | "rejected" | "duplicateUrn" | "unsettled";
  readonly message: string;
  readonly cause?: unknown;
}

type Monitor = NonNullable<ReturnType<typeof pulumi.runtime.getMonitor>>;
type Done = (error: unknown, response: unknown) => void;

/** The parts of the protocol's requests that are read here. */
interface RegisterRequest {
  getType(): string;
  getName(): string;
  getParent(): string;
  getCustom(): boolean;
  getRemote(): boolean;
  getObject(): { toJavaScript(): unknown } | undefined;
  getProtect(): boolean | undefined;
  getRetainondelete(): boolean | undefined;
  getDeletebeforereplace(): boolean;
  getIgnorechangesList(): string[];
  getReplaceonchangesList(): string[];
  getDependenciesList(): string[];
  getPropertydependenciesMap(): {
    forEach(visit: (entry: { getUrnsList(): string[] }, key: string) => void): void;
  };
  getAliasurnsList(): string[];
  getAliasesList(): {
    getUrn(): string;
    getSpec(): { getName(): string; getType(): string } | undefined;
  }[];
  getProvider(): string;
  getImportid(): string;
  getCustomtimeouts():
    | { getCreate(): string; getUpdate(): string; getDelete(): string }
    | undefined;
}

interface ReadRequest {
  getType(): string;
  getName(): string;
  getParent(): string;
  getId(): string;
  getProperties(): { toJavaScript(): unknown } | undefined;
  getDependenciesList(): string[];
  getProvider(): string;
}

interface OutputsRequest {
  getUrn(): string;
  getOutputs(): { toJavaScript(): unknown } | undefined;
}

interface ComponentPrototype {
  readonly __pulumiType: string;
  readonly __name: string;
  registerOutputs(this: ComponentPrototype, outputs: unknown): void;
}

const stackType = "pulumi:pulumi:Stack";

export interface Place {
  readonly project: string;
  readonly stack: string;
  /** Where resources lie that neither name a region nor have a provider that does. */
  readonly region: string;
  readonly accountId: string;
  /** Outputs of other stacks, by full name. */
  readonly stackOutputs: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export class Recorder {
  readonly violations: Violation[] = [];
  #resources = new Map<string, CapturedResource>();
  #place: Place;
  /** Components that called registerOutputs themselves. */
  #speaking = new Set<string>();

  constructor(place: Place) {
    this.#place = place;
  }

  /** By URN, so that two captures of one program compare equal. */
  resources(): CapturedResource[] {
    return [...this.#resources.values()].sort((a, b) => (a.urn < b.urn ? -1 : 1));
  }

  /** What the mocks answer; set by `attach` just before the mocks are asked, in the same tick. */
  invention: Invention | undefined;

  /** Puts the record between a program and Pulumi's mock monitor. */
  attach(monitor: Monitor): void {
    const mock = monitor as unknown as Record<string, (request: unknown, done: Done) => unknown> & {
      newUrn(parent: string, type: string, name: string): string;
    };
    const { registerResource, readResource, registerResourceOutputs } = mock;
    mock.newUrn = (parent, type, name) => this.#urnOf(parent, type, name);
    mock.registerResource = (request, done) => {
      this.#guard(done, () => {
        this.#register(request as RegisterRequest);
        void registerResource?.call(mock, request, done);
      });
    };
    mock.readResource = (request, done) => {
      this.#guard(done, () => {
        this.#read(request as ReadRequest);
        void readResource?.call(mock, request, done);
      });
    };
    mock.registerResourceOutputs = (request, done) => {
      this.#guard(done, () => {
        this.#registerOutputs(request as OutputsRequest);
        registerResourceOutputs?.call(mock, request, done);
      });
    };
  }

  /** Tells a component's own call from the one that Pulumi makes for it, which has no outputs. */
  listenToComponents(): () => void {
    const prototype = pulumi.ComponentResource.prototype as unknown as ComponentPrototype;
    const { registerOutputs } = prototype;
    const speaking = this.#speaking;
    prototype.registerOutputs = function (outputs) {
      if (outputs !== undefined) speaking.add(`${this.__pulumiType}::${this.__name}`);
      registerOutputs.call(this, outputs);
    };
    return () => {
      prototype.registerOutputs = registerOutputs;
    };
  }

  #guard(done: Done, work: () => void): void {
    try {
      work();
    } catch (error) {
      done(error, undefined);
    }
  }

  #urnOf(parent: string, type: string, name: string): string {
    const parentType = parent.split("::")[2] ?? stackType;
    const qualified = parentType === stackType ? type : `${parentType}$${type}`;
    return [
      "urn:pulumi:",
      this.#place.stack,
      "::",
      this.#place.project,
      "::",
      qualified,
      "::",
      name,
    ].join("");
  }

  #register(request: RegisterRequest): void {
    const { value, secretPaths } = toPlain(request.getObject()?.toJavaScript() ?? {});
    const kind = request.getCustom() ? "custom" : request.getRemote() ? "remote" : "component";
    const importId = request.getImportid();
    this.#add(request, value, secretPaths, kind, importId, {
      ...optionsOf(request),
      ...(importId === "" ? {} : { importId }),
    });
  }

  #read(request: ReadRequest): void {
    const { value, secretPaths } = toPlain(request.getProperties()?.toJavaScript() ?? {});
    this.#add(request, value, secretPaths, "existing", request.getId(), {
      protect: false,
      retainOnDelete: false,
      deleteBeforeReplace: false,
      ignoreChanges: [],
      replaceOnChanges: [],
      dependencies: request.getDependenciesList(),
      dependsOn: [],
      inputSources: {},
      aliases: [],
      ...(request.getProvider() === "" ? {} : { provider: request.getProvider() }),
    });
  }

  #add(
    request: Pick<RegisterRequest, "getType" | "getName" | "getParent" | "getProvider">,
    value: unknown,
    secretPaths: readonly string[],
    kind: CapturedResource["kind"],
    existingId: string,
    options: CapturedOptions,
  ): void {
    const [type, name, parent] = [request.getType(), request.getName(), request.getParent()];
    const inputs = isRecord(value) ? value : {};
    const urn = this.#urnOf(parent, type, name);
    const region = this.#regionOf(inputs, request.getProvider());
    if (this.#resources.has(urn)) {
      this.violations.push({ kind: "duplicateUrn", message: `two resources are called ${urn}` });
    }
    this.#refuseStrings(urn, inputs);
    const { accountId, stackOutputs } = this.#place;
    this.invention =
      kind === "component"
        ? { id: "", outputs: {} }
        : inventResource({ type, name, urn, inputs, region, accountId, existingId, stackOutputs });
    this.#resources.set(urn, {
      type,
      name,
      urn,
      kind,
      inputs,
      outputs: this.invention.outputs,
      secretPaths,
      ...(parent === "" ? {} : { parentUrn: parent }),
      region,
      ...(kind === "component" ? {} : { id: this.invention.id }),
      options,
    });
  }

  #regionOf(inputs: Record<string, unknown>, provider: string): string {
    if (typeof inputs.region === "string") return inputs.region;
    const urn = provider.slice(0, provider.lastIndexOf("::"));
    return this.#resources.get(urn)?.region ?? this.#place.region;
  }

  #registerOutputs(request: OutputsRequest): void {
    const { value } = toPlain(request.getOutputs()?.toJavaScript() ?? {});
    const resource = this.#resources.get(request.getUrn());
    if (resource === undefined)
      throw new Error(`outputs of an unknown resource ${request.getUrn()}`);
    // Pulumi registers for a component that does not: then nothing was registered by it.
    if (!this.#speaking.has(`${resource.type}::${resource.name}`)) return;
    const registeredOutputs = isRecord(value) ? value : {};
    this.#refuseStrings(`${resource.urn} (outputs)`, registeredOutputs);
    this.#resources.set(resource.urn, { ...resource, registeredOutputs });
  }

  #refuseStrings(where: string, value: unknown): void {
    for (const path of stringifiedOutputs(value)) {
      const message = `${where}: ${path} holds an Output that was turned into a string`;
      this.violations.push({ kind: "outputInString", message });
    }
  }
}

function optionsOf(request: RegisterRequest): CapturedOptions {
  const inputSources: Record<string, readonly string[]> = {};
  request.getPropertydependenciesMap().forEach((entry, key) => {
    inputSources[key] = entry.getUrnsList();
  });
  const used = new Set(Object.values(inputSources).flat());
  const timeouts = request.getCustomtimeouts();
  return {
    protect: request.getProtect() ?? false,
    retainOnDelete: request.getRetainondelete() ?? false,
    deleteBeforeReplace: request.getDeletebeforereplace(),
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    dependencies: request.getDependenciesList(),
    dependsOn: request.getDependenciesList().filter((urn) => !used.has(urn)),
    inputSources,
    aliases: [...request.getAliasurnsList(), ...request.getAliasesList().map(aliasText)],
    ...(request.getProvider() === "" ? {} : { provider: request.getProvider() }),
    ...(timeouts === undefined
      ? {}
      : {
          timeouts: {
            create: timeouts.getCreate(),
            update: timeouts.getUpdate(),
            delete: timeouts.getDelete(),
          },
        }),
  };
}

function aliasText(alias: ReturnType<RegisterRequest["getAliasesList"]>[number]): string {
  const spec = alias.getSpec();
  return spec === undefined ? alias.getUrn() : [spec.getType(), spec.getName()].join("::");
}
