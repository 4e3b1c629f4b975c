// What the stand-in "has in AWS": a folder with one JSON file a resource, so that several provider
// processes can write and a test can look and change it behind Pulumi's back.

import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

/** What tells a resource from all others. */
export interface Key {
  readonly type: string;
  readonly id: string;
  /** Ids are a region's own; empty for services that have none. */
  readonly region: string;
}

export interface CloudResource extends Key {
  readonly urn: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, unknown>>;
}

type Change = (inputs: CloudResource["inputs"]) => object;

const nameOf = ({ urn }: CloudResource): string => urn.split("::").slice(3).join("::");

const hashOf = (text: string): string =>
  createHash("sha256").update(text).digest("hex").slice(0, 24);

export class Cloud {
  readonly #resources: string;
  readonly #refusals: string;
  readonly #components: string;

  constructor(folder: string) {
    this.#resources = join(folder, "resources");
    this.#refusals = join(folder, "refusals");
    this.#components = join(folder, "components");
    for (const one of [this.#resources, this.#refusals, this.#components]) {
      mkdirSync(one, { recursive: true });
    }
  }

  get(key: Key): CloudResource | undefined {
    const path = this.#path(key);
    return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as CloudResource) : undefined;
  }

  put(resource: CloudResource): void {
    const path = this.#path(resource);
    writeFileSync(`${path}.new`, JSON.stringify(resource, undefined, 2));
    renameSync(`${path}.new`, path);
  }

  delete(key: Key): void {
    rmSync(this.#path(key), { force: true });
  }

  all(): CloudResource[] {
    return readdirSync(this.#resources)
      .filter((file) => file.endsWith(".json"))
      .map((file) => JSON.parse(readFileSync(join(this.#resources, file), "utf8")));
  }

  /** Of one stack. */
  of(stack: string): CloudResource[] {
    return this.all().filter(({ urn }) => urn.startsWith(`urn:pulumi:${stack}::`));
  }

  /** @throws where not exactly one of this type has this logical name */
  one(stack: string, type: string, name: string): CloudResource {
    const found = this.of(stack).filter((each) => each.type === type && nameOf(each) === name);
    const [resource] = found;
    if (resource === undefined || found.length > 1) {
      throw new Error(`${found.length} resources of ${type} are called ${name} in ${stack}`);
    }
    return resource;
  }

  /** Changes a resource behind Pulumi's back, as a failover or an operator does. */
  change(resource: CloudResource, to: Change): void {
    const inputs = { ...resource.inputs, ...to(resource.inputs) };
    this.put({ ...resource, inputs, outputs: { ...resource.outputs, ...inputs } });
  }

  /** The next resource of this logical name is not made. */
  refuseNext(name: string): void {
    writeFileSync(this.#refusal(name), "");
  }

  /** Whether this one is to be refused; asked once. */
  takeRefusal(name: string): boolean {
    const isRefused = existsSync(this.#refusal(name));
    if (isRefused) rmSync(this.#refusal(name));
    return isRefused;
  }

  /** Whether a plugin has made this component of these arguments; nobody is told when it is destroyed. */
  hasComponent(urn: string, inputs: object): boolean {
    const path = this.#component(urn);
    return existsSync(path) && readFileSync(path, "utf8") === JSON.stringify(inputs);
  }

  putComponent(urn: string, inputs: object): void {
    writeFileSync(this.#component(urn), JSON.stringify(inputs));
  }

  #component(urn: string): string {
    return join(this.#components, `${hashOf(urn)}.json`);
  }

  #refusal(name: string): string {
    return join(this.#refusals, encodeURIComponent(name));
  }

  #path({ type, id, region }: Key): string {
    return join(this.#resources, `${hashOf(`${type}\n${region}\n${id}`)}.json`);
  }
}
