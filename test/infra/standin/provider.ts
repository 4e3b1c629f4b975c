// A stand-in for the provider of AWS (and for those of awsx, eks and Kubernetes as far as Castle uses
// them): checks by the derived schema and the ranges, invents what AWS would answer, and keeps what
// was made in a folder. It cannot show what AWS itself refuses beyond that.

import { isDeepStrictEqual } from "node:util";
import type * as grpc from "@grpc/grpc-js";
import { type Invention, inventResource } from "../../../infra/capture/invented.ts";
import { inventAnswer } from "../../../infra/capture/invented-answers.ts";
import { isRecord, toPlain } from "../../../infra/capture/property-values.ts";
import { faultsOf } from "../../../infra/schema/check-schema.ts";
import { argumentsOf } from "../../../infra/schema/declarations.ts";
import { rangeFaults } from "../../../infra/schema/range.ts";
import { ranges } from "../../../infra/schema/ranges.ts";
import { Cloud, type CloudResource } from "./cloud.ts";
import { construct } from "./construct.ts";
import {
  Empty,
  type Message,
  providerMessages as messages,
  type Properties,
  pluginMessages,
  read,
  unary,
  write,
} from "./protocol.ts";
import { deletionRefusal } from "./refusals.ts";
import { isReplacing } from "./replacements.ts";

const accountId = "123456789012";
/** Services whose names are the account's, or the world's, and no region's. */
const regionless = ["iam", "route53", "cloudfront", "globalaccelerator", "s3", "budgets"];

export class StandIn {
  readonly #cloud: Cloud;
  readonly #version: string;
  #region = "us-east-1";
  #defaultTags: Properties = {};

  constructor(cloudFolder: string, version: string) {
    this.#cloud = new Cloud(cloudFolder);
    this.#version = version;
  }

  implementation(): grpc.UntypedServiceImplementation {
    return {
      checkConfig: unary((request: Message<"CheckRequest">) => this.#checkConfig(request)),
      diffConfig: unary((request: Message<"DiffRequest">) => this.#diff(request)),
      configure: unary((request: Message<"ConfigureRequest">) => this.#configure(request)),
      check: unary((request: Message<"CheckRequest">) => this.#check(request)),
      diff: unary((request: Message<"DiffRequest">) => this.#diff(request)),
      create: unary((request: Message<"CreateRequest">) => this.#create(request)),
      read: unary((request: Message<"ReadRequest">) => this.#read(request)),
      update: unary((request: Message<"UpdateRequest">) => this.#update(request)),
      delete: unary((request: Message<"DeleteRequest">) => this.#delete(request)),
      invoke: unary((request: Message<"InvokeRequest">) => this.#invoke(request)),
      construct: unary((request: Message<"ConstructRequest">) =>
        construct(request, this.#cloud, (urn, inputs) => this.#invent(urn, inputs, "").outputs),
      ),
      cancel: unary(() => new Empty()),
      getPluginInfo: unary(() => {
        const info = new pluginMessages.PluginInfo();
        info.setVersion(this.#version);
        return info;
      }),
    };
  }

  #checkConfig(request: Message<"CheckRequest">): Message<"CheckResponse"> {
    const type = typeOf(request.getUrn());
    const inputs = toPlain(read(request.getNews())).value as Properties;
    return answered(read(request.getNews()), faultsOf({ type, name: type, inputs }));
  }

  #configure(request: Message<"ConfigureRequest">): Message<"ConfigureResponse"> {
    const given = toPlain(read(request.getArgs())).value as Properties;
    const region = given.region ?? request.getVariablesMap().get("aws:config:region");
    if (typeof region === "string") this.#region = region;
    // A provider is told everything but strings as JSON.
    const { defaultTags } = given;
    const tags: unknown = typeof defaultTags === "string" ? JSON.parse(defaultTags).tags : {};
    if (isRecord(tags)) this.#defaultTags = tags;
    const response = new messages.ConfigureResponse();
    response.setSupportspreview(true);
    // Who constructs components must.
    response.setAcceptsecrets(true);
    return response;
  }

  #check(request: Message<"CheckRequest">): Message<"CheckResponse"> {
    const [type, name] = [typeOf(request.getUrn()), nameOf(request.getUrn())];
    const news = read(request.getNews());
    const inputs = toPlain(news).value as Properties;
    const region = this.#regionOf(inputs);
    const faults = [
      ...faultsOf({ type, name, inputs }),
      ...rangeFaults([{ type, name, inputs, region }], ranges),
    ];
    return answered(this.#tagged(type, news), faults);
  }

  /** What is tagged has the provider's own tags too: a change of these is one of every resource. */
  #tagged(type: string, news: Properties): Properties {
    const { tags = {} } = news;
    if (!type.startsWith("aws:") || !isRecord(tags) || !isTagged(type)) return news;
    return { ...news, tagsAll: { ...this.#defaultTags, ...tags } };
  }

  #diff(request: Message<"DiffRequest">): Message<"DiffResponse"> {
    const type = typeOf(request.getUrn());
    const [olds, news] = [read(request.getOldInputs()), read(request.getNews())];
    const changed = [...new Set([...Object.keys(olds), ...Object.keys(news)])].filter(
      (key) => !isDeepStrictEqual(olds[key], news[key]),
    );
    const replaced = changed.filter((property) => isReplacing(type, property));
    const response = new messages.DiffResponse();
    const { DIFF_NONE, DIFF_SOME } = messages.DiffResponse.DiffChanges;
    response.setChanges(changed.length === 0 ? DIFF_NONE : DIFF_SOME);
    response.setDiffsList(changed);
    response.setReplacesList(replaced);
    // Two things of one name cannot be at once.
    const isNamed = olds.name !== undefined && olds.name === news.name;
    response.setDeletebeforereplace(replaced.length > 0 && isNamed);
    return response;
  }

  #create(request: Message<"CreateRequest">): Message<"CreateResponse"> {
    const urn = request.getUrn();
    const inputs = read(request.getProperties());
    const response = new messages.CreateResponse();
    if (request.getPreview()) {
      response.setProperties(write(inputs));
      return response;
    }
    if (this.#cloud.takeRefusal(nameOf(urn))) {
      throw new Error(`creating ${nameOf(urn)}: ServiceUnavailable: please try again`);
    }
    const { id, outputs: invented } = this.#inventNew(urn, inputs);
    // The provider of AWS says the id among the properties too, where policies look for it.
    const outputs = typeOf(urn).startsWith("aws:") ? { ...invented, id } : invented;
    this.#cloud.put({ ...this.#keyOf(urn, id, inputs), urn, inputs, outputs });
    response.setId(id);
    response.setProperties(write(outputs));
    return response;
  }

  /** The one that is replaced is still there, and has the first id. */
  #inventNew(urn: string, inputs: Properties): Invention {
    const isNew = ({ id }: Invention): boolean =>
      this.#cloud.get(this.#keyOf(urn, id, inputs)) === undefined;
    const made = [this.#invent(urn, inputs, ""), this.#invent(urn, inputs, "", "#2")];
    const [first] = made;
    const found = made.find(isNew);
    if (found !== undefined) return found;
    if (first === undefined || inputs.name !== undefined) {
      throw new Error(
        `creating ${nameOf(urn)}: AlreadyExists: there is a ${typeOf(urn)} of the name`,
      );
    }
    // Named after what it belongs to, as a cluster's instances are.
    return { ...first, id: `${first.id}/${nameOf(urn)}` };
  }

  #invent(urn: string, inputs: Properties, existingId: string, salt = ""): Invention {
    const { id, outputs } = inventResource({
      type: typeOf(urn),
      name: nameOf(urn),
      urn: urn + salt,
      inputs: toPlain(inputs).value as Properties,
      region: this.#regionOf(inputs),
      accountId,
      existingId,
      stackOutputs: {},
    });
    // As they came: what is secret or an asset stays so.
    return { id, outputs: { ...outputs, ...inputs } };
  }

  #read(request: Message<"ReadRequest">): Message<"ReadResponse"> {
    const response = new messages.ReadResponse();
    const [urn, id] = [request.getUrn(), request.getId()];
    const properties = read(request.getProperties());
    const known = this.#cloud.get(this.#keyOf(urn, id, properties));
    // Looked up by a program: it was there before Pulumi. In a refresh: it is gone.
    if (known === undefined && request.getInputs() !== undefined) return response;
    const { inputs, outputs } = known ?? { inputs: {}, ...this.#invent(urn, properties, id) };
    response.setId(id);
    response.setProperties(write(outputs));
    response.setInputs(write(inputs));
    return response;
  }

  /** As the real provider does: all of the inputs are written, not only what changed. */
  #update(request: Message<"UpdateRequest">): Message<"UpdateResponse"> {
    const [urn, id, inputs] = [request.getUrn(), request.getId(), read(request.getNews())];
    const [olds, oldInputs] = [read(request.getOlds()), read(request.getOldInputs())];
    const computed = Object.entries(olds).filter(
      ([property]) => !(property in oldInputs) && !(property in inputs),
    );
    const outputs = { ...Object.fromEntries(computed), ...inputs };
    if (!request.getPreview()) {
      const known = this.#found(urn, id, olds);
      this.#cloud.put({ ...known, urn, inputs, outputs });
    }
    const response = new messages.UpdateResponse();
    response.setProperties(write(outputs));
    return response;
  }

  #found(urn: string, id: string, olds: Properties): CloudResource {
    const known = this.#cloud.get(this.#keyOf(urn, id, olds));
    if (known === undefined) throw new Error(`updating ${nameOf(urn)}: NotFound: ${id}`);
    return known;
  }

  #delete(request: Message<"DeleteRequest">): InstanceType<typeof Empty> {
    const urn = request.getUrn();
    const key = this.#keyOf(urn, request.getId(), read(request.getProperties()));
    const known = this.#cloud.get(key);
    const refusal = known === undefined ? undefined : deletionRefusal(known, this.#cloud.all());
    if (refusal !== undefined) throw new Error(`deleting ${nameOf(urn)}: ${refusal}`);
    this.#cloud.delete(key);
    return new Empty();
  }

  #invoke(request: Message<"InvokeRequest">): Message<"InvokeResponse"> {
    const args = toPlain(read(request.getArgs())).value as Properties;
    const place = { region: this.#region, accountId };
    const response = new messages.InvokeResponse();
    response.setReturn(write(inventAnswer({ token: request.getTok(), args, place })));
    return response;
  }

  #regionOf({ region }: Properties): string {
    return typeof region === "string" ? region : this.#region;
  }

  #keyOf(urn: string, id: string, properties: Properties) {
    const type = typeOf(urn);
    const [, service = ""] = /^aws:(\w+)\//.exec(type) ?? [];
    return { type, id, region: regionless.includes(service) ? "" : this.#regionOf(properties) };
  }
}

interface Fault {
  readonly path?: string;
  readonly message: string;
}

function answered(inputs: Properties, faults: readonly Fault[]): Message<"CheckResponse"> {
  const response = new messages.CheckResponse();
  response.setInputs(write(inputs));
  for (const { path = "", message } of faults) {
    const failure = new messages.CheckFailure();
    failure.setProperty(path);
    failure.setReason(path === "" ? message : `${path}: ${message}`);
    response.addFailures(failure);
  }
  return response;
}

const tagged = new Map<string, boolean>();

function isTagged(type: string): boolean {
  const known = tagged.get(type);
  if (known !== undefined) return known;
  const shape = argumentsOf(type);
  const has = shape?.kind === "object" && shape.fields().has("tags");
  tagged.set(type, has);
  return has;
}

const typeOf = (urn: string): string => urn.split("::")[2]?.split("$").pop() ?? "";
const nameOf = (urn: string): string => urn.split("::").slice(3).join("::");
